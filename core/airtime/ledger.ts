import { dateOf } from '../base/time.ts'
import { type Instant, instant, mono, type Reading } from '../base/units.ts'
import type { ClaimRank } from '../claim/claim.ts'
import { isProtection } from '../claim/protection.ts'
import type { Category } from '../content/category.ts'
import type { OrderClass, OrderStatus } from '../emergency/order.ts'
import type { CloseRecord, OpenRecord, RecordTime, StampedRecord } from '../evidence/record.ts'
import { type DayShape, dayShape } from '../policy/check.ts'
import { atLeast, type Policy, type Proof } from '../policy/policy.ts'
import { type AdShowing, type ShownFrom, withClockStep, withShowing } from './ad-history.ts'
import {
  type DayLedger,
  emptyDay,
  enter,
  type FaultCause,
  type Label,
  MOST_ORDERS,
  mergeSlices,
  plus,
  type Slice,
  slices,
} from './day.ts'
import { type SaidOf, sayOf } from './said.ts'

export type { DayLedger, FaultCause, PeriodLedger } from './day.ts'

/**
 * The airtime ledger: a fold over evidence records that puts every millisecond into exactly one column (Art. 8.1, readings A1 to A3,
 * A8, A9). The rules, in one place:
 *
 * - Time passes between two records of one boot by their monotonic clocks; the wall clock only says where it lies. A `clock` record
 *   therefore needs no case of its own: the stretch before it lies at the old wall, the one after it at the new. What was entered under a
 *   clock that was believed and wrong stays where that clock said; its `clock` record tells whoever wonders at a period of 12 hours.
 * - Between boots, and before a `gap` or a `close` by power cut, nobody was watching: that time is faulted (`gap`). After a start the
 *   display is unknown until a `screen` record says otherwise; a `gap` is therefore the first record of a start.
 * - A play that counts is delivered while the display is known to be lit. Its time counts from its `open` if a sufficient `proof`
 *   came by its `close`; until then it is held back, and without one it is faulted (`unproven`). A contradiction ends that: from
 *   then on its time is faulted until a sufficient proof comes again.
 * - Folding a record twice changes nothing: a stale reading passes no time, and a play id that was closed never opens again.
 */
export type Ledger = {
  readonly shape: DayShape
  readonly needs: Proof
  /** At most `DAYS_KEPT`, after a hole `HOLE_DAYS_KEPT`, the one touched last being last. */
  readonly days: readonly DayLedger[]
  readonly totals: Totals
  /** How far time has been entered. */
  readonly mark: Mark | null
  /** A hole whose end is not known, because the clock was unset after the start; entered once it is set. */
  readonly hole: { readonly from: Instant; readonly sinceMono: number } | null
  readonly open: OpenPlay | null
  readonly screen: { readonly lit: 'lit' | 'dark' | 'unknown'; readonly intended: boolean }
  readonly verdict: { readonly rank: ClaimRank; readonly order: string | null; readonly byItself: boolean } | null
  /** Plays closed lately, so that none counts twice. At most `PLAYS_REMEMBERED`. */
  readonly closed: readonly string[]
  /** Boots that are over. At most `BOOTS_REMEMBERED`. */
  readonly boots: readonly string[]
  /** What was said of orders: under which document (Art. 8.2). At most `MOST_ORDERS`. */
  readonly orders: Readonly<Record<string, OrderFacts>>
  /** Advertising shown, newest first: what its limits look back on, so that a restart resets none of them. At most `MOST_ADS`. */
  readonly ads: readonly AdShowing[]
  /** What was said last of the floor of each period, so that it is said once. Bounded. */
  readonly said: SaidOf
}

export type OrderFacts = {
  readonly class: OrderClass | null
  /** Null: no line said, so it counts as `actual`. */
  readonly status: OrderStatus | null
  readonly allClear: boolean
  readonly document: string | null
  readonly issuer: string | null
  readonly authority: string | null
}

/** Milliseconds since the ledger began, for counters. The first seven sum to all the time entered. */
export type Totals = {
  readonly public: number
  readonly emergency: number
  readonly ads: number
  readonly other: number
  readonly dark: number
  readonly faulted: number
  readonly displaced: number
  readonly byCategory: Readonly<Partial<Record<Category, number>>>
}

type Mark = { readonly wall: Instant; readonly mono: number; readonly boot: string; readonly unset: boolean }

