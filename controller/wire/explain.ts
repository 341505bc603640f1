import { toHex } from '#core/base/bytes.ts'
import { checksumOf, edge } from './checksum.ts'
import type { Codec } from './codec.ts'
import { decodeValues } from './decode.ts'
import type { Frame, PlacedField, Side } from './layout.ts'

export type ExplainedField = {
  readonly at: number
  readonly name: string
  readonly kind: string
  readonly hex: string
  readonly says: string
}

/** Takes a frame apart field by field, right or wrong. `dataSize` is taken from what is left over in the middle. */
export const explainFrame = (codec: Codec, side: Side, bytes: Uint8Array): readonly ExplainedField[] => {
  const { layout } = codec
  const dataSize = Math.max(0, bytes.length - layout.headSize - layout.tailSize)
  return layout.fields.map((field) => {
    const { start, end } = edge(layout, field.name, dataSize)
    const part = bytes.subarray(start, end)
    return {
      at: start,
      name: field.name,
      kind: field.kind,
      hex: toHex(part, ' '),
      says: says(codec, side, { field, part, bytes, dataSize }),
    }
  })
}

const says = (
  codec: Codec,
  side: Side,
  of: { field: PlacedField; part: Uint8Array; bytes: Uint8Array; dataSize: number },
): string => {
  const { field, part } = of
  if (part.length < field.size) return 'missing'
  const value = Array.from(part).reduce(
    (sum, byte, i) => sum + byte * 256 ** ('order' in field && field.order === 'be' ? part.length - 1 - i : i),
    0,
  )
  switch (field.kind) {
    case 'marker':
      return toHex(part, '') === toHex(codec.layout.markers[side], '') ? side : `not a ${side}`
    case 'ack':
      return (
        codec.profile.acks.find((ack) => Number.parseInt(ack.code, 16) === value)?.text ??
        `code ${value} is not in the profile`
      )
    case 'direction':
      return value === Number.parseInt(field.read, 16)
        ? 'read'
        : value === Number.parseInt(field.write, 16)
          ? 'write'
          : 'neither read nor write'
    case 'reserved':
      return value === 0 ? 'reserved' : 'reserved, should be zero'
    case 'register':
      return registerHex(value)
    case 'checksum': {
      const expected = checksumOf(codec.layout, of.bytes, of.dataSize)
      return expected === value
        ? 'right'
        : `wrong, should be ${expected
            .toString(16)
            .toUpperCase()
            .padStart(field.bytes * 2, '0')}h`
    }
    case 'data':
      return `${part.length} bytes`
    case 'sequence':
    case 'address':
    case 'length':
      return String(value)
    default:
      return field satisfies never
  }
}

const registerHex = (register: number): string => `${register.toString(16).toUpperCase().padStart(8, '0')}h`

/** The command of the profile that a frame belongs to: same direction, register and device, and a size that fits. */
export const commandOf = (codec: Codec, frame: Frame): string | undefined =>
  Object.entries(codec.profile.commands).find(([, command]) => {
    if (command.direction !== frame.direction || Number.parseInt(command.register, 16) !== frame.register) return false
    const target = codec.profile.targets[command.target] ?? {}
    return Object.entries(target).every(
      ([name, value]) =>
        typeof value !== 'string' || broad(value) || frame.address[name] === Number.parseInt(value, 16),
    )
  })?.[0]

/** All ones addresses everybody, so it says nothing about which device is meant. */
const broad = (value: string): boolean => /^(FF)+$/.test(value)

/** One line for people: `read readModelId #170` or `reply readModelId #170: modelId=01 00`. */
export const describeFrame = (codec: Codec, frame: Frame): string => {
  const name = commandOf(codec, frame) ?? `${frame.direction} ${registerHex(frame.register)}`
  const start = `${frame.side} ${name} #${frame.sequence}`
  if (frame.ack !== 0) {
    const meaning = codec.profile.acks.find((ack) => Number.parseInt(ack.code, 16) === frame.ack)
    return `${start}: ACK ${toHex(Uint8Array.of(frame.ack), '')} ${meaning?.means ?? 'unknown'}`
  }
  const command = codec.profile.commands[name]
  if (frame.data.length === 0 || !command)
    return frame.data.length === 0 ? start : `${start}: ${toHex(frame.data, ' ')}`
  const values = decodeValues(command, frame.data)
  if (!values.ok) return `${start}: ${values.error}`
  return `${start}: ${Object.entries(values.value)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}`
}
