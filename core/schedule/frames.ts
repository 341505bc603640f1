import { DAY, dateOf, startOfDay, timeOf, weekdayOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import { type CivilDay, isFor } from './dates.ts'
import type { Frame } from './document.ts'

type Zone = { readonly offsetMinutes: number }
type Bounds = { readonly from: Instant; readonly to: Instant }

/** A part of a civil day that one frame holds, milliseconds since midnight, half-open. */
export type FramePart = { readonly frame: Frame; readonly from: number; readonly to: number }

/**
 * Which frame holds which part of a civil day: disjoint and in order. On a date that a dated frame names it takes what it overlaps of the
 * undated ones; the rest of those stays. Among equals the one listed first wins (a checked document has no such overlap).
 */
export const partsOfDay = (frames: readonly Frame[], day: CivilDay): readonly FramePart[] => {
  const here = frames.filter((f) => isFor(f, day))
  if (here.length === 0) return []
  const taken: FramePart[] = []
  for (const frame of [...here.filter((f) => f.dates !== undefined), ...here.filter((f) => f.dates === undefined)]) {
    let free: readonly Stretch[] = [{ from: timeOf(frame.from), to: timeOf(frame.to) }]
    for (const part of taken) free = free.flatMap((span) => without(span, part))
    taken.push(...free.filter((s) => s.from < s.to).map((s) => ({ frame, ...s })))
  }
  return taken.toSorted((a, b) => a.from - b.from)
}

type Stretch = { readonly from: number; readonly to: number }
const without = (span: Stretch, cut: Stretch): Stretch[] =>
  cut.to <= span.from || cut.from >= span.to
    ? [span]
    : [
        { from: span.from, to: cut.from },
        { from: cut.to, to: span.to },
      ].filter((s) => s.from < s.to)

type DayOfFrames = { readonly midnight: Instant; readonly offset: number; readonly parts: readonly FramePart[] }
/** The last day of each list of frames (never changed once made): asked several times a second and the same all day. */
const days = new WeakMap<readonly Frame[], DayOfFrames>()

const dayAt = (frames: readonly Frame[], zone: Zone, wall: Instant): DayOfFrames => {
  const known = days.get(frames)
  const { offsetMinutes: offset } = zone
  if (known !== undefined && known.offset === offset && wall >= known.midnight && wall < known.midnight + DAY)
    return known
  const made = makeDay(frames, offset, wall)
  days.set(frames, made)
  return made
}

const makeDay = (frames: readonly Frame[], offset: number, wall: Instant): DayOfFrames => ({
  midnight: startOfDay(wall, offset),
  offset,
  parts: partsOfDay(frames, { date: dateOf(wall, offset), weekday: weekdayOf(wall, offset) }),
})

/** The frame that holds `wall`, with the bounds of that part of it today (another frame of higher rank may cut it). Half-open. */
export const frameAt = (
  frames: readonly Frame[],
  zone: Zone,
  wall: Instant,
): (Bounds & { readonly frame: Frame }) | null => {
  const { midnight, parts } = dayAt(frames, zone, wall)
  const part = parts.find((p) => midnight + p.from <= wall && wall < midnight + p.to)
  return part === undefined
    ? null
    : { frame: part.frame, from: instant(midnight + part.from), to: instant(midnight + part.to) }
}

/** Dated frames are looked for this far ahead, days. */
const FAR_DAYS = 400
/** The last answer for each list of frames: it holds from where it was asked to the start that it names, or for a day. */
const starts = new WeakMap<
  readonly Frame[],
  { readonly from: Instant; readonly until: Instant; readonly offset: number; readonly start: Instant | null }
>()

/** When the next frame (or part of one) begins after `wall`; null when none does within 400 days. */
export const nextFrameStart = (frames: readonly Frame[], zone: Zone, wall: Instant): Instant | null => {
  const { offsetMinutes: offset } = zone
  const last = starts.get(frames)
  if (last !== undefined && last.offset === offset && wall >= last.from && wall < last.until) return last.start
  const start = findStart(frames, offset, wall)
  starts.set(frames, { from: wall, until: start ?? instant(wall + DAY), offset, start })
  return start
}

const findStart = (frames: readonly Frame[], offset: number, wall: Instant): Instant | null => {
  const midnight = startOfDay(wall, offset)
  const isDated = frames.some((f) => f.dates !== undefined)
  // Undated frames repeat themselves after a week; an eighth day is today's weekday once more.
  for (let day = 0; day <= (isDated ? FAR_DAYS : 7); day++) {
    const at = instant(midnight + day * DAY)
    const next = makeDay(frames, offset, at).parts.find((p) => at + p.from > wall)
    if (next !== undefined) return instant(at + next.from)
  }
  return null
}
