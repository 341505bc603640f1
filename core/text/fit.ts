import { assert, err, ok, type Result } from '../base/result.ts'
import { joinPieces, type Piece, pieces } from './break.ts'

/** The width in pixels of one line of text at a font size in pixels. Must not shrink when the size grows. */
export type Measure = (text: string, fontSize: number) => number

/**
 * Height above and below the baseline that one line needs, as parts of the font size. Stacked Vietnamese capitals
 * (Ế Ỗ Ự) reach higher than a Latin line box, so the ascent is that of the tallest of them, not of an H.
 */
export type LineMetrics = { readonly ascent: number; readonly descent: number; readonly gap: number }

export type FitRequest = {
  readonly text: string
  /** Pixels. */
  readonly box: { readonly width: number; readonly height: number }
  readonly measure: Measure
  readonly metrics: LineMetrics
  /** Whole pixels; below `smallest` the text is not legible on this panel. */
  readonly smallest: number
  readonly largest: number
  /** Most pages the text may be spread over; 1 means it must fit on one. */
  readonly pages: number
  /** Even the lines out; costs about ten more passes, so a search over sizes asks for it only at the end. */
  readonly even: boolean
}

export type Fitted = {
  readonly fontSize: number
  /** Pixels from baseline to baseline. */
  readonly lineHeight: number
  /** Pixels from the top of a line to its baseline. */
  readonly ascent: number
  readonly pages: readonly (readonly string[])[]
}

export type FitFault =
  | { readonly kind: 'nothing-to-fit' }
  | { readonly kind: 'no-room'; readonly height: number; readonly needs: number }
  | { readonly kind: 'word-too-wide'; readonly word: string; readonly width: number; readonly needs: number }
  | { readonly kind: 'too-many-pages'; readonly needs: number; readonly most: number }

/** Bounds of one call: it measures at most a few thousand lines whatever is asked. */
export const FIT_LIMITS = { characters: 4000, largest: 2000, pages: 32 } as const

type Lines = readonly (readonly Piece[])[]

/** Rounds up to whole pixels, forgiving the last bits of a product of fractions (1.1 + 0.3 is a little over 1.4). */
const wholePixels = (value: number): number => Math.ceil(value - 1e-6)

export const lineHeightOf = (metrics: LineMetrics, fontSize: number): number =>
  wholePixels((metrics.ascent + metrics.descent + metrics.gap) * fontSize)

/** Height of a single line: the gap is only needed between lines. */
export const firstLineOf = (metrics: LineMetrics, fontSize: number): number =>
  wholePixels((metrics.ascent + metrics.descent) * fontSize)

/**
 * The largest whole font size at which the text fits its box on one page; failing that at `smallest`, the fewest pages, at the
 * largest size that keeps that number. Lines are evened out, if asked, so that no single word is left alone. Deterministic.
 */
export const fitText = (request: FitRequest): Result<Fitted, FitFault> => {
  const { smallest, largest } = request
  assert(Number.isInteger(smallest) && Number.isInteger(largest) && smallest >= 1, 'font sizes are whole pixels')
  assert(largest >= smallest && largest <= FIT_LIMITS.largest, 'largest font size is in range')
  assert(request.pages >= 1 && request.pages <= FIT_LIMITS.pages, 'page limit is in range')
  assert(request.text.length <= FIT_LIMITS.characters, 'text passed the gate')
  const paragraphs = request.text
    .split('\n')
    .map(pieces)
    .filter((p) => p.length > 0)
  if (paragraphs.length === 0) return err({ kind: 'nothing-to-fit' })
  const least = pagesAt(request, paragraphs, smallest)
  if (!least.ok) return least
  if (least.value > request.pages) return err({ kind: 'too-many-pages', needs: least.value, most: request.pages })
  const fontSize = largestSize(smallest, largest, (size) => {
    const needs = pagesAt(request, paragraphs, size)
    return needs.ok && needs.value <= least.value
  })
  return ok(layOut(request, paragraphs, fontSize))
}

/** The largest size that passes, given that `low` does. Halving finds one whose successor fails, which is all we promise. */
const largestSize = (low: number, high: number, passes: (size: number) => boolean): number => {
  let good = low
  let bad = high + 1
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (passes(middle)) good = middle
    else bad = middle
  }
  return good
}

