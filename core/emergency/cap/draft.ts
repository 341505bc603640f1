import { type Instant, instant } from '../../base/units.ts'
import type { OrderDraftBody } from '../../contract/api.ts'
import {
  CERTAINTIES,
  ORDER_CLASS_NAMES,
  type Order,
  type OrderClass,
  type OrderStatus,
  RESPONSES,
  SEVERITIES,
  URGENCIES,
} from '../order.ts'
import { type AreaFacts, resolveArea } from './area.ts'
import { type Chain, chainOf, type KnownOrder } from './chain.ts'
import { type CapInfo, type CapMessage, pairValue, type Words } from './message.ts'
import {
  CLASS,
  DOCUMENT_NUMBER,
  displayWish,
  FOREST_FIRE_LEVEL,
  guessHazard,
  HAZARD_CODE,
  hazardOf,
  levelOfRoman,
  RISK_LEVEL,
} from './profile.ts'
import { cut, orderLanguage, textsOf } from './texts.ts'
import { parseCapTime } from './time.ts'

export type DraftFacts = AreaFacts & {
  readonly now: Instant
  /** Longest an order may hold (policy `emergency.longestMs`), and how long one holds that does not say, ms. */
  readonly longestMs: number
  readonly usualMs: number
  readonly orders: readonly KnownOrder[]
  /** The sender of our own messages: they may be referred to, but do not come back as drafts. */
  readonly own: string
}

/** Why a right message becomes no draft. */
export const CAP_REFUSALS = [
  'not-an-order', // System, Draft, Ack, Error
  'own-message',
  'not-public',
  'expired',
  'no-text',
  'older-than-known',
] as const
export type CapRefusal = (typeof CAP_REFUSALS)[number]

export type CapOutcome =
  | { readonly kind: 'draft'; readonly body: OrderDraftBody; readonly notes: readonly Words[] }
  /** It ends what is not here (yet): what it refers to is remembered and must not appear later. */
  | { readonly kind: 'remembered' }
  | ({ readonly kind: 'refused'; readonly reason: CapRefusal } & Words)

const refused = (reason: CapRefusal, vi: string, en: string): CapOutcome => ({ kind: 'refused', reason, vi, en })

/** The least a draft may say it holds, ms (`OrderDraftBody.lengthMs`). */
const SHORTEST_MS = 60_000

/**
 * What a message without errors (`checkCap`) would become: a draft for an officer, never an order, since an edge shows only what an officer's key
 * signed. `Cancel` and an all-clear end what they refer to; other updates that refer to nothing known are new.
 */
export const draftOfCap = (message: CapMessage, facts: DraftFacts): CapOutcome => {
  const status = statusOf(message.status)
  if (status === undefined)
    return refused(
      'not-an-order',
      `Bản tin ${message.status} không phải lệnh.`,
      `A message of status ${message.status} is no order.`,
    )
  if (message.sender === facts.own)
    return refused('own-message', 'Bản tin của chính trung tâm này.', 'The message is our own.')
  if (message.scope !== 'Public')
    return refused(
      'not-public',
      `Bản tin ${message.scope} không được đưa lên màn hình công cộng.`,
      `A ${message.scope} message is not for public displays.`,
    )
  const chain = withinStatus(chainOf(message, facts.orders, facts.own), message, status)
  if (chain.older)
    return refused('older-than-known', 'Đã có bản tin mới hơn.', 'A newer message of this chain is known.')
  switch (message.msgType) {
    case 'Alert':
      return alertDraft(message, status, { facts, chain: { heads: [], known: false, older: false } })
    case 'Update':
      return message.info.some((i) => i.responseType.includes('AllClear')) && chain.heads.length === 0
        ? { kind: 'remembered' }
        : alertDraft(message, status, { facts, chain })
    case 'Cancel':
      return chain.heads.length === 0 ? { kind: 'remembered' } : cancelDraft(message, status, { facts, chain })
  }
  return refused('not-an-order', `${message.msgType} không phải lệnh.`, `${message.msgType} is no order.`)
}

