import { after, type Duration, type Mono } from '#core/base/units.ts'

/**
 * Decides when a bouncing contact has really changed. Pure: it is given the levels and the times. The kernel does the same for lines of
 * the character device; sysfs and the simulated board use this.
 *
 * A level counts when it has stayed for the whole of `span` after the last edge that was seen. So a glitch shorter than `span` is never
 * told, and a change that stays is told once, exactly `span` after its last edge.
 */
export type Debounced = {
  /** The level that counts. */
  readonly level: boolean
  /** The other level has been there since this; null while the line agrees with `level`. */
  readonly since: Mono | null
}

/** One change that counts, at the time it became certain. */
export type Settled = { readonly level: boolean; readonly at: Mono }

export type DebounceStep = { readonly state: Debounced; readonly settled: Settled | null }

export const debounced = (level: boolean): Debounced => ({ level, since: null })

/** When to call `elapse` next; null when there is nothing to wait for. */
export const dueAt = (state: Debounced, span: Duration): Mono | null =>
  state.since === null ? null : after(state.since, span)

/** Time has come to `at` and no edge was seen since the last call. Calling late is fine: the change is told with its own time. */
export const elapse = (state: Debounced, at: Mono, span: Duration): DebounceStep => {
  const due = dueAt(state, span)
  if (due === null || at < due) return { state, settled: null }
  return { state: { level: !state.level, since: null }, settled: { level: !state.level, at: due } }
}

/** An edge was seen at `at`, and the line has been at `level` since then. What had become certain before it is told first. */
export const edge = (state: Debounced, seen: Settled, span: Duration): DebounceStep => {
  const before = elapse(state, seen.at, span)
  // An edge to the level we are already waiting for means it was away for a moment that was missed: the wait begins anew.
  const since = seen.level === before.state.level ? null : seen.at
  return { state: { level: before.state.level, since }, settled: before.settled }
}
