import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Value, Values } from '../../dialect/dialect.ts'
import type { LcdField, LcdPlace } from './field.ts'

/** Characters of notation per counted unit: 2 where a byte is written as two hex digits, else 1. */
export type Unit = 1 | 2

/** Data → values. A constant that differs, a part that is missing or has no meaning is an error; values of constants are not told. */
export const readFields = (fields: readonly LcdField[], data: string, unit: Unit): Result<Values, string> => {
  const values: Record<string, Value> = {}
  for (const field of fields) {
    const part = partAt(field.place, data, unit)
    if (part === undefined) {
      if (!('word' in field.place)) return err(`${field.name}: the data ends before it`)
      values[field.name] = null
      continue
    }
    const value = readOne(field, part)
    if (!value.ok) return value
    if (field.type !== 'constant') values[field.name] = value.value
  }
  return ok(values)
}

/** Values → data. Other values than those of the fields are ignored. */
export const writeFields = (fields: readonly LcdField[], values: Values, unit: Unit): Result<string, string> => {
  let data = ''
  for (const field of fields) {
    const code = writeOne(field, values[field.name], unit)
    if (!code.ok) return code
    if ('word' in field.place) return err(`${field.name} cannot be written at a word`)
    const start = field.place.at * unit
    data = data.slice(0, start).padEnd(start, '0') + code.value + data.slice(start + code.value.length)
  }
  return ok(data)
}

/** The value as the device can hold it: 50 % of 255 steps is not quite 50 %. */
export const heldValue = (fields: readonly LcdField[], values: Values, at: { name: string; unit: Unit }) => {
  const field = fields.find((f) => f.name === at.name && f.type !== 'constant')
  const code = field ? writeOne(field, values[at.name], at.unit) : undefined
  const value = field && code?.ok ? readOne(field, code.value) : undefined
  return value?.ok ? value.value : undefined
}

/** Most characters the data of these fields has; `open` for one that has no end. */
export const mostData = (fields: readonly LcdField[], of: { unit: Unit; open: number }): number =>
  fields.reduce((most, { place }) => {
    const end = 'word' in place || place.size === null ? of.open : place.at + place.size
    return Math.max(most, end * of.unit)
  }, 0)

const partAt = (place: LcdPlace, data: string, unit: Unit): string | undefined => {
  if ('word' in place) return data.split(' ').filter((word) => word !== '')[place.word]
  const start = place.at * unit
  if (place.size === null) return start <= data.length ? data.slice(start) : undefined
  const end = start + place.size * unit
  return end <= data.length ? data.slice(start, end) : undefined
}

const same = (codes: readonly string[], part: string) => codes.some((code) => code.toUpperCase() === part.toUpperCase())

const readOne = (field: LcdField, part: string): Result<Value, string> => {
  switch (field.type) {
    case 'flag':
      if (same(field.none, part)) return ok(null)
      if (same(field.on, part)) return ok(true)
      if (same(field.off, part)) return ok(false)
      return field.rest === 'fault' ? err(`${field.name}: ${shown(part)} has no meaning`) : ok(field.rest === 'on')
    case 'choice':
      return ok(Object.entries(field.choices).find(([, codes]) => same(codes, part))?.[0] ?? `code ${shown(part)}`)
    case 'percent': {
      const level = numberIn(part, field.radix)
      if (level === undefined || level > field.full)
        return err(`${field.name}: ${shown(part)} is no level to ${field.full}`)
      return ok((level * 100) / field.full)
    }
    case 'measure':
      return readMeasure(field, part)
    case 'text':
      return field.encoding === 'plain' ? ok(printable(part)) : readHexText(field.name, part)
    case 'codes':
      return ok(
        listed(part, field.width)
          .map((code) => field.meanings[code.toUpperCase()] ?? `code ${shown(code)}`)
          .join('; '),
      )
    case 'anyOf':
      return ok(listed(part, field.width).some((code) => same(field.codes, code)) === field.found)
    case 'constant':
      return same([field.code], part) ? ok(field.code) : err(`${field.name}: ${shown(part)} is not ${field.code}`)
    default:
      return unreachable(field)
  }
}

const readMeasure = (field: Extract<LcdField, { type: 'measure' }>, part: string): Result<Value, string> => {
  const raw = numberIn(part, field.radix)
  if (raw === undefined) return err(`${field.name}: ${shown(part)} is no number`)
  const top = 16 ** part.length
  const value = (field.signed && raw >= top / 2 ? raw - top : raw) * field.scale
  return ok(value >= field.minimum && value <= field.maximum ? value : null)
}

const readHexText = (fieldName: string, part: string): Result<string, string> => {
  if (part.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(part)) return err(`${fieldName}: ${shown(part)} is not hex`)
  const letters = part.match(/../g) ?? []
  return ok(printable(letters.map((two) => String.fromCharCode(Number.parseInt(two, 16))).join('')))
}

const writeOne = (field: LcdField, value: Value | undefined, unit: Unit): Result<string, string> => {
  const wrong = (wanted: string) => err(`${field.name} must be ${wanted}, not ${JSON.stringify(value ?? null)}`)
  switch (field.type) {
    case 'constant':
      return ok(field.code)
    case 'flag': {
      const code = value === true ? field.on[0] : value === false ? field.off[0] : undefined
      return code === undefined ? wrong('true or false') : ok(code)
    }
    case 'choice': {
      const known = typeof value === 'string' && Object.hasOwn(field.choices, value) ? field.choices[value] : undefined
      const code = known?.[0]
      return code === undefined ? wrong(`one of ${Object.keys(field.choices).join(', ')}`) : ok(code)
    }
    case 'percent':
      if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return wrong('a number from 0 to 100')
      return digits(field, Math.round((value * field.full) / 100), unit)
    case 'measure':
      if (typeof value !== 'number' || !(value >= field.minimum && value <= field.maximum))
        return wrong(`a number from ${field.minimum} to ${field.maximum}`)
      return digits(field, Math.round(value / field.scale), unit)
    case 'text':
    case 'codes':
    case 'anyOf':
      return err(`${field.name} can only be read`)
    default:
      return unreachable(field)
  }
}

const digits = (
  field: Extract<LcdField, { type: 'percent' | 'measure' }>,
  value: number,
  unit: Unit,
): Result<string, string> => {
  const size = 'word' in field.place || field.place.size === null ? 0 : field.place.size * unit
  const radix = field.radix === 'hex' ? 16 : 10
  const whole = value < 0 ? value + radix ** size : value
  const text = whole.toString(radix).toUpperCase().padStart(size, '0')
  return size > 0 && text.length > size ? err(`${field.name}: ${value} takes more than ${size} digits`) : ok(text)
}

const numberIn = (text: string, radix: 'decimal' | 'hex'): number | undefined => {
  if (radix === 'hex') return /^[0-9A-Fa-f]{1,8}$/.test(text) ? Number.parseInt(text, 16) : undefined
  return /^\d{1,9}$/.test(text) ? Number.parseInt(text, 10) : undefined
}

const listed = (text: string, width: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / width) }, (_, i) => text.slice(i * width, (i + 1) * width))

/** Makers fill texts with zeros and spaces; anything else that does not print is shown as a dot. */
const printable = (text: string): string => {
  let shownText = ''
  for (const letter of text.replace(/\0+/g, '')) shownText += letter < ' ' || letter === '\x7f' ? '.' : letter
  return shownText.trim()
}
const shown = (part: string): string => JSON.stringify(printable(part.slice(0, 40)))
