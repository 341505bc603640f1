import { PERIOD_NAMES, type Phrase } from '../contract/words.ts'
import type { DayPeriod, Policy } from '../policy/policy.ts'
import { type DayLedger, FAULT_CAUSES, type FaultCause, type PeriodLedger } from './day.ts'
import { floorOf } from './owed.ts'
import { spanText } from './plan.ts'

/**
 * The verdict of Art. 8.1 on one day. A period is `exempt` when it is short by no more than an order of a competent authority took away
 * (Art. 8.2). Nothing carries over from one period to another, and days without power or network are not exempt (reading A9).
 */
export type DayVerdict = {
  readonly date: string
  readonly verdict: 'compliant' | 'compliant-with-exemption' | 'non-compliant' | 'no-policy'
  readonly policy: string | null
  readonly periods: readonly PeriodVerdict[]
  /** Orders that showed something or kept the screen dark that day: the day is flagged 8.2 when there is one. */
  readonly orders: readonly OrderVerdict[]
  /** One sentence each. */
  readonly vi: string
  readonly en: string
}

export type PeriodVerdict = {
  readonly period: DayPeriod
  readonly floorMs: number
  readonly deliveredMs: number
  readonly emergencyMs: number
  readonly missingMs: number
  readonly result: 'met' | 'exempt' | 'short'
  /** Where the missing time went, largest first; empty when nothing is missing. */
  readonly causes: readonly { readonly cause: Cause; readonly ms: number }[]
}

export type Cause = FaultCause | 'displaced' | 'dark' | 'ads' | 'other' | 'unrecorded'

export type OrderVerdict = {
  readonly order: string
  readonly ms: number
  /** Null: no document number is known yet (reading A11: it may come within 24 hours). */
  readonly document: string | null
  readonly issuer: string | null
  readonly authority: string | null
}

export const CAUSE_TEXT: { readonly [C in Cause]: Phrase } = {
  gap: { vi: 'thiết bị không hoạt động (mất điện hoặc dừng)', en: 'the device was not running (power cut or stop)' },
  display: { vi: 'màn hình tắt ngoài ý muốn', en: 'the display was dark against our will' },
  'display-unknown': { vi: 'không biết màn hình có sáng không', en: 'nobody knows whether the display was lit' },
  'nothing-playing': { vi: 'không có nội dung nào được phát', en: 'nothing was playing' },
  unproven: { vi: 'không có chứng cứ đã hiển thị', en: 'there is no proof that it was shown' },
  displaced: { vi: 'bị lệnh hoặc thao tác an toàn thay thế', en: 'an order or a safety blank took its place' },
  dark: { vi: 'màn hình tắt theo lịch', en: 'the screen was dark by its calendar' },
  ads: { vi: 'quảng cáo', en: 'advertising' },
  other: { vi: 'nội dung không tính thời lượng', en: 'content that does not count' },
  unrecorded: { vi: 'không có nhật ký', en: 'there is no record' },
}

/** Judges a finished day by the policy in force on it (`policyOn`); undefined: there was none. */
export const judgeDay = (day: DayLedger, policy: Policy | undefined): DayVerdict => {
  const named = Object.entries(day.orders).map(([order, time]) => ({ order, ...time }))
  if (policy === undefined)
    return {
      date: day.date,
      verdict: 'no-policy',
      policy: null,
      periods: [],
      orders: named,
      vi: `Ngày ${day.date}: chưa có quy chế nào có hiệu lực.`,
      en: `${day.date}: no policy is in force.`,
    }
  const periods = day.periods.filter((p) => floorOf(policy, p.period) > 0).map((p) => judge(p, policy))
  const short = periods.filter((p) => p.result === 'short')
  const exempt = periods.filter((p) => p.result === 'exempt')
  const verdict = short.length > 0 ? 'non-compliant' : exempt.length > 0 ? 'compliant-with-exemption' : 'compliant'
  return {
    date: day.date,
    verdict,
    policy: policy.id,
    periods,
    orders: named,
    ...sentences(day.date, verdict, { periods, orders: named }),
  }
}

