import type { Static } from 'typebox'
import { formatInstant } from '#core/base/time.ts'
import { duration, instant } from '#core/base/units.ts'
import type { ItemText } from '#core/content/item.ts'
import { HAZARD_NAMES, type Order, RISK_COLOURS } from '#core/emergency/order.ts'
import type { Message, TextMessage } from './message.ts'

/**
 * What is drawn for an order, a text item or the standing page. One function for the edge and for the hub's preview: what an officer
 * sees before signing is what the panel shows.
 */

/** What of an order is seen. A draft that is not signed yet has it, too. */
export type OrderFace = Pick<
  Order,
  'class' | 'status' | 'hazard' | 'severity' | 'riskLevel' | 'texts' | 'expiresAt'
> & {
  readonly authority: string
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

/** Null: it draws nothing, the screen goes dark (safety blank) or only loses its advertisements (mourning). */
export const messageOfOrder = (face: OrderFace, offsetMinutes: number): Message | null => {
  if (face.class === 'safety-blank' || face.class === 'mourning') return null
  const common = { texts: face.texts, authority: face.authority, until: clockText(face.expiresAt, offsetMinutes) }
  // Only the emergency page carries the banner DIỄN TẬP, so an exercise of any class is drawn as one.
  if (face.class === 'emergency' || face.status === 'exercise')
    return {
      ...common,
      kind: 'emergency',
      exercise: face.status === 'exercise',
      hazardLabel: HAZARD_NAMES[face.hazard],
      level: face.riskLevel,
      colour: colourOf(face),
    }
  return face.class === 'major-event'
    ? { ...common, kind: 'event', title: { vi: 'Sự kiện', en: 'Event', zh: '活动' } }
    : { ...common, kind: 'priority', title: { vi: 'Bản tin ưu tiên', en: 'Priority bulletin', zh: '优先通告' } }
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
