import { concat } from '#core/base/bytes.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Side } from '../../dialect/dialect.ts'

export type Framing = 'rtu' | 'tcp'

/** Most bytes of a whole frame: RTU, and Modbus TCP with its head of seven bytes. */
export const MOST_RTU = 256
export const MOST_TCP = 260

/** What stands between address and checksum, by shape. The function code tells the shapes apart only together with the side. */
export type Pdu =
  | { readonly is: 'ask'; readonly code: 1 | 2 | 3 | 4; readonly start: number; readonly count: number }
  | { readonly is: 'bits'; readonly code: 1 | 2; readonly data: Uint8Array }
  | { readonly is: 'words'; readonly code: 3 | 4; readonly words: readonly number[] }
  /** The same bytes both ways: the reply repeats the request. */
  | { readonly is: 'one'; readonly code: 5 | 6; readonly start: number; readonly value: number }
  | {
      readonly is: 'set-bits'
      readonly code: 15
      readonly start: number
      readonly count: number
      readonly data: Uint8Array
    }
  | { readonly is: 'set-words'; readonly code: 16; readonly start: number; readonly words: readonly number[] }
  | { readonly is: 'written'; readonly code: 15 | 16; readonly start: number; readonly count: number }
  | { readonly is: 'exception'; readonly code: number; readonly why: number }

/** Who, what, and (Modbus TCP only) the number by which the answer is known. */
export type Adu = { readonly transaction: number | null; readonly unit: number; readonly pdu: Pdu }

/** CRC-16/MODBUS: reflected polynomial A001, begins with FFFF; sent low byte first. */
export const crc16 = (bytes: Uint8Array): number => {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}

export const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
const two = (value: number): readonly number[] => [(value >> 8) & 0xff, value & 0xff]

export const isFunction = (code: number): code is 1 | 2 | 3 | 4 | 5 | 6 | 15 | 16 =>
  (code >= 1 && code <= 6) || code === 15 || code === 16

const pduBytes = (pdu: Pdu): readonly number[] => {
  switch (pdu.is) {
    case 'ask':
    case 'written':
      return [pdu.code, ...two(pdu.start), ...two(pdu.count)]
    case 'one':
      return [pdu.code, ...two(pdu.start), ...two(pdu.value)]
    case 'bits':
      return [pdu.code, pdu.data.length, ...pdu.data]
    case 'words':
      return [pdu.code, pdu.words.length * 2, ...pdu.words.flatMap(two)]
    case 'set-bits':
      return [pdu.code, ...two(pdu.start), ...two(pdu.count), pdu.data.length, ...pdu.data]
    case 'set-words':
      return [pdu.code, ...two(pdu.start), ...two(pdu.words.length), pdu.words.length * 2, ...pdu.words.flatMap(two)]
    case 'exception':
      return [pdu.code | 0x80, pdu.why]
    default:
      return unreachable(pdu)
  }
}

/** The bytes as they travel; counts, length and checksum are computed. */
export const encodeAdu = (framing: Framing, adu: Adu): Uint8Array => {
  const body = Uint8Array.from([adu.unit, ...pduBytes(adu.pdu)])
  if (framing === 'tcp') return concat(Uint8Array.from([...two(adu.transaction ?? 0), 0, 0, ...two(body.length)]), body)
  const crc = crc16(body)
  return concat(body, Uint8Array.of(crc & 0xff, crc >> 8))
}

/** Takes one whole frame apart. The error says which byte does not fit. */
export const decodeAdu = (framing: Framing, side: Side, bytes: Uint8Array): Result<Adu, string> => {
  const shell = framing === 'tcp' ? unwrapTcp(bytes) : unwrapRtu(bytes)
  if (!shell.ok) return shell
  const { transaction, body } = shell.value
  const pdu = decodePdu(side, body.subarray(1))
  return pdu.ok ? ok({ transaction, unit: body[0] ?? 0, pdu: pdu.value }) : pdu
}

type Shell = { readonly transaction: number | null; readonly body: Uint8Array }

