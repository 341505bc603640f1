import { fitText } from '#core/text/fit.ts'
import { metricsFor, type Pen } from './pen.ts'

/** One paragraph of a page. `ratio` is its size against the headline's. */
export type Block = {
  readonly text: string
  readonly language: string
  readonly colour: string
  readonly ratio: number
  /** Space above it, as a part of the headline's size. */
  readonly before: number
  /** A thin line in the space above it. */
  readonly rule: boolean
}

export type Area = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

/** Headline sizes to choose from, and the size no block goes below. Whole pixels. */
export type Sizes = { readonly smallest: number; readonly largest: number; readonly floor: number }

type Placed = {
  readonly block: Block
  readonly size: number
  readonly before: number
  readonly ascent: number
  readonly lineHeight: number
  readonly lines: readonly string[]
}
export type Stack = { readonly placed: readonly Placed[]; readonly height: number }

/** The largest headline size at which all blocks stand under each other in the area, or undefined when even the smallest fails. */
export const stackBlocks = (pen: Pen, blocks: readonly Block[], area: Area, sizes: Sizes): Stack | undefined => {
  const stackAt = (headline: number, even: boolean): Stack | undefined =>
    pile(pen, blocks, area, { headline, even, floor: sizes.floor })
  if (stackAt(sizes.smallest, false) === undefined) return undefined
  let good = sizes.smallest
  let bad = sizes.largest + 1
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (stackAt(middle, false) === undefined) bad = middle
    else good = middle
  }
  return stackAt(good, true)
}

const pile = (
  pen: Pen,
  blocks: readonly Block[],
  area: Area,
  at: { readonly headline: number; readonly even: boolean; readonly floor: number },
): Stack | undefined => {
  const placed: Placed[] = []
  let height = 0
  for (const block of blocks) {
    const size = Math.max(at.floor, Math.round(at.headline * block.ratio))
    const before = placed.length === 0 ? 0 : Math.round(at.headline * block.before)
    const left = area.height - height - before
    const fitted = fitText({
      text: block.text,
      box: { width: area.width, height: left },
      measure: pen.measure(block.language),
      metrics: metricsFor(block.text),
      smallest: size,
      largest: size,
      pages: 1,
      even: at.even,
    })
    if (!fitted.ok) return undefined
    const lines = fitted.value.pages.flat()
    placed.push({ block, size, before, ascent: fitted.value.ascent, lineHeight: fitted.value.lineHeight, lines })
    height += before + lines.length * fitted.value.lineHeight
    if (height > area.height) return undefined
  }
  return { placed, height }
}

/** Draws the stack in the middle of the area, lines centred. */
export const drawStack = (pen: Pen, stack: Stack, area: Area): void => {
  let top = area.y + Math.floor((area.height - stack.height) / 2)
  for (const part of stack.placed) {
    if (part.block.rule && part.before > 2) {
      const thick = Math.max(1, Math.round(part.before / 12))
      const y = top + Math.floor(part.before / 2)
      pen.rect({ x: area.x + area.width * 0.2, y, width: area.width * 0.6, height: thick }, '#5a6470')
    }
    top += part.before
    for (const line of part.lines) {
      const at = { x: area.x + area.width / 2, baseline: top + part.ascent, align: 'center' as const }
      pen.line(line, at, { size: part.size, colour: part.block.colour, language: part.block.language })
      top += part.lineHeight
    }
  }
}
