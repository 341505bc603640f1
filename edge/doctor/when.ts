import { dateOf, formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'

/** `2026-11-22 07:30:05` in the zone of the site. */
export const timeText = (wall: number, offsetMinutes: number): string =>
  formatInstant(instant(Math.round(wall)), offsetMinutes)
    .slice(0, 19)
    .replace('T', ' ')

/** `05:30` when it is the same civil day as `now`, else `24/11 05:30`. */
export const clockText = (wall: number, now: number, offsetMinutes: number): string => {
  const text = timeText(wall, offsetMinutes)
  const time = text.slice(11, 16)
  const same = dateOf(instant(Math.round(wall)), offsetMinutes) === dateOf(instant(Math.round(now)), offsetMinutes)
  return same ? time : `${text.slice(8, 10)}/${text.slice(5, 7)} ${time}`
}
