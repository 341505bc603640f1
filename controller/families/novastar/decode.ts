import { toHex } from '#core/base/bytes.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import { checksumOf, edge } from './checksum.ts'
import { type Direction, type Frame, type Layout, readNumber, type Side } from './layout.ts'

/** What begins at one place of a byte stream. */
export type Reading =
  | { readonly is: 'frame'; readonly frame: Frame; readonly size: number }
  | { readonly is: 'checksum'; readonly size: number; readonly expected: number; readonly found: number }
  | { readonly is: 'unfinished' }
  | { readonly is: 'noise'; readonly why: string }

/**
 * Reads what begins at `start`. `unfinished`: it may become a frame, more bytes are needed (never more than the
 * layout’s
 * largest frame). The answer depends only on the bytes from `start` on, so any chunking gives the same frames.
 */
export const readFrame = (layout: Layout, side: Side, from: { bytes: Uint8Array; start: number }): Reading => {
  const bytes = from.bytes.subarray(from.start)
  const marker = layout.markers[side]
  for (let i = 0; i < Math.min(marker.length, bytes.length); i++)
    if (bytes[i] !== marker[i]) return { is: 'noise', why: `does not begin with ${toHex(marker, ' ')}` }
  if (bytes.length < layout.headSize) return { is: 'unfinished' }
  const direction = directionOf(layout, bytes)
  if (direction === undefined) return { is: 'noise', why: 'direction is neither read nor write' }
  const length = readNumber(bytes, layout.length.at, layout.length)
  const sizes = dataSizes(layout, side, { direction, length, ack: bytes[layout.ack.at] ?? 0 })
  if (sizes.some((n) => n > layout.maxData))
    return { is: 'noise', why: `claims ${length} data bytes, at most ${layout.maxData}` }
  let wrong: Reading = { is: 'unfinished' }
  for (const dataSize of sizes) {
    const size = layout.headSize + dataSize + layout.tailSize
    if (bytes.length < size) return { is: 'unfinished' }
    const expected = checksumOf(layout, bytes, dataSize)
    const found = readNumber(bytes, edge(layout, layout.checksum.name, dataSize).start, layout.checksum)
    if (found === expected)
      return { is: 'frame', frame: build(layout, side, { bytes, direction, length, dataSize }), size }
    wrong = { is: 'checksum', size, expected, found }
  }
  return wrong
}

const directionOf = (layout: Layout, bytes: Uint8Array): Direction | undefined => {
  const found = bytes[layout.direction.at]
  if (found === Number.parseInt(layout.direction.read, 16)) return 'read'
  return found === Number.parseInt(layout.direction.write, 16) ? 'write' : undefined
}

/** The sizes the data may have, smallest first. Only a reply with an error code can be in doubt. */
const dataSizes = (
  layout: Layout,
  side: Side,
  head: { direction: Direction; length: number; ack: number },
): readonly number[] => {
  if (!layout.dataIn.has(`${head.direction}-${side}`)) return [0]
  if (side === 'reply' && head.ack !== 0 && head.length > 0) {
    if (layout.errorReplyData === 'either') return [0, head.length]
    if (layout.errorReplyData === 'never') return [0]
  }
  return [head.length]
}

const build = (
  layout: Layout,
  side: Side,
  from: { bytes: Uint8Array; direction: Direction; length: number; dataSize: number },
): Frame => {
  const { bytes, direction, length, dataSize } = from
  const address: Record<string, number> = {}
  let sequence = 0
  let register = 0
  for (const field of layout.fields) {
    if (field.kind === 'address') {
      const name = side === 'reply' && field.swapsWith !== null ? field.swapsWith : field.name
      address[name] = readNumber(bytes, field.at, field)
    } else if (field.kind === 'sequence') sequence = bytes[field.at] ?? 0
    else if (field.kind === 'register') register = readNumber(bytes, field.at, field)
  }
  const data = bytes.slice(layout.headSize, layout.headSize + dataSize)
  return { side, ack: bytes[layout.ack.at] ?? 0, sequence, direction, address, register, length, data }
}

/** Exactly one frame and nothing else, or why it is none. */
export const decodeFrame = (
  layout: Layout,
  side: Side,
  bytes: Uint8Array,
): Result<Frame, { kind: 'checksum' | 'frame'; detail: string }> => {
  const reading = readFrame(layout, side, { bytes, start: 0 })
  switch (reading.is) {
    case 'frame':
      return reading.size === bytes.length
        ? ok(reading.frame)
        : err({ kind: 'frame', detail: `${bytes.length - reading.size} bytes too many after the frame` })
    case 'checksum': {
      const show = (n: number) =>
        `${n
          .toString(16)
          .toUpperCase()
          .padStart(layout.checksum.bytes * 2, '0')}h`
      return err({ kind: 'checksum', detail: `checksum ${show(reading.found)}, should be ${show(reading.expected)}` })
    }
    case 'unfinished':
      return err({ kind: 'frame', detail: `${bytes.length} bytes are too few` })
    case 'noise':
      return err({ kind: 'frame', detail: reading.why })
    default:
      return unreachable(reading)
  }
}
