import type { Mono } from '../base/units.ts'
import type { Policy } from '../policy/policy.ts'
import { pageNeed, READING } from '../text/reading.ts'
import { CERTAINTIES, type Order, SEVERITIES, URGENCIES } from './order.ts'

/**
 * Several emergencies at once take turns on one screen (domain.md §4.2). The strongest holds it between the turns of the others, A B A C A B …;
 * where there are so many that none would keep its least share that way, all go round. Who has not had a whole turn yet comes first: a new
 * order breaks into any turn but the first of a stronger one.
 */
export type Sharing = Policy['emergency']['sharing']

/** One that may have a turn; given strongest first. */
export type Sharer = { readonly id: string; readonly needMs: number }

export type Share = {
  /** Whose turn it is and since when; null: none of them is on the screen. */
  readonly holder: string | null
  readonly since: Mono
  /** Its picture is on its way: a slow controller may need longer for it than a turn lasts, so the turn does not run yet. */
  readonly waits?: true
  /** How long all pages of an order take to go round on this screen, as its player said, ms. */
  readonly rounds: Readonly<Record<string, number>>
  /** Turns that were had to the end, and by whom the last of them: not there for one whose first is still to come. */
  readonly turns: number
  readonly had: Readonly<Record<string, number>>
}

export const UNSHARED: Share = { holder: null, since: 0 as Mono, rounds: {}, turns: 0, had: {} }

/** However much there is to read, the others are not kept waiting for longer than this, ms. */
export const MOST_TURN_MS = 300_000
/** Nor for a picture that does not come: by then the attempt to put it up is over (edge/player/onboard-rules.ts), and the others have a try. */
export const MOST_WAIT_MS = 900_000

/**
 * How much an order weighs among those of its rank: urgency, severity, certainty, in that order. Below nothing: an all-clear gives way to
 * every danger, and an exercise to whatever is real.
 */
export const weightOf = (order: Order): number => {
  if (order.status !== 'actual') return -2
  if (order.allClear === true) return -1
  const urgency = URGENCIES.indexOf(order.urgency ?? 'immediate')
  const certainty = CERTAINTIES.indexOf(order.certainty ?? 'observed')
  return (urgency * SEVERITIES.length + SEVERITIES.indexOf(order.severity)) * CERTAINTIES.length + certainty
}

/** What it takes to read all of an order, each language on a page of its own, and its picture, ms. Counted once for each order. */
export const readingNeed = (order: Order): number => {
  const known = needs.get(order)
  if (known !== undefined) return known
  const words = order.texts.reduce((ms, text) => ms + pageNeed([`${text.headline}\n${text.instruction}`]), 0)
  const need = words + (order.picture === undefined ? 0 : READING.pictureMs)
  needs.set(order, need)
  return need
}
const needs = new WeakMap<Order, number>()

type Turns = { readonly way: 'between' | 'round'; readonly ms: ReadonlyMap<string, number> }

/**
 * How long each turn is and whether the strongest comes between. Nobody's turn is longer than that of the strongest, and where reading times
 * differ so much that going round leaves one less than its least share, all turns are of one length: more than that nobody can give.
 */
export const turnsOf = (sharers: readonly Sharer[], { turnMs, leastShare }: Sharing): Turns => {
  const own = sharers.map(({ id, needMs }) => ({ id, ms: Math.min(MOST_TURN_MS, Math.max(turnMs, needMs)) }))
  const most = Math.max(turnMs, ...own.map((o) => o.ms))
  const least = Math.min(most, ...own.map((o) => o.ms))
  const others = own.slice(1).reduce((sum, o) => sum + o.ms, 0)
  const lengths = (ms: (own: number, i: number) => number) => new Map(own.map((o, i) => [o.id, ms(o.ms, i)]))
  const usual = lengths((ms, i) => (i === 0 ? most : ms))
  if (least >= leastShare * (others + most * (sharers.length - 1))) return { way: 'between', ms: usual }
  if (least >= leastShare * (others + most)) return { way: 'round', ms: usual }
  return { way: 'round', ms: lengths(() => most) }
}

