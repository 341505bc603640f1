import { dateOf } from '../base/time.ts'
import { instant, type Reading } from '../base/units.ts'
import type { PeriodStatus } from '../contract/link.ts'
import { dayShape, partOf, periodBounds, type Span } from '../policy/check.ts'
import type { DayPeriod, Policy } from '../policy/policy.ts'
import { poweredMs } from '../power/calendar.ts'
import type { ScheduleDocument } from '../schedule/document.ts'
import { frameSpans } from '../schedule/frames.ts'
import type { PeriodLedger } from './day.ts'
import { dayAt, type Ledger } from './ledger.ts'

/** What of a schedule decides how much time is left. `null`: no schedule yet, the screen is on and every minute is left. */
export type Windows = Pick<ScheduleDocument, 'power' | 'frames' | 'fallbackPlaylist'> | null

/**
 * What each day-period of today owes and whether that can still be met. `leftMs` is the time left in the period today in which the
 * screen is powered and something plays (a frame, or a fallback playlist outside of frames). All in milliseconds.
 */
export const owed = (ledger: Ledger, policy: Policy, windows: Windows, now: Reading): readonly PeriodStatus[] => {
  const day = dayAt(ledger, now)
  const date = dateOf(now.wall, policy.zone.offsetMinutes)
  const { names } = dayShape(policy)
  return [...new Set(names)].map((period) => {
    const sums = day.periods.find((p) => p.period === period)
    const left = periodBounds(policy, date, period).reduce((ms, span) => ms + leftOf(policy, windows, now, span), 0)
    return statusOf({ period, sums, floorMs: floorOf(policy, period), leftMs: left })
  })
}

/** The floor of Art. 8.1 for a period, milliseconds; 0 where nothing is owed. */
export const floorOf = (policy: Policy, period: DayPeriod): number =>
  policy.periods.find((p) => p.period === period)?.floorMs ?? 0

const statusOf = (of: {
  readonly period: DayPeriod
  readonly sums: PeriodLedger | undefined
  readonly floorMs: number
  readonly leftMs: number
}): PeriodStatus => {
  const { sums, floorMs, leftMs } = of
  const deliveredMs = sums?.delivered ?? 0
  const owedMs = Math.max(0, floorMs - deliveredMs)
  return {
    period: of.period,
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
    feasible: owedMs <= leftMs,
  }
}

const leftOf = (policy: Policy, windows: Windows, now: Reading, span: Span): number => {
  const rest: Span = { from: instant(Math.max(span.from, now.wall)), to: span.to }
  if (rest.from >= rest.to) return 0
  if (windows === null) return rest.to - rest.from
  if (windows.fallbackPlaylist !== null) return poweredMs(windows.power, policy.zone, rest)
  return frameSpans(windows.frames, policy.zone, rest).reduce(
    (ms, s) => ms + poweredMs(windows.power, policy.zone, s),
    0,
  )
}

/** Would showing something that does not count, for `ms` from `now`, leave every floor that it touches within reach? */
export const affordable = (
  policy: Policy,
  statuses: readonly PeriodStatus[],
  now: Reading,
  ms: number,
): { readonly ok: true } | { readonly ok: false; readonly status: PeriodStatus } => {
  const shape = dayShape(policy)
  const touched = [partOf(shape, now.wall).period, partOf(shape, instant(now.wall + ms - 1)).period]
  const short = statuses.find((s) => touched.includes(s.period) && s.owedMs > 0 && s.owedMs > s.leftMs - ms)
  return short === undefined ? { ok: true } : { ok: false, status: short }
}
