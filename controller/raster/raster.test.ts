import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { RISK_COLOURS } from '#core/emergency/order.ts'
import { decodeBmp, encodeBmp, joinBmp, type Pixels } from './bmp.ts'
import { readCoverage } from './cmap.ts'
import { type EmergencyMessage, type Message, type Page, UNMARKED } from './message.ts'
import { createRaster, type Raster } from './render.ts'
import { RISK_PALETTE } from './scene.ts'

const fileOf = (page: Page | undefined): Uint8Array => (page ? joinBmp(page.bmp) : Buffer.alloc(0))

const opened = createRaster({ fontDirs: [] })
const raster = (): Raster => {
  if (!opened.ok) throw new Error(opened.error.en)
  return opened.value
}
afterAll(() => raster().close())

const PANELS = [
  { width: 1280, height: 640 },
  { width: 960, height: 480 },
  { width: 768, height: 384 },
  { width: 640, height: 320 },
  { width: 384, height: 192 },
  { width: 192, height: 96 },
  { width: 128, height: 256 },
] as const

const VI = {
  language: 'vi-VN',
  headline: 'LŨ QUÉT: RỜI NGAY KHU VỰC VEN SUỐI, LÊN NƠI CAO',
  instruction: 'Không qua ngầm tràn. Gọi 112 khi cần cứu nạn.',
}
const EN = { language: 'en', headline: 'FLASH FLOOD: leave the stream banks now', instruction: 'Call 112 for rescue.' }
const ZH = { language: 'zh-Hans-CN', headline: '因水位上涨暂停通关', instruction: '请勿靠近溪流。' }
const FLOOD: EmergencyMessage = {
  kind: 'emergency',
  ...UNMARKED,
  hazardLabel: { vi: 'LŨ QUÉT', en: 'FLASH FLOOD', zh: '山洪' },
  level: 3,
  colour: 'orange',
  texts: [VI],
  authority: 'Ban Chỉ huy phòng thủ dân sự tỉnh (dữ liệu mẫu)',
  until: '08:00 18/07/2026',
}

const pagesOf = (message: Message, panel: { width: number; height: number }): readonly Page[] => {
  const rendered = raster().render(message, panel)
  if (!rendered.ok) throw new Error(rendered.error.en)
  return rendered.value.pages
}
/** Pixels as whole numbers: building a string for each of a million pixels would be most of the test's time. */
const wordsOf = (pixels: Pixels): Uint32Array => new Uint32Array(pixels.rgba.buffer)
const wordOf = (colour: string): number => {
  const rgb = Number.parseInt(colour.slice(1), 16)
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0
}
/** Pixels of the outermost ring that are not of this colour: ink that left the page. */
const strayRing = (pixels: Pixels, colour: string): number => {
  const words = wordsOf(pixels)
  const wanted = wordOf(colour)
  const { width, height } = pixels
  return words.reduce((stray, word, i) => {
    const x = i % width
    const y = (i - x) / width
    const onRing = x === 0 || y === 0 || x === width - 1 || y === height - 1
    return onRing && word !== wanted ? stray + 1 : stray
  }, 0)
}
const count = (pixels: Pixels, colour: string): number => {
  const wanted = wordOf(colour)
  return wordsOf(pixels).reduce((n, word) => (word === wanted ? n + 1 : n), 0)
}
const same = (a: readonly Page[], b: readonly Page[]): boolean =>
  a.length === b.length && a.every((page, i) => Buffer.compare(fileOf(page), fileOf(b[i])) === 0)

