import type { Choice, Plan } from '../airtime/plan.ts'
import { DAY, dateOf, startOfDay, weekdayOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import { compareClaims } from '../claim/arbitrate.ts'
import type { Claim } from '../claim/claim.ts'
import { active, findOrder } from '../emergency/book.ts'
import type { Order } from '../emergency/order.ts'
import type { Span } from '../policy/check.ts'
import type { Frame, ScheduleDocument } from '../schedule/document.ts'
import { partsOfDay } from '../schedule/frames.ts'
import { darkClaims } from './lit.ts'
import type { State } from './state.ts'

/**
 * Major events extend frames (Art. 8.2.b, domain O1): while such an order is in force the screen stays on and goes on playing a playlist,
 * under the order's own claim. Its rank puts it before quiet hours and the ordinary schedule, and behind any emergency. What plays counts
 * by its own category, and each play names the order and its document.
 */
export const isExtending = (claim: Claim): boolean => claim.order !== null && claim.want.want === 'standing'

/** Of the claims of orders, the strongest that extends frames. Its own picture is the standing page: what is left when nothing at all can play. */
export const extendingOf = (claims: readonly Claim[]): Claim | null => {
  let strongest: Claim | null = null
  for (const claim of claims)
    if (isExtending(claim) && (strongest === null || compareClaims(claim, strongest) < 0)) strongest = claim
  return strongest
}

/** The same claim, asking for an item of the playlist. */
export const extendedClaim = (claim: Claim, choice: Choice): Claim => ({
  ...claim,
  want: { want: 'item', item: choice.item.id, frame: null, why: choice.why },
  solemn: !choice.item.entertainment && choice.item.category !== 'A7_5_ADVERTISING',
})

const ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]

/** The schedule as the order has it: one frame, all day long, by decision of the authority that the order names. */
export const extendedSchedule = (state: State, claim: Claim, document: ScheduleDocument): ScheduleDocument => {
  const order = claim.order === null ? undefined : findOrder(state.orders, claim.order)?.order
  if (order === undefined) return document
  const playlist = order.extendFrames?.playlist ?? playlistOfToday(state, document)
  const last = made.get(document)
  if (last !== undefined && last.order === order && last.playlist === playlist) return last.schedule
  const frames = playlist === null ? [] : [frameOf(order, playlist)]
  // What fills the gaps of the ordinary schedule does not stand in for a playlist that is not there at all.
  const isHere = playlist === null || document.playlists.some((p) => p.id === playlist)
  const schedule = { ...document, frames, fallbackPlaylist: isHere ? document.fallbackPlaylist : null }
  made.set(document, { order, playlist, schedule })
  return schedule
}
/** The last one made of each document: it is the same for hours, and what is computed from its frames is kept with them. */
const made = new WeakMap<
  ScheduleDocument,
  { readonly order: Order; readonly playlist: string | null; readonly schedule: ScheduleDocument }
>()

const frameOf = (order: Order, playlist: string): Frame => ({
  id: order.id,
  weekdays: ALL_WEEK,
  from: '00:00',
  to: '24:00',
  playlist,
  purpose: 'propaganda',
  decidedBy: order.authority.name,
  reason: 'Điều 8.2',
  ...(order.authority.document === null ? {} : { document: order.authority.document }),
})

/** Of today's propaganda frames the latest that has begun; before the first, that one; without a trusted clock, any. */
const playlistOfToday = (state: State, { frames }: ScheduleDocument): string | null => {
  const { now, policy } = state
  if (now.quality === 'unset') return frames.find((f) => f.purpose === 'propaganda')?.playlist ?? null
  const { offsetMinutes } = policy.zone
  const time = now.wall - startOfDay(now.wall, offsetMinutes)
  const parts = ownParts(frames, now.wall, offsetMinutes)
  return (parts.findLast((p) => p.from <= time) ?? parts[0])?.frame.playlist ?? null
}

const ownParts = (frames: readonly Frame[], wall: Instant, offsetMinutes: number): ReturnType<typeof partsOfDay> =>
  partsOfDay(frames, { date: dateOf(wall, offsetMinutes), weekday: weekdayOf(wall, offsetMinutes) }).filter(
    (p) => p.frame.purpose === 'propaganda',
  )

/** Which playlists an order that extends frames has on the civil day of `wall`, and from when to when each. */
export const extendedPlaylists = (
  order: Order,
  document: Pick<ScheduleDocument, 'frames' | 'playlists' | 'fallbackPlaylist'>,
  { wall, offsetMinutes }: { readonly wall: Instant; readonly offsetMinutes: number },
): readonly { readonly playlist: string; readonly span: Span }[] => {
  const from = startOfDay(wall, offsetMinutes)
  const to = instant(from + DAY)
  const fallback =
    document.fallbackPlaylist === null ? [] : [{ playlist: document.fallbackPlaylist, span: { from, to } }]
  const named = order.extendFrames?.playlist ?? null
  if (named !== null)
    return document.playlists.some((p) => p.id === named) ? [{ playlist: named, span: { from, to } }, ...fallback] : []
  const parts = ownParts(document.frames, wall, offsetMinutes)
  const own = parts.map(({ frame }, i) => {
    const span = {
      from: instant(i === 0 ? from : from + (parts[i]?.from ?? 0)),
      to: instant(from + (parts[i + 1]?.from ?? DAY)),
    }
    return { playlist: frame.playlist, span }
  })
  return [...own, ...fallback]
}

/** Orders that extend frames and are in force without a thing to play: they are not asked about, or have no more than the standing page. */
export const eventsInVain = (state: State): readonly Order[] => {
  const { verdict, orders } = state
  if (verdict === null || orders.entries.length === 0) return NO_ORDERS
  const heard = [verdict.winner, ...verdict.displaced].filter((c) => c !== verdict.winner || c.want.want !== 'standing')
  return active(orders).flatMap(({ order }) => {
    const asks = order.extendFrames !== undefined && (order.wake || darkClaims(state).length === 0)
    return asks && !heard.some((c) => c.order === order.id) ? [order] : []
  })
}
const NO_ORDERS: readonly Order[] = []

/** What was planned, told as what it is: the order's, for no longer than the order. */
export const extendedPlan = (state: State, claim: Claim, plan: Plan): Plan => {
  const entry = claim.order === null ? undefined : findOrder(state.orders, claim.order)
  if (entry === undefined || plan.choice === null) return plan
  const { authority, id } = entry.order
  const said = `Kéo dài khung giờ theo lệnh sự kiện lớn ${id} của ${authority.name}, văn bản ${authority.document} (Điều 8.2)`
  // The frame that it stands in is the order itself, which has been named.
  const why = `${said}: ${plan.choice.turn}`
  const maxMs = Math.max(1, Math.min(plan.choice.item.durationMs, entry.deadline - state.now.mono))
  return { ...plan, choice: { ...plan.choice, why, maxMs } }
}
