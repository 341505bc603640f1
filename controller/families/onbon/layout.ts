import { err, ok, type Result } from '#core/base/result.ts'

/** How many cells of a fixed font go on an area. A Latin letter takes one cell, a Chinese character two. */
export type Grid = { readonly columns: number; readonly rows: number }

export const gridOf = (
  panel: { readonly width: number; readonly height: number },
  font: { readonly cellWidth: number; readonly lineHeight: number },
): Result<Grid, string> => {
  const columns = Math.floor(panel.width / font.cellWidth)
  const rows = Math.floor(panel.height / font.lineHeight)
  return columns >= 2 && rows >= 1
    ? ok({ columns, rows })
    : err(`a panel of ${panel.width} × ${panel.height} pixels holds no line of a font ${font.lineHeight} pixels high`)
}

const cells = (character: string): number => ((character.codePointAt(0) ?? 0) < 0x80 ? 1 : 2)
const cellsOf = (text: string): number => [...text].reduce((sum, character) => sum + cells(character), 0)

/** Pieces that a line may be broken between: words with the blanks after them, and each wide character by itself. */
const pieces = (line: string): readonly string[] => line.match(/[\x20-\x7e]*? +|[\x21-\x7e]+|[^\x20-\x7e]/gu) ?? []

/** One line of the text → lines that fit; only a word longer than a whole line is cut inside. */
const wrapped = (line: string, columns: number): readonly string[] => {
  const out: string[] = []
  let now = ''
  for (const piece of pieces(line)) {
    if (cellsOf(now) + cellsOf(piece.trimEnd()) <= columns) {
      now += piece
      continue
    }
    if (now.trimEnd() !== '') out.push(now.trimEnd())
    now = ''
    for (const character of piece) {
      if (cellsOf(now) + cells(character) > columns) {
        if (character === ' ') continue
        out.push(now)
        now = ''
      }
      now += character
    }
  }
  out.push(now.trimEnd())
  return out
}

/**
 * Texts of pages → one text for the card. Every page but the last is filled with empty lines to whole screens, so that the next one begins
 * on a new screen. A page with more lines than the screen goes on to the next screen, cut between words.
 */
export const laidOut = (texts: readonly string[], grid: Grid): { readonly text: string; readonly screens: number } => {
  const pages = texts.map((text) => {
    const lines = text.split('\n').flatMap((line) => wrapped(line, grid.columns))
    while (lines.length > 1 && lines.at(-1) === '') lines.pop()
    return lines
  })
  const screens = pages.map((lines) => Math.max(1, Math.ceil(lines.length / grid.rows)))
  const filled = pages.flatMap((lines, index) => {
    const missing = index === pages.length - 1 ? 0 : (screens[index] ?? 1) * grid.rows - lines.length
    return [...lines, ...Array.from({ length: missing }, () => '')]
  })
  return { text: filled.join('\n'), screens: screens.reduce((sum, n) => sum + n, 0) }
}
