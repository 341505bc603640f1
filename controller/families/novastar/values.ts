import { concat, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Codec, Value, Values } from './codec.ts'
import { bytesOf, readNumber, writeNumber } from './layout.ts'
import type { CommandSpec, DataFieldSpec } from './schema.ts'
import { codeSize, sizeOfData, sizeOfField } from './size.ts'

type Field<T extends DataFieldSpec['type']> = Extract<DataFieldSpec, { type: T }>

/** Where each field of a command’s data begins. A bit that is not the last of its byte shares it with the next field. */
export const placesOf = (command: CommandSpec): readonly { readonly field: DataFieldSpec; readonly at: number }[] => {
  let at = 0
  return command.fields.map((field) => {
    const place = { field, at }
    at += sizeOfField(field)
    return place
  })
}

/** Bytes a field looks at; for a bit that shares its byte one, though it takes none. */
const widthOf = (field: DataFieldSpec): number => Math.max(1, sizeOfField(field))

/** Data bytes → values by name, or which field says something the profile does not know. */
export const decodeValues = (command: CommandSpec, data: Uint8Array): Result<Values, string> => {
  if (data.length !== sizeOfData(command)) return err(`${data.length} data bytes, expected ${sizeOfData(command)}`)
  const values: Record<string, Value> = {}
  let fitted = true
  for (const { field, at } of placesOf(command)) {
    if (field.type === 'skip') continue
    // Bytes of a part that is not fitted mean nothing; believing them would invent smoke and open doors.
    const value: Result<Value, string> = fitted
      ? decodeField(field, data.subarray(at, at + widthOf(field)), before(command, data, at))
      : ok(null)
    if (!value.ok) return err(`field ${field.name}: ${value.error}`)
    if (field.type === 'presence') fitted = value.value === true
    if (field.type !== 'constant' && field.type !== 'sum') values[field.name] = value.value
  }
  return ok(values)
}

/** The sum of the data bytes from a named field up to `end`. */
const before = (command: CommandSpec, data: Uint8Array, end: number) => (from: string) => {
  const start = placesOf(command).find((place) => place.field.name === from)?.at ?? 0
  return data.subarray(start, end).reduce((sum, byte) => sum + byte, 0) % 256
}

const isCode = (bytes: Uint8Array, code: string): boolean => toHex(bytes, '') === code

const decodeField = (
  field: Exclude<DataFieldSpec, Field<'skip'>>,
  bytes: Uint8Array,
  sumFrom: (field: string) => number,
): Result<Value, string> => {
  const first = bytes[0] ?? 0
  switch (field.type) {
    case 'percent':
      return ok(Math.round((first * 100) / Number.parseInt(field.full, 16)))
    case 'flag':
      if (isCode(bytes, field.on)) return ok(true)
      return isCode(bytes, field.off) ? ok(false) : err(`${toHex(bytes, ' ')} is neither on nor off`)
    case 'mode':
      return ok(isCode(bytes, field.on) ? true : isCode(bytes, field.off) ? false : null)
    case 'choice': {
      const found = Object.entries(field.choices).find(([, codes]) => codes.some((code) => isCode(bytes, code)))
      return found ? ok(found[0]) : err(`code ${toHex(bytes, ' ')} has no meaning here`)
    }
    case 'constant':
      return toHex(bytes, ' ') === field.value ? ok(null) : err(`${toHex(bytes, ' ')} instead of ${field.value}`)
    case 'hex':
      return ok(toHex(bytes, ' '))
    case 'version':
      return ok(Array.from(bytes).join('.'))
    case 'number': {
      const value = readNumber(bytes, 0, field)
      return value < field.minimum || value > field.maximum
        ? err(`${value} is outside ${field.minimum} to ${field.maximum}`)
        : ok(value)
    }
    case 'measure':
      return decodeMeasure(field, bytes)
    case 'bit':
      if (field.valid !== null && (first & Number.parseInt(field.valid, 16)) === 0) return ok(null)
      return ok((first & Number.parseInt(field.mask, 16)) !== 0 ? field.whenSet : !field.whenSet)
    case 'anySet':
      return ok(bytes.some((byte) => byte !== 0))
    case 'presence':
      return ok(isCode(bytes, field.present))
    case 'sum': {
      const expected = sumFrom(field.from)
      return first === expected
        ? ok(null)
        : err(`sum ${toHex(bytes, '')}, should be ${toHex(Uint8Array.of(expected), '')}`)
    }
    default:
      return unreachable(field)
  }
}

