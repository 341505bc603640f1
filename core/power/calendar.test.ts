import fc from 'fast-check'
import { expect, test } from 'vitest'
import { at } from '../airtime/samples.ts'
import { DAY } from '../base/time.ts'
import { instant } from '../base/units.ts'
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
