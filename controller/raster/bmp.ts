import { assert } from '#core/base/result.ts'

/**
 * 24-bit bottom-up BMP: no compression to undo on the way to the panel, and no alpha channel for two programs to disagree on
 * (in 32-bit BMP the fourth byte is padding to some readers and opacity to others).
 */
const HEADER = 54
/** Two bytes after the header keep the pixels on a boundary of four, so that rows are written as whole words. */
const OFFSET = 56

/** `rgba` is opaque RGBA, rows top-down. One word of it is 0xAABBGGRR on the little-endian machines this runs on. */
export const encodeBmp = (rgba: Uint8Array, width: number, height: number): Uint8Array => {
  assert(rgba.length === width * height * 4 && rgba.byteOffset % 4 === 0, 'pixels match the geometry')
  const stride = (width * 3 + 3) & ~3
  const out = new Uint8Array(OFFSET + stride * height)
  writeHeader(new DataView(out.buffer), width, height)
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height)
  const words = new Uint32Array(out.buffer, OFFSET)
  const whole = width & ~3
  let from = 0
  for (let y = height - 1; y >= 0; y--) {
    let to = (y * stride) / 4
    for (const end = from + whole; from < end; from += 4) {
      const a = swap(pixels[from] ?? 0)
      const b = swap(pixels[from + 1] ?? 0)
      const c = swap(pixels[from + 2] ?? 0)
      const d = swap(pixels[from + 3] ?? 0)
      words[to] = a | (b << 24)
      words[to + 1] = (b >>> 8) | (c << 16)
      words[to + 2] = (c >>> 16) | (d << 8)
      to += 3
    }
    for (let x = whole; x < width; x++) {
      const pixel = swap(pixels[from] ?? 0)
      const at = OFFSET + y * stride + x * 3
      out[at] = pixel & 0xff
      out[at + 1] = (pixel >>> 8) & 0xff
      out[at + 2] = pixel >>> 16
      from += 1
    }
  }
  return out
}

/** Red and blue change places and the fourth byte goes: 0xAABBGGRR becomes 0xRRGGBB. */
const swap = (pixel: number): number => ((pixel & 0xff) << 16) | (pixel & 0xff00) | ((pixel >>> 16) & 0xff)

const writeHeader = (view: DataView, width: number, height: number): void => {
  view.setUint16(0, 0x424d)
  view.setUint32(2, view.byteLength, true)
  view.setUint32(10, OFFSET, true)
  view.setUint32(14, HEADER - 14, true)
  view.setInt32(18, width, true)
  view.setInt32(22, height, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  view.setUint32(34, view.byteLength - OFFSET, true)
}

export type Pixels = { readonly width: number; readonly height: number; readonly rgba: Uint8ClampedArray<ArrayBuffer> }

/** Reads back what `encodeBmp` wrote (for previews and tests); anything else is a bug of the caller. */
export const decodeBmp = (bmp: Uint8Array): Pixels => {
  const view = new DataView(bmp.buffer, bmp.byteOffset, bmp.byteLength)
  assert(view.getUint16(0) === 0x424d && view.getUint16(28, true) === 24, 'a BMP of ours')
  const width = view.getInt32(18, true)
  const height = view.getInt32(22, true)
  const stride = (width * 3 + 3) & ~3
  assert(bmp.length === OFFSET + stride * height, 'a whole BMP')
  const rgba = new Uint8ClampedArray(width * height * 4)
  let to = 0
  for (let y = height - 1; y >= 0; y--) {
    for (let x = 0; x < width; x++) {
      const from = OFFSET + y * stride + x * 3
      rgba[to] = bmp[from + 2] ?? 0
      rgba[to + 1] = bmp[from + 1] ?? 0
      rgba[to + 2] = bmp[from] ?? 0
      rgba[to + 3] = 255
      to += 4
    }
  }
  return { width, height, rgba }
}
