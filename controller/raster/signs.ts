import { fitText } from '#core/text/fit.ts'
import type { Frame } from './frame.ts'
import type { Label } from './message.ts'
import { centred, type OneLine, oneLine } from './one-line.ts'
import { metricsFor, type Pen } from './pen.ts'
import { drawPictogram } from './pictogram.ts'
import { labelLanguage, type Scene, type Sign, wordIn } from './scene.ts'
import { type Area, type Block, drawStack, stackBlocks } from './stack.ts'

/** What people must do, beside the text: a pictogram, its word in the page's main language, and under it in the others. */
export type SignColumn = { readonly draw: () => void; readonly words: string }

/** Of a cell: its word may take this much of the height, and each of the other languages' that. */
const WORD_PART = 0.34
const SUB_PART = 0.13

/** Undefined: there is nothing to say, no room for it, or its word would be too small to be read. */
export const signColumn = (
  pen: Pen,
  scene: Scene,
  frame: Frame,
  languages: readonly string[],
): SignColumn | undefined => {
  const area = frame.signs
  if (area === undefined || scene.signs.length === 0) return undefined
  const roomFor = Math.max(1, Math.floor(area.height / (frame.legible * 5)))
  const signs = scene.signs.slice(0, roomFor)
  const height = area.height / signs.length
  const cells = signs.map((sign, i) =>
    cellOf(pen, sign, { ...area, y: area.y + i * height, height }, { languages, legible: frame.legible }),
  )
  if (cells.some((cell) => cell === undefined)) return undefined
  return {
    words: signs.map(({ word }) => wordIn(word, languages[0] ?? 'vi')).join('\n'),
    draw: () => {
      const thick = Math.max(1, Math.round(frame.border / 4))
      const gap = frame.body.x - area.x - area.width
      const rule = { x: area.x + area.width + gap / 2, y: area.y, width: thick, height: area.height }
      pen.rect(rule, '#5a6470')
      for (const cell of cells) cell?.()
    },
  }
}

const cellOf = (
  pen: Pen,
  sign: Sign,
  cell: Area,
  of: { readonly languages: readonly string[]; readonly legible: number },
): (() => void) | undefined => {
  const main = of.languages[0] ?? 'vi'
  const language = labelLanguage(sign.word, main)
  const text = wordIn(sign.word, main)
  const least = Math.max(11, Math.round(of.legible * 0.62))
  const box = { width: cell.width, height: cell.height * WORD_PART }
  const fitted = fitText({
    text,
    box,
    measure: pen.measure(language),
    metrics: metricsFor(text),
    smallest: least,
    largest: Math.max(least, Math.round(cell.height * 0.3)),
    pages: 1,
    even: true,
  })
  if (!fitted.ok) return undefined
  const lines = fitted.value.pages.flat()
  const { fontSize, lineHeight, ascent } = fitted.value
  const others = [...new Set(of.languages.slice(1).map((l) => labelLanguage(sign.word, l)))].filter(
    (l) => l !== language,
  )
  const subs = others.flatMap((l): readonly (OneLine & { language: string })[] => {
    const line = oneLine(pen, wordIn(sign.word, l), { width: cell.width, height: cell.height * SUB_PART }, l)
    return line === undefined || line.size < least * 0.8 ? [] : [{ ...line, language: l }]
  })
  const words = lines.length * lineHeight
  const subHeight = Math.round(cell.height * SUB_PART)
  const gap = Math.round(cell.height * 0.03)
  const side = Math.min(cell.width, cell.height - words - subs.length * subHeight - 2 * gap)
  if (side < cell.height * 0.2) return undefined
  return () => {
    let top = cell.y + (cell.height - side - gap - words - subs.length * subHeight) / 2
    drawPictogram(pen, { x: cell.x + (cell.width - side) / 2, y: top, width: side, height: side }, sign.sign)
    top += side + gap
    for (const line of lines) {
      const at = { x: cell.x + cell.width / 2, baseline: top + ascent, align: 'center' as const }
      pen.line(line, at, { size: fontSize, colour: '#ffffff', language })
      top += lineHeight
    }
    for (const sub of subs) {
      centred(pen, sub, { ...cell, y: top, height: subHeight }, { colour: '#bfe6ff', language: sub.language })
      top += subHeight
    }
  }
}

const wordBlock = (text: string, language: string, first: boolean): Block => ({
  text,
  language,
  colour: first ? '#ffffff' : '#bfe6ff',
  ratio: first ? 1 : 0.6,
  before: 0.1,
  rule: false,
})

/** One sign alone on a page, and what has no room in the band under its word. Undefined: not even that can be read. */
export const signPage = (
  pen: Pen,
  sign: Sign,
  body: Area,
  of: { readonly languages: readonly string[]; readonly legible: number; readonly also: Label | null },
): SignColumn | undefined => {
  const beside = body.width > body.height * 1.3
  const side = Math.min(body.height, body.width) * (beside ? 1 : 0.55)
  const gap = Math.round(side * 0.12)
  const picture = beside
    ? { x: body.x, y: body.y, width: side, height: body.height }
    : { x: body.x, y: body.y, width: body.width, height: side }
  const text = beside
    ? { ...body, x: body.x + side + gap, width: body.width - side - gap }
    : { ...body, y: body.y + side + gap, height: body.height - side - gap }
  const blocks = [...new Set(of.languages.map((l) => labelLanguage(sign.word, l)))].map((language, i) =>
    wordBlock(wordIn(sign.word, language), language, i === 0),
  )
  const main = of.languages[0] ?? 'vi'
  if (of.also !== null) blocks.push(wordBlock(wordIn(of.also, main), main, false))
  const least = Math.max(11, Math.round(of.legible * 0.8))
  const sizes = { smallest: least, largest: Math.max(least, Math.round(body.height * 0.6)), floor: least }
  const [first] = blocks
  const only = first === undefined ? undefined : stackBlocks(pen, [first], text, sizes)
  const stack = stackBlocks(pen, blocks, text, sizes) ?? only
  if (stack === undefined) return undefined
  return {
    words: stack.placed.map(({ block }) => block.text).join('\n'),
    draw: () => {
      drawPictogram(pen, picture, sign.sign)
      drawStack(pen, stack, text)
    },
  }
}