const decodeMeasure = (field: Field<'measure'>, bytes: Uint8Array): Result<Value, string> => {
  const raw = BigInt(readNumber(bytes, 0, field))
  const has = (mask: string | null) => mask !== null && (raw & BigInt(`0x${mask}`)) !== 0n
  if (field.valid !== null && !has(field.valid)) return ok(null)
  const sign = has(field.negative) ? -1 : 1
  // Scales are decimal (0.1, 0.5): rounding to six places takes the binary dust off 41 × 0.1; `+ 0` makes −0 plain.
  const value = Math.round(sign * Number(raw & BigInt(`0x${field.mask}`)) * field.scale * 1e6) / 1e6 + 0
  return value < field.minimum || value > field.maximum
    ? err(`${value} is outside ${field.minimum} to ${field.maximum} ${field.unit}`)
    : ok(value)
}

/** Values → data bytes. A percentage is cut to the profile’s brightness limit whatever is asked. */
export const encodeValues = (codec: Codec, command: CommandSpec, values: Values): Result<Uint8Array, string> => {
  const parts: Uint8Array[] = []
  for (const { field, at } of placesOf(command)) {
    const sumFrom = (from: string) => before(command, concat(...parts), at)(from)
    const part = encodeField(field, values[field.name], { limit: codec.profile.limits.brightnessPercent, sumFrom })
    if (!part.ok) return err(`field ${field.name}: ${part.error}`)
    parts.push(part.value)
  }
  return ok(concat(...parts))
}

const codeBytes = (code: string): Uint8Array =>
  Uint8Array.from({ length: codeSize(code) }, (_, i) => Number.parseInt(code.slice(i * 2, i * 2 + 2), 16))

const encodeField = (
  field: DataFieldSpec,
  value: Value | undefined,
  of: { readonly limit: number; readonly sumFrom: (field: string) => number },
): Result<Uint8Array, string> => {
  switch (field.type) {
    case 'percent': {
      if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return err('must be a number from 0 to 100')
      const full = Number.parseInt(field.full, 16)
      return ok(Uint8Array.of(Math.min(Math.round((value * full) / 100), Math.floor((of.limit * full) / 100))))
    }
    case 'flag':
    case 'mode':
      return typeof value === 'boolean' ? ok(codeBytes(value ? field.on : field.off)) : err('must be true or false')
    case 'choice': {
      const code =
        typeof value === 'string' && Object.hasOwn(field.choices, value) ? field.choices[value]?.[0] : undefined
      return code === undefined ? err(`must be one of ${Object.keys(field.choices).join(', ')}`) : ok(codeBytes(code))
    }
    case 'constant':
      return ok(bytesOf(field.value))
    case 'hex':
      return typeof value === 'string' &&
        /^[0-9A-F]{2}( [0-9A-F]{2})*$/.test(value) &&
        bytesOf(value).length === field.bytes
        ? ok(bytesOf(value))
        : err(`must be ${field.bytes} bytes of hex with spaces`)
    case 'number': {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < field.minimum || value > field.maximum)
        return err(`must be a whole number from ${field.minimum} to ${field.maximum}`)
      const bytes = new Uint8Array(field.bytes)
      writeNumber(bytes, 0, { ...field, value })
      return ok(bytes)
    }
    case 'sum':
      return ok(Uint8Array.of(of.sumFrom(field.from)))
    case 'version':
    case 'measure':
    case 'bit':
    case 'anySet':
    case 'presence':
    case 'skip':
      return err('is only read, never written')
    default:
      return unreachable(field)
  }
}