const unwrapTcp = (bytes: Uint8Array): Result<Shell, string> => {
  if (bytes.length < 9) return err(`${bytes.length} bytes are too few for Modbus TCP`)
  if (bytes.length > MOST_TCP) return err(`${bytes.length} bytes are more than the ${MOST_TCP} of Modbus TCP`)
  if (word(bytes, 2) !== 0) return err('protocol number is not 0')
  if (word(bytes, 4) !== bytes.length - 6) return err(`length says ${word(bytes, 4)}, there are ${bytes.length - 6}`)
  return ok({ transaction: word(bytes, 0), body: bytes.subarray(6) })
}

const unwrapRtu = (bytes: Uint8Array): Result<Shell, string> => {
  if (bytes.length < 5) return err(`${bytes.length} bytes are too few for Modbus RTU`)
  if (bytes.length > MOST_RTU) return err(`${bytes.length} bytes are more than the ${MOST_RTU} of Modbus RTU`)
  if (!crcRight(bytes)) return err('the checksum is wrong')
  return ok({ transaction: null, body: bytes.subarray(0, -2) })
}

/** Do the last two bytes hold the CRC of all before? */
export const crcRight = (bytes: Uint8Array): boolean => {
  const crc = crc16(bytes.subarray(0, -2))
  return bytes[bytes.length - 2] === (crc & 0xff) && bytes[bytes.length - 1] === crc >> 8
}

const decodePdu = (side: Side, pdu: Uint8Array): Result<Pdu, string> => {
  const code = pdu[0] ?? 0
  if (side === 'reply' && code >= 0x80)
    return pdu.length === 2
      ? ok({ is: 'exception', code: code & 0x7f, why: pdu[1] ?? 0 })
      : err(`an exception has 2 bytes, this one ${pdu.length}`)
  if (!isFunction(code)) return err(`function ${code.toString(16).padStart(2, '0')} is not one of ours`)
  if (code === 5 || code === 6) return fixed(pdu, { is: 'one', code, start: word(pdu, 1), value: word(pdu, 3) })
  if (side === 'request') {
    if (code === 15 || code === 16) return decodeSet(code, pdu)
    return fixed(pdu, { is: 'ask', code, start: word(pdu, 1), count: word(pdu, 3) })
  }
  if (code === 15 || code === 16) return fixed(pdu, { is: 'written', code, start: word(pdu, 1), count: word(pdu, 3) })
  const data = pdu.subarray(2)
  if (pdu[1] !== data.length) return err(`byte count says ${pdu[1] ?? 'nothing'}, there are ${data.length}`)
  if (data.length === 0) return err('no data')
  if (code === 1 || code === 2) return ok({ is: 'bits', code, data: data.slice() })
  return data.length % 2 === 0
    ? ok({ is: 'words', code, words: wordsOf(data) })
    : err(`${data.length} data bytes are no whole registers`)
}

const fixed = (pdu: Uint8Array, read: Pdu): Result<Pdu, string> =>
  pdu.length === 5 ? ok(read) : err(`function and data take 5 bytes here, these are ${pdu.length}`)

const decodeSet = (code: 15 | 16, pdu: Uint8Array): Result<Pdu, string> => {
  const data = pdu.subarray(6)
  const count = word(pdu, 3)
  const expected = code === 15 ? Math.ceil(count / 8) : count * 2
  if (pdu.length < 7 || pdu[5] !== data.length || data.length !== expected)
    return err(
      `${count} values take ${expected} bytes, byte count says ${pdu[5] ?? 'nothing'}, there are ${data.length}`,
    )
  if (code === 15) return ok({ is: 'set-bits', code, start: word(pdu, 1), count, data: data.slice() })
  return ok({ is: 'set-words', code, start: word(pdu, 1), words: wordsOf(data) })
}

const wordsOf = (data: Uint8Array): readonly number[] =>
  Array.from({ length: data.length / 2 }, (_, i) => word(data, i * 2))
