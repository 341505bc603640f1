import { GROUND } from './frame.ts'
import type { PanelGeometry } from './message.ts'
import type { Pen } from './pen.ts'
import type { Palette } from './scene.ts'
import type { Area } from './stack.ts'

/** One paragraph set in lines, ready to draw. `above` is the space over it, with a thin line in it where `rule` says so. Pixels. */
export type Para = {
  readonly lines: readonly string[]
  readonly language: string
  readonly size: number
  readonly lineHeight: number
  readonly ascent: number
  readonly colour: string
  readonly above: number
  readonly rule: boolean
  /** Lines stand this far in; a small square marks those of `starts` in the space before them. */
  readonly indent: number
  readonly starts: readonly number[]
}

/** Small marks on the dark ground: the band's teal, brighter, since a thin line of it would be lost. */
const MARK = '#2fc4cf'

/** Fixed measures of an article's page. Pixels. */
export type Sheet = {
  readonly geometry: PanelGeometry
  readonly border: number
  readonly side: number
  readonly gap: number
  /** Height kept free at the bottom for the strip that says which page this is; 0 when there is only one. */
  readonly strip: number
  /** Where text may stand. */
  readonly room: Area
}

export const sheetOf = (geometry: PanelGeometry, several: boolean): Sheet => {
  const { width, height } = geometry
  const unit = Math.min(height, width / 2) / 100
  const border = Math.max(2, Math.round(unit * 1.4))
  const side = border + Math.max(3, Math.round(unit * 3))
  const gap = Math.max(2, Math.round(unit * 2.2))
  const strip = several ? Math.max(2, Math.round(unit * 1.4)) : 0
  const bottom = strip === 0 ? border + gap : border + strip + 2 * Math.max(1, Math.round(gap / 2))
  return {
    geometry,
    border,
    side,
    gap,
    strip,
    room: { x: side, y: border, width: width - 2 * side, height: height - border - bottom },
  }
}

export const heightOf = (sets: readonly Para[]): number =>
  sets.reduce((sum, set) => sum + set.above + set.lines.length * set.lineHeight, 0)

export type ArticlePage = {
  readonly head: readonly Para[]
  readonly body: readonly Para[]
  readonly align: 'left' | 'center'
  /** A page of running text begins at its top; a page that holds all stands in the middle. */
  readonly from: 'top' | 'middle'
}

/** Height of the band that holds the titles; 0 when they stand in the body. */
export const bandHeight = (sheet: Sheet, head: readonly Para[]): number =>
  head.length === 0 ? 0 : heightOf(head) + sheet.gap

/** Where the body may stand below such a band. */
export const bodyArea = (sheet: Sheet, head: readonly Para[]): Area => {
  const { room, gap } = sheet
  const used = head.length === 0 ? gap : bandHeight(sheet, head) + gap
  return { x: room.x, y: room.y + used, width: room.width, height: room.height - used }
}

/** `at` counts from 0. */
export const drawArticlePage = (
  pen: Pen,
  page: ArticlePage,
  on: { readonly sheet: Sheet; readonly palette: Palette },
  at: { readonly page: number; readonly pages: number },
): void => {
  const { sheet, palette } = on
  const { geometry, border, room } = sheet
  const { width, height } = geometry
  pen.rect({ x: 0, y: 0, width, height }, palette.band)
  pen.rect({ x: border, y: border, width: width - 2 * border, height: height - 2 * border }, GROUND)
  if (page.head.length > 0) {
    pen.rect({ x: 0, y: 0, width, height: room.y + bandHeight(sheet, page.head) }, palette.band)
    drawSets(pen, page.head, { ...room, y: room.y + Math.floor(sheet.gap / 2) }, page.align)
  }
  const area = bodyArea(sheet, page.head)
  const free = page.from === 'middle' ? Math.floor((area.height - heightOf(page.body)) / 2) : 0
  drawSets(pen, page.body, { ...area, y: area.y + free }, page.align)
  if (sheet.strip > 0 && at.pages > 1) drawStrip(pen, sheet, { ...at, lit: MARK, dim: palette.shade })
}

const drawSets = (pen: Pen, sets: readonly Para[], area: Area, align: 'left' | 'center'): void => {
  let top = area.y
  for (const set of sets) {
    if (set.rule && set.above > 2) {
      const y = top + Math.floor(set.above / 2)
      pen.rect({ x: area.x, y, width: area.width, height: Math.max(1, Math.round(set.above / 14)) }, '#5a6470')
    }
    top += set.above
    const x = align === 'left' ? area.x + set.indent : area.x + area.width / 2
    for (const [i, line] of set.lines.entries()) {
      if (set.starts.includes(i)) drawMark(pen, set, { x: area.x, baseline: top + set.ascent })
      pen.line(line, { x, baseline: top + set.ascent, align }, set)
      top += set.lineHeight
    }
  }
}

/** A paragraph begins here. The square stands at half the height of the small letters. */
const drawMark = (pen: Pen, set: Para, at: { readonly x: number; readonly baseline: number }): void => {
  const side = Math.max(2, Math.round(Math.min(set.size * 0.2, set.indent * 0.5)))
  const y = at.baseline - set.size * 0.27 - side / 2
  pen.rect({ x: at.x, y, width: side, height: side }, MARK)
}

/** One piece of strip for each page, the present one lit: a reader sees that more follows. */
const drawStrip = (
  pen: Pen,
  sheet: Sheet,
  at: { readonly page: number; readonly pages: number; readonly lit: string; readonly dim: string },
): void => {
  const { geometry, border, side, strip } = sheet
  const width = geometry.width - 2 * side
  const y = geometry.height - border - strip - Math.max(1, Math.round(sheet.gap / 2))
  const space = Math.max(2, Math.round(strip / 2))
  for (let i = 0; i < at.pages; i++) {
    const from = side + Math.round((i * (width + space)) / at.pages)
    const to = side + Math.round(((i + 1) * (width + space)) / at.pages) - space
    pen.rect({ x: from, y, width: Math.max(1, to - from), height: strip }, i === at.page ? at.lit : at.dim)
  }
}
