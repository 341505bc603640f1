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
export const createDisplay = (driver: DisplayDriver, post: Post): DisplayShell => {
  const closing = new AbortController()
  const guarded = <T>(work: (signal: AbortSignal) => Promise<Result<T, LinkFault>>): Promise<Result<T, LinkFault>> =>
    work(AbortSignal.any([closing.signal, AbortSignal.timeout(LONGEST_MS)])).catch((error: unknown) =>
      err({ kind: 'aborted', detail: error instanceof Error ? error.message : String(error) } satisfies LinkFault),
    )
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
