import type { Choice, Plan } from '../airtime/plan.ts'
import { after, duration, since } from '../base/units.ts'
import { arbitrate, compareClaims, type Verdict } from '../claim/arbitrate.ts'
import type { Claim } from '../claim/claim.ts'
import { CLAIM_RANKS } from '../claim/claim.ts'
import { countsTowardFloor } from '../content/category.ts'
import type { Item } from '../content/item.ts'
import { findOrder } from '../emergency/book.ts'
import { HAZARD_NAMES, ORDER_CLASS_NAMES, type Order } from '../emergency/order.ts'
import type { Share } from '../emergency/share.ts'
import type { CloseCause, OpenRecord } from '../evidence/record.ts'
import type { Scene } from '../screen/scene.ts'
import { itemClaim, orderClaims, plan } from './claims.ts'
import { extendedClaim, extendingOf } from './extend.ts'
import { protectClaims } from './house.ts'
import { darkClaims } from './lit.ts'
import { manualClaims } from './manual.ts'
import { othersInTurn, takeTurns } from './sharing.ts'
import type { Playing, State } from './state.ts'
import { record, set, type Turn } from './turn.ts'

/** The standing page is drawn again this often, so that its play is not one record a day long. */
const STANDING_MS = duration(600_000)

/** Same wish, so the play that is on may go on. */
const stillWanted = (playing: Playing, state: State): boolean => {
  const { want } = playing.claim
  if (playing.endsAt !== null && state.now.mono >= playing.endsAt) return false
  if (want.want !== 'item') return true
  const item = state.schedule?.items[want.item]
  return item !== undefined && hashOf(item, state) === playing.open.hash && !isLapsedAd(item, state)
}

/** An advertisement begins only where all of it fits, so this is for a clock that was doubted or set meanwhile (Art. 8.3). */
const isLapsedAd = ({ ad, validTo }: Item, { now }: State): boolean =>
  ad !== null && (now.quality === 'unset' || now.wall >= Math.min(validTo, ad.permit?.validTo ?? validTo))

/**
 * Who wants the screen now. Normal playback is asked for its next item only when the present one is over, so that a step in the
 * middle of an item changes nothing.
 */
export const judge = (state: State): Judged & { readonly share: Share } => {
  const dark = darkClaims(state)
  const { verdict, planned } = judgeAmong(state, dark, orderClaims(state, dark.length > 0))
  return { planned, ...takeTurns(state, verdict) }
}
type Judged = { readonly verdict: Verdict; readonly planned: Plan | null }

const judgeAmong = (state: State, dark: readonly Claim[], orders: readonly Claim[]): Judged => {
  const guard = [...protectClaims(state, orders), ...manualClaims(state)]
  const mourning = orders.some((c) => c.want.want === 'restrict')
  const event = extendingOf(orders)
  const { playing } = state
  const on =
    playing !== null &&
    playing.claim.want.want === 'item' &&
    stillWanted(playing, state) &&
    (!mourning || playing.claim.solemn)
      ? playing.claim
      : null
  const goesOn = on !== null && on.order === (event?.order ?? null)
  const planned =
    goesOn || isTaken([...dark, ...guard, ...orders], state, event) ? null : plan(state, { mourning, event })
  const next = planned?.choice ? itemClaim(planned.choice, state) : null
  const wish = goesOn ? on : event !== null && planned?.choice ? extendedClaim(event, planned.choice) : next
  // An item of the order stands for the order's own claim; an ordinary one whose place an order takes is displaced.
  const others = wish !== null && event !== null ? orders.filter((c) => c !== event) : orders
  const ordinary = event !== null && playing?.claim.want.want === 'item' && playing.claim.order === null
  const displaced = ordinary ? [playing.claim] : []
  const verdict = arbitrate([...dark, ...guard, ...others, ...(wish ? [wish] : []), ...displaced])
  if (event === null || planned === null || planned.choice !== null) return { verdict, planned }
  const without = orders.filter((c) => c !== event)
  return inVain({ verdict, planned }, judgeAmong(state, dark, without))
}

/**
 * An order that extends frames and has nothing to play takes no item's place: where there is one without it, that goes on. Where there is
 * none, its standing page keeps the screen lit, as it asks.
 */
const inVain = (tried: Judged & { readonly planned: Plan }, without: Judged): Judged => {
  const skipped = [...tried.planned.skipped, ...(without.planned?.skipped ?? [])]
  if (without.verdict.winner.want.want !== 'item') return { ...tried, planned: { ...tried.planned, skipped } }
  return { ...without, planned: { ...(without.planned ?? tried.planned), skipped } }
}

/**
 * Something stronger holds the screen and no item is on it, so what would be next need not be asked. While an item is on it is asked,
 * because the verdict then names what was displaced.
 */
const isTaken = (claims: readonly Claim[], state: State, event: Claim | null): boolean =>
  state.playing?.claim.want.want !== 'item' &&
  claims.some((c) => c.want.want !== 'restrict' && c !== event && isAbove(c, event))

