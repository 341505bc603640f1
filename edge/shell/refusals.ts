import type { Happening } from './loop.ts'

/**
 * Whoever holds the hub can send unsigned and wrongly signed things as fast as the line goes. Each refusal is evidence, written and
 * flushed; without a bound they would fill the disk that the evidence of the screen needs. What is over the bound is counted, and the
 * next refusal that is written says how many there were.
 */
export type Refusals = {
  /** The refusal to write down, or null when it is only counted. Anything that is no refusal passes as it is. */
  readonly admit: (happening: Happening) => Happening | null
}

/** At once, and then one a minute: at most some 1,500 a day. */
const MOST_AT_ONCE = 60
const EVERY_MS = 60_000

/** `now`: milliseconds, monotonic. */
export const createRefusals = (now: () => number): Refusals => {
  const run = { left: MOST_AT_ONCE, at: now(), counted: 0 }
  return {
    admit: (happening) => {
      // That the schedule in force no longer holds takes it off the screen and is never passed over.
      if (happening.event !== 'refused' || happening.voids) return happening
      const gained = Math.floor((now() - run.at) / EVERY_MS)
      run.at += gained * EVERY_MS
      run.left = Math.min(MOST_AT_ONCE, run.left + gained)
      if (run.left === 0) {
        run.counted += 1
        return null
      }
      run.left -= 1
      if (run.counted === 0) return happening
      const more = ` (${run.counted} more were refused before it and not written down)`
      run.counted = 0
      return { ...happening, detail: `${happening.detail.slice(0, 400)}${more}` }
    },
  }
}
