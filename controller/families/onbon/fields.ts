import { equalBytes, fromHex } from '#core/base/bytes.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Value, Values } from '../../dialect/dialect.ts'
import { AREA_VALUES, type AreaPiece, type AreaRules, decodeArea, encodeArea } from './area.ts'
import { decodeClock, encodeClock } from './clock.ts'
import { word, wordAt } from './frame.ts'
import type { FieldSpec } from './schema.ts'

/** What the fields of a payload need to know beside themselves. */
export type FieldRules = AreaRules & {
  /** Percent that no brightness may exceed. */
  readonly mostPercent: number
}
export type Piece = AreaPiece
export type Decoded = {
  readonly values: Values
  readonly pieces: readonly Piece[]
  /** Bytes used, and fields found in them. */
  readonly used: number
  readonly fields: number
}

const byteOf = (hex: string): number => Number.parseInt(hex, 16)

/** Names of the values a field takes or gives. */
export const namesOf = (field: FieldSpec): readonly string[] => {
  if (field.type === 'area') return AREA_VALUES
  return field.type === 'constant' ? [] : [field.name]
}

/**
 * Percent → step. Rounded to the nearest, but never the darkest step when some light was asked for, and never above what the profile
 * allows (if the limit leaves any lit step at all).
 */
export const stepOf = (percent: number, field: { readonly lowest: number; readonly highest: number }, most: number) => {
  const span = field.highest - field.lowest
  const nearest = Math.round((percent / 100) * span)
  const allowed = Math.floor((most / 100) * span)
  const lit = percent > 0 ? 1 : 0
  return field.lowest + Math.max(lit, Math.min(nearest, allowed))
}
const percentOf = (step: number, field: { readonly lowest: number; readonly highest: number }): number =>
  Math.round(((step - field.lowest) / (field.highest - field.lowest)) * 100)

const encodeField = (field: FieldSpec, values: Values, rules: FieldRules): Result<Uint8Array, string> => {
  const value = values[field.name]
  const wrong = (wanted: string) => err(`${field.name}: ${wanted}, not ${JSON.stringify(value ?? null)}`)
  switch (field.type) {
    case 'constant':
      return ok(fromHex(field.value) ?? new Uint8Array())
    case 'flag':
      return typeof value === 'boolean'
        ? ok(Uint8Array.of(byteOf(value ? field.on : field.off)))
        : wrong('true or false')
    case 'steps':
      return typeof value === 'number' && value >= 0 && value <= 100
        ? ok(Uint8Array.of(stepOf(value, field, rules.mostPercent)))
        : wrong('0 to 100 percent')
    case 'number':
      return typeof value === 'number' && Number.isInteger(value) && value >= field.minimum && value <= field.maximum
        ? ok(Uint8Array.from(field.bytes === 2 ? word(value) : [value]))
        : wrong(`a whole number from ${field.minimum} to ${field.maximum}`)
    case 'clock': {
      const bytes = typeof value === 'string' ? encodeClock(field.order, value) : null
      return bytes === null ? wrong('a time from 2000 to 2099 as 2026-11-22T18:30:00') : ok(bytes)
    }
    case 'ascii': {
      if (value === null) return ok(new Uint8Array(field.bytes))
      const fits = typeof value === 'string' && value.length === field.bytes && /^[\x20-\x7e]+$/.test(value)
      return fits ? ok(Uint8Array.from(value, (c) => c.charCodeAt(0))) : wrong(`${field.bytes} ASCII characters`)
    }
    case 'list': {
      const numbers = typeof value === 'string' ? value.split(',').filter((one) => one !== '') : null
      if (
        numbers === null ||
        numbers.length > 255 ||
        numbers.some((one) => !/^\d{1,3}$/.test(one) || Number(one) > 255)
      )
        return wrong('numbers from 0 to 255 with commas')
      return ok(Uint8Array.from([numbers.length, ...numbers.map(Number)]))
    }
    case 'area':
      return encodeArea(values, rules)
    default:
      return unreachable(field)
  }
}

/** Values → payload, field by field; the first `count` fields only. Errors name the value. */
export const encodeFields = (
  fields: readonly FieldSpec[],
  values: Values,
  rules: FieldRules,
): Result<Uint8Array, string> => {
  const out: number[] = []
  for (const field of fields) {
    const bytes = encodeField(field, values, rules)
    if (!bytes.ok) return bytes
    out.push(...bytes.value)
  }
  return ok(Uint8Array.from(out))
}

