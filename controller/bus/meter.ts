import type { Duration } from '#core/base/units.ts'
import type { Dialect, Side } from '../dialect/dialect.ts'

/** Frames kept for a technician to look at. */
export const MOST_RECENT = 50

export type Trace = { readonly hex: string; readonly text: string }
export type RecentFrame = Trace & { readonly direction: 'sent' | 'received' }

/** A frame for people. The hex is that of `explain`, which masks what is secret: a trace goes into pages and bundles for support. */
export const traceOf = (dialect: Dialect, side: Side, bytes: Uint8Array): Trace => ({
  hex: dialect
    .explain(side, bytes)
    .flatMap(({ hex }) => (hex === '' ? [] : [hex]))
    .join(' '),
  text: dialect.describe(side, bytes),
})

/** What happened between us and one device since it was attached. Counters only grow. */
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
  /** The last frames, oldest first, at most MOST_RECENT, put into words when asked (some milliseconds). */
  readonly recent: () => readonly RecentFrame[]
}

type Counted = Omit<SessionStats, 'noiseBytes' | 'reopened' | 'quarantined'>

export const createMeter = () => {
  let exchanges = 0
  let retries = 0
  let timeouts = 0
  let checksumErrors = 0
  let staleReplies = 0
  let lastExchangeMs: number | null = null
  const recent: { direction: RecentFrame['direction']; trace: () => Trace }[] = []
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
    /** The words for people are made when someone looks, which is seldom. */
    recent: (direction: RecentFrame['direction'], trace: () => Trace) => {
      recent.push({ direction, trace })
      if (recent.length > MOST_RECENT) recent.shift()
    },
    read: (): Counted => ({
      exchanges,
      retries,
      timeouts,
      checksumErrors,
      staleReplies,
      lastExchangeMs,
      recent: () => recent.map(({ direction, trace }) => ({ direction, ...trace() })),
    }),
  }
}

export type Meter = ReturnType<typeof createMeter>
