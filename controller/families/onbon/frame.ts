import { concat } from '#core/base/bytes.ts'
import type { FrameReader, FrameReading } from '../../dialect/dialect.ts'

/**
 * The frame of BX-5K and BX-6K cards: eight bytes A5, an escaped body, 5A. Nothing in here knows a command.
 * Source: maker's open Java code and “BX-5K/6K user protocol” 1.4; two independent implementations.
 */
export const HOST = 0x8000
export const START = 0xa5
export const END = 0x5a
export const PREAMBLE = 8
export const HEADER_BYTES = 14
/** Group, command, flag or error, and two bytes. */
export const DATA_HEAD = 5
/** The card's receive buffer; neither side sends longer frames. */
export const MOST_FRAME = 1024
/** Body bytes of the longest frame, before escaping. */
const MOST_BODY = MOST_FRAME - PREAMBLE - 1

/** Codes of byte 8 of the header: how the last two bytes of the body are made. */
export const CHECK = { crc: 0x00, sum: 0x01, none: 0x02 } as const

export type Body = {
  readonly destination: number
  readonly source: number
  /** Bytes 4 to 7: three reserved ones and the option. */
  readonly reserved: Uint8Array
  readonly check: number
  readonly display: number
  readonly device: number
  readonly version: number
  readonly data: Uint8Array
}

/** CRC-16/ARC: polynomial 8005 reflected, starts at 0, no final xor. */
export const crc16 = (bytes: Uint8Array): number => {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc
}

const sum16 = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) & 0xffff, 0)

/** What the last two bytes of a body must be; null where the body says that nobody checks them. */
export const trailerOf = (check: number, counted: Uint8Array): number | null => {
  if (check === CHECK.sum) return sum16(counted)
  return check === CHECK.none ? null : crc16(counted)
}

export const word = (value: number): readonly number[] => [value & 0xff, (value >>> 8) & 0xff]
export const wordAt = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)

const escaped = (body: Uint8Array): Uint8Array => {
  const out: number[] = []
  for (const byte of body) {
    if (byte === START) out.push(0xa6, 2)
    else if (byte === 0xa6) out.push(0xa6, 1)
    else if (byte === END) out.push(0x5b, 2)
    else if (byte === 0x5b) out.push(0x5b, 1)
    else out.push(byte)
  }
  return Uint8Array.from(out)
}

/** What an escape pair stands for; undefined when the second byte is neither 01 nor 02. */
export const unescaped = (first: number, second: number): number | undefined => {
  if (second === 1) return first
  if (second === 2) return first === 0xa6 ? START : END
  return undefined
}

/** Body → bytes as they travel; length, checksum and escapes are derived. `FF FF` stands where nothing is checked. */
export const encodeFrame = (body: Body): Uint8Array => {
  const counted = Uint8Array.from([
    ...word(body.destination),
    ...word(body.source),
    ...body.reserved,
    body.check,
    body.display,
    body.device,
    body.version,
    ...word(body.data.length),
    ...body.data,
  ])
  const trailer = word(trailerOf(body.check, counted) ?? 0xffff)
  return concat(
    new Uint8Array(PREAMBLE).fill(START),
    escaped(concat(counted, Uint8Array.from(trailer))),
    Uint8Array.of(END),
  )
}

/** The unescaped body of a whole frame that a reader accepted; null for anything else. Never throws. */
export const bodyBytes = (frame: Uint8Array): Uint8Array | null => {
  if (frame.length <= PREAMBLE || frame.length > MOST_FRAME) return null
  if (frame.subarray(0, PREAMBLE).some((byte) => byte !== START) || frame[frame.length - 1] !== END) return null
  const out: number[] = []
  for (let at = PREAMBLE; at < frame.length - 1; at++) {
    const byte = frame[at] ?? 0
    if (byte === START || byte === END) return null
    if (byte !== 0xa6 && byte !== 0x5b) {
      out.push(byte)
      continue
    }
    const meant = at + 1 < frame.length - 1 ? unescaped(byte, frame[at + 1] ?? 0) : undefined
    if (meant === undefined) return null
    out.push(meant)
    at++
  }
  return Uint8Array.from(out)
}

