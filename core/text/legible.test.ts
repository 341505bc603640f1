import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duration } from '../base/units.ts'
import { LEGIBILITY, legibleSize } from './legible.ts'
import { divideTime, pageNeed, READING } from './reading.ts'

describe('smallest letters', () => {
  it.each([
    // Not known how it is read: 5.4 % of the smaller of height and half width, never below the dots.
    ['large, unknown', { width: 1280, height: 640 }, 35, 'share'],
    ['tall, unknown', { width: 128, height: 256 }, 14, 'dots'],
    ['small, unknown', { width: 192, height: 96 }, 14, 'dots'],
    // 25 m × 1000 / 215 / 5 mm / 0.715 = 32.6
    ['25 m at 5 mm', { width: 1280, height: 640, pitchMm: 5, viewingDistanceM: 25 }, 33, 'distance'],
    ['100 m at 10 mm', { width: 192, height: 96, pitchMm: 10, viewingDistanceM: 100 }, 66, 'distance'],
    ['3 m at 5 mm', { width: 1280, height: 640, pitchMm: 5, viewingDistanceM: 3 }, 14, 'dots'],
    // One of the two alone says nothing.
    ['pitch only', { width: 1280, height: 640, pitchMm: 5 }, 35, 'share'],
    ['distance only', { width: 1280, height: 640, viewingDistanceM: 100 }, 35, 'share'],
  ] as const)('%s', (_, panel, size, by) => {
    expect(legibleSize(panel, ['latin'])).toEqual({ size, by })
  })

  it('needs more dots for Chinese and Tai Viet than for Latin letters', () => {
    const small = { width: 192, height: 96 }
    expect(legibleSize(small, ['latin', 'han'])).toEqual({ size: LEGIBILITY.leastPixels.han, by: 'dots' })
    expect(legibleSize(small, ['tai-viet'])).toEqual({ size: LEGIBILITY.leastPixels['tai-viet'], by: 'dots' })
    expect(legibleSize(small, [])).toEqual({ size: LEGIBILITY.leastPixels.latin, by: 'dots' })
  })

  it('gives a capital at least 16 minutes of arc, and never much more than it takes', () => {
    const given = fc.record({
      pitchMm: fc.double({ min: 1, max: 20, noNaN: true }),
      viewingDistanceM: fc.double({ min: 1, max: 200, noNaN: true }),
    })
    fc.assert(
      fc.property(given, (facts) => {
        const { size, by } = legibleSize({ width: 1280, height: 640, ...facts }, ['latin'])
        const arc = (px: number): number =>
          (Math.atan((px * LEGIBILITY.capital * facts.pitchMm) / 1000 / facts.viewingDistanceM) * 180 * 60) / Math.PI
        expect(arc(size)).toBeGreaterThan(LEGIBILITY.minutesOfArc - 0.01)
        if (by === 'distance') expect(arc(size - 1)).toBeLessThan(LEGIBILITY.minutesOfArc + 0.01)
      }),
      { seed: 11, numRuns: 200 },
    )
  })
})

describe('time for pages', () => {
  it('asks for the longest language and a look for each further one', () => {
    const vi = 'từ '.repeat(30)
    const en = 'word '.repeat(20)
    expect(pageNeed([vi])).toBe(READING.noticeMs + 30 * READING.msPerWord)
    expect(pageNeed([vi, en])).toBe(2 * READING.noticeMs + 30 * READING.msPerWord)
    expect(pageNeed(['x'])).toBe(READING.leastMs)
    // Not capped: a long page needs long.
    expect(pageNeed(['từ '.repeat(300)])).toBe(READING.noticeMs + 300 * READING.msPerWord)
  })

  it('divides to the millisecond, and gives every page what it needs when there is enough', () => {
    const needs = fc.array(fc.integer({ min: 5_000, max: 120_000 }), { minLength: 1, maxLength: 32 })
    fc.assert(
      fc.property(needs, fc.integer({ min: 0, max: 3_600_000 }), (all, more) => {
        const total = all.reduce((sum, need) => sum + need, 0) + more
        const parts = divideTime(duration(total), all.map(duration))
        expect(parts.reduce((sum: number, part) => sum + part, 0)).toBe(total)
        for (const [i, part] of parts.entries()) {
          expect(Number.isInteger(part)).toBe(true)
          expect(part).toBeGreaterThanOrEqual(all[i] ?? 0)
        }
      }),
      { seed: 5, numRuns: 300 },
    )
  })
})
