import { type Duration, duration, type Instant, type Mono, mono, type Reading } from '../base/units.ts'
import type { Envelope } from '../contract/envelope.ts'
import type { SiteFacts } from '../engine/site.ts'
import type { VerifiedOrder } from '../engine/verified.ts'
import type { Policy } from '../policy/policy.ts'
import type { Order, OrderClass, OrderRefusal } from './order.ts'
import { enoughPersons } from './release.ts'

/** `cleared`: an all-clear took its place. */
export type EndReason = 'expired' | 'cancelled' | 'superseded' | 'cleared'

/** One order as this edge knows it. */
export type BookEntry = {
  readonly order: Order
  /** Null: a preset page that a switch at this site brought up; nobody signed it, and the hub does not know it as an order of its own. */
  readonly envelope: Envelope | null
  readonly key: string
  /** SHA-256 of the signed text. */
  readonly hash: string
  readonly arrived: Reading
  readonly state: 'pending' | 'active' | 'ended'
  readonly endReason: EndReason | null
  /**
   * Its end on the monotonic clock of the boot that is running. Orders end by this and not by the wall clock, so that a wall clock
   * that jumps can neither keep a dead warning up nor take a live one down.
   */
  readonly deadline: Mono
  readonly shown: boolean
}

/** What a cancel or update said about an order, remembered so that an alert that arrives after its own cancel stays off. */
export type Tombstone = {
  readonly id: string
  readonly class: OrderClass
  readonly reason: 'cancelled' | 'superseded'
  readonly by: string
}

export type OrderBook = { readonly entries: readonly BookEntry[]; readonly tombstones: readonly Tombstone[] }

export const EMPTY_BOOK: OrderBook = { entries: [], tombstones: [] }

/** Orders of one class in force at once at one site. More are refused as `full`; no class can take the room of another. */
export const MOST_LIVE_ORDERS = 20
/** Ended orders and tombstones remembered, newest first, for duplicates and late arrivals. */
export const MOST_REMEMBERED = 200
/** Wall clocks of hub and edge may differ by this much before an order counts as coming from the future, ms. */
const CLOCK_SLACK: Duration = duration(120_000)

export type Received =
  | {
      readonly outcome: 'accepted'
      readonly book: OrderBook
      readonly ended: readonly BookEntry[]
      readonly entry: BookEntry
    }
  | { readonly outcome: 'duplicate'; readonly book: OrderBook; readonly entry: BookEntry }
  | {
      readonly outcome: 'refused'
      readonly book: OrderBook
      /** What it ended all the same: a refused update or cancel can still take something away. */
      readonly ended: readonly BookEntry[]
      readonly reason: OrderRefusal
      readonly detail: string
    }

type Place = { readonly site: SiteFacts; readonly policy: Policy; readonly now: Reading }

/** Takes in an order whose signature and right were verified. Idempotent; the order of arrival does not matter (domain.md §4.2). */
export const receive = (book: OrderBook, verified: VerifiedOrder, place: Place): Received => {
  const { order, envelope } = verified
  const known = book.entries.find((e) => e.order.id === order.id)
  if (known) {
    return known.envelope?.payload === envelope.payload
      ? { outcome: 'duplicate', book, entry: known }
      : { outcome: 'refused', book, ended: [], reason: 'id-reused', detail: `another order has the id ${order.id}` }
  }
  const fault = judge(book, verified, place)
  if (fault) {
    const rest = takesAway.includes(fault.reason) ? replaceReferenced(book, order) : { book, ended: [] }
    return { outcome: 'refused', ...rest, ...fault }
  }
  const entry: BookEntry = {
    order,
    envelope,
    key: verified.keys[0] ?? '',
    hash: verified.hash,
    arrived: place.now,
    state: order.action === 'cancel' ? 'ended' : startsIn(order, place.now) > 0 ? 'pending' : 'active',
    endReason: order.action === 'cancel' ? 'expired' : null,
    deadline: deadlineOf(order, place),
    shown: false,
  }
  const replaced = replaceReferenced(book, order)
  return {
    outcome: 'accepted',
    book: trim({ ...replaced.book, entries: [entry, ...replaced.book.entries] }),
    ended: replaced.ended,
    entry,
  }
}

