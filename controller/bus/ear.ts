import type { LinkFault } from '#core/screen/display.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { createScanner, type Scanned } from '../dialect/scan.ts'
import type { ExchangeInput } from './exchange.ts'
import { type Meter, traceOf } from './meter.ts'

/** Turns what the link hands on into inputs of the exchange under way; without one, frames are counted as stale. */
export type Ear = {
  readonly hear: (chunk: Uint8Array) => void
  readonly lost: (why: LinkFault) => void
  readonly listen: (next: ((input: ExchangeInput) => void) | null) => void
  /** Frames that came since the opening while nobody listened, at most MOST_UNHEARD; asking forgets them. Some devices speak first. */
  readonly unheard: () => readonly Uint8Array[]
  /** What is half read may hide the answer: looks again behind its first byte. */
  readonly giveUp: () => void
  readonly reset: () => void
  readonly noiseBytes: () => number
}

/** A device greets with one line; more than a few unasked frames are chatter. */
const MOST_UNHEARD = 4

export const createEar = (
  dialect: Dialect,
  meter: Meter,
  tell: (direction: 'received', is: 'frame' | 'checksum' | 'noise', bytes: Uint8Array) => void,
): Ear => {
  const scanner = createScanner(dialect.reader('reply'))
  let feed: ((input: ExchangeInput) => void) | null = null
  let unheard: Uint8Array[] = []
  const found = (items: readonly Scanned[]) => {
    for (const item of items) {
      tell('received', item.is, item.bytes)
      if (item.is === 'frame') {
        meter.recent('received', () => traceOf(dialect, 'reply', item.bytes))
        if (feed) feed({ in: 'frame', bytes: item.bytes })
        else {
          meter.stale()
          if (unheard.length < MOST_UNHEARD) unheard.push(item.bytes)
        }
      } else {
        meter.recent('received', () => ({ ...traceOf(dialect, 'reply', item.bytes), text: 'wrong checksum' }))
        meter.wrongChecksum()
        feed?.({ in: 'wrong-checksum' })
      }
    }
  }
  const counted = (chunk: Uint8Array, scan: () => readonly Scanned[]) => {
    const before = scanner.noiseBytes()
    found(scan())
    if (scanner.noiseBytes() > before) {
      tell('received', 'noise', chunk)
      feed?.({ in: 'noise' })
    }
  }
  return {
    hear: (chunk) => counted(chunk, () => scanner.push(chunk)),
    giveUp: () => counted(new Uint8Array(0), scanner.giveUp),
    lost: (why) => feed?.({ in: 'lost', fault: why }),
    listen: (next) => {
      feed = next
    },
    unheard: () => {
      const frames = unheard
      unheard = []
      return frames
    },
    reset: () => {
      unheard = []
      scanner.reset()
    },
    noiseBytes: scanner.noiseBytes,
  }
}
