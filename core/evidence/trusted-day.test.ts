import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, dateOf, instantOfDate } from '../base/time.ts'
import { instant } from '../base/units.ts'
import { isPast, keepUntil } from './keep.ts'
import { believedDates, deletable, trustedToday } from './trusted-day.ts'

const day = (n: number): string => dateOf(instant(instantOfDate('2026-11-22', 0) + n * DAY), 0)
const run = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, i) => day(from + i))
const gone = (dates: readonly string[], today: string): number => deletable(dates, { today, playMonths: 6 })
const trusted = (dates: readonly string[], today: string): string => trustedToday(dates, { today, playMonths: 6 })

describe('which segments may be deleted', () => {
  it('while the daemon runs every day: those past their six months, three days late at the most', () => {
    expect(gone(run(0, 200), day(199))).toBe(200 - 184)
    expect(gone(run(0, 150), day(149))).toBe(0)
  })
  it('a clock that jumps a year, or a century, ahead deletes nothing that is younger than the longest six months', () => {
    const dates = run(0, 183)
    for (const ahead of [1, 30, 365, 36_500])
      expect(gone([...dates, day(182 + ahead)], day(182 + ahead)), `${ahead} days`).toBe(0)
  })
  it('weeks without power keep the days before them longer', () => {
    const dates = [...run(0, 10), ...run(40, 214)]
    expect(gone(dates, day(213))).toBe(0)
    expect(gone([...dates, ...run(214, 224)], day(223))).toBe(10)
  })
  it('a clock that goes to and fro between two dates leaves many segments and no days', () => {
    const flaps = (count: number) => Array.from({ length: count }, (_, i) => (i % 2 === 0 ? day(0) : day(374)))
    expect(gone(flaps(400), day(374))).toBe(0)
    expect(gone([...run(-20, 0), ...flaps(190)], day(374))).toBe(0)
    expect(gone([...run(0, 100), day(99), day(99), day(99), ...run(100, 200)], day(199))).toBe(200 - 184)
  })
  it('a segment of a wrong clock is dated by what came after it: it holds nothing up and goes no earlier', () => {
    const dates = [day(0), '2099-01-01', '1970-01-01', day(1), day(2)]
    expect(believedDates(dates, day(2))).toEqual([day(0), day(1), day(1), day(1), day(2)])
    expect(believedDates(['2099-01-01'], day(2))).toEqual([day(2)])
    expect(gone(['2099-01-01', ...run(1, 200)], day(199))).toBe(16)
    expect(gone([], day(2))).toBe(0)
    expect(gone([day(0)], day(5000))).toBe(0)
  })
  it('never what is younger than six months by the days that really went by, whatever dates the clock gave', () => {
    let deleted = 0
    const oneDay = fc.record({
      off: fc.integer({ min: 0, max: 40 }),
      wrong: fc.constantFrom(0, 0, 0, 0, 400, -400, 30_000),
    })
    fc.assert(
      fc.property(
        fc.array(oneDay, { minLength: 1, maxLength: 400, size: 'max' }),
        fc.constantFrom(0, 0, 1, 200, 3_000),
        (days, ahead) => {
          let now = 0
          const truth: number[] = []
          const dates = days.map(({ off, wrong }) => {
            now += 1 + (off > 38 ? off : 0)
            truth.push(now)
            return day(now + wrong)
          })
          const count = gone(dates, day(now + ahead))
          deleted += count
          for (const at of truth.slice(0, count)) expect(isPast(day(at), day(now), 6)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
    expect(deleted, 'some days were old enough').toBeGreaterThan(100)
  })
})

describe('the day for what is kept as long as plays', () => {
  it('is today when nothing older than six months is kept, and never later', () => {
    expect(trusted(run(0, 185), day(184))).toBe(day(181))
    expect(trusted([], day(2))).toBe(day(2))
  })
  it('a picture last shown on a day that is still kept is not past, whatever the clock says', () => {
    const dates = run(0, 40)
    for (const ahead of [0, 400, 36_500]) {
      const today = trusted(dates, day(39 + ahead))
      for (const last of dates) expect(keepUntil(last, 6) >= today, last).toBe(true)
    }
    expect(keepUntil(day(-1), 6) >= trusted(dates, day(400)), 'one last shown before the oldest kept day').toBe(false)
  })
})
