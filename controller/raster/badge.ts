import type { Label } from './message.ts'
import { middleBaseline, oneLine } from './one-line.ts'
import type { Pen } from './pen.ts'
import { levelPalette, type Palette, type Scene, wordIn } from './scene.ts'
import type { Area } from './stack.ts'
import { FIRE_LEVEL_WORD, LEVEL_MEANING, LEVEL_WORD, romanOf } from './words.ts'

/** A plate at the right end of the band: rows under each other, and five steps for a level of 1 to 5. */
type Badge = {
  /** `part`: of the plate's height. */
  readonly rows: readonly { readonly text: string; readonly part: number }[]
  readonly colours: { readonly box: string; readonly ink: string }
  readonly steps: number | null
  /** Widest it may be, as a part of the band. */
  readonly most: number
}

/** Below this height of the band a plate has one row, pixels; below the second one it has no steps. */
const ROWS_FROM = 48
const STEPS_FROM = 40

/** A band too low for two rows has no room for the fire danger beside the risk level: it then has a page of its own (pages.ts). */
export const hasRoomForFireLevel = (band: Area): boolean => band.height >= ROWS_FROM

/** Draws the plates of a scene from the right end of the band; gives back how much of it they take. */
export const drawBadges = (pen: Pen, band: Area, scene: Scene, language: string): number => {
  let taken = 0
  for (const badge of badgesOf(scene, band, language)) {
    const left = { ...band, width: band.width - taken }
    taken += drawBadge(pen, left, badge, language)
  }
  return taken
}

const badgesOf = (scene: Scene, band: Area, language: string): readonly Badge[] => {
  const { palette, level, forestFireLevel, plate } = scene
  const rich = band.height >= ROWS_FROM
  const word = (label: Label): string => wordIn(label, language)
  const inverse = { box: palette.ink, ink: palette.band }
  const out: Badge[] = []
  if (level !== null) {
    const meaning = LEVEL_MEANING[level - 1]
    const first = { text: `${word(LEVEL_WORD)} ${level}`, part: rich ? 0.5 : band.height < STEPS_FROM ? 1 : 0.75 }
    const second = rich && meaning !== undefined ? [{ text: word(meaning), part: 0.3 }] : []
    // On a band that is not of a risk colour, the plate itself is.
    const own = levelPalette(level)
    const colours = scene.icon === 'warning' ? inverse : { box: own.band, ink: own.ink }
    out.push({ rows: [first, ...second], colours, steps: band.height < STEPS_FROM ? null : level, most: 0.26 })
  }
  if (forestFireLevel !== null && hasRoomForFireLevel(band)) {
    const rows = [
      { text: word(FIRE_LEVEL_WORD), part: 0.36 },
      { text: romanOf(forestFireLevel), part: 0.64 },
    ]
    out.push({ rows, colours: { box: '#ffffff', ink: '#7a1e00' }, steps: null, most: 0.22 })
  }
  if (plate !== null) out.push({ rows: [{ text: word(plate), part: 1 }], colours: inverse, steps: null, most: 0.32 })
  return out
}

const drawBadge = (pen: Pen, band: Area, badge: Badge, language: string): number => {
  const pad = Math.round(band.height * 0.12)
  const height = band.height - 2 * pad
  const most = { width: band.width * badge.most, height }
  const rows = badge.rows.map((row) => ({
    line: oneLine(pen, row.text, { width: most.width, height: height * row.part }, language),
    height: height * row.part,
  }))
  const [first] = rows
  if (first?.line === undefined) return 0
  const stepHeight = badge.steps === null ? 0 : Math.round(height * 0.13)
  const width = Math.round(Math.max(...rows.map((row) => row.line?.width ?? 0), stepHeight * 9) + pad * 2)
  const box = { x: band.x + band.width - pad - width, y: band.y + pad, width, height }
  pen.rect(box, badge.colours.box)
  let top = box.y
  for (const { line, height: rowHeight } of rows) {
    const area = { ...box, y: top, height: rowHeight }
    if (line !== undefined)
      pen.line(
        line.text,
        { x: area.x + area.width / 2, baseline: middleBaseline(area, line.size), align: 'center' },
        { size: line.size, colour: badge.colours.ink, language },
      )
    top += rowHeight
  }
  if (badge.steps !== null) drawSteps(pen, { box, pad, height: stepHeight }, badge.steps, badge.colours.ink)
  return width + pad
}

/** Five steps, filled up to the level: to be counted without reading, and without colours. */
const drawSteps = (
  pen: Pen,
  at: { readonly box: Area; readonly pad: number; readonly height: number },
  level: number,
  ink: Palette['ink'],
): void => {
  const { box, pad, height } = at
  const gap = Math.max(2, Math.round(box.width * 0.025))
  const each = Math.floor((box.width - 2 * pad - 4 * gap) / 5)
  const y = box.y + box.height - height - Math.round(height * 0.5)
  for (let i = 0; i < 5; i++) {
    const x = box.x + pad + i * (each + gap)
    if (i < level) pen.rect({ x, y, width: each, height }, ink)
    else {
      const thin = Math.max(1, Math.round(height * 0.2))
      pen.rect({ x, y: y + height - thin, width: each, height: thin }, ink)
    }
  }
}