describe('emergency pages', () => {
  test('on every panel: framed in the hazard colour, letters in it, nothing on the border, same bytes twice', () => {
    let pages = 0
    for (const panel of PANELS) {
      for (const texts of [[VI], [VI, EN], [VI, ZH], [VI, ZH, EN]]) {
        const message = { ...FLOOD, texts }
        const first = pagesOf(message, panel)
        expect(same(pagesOf(message, panel), first)).toBe(true)
        expect(first[0]?.language.startsWith('vi')).toBe(true)
        for (const page of first) {
          const pixels = decodeBmp(fileOf(page))
          expect({ width: pixels.width, height: pixels.height }).toEqual(panel)
          expect(strayRing(pixels, '#ff8c00')).toBe(0)
          expect(count(pixels, '#ffffff') + count(pixels, '#ffe08a')).toBeGreaterThan(40)
          expect(page.durationMs).toBeGreaterThanOrEqual(5_000)
          expect(page.durationMs).toBeLessThanOrEqual(20_000)
          pages += 1
        }
      }
    }
    expect(pages).toBeGreaterThan(PANELS.length * 4)
  })

  test('each risk colour is the band and the border', () => {
    let checked = 0
    for (const colour of RISK_COLOURS) {
      const [page] = pagesOf({ ...FLOOD, colour, level: checked + 1 }, PANELS[2])
      if (page === undefined) throw new Error('no page')
      const pixels = decodeBmp(fileOf(page))
      expect(strayRing(pixels, RISK_PALETTE[colour].band)).toBe(0)
      expect(wordsOf(pixels)[12 * pixels.width + 12]).toBe(wordOf(RISK_PALETTE[colour].band))
      checked += 1
    }
    expect(checked).toBe(5)
  })

  test('an exercise carries the blue and white banner on every page and panel and is nowhere framed as real', () => {
    let checked = 0
    for (const panel of PANELS) {
      for (const page of pagesOf({ ...FLOOD, mark: 'exercise', texts: [VI, EN, ZH] }, panel)) {
        const pixels = decodeBmp(fileOf(page))
        expect(strayRing(pixels, '#0a3fb5')).toBe(0)
        const share = count(pixels, '#0a3fb5') / (panel.width * panel.height)
        expect(share).toBeGreaterThan(0.04)
        checked += 1
      }
    }
    expect(checked).toBeGreaterThan(PANELS.length)
  })

  test('two languages share a large panel and take turns on a small one', () => {
    expect(pagesOf({ ...FLOOD, texts: [EN, VI] }, PANELS[0]).map((p) => p.language)).toEqual(['vi+en'])
    const small = pagesOf({ ...FLOOD, texts: [EN, VI] }, { width: 192, height: 96 }).map((p) => p.language)
    expect(small[0]).toBe('vi')
    expect(small).toContain('en')
  })

  test('a language that cannot be drawn is left out and named; the warning still stands', () => {
    const khmer = { language: 'km', headline: 'ទឹកជំនន់', instruction: '' }
    const broken = { language: 'en', headline: 'fl\uFFFDod', instruction: '' }
    const rendered = raster().render({ ...FLOOD, texts: [VI, khmer, broken] }, PANELS[2])
    expect(rendered.ok).toBe(true)
    if (!rendered.ok) return
    expect(rendered.value.pages.map((p) => p.language)).toEqual(['vi'])
    expect(rendered.value.faults.map((f) => f.kind)).toEqual(['no-glyph', 'text'])
    expect(rendered.value.faults[0]?.en).toMatch(/^headline km: No font here draws: ទ \(U\+1791\), /)
  })

  test('refuses when nothing can be shown', () => {
    expect(raster().render({ ...FLOOD, texts: [] }, PANELS[2])).toMatchObject({ ok: false, error: { kind: 'text' } })
    const word = { ...VI, headline: 'Ê'.repeat(400), instruction: '' }
    expect(raster().render({ ...FLOOD, texts: [word] }, PANELS[5])).toMatchObject({
      ok: false,
      error: { kind: 'does-not-fit' },
    })
    for (const bad of [
      { width: 0, height: 96 },
      { width: 192.5, height: 96 },
      { width: 9000, height: 96 },
    ]) {
      expect(raster().render(FLOOD, bad)).toMatchObject({ ok: false, error: { kind: 'geometry' } })
    }
  })

  test('a word too wide for legible letters is drawn smaller, and the fault says so', () => {
    const word = { ...VI, headline: 'NGHIÊNGNGẢNGHIÊNGNGHIÊNG', instruction: '' }
    const rendered = raster().render({ ...FLOOD, texts: [word] }, PANELS[5])
    expect(rendered.ok).toBe(true)
    if (rendered.ok) expect(rendered.value.faults.map((f) => f.kind)).toEqual(['small-letters'])
  })
})

