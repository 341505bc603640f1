import type { Prng } from '#core/base/prng.ts'
import type { ClockSource } from '#edge/shell/clock.ts'

/**
 * The machine's two clocks. The wall clock drifts, steps, is forgotten at a cut where no battery keeps it, and is set right or wrong by the
 * network; the monotonic one begins anew with every process and tells the truth.
 */
export type SimClock = {
  readonly source: ClockSource
  /** How wrong the wall clock is now, ms. */
  readonly error: () => number
  readonly synced: () => boolean
  /** From now on wrong by so much; `synced`: what the kernel says of it. */
  readonly set: (error: number, synced: boolean) => void
  /** The network is gone: it drifts from where it is. */
  readonly drift: (ppm: number) => void
  /** A process begins: the monotonic clock starts again. */
  readonly boot: () => void
  /** Power was away: what the wall clock says then, and nobody has confirmed it. */
  readonly wakeFromCut: () => void
  readonly mono: () => number
}

/** `start`: true wall time at true time 0. */
export const createSimClock = (of: {
  readonly now: () => number
  readonly start: number
  readonly random: Prng
  readonly battery: boolean
}): SimClock => {
  const { now, start, random, battery } = of
  const state = { error: 0, since: 0, ppm: 0, synced: true, bootAt: 0 }
  const error = () => state.error + Math.round(((now() - state.since) * state.ppm) / 1e6)
  const set = (ms: number, synced: boolean): void => {
    Object.assign(state, { error: ms, since: now(), ppm: 0, synced })
  }
  const mono = () => now() - state.bootAt
  return {
    source: { wall: () => start + now() + error(), mono, synchronised: () => state.synced, hasBatteryClock: battery },
    error,
    synced: () => state.synced,
    set,
    drift: (ppm) => Object.assign(state, { error: error(), since: now(), ppm, synced: false }),
    boot: () => {
      state.bootAt = now() - 300
    },
    wakeFromCut: () => {
      if (battery) return set(error() + random.below(4000) - 2000, false)
      // Without a battery: 1970, the day the image was built, or what was saved at the last full hour.
      const wall = start + now()
      const saved = -random.below(3_600_000) - 5_000
      set([-wall, Date.UTC(2025, 3, 1) - wall, saved, saved][random.below(4)] ?? saved, false)
    },
    mono,
  }
}
