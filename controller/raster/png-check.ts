import { crc32, inflateSync } from 'node:zlib'

/**
 * Is every byte of a PNG what its writer wrote? The decoder is lenient: a file with flipped bits or cut in the middle comes out as half a
 * picture without a word (measured). PNG (Third Edition) §5 and §7: chunks with checksums, IHDR first, IEND last, and as many bytes of
 * pixels as the size asks for. Null: it is whole; else why not, in both languages. Inflates at most what the size asks for.
 */
export const pngFault = (bytes: Uint8Array): string | null => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const data: Buffer[] = []
  let header: Buffer | null = null
  let at = 8
  for (let part = 0; part < MOST_CHUNKS; part++) {
    if (at + 12 > file.length) return `tệp bị cắt ở byte ${file.length} · the file was cut off`
    const length = file.readUInt32BE(at)
    const kind = file.toString('latin1', at + 4, at + 8)
    const end = at + 12 + length
    if (end > file.length) return `tệp bị cắt ở byte ${file.length} · the file was cut off`
    if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4))
      return `khối ${kind} ở byte ${at} hỏng (sai mã kiểm tra) · a damaged block: its checksum differs`
    if (part === 0 && (kind !== 'IHDR' || length !== 13)) return 'thiếu phần đầu IHDR · its header IHDR is missing'
    if (kind === 'IHDR') header = file.subarray(at + 8, end - 4)
    if (kind === 'IDAT') data.push(file.subarray(at + 8, end - 4))
    at = end
    if (kind === 'IEND') return header === null ? null : pixelsFault(header, data)
  }
  return `hơn ${MOST_CHUNKS} khối · more blocks than any honest file has`
}

const MOST_CHUNKS = 20_000
/** Samples of one pixel by colour type (§11.2.1). */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** Adam7 (§8.1): where each pass begins and how far apart its pixels are. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

const pixelsFault = (header: Buffer, data: readonly Buffer[]): string | null => {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const samples = SAMPLES[header.readUInt8(9)]
  if (samples === undefined) return 'kiểu màu không có trong chuẩn PNG · no colour type of PNG'
  const bits = header.readUInt8(8) * samples
  // Each row of each pass has a byte of its own for the filter; a pass without pixels has no rows.
  const size = (w: number, h: number): number => (w === 0 || h === 0 ? 0 : (Math.ceil((w * bits) / 8) + 1) * h)
  const wanted =
    header.readUInt8(12) === 0
      ? size(width, height)
      : PASSES.reduce((sum, [x, y, dx, dy]) => sum + size(ceil(width - x, dx), ceil(height - y, dy)), 0)
  try {
    const found = inflateSync(Buffer.concat(data), { maxOutputLength: wanted + 1 }).length
    return found === wanted
      ? null
      : `có ${found} byte điểm ảnh, cần ${wanted} · ${found} bytes of pixels where ${wanted} are needed`
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `không giải nén được điểm ảnh · its pixels cannot be unpacked: ${why}`
  }
}

const ceil = (pixels: number, step: number): number => Math.max(0, Math.ceil(pixels / step))
