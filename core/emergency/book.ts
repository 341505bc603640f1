import { type Duration, duration, type Instant, type Mono, mono, type Reading } from '../base/units.ts'
import type { Envelope } from '../contract/envelope.ts'
import type { SiteFacts } from '../engine/site.ts'
import type { VerifiedOrder } from '../engine/verified.ts'
import type { Policy } from '../policy/policy.ts'
import { overBy, type Tombstone, withStones } from './chain.ts'
import type { Order, OrderClass, OrderRefusal } from './order.ts'
import { enoughPersons } from './release.ts'

/** `cleared`: an all-clear took its place. */
export type EndReason = 'expired' | 'cancelled' | 'superseded' | 'cleared'

/** One order as this edge knows it. */
export type BookEntry = {
  readonly order: Order
  /** Null: a preset page that a switch at this site brought up; nobody signed it, and the hub does not know it as an order of its own. */
  readonly envelope: Envelope | null
  /** Null where nobody signed. */
  readonly key: string | null
  /** SHA-256 of the signed text, or of the preset. */
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
  /** Of an all-clear: its page stands for at most so long, ms. */
  readonly showMs?: number
}

export type OrderBook = { readonly entries: readonly BookEntry[]; readonly tombstones: readonly Tombstone[] }

export const EMPTY_BOOK: OrderBook = { entries: [], tombstones: [] }

/** Orders of one class in force at once at one site. More are refused as `full`; no class can take the room of another. */
export const MOST_LIVE_ORDERS = 20
/** Nor more of their signed text, in characters: an order for 5,000 clusters has a third of a million, and all of it is in every snapshot. */
export const MOST_LIVE_CHARS = 8_000_000
/** Ended orders remembered, newest first, for duplicates and late arrivals; and of their signed text. */
export const MOST_REMEMBERED = 200
export const MOST_REMEMBERED_CHARS = 4_000_000
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
  const fault = judge(verified, place)
  // Past its own time an update or cancel still ends what it references: the one before it is over either way.
  if (fault !== undefined && fault.reason !== 'expired') return { outcome: 'refused', book, ended: [], ...fault }
  const tombstones = withStones(book.tombstones, order)
  const { entries, ended } = withoutOver(book.entries, tombstones)
  const after = { entries, tombstones }
  const late = fault ?? replacedBefore(after, order)
  if (late !== undefined) return { outcome: 'refused', book: after, ended, ...late }
  if (isFull(after, verified)) {
    const detail = `${MOST_LIVE_ORDERS} orders of class ${order.class}, or ${MOST_LIVE_CHARS} characters of them, are in force`
    return { outcome: 'refused', book, ended: [], reason: 'full', detail }
  }
  const entry = entryOf(verified, place)
  return { outcome: 'accepted', book: trim({ tombstones, entries: [entry, ...entries] }), ended, entry }
}

const entryOf = ({ order, envelope, keys, hash }: VerifiedOrder, { policy, now }: Place): BookEntry => {
  const taken = {
    order,
    envelope,
    key: keys[0] ?? '',
    hash,
    arrived: now,
    shown: false,
    ...(order.allClear === true ? { showMs: policy.emergency.allClearMs } : {}),
  }
  const over = !asksForScreen(order)
  return {
    ...taken,
    state: over ? 'ended' : startsIn(order, now) > 0 ? 'pending' : 'active',
    endReason: over ? 'expired' : null,
    deadline: deadlineOf(taken, now),
  }
}

/** Cancels and documents are over as soon as they were heard. */
const asksForScreen = ({ action }: Order): boolean => action === 'release' || action === 'update'

/** Its own update or cancel came first, or something newer took the place of what it was to replace: older text never comes back. */
const replacedBefore = ({ tombstones }: OrderBook, order: Order): Fault | undefined => {
  const stone = asksForScreen(order) ? overBy(tombstones, order) : null
  if (stone === null) return undefined
  const detail = `by ${stone.by}${stone.id === order.id ? '' : `, which is newer and replaced ${stone.id} too`}`
  return { reason: stone.reason === 'cancelled' ? 'cancelled-before' : 'superseded-before', detail }
}

