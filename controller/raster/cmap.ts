import { closeSync, openSync, readSync } from 'node:fs'

/**
 * Which code points a font file has glyphs for, read from its `cmap` table (OpenType specification, formats 4 and 12), so that
 * a text is refused instead of drawn with boxes. Only the table directory and the one table are read, not the whole file.
 */
export type Coverage = { readonly has: (codePoint: number) => boolean }

/** A cmap larger than this is not a font of ours; Noto Sans CJK has 0.5 MB. */
const MOST_BYTES = 4 * 1024 * 1024
const MOST_TABLES = 256

/** Throws with the reason when the file is not an OpenType font or collection (whose first face is read). */
export const readCoverage = (path: string): Coverage => {
  const file = openSync(path, 'r')
  try {
    const head = read(file, 0, 16)
    const face = head.getUint32(0) === 0x74746366 ? head.getUint32(12) : 0
    const tables = read(file, face, 12).getUint16(4)
    if (tables === 0 || tables > MOST_TABLES) throw new Error(`${path}: not an OpenType font`)
    const directory = read(file, face + 12, tables * 16)
    for (let i = 0; i < tables; i++) {
      if (directory.getUint32(i * 16) !== 0x636d6170) continue
      const length = directory.getUint32(i * 16 + 12)
      if (length > MOST_BYTES) throw new Error(`${path}: character map of ${length} bytes is too large`)
      return coverageOf(read(file, directory.getUint32(i * 16 + 8), length), path)
    }
    throw new Error(`${path}: has no character map`)
  } finally {
    closeSync(file)
  }
}

const read = (file: number, at: number, length: number): DataView => {
  const bytes = new Uint8Array(length)
  if (readSync(file, bytes, 0, length, at) !== length) throw new Error('font file is cut short')
  return new DataView(bytes.buffer)
}

const coverageOf = (cmap: DataView, path: string): Coverage => {
  let best: { readonly offset: number; readonly format: number } | undefined
  for (let i = 0; i < cmap.getUint16(2); i++) {
    const offset = cmap.getUint32(4 + i * 8 + 4)
    const format = cmap.getUint16(offset)
    if (format === 12 || (format === 4 && best === undefined)) best = { offset, format }
  }
  if (best === undefined) throw new Error(`${path}: has no Unicode character map`)
  const ranges = best.format === 12 ? groups12(cmap, best.offset) : segments4(cmap, best.offset)
  return { has: (codePoint) => search(ranges, codePoint) }
}

/** Ascending pairs of first and last code point. */
const groups12 = (cmap: DataView, at: number): Uint32Array => {
  const count = cmap.getUint32(at + 12)
  const out = new Uint32Array(count * 2)
  for (let i = 0; i < count; i++) {
    out[i * 2] = cmap.getUint32(at + 16 + i * 12)
    out[i * 2 + 1] = cmap.getUint32(at + 16 + i * 12 + 4)
  }
  return out
}

/** Holes inside a segment (glyph 0) are not looked for: Noto's segments have none in the ranges we let through. */
const segments4 = (cmap: DataView, at: number): Uint32Array => {
  const doubled = cmap.getUint16(at + 6)
  const out = new Uint32Array(doubled)
  for (let i = 0; i < doubled / 2; i++) {
    out[i * 2] = cmap.getUint16(at + 16 + doubled + i * 2)
    out[i * 2 + 1] = cmap.getUint16(at + 14 + i * 2)
  }
  return out
}

const search = (ranges: Uint32Array, codePoint: number): boolean => {
  let low = 0
  let high = ranges.length / 2 - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (codePoint < (ranges[middle * 2] ?? 0)) high = middle - 1
    else if (codePoint > (ranges[middle * 2 + 1] ?? 0)) low = middle + 1
    else return true
  }
  return false
}
