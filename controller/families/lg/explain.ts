import type { ExplainedField, Side } from '../../dialect/dialect.ts'
import { quoted, slicer, textOf } from '../lcd/text.ts'
import { REPLY_END, REQUEST_END } from './frame.ts'

/** Field by field, whatever the bytes are. `names`: commands of the profile by request code or reply letter. */
export const explainFrame = (
  side: Side,
  bytes: Uint8Array,
  of: { readonly idDigits: number; readonly means: string | null; readonly names: (code: string) => string },
): readonly ExplainedField[] => {
  const { take, left, end } = slicer(bytes)
  const space = () => take('space', 1, (part) => (part[0] === 0x20 ? 'space' : 'should be a space'))
  const endMark = side === 'request' ? REQUEST_END : REPLY_END
  take('command', side === 'request' ? 2 : 1, (part) => of.names(textOf(part)))
  space()
  take('id', of.idDigits, (part) => {
    const id = textOf(part)
    if (!/^[0-9A-Fa-f]+$/.test(id)) return 'no set ID'
    return /^0+$/.test(id) ? 'all sets' : `set ${Number.parseInt(id, 16)}`
  })
  space()
  if (side === 'reply')
    take('result', 2, (part) => {
      const result = textOf(part)
      return result === 'OK' ? 'accepted' : result === 'NG' ? 'refused' : 'neither OK nor NG'
    })
  const found = bytes.indexOf(endMark, bytes.length - left())
  const data = found === -1 ? left() : found - (bytes.length - left())
  if (data > 0) take('data', data, (part) => of.means ?? quoted(part))
  take('end', 1, () => (side === 'request' ? 'carriage return' : 'letter x'))
  return end()
}
