import { readFile, stat } from 'node:fs/promises'
import type { PanelGeometry, Picture } from '#controller/raster/message.ts'
import { decodePicture } from '#controller/raster/picture.ts'
import { err, type Result } from '#core/base/result.ts'
import { MOST_PICTURE_BYTES, type Order } from '#core/emergency/order.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'

/**
 * The pictures of orders, decoded beside everything else: an order is shown in words at once, and once more with its picture when that is
 * here. One that cannot be decoded is said once and left out; the words stay.
 */
export type OrderPictures = {
  /** The decoded picture of an order, or null. What is not decoded yet is begun, if its file is here. */
  readonly of: (order: Order) => Picture | null
  readonly stop: () => void
}

/** Decoded pictures kept, each no larger than the panel. More orders than this take turns on no screen for long. */
const MOST_KEPT = 4

type Kept = { readonly state: 'loading' } | { readonly state: 'broken' } | { readonly state: 'here'; picture: Picture }

export const createOrderPictures = (options: {
  readonly panel: PanelGeometry
  /** Null: not here, or not what it was. */
  readonly assetPath: (sha256: string) => string | null
  /** It can be drawn now. */
  readonly ready: (sha256: string) => void
  /** It will not be drawn. The reason is for people, in both languages. */
  readonly broken: (order: Order, detail: string) => void
}): OrderPictures => {
  const kept = new Map<string, Kept>()
  const run = { stopped: false }
  const forget = (sha256: string): void => {
    const one = kept.get(sha256)
    if (one?.state === 'here') one.picture.release()
    kept.delete(sha256)
  }
  const load = async (order: Order, sha256: string, path: string): Promise<void> => {
    kept.set(sha256, { state: 'loading' })
    const got = await decoded(path, options.panel)
    if (run.stopped || kept.get(sha256)?.state !== 'loading') return got.ok ? got.value.release() : undefined
    if (!got.ok) {
      kept.set(sha256, { state: 'broken' })
      return options.broken(order, got.error)
    }
    kept.set(sha256, { state: 'here', picture: got.value })
    options.ready(sha256)
  }
  return {
    of: (order) => {
      const sha256 = order.picture?.sha256
      if (sha256 === undefined || run.stopped) return null
      const known = kept.get(sha256)
      if (known !== undefined) {
        kept.delete(sha256)
        kept.set(sha256, known)
        return known.state === 'here' ? known.picture : null
      }
      const path = options.assetPath(sha256)
      if (path === null) return null
      for (const oldest of kept.keys()) {
        if (kept.size < MOST_KEPT) break
        forget(oldest)
      }
      void load(order, sha256, path)
      return null
    },
    stop: () => {
      run.stopped = true
      for (const sha256 of [...kept.keys()]) forget(sha256)
    },
  }
}

const decoded = async (path: string, panel: PanelGeometry): Promise<Result<Picture, string>> => {
  try {
    if ((await stat(path)).size > MOST_PICTURE_BYTES) return err('tệp ảnh quá lớn · the picture file is too large')
    const got = await decodePicture(await readFile(path), { panel, strict: false })
    return got.ok ? got : err(`${got.error.vi} · ${got.error.en}`)
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

/** The SHA-256 of the picture that a scene has beside its words. */
export const pictureOf = (source: SceneSource): string | null =>
  source.source === 'order' ? (source.order.picture?.sha256 ?? null) : null