type DecodedField = { readonly values: Values; readonly pieces: readonly Piece[]; readonly used: number }
/** `short`: the bytes end before the field does. */
type FieldFault = { readonly short: boolean; readonly why: string }

const one = (field: FieldSpec, value: Value, used: number): Result<DecodedField, FieldFault> =>
  ok({
    values: { [field.name]: value },
    pieces: [{ name: field.name, from: 0, to: used, says: value === null ? 'none' : String(value) }],
    used,
  })

const decodeField = (field: FieldSpec, bytes: Uint8Array, rules: FieldRules): Result<DecodedField, FieldFault> => {
  const first = bytes[0] ?? 0
  const wrong = (why: string) => err({ short: false, why: `${field.name}: ${why}` })
  const needs = (count: number) => (bytes.length < count ? err({ short: true, why: `${field.name} is missing` }) : null)
  switch (field.type) {
    case 'constant': {
      const expected = fromHex(field.value) ?? new Uint8Array()
      if (bytes.length < expected.length) return err({ short: true, why: `${field.name} is missing` })
      if (!equalBytes(bytes.subarray(0, expected.length), expected)) return wrong(`not ${field.value}`)
      return ok({
        values: {},
        pieces: [{ name: field.name, from: 0, to: expected.length, says: field.value }],
        used: expected.length,
      })
    }
    case 'flag':
      if (first === byteOf(field.on) || first === byteOf(field.off))
        return needs(1) ?? one(field, first === byteOf(field.on), 1)
      return needs(1) ?? wrong(`${first} means nothing`)
    case 'steps':
      if (first < field.lowest || first > field.highest)
        return needs(1) ?? wrong(`step ${first} is not from ${field.lowest} to ${field.highest}`)
      return needs(1) ?? one(field, percentOf(first, field), 1)
    case 'number': {
      const value = field.bytes === 2 ? wordAt(bytes, 0) : first
      if (value < field.minimum || value > field.maximum) return needs(field.bytes) ?? wrong(`${value} is out of range`)
      return needs(field.bytes) ?? one(field, value, field.bytes)
    }
    case 'clock':
      return needs(8) ?? one(field, decodeClock(field.order, bytes), 8)
    case 'ascii': {
      const raw = bytes.subarray(0, field.bytes)
      const readable = raw.every((byte) => byte >= 0x20 && byte < 0x7f)
      return needs(field.bytes) ?? one(field, readable ? String.fromCharCode(...raw) : null, field.bytes)
    }
    case 'list':
      return needs(1) ?? needs(1 + first) ?? one(field, [...bytes.subarray(1, 1 + first)].join(','), 1 + first)
    case 'area': {
      const area = decodeArea(bytes, rules)
      return area.ok ? area : err({ short: false, why: area.error })
    }
    default:
      return unreachable(field)
  }
}

/**
 * Payload → values. After `needed` fields the bytes may end: the rest is `null`, “the device has none”. A later field that makes no sense
 * is `null` too, because the layout of the card’s status is known from one source only. Bytes after the last field are left.
 */
export const decodeFields = (
  fields: readonly FieldSpec[],
  payload: Uint8Array,
  options: { readonly needed: number; readonly rules: FieldRules },
): Result<Decoded, string> => {
  let values: Values = {}
  const pieces: Piece[] = []
  let at = 0
  let found = 0
  for (const [index, field] of fields.entries()) {
    const decoded = decodeField(field, payload.subarray(at), options.rules)
    if (!decoded.ok) {
      if (index < options.needed) return err(decoded.error.why)
      const rest = fields.slice(index).flatMap(namesOf)
      return ok({
        values: { ...values, ...Object.fromEntries(rest.map((name) => [name, null])) },
        pieces,
        used: at,
        fields: found,
      })
    }
    values = { ...values, ...decoded.value.values }
    for (const piece of decoded.value.pieces) pieces.push({ ...piece, from: at + piece.from, to: at + piece.to })
    at += decoded.value.used
    found++
  }
  return ok({ values, pieces, used: at, fields: found })
}
