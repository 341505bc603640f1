import { createCanvas, releaseCanvas } from '#controller/raster/canvas.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import { MOST_PIXELS } from '../player/look.ts'

// The drawing library itself is loaded by raster/canvas.ts, which must come first: it sets how.
const { loadImage } = await import('@napi-rs/canvas')

/** One photo as it comes from a phone, bytes. */
export const MOST_UPLOAD_BYTES = 12_000_000
/** The longer side of what is kept, pixels, and its quality. Some 200 kB. */
const LONGEST = 1_600
const QUALITY = 80

export type Shrunk = { readonly jpeg: Uint8Array; readonly width: number; readonly height: number }

const NO_PICTURE: Phrase = { vi: 'Tệp không phải ảnh JPEG hoặc PNG.', en: 'The file is no JPEG or PNG picture.' }
const TOO_LARGE: Phrase = {
  vi: `Ảnh quá lớn (hơn ${MOST_PIXELS / 1_000_000} triệu điểm): chụp cỡ nhỏ hơn, hoặc bật JavaScript để điện thoại tự thu nhỏ.`,
  en: `The picture is too large (above ${MOST_PIXELS / 1_000_000} megapixels): take a smaller one, or let the page’s script shrink it.`,
}

/**
 * Decoded and encoded anew: what is kept is a picture and nothing else (no place, no serial number of the phone, nothing hidden behind it).
 * Its size is read before it is decoded, so that a hostile file cannot fill the memory.
 */
export const shrink = async (bytes: Uint8Array): Promise<Result<Shrunk, Phrase>> => {
  const size = sizeOf(bytes)
  if (size === null) return err(NO_PICTURE)
  if (size.width * size.height > MOST_PIXELS) return err(TOO_LARGE)
  try {
    const picture = await loadImage(Buffer.from(bytes))
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height))
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)))
    if (width === undefined || height === undefined || picture.width * picture.height > MOST_PIXELS)
      return err(TOO_LARGE)
    const canvas = createCanvas(width, height)
    canvas.getContext('2d').drawImage(picture, 0, 0, width, height)
    const jpeg = await canvas.encode('jpeg', QUALITY)
    releaseCanvas(canvas)
    picture.src = Buffer.alloc(0)
    return ok({ jpeg, width, height })
  } catch {
    return err(NO_PICTURE)
  }
}

type Size = { readonly width: number; readonly height: number }

/** As the header says; null: neither JPEG nor PNG. */
const sizeOf = (bytes: Uint8Array): Size | null => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47)
    return { width: view.getUint32(16), height: view.getUint32(20) }
  return bytes.length >= 4 && view.getUint16(0) === 0xffd8 ? jpegSize(view) : null
}

/** Of the first frame header (ITU-T T.81, B.2.2). */
const jpegSize = (view: DataView): Size | null => {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null
    const marker = view.getUint8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    at += 2 + view.getUint16(at + 2)
  }
  return null
}
