import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HEAT_STAGES, type HeatStage, heatStage } from './thermal.ts'

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
