import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { err, ok, type Result } from '#core/base/result.ts'

/**
 * A first look at a file before the player opens it: what cannot be a picture or clip, or would take all memory, is refused at once with a
 * number, and the screen never leaves what it shows. What passes may still be broken further in; that is the player's to find.
 */
export const probe = (path: string, kind: 'image' | 'video'): Result<void, string> => {
  try {
    const fd = openSync(path, 'r')
    try {
      const stat = fstatSync(fd)
      // A pipe or device has no beginning that could be read without taking it away.
      if (!stat.isFile()) return ok(undefined)
      const look: Look = { size: stat.size, at: (from, bytes) => readAt(fd, from, bytes) }
      const why = look.size === 0 ? 'tệp rỗng · the file is empty' : (kind === 'image' ? picture : clip)(look)
      return why === null ? ok(undefined) : err(why)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

/** Pixels above which a picture is not given to the player: 8K. Decoded it takes 133 MB, and the daemon's own look takes as much. */
const MOST_PIXELS = 33_200_000
/** Longest side, pixels. */
const MOST_SIDE = 16_384
/** Top-level boxes of an MP4 that are walked, and segments of a JPEG; no honest file has as many. */
const MOST_PARTS = 4_096

/** How far from the end of a JPEG its end is looked for, bytes. */
const JPEG_TAIL = 65_536
const JPEG_END = Buffer.from([0xff, 0xd9])

type Look = { readonly size: number; readonly at: (from: number, bytes: number) => Buffer }

const readAt = (fd: number, from: number, bytes: number): Buffer => {
  const out = Buffer.alloc(bytes)
  return out.subarray(0, readSync(fd, out, 0, bytes, from))
}

const picture = (look: Look): string | null => {
  const size = sizeOf(look)
  if (size === null) return 'không phải ảnh PNG, JPEG, WebP, GIF hay BMP · no PNG, JPEG, WebP, GIF or BMP picture'
  const { width, height } = size
  if (width < 1 || height < 1) return `ảnh ${width} × ${height} không có điểm nào · the picture has no pixels`
  if (Math.max(width, height) > MOST_SIDE || width * height > MOST_PIXELS)
    return `ảnh ${width} × ${height} quá lớn, nhiều nhất ${MOST_PIXELS} điểm · the picture is too large`
  return isWhole(look) ? null : `tệp bị cắt ở byte ${look.size} · the file was cut off`
}

/** Whether the end is there, as far as the format says what an end is; half a picture is not what was approved. */
const isWhole = (look: Look): boolean => {
  const head = look.at(0, 12)
  const kind = head.toString('latin1', 0, 4)
  if (kind === '\x89PNG') return look.at(look.size - 8, 4).toString('latin1') === 'IEND'
  if (kind === 'RIFF') return head.readUInt32LE(4) + 8 <= look.size
  if (kind.startsWith('BM')) return head.readUInt32LE(2) <= look.size
  if (kind.startsWith('GIF')) return true
  // Cameras write things behind the end of a JPEG.
  const tail = Math.min(look.size, JPEG_TAIL)
  return look.at(look.size - tail, tail).includes(JPEG_END)
}

type Size = { readonly width: number; readonly height: number }

const sizeOf = (look: Look): Size | null => {
  const head = look.at(0, 32)
  if (head.length < 26) return null
  if (head.readUInt32BE(0) === 0x89504e47) return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
  if (head.toString('latin1', 0, 4) === 'GIF8') return { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
  if (head.toString('latin1', 0, 2) === 'BM')
    return { width: Math.abs(head.readInt32LE(18)), height: Math.abs(head.readInt32LE(22)) }
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP') return webp(head)
  return head.readUInt16BE(0) === 0xffd8 ? jpeg(look) : null
}

/** The three kinds of WebP say their size in three ways (RFC 9649 §2.5 to 2.7). */
const webp = (head: Buffer): Size | null => {
  if (head.length < 30) return null
  const kind = head.toString('latin1', 12, 16)
  if (kind === 'VP8X') return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }
  if (kind === 'VP8 ') return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff }
  if (kind !== 'VP8L') return null
  const bits = head.readUInt32LE(21)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

/** Walks the segments to the frame header (ITU-T T.81 B.2.2). */
const jpeg = (look: Look): Size | null => {
  let at = 2
  for (let part = 0; part < MOST_PARTS; part++) {
    const head = look.at(at, 9)
    if (head.length < 9 || head[0] !== 0xff) return null
    const marker = head[1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    // SOF0 to SOF15 without DHT, JPG and DAC, which stand between them.
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (frame) return { height: head.readUInt16BE(5), width: head.readUInt16BE(7) }
    at += 2 + head.readUInt16BE(2)
  }
  return null
}

const clip = (look: Look): string | null => {
  const head = look.at(0, 12)
  const brand = head.toString('latin1', 4, 8)
  return ['ftyp', 'moov', 'mdat', 'free', 'wide', 'skip'].includes(brand) ? boxes(look) : null
}

/** An MP4 whose boxes go on behind the end of the file, or that has no index, was cut off (ISO/IEC 14496-12 §4.2). */
const boxes = (look: Look): string | null => {
  let at = 0
  const seen = new Set<string>()
  for (let part = 0; part < MOST_PARTS && at < look.size; part++) {
    const head = look.at(at, 16)
    if (head.length < 8) break
    const name = head.toString('latin1', 4, 8)
    const short = head.readUInt32BE(0)
    // 0: to the end of the file; 1: the length stands behind the name, in eight bytes.
    const length =
      short === 0 ? look.size - at : short === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : short
    if (length < 8) return `hộp "${name}" ở byte ${at} hỏng · the box has an impossible length`
    seen.add(name)
    if (at + length > look.size)
      return `tệp bị cắt ở byte ${look.size}, hộp "${name}" đến byte ${at + length} · the file was cut off`
    at += length
  }
  return seen.has('moov') ? null : 'tệp MP4 không có mục lục (moov) · the MP4 has no index: it was cut off'
}
