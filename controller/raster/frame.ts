import { fitText } from '#core/text/fit.ts'
import type { PanelGeometry } from './message.ts'
import { metricsFor, type Pen } from './pen.ts'
import { EXERCISE_WORD, LEVEL_WORD, type Scene, wordIn } from './scene.ts'
import type { Area } from './stack.ts'

/** The fixed parts of a page and how much room they leave. All in pixels. */
export type Frame = {
  readonly border: number
  readonly banner: Area | undefined
  readonly band: Area
  readonly body: Area
  readonly footer: Area | undefined
  /** Letters below this are not legible on this panel. */
  readonly legible: number
}

const EXERCISE_BLUE = '#0a3fb5'
const WHITE = '#ffffff'
/** Nearly black: an LED panel gives its best contrast and least glare with few lit pixels behind the letters. */
export const GROUND = '#05070a'
/** Below this height a footer would take the room of a line of text; authority and time get a page of their own instead. */
const FOOTER_FROM_HEIGHT = 144

export const frameOf = (geometry: PanelGeometry, scene: Scene, footer: boolean): Frame => {
  const { width, height } = geometry
  const unit = Math.min(height, width / 2) / 100
  const border = Math.max(2, Math.round(unit * 1.4))
  const inner = width - 2 * border
  const legible = Math.max(14, Math.round(unit * 5.4))
  const bannerHeight = scene.exercise ? Math.max(18, Math.round(unit * 15)) : 0
  const bandHeight = Math.max(22, Math.round(unit * (scene.exercise ? 18 : 22)))
  const footerHeight = footer && height >= FOOTER_FROM_HEIGHT ? Math.round(Math.max(14, unit * 5) * 1.5) : 0
  const bandTop = border + bannerHeight
  const gap = Math.max(2, Math.round(unit * 2.5))
  const bodyTop = bandTop + bandHeight + gap
  const bodyBottom = height - border - footerHeight - gap
  const side = border + Math.max(2, Math.round(unit * 3))
  return {
    border,
    banner: scene.exercise ? { x: border, y: border, width: inner, height: bannerHeight } : undefined,
    band: { x: border, y: bandTop, width: inner, height: bandHeight },
    body: { x: side, y: bodyTop, width: width - 2 * side, height: bodyBottom - bodyTop },
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
  pen.rect({ x: 0, y: 0, width, height }, scene.exercise ? EXERCISE_BLUE : scene.palette.band)
  pen.rect({ x: border, y: border, width: width - 2 * border, height: height - 2 * border }, GROUND)
  if (frame.banner !== undefined) drawBanner(pen, frame.banner, page.languages)
  drawBand(pen, frame.band, scene, page.languages)
}

/** Blue and white slanted stripes with a plate: no hazard colour looks like it, with or without colour vision. */
const drawBanner = (pen: Pen, area: Area, languages: readonly string[]): void => {
  pen.rect(area, EXERCISE_BLUE)
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
  const words = [EXERCISE_WORD.vi, wordIn(EXERCISE_WORD, 'en')]
  if (languages.includes('zh')) words.push(wordIn(EXERCISE_WORD, 'zh'))
  const text = words.join(' · ')
  const language = languages.includes('zh') ? 'zh' : 'vi'
  const line = oneLine(pen, text, { width: area.width * 0.86, height: area.height }, language)
  const shown = line ?? oneLine(pen, EXERCISE_WORD.vi, { width: area.width, height: area.height }, 'vi')
  if (shown === undefined) return
  const plate = shown.width + area.height * 0.8
  pen.rect({ ...area, x: area.x + (area.width - plate) / 2, width: plate }, WHITE)
  centred(pen, shown, area, { colour: EXERCISE_BLUE, language })
}

type OneLine = { readonly text: string; readonly size: number; readonly width: number }

/** The largest single line in a box, or undefined when not even the smallest letters fit. */
export const oneLine = (
  pen: Pen,
  text: string,
  box: { readonly width: number; readonly height: number },
  language: string,
): OneLine | undefined => {
  const measure = pen.measure(language)
  const smallest = 9
  // A single line in a bar may use the bar's full height for letters with their marks.
  const largest = Math.max(smallest, Math.floor(box.height / 1.34))
  const natural = measure(text, 100) / 100
  const size = Math.min(largest, Math.floor(box.width / Math.max(natural, 0.01)))
  return size < smallest || text === '' ? undefined : { text, size, width: natural * size }
}

const centred = (
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

const drawBand = (pen: Pen, area: Area, scene: Scene, languages: readonly string[]): void => {
  pen.rect(area, scene.palette.band)
  const pad = Math.round(area.height * 0.14)
  const icon = area.height - 2 * pad
  drawIcon(pen, { x: area.x + pad, y: area.y + pad, width: icon, height: icon }, scene)
  const badge = scene.level === null ? 0 : drawBadge(pen, area, scene, languages)
  const left = area.x + pad * 2 + icon
  const room = { x: left, y: area.y, width: area.x + area.width - badge - pad - left, height: area.height }
  const main = languages[0] ?? 'vi'
  const others = [...new Set(['vi', ...languages])].filter((l) => l !== main)
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

/** `CẤP 3` on the band's ink with five steps filled up to the level. Gives back its width. */
const drawBadge = (pen: Pen, band: Area, scene: Scene, languages: readonly string[]): number => {
  const level = scene.level ?? 0
  const pad = Math.round(band.height * 0.12)
  const height = band.height - 2 * pad
  const language = languages[0] ?? 'vi'
  const text = `${wordIn(LEVEL_WORD, language)} ${level}`
  const stepHeight = band.height < 40 ? 0 : Math.round(height * 0.16)
  const textBox = { width: Math.min(band.width * 0.26, height * 2.6), height: height - stepHeight * 1.6 }
  const line = oneLine(pen, text, textBox, language)
  if (line === undefined) return 0
  const width = Math.round(Math.max(line.width, stepHeight * 9) + pad * 2)
  const box = { x: band.x + band.width - pad - width, y: band.y + pad, width, height }
  pen.rect(box, scene.palette.ink)
  centred(pen, line, { ...box, height: textBox.height }, { colour: scene.palette.band, language })
  if (stepHeight > 0) {
    const gap = Math.max(2, Math.round(width * 0.025))
    const each = Math.floor((width - 2 * pad - 4 * gap) / 5)
    const y = box.y + box.height - stepHeight - Math.round(stepHeight * 0.6)
    for (let i = 0; i < 5; i++) {
      const x = box.x + pad + i * (each + gap)
      if (i < level) pen.rect({ x, y, width: each, height: stepHeight }, scene.palette.band)
      else {
        const thin = Math.max(1, Math.round(stepHeight * 0.15))
        pen.rect({ x, y: y + stepHeight - thin, width: each, height: thin }, scene.palette.band)
      }
    }
  }
  return width + pad
}
