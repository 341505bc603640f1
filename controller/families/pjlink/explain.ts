import type { ExplainedField, Side } from '../../dialect/dialect.ts'
import { quoted, slicer, textOf } from '../lcd/text.ts'
import { DIGEST_LETTERS, GREETING } from './frame.ts'

const END = 0x0d

/** What a digest can be guessed from (5.2): the random text and the digest itself. Their bytes are never shown. */
const HIDDEN: ReadonlySet<string> = new Set(['digest', 'random text'])
const masked = (field: ExplainedField): ExplainedField =>
  HIDDEN.has(field.name) ? { ...field, hex: field.hex.replace(/[0-9a-f]{2}/gi, '**') } : field

/** A line that begins with a digest, on whichever side it is thought to be. */
const DIGEST_FIRST = new RegExp(`^[0-9a-fA-F]{${DIGEST_LETTERS}}%`)
/** `PJLINK 1 `: what follows is random text. */
const SECURED = '1 '

/** Field by field, whatever the bytes are. `names`: commands of the profile by class and body. What is secret is masked as `**`. */
export const explainFrame = (
  side: Side,
  bytes: Uint8Array,
  of: { readonly means: string | null; readonly names: (line: string) => string },
): readonly ExplainedField[] => {
  const { take, left, end } = slicer(bytes)
  const greeting = side === 'reply' && bytes[0] === GREETING.charCodeAt(0)
  if (greeting) take('greeting', GREETING.length, (part) => (textOf(part) === GREETING ? 'greeting' : 'no greeting'))
  else {
    const cut = side === 'request' && bytes.length > 0 && bytes[0] !== 0x25
    if (cut || DIGEST_FIRST.test(textOf(bytes.subarray(0, DIGEST_LETTERS + 1))))
      take('digest', DIGEST_LETTERS, () => 'MD5 of the random text and the password')
    const line = textOf(bytes.subarray(bytes.length - left() + 1, bytes.length - left() + 6)).toUpperCase()
    take('head', 1, (part) => (textOf(part) === '%' ? 'a line of PJLink' : 'should be %'))
    take('class', 1, (part) => `class ${quoted(part)}`)
    take('command', 4, () => of.names(line))
  }
  take('separator', 1, (part) => quoted(part))
  const found = bytes.indexOf(END, bytes.length - left())
  const data = found === -1 ? left() : found - (bytes.length - left())
  const start = bytes.length - left()
  if (greeting && textOf(bytes.subarray(start, start + SECURED.length)) === SECURED) {
    take('data', SECURED.length, () => 'a password is asked for')
    take('random text', data - SECURED.length, () => `secret, ${data - SECURED.length} bytes`)
  } else if (data > 0) take('data', data, (part) => of.means ?? quoted(part))
  take('end', 1, () => 'carriage return')
  return end().map(masked)
}
