import type { Message } from '#controller/raster/message.ts'
import { messageOfLocal, messageOfOrder, messageOfText, standingMessage } from '#controller/raster/message-of.ts'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { isLocalIssuer } from '#core/emergency/preset.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { OrderPictures } from './order-pictures.ts'
import type { Pages } from './pages.ts'
import { probe } from './probe.ts'
import type { PictureFile, Showing } from './showing.ts'

export type SceneFiles = Pick<Showing, 'files' | 'kind' | 'suspect'>

/** What mpv opens for a scene: a page of black, the file as it came, or what is drawn. The error is for people. */
export const filesOf = (
  source: SceneSource,
  of: {
    readonly pages: Pages
    /** Null: not here, or not what it was. */
    readonly assetPath: (sha256: string) => string | null
    readonly offsetMinutes: number
    readonly pictures: Pick<OrderPictures, 'of'>
  },
): Result<SceneFiles, string> => {
  switch (source.source) {
    case 'dark': {
      const black = of.pages.black()
      return black.ok ? ok({ kind: 'dark', suspect: null, files: [{ path: black.value, durationMs: 0 }] }) : black
    }
    case 'file': {
      const { item, sha256 } = source
      const kind = item.kind === 'video' ? 'video' : 'image'
      const path = fileOf({ sha256, kind, name: item.id }, of.assetPath)
      if (!path.ok) return path
      return ok({
        kind: kind === 'video' ? 'video' : 'still',
        suspect: sha256,
        files: [{ path: path.value, durationMs: 0 }],
      })
    }
    case 'slides': {
      const files: PictureFile[] = []
      for (const [i, { sha256, durationMs }] of source.slides.entries()) {
        const name = `${source.item.id}: trang · slide ${i + 1} / ${source.slides.length}`
        const path = fileOf({ sha256, kind: 'image', name }, of.assetPath)
        if (!path.ok) return path
        files.push({ path: path.value, durationMs, sha256 })
      }
      return files.length > 0
        ? ok({ kind: 'slides', suspect: source.item.id, files })
        : err(`${source.item.id}: không có trang nào · there are no slides`)
    }
    case 'chart': {
      const drawn = of.pages.chart(source.chart)
      return drawn.ok ? ok({ kind: 'pages', suspect: null, files: drawn.value }) : drawn
    }
    case 'standing':
    case 'text':
    case 'order': {
      const message = messageFor(source, of)
      if (!message.ok) return message
      const drawn = of.pages.draw(message.value)
      return drawn.ok ? ok({ kind: 'pages', suspect: null, files: drawn.value }) : drawn
    }
  }
}

/** The path of a file that is here, is what it was, and at first look can be what it is said to be. */
export const fileOf = (
  it: { readonly sha256: string; readonly kind: 'image' | 'video'; readonly name: string },
  assetPath: (sha256: string) => string | null,
): Result<string, string> => {
  const path = assetPath(it.sha256)
  if (path === null)
    return err(`${it.name}: tệp ${it.sha256} không có hoặc đã khác · the file is not here or not what it was`)
  const probed = probe(path, it.kind)
  return probed.ok ? ok(path) : err(`${it.name}: ${probed.error}`)
}

/** What is drawn for a scene without a file; the same on every kind of output. */
export const messageFor = (
  source: Extract<SceneSource, { source: 'standing' | 'text' | 'order' }>,
  of: { readonly offsetMinutes: number; readonly pictures: Pick<OrderPictures, 'of'> },
): Result<Message, string> => {
  switch (source.source) {
    case 'standing':
      return ok(standingMessage(source.siteName))
    case 'text': {
      const texts = source.item.texts.filter((t) => source.languages.includes(t.language))
      return ok(messageOfText(texts, source.item.durationMs))
    }
    case 'order': {
      const { order } = source
      // The engine takes none in (core/emergency/book.ts); this is the last place before the panel.
      if (order.status === 'test')
        return err(`${order.id}: lệnh thử không bao giờ lên màn hình · a test is never shown on a panel`)
      const drawn = isLocalIssuer(order.issuer) ? messageOfLocal : messageOfOrder
      const message = drawn({ ...order, authority: order.authority.name }, of.offsetMinutes, of.pictures.of(order))
      assert(message !== null, `order ${order.id} draws nothing and is no scene`)
      return ok(message)
    }
  }
}
