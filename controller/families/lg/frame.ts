import { err, ok, type Result } from '#core/base/result.ts'
import type { FrameReader, FrameReading, Side } from '../../dialect/dialect.ts'
import { bytesOf, textOf } from '../lcd/text.ts'

/** Source: LG manuals (49SH7DB, 55LS55A, M4225C, 70UL3E, 47WT30MS), external control chapter. ASCII, no checksum. */
export const REQUEST_END = 0x0d
/** A reply ends with the letter x; whether a carriage return follows is not promised. */
export const REPLY_END = 0x78
/** Longest frame we take, in bytes. Serial numbers and versions have about twenty. */
const MOST = 64

/** Hex digits of a set ID. */
export type IdDigits = 2 | 3
export type LgFrame =
  | { readonly side: 'request'; readonly code: string; readonly id: string; readonly data: string }
  | {
      readonly side: 'reply'
      readonly letter: string
      readonly id: string
      readonly result: 'OK' | 'NG'
      readonly data: string
    }

export const encodeFrame = (frame: LgFrame): Uint8Array =>
  bytesOf(
    frame.side === 'request'
      ? `${frame.code} ${frame.id} ${frame.data}\r`
      : `${frame.letter} ${frame.id} ${frame.result}${frame.data}x`,
  )

export const decodeFrame = (side: Side, bytes: Uint8Array, idDigits: IdDigits): Result<LgFrame, string> => {
  const reading = readFrame(side, idDigits, { bytes, start: 0 })
  if (reading.is !== 'frame' || reading.size !== bytes.length) return err('not one whole frame')
  const text = textOf(bytes)
  if (side === 'request') {
    const id = text.slice(3, 3 + idDigits)
    return ok({ side, code: text.slice(0, 2), id, data: text.slice(4 + idDigits, -1) })
  }
  const result = text.slice(3 + idDigits, 5 + idDigits) === 'OK' ? 'OK' : 'NG'
  return ok({
    side,
    letter: text.slice(0, 1),
    id: text.slice(2, 2 + idDigits),
    result,
    data: text.slice(5 + idDigits, -1),
  })
}

/** What may stand at each place before the data; after it everything is data up to the end mark. */
const headOf = (side: Side, idDigits: IdDigits): readonly RegExp[] => {
  const id = Array.from({ length: idDigits }, () => /[0-9A-Fa-f]/)
  return side === 'request' ? [/[a-z]/, /[a-z]/, / /, ...id, / /] : [/[a-z]/, / /, ...id, / /, /[ON]/, /[KG]/]
}
const HEADS = {
  request: [headOf('request', 2), headOf('request', 3)],
  reply: [headOf('reply', 2), headOf('reply', 3)],
} as const
const DATA = { request: /[0-9A-Za-z ]/, reply: /[ -~]/ } as const

export const readFrame = (
  side: Side,
  idDigits: IdDigits,
  at: { readonly bytes: Uint8Array; readonly start: number },
): FrameReading => {
  const head = HEADS[side][idDigits === 2 ? 0 : 1]
  const end = side === 'request' ? REQUEST_END : REPLY_END
  const have = Math.min(at.bytes.length - at.start, MOST)
  for (let i = 0; i < have; i++) {
    const byte = at.bytes[at.start + i] ?? 0
    if (i > head.length - (side === 'reply' ? 1 : 0) && byte === end) return { is: 'frame', size: i + 1 }
    const allowed = head[i] ?? DATA[side]
    if (byte > 0x7e || !allowed.test(String.fromCharCode(byte))) return { is: 'noise' }
    // O goes with K and N with G; the pair is right or the whole is noise.
    const pair = side === 'reply' && i === head.length - 1
    if (pair && (byte === 0x4b) !== (at.bytes[at.start + i - 1] === 0x4f)) return { is: 'noise' }
  }
  return have === MOST ? { is: 'noise' } : { is: 'unfinished' }
}

export const lgReader = (side: Side, idDigits: IdDigits): FrameReader => ({
  maxFrame: MOST,
  read: (bytes, start) => readFrame(side, idDigits, { bytes, start }),
})
