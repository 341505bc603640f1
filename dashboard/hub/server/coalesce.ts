/**
 * Tells about a thing that changes faster than people look: at once the first time, then no more often than `everyMs`, and always the
 * last state. Telling what cost much to put together is followed by a longer rest, so that it takes no more than a tenth of the time.
 */
export type Coalescer = {
  readonly changed: (key: string) => void
  readonly close: () => void
}

/** Four times a second is as often as a person can follow, ms. */
export const TELL_EVERY_MS = 250
/** An order to thousands of clusters is a view of nearly a megabyte. */
const REST_PER_COST = 9

export type CoalescerNeeds = {
  readonly tell: (key: string) => Promise<void>
  readonly everyMs: number
  /** Monotonic, ms. */
  readonly clock: () => number
  readonly failed: (error: unknown) => void
}

/** Holds one entry for each thing that changed within the last rest: bounded by the things there are. */
export const makeCoalescer = (needs: CoalescerNeeds): Coalescer => {
  const resting = new Map<string, { again: boolean; timer: NodeJS.Timeout | undefined }>()
  const run = { closed: false }
  const tell = async (key: string): Promise<void> => {
    const it = { again: false, timer: undefined as NodeJS.Timeout | undefined }
    resting.set(key, it)
    const began = needs.clock()
    await needs.tell(key).catch(needs.failed)
    if (run.closed) return
    const rest = Math.max(needs.everyMs, (needs.clock() - began) * REST_PER_COST)
    it.timer = setTimeout(() => {
      resting.delete(key)
      if (it.again) void tell(key)
    }, rest)
  }
  return {
    changed: (key) => {
      const it = resting.get(key)
      if (run.closed) return
      if (it === undefined) void tell(key)
      else it.again = true
    },
    close: () => {
      run.closed = true
      for (const { timer } of resting.values()) clearTimeout(timer)
      resting.clear()
    },
  }
}
