import { existsSync } from 'node:fs'
import type { Onboard } from '#controller/dialect/onboard.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import { drawnPictures, filePicture, type PictureMaker } from './onboard-picture.ts'
import { type TextFont, type TextGrid, textVariants, type Variant } from './onboard-text.ts'
import { messageFor } from './player.ts'

export type ContentOptions = PictureMaker & {
  readonly onboard: Pick<Onboard, 'accepts' | 'refuse'>
  /** What goes on one screen of the controller's own font; null for controllers that take pictures. */
  readonly grid: TextGrid | null
  readonly agreed: TextFont['agreed']
  /** Null: not here, or not what it was. */
  readonly assetPath: (sha256: string) => string | null
  readonly offsetMinutes: number
}

/** Everything but darkness, as what the controller takes; the first way that it takes is shown. The error is for people, in both languages. */
export const contentOf = async (
  source: Exclude<SceneSource, { source: 'dark' }>,
  options: ContentOptions,
): Promise<Result<readonly Variant[], string>> => {
  if (source.source === 'file') return fileContent(source, options)
  if (source.source === 'slides')
    return err('bộ điều khiển này chưa chiếu được trang chiếu · this controller does not take slides yet')
  const message = messageFor(source, options.offsetMinutes)
  if (options.grid === null) {
    const drawn = await drawnPictures(message, options)
    return drawn.ok ? ok([drawn.value]) : drawn
  }
  return textVariants(message, { grid: options.grid, agreed: options.agreed, refuse: options.onboard.refuse })
}

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
  const path = options.assetPath(sha256)
  if (path === null || !existsSync(path)) return err(`${item.id}: the file ${sha256} is not here or not what it was`)
  const picture = await filePicture(path, options.panel)
  return picture.ok ? ok([picture.value]) : err(`${item.id}: ${picture.error}`)
}
