import { err, ok, type Result } from '#core/base/result.ts'
import { type FitFault, fitFaultText, fitText } from '#core/text/fit.ts'
import { drawFrame, type Frame, frameOf, middleBaseline, oneLine } from './frame.ts'
import type { PanelGeometry, RasterFault } from './message.ts'
import { metricsFor, type Pen } from './pen.ts'
import { languageOf, type Scene, wordIn } from './scene.ts'
import { type Block, drawStack, type Sizes, stackBlocks } from './stack.ts'

/** One page decided but not yet drawn, so that the caller draws and copies one page at a time into the same canvas. */
export type PagePlan = {
  readonly languages: readonly string[]
  /** What a reader has to read on it. */
  readonly words: string
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
 * headline and instruction together if they can be; otherwise as many pages as it takes.
 */
export const planPages = (pen: Pen, scene: Scene, geometry: PanelGeometry): Plan => {
  const texts = scene.texts.map((t) => ({ ...t, language: languageOf(t.language) }))
  const ground = groundOf(pen, scene, geometry, texts)
  const pages: PagePlan[] = []
  const faults: RasterFault[] = []
  const together = texts.length > 1 ? planTogether(ground, texts) : undefined
  if (together !== undefined) pages.push(together)
  else {
    for (const text of texts) {
      const planned = planAlone(ground, text)
      pages.push(...planned.pages)
      faults.push(...planned.faults)
    }
  }
  const source = pages.length === 0 ? undefined : planSource(ground, [...new Set(texts.map((t) => t.language))])
  return { pages: source === undefined ? pages : [...pages, source], faults }
}

/** The footer keeps its room only when every language's words fit in it; otherwise the text has it. */
const groundOf = (pen: Pen, scene: Scene, geometry: PanelGeometry, texts: readonly Text[]): Ground => {
  const ground = { pen, scene, geometry, frame: frameOf(geometry, scene, true) }
  const silent = scene.authority === '' && scene.time === ''
  const fits = texts.every((t) => footerOf(ground, [t.language]) !== undefined)
  return silent || !fits ? { ...ground, frame: frameOf(geometry, scene, false) } : ground
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
    words: blocks.map((b) => b.text).join('\n'),
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
    const words = blocks.map((b) => b.text).join('\n')
    return { pages: [{ languages: [text.language], words, draw }], faults: [] }
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
      words: lines.join('\n'),
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
  const footer = footerOf(ground, languages)
  if (footer === undefined || frame.footer === undefined) return
  pen.rect(frame.footer, scene.palette.shade)
  for (const line of footer) pen.line(line.text, line.at, line.style)
}

type FooterLine = {
  readonly text: string
  readonly at: { readonly x: number; readonly baseline: number; readonly align: 'left' | 'right' }
  readonly style: { readonly size: number; readonly colour: string; readonly language: string }
}

const timeText = (scene: Scene, language: string): string =>
  scene.time === '' ? '' : `${wordIn(scene.timeWord, language)} ${scene.time}`

/** Authority on the left, time on the right, or undefined when they do not fit beside each other in legible letters. */
const footerOf = (ground: Ground, languages: readonly string[]): readonly FooterLine[] | undefined => {
  const { pen, frame, scene } = ground
  const area = frame.footer
  if (area === undefined) return undefined
  const language = languages[0] ?? 'vi'
  const time = timeText(scene, language)
  const pad = Math.round(area.height * 0.35)
  const room = area.width - 2 * pad
  const natural = pen.measure(language)(`${scene.authority}   ${time}`, 100) / 100 + (time === '' ? 0 : 2)
  const size = Math.min(Math.floor(area.height / 1.4), Math.floor(room / Math.max(natural, 0.01)))
  const least = Math.max(11, Math.round(frame.legible * 0.62))
  if (size < least) return undefined
  const baseline = middleBaseline(area, size)
  const style = { size, language }
  const lines: readonly FooterLine[] = [
    {
      text: scene.authority,
      at: { x: area.x + pad, baseline, align: 'left' as const },
      style: { ...style, colour: '#e8edf2' },
    },
    {
      text: time,
      at: { x: area.x + area.width - pad, baseline, align: 'right' as const },
      style: { ...style, colour: '#ffffff' },
    },
  ]
  return lines.filter((line) => line.text !== '')
}

/** Who says so and until when, on a page of its own, where the footer has no room for it. */
const planSource = (ground: Ground, languages: readonly string[]): PagePlan | undefined => {
  const { pen, frame, scene } = ground
  if (scene.authority === '' && scene.time === '') return undefined
  if (footerOf(ground, languages) !== undefined) return undefined
  const language = languages[0] ?? 'vi'
  const parts = [
    { text: scene.authority, ratio: 0.8, colour: SECOND_INSTRUCTION },
    { text: timeText(scene, language), ratio: 1, colour: HEADLINE },
  ].filter((p) => p.text !== '')
  const blocks = parts.map((p): Block => ({ ...p, language, before: 0.15, rule: false }))
  const stack =
    stackBlocks(pen, blocks, frame.body, sizesFor(frame, frame.legible, frame.legible)) ??
    stackBlocks(pen, blocks, frame.body, sizesFor(frame, TINIEST, TINIEST))
  if (stack === undefined) return undefined
  return {
    languages,
    words: parts.map((p) => p.text).join('\n'),
    draw: () => {
      drawPage(ground, languages)
      drawStack(pen, stack, frame.body)
    },
  }
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
