import type { Instant } from '../../base/units.ts'
import { checkArea } from './check-area.ts'
import { checkCodes } from './check-codes.ts'
import { type Ask, gate, oneOf, timeAt } from './check-text.ts'
import {
  CAP_CATEGORIES,
  CAP_CERTAINTIES,
  CAP_RESPONSES,
  CAP_SEVERITIES,
  CAP_URGENCIES,
  type CapInfo,
  type CapMessage,
  type CapResource,
} from './message.ts'
import { parseCapTime } from './time.ts'

type Around = { readonly message: CapMessage; readonly ask: Ask }

/** `xs:language`: BCP 47 in its plainest form. */
const LANGUAGE = /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/
/** CAP calls this many characters a useful target for a headline. */
const GOOD_HEADLINE = 160
const HEADLINE = { most: 200, lines: 1 }
const INSTRUCTION = { most: 500, lines: 12 }
const DESCRIPTION = { most: 4000, lines: 100 }
const LINE = { most: 200, lines: 1 }
const MOST_AREAS = 100
const MOST_RESOURCES = 20
/** Letters that only Vietnamese has: a text with them is hardly English. */
const VIETNAMESE = /[ơưđ\u1ea0-\u1ef9]/i

export const checkInfo = (info: CapInfo, path: string, { message, ask }: Around): void => {
  checkLanguage(info, path, { message, ask })
  checkWords(info, path, ask)
  checkTexts(info, path, ask)
  checkTimes(info, path, { message, ask })
  checkCodes(info, path, { message, ask })
  for (const [i, resource] of info.resource.slice(0, MOST_RESOURCES).entries())
    checkResource(resource, `${path}/resource/${i}`, ask)
  for (const [i, area] of info.area.slice(0, MOST_AREAS).entries()) checkArea(area, `${path}/area/${i}`, ask)
  for (const [name, most] of [['resource', MOST_RESOURCES] as const, ['area', MOST_AREAS] as const])
    if (info[name].length > most)
      ask.add('too-many', 'error', `${path}/${name}`, {
        vi: `có ${info[name].length}, tối đa ${most}`,
        en: `has ${info[name].length}, at most ${most}`,
      })
  if (info.area.length === 0)
    ask.add('no-area', ask.strict && message.msgType !== 'Cancel' ? 'error' : 'warning', `${path}/area`, {
      vi: 'không nói nơi nào bị ảnh hưởng',
      en: 'does not say which area it is about',
    })
}

const checkLanguage = (info: CapInfo, path: string, { message, ask }: Around): void => {
  const language = info.language ?? 'en-US'
  if (info.language === null)
    ask.add('language-default', ask.strict ? 'error' : 'warning', `${path}/language`, {
      vi: 'không ghi ngôn ngữ: CAP hiểu là en-US; tiếng Việt phải ghi vi-VN',
      en: 'is missing: CAP reads it as en-US; Vietnamese must say vi-VN',
    })
  else if (!LANGUAGE.test(language))
    ask.add('bad-language', 'error', `${path}/language`, {
      vi: `“${language.slice(0, 40)}” không phải mã ngôn ngữ (RFC 3066)`,
      en: `“${language.slice(0, 40)}” is no language code (RFC 3066)`,
    })
  // Beside a Vietnamese info, an English one may well name places in Vietnamese letters.
  const alone = !message.info.some((i) => /^vi\b/i.test(i.language ?? ''))
  if (alone && /^en\b/i.test(language) && VIETNAMESE.test(info.headline ?? info.event))
    ask.add('looks-vietnamese', 'warning', `${path}/language`, {
      vi: 'chữ là tiếng Việt nhưng ngôn ngữ là tiếng Anh: ghi vi-VN',
      en: 'the text looks Vietnamese but the language is English: say vi-VN',
    })
}

const checkWords = (info: CapInfo, path: string, ask: Ask): void => {
  if (info.category.length === 0) ask.add('missing', 'error', `${path}/category`, { vi: 'thiếu', en: 'is missing' })
  for (const [i, category] of info.category.entries()) oneOf(CAP_CATEGORIES, category, `${path}/category/${i}`, ask)
  for (const [i, type] of info.responseType.entries()) oneOf(CAP_RESPONSES, type, `${path}/responseType/${i}`, ask)
  for (const key of ['category', 'responseType'] as const)
    if (new Set(info[key]).size < info[key].length)
      ask.add('value-twice', 'warning', `${path}/${key}`, { vi: 'ghi lặp lại', en: 'names the same twice' })
  for (const lone of ['AllClear', 'None'])
    if (info.responseType.includes(lone) && info.responseType.some((r) => r !== lone))
      ask.add('contradiction', 'error', `${path}/responseType`, {
        vi: `${lone} mâu thuẫn với ${info.responseType.filter((r) => r !== lone).join(', ')}`,
        en: `${lone} contradicts ${info.responseType.filter((r) => r !== lone).join(', ')}`,
      })
  oneOf(CAP_URGENCIES, info.urgency, `${path}/urgency`, ask)
  oneOf(CAP_SEVERITIES, info.severity, `${path}/severity`, ask)
  oneOf(CAP_CERTAINTIES, info.certainty, `${path}/certainty`, ask)
}

