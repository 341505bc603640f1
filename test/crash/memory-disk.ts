import type { DurableFs } from '#edge/shell/durable.ts'
import type { PlaylogFs } from '#edge/shell/playlog-fs.ts'

/**
 * A disk in memory that knows what a power cut would take: data counts from `fdatasync` on, names from `syncDir` on. Every operation that
 * changes something passes `before`, which may fail it, shorten it or cut the power: that is how the n-th of them is tried for every n.
 */
export type DiskOperation =
  | 'open'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'rename'
  | 'unlink'
  | 'link'
  | 'syncDir'
  | 'close'
  | 'read'
  | 'list'
export type Fate = 'fine' | 'EIO' | 'ENOSPC' | 'short' | 'cut'

/** The power is gone in the middle of an operation. No file error: whoever holds it must not carry on. */
export class PowerCut extends Error {}

/** The bytes of a buffer never change: a write makes a new one, so that copies of a disk share what they do not change. */
type Inode = { live: Buffer; stable: Buffer }

export type MemoryDisk = PlaylogFs &
  DurableFs & {
    /** Power off and on. `worst`: only what was synced is there. `names`: names are there as they were, data only where it was synced. */
    readonly cut: (how: 'worst' | 'names') => void
    readonly clone: () => MemoryDisk
    /** Asked before each operation; stands until it is set again. */
    before: (operation: DiskOperation, path: string) => Fate
    readonly file: (path: string) => Buffer | null
    readonly put: (path: string, bytes: Uint8Array) => void
    readonly paths: () => readonly string[]
  }

const fail = (code: string, path: string): never => {
  throw Object.assign(new Error(`${code}: ${path}`), { code })
}
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

export const memoryDisk = (): MemoryDisk => build(new Map(), new Map())

const build = (names: Map<string, Inode>, stableNames: Map<string, Inode>): MemoryDisk => {
  const open = new Map<number, { readonly inode: Inode; readonly path: string }>()
  const state = { fd: 10, off: false }
  /** True: only half of it is to be done. */
  const ask = (operation: DiskOperation, path: string): Fate => {
    if (state.off) throw new PowerCut()
    const fate = disk.before(operation, path)
    if (fate === 'cut') {
      state.off = true
      throw new PowerCut()
    }
    if (fate === 'EIO' || fate === 'ENOSPC') return operation === 'write' ? fate : fail(fate, path)
    return fate
  }
  const must = (path: string): Inode => names.get(path) ?? fail('ENOENT', path)
  const of = (fd: number) => open.get(fd) ?? fail('EBADF', String(fd))
  const opened = (path: string, inode: Inode): number => {
    names.set(path, inode)
    state.fd++
    open.set(state.fd, { inode, path })
    return state.fd
  }
  const replaced = (path: string): number => {
    const inode = names.get(path) ?? { live: Buffer.alloc(0), stable: Buffer.alloc(0) }
    inode.live = Buffer.alloc(0)
    return opened(path, inode)
  }
  const sync = (fd: number): void => {
    const { inode, path } = of(fd)
    ask('sync', path)
    inode.stable = inode.live
  }
  const unlink = (path: string): void => {
    ask('unlink', path)
    must(path)
    names.delete(path)
  }
  const disk: MemoryDisk = {
    before: () => 'fine',
    mkdir: () => undefined,
    list: (dir) => {
      ask('list', dir)
      return [...names.keys()].filter((path) => folderOf(path) === dir).map((path) => path.slice(dir.length + 1))
    },
    exists: (path) => names.has(path),
    size: (path) => must(path).live.length,
    readAll: (path) => {
      ask('read', path)
      return Buffer.from(must(path).live)
    },
    readAt: (path, from, length) => {
      ask('read', path)
      return Buffer.from(must(path).live.subarray(from, from + length))
    },
    open: (path, how) => {
      ask('open', path)
      if (how === 'create' && names.has(path)) return fail('EEXIST', path)
      const fd = how === 'replace' || how === 'create' ? replaced(path) : opened(path, must(path))
      return fd
    },
    openNew: (path) => {
      ask('open', path)
      const fd = replaced(path)
      return fd
    },
    write: (fd, bytes, from, position) => {
      const { inode, path } = of(fd)
      const fate = ask('write', path)
      const whole = bytes.length - from
      const length = fate === 'fine' ? whole : Math.ceil(whole / 2)
      const live = Buffer.alloc(Math.max(inode.live.length, position + length))
      inode.live.copy(live)
      live.set(bytes.subarray(from, from + length), position)
      inode.live = live
      // Half of what failed has reached the file.
      if (fate === 'EIO' || fate === 'ENOSPC') return fail(fate, path)
      return length
    },
    fdatasync: sync,
    fsync: sync,
    ftruncate: (fd, length) => {
      const { inode, path } = of(fd)
      ask('truncate', path)
      inode.live = Buffer.from(inode.live.subarray(0, length))
    },
    close: (fd) => {
      const { path } = of(fd)
      open.delete(fd)
      ask('close', path)
    },
    rename: (from, to) => {
      ask('rename', to)
      names.set(to, must(from))
      names.delete(from)
    },
    link: (from, to) => {
      ask('link', to)
      if (names.has(to)) fail('EEXIST', to)
      names.set(to, must(from))
    },
    unlink,
    remove: (path) => {
      if (names.has(path)) unlink(path)
    },
    syncDir: (dir) => {
      ask('syncDir', dir)
      for (const path of [...stableNames.keys()])
        if (folderOf(path) === dir && !names.has(path)) stableNames.delete(path)
      for (const [path, inode] of names) if (folderOf(path) === dir) stableNames.set(path, inode)
    },
    cut: (how) => {
      if (how === 'worst') {
        names.clear()
        for (const [path, inode] of stableNames) names.set(path, inode)
      }
      for (const inode of names.values()) inode.live = inode.stable
      stableNames.clear()
      for (const [path, inode] of names) stableNames.set(path, inode)
      open.clear()
      state.off = false
    },
    clone: () => {
      const copies = new Map<Inode, Inode>()
      const copy = (inode: Inode): Inode => {
        const known = copies.get(inode) ?? { ...inode }
        copies.set(inode, known)
        return known
      }
      const all = (from: ReadonlyMap<string, Inode>) => new Map([...from].map(([path, inode]) => [path, copy(inode)]))
      return build(all(names), all(stableNames))
    },
    file: (path) => names.get(path)?.live ?? null,
    put: (path, bytes) => {
      const inode = { live: Buffer.from(bytes), stable: Buffer.from(bytes) }
      names.set(path, inode)
      stableNames.set(path, inode)
    },
    paths: () => [...names.keys()],
  }
  return disk
}
