import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { HAZARDS, type Hazard, type Order, RESPONSES } from '#core/emergency/order.ts'
import { fillTemplate, parseTemplates } from '#core/emergency/template.ts'
import { createCanvas } from './canvas.ts'
import type { PanelGeometry } from './message.ts'
import { messageOfOrder, type OrderFace } from './message-of.ts'
import { decodePicture } from './picture.ts'
import { createRaster } from './render.ts'
import { CLEAR_PALETTE } from './scene.ts'

const opened = createRaster({ fontDirs: [] })
assert(opened.ok, opened.ok ? '' : opened.error.en)
const raster = opened.value
afterAll(() => raster.close())

const read = (path: string): string => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8')
const parsed = parseTemplates(read('templates/orders.json'))
assert(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.error))
const { templates } = parsed.value
/** Every size of panel of the sample province, each once. */
const PANELS: readonly PanelGeometry[] = [
  ...new Map<string, PanelGeometry>(
    (JSON.parse(read('sample/sites.json')) as { panel: PanelGeometry | null }[])
      .flatMap(({ panel }) => (panel === null ? [] : [panel]))
      .map((panel) => [`${panel.width}×${panel.height}`, panel]),
  ).values(),
]
const MIDDLE: PanelGeometry = { width: 640, height: 320 }
const SMALL: PanelGeometry = { width: 192, height: 96 }

const VI = { language: 'vi', headline: 'LŨ QUÉT: rời ngay bờ suối', instruction: 'Lên chỗ cao. Gọi 112.' } as const
const face = (over: Partial<OrderFace>): OrderFace => ({
  class: 'emergency',
  status: 'actual',
  hazard: 'FLASH_FLOOD',
  severity: 'extreme',
  riskLevel: 3,
  texts: [VI],
  authority: 'Ban Chỉ huy phòng thủ dân sự tỉnh (dữ liệu mẫu)',
  startsAt: Date.UTC(2026, 6, 17, 19, 14),
  expiresAt: Date.UTC(2026, 6, 18, 1, 0),
  response: ['evacuate'],
  ...over,
})
/** A page as it was painted, RGBA. */
type Pixels = PanelGeometry & { readonly rgba: Uint8Array }
const draw = (of: OrderFace, panel: PanelGeometry, picture: Parameters<typeof messageOfOrder>[2] = null) => {
  const message = messageOfOrder(of, 420, picture)
  assert(message !== null, 'it draws something')
  const rendered = raster.render(message, panel)
  assert(rendered.ok, rendered.ok ? '' : rendered.error.en)
  const { pages, faults } = rendered.value
  const pixels = pages.map((page): Pixels => ({ ...panel, rgba: page.bmp.rgba }))
  return { pages, faults: faults.map((f) => f.kind), pixels }
}
const share = (pixels: Pixels, holds: (r: number, g: number, b: number) => boolean): number => {
  let n = 0
  for (let i = 0; i < pixels.rgba.length; i += 4)
    if (holds(pixels.rgba[i] ?? 0, pixels.rgba[i + 1] ?? 0, pixels.rgba[i + 2] ?? 0)) n += 1
  return n / (pixels.width * pixels.height)
}
const isOf = (colour: string) => {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
  return (x: number, y: number, z: number) => x === r && y === g && z === b
}
const isRed = (r: number, g: number, b: number): boolean => r > 150 && g < 90 && b < 90
/** Pixels of the outermost ring that are not of the border's colour: ink that left the page. */
const stray = ({ width, height, rgba }: Pixels): number => {
  const view = new DataView(rgba.buffer, rgba.byteOffset, rgba.byteLength)
  const border = view.getUint32(0)
  const isInk = (x: number, y: number): number => Number(view.getUint32((y * width + x) * 4) !== border)
  let n = 0
  for (let x = 0; x < width; x++) n += isInk(x, 0) + isInk(x, height - 1)
  for (let y = 0; y < height; y++) n += isInk(0, y) + isInk(width - 1, y)
  return n
}
const EXERCISE = isOf('#0a3fb5')
const TEST = isOf('#5b6068')
const PLACES = { vi: 'xã Mường Tè', en: 'Muong Te commune', zh: '孟德乡' }

