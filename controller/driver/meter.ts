import { toHex } from '#core/base/bytes.ts'
import type { Duration } from '#core/base/units.ts'

/** Frames kept for a technician to look at. */
export const MOST_RECENT = 50

export type RecentFrame = { readonly direction: 'sent' | 'received'; readonly hex: string; readonly text: string }

/** What happened on one link since it was made. Counters only grow. */
export type SessionStats = {
  /** Exchanges that reached the wire, good or bad. */
  readonly exchanges: number
  readonly retries: number
  readonly timeouts: number
  readonly checksumErrors: number
  /** Good frames that answered nothing we were asking. */
  readonly staleReplies: number
  readonly noiseBytes: number
  readonly reopened: number
  readonly quarantined: boolean
  /** Milliseconds the last exchange took, with its retries. */
  readonly lastExchangeMs: number | null
  /** The last frames, oldest first, at most MOST_RECENT. */
  readonly recent: readonly RecentFrame[]
}

type Counted = Omit<SessionStats, 'noiseBytes' | 'reopened' | 'quarantined'>

export const createMeter = () => {
  let exchanges = 0
  let retries = 0
  let timeouts = 0
  let checksumErrors = 0
  let staleReplies = 0
  let lastExchangeMs: number | null = null
  const recent: RecentFrame[] = []
  return {
    exchange: (took: Duration) => {
      exchanges += 1
      lastExchangeMs = took
    },
    retry: () => {
      retries += 1
    },
    timeout: () => {
      timeouts += 1
    },
    wrongChecksum: () => {
      checksumErrors += 1
    },
    stale: () => {
      staleReplies += 1
    },
    recent: (direction: RecentFrame['direction'], bytes: Uint8Array, text: string) => {
      recent.push({ direction, hex: toHex(bytes, ' '), text })
      if (recent.length > MOST_RECENT) recent.shift()
    },
    read: (): Counted => ({
      exchanges,
      retries,
      timeouts,
      checksumErrors,
      staleReplies,
      lastExchangeMs,
      recent: [...recent],
    }),
  }
}

export type Meter = ReturnType<typeof createMeter>
