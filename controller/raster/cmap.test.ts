import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCoverage } from './cmap.ts'
import { createFonts } from './fonts.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cmap-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const u16 = (...values: readonly number[]): number[] => values.flatMap((v) => [(v >> 8) & 255, v & 255])
const u32 = (...values: readonly number[]): number[] => values.flatMap((v) => u16(v >>> 16, v & 0xffff))

/** A font file with nothing in it but a character map of one subtable. */
const fontWith = (name: string, subtable: readonly number[]): string => {
  const cmap = [...u16(0, 1), ...u16(3, subtable[1] === 12 ? 10 : 1), ...u32(12), ...subtable]
  const directory = [...u32(0x636d6170, 0), ...u32(12 + 16, cmap.length)]
  const path = join(dir, name)
  writeFileSync(path, Uint8Array.from([...u32(0x00010000), ...u16(1, 0, 0, 0), ...directory, ...cmap]))
  return path
}

const has = (path: string, ...codePoints: readonly number[]): boolean[] => {
  const coverage = readCoverage(path)
  return codePoints.map(coverage.has)
}

test('format 4: a code point inside a segment whose glyph is 0 is not covered', () => {
  // Segment A 0x41–0x43 by delta; segment B 0x61–0x64 by list, with a hole at 0x62; the closing segment 0xFFFF.
  const ends = u16(0x43, 0x64, 0xffff)
  const starts = u16(0x41, 0x61, 0xffff)
  const deltas = u16(0x10000 - 0x40, 0, 1)
  const offsets = u16(0, 4, 0)
  const body = [...ends, ...u16(0), ...starts, ...deltas, ...offsets, ...u16(7, 0, 9, 10)]
  const path = fontWith('four.ttf', [...u16(4, 14 + body.length, 0, 6, 0, 0, 0), ...body])
  expect(has(path, 0x40, 0x41, 0x43, 0x44)).toEqual([false, true, true, false])
  expect(has(path, 0x61, 0x62, 0x63, 0x64, 0x65)).toEqual([true, false, true, true, false])
})

test('format 12: a group that begins at glyph 0 does not cover its first code point', () => {
  const groups = [...u32(0x41, 0x43, 0), ...u32(0x1f600, 0x1f602, 40)]
  const path = fontWith('twelve.ttf', [...u16(12, 0), ...u32(16 + groups.length, 0, 2), ...groups])
  expect(has(path, 0x41, 0x42, 0x43, 0x44)).toEqual([false, true, true, false])
  expect(has(path, 0x1f5ff, 0x1f600, 0x1f602, 0x1f603)).toEqual([false, true, true, false])
})

test('a sign that the Latin font lacks is looked for in the Chinese one, a mark only in the font of its letter', () => {
  const fonts = createFonts([])
  const families = (text: string): number => {
    const found = fonts.prepare(text)
    return found.ok ? found.value.length : 0
  }
  const latin = readCoverage('/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf')
  expect([latin.has(0x2460), latin.has(0x41)]).toEqual([false, true])
  expect(families('Bước ① ②')).toBe(2)
  expect(families('Tab ① ꪎꪳ')).toBe(3)
  // Chữ Mông Việt Nam, Dao, Hà Nhì, La Hủ are written in Latin letters, some with marks that have no composed form.
  for (const text of ['Moob Vêtnam čaŋ', 'miuh nyei waac', 'Haqniq dol', 'Ladhof awv', 'g̃ m̀ ŋ́ ə̂']) {
    const found = fonts.prepare(text)
    expect(found.ok ? [text, 'drawn'] : [text, found.error.en]).toEqual([text, 'drawn'])
  }
  // A Vietnamese tone on a Chinese letter: each is known, but not together.
  expect(fonts.prepare('山\u0323')).toMatchObject({ ok: false, error: { kind: 'no-glyph' } })
})
