import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import { checksumOf, edge } from './checksum.ts'
import type { Codec, Values } from './codec.ts'
import { type Frame, type Layout, type PlacedField, writeNumber } from './layout.ts'
import type { CommandSpec, TargetValueSpec } from './schema.ts'
import { sizeOfData } from './size.ts'
import { encodeValues } from './values.ts'

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
  /** Values of the data fields, parameters of the target and of the index, and the site’s address values. */
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
  const place = registerOf(command, options.parameters)
  if (!place.ok) return err(`${options.command}: ${place.error}`)
  const register = place.value
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

/** The register a command works on; of several equal ones the one its index says. */
const registerOf = ({ register, index }: CommandSpec, parameters: Values): Result<number, string> => {
  const first = Number.parseInt(register, 16)
  if (index === null) return ok(first)
  const which = parameters[index.parameter]
  return typeof which === 'number' && Number.isInteger(which) && which >= 0 && which < index.count
    ? ok(first + which * index.step)
    : err(`${index.parameter} must be a whole number from 0 to ${index.count - 1}`)
}

const valueOfTarget = (value: TargetValueSpec, parameters: Values) => {
  if (typeof value === 'string') return Number.parseInt(value, 16)
  if ('parameter' in value) return parameters[value.parameter]
  return parameters[value.address] ?? Number.parseInt(value.otherwise, 16)
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
    const number = valueOfTarget(value, parameters)
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number >= 256 ** field.bytes)
      return err(`${field.name} of target ${target} must be a whole number from 0 to ${256 ** field.bytes - 1}`)
    address[field.name] = number
  }
  return ok(address)
}
