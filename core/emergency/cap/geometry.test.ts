import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instant } from '../../base/units.ts'
import { type CapSite, resolveArea } from './area.ts'
import { distanceKm, inCircle, inPolygon, parseCircle, parsePolygon } from './geometry.ts'
import type { CapArea } from './message.ts'
import { formatCapTime, identityKey, parseCapTime, parseReference } from './time.ts'

const SQUARE = '22.0,103.0 22.0,104.0 23.0,104.0 23.0,103.0 22.0,103.0'
const cornersOf = (text: string) => {
  const polygon = parsePolygon(text)
  if (!polygon.ok) throw new Error(polygon.error)
  return polygon.value
}

describe('polygons and circles', () => {
  it('take latitude first, four pairs or more, and a closed line', () => {
    expect(cornersOf(SQUARE).length).toBe(5)
    const wrong: readonly (readonly [string, string])[] = [
      ['22.0,103.0 22.0,104.0 22.0,103.0', 'too-few'],
      ['22.0,103.0 22.0,104.0 23.0,104.0 23.0,103.0', 'open'],
      ['103.0,22.0 104.0,22.0 104.0,23.0 103.0,22.0', 'swapped'],
      ['22.0,203.0 22.0,104.0 23.0,104.0 22.0,203.0', 'out-of-range'],
      ['22.0 103.0 22.0 104.0', 'not-numbers'],
      ['22.0,103.0,7 22.0,104.0,7 23.0,104.0,7 22.0,103.0,7', 'not-numbers'],
      ['NaN,1 2,2 3,3 NaN,1', 'not-numbers'],
      ['', 'too-few'],
      [Array.from({ length: 1001 }, () => '1,1').join(' '), 'too-many'],
    ]
    for (const [text, error] of wrong) expect(parsePolygon(text), text.slice(0, 60)).toEqual({ ok: false, error })
    expect(wrong.length).toBe(9)
    expect(parseCircle('22.4,103.46 5')).toEqual({
      ok: true,
      value: { centre: { lat: 22.4, lon: 103.46 }, radiusKm: 5 },
    })
    for (const text of ['22.4,103.46', '22.4,103.46 -1', '103.46,22.4 5', '22.4,103.46 1e3', '22.4,103.46 99999'])
      expect(parseCircle(text).ok, text).toBe(false)
  })

  it('count their border as inside', () => {
    const corners = cornersOf(SQUARE)
    for (const [lat, lon] of [
      [22, 103],
      [22, 103.3],
      [22.7, 104],
      [23, 104],
      [22.5, 103],
    ] as const)
      expect(inPolygon({ lat, lon }, corners), `${lat},${lon}`).toBe(true)
    expect(inPolygon({ lat: 22.5, lon: 103.5 }, corners)).toBe(true)
    for (const [lat, lon] of [
      [21.999, 103.5],
      [23.001, 103.5],
      [22.5, 102.999],
      [22.5, 104.001],
    ] as const)
      expect(inPolygon({ lat, lon }, corners), `${lat},${lon}`).toBe(false)
    const centre = { lat: 22.4, lon: 103.46 }
    const other = { lat: 22.5, lon: 103.46 }
    expect(inCircle(other, { centre, radiusKm: distanceKm(centre, other) })).toBe(true)
    expect(distanceKm(centre, other)).toBeCloseTo(11.12, 2)
    // Hà Nội to Lai Châu, by any map about 270 km.
    expect(distanceKm({ lat: 21.0285, lon: 105.8542 }, centre)).toBeGreaterThan(260)
    expect(distanceKm({ lat: 21.0285, lon: 105.8542 }, centre)).toBeLessThan(300)
  })

  it('a convex polygon holds the mean of its corners and nothing beyond its box', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 359 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 3,
          maxLength: 8,
        }),
        fc.integer({ min: 0, max: 9 }),
        (rays, shift) => {
          const angles = [...new Set(rays.map(([angle]) => angle))].sort((a, b) => a - b)
          fc.pre(angles.length >= 3)
          const corners = angles.map((a) => ({
            lat: 22 + Math.sin((a * Math.PI) / 180),
            lon: 103 + shift + Math.cos((a * Math.PI) / 180),
          }))
          const mean = (key: 'lat' | 'lon') => corners.reduce((sum, c) => sum + c[key], 0) / corners.length
          const closed = [...corners, ...corners.slice(0, 1)]
          expect(inPolygon({ lat: mean('lat'), lon: mean('lon') }, closed)).toBe(true)
          expect(inPolygon({ lat: 24, lon: 103 + shift }, closed)).toBe(false)
        },
      ),
    )
  })
})

