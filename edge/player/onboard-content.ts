import type { Onboard, OnboardPage } from '#controller/dialect/onboard.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import { fileOf, messageFor } from './files.ts'
import { drawnPictures, filePicture, type PictureMaker } from './onboard-picture.ts'
import { MOST_PAGES, type TextFont, type TextGrid, textVariants, type Variant } from './onboard-text.ts'
import { type OrderPictures, pictureOf } from './order-pictures.ts'

export type ContentOptions = PictureMaker & {
  readonly onboard: Pick<Onboard, 'accepts' | 'refuse'>
  /** What goes on one screen of the controller's own font; null for controllers that take pictures. */
  readonly grid: TextGrid | null
  readonly agreed: TextFont['agreed']
  /** Null: not here, or not what it was. */
  readonly assetPath: (sha256: string) => string | null
  readonly offsetMinutes: number
  readonly pictures: Pick<OrderPictures, 'of'>
}

/** Everything but darkness, as what the controller takes; the first way that it takes is shown. The error is for people, in both languages. */
export const contentOf = async (
  source: Exclude<SceneSource, { source: 'dark' }>,
  options: ContentOptions,
): Promise<Result<readonly Variant[], string>> => {
  if (source.source === 'file') return fileContent(source, options)
  if (source.source === 'slides') return slidesContent(source, options)
  if (source.source === 'chart')
    return err(
      'bộ điều khiển tự giữ nội dung không nhận hình kiểm tra; dùng mẫu của nó · a controller that holds its content takes no charts; use its own patterns',
    )
  const { grid } = options
  const made = messageFor(source, { ...options, pictures: grid === null ? options.pictures : NO_PICTURES })
  if (!made.ok) return made
  if (grid === null) {
    const drawn = await drawnPictures(made.value, options)
    return drawn.ok ? ok([drawn.value]) : drawn
  }
  const variants = textVariants(made.value, { grid, agreed: options.agreed, refuse: options.onboard.refuse })
  if (!variants.ok || pictureOf(source) === null) return variants
  return ok(variants.value.map((one) => ({ ...one, leftOut: [...one.leftOut, PICTURE_LEFT_OUT] })))
}

/** A display of letters. */
const NO_PICTURES: Pick<OrderPictures, 'of'> = { of: () => null }
const PICTURE_LEFT_OUT = 'bỏ ảnh: bảng chỉ hiện chữ · picture left out: this display shows text only'

const fileContent = async (
  source: Extract<SceneSource, { source: 'file' }>,
  options: ContentOptions,
): Promise<Result<readonly Variant[], string>> => {
  const { item, sha256 } = source
  if (item.kind === 'video')
    return err(
      `${item.id}: bộ điều khiển tự giữ nội dung không phát được video · a controller that holds its content plays no video`,
    )
  if (options.grid !== null)
    return err(`${item.id}: bộ điều khiển này chỉ hiện chữ, không hiện ảnh · this controller shows text, no pictures`)
  const path = fileOf({ sha256, kind: 'image', name: item.id }, options.assetPath)
  if (!path.ok) return path
  const picture = await filePicture(path.value, options.panel)
  return picture.ok ? ok([picture.value]) : err(`${item.id}: ${picture.error}`)
}

/** A deck as the pages of a controller that takes pictures: in its order, each for its time in whole seconds, going round. */
const slidesContent = async (
  source: Extract<SceneSource, { source: 'slides' }>,
  options: ContentOptions,
): Promise<Result<readonly Variant[], string>> => {
  const { item, slides } = source
  if (options.grid !== null)
    return err(
      `${item.id}: bộ điều khiển này chỉ hiện chữ, không chiếu được trang chiếu · this controller shows text, no slides`,
    )
  if (slides.length > MOST_PAGES)
    return err(
      `${item.id}: ${slides.length} trang chiếu, bộ điều khiển nhận nhiều nhất ${MOST_PAGES} · ${slides.length} slides, the controller takes at most ${MOST_PAGES}`,
    )
  const pages: OnboardPage[] = []
  for (const [i, { sha256, durationMs }] of slides.entries()) {
    const name = `${item.id}: trang · slide ${i + 1} / ${slides.length}`
    const path = fileOf({ sha256, kind: 'image', name }, options.assetPath)
    if (!path.ok) return path
    const picture = await filePicture(path.value, options.panel)
    if (!picture.ok) return err(`${name}: ${picture.error}`)
    for (const page of picture.value.pages) pages.push({ ...page, seconds: Math.max(1, Math.round(durationMs / 1000)) })
  }
  return ok([{ pages, leftOut: [] }])
}
