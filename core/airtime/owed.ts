import { instant, type Reading } from '../base/units.ts'
import type { PeriodStatus } from '../contract/link.ts'
import { partOf } from '../policy/check.ts'
import type { DayPeriod } from '../policy/policy.ts'
import type { Capacity, PeriodCapacity } from './capacity.ts'
import { causeOf } from './cause.ts'
import type { PeriodLedger } from './day.ts'
import { type Ledger, viewAt } from './ledger.ts'
import { lengthFrom } from './spans.ts'

export { floorOf } from './capacity.ts'

/** A period of today with what of it is not settled yet. */
export type Standing = {
  readonly status: PeriodStatus
  /** Time that counts as soon as its proof comes: until then it is neither delivered nor lost for the prediction. Milliseconds. */
  readonly pendingMs: number
  readonly capacity: PeriodCapacity
}

/**
 * What each day-period of today owes and whether that can still be met. `leftMs` is the time left in the period today in which public
 * information can really play (`capacityOf`). All in milliseconds.
 */
export const standings = (
  ledger: Ledger,
  capacity: Capacity,
  now: Reading,
  powerLost: () => boolean,
): readonly Standing[] => {
  const { day, pending } = viewAt(ledger, now)
  return capacity.periods.map((period) => {
    const sums = day.periods.find((p) => p.period === period.period)
    const pendingMs = pending.reduce(
      (ms, s) => (s.period === period.period && s.date === capacity.date ? ms + s.ms : ms),
      0,
    )
    return { status: statusOf({ period, sums, pendingMs, now, powerLost }), pendingMs, capacity: period }
  })
}

/** The same for whom only the figures matter. */
export const owed = (ledger: Ledger, capacity: Capacity, now: Reading): readonly PeriodStatus[] =>
  standings(ledger, capacity, now, () => false).map((s) => s.status)

const statusOf = (of: {
  readonly period: PeriodCapacity
  readonly sums: PeriodLedger | undefined
  readonly pendingMs: number
  readonly now: Reading
  readonly powerLost: () => boolean
}): PeriodStatus => {
  const { sums, period, now } = of
  const { floorMs } = period
  const deliveredMs = sums?.delivered ?? 0
  const owedMs = Math.max(0, floorMs - deliveredMs)
  const leftMs = lengthFrom(period.playable, now.wall)
  const shortMs = Math.max(0, owedMs - of.pendingMs - leftMs)
  return {
    period: period.period,
    floorMs,
    deliveredMs,
    emergencyMs: sums?.emergency ?? 0,
    adsMs: sums?.ads ?? 0,
    darkMs: sums?.dark ?? 0,
    faultedMs: sums?.faulted ?? 0,
    displacedMs: sums?.displaced ?? 0,
    recordedMs: sums?.elapsed ?? 0,
    owedMs,
    leftMs,
    feasible: shortMs === 0,
    shortMs,
    cause: shortMs === 0 ? null : causeOf({ sums, capacity: period, wall: now.wall, powerLost: of.powerLost() }),
  }
}

/**
 * How much more than the advertisement itself must be to spare before one is shown, milliseconds. What follows it begins up to a tick (1 s) and
 * a player's start late, and its last stretch is delivered only once its proof has come: none of that may be what breaks a floor.
 */
export const AD_MARGIN_MS = 5_000

/** Would showing something that does not count, for `ms` from `now`, leave every floor that it touches within reach? */
export const affordable = (
  shape: Parameters<typeof partOf>[0],
  statuses: readonly PeriodStatus[],
  now: Reading,
  ms: number,
): { readonly ok: true } | { readonly ok: false; readonly status: PeriodStatus } => {
  const first = partOf(shape, now.wall)
  const last = now.wall + ms <= first.to ? first : partOf(shape, instant(now.wall + ms - 1))
  const touches = (period: DayPeriod) => period === first.period || period === last.period
  const short = statuses.find((s) => touches(s.period) && s.owedMs > 0 && s.owedMs > s.leftMs - ms - AD_MARGIN_MS)
  return short === undefined ? { ok: true } : { ok: false, status: short }
}

/** The period of today that holds `now` and still owes something. */
export const owingNow = (
  shape: Parameters<typeof partOf>[0],
  statuses: readonly PeriodStatus[],
  now: Reading,
): PeriodStatus | undefined => {
  const { period } = partOf(shape, now.wall)
  return statuses.find((s) => s.period === period && s.owedMs > 0)
}