/** An exercise or a test neither updates nor ends what is actual, nor does an update make one of the other; what is actual may end an exercise. */
const withinStatus = (chain: Chain, { msgType }: CapMessage, status: OrderStatus): Chain => ({
  ...chain,
  heads: chain.heads.filter((h) => h.status === status || (msgType === 'Cancel' && status === 'actual')),
})

const statusOf = (status: string): OrderStatus | undefined => {
  if (status === 'Actual') return 'actual'
  if (status === 'Exercise') return 'exercise'
  return status === 'Test' ? 'test' : undefined
}

type Around = { readonly facts: DraftFacts; readonly chain: Chain }

/** TT 39/2020 and domain.md §4.3: urgent and grave is an emergency; a forest-fire forecast is none until fire is seen (§5.5, E3). */
export const classOf = (info: CapInfo): OrderClass => {
  const urgent = info.urgency === 'Immediate' || info.urgency === 'Expected'
  const grave = info.severity === 'Severe' || info.severity === 'Extreme'
  const forecast = pairValue(info.parameter, FOREST_FIRE_LEVEL) !== null && info.certainty !== 'Observed'
  const lowered = pairValue(info.parameter, CLASS) === 'priority'
  return urgent && grave && !forecast && !lowered ? 'emergency' : 'priority'
}

const mainInfo = (message: CapMessage): CapInfo | undefined =>
  message.info.find((i) => orderLanguage(i.language) === 'vi') ?? message.info[0]

const alertDraft = (message: CapMessage, status: OrderStatus, { facts, chain }: Around): CapOutcome => {
  const info = mainInfo(message)
  const { texts, notes: textNotes } = textsOf(message.info)
  if (info === undefined || texts.length === 0)
    return refused('no-text', 'Không có nội dung dùng được.', 'It has no text that can be shown.')
  const time = timesOf(message, info, facts)
  if (time.over) return refused('expired', 'Bản tin đã hết hiệu lực.', 'The message has run out.')
  const allClear = info.responseType.includes('AllClear') && chain.heads.length > 0
  const [first] = chain.heads
  const cls = allClear && first !== undefined ? first.class : classOf(info)
  const same = chain.heads.filter((h) => h.class === cls)
  const area = areaOf(message, facts)
  const what = hazardNote(info)
  const wish = displayWish(info.parameter)
  const level = Number(pairValue(info.parameter, RISK_LEVEL))
  const severity = SEVERITIES.find((s) => s === info.severity.toLowerCase())
  const notes = [
    ...textNotes,
    ...time.notes,
    ...area.notes,
    ...what.notes,
    ...severityNotes(severity === undefined),
    ...clearNotes(info.responseType.includes('AllClear') && !allClear),
    ...chainNotes(message, chain, cls),
    ...resourceNotes(message),
  ]
  const body: OrderDraftBody = {
    class: cls,
    status,
    hazard: what.hazard,
    riskLevel: level >= 1 && level <= 5 ? level : null,
    forestFireLevel: levelOfRoman(pairValue(info.parameter, FOREST_FIRE_LEVEL)),
    severity: severity ?? 'moderate',
    ...gradesOf(info),
    response: RESPONSES.filter((r) => info.responseType.some((t) => t.toLowerCase() === r)),
    ...(allClear ? { allClear: true as const } : {}),
    authority: authorityOf(message, info),
    texts: [...texts],
    targets: allClear && area.targets.length === 0 ? targetsOf(same) : [...area.targets],
    area: area.area,
    relayed: relayedOf(message),
    wake: wish.wake ?? cls === 'emergency',
    brightness: wish.brightness,
    sound: wish.sound ?? false,
    lengthMs: time.lengthMs,
    until: time.until,
    action: same.length > 0 ? 'update' : 'release',
    references: same.map((h) => h.id),
  }
  return { kind: 'draft', body, notes }
}

