import { unreachable } from '#core/base/result.ts'
import type { FallbackMessage, Label, Message, MessageText, RiskColour } from './message.ts'

/** Band colour, the ink that is legible on it, and a dark shade of it for the footer. */
export type Palette = { readonly band: string; readonly ink: string; readonly shade: string }

export const RISK_PALETTE: { readonly [C in RiskColour]: Palette } = {
  'light-blue': { band: '#8fd3ff', ink: '#00131f', shade: '#0f2c3d' },
  'light-yellow': { band: '#fff27a', ink: '#1f1b00', shade: '#39340c' },
  orange: { band: '#ff8c00', ink: '#1a0d00', shade: '#3d2100' },
  red: { band: '#d90416', ink: '#ffffff', shade: '#3d0006' },
  purple: { band: '#8e1fb0', ink: '#ffffff', shade: '#2c0638' },
}

export const CLEAR_PALETTE: Palette = { band: '#0a9a45', ink: '#ffffff', shade: '#06331a' }
export const NOTICE_PALETTE: { readonly [K in 'event' | 'priority' | 'text']: Palette } = {
  event: { band: '#f4b400', ink: '#1f1700', shade: '#382a00' },
  priority: { band: '#1769d2', ink: '#ffffff', shade: '#08244a' },
  text: { band: '#0d7f86', ink: '#ffffff', shade: '#063034' },
}

/** What a page is made of, whatever the message was. */
export type Scene = {
  readonly palette: Palette
  readonly exercise: boolean
  readonly icon: 'warning' | 'check' | 'info'
  readonly label: Label
  readonly level: number | null
  /** Vietnamese first. */
  readonly texts: readonly MessageText[]
  readonly authority: string
  readonly time: string
  /** What the time means. */
  readonly timeWord: Label
}

const UNTIL: Label = { vi: 'Đến', en: 'Until', zh: '有效至' }
const AT: Label = { vi: 'Từ', en: 'Since', zh: '自' }
const CLEAR: Label = { vi: 'HẾT NGUY HIỂM', en: 'ALL CLEAR', zh: '警报解除' }

export const EXERCISE_WORD: Label = { vi: 'DIỄN TẬP', en: 'EXERCISE', zh: '演习' }
export const LEVEL_WORD: Label = { vi: 'CẤP', en: 'LEVEL', zh: '级别' }

export const sceneOf = (message: Exclude<Message, FallbackMessage>): Scene => {
  const common = { texts: vietnameseFirst(message.texts), authority: message.authority }
  switch (message.kind) {
    case 'emergency':
      return {
        ...common,
        palette: RISK_PALETTE[message.colour],
        exercise: message.exercise,
        icon: 'warning',
        label: message.hazardLabel,
        level: message.level,
        time: message.until,
        timeWord: UNTIL,
      }
    case 'all-clear':
      return {
        ...common,
        palette: CLEAR_PALETTE,
        exercise: message.exercise,
        icon: 'check',
        label: joinLabels(CLEAR, message.hazardLabel),
        level: null,
        time: message.at,
        timeWord: AT,
      }
    case 'event':
    case 'priority':
    case 'text':
      return {
        ...common,
        palette: NOTICE_PALETTE[message.kind],
        exercise: false,
        icon: 'info',
        label: message.title,
        level: null,
        time: message.until,
        timeWord: UNTIL,
      }
  }
  return unreachable(message)
}

const joinLabels = (a: Label, b: Label): Label => ({
  vi: `${a.vi}: ${b.vi}`,
  en: b.en === undefined ? a.en : `${a.en}: ${b.en}`,
  zh: b.zh === undefined ? a.zh : `${a.zh}：${b.zh}`,
})

export const vietnameseFirst = (texts: readonly MessageText[]): readonly MessageText[] => [
  ...texts.filter((t) => languageOf(t.language) === 'vi'),
  ...texts.filter((t) => languageOf(t.language) !== 'vi'),
]

/** `vi-VN` is `vi`. */
export const languageOf = (tag: string): string => tag.toLowerCase().split('-')[0] ?? tag

/** The label in a language; Vietnamese where there is none. */
export const wordIn = (label: Label, language: string): string =>
  (language === 'en' ? label.en : language === 'zh' ? label.zh : undefined) ?? label.vi

/** The order of font families: the Latin one has the digits and signs that all share. */
export const latinFirst = (a: string, b: string): number =>
  Number(b.startsWith('bangtin-latin')) - Number(a.startsWith('bangtin-latin')) || (a < b ? -1 : 1)
