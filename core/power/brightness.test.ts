import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY } from '../base/time.ts'
import { type Instant, instant, mono, percent } from '../base/units.ts'
import type { BrightnessRule, EnergyRule } from '../schedule/document.ts'
import {
  type BrightnessInput,
  brightnessAt,
  curveAt,
  type Glow,
  glowDue,
  median,
  NO_GLOW,
  settleGlow,
  sunPart,
} from './brightness.ts'

const at = (text: string) => instant(Date.parse(`${text.replace(' ', 'T')}+07:00`))
const LAI_CHAU = { place: { latitude: 22.3964, longitude: 103.4703 }, offsetMinutes: 420 }
const NOWHERE = { place: null, offsetMinutes: 420 }
const BY = { decidedBy: 'svhttdl', reason: '' }
const SUN: BrightnessRule = {
  by: { way: 'sun', day: 80, night: 20, twilightMs: 3_600_000 },
  nightCap: { most: 30, from: '18:30', to: '06:00' },
  ...BY,
}
const CURVE = [
  { lux: 0, percent: 10 },
  { lux: 100, percent: 30 },
  { lux: 10_000, percent: 90 },
]
const way = { way: 'sensor', curve: CURVE, hysteresis: 5, settleMs: 30_000 } as const
const SENSOR: BrightnessRule = { by: way, ...BY }

describe('by the sun', () => {
  // Sunrise 06:22:52, sunset 17:21:16 that day.
  const table = [
    ['2026-11-22 00:00', 20, true],
    ['2026-11-22 05:22', 20, true],
    ['2026-11-22 05:53', 50, true],
    ['2026-11-22 06:22', 79, true],
    ['2026-11-22 06:24', 80, false],
    ['2026-11-22 12:00', 80, false],
    ['2026-11-22 17:21', 80, false],
    ['2026-11-22 17:51', 50, true],
    ['2026-11-22 18:22', 20, true],
    ['2026-11-22 23:59', 20, true],
  ] as const
  test.each(table)('%s: %i %%', (time, value, night) => {
    const part = sunPart(SUN, LAI_CHAU, at(time))
    expect(part.night).toBe(night)
    expect(Math.abs((part.percent ?? -1) - value)).toBeLessThanOrEqual(1)
  })

  test('nothing changes before `until`, then something does or the day is over; steps are minutes', () => {
    const ramps = fc.record({
      day: fc.integer({ min: 0, max: 100 }),
      night: fc.integer({ min: 0, max: 100 }),
      twilightMs: fc.integer({ min: 0, max: 7_200_000 }),
    })
    fc.assert(
      fc.property(ramps, fc.nat(365 * 1440), fc.double({ min: 0, max: 0.999, noNaN: true }), (ramp, minute, part) => {
        const rule: BrightnessRule = { by: { way: 'sun', ...ramp }, ...BY }
        const wall = instant(at('2026-01-01 00:00') + minute * 60_000 + 12_345)
        const here = sunPart(rule, LAI_CHAU, wall)
        expect(here.until).toBeGreaterThan(wall)
        expect(here.until % 60_000).toBe(0)
        const between = sunPart(rule, LAI_CHAU, instant(wall + Math.floor((here.until - wall) * part)))
        expect(between).toEqual(here)
      }),
    )
  })

  test('a whole day is written at most once a minute and in whole percents', () => {
    let writes = 0
    let last: number | null = null
    for (let wall: Instant = at('2026-11-22 00:00'); wall < at('2026-11-23 00:00'); ) {
      const { percent: value, until } = sunPart(SUN, LAI_CHAU, wall)
      expect(Number.isInteger(value)).toBe(true)
      if (value !== last) writes++
      last = value
      wall = until
    }
    // 60 percents up in an hour and down again: one a minute.
    expect(writes).toBeGreaterThan(100)
    expect(writes).toBeLessThanOrEqual(122)
  })

  test('polar day and night are answered, too', () => {
    const tromso = { place: { latitude: 69.65, longitude: 18.96 }, offsetMinutes: 60 }
    const noon = (date: string) => instant(Date.parse(`${date}T12:00:00+01:00`))
    expect(sunPart(SUN, tromso, noon('2026-06-21'))).toMatchObject({ percent: 80, night: false })
    expect(sunPart(SUN, tromso, noon('2026-12-21'))).toMatchObject({ percent: 20, night: true })
  })

  test('without a place only the times of the night cap count', () => {
    expect(sunPart(SUN, NOWHERE, at('2026-11-22 18:29:59'))).toEqual({
      percent: null,
      night: false,
      until: at('2026-11-22 18:30'),
    })
    expect(sunPart(SUN, NOWHERE, at('2026-11-22 03:00'))).toMatchObject({ night: true, until: at('2026-11-22 06:00') })
    const { nightCap: _, ...uncapped } = SUN
    expect(sunPart(uncapped, NOWHERE, at('2026-11-22 03:00'))).toMatchObject({ percent: null, night: false })
  })

  test('a dead light sensor: the sun, as the curve has it by day and on a dark street', () => {
    expect(sunPart(SENSOR, LAI_CHAU, at('2026-11-22 12:00')).percent).toBe(90)
    expect(sunPart(SENSOR, LAI_CHAU, at('2026-11-22 00:00')).percent).toBe(20)
  })
})

