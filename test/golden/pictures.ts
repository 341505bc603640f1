import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBmp, joinBmp, type Pixels } from '#controller/raster/bmp.ts'
import { createCanvas, ImageData, releaseCanvas } from '#controller/raster/canvas.ts'
import { FONT_DIRS, FONTS } from '#controller/raster/fonts.ts'
import type { Raster } from '#controller/raster/render.ts'
import { assert } from '#core/base/result.ts'
import { PICTURES, type PictureCase } from './picture-cases.ts'

// The drawing library itself is loaded by raster/canvas.ts, which must come first: it sets how.
const { loadImage } = await import('@napi-rs/canvas')

/** The pictures a person looked at and found right, and the fonts they were drawn with. */
export const FOLDER = new URL('./pictures', import.meta.url).pathname
/** Where a picture that differs is put, beside what differs in it. Not in the repository. */
export const DIFFERENT = new URL('../../var/golden-pictures', import.meta.url).pathname
const MANIFEST = join(FOLDER, 'fonts.json')

/** Font file → SHA-256. Another version of a font may move every edge of every letter. */
type FontHashes = { readonly [file: string]: string }

export const fontsHere = (): FontHashes =>
  Object.fromEntries(
    Object.values(FONTS).map(({ files }) => {
      const path = files.flatMap((file) => FONT_DIRS.map((dir) => join(dir, file))).find((p) => existsSync(p))
      assert(path !== undefined, `none of ${files.join(', ')} is installed`)
      const name = path.split('/').at(-1) ?? path
      return [name, createHash('sha256').update(readFileSync(path)).digest('hex')]
    }),
  )

export const fontsThen = (): FontHashes => JSON.parse(readFileSync(MANIFEST, 'utf8'))

/** Colours are kept in 4 bits each: a third of the bytes, and still far finer than what counts as different. */
const STEP = 17
const coarse = (value: number): number => Math.round(value / STEP) * STEP

export type Drawn = { readonly name: string; readonly pixels: Pixels }

export const draw = (raster: Raster, one: PictureCase): { readonly languages: string[]; readonly pages: Drawn[] } => {
  const rendered = raster.render(one.message, one.panel)
  assert(rendered.ok, rendered.ok ? '' : `${one.name}: ${rendered.error.en}`)
  return {
    languages: rendered.value.pages.map((page) => page.language),
    pages: rendered.value.pages.map((page, i) => {
      const pixels = decodeBmp(joinBmp(page.bmp))
      return { name: `${one.name}-${i + 1}.png`, pixels: { ...pixels, rgba: pixels.rgba.map(coarse) } }
    }),
  }
}

const encode = (pixels: Pixels): Promise<Uint8Array> => {
  const canvas = createCanvas(pixels.width, pixels.height)
  canvas.getContext('2d').putImageData(new ImageData(pixels.rgba, pixels.width, pixels.height), 0, 0)
  return canvas.encode('png')
}

export const readPicture = async (name: string): Promise<Pixels | null> => {
  const path = join(FOLDER, name)
  if (!existsSync(path)) return null
  const image = await loadImage(readFileSync(path))
  const canvas = createCanvas(image.width, image.height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, image.width, image.height)
  const pixels = { width: image.width, height: image.height, rgba: new Uint8ClampedArray(data) }
  releaseCanvas(canvas)
  return pixels
}

export type Difference = {
  /** Part of the pixels that differ by more than `APART` in a colour. */
  readonly pixels: number
  /** Largest difference of the means of a cell of 16 × 16 pixels, 0 to 255. */
  readonly cell: number
}

/** Edges of letters vary by a little from one processor to another; two of the kept steps of colour do not count. */
const APART = 2 * STEP + 6
const CELL = 16

export const difference = (a: Pixels, b: Pixels): Difference => {
  assert(a.width === b.width && a.height === b.height, 'the same panel')
  const columns = Math.ceil(a.width / CELL)
  const sums = new Float64Array(columns * Math.ceil(a.height / CELL) * 3)
  let apart = 0
  for (let i = 0; i < a.rgba.length; i += 4) {
    const at = i / 4
    const cell = Math.floor(Math.floor(at / a.width) / CELL) * columns + Math.floor((at % a.width) / CELL)
    let most = 0
    for (let c = 0; c < 3; c++) {
      const d = (a.rgba[i + c] ?? 0) - (b.rgba[i + c] ?? 0)
      most = Math.max(most, Math.abs(d))
      sums[cell * 3 + c] = (sums[cell * 3 + c] ?? 0) + d
    }
    if (most > APART) apart += 1
  }
  const cell = sums.reduce((most, sum) => Math.max(most, Math.abs(sum) / (CELL * CELL)), 0)
  return { pixels: apart / (a.width * a.height), cell }
}

/** Puts what was drawn, and a picture of what differs (red on the dimmed golden one), where a person can look. Gives the path. */
export const keep = async (now: Drawn, golden: Pixels | null): Promise<string> => {
  mkdirSync(DIFFERENT, { recursive: true })
  const path = join(DIFFERENT, now.name)
  writeFileSync(path, await encode(now.pixels))
  if (golden === null || golden.width !== now.pixels.width || golden.height !== now.pixels.height) return path
  const rgba = golden.rgba.map((value, i) => (i % 4 === 3 ? 255 : value >> 2))
  for (let i = 0; i < rgba.length; i += 4) {
    const apart = [0, 1, 2].some((c) => Math.abs((golden.rgba[i + c] ?? 0) - (now.pixels.rgba[i + c] ?? 0)) > APART)
    if (apart) rgba.set([255, 40, 40], i)
  }
  writeFileSync(path.replace(/\.png$/, '.diff.png'), await encode({ ...golden, rgba }))
  return path
}

/** Draws all of them anew. Whoever runs this looks at every picture that changed before committing it. */
export const writeAll = async (raster: Raster): Promise<readonly string[]> => {
  mkdirSync(FOLDER, { recursive: true })
  for (const name of readdirSync(FOLDER)) if (name.endsWith('.png')) rmSync(join(FOLDER, name))
  const written: string[] = []
  for (const one of PICTURES) {
    for (const page of draw(raster, one).pages) {
      writeFileSync(join(FOLDER, page.name), await encode(page.pixels))
      written.push(page.name)
    }
  }
  writeFileSync(MANIFEST, `${JSON.stringify(fontsHere(), null, 2)}\n`)
  return written
}
