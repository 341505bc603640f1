import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { Pixels } from '#controller/raster/bmp.ts'
import { createRaster } from '#controller/raster/render.ts'
import { assert } from '#core/base/result.ts'
import { PICTURES } from './picture-cases.ts'
import { type Difference, difference, draw, FOLDER, fontsHere, fontsThen, keep, readPicture } from './pictures.ts'

const opened = createRaster({ fontDirs: [] })
assert(opened.ok, opened.ok ? '' : opened.error.en)
const raster = opened.value
afterAll(() => raster.close())

/**
 * With the fonts the pictures were made with, nearly every pixel is the same. With another version of Noto letters may differ in
 * shape and lines may break elsewhere, so then only what is where is compared: band, frame, blocks of text.
 */
const SAME_FONTS = JSON.stringify(fontsHere()) === JSON.stringify(fontsThen())
const MOST: Difference = SAME_FONTS ? { pixels: 0.0005, cell: 8 } : { pixels: 0.25, cell: 150 }
const HOW = SAME_FONTS ? 'pixel by pixel' : 'roughly: the fonts here are not those of test/golden/pictures/fonts.json'

const REDRAW = 'if it is right, run `node test/golden/pictures-write.ts` and look at what changed'

describe(`golden pictures (${HOW})`, () => {
  it.each(PICTURES)('$name', async (one) => {
    const { languages, pages } = draw(raster, one)
    // Other letters may need a page more or less; the languages stay.
    if (SAME_FONTS) expect(languages).toEqual(one.pages)
    else expect(new Set(languages)).toEqual(new Set(one.pages))
    for (const page of pages.slice(0, one.pages.length)) {
      const golden = await readPicture(page.name)
      const { width, height } = page.pixels
      const same = golden !== null && golden.width === width && golden.height === height
      const found = same ? difference(page.pixels, golden) : { pixels: 1, cell: 255 }
      if (found.pixels <= MOST.pixels && found.cell <= MOST.cell) continue
      const path = await keep(page, golden)
      expect.fail(`${page.name} differs (${(found.pixels * 100).toFixed(2)} % of its pixels), see ${path}; ${REDRAW}`)
    }
  })

  it('every picture kept is one that is drawn, on five sizes of panel', () => {
    const drawn = PICTURES.flatMap((one) => one.pages.map((_, i) => `${one.name}-${i + 1}.png`))
    expect(
      readdirSync(FOLDER)
        .filter((name) => name.endsWith('.png'))
        .sort(),
    ).toEqual([...drawn].sort())
    expect(drawn.length).toBeGreaterThanOrEqual(12)
    expect(new Set(PICTURES.map(({ panel }) => `${panel.width}×${panel.height}`)).size).toBe(5)
  })

  it('a letter that changes is seen, and a shade that does not matter is not', () => {
    const [one] = PICTURES
    assert(one !== undefined, 'there are pictures')
    const [page] = draw(raster, one).pages
    assert(page !== undefined, 'it has a page')
    const painted = (x: number, y: number, side: number, by: number): Pixels => {
      const rgba = page.pixels.rgba.slice()
      for (let dy = 0; dy < side; dy++)
        for (let dx = 0; dx < side; dx++) {
          const at = ((y + dy) * page.pixels.width + x + dx) * 4
          rgba[at] = Math.abs((rgba[at] ?? 0) - by)
        }
      return { ...page.pixels, rgba }
    }
    // A dot below a letter of this page is about 22 px wide: losing or gaining one is a difference.
    const dot = difference(page.pixels, painted(300, 560, 22, 255))
    expect(dot.pixels > 0.0005 || dot.cell > 8).toBe(true)
    expect(difference(page.pixels, painted(0, 0, 200, 17))).toMatchObject({ pixels: 0 })
  })
})
