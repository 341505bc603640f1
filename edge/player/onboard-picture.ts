import { readFile, stat } from 'node:fs/promises'
import type { OnboardPage } from '#controller/dialect/onboard.ts'
import { createCanvas, releaseCanvas } from '#controller/raster/canvas.ts'
import type { Message, PanelGeometry } from '#controller/raster/message.ts'
import type { Raster } from '#controller/raster/render.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { MOST_PIXELS } from './look.ts'
import { MOST_PAGES, type Variant } from './onboard-text.ts'

// The drawing library itself is loaded by raster/canvas.ts, which must come first: it sets how.
const { loadImage } = await import('@napi-rs/canvas')

const MOST_FILE_BYTES = 32 * 1024 * 1024
/** An image alone on the screen is shown over and over; the number only paces the controller. */
const STILL_SECONDS = 60

export type PictureMaker = {
  readonly raster: () => Result<Raster, { readonly vi: string; readonly en: string }>
  readonly panel: PanelGeometry
}

/** The very pixels that a fed display gets, as PNG. Deflating takes tens of milliseconds a page; the upload takes seconds. */
export const drawnPictures = async (message: Message, maker: PictureMaker): Promise<Result<Variant, string>> => {
  const raster = maker.raster()
  if (!raster.ok) return err(`${raster.error.vi} · ${raster.error.en}`)
  const rendered = raster.value.render(message, maker.panel)
  if (!rendered.ok) return err(`${rendered.error.vi} · ${rendered.error.en}`)
  const { pages: drawn, faults } = rendered.value
  if (drawn.length > MOST_PAGES)
    return err(
      `${drawn.length} trang, bộ điều khiển nhận ${MOST_PAGES} · ${drawn.length} pages of at most ${MOST_PAGES}`,
    )
  const pages: OnboardPage[] = []
  for (const page of drawn) {
    const picture = await raster.value.png(page)
    pages.push({ text: '', picture, seconds: Math.ceil(page.durationMs / 1000) })
  }
  return ok({ pages, leftOut: faults.map((fault) => `${fault.vi} · ${fault.en}`) })
}

/** An image file fitted into the panel with black bars, as mpv does. The error is for people, in both languages. */
export const filePicture = async (path: string, panel: PanelGeometry): Promise<Result<Variant, string>> => {
  const bytes = await readBounded(path)
  if (!bytes.ok) return bytes
  const canvas = createCanvas(panel.width, panel.height)
  try {
    const image = await loadImage(bytes.value)
    if (image.width * image.height > MOST_PIXELS)
      return err(`ảnh ${image.width} × ${image.height} quá lớn · the picture is too large`)
    const scale = Math.min(panel.width / image.width, panel.height / image.height)
    const [width, height] = [image.width * scale, image.height * scale]
    const context = canvas.getContext('2d')
    context.fillStyle = '#000000'
    context.fillRect(0, 0, panel.width, panel.height)
    context.drawImage(image, (panel.width - width) / 2, (panel.height - height) / 2, width, height)
    image.src = NOTHING
    const picture = await canvas.encode('png')
    return ok({ pages: [{ text: '', picture, seconds: STILL_SECONDS }], leftOut: [] })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return err(`không đọc được ảnh · the picture cannot be read: ${why}`)
  } finally {
    releaseCanvas(canvas)
  }
}

const NOTHING = Buffer.alloc(0)

const readBounded = async (path: string): Promise<Result<Buffer, string>> => {
  try {
    if ((await stat(path)).size > MOST_FILE_BYTES) return err('tệp ảnh quá lớn · the picture file is too large')
    return ok(await readFile(path))
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}
