import { err, ok, type Result } from '#core/base/result.ts'
import type { FrameReader, FrameReading, Side } from '../../dialect/dialect.ts'
import { bytesOf, textOf } from '../lcd/text.ts'

/** Source: PJLink specification 1.04 (2013) and 2.00 (2017): lines of at most 136 bytes that end with a carriage return. */
const END = 0x0d
const MOST_LINE = 136
/** MD5 as hex, before the first command line of a connection. */
export const DIGEST_LETTERS = 32
export const GREETING = 'PJLINK'

export type PjlinkFrame =
  | {
      readonly is: 'command'
      readonly digest: string
      readonly class: string
      readonly body: string
      readonly data: string
    }
  | { readonly is: 'reply'; readonly class: string; readonly body: string; readonly data: string }
  | { readonly is: 'greeting'; readonly data: string }

export const encodeFrame = (frame: PjlinkFrame): Uint8Array => {
  switch (frame.is) {
    case 'command':
      return bytesOf(`${frame.digest}%${frame.class}${frame.body} ${frame.data}\r`)
    case 'reply':
      return bytesOf(`%${frame.class}${frame.body}=${frame.data}\r`)
    case 'greeting':
      return bytesOf(`${GREETING} ${frame.data}\r`)
  }
}

export const decodeFrame = (side: Side, bytes: Uint8Array): Result<PjlinkFrame, string> => {
  const reading = readFrame(side, bytes, 0)
  if (reading.is !== 'frame' || reading.size !== bytes.length) return err('not one whole line')
  const line = textOf(bytes.subarray(0, -1))
  if (side === 'reply' && line.startsWith(GREETING))
    return ok({ is: 'greeting', data: line.slice(GREETING.length + 1) })
  const start = line.startsWith('%') ? 0 : DIGEST_LETTERS
  const parts = {
    class: line.slice(start + 1, start + 2),
    body: line.slice(start + 2, start + 6),
    data: line.slice(start + 7),
  }
  return ok(side === 'request' ? { is: 'command', digest: line.slice(0, start), ...parts } : { is: 'reply', ...parts })
}

const letters = (pattern: RegExp, count: number) => Array.from({ length: count }, () => pattern)
const LINE = [/%/, /[1-9]/, ...letters(/[A-Za-z0-9]/, 4)]
const COMMAND = [...LINE, / /]
const SECURED_COMMAND = [...letters(/[0-9a-fA-F]/, DIGEST_LETTERS), ...COMMAND]
const REPLY = [...LINE, /=/]
const GREETED = Array.from(`${GREETING} `, (letter) => new RegExp(letter))

const headOf = (side: Side, first: number | undefined): readonly RegExp[] => {
  const plain = first === 0x25
  return side === 'request' ? (plain ? COMMAND : SECURED_COMMAND) : plain ? REPLY : GREETED
}
const mostOf = (side: Side) => (side === 'request' ? DIGEST_LETTERS + MOST_LINE : MOST_LINE)

export const readFrame = (side: Side, bytes: Uint8Array, start: number): FrameReading => {
  const head = headOf(side, bytes[start])
  const most = mostOf(side)
  const have = Math.min(bytes.length - start, most)
  for (let i = 0; i < have; i++) {
    const byte = bytes[start + i] ?? 0
    if (byte === END) return i >= head.length ? { is: 'frame', size: i + 1 } : { is: 'noise' }
    // Names of class 2 are UTF-8, so behind the head every byte that is not a control code may come.
    const fits = i < head.length ? head[i]?.test(String.fromCharCode(byte)) : byte >= 0x20 && byte !== 0x7f
    if (!fits) return { is: 'noise' }
  }
  return have === most ? { is: 'noise' } : { is: 'unfinished' }
}

export const pjlinkReader = (side: Side): FrameReader => ({
  maxFrame: mostOf(side),
  read: (bytes, start) => readFrame(side, bytes, start),
})