const checkTexts = (info: CapInfo, path: string, ask: Ask): void => {
  const soft = !ask.strict
  gate(info.event, `${path}/event`, { limits: LINE, required: true }, ask)
  const headline = info.headline ?? ''
  const right = gate(headline, `${path}/headline`, { limits: HEADLINE, required: ask.strict, soft }, ask)
  if (right && [...headline].length > GOOD_HEADLINE && [...headline].length <= HEADLINE.most)
    ask.add('long-headline', 'warning', `${path}/headline`, {
      vi: `dài ${[...headline].length} ký tự; nên dưới ${GOOD_HEADLINE}`,
      en: `has ${[...headline].length} characters; keep it under ${GOOD_HEADLINE}`,
    })
  gate(info.instruction ?? '', `${path}/instruction`, { limits: INSTRUCTION, required: false, soft }, ask)
  gate(info.description ?? '', `${path}/description`, { limits: DESCRIPTION, required: false, soft }, ask)
  gate(info.senderName ?? '', `${path}/senderName`, { limits: LINE, required: ask.strict, soft }, ask)
  gate(info.contact ?? '', `${path}/contact`, { limits: { most: 500, lines: 5 }, required: false, soft }, ask)
  gate(info.audience ?? '', `${path}/audience`, { limits: { most: 500, lines: 5 }, required: false, soft }, ask)
  if (info.web !== null && !isAbsolute(info.web))
    ask.add('bad-uri', 'error', `${path}/web`, {
      vi: 'phải là địa chỉ đầy đủ (https://…)',
      en: 'must be a full address (https://…)',
    })
}

const isAbsolute = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(text)

const checkTimes = (info: CapInfo, path: string, { message, ask }: Around): void => {
  const at = (key: 'effective' | 'onset' | 'expires'): Instant | undefined => {
    const text = info[key]
    return text === null ? undefined : timeAt(text, `${path}/${key}`, ask)
  }
  const [effective, onset, expires] = [at('effective') ?? parseCapTime(message.sent), at('onset'), at('expires')]
  const { now, longestMs } = ask.facts
  if (info.expires === null) {
    const severity = ask.strict && message.msgType !== 'Cancel' ? 'error' : 'warning'
    ask.add('no-expires', severity, `${path}/expires`, {
      vi: 'không nói khi nào hết hiệu lực',
      en: 'does not say when it ends',
    })
  }
  if (expires === undefined) return
  for (const [name, start] of [['effective', effective] as const, ['onset', onset] as const])
    if (start !== undefined && expires <= start)
      ask.add('ends-before-it-starts', name === 'effective' ? 'error' : 'warning', `${path}/expires`, {
        vi: `hết hiệu lực trước khi bắt đầu (${name})`,
        en: `is not after its start (${name})`,
      })
  if (effective !== undefined && expires - effective > longestMs)
    ask.add('too-long-span', ask.strict ? 'error' : 'warning', `${path}/expires`, {
      vi: `dài hơn ${longestMs / 3_600_000} giờ; gia hạn bằng Update`,
      en: `is more than ${longestMs / 3_600_000} hours away; renew it by an Update`,
    })
  if (now !== null && expires <= now)
    ask.add('expired', 'warning', `${path}/expires`, { vi: 'đã hết hiệu lực', en: 'has passed' })
}

const MIME = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(\s*;.*)?$/
const DIGEST = /^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

const checkResource = (resource: CapResource, path: string, ask: Ask): void => {
  gate(resource.resourceDesc, `${path}/resourceDesc`, { limits: LINE, required: true }, ask)
  const wrong = (key: string, words: { readonly vi: string; readonly en: string }) =>
    ask.add('bad-resource', 'error', `${path}/${key}`, words)
  if (!MIME.test(resource.mimeType.trim())) wrong('mimeType', { vi: 'không phải kiểu MIME', en: 'is no MIME type' })
  if (resource.size !== null && !/^\+?\d{1,15}$/.test(resource.size))
    wrong('size', { vi: 'không phải số byte', en: 'is no number of bytes' })
  if (resource.uri !== null && !/^[^\s<>"{}|\\^`]+$/.test(resource.uri))
    wrong('uri', { vi: 'không phải địa chỉ', en: 'is no address' })
  if (resource.derefUri !== null && !BASE64.test(resource.derefUri.replace(/\s+/g, '')))
    wrong('derefUri', { vi: 'không phải base64', en: 'is not base64' })
  if (resource.digest !== null && !DIGEST.test(resource.digest.trim()))
    wrong('digest', { vi: 'không phải SHA-1 dạng hex', en: 'is no SHA-1 in hexadecimal' })
}

/** Infos are one event in several languages: what they say of it must be one thing (domain.md §4.2). */
export const checkTogether = (infos: readonly CapInfo[], { ask }: Around): void => {
  const first = infos[0]
  if (first === undefined) return
  const same = (name: string, pick: (info: CapInfo) => string): void => {
    const index = infos.findIndex((info) => pick(info) !== pick(first))
    if (index < 0) return
    ask.add('infos-disagree', 'error', `/info/${index}/${name}`, {
      vi: `khác với khối info đầu (“${pick(first)}”)`,
      en: `differs from the first info (“${pick(first)}”)`,
    })
  }
  same('urgency', (i) => i.urgency)
  same('severity', (i) => i.severity)
  same('certainty', (i) => i.certainty)
  same('expires', (i) => (i.expires === null ? '' : String(parseCapTime(i.expires) ?? i.expires)))
  same('responseType', (i) => (i.responseType.includes('AllClear') ? 'AllClear' : ''))
  const languages = infos.map((i) => (i.language ?? 'en-US').toLowerCase())
  for (const [i, language] of languages.entries())
    if (languages.indexOf(language) < i)
      ask.add('language-twice', 'error', `/info/${i}/language`, {
        vi: `đã có một khối info bằng ${language}`,
        en: `there is another info in ${language}`,
      })
}
