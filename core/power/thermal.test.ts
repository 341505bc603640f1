import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HEAT_STAGES, type Heat, type HeatStage, heatOf, heatStage, isPlausible, type Measured } from './thermal.ts'

const RULE = { dimAt: 60, darkAt: 70, emergencyDarkAt: 85, hysteresis: 5 }

test('up at each threshold, down only once cooler by the hysteresis; unknown asks for nothing', () => {
  const table = [
    [59.9, 'cool'],
    [60, 'dim'],
    [56, 'dim'],
    [55, 'cool'],
    [72, 'dark'],
    [66, 'dark'],
    [65, 'dim'],
    [90, 'hard'],
    [81, 'hard'],
    [80, 'dark'],
    [null, 'cool'],
  ] as const
  let stage: HeatStage = 'cool'
  for (const [celsius, next] of table) {
    stage = heatStage(stage, celsius, RULE)
    expect(stage, `${celsius}`).toBe(next)
  }
})

test('a temperature that swings by less than the hysteresis changes the stage once at most', () => {
  const swings = fc.array(fc.double({ min: 0, max: 4.9, noNaN: true }), { minLength: 2, maxLength: 50 })
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 95 }), swings, (base, swing) => {
      let stage = heatStage('cool', base, RULE)
      let changes = 0
      for (const part of swing) {
        const next = heatStage(stage, base + part, RULE)
        if (next !== stage) changes++
        expect(HEAT_STAGES.indexOf(next)).toBeGreaterThanOrEqual(HEAT_STAGES.indexOf(stage))
        stage = next
      }
      expect(changes).toBeLessThanOrEqual(1)
    }),
  )
})

describe('dark takes two', () => {
  const of = (where: string, celsius: number, heardAt: number): Measured => ({ device: 'd', where, celsius, heardAt })
  const COOL: Heat = { heat: 'cool', heatOnce: null }
  /** The stages after each list of temperatures. */
  const stages = (...readings: readonly (readonly Measured[])[]): readonly HeatStage[] => {
    let heat = COOL
    return readings.map((all) => {
      heat = heatOf(heat, all, RULE)
      return heat.heat
    })
  }

  test('one sample of one sensor dims at most, however hot it says', () => {
    const calm = (at: number) => [of('a', 41, at), of('b', 40, at), of('c', 42, at)]
    const wild = [of('a', 41, 10), of('b', 109, 10), of('c', 42, 10)]
    expect(stages(calm(0), wild, calm(20), wild, calm(40))).toEqual(['cool', 'dim', 'cool', 'dim', 'cool'])
    // Asked again with nothing new read, it is still one sample.
    expect(stages(wild, wild, wild)).toEqual(['dim', 'dim', 'dim'])
  })

  test('two readings that follow each other: the cooler one holds', () => {
    expect(stages([of('a', 95, 0)], [of('a', 96, 10)])).toEqual(['dim', 'hard'])
    expect(stages([of('a', 72, 0)], [of('a', 95, 10)], [of('a', 95, 20)])).toEqual(['dim', 'dark', 'hard'])
    expect(stages([of('a', 95, 0)], [of('b', 95, 10)])).toEqual(['dim', 'dim'])
  })

  test('another sensor within 10 K, at once; not one further off, and not the same one under two names', () => {
    expect(stages([of('a', 90, 0), of('b', 80, 0)])).toEqual(['hard'])
    expect(stages([of('a', 90, 0), of('b', 79, 0)])).toEqual(['dim'])
    expect(stages([of('a', 90, 0), of('b', 90, 0)])).toEqual(['dim'])
    expect(stages([of('a', 90, 0), { ...of('a', 90, 0), device: 'e' }])).toEqual(['hard'])
  })

  test('from dark, one wild sample makes it no worse; cooler is believed at once', () => {
    const dark = [[of('a', 72, 0)], [of('a', 72, 10)]]
    expect(stages(...dark, [of('a', 109, 20)], [of('a', 72, 30)])).toEqual(['dim', 'dark', 'dark', 'dark'])
    expect(stages(...dark, [of('a', 41, 20)], [])).toEqual(['dim', 'dark', 'cool', 'cool'])
  })

  test('whatever is read: never hotter than without the doubt, and the same from the second reading of a steady heat on', () => {
    const reading = fc.array(fc.integer({ min: 30, max: 110 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 12 }), (all) => {
        let heat = COOL
        for (const [i, values] of all.entries()) {
          const was = heat.heat
          const measured = values.map((celsius, n) => of(`s${n}`, celsius, i))
          heat = heatOf(heat, measured, RULE)
          const wanted = heatStage(was, Math.max(...values), RULE)
          expect(HEAT_STAGES.indexOf(heat.heat)).toBeLessThanOrEqual(HEAT_STAGES.indexOf(wanted))
          const again = heatOf(
            heat,
            measured.map((one) => ({ ...one, heardAt: i + 0.5 })),
            RULE,
          )
          expect(again.heat).toBe(heatStage(heat.heat, Math.max(...values), RULE))
        }
      }),
    )
  })

  test('what no panel can have is no temperature', () => {
    expect([-41, -40, 110, 110.5, 127, -127].map(isPlausible)).toEqual([false, true, true, false, false, false])
  })
})
