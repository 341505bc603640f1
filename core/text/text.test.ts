import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joinPieces, pieces } from './break.ts'
import { type FitRequest, firstLineOf, fitText, lineHeightOf } from './fit.ts'
import { gateText, type TextFault, textFaultText } from './gate.ts'
import { READING, readingTime } from './reading.ts'
import { scriptOf, scriptsOf } from './script.ts'

const LIMITS = { most: 200, lines: 3 }

describe('gate', () => {
  const refused: readonly (readonly [string, TextFault['kind'], number | undefined])[] = [
    ['Th\uFFFDng b\uFFFDo', 'replacement', 2],
    ['Lũ\u0007 quét', 'control', 2],
    ['a\tb', 'control', 1],
    ['x\uD800y', 'lone-surrogate', 1],
    ['x\uDC00', 'lone-surrogate', 1],
    ['giờ\u202Edrow', 'invisible', 3],
    ['khẩ\u200Bn', 'invisible', 3],
    ['\uFEFFBOM', 'invisible', 0],
    ['a\u2028b', 'invisible', 1],
    ['\uE000', 'unassigned', 0],
    ['e\u0301\u0301\u0301\u0301', 'stacked-marks', 4],
    ['   ', 'empty', undefined],
    ['', 'empty', undefined],
    ['a\nb\nc\nd', 'too-many-lines', undefined],
    ['x'.repeat(201), 'too-long', undefined],
    ['x'.repeat(100_000), 'too-long', undefined],
  ]
  test.each(refused)('%j is refused as %s', (text, kind, at) => {
    const gated = gateText(text, LIMITS)
    expect(gated.ok).toBe(false)
    if (gated.ok) return
    expect(gated.error.kind).toBe(kind)
    if (at !== undefined) expect(gated.error).toMatchObject({ at })
    expect(textFaultText(gated.error).vi.length).toBeGreaterThan(5)
    expect(textFaultText(gated.error).en.length).toBeGreaterThan(5)
  })

  test('decomposed Vietnamese is composed, and the gate says so', () => {
    const title = 'Tuyến đường liên xã nối Sìn Hồ với vùng thấp: tiến độ tháng này'
    expect(gateText(title, LIMITS)).toEqual({ ok: true, value: { text: title, normalised: false } })
    const decomposed = title.normalize('NFD')
    expect(decomposed).not.toBe(title)
    expect(gateText(decomposed, LIMITS)).toEqual({ ok: true, value: { text: title, normalised: true } })
  })

  test('length is counted after composing: 20 code points, 26 decomposed', () => {
    const name = 'Cửa khẩu Ma Lù Thàng'.normalize('NFD')
    expect([...name].length).toBe(26)
    expect(gateText(name, { most: 20, lines: 1 }).ok).toBe(true)
    expect(gateText(name, { most: 19, lines: 1 }).ok).toBe(false)
  })

  test('Tai Viet, Chinese and line breaks pass', () => {
    for (const text of ['ꪎꪳ ꪼꪕ', '因水位上涨暂停通关', 'một\r\nhai', '“Giờ” – 25 °C…']) {
      expect(gateText(text, LIMITS).ok, text).toBe(true)
    }
  })

  test('whatever passes is NFC, passes again unchanged, and is within its limits', () => {
    let passed = 0
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.boolean(), (raw, plain) => {
        const gated = gateText(plain ? raw.replace(/[^\p{L}\p{N} ]/gu, '') : raw, LIMITS)
        if (!gated.ok) return
        passed += 1
        expect(gated.value.text).toBe(gated.value.text.normalize('NFC'))
        expect(gateText(gated.value.text, LIMITS)).toEqual({
          ok: true,
          value: { text: gated.value.text, normalised: false },
        })
      }),
      { seed: 4, numRuns: 150 },
    )
    expect(passed).toBeGreaterThan(20)
  })
})

describe('script', () => {
  test.each([
    ['Lũ quét: 25 °C', ['latin'], 0],
    ['因水位上涨暂停通关', ['han'], 0],
    ['，。（）', ['han'], 0],
    ['ꪼꪕ (Tai)', ['latin', 'tai-viet'], 0],
    ['越中 Việt', ['latin', 'han'], 0],
    ['12:30 – 45 %', [], 0],
    ['Привет', ['other'], 6],
    ['ខ្មែរ', ['other'], 5],
    ['cháy 🔥', ['latin', 'other'], 1],
  ] as const)('%s', (text, scripts, foreign) => {
    const use = scriptsOf(text)
    expect(use.scripts).toEqual(scripts)
    expect(use.foreign.length).toBe(foreign)
  })

  test('every precomposed Vietnamese letter is Latin', () => {
    let checked = 0
    for (let cp = 0x1ea0; cp <= 0x1ef9; cp++) {
      expect(scriptOf(String.fromCodePoint(cp))).toBe('latin')
      checked += 1
    }
    expect(checked).toBe(90)
  })
})

describe('reading time', () => {
  test('bounds and growth', () => {
    expect(readingTime('Lũ quét')).toBe(READING.leastMs)
    expect(readingTime('từ '.repeat(500))).toBe(READING.mostMs)
    expect(readingTime('từ '.repeat(20))).toBe(READING.noticeMs + 20 * READING.msPerWord)
    expect(readingTime('因'.repeat(20))).toBe(READING.noticeMs + 20 * READING.msPerHan)
    expect(readingTime('ꪕ'.repeat(30))).toBe(READING.noticeMs + 30 * READING.msPerTaiViet)
  })
})

