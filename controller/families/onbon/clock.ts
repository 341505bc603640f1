import type { ClockPart } from './schema.ts'

/** Local time as the rest of the program writes it: `2026-11-22T18:30:00`. */
const FORM = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/

type Parts = Readonly<Record<ClockPart, number>>

const daysIn = (year: number, month: number): number => {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Monday 1 to Sunday 7, as the card counts (maker's Java code). */
const weekdayOf = (year: number, month: number, day: number): number => {
  const shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1] ?? 0
  const y = month < 3 ? year - 1 : year
  const sunday0 = (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + shift + day) % 7
  return sunday0 === 0 ? 7 : sunday0
}

const fits = (year: number, p: Parts): boolean =>
  year >= 2000 &&
  year <= 2099 &&
  p.month >= 1 &&
  p.month <= 12 &&
  p.day >= 1 &&
  p.day <= daysIn(year, p.month) &&
  p.hour <= 23 &&
  p.minute <= 59 &&
  p.second <= 59

const toBcd = (value: number): number => (Math.floor(value / 10) << 4) | (value % 10)
const fromBcd = (byte: number): number | null => {
  const [high, low] = [byte >>> 4, byte & 15]
  return high > 9 || low > 9 ? null : high * 10 + low
}

/** Local time → eight bytes in the given order; null when the text is no date of this century. */
export const encodeClock = (order: readonly ClockPart[], text: string): Uint8Array | null => {
  const found = FORM.exec(text)
  if (!found) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number)
  const yearHigh = Math.floor(year / 100)
  const parts = { yearHigh, yearLow: year % 100, month, day, hour, minute, second, weekday: 0 }
  if (!fits(year, parts)) return null
  const whole: Parts = { ...parts, weekday: weekdayOf(year, month, day) }
  return Uint8Array.from(order.map((part) => toBcd(whole[part])))
}

/**
 * Eight bytes → local time; null when they are no date, as on a card whose battery is empty. The two year bytes are taken in either
 * order, because sources differ: the one that is 20 is the century. The weekday is not believed, only the date.
 */
export const decodeClock = (order: readonly ClockPart[], bytes: Uint8Array): string | null => {
  const parts = { yearHigh: 0, yearLow: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, weekday: 0 }
  for (const [index, part] of order.entries()) {
    const value = fromBcd(bytes[index] ?? 0xff)
    if (value === null) return null
    parts[part] = value
  }
  const swapped = parts.yearHigh !== 20 && parts.yearLow === 20
  const year = swapped ? 2000 + parts.yearHigh : parts.yearHigh * 100 + parts.yearLow
  if (!fits(year, parts)) return null
  const two = (value: number) => String(value).padStart(2, '0')
  return `${year}-${two(parts.month)}-${two(parts.day)}T${two(parts.hour)}:${two(parts.minute)}:${two(parts.second)}`
}