type OpenPlay = {
  readonly open: OpenRecord
  readonly from: ShownFrom
  readonly proof: 'waiting' | 'proved' | 'contradicted'
  /** Lit time that waits for its proof, by part of day. */
  readonly pending: readonly Slice[]
  readonly pendingUnset: boolean
  /** The process died under it: no more time is its own. */
  readonly cut: boolean
}

const DAYS_KEPT = 3
/** After a long hole each of its days is kept until the next one begins, so that each can be judged. */
const HOLE_DAYS_KEPT = 40
const PLAYS_REMEMBERED = 64
const BOOTS_REMEMBERED = 8
/** Unproven time is held back over this many parts of days (more than one day) and is then faulted. */
const MOST_PENDING = 8
/** A hole longer than this is a wrong clock, not a cut: nothing is entered for it. */
const LONGEST_HOLE_MS = 400 * 86_400_000
/** Records may be stamped this much out of order by their sources; older ones are repeats. */
const JITTER_MS = 5_000

const NO_TIME: Totals = {
  public: 0,
  emergency: 0,
  ads: 0,
  other: 0,
  dark: 0,
  faulted: 0,
  displaced: 0,
  byCategory: {},
}

export const emptyLedger = (policy: Policy): Ledger => ({
  shape: dayShape(policy),
  needs: policy.delivery.needs,
  days: [],
  totals: NO_TIME,
  mark: null,
  hole: null,
  open: null,
  screen: { lit: 'unknown', intended: false },
  verdict: null,
  closed: [],
  boots: [],
  orders: {},
  ads: [],
  said: {},
})

export const foldAll = (ledger: Ledger, records: Iterable<StampedRecord>): Ledger => {
  let sum = ledger
  for (const record of records) sum = fold(sum, record)
  return sum
}

/** Enters the time up to the record, then what the record says. Pure; O(1) but for holes over many days. */
export const fold = (ledger: Ledger, record: StampedRecord): Ledger => {
  if (stale(ledger, record)) return ledger
  const unwatched = record.kind === 'gap' || (record.kind === 'close' && record.cause === 'power-cut')
  const timed = advance(ledger, markOf(record), unwatched)
  switch (record.kind) {
    case 'open':
      return opened(timed, record)
    case 'close':
      return timed.open?.open.play === record.play ? closed(timed, record) : timed
    case 'proof':
      return timed.open?.open.play === record.play ? proved(timed, timed.open, record.proof) : timed
    case 'screen':
      return { ...timed, screen: { lit: record.lit, intended: record.intended } }
    case 'verdict':
      return { ...timed, verdict: { rank: record.rank, order: record.order, byItself: isProtection(record.winner) } }
    case 'order':
      // What was refused changes nothing; it may even bear the id of another order, which is in force.
      if (record.stage === 'refused') return timed
      return {
        ...timed,
        orders: remember(timed.orders, record.order, {
          class: record.class,
          status: record.status ?? null,
          allClear: record.allClear === true,
          document: record.document,
          // Whoever adds a number later did not give the order.
          issuer: record.stage === 'documented' ? null : record.issuer,
          authority: record.stage === 'documented' ? null : (record.authority ?? null),
        }),
      }
    case 'airtime':
      return { ...timed, said: sayOf(timed.said, record) }
    case 'clock':
      return { ...timed, ads: withClockStep(timed.ads, record) }
    case 'gap':
      return record.cause === 'disk' ? timed : restarted(timed)
    case 'power':
    case 'sensor':
    case 'config':
    case 'refusal':
    case 'access':
    case 'incident':
    case 'heartbeat':
    case 'seal':
      return timed
  }
}

/** The day of `now` in the policy's zone, with the stretch since the last record as it looks now: unproven time is faulted so far. */
export const dayAt = (ledger: Ledger, now: Reading): DayLedger => viewAt(ledger, now).day

/** The same, with the stretches (they are faulted in it) that will be delivered when the proof of the open play comes. */
export const viewAt = (
  ledger: Ledger,
  now: Reading,
): { readonly day: DayLedger; readonly pending: readonly Slice[] } => {
  const then = until(ledger, now)
  const { open } = then
  return {
    day: dayOf(then, dateOf(now.wall, ledger.shape.offsetMinutes)),
    pending: open?.open.counts === true && !open.cut && open.proof === 'waiting' ? open.pending : NO_SLICES,
  }
}
const NO_SLICES: readonly Slice[] = []

