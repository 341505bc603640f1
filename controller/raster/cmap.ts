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

/** Ascending pairs of first and last code point that have a glyph of their own; glyph 0 is the box for "no glyph". */
const groups12 = (cmap: DataView, at: number): Uint32Array => {
  const out: number[] = []
  for (let i = 0; i < cmap.getUint32(at + 12); i++) {
    const group = at + 16 + i * 12
    const first = cmap.getUint32(group) + (cmap.getUint32(group + 8) === 0 ? 1 : 0)
    if (first <= cmap.getUint32(group + 4)) out.push(first, cmap.getUint32(group + 4))
  }
  return Uint32Array.from(out)
}

/** Asked glyph by glyph, because a segment may have holes; at most 65,536 of them, once for each font. */
const segments4 = (cmap: DataView, at: number): Uint32Array => {
  const doubled = cmap.getUint16(at + 6)
  const [ends, starts] = [at + 14, at + 16 + doubled]
  const [deltas, offsets] = [starts + doubled, starts + 2 * doubled]
  const out: number[] = []
  const add = (codePoint: number): void => {
    if (out.at(-1) === codePoint - 1) out[out.length - 1] = codePoint
    else out.push(codePoint, codePoint)
  }
  for (let i = 0; i < doubled; i += 2) {
    const [start, delta, offset] = [cmap.getUint16(starts + i), cmap.getUint16(deltas + i), cmap.getUint16(offsets + i)]
    for (let codePoint = start; codePoint <= cmap.getUint16(ends + i) && codePoint < 0xffff; codePoint++) {
      const listed = offset === 0 ? codePoint : cmap.getUint16(offsets + i + offset + 2 * (codePoint - start))
      if (listed !== 0 && ((listed + delta) & 0xffff) !== 0) add(codePoint)
    }
  }
  return Uint32Array.from(out)
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
