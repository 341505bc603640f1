import { toHex } from '#core/base/bytes.ts'
import type { ExplainedField } from '../../dialect/dialect.ts'

/** One character per byte, so that nothing is lost on the way there and back. */
export const textOf = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
/** Characters above FFh would be cut; only our own texts and texts made by `textOf` come here. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff)

/** A byte string as people can read it. */
export const quoted = (bytes: Uint8Array): string =>
  `"${textOf(bytes).replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`

/** Takes bytes apart from left to right into named fields, missing ones too. */
export type Slicer = {
  /** The next `size` bytes, or what is left. `says` is asked only about a whole part. */
  readonly take: (name: string, size: number, says: (part: Uint8Array) => string) => Uint8Array
  readonly left: () => number
  /** The fields; bytes not taken are `extra`. */
  readonly end: () => readonly ExplainedField[]
}

export const slicer = (bytes: Uint8Array): Slicer => {
  const fields: ExplainedField[] = []
  let at = 0
  const take: Slicer['take'] = (name, size, says) => {
    const part = bytes.subarray(at, at + Math.max(0, size))
    fields.push({ at, name, hex: toHex(part, ' '), says: part.length < size ? 'missing' : says(part) })
    at += part.length
    return part
  }
  return {
    take,
    left: () => bytes.length - at,
    end: () => {
      if (at < bytes.length) take('extra', bytes.length - at, () => 'belongs to no frame of this protocol')
      return fields
    },
  }
}