/** The detail of one civil date as far as records tell; empty when there is none (or no more: three days are kept). */
export const dayOf = (ledger: Ledger, date: string): DayLedger => {
  const settled = settle(ledger, false)
  return documented(settled, settled.days.find((d) => d.date === date) ?? emptyDay(ledger.shape, date))
}

/** The day's orders with what is known of them by now: the document number may have come after the showing. */
const documented = (ledger: Ledger, day: DayLedger): DayLedger => {
  const named = Object.entries(day.orders)
  if (named.length === 0) return day
  return {
    ...day,
    orders: Object.fromEntries(
      named.map(([id, { ms }]) => {
        const facts = ledger.orders[id]
        return [
          id,
          { ms, document: facts?.document ?? null, issuer: facts?.issuer ?? null, authority: facts?.authority ?? null },
        ]
      }),
    ),
  }
}

/** The kept days that are over at `now`, oldest first: the daily aggregates to be stored (retention ≥ 24 months). */
export const finishedDays = (ledger: Ledger, now: Reading): readonly DayLedger[] => {
  const today = dateOf(now.wall, ledger.shape.offsetMinutes)
  return settle(ledger, false)
    .days.filter((d) => d.date < today)
    .map((d) => documented(ledger, d))
    .toSorted((a, b) => (a.date < b.date ? -1 : 1))
}

/** Totals with the stretch since the last record; time that waits for proof is left out, so that counters never fall. */
export const totalsAt = (ledger: Ledger, now: Reading): Totals => until(ledger, now).totals

/** The ledger as if a record without content had come at `now`. */
const until = (ledger: Ledger, now: Reading): Ledger =>
  ledger.mark === null || ledger.mark.boot !== now.bootId || (ledger.mark.mono === now.mono && ledger.hole === null)
    ? ledger
    : advance(ledger, { wall: now.wall, mono: now.mono, boot: now.bootId, unset: now.quality === 'unset' }, false)

const markOf = (record: { readonly at: RecordTime; readonly boot: string }): Mark => ({
  wall: instant(record.at.wall),
  mono: record.at.mono,
  boot: record.boot,
  unset: record.at.q === 'unset',
})

const stale = (ledger: Ledger, record: StampedRecord): boolean =>
  ledger.boots.includes(record.boot) ||
  (ledger.mark !== null && ledger.mark.boot === record.boot && record.at.mono < ledger.mark.mono - JITTER_MS)

const advance = (ledger: Ledger, to: Mark, unwatched: boolean): Ledger => {
  const { mark } = ledger
  if (mark === null) return { ...ledger, mark: to }
  if (mark.boot !== to.boot) return reboot(ledger, mark, to)
  const ms = to.mono - mark.mono
  if (ms < 0) return ledger
  const moved = ledger.hole === null ? ledger : fillHole(ledger, to)
  return ms === 0
    ? { ...moved, mark: to }
    : spend(moved, { wall: mark.wall, ms, unset: mark.unset, unwatched, mark: to })
}

/** Another boot: what lies between is a gap, as long as both clocks can say how long it was. */
const reboot = (ledger: Ledger, mark: Mark, to: Mark): Ledger => {
  const next: Ledger = {
    ...restarted(ledger),
    mark: to,
    boots: [...ledger.boots, mark.boot].slice(-BOOTS_REMEMBERED),
    hole: ledger.hole ?? (mark.unset ? null : { from: mark.wall, sinceMono: to.mono }),
  }
  return fillHole(next, to)
}

/** A new process knows nothing of the display, and the play it finds open is not its own. */
const restarted = (ledger: Ledger): Ledger => ({
  ...ledger,
  open: ledger.open === null ? null : { ...ledger.open, cut: true },
  screen: { lit: 'unknown', intended: false },
  verdict: null,
})

const fillHole = (ledger: Ledger, to: Mark): Ledger => {
  if (ledger.hole === null || to.unset) return ledger
  const { from, sinceMono } = ledger.hole
  const ms = to.wall - Math.max(0, to.mono - sinceMono) - from
  const rest: Ledger = { ...ledger, hole: null }
  if (ms <= 0 || ms > LONGEST_HOLE_MS) return rest
  return spend(rest, { wall: from, ms, unset: false, unwatched: true, mark: to })
}

type Stretch = {
  readonly wall: Instant
  readonly ms: number
  readonly unset: boolean
  readonly unwatched: boolean
  /** How far time is entered with it. */
  readonly mark: Mark
}

