import type { SKRSContext2D } from '#controller/raster/canvas.ts'
import { metricsFor, type Pen } from '#controller/raster/pen.ts'
import { fitText } from '#core/text/fit.ts'

/** The words on a sample picture or frame: title on the left over a dark veil, the line at the foot, the sample mark on top. */
export type Caption = {
  readonly title: string
  readonly second: string
  readonly line: string
  readonly accent: string
}

export const SAMPLE_MARK = 'DỮ LIỆU MẪU'

export const drawCaption = (
  context: SKRSContext2D,
  pen: Pen,
  size: { readonly width: number; readonly height: number },
  caption: Caption,
): void => {
  const { width, height } = size
  const veil = context.createLinearGradient(0, 0, width * 0.78, 0)
  veil.addColorStop(0, 'rgba(4,10,20,0.82)')
  veil.addColorStop(0.6, 'rgba(4,10,20,0.5)')
  veil.addColorStop(1, 'rgba(4,10,20,0)')
  context.fillStyle = veil
  context.fillRect(0, 0, width, height)
  const left = Math.round(width * 0.05)
  const column = width * 0.56
  pen.rect({ x: left, y: height * 0.17, width: width * 0.09, height: height * 0.016 }, caption.accent)
  const after = paragraph(
    pen,
    caption.title,
    { x: left, y: height * 0.22, width: column, height: height * 0.44 },
    '#ffffff',
    'vi',
  )
  if (caption.second !== '') {
    const language = /\p{Script=Han}/u.test(caption.second) ? 'zh' : 'en'
    const room = { x: left, y: after + height * 0.02, width: column, height: height * 0.17 }
    paragraph(pen, caption.second, room, caption.accent, language)
  }
  const foot = Math.round(height * 0.045)
  pen.line(
    caption.line,
    { x: left, baseline: height * 0.92, align: 'left' },
    { size: foot, colour: '#eef3f7', language: 'vi' },
  )
  const mark = Math.round(height * 0.034)
  const wide = pen.measure('vi')(SAMPLE_MARK, mark)
  const box = { x: width - wide - mark * 2.2, y: height * 0.045, width: wide + mark * 1.2, height: mark * 1.7 }
  pen.rect(box, 'rgba(4,10,20,0.6)')
  const at = { x: box.x + box.width / 2, baseline: box.y + mark * 1.22, align: 'center' as const }
  pen.line(SAMPLE_MARK, at, { size: mark, colour: '#ffffff', language: 'vi' })
}

/** Draws as large as it fits, and gives back where the next thing may begin. */
const paragraph = (
  pen: Pen,
  text: string,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  colour: string,
  language: string,
): number => {
  const fitted = fitText({
    text,
    box,
    measure: pen.measure(language),
    metrics: metricsFor(text),
    smallest: 10,
    largest: Math.max(10, Math.round(box.height * 0.36)),
    pages: 1,
    even: true,
  })
  if (!fitted.ok) throw new Error(`sample caption does not fit: ${text}`)
  let top = box.y
  for (const line of fitted.value.pages.flat()) {
    const at = { x: box.x, baseline: top + fitted.value.ascent, align: 'left' as const }
    pen.line(line, at, { size: fitted.value.fontSize, colour, language })
    top += fitted.value.lineHeight
  }
  return top
}
