import type { Prng } from '#core/base/prng.ts'
import type { PlaylogFs } from '#edge/shell/playlog-fs.ts'

/**
 * A disk in memory behind the play log's own seam. What was not synced may be lost at a power cut, in part or whole, or come back as
 * NUL blocks; names are durable in the order they were changed, up to some point; writes may be short. Full and failing on demand.
 */
export type Disk = {
  readonly fs: PlaylogFs
  /** Bytes of one file as they are now; null when it is not there. */
  readonly bytes: (path: string) => Uint8Array | null
  readonly fault: { kind: 'none' | 'full' | 'io'; chance: number; short: number }
  /** The power goes at this many changes from now; null: not during a change. */
  readonly cutAfter: { ops: number | null }
  /** What the cut leaves. */
  readonly cut: () => void
  /** The process is gone: its files are closed, and what it wrote is with the kernel. */
  readonly closeAll: () => void
  readonly openFiles: () => number
  readonly injected: { readonly full: number; readonly io: number; readonly short: number; readonly lostBytes: number }
}

/** The power is gone in the middle of a change. Has no `code`, so nobody takes it for a fault of the disk. */
export class PowerCut extends Error {
  constructor() {
    super('the power is gone')
  }
}

type File = {
  data: Uint8Array
  length: number
  /** So much of it survives a cut for certain. */
  synced: number
  /** What an unsynced truncation took away: it may come back. */
  shorn: Uint8Array | null
}
type Renaming = { readonly kind: 'set' | 'drop'; readonly path: string; readonly file: File | null }

const diskError = (code: string): Error => Object.assign(new Error(`${code}: simulated`), { code })

export const createDisk = (random: Prng): Disk => {
  const names = new Map<string, File>()
  const durable = new Map<string, File>()
  const renamings: Renaming[] = []
  const handles = new Map<number, File>()
  const fault: Disk['fault'] = { kind: 'none', chance: 0, short: 0 }
  const cutAfter: Disk['cutAfter'] = { ops: null }
  const injected = { full: 0, io: 0, short: 0, lostBytes: 0 }
  /** What a full disk has room for: only what was freed since it filled up. */
  const room = { bytes: 0, handle: 10 }

  const change = (): void => {
    if (cutAfter.ops !== null && cutAfter.ops-- <= 0) throw new PowerCut()
    if (fault.kind === 'io' && random.chance(fault.chance)) {
      injected.io += 1
      throw diskError('EIO')
    }
  }
  const fileAt = (path: string): File => {
    const file = names.get(path)
    if (file === undefined) throw diskError('ENOENT')
    return file
  }
  const fileOf = (fd: number): File => {
    const file = handles.get(fd)
    if (file === undefined) throw diskError('EBADF')
    return file
  }
  const setName = (path: string, file: File | null): void => {
    if (file === null) names.delete(path)
    else names.set(path, file)
    renamings.push({ kind: file === null ? 'drop' : 'set', path, file })
  }
  const allowed = (asked: number): number => {
    if (fault.kind !== 'full') return random.chance(fault.short) ? Math.max(1, random.below(asked)) : asked
    const fits = Math.min(asked, room.bytes)
    if (fits === 0) {
      injected.full += 1
      throw diskError('ENOSPC')
    }
    room.bytes -= fits
    return fits
  }

  const fs: PlaylogFs = {
    mkdir: () => {},
    list: (dir) => [...names.keys()].flatMap((p) => (p.startsWith(`${dir}/`) ? [p.slice(dir.length + 1)] : [])),
    size: (path) => fileAt(path).length,
    readAll: (path) => fileAt(path).data.slice(0, fileAt(path).length),
    readAt: (path, from, length) => fileAt(path).data.slice(from, Math.min(fileAt(path).length, from + length)),
    open: (path, how) => {
      const was = names.get(path)
      if (how === 'create' && was !== undefined) throw diskError('EEXIST')
      if (how === 'existing') fileAt(path)
      else change()
      const file = how === 'existing' ? fileAt(path) : { data: new Uint8Array(4096), length: 0, synced: 0, shorn: null }
      if (how !== 'existing') setName(path, file)
      room.handle += 1
      handles.set(room.handle, file)
      return room.handle
    },
    write: (fd, bytes, from, position) => {
      const file = fileOf(fd)
      const asked = bytes.length - from
      if (cutAfter.ops === 0) {
        // The cut comes in the middle of the write.
        put(file, bytes.subarray(from, from + random.below(asked + 1)), position)
      }
      change()
      const taken = allowed(asked)
      if (taken < asked) injected.short += 1
      put(file, bytes.subarray(from, from + taken), position)
      return taken
    },
    fdatasync: (fd) => {
      change()
      const file = fileOf(fd)
      file.synced = file.length
      file.shorn = null
    },
    ftruncate: (fd, length) => {
      change()
      const file = fileOf(fd)
      if (length < file.synced) {
        file.shorn = file.data.slice(length, file.synced)
        file.synced = length
      }
      file.length = length
    },
    close: (fd) => {
      if (!handles.delete(fd)) throw diskError('EBADF')
    },
    rename: (from, to) => {
      change()
      const file = fileAt(from)
      setName(to, file)
      setName(from, null)
    },
    unlink: (path) => {
      const file = fileAt(path)
      change()
      if (fault.kind === 'full') room.bytes += file.length
      setName(path, null)
    },
    syncDir: () => {
      change()
      for (const one of renamings.splice(0)) apply(durable, one)
    },
  }

  const cut = (): void => {
    cutAfter.ops = null
    handles.clear()
    const changes = renamings.splice(0)
    for (const one of changes.slice(0, random.below(changes.length + 1))) apply(durable, one)
    names.clear()
    for (const [path, file] of durable) names.set(path, file)
    for (const file of new Set(durable.values())) injected.lostBytes += forget(file, random)
  }
  return {
    fs,
    bytes: (path) => {
      const file = names.get(path)
      return file === undefined ? null : file.data.subarray(0, file.length)
    },
    fault,
    cutAfter,
    cut,
    closeAll: () => handles.clear(),
    openFiles: () => handles.size,
    injected,
  }
}

const apply = (map: Map<string, File>, { kind, path, file }: Renaming): void => {
  if (kind === 'drop' || file === null) map.delete(path)
  else map.set(path, file)
}

const put = (file: File, bytes: Uint8Array, position: number): void => {
  const end = position + bytes.length
  if (end > file.data.length) {
    const grown = new Uint8Array(Math.max(end, file.data.length * 2))
    grown.set(file.data.subarray(0, file.length))
    file.data = grown
  }
  file.data.set(bytes, position)
  file.length = Math.max(file.length, end)
  file.synced = Math.min(file.synced, position)
}

/** What a cut makes of the unsynced end of a file: part of it, all of it, none of it, or blocks that were never filled. */
const forget = (file: File, random: Prng): number => {
  const tail = file.length - file.synced
  if (file.shorn !== null && random.chance(0.5)) {
    put(file, file.shorn, file.synced)
    file.length = file.synced + file.shorn.length
  } else if (tail > 0) {
    const kept = random.below(tail + 1)
    if (random.chance(0.25)) file.data.fill(0, file.synced + kept, file.length)
    else file.length = file.synced + kept
  }
  file.shorn = null
  const lost = Math.max(0, tail - (file.length - file.synced))
  file.synced = file.length
  return lost
}
