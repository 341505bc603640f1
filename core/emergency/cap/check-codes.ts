import { HAZARDS, RISK_COLOURS } from '../order.ts'
import type { Ask } from './check-text.ts'
import { type CapInfo, type CapMessage, type CapPair, pairValue } from './message.ts'
import {
  CLASS,
  DISPLAY,
  DISPLAY_WORDS,
  DOCUMENT_NUMBER,
  displayWord,
  FOREST_FIRE_LEVEL,
  HAZARD_CODE,
  hazardOf,
  PARAMETERS,
  RISK_COLOUR,
  RISK_LEVEL,
  ROMAN,
} from './profile.ts'

/** What level 1 to 5 suggests (domain.md §4.3). */
const SUGGESTED = ['Minor', 'Moderate', 'Severe', 'Severe', 'Extreme'] as const
const WEAKEST_FIRST = ['Unknown', 'Minor', 'Moderate', 'Severe', 'Extreme']

/** `eventCode` and `parameter`: that they are pairs, and that those of our profile have values it allows. */
export const checkCodes = (
  info: CapInfo,
  path: string,
  { message, ask }: { readonly message: CapMessage; readonly ask: Ask },
): void => {
  for (const key of ['eventCode', 'parameter'] as const) {
    for (const [i, pair] of info[key].entries())
      if (pair.valueName.trim() === '' || pair.value.trim() === '')
        ask.add('missing', 'error', `${path}/${key}/${i}`, {
          vi: 'thiếu valueName hoặc value',
          en: 'valueName or value is missing',
        })
    const twice = info[key].findIndex((p, i) => p.valueName !== DISPLAY && contradicts(info[key], p, i))
    if (twice >= 0)
      ask.add('value-twice', 'error', `${path}/${key}/${twice}`, {
        vi: `${info[key][twice]?.valueName} có hai giá trị khác nhau`,
        en: `${info[key][twice]?.valueName} has two values`,
      })
  }
  const hazard = pairValue(info.eventCode, HAZARD_CODE)
  if (hazard !== null && hazardOf(hazard) === undefined)
    ask.add('unknown-hazard', 'error', `${path}/eventCode`, {
      vi: `${HAZARD_CODE} “${hazard.slice(0, 40)}” không thuộc: ${HAZARDS.join(', ')}`,
      en: `${HAZARD_CODE} “${hazard.slice(0, 40)}” is none of: ${HAZARDS.join(', ')}`,
    })
  if (hazard === null && ask.strict && message.msgType !== 'Cancel')
    ask.add('no-hazard', 'error', `${path}/eventCode`, {
      vi: `hồ sơ này cần eventCode ${HAZARD_CODE}`,
      en: `the profile needs the eventCode ${HAZARD_CODE}`,
    })
  for (const [i, pair] of info.parameter.entries()) checkParameter(pair, `${path}/parameter/${i}`, ask)
  checkRisk(info, path, ask)
}

/** Ours only: others may repeat their own names as they like. */
const contradicts = (pairs: readonly CapPair[], pair: CapPair, index: number): boolean =>
  pair.valueName.startsWith('VN:') &&
  pairs.findIndex((p) => p.valueName === pair.valueName && p.value !== pair.value) >= 0 &&
  pairs.findIndex((p) => p.valueName === pair.valueName) < index

const ALLOWED: { readonly [name: string]: readonly string[] } = {
  [RISK_LEVEL]: ['1', '2', '3', '4', '5'],
  [RISK_COLOUR]: RISK_COLOURS,
  [FOREST_FIRE_LEVEL]: ROMAN,
  [CLASS]: ['emergency', 'priority'],
}

const checkParameter = ({ valueName, value }: CapPair, path: string, ask: Ask): void => {
  const allowed = Object.hasOwn(ALLOWED, valueName) ? ALLOWED[valueName] : undefined
  const wrong = (words: string) =>
    ask.add('bad-parameter', 'error', path, {
      vi: `${valueName} “${value.slice(0, 40)}” không thuộc: ${words}`,
      en: `${valueName} “${value.slice(0, 40)}” is none of: ${words}`,
    })
  if (allowed !== undefined && !allowed.includes(value)) wrong(allowed.join(', '))
  if (valueName === DISPLAY && value.split(/\s+/).some((word) => displayWord(word) === undefined))
    wrong(DISPLAY_WORDS.join(', '))
  if (valueName === DOCUMENT_NUMBER && [...value].length > 100)
    ask.add('too-long', 'error', path, { vi: 'dài quá 100 ký tự', en: 'has more than 100 characters' })
  if (ask.strict && valueName.startsWith('VN:') && !PARAMETERS.includes(valueName))
    ask.add('unknown-parameter', 'error', path, {
      vi: `hồ sơ này không có ${valueName.slice(0, 40)}`,
      en: `the profile has no ${valueName.slice(0, 40)}`,
    })
}

const checkRisk = (info: CapInfo, path: string, ask: Ask): void => {
  const level = Number(pairValue(info.parameter, RISK_LEVEL))
  const colour = pairValue(info.parameter, RISK_COLOUR)
  if (!(level >= 1 && level <= 5)) {
    if (colour !== null)
      ask.add('colour-alone', 'warning', `${path}/parameter`, {
        vi: `có ${RISK_COLOUR} mà không có ${RISK_LEVEL}`,
        en: `has ${RISK_COLOUR} but no ${RISK_LEVEL}`,
      })
    return
  }
  const due = RISK_COLOURS[level - 1]
  if (colour !== null && colour !== due)
    ask.add('wrong-colour', 'error', `${path}/parameter`, {
      vi: `cấp ${level} có màu ${due}, không phải ${colour} (QĐ 18/2021, Điều 4.3)`,
      en: `level ${level} is ${due}, not ${colour} (Decision 18/2021, Art. 4.3)`,
    })
  const suggested = SUGGESTED[level - 1] ?? 'Minor'
  if (WEAKEST_FIRST.indexOf(info.severity) < WEAKEST_FIRST.indexOf(suggested))
    ask.add('low-severity', 'warning', `${path}/severity`, {
      vi: `cấp rủi ro ${level} thường là ${suggested}`,
      en: `risk level ${level} suggests ${suggested}`,
    })
}
