import { readFile, rm, stat } from 'node:fs/promises'
import { createCanvas, releaseCanvas } from '#controller/raster/canvas.ts'
import { err, ok, type Result } from '#core/base/result.ts'

// The drawing library itself is loaded by raster/canvas.ts, which must come first: it sets how.
const { loadImage } = await import('@napi-rs/canvas')

/** Coarse brightness and colour of a picture: `COLUMNS` × `ROWS` cells of red, green, blue, 0 to 255. */
export type Grid = readonly number[]

const COLUMNS = 16
const ROWS = 8
export const GRID = { columns: COLUMNS, rows: ROWS } as const
/** Mean difference per cell and colour up to which two pictures count as the same one. JPEG, scaling and colour ranges stay below 10. */
export const SAME_BELOW = 20
/** Brightest cell of a picture that counts as black. */
const BLACK_BELOW = 12
/** Larger pictures are not decoded in this process: 8.3 million pixels (4K) are 33 MB. */
export const MOST_PIXELS = 8_400_000
const MOST_FILE_BYTES = 32 * 1024 * 1024

type Picture = Awaited<ReturnType<typeof loadImage>>

const open = async (path: string): Promise<Result<Picture, string>> => {
  try {
    if ((await stat(path)).size > MOST_FILE_BYTES) return err('the file is too large to compare')
    const picture = await loadImage(await readFile(path))
    if (picture.width * picture.height <= MOST_PIXELS) return ok(picture)
    release(picture)
    return err('the picture is too large to compare')
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

const NOTHING = Buffer.alloc(0)
/** Frees the decoded pixels at once. The engine sees a small object and would let sixty megabytes of them pile up (measured). */
const release = (picture: Picture): void => {
  picture.src = NOTHING
}

/** The grid of a picture file as it appears when fitted into `panel` with black bars, which is what mpv does. */
export const gridOf = async (
  path: string,
  panel: { readonly width: number; readonly height: number } | null,
): Promise<Result<Grid, string>> => {
  const picture = await open(path)
  if (!picture.ok) return picture
  const grid = cells(picture.value, panel ?? picture.value)
  release(picture.value)
  return ok(grid)
}

const cells = (picture: Picture, panel: { readonly width: number; readonly height: number }): Grid => {
  const scale = Math.min(panel.width / picture.width, panel.height / picture.height)
  // Eight times finer than the grid, so that each cell is a mean of many points.
  const [w, h] = [COLUMNS * 8, ROWS * 8]
  const canvas = createCanvas(w, h)
  const context = canvas.getContext('2d')
  context.fillStyle = '#000000'
  context.fillRect(0, 0, w, h)
  const [width, height] = [(picture.width * scale * w) / panel.width, (picture.height * scale * h) / panel.height]
  context.drawImage(picture, (w - width) / 2, (h - height) / 2, width, height)
  const { data } = context.getImageData(0, 0, w, h)
  releaseCanvas(canvas)
  const sums = new Array<number>(COLUMNS * ROWS * 3).fill(0)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const cell = ((y >> 3) * COLUMNS + (x >> 3)) * 3
      const at = (y * w + x) * 4
      for (let c = 0; c < 3; c++) sums[cell + c] = (sums[cell + c] ?? 0) + (data[at + c] ?? 0) / 64
    }
  return sums
}

/** Mean difference, 0 (same) to 255. */
export const difference = (a: Grid, b: Grid): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / Math.max(1, a.length)

export const isBlack = (grid: Grid): boolean => grid.every((value) => value < BLACK_BELOW)

/** JPEG of a picture file, at most `width` pixels wide and `mostBytes` large; the file is removed. */
export const thumbnail = async (
  path: string,
  most: { readonly width: number; readonly bytes: number },
): Promise<Result<Uint8Array, string>> => {
  const picture = await open(path)
  await rm(path, { force: true })
  if (!picture.ok) return picture
  const scale = Math.min(1, most.width / picture.value.width)
  const scaled = (pixels: number) => Math.max(1, Math.round(pixels * scale))
  const canvas = createCanvas(scaled(picture.value.width), scaled(picture.value.height))
  canvas.getContext('2d').drawImage(picture.value, 0, 0, canvas.width, canvas.height)
  release(picture.value)
  try {
    for (const quality of [80, 50, 20]) {
      const bytes = await canvas.encode('jpeg', quality)
      if (bytes.length <= most.bytes) return ok(bytes)
    }
    return err(`a picture of ${canvas.width} × ${canvas.height} does not fit into ${most.bytes} bytes`)
  } finally {
    releaseCanvas(canvas)
  }
}
