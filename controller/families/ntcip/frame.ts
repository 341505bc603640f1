import { concat, equalBytes } from '#core/base/bytes.ts'
import type { FrameReader, FrameReading, Side } from '../../dialect/dialect.ts'
import { readTlv } from './ber.ts'
import { crcBytes } from './crc.ts'
import type { NtcipProfile } from './schema.ts'
import { decodeMessage, MOST_MESSAGE, PDU_TAGS } from './snmp.ts'

/** How a message travels: alone in a datagram, or in an HDLC frame with the sign’s address (PMPP). */
export type Framing = {
  readonly reader: (side: Side) => FrameReader
  readonly wrap: (envelope: Envelope) => Uint8Array
  /** A whole right frame → what is in it; undefined when it is none. */
  readonly unwrap: (bytes: Uint8Array) => Envelope | undefined
}
export type Envelope = {
  readonly message: Uint8Array
  /** The address of the sign on its serial line, 1 to 8191; 0 on UDP, which has none. */
  readonly unit: number
  /** HDLC control octet; 0 on UDP. */
  readonly control: number
}

export const framingOf = (framing: NtcipProfile['framing']): Framing => (framing === 'udp' ? UDP : PMPP)

const NOISE: FrameReading = { is: 'noise' }
const UNFINISHED: FrameReading = { is: 'unfinished' }

const rightSide = (side: Side, message: Uint8Array): boolean => {
  const decoded = decodeMessage(message)
  return decoded.ok && (decoded.value.pdu === 'response') === (side === 'reply')
}

/** What every SNMPv1 message has after its length. */
const HEAD = [0x02, 0x01, 0x00, 0x04]

const UDP: Framing = {
  reader: (side) => ({
    maxFrame: MOST_MESSAGE,
    read: (bytes, start) => {
      if (bytes[start] !== 0x30) return bytes.length > start ? NOISE : UNFINISHED
      const outer = readTlv(bytes, start, bytes.length)
      const from = outer.ok ? outer.value.from : headerEnd(bytes, start)
      if (from === undefined) return outer.ok || outer.error.short ? UNFINISHED : NOISE
      if (HEAD.some((byte, i) => from + i < bytes.length && bytes[from + i] !== byte)) return NOISE
      if (!outer.ok) return claimed(bytes, start) > MOST_MESSAGE ? NOISE : UNFINISHED
      const size = outer.value.to - start
      return rightSide(side, bytes.subarray(start, start + size)) ? { is: 'frame', size } : NOISE
    },
  }),
  wrap: ({ message }) => message,
  unwrap: (bytes) => {
    const outer = readTlv(bytes, 0, bytes.length)
    return outer.ok && outer.value.to === bytes.length ? { message: bytes, unit: 0, control: 0 } : undefined
  },
}

/** Where the content begins when the length is all there; undefined when not yet, or never. */
const headerEnd = (bytes: Uint8Array, start: number): number | undefined => {
  const first = bytes[start + 1]
  if (first === undefined) return undefined
  const octets = first < 0x80 ? 0 : first & 0x7f
  if (octets > 2 || first === 0x80) return undefined
  return start + 2 + octets <= bytes.length ? start + 2 + octets : undefined
}
const claimed = (bytes: Uint8Array, start: number): number => {
  const first = bytes[start + 1] ?? 0
  if (first < 0x80) return first + 2
  if (first === 0x81) return (bytes[start + 2] ?? 0) + 3
  return (bytes[start + 2] ?? 0) * 256 + (bytes[start + 3] ?? 0) + 4
}

export const FLAG = 0x7e
export const ESCAPE = 0x7d
/** Initial protocol identifier: SNMP. */
const IPI = 0xc1
/** Unnumbered information, with and without the poll/final bit. */
const CONTROLS = [0x13, 0x03]
/** Address, control, protocol, checksum; every byte may be escaped; two flags. */
const MOST_PMPP = 2 * (MOST_MESSAGE + 6) + 2
/** Address, control, protocol, the smallest element, checksum. */
const LEAST_BODY = 7

const PMPP: Framing = {
  reader: (side) => ({
    maxFrame: MOST_PMPP,
    read: (bytes, start) => {
      if (bytes.length > start && bytes[start] !== FLAG) return NOISE
      const end = bytes.indexOf(FLAG, start + 1)
      if (end < 0 || end >= start + MOST_PMPP) return bytes.length - start < MOST_PMPP ? UNFINISHED : NOISE
      // Two flags in a row: the end of what was lost, and the beginning of the next frame.
      const body = unstuff(bytes.subarray(start + 1, end))
      if (body === undefined || body.length < LEAST_BODY) return NOISE
      const size = end + 1 - start
      if (!sealed(body)) return { is: 'checksum', size }
      const inside = open(body)
      return inside !== undefined && rightSide(side, inside.message) ? { is: 'frame', size } : NOISE
    },
  }),
  wrap: ({ message, unit, control }) => {
    const body = concat(unitBytes(unit), Uint8Array.from([control, IPI]), message)
    return concat(Uint8Array.of(FLAG), stuff(concat(body, crcBytes(body))), Uint8Array.of(FLAG))
  },
  unwrap: (bytes) => {
    if (bytes.length < 2 || bytes[0] !== FLAG || bytes.indexOf(FLAG, 1) !== bytes.length - 1) return undefined
    const body = unstuff(bytes.subarray(1, -1))
    return body !== undefined && body.length >= LEAST_BODY && sealed(body) ? open(body) : undefined
  },
}

const sealed = (body: Uint8Array): boolean => equalBytes(crcBytes(body.subarray(0, -2)), body.slice(-2))

const open = (body: Uint8Array): Envelope | undefined => {
  const size = unitSize(body)
  const control = body[size]
  if (control === undefined || !CONTROLS.includes(control) || body[size + 1] !== IPI) return undefined
  return { unit: unitOf(body), control, message: body.slice(size + 2, -2) }
}

/** Most unit numbers two address octets can hold. */
export const MOST_UNIT = 8191
export const unitSize = (body: Uint8Array): number => ((body[0] ?? 0) & 1 ? 1 : 2)
export const unitOf = (body: Uint8Array): number =>
  ((body[0] ?? 0) >> 2) | (unitSize(body) === 2 ? ((body[1] ?? 0) >> 1) << 6 : 0)
const unitBytes = (unit: number): Uint8Array =>
  Uint8Array.from(unit < 64 ? [(unit << 2) | 1] : [(unit << 2) & 0xff, (unit >> 5) | 1])

const stuff = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes].flatMap((byte) => (byte === FLAG || byte === ESCAPE ? [ESCAPE, byte ^ 0x20] : [byte])))

/** Undefined when an escape stands at the end. */
const unstuff = (bytes: Uint8Array): Uint8Array | undefined => {
  const plain: number[] = []
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte !== ESCAPE) {
      plain.push(byte)
      continue
    }
    i += 1
    const next = bytes[i]
    if (next === undefined) return undefined
    plain.push(next ^ 0x20)
  }
  return Uint8Array.from(plain)
}

/** PDU tags a technician’s explanation names. */
export const pduName = (tag: number): string | undefined =>
  Object.entries(PDU_TAGS).find(([, value]) => value === tag)?.[0]