const gradesOf = (info: CapInfo): Partial<Pick<OrderDraftBody, 'urgency' | 'certainty'>> => {
  const urgency = URGENCIES.find((u) => u === info.urgency.toLowerCase())
  const certainty = CERTAINTIES.find((c) => c === info.certainty.toLowerCase())
  return { ...(urgency === undefined ? {} : { urgency }), ...(certainty === undefined ? {} : { certainty }) }
}

/** A cancel takes its words from what it ends; only the first class of several, since one order ends one class. */
const cancelDraft = (message: CapMessage, status: OrderStatus, { facts, chain }: Around): CapOutcome => {
  const [first] = chain.heads
  if (first === undefined) return { kind: 'remembered' }
  const same = chain.heads.filter((h) => h.class === first.class)
  const info = mainInfo(message)
  const body: OrderDraftBody = {
    class: first.class,
    status,
    hazard: first.hazard,
    riskLevel: first.riskLevel,
    forestFireLevel: first.forestFireLevel,
    severity: first.severity,
    ...(first.urgency === undefined ? {} : { urgency: first.urgency }),
    ...(first.certainty === undefined ? {} : { certainty: first.certainty }),
    authority: info === undefined ? first.authority : authorityOf(message, info),
    texts: [...textsOf(message.info).texts],
    targets: targetsOf(same),
    ...(first.area === undefined ? {} : { area: first.area }),
    relayed: relayedOf(message),
    wake: false,
    brightness: null,
    sound: false,
    lengthMs: Math.max(SHORTEST_MS, Math.min(facts.usualMs, facts.longestMs)),
    until: null,
    action: 'cancel',
    references: same.map((h) => h.id),
  }
  return { kind: 'draft', body, notes: chainNotes(message, chain, first.class) }
}

const targetsOf = (orders: readonly Order[]): string[] => [...new Set(orders.flatMap((o) => o.targets))]

const relayedOf = ({ sender, identifier, sent }: CapMessage): NonNullable<OrderDraftBody['relayed']> => ({
  sender,
  identifier,
  sent,
})

const authorityOf = (message: CapMessage, info: CapInfo): OrderDraftBody['authority'] => {
  const document = pairValue(info.parameter, DOCUMENT_NUMBER)?.trim() ?? ''
  const name = (info.senderName ?? '').trim().replace(/\s+/g, ' ')
  return { name: cut(name === '' ? message.sender : name, 200), document: document === '' ? null : cut(document, 100) }
}

type Times = {
  readonly over: boolean
  readonly lengthMs: number
  readonly until: Instant | null
  readonly notes: readonly Words[]
}

const timesOf = (message: CapMessage, info: CapInfo, { now, longestMs, usualMs }: DraftFacts): Times => {
  const notes: Words[] = []
  const start = parseCapTime(info.effective ?? '') ?? parseCapTime(message.sent) ?? now
  if (start > now + SHORTEST_MS)
    notes.push({
      vi: `Bản tin chỉ có hiệu lực từ ${info.effective ?? message.sent}.`,
      en: `The message holds only from ${info.effective ?? message.sent}.`,
    })
  const said = parseCapTime(info.expires ?? '')
  if (said === undefined)
    notes.push({
      vi: `Bản tin không nói khi nào hết hiệu lực: đề nghị ${usualMs / 60_000} phút kể từ lúc gửi.`,
      en: `The message does not say when it ends: ${usualMs / 60_000} minutes from when it was sent are proposed.`,
    })
  const end = said ?? instant(start + usualMs)
  const until = instant(Math.min(end, Math.max(now, start) + longestMs))
  if (until < end)
    notes.push({
      vi: `Bản tin dài quá ${longestMs / 3_600_000} giờ, đã cắt; gia hạn bằng cập nhật.`,
      en: `The message is longer than ${longestMs / 3_600_000} hours and was cut; renew it by an update.`,
    })
  const lengthMs = Math.min(Math.max(SHORTEST_MS, until - now), longestMs)
  return { over: end <= now, lengthMs, until, notes }
}

