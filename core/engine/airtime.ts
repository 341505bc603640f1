import { type Capacity, capacityOf, publicSpans, type Readied } from '../airtime/capacity.ts'
import { causeOf } from '../airtime/cause.ts'
import type { DayLedger, PeriodLedger } from '../airtime/day.ts'
import { dayOf } from '../airtime/ledger.ts'
import { type Standing, standings } from '../airtime/owed.ts'
import { type SaidOf, saidKey } from '../airtime/said.ts'
import { holds, intersect, lengthFrom, nextEdge, type Spans, union } from '../airtime/spans.ts'
import { DAY, dateOf, instantOfDate, startOfDay } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import { assetsOf, type Item } from '../content/item.ts'
import type { PeriodStatus } from '../contract/link.ts'
import { bothOf, PERIOD_NAMES, SHORTFALL_NAMES } from '../contract/words.ts'
import { active, type BookEntry, findOrder } from '../emergency/book.ts'
import type { AirtimeRecord, ShortfallCause } from '../evidence/record.ts'
import type { ScheduleDocument } from '../schedule/document.ts'
import { extendedPlaylists } from './extend.ts'
import type { State } from './state.ts'
import { mainsLost } from './supply.ts'
import { record, type Turn } from './turn.ts'

/**
 * The floor of Art. 8.1 as it stands: what today has to offer, what is owed of it, and the record of each turn it takes. Asked at every step,
 * so each answer is kept with what it was made from.
 */
type Known = {
  readonly policy: State['policy']
  readonly document: object | null
  readonly assets: State['assets']
  readonly broken: State['broken']
  readonly orders: readonly BookEntry[]
  readonly offsetMs: number
  readonly capacity: Capacity
}
const known = new WeakMap<object, Known>()
const NO_ITEMS = {}
/** The clocks drift this far apart before what was reckoned from one to the other is reckoned again, ms. */
const DRIFT_MS = 1_000

/** What the civil day has to offer. O(1) while neither schedule, files, failures, orders nor the date change. */
export const capacityNow = (state: State): Capacity => {
  const { now, policy, assets, broken } = state
  const key = state.schedule?.items ?? NO_ITEMS
  const document = state.schedule?.document ?? null
  const orders = state.orders.entries
  const offsetMs = now.wall - now.mono
  const last = known.get(key)
  if (
    last !== undefined &&
    last.policy === policy &&
    last.document === document &&
    last.assets === assets &&
    last.broken === broken &&
    last.orders === orders &&
    Math.abs(last.offsetMs - offsetMs) < DRIFT_MS &&
    now.wall >= last.capacity.midnight &&
    now.wall < last.capacity.midnight + DAY
  )
    return last.capacity
  const capacity = makeCapacity(state, now.wall)
  known.set(key, { policy, document, assets, broken, orders, offsetMs, capacity })
  return capacity
}

const makeCapacity = (state: State, wall: Instant): Capacity => {
  const { schedule, policy, now } = state
  if (schedule === null) return capacityOf(null, policy, wall)
  const inForce = active(state.orders)
  const live = state.orders.entries.filter((e) => e.state !== 'ended')
  const supply = {
    schedule: schedule.document,
    items: schedule.items,
    isSolemn: inForce.some((e) => e.order.class === 'mourning'),
    readyFrom: (item: Item) => readyFrom(state, item),
  }
  const extended = live.flatMap((e) =>
    extendedSpans(e, supply, { wall, offsetMinutes: policy.zone.offsetMinutes }, now),
  )
  return capacityOf(
    {
      ...supply,
      policy,
      held: spansOf(live, now, (e) => takes(e, policy) === 'holds'),
      given: [...spansOf(live, now, (e) => takes(e, policy) === 'gives'), ...extended],
      blanked: spansOf(live, now, (e) => takes(e, policy) === 'blanks'),
    },
    policy,
    wall,
  )
}

const ALWAYS = instant(0)
/** A broken item is tried again later, so the time from then on still counts; a file that is not here may never come. */
const readyFrom = ({ broken, assets, now }: State, item: Item): Instant | null => {
  if (!assetsOf(item).every(({ sha256 }) => assets.has(sha256))) return null
  const until = broken[item.id]
  return until !== undefined && until > now.mono ? instant(now.wall + until - now.mono) : ALWAYS
}

/** Does an order take the screen from public information, give it, or leave it alone? */
const takes = ({ order }: BookEntry, policy: State['policy']): 'holds' | 'gives' | 'blanks' | 'neither' => {
  switch (order.class) {
    case 'mourning':
      return 'neither'
    case 'safety-blank':
      return 'blanks'
    case 'emergency':
      return order.status === 'actual' && policy.emergency.countsTowardFloor ? 'gives' : 'holds'
    case 'major-event':
    case 'priority':
      // One that extends frames takes nothing away, and gives what its playlist has.
      return order.extendFrames === undefined ? 'holds' : 'neither'
  }
}

