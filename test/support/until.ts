export { PATIENCE_MS } from '../../edge/test/patience.ts'

/** How often a condition is looked at, ms. */
const LOOK_MS = 50

export type Until = {
  /** What is waited for, for the message when it does not come. */
  readonly what: string
  readonly atMostMs: number
  readonly everyMs?: number
}

/**
 * Looks until `look` gives something that is not undefined, and gives that. Throws after the bound with what was waited for and what
 * the last look said (`note`). An exception of `look` counts as "not yet": processes are being killed under it.
 */
export const until = async <T>(
  wait: Until,
  look: (note: (text: unknown) => void) => T | undefined | Promise<T | undefined>,
): Promise<T> => {
  const end = performance.now() + wait.atMostMs
  let last: unknown = 'nothing was said'
  const note = (text: unknown): void => {
    last = text
  }
  for (;;) {
    try {
      const found = await look(note)
      if (found !== undefined) return found
    } catch (error) {
      last = error instanceof Error ? error.message : error
    }
    if (performance.now() > end) {
      const said = typeof last === 'string' ? last : JSON.stringify(last)
      throw new Error(`${wait.what}: not within ${wait.atMostMs} ms. Last: ${(said ?? String(last)).slice(0, 2_000)}`)
    }
    await new Promise((again) => setTimeout(again, wait.everyMs ?? LOOK_MS))
  }
}