/** Above what the schedule may ask for: any order, or quiet hours; where an order extends frames, only what is above that. */
const isAbove = (claim: Claim, event: Claim | null): boolean =>
  event === null ? CLAIM_RANKS.indexOf(claim.rank) < CLAIM_RANKS.indexOf('normal') : compareClaims(claim, event) < 0

/** Brings the play into line with the verdict: closes what must end, opens what must begin, and says who was displaced. */
export const settle = (turn: Turn): void => {
  const { verdict, planned, share } = judge(turn.state)
  const hadTurn = share.turns > turn.state.share.turns
  if (share !== turn.state.share) set(turn, { share })
  noteSkipped(turn, planned)
  noteVerdict(turn, verdict)
  const { playing } = turn.state
  if (playing && sameWish(playing.claim, verdict.winner) && stillWanted(playing, turn.state)) return
  if (playing) closePlay(turn, hadTurn ? 'ended' : causeOf(playing, verdict.winner, turn.state))
  // Nothing is opened for a player that is not there: a play that nobody can show is no play. Its return asks again.
  if (verdict.winner.want.want === 'dark' || turn.state.player.up) open(turn, verdict.winner, planned)
}

export const show = (turn: Turn, scene: Scene): void => {
  set(turn, { told: scene })
  turn.shows.push(scene)
}

export const isOn = (playing: Playing | null, play: string | null): playing is Playing =>
  playing !== null && playing.scene.scene !== 'dark' && playing.scene.play === play

const sameWish = (a: Claim, b: Claim): boolean =>
  a.id === b.id &&
  a.want.want === b.want.want &&
  (a.want.want !== 'item' || (b.want.want === 'item' && a.want.item === b.want.item))

const causeOf = (playing: Playing, winner: Claim, state: State): CloseCause => {
  if (winner.want.want === 'dark') return 'dark'
  if (CLAIM_RANKS.indexOf(winner.rank) < CLAIM_RANKS.indexOf(playing.claim.rank)) return 'preempted'
  const order = playing.claim.order === null ? undefined : findOrder(state.orders, playing.claim.order)
  if (order?.endReason === 'expired') return 'ended'
  return playing.endsAt !== null && state.now.mono >= playing.endsAt ? 'ended' : 'replaced'
}

const noteVerdict = (turn: Turn, verdict: Verdict): void => {
  const before = turn.state.verdict
  set(turn, { verdict })
  if (before !== null && sayable(before) === sayable(verdict)) return
  record(turn, {
    kind: 'verdict',
    winner: verdict.winner.id,
    rank: verdict.winner.rank,
    displaced: [...verdict.restrictions, ...verdict.displaced].map((c) => ({ claim: c.id, rank: c.rank })),
    order: verdict.winner.order,
  })
}

/** What of a verdict is news when it changes. */
const sayable = ({ winner, restrictions }: Verdict): string =>
  restrictions.length === 0 ? winner.id : `${winner.id}|${restrictions.map((r) => r.id).join()}`

/** Each refusal of an item is evidence once; it is said again when the reason changes or after a new schedule. */
const noteSkipped = (turn: Turn, planned: Plan | null): void => {
  for (const { item, reason, detail } of planned?.skipped ?? []) {
    const key = `${item}:${reason}`
    if (reason === 'missing' || turn.state.reported.has(key)) continue
    set(turn, { reported: new Set([...turn.state.reported, key]) })
    record(turn, { kind: 'refusal', item, reason, detail })
  }
}

export const closePlay = (turn: Turn, cause: CloseCause): void => {
  const { playing, now } = turn.state
  if (!playing) return
  const ms = since(now.mono, playing.since.mono)
  record(turn, { kind: 'close', play: playing.play, cause, ms, proof: playing.proof })
  set(turn, { playing: null })
}

const open = (turn: Turn, claim: Claim, planned: Plan | null): void => {
  const { want } = claim
  if (want.want === 'dark' || want.want === 'restrict') {
    if (turn.state.told?.scene !== 'dark') show(turn, { scene: 'dark' })
    return
  }
  if (want.want === 'standing' && isBroken(turn.state, 'standing')) return
  const play = `${turn.state.now.bootId}-${turn.state.nextPlay}`
  set(turn, { nextPlay: turn.state.nextPlay + 1 })
  if (want.want === 'order') return openOrder(turn, { claim, play, order: want.order })
  if (want.want === 'item' && planned?.choice) {
    set(turn, { cursor: planned.cursor })
    return openItem(turn, { claim, play, choice: planned.choice })
  }
  if (want.want === 'chart') {
    const title = `Hình kiểm tra · test chart: ${want.chart.name}`
    const told = { item: `chart:${want.chart.name}`, title, hash: 'chart', why: `${want.person} kiểm tra màn hình` }
    return begin(turn, {
      claim,
      scene: { scene: 'chart', play, chart: want.chart },
      endsAt: null,
      open: { ...blank(claim, play), ...told },
    })
  }
  const { now, site } = turn.state
  begin(turn, {
    claim,
    scene: { scene: 'standing', play },
    endsAt: after(now.mono, STANDING_MS),
    open: {
      ...blank(claim, play),
      item: 'standing',
      title: `Trang chờ ${site.name}`,
      hash: 'standing',
      order: claim.order,
      why: turn.state.schedule ? 'không có nội dung nào được phép phát lúc này' : 'chưa có lịch đăng phát',
    },
  })
}

