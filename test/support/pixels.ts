import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/**
 * The real pixels of an X screen, read from the XWD file that `Xvfb -fbdir` keeps in shared memory. Written from the format's
 * description (X11/XWDFile.h): a header of 25 big-endian words, its name, `ncolors` entries of 12 bytes, then the rows.
 */
export type Pixels = {
  readonly width: number
  readonly height: number
  /** Red, green and blue, 0 … 255. */
  readonly rgb: (x: number, y: number) => readonly [number, number, number]
}

export type XwdLayout = {
  readonly width: number
  readonly height: number
  readonly dataAt: number
  readonly bytesPerLine: number
  readonly littleEndian: boolean
}

const HEADER_BYTES = 100
const COLOUR_BYTES = 12
const FILE_VERSION = 7

/** Reads the header. Throws when it is no XWD of 32 bits to the pixel in x8r8g8b8, which is all that Xvfb writes for us. */
export const readLayout = (file: string): XwdLayout => {
  const head = Buffer.alloc(HEADER_BYTES)
  const fd = openSync(file, 'r')
  try {
    if (readSync(fd, head, 0, HEADER_BYTES, 0) !== HEADER_BYTES) throw new Error(`${file}: shorter than an XWD header`)
  } finally {
    closeSync(fd)
  }
  const word = (i: number): number => head.readUInt32BE(i * 4)
  const bitsPerPixel = word(11)
  const masks = [word(14), word(15), word(16)]
  if (word(1) !== FILE_VERSION || bitsPerPixel !== 32 || masks.join() !== [0xff0000, 0xff00, 0xff].join())
    throw new Error(`${file}: version ${word(1)}, ${bitsPerPixel} bits, masks ${masks.map((m) => m.toString(16))}`)
  return {
    width: word(4),
    height: word(5),
    littleEndian: word(7) === 0,
    bytesPerLine: word(12),
    dataAt: word(0) + word(19) * COLOUR_BYTES,
  }
}

export const readPixels = (file: string): Pixels => {
  const layout = readLayout(file)
  const bytes = readFileSync(file)
  const [r, g, b] = layout.littleEndian ? [2, 1, 0] : [1, 2, 3]
  return {
    width: layout.width,
    height: layout.height,
    rgb: (x, y) => {
      const at = layout.dataAt + y * layout.bytesPerLine + x * 4
      return [bytes[at + r] ?? 0, bytes[at + g] ?? 0, bytes[at + b] ?? 0]
    },
  }
}

/** Points looked at in each direction when two pictures are compared. */
const GRID = { columns: 64, rows: 32 }
/** Sum of the differences of the three channels above which a point counts as different (video codecs shimmer below). */
const NEAR = 60

/** Share of grid points at which two pictures of the same size differ, 0 … 1. Different sizes: 1. */
export const difference = (a: Pixels, b: Pixels): number => {
  if (a.width !== b.width || a.height !== b.height) return 1
  let different = 0
  for (let row = 0; row < GRID.rows; row++) {
    for (let column = 0; column < GRID.columns; column++) {
      const x = Math.floor(((column + 0.5) * a.width) / GRID.columns)
      const y = Math.floor(((row + 0.5) * a.height) / GRID.rows)
      const one = a.rgb(x, y)
      const other = b.rgb(x, y)
      const sum = one.reduce((total, value, i) => total + Math.abs(value - (other[i] ?? 0)), 0)
      if (sum > NEAR) different++
    }
  }
  return different / (GRID.columns * GRID.rows)
}

/** Is anything lit at all? Share of grid points that are not black. */
export const litShare = (pixels: Pixels): number =>
  difference(pixels, { width: pixels.width, height: pixels.height, rgb: () => [0, 0, 0] })

/** A watcher for one file that is asked again and again: reads a few rows only. */
export type Probe = {
  /** The bytes of the probed rows now. */
  readonly look: () => Buffer
  readonly close: () => void
}

/** `rows` evenly spread rows of the picture. The file stays open: Xvfb writes into the same one as long as it lives. */
export const openProbe = (file: string, rows: number): Probe => {
  const layout = readLayout(file)
  const fd = openSync(file, 'r')
  return {
    look: () => {
      const out = Buffer.alloc(rows * layout.bytesPerLine)
      for (let i = 0; i < rows; i++) {
        const y = Math.floor(((i + 0.5) * layout.height) / rows)
        readSync(fd, out, i * layout.bytesPerLine, layout.bytesPerLine, layout.dataAt + y * layout.bytesPerLine)
      }
      return out
    },
    close: () => closeSync(fd),
  }
}

/** A point of the screen. */
export type ProbePoint = { readonly x: number; readonly y: number }

/** The file of a screen, opened for good, and how it is laid out. */
export const openProbeFile = (file: string): { readonly fd: number; readonly layout: XwdLayout } => ({
  layout: readLayout(file),
  fd: openSync(file, 'r'),
})