const areaOf = (message: CapMessage, facts: DraftFacts) => {
  const found = resolveArea(
    message.info.flatMap((i) => i.area),
    facts,
  )
  const notes: Words[] = []
  if (found.sites.length === 0)
    notes.push({ vi: 'Không có cụm nào trong vùng: hãy chọn cụm.', en: 'No cluster is in the area: choose clusters.' })
  if (found.bare.length > 0)
    notes.push({
      vi: `Không có cụm ở các đơn vị ${found.bare.join(', ')}.`,
      en: `There is no cluster in the units ${found.bare.join(', ')}.`,
    })
  if (found.unknown.length > 0)
    notes.push({
      vi: `Không biết các cụm ${found.unknown.slice(0, 20).join(', ')}.`,
      en: `The clusters ${found.unknown.slice(0, 20).join(', ')} are not known.`,
    })
  if (found.emptyShapes > 0)
    notes.push({
      vi: `${found.emptyShapes} đa giác hoặc hình tròn không chứa cụm nào.`,
      en: `${found.emptyShapes} polygons or circles hold no cluster.`,
    })
  const units = found.units.filter((code) => /^\d{5}$/.test(code)).slice(0, 200)
  return { targets: found.sites, area: { province: found.province, units, name: cut(found.name, 200) }, notes }
}

const hazardNote = (info: CapInfo) => {
  const said = hazardOf(pairValue(info.eventCode, HAZARD_CODE))
  if (said !== undefined) return { hazard: said, notes: [] }
  const hazard = guessHazard(info.event, info.category)
  const note = {
    vi: `Loại tai họa đoán từ “${cut(info.event, 60)}”: xem lại.`,
    en: `The hazard is a guess from “${cut(info.event, 60)}”: look at it.`,
  }
  return { hazard, notes: [note] }
}

const severityNotes = (isUnknown: boolean): readonly Words[] =>
  isUnknown
    ? [{ vi: 'Mức độ không rõ (Unknown): đặt tạm là vừa.', en: 'The severity is Unknown: moderate is proposed.' }]
    : []

const clearNotes = (isStray: boolean): readonly Words[] =>
  isStray
    ? [
        {
          vi: 'Bản tin báo hết nguy hiểm (AllClear) nhưng không dẫn lệnh nào đang hiệu lực: màn hình sẽ hiện như một cảnh báo, hãy xem lại.',
          en: 'The message says that the danger is over (AllClear) but refers to no order in force: screens would show it as a warning; look at it.',
        },
      ]
    : []

const resourceNotes = (message: CapMessage): readonly Words[] =>
  message.info.some((i) => i.resource.length > 0)
    ? [
        {
          vi: 'Bản tin có tệp kèm (ảnh, âm thanh): không tự lấy về.',
          en: 'The message has files (pictures, sound): they are not fetched.',
        },
      ]
    : []

const chainNotes = (message: CapMessage, chain: Chain, cls: OrderClass): readonly Words[] => {
  const notes: Words[] = []
  const others = chain.heads.filter((h) => h.class !== cls)
  for (const head of others.slice(0, 5))
    notes.push({
      vi: `Lệnh ${head.id} thuộc loại “${ORDER_CLASS_NAMES[head.class].vi}”: phải kết thúc riêng.`,
      en: `Order ${head.id} is of class “${ORDER_CLASS_NAMES[head.class].en}”: it must be ended by itself.`,
    })
  if (message.msgType === 'Update' && chain.heads.length === 0)
    notes.push(
      chain.known
        ? {
            vi: 'Lệnh được cập nhật đã kết thúc: coi như lệnh mới.',
            en: 'What it updates has ended: it counts as new.',
          }
        : {
            vi: 'Không biết bản tin được cập nhật: coi như lệnh mới.',
            en: 'What it updates is not known: it counts as new.',
          },
    )
  const foreign = chain.heads.find((h) => h.relayed?.sender !== message.sender)
  if (foreign !== undefined)
    notes.push({
      vi: `Lệnh ${foreign.id} không phải từ ${message.sender}: xem lại.`,
      en: `Order ${foreign.id} did not come from ${message.sender}: look at it.`,
    })
  return notes
}
