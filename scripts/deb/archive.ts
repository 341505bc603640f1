/**
 * tar and ar as far as a Debian package needs them: entries in the order given, one owner, one time, no name of this computer. Written here so
 * that the same tree gives the same bytes on every machine, whatever tools it has.
 */
export type Entry = {
  /** Without a leading `/`; folders without a trailing one. */
  readonly path: string
} & (
  | { readonly is: 'file'; readonly mode: number; readonly bytes: () => Buffer }
  | { readonly is: 'folder'; readonly mode: number }
  | { readonly is: 'link'; readonly to: string }
)

const BLOCK = 512
const NAME_BYTES = 100
const PREFIX_BYTES = 155
const AR_MAGIC = '!<arch>\n'

/** Of ustar: a path of up to 255 bytes stands in two fields, cut at a `/`. Throws where that cannot be. */
const splitPath = (path: string): { readonly name: string; readonly prefix: string } => {
  if (Buffer.byteLength(path) <= NAME_BYTES) return { name: path, prefix: '' }
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const prefix = path.slice(0, at)
    const name = path.slice(at + 1)
    if (name !== '' && Buffer.byteLength(name) <= NAME_BYTES && Buffer.byteLength(prefix) <= PREFIX_BYTES)
      return { name, prefix }
  }
  throw new Error(`${path}: longer than a tar archive can say`)
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`

const header = (
  entry: Entry,
  of: { readonly path: string; readonly size: number; readonly seconds: number },
): Buffer => {
  const block = Buffer.alloc(BLOCK)
  const { name, prefix } = splitPath(of.path)
  const link = entry.is === 'link' ? entry.to : ''
  if (Buffer.byteLength(link) > NAME_BYTES) throw new Error(`${entry.path}: its target is longer than tar can say`)
  block.write(name, 0)
  block.write(octal(entry.is === 'link' ? 0o777 : entry.mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(of.size, 12), 124)
  block.write(octal(of.seconds, 12), 136)
  block.write(' '.repeat(8), 148)
  block.write(entry.is === 'file' ? '0' : entry.is === 'folder' ? '5' : '2', 156)
  block.write(link, 157)
  block.write('ustar\x0000root', 257)
  block.write('root', 297)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** `seconds`: the time of every entry, since 1970. */
export const tar = (entries: readonly Entry[], seconds: number): Buffer => {
  const parts: Buffer[] = []
  for (const entry of entries) {
    const bytes = entry.is === 'file' ? entry.bytes() : Buffer.alloc(0)
    const path = `./${entry.path}${entry.is === 'folder' && entry.path !== '' ? '/' : ''}`
    parts.push(header(entry, { path, size: bytes.length, seconds }), bytes)
    parts.push(Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK))
  }
  parts.push(Buffer.alloc(2 * BLOCK))
  return Buffer.concat(parts)
}

export const ar = (members: readonly { readonly name: string; readonly bytes: Buffer }[], seconds: number): Buffer =>
  Buffer.concat([
    Buffer.from(AR_MAGIC),
    ...members.flatMap(({ name, bytes }) => [
      Buffer.from(
        `${name.padEnd(16)}${String(seconds).padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
      ),
      bytes,
      Buffer.from(bytes.length % 2 === 1 ? '\n' : ''),
    ]),
  ])
