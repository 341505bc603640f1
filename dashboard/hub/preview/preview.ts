import type { Message, PanelGeometry } from '#controller/raster/message.ts'
import { createRaster } from '#controller/raster/render.ts'
import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { PreviewAnswer, PreviewRequest } from '#core/contract/api.ts'
import { HAZARD_NAMES, RISK_COLOURS } from '#core/emergency/order.ts'

/** Draws a draft with the very code that draws it at the edge, for the panel of one site. */
export type Preview = {
  readonly draw: (request: PreviewRequest, site: string, panel: PanelGeometry) => Promise<PreviewAnswer>
  readonly close: () => void
}

type Draft = PreviewRequest['draft']
type OrderDraft = Extract<Draft, { kind: 'order' }>

const OFFSET_MINUTES = 420
/** `08:00 18/07/2026` in Vietnamese time. */
const clockText = (at: number): string => {
  const text = formatInstant(instant(at), OFFSET_MINUTES)
  return `${text.slice(11, 16)} ${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(0, 4)}`
}

/** Colour for a severity where no risk level (QĐ 18/2021) is given. */
const SEVERITY_COLOUR = { minor: 'light-blue', moderate: 'light-yellow', severe: 'orange', extreme: 'red' } as const

const colourOf = (draft: OrderDraft) =>
  (draft.riskLevel === null ? undefined : RISK_COLOURS[draft.riskLevel - 1]) ?? SEVERITY_COLOUR[draft.severity]

/** Null: this draws nothing, the screen goes dark or only loses its advertisements. */
export const messageOf = (draft: Draft): Message | null => {
  if (draft.kind === 'text') {
    const texts = draft.texts.map((t) => ({ language: t.language, headline: t.title, instruction: t.body }))
    return { kind: 'text', title: { vi: 'Thông tin', en: 'Information', zh: '信息' }, texts, authority: '', until: '' }
  }
  if (draft.class === 'safety-blank' || draft.class === 'mourning') return null
  const common = { texts: draft.texts, authority: draft.authority, until: clockText(draft.expiresAt) }
  if (draft.class === 'emergency') {
    const hazardLabel = HAZARD_NAMES[draft.hazard]
    return {
      ...common,
      kind: 'emergency',
      exercise: draft.status === 'exercise',
      hazardLabel,
      level: draft.riskLevel,
      colour: colourOf(draft),
    }
  }
  return draft.class === 'major-event'
    ? { ...common, kind: 'event', title: { vi: 'Sự kiện', en: 'Event', zh: '活动' } }
    : { ...common, kind: 'priority', title: { vi: 'Bản tin ưu tiên', en: 'Priority bulletin', zh: '优先通告' } }
}

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
