/** What is wrong in the world now, and until when the edge may still be recovering from it. Times are true, ms. */
export type Troubles = {
  /** `recoverMs`: how long after its end the edge may need, by the pauses it states. */
  readonly begin: (name: string, recoverMs: number) => void
  readonly end: (name: string) => void
  /** Something wrong for a moment. */
  readonly jolt: (name: string, recoverMs: number) => void
  /** Counted only: the edge must take it without a pause. */
  readonly note: (name: string) => void
  readonly active: (name: string) => boolean
  /** Since when nothing is wrong and all pauses are over; null: something is. */
  readonly calmSince: () => number | null
  readonly counts: Readonly<Record<string, number>>
}

export const createTroubles = (now: () => number): Troubles => {
  const active = new Map<string, { depth: number; recoverMs: number }>()
  const state = { calmFrom: 0 }
  const counts: Record<string, number> = {}
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  const end = (name: string): void => {
    const one = active.get(name)
    if (one === undefined) return
    one.depth -= 1
    if (one.depth > 0) return
    active.delete(name)
    state.calmFrom = Math.max(state.calmFrom, now() + one.recoverMs)
  }
  return {
    begin: (name, recoverMs) => {
      count(name)
      active.set(name, { depth: (active.get(name)?.depth ?? 0) + 1, recoverMs })
    },
    end,
    note: count,
    jolt: (name, recoverMs) => {
      count(name)
      state.calmFrom = Math.max(state.calmFrom, now() + recoverMs)
    },
    active: (name) => active.has(name),
    calmSince: () => (active.size > 0 || state.calmFrom > now() ? null : state.calmFrom),
    counts,
  }
}
