import { DAY, parseTimeOfDay, startOfDay, weekdayOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import type { Frame } from './document.ts'

type Zone = { readonly offsetMinutes: number }
type Bounds = { readonly from: Instant; readonly to: Instant }

const timeOf = (text: string): number => parseTimeOfDay(text) ?? 0

/** The frame that holds `wall`, with its bounds today. Half-open; the first one listed wins where two overlap (a checked document has none). */
export const frameAt = (
  frames: readonly Frame[],
  zone: Zone,
  wall: Instant,
): (Bounds & { readonly frame: Frame }) | null => {
  const midnight = startOfDay(wall, zone.offsetMinutes)
  const day = weekdayOf(wall, zone.offsetMinutes)
  const frame = frames.find(
    (f) => f.weekdays.includes(day) && midnight + timeOf(f.from) <= wall && wall < midnight + timeOf(f.to),
  )
  return frame === undefined
    ? null
    : { frame, from: instant(midnight + timeOf(frame.from)), to: instant(midnight + timeOf(frame.to)) }
}

/** When the next frame begins after `wall`; null when none does within a week. */
export const nextFrameStart = (frames: readonly Frame[], zone: Zone, wall: Instant): Instant | null => {
  const midnight = startOfDay(wall, zone.offsetMinutes)
  let first: number | null = null
  for (let day = 0; day <= 7; day++) {
    const weekday = weekdayOf(instant(midnight + day * DAY), zone.offsetMinutes)
    for (const frame of frames) {
      const at = midnight + day * DAY + timeOf(frame.from)
      if (frame.weekdays.includes(weekday) && at > wall && (first === null || at < first)) first = at
    }
    if (first !== null) return instant(first)
  }
  return null
}

/** What of [from, to), within one civil day, lies in some frame: disjoint and in order, however the frames overlap. */
export const frameSpans = (frames: readonly Frame[], zone: Zone, within: Bounds): readonly Bounds[] => {
  const midnight = startOfDay(within.from, zone.offsetMinutes)
  const weekday = weekdayOf(within.from, zone.offsetMinutes)
  const spans = frames
    .filter((f) => f.weekdays.includes(weekday))
    .map((f) => ({
      from: Math.max(within.from, midnight + timeOf(f.from)),
      to: Math.min(within.to, midnight + timeOf(f.to)),
    }))
    .filter((s) => s.from < s.to)
    .toSorted((a, b) => a.from - b.from)
  const out: Bounds[] = []
  for (const span of spans) {
    const last = out.at(-1)
    if (last === undefined || span.from > last.to) out.push({ from: instant(span.from), to: instant(span.to) })
    else if (span.to > last.to) out[out.length - 1] = { from: last.from, to: instant(span.to) }
  }
  return out
}
