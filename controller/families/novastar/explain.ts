import { toHex } from '#core/base/bytes.ts'
import { checksumOf, edge } from './checksum.ts'
import type { Codec, Values } from './codec.ts'
import { decodeFrame } from './decode.ts'
import type { Frame, PlacedField, Side } from './layout.ts'
import type { CommandSpec } from './schema.ts'
import { sizeOfData, sizeOfField } from './size.ts'
import { decodeValues, placesOf } from './values.ts'

export type ExplainedField = {
  readonly at: number
  readonly name: string
  readonly kind: string
  readonly hex: string
  readonly says: string
}

/**
 * Takes a frame apart field by field, right or wrong. `dataSize` is taken from what is left over in the middle. The data of a right frame
 * that carries a command of the profile is named by that command’s fields; any other data is one field.
 */
export const explainFrame = (codec: Codec, side: Side, bytes: Uint8Array): readonly ExplainedField[] => {
  const { layout } = codec
  const dataSize = Math.max(0, bytes.length - layout.headSize - layout.tailSize)
  return layout.fields.flatMap((field) => {
    const { start, end } = edge(layout, field.name, dataSize)
    if (field.kind === 'data' && dataSize > 0) {
      const named = dataFields(codec, side, bytes)
      if (named !== undefined) return named.map((one) => ({ ...one, at: one.at + start }))
    }
    const part = bytes.subarray(start, end)
    return [
      {
        at: start,
        name: field.name,
        kind: field.kind,
        hex: toHex(part, ' '),
        says: says(codec, side, { field, part, bytes, dataSize }),
      },
    ]
  })
}

/** The data by the fields of its command. A bit that shares its byte has no bytes of its own, so no byte is shown twice. */
const dataFields = (codec: Codec, side: Side, bytes: Uint8Array): readonly ExplainedField[] | undefined => {
  const frame = decodeFrame(codec.layout, side, bytes)
  const name = frame.ok ? commandOf(codec, frame.value) : undefined
  const command = name === undefined ? undefined : codec.profile.commands[name]
  if (!frame.ok || !command || sizeOfData(command) !== frame.value.data.length) return undefined
  const { data } = frame.value
  const values = decodeValues(command, data)
  return placesOf(command).map(({ field, at }) => {
    const value = values.ok ? values.value[field.name] : undefined
    const meaning = value === undefined ? field.type : value === null ? 'no value' : String(value)
    return {
      at,
      name: field.name,
      kind: field.type,
      hex: toHex(data.subarray(at, at + sizeOfField(field)), ' '),
      says: values.ok ? meaning : values.error,
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

/**
 * The command of the profile that a frame belongs to: same direction, device and register (or one of its index), and a size that fits.
 * Replies to writes, and refusals, have no size of their own: there the first command that fits otherwise is meant.
 */
export const commandOf = (codec: Codec, frame: Frame): string | undefined => {
  const fitting = Object.entries(codec.profile.commands).filter(([, command]) => {
    if (command.direction !== frame.direction || indexIn(command, frame.register) === undefined) return false
    const target = codec.profile.targets[command.target] ?? {}
    return Object.entries(target).every(
      ([name, value]) =>
        typeof value !== 'string' || broad(value) || frame.address[name] === Number.parseInt(value, 16),
    )
  })
  const sized = fitting.filter(([, command]) => sizeOfData(command) === frame.length)
  if (sized.length > 0) return (sized.find(([, command]) => constantsFit(command, frame.data)) ?? sized[0])?.[0]
  return frame.side === 'reply' && (frame.direction === 'write' || frame.ack !== 0) ? fitting[0]?.[0] : undefined
}

/** Commands of one register and size differ by the constants in their data. */
const constantsFit = (command: CommandSpec, data: Uint8Array): boolean =>
  data.length === 0 || decodeValues(command, data).ok

/** Which of a command’s registers this is, from 0; undefined: none. */
const indexIn = ({ register, index }: CommandSpec, wanted: number): number | undefined => {
  const offset = wanted - Number.parseInt(register, 16)
  if (index === null) return offset === 0 ? 0 : undefined
  return offset >= 0 && offset % index.step === 0 && offset / index.step < index.count ? offset / index.step : undefined
}

/** What a request for this command was about, by its address and register: card, port, channel. */
export const parametersOf = (codec: Codec, command: CommandSpec, frame: Frame): Values => {
  const target = codec.profile.targets[command.target] ?? {}
  const asked = Object.entries(target).flatMap(([field, value]): [string, number][] => {
    if (typeof value === 'string') return []
    return [['parameter' in value ? value.parameter : value.address, frame.address[field] ?? 0]]
  })
  const which = indexIn(command, frame.register)
  return {
    ...Object.fromEntries(asked),
    ...(command.index === null || which === undefined ? {} : { [command.index.parameter]: which }),
  }
}

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
