import { concat, equalBytes } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { FrameReader, FrameReading, Side } from '../../dialect/dialect.ts'
import { bytesOf } from '../lcd/text.ts'

/** Source: vgavro/samsung-mdc and PepperDash/epi-samsung-mdc-display, which agree; there is no maker’s document behind this. */
export const HEAD = 0xaa
/** After the head of a reply, where a request has its command byte. */
export const REPLY = 0xff
/** 'A': done, 'N': refused. */
export const ACK = 0x41
export const NAK = 0x4e
/** All displays; none of them answers. */
export const EVERYBODY = 0xfe
/** Sent instead of anything else by displays that are set to the secured protocol, which we do not speak. */
export const TLS_GREETING = bytesOf('MDCSTART<<TLS>>')
export const TLS_MEANS =
  'the display is set to secured MDC (TLS and PIN), which is not supported: switch Secured Protocol off in its menu'

/** Head, command or reply mark, id, length, at most 255 counted bytes, checksum. */
const MOST = 260

export type MdcFrame =
  | { readonly side: 'request'; readonly command: number; readonly id: number; readonly data: Uint8Array }
  | {
      readonly side: 'reply'
      readonly id: number
      readonly ack: number
      readonly command: number
      readonly data: Uint8Array
    }
  | { readonly side: 'greeting' }

/** Low byte of the sum of everything behind the head. */
export const sumOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0)

export const encodeFrame = (frame: MdcFrame): Uint8Array => {
  if (frame.side === 'greeting') return TLS_GREETING.slice()
  const inner =
    frame.side === 'request'
      ? concat(Uint8Array.of(frame.command, frame.id, frame.data.length), frame.data)
      : concat(Uint8Array.of(REPLY, frame.id, frame.data.length + 2, frame.ack, frame.command), frame.data)
  return concat(Uint8Array.of(HEAD), inner, Uint8Array.of(sumOf(inner)))
}

/** Bytes that are exactly one right frame → its parts. */
export const decodeFrame = (side: Side, bytes: Uint8Array): Result<MdcFrame, string> => {
  const reading = readFrame(side, bytes, 0)
  if (reading.is === 'checksum') return err('the checksum is wrong')
  if (reading.is !== 'frame' || reading.size !== bytes.length) return err('not one whole frame')
  if (bytes[0] !== HEAD) return ok({ side: 'greeting' })
  const [, second = 0, id = 0, , ack = 0, command = 0] = bytes
  return side === 'request'
    ? ok({ side, command: second, id, data: bytes.slice(4, -1) })
    : ok({ side, id, ack, command, data: bytes.slice(6, -1) })
}

export const readFrame = (side: Side, bytes: Uint8Array, start: number): FrameReading => {
  const have = bytes.length - start
  const at = (offset: number): number => bytes[start + offset] ?? 0
  if (have <= 0) return { is: 'unfinished' }
  if (at(0) !== HEAD) return side === 'reply' ? readGreeting(bytes.subarray(start)) : { is: 'noise' }
  if (have >= 2 && (at(1) === REPLY) !== (side === 'reply')) return { is: 'noise' }
  if (have < 4) return { is: 'unfinished' }
  if (side === 'reply') {
    // The length counts from the A or N, so one that has no room for it and the command is no length.
    if (at(3) < 2) return { is: 'noise' }
    if (have >= 5 && at(4) !== ACK && at(4) !== NAK) return { is: 'noise' }
  }
  const size = 4 + at(3) + 1
  if (have < size) return { is: 'unfinished' }
  const right = sumOf(bytes.subarray(start + 1, start + size - 1)) === at(size - 1)
  return { is: right ? 'frame' : 'checksum', size }
}

const readGreeting = (bytes: Uint8Array): FrameReading => {
  const size = Math.min(bytes.length, TLS_GREETING.length)
  if (!equalBytes(bytes.subarray(0, size), TLS_GREETING.subarray(0, size))) return { is: 'noise' }
  return size === TLS_GREETING.length ? { is: 'frame', size } : { is: 'unfinished' }
}

export const mdcReader = (side: Side): FrameReader => ({
  maxFrame: MOST,
  read: (bytes, start) => readFrame(side, bytes, start),
})
