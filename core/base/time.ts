import { type Duration, duration, type Instant, instant } from './units.ts'

/**
 * Civil time in a zone of fixed offset. Việt Nam (Asia/Ho_Chi_Minh) has been at UTC+07:00 without summer time since 1975,
 * so a policy names its offset and the core needs no time-zone database.
 */
export const DAY: Duration = duration(86_400_000)

/** Civil days that were written as text lately: a plan looks a week ahead and asks for the same few again and again. */
const days = new Map<number, string>()
const MOST_DAYS = 64

/** `2026-11-22`, the civil date at `at` in the zone. */
export const dateOf = (at: Instant, offsetMinutes: number): string => {
  const number = Math.floor((at + offsetMinutes * 60_000) / DAY)
  const known = days.get(number)
  if (known !== undefined) return known
  if (days.size >= MOST_DAYS) days.clear()
  const text = new Date(number * DAY).toISOString().slice(0, 10)
  days.set(number, text)
  return text
}

/** Midnight that begins the civil day of `at`. */
export const startOfDay = (at: Instant, offsetMinutes: number): Instant => {
  const offset = offsetMinutes * 60_000
  return instant(Math.floor((at + offset) / DAY) * DAY - offset)
}

/** Midnight that begins the civil date `YYYY-MM-DD`; NaN when the text is no date. */
export const instantOfDate = (date: string, offsetMinutes: number): Instant =>
  instant(Date.parse(`${date}T00:00:00Z`) - offsetMinutes * 60_000)

/** Is it a date that the calendar has? `2026-02-30` is not. */
export const isDate = (text: string): boolean => {
  const at = instantOfDate(text, 0)
  return !Number.isNaN(at) && dateOf(at, 0) === text
}

/** `days` after a civil date (negative: before). */
export const dateAfter = (date: string, days: number): string => dateOf(instant(instantOfDate(date, 0) + days * DAY), 0)

/** 0 = Sunday … 6 = Saturday, in the zone. The first day of 1970 was a Thursday. */
export const weekdayOf = (at: Instant, offsetMinutes: number): number => {
  const day = Math.floor((at + offsetMinutes * 60_000) / DAY) + 4
  return ((day % 7) + 7) % 7
}

/** The moment that was written as text last: all records of one moment, and each of its uses, ask for the same. */
const moment = { at: Number.NaN, offsetMinutes: 0, text: '' }

/** `2026-11-22T07:30:00.000+07:00`: the form used in logs and shown to people. */
export const formatInstant = (at: Instant, offsetMinutes: number): string => {
  if (moment.at === at && moment.offsetMinutes === offsetMinutes) return moment.text
  moment.text = textOf(at, offsetMinutes)
  moment.at = at
  moment.offsetMinutes = offsetMinutes
  return moment.text
}

const textOf = (at: Instant, offsetMinutes: number): string => {
  const local = at + offsetMinutes * 60_000
  const ms = local - Math.floor(local / DAY) * DAY
  const clock = `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}`
  const total = Math.abs(offsetMinutes)
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(total / 60))}:${two(total % 60)}`
  return `${dateOf(at, offsetMinutes)}T${clock}.${String(1000 + (ms % 1000)).slice(1)}${zone}`
}
const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`)

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$|^(24):(00)$/

/** `07:30` → milliseconds since midnight; `24:00` is the end of the day; undefined when it is neither. */
export const parseTimeOfDay = (text: string): Duration | undefined => {
  const match = CLOCK.exec(text)
  if (!match) return undefined
  const [hour, minute] = match[3] ? [24, 0] : [Number(match[1]), Number(match[2])]
  return duration((hour * 60 + minute) * 60_000)
}

/** The same for a time that a schema has checked. */
export const timeOf = (text: string): Duration => parseTimeOfDay(text) ?? duration(0)
