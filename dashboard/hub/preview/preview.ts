import type { Message, PanelGeometry, Picture, RasterFault } from '#controller/raster/message.ts'
import { messageOfOrder, messageOfText } from '#controller/raster/message-of.ts'
import { decodePicture } from '#controller/raster/picture.ts'
import { createRaster } from '#controller/raster/render.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Item } from '#core/content/item.ts'
import type { PanelFit, PreviewAnswer, PreviewRequest } from '#core/contract/api.ts'
import { sha256 } from '../crypto/ed25519.ts'

/** Draws a draft with the very code that draws it at the edge, for the panel of one site. */
export type Preview = {
  readonly draw: (request: PreviewRequest, site: string, panel: PanelGeometry) => Promise<PreviewAnswer>
  /** Would this text item stand on the panel of a site? Remembered for the last few hundred pairs of both. */
  readonly fit: (item: Pick<Item, 'texts' | 'durationMs'>, site: string, panel: PanelGeometry | null) => PanelFit
  readonly close: () => void
}

const OFFSET_MINUTES = 420

/** Decoded pictures kept, each no larger than a panel: a form asks for all its panels again with every word that changes. */
const MOST_PICTURES = 8

/** The picture of a draft of an order for one panel, as an edge decodes it. */
const decoder = (read: (sha256: string) => Promise<Uint8Array | null>) => {
  const kept = new Map<string, Picture>()
  return async (
    draft: PreviewRequest['draft'],
    { width, height }: PanelGeometry,
  ): Promise<Result<Picture | null, RasterFault>> => {
    if (draft.kind === 'text' || draft.picture === undefined) return ok(null)
    const { sha256: name } = draft.picture
    const key = `${name} ${width}×${height}`
    const known = kept.get(key)
    if (known !== undefined) return ok(known)
    const bytes = await read(name)
    if (bytes === null) return err(NO_PICTURE)
    const decoded = await decodePicture(bytes, { panel: { width, height }, strict: false })
    if (!decoded.ok) return decoded
    kept.set(key, decoded.value)
    // Not released: another answer may be painting it now.
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_PICTURES) break
      kept.delete(oldest)
    }
    return decoded
  }
}

const NO_PICTURE: RasterFault = {
  kind: 'picture',
  vi: 'Trung tâm chưa có ảnh này: hãy tải ảnh lên lại.',
  en: 'The hub does not have this picture: upload it again.',
}

/** Null: this draws nothing, the screen goes dark or only loses its advertisements. */
export const messageOf = (draft: PreviewRequest['draft'], picture: Picture | null): Message | null =>
  draft.kind === 'text'
    ? messageOfText(draft.texts, draft.durationMs ?? null)
    : messageOfOrder(draft, OFFSET_MINUTES, picture)

/** A page is asked for rarely and by a person; this many at once and the rest is not drawn. */
const MOST_PAGES = 12
/** Answers kept: an item page asks for all its panels again each time it is opened. */
const MOST_FITS = 500

const NO_PANEL: PanelFit['faults'][number] = {
  kind: 'geometry',
  vi: 'Chưa khai kích thước màn hình của cụm này.',
  en: 'The size of this cluster’s panel is not on record.',
}

/** `readPicture`: the bytes of a picture that was uploaded; null when there is none of this name. */
export const makePreview = (
  fontDirs: readonly string[],
  readPicture: (sha256: string) => Promise<Uint8Array | null>,
): Preview => {
  const raster = createRaster({ fontDirs })
  const decode = decoder(readPicture)
  const draw: Preview['draw'] = async (request, site, panel) => {
    const empty = { site, width: panel.width, height: panel.height, pages: [] }
    if (!raster.ok) return { ...empty, faults: [`${raster.error.vi} · ${raster.error.en}`] }
    const picture = await decode(request.draft, panel)
    const message = messageOf(request.draft, picture.ok ? picture.value : null)
    if (message === null) return { ...empty, faults: [] }
    if ('texts' in message && message.texts.length === 0)
      return { ...empty, faults: ['Chưa có nội dung. · There is no text yet.'] }
    const drawn = message.kind === 'text' ? { ...message, lackingTime: 'draw' as const } : message
    const rendered = raster.value.render(drawn, panel)
    if (!rendered.ok) {
      // Of a text all reasons are named, not only the one at which drawing stopped.
      const all = message.kind === 'text' ? raster.value.check(message, panel).faults : []
      return { ...empty, faults: (all.length > 0 ? all : [rendered.error]).map((f) => `${f.vi} · ${f.en}`) }
    }
    const pages = []
    for (const page of rendered.value.pages.slice(0, MOST_PAGES)) {
      const png = Buffer.from(await raster.value.png(page)).toString('base64')
      pages.push({ png, durationMs: page.durationMs, language: page.language })
    }
    const faults = picture.ok ? rendered.value.faults : [...rendered.value.faults, picture.error]
    return { ...empty, pages, faults: faults.map((f) => `${f.vi} · ${f.en}`) }
  }
  const check = (item: Pick<Item, 'texts' | 'durationMs'>, site: string, panel: PanelGeometry | null): PanelFit => {
    const { width, height } = panel ?? { width: 0, height: 0 }
    const none = { site, width, height, pages: 0, needsMs: 0, smallest: null, least: 0 }
    if (panel === null) return { ...none, faults: [NO_PANEL] }
    if (!raster.ok) return { ...none, faults: [raster.error] }
    const { pages, ...checked } = raster.value.check(messageOfText(item.texts, item.durationMs), panel)
    return { ...none, ...checked, pages: pages.length }
  }
  const known = new Map<string, PanelFit>()
  const fit: Preview['fit'] = ({ texts, durationMs }, site, panel) => {
    const key = sha256(JSON.stringify([texts, durationMs, panel]))
    const found = known.get(key) ?? check({ texts, durationMs }, site, panel)
    known.delete(key)
    // A font that is missing now may be installed in a minute: only what does not depend on it is remembered.
    if (!found.faults.some((fault) => fault.kind === 'font-missing')) known.set(key, found)
    for (const oldest of known.keys()) {
      if (known.size <= MOST_FITS) break
      known.delete(oldest)
    }
    return { ...found, site }
  }
  return { draw, fit, close: () => raster.ok && raster.value.close() }
}
