import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BudgetInput, budgetOf, FORECAST_DAYS, isFilling } from './budget.ts'

const MB = 1_000_000
const plus = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
const TODAY = '2026-11-22'

const input = (more: Partial<BudgetInput> = {}): BudgetInput => ({
  today: TODAY,
  playMonths: 6,
  days: Array.from({ length: 10 }, (_, i) => ({ date: plus(TODAY, i - 10), bytes: 2 * MB, packed: true })),
  usedBytes: 20 * MB,
  freeBytes: 10_000 * MB,
  reserveBytes: 128 * MB,
  plannedPlays: null,
  freeBefore: [],
  ...more,
})

test('measured days: what six months need, and that it fits', () => {
  expect(budgetOf(input())).toEqual({
    basis: 'measured',
    bytesPerDay: 2 * MB,
    otherBytesPerDay: 0,
    keptDays: 182,
    neededBytes: 364 * MB,
    usedBytes: 20 * MB,
    freeBytes: 10_000 * MB,
    fits: true,
    daysLeft: null,
    fullOn: null,
  })
  expect(isFilling(budgetOf(input()))).toBe(false)
})

test('announced a month ahead, not before, and to the day', () => {
  // 344 MB are still to come at 2 MB a day.
  const free = (bytes: number) => budgetOf(input({ freeBytes: 128 * MB + bytes }))
  expect(free(344 * MB).fits).toBe(true)
  expect(free(343 * MB)).toMatchObject({ fits: false, daysLeft: 172, fullOn: plus(TODAY, 172) })
  expect([isFilling(free(62 * MB)), isFilling(free(61 * MB))]).toEqual([false, true])
  expect(free(61 * MB)).toMatchObject({ daysLeft: 31, fullOn: '2026-12-23' })
  expect(free(-1)).toMatchObject({ daysLeft: 0, fullOn: TODAY })
})

test('a log that holds all its days grows no more: only what else fills the disk counts', () => {
  const kept = { usedBytes: 364 * MB, freeBytes: 200 * MB }
  expect(budgetOf(input(kept)).fits).toBe(true)
  const freeBefore = Array.from({ length: 9 }, (_, i) => ({
    date: plus(TODAY, i - 9),
    freeBytes: 300 * MB - i * 5 * MB,
  }))
  expect(budgetOf(input({ ...kept, freeBefore }))).toMatchObject({ otherBytesPerDay: 3 * MB, daysLeft: 25 })
  // One big download is no trend.
  const jump = freeBefore.map((s, i) => ({ ...s, freeBytes: (i < 5 ? 900 : 300) * MB }))
  expect(budgetOf(input({ ...kept, freeBefore: jump })).otherBytesPerDay).toBe(0)
})

test('a first estimate from the schedule, then from what was measured; nothing is promised from nothing', () => {
  const none = budgetOf(input({ days: [], usedBytes: 0 }))
  expect(none).toMatchObject({ basis: 'none', fits: null, daysLeft: null })
  const planned = budgetOf(input({ days: [], usedBytes: 0, plannedPlays: 8_640 }))
  expect(planned).toMatchObject({ basis: 'schedule', bytesPerDay: 2_520_000, fits: true })
  // A first day that began in the evening does not lower the estimate.
  const evening = [{ date: plus(TODAY, -1), bytes: 100_000, packed: false }]
  expect(budgetOf(input({ days: evening, plannedPlays: 8_640 })).bytesPerDay).toBe(2_520_000)
  expect(budgetOf(input({ freeBytes: null }))).toMatchObject({ basis: 'measured', fits: null })
})

test('a day not compressed yet counts as it will be; two segments of one date are one day', () => {
  const days = [
    { date: plus(TODAY, -3), bytes: 99 * MB, packed: true },
    { date: plus(TODAY, -2), bytes: MB, packed: true },
    { date: plus(TODAY, -2), bytes: MB, packed: true },
    { date: plus(TODAY, -1), bytes: 10 * MB, packed: false },
  ]
  expect(budgetOf(input({ days })).bytesPerDay).toBe((2 * MB + 1.9 * MB) / 2)
})

test('more room never means full sooner, and the forecast is within its bound', () => {
  const bytes = fc.integer({ min: 0, max: 2_000 * MB })
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 1, max: 20 * MB }), (a, b, rate) => {
      const days = input().days.map((d) => ({ ...d, bytes: rate }))
      const left = (free: number) => budgetOf(input({ days, freeBytes: free })).daysLeft ?? FORECAST_DAYS + 1
      expect(left(a + b) >= left(a)).toBe(true)
      expect(left(a)).toBeGreaterThanOrEqual(0)
    }),
  )
})
