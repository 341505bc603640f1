import { HAZARDS, type Hazard } from '../order.ts'
import type { CapCategory, CapPair } from './message.ts'

/** Names of our profile in `eventCode` and `parameter` (domain.md §4.3). */
export const HAZARD_CODE = 'VN:hazard'
export const RISK_LEVEL = 'VN:riskLevel'
export const RISK_COLOUR = 'VN:riskColour'
export const FOREST_FIRE_LEVEL = 'VN:forestFireLevel'
export const DOCUMENT_NUMBER = 'VN:documentNumber'
export const LEGAL_BASIS = 'VN:legalBasis'
export const DISPLAY = 'VN:display'
/** Ours: `priority` where the urgency and severity of the message alone would make it an emergency. It never raises. */
export const CLASS = 'VN:class'
export const PARAMETERS: readonly string[] = [
  RISK_LEVEL,
  RISK_COLOUR,
  FOREST_FIRE_LEVEL,
  DOCUMENT_NUMBER,
  LEGAL_BASIS,
  DISPLAY,
  CLASS,
]

/** QĐ 18/2021 speaks of the forest-fire forecast in Roman figures. */
export const ROMAN = ['I', 'II', 'III', 'IV', 'V'] as const
export const levelOfRoman = (text: string | null): number | null => {
  const names: readonly (string | null)[] = ROMAN
  const index = names.indexOf(text)
  return index < 0 ? null : index + 1
}
export const romanOf = (level: number): string | undefined => ROMAN[level - 1]

/** What a message may ask of the display; anything else is refused by the profile. */
export type DisplayWish = {
  readonly wake: boolean | null
  readonly sound: boolean | null
  /** Percent. */
  readonly brightness: number | null
}
export const DISPLAY_WORDS = ['wake', 'no-wake', 'sound', 'silent', 'brightness-<5…100>'] as const

/** One word of `VN:display`, or undefined when it is none of the allowed ones. */
export const displayWord = (word: string): Partial<DisplayWish> | undefined => {
  if (word === 'wake' || word === 'no-wake') return { wake: word === 'wake' }
  if (word === 'sound' || word === 'silent') return { sound: word === 'sound' }
  const percent = /^brightness-([1-9]\d{0,2})$/.exec(word)?.[1]
  return percent !== undefined && Number(percent) >= 5 && Number(percent) <= 100
    ? { brightness: Number(percent) }
    : undefined
}

export const displayWish = (parameters: readonly CapPair[]): DisplayWish => {
  const words = parameters.filter((p) => p.valueName === DISPLAY).flatMap((p) => p.value.split(/\s+/))
  const wishes = words.flatMap((word) => displayWord(word) ?? [])
  return {
    wake: wishes.find((w) => w.wake !== undefined)?.wake ?? null,
    sound: wishes.find((w) => w.sound !== undefined)?.sound ?? null,
    brightness: wishes.find((w) => w.brightness !== undefined)?.brightness ?? null,
  }
}

export const hazardOf = (text: string | null): Hazard | undefined => HAZARDS.find((h) => h === text)

/** CAP categories of a hazard, first the one it is looked for by. */
export const HAZARD_CATEGORIES: { readonly [H in Hazard]: readonly CapCategory[] } = {
  FLASH_FLOOD: ['Met', 'Safety'],
  FLOOD: ['Met', 'Safety'],
  LANDSLIDE: ['Geo', 'Safety'],
  FOREST_FIRE: ['Fire', 'Env'],
  FIRE: ['Fire', 'Safety'],
  EPIDEMIC: ['Health'],
  BORDER_CLOSURE: ['Transport', 'Security'],
  HAIL_STORM: ['Met'],
  RESERVOIR_RELEASE: ['Infra', 'Safety'],
  EARTHQUAKE: ['Geo'],
  COLD: ['Met'],
  EVACUATION: ['Safety', 'Rescue'],
  SECURITY: ['Security'],
  OTHER: ['Other'],
}

/** Words of `event` by which a hazard is known where no code says it; lower case, the more particular before the general. */
const EVENT_WORDS: readonly (readonly [Hazard, readonly string[]])[] = [
  ['RESERVOIR_RELEASE', ['xả lũ', 'reservoir', 'dam release', '泄洪']],
  ['FLASH_FLOOD', ['lũ quét', 'flash flood', '山洪']],
  ['LANDSLIDE', ['sạt lở', 'landslide', '滑坡', 'sụt lún']],
  ['FOREST_FIRE', ['cháy rừng', 'forest fire', 'wildfire', '森林火']],
  ['FLOOD', ['lũ', 'ngập', 'flood', '洪水']],
  ['FIRE', ['cháy', 'hỏa hoạn', 'fire', '火灾']],
  ['EPIDEMIC', ['dịch', 'epidemic', 'disease', '疫']],
  ['BORDER_CLOSURE', ['thông quan', 'border', '通关']],
  ['HAIL_STORM', ['mưa đá', 'lốc', 'sét', 'dông', 'hail', 'thunderstorm', '冰雹']],
  ['EARTHQUAKE', ['động đất', 'earthquake', '地震']],
  ['COLD', ['rét', 'sương muối', 'frost', 'cold', '霜']],
  ['EVACUATION', ['sơ tán', 'evacuat', '疏散']],
  ['SECURITY', ['an ninh', 'security', '治安']],
]
const ONLY_HAZARD: Partial<Record<string, Hazard>> = { Fire: 'FIRE', Health: 'EPIDEMIC', Security: 'SECURITY' }

/** A guess, to be said as such: by the words of `event`, else by a category that can mean only one of ours. */
export const guessHazard = (event: string, categories: readonly string[]): Hazard => {
  const lower = event.normalize('NFC').toLowerCase()
  const byWord = EVENT_WORDS.find(([, words]) => words.some((word) => lower.includes(word)))
  if (byWord !== undefined) return byWord[0]
  return categories.flatMap((c) => ONLY_HAZARD[c] ?? [])[0] ?? 'OTHER'
}
