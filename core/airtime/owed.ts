import { DAY, dateOf, startOfDay } from '../base/time.ts'
import { type Instant, instant, type Reading } from '../base/units.ts'
import type { PeriodStatus } from '../contract/link.ts'
import { dayShape, partOf, periodBounds, type Span } from '../policy/check.ts'
import type { DayPeriod, Policy } from '../policy/policy.ts'
import { poweredSpans } from '../power/calendar.ts'
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
  return calendarOf(policy, windows, now.wall).periods.map(({ period, floorMs, playable }) => {
    const sums = day.periods.find((p) => p.period === period)
    return statusOf({ period, sums, floorMs, leftMs: leftOf(playable, now.wall) })
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
    shortMs: Math.max(0, owedMs - leftMs),
    cause: null,
  }
}

const leftOf = (playable: readonly Span[], wall: Instant): number => {
  let ms = 0
  for (const span of playable) if (span.to > wall) ms += span.to - Math.max(span.from, wall)
  return ms
}

/** What a civil day has to offer, whatever the time: when in each period the screen is powered and something plays. */
type DayCalendar = {
  readonly midnight: Instant
  readonly periods: readonly {
    readonly period: DayPeriod
    readonly floorMs: number
    readonly playable: readonly Span[]
  }[]
}

/** Asked several times a second and the same all day, so the last day of each schedule is remembered. Both keys are never changed. */
const calendars = new WeakMap<Policy, WeakMap<object, DayCalendar>>()
const NO_WINDOWS = {}

const calendarOf = (policy: Policy, windows: Windows, wall: Instant): DayCalendar => {
  const key = windows ?? NO_WINDOWS
  const known = calendars.get(policy) ?? new WeakMap<object, DayCalendar>()
  const last = known.get(key)
  if (last !== undefined && wall >= last.midnight && wall < last.midnight + DAY) return last
  const made = makeCalendar(policy, windows, wall)
  calendars.set(policy, known.set(key, made))
  return made
}

const makeCalendar = (policy: Policy, windows: Windows, wall: Instant): DayCalendar => {
  const date = dateOf(wall, policy.zone.offsetMinutes)
  return {
    midnight: startOfDay(wall, policy.zone.offsetMinutes),
    periods: [...new Set(dayShape(policy).names)].map((period) => ({
      period,
      floorMs: floorOf(policy, period),
      playable: periodBounds(policy, date, period).flatMap((span) => playableIn(policy, windows, span)),
    })),
  }
}

const playableIn = (policy: Policy, windows: Windows, span: Span): readonly Span[] => {
  if (windows === null) return [span]
  const asked = windows.fallbackPlaylist === null ? frameSpans(windows.frames, policy.zone, span) : [span]
  return asked.flatMap((part) => poweredSpans(windows.power, policy.zone, part))
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
