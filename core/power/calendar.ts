import { DAY, parseTimeOfDay, startOfDay, weekdayOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import type { PowerWindow } from '../schedule/document.ts'

export type Power = {
  readonly power: 'on' | 'off'
  /** Percent, not yet limited by the controller's profile; null while off. */
  readonly brightness: number | null
  /** When this answer changes next; a week ahead when it never does. */
  readonly until: Instant
}

/** Percent for a site whose schedule has no power windows: bright enough to be read, low enough to harm nothing. */
export const DEFAULT_BRIGHTNESS = 70

const WEEK = 7 * DAY

/**
 * Is the screen to be lit at `wall`, and how bright? Without any window it is always on at 70 %: a site that nobody gave a power
 * calendar must not be dark. Where windows overlap, the one listed first gives the brightness. Windows are half-open and do not
 * cross midnight (write two). Meaningless while the clock is unset: the engine asks only a clock it can trust.
 */
export const powerAt = (
  windows: readonly PowerWindow[],
  zone: { readonly offsetMinutes: number },
  wall: Instant,
): Power => {
  if (windows.length === 0) return { power: 'on', brightness: DEFAULT_BRIGHTNESS, until: instant(wall + WEEK) }
  const here = brightnessAt(windows, zone.offsetMinutes, wall)
  const until = changeAfter(windows, zone.offsetMinutes, wall)
  return { power: here === null ? 'off' : 'on', brightness: here, until }
}

const brightnessAt = (windows: readonly PowerWindow[], offsetMinutes: number, wall: Instant): number | null => {
  const day = weekdayOf(wall, offsetMinutes)
  const time = wall - startOfDay(wall, offsetMinutes)
  const window = windows.find((w) => w.weekdays.includes(day) && timeOf(w.from) <= time && time < timeOf(w.to))
  return window === undefined ? null : window.brightness
}

/** Looks at the edges of eight days: more than a week repeats itself. */
const changeAfter = (windows: readonly PowerWindow[], offsetMinutes: number, wall: Instant): Instant => {
  const here = brightnessAt(windows, offsetMinutes, wall)
  const times = [...new Set([0, ...windows.flatMap((w) => [timeOf(w.from), timeOf(w.to)])])].toSorted((a, b) => a - b)
  const midnight = startOfDay(wall, offsetMinutes)
  for (let day = 0; day <= 7; day++)
    for (const time of times) {
      const at = instant(midnight + day * DAY + time)
      if (at > wall && brightnessAt(windows, offsetMinutes, at) !== here) return at
    }
  return instant(wall + WEEK)
}

const timeOf = (text: string): number => parseTimeOfDay(text) ?? 0

/** The parts of [from, to) that are powered, in order; two may touch where the brightness changes. */
export const poweredSpans = (
  windows: readonly PowerWindow[],
  zone: { readonly offsetMinutes: number },
  span: { readonly from: Instant; readonly to: Instant },
): readonly { readonly from: Instant; readonly to: Instant }[] => {
  const spans: { from: Instant; to: Instant }[] = []
  let at = span.from
  while (at < span.to) {
    const { power, until } = powerAt(windows, zone, at)
    const end = instant(Math.min(until, span.to))
    if (power === 'on') spans.push({ from: at, to: end })
    at = end
  }
  return spans
}

/** How many milliseconds of [from, to) are powered. */
export const poweredMs = (
  windows: readonly PowerWindow[],
  zone: { readonly offsetMinutes: number },
  span: { readonly from: Instant; readonly to: Instant },
): number => poweredSpans(windows, zone, span).reduce((ms, part) => ms + part.to - part.from, 0)
