import { joinPieces, pieces } from '#core/text/break.ts'
import type { LineMetrics, Measure } from '#core/text/fit.ts'
import { scriptsOf } from '#core/text/script.ts'
import type { SKRSContext2D } from './canvas.ts'

/**
 * Noto Sans Bold puts the tilde of Ỗ 1.07 em above the baseline and the dot of Ự 0.22 em below it (measured); the line box
 * leaves room for both, so no stacked capital ever touches the line above.
 */
export const TALL: LineMetrics = { ascent: 1.08, descent: 0.25, gap: 0 }
/** Han glyphs stay within their em box. */
export const SQUARE: LineMetrics = { ascent: 0.93, descent: 0.17, gap: 0.14 }

/** Tai Viet sets vowels above (1.06 em) and below (0.295 em) its letters, all of U+AA80 to U+AADF measured on ꪕ. */
export const HANGING: LineMetrics = { ascent: 1.08, descent: 0.31, gap: 0 }

export const metricsFor = (text: string): LineMetrics => {
  const { scripts } = scriptsOf(text)
  if (scripts.includes('tai-viet')) return HANGING
  return scripts.length === 1 && scripts[0] === 'han' ? SQUARE : TALL
}

/** Widths are linear in the size (measured from 10 to 200 px, to 1 part in 10^5), so each word is measured once, at this size. */
const REFERENCE = 200
/** Lines remembered during one render; the same candidates come back at every size that is tried. */
const MOST_LINES = 5000

export type Style = { readonly size: number; readonly colour: string; readonly language: string }

type Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

export type Pen = {
  readonly measure: (language: string) => Measure
  /** Draws one line; `x` is its left edge, its middle or its right edge. */
  readonly line: (
    text: string,
    at: { x: number; baseline: number; align: 'left' | 'center' | 'right' },
    style: Style,
  ) => void
  /** How far the ink of a text reaches above and below its baseline, as parts of the font size. */
  readonly ink: (text: string, language: string) => { readonly ascent: number; readonly descent: number }
  readonly rect: (area: Rect, colour: string) => void
  readonly context: SKRSContext2D
}

/** `families` are the registered font families, the one for Latin first. Its cache of word widths lives as long as one render. */
export const makePen = (context: SKRSContext2D, families: readonly string[]): Pen => {
  const family = families.map((f) => `"${f}"`).join(', ')
  const widths = new Map<string, number>()
  const use = (size: number, language: string): void => {
    context.font = `${size}px ${family}`
    context.lang = fontLanguage(language)
  }
  const widthOf = (word: string, language: string): number => {
    const key = `${language}\n${word}`
    const known = widths.get(key)
    if (known !== undefined) return known
    use(REFERENCE, language)
    const width = context.measureText(word).width
    widths.set(key, width)
    return width
  }
  const measured = new Map<string, number>()
  const lineWidth = (text: string, language: string): number => {
    const space = widthOf(' ', language)
    let width = 0
    for (const piece of pieces(text)) width += widthOf(piece.text, language) + (piece.spaced ? space : 0)
    return width
  }
  const measure =
    (language: string): Measure =>
    (text, size) => {
      const key = `${language}\n${text}`
      const width = measured.get(key) ?? lineWidth(text, language)
      if (measured.size < MOST_LINES) measured.set(key, width)
      return (width * size) / REFERENCE
    }
  return {
    context,
    measure,
    ink: (text, language) => {
      use(REFERENCE, language)
      context.textBaseline = 'alphabetic'
      const { actualBoundingBoxAscent, actualBoundingBoxDescent } = context.measureText(text)
      return { ascent: actualBoundingBoxAscent / REFERENCE, descent: actualBoundingBoxDescent / REFERENCE }
    },
    line: (text, at, style) => {
      use(style.size, style.language)
      context.fillStyle = style.colour
      context.textAlign = at.align
      context.textBaseline = 'alphabetic'
      context.fillText(joinPieces(pieces(text)), Math.round(at.x), Math.round(at.baseline))
    },
    /** Whole pixels, so that no edge is a blend of two colours. */
    rect: (area, colour) => {
      context.fillStyle = colour
      context.fillRect(Math.round(area.x), Math.round(area.y), Math.round(area.width), Math.round(area.height))
    },
  }
}

/** Han glyphs differ between Chinese and Japanese; the collection's first face is Japanese unless told otherwise. */
const fontLanguage = (language: string): string => (language === 'zh' ? 'zh-Hans' : language)
