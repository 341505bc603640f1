import { equalBytes, fromHex, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Value, Values } from '../../dialect/dialect.ts'
import { addressBytes, addressText, readParts, writeParts } from './parts.ts'
import type { ObjectSpec, ValueSpec } from './schema.ts'
import type { SnmpValue } from './snmp.ts'

/** The values around one object: what was given or already read, then what the handshake or the site’s configuration know. */
export type Known = { readonly values: Values; readonly beside: Values; readonly brightnessPercent: number }

const HOLE = /\{([A-Za-z0-9]+)\}/g

/** The parameters an object’s place needs. */
export const holesOf = (oid: string): readonly string[] => [...oid.matchAll(HOLE)].map((hole) => hole[1] ?? '')

/** The place of one instance. Parameters are whole numbers, 0 to 65,535. */
export const fillOid = (oid: string, values: Values): Result<string, string> => {
  for (const hole of holesOf(oid)) {
    const value = values[hole]
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65_535)
      return err(`${hole} must be a whole number, 0 to 65535`)
  }
  return ok(oid.replace(HOLE, (_, hole: string) => String(values[hole])))
}

/** The parameters that make `template` this place; undefined when it is another. */
export const matchOid = (template: string, oid: string): Values | undefined => {
  const wanted = template.split('.')
  const found = oid.split('.')
  if (wanted.length !== found.length) return undefined
  const values: Record<string, Value> = {}
  for (const [i, arc] of wanted.entries()) {
    const hole = holesOf(arc)[0]
    if (hole === undefined) {
      if (arc !== found[i]) return undefined
      continue
    }
    const value = Number(found[i])
    if (value > 65_535 || (values[hole] !== undefined && values[hole] !== value)) return undefined
    values[hole] = value
  }
  return values
}

/** Names of the values an object carries. */
export const fieldsOf = (spec: ValueSpec): readonly string[] => {
  switch (spec.kind) {
    case 'constant':
      return []
    case 'level':
      return [spec.field, spec.raw]
    case 'flags':
      return Object.keys(spec.bits)
    case 'octets':
      return spec.parts.flatMap((part) => (part.as === 'constant' ? [] : [part.field]))
    case 'integer':
    case 'enum':
    case 'any':
    case 'hexNumber':
    case 'text':
    case 'equals':
    case 'address':
      return [spec.field]
  }
}

/** Most bytes of its value with tag and length. */
export const mostBytes = (spec: ValueSpec): number => {
  switch (spec.kind) {
    case 'text':
      return spec.most + 4
    case 'octets':
      return (
        2 + spec.parts.reduce((sum, part) => sum + ('width' in part ? part.width : part.as === 'address' ? 4 : 16), 0)
      )
    case 'equals':
      return 2 + (spec.bytes.length + 1) / 3
    case 'constant':
    case 'integer':
    case 'enum':
    case 'level':
    case 'any':
    case 'flags':
    case 'hexNumber':
    case 'address':
      return 7
  }
}

const integer = (value: number): Result<SnmpValue, string> => ok({ is: 'integer', value })

/** What is written for the given values, or why it cannot be. */
export const toSnmp = (object: ObjectSpec, known: Known): Result<SnmpValue, string> => {
  const spec = object.value
  const { values } = known
  switch (spec.kind) {
    case 'constant':
      return integer(spec.value)
    case 'integer': {
      const value = values[spec.field]
      if (typeof value !== 'number') return err(`${spec.field} must be a number`)
      const raw = value * spec.divide
      return Number.isInteger(raw) && raw >= spec.least && raw <= spec.most
        ? integer(raw)
        : err(`${spec.field} must be ${spec.least / spec.divide} to ${spec.most / spec.divide}`)
    }
    case 'enum': {
      const word = values[spec.field]
      const raw = typeof word === 'string' ? spec.words[word] : undefined
      return raw === undefined
        ? err(`${spec.field} must be one of ${Object.keys(spec.words).join(', ')}`)
        : integer(raw)
    }
    case 'level': {
      const level = levelOf(spec, known)
      return level.ok ? integer(level.value) : level
    }
    case 'hexNumber': {
      const value = values[spec.field]
      return typeof value === 'string' && value.length === spec.width * 2 && fromHex(value)
        ? integer(Number.parseInt(value, 16))
        : err(`${spec.field} must be ${spec.width} bytes of hex`)
    }
    case 'text':
      return textValue(spec, values[spec.field])
    case 'octets': {
      const bytes = writeParts(spec.parts, values)
      return bytes.ok ? ok({ is: 'octets', value: bytes.value }) : bytes
    }
    case 'address': {
      const bytes = addressBytes(values[spec.field])
      return bytes ? ok({ is: 'address', value: bytes }) : err(`${spec.field} must be an IPv4 address`)
    }
    case 'any':
    case 'flags':
    case 'equals':
      return err(`${object.name} can only be read`)
  }
}

const textValue = (spec: Extract<ValueSpec, { kind: 'text' }>, value: Value | undefined): Result<SnmpValue, string> => {
  if (typeof value !== 'string') return err(`${spec.field} must be text`)
  if (value.length > spec.most) return err(`${spec.field} has ${value.length} bytes, at most ${spec.most} fit`)
  const codes = [...value].map((character) => character.codePointAt(0) ?? 0)
  if (codes.some((code) => code === 0 || code > 0xff)) return err(`${spec.field} has characters beyond one byte`)
  return ok({ is: 'octets', value: Uint8Array.from(codes) })
}

