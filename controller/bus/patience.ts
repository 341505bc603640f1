import { err, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault } from '../link/link.ts'

/** Calls `then` once when the signal fires, at once when it has fired. Gives the way to stop: signals live longer than questions. */
export const whenAborted = (signal: AbortSignal, then: () => void): (() => void) => {
  if (signal.aborted) {
    queueMicrotask(then)
    return () => {}
  }
  signal.addEventListener('abort', then, { once: true })
  return () => signal.removeEventListener('abort', then)
}

/** What comes first: the answer, or `aborted`. */
export const unlessAborted = <T>(
  answer: Promise<Result<T, LinkFault>>,
  signal: AbortSignal,
): Promise<Result<T, LinkFault>> =>
  new Promise((resolve, reject) => {
    const stop = whenAborted(signal, () => resolve(err(fault('aborted', 'given up by the caller'))))
    answer.finally(stop).then(resolve, reject)
  })
