import { type AdShowing, withShowing } from '../airtime/ad-history.ts'
import { type Choice, choose, type Plan } from '../airtime/plan.ts'
import { since } from '../base/units.ts'
import type { Claim } from '../claim/claim.ts'
import { assetsOf, type Item } from '../content/item.ts'
import { active, type BookEntry, findOrder, isDanger, needsText } from '../emergency/book.ts'
import { weightOf } from '../emergency/share.ts'
import { capacityNow, surePeriodsNow } from './airtime.ts'
import { extendedPlan, extendedSchedule } from './extend.ts'
import { presetPlace } from './local-book.ts'
import type { State } from './state.ts'
import { scheduleAssets } from './turn.ts'
import type { VerifiedSchedule } from './verified.ts'

const claimOf = (entry: BookEntry, want: Claim['want'], rank: Claim['rank']): Claim => ({
  id: `order:${entry.order.id}`,
  rank,
  weight: weightOf(entry.order),
  at: entry.order.issuedAt as Claim['at'],
  want,
  solemn: true,
  order: entry.order.id,
  document: entry.order.authority.document,
})

/**
 * The claims of orders in force. One that may not wake the screen asks for nothing while the screen is meant to be dark. An exercise, of
 * whatever class, asks for nothing while anything real is in force (a drill of a blank must not hide a flood, nor a notice), nor where the site
 * is in exercise mode no more since it was started again.
 */
export const orderClaims = (state: State, quiet: boolean): readonly Claim[] => {
  const inForce = active(state.orders)
  const isReal = inForce.some(({ order }) => order.status === 'actual' && order.class !== 'mourning')
  return inForce.flatMap((entry) => {
    if (entry.order.status !== 'actual' && (isReal || !state.site.exerciseMode)) return []
    const sleeps = quiet && !entry.order.wake
    const unshowable = (state.broken[`order:${entry.order.id}`] ?? 0) > state.now.mono
    if (needsText(entry.order.class) && (sleeps || unshowable)) return []
    const claim = orderClaim(entry)
    return [entry.envelope === null ? { ...claim, weight: claim.weight - presetPlace(state, entry.order) } : claim]
  })
}

const orderClaim = (entry: BookEntry): Claim => {
  const { order } = entry
  switch (order.class) {
    case 'safety-blank':
      return claimOf(
        entry,
        { want: 'dark', why: entry.envelope === null ? order.authority.name : `lệnh cắt hình ${order.id}` },
        'safety-blank',
      )
    case 'mourning':
      return claimOf(entry, { want: 'restrict' }, 'mourning')
    case 'emergency':
    case 'major-event':
    case 'priority':
      if (order.extendFrames !== undefined) return claimOf(entry, { want: 'standing' }, order.class)
      return claimOf(entry, { want: 'order', order: order.id }, order.class)
  }
}

/** What stands over the schedule: mourning forbids, and an order for a major event may extend frames. */
type Restrictions = { readonly mourning: boolean; readonly event: Claim | null }

/** Asks the plan for the next item. Pure: nothing moves before the choice is opened. */
export const plan = (state: State, restrictions: Restrictions): Plan => {
  const { schedule } = state
  if (!schedule) return { choice: null, cursor: state.cursor, skipped: [] }
  const { event } = restrictions
  if (event === null) return planOf(state, schedule, restrictions)
  const extended = { ...schedule, document: extendedSchedule(state, event, schedule.document) }
  return extendedPlan(state, event, planOf(state, extended, restrictions))
}

const planOf = (state: State, schedule: VerifiedSchedule, { mourning, event }: Restrictions): Plan => {
  const { policy, site, now } = state
  const emergency = active(state.orders).some((e) => isDanger(e.order))
  return choose({
    schedule: schedule.document,
    items: schedule.items,
    policy,
    site,
    now,
    owed: () => surePeriodsNow(state),
    suspended: [...(mourning ? (['mourning'] as const) : []), ...(emergency ? (['emergency'] as const) : [])],
    isSolemn: mourning,
    ready: (item) => readiness(state, item),
    cursor: state.cursor,
    ads: adsSoFar(state),
    light: lightNow(state, event),
  })
}

/** What was shown of advertising, with what is on now: it is over when the next item is chosen. */
const adsSoFar = ({ ledger, playing, now }: State): readonly AdShowing[] =>
  playing === null || playing.open.category !== 'A7_5_ADVERTISING'
    ? ledger.ads
    : withShowing(
        ledger.ads,
        playing.open.item,
        { boot: playing.since.bootId, wall: playing.since.wall, mono: playing.since.mono },
        { ms: since(now.mono, playing.since.mono), cause: 'ended' },
      )

/** How long the screen stays lit from now, by the calendar or by the order that extends it, and how long it is lit today by the calendar. */
const lightNow = (state: State, event: Claim | null): { readonly leftMs: number; readonly todayMs: number } => {
  const { powered, poweredMs } = capacityNow(state)
  const entry = event?.order == null ? undefined : findOrder(state.orders, event.order)
  const span = powered.find((s) => s.from <= state.now.wall && state.now.wall < s.to)
  const byCalendar = span === undefined ? 0 : span.to - state.now.wall
  return { leftMs: entry === undefined ? byCalendar : entry.deadline - state.now.mono, todayMs: poweredMs }
}

const readiness = (state: State, item: Item): 'ready' | 'missing' | 'broken' => {
  const until = state.broken[item.id]
  if (until !== undefined && until > state.now.mono) return 'broken'
  return assetsOf(item).every(({ sha256 }) => state.assets.has(sha256)) ? 'ready' : 'missing'
}

export const itemClaim = (choice: Choice, state: State): Claim => ({
  id: `${choice.rank}:${choice.frame ?? choice.playlist}`,
  rank: choice.rank,
  weight: 0,
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
  const missing = scheduleAssets(state).filter((a) => !state.assets.has(a.sha256)).length
  counted.set(items, { assets: state.assets, missing })
  return missing
}
const counted = new WeakMap<object, { readonly assets: ReadonlySet<string>; readonly missing: number }>()

/** A site with a schedule that has frames is expected to deliver airtime; one without is not. */
export const wantsPlay = (state: State): boolean =>
  state.schedule?.document.frames.some((f) => f.purpose === 'propaganda') ?? false
