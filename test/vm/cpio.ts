/** One entry of an initial root file system. `mode` has no type bits; folders above an entry come before it. */
export type CpioEntry =
  | { readonly is: 'folder'; readonly path: string }
  | { readonly is: 'file'; readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly is: 'link'; readonly path: string; readonly to: string }

const TYPE = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const
const pad4 = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4)

const record = (path: string, mode: number, bytes: Uint8Array, inode: number): readonly Uint8Array[] => {
  const name = Buffer.from(`${path}\0`)
  // magic; inode, mode, uid, gid, links, mtime, size, device ×2, special device ×2, name size, checksum
  const fields = [inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length, 0]
  const head = Buffer.from(`070701${fields.map((n) => n.toString(16).padStart(8, '0')).join('')}`)
  return [head, name, pad4(head.length + name.length), bytes, pad4(bytes.length)]
}

/** A `newc` archive, the form the kernel unpacks at boot, in pieces to be written one after the other. Missing folders are added. */
export const cpio = (entries: readonly CpioEntry[]): readonly Uint8Array[] => {
  const made = new Set<string>()
  const parts: Uint8Array[] = []
  const add = (path: string, mode: number, bytes: Uint8Array): void => {
    made.add(path)
    parts.push(...record(path, mode, bytes, made.size))
  }
  const folders = (path: string): void => {
    const steps = path.split('/')
    for (let depth = 1; depth < steps.length; depth++) {
      const above = steps.slice(0, depth).join('/')
      if (!made.has(above)) add(above, TYPE.folder | 0o755, new Uint8Array())
    }
  }
  for (const entry of entries) {
    const path = entry.path.replace(/^\/+/, '')
    if (made.has(path)) continue
    folders(path)
    if (entry.is === 'folder') add(path, TYPE.folder | 0o755, new Uint8Array())
    else if (entry.is === 'file') add(path, TYPE.file | entry.mode, entry.bytes)
    else add(path, TYPE.link | 0o777, Buffer.from(entry.to))
  }
  parts.push(...record('TRAILER!!!', 0, new Uint8Array(), 0))
  return parts
}
