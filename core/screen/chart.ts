import { type Static, Type } from 'typebox'
import { assert, err, ok, type Result } from '../base/result.ts'

/**
 * Pictures to look at a panel with, in exact pixels and of pure colours, so that what is wired wrong, dead or cut off can be seen. Drawn
 * here and not with the fonts of a machine: the same chart has the same pixels everywhere.
 */
export const CHART_NAMES = ['frame', 'red', 'green', 'blue', 'white', 'black', 'grey', 'modules', 'walk'] as const
export type ChartName = (typeof CHART_NAMES)[number]

/** How many modules (or cabinets) stand beside and above each other. */
export const Modules = Type.Object(
  { columns: Type.Integer({ minimum: 1, maximum: 64 }), rows: Type.Integer({ minimum: 1, maximum: 64 }) },
  { additionalProperties: false },
)
export type Modules = Static<typeof Modules>

export type Chart = {
  readonly name: ChartName
  /** Only `modules` and `walk` look at them. */
  readonly modules: Modules
  /** Only of `walk`: the module to light, from 1, row by row from the top left; null: one after the other. */
  readonly module: number | null
}
type Size = { readonly width: number; readonly height: number }

/** Colours by their number in the pixels, 0xRRGGBB; from `GREYS` on a ramp from black to white. */
const COLOURS = [0x000000, 0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0x101828, 0x1d2f4d] as const
const [BLACK, WHITE, RED, GREEN, BLUE, YELLOW, DARK, LESS_DARK] = [0, 1, 2, 3, 4, 5, 6, 7] as const
const GREYS = 16
const MOST_COLOURS = 256
/** 256 entries. */
export const CHART_PALETTE: readonly number[] = Array.from({ length: MOST_COLOURS }, (_, i) => {
  if (i < GREYS) return COLOURS[i] ?? 0
  const level = Math.round(((i - GREYS) * 255) / (MOST_COLOURS - 1 - GREYS))
  return level * 0x010101
})

/** One picture of a chart: a colour number for each pixel, rows top-down, and how long it stays while the chart goes round. */
export type ChartPage = { readonly pixels: Uint8Array<ArrayBuffer>; readonly durationMs: number }

const STILL_MS = 60_000
/** A person counts along. */
const WALK_MS = 1_500
/** All pictures of one walk, pixels: they are drawn at once and lie in memory, four bytes each. */
const MOST_PIXELS = 4_000_000

/** Every picture of the chart. The error says why this panel cannot have it, in both languages. */
export const chartPages = (chart: Chart, size: Size): Result<readonly ChartPage[], string> => {
  if (chart.name !== 'modules' && chart.name !== 'walk')
    return ok([{ pixels: plain(chart.name, size), durationMs: STILL_MS }])
  const { columns, rows } = chart.modules
  const count = columns * rows
  if (columns > size.width / LEAST_MODULE || rows > size.height / LEAST_MODULE)
    return err(
      `${columns} × ${rows} mô-đun không vừa ${size.width} × ${size.height} điểm ảnh · do not fit the panel: a module has ${LEAST_MODULE} pixels at least`,
    )
  if (chart.name === 'modules') return ok([{ pixels: modulesOf(chart.modules, size, null), durationMs: STILL_MS }])
  if (chart.module !== null)
    return chart.module <= count
      ? ok([{ pixels: modulesOf(chart.modules, size, chart.module), durationMs: STILL_MS }])
      : err(`chỉ có ${count} mô-đun · there are ${count} modules`)
  if (count * size.width * size.height > MOST_PIXELS)
    return err(
      `quá nhiều mô-đun để chạy lần lượt, hãy đi từng mô-đun · too many to go round by itself; step through them`,
    )
  const pages = Array.from({ length: count }, (_, i) => modulesOf(chart.modules, size, i + 1))
  return ok(pages.map((pixels) => ({ pixels, durationMs: WALK_MS })))
}
const LEAST_MODULE = 8

type Picture = { readonly size: Size; readonly pixels: Uint8Array<ArrayBuffer> }
type Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

const blankOf = (size: Size, colour: number): Picture => ({
  size,
  pixels: new Uint8Array(size.width * size.height).fill(colour),
})

const fill = ({ size, pixels }: Picture, { x, y, width, height }: Rect, colour: number): void => {
  const [left, right] = [Math.max(0, x), Math.min(size.width, x + width)]
  for (let row = Math.max(0, y); row < Math.min(size.height, y + height); row++)
    if (right > left) pixels.fill(colour, row * size.width + left, row * size.width + right)
}

const outline = (picture: Picture, { x, y, width, height }: Rect, colour: number): void => {
  fill(picture, { x, y, width, height: 1 }, colour)
  fill(picture, { x, y: y + height - 1, width, height: 1 }, colour)
  fill(picture, { x, y, width: 1, height }, colour)
  fill(picture, { x: x + width - 1, y, width: 1, height }, colour)
}

