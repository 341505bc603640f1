import { err, ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault } from './link.ts'

/** One attempt to open something: it ends once, by success, error, time-out or abort, and then lets go of its timer and listener. */
export const openWithin = (of: {
  readonly signal: AbortSignal
  /** For people: what is being opened. */
  readonly where: string
  readonly ms: number
  /** What to say when it took too long. */
  readonly late: string
  /** Begins; calls `settle` with null when it is open. Later calls do nothing. */
  readonly begin: (settle: (failure: LinkFault | null) => void) => void
  /** It is open and ours. */
  readonly adopt: () => void
  /** It failed or came too late: closes whatever there is. */
  readonly undo: () => void
}): Promise<Result<void, LinkFault>> =>
  new Promise((resolve) => {
    if (of.signal.aborted) return resolve(err(fault('aborted', of.where)))
    let settled = false
    const settle = (failure: LinkFault | null) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      of.signal.removeEventListener('abort', onAbort)
      if (failure === null) {
        of.adopt()
        return resolve(ok(undefined))
      }
      of.undo()
      resolve(err(failure))
    }
    const onAbort = () => settle(fault('aborted', of.where))
    const timer = setTimeout(() => settle(fault('not-open', of.late)), of.ms)
    of.signal.addEventListener('abort', onAbort, { once: true })
    of.begin(settle)
  })
