import type { Message, PanelGeometry } from '#controller/raster/message.ts'
import { messageOfOrder, messageOfText } from '#controller/raster/message-of.ts'
import { createRaster } from '#controller/raster/render.ts'
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

/** Null: this draws nothing, the screen goes dark or only loses its advertisements. */
export const messageOf = (draft: PreviewRequest['draft']): Message | null =>
  draft.kind === 'text' ? messageOfText(draft.texts, draft.durationMs ?? null) : messageOfOrder(draft, OFFSET_MINUTES)

/** A page is asked for rarely and by a person; this many at once and the rest is not drawn. */
const MOST_PAGES = 12
/** Answers kept: an item page asks for all its panels again each time it is opened. */
const MOST_FITS = 500

const NO_PANEL: PanelFit['faults'][number] = {
  kind: 'geometry',
  vi: 'Chưa khai kích thước màn hình của cụm này.',
  en: 'The size of this cluster’s panel is not on record.',
}

export const makePreview = (fontDirs: readonly string[]): Preview => {
  const raster = createRaster({ fontDirs })
  const draw: Preview['draw'] = async (request, site, panel) => {
    const empty = { site, width: panel.width, height: panel.height, pages: [] }
    if (!raster.ok) return { ...empty, faults: [`${raster.error.vi} · ${raster.error.en}`] }
    const message = messageOf(request.draft)
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
    return { ...empty, pages, faults: rendered.value.faults.map((f) => `${f.vi} · ${f.en}`) }
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