/**
 * Refused for these, an update or cancel still ends what it references: it is past its own time, or was itself replaced before it
 * arrived, and either way the one before it is over. Orders may arrive in any order (domain.md §4.2).
 */
const takesAway: readonly OrderRefusal[] = ['expired', 'cancelled-before', 'superseded-before']

const judge = (
  book: OrderBook,
  { order, persons }: VerifiedOrder,
  { site, policy, now }: Place,
): { reason: OrderRefusal; detail: string } | undefined => {
  const fault = (reason: OrderRefusal, detail: string) => ({ reason, detail })
  if (!order.targets.includes(site.id)) return fault('not-for-this-site', `targets ${order.targets.join(', ')}`)
  const span = order.expiresAt - order.startsAt
  if (span <= 0) return fault('malformed', 'ends before it starts')
  if (span > policy.emergency.longestMs)
    return fault('too-long', `lasts ${span} ms, the policy allows ${policy.emergency.longestMs} ms`)
  if (order.status === 'test') return fault('test-only', '')
  if (order.status === 'exercise' && !site.exerciseMode) return fault('not-in-exercise-mode', '')
  if (order.action !== 'release' && order.references.length === 0)
    return fault('malformed', `${order.action} without references`)
  if (now.quality !== 'unset' && now.wall >= order.expiresAt)
    return fault('expired', `expired at ${order.expiresAt}, it is ${now.wall}`)
  if (order.extendFrames !== undefined && order.class !== 'major-event')
    return fault('malformed', `only a major event extends frames, this is ${order.class}`)
  if (order.action === 'cancel') return undefined
  if (order.extendFrames !== undefined && order.status !== 'actual')
    return fault('malformed', 'items carry no exercise banner, so an exercise extends no frames')
  if (order.extendFrames !== undefined && order.authority.document === null)
    return fault('no-document', `${order.authority.name} extends frames without a document (Art. 8.2)`)
  if (!enoughPersons(order, persons, policy)) return fault('no-second-person', `signed by ${persons.join(', ')} alone`)
  if (needsText(order.class) && order.texts.length === 0 && order.extendFrames === undefined)
    return fault('no-text', '')
  const stone = book.tombstones.find((t) => t.id === order.id && t.class === order.class)
  if (stone) return fault(stone.reason === 'cancelled' ? 'cancelled-before' : 'superseded-before', `by ${stone.by}`)
  if (book.entries.filter((e) => e.state !== 'ended' && e.order.class === order.class).length >= MOST_LIVE_ORDERS)
    return fault('full', `${MOST_LIVE_ORDERS} orders of class ${order.class} are in force`)
  return undefined
}

export const needsText = (orderClass: OrderClass): boolean => orderClass !== 'safety-blank' && orderClass !== 'mourning'

const startsIn = (order: Order, now: Reading): number =>
  now.quality === 'unset' ? 0 : order.startsAt - now.wall - CLOCK_SLACK

/** With a clock we cannot trust, the order's own length counts from its arrival: fail visible, but never for longer than it asked. */
const deadlineOf = (order: Order, { now }: Place): Mono =>
  now.quality === 'unset'
    ? mono(now.mono + (order.expiresAt - order.startsAt))
    : // A clock that is behind would keep it up for longer than it asked.
      mono(now.mono + Math.min(order.expiresAt - now.wall, order.expiresAt - order.issuedAt))

/** Only orders of the same class can be replaced or ended: a right to send priority notices must not cancel an emergency. */
const replaceReferenced = (book: OrderBook, order: Order): { book: OrderBook; ended: readonly BookEntry[] } => {
  if (order.action === 'release') return { book, ended: [] }
  const reason = order.action === 'cancel' ? 'cancelled' : 'superseded'
  const hit = (e: BookEntry) =>
    e.state !== 'ended' && e.order.class === order.class && order.references.includes(e.order.id)
  const ended = book.entries.filter(hit).map((e): BookEntry => ({ ...e, state: 'ended', endReason: reason }))
  // What is remembered already is not remembered again, so an old cancel sent over and over pushes nothing out.
  const stones = order.references
    .filter((id) => !book.tombstones.some((t) => t.id === id && t.class === order.class))
    .map((id): Tombstone => ({ id, class: order.class, reason, by: order.id }))
  return {
    book: {
      entries: book.entries.map((e) => ended.find((d) => d.order.id === e.order.id) ?? e),
      tombstones: [...stones, ...book.tombstones].slice(0, MOST_REMEMBERED),
    },
    ended,
  }
}

