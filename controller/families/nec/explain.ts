import { toHex } from '#core/base/bytes.ts'
import type { ExplainedField, Side } from '../../dialect/dialect.ts'
import { quoted, slicer, textOf } from '../lcd/text.ts'
import { CONTROLLER, EVERYBODY, lengthIn, START } from './frame.ts'

const TYPES: Readonly<Record<string, string>> = {
  A: 'command',
  B: 'reply to a command',
  C: 'get a parameter',
  D: 'reply to get',
  E: 'set a parameter',
  F: 'reply to set',
}
const who = (byte: number): string => {
  if (byte === CONTROLLER) return 'controller'
  if (byte === EVERYBODY) return 'all monitors'
  if (byte >= 0x31 && byte <= 0x3a) return `group ${String.fromCharCode(byte + 0x10)}`
  return byte > 0x40 && byte <= 0xa4 ? `monitor ${byte - 0x40}` : 'nobody'
}
const mark = (part: Uint8Array, byte: number, name: string) =>
  part[0] === byte ? name : `should be ${toHex(Uint8Array.of(byte), '')}h`

/** Field by field, whatever the bytes are. `message` names what a whole message is about. */
export const explainFrame = (
  _side: Side,
  bytes: Uint8Array,
  of: { readonly means: string | null; readonly about: (message: string) => string | null },
): readonly ExplainedField[] => {
  const { take, left, end } = slicer(bytes)
  take('head', 1, (part) => mark(part, START, 'start of header'))
  take('reserved', 1, (part) => mark(part, 0x30, 'reserved'))
  take('destination', 1, (part) => who(part[0] ?? 0))
  take('source', 1, (part) => who(part[0] ?? 0))
  take('type', 1, (part) => TYPES[textOf(part)] ?? 'unknown type')
  const length = lengthIn(textOf(take('length', 2, (part) => `${lengthIn(textOf(part)) ?? 'no'} bytes`)))
  take('textStart', 1, (part) => mark(part, 0x02, 'start of text'))
  const size = Math.max(0, (length ?? 2) - 2)
  if (size > 0 && left() > 0) take('message', size, (part) => of.means ?? of.about(textOf(part)) ?? quoted(part))
  take('textEnd', 1, (part) => mark(part, 0x03, 'end of text'))
  const right = bytes.subarray(1, bytes.length - left()).reduce((check, byte) => check ^ byte, 0)
  take('check', 1, (part) => (part[0] === right ? 'right' : `wrong, should be ${toHex(Uint8Array.of(right), '')}h`))
  take('end', 1, (part) => mark(part, 0x0d, 'carriage return'))
  return end()
}
