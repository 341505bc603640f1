import { concat } from '#core/base/bytes.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { CommandSpec, DataFieldSpec } from '../profile/schema.ts'
import { sizeOfData } from '../profile/size.ts'
import { checksumOf, edge } from './checksum.ts'
import type { Codec, Value, Values } from './codec.ts'
import { bytesOf, type Frame, type Layout, type PlacedField, writeNumber } from './layout.ts'

/** Frame as meaning → bytes. Marker, length and checksum are worked out here and nowhere stored. */
export const encodeFrame = (layout: Layout, frame: Frame): Uint8Array => {
  const bytes = new Uint8Array(layout.headSize + frame.data.length + layout.tailSize)
  for (const field of layout.fields) {
    const at = edge(layout, field.name, frame.data.length).start
    putField(bytes, at, { field, frame, layout })
  }
  const { checksum } = layout
  const at = edge(layout, checksum.name, frame.data.length).start
  writeNumber(bytes, at, { ...checksum, value: checksumOf(layout, bytes, frame.data.length) })
  return bytes
}

const putField = (bytes: Uint8Array, at: number, what: { field: PlacedField; frame: Frame; layout: Layout }): void => {
  const { field, frame, layout } = what
  switch (field.kind) {
    case 'marker':
      bytes.set(layout.markers[frame.side], at)
      return
    case 'ack':
      bytes[at] = frame.ack
      return
    case 'sequence':
      bytes[at] = frame.sequence
      return
    case 'address': {
      const name = frame.side === 'reply' && field.swapsWith !== null ? field.swapsWith : field.name
      writeNumber(bytes, at, { ...field, value: frame.address[name] ?? 0 })
      return
    }
    case 'direction':
      bytes[at] = Number.parseInt(field[frame.direction], 16)
      return
    case 'register':
      writeNumber(bytes, at, { ...field, value: frame.register })
      return
    case 'length':
      writeNumber(bytes, at, { ...field, value: frame.length })
      return
    case 'data':
      bytes.set(frame.data, at)
      return
    case 'reserved':
    case 'checksum':
      return
    default:
      unreachable(field)
  }
}

export type RequestOptions = {
  readonly command: string
  /** Name of the target, or null for the command’s own. */
  readonly target: string | null
  /** Values of the data fields and parameters of the target. */
  readonly parameters: Values
  readonly sequence: number
}

/**
 * A command of the profile → the request frame, or why it cannot be made. Never makes a write to a never-send
 * register.
 */
export const requestFrame = (codec: Codec, options: RequestOptions): Result<Frame, string> => {
  const { profile, layout } = codec
  const command = profile.commands[options.command]
  if (!command) return err(`no command ${options.command} in profile ${profile.id}`)
  const address = addressOf(codec, options.target ?? command.target, options.parameters)
  if (!address.ok) return address
  const data = command.direction === 'write' ? encodeValues(codec, command, options.parameters) : ok(new Uint8Array(0))
  if (!data.ok) return err(`${options.command}: ${data.error}`)
  const length = command.direction === 'write' ? data.value.length : sizeOfData(command)
  const register = Number.parseInt(command.register, 16)
  if (length > layout.maxData) return err(`${options.command}: ${length} data bytes, at most ${layout.maxData}`)
  const forbidden = command.direction === 'write' ? neverSend(codec, register, length) : undefined
  if (forbidden !== undefined) return err(`${options.command}: never sent: ${forbidden}`)
  const { direction } = command
  const { sequence } = options
  return ok({
    side: 'request',
    ack: 0,
    sequence,
    direction,
    address: address.value,
    register,
    length,
    data: data.value,
  })
}

/** The reason why a write to these registers must never be sent, if there is one. */
export const neverSend = (codec: Codec, register: number, bytes: number): string | undefined =>
  codec.profile.neverSend.find((range) => {
    const start = Number.parseInt(range.register, 16)
    return register < start + range.bytes && start < register + bytes
  })?.reason

const addressOf = (
  codec: Codec,
  target: string,
  parameters: Values,
): Result<Readonly<Record<string, number>>, string> => {
  const spec = codec.profile.targets[target]
  if (!spec) return err(`no target ${target} in profile ${codec.profile.id}`)
  const address: Record<string, number> = {}
  for (const field of codec.layout.fields) {
    if (field.kind !== 'address') continue
    const value = spec[field.name]
    if (value === undefined) return err(`target ${target} has no ${field.name}`)
    const number = typeof value === 'string' ? Number.parseInt(value, 16) : parameters[value.parameter]
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number >= 256 ** field.bytes)
      return err(`${field.name} of target ${target} must be a whole number from 0 to ${256 ** field.bytes - 1}`)
    address[field.name] = number
  }
  return ok(address)
}

/** Values → data bytes. A percentage is cut to the profile’s brightness limit whatever is asked. */
export const encodeValues = (codec: Codec, command: CommandSpec, values: Values): Result<Uint8Array, string> => {
  const parts: Uint8Array[] = []
  for (const field of command.fields) {
    const part = encodeField(field, values[field.name], codec.profile.limits.brightnessPercent)
    if (!part.ok) return err(`field ${field.name}: ${part.error}`)
    parts.push(part.value)
  }
  return ok(concat(...parts))
}

const encodeField = (field: DataFieldSpec, value: Value | undefined, limit: number): Result<Uint8Array, string> => {
  switch (field.type) {
    case 'percent': {
      if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return err('must be a number from 0 to 100')
      const full = Number.parseInt(field.full, 16)
      return ok(Uint8Array.of(Math.min(Math.round((value * full) / 100), Math.floor((limit * full) / 100))))
    }
    case 'flag':
      return typeof value === 'boolean'
        ? ok(Uint8Array.of(Number.parseInt(value ? field.on : field.off, 16)))
        : err('must be true or false')
    case 'choice': {
      const code =
        typeof value === 'string' && Object.hasOwn(field.choices, value) ? field.choices[value]?.[0] : undefined
      return code === undefined
        ? err(`must be one of ${Object.keys(field.choices).join(', ')}`)
        : ok(Uint8Array.of(Number.parseInt(code, 16)))
    }
    case 'constant':
      return ok(bytesOf(field.value))
    case 'hex':
      return typeof value === 'string' &&
        /^[0-9A-F]{2}( [0-9A-F]{2})*$/.test(value) &&
        bytesOf(value).length === field.bytes
        ? ok(bytesOf(value))
        : err(`must be ${field.bytes} bytes of hex with spaces`)
    case 'version':
    case 'measure':
      return err('is only read, never written')
    default:
      return unreachable(field)
  }
}