describe('by ambient light', () => {
  test('between two points in proportion to the logarithm; beyond the ends, the ends', () => {
    expect(curveAt(CURVE, 0)).toBe(10)
    expect(curveAt(CURVE, 100)).toBeCloseTo(30)
    expect(curveAt(CURVE, 1004.04)).toBeCloseTo(60, 1)
    expect(curveAt(CURVE, 9)).toBeCloseTo(20, 0)
    expect(curveAt(CURVE, 150_000)).toBe(90)
    expect(median([])).toBe(null)
    expect(median([7, 1, 100])).toBe(7)
    expect(median([7, 1])).toBe(1)
  })

  const run = (samples: readonly (readonly [second: number, lux: number | null])[]): readonly Glow[] => {
    let glow = NO_GLOW
    return samples.map(([second, lux]) => (glow = settleGlow(glow, way, lux, mono(second * 1000))))
  }

  test('the first reading holds at once; a change must last, and outliers are forgotten', () => {
    const held = run([
      [0, 100],
      [5, 10_000],
      [10, 100],
      [15, 10_000],
      [50, 10_000],
      [59, 10_000],
      [60, 10_000],
      [65, null],
      [70, 0],
    ]).map((g) => g.held)
    expect(held).toEqual([30, 30, 30, 30, 30, 30, 90, null, 10])
  })

  test('it goes to the least that was asked for while it settled', () => {
    const glows = run([
      [0, 100],
      [100, 1004],
      [110, 10_000],
      [130, 10_000],
    ])
    expect(glows[1] && glowDue(glows[1], way)).toBe(130_000)
    expect(glows[3]).toMatchObject({ held: 60, away: null })
  })

  test('noisy light writes at most once a minute, and within the hysteresis never', () => {
    const noise = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 10, maxLength: 300 })
    fc.assert(
      fc.property(
        noise,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 60_000 }),
        (lux, hysteresis, settleMs) => {
          const rule = { ...way, hysteresis, settleMs }
          let glow = NO_GLOW
          let writes = 0
          lux.forEach((value, i) => {
            const before = glow.held
            glow = settleGlow(glow, rule, value, mono(i * 5000))
            if (before !== null && glow.held !== null && before !== glow.held) {
              writes++
              expect(Math.abs(glow.held - before)).toBeGreaterThanOrEqual(Math.max(1, hysteresis))
            }
          })
          expect(writes).toBeLessThanOrEqual(Math.ceil((lux.length * 5) / 60))
        },
      ),
    )
    const small = run(Array.from({ length: 200 }, (_, i) => [i * 5, 100 + (i % 2) * 30] as const))
    expect(new Set(small.map((g) => g.held)).size).toBe(1)
  })
})

