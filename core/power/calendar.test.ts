import fc from 'fast-check'
import { expect, test } from 'vitest'
import { at } from '../airtime/samples.ts'
import { DAY } from '../base/time.ts'
import { instant } from '../base/units.ts'
import type { EnergyRule } from '../schedule/document.ts'
import { powerAt, poweredMs } from './calendar.ts'

const ZONE = { offsetMinutes: 420 }
const ALL = [0, 1, 2, 3, 4, 5, 6]
const BORDER = [{ weekdays: ALL, from: '06:30', to: '21:00', brightness: 60 }]
const CALENDAR = { power: BORDER }
const PLAIN = { curfew: null, dim: null }

test('no windows: on at 70 %', () => {
  expect(powerAt({ power: [] }, ZONE, at('2026-11-22 03:00'))).toMatchObject({ power: 'on', brightness: 70 })
})

test('lit inside of the window, dark outside, and until when', () => {
  expect(powerAt(CALENDAR, ZONE, at('2026-11-22 06:29:59'))).toEqual({
    power: 'off',
    brightness: null,
    ...PLAIN,
    until: at('2026-11-22 06:30'),
  })
  expect(powerAt(CALENDAR, ZONE, at('2026-11-22 06:30'))).toEqual({
    power: 'on',
    brightness: 60,
    ...PLAIN,
    until: at('2026-11-22 21:00'),
  })
  expect(powerAt(CALENDAR, ZONE, at('2026-11-22 21:00'))).toEqual({
    power: 'off',
    brightness: null,
    ...PLAIN,
    until: at('2026-11-23 06:30'),
  })
})

test('days without a window are dark; windows that touch are one; dimming is a change', () => {
  // 2026-11-22 is a Sunday.
  const week = [
    { weekdays: [1, 2, 3, 4, 5], from: '06:00', to: '18:00', brightness: 80 },
    { weekdays: [1, 2, 3, 4, 5], from: '18:00', to: '24:00', brightness: 30 },
    { weekdays: [2], from: '00:00', to: '06:00', brightness: 30 },
  ]
  expect(powerAt({ power: week }, ZONE, at('2026-11-22 12:00'))).toMatchObject({
    power: 'off',
    until: at('2026-11-23 06:00'),
  })
  expect(powerAt({ power: week }, ZONE, at('2026-11-23 17:00'))).toMatchObject({
    brightness: 80,
    until: at('2026-11-23 18:00'),
  })
  expect(powerAt({ power: week }, ZONE, at('2026-11-23 23:00'))).toMatchObject({
    brightness: 30,
    until: at('2026-11-24 06:00'),
  })
})

test('nothing changes before `until`, and powered time of a day is what the windows say', () => {
  fc.assert(
    fc.property(fc.nat(7 * DAY), fc.double({ min: 0, max: 0.999, noNaN: true }), (ms, part) => {
      const wall = instant(at('2026-11-22 00:00') + ms)
      const now = powerAt(CALENDAR, ZONE, wall)
      const between = instant(wall + Math.floor((now.until - wall) * part))
      expect(powerAt(CALENDAR, ZONE, between)).toEqual(now)
      expect(powerAt(CALENDAR, ZONE, now.until).power).not.toBe(now.power)
    }),
  )
  const day = { from: at('2026-11-22 00:00'), to: at('2026-11-23 00:00') }
  expect(poweredMs(CALENDAR, ZONE, day)).toBe(14.5 * 3_600_000)
})

const rule = (what: EnergyRule['rule'], more: Partial<EnergyRule> = {}): EnergyRule => ({
  rule: what,
  weekdays: ALL,
  from: '22:00',
  to: '24:00',
  decidedBy: 'ubnd',
  source: 'CT 20',
  ...more,
})
const CURFEW = rule({ kind: 'curfew' })
const dim = (most: number, more: Partial<EnergyRule>) => rule({ kind: 'dim', most }, more)
const LATE = [{ weekdays: ALL, from: '05:00', to: '24:00', brightness: 60 }]

