import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import { legibleSize } from '#core/text/legible.ts'
import { scriptsOf } from '#core/text/script.ts'
import { mostPagesFor, planArticle } from './article.ts'
import { createCanvas } from './canvas.ts'
import { createFonts } from './fonts.ts'
import { type MessageText, type PanelGeometry, RASTER_FAULTS, type RasterFault } from './message.ts'
import { messageOfText } from './message-of.ts'
import { makePen, type Pen } from './pen.ts'
import { createRaster, type Raster } from './render.ts'
import { latinFirst } from './scene.ts'

const opened = createRaster({ fontDirs: [] })
assert(opened.ok, 'Noto is installed where tests run')
const raster: Raster = opened.value
afterAll(() => raster.close())

const PANELS: readonly PanelGeometry[] = [
  { width: 1280, height: 640 },
  { width: 1280, height: 640, pitchMm: 5, viewingDistanceM: 30 },
  { width: 960, height: 480 },
  { width: 768, height: 384 },
  { width: 640, height: 320, pitchMm: 4, viewingDistanceM: 10 },
  { width: 192, height: 96 },
  { width: 128, height: 256 },
]

type Line = {
  readonly text: string
  readonly size: number
  readonly language: string
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const fonts = createFonts([])

/** Plans and draws with a pen that writes down where the ink of every line goes, measured anew. */
const drawn = (texts: readonly MessageText[], to: { panel: PanelGeometry; durationMs: number | null }) => {
  const families = fonts.prepare(texts.map((t) => t.headline + t.instruction).join(''))
  assert(families.ok, 'every text here has its font')
  const { panel } = to
  const canvas = createCanvas(panel.width, panel.height)
  const pen = makePen(canvas.getContext('2d'), [...families.value].sort(latinFirst))
  const lines: Line[] = []
  const spy: Pen = {
    ...pen,
    line: (text, at, style) => {
      pen.line(text, at, style)
      const width = pen.measure(style.language)(text, style.size)
      const ink = pen.ink(text, style.language)
      const left = Math.round(at.x) - (at.align === 'center' ? width / 2 : 0)
      const baseline = Math.round(at.baseline)
      const top = baseline - ink.ascent * style.size
      const bottom = baseline + ink.descent * style.size
      lines.push({ text, size: style.size, language: style.language, left, right: left + width, top, bottom })
    },
  }
  const plan = planArticle(spy, texts, {
    panel,
    durationMs: to.durationMs === null ? null : duration(to.durationMs),
  })
  const pages = plan.pages.map((page) => {
    lines.length = 0
    page.draw()
    return { ...page, lines: [...lines] }
  })
  return { ...plan, pages }
}

const WORDS = ['khẩu', 'Thàng', 'ẾCH', 'ỖI', 'ỰA', 'ẶC', 'ẦN', 'ẪM', 'qua', 'gjpqy', 'người', '112', 'nghiêng', 'Đ']
const vi = (least: number, most: number) =>
  fc.array(fc.constantFrom(...WORDS), { minLength: least, maxLength: most }).map((words) => words.join(' '))
const en = (least: number, most: number) =>
  fc
    .array(fc.constantFrom('border', 'gate', 'open', 'Sunday', 'Jyq', 'the'), { minLength: least, maxLength: most })
    .map((w) => w.join(' '))
const zh = (least: number, most: number) =>
  fc
    .array(fc.constantFrom('因水位上涨', '，暂停', '通关时间', '7:00'), { minLength: least, maxLength: most })
    .map((w) => w.join(''))
const tai = (least: number, most: number) =>
  fc.array(fc.constantFrom('ꪎꪳ', 'ꪼꪕ', 'ꪕꪴꪉ', 'ꪹꪣꪉ'), { minLength: least, maxLength: most }).map((w) => w.join(' '))
const textIn = (language: string, words: typeof vi) =>
  fc.record({
    language: fc.constant(language),
    headline: words(1, 12),
    instruction: fc.oneof(
      fc.constant(''),
      words(1, 40),
      fc.tuple(words(20, 90), words(1, 30)).map((p) => p.join('\n')),
    ),
  })
const article = fc.oneof(
  fc.tuple(textIn('vi', vi)),
  fc.tuple(textIn('vi', vi), textIn('en', en)),
  fc.tuple(textIn('vi', vi), textIn('zh-Hans-CN', zh)),
  fc.tuple(textIn('vi', vi), textIn('blt-Tavt-VN', tai)),
  fc.tuple(textIn('vi', vi), textIn('en', en), textIn('zh-Hans-CN', zh)),
)

const inked = (text: string): string => text.replace(/\s/gu, '')

/** Nothing of a language is left out or out of order: its title stands over each of its pages, or alone on the first. */
const whole = (text: MessageText, pages: readonly { readonly lines: readonly Line[] }[]): boolean => {
  const [title, body] = [inked(text.headline), inked(text.instruction)]
  const own = pages
    .map((page) => page.lines.filter((line) => line.language === text.language.split('-')[0]))
    .filter((lines) => lines.length > 0)
    .map((lines) => inked(lines.map((line) => line.text).join('')))
  const headed =
    own.every((words) => words.startsWith(title)) && own.map((w) => w.slice(title.length)).join('') === body
  return headed || (own[0] === title && own.slice(1).join('') === body)
}

test('all of it is drawn, inside the panel, no line touching another, in legible letters, for exactly its time', () => {
  const seen = { pages: 0, paged: 0, together: 0, refused: 0 }
  const panel = fc.constantFrom(...PANELS)
  fc.assert(
    fc.property(article, panel, fc.integer({ min: 5_000, max: 400_000 }), (texts, on, durationMs) => {
      const plan = drawn(texts, { panel: on, durationMs })
      if (plan.faults.length > 0) {
        seen.refused += 1
        return
      }
      seen.pages += plan.pages.length
      if (plan.pages.length > 1) seen.paged += 1
      expect(plan.pages.reduce((sum: number, page) => sum + page.durationMs, 0)).toBe(durationMs)
      expect(plan.pages.length).toBeLessThanOrEqual(mostPagesFor(on))
      for (const page of plan.pages) {
        expect(page.durationMs).toBeGreaterThanOrEqual(page.needsMs)
        if (page.languages.length > 1) seen.together += 1
        for (const [i, line] of page.lines.entries()) {
          expect(fonts.prepare(line.text).ok).toBe(true)
          expect(line.size).toBeGreaterThanOrEqual(legibleSize(on, scriptsOf(line.text).scripts).size)
          expect(line.left, line.text).toBeGreaterThanOrEqual(2)
          expect(line.right, line.text).toBeLessThanOrEqual(on.width - 1)
          expect(line.top, line.text).toBeGreaterThanOrEqual(0)
          expect(line.bottom, line.text).toBeLessThanOrEqual(on.height - 2)
          const above = page.lines[i - 1]
          if (above !== undefined)
            expect(line.top - above.bottom, `${above.text}\n${line.text}`).toBeGreaterThanOrEqual(-0.5)
        }
      }
      for (const text of texts) expect(whole(text, plan.pages), text.language).toBe(true)
    }),
    { seed: 41, numRuns: 250 },
  )
  expect(seen.pages).toBeGreaterThan(200)
  expect(seen.paged).toBeGreaterThan(40)
  expect(seen.together).toBeGreaterThan(15)
  expect(seen.refused).toBeGreaterThan(5)
})

test('marks that pile higher than Vietnamese ones push the lines apart', () => {
  const high = { language: 'vi', headline: 'Ǟ̂ Ǟ̂', instruction: 'Ự Ǟ̂ Ự Ǟ̂\nǞ̂ Ự Ǟ̂ Ự\nỰ Ǟ̂ Ự Ǟ̂' }
  const { pages } = drawn([high], { panel: { width: 640, height: 320 }, durationMs: null })
  let pairs = 0
  for (const page of pages)
    for (const [i, line] of page.lines.entries()) {
      const above = page.lines[i - 1]
      if (above === undefined) continue
      expect(line.top - above.bottom).toBeGreaterThanOrEqual(-0.5)
      pairs += 1
    }
  expect(pairs).toBeGreaterThanOrEqual(3)
})

const VI = { language: 'vi', title: 'Lịch chợ phiên', body: 'Chủ nhật hằng tuần, từ 6 giờ.' }
const EN = { language: 'en', title: 'Market days', body: 'Every Sunday from 6:00.' }
const SMALL: PanelGeometry = { width: 192, height: 96 }
const check = (texts: readonly (typeof VI)[], panel: PanelGeometry, durationMs: number | null) =>
  raster.check(messageOfText(texts, durationMs), panel)

describe('layout', () => {
  it('two languages share a page, Vietnamese first and larger; on a small panel they take turns; three always do', () => {
    const large = drawn([{ language: 'en', headline: EN.title, instruction: EN.body }], {
      panel: SMALL,
      durationMs: null,
    })
    expect(large.faults).toEqual([])
    expect(check([EN, VI], { width: 960, height: 480 }, null).pages.map((p) => p.language)).toEqual(['vi+en'])
    const turns = check([EN, VI], SMALL, null).pages.map((p) => p.language)
    expect([turns[0], turns.at(-1)]).toEqual(['vi', 'en'])
    const zh = { language: 'zh-Hans-CN', title: '集市时间', body: '每周日 6 点' }
    expect(check([EN, zh, VI], { width: 1280, height: 640 }, null).pages.map((p) => p.language)).toEqual([
      'vi',
      'en',
      'zh',
    ])
  })

  it('the other language on a page is never larger than Vietnamese', () => {
    const texts = [VI, EN].map((t) => ({ language: t.language, headline: t.title, instruction: t.body }))
    const [page] = drawn(texts, { panel: { width: 960, height: 480 }, durationMs: null }).pages
    const sizes = (language: string) => page?.lines.filter((l) => l.language === language).map((l) => l.size) ?? []
    expect(Math.max(...sizes('en'))).toBeLessThan(Math.max(...sizes('vi')))
    expect(Math.min(...sizes('en'))).toBeLessThan(Math.min(...sizes('vi')))
  })

  it('what is asked for without a time stands as long as reading takes, what has one divides it', () => {
    const article = { ...VI, body: 'Mỗi gia đình hãy đi quanh nhà sau mỗi trận mưa lớn. '.repeat(30).trim() }
    const free = raster.render(messageOfText([article], null), { width: 640, height: 320 })
    const timed = raster.render(messageOfText([article], 240_000), { width: 640, height: 320 })
    assert(free.ok && timed.ok, 'it fits')
    expect(timed.value.pages.length).toBeGreaterThan(1)
    expect(timed.value.pages.reduce((sum: number, page) => sum + page.durationMs, 0)).toBe(240_000)
    const { needsMs } = check([article], { width: 640, height: 320 }, null)
    expect(free.value.pages.reduce((sum: number, page) => sum + page.durationMs, 0)).toBe(needsMs)
  })
})

const kinds = (faults: readonly RasterFault[]) => faults.map((fault) => fault.kind)

describe('refused', () => {
  const far: PanelGeometry = { width: 192, height: 96, pitchMm: 10, viewingDistanceM: 120 }
  const long = 'từ '.repeat(600).trim()
  const refusals: readonly (readonly [
    string,
    RasterFault['kind'],
    readonly (typeof VI)[],
    PanelGeometry,
    number | null,
    RegExp,
  ])[] = [
    ['a damaged letter', 'text', [{ ...VI, body: 'Th\uFFFDng b\uFFFDo' }], SMALL, null, /U\+FFFD/],
    ['a control character', 'text', [{ ...VI, body: 'a\u0007b' }], SMALL, null, /U\+0007/],
    ['a hidden character', 'text', [{ ...VI, title: 'a\u202Eb' }], SMALL, null, /U\+202E/],
    ['a private-use character', 'text', [{ ...VI, body: '\uE000' }], SMALL, null, /U\+E000/],
    ['a title of two lines', 'text', [{ ...VI, title: 'a\nb' }], SMALL, null, /2 lines/],
    ['no text', 'text', [], SMALL, null, /no text/],
    ['letters without a font', 'no-glyph', [{ ...VI, body: 'ទឹកជំនន់ 🔥' }], SMALL, null, /ទ \(U\+1791\).*picture/],
    [
      'a long title',
      'title-too-long',
      [{ ...VI, title: 'Thông báo khẩn '.repeat(13).trim() }],
      SMALL,
      null,
      /title is too long/,
    ],
    [
      'a word wider than the panel',
      'word-too-wide',
      [{ ...VI, body: 'nghiêng'.repeat(6) }],
      SMALL,
      null,
      /nghiêngnghiêng.*16?4 px.*space/,
    ],
    ['too far for this panel', 'small-letters', [VI], far, null, /120 m.*10 mm/],
    [
      'more pages than are kept',
      'too-many-pages',
      [{ ...VI, body: 'nghiêng '.repeat(240) }],
      { ...far, viewingDistanceM: 30 },
      null,
      /at most 32/,
    ],
    ['too short a time', 'no-time', [VI], { width: 960, height: 480 }, 3_000, /takes 5 s.*lasts 3 s/],
    [
      'too short a time for pages',
      'no-time',
      [{ ...VI, body: long.slice(0, 900) }],
      SMALL,
      20_000,
      /set at least \d+ s/,
    ],
    ['a panel that is none', 'geometry', [VI], { width: 10, height: 10 }, null, /10×10/],
  ]
  it.each(refusals)('%s: %s', (_, kind, texts, panel, durationMs, says) => {
    const { faults } = check(texts, panel, durationMs)
    expect(kinds(faults)).toContain(kind)
    const fault = faults.find((f) => f.kind === kind)
    expect(fault?.en).toMatch(says)
    expect(fault?.vi.length).toBeGreaterThan(15)
    // What is refused is not drawn either.
    expect(raster.render(messageOfText(texts, durationMs), panel)).toMatchObject({
      ok: false,
      error: { kind: faults[0]?.kind },
    })
  })

  it('every kind of refusal of an article has its case', () => {
    const others = ['font-missing', 'does-not-fit', 'closed', 'picture']
    expect(new Set([...refusals.map(([, kind]) => kind), ...others])).toEqual(new Set(RASTER_FAULTS))
  })

  it('all reasons are given at once, each with its language', () => {
    const faults = check(
      [
        { ...VI, title: 'x'.repeat(60) },
        { ...EN, body: 'y'.repeat(80) },
      ],
      SMALL,
      null,
    ).faults
    expect(kinds(faults)).toEqual(['word-too-wide', 'word-too-wide'])
    expect(faults.map((f) => f.en.slice(0, 4))).toEqual(['[vi]', '[en]'])
  })

  it('decomposed Vietnamese is composed before it is drawn', () => {
    const nfd = { ...VI, title: VI.title.normalize('NFD'), body: VI.body.normalize('NFD') }
    const [a, b] = [nfd, VI].map((text) => raster.render(messageOfText([text], null), SMALL))
    assert(a?.ok && b?.ok, 'both are drawn')
    expect(a.value.pages.map((p) => Buffer.compare(p.bmp.rgba, b.value.pages[0]?.bmp.rgba ?? Buffer.alloc(0)))).toEqual(
      [0],
    )
  })
})

test('where a font is not installed the characters and the package are named', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fonts-'))
  cpSync('/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf', join(dir, 'NotoSans-Bold.ttf'))
  const bare = createRaster({ fontDirs: [dir], onlyFontDirs: true })
  assert(bare.ok, 'Latin alone is enough to start')
  const cases = [
    ['集市', /集 \(U\+96C6\), 市 \(U\+5E02\)/, 'fonts-noto-cjk'],
    ['ꪎꪳ ꪼꪕ', /U\+AA8E/, 'fonts-noto-core'],
  ] as const
  for (const [body, characters, pack] of cases) {
    const message = messageOfText([VI, { language: 'x', title: 'a', body }], null)
    const { faults } = bare.value.check(message, SMALL)
    expect(kinds(faults)).toEqual(['font-missing'])
    for (const said of [faults[0]?.en, faults[0]?.vi, bare.value.drawable(message)]) {
      expect(said).toMatch(characters)
      expect(said).toContain(pack)
    }
  }
  expect(bare.value.drawable(messageOfText([VI, EN], null))).toBeNull()
  bare.value.close()
  rmSync(dir, { recursive: true })
})
