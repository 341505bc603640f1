import { err, ok, type Result } from '#core/base/result.ts'
import { type Duration, duration } from '#core/base/units.ts'
import { type FitFault, fitFaultText, fitText } from '#core/text/fit.ts'
import { READING, readingTime } from '#core/text/reading.ts'
import { hasRoomForFireLevel } from './badge.ts'
import { footerOf, timeText } from './footer.ts'
import { drawFrame, type Frame, frameOf } from './frame.ts'
import type { PanelGeometry, RasterFault } from './message.ts'
import { middleBaseline, oneLine } from './one-line.ts'
import { metricsFor, type Pen } from './pen.ts'
import { picturePage } from './picture-page.ts'
import { languageOf, type Scene, wordIn } from './scene.ts'
import { signColumn, signPage } from './signs.ts'
import { type Block, drawStack, type Sizes, stackBlocks } from './stack.ts'
import { FIRE_LEVEL_WORD, romanOf } from './words.ts'

/** One page decided but not yet drawn, so that the caller draws and copies one page at a time into the same canvas. */
export type PagePlan = {
  readonly languages: readonly string[]
  readonly durationMs: Duration
  readonly draw: () => void
}

export type Plan = { readonly pages: readonly PagePlan[]; readonly faults: readonly RasterFault[] }

/** A headline or an instruction may go over this many pages in each language. */
const MOST_PAGES_PER_TEXT = 6
const HEADLINE = '#ffffff'
const INSTRUCTION = '#ffe08a'
const SECOND_HEADLINE = '#bfe6ff'
const SECOND_INSTRUCTION = '#dfe7ee'
/** Letters smaller than this are mush on any panel. */
const TINIEST = 9

type Text = { readonly language: string; readonly headline: string; readonly instruction: string }
type Ground = { readonly pen: Pen; readonly scene: Scene; readonly geometry: PanelGeometry; readonly frame: Frame }

/**
 * All languages on one page, Vietnamese first and bigger, when the letters stay large; otherwise each language on its own page,
 * headline and instruction together if they can be; otherwise as many pages as it takes. What people must do stands beside the text where every
 * text keeps its page all the same, else on a page of its own after the first language. The picture comes after all words.
 */
export const planPages = (pen: Pen, scene: Scene, geometry: PanelGeometry): Plan => {
  const texts = scene.texts.map((t) => ({ ...t, language: languageOf(t.language) }))
  const languages = [...new Set(texts.map((t) => t.language))]
  const ground = groundOf(pen, scene, geometry, { texts, signs: false })
  const beside = scene.signs.length === 0 ? undefined : planBeside(pen, scene, geometry, texts)
  const words = beside ?? planTexts(ground, texts)
  const [main] = texts
  if (words.pages.length === 0 || main === undefined) return words
  const ownPages = [...(beside === undefined ? planSigns(ground, languages) : []), ...planFireLevel(ground, languages)]
  const firstOther = words.pages.findIndex((page) => !page.languages.includes(main.language))
  const after = firstOther === -1 ? words.pages.length : firstOther
  const picture = planPicture(ground, main)
  const source = planSource(ground, languages)
  const pages = [
    ...words.pages.slice(0, after),
    ...ownPages,
    ...words.pages.slice(after),
    ...(picture === undefined ? [] : [picture]),
    ...(source === undefined ? [] : [source]),
  ]
  return { pages, faults: words.faults }
}

const planTexts = (ground: Ground, texts: readonly Text[]): Plan => {
  const together = texts.length > 1 ? planTogether(ground, texts) : undefined
  if (together !== undefined) return { pages: [together], faults: [] }
  const plans = texts.map((text) => planAlone(ground, text))
  return { pages: plans.flatMap((p) => p.pages), faults: plans.flatMap((p) => p.faults) }
}

/** With the column of signs; undefined when it would cost a text its page or has no room for its own words. */
const planBeside = (pen: Pen, scene: Scene, geometry: PanelGeometry, texts: readonly Text[]): Plan | undefined => {
  const ground = groundOf(pen, scene, geometry, { texts, signs: true })
  const languages = [...new Set(texts.map((t) => t.language))]
  const fits = [languages, ...languages.map((l) => [l])].every(
    (some) => signColumn(pen, scene, ground.frame, some) !== undefined,
  )
  if (!fits) return undefined
  const plan = planTexts(ground, texts)
  const onePage = plan.pages.length <= texts.length && plan.faults.length === 0
  return onePage ? plan : undefined
}

