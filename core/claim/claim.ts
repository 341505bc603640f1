import type { Instant } from '../base/units.ts'
import type { Chart } from '../screen/chart.ts'

/** Highest first. The whole emergency policy is this order and `arbitrate` (design §1). */
export const CLAIM_RANKS = [
  'safety-blank',
  'emergency',
  'major-event',
  'mourning',
  'quiet-hours',
  'priority',
  'normal',
  'fallback',
] as const
export type ClaimRank = (typeof CLAIM_RANKS)[number]

/** What a claim asks of the screen. */
export type Want =
  | { readonly want: 'dark'; readonly why: string }
  | { readonly want: 'order'; readonly order: string }
  | { readonly want: 'item'; readonly item: string; readonly frame: string | null; readonly why: string }
  /** The approved still page that ends every ladder: never black by accident. */
  | { readonly want: 'standing' }
  /** A picture to look at the panel with, for the person named. */
  | { readonly want: 'chart'; readonly chart: Chart; readonly person: string }
  /** Not a picture but a veto over lower claims: no advertising, no entertainment. */
  | { readonly want: 'restrict' }

/** Anything that wants something of the screen. Data only. */
export type Claim = {
  readonly id: string
  readonly rank: ClaimRank
  /** Among claims of its rank the heavier one wins: of orders urgency, severity and certainty (core/emergency/share.ts), else 0. */
  readonly weight: number
  /** When it was asked for; the newest wins within a rank and weight. */
  readonly at: Instant
  readonly want: Want
  /** Shown only where mourning does not forbid it. */
  readonly solemn: boolean
  readonly order: string | null
  readonly document: string | null
}
