import { concat } from '#core/base/bytes.ts'
import { assert } from '#core/base/result.ts'

/**
 * 32-bit top-down BMP whose masks name the bytes in the painter's own order, so that making one is a copy and not a walk over a million
 * pixels: code that runs once in a while runs cold, and the walk then took up to 50 ms of an emergency's 200. The fourth byte is padding
 * by the masks; where a reader takes it for opacity nothing changes, since what is drawn is opaque.
 */
const FILE_HEADER = 14
const INFO_HEADER = 40
const MASKS = [0x000000ff, 0x0000ff00, 0x00ff0000] as const
/** Two bytes after the masks keep the pixels on a boundary of four. */
const OFFSET = FILE_HEADER + INFO_HEADER + 4 * MASKS.length + 2
const BITS = 32
/** "The masks say where the colours are." */
const BI_BITFIELDS = 3

/** A whole BMP in two pieces that are written one after the other: copying three megabytes into one would cost milliseconds. */
export type Bmp = { readonly header: Uint8Array; readonly rgba: Uint8Array }

/** `rgba` is opaque RGBA, rows top-down. It is kept, not copied. */
export const encodeBmp = (rgba: Uint8Array, width: number, height: number): Bmp => {
  assert(rgba.length === width * height * 4, 'pixels match the geometry')
  const header = new Uint8Array(OFFSET)
  writeHeader(new DataView(header.buffer), width, height)
  return { header, rgba }
}

/** The file as one array, for whoever is not in a hurry. */
export const joinBmp = (bmp: Bmp): Uint8Array => concat(bmp.header, bmp.rgba)

const writeHeader = (view: DataView, width: number, height: number): void => {
  const pixels = width * height * 4
  view.setUint16(0, 0x424d)
  view.setUint32(2, OFFSET + pixels, true)
  view.setUint32(10, OFFSET, true)
  view.setUint32(14, INFO_HEADER, true)
  view.setInt32(18, width, true)
  // A negative height says that the first row is the top one.
  view.setInt32(22, -height, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, BITS, true)
  view.setUint32(30, BI_BITFIELDS, true)
  view.setUint32(34, pixels, true)
  for (const [i, mask] of MASKS.entries()) view.setUint32(FILE_HEADER + INFO_HEADER + i * 4, mask, true)
}

export type Pixels = { readonly width: number; readonly height: number; readonly rgba: Uint8ClampedArray<ArrayBuffer> }

/** Reads back a BMP of ours as a file has it (for previews and tests); anything else is a bug of the caller. */
export const decodeBmp = (bmp: Uint8Array): Pixels => {
  const view = new DataView(bmp.buffer, bmp.byteOffset, bmp.byteLength)
  assert(view.getUint16(0) === 0x424d && view.getUint16(28, true) === BITS, 'a BMP of ours')
  const width = view.getInt32(18, true)
  const height = -view.getInt32(22, true)
  assert(bmp.length === OFFSET + width * height * 4, 'a whole BMP')
  return { width, height, rgba: new Uint8ClampedArray(bmp.slice(OFFSET)) }
}