/** Enters one stretch, or holds it back while the open play waits for its proof. */
const spend = (ledger: Ledger, stretch: Stretch): Ledger => {
  const parts = slices(ledger.shape, stretch.wall, stretch.ms)
  const { open } = ledger
  const waits =
    !stretch.unwatched && open !== null && !open.cut && open.proof === 'waiting' && ledger.screen.lit === 'lit'
  if (!waits) {
    const { days, totals } = enterAll(ledger, parts, labelOf(ledger, stretch))
    return { ...ledger, days, totals, mark: stretch.mark }
  }
  const pending = open.pending.length === 0 && parts.length === 1 ? parts : mergeSlices([...open.pending, ...parts])
  const held: Ledger = {
    ...ledger,
    mark: stretch.mark,
    open: { ...open, pending, pendingUnset: open.pendingUnset || stretch.unset },
  }
  return pending.length > MOST_PENDING ? settle(held, false) : held
}

const enterAll = (ledger: Ledger, parts: readonly Slice[], label: Label): Pick<Ledger, 'days' | 'totals'> => {
  let { days, totals } = ledger
  for (const part of parts) {
    const last = days.at(-1)
    const day = last?.date === part.date ? last : days.find((d) => d.date === part.date)
    const entered = enter(day ?? emptyDay(ledger.shape, part.date), part, label)
    const most = day === undefined && label.cause !== 'gap' ? DAYS_KEPT : HOLE_DAYS_KEPT
    if (day !== undefined && day === last && days.length <= most) days = days.with(-1, entered)
    else days = [...days.filter((d) => d !== day), entered].slice(-most)
    totals = enterTotals(totals, part.ms, label)
  }
  return { days, totals }
}

const enterTotals = (totals: Totals, ms: number, label: Label): Totals => {
  const key = label.emergency ? 'emergency' : label.column === 'delivered' ? 'public' : label.column
  const shown = label.column === 'delivered' || label.column === 'ads'
  return {
    ...totals,
    [key]: totals[key] + ms,
    byCategory: shown && label.category !== null ? plus(totals.byCategory, label.category, ms) : totals.byCategory,
  }
}

const plain = (column: Label['column'], cause: FaultCause | null, unset: boolean): Label => ({
  column,
  cause,
  unset,
  emergency: false,
  category: null,
  languages: [],
  lead: false,
  order: null,
  excused: false,
})

/** What the stretch before a record was, from what the records so far said. */
const labelOf = (ledger: Ledger, stretch: Stretch): Label => {
  const { open, screen, verdict } = ledger
  const { unset } = stretch
  if (stretch.unwatched || open?.cut === true) return plain('faulted', 'gap', unset)
  const dark = screen.lit === 'dark' && screen.intended
  // What heat or an empty battery makes dark nobody wanted dark: that time is the display's.
  const wantsDark = !verdict?.byItself && (verdict?.rank === 'quiet-hours' || verdict?.rank === 'safety-blank')
  if (dark || (open === null && wantsDark)) {
    const order = verdict?.order ?? null
    const taken = verdict?.rank === 'safety-blank' || (open === null && order !== null)
    const excused = order !== null && isExcuse(ledger, order, verdict?.rank ?? 'normal')
    return taken ? { ...plain('displaced', null, unset), order, excused } : plain('dark', null, unset)
  }
  if (screen.lit === 'dark') return plain('faulted', 'display', unset)
  // Without a player nobody can say that the screen is lit, but it is the player that is missing.
  if (open === null) return plain('faulted', 'nothing-playing', unset)
  if (screen.lit === 'unknown') return plain('faulted', 'display-unknown', unset)
  return open.proof === 'proved' ? playLabel(ledger, open.open, unset) : plain('faulted', 'unproven', unset)
}

/** Of whom Art. 8.2 speaks. A priority notice is a message like others, an exercise is no emergency and an all-clear ends one: none excuses a floor. */
const EXCUSES: readonly ClaimRank[] = ['safety-blank', 'emergency', 'major-event']
/** `rank`: of the claim that had the screen for the order, which is the order's class. */
const isExcuse = ({ orders }: Ledger, order: string, rank: ClaimRank): boolean =>
  EXCUSES.includes(rank) && (orders[order]?.status ?? 'actual') === 'actual' && orders[order]?.allClear !== true