describe('every template on every panel of the sample province, in every language', () => {
  const shown = (of: (typeof templates)[number], texts: Order['texts']): OrderFace =>
    face({
      class: of.class,
      hazard: of.hazard,
      severity: of.severity,
      riskLevel: of.allClear || of.class === 'priority' ? null : 3,
      response: of.response,
      forestFireLevel: of.id === 'forest-fire-danger' ? 5 : null,
      texts,
      ...(of.allClear ? { allClear: true } : {}),
    })

  it('stands whole, in legible letters, on one page for each language', () => {
    const paged: string[] = []
    let drawn = 0
    for (const panel of PANELS)
      for (const template of templates) {
        const filled = fillTemplate(template, PLACES)
        assert(filled.ok, template.id)
        const [vi, en, zh] = filled.value
        assert(vi !== undefined && en !== undefined && zh !== undefined, 'three languages')
        // One language alone is drawn as when it takes turns, so that is asked of one panel only.
        const alone = panel.width === MIDDLE.width ? [[vi], [en], [zh]] : []
        for (const texts of [...alone, [vi, en, zh]]) {
          const what = `${template.id} ${texts.map((t) => t.language).join('+')} ${panel.width}×${panel.height}`
          const { pages, faults, pixels } = draw(shown(template, texts), panel)
          expect([what, faults]).toEqual([what, []])
          expect([what, pixels.map(stray)]).toEqual([what, pixels.map(() => 0)])
          if (pages.length > texts.length) paged.push(what)
          drawn += 1
        }
      }
    expect(drawn).toBe((PANELS.length + 3) * templates.length)
    expect(drawn).toBeGreaterThanOrEqual((5 + 3) * 15)
    // Every one of them needs no more pages than languages on panels of 640 × 320 and above.
    expect(paged).toEqual([])
  })

  it('stands on the smallest panel, too, over several pages', () => {
    let pages = 0
    for (const template of templates) {
      const filled = fillTemplate(template, PLACES)
      assert(filled.ok, template.id)
      const one = draw(shown(template, filled.value), SMALL)
      expect([template.id, one.faults]).toEqual([template.id, []])
      expect(one.pixels.map(stray).every((n) => n === 0)).toBe(true)
      expect(new Set(one.pages.flatMap((p) => p.language.split('+')))).toEqual(new Set(['vi', 'en', 'zh']))
      pages += one.pages.length
    }
    expect(pages).toBeGreaterThan(templates.length * 3)
  })
})

describe('what is not real', () => {
  const CLASSES: readonly Partial<OrderFace>[] = [
    {},
    { class: 'priority' },
    { class: 'major-event', response: [] },
    { allClear: true },
  ]
  it.each([
    ['exercise', EXERCISE],
    ['test', TEST],
  ] as const)(
    '%s: its banner is on every page of every class, on every panel; a real page has neither',
    (status, of) => {
      let checked = 0
      for (const panel of [...PANELS, SMALL])
        for (const over of CLASSES) {
          for (const pixels of draw(face({ ...over, status }), panel).pixels) {
            expect(share(pixels, of)).toBeGreaterThan(0.04)
            expect(of(pixels.rgba[0] ?? 0, pixels.rgba[1] ?? 0, pixels.rgba[2] ?? 0)).toBe(true)
            checked += 1
          }
          for (const pixels of draw(face(over), panel).pixels) expect(share(pixels, of)).toBe(0)
        }
      expect(checked).toBeGreaterThanOrEqual(CLASSES.length * (PANELS.length + 1))
    },
    60_000,
  )
})

describe('an all-clear', () => {
  const DANGERS: readonly Partial<OrderFace>[] = [
    { riskLevel: 4, forestFireLevel: 5 },
    { severity: 'extreme', response: ['avoid'] },
  ]
  it('is green and nowhere red, whatever the order it ends was', () => {
    let checked = 0
    for (const panel of [...PANELS, SMALL])
      for (const over of DANGERS) {
        for (const pixels of draw(face({ ...over, allClear: true }), panel).pixels) {
          expect(share(pixels, isRed)).toBe(0)
          expect(share(pixels, isOf(CLEAR_PALETTE.band))).toBeGreaterThan(0.1)
          checked += 1
        }
      }
    expect(checked).toBeGreaterThanOrEqual((PANELS.length + 1) * 2)
  })

  it('looks different from the danger in more than colour', () => {
    const grey = (pixels: Pixels): readonly number[] =>
      Array.from({ length: pixels.width * pixels.height }, (_, i) => ((pixels.rgba[i * 4 + 1] ?? 0) > 90 ? 1 : 0))
    const [a, b] = [face({ allClear: true }), face({})].map((of) => draw(of, MIDDLE).pixels[0])
    assert(a !== undefined && b !== undefined, 'both are drawn')
    const [one, other] = [grey(a), grey(b)]
    expect(one.filter((bit, i) => bit !== other[i]).length / one.length).toBeGreaterThan(0.1)
  })
})