/** After this long each of them had at least one whole turn, ms, if none is added. */
export const cycleOf = (sharers: readonly Sharer[], rules: Sharing): number => {
  const { way, ms } = turnsOf(sharers, rules)
  const all = [...ms.values()]
  const sum = all.reduce((a, b) => a + b, 0)
  return way === 'round' ? sum : sum + (all[0] ?? 0) * Math.max(0, sharers.length - 2)
}

/** When the turn that is on is over; null: it has nobody to give way to. */
export const turnEnds = (share: Share, sharers: readonly Sharer[], rules: Sharing): number | null => {
  if (share.holder === null || sharers.length < 2) return null
  const ms = turnsOf(sharers, rules).ms.get(share.holder)
  return ms === undefined ? null : share.since + lastsFor(share, ms)
}

const lastsFor = ({ waits }: Share, ms: number): number => (waits === true ? Math.max(ms, MOST_WAIT_MS) : ms)

/**
 * Whose turn it is now. `sharers`: those that can be shown, strongest first; `isLive`: in force at all, so that one that cannot be drawn for a
 * moment is not new when it can. Always somebody where there is anybody, and the same share while nothing changes.
 */
export const shareOut = (
  before: Share,
  sharers: readonly Sharer[],
  of: { readonly now: Mono; readonly rules: Sharing; readonly isLive: (id: string) => boolean },
): Share => {
  const share = withoutGone(before, of.isLive)
  const holder = sharers.find((s) => s.id === share.holder)
  const begin = (from: Share, next: Sharer | undefined): Share =>
    next === undefined
      ? from
      : { holder: next.id, since: of.now, rounds: from.rounds, turns: from.turns, had: from.had }
  const isNew = (from: Share, s: Sharer): boolean => from.had[s.id] === undefined
  if (holder === undefined) {
    if (sharers.length === 0) return share.holder === null ? share : { ...share, holder: null }
    // It could not be drawn: that was its turn.
    const from = share.holder !== null && of.isLive(share.holder) ? stamped(share, share.holder) : share
    return begin(from, sharers.find((s) => isNew(from, s)) ?? following(from, sharers, of.rules))
  }
  const others = sharers.filter((s) => s !== holder)
  const first = others.find((s) => isNew(share, s))
  if (of.now - share.since >= lastsFor(share, turnsOf(sharers, of.rules).ms.get(holder.id) ?? 0)) {
    if (others.length === 0) return share
    const from = stamped(share, holder.id)
    return begin(from, first ?? following(from, sharers, of.rules))
  }
  const breaksIn = first !== undefined && (!isNew(share, holder) || sharers.indexOf(first) < sharers.indexOf(holder))
  return breaksIn ? begin(share, first) : share
}

const stamped = (share: Share, id: string): Share => {
  const turns = share.turns + 1
  return { ...share, turns, had: { ...share.had, [id]: turns } }
}

const withoutGone = (share: Share, isLive: (id: string) => boolean): Share => {
  const live = (of: Readonly<Record<string, number>>) =>
    Object.keys(of).every(isLive) ? of : Object.fromEntries(Object.entries(of).filter(([id]) => isLive(id)))
  const [had, rounds] = [live(share.had), live(share.rounds)]
  return had === share.had && rounds === share.rounds ? share : { ...share, had, rounds }
}

/** All of them had a turn: who is next after the one that held the screen. */
const following = (share: Share, sharers: readonly Sharer[], rules: Sharing): Sharer | undefined => {
  const [top, ...others] = sharers
  const longest = (of: readonly Sharer[]) => of.toSorted((a, b) => (share.had[a.id] ?? 0) - (share.had[b.id] ?? 0))[0]
  if (turnsOf(sharers, rules).way === 'round') return longest(sharers.filter((s) => s.id !== share.holder)) ?? top
  return share.holder === top?.id && others.length > 0 ? longest(others) : top
}
