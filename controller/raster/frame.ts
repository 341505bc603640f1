import { fitText } from '#core/text/fit.ts'
import { drawBadges } from './badge.ts'
import type { Mark, PanelGeometry } from './message.ts'
import { centred, middleBaseline, oneLine } from './one-line.ts'
import { metricsFor, type Pen } from './pen.ts'
import { type Scene, wordIn } from './scene.ts'
import type { Area } from './stack.ts'
import { MARK_WORD } from './words.ts'

/** The fixed parts of a page and how much room they leave. All in pixels. */
export type Frame = {
  readonly border: number
  readonly banner: Area | undefined
  readonly band: Area
  /** What people must do, beside the text. */
  readonly signs: Area | undefined
  readonly body: Area
  readonly footer: Area | undefined
  /** Letters below this are not legible on this panel. */
  readonly legible: number
}

/** No hazard colour looks like either, with or without colour vision. */
const MARK_COLOUR: { readonly [M in Mark]: string } = { exercise: '#0a3fb5', test: '#5b6068' }
const WHITE = '#ffffff'
/** Nearly black: an LED panel gives its best contrast and least glare with few lit pixels behind the letters. */
export const GROUND = '#05070a'
/** Below this height a footer would take the room of a line of text; authority and time get a page of their own instead. */
const FOOTER_FROM_HEIGHT = 144
/** Of the body: wider, and the text would be smaller than the sign is worth. */
const SIGNS_SHARE = 0.21

export type FrameWish = { readonly footer: boolean; readonly signs: boolean }

export const frameOf = (geometry: PanelGeometry, scene: Scene, wish: FrameWish): Frame => {
  const { width, height } = geometry
  const unit = Math.min(height, width / 2) / 100
  const border = Math.max(2, Math.round(unit * 1.4))
  const inner = width - 2 * border
  const legible = Math.max(14, Math.round(unit * 5.4))
  const marked = scene.mark !== null
  const bannerHeight = marked ? Math.max(18, Math.round(unit * 15)) : 0
  const bandUnits = scene.icon === 'check' ? 26 : 22
  const bandHeight = Math.max(22, Math.round(unit * (marked ? 18 : bandUnits)))
  const footerHeight = wish.footer && height >= FOOTER_FROM_HEIGHT ? Math.round(Math.max(14, unit * 5) * 1.5) : 0
  const bandTop = border + bannerHeight
  const gap = Math.max(2, Math.round(unit * 2.5))
  const bodyTop = bandTop + bandHeight + gap
  const bodyBottom = height - border - footerHeight - gap
  const side = border + Math.max(2, Math.round(unit * 3))
  const whole = { x: side, y: bodyTop, width: width - 2 * side, height: bodyBottom - bodyTop }
  const signsWidth = Math.round(Math.min(whole.width * SIGNS_SHARE, whole.height * 0.8))
  const signs = wish.signs ? { ...whole, width: signsWidth } : undefined
  const taken = signs === undefined ? 0 : signsWidth + gap * 2
  return {
    border,
    banner: marked ? { x: border, y: border, width: inner, height: bannerHeight } : undefined,
    band: { x: border, y: bandTop, width: inner, height: bandHeight },
    signs,
    body: { ...whole, x: whole.x + taken, width: whole.width - taken },
    footer:
      footerHeight === 0
        ? undefined
        : { x: border, y: height - border - footerHeight, width: inner, height: footerHeight },
    legible,
  }
}

/** Border, banner, band. The languages decide the words; the first is the page's main one. */
export const drawFrame = (
  pen: Pen,
  frame: Frame,
  scene: Scene,
  page: { readonly geometry: PanelGeometry; readonly languages: readonly string[] },
): void => {
  const { width, height } = page.geometry
  const { border } = frame
  pen.rect({ x: 0, y: 0, width, height }, scene.mark === null ? scene.palette.band : MARK_COLOUR[scene.mark])
  pen.rect({ x: border, y: border, width: width - 2 * border, height: height - 2 * border }, GROUND)
  if (frame.banner !== undefined && scene.mark !== null) drawBanner(pen, frame.banner, scene.mark, page.languages)
  drawBand(pen, frame.band, scene, page.languages)
}

/** White slanted stripes with a plate. The Vietnamese word is on it in any case. */
const drawBanner = (pen: Pen, area: Area, mark: Mark, languages: readonly string[]): void => {
  const colour = MARK_COLOUR[mark]
  pen.rect(area, colour)
  const { context } = pen
  context.save()
  context.beginPath()
  context.rect(area.x, area.y, area.width, area.height)
  context.clip()
  context.fillStyle = WHITE
  const step = area.height
  for (let x = area.x - step; x < area.x + area.width + step; x += step) {
    context.beginPath()
    context.moveTo(x, area.y + area.height)
    context.lineTo(x + step / 2, area.y + area.height)
    context.lineTo(x + step, area.y)
    context.lineTo(x + step / 2, area.y)
    context.closePath()
    context.fill()
  }
  context.restore()
  const word = MARK_WORD[mark]
  const words = [word.vi, wordIn(word, 'en')]
  if (languages.includes('zh')) words.push(wordIn(word, 'zh'))
  const language = languages.includes('zh') ? 'zh' : 'vi'
  const line = oneLine(pen, words.join(' · '), { width: area.width * 0.86, height: area.height }, language)
  const shown = line ?? oneLine(pen, word.vi, { width: area.width, height: area.height }, 'vi')
  if (shown === undefined) return
  const plate = Math.min(area.width, shown.width + area.height * 0.8)
  pen.rect({ ...area, x: area.x + (area.width - plate) / 2, width: plate }, WHITE)
  centred(pen, shown, area, { colour, language })
}