const SITES: readonly CapSite[] = [
  { id: 'A', unitCode: '03445', lat: 22.47, lon: 102.62 },
  { id: 'B', unitCode: '03388', lat: 22.4, lon: 103.46 },
  { id: 'C', unitCode: '03595', lat: null, lon: null },
]
const area = (over: Partial<CapArea>): CapArea => ({
  areaDesc: 'x',
  polygon: [],
  circle: [],
  geocode: [],
  altitude: null,
  ceiling: null,
  ...over,
})
const unit = (value: string) => ({ valueName: 'VN:adminUnit2025', value })

describe('which clusters an area holds', () => {
  const facts = { province: '12', sites: SITES }
  it('by unit, by cluster, by shape, or all of the province; areas are a union', () => {
    expect(resolveArea([area({ geocode: [unit('03445')] })], facts)).toMatchObject({ sites: ['A'], province: false })
    expect(resolveArea([area({ geocode: [unit('12')] })], facts)).toMatchObject({
      sites: ['A', 'B', 'C'],
      province: true,
    })
    const two = resolveArea([area({ geocode: [unit('03595')] }), area({ circle: ['22.4,103.46 3'] })], facts)
    expect(two).toMatchObject({ sites: ['B', 'C'], emptyShapes: 0 })
    expect(resolveArea([area({ polygon: [SQUARE] })], facts).sites).toEqual(['B'])
    expect(resolveArea([area({ geocode: [{ valueName: 'VN:cluster', value: 'C' }] })], facts).sites).toEqual(['C'])
  })
  it('says what it could not use', () => {
    const geocode = [unit('03616'), { valueName: 'VN:cluster', value: 'Z' }, { valueName: 'FIPS6', value: '03388' }]
    const found = resolveArea([area({ geocode, circle: ['10,100 1'] })], facts)
    expect(found).toMatchObject({ sites: [], bare: ['03616'], unknown: ['Z'], emptyShapes: 1 })
  })
})

describe('times and references', () => {
  it('writes what it reads, whatever the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (second) => {
        const at = instant(second * 1000)
        expect(formatCapTime(at)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$/)
        expect(parseCapTime(formatCapTime(at))).toBe(at)
      }),
    )
    expect(formatCapTime(instant(999))).toBe(formatCapTime(instant(0)))
  })
  it('refuses Z, fractions, days that are none and wrong offsets', () => {
    const wrong = [
      '2026-07-18T02:14:00Z',
      '2026-07-18T02:14:00.000+07:00',
      '2026-02-30T02:14:00+07:00',
      '2026-13-01T02:14:00+07:00',
      '2026-07-18T24:14:00+07:00',
      '2026-07-18T02:60:00+07:00',
      '2026-07-18T02:14:00+15:00',
      '2026-07-18T02:14:00,07:00',
      '2026-07-18 02:14:00+07:00',
      ' 2026-07-18T02:14:00+07:00',
      '２026-07-18T02:14:00+07:00',
    ]
    for (const text of wrong) expect(parseCapTime(text), text).toBeUndefined()
    expect(wrong.length).toBe(11)
    expect(parseCapTime('2026-07-17T19:14:00-00:00')).toBe(parseCapTime('2026-07-18T02:14:00+07:00'))
  })
  it('knows a message by sender, identifier and moment', () => {
    const reference = parseReference('a@b,ID-1,2026-07-18T02:14:00+07:00')
    expect(reference).toEqual({ sender: 'a@b', identifier: 'ID-1', sent: '2026-07-18T02:14:00+07:00' })
    for (const text of ['a@b,ID-1', 'a@b,ID-1,2026-07-18T02:14:00Z', 'a@b,I,D,2026-07-18T02:14:00+07:00', ',,'])
      expect(parseReference(text), text).toBeUndefined()
    const utc = { sender: 'a@b', identifier: 'ID-1', sent: '2026-07-17T19:14:00-00:00' }
    expect(reference && identityKey(reference)).toBe(identityKey(utc))
  })
})