type LevelSpec = Extract<ValueSpec, { kind: 'level' }>

/** Most brightness levels a sign has (NTCIP 1203: one byte). */
export const MOST_LEVELS = 255

const levelsOf = (spec: LevelSpec, known: Known): number | undefined => {
  const levels = known.values[spec.levels] ?? known.beside[spec.levels]
  return typeof levels === 'number' && Number.isInteger(levels) && levels >= 1 && levels <= MOST_LEVELS
    ? levels
    : undefined
}

/** Two decimals, so that what is held and what is read back are the same number. */
const percentOf = (level: number, levels: number): number => Math.round((level * 10_000) / levels) / 100

/** The nearest level; never dark when some light was asked for, never above the profile’s limit. */
export const levelOf = (spec: LevelSpec, known: Known): Result<number, string> => {
  const levels = levelsOf(spec, known)
  if (levels === undefined) return err(`${spec.levels} of this sign is not known: ask it first, or configure it`)
  const most = Math.floor((known.brightnessPercent * levels) / 100)
  const raw = known.values[spec.raw]
  if (typeof raw === 'number')
    return Number.isInteger(raw) && raw >= 0 && raw <= most ? ok(raw) : err(`${spec.raw} must be 0 to ${most}`)
  const percent = known.values[spec.field]
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) return err(`${spec.field} must be 0 to 100`)
  const nearest = Math.round((percent * levels) / 100)
  return ok(Math.min(most, percent > 0 ? Math.max(1, nearest) : 0))
}
export const heldPercent = (spec: LevelSpec, known: Known): number | undefined => {
  const level = levelOf(spec, known)
  const levels = levelsOf(spec, known)
  return level.ok && levels !== undefined ? percentOf(level.value, levels) : undefined
}

/** What the sign’s value means. */
export const fromSnmp = (object: ObjectSpec, value: SnmpValue, known: Known): Result<Values, string> => {
  const spec = object.value
  const wrong = (wanted: string) => err(`${object.name} is ${value.is}, not ${wanted}`)
  switch (spec.kind) {
    case 'text':
      if (value.is !== 'octets' || value.value.length > spec.most) return wrong(`a text of at most ${spec.most} bytes`)
      return ok({ [spec.field]: String.fromCharCode(...value.value) })
    case 'octets': {
      if (value.is !== 'octets') return wrong('octets')
      const parts = readParts(spec.parts, value.value)
      return parts.ok ? parts : err(`${object.name}: ${parts.error}`)
    }
    case 'equals':
      if (value.is !== 'octets') return wrong('octets')
      return ok({ [spec.field]: equalBytes(value.value, fromHex(spec.bytes) ?? new Uint8Array()) })
    case 'address':
      return value.is === 'address' ? ok({ [spec.field]: addressText(value.value) }) : wrong('an address')
    case 'constant':
    case 'integer':
    case 'enum':
    case 'level':
    case 'any':
    case 'flags':
    case 'hexNumber': {
      const raw = value.is === 'integer' || value.is === 'unsigned' ? value.value : undefined
      return raw === undefined ? wrong('a number') : fromNumber(object.name, spec, raw, known)
    }
  }
}

type Numeric = Extract<ValueSpec, { kind: 'constant' | 'integer' | 'enum' | 'level' | 'any' | 'flags' | 'hexNumber' }>

const fromNumber = (name: string, spec: Numeric, raw: number, known: Known): Result<Values, string> => {
  switch (spec.kind) {
    case 'constant':
      return raw === spec.value ? ok({}) : err(`${name} is ${raw}, not ${spec.value}`)
    case 'integer':
      return raw >= spec.least && raw <= spec.most
        ? ok({ [spec.field]: raw / spec.divide })
        : err(`${name} is ${raw}, outside ${spec.least} to ${spec.most}`)
    case 'enum': {
      const word = Object.keys(spec.words).find((key) => spec.words[key] === raw)
      return word === undefined ? err(`${name} is ${raw}, which has no meaning here`) : ok({ [spec.field]: word })
    }
    case 'level': {
      const levels = levelsOf(spec, known)
      if (levels === undefined) return ok({ [spec.raw]: raw })
      if (raw < 0 || raw > levels) return err(`${name} is ${raw}, but the sign has ${levels} levels`)
      return ok({ [spec.field]: percentOf(raw, levels), [spec.raw]: raw })
    }
    case 'any':
      return ok({ [spec.field]: raw !== 0 })
    case 'flags':
      if (raw < 0) return err(`${name} is ${raw}, no set of bits`)
      return ok(Object.fromEntries(Object.entries(spec.bits).map(([field, bit]) => [field, (raw >>> bit) % 2 === 1])))
    case 'hexNumber':
      if (raw < 0 || raw >= 256 ** spec.width) return err(`${name} is ${raw}, more than ${spec.width} bytes`)
      return ok({
        [spec.field]: raw
          .toString(16)
          .toUpperCase()
          .padStart(spec.width * 2, '0'),
      })
  }
}

export const hexText = (bytes: Uint8Array): string => toHex(bytes, ' ')