const judge = (p: PeriodLedger, policy: Policy): PeriodVerdict => {
  const floorMs = floorOf(policy, p.period)
  const missingMs = Math.max(0, floorMs - p.delivered)
  return {
    period: p.period,
    floorMs,
    deliveredMs: p.delivered,
    emergencyMs: p.emergency,
    missingMs,
    result: missingMs === 0 ? 'met' : missingMs <= p.ordered ? 'exempt' : 'short',
    causes: missingMs === 0 ? [] : causesOf(p, policy),
  }
}

const causesOf = (p: PeriodLedger, policy: Policy): PeriodVerdict['causes'] => {
  const faults = FAULT_CAUSES.map((cause) => ({ cause, ms: p.faults[cause] }))
  const unrecorded = Math.max(0, lengthOf(policy, p.period) - p.elapsed)
  const all: PeriodVerdict['causes'] = [
    ...faults,
    { cause: 'displaced', ms: p.displaced },
    { cause: 'ads', ms: p.ads },
    { cause: 'other', ms: p.other },
    { cause: 'dark', ms: p.dark },
    { cause: 'unrecorded', ms: unrecorded },
  ]
  return all.filter((c) => c.ms > 0).toSorted((a, b) => b.ms - a.ms)
}

const lengthOf = (policy: Policy, period: DayPeriod): number => {
  const found = policy.periods.find((p) => p.period === period)
  if (found === undefined) return 0
  const ms = (text: string) => Number(text.slice(0, 2)) * 3_600_000 + Number(text.slice(3)) * 60_000
  return ms(found.to) - ms(found.from)
}

/** What was meant to be so, in the order in which an inspector asks about it. */
const PLANNED: readonly Cause[] = ['ads', 'other', 'dark', 'unrecorded']

/**
 * What explains the missing time: of all that took at least half as much as is missing, first what broke or was taken away, then what was
 * planned so. An afternoon that is ten minutes short by a dead panel is short by the panel, however long the standing page was on.
 */
export const mainCause = (p: PeriodVerdict): Cause => {
  const enough = p.causes.filter((c) => c.ms * 2 >= p.missingMs)
  const broke = enough.find((c) => !PLANNED.includes(c.cause))
  const planned = PLANNED.find((cause) => enough.some((c) => c.cause === cause))
  return broke?.cause ?? planned ?? p.causes[0]?.cause ?? 'unrecorded'
}

const sentences = (
  date: string,
  verdict: DayVerdict['verdict'],
  { periods, orders }: Pick<DayVerdict, 'periods' | 'orders'>,
): { readonly vi: string; readonly en: string } => {
  if (verdict === 'compliant')
    return {
      vi: `Ngày ${date}: đủ thời lượng theo Điều 8.1.`,
      en: `${date}: the airtime of Art. 8.1 was delivered.`,
    }
  const lacking = periods.filter((p) => p.result !== 'met')
  const part = (p: PeriodVerdict, language: 'vi' | 'en'): string => {
    const cause = CAUSE_TEXT[mainCause(p)][language]
    const name = PERIOD_NAMES[p.period][language]
    if (p.result === 'exempt')
      return language === 'vi'
        ? `${name} được miễn theo Điều 8.2${byWhom(orders, 'vi')}`
        : `the ${name} is exempt under Art. 8.2${byWhom(orders, 'en')}`
    return language === 'vi'
      ? `${name} thiếu ${spanText(p.missingMs)} (${cause})`
      : `the ${name} is ${p.missingMs / 1000} s short (${cause})`
  }
  const head =
    verdict === 'non-compliant'
      ? ['không đủ thời lượng', 'not compliant']
      : ['đủ, có miễn trừ', 'compliant with exemption']
  return {
    vi: `Ngày ${date}: ${head[0]}: ${lacking.map((p) => part(p, 'vi')).join('; ')}.`,
    en: `${date}: ${head[1]}: ${lacking.map((p) => part(p, 'en')).join('; ')}.`,
  }
}

/** An exemption is never silent about who asked for it: authority, document and order (Art. 8.2, reading A11). */
const byWhom = (orders: readonly OrderVerdict[], language: 'vi' | 'en'): string => {
  const none = language === 'vi' ? 'chưa có số văn bản' : 'no document yet'
  const names = orders.map(
    (o) => `${[o.authority, o.document ?? none].filter((x) => x !== null).join(', ')} (${o.order})`,
  )
  return names.length === 0 ? '' : `: ${names.join('; ')}`
}
