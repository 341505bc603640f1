import { DAY, startOfDay, timeOf } from '../base/time.ts'
import type { Reading } from '../base/units.ts'
import type { Item } from '../content/item.ts'
import type { Policy } from '../policy/policy.ts'
import type { SiteAds } from '../schedule/document.ts'
import { type AdShowing, agoOf, MOST_ADS } from './ad-history.ts'

/** What the rules of advertising look at, besides the item (Art. 8.3). */
export type AdFacts = {
  readonly policy: Policy
  /** The site's own rules; undefined: none. */
  readonly site: SiteAds | undefined
  readonly now: Reading
  /** Newest first, with the one that is ending now. */
  readonly history: readonly AdShowing[]
  /** Why there is no advertising at all now: state mourning, or an emergency order in force, shown or not. */
  readonly suspended: readonly ('mourning' | 'emergency')[]
  /** How long the screen stays powered from now, and how long it is powered today, milliseconds. */
  readonly litMs: number
  readonly litTodayMs: number
}

const HOUR = 3_600_000

/** Why this advertisement may not be shown now, one Vietnamese clause; null: nothing speaks against it. */
export type AdJudge = (item: Item) => string | null

/**
 * The rules of advertising, all of them: each can only forbid. `leftMs` is how long the slot lasts that it would play in: a permitted
 * advertisement is never cut, so it must fit, with everything it depends on, down to its last millisecond.
 */
export const createAdJudge = (facts: AdFacts, leftMs: number): AdJudge => {
  const { policy, site, now } = facts
  const general = generalVeto(facts)
  const look = lookBack(facts)
  const limits = [...hourLimit(policy), ...policy.advertising.limits, ...(site?.limits ?? [])]
  const spacing = policy.advertising.minimumSpacingMs
  const last = look.sinceLast(null)
  const close = last !== null && last < spacing ? 'chưa đủ khoảng cách với quảng cáo trước' : null
  return (item) => {
    if (general !== null) return general
    const ms = item.durationMs
    if (ms > leftMs) return 'khung giờ không còn đủ cho quảng cáo'
    if (ms > facts.litMs) return 'màn hình tắt trước khi quảng cáo phát hết'
    if (endsTooLate(item, now)) return 'quảng cáo hết hạn trước khi phát hết'
    if (close !== null) return close
    const over = limits.find((limit) => look.within(limit.withinMs, ms) > limit.mostMs)
    if (over !== undefined)
      return `quảng cáo đã hết phần (${over.mostMs / 1000} giây trong ${over.withinMs / 1000} giây)`
    return dayVeto(facts, look, ms) ?? ownVeto(facts, look, item)
  }
}

const generalVeto = ({ policy, site, now, suspended }: AdFacts): string | null => {
  if (now.quality === 'unset') return 'chưa phát quảng cáo vì đồng hồ chưa tin cậy'
  if (site !== undefined && !site.allowed) return `cụm này không phát quảng cáo theo ${site.decidedBy}`
  if (suspended.includes('mourning') && policy.advertising.suspendedInMourning) return 'quảng cáo tạm dừng vì quốc tang'
  if (suspended.includes('emergency') && policy.advertising.suspendedInEmergency)
    return 'quảng cáo tạm dừng vì đang có lệnh khẩn cấp'
  return null
}

/** An hour's share is a sliding limit like any other. */
const hourLimit = ({ advertising }: Policy) =>
  advertising.hourShareLimit === null
    ? []
    : [{ mostMs: advertising.hourShareLimit * HOUR, withinMs: HOUR, source: advertising.source }]

const endsTooLate = (item: Item, now: Reading): boolean => {
  const end = now.wall + item.durationMs
  const permit = item.ad?.permit ?? null
  return end > item.validTo || (permit !== null && end > permit.validTo)
}

