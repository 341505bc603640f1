import type { Message } from '#controller/raster/message.ts'
import { unreachable } from '#core/base/result.ts'
import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import { HAZARD_NAMES, type Order, RISK_COLOURS } from '#core/emergency/order.ts'

/**
 * What the raster draws for an order or a text item. The hub's preview makes the same message from a draft; what an officer sees
 * before signing is what the panel shows.
 */

/** Colour for a severity where no risk level (QĐ 18/2021/QĐ-TTg Art. 4.3) is given. */
const SEVERITY_COLOUR = { minor: 'light-blue', moderate: 'light-yellow', severe: 'orange', extreme: 'red' } as const

/** `08:00 18/07/2026` in the policy's zone. */
const clockText = (at: number, offsetMinutes: number): string => {
  const text = formatInstant(instant(at), offsetMinutes)
  return `${text.slice(11, 16)} ${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(0, 4)}`
}

export const messageOfOrder = (order: Order, offsetMinutes: number): Message => {
  const common = {
    texts: order.texts,
    authority: order.authority.name,
    until: clockText(order.expiresAt, offsetMinutes),
  }
  switch (order.class) {
    case 'emergency':
      return {
        ...common,
        kind: 'emergency',
        exercise: order.status === 'exercise',
        hazardLabel: HAZARD_NAMES[order.hazard],
        level: order.riskLevel,
        colour:
          (order.riskLevel === null ? undefined : RISK_COLOURS[order.riskLevel - 1]) ?? SEVERITY_COLOUR[order.severity],
      }
    case 'major-event':
      return { ...common, kind: 'event', title: { vi: 'Sự kiện', en: 'Event', zh: '活动' } }
    // Blank and mourning draw nothing by themselves; should one ever be asked for with a text, it is shown as a plain notice.
    case 'safety-blank':
    case 'mourning':
    case 'priority':
      return { ...common, kind: 'priority', title: { vi: 'Bản tin ưu tiên', en: 'Priority bulletin', zh: '优先通告' } }
  }
  return unreachable(order.class)
}

export const messageOfText = (item: Item): Message => ({
  kind: 'text',
  title: { vi: 'Thông tin', en: 'Information', zh: '信息' },
  texts: item.texts.map((t) => ({ language: t.language, headline: t.title, instruction: t.body })),
  authority: '',
  until: '',
})

/** The standing page: what a lit panel shows when nothing else is due. */
export const standingMessage = (siteName: string): Message => ({
  kind: 'fallback',
  siteName,
  line: 'Cụm thông tin điện tử công cộng',
})