/** When public information can play under an order that extends frames: it gives no more than its playlist has. */
const extendedSpans = (
  entry: BookEntry,
  supply: Readied & { readonly schedule: ScheduleDocument },
  day: { readonly wall: Instant; readonly offsetMinutes: number },
  now: State['now'],
): Spans => {
  if (entry.order.extendFrames === undefined) return []
  const midnight = startOfDay(day.wall, day.offsetMinutes)
  const whole = { from: midnight, to: instant(midnight + DAY) }
  const force = spansOf([entry], now, () => true)
  return extendedPlaylists(entry.order, supply.schedule, day).flatMap(({ playlist, span }) =>
    intersect(intersect(force, [span]), union(publicSpans(supply, playlist, whole))),
  )
}

const spansOf = (entries: readonly BookEntry[], now: State['now'], is: (entry: BookEntry) => boolean): Spans =>
  entries.flatMap((e) =>
    is(e) && e.deadline > now.mono
      ? [{ from: instant(Math.max(now.wall, e.order.startsAt)), to: instant(now.wall + e.deadline - now.mono) }]
      : [],
  )

type Stood = {
  now: State['now']
  ledger: State['ledger']
  answer: readonly Standing[]
  /** Until then nothing is due while the ledger stays as it is; null: not asked yet. */
  calmUntil: number | null
}
/** The last answer for each capacity: several ask within one step, and hardly anything lives as long as a capacity. */
const stood = new WeakMap<Capacity, Stood>()

/** Each period of today: what is owed, delivered and still possible in it. */
export const standingsNow = (state: State): readonly Standing[] => {
  const capacity = capacityNow(state)
  const { now, ledger } = state
  const last = stood.get(capacity)
  if (last !== undefined && last.now === now && last.ledger === ledger) return last.answer
  const answer = standings(ledger, capacity, now, () => mainsLost(state))
  const calmUntil = last?.ledger === ledger ? last.calmUntil : null
  if (last === undefined) stood.set(capacity, { now, ledger, answer, calmUntil })
  else Object.assign(last, { now, ledger, answer, calmUntil })
  return answer
}

export const periodsNow = (state: State): readonly PeriodStatus[] => standingsNow(state).map((s) => s.status)

/**
 * The same for whoever wants to spend time on something that does not count: an emergency may feed the floor whatever the frames say, but it
 * may be cancelled at any moment, so nothing is left on its account (seeds 632, 660).
 */
export const surePeriodsNow = (state: State): readonly PeriodStatus[] =>
  standingsNow(state).map(({ status, capacity }) => {
    const without = lengthFrom(capacity.unheld, state.now.wall)
    return without < status.leftMs ? { ...status, leftMs: without } : status
  })

/**
 * Writes down each turn of a floor, once: `short` as soon as it can no longer be met, `recovered` when it can again, `met`, and at the end of
 * the period `missed` or `exempt` (Art. 8.2). What was said is in the ledger, so a restart says nothing twice. Before the next item is
 * chosen, so that nothing else opens in a period that needs every minute. Says nothing while the clock is unset: nobody knows the date.
 */
export const noteAirtime = (turn: Turn): void => {
  const { state } = turn
  if (state.now.quality === 'unset') return
  if (quietNow(state) !== null) return
  const last = stood.get(capacityNow(state))
  if (last?.ledger === state.ledger && last.calmUntil !== null && state.now.mono < last.calmUntil) return
  for (const line of due(state)) record(turn, line)
}

/**
 * Nothing can become due before `until`, whatever plays: every period that is over or on has had its last word (or owes nothing), and of those
 * to come nothing changes but by the capacity. Most of a day is like that, and it is asked at every step.
 */
type Quiet = { readonly said: SaidOf; readonly from: Instant; readonly until: Instant; readonly faults: FloorFaults }
const quiets = new WeakMap<Capacity, Quiet>()

const quietNow = (state: State): Quiet | null => {
  const { wall } = state.now
  const capacity = capacityNow(state)
  const { said } = state.ledger
  const last = quiets.get(capacity)
  if (last?.said === said && wall >= last.from && wall < last.until) return last
  for (const { floorMs, bounds, period } of capacity.periods) {
    const isAhead = (bounds[0]?.from ?? 0) > wall
    if (floorMs > 0 && !isAhead && !isFinal(said, capacity.date, period)) return null
  }
  if (due(state).length > 0) return null
  const edges = capacity.periods.map((p) => nextEdge(p.bounds, wall) ?? Number.POSITIVE_INFINITY)
  const quiet = { said, from: wall, until: instant(Math.min(...edges)), faults: faultsOf(state) }
  quiets.set(capacity, quiet)
  return quiet
}

