import { assert } from '#core/base/result.ts'

/** One file of an archive. `name`: relative, at most 100 bytes. */
export type TarFile = { readonly name: string; readonly bytes: Uint8Array }

const BLOCK = 512
const MOST_NAME = 100
const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`

const header = (file: TarFile, seconds: number): Buffer => {
  assert(Buffer.byteLength(file.name) <= MOST_NAME, `${file.name} is too long a name for a tar header`)
  const block = Buffer.alloc(BLOCK)
  const put = (text: string, at: number): void => void block.write(text, at, 'utf8')
  put(file.name, 0)
  put(octal(0o600, 8), 100)
  put(octal(0, 8), 108)
  put(octal(0, 8), 116)
  put(octal(file.bytes.length, 12), 124)
  put(octal(seconds, 12), 136)
  put(' '.repeat(8), 148)
  put('0', 156)
  put('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** A tar archive (POSIX ustar) of plain files, all of `seconds` since 1970, readable by their owner. */
export const tarOf = (files: readonly TarFile[], seconds: number): Buffer => {
  const blocks = files.flatMap((file) => {
    const rest = file.bytes.length % BLOCK
    return [header(file, seconds), Buffer.from(file.bytes), Buffer.alloc(rest === 0 ? 0 : BLOCK - rest)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}