/** Takes a body apart; null when its length field does not fit. */
export const bodyOf = (bytes: Uint8Array): { readonly body: Body; readonly trailer: number } | null => {
  const size = wordAt(bytes, 12)
  if (bytes.length < HEADER_BYTES + DATA_HEAD + 2 || bytes.length !== HEADER_BYTES + size + 2) return null
  const body = {
    destination: wordAt(bytes, 0),
    source: wordAt(bytes, 2),
    reserved: bytes.slice(4, 8),
    check: bytes[8] ?? 0,
    display: bytes[9] ?? 0,
    device: bytes[10] ?? 0,
    version: bytes[11] ?? 0,
    data: bytes.slice(HEADER_BYTES, HEADER_BYTES + size),
  }
  return { body, trailer: wordAt(bytes, HEADER_BYTES + size) }
}

/** Whole, right frame → body. Null when it is none, or its checksum is wrong. */
export const decodeFrame = (frame: Uint8Array, unchecked: boolean): Body | null => {
  const bytes = bodyBytes(frame)
  const parsed = bytes === null ? null : bodyOf(bytes)
  if (bytes === null || parsed === null) return null
  return trusted(parsed.body.check, bytes.subarray(0, -2), parsed.trailer, unchecked) ? parsed.body : null
}

/**
 * FF FF and check mode 02 mean “not checked”. A noisy line reads FF easily, so such frames are believed only where the profile says so.
 */
const trusted = (check: number, counted: Uint8Array, trailer: number, unchecked: boolean): boolean => {
  const expected = trailerOf(check, counted)
  return expected === trailer || (unchecked && (expected === null || trailer === 0xffff))
}

/** One way for both sides: a frame is known by its form, not by who sent it. */
export const frameReader = (unchecked: boolean): FrameReader => ({
  maxFrame: MOST_FRAME,
  read: (bytes, start) => readFrame(bytes, start, unchecked),
})

const readFrame = (bytes: Uint8Array, start: number, unchecked: boolean): FrameReading => {
  const end = Math.min(bytes.length, start + MOST_FRAME)
  const more: FrameReading = bytes.length - start >= MOST_FRAME ? { is: 'noise' } : { is: 'unfinished' }
  for (let at = start; at < start + PREAMBLE; at++) {
    if (at >= end) return more
    if (bytes[at] !== START) return { is: 'noise' }
  }
  const body = new Uint8Array(MOST_BODY)
  let count = 0
  /** Body bytes by the length field, known once the header is there. */
  let whole = MOST_BODY
  for (let at = start + PREAMBLE; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte === END) return finished(body.subarray(0, count), at + 1 - start, unchecked)
    if (byte === START) return { is: 'noise' }
    let value = byte
    if (byte === 0xa6 || byte === 0x5b) {
      if (at + 1 >= end) return more
      const meant = unescaped(byte, bytes[at + 1] ?? 0)
      if (meant === undefined) return { is: 'noise' }
      value = meant
      at++
    }
    if (count >= whole) return { is: 'noise' }
    body[count++] = value
    if (count === HEADER_BYTES) {
      whole = HEADER_BYTES + wordAt(body, 12) + 2
      if (whole > MOST_BODY || whole < HEADER_BYTES + DATA_HEAD + 2) return { is: 'noise' }
    }
  }
  return more
}

const finished = (body: Uint8Array, size: number, unchecked: boolean): FrameReading => {
  const parsed = bodyOf(body)
  if (parsed === null) return { is: 'noise' }
  return trusted(parsed.body.check, body.subarray(0, -2), parsed.trailer, unchecked)
    ? { is: 'frame', size }
    : { is: 'checksum', size }
}
