import { createHash } from 'node:crypto'
import { err, ok, type Result } from '#core/base/result.ts'
import { MOST_PICTURE_BYTES } from '#core/emergency/order.ts'
import { createCanvas, releaseCanvas } from './canvas.ts'
import { isWhole, lookAt, sizeOf } from './image-look.ts'
import type { Picture, RasterFault } from './message.ts'
import { pngFault } from './png-check.ts'

// The drawing library itself is loaded by canvas.ts, which must come first: it sets how.
const { loadImage } = await import('@napi-rs/canvas')

/** Longest side of a picture of an order, pixels: decoded it takes at most 67 MB for a moment. */
export const MOST_PICTURE_SIDE = 4096
export const PICTURE_MIMES = ['image/png', 'image/jpeg'] as const
export type PictureMime = (typeof PICTURE_MIMES)[number]

const fault = (vi: string, en: string): { readonly ok: false; readonly error: RasterFault } =>
  err({ kind: 'picture', vi, en })
const split = (both: string): readonly [string, string] => {
  const [vi = both, en = vi] = both.split(' · ')
  return [vi, en]
}

/** What the bytes are, by themselves: a file's name and the sender's claim are not asked. Nothing is decoded. */
export const pictureMime = (bytes: Uint8Array): Result<PictureMime, RasterFault> => {
  if (bytes.length === 0) return fault('Tệp rỗng.', 'The file is empty.')
  if (bytes.length > MOST_PICTURE_BYTES)
    return fault(
      `Ảnh ${bytes.length} byte, nhiều nhất ${MOST_PICTURE_BYTES} byte.`,
      `The picture has ${bytes.length} bytes, at most ${MOST_PICTURE_BYTES} are allowed.`,
    )
  const head = Buffer.from(bytes.subarray(0, 8)).toString('latin1')
  const mime = head === '\x89PNG\r\n\x1a\n' ? 'image/png' : head.startsWith('\xff\xd8\xff') ? 'image/jpeg' : null
  if (mime === null) return fault('Không phải ảnh PNG hay JPEG.', 'It is neither a PNG nor a JPEG picture.')
  const look = lookAt(bytes)
  const size = sizeOf(look)
  if (size === null || size.width < 1 || size.height < 1)
    return fault('Ảnh không nói rõ kích thước.', 'The picture does not say how large it is.')
  if (Math.max(size.width, size.height) > MOST_PICTURE_SIDE)
    return fault(
      `Ảnh ${size.width} × ${size.height} điểm, nhiều nhất ${MOST_PICTURE_SIDE} × ${MOST_PICTURE_SIDE}.`,
      `The picture has ${size.width} × ${size.height} pixels, at most ${MOST_PICTURE_SIDE} × ${MOST_PICTURE_SIDE} are allowed.`,
    )
  if (!isWhole(look))
    return fault(`Tệp bị cắt ở byte ${bytes.length}.`, `The file was cut off at byte ${bytes.length}.`)
  return ok(mime)
}

/**
 * Decodes a picture and keeps it scaled down to `panel`, so that what stays in memory is no larger than a page. `strict`: every byte of a PNG
 * is checked first, for the one who takes it in; behind a hash it is what was checked then. Refused with the reason, in both languages.
 */
export const decodePicture = async (
  bytes: Uint8Array,
  of: { readonly panel: { readonly width: number; readonly height: number }; readonly strict: boolean },
): Promise<Result<Picture, RasterFault>> => {
  const mime = pictureMime(bytes)
  if (!mime.ok) return mime
  const damage = of.strict && mime.value === 'image/png' ? pngFault(bytes) : null
  if (damage !== null) {
    const [vi, en] = split(damage)
    return fault(`Ảnh hỏng: ${vi}.`, `A damaged picture: ${en}.`)
  }
  try {
    const image = await loadImage(bytes)
    const { width, height } = image
    const said = sizeOf(lookAt(bytes))
    const turned = said?.width === height && said.height === width
    if (!turned && (said?.width !== width || said.height !== height)) {
      image.src = NOTHING
      return fault('Ảnh không có kích thước như đã ghi.', 'The picture is not as large as it says.')
    }
    const scale = Math.min(1, of.panel.width / width, of.panel.height / height)
    const kept = createCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
    const context = kept.getContext('2d')
    // What is transparent was drawn to be seen on paper; on black its black letters would be gone.
    context.fillStyle = '#ffffff'
    context.fillRect(0, 0, kept.width, kept.height)
    context.imageSmoothingQuality = 'high'
    context.drawImage(image, 0, 0, kept.width, kept.height)
    image.src = NOTHING
    return ok({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      width,
      height,
      paint: (onto, { x, y, width: w, height: h }) => onto.drawImage(kept, x, y, w, h),
      release: () => releaseCanvas(kept),
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return fault(`Không giải mã được ảnh: ${why}.`, `The picture cannot be decoded: ${why}.`)
  }
}

/** Frees decoded pixels at once; the engine sees a small object and would let them pile up. */
const NOTHING = Buffer.alloc(0)
