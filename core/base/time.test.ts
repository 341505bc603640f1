import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, dateAfter, dateOf, instantOfDate, isDate, timeOf, weekdayOf } from './time.ts'
import { instant } from './units.ts'

test('a date must be in the calendar', () => {
  expect(['2028-02-29', '2026-12-31'].map(isDate)).toEqual([true, true])
  expect(['2026-02-29', '2026-02-30', '2026-13-01', '2026-00-10', 'x'].map(isDate)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})

test('dates and weekdays go by the calendar, years before 1970 too', () => {
  fc.assert(
    fc.property(fc.integer({ min: -40_000, max: 40_000 }), fc.integer({ min: -1_000, max: 1_000 }), (day, days) => {
      const date = new Date(day * DAY).toISOString().slice(0, 10)
      expect(dateAfter(date, days)).toBe(new Date((day + days) * DAY).toISOString().slice(0, 10))
      expect(weekdayOf(instantOfDate(date, 420), 420)).toBe(new Date(day * DAY).getUTCDay())
      expect(dateOf(instant(instantOfDate(date, 420) - 1), 420)).toBe(dateAfter(date, -1))
    }),
  )
})

test('a time of day is counted from midnight', () => {
  expect(['00:00', '07:30', '24:00'].map(timeOf)).toEqual([0, 27_000_000, DAY])
})
