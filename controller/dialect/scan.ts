import type { FrameReader } from './dialect.ts'

export type Scanned = { readonly is: 'frame' | 'checksum'; readonly bytes: Uint8Array }

/**
 * Finds frames in a byte stream, however it is cut. Holds at most one largest frame of unread bytes; what belongs to no good frame is
 * counted as noise and dropped. Pushed bytes = bytes of good frames + noise + pending, always.
 */
export type Scanner = {
  readonly push: (chunk: Uint8Array) => readonly Scanned[]
  /** Gives up waiting for the rest of what may have been a frame, and looks again at what follows its first byte. */
  readonly giveUp: () => readonly Scanned[]
  /** Forgets what is pending; it counts as noise. */
  readonly reset: () => void
  readonly noiseBytes: () => number
  readonly pending: () => number
}

export const createScanner = (reader: FrameReader): Scanner => {
  const buffer = new Uint8Array(reader.maxFrame)
  let held = 0
  let noise = 0

  const drop = (count: number) => {
    buffer.copyWithin(0, count, held)
    held -= count
  }
  const scan = (found: Scanned[]) => {
    let at = 0
    while (at < held) {
      const reading = reader.read(buffer.subarray(0, held), at)
      // A reader that wants more than its own largest frame would wait for ever; the first byte is given up.
      if (reading.is === 'unfinished' && held - at < buffer.length) break
      if (reading.is === 'frame') {
        found.push({ is: 'frame', bytes: buffer.slice(at, at + reading.size) })
        at += reading.size
        continue
      }
      // A wrong checksum may hide a good frame that begins inside it, so only the first byte is given up.
      if (reading.is === 'checksum') found.push({ is: 'checksum', bytes: buffer.slice(at, at + reading.size) })
      noise += 1
      at += 1
    }
    drop(at)
  }
  return {
    push: (chunk) => {
      const found: Scanned[] = []
      for (let taken = 0; taken < chunk.length; ) {
        const part = chunk.subarray(taken, taken + (buffer.length - held))
        buffer.set(part, held)
        held += part.length
        taken += part.length
        scan(found)
      }
      return found
    },
    giveUp: () => {
      const found: Scanned[] = []
      while (held > 0) {
        drop(1)
        noise += 1
        scan(found)
        if (found.length > 0) break
      }
      return found
    },
    reset: () => {
      noise += held
      held = 0
    },
    noiseBytes: () => noise,
    pending: () => held,
  }
}