const drawBand = (pen: Pen, area: Area, scene: Scene, languages: readonly string[]): void => {
  pen.rect(area, scene.palette.band)
  const pad = Math.round(area.height * 0.14)
  const icon = area.height - 2 * pad
  drawIcon(pen, { x: area.x + pad, y: area.y + pad, width: icon, height: icon }, scene)
  const main = languages[0] ?? 'vi'
  const badges = drawBadges(pen, area, scene, main)
  const left = area.x + pad * 2 + icon
  const room = { x: left, y: area.y, width: area.x + area.width - badges - pad - left, height: area.height }
  const all = scene.everyLanguage ? ['vi', 'en', 'zh'] : ['vi', ...languages]
  const others = [...new Set(all)].filter((l) => l !== main)
  const sub = [...new Set(others.map((l) => wordIn(scene.label, l)))].filter((w) => w !== wordIn(scene.label, main))
  const subLanguage = others.includes('zh') ? 'zh' : (others[0] ?? 'vi')
  const subHeight = sub.length === 0 || area.height < 36 ? 0 : Math.round(area.height * 0.34)
  drawLabel(pen, { ...room, height: area.height - subHeight }, wordIn(scene.label, main), {
    colour: scene.palette.ink,
    language: main,
  })
  if (subHeight === 0) return
  const text = sub.join(' · ')
  const box = { ...room, y: area.y + area.height - subHeight - Math.round(pad * 0.5), height: subHeight }
  const line = oneLine(pen, text, box, subLanguage)
  if (line === undefined) return
  const at = { x: box.x, baseline: middleBaseline(box, line.size), align: 'left' as const }
  pen.line(text, at, { size: line.size, colour: scene.palette.ink, language: subLanguage })
}

/** One line if that gives good letters, otherwise two. */
const drawLabel = (
  pen: Pen,
  room: Area,
  text: string,
  ink: { readonly colour: string; readonly language: string },
): void => {
  const fitted = fitText({
    text,
    box: { width: room.width, height: room.height },
    measure: pen.measure(ink.language),
    metrics: metricsFor(text),
    smallest: 8,
    largest: Math.max(9, Math.round(room.height * 0.74)),
    pages: 1,
    even: true,
  })
  if (!fitted.ok) return
  const lines = fitted.value.pages.flat()
  const height = lines.length * fitted.value.lineHeight
  let baseline =
    lines.length === 1
      ? middleBaseline(room, fitted.value.fontSize)
      : room.y + Math.floor((room.height - height) / 2) + fitted.value.ascent
  for (const line of lines) {
    pen.line(line, { x: room.x, baseline, align: 'left' }, { size: fitted.value.fontSize, ...ink })
    baseline += fitted.value.lineHeight
  }
}

const drawIcon = (pen: Pen, area: Area, scene: Scene): void => {
  const { context } = pen
  const { ink, band } = scene.palette
  const x = (part: number): number => area.x + area.width * part
  const y = (part: number): number => area.y + area.height * part
  context.fillStyle = ink
  context.beginPath()
  if (scene.icon === 'warning') {
    context.moveTo(x(0.5), y(0.02))
    context.lineTo(x(1), y(0.96))
    context.lineTo(x(0), y(0.96))
  } else context.arc(x(0.5), y(0.5), area.width * 0.48, 0, Math.PI * 2)
  context.closePath()
  context.fill()
  context.fillStyle = band
  context.strokeStyle = band
  context.lineWidth = Math.max(2, area.width * 0.12)
  context.beginPath()
  switch (scene.icon) {
    case 'warning':
      context.rect(x(0.44), y(0.34), area.width * 0.12, area.height * 0.32)
      context.rect(x(0.44), y(0.73), area.width * 0.12, area.height * 0.12)
      context.fill()
      return
    case 'info':
      context.rect(x(0.43), y(0.22), area.width * 0.14, area.height * 0.13)
      context.rect(x(0.43), y(0.43), area.width * 0.14, area.height * 0.34)
      context.fill()
      return
    case 'check':
      context.moveTo(x(0.26), y(0.52))
      context.lineTo(x(0.44), y(0.69))
      context.lineTo(x(0.74), y(0.33))
      context.stroke()
  }
}
