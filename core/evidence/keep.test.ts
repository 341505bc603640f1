import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPast, type KeptMedia, keepUntil, keptOf } from './keep.ts'

/** A day later or earlier, by the calendar. */
const plus = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)

const GOLDEN = [
  ['2026-11-22', '2027-05-22'], // 181 days
  ['2026-03-01', '2026-09-01'], // 184 days
  ['2026-08-31', '2027-03-01'], // February has no 31st
  ['2026-08-30', '2027-03-01'],
  ['2026-08-29', '2027-03-01'],
  ['2026-08-28', '2027-02-28'],
  ['2027-08-29', '2028-02-29'], // a leap year has it
  ['2027-08-30', '2028-03-01'],
  ['2028-02-29', '2028-08-29'],
  ['2026-10-31', '2027-05-01'], // April has 30 days
  ['2026-12-31', '2027-07-01'], // June has 30 days
  ['2026-06-30', '2026-12-30'],
  ['2026-07-01', '2027-01-01'],
] as const

test('six calendar months: month ends, leap years, turn of the year', () => {
  let checked = 0
  for (const [date, until] of GOLDEN) {
    expect(keepUntil(date, 6), date).toBe(until)
    // The day before the last, the last, and the day after.
    expect([plus(until, -1), until, plus(until, 1)].map((today) => isPast(date, today, 6))).toEqual([
      false,
      false,
      true,
    ])
    checked++
  }
  expect(checked).toBe(GOLDEN.length)
})

test('never less than six months, never more than two days over 184, and a later day is never kept shorter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 36_000 }), fc.integer({ min: 1, max: 36 }), (day, months) => {
      const date = plus('2000-01-01', day)
      const until = keepUntil(date, months)
      const [year = 0, month = 0] = date.split('-').map(Number)
      const whole = new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 7)
      expect(until >= `${whole}-01`).toBe(true)
      const days = (Date.parse(until) - Date.parse(date)) / 86_400_000
      if (months === 6) expect(days >= 181 && days <= 184).toBe(true)
      expect(keepUntil(plus(date, 1), months) >= until).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('what is no date is kept', () => {
  expect(isPast('2026-02-30', '2099-01-01', 6)).toBe(false)
  expect(isPast('', '2099-01-01', 6)).toBe(false)
})

test('what was shown while nobody knew the day is kept, whatever else is known of the file', () => {
  const known = { item: 'C01', hash: 'a', assets: ['a'], approval: 'one', first: 0, last: Date.parse('2026-01-10') }
  const unknown = { ...known, item: 'C02', first: null, last: null }
  const of = { playMonths: 6, dateOf: (wall: number) => new Date(wall).toISOString().slice(0, 10) }
  for (const media of [
    [known, unknown],
    [unknown, known],
  ])
    expect([...keptOf(media, of).assets, ...keptOf(media, of).approvals]).toEqual([
      ['a', 'unknown'],
      ['one', 'unknown'],
    ])
})

test('a file shared by two items is kept from the last play of either; each approval from its own', () => {
  const day = (date: string) => Date.parse(`${date}T00:00:00Z`)
  const media: readonly KeptMedia[] = [
    { item: 'C01', hash: 'a', assets: ['a'], approval: 'one', first: 0, last: day('2026-01-10') },
    { item: 'C02', hash: 'a', assets: ['a', 'b'], approval: 'two', first: 0, last: day('2026-03-10') },
    { item: 'order:X', hash: 'x', assets: [], approval: null, first: 0, last: day('2026-05-10') },
  ]
  const kept = keptOf(media, { playMonths: 6, dateOf: (wall) => new Date(wall).toISOString().slice(0, 10) })
  expect([...kept.assets]).toEqual([
    ['a', '2026-09-10'],
    ['b', '2026-09-10'],
  ])
  expect([...kept.approvals]).toEqual([
    ['one', '2026-07-10'],
    ['two', '2026-09-10'],
  ])
})