const trim = (book: OrderBook): OrderBook => {
  const live = book.entries.filter((e) => e.state !== 'ended')
  const ended = book.entries.filter((e) => e.state === 'ended').slice(0, MOST_REMEMBERED)
  return { entries: [...live, ...ended], tombstones: book.tombstones }
}

/** What time does to the book: pending orders begin, orders past their deadline end. An ended order never comes back. */
export const advance = (
  book: OrderBook,
  now: Reading,
): { readonly book: OrderBook; readonly began: readonly BookEntry[]; readonly ended: readonly BookEntry[] } => {
  const began: BookEntry[] = []
  const ended: BookEntry[] = []
  const entries = book.entries.map((e): BookEntry => {
    if (e.state === 'ended') return e
    if (now.mono >= e.deadline) {
      const over: BookEntry = { ...e, state: 'ended', endReason: 'expired' }
      ended.push(over)
      return over
    }
    if (e.state === 'pending' && startsIn(e.order, now) <= 0) {
      const active: BookEntry = { ...e, state: 'active' }
      began.push(active)
      return active
    }
    return e
  })
  return { book: began.length + ended.length === 0 ? book : { ...book, entries }, began, ended }
}

/**
 * The book after a restart. With a trusted clock an order has what its end leaves; without one, at most what was left at the last
 * moment we know of (`lastWall`, the newest record of the log), and never more than its own length.
 */
export const rewake = (book: OrderBook, now: Reading, lastWall: Instant | null): OrderBook => ({
  ...book,
  entries: book.entries.map((e) => {
    const left = now.quality === 'unset' ? leftBlind(e, lastWall) : Math.max(0, e.order.expiresAt - now.wall)
    return { ...e, deadline: mono(now.mono + left), shown: false }
  }),
})

/** A wall clock before the order was signed was never right; then only the time between two of its readings says something. */
const leftBlind = ({ order, arrived }: BookEntry, lastWall: Instant | null): number => {
  const length = order.expiresAt - order.startsAt
  const known = Math.max(lastWall ?? 0, arrived.wall)
  const left = known >= order.issuedAt - CLOCK_SLACK ? order.expiresAt - known : length - (known - arrived.wall)
  return Math.min(length, Math.max(0, left))
}

/**
 * A wall clock that became trustworthy settles the true end of orders that were taken in by a worse one: sooner or later than was thought,
 * and never after what was signed. What has ended stays so. A clock that is believed and wrong by days must not keep a warning up for
 * days (simulated world, seed 3087), so nothing outlasts its own length from its arrival; after a restart only sooner.
 */
export const retime = (book: OrderBook, now: Reading): OrderBook =>
  now.quality === 'unset'
    ? book
    : {
        ...book,
        entries: book.entries.map((e) =>
          e.state === 'ended'
            ? e
            : { ...e, deadline: mono(Math.min(now.mono + (e.order.expiresAt - now.wall), latestEnd(e, now))) },
        ),
      }

const latestEnd = ({ order, arrived, deadline }: BookEntry, now: Reading): number =>
  arrived.bootId === now.bootId ? arrived.mono + (order.expiresAt - order.issuedAt) : deadline

export const active = (book: OrderBook): readonly BookEntry[] => book.entries.filter((e) => e.state === 'active')

export const findOrder = (book: OrderBook, id: string): BookEntry | undefined =>
  book.entries.find((e) => e.order.id === id)

export const markShown = (book: OrderBook, id: string): OrderBook => ({
  ...book,
  entries: book.entries.map((e) => (e.order.id === id ? { ...e, shown: true } : e)),
})