const linesPerPage = (request: FitRequest, size: number): number => {
  const first = firstLineOf(request.metrics, size)
  if (first > request.box.height) return 0
  return 1 + Math.floor((request.box.height - first) / lineHeightOf(request.metrics, size))
}

const pagesAt = (request: FitRequest, paragraphs: Lines, size: number): Result<number, FitFault> => {
  const perPage = linesPerPage(request, size)
  if (perPage === 0) {
    return err({ kind: 'no-room', height: request.box.height, needs: firstLineOf(request.metrics, size) })
  }
  const lines = breakLines(request, paragraphs, { size, width: request.box.width })
  return lines.ok ? ok(Math.ceil(lines.value.length / perPage)) : lines
}

const breakLines = (
  request: FitRequest,
  paragraphs: Lines,
  at: { readonly size: number; readonly width: number },
): Result<readonly string[], FitFault> => {
  const out: string[] = []
  for (const paragraph of paragraphs) {
    let line: Piece[] = []
    for (const piece of paragraph) {
      const needs = request.measure(piece.text, at.size)
      if (needs > at.width) return err({ kind: 'word-too-wide', word: piece.text, width: at.width, needs })
      if (line.length > 0 && request.measure(joinPieces([...line, piece]), at.size) > at.width) {
        out.push(joinPieces(line))
        line = []
      }
      line.push(piece)
    }
    out.push(joinPieces(line))
  }
  return ok(out)
}

const layOut = (request: FitRequest, paragraphs: Lines, fontSize: number): Fitted => {
  const perPage = linesPerPage(request, fontSize)
  const lines = evenLines(request, paragraphs, fontSize)
  const count = Math.ceil(lines.length / perPage)
  const pages: (readonly string[])[] = []
  for (let page = 0; page < count; page++) {
    const from = Math.ceil((lines.length * page) / count)
    const to = Math.ceil((lines.length * (page + 1)) / count)
    pages.push(lines.slice(from, to))
  }
  return {
    fontSize,
    lineHeight: lineHeightOf(request.metrics, fontSize),
    ascent: wholePixels(request.metrics.ascent * fontSize),
    pages,
  }
}

/** The narrowest column that still needs no more lines: the last line is then about as long as the others. */
const evenLines = (request: FitRequest, paragraphs: Lines, size: number): readonly string[] => {
  const whole = Math.floor(request.box.width)
  const broken = breakLines(request, paragraphs, { size, width: request.box.width })
  assert(broken.ok, 'this size was found to fit')
  if (!request.even || broken.value.length === paragraphs.length) return broken.value
  let lines = broken.value
  let good = whole
  let bad = Math.floor(whole / 2)
  while (good - bad > 1) {
    const middle = Math.floor((good + bad) / 2)
    const narrower = breakLines(request, paragraphs, { size, width: middle })
    if (narrower.ok && narrower.value.length <= broken.value.length) {
      lines = narrower.value
      good = middle
    } else bad = middle
  }
  return lines
}

/** One sentence for the person who wrote the text. */
export const fitFaultText = (fault: FitFault): { readonly vi: string; readonly en: string } => {
  switch (fault.kind) {
    case 'nothing-to-fit':
      return { vi: 'Không có chữ nào để hiển thị.', en: 'There is nothing to show.' }
    case 'no-room':
      return {
        vi: `Vùng chữ cao ${fault.height} px, một dòng cần ${fault.needs} px.`,
        en: `The text area is ${fault.height} px high, one line needs ${fault.needs} px.`,
      }
    case 'word-too-wide':
      return {
        vi: `Từ “${fault.word}” rộng ${Math.ceil(fault.needs)} px, vùng chữ chỉ rộng ${Math.floor(fault.width)} px.`,
        en: `The word “${fault.word}” is ${Math.ceil(fault.needs)} px wide, the area only ${Math.floor(fault.width)} px.`,
      }
    case 'too-many-pages':
      return {
        vi: `Văn bản cần ${fault.needs} trang, tối đa ${fault.most}: hãy viết ngắn hơn.`,
        en: `The text needs ${fault.needs} pages, at most ${fault.most} are allowed: make it shorter.`,
      }
  }
}
