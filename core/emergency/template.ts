import { type DocumentFault, parseDocument } from '../base/check.ts'
import { err, ok, type Result } from '../base/result.ts'
import { type OrderTemplate, OrderTemplates } from '../contract/api.ts'
import { gateText, textFaultText } from '../text/gate.ts'
import type { Order, OrderLanguage } from './order.ts'

/**
 * Templates of orders as data: the words were weighed in quiet, so that in an emergency an officer only says where. Where they come from and
 * how to change them: deploy/templates/README.md.
 */
export const PLACE = '{place}'
/** Characters, `{place}` counted as it is written. Short enough to be read on the way past (reading.ts), and to leave room for the place. */
export const TEMPLATE_LIMITS = { headline: 60, instruction: 160 } as const
/** Every template is at least in these; more may follow once somebody has reviewed them. */
export const TEMPLATE_LANGUAGES = ['vi', 'en', 'zh'] as const
const GATE = { headline: { most: 200, lines: 1 }, instruction: { most: 500, lines: 5 } } as const

/** Reads and checks a file of templates. Every fault names its place. */
export const parseTemplates = (text: string): Result<OrderTemplates, readonly DocumentFault[]> => {
  const parsed = parseDocument(OrderTemplates, text)
  if (!parsed.ok) return parsed
  const { templates } = parsed.value
  const faults = templates.flatMap((template, i) => templateFaults(template, `/templates/${i}`))
  templates.forEach(({ id }, i) => {
    if (templates.findIndex((other) => other.id === id) < i)
      faults.push({ where: `/templates/${i}/id`, why: `${id} is there twice` })
  })
  return faults.length === 0 ? parsed : err(faults)
}

const templateFaults = (template: OrderTemplate, at: string): DocumentFault[] => {
  const { texts } = template
  const faults: DocumentFault[] = classFaults(template).map((why) => ({ where: `${at}/class`, why }))
  const languages = texts.map(({ language }) => language)
  const wrong = languages[0] !== 'vi' || new Set(languages).size < languages.length
  if (wrong) faults.push({ where: `${at}/texts`, why: 'Vietnamese comes first, and each language once' })
  for (const language of TEMPLATE_LANGUAGES)
    if (!languages.includes(language)) faults.push({ where: `${at}/texts`, why: `${language} is missing` })
  texts.forEach((text, i) => {
    const where = `${at}/texts/${i}`
    for (const part of ['headline', 'instruction'] as const) {
      const why = textFault(text[part], part)
      if (why !== null) faults.push({ where: `${where}/${part}`, why })
    }
    if (!text.headline.includes(PLACE) && !text.instruction.includes(PLACE))
      faults.push({ where, why: `says ${PLACE} nowhere: nobody would know whether it is meant for them` })
  })
  return faults
}

const textFault = (text: string, part: 'headline' | 'instruction'): string | null => {
  const gated = gateText(text, GATE[part])
  if (!gated.ok) return textFaultText(gated.error).en
  if (gated.value.normalised) return 'is not NFC'
  const most = TEMPLATE_LIMITS[part]
  const { length } = [...text]
  if (length > most) return `has ${length} characters, at most ${most} are read on the way past`
  return /[{}]/u.test(text.replaceAll(PLACE, '')) ? `has another placeholder than ${PLACE}` : null
}

/**
 * Which class a hazard has (domain.md §4.3): emergency from immediate or expected with severe or extreme, otherwise priority. Observed danger is
 * what tells a forest fire from its forecast (example E3).
 */
const classFaults = (template: OrderTemplate): readonly string[] => {
  const { class: is, severity, urgency, allClear, response } = template
  if (is !== 'emergency' && is !== 'priority') return [`templates are for emergency and priority, not for ${is}`]
  if (allClear)
    return urgency === 'past' && response.length === 0 ? [] : ['an all-clear is past, and asks for no response']
  const grave = severity === 'severe' || severity === 'extreme'
  const soon = urgency === 'immediate' || urgency === 'expected'
  if (is === 'emergency' && !(grave && soon)) return [`${severity}, ${urgency} is a priority notice, no emergency`]
  return []
}

/** Where, in the words of each language; where one is missing, the Vietnamese name stands, which is on the road signs, too. */
export type Places = { readonly [L in OrderLanguage]?: string | undefined } & { readonly vi: string }

export type FillFault = { readonly language: OrderLanguage; readonly vi: string; readonly en: string }

/** The texts of an order from a template: `{place}` filled in, gated anew, in Unicode NFC. Refused with every reason, or filled whole. */
export const fillTemplate = (
  template: Pick<OrderTemplate, 'texts'>,
  places: Places,
): Result<Order['texts'], readonly FillFault[]> => {
  const faults: FillFault[] = []
  const fill = (text: string, part: 'headline' | 'instruction', language: OrderLanguage): string => {
    const filled = text.split(PLACE).join((places[language] ?? places.vi).trim())
    if (filled === '') return ''
    const gated = gateText(filled, GATE[part])
    if (gated.ok) return gated.value.text
    faults.push({ language, ...textFaultText(gated.error) })
    return filled
  }
  if (places.vi.trim() === '') return err([{ language: 'vi', vi: 'Chưa ghi nơi xảy ra.', en: 'It is not said where.' }])
  const texts = template.texts.map((text) => ({
    language: text.language,
    headline: fill(text.headline, 'headline', text.language),
    instruction: fill(text.instruction, 'instruction', text.language),
  }))
  return faults.length === 0 ? ok(texts) : err(faults)
}
