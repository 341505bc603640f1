import { type Duration, duration, type Instant, instant } from './units.ts'

/**
 * Civil time in a zone of fixed offset. Việt Nam (Asia/Ho_Chi_Minh) has been at UTC+07:00 without summer time since 1975,
 * so a policy names its offset and the core needs no time-zone database.
 */
export const DAY: Duration = duration(86_400_000)

/** `2026-11-22`, the civil date at `at` in the zone. */
export const dateOf = (at: Instant, offsetMinutes: number): string =>
  new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 10)

/** Midnight that begins the civil day of `at`. */
export const startOfDay = (at: Instant, offsetMinutes: number): Instant => {
  const offset = offsetMinutes * 60_000
  return instant(Math.floor((at + offset) / DAY) * DAY - offset)
}

/** Midnight that begins the civil date `YYYY-MM-DD`; NaN when the text is no date. */
export const instantOfDate = (date: string, offsetMinutes: number): Instant =>
  instant(Date.parse(`${date}T00:00:00Z`) - offsetMinutes * 60_000)

/** 0 = Sunday … 6 = Saturday, in the zone. */
export const weekdayOf = (at: Instant, offsetMinutes: number): number =>
  new Date(at + offsetMinutes * 60_000).getUTCDay()

/** `2026-11-22T07:30:00.000+07:00`: the form used in logs and shown to people. */
export const formatInstant = (at: Instant, offsetMinutes: number): string => {
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 23)
  const sign = offsetMinutes < 0 ? '-' : '+'
  const total = Math.abs(offsetMinutes)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${local}${sign}${two(Math.floor(total / 60))}:${two(total % 60)}`
}

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$|^(24):(00)$/

/** `07:30` → milliseconds since midnight; `24:00` is the end of the day; undefined when it is neither. */
export const parseTimeOfDay = (text: string): Duration | undefined => {
  const match = CLOCK.exec(text)
  if (!match) return undefined
  const [hour, minute] = match[3] ? [24, 0] : [Number(match[1]), Number(match[2])]
  return duration((hour * 60 + minute) * 60_000)
}