const PLAIN = { red: RED, green: GREEN, blue: BLUE, white: WHITE, black: BLACK } as const

const plain = (name: Exclude<ChartName, 'modules' | 'walk'>, size: Size): Uint8Array<ArrayBuffer> => {
  if (name === 'grey') return ramp(size)
  return name === 'frame' ? frame(size) : blankOf(size, PLAIN[name]).pixels
}

/** From black at the left to white at the right: steps that are missing or jump show a wrong card or cable. */
const ramp = (size: Size): Uint8Array<ArrayBuffer> => {
  const picture = blankOf(size, BLACK)
  const steps = MOST_COLOURS - GREYS
  for (let x = 0; x < size.width; x++) {
    const step = size.width === 1 ? 0 : Math.round((x * (steps - 1)) / (size.width - 1))
    fill(picture, { x, y: 0, width: 1, height: size.height }, GREYS + step)
  }
  return picture.pixels
}

/**
 * One white pixel all around and another colour in each corner: what is cut off, shifted or mirrored is seen at once. In the middle the size
 * in pixels as the configuration has it.
 */
const frame = (size: Size): Uint8Array<ArrayBuffer> => {
  const { width, height } = size
  const picture = blankOf(size, BLACK)
  outline(picture, { x: 0, y: 0, width, height }, WHITE)
  const mark = Math.max(4, Math.floor(Math.min(width, height) / 8))
  const corners: readonly (readonly [number, number, number])[] = [
    [1, 1, RED],
    [width - 1 - mark, 1, GREEN],
    [1, height - 1 - mark, BLUE],
    [width - 1 - mark, height - 1 - mark, YELLOW],
  ]
  for (const [x, y, colour] of corners) fill(picture, { x, y, width: mark, height: mark }, colour)
  const room = { x: 0, y: Math.floor(height / 4), width, height: Math.floor(height / 2) }
  write(picture, `${width}x${height}`, room, WHITE)
  return picture.pixels
}

/** Where a module lies; modules that do not divide the panel evenly are told apart by at most one pixel. */
const moduleAt = ({ columns, rows }: Modules, size: Size, index: number): Rect => {
  const [column, row] = [index % columns, Math.floor(index / columns)]
  const [x, y] = [Math.floor((column * size.width) / columns), Math.floor((row * size.height) / rows)]
  return {
    x,
    y,
    width: Math.floor(((column + 1) * size.width) / columns) - x,
    height: Math.floor(((row + 1) * size.height) / rows) - y,
  }
}

/** Every module with its number and an outline of one pixel; `lit`: that one alone is bright. */
const modulesOf = (modules: Modules, size: Size, lit: number | null): Uint8Array<ArrayBuffer> => {
  const picture = blankOf(size, BLACK)
  for (let i = 0; i < modules.columns * modules.rows; i++) {
    const area = moduleAt(modules, size, i)
    const isLit = lit === i + 1
    const checkered = (i % modules.columns) + Math.floor(i / modules.columns)
    fill(picture, area, isLit ? WHITE : checkered % 2 === 0 ? DARK : LESS_DARK)
    outline(picture, area, isLit ? RED : BLUE)
    // Numbers of modules that are not meant would only distract.
    if (lit === null || isLit) write(picture, String(i + 1), area, isLit ? BLACK : WHITE)
  }
  return picture.pixels
}

/** Three by five pixels, rows top-down, three bits each. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  '0': [7, 5, 5, 5, 7],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 7, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 2, 2, 2],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  x: [0, 5, 2, 5, 0],
}
const [GLYPH_WIDTH, GLYPH_HEIGHT] = [3, 5] as const

/** As large as fits with a pixel of margin, in the middle; nothing where not even the smallest fits. */
const write = (picture: Picture, text: string, area: Rect, colour: number): void => {
  const cells = text.length * (GLYPH_WIDTH + 1) - 1
  const scale = Math.min(Math.floor((area.width - 4) / cells), Math.floor((area.height - 4) / GLYPH_HEIGHT), 40)
  if (scale < 1) return
  const left = area.x + Math.floor((area.width - cells * scale) / 2)
  const top = area.y + Math.floor((area.height - GLYPH_HEIGHT * scale) / 2)
  for (const [i, letter] of [...text].entries()) {
    const glyph = GLYPHS[letter]
    assert(glyph, `charts have no letter ${letter}`)
    for (const [row, bits] of glyph.entries())
      for (let column = 0; column < GLYPH_WIDTH; column++)
        if ((bits & (4 >> column)) !== 0)
          fill(
            picture,
            {
              x: left + (i * (GLYPH_WIDTH + 1) + column) * scale,
              y: top + row * scale,
              width: scale,
              height: scale,
            },
            colour,
          )
  }
}
