import type { Duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Dialect, Side, Values } from '../dialect/dialect.ts'

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

/** Whole exchanges kept beside them. */
export const MOST_EXCHANGES = 20

/** One question with all its attempts, and what came of it. */
export type RecentExchange = {
  /** When it was over, wall milliseconds. */
  readonly at: number
  /** The command of the profile. */
  readonly command: string
  readonly ms: number
  readonly attempts: number
  /** The last frame each way; null where nothing was sent (the device speaks first) or nothing came. */
  readonly sent: Trace | null
  readonly received: Trace | null
  readonly fault: LinkFault | null
  /** What the answer says, by the fields of the profile; empty after a fault, most writes, and for a handshake, whose values may open a session. */
  readonly values: Values
}

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
  /** The last exchanges, oldest first, at most MOST_EXCHANGES, put into words when asked. */
  readonly exchanged: () => readonly RecentExchange[]
}

/** The last frame each way since the exchange before was over. */
type Frames = { readonly [D in RecentFrame['direction']]: (() => Trace) | null }

type Counted = Omit<SessionStats, 'noiseBytes' | 'reopened' | 'quarantined'>

export const createMeter = () => {
  let exchanges = 0
  let retries = 0
  let timeouts = 0
  let checksumErrors = 0
  let staleReplies = 0
  let lastExchangeMs: number | null = null
  const recent: { direction: RecentFrame['direction']; trace: () => Trace }[] = []
  const over: (Omit<RecentExchange, 'ms' | 'sent' | 'received'> & { ms: number; frames: Frames })[] = []
  let frames: Frames = { sent: null, received: null }
  return {
    exchange: (took: Duration, of: Omit<RecentExchange, 'ms' | 'sent' | 'received'>) => {
      exchanges += 1
      lastExchangeMs = took
      over.push({ ...of, ms: took, frames })
      if (over.length > MOST_EXCHANGES) over.shift()
      frames = { sent: null, received: null }
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
      frames = { ...frames, [direction]: trace }
    },
    read: (): Counted => ({
      exchanges,
      retries,
      timeouts,
      checksumErrors,
      staleReplies,
      lastExchangeMs,
      recent: () => recent.map(({ direction, trace }) => ({ direction, ...trace() })),
      exchanged: () =>
        over.map(({ frames: { sent, received }, ...one }) => ({
          ...one,
          sent: sent?.() ?? null,
          received: received?.() ?? null,
        })),
    }),
  }
}

export type Meter = ReturnType<typeof createMeter>
