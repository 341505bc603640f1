import { CLAIM_RANKS, type Claim } from './claim.ts'

/** Who has the screen, and who would have had it: displaced claims are evidence. */
export type Verdict = {
  readonly winner: Claim
  /** Every other live claim that asks for a picture or for dark, strongest first. */
  readonly displaced: readonly Claim[]
  /** Restrictions in force (mourning), strongest first. */
  readonly restrictions: readonly Claim[]
}

/** Rank, then weight, then newest, then id: total, so the order in which claims are given never matters. Negative: `a` is stronger. */
export const compareClaims = (a: Claim, b: Claim): number =>
  CLAIM_RANKS.indexOf(a.rank) - CLAIM_RANKS.indexOf(b.rank) ||
  b.weight - a.weight ||
  b.at - a.at ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** What wins when nobody asks for anything: the approved standing page, never black by accident. */
export const STANDING: Claim = {
  id: 'standing',
  rank: 'fallback',
  weight: 0,
  at: 0 as Claim['at'],
  want: { want: 'standing' },
  solemn: true,
  order: null,
  document: null,
}

/**
 * The whole of priority and emergency policy. The strongest claim wins, unless a stronger restriction forbids what it would show.
 * Total: the standing page is always there.
 */
export const arbitrate = (claims: readonly Claim[]): Verdict => {
  const sorted = [...claims, STANDING].sort(compareClaims)
  const restrictions = sorted.filter((c) => c.want.want === 'restrict')
  const allowed = (claim: Claim) => claim.solemn || !restrictions.some((r) => compareClaims(r, claim) < 0)
  const asking = sorted.filter((c) => c.want.want !== 'restrict')
  const winner = asking.find(allowed) ?? STANDING
  return { winner, displaced: asking.filter((c) => c !== winner && c !== STANDING), restrictions }
}