describe('pieces', () => {
  test.each([
    ['Rời ngay khu vực', ['Rời', 'ngay', 'khu', 'vực']],
    ['因水位上涨，暂停', ['因', '水', '位', '上', '涨，', '暂', '停']],
    ['（暂停）通关', ['（暂', '停）', '通', '关']],
    ['Gọi\u00A0112 ngay', ['Gọi\u00A0112', 'ngay']],
    ['越中2026年', ['越', '中', '2026', '年']],
    ['ꪎꪳ ꪼꪕ', ['ꪎꪳ', 'ꪼꪕ']],
    ['  ', []],
  ])('%s', (text, expected) => {
    expect(pieces(text).map((p) => p.text)).toEqual(expected)
  })

  test('joined again the pieces are the text with single spaces', () => {
    expect(joinPieces(pieces('  Rời  ngay: 因水位 lên '))).toBe('Rời ngay: 因水位 lên')
  })
})

/** Every code point is half the font size wide: easy to reckon by hand, and like a real font linear in the size. */
const fake = (text: string, size: number): number => [...text].length * size * 0.5
const METRICS = { ascent: 1.1, descent: 0.3, gap: 0.1 }
const base: FitRequest = {
  text: 'mot hai ba bon',
  box: { width: 100, height: 100 },
  measure: fake,
  metrics: METRICS,
  smallest: 10,
  largest: 60,
  pages: 1,
  even: true,
}

describe('fit', () => {
  test('grows to the largest size', () => {
    expect(fitText({ ...base, text: 'a', box: { width: 1000, height: 1000 } })).toMatchObject({
      ok: true,
      value: { fontSize: 60, pages: [['a']] },
    })
  })

  test('breaks at spaces and evens the lines', () => {
    const fitted = fitText({ ...base, text: 'aa bb cc dd', box: { width: 40, height: 30 }, largest: 10 })
    expect(fitted).toMatchObject({ ok: true, value: { fontSize: 10, pages: [['aa bb', 'cc dd']] } })
  })

  test('a forced line break is kept', () => {
    expect(fitText({ ...base, text: 'a\nb', box: { width: 900, height: 900 } })).toMatchObject({
      ok: true,
      value: { pages: [['a', 'b']] },
    })
  })

  test.each([
    [{ text: ' \n ' }, 'nothing-to-fit'],
    [{ text: 'x'.repeat(21), box: { width: 100, height: 100 } }, 'word-too-wide'],
    [{ box: { width: 100, height: 13 } }, 'no-room'],
    [{ text: 'mot hai ba bon nam sau bay', box: { width: 20, height: 14 } }, 'too-many-pages'],
  ] as const)('refuses %j as %s', (change, kind) => {
    const fitted = fitText({ ...base, ...change })
    expect(fitted.ok).toBe(false)
    if (!fitted.ok) expect(fitted.error.kind).toBe(kind)
  })

  const word = fc.stringMatching(/^[a-zăâêôơưđếỗựẫ]{1,9}$/u)
  const text = fc.array(fc.oneof(word, fc.constantFrom('因水位上涨', '，暂停')), { minLength: 1, maxLength: 30 })
  const box = fc.record({ width: fc.integer({ min: 40, max: 900 }), height: fc.integer({ min: 15, max: 500 }) })

  test('what is laid out fits, loses nothing, and one size more would not do', () => {
    let laidOut = 0
    let paged = 0
    fc.assert(
      fc.property(text, box, fc.integer({ min: 1, max: 6 }), (words, area, pages) => {
        const request: FitRequest = { ...base, text: words.join(' '), box: area, pages }
        const fitted = fitText(request)
        expect(fitText(request)).toEqual(fitted)
        if (!fitted.ok) return
        laidOut += 1
        const { fontSize, lineHeight, pages: out } = fitted.value
        if (out.length > 1) paged += 1
        expect(out.length).toBeLessThanOrEqual(pages)
        expect(lineHeight).toBe(lineHeightOf(METRICS, fontSize))
        for (const lines of out) {
          expect(lines.length).toBeGreaterThan(0)
          const height = firstLineOf(METRICS, fontSize) + (lines.length - 1) * lineHeight
          expect(height).toBeLessThanOrEqual(area.height)
          for (const line of lines) expect(fake(line, fontSize)).toBeLessThanOrEqual(area.width)
        }
        expect(out.flat().join('').replaceAll(' ', '')).toBe(words.join(''))
        if (fontSize === 60) return
        const more = fitText({ ...request, smallest: fontSize + 1, pages: out.length })
        expect(more.ok).toBe(false)
      }),
      { seed: 7, numRuns: 300 },
    )
    expect(laidOut).toBeGreaterThan(100)
    expect(paged).toBeGreaterThan(10)
  })

  test('the number of measurements is bounded', () => {
    let calls = 0
    const measure = (line: string, size: number): number => {
      calls += 1
      return fake(line, size)
    }
    const fitted = fitText({
      ...base,
      measure,
      text: 'từ '.repeat(300),
      box: { width: 1280, height: 640 },
      largest: 400,
    })
    expect(fitted.ok).toBe(true)
    expect(calls).toBeLessThan(20_000)
  })
})