const isFull = ({ entries }: OrderBook, { order, envelope }: VerifiedOrder): boolean => {
  if (!asksForScreen(order)) return false
  const others = entries.filter((e) => e.state !== 'ended' && e.envelope !== null && e.order.class === order.class)
  const chars = others.reduce((sum, e) => sum + charsOf(e), envelope.payload.length)
  return others.length >= MOST_LIVE_ORDERS || (others.length > 0 && chars > MOST_LIVE_CHARS)
}

const charsOf = ({ envelope }: BookEntry): number => envelope?.payload.length ?? 0

/** A preset page that a switch brought up is ended by that switch alone. */
const withoutOver = (
  before: readonly BookEntry[],
  stones: readonly Tombstone[],
): { readonly entries: readonly BookEntry[]; readonly ended: readonly BookEntry[] } => {
  const ended: BookEntry[] = []
  const entries = before.map((e): BookEntry => {
    const stone = e.state === 'ended' || e.envelope === null ? null : overBy(stones, e.order)
    if (stone === null) return e
    const over: BookEntry = { ...e, state: 'ended', endReason: stone.reason }
    ended.push(over)
    return over
  })
  return { entries, ended }
}

type Fault = { readonly reason: OrderRefusal; readonly detail: string }

/** What is wrong with it, whatever else is known here. What is wrong by itself never does anything; what only came late takes away. */
const judge = (verified: VerifiedOrder, place: Place): Fault | undefined => {
  const { action, expiresAt } = verified.order
  const { now } = place
  // A document shows nothing and takes nothing away, so however late it comes it is the number of the document.
  const isLate = action !== 'document' && now.quality !== 'unset' && now.wall >= expiresAt
  const late = isLate
    ? ({ reason: 'expired', detail: `expired at ${expiresAt}, it is ${now.wall}` } as const)
    : undefined
  return wrongWith(verified, place) ?? late
}

const wrongWith = ({ order, persons }: VerifiedOrder, { site, policy }: Place): Fault | undefined => {
  const fault = (reason: OrderRefusal, detail: string): Fault => ({ reason, detail })
  if (!order.targets.includes(site.id))
    return fault('not-for-this-site', `for ${order.targets.slice(0, MOST_NAMED).join(', ')}`)
  const span = order.expiresAt - order.startsAt
  if (span <= 0) return fault('malformed', 'ends before it starts')
  if (order.status === 'test') return fault('test-only', '')
  if (order.status === 'exercise' && !site.exerciseMode) return fault('not-in-exercise-mode', '')
  if (order.action !== 'release' && order.references.length === 0)
    return fault('malformed', `${order.action} without references`)
  if (order.allClear === true && (order.action !== 'update' || !CLEARABLE.includes(order.class)))
    return fault('malformed', `an all-clear updates an emergency or a priority notice, this is ${said(order)}`)
  if (order.action === 'document')
    return order.authority.document === null ? fault('malformed', 'a document without its number') : undefined
  if (span > policy.emergency.longestMs)
    return fault('too-long', `lasts ${span} ms, the policy allows ${policy.emergency.longestMs} ms`)
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
  return undefined
}

/** Of whom an officer can say that the danger is over. */
const CLEARABLE: readonly OrderClass[] = ['emergency', 'priority']
const said = (order: Order): string => `${order.action} of ${order.class}`
/** An order may be for thousands of clusters; a line of the log names so many. */
const MOST_NAMED = 5

export const needsText = (orderClass: OrderClass): boolean => orderClass !== 'safety-blank' && orderClass !== 'mourning'

const startsIn = (order: Order, now: Reading): number =>
  now.quality === 'unset' ? 0 : order.startsAt - now.wall - CLOCK_SLACK

type Timed = Pick<BookEntry, 'order' | 'arrived' | 'showMs'>

/** When it is over by its own words and those of the policy, on the wall clock. An all-clear stands from when it came. */
const endWall = ({ order, arrived, showMs }: Timed): number =>
  showMs === undefined || arrived.quality === 'unset'
    ? order.expiresAt
    : Math.min(order.expiresAt, Math.max(arrived.wall, order.startsAt) + showMs)

