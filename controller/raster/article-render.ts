import { duration } from '#core/base/units.ts'
import { BODY_LIMITS, TITLE_LIMITS } from '#core/text/gate.ts'
import { legibleSize } from '#core/text/legible.ts'
import { acceptText, EMPTY } from './accept.ts'
import { type ArticlePlan, planArticle } from './article.ts'
import { createCanvas, releaseCanvas, type SKRSContext2D } from './canvas.ts'
import type { Fonts } from './fonts.ts'
import type { ArticleCheck, MessageText, PanelGeometry, RasterFault, TextMessage } from './message.ts'
import { makePen } from './pen.ts'
import { latinFirst, vietnameseFirst } from './scene.ts'

/** A text item whose texts passed the gate, Vietnamese first; every reason where one did not. */
export type AcceptedArticle = {
  readonly texts: readonly MessageText[]
  readonly families: readonly string[]
  readonly faults: readonly RasterFault[]
}

/** More languages than the contract lets an item have are a bug of the caller; they would only be left out here. */
const MOST_TEXTS = 8

export const acceptArticle = (fonts: Fonts, message: TextMessage): AcceptedArticle => {
  const families = new Set<string>()
  const faults: RasterFault[] = []
  const texts = vietnameseFirst(message.texts.slice(0, MOST_TEXTS)).map((text): MessageText => {
    const title = acceptText(fonts, text.headline, {
      where: { vi: `[${text.language}] Tiêu đề`, en: `[${text.language}] Title` },
      limits: TITLE_LIMITS,
    })
    const body =
      text.instruction.trim() === ''
        ? ({ ok: true, value: { text: '', families: [] } } as const)
        : acceptText(fonts, text.instruction, {
            where: { vi: `[${text.language}] Nội dung`, en: `[${text.language}] Text` },
            limits: BODY_LIMITS,
          })
    for (const part of [title, body]) {
      if (!part.ok) faults.push(part.error)
      else for (const family of part.value.families) families.add(family)
    }
    const headline = title.ok ? title.value.text : text.headline
    return { language: text.language, headline, instruction: body.ok ? body.value.text : text.instruction }
  })
  return { texts, families: [...families].sort(latinFirst), faults: texts.length === 0 ? [EMPTY] : faults }
}

export const planAccepted = (
  accepted: AcceptedArticle,
  message: TextMessage,
  on: { readonly geometry: PanelGeometry; readonly context: SKRSContext2D },
): ArticlePlan =>
  planArticle(makePen(on.context, accepted.families), accepted.texts, {
    panel: on.geometry,
    durationMs: message.durationMs,
  })

/** `fault`: what is wrong with the panel itself. */
export const checkArticle = (
  accepted: AcceptedArticle & { readonly fault: RasterFault | undefined },
  message: TextMessage,
  geometry: PanelGeometry,
): ArticleCheck => {
  const faults = [...(accepted.fault === undefined ? [] : [accepted.fault]), ...accepted.faults]
  if (faults.length > 0)
    return { pages: [], needsMs: duration(0), smallest: null, least: legibleSize(geometry, []).size, faults }
  // Nothing is drawn on it; only its measuring is needed.
  const canvas = createCanvas(1, 1)
  const plan = planAccepted(accepted, message, { geometry, context: canvas.getContext('2d') })
  releaseCanvas(canvas)
  return {
    pages: plan.pages.map(({ languages, needsMs }) => ({ language: languages.join('+'), needsMs })),
    needsMs: plan.needsMs,
    smallest: plan.smallest,
    least: plan.least,
    faults: plan.faults,
  }
}
