import type { Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'

/**
 * A byte pipe to one bus. It opens, writes, hands on what arrives, and says when it is gone; it retries nothing.
 * After a close it can be opened again. Nothing that arrives is kept: without a listener it is dropped.
 */
export type Link = {
  /** For people and logs, e.g. `serial /dev/ttyUSB0 115200`. */
  readonly name: string
  /** `not-open` with the reason when it cannot be opened, `aborted` when the signal fired first. */
  readonly open: (signal: AbortSignal) => Promise<Result<void, LinkFault>>
  /** Resolves when the bytes are handed over. Faults: `not-open`, `closed`. */
  readonly write: (bytes: Uint8Array) => Promise<Result<void, LinkFault>>
  readonly onData: (listener: (chunk: Uint8Array) => void) => () => void
  /** Called once for each time an open link goes away without our asking. */
  readonly onClosed: (listener: (fault: LinkFault) => void) => () => void
  readonly isOpen: () => boolean
  readonly close: () => Promise<void>
}

/** The listeners of one link. */
export const listeners = <T>(): { add: (listener: (value: T) => void) => () => void; tell: (value: T) => void } => {
  const all = new Set<(value: T) => void>()
  return {
    add: (listener) => {
      all.add(listener)
      return () => void all.delete(listener)
    },
    tell: (value) => {
      for (const listener of [...all]) listener(value)
    },
  }
}

export const fault = (kind: LinkFault['kind'], detail: string): LinkFault => ({ kind, detail })