const DIM: EnergyRule = {
  rule: { kind: 'dim', most: 40 },
  weekdays: [0, 1, 2, 3, 4, 5, 6],
  from: '22:00',
  to: '24:00',
  decidedBy: 'ubnd',
  source: 'CT 20',
}
const plain: BrightnessInput = {
  rule: null,
  order: null,
  window: 60,
  dim: null,
  sun: null,
  glow: NO_GLOW,
  battery: null,
  heat: null,
  limit: percent(90),
}

describe('all together', () => {
  const night = { percent: 20, night: true }
  const day = { percent: 80, night: false }
  const table: readonly (readonly [string, Partial<BrightnessInput>, number, string, readonly string[]])[] = [
    ['the window', {}, 60, 'window', []],
    ['woken in quiet hours', { window: null }, 70, 'default', []],
    ['the sun', { rule: SUN, sun: day }, 80, 'sun', []],
    [
      'the night cap',
      { rule: { ...SUN, nightCap: { most: 15, from: '18:00', to: '06:00' } }, sun: night },
      15,
      'sun',
      ['night'],
    ],
    [
      'no place: the window, capped by night',
      { rule: SUN, sun: { percent: null, night: true } },
      30,
      'window',
      ['night'],
    ],
    ['the sensor', { rule: SENSOR, sun: day, glow: { held: 33 } }, 33, 'sensor', []],
    ['a dead sensor', { rule: SENSOR, sun: day }, 80, 'sun', []],
    ['a dimming rule', { dim: { most: 40, rule: DIM } }, 40, 'window', ['dim']],
    [
      'an order outranks night and dimming',
      { rule: SUN, sun: night, dim: { most: 40, rule: DIM }, order: 85 },
      85,
      'order',
      [],
    ],
    ['but no limit', { order: 100 }, 90, 'order', ['limit']],
    ['nor a battery, nor heat', { order: 100, battery: 50, heat: 20 }, 20, 'order', ['battery', 'heat']],
    ['a limit between percents', { order: 100, limit: percent(79.5) }, 79, 'order', ['limit']],
  ]
  test.each(table)('%s', (_, more, value, by, cappedBy) => {
    expect(brightnessAt({ ...plain, ...more })).toEqual({ percent: value, by, cappedBy })
  })

  test('never above the limit, heat or battery; never above the night cap unless an order says so', () => {
    const most = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: null })
    const input = fc.record<BrightnessInput>({
      rule: fc.constantFrom(SUN, SENSOR, null),
      order: most,
      window: most,
      dim: fc.option(fc.record({ most: fc.double({ min: 0, max: 100, noNaN: true }), rule: fc.constant(DIM) }), {
        nil: null,
      }),
      sun: fc.option(fc.record({ percent: most, night: fc.boolean() }), { nil: null }),
      glow: fc.record({ held: most }),
      battery: most,
      heat: most,
      limit: fc.double({ min: 0, max: 100, noNaN: true }).map(percent),
    })
    fc.assert(
      fc.property(input, (given) => {
        const { percent: value } = brightnessAt(given)
        expect(Number.isInteger(value)).toBe(true)
        expect(value).toBeGreaterThanOrEqual(0)
        for (const cap of [given.limit, given.heat, given.battery])
          if (cap !== null) expect(value).toBeLessThanOrEqual(cap)
        if (given.order !== null) return
        const cap = given.rule?.nightCap
        if (cap && given.sun?.night) expect(value).toBeLessThanOrEqual(cap.most)
        if (given.dim) expect(value).toBeLessThanOrEqual(given.dim.most)
      }),
      { numRuns: 500 },
    )
  })
})

test('the sun is asked for a year without a hole', () => {
  let asked = 0
  for (let wall: Instant = at('2026-01-01 00:00'); wall < at('2026-01-01 00:00') + 366 * DAY; asked++)
    wall = sunPart(SUN, LAI_CHAU, wall).until
  expect(asked).toBeGreaterThan(365 * 100)
  expect(asked).toBeLessThan(365 * 130)
})