test('a curfew names itself only where the windows would be lit; the strictest dimming holds', () => {
  const energy = [CURFEW, dim(40, { from: '18:00' }), dim(25, { from: '20:00', to: '21:00' })]
  const ask = (time: string) => powerAt({ power: LATE, energy }, ZONE, at(`2026-11-22 ${time}`))
  expect(ask('17:00')).toMatchObject({ power: 'on', dim: null, until: at('2026-11-22 18:00') })
  expect(ask('18:00')).toMatchObject({ power: 'on', brightness: 60, dim: { most: 40 }, until: at('2026-11-22 20:00') })
  expect(ask('20:30')).toMatchObject({ dim: { most: 25 }, until: at('2026-11-22 21:00') })
  expect(ask('22:00')).toMatchObject({ power: 'off', curfew: CURFEW, until: at('2026-11-23 00:00') })
  expect(ask('04:00')).toMatchObject({ power: 'off', curfew: null, until: at('2026-11-22 05:00') })
  // Without any window it is always on, and a curfew still holds.
  expect(powerAt({ power: [], energy: [CURFEW] }, ZONE, at('2026-11-22 23:00'))).toMatchObject({
    power: 'off',
    curfew: CURFEW,
  })
  const day = { from: at('2026-11-22 00:00'), to: at('2026-11-23 00:00') }
  expect(poweredMs({ power: LATE, energy }, ZONE, day)).toBe(17 * 3_600_000)
})

test('on a date that a dated window names, the undated ones do not hold', () => {
  const tet = { from: '2027-02-05', to: '2027-02-07' }
  const power = [...LATE, { weekdays: ALL, dates: tet, from: '08:00', to: '20:00', brightness: 90 }]
  const ask = (time: string) => powerAt({ power }, ZONE, at(time))
  expect(ask('2027-02-04 07:00')).toMatchObject({ power: 'on', brightness: 60 })
  expect(ask('2027-02-05 07:00')).toMatchObject({ power: 'off', until: at('2027-02-05 08:00') })
  expect(ask('2027-02-05 08:00')).toMatchObject({ brightness: 90, until: at('2027-02-05 20:00') })
  expect(ask('2027-02-07 21:00')).toMatchObject({ power: 'off', until: at('2027-02-08 05:00') })
})

test('whatever windows and rules: nothing changes before `until`, and something does at it, or a week has passed', () => {
  const hour = fc.integer({ min: 0, max: 23 })
  const span = fc.tuple(hour, hour).map(([a, b]) => {
    const two = (h: number) => `${String(h).padStart(2, '0')}:00`
    return { from: two(Math.min(a, b)), to: two(Math.max(a, b) + 1) }
  })
  const weekdays = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 })
  const dates = fc.option(
    fc.tuple(fc.integer({ min: 20, max: 29 }), fc.integer({ min: 0, max: 5 })).map(([from, days]) => ({
      from: `2026-11-${from}`,
      to: from + days > 30 ? '2026-12-03' : `2026-11-${from + days}`,
    })),
    { nil: undefined },
  )
  const dated = fc.tuple(weekdays, span, dates).map(([days, part, on]) => ({
    weekdays: days,
    ...part,
    ...(on === undefined ? {} : { dates: on }),
  }))
  const window = fc.tuple(dated, fc.integer({ min: 0, max: 100 })).map(([w, brightness]) => ({ ...w, brightness }))
  const energy = fc.tuple(dated, fc.option(fc.integer({ min: 0, max: 100 }))).map(([r, most]) => ({
    ...r,
    decidedBy: 'x',
    source: 'y',
    rule: most === null ? { kind: 'curfew' as const } : { kind: 'dim' as const, most },
  }))
  fc.assert(
    fc.property(
      fc.array(window, { maxLength: 4 }),
      fc.array(energy, { maxLength: 4 }),
      fc.nat(8 * DAY),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (power, rules, ms, part) => {
        const calendar = { power, energy: rules }
        const wall = instant(at('2026-11-22 00:00') + ms)
        const { until, ...now } = powerAt(calendar, ZONE, wall)
        const { until: later, ...between } = powerAt(calendar, ZONE, instant(wall + Math.floor((until - wall) * part)))
        expect(between).toEqual(now)
        if (until - wall < 7 * DAY) expect(later).toBe(until)
        const { until: _, ...then } = powerAt(calendar, ZONE, until)
        if (until - wall < 7 * DAY) expect(then).not.toEqual(now)
      },
    ),
  )
})
