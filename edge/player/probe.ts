import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { isWhole, type Look, sizeOf } from '#controller/raster/image-look.ts'
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
/** Top-level boxes of an MP4 that are walked; no honest file has as many. */
const MOST_PARTS = 4_096

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
