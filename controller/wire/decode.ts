import { toHex } from '#core/base/bytes.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { CommandSpec, DataFieldSpec } from '../profile/schema.ts'
import { sizeOfData, sizeOfField } from '../profile/size.ts'
import { checksumOf, edge } from './checksum.ts'
import type { Value, Values } from './codec.ts'
import { bytesOf, type Direction, type Frame, type Layout, readNumber, type Side } from './layout.ts'

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

/** Data bytes → values by name, or which field says something the profile does not know. */
export const decodeValues = (command: CommandSpec, data: Uint8Array): Result<Values, string> => {
  if (data.length !== sizeOfData(command)) return err(`${data.length} data bytes, expected ${sizeOfData(command)}`)
  const values: Record<string, Value> = {}
  let at = 0
  for (const field of command.fields) {
    const size = sizeOfField(field)
    const value = decodeField(field, data.subarray(at, at + size))
    if (!value.ok) return err(`field ${field.name}: ${value.error}`)
    if (field.type !== 'constant') values[field.name] = value.value
    at += size
  }
  return ok(values)
}

const decodeField = (field: DataFieldSpec, bytes: Uint8Array): Result<Value, string> => {
  const first = bytes[0] ?? 0
  switch (field.type) {
    case 'percent':
      return ok(Math.round((first * 100) / Number.parseInt(field.full, 16)))
    case 'flag':
      if (first === Number.parseInt(field.on, 16)) return ok(true)
      return first === Number.parseInt(field.off, 16) ? ok(false) : err(`${toHex(bytes, ' ')} is neither on nor off`)
    case 'choice': {
      const found = Object.entries(field.choices).find(([, codes]) =>
        codes.some((code) => Number.parseInt(code, 16) === first),
      )
      return found ? ok(found[0]) : err(`code ${toHex(bytes, ' ')} has no meaning here`)
    }
    case 'constant':
      return toHex(bytes, ' ') === toHex(bytesOf(field.value), ' ')
        ? ok(null)
        : err(`${toHex(bytes, ' ')} instead of ${field.value}`)
    case 'hex':
      return ok(toHex(bytes, ' '))
    case 'version':
      return ok(Array.from(bytes).join('.'))
    case 'measure':
      return decodeMeasure(field, bytes)
    default:
      return unreachable(field)
  }
}

const decodeMeasure = (
  field: Extract<DataFieldSpec, { type: 'measure' }>,
  bytes: Uint8Array,
): Result<Value, string> => {
  const raw = BigInt(readNumber(bytes, 0, field))
  const has = (mask: string | null) => mask !== null && (raw & BigInt(`0x${mask}`)) !== 0n
  if (field.valid !== null && !has(field.valid)) return ok(null)
  const sign = has(field.negative) ? -1 : 1
  // Scales are decimal (0.1, 0.5): rounding to six places takes the binary dust off 41 × 0.1.
  const value = Math.round(sign * Number(raw & BigInt(`0x${field.mask}`)) * field.scale * 1e6) / 1e6
  return value < field.minimum || value > field.maximum
    ? err(`${value} is outside ${field.minimum} to ${field.maximum} ${field.unit}`)
    : ok(value)
}