/** How long it is to stand once it has begun, ms. */
const lengthOf = ({ order, showMs }: Timed): number =>
  Math.min(order.expiresAt - order.startsAt, showMs ?? Number.POSITIVE_INFINITY)

/** With a clock we cannot trust, the order's own length counts from its arrival: fail visible, but never for longer than it asked. */
const deadlineOf = (timed: Timed, now: Reading): Mono =>
  now.quality === 'unset'
    ? mono(now.mono + lengthOf(timed))
    : // A clock that is behind would keep it up for longer than it asked.
      mono(now.mono + Math.min(endWall(timed) - now.wall, timed.order.expiresAt - timed.order.issuedAt))

const trim = (book: OrderBook): OrderBook => {
  const live = book.entries.filter((e) => e.state !== 'ended')
  let chars = 0
  const ended = book.entries
    .filter((e) => e.state === 'ended')
    .filter((e, i) => {
      chars += charsOf(e)
      return i === 0 || (i < MOST_REMEMBERED && chars <= MOST_REMEMBERED_CHARS)
    })
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
    const left = now.quality === 'unset' ? leftBlind(e, lastWall) : leftKnown(e, now.wall)
    return { ...e, deadline: mono(now.mono + left), shown: false }
  }),
})

/** One that came without a clock says nothing of when its page began: at most its length then. */
const leftKnown = (e: BookEntry, wall: Instant): number =>
  Math.max(0, Math.min(endWall(e) - wall, Math.max(0, e.order.startsAt - wall) + lengthOf(e)))

/** A wall clock before the order was signed was never right; then only the time between two of its readings says something. */
const leftBlind = (entry: BookEntry, lastWall: Instant | null): number => {
  const { order, arrived } = entry
  const length = lengthOf(entry)
  const known = Math.max(lastWall ?? 0, arrived.wall)
  const left = known >= order.issuedAt - CLOCK_SLACK ? endWall(entry) - known : length - (known - arrived.wall)
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
          // What the site itself brought up goes by its contact and no wall clock (core/engine/local.ts).
          e.state === 'ended' || e.envelope === null
            ? e
            : { ...e, deadline: mono(Math.min(now.mono + (endWall(e) - now.wall), latestEnd(e, now))) },
        ),
      }

const latestEnd = ({ order, arrived, deadline, showMs }: BookEntry, now: Reading): number =>
  arrived.bootId === now.bootId
    ? arrived.mono + Math.min(order.expiresAt, order.startsAt + (showMs ?? Number.POSITIVE_INFINITY)) - order.issuedAt
    : deadline

export const active = (book: OrderBook): readonly BookEntry[] => book.entries.filter((e) => e.state === 'active')

/** A real danger, by an order: an exercise is none, and an all-clear says that it is over. Advertising gives way to it (Art. 8.2). */
export const isDanger = (order: Order): boolean =>
  order.class === 'emergency' && order.status === 'actual' && order.allClear !== true

/**
 * Orders that this one gives a document to: those of its class that have none of their own, and to which no newer message gave another.
 * An order that comes later than its document finds it with `documentFor`.
 */
export const documentedBy = (book: OrderBook, order: Order): readonly Order[] =>
  order.action !== 'document'
    ? []
    : book.entries.map((e) => e.order).filter((o) => documentFor(book, o)?.id === order.id)

/** The message that gives this order the number of its document, the newest if there are several; null: there is none, or it needs none. */
export const documentFor = (book: OrderBook, order: Order): Order | null => {
  if (!asksForScreen(order) || order.authority.document !== null) return null
  const found = book.entries
    .map((e) => e.order)
    .filter((o) => o.action === 'document' && o.class === order.class && o.status === order.status)
    .filter((o) => o.references.includes(order.id))
  return found.toSorted((a, b) => b.issuedAt - a.issuedAt || (a.id < b.id ? -1 : 1))[0] ?? null
}

export const findOrder = (book: OrderBook, id: string): BookEntry | undefined =>
  book.entries.find((e) => e.order.id === id)

export const markShown = (book: OrderBook, id: string): OrderBook => ({
  ...book,
  entries: book.entries.map((e) => (e.order.id === id ? { ...e, shown: true } : e)),
})
