import type { Frame } from './frame.ts'
import { middleBaseline } from './one-line.ts'
import type { Pen } from './pen.ts'
import { type Scene, wordIn } from './scene.ts'

type FooterLine = {
  readonly text: string
  readonly at: { readonly x: number; readonly baseline: number; readonly align: 'left' | 'right' }
  readonly style: { readonly size: number; readonly colour: string; readonly language: string }
}

export const timeText = (scene: Scene, language: string): string =>
  scene.time === '' ? '' : `${wordIn(scene.timeWord, language)} ${scene.time}`

/** Authority on the left, time on the right, or undefined when they do not fit beside each other in legible letters. */
export const footerOf = (
  pen: Pen,
  scene: Scene,
  frame: Frame,
  languages: readonly string[],
): readonly FooterLine[] | undefined => {
  const area = frame.footer
  if (area === undefined) return undefined
  const language = languages[0] ?? 'vi'
  const time = timeText(scene, language)
  const pad = Math.round(area.height * 0.35)
  const room = area.width - 2 * pad
  const natural = pen.measure(language)(`${scene.authority}   ${time}`, 100) / 100 + (time === '' ? 0 : 2)
  const size = Math.min(Math.floor(area.height / 1.4), Math.floor(room / Math.max(natural, 0.01)))
  const least = Math.max(11, Math.round(frame.legible * 0.62))
  if (size < least) return undefined
  const baseline = middleBaseline(area, size)
  const style = { size, language }
  const lines: readonly FooterLine[] = [
    {
      text: scene.authority,
      at: { x: area.x + pad, baseline, align: 'left' as const },
      style: { ...style, colour: '#e8edf2' },
    },
    {
      text: time,
      at: { x: area.x + area.width - pad, baseline, align: 'right' as const },
      style: { ...style, colour: '#ffffff' },
    },
  ]
  return lines.filter((line) => line.text !== '')
}