const playLabel = (ledger: Ledger, open: OpenRecord, unset: boolean): Label => {
  const ad = open.category === 'A7_5_ADVERTISING'
  const column = ad ? 'ads' : open.counts ? 'delivered' : open.order !== null ? 'displaced' : 'other'
  return {
    column,
    cause: null,
    unset,
    emergency: open.rank === 'emergency' && (column === 'delivered' || column === 'displaced'),
    category: open.category,
    languages: open.languages,
    lead: open.suppliedByLead,
    order: open.order,
    // The standing page of an order that had nothing to play took nobody's place.
    excused: open.order !== null && open.item !== 'standing' && isExcuse(ledger, open.order, open.rank),
  }
}

/** Enters the time held back: as the play's own when it is proved, else as faulted. */
const settle = (ledger: Ledger, isProved: boolean): Ledger => {
  const { open } = ledger
  if (open === null || open.pending.length === 0) return ledger
  const label = isProved
    ? playLabel(ledger, open.open, open.pendingUnset)
    : plain('faulted', 'unproven', open.pendingUnset)
  const { days, totals } = enterAll(ledger, open.pending, label)
  return { ...ledger, days, totals, open: { ...open, pending: NO_SLICES, pendingUnset: false } }
}

const opened = (ledger: Ledger, record: OpenRecord & StampedRecord): Ledger => {
  if (holds(ledger.closed, record.play) || ledger.open?.open.play === record.play) return ledger
  const before = ledger.open === null ? ledger : forget(settle(ledger, false), ledger.open.open.play)
  const proof = atLeast('commanded', ledger.needs) ? 'proved' : 'waiting'
  const from = { boot: record.boot, wall: instant(record.at.wall), mono: mono(record.at.mono) }
  return { ...before, open: { open: record, from, proof, pending: [], pendingUnset: false, cut: false } }
}

/** Ids of plays differ in their last characters, so those are looked at before a whole id is compared. */
const holds = (ids: readonly string[], id: string): boolean => {
  const end = id.length - 1
  const last = id.charCodeAt(end)
  for (const one of ids) if (one.charCodeAt(end) === last && one === id) return true
  return false
}

const closed = (ledger: Ledger, record: CloseRecord): Ledger => {
  const enough = atLeast(record.proof, ledger.needs) && ledger.open?.proof !== 'contradicted'
  const { open } = ledger
  const ads =
    open?.open.category === 'A7_5_ADVERTISING' ? withShowing(ledger.ads, open.open.item, open.from, record) : ledger.ads
  return { ...settle(ledger, enough), open: null, closed: withClosed(ledger.closed, record.play), ads }
}

const forget = (ledger: Ledger, play: string): Ledger => ({
  ...ledger,
  open: null,
  closed: withClosed(ledger.closed, play),
})

const withClosed = (closed: Ledger['closed'], play: string): Ledger['closed'] => {
  const kept = closed.length < PLAYS_REMEMBERED ? closed.slice() : closed.slice(1 - PLAYS_REMEMBERED)
  kept.push(play)
  return kept
}

const proved = (ledger: Ledger, open: OpenPlay, proof: Proof): Ledger => {
  if (proof === 'contradicted') {
    const settled = settle(ledger, false)
    return { ...settled, open: { ...open, pending: [], pendingUnset: false, proof: 'contradicted' } }
  }
  if (!atLeast(proof, ledger.needs)) return ledger
  const settled = settle(ledger, true)
  return { ...settled, open: { ...open, pending: [], pendingUnset: false, proof: 'proved' } }
}

/** Says nothing twice: a later record without a document does not take away the one known. */
const remember = (orders: Ledger['orders'], id: string, facts: OrderFacts): Ledger['orders'] => {
  const known = orders[id]
  const merged: OrderFacts = {
    class: facts.class ?? known?.class ?? null,
    // What an order was taken in as, it stays: no later line makes an exercise real.
    status: known?.status ?? facts.status,
    allClear: facts.allClear || known?.allClear === true,
    document: facts.document ?? known?.document ?? null,
    issuer: facts.issuer ?? known?.issuer ?? null,
    authority: facts.authority ?? known?.authority ?? null,
  }
  const isOld = known?.document === merged.document && known.issuer === merged.issuer && known.status === merged.status
  if (isOld && known.authority === merged.authority) return orders
  const [oldest = ''] = Object.keys(orders)
  if (known !== undefined || Object.keys(orders).length < MOST_ORDERS) return { ...orders, [id]: merged }
  const { [oldest]: _, ...others } = orders
  return { ...others, [id]: merged }
}
