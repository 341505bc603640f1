import { assert, err, ok, type Result } from '../base/result.ts'

/** The part of POSIX ustar that a backup needs: plain files with short names. Any tar reads it. */
export const BLOCK = 512
const LONGEST_NAME = 100
/** Eleven octal digits. */
export const LARGEST_ENTRY = 8 * 1024 ** 3 - 1
const NAME = /^[A-Za-z0-9][A-Za-z0-9._~-]*(\/[A-Za-z0-9][A-Za-z0-9._~-]*)*$/

/** A name that stays below the folder it is unpacked in, whatever the machine. */
export const isEntryName = (name: string): boolean => name.length <= LONGEST_NAME && NAME.test(name)

const put = (block: Uint8Array, at: number, text: string): void => block.set(new TextEncoder().encode(text), at)
const octal = (n: number, digits: number): string => n.toString(8).padStart(digits, '0')
const sumOf = (block: Uint8Array): number =>
  block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)

/** `size` in bytes; `mtime` in seconds since 1970. */
export const headerOf = (name: string, size: number, mtime: number): Uint8Array => {
  assert(isEntryName(name), `${name} is no name for an entry of a backup`)
  assert(size >= 0 && size <= LARGEST_ENTRY, `${name}: ${size} bytes do not fit into an entry`)
  const block = new Uint8Array(BLOCK)
  put(block, 0, name)
  put(block, 100, '0000600\0')
  put(block, 108, '0000000\0')
  put(block, 116, '0000000\0')
  put(block, 124, `${octal(size, 11)}\0`)
  put(block, 136, `${octal(Math.max(0, mtime), 11)}\0`)
  put(block, 156, '0')
  put(block, 257, 'ustar\u000000')
  put(block, 148, `${octal(sumOf(block), 6)}\0 `)
  return block
}

export type Entry = { readonly name: string; readonly size: number }

const textAt = (block: Uint8Array, from: number, length: number): string => {
  const field = block.subarray(from, from + length)
  const end = field.indexOf(0)
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end))
}

/** Null: the end of the archive (a block of zeros). The error says what is wrong with the block. */
export const entryOf = (block: Uint8Array): Result<Entry | null, string> => {
  if (block.length !== BLOCK) return err('the archive ends in the middle of a header')
  if (block.every((byte) => byte === 0)) return ok(null)
  if (Number.parseInt(textAt(block, 148, 8).trim(), 8) !== sumOf(block)) return err('a header is damaged')
  const name = textAt(block, 0, LONGEST_NAME)
  const size = textAt(block, 124, 12).trim()
  if (!isEntryName(name)) return err('an entry has a name that no backup has')
  if (textAt(block, 156, 1) !== '0' || !/^[0-7]{1,11}$/.test(size)) return err(`${name}: is no plain file`)
  return ok({ name, size: Number.parseInt(size, 8) })
}

/** Zeros after an entry's bytes, up to the next block. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK
