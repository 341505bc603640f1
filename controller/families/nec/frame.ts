import { err, ok, type Result } from '#core/base/result.ts'
import type { FrameReader, FrameReading, Side } from '../../dialect/dialect.ts'
import { bytesOf, textOf } from '../lcd/text.ts'

/**
 * Source: magik1969/nec-display-protocol, phillipivan/companion-module-nec-display and the M551 log of PepperDash/epi-nec-display.
 * 01 30 destination source type length(2) 02 message 03 check 0D; the length counts from 02 to 03.
 */
export const START = 0x01
const RESERVED = 0x30
export const CONTROLLER = 0x30
const TEXT_START = 0x02
const TEXT_END = 0x03
const END = 0x0d
/** Monitor ID 1 is 41h. */
const FIRST_MONITOR = 0x40
export const EVERYBODY = 0x2a
/** 7 before the text, at most FFh of text with its marks, check and end. */
const MOST = 7 + 255 + 2

export type NecType = 'A' | 'B' | 'C' | 'D' | 'E' | 'F'
const TYPES = { request: ['A', 'C', 'E'], reply: ['B', 'D', 'F'] } as const
export type NecFrame = {
  readonly destination: number
  readonly source: number
  readonly type: NecType
  /** Printable text; hex digits in everything we know. */
  readonly message: string
}

/** 0 is everybody. */
export const addressByte = (id: number): number => (id === 0 ? EVERYBODY : FIRST_MONITOR + id)

const xorOf = (bytes: Uint8Array): number => bytes.reduce((check, byte) => check ^ byte, 0)

export const encodeFrame = (frame: NecFrame): Uint8Array => {
  const { destination, source, type, message } = frame
  const length = (message.length + 2).toString(16).toUpperCase().padStart(2, '0')
  const from = String.fromCharCode(RESERVED, destination, source)
  const body = `${from}${type}${length}\x02${message}\x03`
  return bytesOf(`\x01${body}${String.fromCharCode(xorOf(bytesOf(body)))}\r`)
}

export const decodeFrame = (side: Side, bytes: Uint8Array): Result<NecFrame, string> => {
  const reading = readFrame(side, bytes, 0)
  if (reading.is === 'checksum') return err('the check byte is wrong')
  if (reading.is !== 'frame' || reading.size !== bytes.length) return err('not one whole frame')
  const type = TYPES[side].find((letter) => letter.charCodeAt(0) === bytes[4])
  if (type === undefined) return err('unknown message type')
  const [, , destination = 0, source = 0] = bytes
  return ok({ destination, source, type, message: textOf(bytes.subarray(8, -3)) })
}

/** Two upper-case hex digits; lower case is not sent by anyone in a length. */
export const lengthIn = (text: string): number | undefined =>
  /^[0-9A-F]{2}$/.test(text) ? Number.parseInt(text, 16) : undefined

export const readFrame = (side: Side, bytes: Uint8Array, start: number): FrameReading => {
  const have = bytes.length - start
  const at = (offset: number): number => bytes[start + offset] ?? 0
  const isId = (byte: number) => byte === EVERYBODY || (byte >= 0x31 && byte <= 0xa4)
  if (have >= 1 && at(0) !== START) return { is: 'noise' }
  if (have >= 2 && at(1) !== RESERVED) return { is: 'noise' }
  const [ours, theirs] = side === 'request' ? [3, 2] : [2, 3]
  if (have > ours && at(ours) !== CONTROLLER) return { is: 'noise' }
  if (have > theirs && !isId(at(theirs))) return { is: 'noise' }
  if (have >= 5 && !TYPES[side].some((type) => type.charCodeAt(0) === at(4))) return { is: 'noise' }
  if (have < 7) return { is: 'unfinished' }
  const length = lengthIn(String.fromCharCode(at(5), at(6)))
  if (length === undefined || length < 3) return { is: 'noise' }
  const size = 7 + length + 2
  if (have >= 8 && at(7) !== TEXT_START) return { is: 'noise' }
  for (let i = 8; i < Math.min(have, size - 3); i++) if (at(i) < 0x20 || at(i) > 0x7e) return { is: 'noise' }
  if (have >= size - 2 && at(size - 3) !== TEXT_END) return { is: 'noise' }
  if (have < size) return { is: 'unfinished' }
  if (at(size - 1) !== END) return { is: 'noise' }
  const right = xorOf(bytes.subarray(start + 1, start + size - 2)) === at(size - 2)
  return { is: right ? 'frame' : 'checksum', size }
}

export const necReader = (side: Side): FrameReader => ({
  maxFrame: MOST,
  read: (bytes, start) => readFrame(side, bytes, start),
})