const dayVeto = (facts: AdFacts, look: LookBack, ms: number): string | null => {
  const share = facts.policy.advertising.dayShareLimit
  if (share === null) return null
  if (facts.now.wall + ms > look.midnight + DAY) return 'quảng cáo không được qua nửa đêm khi có giới hạn theo ngày'
  return look.today() + ms > share * facts.litTodayMs ? 'quảng cáo đã hết phần trong ngày' : null
}

const ownVeto = (facts: AdFacts, look: LookBack, item: Item): string | null => {
  const rules = item.ad?.rules
  if (rules === undefined) return null
  const { mostPerHour, mostPerDay, minimumSpacingMs, times } = rules
  if (times !== undefined && !times.some((t) => fits(t, facts.now.wall - look.midnight, item.durationMs)))
    return 'ngoài giờ được phát của quảng cáo này'
  if (mostPerHour !== undefined && look.begunWithin(item.id, HOUR) >= mostPerHour)
    return 'quảng cáo này đã đủ số lần trong một giờ'
  if (mostPerDay !== undefined && look.begunToday(item.id) >= mostPerDay) return 'quảng cáo này đã đủ số lần trong ngày'
  const last = look.sinceLast(item.id)
  if (minimumSpacingMs !== undefined && last !== null && last < minimumSpacingMs)
    return 'chưa đủ khoảng cách với lần phát trước của quảng cáo này'
  return null
}

const fits = (time: { readonly from: string; readonly to: string }, inDay: number, ms: number): boolean =>
  timeOf(time.from) <= inDay && inDay + ms <= timeOf(time.to)

/** Questions to the history at one moment. What it cannot remember it answers with the strictest there is. */
type LookBack = {
  readonly midnight: number
  /** Advertising in the fullest stretch of this length that a further one of `ms` from now would lie in, milliseconds. */
  readonly within: (withinMs: number, ms: number) => number
  /** Advertising since midnight, milliseconds. */
  readonly today: () => number
  /** Showings of this item that began less than so long ago; today. */
  readonly begunWithin: (item: string, withinMs: number) => number
  readonly begunToday: (item: string) => number
  /** Since the last advertisement, or the last of this item, ended; null: there was none. */
  readonly sinceLast: (item: string | null) => number | null
}

const lookBack = ({ now, history, policy }: AdFacts): LookBack => {
  const midnight = startOfDay(now.wall, policy.zone.offsetMinutes)
  const oldest = history.at(-1)
  const known = history.length < MOST_ADS || oldest === undefined ? Number.POSITIVE_INFINITY : agoOf(oldest, now).begin
  const strict = Number.POSITIVE_INFINITY
  const sums = new Map<number, number>()
  /** Of the last `ms` milliseconds. */
  const overlap = (ms: number): number => {
    if (ms > known) return strict
    const before = sums.get(ms)
    if (before !== undefined) return before
    let sum = 0
    for (const showing of history) {
      const { begin, end } = agoOf(showing, now)
      if (end >= ms) break
      sum += Math.min(begin, ms) - end
    }
    sums.set(ms, sum)
    return sum
  }
  const inDay = now.wall - midnight
  return {
    midnight,
    // Of all stretches of that length the fullest ends with the new one: moving it later lets go of no more than it takes in.
    within: (withinMs, ms) => Math.min(ms, withinMs) + overlap(Math.max(0, withinMs - ms)),
    today: () => overlap(inDay),
    begunWithin: (item, withinMs) => (withinMs > known ? strict : count(history, now, item, withinMs)),
    begunToday: (item) => (inDay > known ? strict : count(history, now, item, inDay + 1)),
    sinceLast: (item) => {
      const last = item === null ? history[0] : history.find((s) => s.item === item)
      return last === undefined ? (item !== null && known < DAY ? known : null) : agoOf(last, now).end
    },
  }
}

const count = (history: readonly AdShowing[], now: Reading, item: string, withinMs: number): number => {
  let n = 0
  for (const showing of history) {
    const { begin } = agoOf(showing, now)
    if (begin >= withinMs) break
    if (showing.item === item) n++
  }
  return n
}
