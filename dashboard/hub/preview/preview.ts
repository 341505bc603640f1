import type { Message, PanelGeometry } from '#controller/raster/message.ts'
import { messageOfOrder, messageOfText } from '#controller/raster/message-of.ts'
import { createRaster } from '#controller/raster/render.ts'
import type { PreviewAnswer, PreviewRequest } from '#core/contract/api.ts'

/** Draws a draft with the very code that draws it at the edge, for the panel of one site. */
export type Preview = {
  readonly draw: (request: PreviewRequest, site: string, panel: PanelGeometry) => Promise<PreviewAnswer>
  readonly close: () => void
}

const OFFSET_MINUTES = 420

/** Null: this draws nothing, the screen goes dark or only loses its advertisements. */
export const messageOf = (draft: PreviewRequest['draft']): Message | null =>
  draft.kind === 'text' ? messageOfText(draft.texts) : messageOfOrder(draft, OFFSET_MINUTES)

/** A page is asked for rarely and by a person; this many at once and the rest is not drawn. */
const MOST_PAGES = 12

export const makePreview = (fontDirs: readonly string[]): Preview => {
  const raster = createRaster({ fontDirs })
  const draw: Preview['draw'] = async (request, site, panel) => {
    const empty = { site, width: panel.width, height: panel.height, pages: [] }
    if (!raster.ok) return { ...empty, faults: [`${raster.error.vi} · ${raster.error.en}`] }
    const message = messageOf(request.draft)
    if (message === null) return { ...empty, faults: [] }
    if ('texts' in message && message.texts.length === 0)
      return { ...empty, faults: ['Chưa có nội dung. · There is no text yet.'] }
    const rendered = raster.value.render(message, panel)
    if (!rendered.ok) return { ...empty, faults: [`${rendered.error.vi} · ${rendered.error.en}`] }
    const pages = []
    for (const page of rendered.value.pages.slice(0, MOST_PAGES)) {
      const png = Buffer.from(await raster.value.png(page)).toString('base64')
      pages.push({ png, durationMs: page.durationMs, language: page.language })
    }
    return { ...empty, pages, faults: rendered.value.faults.map((f) => `${f.vi} · ${f.en}`) }
  }
  return { draw, close: () => raster.ok && raster.value.close() }
}