describe('other pages', () => {
  const others: readonly (readonly [string, Message])[] = [
    [
      'all clear',
      {
        kind: 'all-clear',
        ...UNMARKED,
        hazardLabel: { vi: 'lũ quét' },
        texts: [VI, EN],
        authority: 'A',
        at: '11:30',
      },
    ],
    ['text', { kind: 'text', title: { vi: 'Xã Sìn Hồ' }, texts: [VI], authority: '', until: '', durationMs: null }],
    [
      'event',
      {
        ...UNMARKED,
        level: null,
        kind: 'event',
        title: { vi: 'Ngày hội' },
        texts: [VI, ZH],
        authority: 'A',
        until: '22:30',
      },
    ],
    [
      'priority',
      {
        ...UNMARKED,
        level: null,
        kind: 'priority',
        title: { vi: 'Cháy rừng cấp V' },
        texts: [VI],
        authority: 'A',
        until: '18:00',
      },
    ],
    [
      'tai viet',
      {
        kind: 'text',
        title: { vi: 'Tiếng Thái' },
        texts: [{ language: 'blt', headline: 'ꪎꪳ ꪼꪕ', instruction: '' }],
        authority: '',
        until: '',
        durationMs: null,
      },
    ],
    ['standing page', { kind: 'fallback', siteName: 'Cửa khẩu Ma Lù Thàng', line: 'Cụm thông tin điện tử công cộng' }],
  ]
  test.each(others)('%s: drawn on every panel, not blank, same bytes twice', (_, message) => {
    for (const panel of PANELS) {
      const pages = pagesOf(message, panel)
      const [page] = pages
      if (page === undefined) throw new Error('no page')
      const pixels = decodeBmp(fileOf(page))
      expect(new Set(wordsOf(pixels)).size).toBeGreaterThan(8)
      expect(same(pagesOf(message, panel), pages)).toBe(true)
    }
  })

  test('the standing page is never black', () => {
    const [page] = pagesOf({ kind: 'fallback', siteName: 'Xã Pa Ủ', line: '' }, PANELS[2])
    if (page === undefined) throw new Error('no page')
    const { rgba } = decodeBmp(fileOf(page))
    expect(rgba.reduce((sum, v, i) => (i % 4 === 3 ? sum : sum + v), 0) / (rgba.length * 0.75)).toBeGreaterThan(30)
  })

  test('a preview is a PNG of the panel size', async () => {
    const [page] = pagesOf(FLOOD, PANELS[2])
    if (page === undefined) throw new Error('no page')
    const png = await raster().png(page)
    const view = new DataView(png.buffer, png.byteOffset)
    expect([view.getUint32(0), view.getUint32(16), view.getUint32(20)]).toEqual([0x89504e47, 768, 384])
  })
})

describe('fonts', () => {
  test('every letter of the Vietnamese alphabet, Chinese and Tai Viet can be drawn; what cannot be is named', () => {
    const vietnamese = Array.from({ length: 90 }, (_, i) => String.fromCodePoint(0x1ea0 + i)).join('')
    for (const text of [vietnamese, 'ăâđêôơưĂÂĐÊÔƠƯ', ZH.headline, 'ꪎꪳ ꪼꪕ', '“25 °C” – 5 ₫…']) {
      expect(raster().canDraw(text)).toEqual({ ok: true, value: undefined })
    }
    expect(raster().canDraw('Lũ 🔥')).toMatchObject({
      ok: false,
      error: { kind: 'no-glyph', en: expect.stringContaining('U+1F525') },
    })
    expect(raster().warm(['han', 'tai-viet'])).toEqual({ ok: true, value: undefined })
  })

  test('a file that is not a font is refused with its name', () => {
    const dir = mkdtempSync(join(tmpdir(), 'raster-'))
    writeFileSync(join(dir, 'NotoSans-Bold.ttf'), Buffer.alloc(64, 7))
    const refused = createRaster({ fontDirs: [dir] })
    expect(refused).toMatchObject({ ok: false, error: { kind: 'font-missing', en: expect.stringContaining(dir) } })
    expect(() => readCoverage(join(dir, 'NotoSans-Bold.ttf'))).toThrow()
    rmSync(dir, { recursive: true })
  })

  test('a closed raster says so', () => {
    const other = createRaster({ fontDirs: [] })
    if (!other.ok) throw new Error(other.error.en)
    other.value.close()
    expect(other.value.render(FLOOD, PANELS[2])).toMatchObject({ ok: false, error: { kind: 'closed' } })
  })
})

test('BMP: what is written is read back, whatever the row padding', () => {
  for (const width of [1, 2, 3, 4, 5]) {
    const rgba = new Uint8Array(width * 3 * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256))
    expect(Array.from(decodeBmp(joinBmp(encodeBmp(rgba, width, 3))).rgba)).toEqual(Array.from(rgba))
  }
})
