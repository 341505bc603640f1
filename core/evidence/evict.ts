/**
 * What a disk under pressure gives up, and in which order. It is evidence of what the public saw that this program must never lose, so
 * evidence comes last, and never before its retention is over (Art. 10.1.a dash 5).
 */

/** In this order, first to last. */
export const EVICTION_STEPS = ['partial', 'asset', 'aggregate', 'leftover', 'approval', 'evidence'] as const

type Sized = { readonly name: string; readonly bytes: number }

/** Something that takes room in the data folder. */
export type Stored =
  /** A download that is not whole yet. */
  | ({ readonly kind: 'partial'; readonly wanted: boolean } & Sized)
  /**
   * A whole file of the schedule. `keepUntil`: the last civil date on which a play needs it; null: none ever showed it. `unknown`: the index of
   * plays is not there yet, so nobody can say.
   */
  | ({ readonly kind: 'asset'; readonly wanted: boolean; readonly keepUntil: string | null | 'unknown' } & Sized)
  /** One month of daily aggregates. `keepUntil` is that of its last day. */
  | ({ readonly kind: 'aggregate'; readonly keepUntil: string } & Sized)
  /** What a cut-off write or an old start left: drafts, copies of torn tails. */
  | ({ readonly kind: 'leftover'; readonly keepUntil: string | null } & Sized)
  | ({ readonly kind: 'approval'; readonly keepUntil: string | null | 'unknown' } & Sized)
  /** One day of the play log. */
  | ({ readonly kind: 'evidence'; readonly keepUntil: string } & Sized)

const mayGo = (one: Stored, today: string): boolean => {
  switch (one.kind) {
    case 'partial':
      return true
    case 'asset':
      return !one.wanted && isOver(one.keepUntil, today)
    case 'aggregate':
    case 'leftover':
    case 'approval':
    case 'evidence':
      return isOver(one.keepUntil, today)
  }
}

const isOver = (until: string | null, today: string): boolean =>
  until === null || (until !== 'unknown' && /^\d{4}-\d{2}-\d{2}$/.test(until) && today > until)

/**
 * All that may be given up on `today` (a civil date), in the order in which it goes: step by step; within a step what nobody wants and what
 * ran out longest ago, first; then the largest. `today` null (the clock is unset): only what no date protects.
 */
export const evictionOrder = (stored: readonly Stored[], today: string | null): readonly Stored[] =>
  stored
    .filter((one) => mayGo(one, today ?? '0000-00-00'))
    .toSorted(
      (a, b) =>
        EVICTION_STEPS.indexOf(a.kind) - EVICTION_STEPS.indexOf(b.kind) ||
        wish(a) - wish(b) ||
        compare(untilOf(a), untilOf(b)) ||
        (a.kind === 'evidence' ? compare(a.name, b.name) : b.bytes - a.bytes) ||
        compare(a.name, b.name),
    )

const wish = (one: Stored): number => ('wanted' in one && one.wanted ? 1 : 0)
const untilOf = (one: Stored): string => ('keepUntil' in one ? (one.keepUntil ?? '') : '')
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The shortest beginning of that order that frees `need` bytes; all of it where that is not enough. */
export const toFree = (order: readonly Stored[], need: number): readonly Stored[] => {
  let freed = 0
  const end = order.findIndex((one) => {
    const enough = freed >= need
    freed += one.bytes
    return enough
  })
  return need <= 0 ? [] : end === -1 ? order : order.slice(0, end)
}
