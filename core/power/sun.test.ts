import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY } from '../base/time.ts'
import { instant } from '../base/units.ts'
import { daylight, daylights } from './sun.ts'

const LAI_CHAU = { latitude: 22.3964, longitude: 103.4703 }
const at = (text: string) => instant(Date.parse(`${text.replace(' ', 'T')}+07:00`))

/** Computed with PyEphem 4.1.4 (VSOP87, no atmosphere, upper limb at −0:34), which shares no code and no equations with `sun.ts`. */
const KNOWN = [
  [LAI_CHAU, '2026-01-15 06:48:07', '2026-01-15 17:42:51'],
  [LAI_CHAU, '2026-03-20 06:10:32', '2026-03-20 18:17:04'],
  [LAI_CHAU, '2026-06-21 05:22:40', '2026-06-21 18:53:04'],
  [LAI_CHAU, '2026-09-23 05:55:03', '2026-09-23 18:01:48'],
  [LAI_CHAU, '2026-11-22 06:22:52', '2026-11-22 17:21:16'],
  [LAI_CHAU, '2026-12-21 06:41:05', '2026-12-21 17:26:59'],
  [LAI_CHAU, '2028-02-29 06:28:00', '2028-02-29 18:09:26'],
  [LAI_CHAU, '2035-05-05 05:31:46', '2035-05-05 18:34:16'],
  [{ latitude: 21.0285, longitude: 105.8542 }, '2026-06-01 05:14:41', '2026-06-01 18:34:12'],
  [{ latitude: 21.0285, longitude: 105.8542 }, '2026-10-10 05:50:15', '2026-10-10 17:36:46'],
] as const

test('sunrise and sunset are those of an ephemeris, within a minute', () => {
  for (const [place, rise, set] of KNOWN) {
    const here = daylight(place, 420, at(rise))
    expect(Math.abs((here?.rise ?? 0) - at(rise)), rise).toBeLessThan(60_000)
    expect(Math.abs((here?.set ?? 0) - at(set)), set).toBeLessThan(60_000)
  }
  expect(KNOWN.length).toBe(10)
})

test('polar night has none, midnight sun never ends', () => {
  const tromso = { latitude: 69.65, longitude: 18.96 }
  const noon = (date: string) => instant(Date.parse(`${date}T12:00:00+01:00`))
  expect(daylight(tromso, 60, noon('2026-12-21'))).toBe(null)
  expect(daylights(tromso, 60, noon('2026-12-21'))).toEqual([])
  const summer = daylights(tromso, 60, noon('2026-06-21'))
  expect(summer.length).toBe(1)
  expect((summer[0]?.set ?? 0) - (summer[0]?.rise ?? 0)).toBeGreaterThan(2.9 * DAY)
  const spring = daylight(tromso, 60, noon('2026-03-20'))
  expect(new Date(spring?.rise ?? 0).toISOString().slice(11, 16)).toBe('04:43')
})

test('anywhere, any day: an answer in order, no NaN', () => {
  const place = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  })
  fc.assert(
    fc.property(
      place,
      fc.integer({ min: 0, max: 60_000 }),
      fc.integer({ min: -720, max: 840 }),
      (where, day, offset) => {
        const list = daylights(where, offset, instant(day * DAY + 1234))
        for (const [i, { rise, set }] of list.entries()) {
          expect(Number.isSafeInteger(rise) && Number.isSafeInteger(set)).toBe(true)
          expect(rise).toBeLessThan(set)
          const before = list[i - 1]
          if (before) expect(rise).toBeGreaterThan(before.set)
        }
      },
    ),
  )
})
