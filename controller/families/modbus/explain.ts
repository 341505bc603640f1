import { toHex } from '#core/base/bytes.ts'
import type { ExplainedField, Side, Values } from '../../dialect/dialect.ts'
import { exceptionText } from './exceptions.ts'
import { crc16, decodeAdu, isFunction, word } from './frame.ts'
import type { ModbusProfile } from './schema.ts'

const FUNCTIONS: Readonly<Record<number, string>> = {
  1: 'read coils',
  2: 'read discrete inputs',
  3: 'read holding registers',
  4: 'read input registers',
  5: 'write one coil',
  6: 'write one register',
  15: 'write coils',
  16: 'write registers',
}

const hexOf = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0')

/** Takes any bytes apart in the order in which they travel; what there is too little of is said, what is left over too. */
export const explainFrame = (profile: ModbusProfile, side: Side, bytes: Uint8Array): readonly ExplainedField[] => {
  const fields: ExplainedField[] = []
  let at = 0
  const end = profile.framing === 'rtu' ? Math.max(0, bytes.length - 2) : bytes.length
  /** Takes up to `size` bytes before `until`. */
  const take = (name: string, size: number, says: (part: Uint8Array) => string, until = end) => {
    const part = bytes.subarray(at, Math.min(at + size, until))
    if (part.length === 0) return
    fields.push({
      at,
      name,
      hex: toHex(part, ' '),
      says: part.length < size ? `cut off after ${part.length} byte(s)` : says(part),
    })
    at += part.length
  }
  if (profile.framing === 'tcp') {
    take('transaction', 2, (part) => `${word(part, 0)}`)
    take('protocol', 2, (part) => (word(part, 0) === 0 ? 'Modbus' : 'not Modbus: must be 0'))
    take('length', 2, (part) => {
      const there = Math.max(0, bytes.length - 6)
      return word(part, 0) === there ? `${there} bytes follow` : `says ${word(part, 0)}, there are ${there}`
    })
  }
  take('unit', 1, (part) => (part[0] === 0 ? 'everyone' : `${part[0]}`))
  const code = at < end ? (bytes[at] ?? 0) : 0
  take('function', 1, () => functionText(side, code))
  for (const piece of piecesOf(side, code)) {
    const size = piece.size === 'rest' ? end - at : piece.size
    take(piece.name, size, piece.says)
  }
  take('rest', end - at, (part) => `${part.length} byte(s) that this function does not have`)
  if (profile.framing === 'rtu') {
    const crc = crc16(bytes.subarray(0, end))
    take(
      'crc',
      2,
      (part) => {
        const found = (part[0] ?? 0) | ((part[1] ?? 0) << 8)
        return found === crc ? 'right' : `wrong, computed ${hexOf(crc & 0xff, 2)} ${hexOf(crc >> 8, 2)}`
      },
      bytes.length,
    )
  }
  return fields
}

const functionText = (side: Side, code: number): string => {
  if (side === 'reply' && code > 0x80)
    return `exception to: ${FUNCTIONS[code & 0x7f] ?? `unknown function ${hexOf(code & 0x7f, 2)}`}`
  return FUNCTIONS[code] ?? 'unknown function'
}

type Piece = { readonly name: string; readonly size: number | 'rest'; readonly says: (part: Uint8Array) => string }

const START: Piece = { name: 'start', size: 2, says: (part) => `${word(part, 0)}` }
const COUNT: Piece = { name: 'count', size: 2, says: (part) => `${word(part, 0)}` }
const BYTES: Piece = { name: 'byteCount', size: 1, says: (part) => `${part[0]}` }
const VALUE: Piece = { name: 'value', size: 2, says: (part) => `${word(part, 0)}` }
const BITS: Piece = {
  name: 'data',
  size: 'rest',
  says: (part) => Array.from(part, (byte) => Array.from({ length: 8 }, (_, i) => (byte >> i) & 1).join('')).join(' '),
}
const WORDS: Piece = {
  name: 'data',
  size: 'rest',
  says: (part) =>
    part.length % 2 === 0
      ? Array.from({ length: part.length / 2 }, (_, i) => word(part, i * 2)).join(' ')
      : `${part.length} bytes are no whole registers`,
}
const WHY: Piece = { name: 'exception', size: 1, says: (part) => exceptionText(part[0] ?? 0) }

/** What follows the function code. */
const piecesOf = (side: Side, code: number): readonly Piece[] => {
  if (side === 'reply' && code > 0x80) return [WHY]
  if (!isFunction(code)) return []
  if (code === 5 || code === 6) return [START, VALUE]
  if (side === 'reply') return code > 6 ? [START, COUNT] : [BYTES, code < 3 ? BITS : WORDS]
  if (code === 15) return [START, COUNT, BYTES, BITS]
  return code === 16 ? [START, COUNT, BYTES, WORDS] : [START, COUNT]
}

/** One line for people. `known`: the command of the profile, when it is a request of ours. */
export const describeFrame = (
  profile: ModbusProfile,
  side: Side,
  bytes: Uint8Array,
  known: { readonly command: string; readonly parameters: Values } | null,
): string => {
  const adu = decodeAdu(profile.framing, side, bytes)
  if (!adu.ok) return `${side}: ${adu.error}`
  const { unit, pdu } = adu.value
  const head = `${side} unit ${unit}`
  if (side === 'request' && known !== null) {
    const values = Object.entries(known.parameters).map(([key, value]) => ` ${key}=${value}`)
    return `${head} ${known.command}:${values.join('') || ' asked'}`
  }
  if (pdu.is === 'exception') return `${head} ${functionText('reply', pdu.code)}: ${exceptionText(pdu.why)}`
  const data = explainFrame(profile, side, bytes).filter(
    (f) => f.name === 'start' || f.name === 'value' || f.name === 'data' || f.name === 'count',
  )
  return `${head} ${functionText(side, pdu.code)}: ${data.map((f) => `${f.name} ${f.says}`).join(', ')}`
}