/** The footer keeps its room only when every language's words fit in it; otherwise the text has it. */
const groundOf = (
  pen: Pen,
  scene: Scene,
  geometry: PanelGeometry,
  of: { readonly texts: readonly Text[]; readonly signs: boolean },
): Ground => {
  const { signs } = of
  const frame = frameOf(geometry, scene, { footer: true, signs })
  const silent = scene.authority === '' && scene.time === ''
  const fits = of.texts.every((t) => footerOf(pen, scene, frame, [t.language]) !== undefined)
  const ground = { pen, scene, geometry, frame }
  return silent || !fits ? { ...ground, frame: frameOf(geometry, scene, { footer: false, signs }) } : ground
}

const planSigns = (ground: Ground, languages: readonly string[]): readonly PagePlan[] => {
  const { pen, frame, scene } = ground
  return scene.signs.flatMap((sign) => {
    const page = signPage(pen, sign, frame.body, { languages, legible: frame.legible, also: scene.plate })
    if (page === undefined) return []
    return [
      {
        languages,
        durationMs: readingTime(page.words),
        draw: () => {
          drawPage(ground, languages)
          page.draw()
        },
      },
    ]
  })
}

const planPicture = (ground: Ground, main: Text): PagePlan | undefined => {
  const { picture } = ground.scene
  if (picture === null) return undefined
  const headline = block(main, main.headline, { ratio: 1, colour: HEADLINE, rule: false })
  const page = picturePage(ground.pen, picture, ground.frame, headline)
  const languages = [main.language]
  return {
    languages,
    durationMs: duration(Math.max(READING.pictureMs, readingTime(page.words))),
    draw: () => {
      drawPage(ground, languages)
      page.draw()
    },
  }
}

const sizesFor = (frame: Frame, least: number, floor: number): Sizes => ({
  smallest: least,
  largest: Math.max(least, Math.round(frame.body.height * 0.62)),
  floor,
})

const planTogether = (ground: Ground, texts: readonly Text[]): PagePlan | undefined => {
  const { pen, frame } = ground
  const blocks = texts.flatMap((text, i): readonly Block[] => [
    block(text, text.headline, {
      ratio: i === 0 ? 1 : 0.68,
      colour: i === 0 ? HEADLINE : SECOND_HEADLINE,
      rule: i > 0,
    }),
    ...(text.instruction === ''
      ? []
      : [
          block(text, text.instruction, {
            ratio: i === 0 ? 0.6 : 0.5,
            colour: i === 0 ? INSTRUCTION : SECOND_INSTRUCTION,
            rule: false,
          }),
        ]),
  ])
  const sizes = sizesFor(frame, Math.round(frame.legible * 1.6), frame.legible)
  const stack = stackBlocks(pen, blocks, frame.body, sizes)
  if (stack === undefined) return undefined
  const languages = [...new Set(texts.map((t) => t.language))]
  return {
    languages,
    durationMs: readingTime(blocks.map((b) => b.text).join('\n')),
    draw: () => {
      drawPage(ground, languages)
      drawStack(pen, stack, frame.body)
    },
  }
}

const block = (
  text: Text,
  words: string,
  look: { readonly ratio: number; readonly colour: string; readonly rule: boolean },
): Block => ({
  text: words,
  language: text.language,
  before: look.rule ? 0.42 : 0.12,
  ...look,
})

const planAlone = (ground: Ground, text: Text): Plan => {
  const { pen, frame } = ground
  const headline = block(text, text.headline, { ratio: 1, colour: HEADLINE, rule: false })
  const instruction = block(text, text.instruction, { ratio: 0.64, colour: INSTRUCTION, rule: false })
  const blocks = text.instruction === '' ? [headline] : [headline, instruction]
  const sizes = sizesFor(frame, Math.round(frame.legible * 1.25), frame.legible)
  const stack = stackBlocks(pen, blocks, frame.body, sizes)
  if (stack !== undefined) {
    const draw = (): void => {
      drawPage(ground, [text.language])
      drawStack(pen, stack, frame.body)
    }
    const durationMs = readingTime(blocks.map((b) => b.text).join('\n'))
    return { pages: [{ languages: [text.language], durationMs, draw }], faults: [] }
  }
  const plans = blocks.map((b) => planSpread(ground, b))
  return { pages: plans.flatMap((p) => p.pages), faults: plans.flatMap((p) => p.faults) }
}

