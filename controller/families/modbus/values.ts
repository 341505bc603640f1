import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Value, Values } from '../../dialect/dialect.ts'
import type { Pdu } from './frame.ts'
import type { ModbusCommand, ModbusField } from './schema.ts'

/** Shorter than any scale in a profile; takes the binary dust off products such as 305 × 0.1. */
const DUST = 1e6
const clean = (value: number): number => Math.round(value * DUST) / DUST
const hex = (text: string): number => Number.parseInt(text, 16)

type NumberField = Extract<ModbusField, { type: 'number' }>

/** Where in a register block a field stands; functions 05 and 06 have one word. */
const rawAt = (words: readonly number[], at: number): number => words[at] ?? 0

const rawNumber = (field: NumberField, words: readonly number[]): number => {
  if (field.words === 1) return rawAt(words, field.at)
  const [first, second] = [rawAt(words, field.at), rawAt(words, field.at + 1)]
  return field.wordOrder === 'high-first' ? first * 65_536 + second : second * 65_536 + first
}

/** Raw number → value. Fault codes, and what is outside of the sensible range, are no value: better none than a wrong one. */
const numberOf = (field: NumberField, words: readonly number[]): number | null => {
  const raw = rawNumber(field, words)
  if (field.faults.some((code) => hex(code) === raw)) return null
  const span = 65_536 ** field.words
  const value = clean((field.signed && raw >= span / 2 ? raw - span : raw) * field.scale)
  return value >= field.minimum && value <= field.maximum ? value : null
}

const rawOfNumber = (field: NumberField, value: Value | undefined): Result<number, string> => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return err(`${field.name} must be a number`)
  if (value < field.minimum || value > field.maximum)
    return err(`${field.name} ${value} is not within ${field.minimum} to ${field.maximum}`)
  const raw = Math.round(value / field.scale)
  const span = 65_536 ** field.words
  if (raw >= span || raw < (field.signed ? -span / 2 : 0))
    return err(`${field.name} ${value} does not fit its registers`)
  return ok(raw < 0 ? raw + span : raw)
}

const wordsOfNumber = (field: NumberField, raw: number): readonly number[] => {
  if (field.words === 1) return [raw]
  const [high, low] = [Math.floor(raw / 65_536), raw % 65_536]
  return field.wordOrder === 'high-first' ? [high, low] : [low, high]
}

/** One field out of the words of a reply (or of a request, when it is read back as a command). `undefined`: it carries no value. */
const fromWords = (field: ModbusField, words: readonly number[]): Value | undefined => {
  switch (field.type) {
    case 'bit':
    case 'constant':
      return undefined
    case 'switch': {
      const raw = rawAt(words, 0)
      return raw === hex(field.on) ? true : raw === hex(field.off) ? false : null
    }
    case 'number':
      return numberOf(field, words)
    case 'choice':
      return Object.entries(field.choices).find(([, code]) => hex(code) === rawAt(words, field.at))?.[0] ?? null
    default:
      return unreachable(field)
  }
}

/** The values in the words of a command’s data. */
export const valuesOfWords = (fields: readonly ModbusField[], words: readonly number[]): Values =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const value = fromWords(field, words)
      return value === undefined ? [] : [[field.name, value] as const]
    }),
  )

/** The values in the coils or inputs of a command’s data: the first one is the lowest bit of the first byte. */
export const valuesOfBits = (fields: readonly ModbusField[], data: Uint8Array): Values =>
  Object.fromEntries(
    fields.flatMap((field) =>
      field.type === 'bit'
        ? [[field.name, (((data[field.at >> 3] ?? 0) >> (field.at & 7)) & 1) === (field.inverted ? 0 : 1)] as const]
        : [],
    ),
  )

/** What a write carries, or which value is missing or wrong. */
export const writePdu = (command: ModbusCommand, start: number, parameters: Values): Result<Pdu, string> => {
  if (command.function === 15) {
    const data = new Uint8Array(Math.ceil(command.count / 8))
    for (const field of command.fields) {
      if (field.type !== 'bit') continue
      const value = parameters[field.name]
      if (typeof value !== 'boolean') return err(`${field.name} must be true or false`)
      if (value !== field.inverted) data[field.at >> 3] = (data[field.at >> 3] ?? 0) | (1 << (field.at & 7))
    }
    return ok({ is: 'set-bits', code: 15, start, count: command.count, data })
  }
  const words = new Array<number>(command.count).fill(0)
  for (const field of command.fields) {
    const part = wordsOfField(field, parameters)
    if (!part.ok) return part
    for (const [i, value] of part.value.words.entries()) words[part.value.at + i] = value
  }
  return command.function === 16
    ? ok({ is: 'set-words', code: 16, start, words })
    : ok({ is: 'one', code: command.function === 5 ? 5 : 6, start, value: words[0] ?? 0 })
}

type Placed = { readonly at: number; readonly words: readonly number[] }

const wordsOfField = (field: ModbusField, parameters: Values): Result<Placed, string> => {
  const value = parameters[field.name]
  switch (field.type) {
    case 'bit':
      return err(`${field.name} is a coil, this function writes registers`)
    case 'constant':
      return ok({ at: field.at, words: [hex(field.value)] })
    case 'switch':
      if (typeof value !== 'boolean') return err(`${field.name} must be true or false`)
      return ok({ at: 0, words: [hex(value ? field.on : field.off)] })
    case 'choice': {
      const code = typeof value === 'string' && Object.hasOwn(field.choices, value) ? field.choices[value] : undefined
      if (code === undefined) return err(`${field.name} must be one of ${Object.keys(field.choices).join(', ')}`)
      return ok({ at: field.at, words: [hex(code)] })
    }
    case 'number': {
      const raw = rawOfNumber(field, value)
      return raw.ok ? ok({ at: field.at, words: wordsOfNumber(field, raw.value) }) : raw
    }
    default:
      return unreachable(field)
  }
}

/** The values that a write with these parameters leaves in the device: 0.26 s in steps of 0.1 s is 0.3 s. */
export const held = (command: ModbusCommand, parameters: Values, name: string): Value | undefined => {
  const field = command.fields.find((one) => one.name === name)
  const value = parameters[name]
  if (field === undefined || value === undefined || field.type === 'constant') return undefined
  if (field.type !== 'number') return value
  const raw = rawOfNumber(field, value)
  return raw.ok ? (numberOf(field, shifted(field, raw.value)) ?? undefined) : undefined
}

/** The words of one number, with nothing in the registers before it. */
const shifted = (field: NumberField, raw: number): readonly number[] => [
  ...new Array<number>(field.at).fill(0),
  ...wordsOfNumber(field, raw),
]

/** The values in a write request, or null when one of them is none this command could have sent. */
export const valuesOfWrite = (command: ModbusCommand, pdu: Pdu): Values | null => {
  if (pdu.is === 'set-bits') return valuesOfBits(command.fields, pdu.data)
  if (pdu.is !== 'set-words' && pdu.is !== 'one') return null
  const words = pdu.is === 'one' ? [pdu.value] : pdu.words
  const constantsFit = command.fields.every(
    (field) => field.type !== 'constant' || words[field.at] === hex(field.value),
  )
  const values = valuesOfWords(command.fields, words)
  return constantsFit && Object.values(values).every((value) => value !== null) ? values : null
}
