import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutMarks } from '#controller/families/onbon/gbk.ts'
import { type Message, type MessageText, UNMARKED } from '#controller/raster/message.ts'
import { cellsOf, type TextGrid, textVariants } from './onboard-text.ts'

const font = (grid: TextGrid, refuse: (text: string) => string | null = () => null) => ({
  grid,
  agreed: withoutMarks,
  refuse,
})
const emergency = (texts: readonly MessageText[], exercise = false): Message => ({
  ...UNMARKED,
  kind: 'emergency',
  mark: exercise ? 'exercise' : null,
  hazardLabel: { vi: 'Lũ quét', en: 'Flash flood', zh: '山洪' },
  level: 4,
  colour: 'red',
  texts,
  authority: 'BCH PCTT',
  until: '08:00 18/07/2026',
})
const vi = { language: 'vi', headline: 'Lũ quét đang về', instruction: 'Rời khỏi bờ suối ngay' }
const en = { language: 'en', headline: 'Flash flood', instruction: 'Leave the stream bank now' }
const zh = { language: 'zh', headline: '山洪来袭', instruction: '请立即离开河岸，前往高处。' }

test('an order in three languages, main language first, who says so once', () => {
  const made = textVariants(emergency([en, vi, zh]), font({ columns: 24, rows: 4 }))
  expect(made.ok && made.value[0]?.pages.map((page) => page.text)).toEqual([
    'LU QUET - CAP 4\nLu quet dang ve\nRoi khoi bo suoi ngay\nBCH PCTT',
    'Den 08:00 18/07/2026',
    'FLASH FLOOD - LEVEL 4\nFlash flood\nLeave the stream bank\nnow',
    'Until 08:00 18/07/2026',
    '山洪 - 级别 4\n山洪来袭\n请立即离开河岸，前往高\n处。',
    '有效至 08:00 18/07/2026',
  ])
})

test('a second language that the font lacks is left out and named; the main one never is', () => {
  const ascii = (text: string) => (/^[\n\x20-\x7e]*$/.test(text) ? null : 'not in the font')
  const made = textVariants(emergency([vi, en, zh]), font({ columns: 24, rows: 4 }, ascii))
  expect(made.ok && made.value.map((variant) => variant.leftOut)).toEqual([
    ['bỏ zh · zh left out: not in the font'],
    ['bỏ zh · zh left out: not in the font', 'bỏ en: không vừa · en left out: does not fit'],
    [
      'bỏ zh · zh left out: not in the font',
      'bỏ en: không vừa · en left out: does not fit',
      'bỏ cơ quan, thời hạn: không vừa · authority and time left out: do not fit',
    ],
  ])
  const marked = { grid: { columns: 24, rows: 4 }, agreed: (text: string) => text, refuse: ascii }
  expect(textVariants(emergency([vi, en]), marked)).toEqual({ ok: false, error: 'not in the font' })
  expect(textVariants(emergency([]), font({ columns: 24, rows: 4 })).ok).toBe(false)
})

test('an exercise on one line carries its banner before every piece, and is refused where that leaves no room', () => {
  const one = textVariants(emergency([vi], true), font({ columns: 30, rows: 1 }))
  expect(one.ok && one.value[0]?.pages.map((page) => page.text)).toEqual([
    'DIEN TAP: LU QUET - CAP 4',
    'DIEN TAP: Lu quet dang ve',
    'DIEN TAP: Roi khoi bo suoi',
    'DIEN TAP: ngay',
    'DIEN TAP: BCH PCTT',
    'DIEN TAP: Den 08:00 18/07/2026',
  ])
  expect(textVariants(emergency([vi], true), font({ columns: 15, rows: 1 }))).toMatchObject({
    ok: false,
    error: expect.stringContaining('no room for the exercise banner'),
  })
})

const words = fc.array(fc.constantFrom('Lũ', 'quét', 'đường', 'Mường', 'a', '12:30', '山洪来袭', 'x'.repeat(30)), {
  minLength: 1,
  maxLength: 25,
})
const grids = fc.record({ columns: fc.integer({ min: 2, max: 60 }), rows: fc.integer({ min: 1, max: 8 }) })

test('any text on any panel: every line fits, nothing is lost, the banner is on every page of every exercise', () => {
  const seen = { shown: 0, exercises: 0, refused: 0 }
  fc.assert(
    fc.property(words, words, grids, fc.boolean(), (headline, instruction, grid, exercise) => {
      const text = { language: 'vi', headline: headline.join(' '), instruction: instruction.join(' ') }
      const made = textVariants(emergency([text, en], exercise), font(grid))
      if (!made.ok) {
        seen.refused += 1
        return
      }
      seen.shown += 1
      expect(made.value.length).toBeGreaterThan(0)
      for (const variant of made.value) {
        expect(variant.pages.length).toBeLessThanOrEqual(16)
        const lines = variant.pages.flatMap((page) => page.text.split('\n'))
        for (const line of lines) expect(cellsOf(line)).toBeLessThanOrEqual(grid.columns)
        for (const page of variant.pages) {
          expect(page.text.split('\n').length).toBeLessThanOrEqual(grid.rows)
          expect(page.seconds).toBeGreaterThanOrEqual(5)
          if (exercise) expect(page.text).toMatch(/^DIEN TAP/)
        }
        if (exercise) seen.exercises += 1
        const bare = variant.pages
          .map((page) => page.text.replaceAll(/^DIEN TAP( - EXERCISE|: )?/gm, ''))
          .join('')
          .replaceAll(/\s/g, '')
        expect(bare).toContain(withoutMarks([...headline, ...instruction].join('')))
      }
    }),
    { numRuns: 500 },
  )
  expect(Math.min(seen.shown, seen.exercises, seen.refused)).toBeGreaterThan(50)
})
