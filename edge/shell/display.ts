import type { DisplayDriver } from '#controller/driver/driver.ts'
import { err, type Result } from '#core/base/result.ts'
import type { DisplaySetting, LinkFault } from '#core/screen/display.ts'
import type { Post } from './loop.ts'

/** The display controller as effects see it: ask, and the outcome comes back as an event. Nothing waits for it. */
export type DisplayShell = {
  readonly apply: (setting: DisplaySetting) => void
  readonly observe: () => void
  /** What is under way is given up; the bus is closed by whoever opened it. */
  readonly stop: () => void
}

/** The driver bounds every exchange itself; this is the last line, for a bug in it, ms. */
const LONGEST_MS = 60_000

/**
 * The engine keeps at most one write and one look in flight; the driver lets the write go before the look. The session inside it does
 * one exchange at a time and leaves a silent device alone, so a dead controller costs nobody else anything.
 */
export const createDisplay = (driver: Pick<DisplayDriver, 'apply' | 'observe'>, post: Post): DisplayShell => {
  const closing = new AbortController()
  const guarded = <T>(work: (signal: AbortSignal) => Promise<Result<T, LinkFault>>): Promise<Result<T, LinkFault>> =>
    new Promise((resolve) => {
      const given = new AbortController()
      const settle = (result: Result<T, LinkFault>) => {
        clearTimeout(timer)
        closing.signal.removeEventListener('abort', giveUp)
        resolve(result)
      }
      const end = (detail: string) => {
        given.abort()
        settle(err({ kind: 'aborted', detail }))
      }
      const giveUp = () => end('the display is being let go of')
      // Raced, not only told: what does not listen to its signal would otherwise leave the engine waiting for ever.
      const timer = setTimeout(() => end(`the driver did not come back within ${LONGEST_MS} ms`), LONGEST_MS)
      closing.signal.addEventListener('abort', giveUp, { once: true })
      work(given.signal).then(settle, (error: unknown) => end(error instanceof Error ? error.message : String(error)))
    })
  return {
    apply: (setting) => {
      void guarded((signal) => driver.apply(setting, signal)).then((result) => {
        if (!closing.signal.aborted) post({ event: 'display-applied', setting, result })
      })
    },
    observe: () => {
      void guarded((signal) => driver.observe(signal)).then((result) => {
        if (!closing.signal.aborted) post({ event: 'display-observed', result })
      })
    },
    stop: () => closing.abort(),
  }
}
