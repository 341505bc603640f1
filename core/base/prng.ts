/** A small seeded generator (mulberry32) for simulators and worlds: same seed, same numbers. Never for keys or passwords. */
export type Prng = {
  /** 0 ≤ n < 1 */
  readonly next: () => number
  /** an integer 0 ≤ n < below */
  readonly below: (below: number) => number
  readonly chance: (probability: number) => boolean
}

export const prng = (seed: number): Prng => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next, below: (n) => Math.floor(next() * n), chance: (p) => next() < p }
}
