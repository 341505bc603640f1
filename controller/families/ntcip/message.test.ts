import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc16 } from './crc.ts'
import { buildMulti, escapeText, messageCrc, missingCharacters, parseMulti, plainPages } from './message.ts'

const LAYOUT = { line: 'centre', page: 'middle', font: null } as const

test('CRC: the check value, the empty message, the official example', () => {
  expect(crc16(new TextEncoder().encode('123456789')).toString(16)).toBe('906e')
  expect(messageCrc({ multi: '', beacon: 0, pixelService: 0 })).toBe('470F')
  expect(messageCrc({ multi: '[jp3]TEST [fl]Flashing[/fl]', beacon: 0, pixelService: 0 })).toBe('95F9')
  expect(messageCrc({ multi: '[jp3]TEST [fl]Flashing[/fl]', beacon: 1, pixelService: 0 })).not.toBe('95F9')
})

test('pages become MULTI', () => {
  expect(buildMulti([{ text: 'A\nB', seconds: null }], LAYOUT)).toBe('[jp3][jl3]A[nl]B')
  expect(
    buildMulti(
      [
        { text: 'MOT', seconds: 2.8 },
        { text: 'HAI [2]', seconds: 60 },
      ],
      { line: 'left', page: 'top', font: 4 },
    ),
  ).toBe('[pt28o0][fo4][jp2][jl2]MOT[np][pt255o0][fo4][jp2][jl2]HAI [[2]]')
})

test('any text comes back from its MULTI', () => {
  const line = fc.string({ unit: fc.constantFrom(...'[]abAB 09!~'), maxLength: 12 })
  const page = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(fc.array(page, { minLength: 1, maxLength: 4 }), (pages) => {
      const multi = buildMulti(
        pages.map((text) => ({ text, seconds: 3 })),
        LAYOUT,
      )
      const tokens = parseMulti(multi)
      expect(tokens.ok).toBe(true)
      if (tokens.ok) expect(plainPages(tokens.value)).toEqual(pages)
    }),
  )
})

test('tags of the standard are known, mistakes are placed', () => {
  const tokens = parseMulti('[cb1][pto5][fl]x[/fl][hc2a][tr1,1,10,10][g1]')
  expect(tokens.ok && tokens.value.filter((token) => token.is === 'tag').map((token) => token.name)).toEqual([
    'cb',
    'pt',
    'fl',
    '/fl',
    'hc',
    'tr',
    'g',
  ])
  expect(parseMulti('AB[nl')).toEqual({ ok: false, error: { at: 2, why: 'a tag without an end' } })
  expect(parseMulti('AB]')).toEqual({ ok: false, error: { at: 2, why: 'a ] that closes nothing' } })
  expect(parseMulti('[zz9]')).toEqual({ ok: false, error: { at: 0, why: 'no tag zz9' } })
})

test('Vietnamese is outside the base fonts, ASCII is not', () => {
  expect(missingCharacters('Cửa khẩu\nĐóng')).toEqual(['ử', 'ẩ', 'Đ', 'ó'])
  expect(missingCharacters('CUA KHAU\nDONG ~ [!]')).toEqual([])
  expect(escapeText('[a]')).toBe('[[a]]')
})