describe('signs', () => {
  it('each response, alone and in pairs, beside the text or on a page of its own, on every panel', () => {
    let columns = 0
    let pages = 0
    const asked = RESPONSES.filter((one) => one !== 'none')
    for (const panel of [...PANELS, SMALL]) {
      const without = draw(face({ response: [] }), panel)
      for (const response of [...asked.map((one) => [one]), ['shelter', 'prepare'] as const]) {
        const made = draw(face({ response: [...response] }), panel)
        expect(made.faults).toEqual([])
        if (made.pages.length === without.pages.length) columns += 1
        else pages += 1
        expect(made.pixels.map(stray).every((n) => n === 0)).toBe(true)
      }
    }
    expect([columns, pages]).toEqual([(asked.length + 1) * PANELS.length, asked.length + 1])
    expect(draw(face({ response: ['none'] }), SMALL).pages.length).toBe(
      draw(face({ response: [] }), SMALL).pages.length,
    )
  })

  it('the fire danger has a plate of its own, or a page where the band is too low', () => {
    const fire: Partial<OrderFace> = { hazard: 'FOREST_FIRE', class: 'priority', riskLevel: null, response: [] }
    for (const level of [1, 2, 3, 4, 5] as const) {
      for (const panel of PANELS) expect(draw(face({ ...fire, forestFireLevel: level }), panel).pages.length).toBe(1)
      const small = draw(face({ ...fire, forestFireLevel: level }), SMALL).pages.length
      expect(small).toBe(draw(face(fire), SMALL).pages.length + 1)
    }
  })

  it('every hazard has its page', () => {
    const seen = new Set<Hazard>()
    for (const hazard of HAZARDS) {
      expect(draw(face({ hazard }), MIDDLE).faults).toEqual([])
      seen.add(hazard)
    }
    expect(seen.size).toBe(HAZARDS.length)
  })
})

describe('languages', () => {
  it('five of them take turns, Vietnamese first; Tai Viet and Mông stand in their own letters', () => {
    const texts: Order['texts'] = [
      { language: 'zh', headline: '山洪：立即离开溪边', instruction: '往高处走。' },
      { language: 'hmn', headline: 'Dej nyab xeeb', instruction: '' },
      VI,
      { language: 'blt', headline: 'ꪎꪳ ꪼꪕ', instruction: '' },
      { language: 'en', headline: 'FLASH FLOOD: leave the stream', instruction: 'Call 112.' },
    ]
    for (const panel of [...PANELS, SMALL]) {
      const made = draw(face({ texts }), panel)
      expect(made.faults).toEqual([])
      expect(made.pages[0]?.language.startsWith('vi')).toBe(true)
      const languages = new Set(made.pages.flatMap((page) => page.language.split('+')))
      expect(languages).toEqual(new Set(['vi', 'en', 'zh', 'blt', 'hmn']))
      for (const page of made.pages) expect(page.durationMs).toBeGreaterThanOrEqual(5_000)
    }
  })
})

describe('a picture', () => {
  const png = async (width: number, height: number): Promise<Uint8Array> => {
    const canvas = createCanvas(width, height)
    const context = canvas.getContext('2d')
    context.fillStyle = '#12c4d8'
    context.fillRect(0, 0, width, height)
    return canvas.encode('png')
  }

  it('comes after the words, which are drawn as without it; whole and undistorted', async () => {
    let drawn = 0
    for (const [width, height] of [
      [900, 700],
      [1600, 400],
      [300, 900],
      [20, 20],
    ] as const)
      for (const panel of [MIDDLE, SMALL]) {
        const picture = await decodePicture(await png(width, height), { panel, strict: true })
        assert(picture.ok, 'a whole picture')
        const without = draw(face({}), panel)
        const made = draw(face({}), panel, picture.value)
        expect(made.pages.length).toBe(without.pages.length + 1)
        expect(
          Buffer.compare(Buffer.from(made.pixels[0]?.rgba ?? []), Buffer.from(without.pixels[0]?.rgba ?? [])),
        ).toBe(0)
        const page = made.pixels.find((p) => share(p, isOf('#12c4d8')) > 0)
        assert(page !== undefined, 'its page is there')
        const box = boxOf(page, isOf('#12c4d8'))
        expect(Math.abs(box.width / box.height / (width / height) - 1)).toBeLessThan(0.08)
        expect(stray(page)).toBe(0)
        picture.value.release()
        drawn += 1
      }
    expect(drawn).toBe(4 * 2)
  })
})

const boxOf = (pixels: Pixels, holds: (r: number, g: number, b: number) => boolean) => {
  let [left, right, top, bottom] = [pixels.width, -1, pixels.height, -1]
  for (let y = 0; y < pixels.height; y++)
    for (let x = 0; x < pixels.width; x++) {
      const at = (y * pixels.width + x) * 4
      if (!holds(pixels.rgba[at] ?? 0, pixels.rgba[at + 1] ?? 0, pixels.rgba[at + 2] ?? 0)) continue
      ;[left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)]
    }
  return { width: right - left + 1, height: bottom - top + 1 }
}
