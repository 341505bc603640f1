import type { Log } from '#core/base/ports.ts'

export type Rounds = { readonly stop: () => Promise<void> }

/**
 * Does `round` again and again, the wait counted from the end of each, which says how long it is, ms. A round that throws is logged and the next
 * one comes after `afterFaultMs`. `stop` aborts the round under way and resolves when it has ended.
 */
export const repeat = (it: {
  readonly name: string
  readonly round: (signal: AbortSignal) => Promise<number>
  readonly afterFaultMs: number
  readonly log: Log
}): Rounds => {
  const ended = new AbortController()
  const held: { timer: NodeJS.Timeout | null; running: Promise<void> } = { timer: null, running: Promise.resolve() }
  const once = async (): Promise<void> => {
    const wait = await it.round(ended.signal).catch((error: unknown) => {
      if (!ended.signal.aborted) it.log('error', 'CAP source failed', { source: it.name, error: String(error) })
      return it.afterFaultMs
    })
    if (!ended.signal.aborted) arm(wait)
  }
  const arm = (wait: number): void => {
    held.timer = setTimeout(() => {
      held.running = once()
    }, wait)
    // A hub that is told to stop does not wait for a feed.
    held.timer.unref()
  }
  arm(0)
  return {
    stop: async () => {
      ended.abort()
      if (held.timer !== null) clearTimeout(held.timer)
      await held.running
    },
  }
}
