import { compareClaims, type Verdict } from '../claim/arbitrate.ts'
import type { Claim } from '../claim/claim.ts'
import { findOrder } from '../emergency/book.ts'
import { readingNeed, type Share, type Sharer, shareOut, turnEnds } from '../emergency/share.ts'
import type { Playing, State } from './state.ts'

/**
 * Several emergencies in earnest share the screen: of the strongest claims the one whose turn it is wins, and the verdict names the others as
 * displaced. An exercise and an all-clear weigh less than nothing and never get a turn of theirs.
 */
const shares = (claim: Claim): boolean => claim.rank === 'emergency' && claim.want.want === 'order' && claim.weight >= 0

const sharingClaims = ({ winner, displaced }: Verdict): readonly Claim[] =>
  shares(winner) ? [winner, ...displaced].filter(shares).toSorted(compareClaims) : []

const sharerOf = (state: State, { order }: Claim): Sharer => {
  const entry = order === null ? undefined : findOrder(state.orders, order)
  if (entry === undefined) return { id: order ?? '', needMs: 0 }
  return { id: entry.order.id, needMs: Math.max(readingNeed(entry.order), state.share.rounds[entry.order.id] ?? 0) }
}

/** The verdict with the one on top whose turn it is. Pure: the share is kept when the verdict is. */
export const takeTurns = (state: State, verdict: Verdict): { readonly verdict: Verdict; readonly share: Share } => {
  const { share } = state
  const claims = sharingClaims(verdict)
  if (claims.length === 0) return { verdict, share: share.holder === null ? share : { ...share, holder: null } }
  const out = shareOut(
    share,
    claims.map((c) => sharerOf(state, c)),
    {
      now: state.now.mono,
      rules: state.policy.emergency.sharing,
      isLive: (id) => findOrder(state.orders, id)?.state === 'active',
    },
  )
  const isNewTurn = out.holder !== share.holder || out.since !== share.since
  const next: Share = isNewTurn ? { ...out, waits: true } : out
  const holder = claims.find((c) => c.order === next.holder)
  if (holder === undefined || holder === verdict.winner) return { verdict, share: next }
  const displaced = [verdict.winner, ...verdict.displaced].filter((c) => c !== holder).toSorted(compareClaims)
  return { verdict: { ...verdict, winner: holder, displaced }, share: next }
}

/** A picture that is there sooner than this costs its turn nothing, ms. */
const PROMPT_MS = 1_000

/** The player has the picture of what is on: a turn that waited for it runs from now on, for at least one round of all its pages. */
export const turnIsUp = (state: State, playing: Playing, roundMs: number | undefined): Share => {
  const { share, now } = state
  const { order } = playing.claim
  if (order === null || order !== share.holder) return share
  const rounds =
    roundMs === undefined || roundMs === share.rounds[order] ? share.rounds : { ...share.rounds, [order]: roundMs }
  if (share.waits !== true) return rounds === share.rounds ? share : { ...share, rounds }
  const { waits: _, ...runs } = share
  return { ...runs, rounds, since: now.mono - share.since < PROMPT_MS ? share.since : now.mono }
}

/** When the turn that is on ends; null: nobody waits for it. */
export const turnOver = (state: State): number | null => {
  const { share, verdict, policy } = state
  if (share.holder === null || verdict === null) return null
  const claims = sharingClaims(verdict)
  return claims.length < 2
    ? null
    : turnEnds(
        share,
        claims.map((c) => sharerOf(state, c)),
        policy.emergency.sharing,
      )
}

/** With how many others the winner shares the screen. */
export const othersInTurn = (verdict: Verdict | null): number =>
  verdict === null ? 0 : Math.max(0, sharingClaims(verdict).length - 1)

/**
 * The greatest brightness that one of those that share the screen asks for: it is the screen that is to be seen, and it does not change with
 * each turn. Percent; null: none of them asks.
 */
export const sharedBrightness = (state: State): number | null => {
  if (state.verdict === null) return null
  const asked = sharingClaims(state.verdict).flatMap(({ order }) => {
    const brightness = order === null ? null : findOrder(state.orders, order)?.order.brightness
    return brightness == null ? [] : [brightness]
  })
  return asked.length === 0 ? null : Math.max(...asked)
}
