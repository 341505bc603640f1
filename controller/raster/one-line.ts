import type { Pen } from './pen.ts'
import type { Area } from './stack.ts'

export type OneLine = { readonly text: string; readonly size: number; readonly width: number }

/** Letters smaller than this are mush on any panel, pixels. */
const SMALLEST = 9

/** The largest single line in a box, or undefined when not even the smallest letters fit. */
export const oneLine = (
  pen: Pen,
  text: string,
  box: { readonly width: number; readonly height: number },
  language: string,
): OneLine | undefined => {
  const measure = pen.measure(language)
  // A single line in a bar may use the bar's full height for letters with their marks.
  const largest = Math.max(SMALLEST, Math.floor(box.height / 1.34))
  const natural = measure(text, 100) / 100
  const size = Math.min(largest, Math.floor(box.width / Math.max(natural, 0.01)))
  return size < SMALLEST || text === '' ? undefined : { text, size, width: natural * size }
}

export const centred = (
  pen: Pen,
  line: OneLine,
  area: Area,
  ink: { readonly colour: string; readonly language: string },
): void => {
  pen.line(
    line.text,
    { x: area.x + area.width / 2, baseline: middleBaseline(area, line.size), align: 'center' },
    { size: line.size, ...ink },
  )
}

/** Capitals look centred when their middle (0.36 em up) is; the marks above and below have 0.36 em and 0.25 em of room. */
export const middleBaseline = (area: Area, size: number): number => area.y + area.height / 2 + size * 0.4
