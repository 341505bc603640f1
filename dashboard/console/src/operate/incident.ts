import type { SiteView } from '#core/contract/api.ts'
import type { IncidentType, IncidentView, OutageCause } from '#core/contract/operations.ts'
import { halfOf } from '#core/contract/words.ts'
import { unitName } from '../emergency/units.ts'
import { isFoundIn } from '../find.ts'
import { spanText, stamp } from '../format.ts'

/** Closed lists of the contract, whose schemas have no place in a browser; incident.test.ts holds these to it. */
export const TYPES = ['TECHNICAL', 'INFORMATION_SECURITY'] as const satisfies readonly IncidentType[]
export const CAUSES = ['power', 'link', 'device', 'software', 'unknown'] as const satisfies readonly OutageCause[]

/** Where an incident stands. `cleared`: its cause is gone, a person still has to close it. */
export const STANDS = ['new', 'acknowledged', 'escalated', 'cleared', 'resolved'] as const
export type Stand = (typeof STANDS)[number]
export const standOf = (i: IncidentView): Stand => {
  if (i.resolved !== null) return 'resolved'
  if (i.clearedAt !== null) return 'cleared'
  if (i.escalations.length > 0) return 'escalated'
  return i.acknowledged !== null ? 'acknowledged' : 'new'
}
export const isOpen = (i: IncidentView): boolean => i.resolved === null

/** What still stands and nobody has taken on counts in the navigation; what flapped and went by itself does not call anybody. */
export const callsFor = (list: readonly IncidentView[]): number =>
  list.filter((i) => isOpen(i) && i.acknowledged === null && i.clearedAt === null).length

export type IncidentFilter = {
  readonly state: 'open' | 'all'
  readonly type: IncidentType | null
  readonly text: string
}

const WEIGHTS: { readonly [S in IncidentView['severity']]: number } = { critical: 0, warning: 1, info: 2 }
/** First what still stands, the heavier and then the newer one first; then what went by itself; then what is closed, newest first. */
const rankOf = (i: IncidentView): number => (isOpen(i) ? (i.clearedAt === null ? WEIGHTS[i.severity] : 3) : 4)

export const listed = (
  list: readonly IncidentView[],
  sites: readonly SiteView[],
  filter: IncidentFilter,
): readonly IncidentView[] => {
  const names = new Map(sites.map((s) => [s.id, `${s.id} ${s.name} ${unitName(s.unitCode)}`]))
  const textOf = (i: IncidentView) =>
    `${i.site === null ? '' : (names.get(i.site) ?? i.site)} ${i.title.vi} ${i.title.en} ${i.what} ${i.detail} ${i.id}`
  return list
    .filter((i) => filter.state === 'all' || isOpen(i))
    .filter((i) => filter.type === null || i.type === filter.type)
    .filter((i) => filter.text.trim() === '' || isFoundIn(textOf(i), filter.text))
    .sort((a, b) => rankOf(a) - rankOf(b) || b.openedAt - a.openedAt || (a.id < b.id ? -1 : 1))
}

/** How long it stood, ms; until now while it stands. */
export const lastedMs = (i: IncidentView, now: number): number =>
  Math.max(0, (i.clearedAt ?? i.resolved?.at ?? now) - i.openedAt)

/** Whom the newest report went to; null: none has been sent. */
export const lastAddressee = (list: readonly IncidentView[]): string | null =>
  list.flatMap((i) => i.escalations).sort((a, b) => b.at - a.at)[0]?.to ?? null

const CAUSE_TEXT: { readonly [C in OutageCause]: string } = {
  power: 'nguồn điện',
  link: 'đường truyền giữa cụm và trung tâm (màn hình có thể vẫn phát)',
  device: 'thiết bị tại cụm',
  software: 'phần mềm',
  unknown: 'chưa xác định',
}
const TYPE_TEXT: { readonly [T in IncidentType]: string } = {
  TECHNICAL: 'kỹ thuật',
  INFORMATION_SECURITY: 'an toàn thông tin',
}

export type ReportFacts = {
  readonly incident: IncidentView
  readonly site: SiteView | null
  readonly to: string
  readonly now: number
  /** Who writes it. */
  readonly by: string
}

/**
 * A first text of the report to a higher body (Art. 12.2): facts and times as the hub has them, in Vietnamese whatever the language of the page is,
 * for the officer to edit. What is not known is said to be unknown, never left out.
 */
export const reportText = ({ incident: i, site, to, now, by }: ReportFacts): string => {
  const where = site === null ? 'không gắn với một cụm' : `${site.name} (mã ${site.id}), ${unitName(site.unitCode)}`
  const lines = [
    `Kính gửi: ${to}`,
    '',
    `Báo cáo sự cố ${TYPE_TEXT[i.type]}: ${i.title.vi}`,
    '',
    `1. Nơi xảy ra: ${where}.`,
    `2. Phát hiện: ${stamp(i.openedAt)}${i.reportedBy === null ? ', hệ thống tự phát hiện' : `, người báo: ${i.reportedBy.name}`}.`,
    `3. Diễn biến: ${i.clearedAt === null ? `đến ${stamp(now)} vẫn còn, đã ${spanText(lastedMs(i, now), 'vi')}` : `hết lúc ${stamp(i.clearedAt)}, kéo dài ${spanText(lastedMs(i, now), 'vi')}`}; ghi nhận ${i.times} lần, lần cuối ${stamp(i.lastAt)}.`,
    `4. Nguyên nhân ban đầu: ${CAUSE_TEXT[i.cause]}.${i.detail === '' ? '' : ` Chi tiết: ${halfOf(i.detail, 'vi')}.`}`,
    ...(site === null ? [] : [`5. Màn hình tại thời điểm báo cáo: ${screenText(site)}.`]),
    `${site === null ? 5 : 6}. Đã xử lý: ${i.acknowledged === null ? 'chưa có người tiếp nhận' : `${i.acknowledged.name} tiếp nhận lúc ${stamp(i.acknowledged.at)}: ${i.acknowledged.note}`}.`,
    ...i.escalations.map((e) => `   Đã báo ${e.to} lúc ${stamp(e.at)} (${e.name}).`),
    '',
    `Mã sự cố: ${i.id}. Giờ Việt Nam (UTC+7). Lập lúc ${stamp(now)}, người lập: ${by}.`,
  ]
  return lines.join('\n').normalize('NFC')
}

const screenText = (site: SiteView): string => {
  const { status } = site
  if (!site.connected || status === null)
    return site.lastSeen === null
      ? 'chưa biết, cụm chưa từng kết nối'
      : `chưa biết, mất liên lạc từ ${stamp(site.lastSeen)}`
  if (status.screen.show === 'dark') return 'tắt theo lịch'
  if (status.screen.show === 'nothing') return 'không hiển thị gì'
  const lit = { lit: 'sáng', dark: 'tối', unknown: 'chưa rõ sáng hay tối' }[status.screen.lit]
  return `đang phát "${status.screen.title}", màn hình ${lit}`
}
