import { toHex } from '#core/base/bytes.ts'
import type { ExplainedField, Side } from '../../dialect/dialect.ts'
import { slicer } from '../lcd/text.ts'
import { ACK, EVERYBODY, HEAD, NAK, REPLY, sumOf, TLS_GREETING, TLS_MEANS } from './frame.ts'

/** Field by field, whatever the bytes are. `names`: commands of the profile by opcode. */
export const explainFrame = (
  side: Side,
  bytes: Uint8Array,
  of: { readonly means: string | null; readonly names: (opcode: number) => string },
): readonly ExplainedField[] => {
  const { take, left, end } = slicer(bytes)
  const first = (part: Uint8Array) => part[0] ?? 0
  if (side === 'reply' && bytes[0] === TLS_GREETING[0]) {
    take('greeting', TLS_GREETING.length, (part) =>
      toHex(part, '') === toHex(TLS_GREETING, '') ? TLS_MEANS : 'no greeting that we know',
    )
    return end()
  }
  const command = () => take('command', 1, (part) => of.names(first(part)))
  take('head', 1, (part) => (first(part) === HEAD ? side : 'should be AAh'))
  if (side === 'reply') take('mark', 1, (part) => (first(part) === REPLY ? 'reply' : 'not a reply'))
  else command()
  take('id', 1, (part) => (first(part) === EVERYBODY ? 'all displays; none answers' : `display ${first(part)}`))
  const counted = first(take('length', 1, (part) => `${first(part)} bytes`))
  if (side === 'reply') {
    take('ack', 1, (part) => (first(part) === ACK ? 'accepted' : first(part) === NAK ? 'refused' : 'neither A nor N'))
    command()
  }
  const data = side === 'reply' ? counted - 2 : counted
  // The checksum is the last byte; where the length lies, so does the split of what is left.
  if (data > 0 && left() > 0) take('data', data, () => of.means ?? `${data} bytes`)
  const checked = sumOf(bytes.subarray(1, bytes.length - left()))
  take('checksum', 1, (part) =>
    first(part) === checked ? 'right' : `wrong, should be ${toHex(Uint8Array.of(checked), '')}h`,
  )
  return end()
}
