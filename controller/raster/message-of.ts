import type { Static } from 'typebox'
import { formatInstant } from '#core/base/time.ts'
import { duration, instant } from '#core/base/units.ts'
import type { ItemText } from '#core/content/item.ts'
import { HAZARD_NAMES, type Order, RISK_COLOURS } from '#core/emergency/order.ts'
import type { FallbackMessage, Label, Message, Picture, TextMessage } from './message.ts'

/**
 * What is drawn for an order, a text item or the standing page. One function for the edge and for the hub's preview: what an officer
 * sees before signing is what the panel shows.
 */

/** What of an order is seen. A draft that is not signed yet has it, too. */
export type OrderFace = Pick<
  Order,
  'class' | 'status' | 'hazard' | 'severity' | 'riskLevel' | 'texts' | 'expiresAt' | 'response' | 'allClear'
> & {
  readonly authority: string
  /** Absent: not given. */
  readonly forestFireLevel?: Order['forestFireLevel'] | undefined
  /** Of an all-clear: since when. Absent: not said. */
  readonly startsAt?: number | undefined
}

/** Colour for a severity where no risk level (QĐ 18/2021/QĐ-TTg Art. 4.3) is given. */
const SEVERITY_COLOUR = { minor: 'light-blue', moderate: 'light-yellow', severe: 'orange', extreme: 'red' } as const

/** `08:00 18/07/2026` in the policy's zone. */
const clockText = (at: number, offsetMinutes: number): string => {
  const text = formatInstant(instant(at), offsetMinutes)
  return `${text.slice(11, 16)} ${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(0, 4)}`
}

const colourOf = (face: OrderFace) =>
  (face.riskLevel === null ? undefined : RISK_COLOURS[face.riskLevel - 1]) ?? SEVERITY_COLOUR[face.severity]

const EVENT: Label = { vi: 'Sự kiện', en: 'Event', zh: '活动' }
const PRIORITY: Label = { vi: 'Bản tin ưu tiên', en: 'Priority bulletin', zh: '优先通告' }
const withHazard = (hazard: Order['hazard']): Label => {
  const name = HAZARD_NAMES[hazard]
  return hazard === 'OTHER'
    ? PRIORITY
    : { vi: `${PRIORITY.vi}: ${name.vi}`, en: `${PRIORITY.en}: ${name.en}`, zh: `${PRIORITY.zh}：${name.zh}` }
}

/**
 * Null: it draws nothing, the screen goes dark (safety blank) or only loses its advertisements (mourning). `picture`: of the order, decoded;
 * null while it is not here. A test is drawn under a banner of its own, for previews: an edge refuses it (core/emergency/book.ts).
 */
export const messageOfOrder = (
  face: OrderFace,
  offsetMinutes: number,
  picture: Picture | null = null,
): Exclude<Message, FallbackMessage | TextMessage> | null => {
  if (face.class === 'safety-blank' || face.class === 'mourning') return null
  const common = {
    texts: face.texts,
    authority: face.authority,
    mark: face.status === 'actual' ? null : face.status,
    forestFireLevel: face.forestFireLevel ?? null,
    picture,
  } as const
  if (face.allClear === true) {
    const at = face.startsAt === undefined ? '' : clockText(face.startsAt, offsetMinutes)
    const hazardLabel = face.hazard === 'OTHER' ? null : HAZARD_NAMES[face.hazard]
    // A level of danger, or what to do against it, would contradict the page.
    return { ...common, kind: 'all-clear', hazardLabel, at, responses: [], forestFireLevel: null }
  }
  const more = {
    until: clockText(face.expiresAt, offsetMinutes),
    responses: (face.response ?? []).filter((one) => one !== 'none'),
    level: face.riskLevel,
  }
  if (face.class === 'emergency')
    return { ...common, ...more, kind: 'emergency', hazardLabel: HAZARD_NAMES[face.hazard], colour: colourOf(face) }
  return face.class === 'major-event'
    ? { ...common, ...more, kind: 'event', title: EVENT, level: null }
    : { ...common, ...more, kind: 'priority', title: withHazard(face.hazard) }
}

/** A page that a switch at the site brings up goes with its switch: it states no end, and needs no clock. */
export const messageOfLocal = (...of: Parameters<typeof messageOfOrder>): ReturnType<typeof messageOfOrder> => {
  const message = messageOfOrder(...of)
  return message === null || message.kind === 'all-clear' ? message : { ...message, until: '' }
}

/** `durationMs`: how long one showing of the item lasts; null when it is not known yet (a draft). Milliseconds. */
export const messageOfText = (texts: readonly Static<typeof ItemText>[], durationMs: number | null): TextMessage => ({
  kind: 'text',
  title: { vi: 'Thông tin', en: 'Information', zh: '信息' },
  texts: texts.map((t) => ({ language: t.language, headline: t.title, instruction: t.body })),
  authority: '',
  until: '',
  durationMs: durationMs === null ? null : duration(durationMs),
})

/** The standing page: what a lit panel shows when nothing else is due. */
export const standingMessage = (siteName: string): Message => ({
  kind: 'fallback',
  siteName,
  line: 'Cụm thông tin điện tử công cộng',
})
