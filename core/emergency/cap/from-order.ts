import { err, ok, type Result } from '../../base/result.ts'
import { type Instant, instant } from '../../base/units.ts'
import { HAZARD_NAMES, type Order, RISK_COLOURS } from '../order.ts'
import { type AreaFacts, CLUSTER_GEOCODE, resolveArea, UNIT_GEOCODE } from './area.ts'
import { identityOf } from './chain.ts'
import { classOf } from './draft.ts'
import { type CapArea, type CapIdentity, type CapInfo, type CapMessage, type CapPair, PROFILE_CODE } from './message.ts'
import {
  CLASS,
  DISPLAY,
  DOCUMENT_NUMBER,
  FOREST_FIRE_LEVEL,
  HAZARD_CATEGORIES,
  HAZARD_CODE,
  LEGAL_BASIS,
  RISK_COLOUR,
  RISK_LEVEL,
  romanOf,
} from './profile.ts'
import { cut, LANGUAGE_TAGS } from './texts.ts'
import { formatCapTime, referenceText } from './time.ts'

export type ExportFacts = AreaFacts & {
  /** The sender of our own messages: an address of the province's, never the identifier of the authority that warned. */
  readonly own: string
  /** For `areaDesc`; null: it is not known, and the code stands for it. */
  readonly unitName: (code: string) => string | null
  readonly siteName: (id: string) => string | null
  /** The orders that this one references, as far as they are known. */
  readonly earlier: readonly Order[]
}

/** Major events, mourning and a cut picture are no alerts; a document changes no message (domain.md §4.3). */
export type NoCap = 'no-cap-for-class' | 'no-cap-for-document' | 'unknown-reference'

/** The CAP 1.2 message of an order, in our profile. */
export const capOfOrder = (order: Order, facts: ExportFacts): Result<CapMessage, NoCap> => {
  if (order.class !== 'emergency' && order.class !== 'priority') return err('no-cap-for-class')
  if (order.action === 'document') return err('no-cap-for-document')
  const references = order.references.flatMap((id) => facts.earlier.find((o) => o.id === id) ?? [])
  if (order.action !== 'release' && references.length === 0) return err('unknown-reference')
  return ok({
    ...identityOf(order, facts.own),
    status: order.status === 'actual' ? 'Actual' : order.status === 'exercise' ? 'Exercise' : 'Test',
    msgType: order.action === 'release' ? 'Alert' : order.action === 'update' ? 'Update' : 'Cancel',
    source: order.issuer,
    scope: 'Public',
    restriction: null,
    addresses: null,
    code: [PROFILE_CODE],
    note: noteOf(order),
    references:
      references.length === 0 ? null : references.map((o) => referenceText(identityOf(o, facts.own))).join(' '),
    // We relay, we do not warn ourselves: the message that this order passes on stays findable.
    incidents: order.relayed === undefined ? null : referenceText(order.relayed),
    info: order.texts.map((text) => infoOf(order, text, facts)),
  })
}

const noteOf = (order: Order): string | null => {
  if (order.status === 'exercise')
    return 'DIỄN TẬP. Đây không phải cảnh báo thật. · EXERCISE. This is not a real alert.'
  if (order.status === 'test') return 'THỬ ĐƯỜNG TRUYỀN. · TEST of the line.'
  return null
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const infoOf = (order: Order, text: Order['texts'][number], facts: ExportFacts): CapInfo => {
  const names = HAZARD_NAMES[order.hazard]
  const responses = order.allClear === true ? ['AllClear'] : (order.response ?? []).map(capital)
  const info: CapInfo = {
    language: LANGUAGE_TAGS[text.language],
    category: HAZARD_CATEGORIES[order.hazard],
    event: text.language === 'zh' ? names.zh : text.language === 'en' ? names.en : names.vi,
    // `None` says that nothing need be done: beside anything else it would contradict it.
    responseType: responses.length > 1 ? responses.filter((r) => r !== 'None') : responses,
    urgency: capital(order.urgency ?? 'immediate'),
    severity: capital(order.severity),
    certainty: capital(order.certainty ?? 'observed'),
    audience: null,
    eventCode: [{ valueName: HAZARD_CODE, value: order.hazard }],
    effective: formatCapTime(instant(order.startsAt)),
    onset: null,
    expires: formatCapTime(instant(order.expiresAt)),
    senderName: order.authority.name,
    headline: text.headline,
    description: null,
    instruction: text.instruction.trim() === '' ? null : text.instruction,
    web: null,
    contact: null,
    parameter: parametersOf(order),
    resource: [],
    area: [areaOf(order, facts)],
  }
  return classOf(info) === order.class
    ? info
    : { ...info, parameter: [...info.parameter, { valueName: CLASS, value: order.class }] }
}

const parametersOf = (order: Order): readonly CapPair[] => {
  const { riskLevel, forestFireLevel, authority, brightness } = order
  const display = [
    order.wake ? 'wake' : 'no-wake',
    order.sound ? 'sound' : 'silent',
    ...(brightness === null ? [] : [`brightness-${Math.round(brightness)}`]),
  ]
  const pair = (valueName: string, value: string | null | undefined): readonly CapPair[] =>
    value === null || value === undefined ? [] : [{ valueName, value }]
  return [
    ...pair(RISK_LEVEL, riskLevel === null ? null : String(riskLevel)),
    ...pair(RISK_COLOUR, riskLevel === null ? null : RISK_COLOURS[riskLevel - 1]),
    ...pair(FOREST_FIRE_LEVEL, forestFireLevel === null ? null : romanOf(forestFireLevel)),
    ...pair(DOCUMENT_NUMBER, authority.document),
    ...pair(LEGAL_BASIS, 'S4/8.2'),
    ...pair(DISPLAY, display.join(' ')),
  ]
}

/** By codes where they mean exactly the targets, else cluster by cluster, so that whoever reads it reaches the same screens. */
const areaOf = (order: Order, facts: ExportFacts): CapArea => {
  const units = order.area?.province === true ? [facts.province] : (order.area?.units ?? [])
  const codes = units.map((value) => ({ valueName: UNIT_GEOCODE, value }))
  const blank = { areaDesc: '', polygon: [], circle: [], altitude: null, ceiling: null }
  const reached = resolveArea([{ ...blank, geocode: codes }], facts).sites
  const isWhole = reached.length === order.targets.length && reached.every((id) => order.targets.includes(id))
  const names = isWhole
    ? units.map((code) => facts.unitName(code) ?? code)
    : order.targets.map((id) => facts.siteName(id) ?? id)
  const said = (order.area?.name ?? '').trim()
  return {
    ...blank,
    areaDesc: said === '' ? cut(names.join(', '), 400) : said,
    geocode:
      isWhole && codes.length > 0 ? codes : order.targets.map((value) => ({ valueName: CLUSTER_GEOCODE, value })),
  }
}

/** What answers a message: that it was taken in, or in `note` why not (domain.md §4.2). It has no info. */
export const answerToCap = (
  to: CapIdentity,
  answer: {
    readonly own: string
    readonly identifier: string
    readonly at: Instant
    readonly status: string
    /** Null: it was taken in. */
    readonly fault: string | null
    readonly note: string | null
  },
): CapMessage => ({
  identifier: answer.identifier,
  sender: answer.own,
  sent: formatCapTime(answer.at),
  status: answer.status,
  msgType: answer.fault === null ? 'Ack' : 'Error',
  source: null,
  scope: 'Private',
  restriction: null,
  addresses: to.sender,
  code: [PROFILE_CODE],
  note: answer.fault ?? answer.note,
  references: referenceText(to),
  incidents: null,
  info: [],
})
