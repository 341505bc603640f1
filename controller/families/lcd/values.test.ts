import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LcdField } from './field.ts'
import { heldValue, mostData, readFields, writeFields } from './values.ts'

const at = (start: number, size: number | null) => ({ at: start, size })
const power: LcdField = {
  type: 'flag',
  name: 'power',
  place: at(0, 2),
  on: ['01'],
  off: ['00', '02'],
  none: ['FF'],
  rest: 'fault',
}
const level: LcdField = { type: 'percent', name: 'brightness', place: at(0, 2), radix: 'hex', full: 16 }
const degrees: LcdField = {
  type: 'measure',
  name: 'temperature',
  place: at(0, 4),
  radix: 'hex',
  signed: true,
  scale: 0.5,
  unit: 'celsius',
  minimum: -30,
  maximum: 120,
}
const input: LcdField = {
  type: 'choice',
  name: 'input',
  place: at(0, 2),
  choices: { hdmi1: ['21', '22'], dp1: ['25'] },
}

describe('values of LCD data', () => {
  it('reads flags, also those that say nothing, and refuses what has no meaning', () => {
    expect(readFields([power], '01', 1)).toEqual({ ok: true, value: { power: true } })
    expect(readFields([power], '02', 1)).toEqual({ ok: true, value: { power: false } })
    expect(readFields([power], 'ff', 1)).toEqual({ ok: true, value: { power: null } })
    expect(readFields([power], '07', 1)).toMatchObject({ ok: false, error: 'power: "07" has no meaning' })
    expect(readFields([power], '0', 1)).toMatchObject({ ok: false, error: 'power: the data ends before it' })
    expect(readFields([{ ...power, rest: 'on' }], '07', 1)).toEqual({ ok: true, value: { power: true } })
  })

  it('measures with sign and scale, and takes nonsense as none', () => {
    const read = (data: string) => readFields([degrees], data, 1)
    expect(read('0049')).toEqual({ ok: true, value: { temperature: 36.5 } })
    expect(read('FFF8')).toEqual({ ok: true, value: { temperature: -4 } })
    expect(read('7FFF')).toEqual({ ok: true, value: { temperature: null } })
    expect(read('zzzz')).toMatchObject({ ok: false })
  })

  it('tells an unknown choice by its code and sends only known ones', () => {
    expect(readFields([input], '22', 1)).toEqual({ ok: true, value: { input: 'hdmi1' } })
    expect(readFields([input], '40', 1)).toEqual({ ok: true, value: { input: 'code "40"' } })
    expect(writeFields([input], { input: 'hdmi1' }, 1)).toEqual({ ok: true, value: '21' })
    for (const wrong of ['code "40"', 'constructor', '__proto__', 3, null])
      expect(writeFields([input], { input: wrong }, 1), String(wrong)).toMatchObject({ ok: false })
  })

  it('holds what the device can hold, for every percent', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (brightness) => {
        const held = heldValue([level], { brightness }, { name: 'brightness', unit: 1 })
        expect(typeof held === 'number' && Math.abs(held - brightness) <= 100 / 16 / 2 + 1e-9).toBe(true)
        const data = writeFields([level], { brightness }, 1)
        expect(data.ok && readFields([level], data.value, 1)).toEqual({ ok: true, value: { brightness: held } })
      }),
    )
    for (const wrong of [-1, 101, Number.NaN, Number.POSITIVE_INFINITY, '50', true, null])
      expect(writeFields([level], { brightness: wrong }, 1), String(wrong)).toMatchObject({ ok: false })
  })

  it('counts bytes where a byte is two digits, and words where there are spaces', () => {
    const second: LcdField = { ...power, name: 'fan', place: at(1, 1) }
    expect(readFields([{ ...power, place: at(0, 1) }, second], '0100', 2)).toEqual({
      ok: true,
      value: { power: true, fan: false },
    })
    const hours: LcdField = {
      ...degrees,
      name: 'hours',
      place: { word: 2 },
      radix: 'decimal',
      signed: false,
      scale: 1,
      maximum: 1e5,
    }
    expect(readFields([hours], '1234 1', 1)).toEqual({ ok: true, value: { hours: null } })
    expect(readFields([hours], '1234 1 77 0', 1)).toEqual({ ok: true, value: { hours: 77 } })
    expect(mostData([second], { unit: 2, open: 9 })).toBe(4)
    expect(mostData([hours], { unit: 1, open: 9 })).toBe(9)
  })

  it('shows nothing unprintable of a text', () => {
    const words: LcdField = { type: 'text', name: 'serial', place: at(0, null), encoding: 'hex' }
    expect(readFields([words], '41420007200D00', 1)).toEqual({ ok: true, value: { serial: 'AB. .' } })
    expect(readFields([words], '414', 1)).toMatchObject({ ok: false })
  })

  it('lists codes with the maker’s meanings', () => {
    const codes: LcdField = {
      type: 'codes',
      name: 'diagnosis',
      place: at(0, null),
      width: 2,
      meanings: { '80': 'fan 1' },
    }
    const fan: LcdField = { type: 'anyOf', name: 'fan', place: at(0, null), width: 2, codes: ['80'], found: true }
    expect(readFields([codes, fan], '8099', 1)).toEqual({
      ok: true,
      value: { diagnosis: 'fan 1; code "99"', fan: true },
    })
    expect(readFields([codes, fan], '0080'.slice(1), 1)).toMatchObject({ ok: true, value: { fan: false } })
  })
})