type FloorFaults = Readonly<Partial<Record<'floor-missed' | 'floor-at-risk', string>>>

/** What is wrong with the floors: missed, or about to be. */
export const floorFaults = (state: State): FloorFaults =>
  state.now.quality === 'unset' ? faultsOf(state) : (quietNow(state)?.faults ?? faultsOf(state))

const faultsOf = (state: State): FloorFaults => {
  const faults: { 'floor-missed'?: string; 'floor-at-risk'?: string } = {}
  for (const { status: p, capacity } of standingsNow(state)) {
    // A period that was over before the log began is nobody's breach.
    const unseen = p.recordedMs === 0 && (capacity.bounds.at(-1)?.to ?? 0) <= state.now.wall
    if (p.floorMs === 0 || p.owedMs === 0 || unseen) continue
    const [owed, lost] = [Math.ceil(p.owedMs / 60_000), Math.ceil(p.shortMs / 60_000)]
    const { vi, en } = PERIOD_NAMES[p.period]
    const why = p.cause === null ? null : SHORTFALL_NAMES[p.cause]
    const detail = bothOf(
      `${vi}: còn thiếu ${owed} phút${why === null ? '' : `, ${lost} phút vì ${why.vi}`}`,
      `${en}: ${owed} min short${why === null ? '' : `, ${lost} min by ${why.en}`}`,
    )
    if (!p.feasible) faults['floor-missed'] = detail
    else if (p.owedMs > p.leftMs * AT_RISK) faults['floor-at-risk'] = detail
  }
  return faults
}
/** More than this part of what is left is owed. */
const AT_RISK = 0.9

const due = (state: State): readonly AirtimeRecord[] => [...pastDue(state), ...todayDue(state)]

const isFinal = (said: SaidOf, date: string, period: string): boolean => {
  const stage = said[saidKey({ date, period })]?.stage
  return stage === 'met' || stage === 'missed' || stage === 'exempt'
}

const todayDue = (state: State): readonly AirtimeRecord[] => {
  const { date } = capacityNow(state)
  const { said } = state.ledger
  const out: AirtimeRecord[] = []
  for (const standing of standingsNow(state)) {
    const { status, pendingMs, capacity } = standing
    if (status.floorMs === 0) continue
    const before = said[saidKey({ date, period: status.period })]?.stage
    if (before === 'met' || before === 'missed' || before === 'exempt') continue
    const isOver = (capacity.bounds.at(-1)?.to ?? 0) <= state.now.wall
    const of = { state, date, status }
    if (status.owedMs === 0) out.push(lineOf(of, 'met', 0, null))
    else if (isOver) {
      // Nobody's breach: it was over before the log began. And what waits for its proof may still be enough.
      if (status.recordedMs === 0 || pendingMs > 0) continue
      out.push(ended(of, sumsOf(dayOf(state.ledger, date), status.period), status.cause))
    } else if (!status.feasible && before !== 'short') out.push(lineOf(of, 'short', status.shortMs, status.cause))
    else if (status.feasible && before === 'short') out.push(lineOf(of, 'recovered', 0, null))
  }
  return out
}

type Of = {
  readonly state: State
  readonly date: string
  readonly status: Pick<PeriodStatus, 'period' | 'floorMs' | 'deliveredMs' | 'owedMs'>
}

const ended = (of: Of, sums: PeriodLedger | undefined, cause: ShortfallCause | null): AirtimeRecord => {
  const { owedMs } = of.status
  const isExempt = owedMs <= (sums?.ordered ?? 0)
  const told = of.state.ledger.said[saidKey({ date: of.date, period: of.status.period })]?.cause ?? null
  return lineOf(
    of,
    isExempt ? 'exempt' : 'missed',
    owedMs,
    isExempt ? 'ORDER' : cause === 'PLAN' ? (told ?? cause) : cause,
  )
}

const lineOf = (
  { state, date, status }: Of,
  stage: AirtimeRecord['stage'],
  missingMs: number,
  cause: ShortfallCause | null,
): AirtimeRecord => ({
  kind: 'airtime',
  date,
  period: status.period,
  stage,
  floorMs: status.floorMs,
  deliveredMs: status.deliveredMs,
  missingMs,
  cause,
  detail: cause === 'ORDER' ? ordersOf(state, date) : '',
})

