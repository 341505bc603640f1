import { owed } from '../airtime/owed.ts'
import { type Choice, choose, type Plan } from '../airtime/plan.ts'
import { type Duration, duration, type Instant, since } from '../base/units.ts'
import type { Claim } from '../claim/claim.ts'
import { assetsOf, type Item } from '../content/item.ts'
import type { PeriodStatus } from '../contract/link.ts'
import { active, type BookEntry, needsText } from '../emergency/book.ts'
import { SEVERITIES } from '../emergency/order.ts'
import type { Policy } from '../policy/policy.ts'
import { DEFAULT_BRIGHTNESS, type Power, powerAt } from '../power/calendar.ts'
import type { PowerWindow } from '../schedule/document.ts'
import type { State } from './state.ts'
import { wantedAssets } from './turn.ts'

const HOUR: Duration = duration(3_600_000)

/** Power by the calendar; with a clock that cannot be trusted there is no calendar and the screen stays on (design §4.1). */
export const powerNow = (state: State): Power =>
  state.now.quality === 'unset'
    ? { power: 'on', brightness: DEFAULT_BRIGHTNESS, until: state.now.wall }
    : powerOf(state.schedule?.document.power ?? NO_POWER, state.policy.zone, state.now.wall)

const NO_POWER: readonly PowerWindow[] = []
/** The calendar's last answer for each list of windows (never changed once made): it holds from where it was asked to its `until`. */
const answers = new WeakMap<
  readonly PowerWindow[],
  { readonly from: Instant; readonly offset: number; readonly power: Power }
>()

const powerOf = (windows: readonly PowerWindow[], zone: Policy['zone'], wall: Instant): Power => {
  const last = answers.get(windows)
  // Without windows `until` is a week after the asking, so that answer is not kept.
  if (last && last.offset === zone.offsetMinutes && wall >= last.from && wall < last.power.until) return last.power
  const power = powerAt(windows, zone, wall)
  if (windows.length > 0) answers.set(windows, { from: wall, offset: zone.offsetMinutes, power })
  return power
}

const claimOf = (entry: BookEntry, want: Claim['want'], rank: Claim['rank']): Claim => ({
  id: `order:${entry.order.id}`,
  rank,
  // An exercise never outranks anything that is real.
  severity: entry.order.status === 'exercise' ? -1 : SEVERITIES.indexOf(entry.order.severity),
  at: entry.order.issuedAt as Claim['at'],
  want,
  solemn: true,
  order: entry.order.id,
  document: entry.order.authority.document,
})

/** The claims of orders in force. One that may not wake the screen asks for nothing while the screen is meant to be dark. */
export const orderClaims = (state: State, quiet: boolean): readonly Claim[] =>
  active(state.orders).flatMap((entry) => {
    const sleeps = quiet && !entry.order.wake
    const unshowable = (state.broken[`order:${entry.order.id}`] ?? 0) > state.now.mono
    return needsText(entry.order.class) && (sleeps || unshowable) ? [] : [orderClaim(entry)]
  })

const orderClaim = (entry: BookEntry): Claim => {
  const { order } = entry
  switch (order.class) {
    case 'safety-blank':
      return claimOf(entry, { want: 'dark', why: `lệnh cắt hình ${order.id}` }, 'safety-blank')
    case 'mourning':
      return claimOf(entry, { want: 'restrict' }, 'mourning')
    case 'emergency':
    case 'major-event':
    case 'priority':
      return claimOf(entry, { want: 'order', order: order.id }, order.class)
  }
}

/** Quiet hours ask for dark; a technician's blank asks for it more strongly than anything. */
export const darkClaims = (state: State): readonly Claim[] => {
  const power = powerNow(state)
  if (power.power === 'on') return []
  return [
    {
      id: 'quiet-hours',
      rank: 'quiet-hours',
      severity: 0,
      at: 0 as Claim['at'],
      want: { want: 'dark', why: 'ngoài giờ bật màn hình' },
      solemn: true,
      order: null,
      document: null,
    },
  ]
}

/** What is owed, delivered and still possible in each period of today. */
export const periodsNow = (state: State): readonly PeriodStatus[] =>
  owed(state.ledger, state.policy, state.schedule?.document ?? null, state.now)

/** Asks the plan for the next item. Pure: nothing moves before the choice is opened. */
export const plan = (state: State, restrictions: { readonly mourning: boolean }): Plan => {
  const { schedule, policy, site, now } = state
  if (!schedule) return { choice: null, cursor: state.cursor, skipped: [] }
  const recent = state.ads.filter((a) => since(now.mono, a.endedAt) < HOUR)
  const newest = recent[0]
  return choose({
    schedule: schedule.document,
    items: schedule.items,
    policy,
    site,
    now,
    owed: periodsNow(state),
    restrict: {
      ads: restrictions.mourning && policy.advertising.suspendedInMourning,
      entertainment: restrictions.mourning,
    },
    ready: (item) => readiness(state, item),
    cursor: state.cursor,
    adsThisHourMs: recent.reduce((sum, a) => sum + a.ms, 0),
    sinceLastAdMs: newest ? since(now.mono, newest.endedAt) : null,
  })
}

const readiness = (state: State, item: Item): 'ready' | 'missing' | 'broken' => {
  const until = state.broken[item.id]
  if (until !== undefined && until > state.now.mono) return 'broken'
  return assetsOf(item).every(({ sha256 }) => state.assets.has(sha256)) ? 'ready' : 'missing'
}

export const itemClaim = (choice: Choice, state: State): Claim => ({
  id: `${choice.rank}:${choice.frame ?? choice.playlist}`,
  rank: choice.rank,
  severity: 0,
  at: (state.schedule?.document.issuedAt ?? 0) as Claim['at'],
  want: { want: 'item', item: choice.item.id, frame: choice.frame, why: choice.why },
  solemn: !choice.item.entertainment && choice.item.category !== 'A7_5_ADVERTISING',
  order: null,
  document: choice.item.document,
})

/** How many wanted files are not here. Counted anew only when the schedule or what is here has changed. */
export const missingAssets = (state: State): number => {
  const items = state.schedule?.items
  if (items === undefined) return 0
  const last = counted.get(items)
  if (last?.assets === state.assets) return last.missing
  const missing = wantedAssets(state).filter((a) => !state.assets.has(a.sha256)).length
  counted.set(items, { assets: state.assets, missing })
  return missing
}
const counted = new WeakMap<object, { readonly assets: ReadonlySet<string>; readonly missing: number }>()

/** A site with a schedule that has frames is expected to deliver airtime; one without is not. */
export const wantsPlay = (state: State): boolean =>
  (state.schedule?.document.frames ?? []).some((f) => f.purpose === 'propaganda')
