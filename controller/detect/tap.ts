import type { Dialect, FrameReading, Side } from '../dialect/dialect.ts'

/** What was heard on a line that carries questions and answers alike. */
export type Heard = {
  readonly is: 'frame' | 'checksum' | 'noise'
  /** Null for noise. */
  readonly side: Side | null
  readonly bytes: Uint8Array
}

/**
 * Finds the frames of both sides in one byte stream, however it is cut: the ear of a tap on a bus. It holds at most one largest frame, and noise
 * is handed on in pieces of at most MOST_NOISE bytes.
 */
export type Tap = {
  readonly push: (chunk: Uint8Array) => readonly Heard[]
  /** The line has been silent: what is pending will not become a frame any more. */
  readonly silence: () => readonly Heard[]
  readonly counts: () => TapCounts
}
export type TapCounts = {
  readonly frames: number
  /** Requests that carry a command of the profile, and the replies after them. */
  readonly known: number
  readonly checksums: number
  readonly noiseBytes: number
}

const MOST_NOISE = 64

export const createTap = (dialect: Dialect): Tap => {
  const readers = { request: dialect.reader('request'), reply: dialect.reader('reply') }
  const buffer = new Uint8Array(Math.max(readers.request.maxFrame, readers.reply.maxFrame))
  const noise: number[] = []
  const counts = { frames: 0, known: 0, checksums: 0, noiseBytes: 0 }
  let held = 0
  /** Bytes at the front that a wrong frame has shown already: they count as noise and are not shown again. */
  let shown = 0
  let last: Side | null = null
  let lastKnown = false

  const flush = (into: Heard[]) => {
    if (noise.length > 0) into.push({ is: 'noise', side: null, bytes: Uint8Array.from(noise.splice(0)) })
  }
  const giveUpByte = (at: number, into: Heard[]) => {
    counts.noiseBytes += 1
    if (shown > 0) shown -= 1
    else noise.push(buffer[at] ?? 0)
    if (noise.length >= MOST_NOISE) flush(into)
  }
  const take = (found: { side: Side; bytes: Uint8Array }, into: Heard[]) => {
    flush(into)
    shown = 0
    last = found.side
    lastKnown = found.side === 'request' ? dialect.commandOf(found.bytes) !== null : lastKnown
    counts.frames += 1
    if (lastKnown) counts.known += 1
    into.push({ is: 'frame', ...found })
  }
  const scan = (into: Heard[]) => {
    let at = 0
    while (at < held) {
      const bytes = buffer.subarray(0, held)
      const reading = readBoth(dialect, { bytes, at, last, readers })
      if (reading.is === 'unfinished' && held - at < buffer.length) break
      if (reading.is === 'frame') {
        take({ side: reading.side, bytes: buffer.slice(at, at + reading.size) }, into)
        at += reading.size
        continue
      }
      if (reading.is === 'checksum' && shown === 0) {
        flush(into)
        counts.checksums += 1
        into.push({ is: 'checksum', side: reading.side, bytes: buffer.slice(at, at + reading.size) })
        shown = reading.size
      }
      giveUpByte(at, into)
      at += 1
    }
    buffer.copyWithin(0, at, held)
    held -= at
  }
  return {
    push: (chunk) => {
      const heard: Heard[] = []
      for (let taken = 0; taken < chunk.length; ) {
        const part = chunk.subarray(taken, taken + (buffer.length - held))
        buffer.set(part, held)
        held += part.length
        taken += part.length
        scan(heard)
      }
      return heard
    },
    silence: () => {
      const heard: Heard[] = []
      while (held > 0) {
        giveUpByte(0, heard)
        buffer.copyWithin(0, 1, held)
        held -= 1
        scan(heard)
      }
      flush(heard)
      shown = 0
      // A question nobody answered is over.
      last = null
      return heard
    },
    counts: () => ({ ...counts }),
  }
}

type Both =
  | { readonly is: 'frame' | 'checksum'; readonly side: Side; readonly size: number }
  | { readonly is: 'unfinished' | 'noise' }

/**
 * The shorter frame wins: with fewer bytes there it would have been the only one, and the answer must not depend on how the stream was cut.
 * Where both sides fit the same bytes (an echo), the protocol decides, and else the order: an answer follows a question.
 */
const readBoth = (
  dialect: Dialect,
  of: {
    bytes: Uint8Array
    at: number
    last: Side | null
    readers: { request: ReturnType<Dialect['reader']>; reply: ReturnType<Dialect['reader']> }
  },
): Both => {
  const request = of.readers.request.read(of.bytes, of.at)
  const reply = of.readers.reply.read(of.bytes, of.at)
  if (request.is === 'frame' && reply.is === 'frame' && request.size === reply.size) {
    const bytes = of.bytes.slice(of.at, of.at + request.size)
    const side = dialect.sideOf(bytes) ?? (of.last === 'request' ? 'reply' : 'request')
    return { is: 'frame', side, size: request.size }
  }
  const sized = (is: 'frame' | 'checksum') => shorter(is, request, reply)
  const frame = sized('frame')
  if (frame) return frame
  if (request.is === 'unfinished' || reply.is === 'unfinished') return { is: 'unfinished' }
  return sized('checksum') ?? { is: 'noise' }
}

const shorter = (is: 'frame' | 'checksum', request: FrameReading, reply: FrameReading): Both | undefined => {
  const one = request.is === is ? { is, side: 'request' as const, size: request.size } : undefined
  const other = reply.is === is ? { is, side: 'reply' as const, size: reply.size } : undefined
  if (one && other) return one.size <= other.size ? one : other
  return one ?? other
}