/** Who asked for the screen that day, and under which document. */
const ordersOf = (state: State, date: string): string => {
  const that = Object.entries(dayOf(state.ledger, date).orders).map(([id, { document, issuer }]) => ({
    id,
    document,
    by: findOrder(state.orders, id)?.order.authority.name ?? issuer ?? 'chưa rõ cơ quan',
  }))
  const now = active(state.orders)
    .filter(({ order }) => !that.some((o) => o.id === order.id) && order.class !== 'mourning')
    .map(({ order }) => ({ id: order.id, document: order.authority.document, by: order.authority.name }))
  const told = [...that, ...now].map((o) => `${o.id}: ${o.by}, ${o.document ?? 'chưa có số văn bản'}`)
  return told.slice(0, MOST_ORDERS_TOLD).join('; ')
}
const MOST_ORDERS_TOLD = 5

const sumsOf = (day: DayLedger, period: string): PeriodLedger | undefined =>
  day.periods.find((p) => p.period === period)

/** For which date all that was over before it has been said, by what had been said then. */
const settled = new WeakMap<SaidOf, string>()

/** Periods of days that are over and about which nothing final was said: they ended while nobody was running. */
const pastDue = (state: State): readonly AirtimeRecord[] => {
  const { ledger, policy, now } = state
  const { date: today } = capacityNow(state)
  // A day is only ever added at a new date, or by a hole.
  const asked = `${today} ${ledger.days.length} ${ledger.days[0]?.date}`
  if (settled.get(ledger.said) === asked) return []
  const out = ledger.days
    .map((d) => d.date)
    .filter((date) => date < today && dateOf(now.wall, policy.zone.offsetMinutes) === today)
    .toSorted()
    .flatMap((date) => daysDue(state, date))
  if (out.length === 0) settled.set(ledger.said, asked)
  return out
}

const daysDue = (state: State, date: string): readonly AirtimeRecord[] => {
  const { ledger, policy } = state
  const day = dayOf(ledger, date)
  const recorded = day.periods.reduce((ms, p) => ms + p.elapsed, 0)
  // With the clock unset most of the time, that was not the day it seemed to be.
  if (day.clockUnset * 2 > recorded) return []
  const capacity = makeCapacity(state, instantOfDate(date, policy.zone.offsetMinutes))
  return capacity.periods.flatMap((period): readonly AirtimeRecord[] => {
    const sums = sumsOf(day, period.period)
    if (period.floorMs === 0 || sums === undefined || sums.elapsed === 0) return []
    if (isFinal(ledger.said, date, period.period)) return []
    const owedMs = Math.max(0, period.floorMs - sums.delivered)
    const status = { period: period.period, floorMs: period.floorMs, deliveredMs: sums.delivered, owedMs }
    if (owedMs === 0) return [lineOf({ state, date, status }, 'met', 0, null)]
    const cause = causeOf({ sums, capacity: period, wall: instant(capacity.midnight + DAY), powerLost: false })
    return [ended({ state, date, status }, sums, cause)]
  })
}

/**
 * When the next of these records may be due if nothing happens, on the monotonic clock: a floor is reached, can no longer be met or can
 * again, a period ends, or public information begins or ceases to be playable. Never too late.
 */
export const airtimeChange = (state: State): number => {
  const { now, ledger } = state
  if (now.quality === 'unset') return Number.POSITIVE_INFINITY
  const quiet = quietNow(state)
  if (quiet !== null) return now.mono + quiet.until - now.wall
  if (due(state).length > 0) return now.mono
  let first = Number.POSITIVE_INFINITY
  const inMs = (ms: number): void => {
    if (now.mono + ms < first) first = now.mono + ms
  }
  const { open, screen } = ledger
  const delivers = open?.open.counts === true && !open.cut && open.proof !== 'contradicted' && screen.lit === 'lit'
  for (const { status, pendingMs, capacity } of standingsNow(state)) {
    const end = nextEdge(capacity.bounds, now.wall)
    if (end !== null) inMs(end - now.wall)
    if (status.floorMs === 0) continue
    // It is over and waits for the proof of what was on: whatever comes may settle it.
    if (end === null && pendingMs > 0) inMs(1)
    const edge = nextEdge(capacity.playable, now.wall)
    if (edge !== null) inMs(edge - now.wall)
    if (status.owedMs === 0 || !holds(capacity.bounds, now.wall)) continue
    const owes = status.owedMs - pendingMs
    const spare = status.leftMs - owes
    const plays = holds(capacity.playable, now.wall)
    if (delivers) inMs(Math.max(1, owes))
    if (delivers && !plays && spare < 0) inMs(-spare)
    if (!delivers && plays && spare >= 0) inMs(spare + 1)
  }
  const last = stood.get(capacityNow(state))
  if (last?.ledger === ledger) last.calmUntil = first
  return first
}