/** One text over several pages; in letters below the legible height rather than not at all, and then the fault says so. */
const planSpread = (ground: Ground, what: Block): Plan => {
  const legible = fitBlock(ground, what, ground.frame.legible)
  if (legible.ok) return { pages: legible.value, faults: [] }
  const tiny = fitBlock(ground, what, TINIEST)
  const why = fitFaultText(legible.error)
  if (tiny.ok) return { pages: tiny.value, faults: [{ kind: 'small-letters', ...named(what, why) }] }
  return { pages: [], faults: [{ kind: 'does-not-fit', ...named(what, fitFaultText(tiny.error)) }] }
}

const named = (what: Block, why: { readonly vi: string; readonly en: string }): { vi: string; en: string } => ({
  vi: `[${what.language}] ${why.vi}`,
  en: `[${what.language}] ${why.en}`,
})

const fitBlock = (ground: Ground, what: Block, smallest: number): Result<readonly PagePlan[], FitFault> => {
  const { pen, frame } = ground
  const fitted = fitText({
    text: what.text,
    box: frame.body,
    measure: pen.measure(what.language),
    metrics: metricsFor(what.text),
    smallest,
    largest: Math.max(smallest, Math.round(frame.body.height * 0.62)),
    pages: MOST_PAGES_PER_TEXT,
    even: true,
  })
  if (!fitted.ok) return err(fitted.error)
  const { fontSize, lineHeight, ascent, pages } = fitted.value
  return ok(
    pages.map((lines) => ({
      languages: [what.language],
      durationMs: readingTime(lines.join('\n')),
      draw: () => {
        drawPage(ground, [what.language])
        const part = { block: what, size: fontSize, before: 0, ascent, lineHeight, lines }
        drawStack(pen, { placed: [part], height: lines.length * lineHeight }, frame.body)
      },
    })),
  )
}

const drawPage = (ground: Ground, languages: readonly string[]): void => {
  const { pen, frame, scene, geometry } = ground
  drawFrame(pen, frame, scene, { geometry, languages })
  signColumn(pen, scene, frame, languages)?.draw()
  const footer = footerOf(pen, scene, frame, languages)
  if (footer === undefined || frame.footer === undefined) return
  pen.rect(frame.footer, scene.palette.shade)
  for (const line of footer) pen.line(line.text, line.at, line.style)
}

/** Words on a page of their own, where frame or footer have no room for them: in legible letters, or in smaller ones rather than not at all. */
const planWords = (
  ground: Ground,
  languages: readonly string[],
  parts: readonly { readonly text: string; readonly ratio: number; readonly colour: string }[],
): PagePlan | undefined => {
  const { pen, frame } = ground
  const language = languages[0] ?? 'vi'
  const blocks = parts.filter((p) => p.text !== '').map((p): Block => ({ ...p, language, before: 0.15, rule: false }))
  const stack =
    stackBlocks(pen, blocks, frame.body, sizesFor(frame, frame.legible, frame.legible)) ??
    stackBlocks(pen, blocks, frame.body, sizesFor(frame, TINIEST, TINIEST))
  if (stack === undefined || blocks.length === 0) return undefined
  return {
    languages,
    durationMs: readingTime(blocks.map((p) => p.text).join('\n')),
    draw: () => {
      drawPage(ground, languages)
      drawStack(pen, stack, frame.body)
    },
  }
}

/** Who says so and until when, where the footer has no room for it. */
const planSource = (ground: Ground, languages: readonly string[]): PagePlan | undefined => {
  const { pen, frame, scene } = ground
  if (footerOf(pen, scene, frame, languages) !== undefined) return undefined
  return planWords(ground, languages, [
    { text: scene.authority, ratio: 0.8, colour: SECOND_INSTRUCTION },
    { text: timeText(scene, languages[0] ?? 'vi'), ratio: 1, colour: HEADLINE },
  ])
}

const planFireLevel = (ground: Ground, languages: readonly string[]): readonly PagePlan[] => {
  const { scene, frame } = ground
  if (scene.forestFireLevel === null || hasRoomForFireLevel(frame.band)) return []
  const page = planWords(ground, languages, [
    { text: wordIn(FIRE_LEVEL_WORD, languages[0] ?? 'vi'), ratio: 0.6, colour: SECOND_INSTRUCTION },
    { text: romanOf(scene.forestFireLevel), ratio: 1, colour: HEADLINE },
  ])
  return page === undefined ? [] : [page]
}

/** Used by the standing page: a single centred line. */
export const centredLine = (
  pen: Pen,
  text: string,
  area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  colour: string,
): boolean => {
  const line = oneLine(pen, text, area, 'vi')
  if (line === undefined) return false
  const at = { x: area.x + area.width / 2, baseline: middleBaseline(area, line.size), align: 'center' as const }
  pen.line(text, at, { size: line.size, colour, language: 'vi' })
  return true
}
