import type { Script } from './script.ts'

/**
 * The smallest letters a panel may show, as a rule that is data. Sources:
 * - ISO 9241-3 and 9241-303, character height: the capital letter without its marks shall stand at least 16 minutes of arc high for
 *   the reader (20 to 22 are preferred), so capital height = distance × tan 16′ = distance / 215.
 * - ISO 9241-3, character format: 7 × 9 dots are the least for reading running text. 14 px of Noto Sans give a capital of 10 dots, with
 *   room for two stacked marks above and the dot below. Chinese dot fonts begin at 15 × 16 (GB/T 5199).
 * - Where pitch or distance is not known: the share of the panel is this project's choice. It is what the rule of 16′ asks for a reader
 *   8 times as far away as the panel is high.
 */
export const LEGIBILITY = {
  minutesOfArc: 16,
  /** Height of a capital without marks as a part of the font size: Noto Sans Bold, measured 0.715. */
  capital: 0.715,
  leastPixels: { latin: 14, han: 16, 'tai-viet': 16, other: 16 },
  /** Font size as a part of the smaller of the height and half of the width. */
  shareOfPanel: 0.054,
} as const satisfies { readonly leastPixels: { readonly [S in Script]: number } } & Record<string, unknown>

/** What is known of a panel. Pixels; millimetres from one pixel to the next; metres to the farthest reader it is meant for. */
export type PanelFacts = {
  readonly width: number
  readonly height: number
  readonly pitchMm?: number | undefined
  readonly viewingDistanceM?: number | undefined
}

/** What sets the smallest size: the dots a letter is made of, the distance of the reader, or the share of a panel we know little of. */
export type LegibleBy = 'dots' | 'distance' | 'share'
export type Legible = { readonly size: number; readonly by: LegibleBy }

/** The smallest font size in whole pixels for text in these scripts. Never below the dots that the script needs. */
export const legibleSize = (panel: PanelFacts, scripts: readonly Script[]): Legible => {
  const needs = scripts.map((script) => LEGIBILITY.leastPixels[script])
  const dots = Math.max(LEGIBILITY.leastPixels.latin, ...needs)
  const { pitchMm, viewingDistanceM } = panel
  const known = pitchMm !== undefined && viewingDistanceM !== undefined
  const seen = known ? distanceSize(pitchMm, viewingDistanceM) : shareSize(panel)
  return seen > dots ? { size: seen, by: known ? 'distance' : 'share' } : { size: dots, by: 'dots' }
}

const distanceSize = (pitchMm: number, distanceM: number): number => {
  const capitalMm = distanceM * 1000 * Math.tan(((LEGIBILITY.minutesOfArc / 60) * Math.PI) / 180)
  return Math.ceil(capitalMm / pitchMm / LEGIBILITY.capital)
}

const shareSize = ({ width, height }: PanelFacts): number =>
  Math.round(Math.min(height, width / 2) * LEGIBILITY.shareOfPanel)