export const isBroken = (state: State, key: string): boolean => (state.broken[key] ?? 0) > state.now.mono

const openItem = (turn: Turn, it: { claim: Claim; play: string; choice: Choice }): void => {
  const { item, languages, why, maxMs } = it.choice
  const { now, policy, site } = turn.state
  const mute = !site.audio || !item.audio || (item.ad !== null && site.outdoors && policy.advertising.muteOutdoors)
  begin(turn, {
    claim: it.claim,
    scene: { scene: 'item', play: it.play, item: item.id, mute, languages },
    endsAt: after(now.mono, duration(Math.max(1000, Math.min(item.durationMs, maxMs)))),
    open: { ...blank(it.claim, it.play), ...described(item, turn.state), languages, ...ordered(it.claim), why },
  })
}

/** An item that plays by an order (Art. 8.2): its document stays its supplier's; the order's stands in `why` and in the order's own records. */
const ordered = ({ order }: Claim): Partial<OpenRecord> => (order === null ? {} : { order })

/** Of the file that is shown; for a text, of the item as it was approved. */
const hashOf = (item: Item, state: State): string => item.asset?.sha256 ?? state.schedule?.hashes[item.id] ?? ''

const described = (item: Item, state: State) => ({
  item: item.id,
  title: item.title,
  hash: hashOf(item, state),
  category: item.category,
  counts: countsTowardFloor(item.category),
  supplier: item.supplier.org,
  suppliedByLead: item.suppliedByLead,
  document: item.document,
})

const openOrder = (turn: Turn, it: { claim: Claim; play: string; order: string }): void => {
  const entry = findOrder(turn.state.orders, it.order)
  if (!entry) throw new Error(`the verdict names order ${it.order}, which the book does not hold`)
  const { order } = entry
  begin(turn, {
    claim: it.claim,
    scene: { scene: 'order', play: it.play, order: order.id },
    endsAt: null,
    open: {
      ...blank(it.claim, it.play),
      item: `order:${order.id}`,
      title: order.texts[0]?.headline ?? HAZARD_NAMES[order.hazard].vi,
      hash: entry.hash,
      category: order.class === 'emergency' ? 'A7_2D_DISASTER_EMERGENCY' : null,
      counts: order.class === 'emergency' && order.status === 'actual' && turn.state.policy.emergency.countsTowardFloor,
      languages: order.texts.map((t) => t.language),
      supplier: order.authority.name,
      why: whyOrder(order, othersInTurn(turn.state.verdict)),
      order: order.id,
    },
  })
}

/** The log, too, never lets an exercise pass for the real thing. */
const whyOrder = (order: Order, others: number): string => {
  const what = order.allClear === true ? 'báo an toàn sau lệnh' : 'lệnh'
  const said = `${what} ${ORDER_CLASS_NAMES[order.class].vi} ${order.id} của ${order.authority.name}`
  const marked = order.status === 'actual' ? `${said.charAt(0).toUpperCase()}${said.slice(1)}` : `DIỄN TẬP ${said}`
  return others === 0 ? `${marked}.` : `${marked}, chia lượt với ${others} lệnh khác.`
}

const blank = (claim: Claim, play: string): OpenRecord => ({
  kind: 'open',
  play,
  item: '',
  title: '',
  hash: '',
  category: null,
  counts: false,
  languages: ['vi'],
  supplier: 'system',
  suppliedByLead: false,
  document: claim.document,
  claim: claim.id,
  rank: claim.rank,
  order: null,
  why: '',
})

const begin = (turn: Turn, play: { claim: Claim; scene: Scene; endsAt: Playing['endsAt']; open: OpenRecord }): void => {
  const { now } = turn.state
  record(turn, play.open)
  set(turn, { playing: { play: play.open.play, ...play, since: now, proof: 'commanded' } })
  show(turn, play.scene)
}

/**
 * After a wall-clock step the play goes on under a new record, so that both halves have a true time. The player is not told: the
 * picture stays as it is, and so does what was proven of it.
 */
export const splitPlay = (turn: Turn): void => {
  const { playing } = turn.state
  if (!playing) return
  closePlay(turn, 'clock')
  const play = `${turn.state.now.bootId}-${turn.state.nextPlay}`
  const open = { ...playing.open, play }
  set(turn, { nextPlay: turn.state.nextPlay + 1 })
  record(turn, open)
  set(turn, { playing: { ...playing, play, open, since: turn.state.now } })
  if (playing.proof !== 'commanded')
    record(turn, { kind: 'proof', play, proof: playing.proof, how: 'như trước khi đồng hồ nhảy' })
}
