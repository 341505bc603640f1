/**
 * A first look at the bytes of a picture, before anything decodes it: how large it says it is, and whether its end is there. What passes may
 * still be broken further in; that is the decoder's to find.
 */

/** Bytes that can be looked at here and there; fewer come back where the end is nearer. */
export type Look = { readonly size: number; readonly at: (from: number, bytes: number) => Buffer }
export type Size = { readonly width: number; readonly height: number }

export const lookAt = (bytes: Uint8Array): Look => ({
  size: bytes.length,
  at: (from, length) => Buffer.from(bytes.subarray(Math.max(0, from), Math.max(0, from) + length)),
})

/** Segments of a JPEG that are walked; no honest file has as many. */
const MOST_PARTS = 4_096
/** How far from the end of a JPEG its end is looked for, bytes. */
const JPEG_TAIL = 65_536
const JPEG_END = Buffer.from([0xff, 0xd9])

/** Whether the end is there, as far as the format says what an end is; half a picture is not what was approved. */
export const isWhole = (look: Look): boolean => {
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

/** Pixels, or null for what is none of PNG, JPEG, WebP, GIF and BMP. */
export const sizeOf = (look: Look): Size | null => {
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
