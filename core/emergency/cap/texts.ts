import { gateText } from '../../text/gate.ts'
import type { Order, OrderLanguage } from '../order.ts'
import type { CapInfo, Words } from './message.ts'

/** The languages of our orders as CAP writes them (RFC 3066, domain.md §4.2). */
export const LANGUAGE_TAGS: { readonly [L in OrderLanguage]: string } = {
  vi: 'vi-VN',
  en: 'en-US',
  zh: 'zh-Hans-CN',
  blt: 'blt-Tavt-VN',
  hmn: 'hmn-VN',
}

/** Which of our languages a tag means; undefined: none of them. */
export const orderLanguage = (tag: string | null): OrderLanguage | undefined => {
  const main = (tag ?? 'en-US').toLowerCase().split('-')[0]
  switch (main) {
    case 'vi':
      return 'vi'
    case 'en':
      return 'en'
    case 'zh':
    case 'cmn':
      return 'zh'
    case 'blt':
      return 'blt'
    case 'hmn':
      return 'hmn'
    case undefined:
      return undefined
  }
  return undefined
}

/** Bounds of `Order.texts`, in characters. */
const MOST_HEADLINE = 200
const MOST_INSTRUCTION = 500
/** An instruction of more lines has no place on a panel. */
const MOST_LINES = 12

/** At most `most` code units, cut between words where there is one in the last third. */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text
  const head = text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')
  const space = head.lastIndexOf(' ')
  return `${(space > (most * 2) / 3 ? head.slice(0, space) : head).trimEnd()}…`
}

type Text = Order['texts'][number]

const oneLine = (text: string): string => text.trim().replace(/\s+/g, ' ')
const fewLines = (text: string): string =>
  text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/[ \t]+/g, ' '))
    .filter((line) => line !== '')
    .slice(0, MOST_LINES)
    .join('\n')

/**
 * What the infos say, in our languages, Vietnamese first. The headline is `headline`, else `event`; below it stands `instruction`, else
 * `description`. What is too long is cut, in other languages left out, and both are said.
 */
export const textsOf = (
  infos: readonly CapInfo[],
): { readonly texts: readonly Text[]; readonly notes: readonly Words[] } => {
  const texts: Text[] = []
  const notes: Words[] = []
  for (const info of infos) {
    const language = orderLanguage(info.language)
    const tag = info.language ?? 'en-US'
    if (language === undefined || texts.some((t) => t.language === language)) {
      notes.push({ vi: `Bỏ qua nội dung bằng ${tag}.`, en: `The text in ${tag} is left out.` })
      continue
    }
    const headline = oneLine(info.headline ?? '') || oneLine(info.event)
    const instruction = fewLines(info.instruction ?? '') || fewLines(info.description ?? '')
    const text = { language, headline: cut(headline, MOST_HEADLINE), instruction: cut(instruction, MOST_INSTRUCTION) }
    if (!gateText(text.headline, { most: MOST_HEADLINE, lines: 1 }).ok) {
      notes.push({ vi: `Bỏ qua tiêu đề hỏng bằng ${tag}.`, en: `The damaged headline in ${tag} is left out.` })
      continue
    }
    if (text.headline !== headline || text.instruction !== instruction)
      notes.push({
        vi: `Nội dung bằng ${tag} quá dài, đã cắt: xem lại.`,
        en: `The text in ${tag} was too long and has been cut: look at it.`,
      })
    texts.push(text)
  }
  if (texts.length > 0 && !texts.some((t) => t.language === 'vi'))
    notes.push({
      vi: 'Không có tiếng Việt (vi-VN): phải dịch trước khi phát.',
      en: 'There is no Vietnamese (vi-VN): translate it before release.',
    })
  return { texts: [...texts].sort((a, b) => Number(b.language === 'vi') - Number(a.language === 'vi')), notes }
}
