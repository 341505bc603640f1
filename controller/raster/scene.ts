import { unreachable } from '#core/base/result.ts'
import { RISK_COLOURS } from '#core/emergency/order.ts'
import type { FallbackMessage, Label, Mark, Message, MessageText, Picture, RiskColour } from './message.ts'
import { CLEAR_WORD, EMERGENCY_WORD, RESPONSE_WORD, SINCE, UNTIL } from './words.ts'

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

/** What a sign beside the text says: a pictogram and its word. */
export type Sign = { readonly sign: keyof typeof RESPONSE_WORD | 'clear'; readonly word: Label }

/** What a page is made of, whatever the message was. */
export type Scene = {
  readonly palette: Palette
  readonly mark: Mark | null
  readonly icon: 'warning' | 'check' | 'info'
  readonly label: Label
  /** The label in Vietnamese, English and Chinese on every page, whatever its language. */
  readonly everyLanguage: boolean
  /** A plate in the band: the class of the order, or which danger is over. */
  readonly plate: Label | null
  readonly level: number | null
  readonly forestFireLevel: number | null
  readonly signs: readonly Sign[]
  /** Vietnamese first. */
  readonly texts: readonly MessageText[]
  readonly picture: Picture | null
  readonly authority: string
  readonly time: string
  /** What the time means. */
  readonly timeWord: Label
}

/** Signs beside each other say less than the first one alone. */
const MOST_SIGNS = 2

export const sceneOf = (message: Exclude<Message, FallbackMessage>): Scene => {
  const common = {
    texts: vietnameseFirst(message.texts),
    authority: message.authority,
    everyLanguage: false,
    plate: null,
    timeWord: UNTIL,
  }
  if (message.kind === 'text') {
    const none = { mark: null, level: null, forestFireLevel: null, signs: [], picture: null } as const
    return {
      ...common,
      ...none,
      palette: NOTICE_PALETTE.text,
      icon: 'info',
      label: message.title,
      time: message.until,
    }
  }
  const { mark, forestFireLevel, picture } = message
  const signs = message.responses
    .flatMap((sign): readonly Sign[] => (sign === 'none' ? [] : [{ sign, word: RESPONSE_WORD[sign] }]))
    .slice(0, MOST_SIGNS)
  const order = { ...common, mark, forestFireLevel, picture, signs }
  switch (message.kind) {
    case 'emergency':
      return {
        ...order,
        palette: RISK_PALETTE[message.colour],
        icon: 'warning',
        label: message.hazardLabel,
        plate: message.level === null ? EMERGENCY_WORD : null,
        level: message.level,
        time: message.until,
      }
    case 'all-clear':
      return {
        ...order,
        palette: CLEAR_PALETTE,
        icon: 'check',
        label: CLEAR_WORD,
        everyLanguage: true,
        plate: message.hazardLabel === null ? null : overWord(message.hazardLabel),
        level: null,
        signs: [{ sign: 'clear', word: CLEAR_WORD }],
        time: message.at,
        timeWord: SINCE,
      }
    case 'event':
    case 'priority':
      return {
        ...order,
        palette: NOTICE_PALETTE[message.kind],
        icon: 'info',
        label: message.title,
        level: message.level,
        time: message.until,
      }
  }
  return unreachable(message)
}

/** Several dangers may share a screen: which of them is over has to be said. */
const overWord = (hazard: Label): Label => ({
  vi: `Hết: ${hazard.vi}`,
  en: `Over: ${hazard.en ?? hazard.vi}`,
  zh: `解除：${hazard.zh ?? hazard.vi}`,
})

/** Of a level 1 to 5. */
export const levelPalette = (level: number): Palette => RISK_PALETTE[RISK_COLOURS[level - 1] ?? 'purple']

export const vietnameseFirst = (texts: readonly MessageText[]): readonly MessageText[] => [
  ...texts.filter((t) => languageOf(t.language) === 'vi'),
  ...texts.filter((t) => languageOf(t.language) !== 'vi'),
]

/** `vi-VN` is `vi`. */
export const languageOf = (tag: string): string => tag.toLowerCase().split('-')[0] ?? tag

/** The label in a language; Vietnamese where there is none. */
export const wordIn = (label: Label, language: string): string =>
  (language === 'en' ? label.en : language === 'zh' ? label.zh : undefined) ?? label.vi

/** The language a label has for this one: itself, or Vietnamese. */
export const labelLanguage = (label: Label, language: string): string =>
  wordIn(label, language) === label.vi ? 'vi' : language

/** The order of font families: the Latin one has the digits and signs that all share. */
export const latinFirst = (a: string, b: string): number =>
  Number(b.startsWith('bangtin-latin')) - Number(a.startsWith('bangtin-latin')) || (a < b ? -1 : 1)
