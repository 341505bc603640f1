import { performance } from 'node:perf_hooks'

/** A connection to a device: what to do with what it sends, gives what to do with what is sent to it. */
export type Line = (send: (bytes: Uint8Array) => void) => (chunk: Uint8Array) => void

/** Timers are whole milliseconds; the last bit before this is waited for by turning the event loop over. */
const FINE_MS = 4

const at = (due: number, then: () => void): void => {
  const left = due - performance.now()
  if (left <= 0) then()
  else if (left > FINE_MS) setTimeout(() => at(due, then), left - FINE_MS)
  else setImmediate(() => at(due, then))
}

/**
 * A line on which every byte takes its time at `baud` (10 bits a byte), in each direction by itself: a pty hands over a whole frame at once,
 * which no serial line does. Uses the processor while it waits; give it a thread of its own when something is measured beside it.
 */
export const paced = (line: Line, baud: number): Line => {
  const byteMs = 10_000 / baud
  return (send) => {
    const delayed = (hand: (bytes: Uint8Array) => void) => {
      let free = 0
      return (bytes: Uint8Array) => {
        free = Math.max(free, performance.now()) + bytes.length * byteMs
        at(free, () => hand(bytes))
      }
    }
    return delayed(line(delayed(send)))
  }
}
