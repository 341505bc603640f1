import type { ExplainedField, Side } from '../../dialect/dialect.ts'
import { quoted, slicer, textOf } from '../lcd/text.ts'
import { DIGEST_LETTERS, GREETING } from './frame.ts'

const END = 0x0d

/** Field by field, whatever the bytes are. `names`: commands of the profile by class and body. */
export const explainFrame = (
  side: Side,
  bytes: Uint8Array,
  of: { readonly means: string | null; readonly names: (line: string) => string },
): readonly ExplainedField[] => {
  const { take, left, end } = slicer(bytes)
  const greeting = side === 'reply' && bytes[0] === GREETING.charCodeAt(0)
  if (greeting) take('greeting', GREETING.length, (part) => (textOf(part) === GREETING ? 'greeting' : 'no greeting'))
  else {
    if (side === 'request' && bytes.length > 0 && bytes[0] !== 0x25)
      take('digest', DIGEST_LETTERS, () => 'MD5 of the random text and the password')
    const line = textOf(bytes.subarray(bytes.length - left() + 1, bytes.length - left() + 6)).toUpperCase()
    take('head', 1, (part) => (textOf(part) === '%' ? 'a line of PJLink' : 'should be %'))
    take('class', 1, (part) => `class ${quoted(part)}`)
    take('command', 4, () => of.names(line))
  }
  take('separator', 1, (part) => quoted(part))
  const found = bytes.indexOf(END, bytes.length - left())
  const data = found === -1 ? left() : found - (bytes.length - left())
  if (data > 0) take('data', data, (part) => of.means ?? quoted(part))
  take('end', 1, () => 'carriage return')
  return end()
}
