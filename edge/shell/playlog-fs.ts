import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { err, ok, type Result } from '#core/base/result.ts'

/** The file operations of the play log, one by one, so that a test can fail the n-th of them for every n. All throw as node:fs does. */
export type PlaylogFs = {
  readonly mkdir: (dir: string) => void
  readonly list: (dir: string) => readonly string[]
  readonly size: (path: string) => number
  readonly readAll: (path: string) => Uint8Array
  readonly readAt: (path: string, from: number, length: number) => Uint8Array
  /** Read and write; `create` refuses a file that exists. */
  readonly open: (path: string, how: 'existing' | 'create' | 'replace') => number
  /** May write less than asked; says how much. */
  readonly write: (fd: number, bytes: Uint8Array, from: number, position: number) => number
  readonly fdatasync: (fd: number) => void
  readonly ftruncate: (fd: number, length: number) => void
  readonly close: (fd: number) => void
  readonly rename: (from: string, to: string) => void
  readonly unlink: (path: string) => void
  readonly syncDir: (dir: string) => void
}

const FLAGS = { existing: 'r+', create: 'wx+', replace: 'w+' } as const

export const realFs: PlaylogFs = {
  mkdir: (dir) => {
    mkdirSync(dir, { recursive: true, mode: 0o750 })
  },
  list: (dir) => readdirSync(dir),
  size: (path) => statSync(path).size,
  readAll: (path) => readFileSync(path),
  readAt: (path, from, length) => {
    const fd = openSync(path, 'r')
    try {
      const bytes = new Uint8Array(length)
      return bytes.subarray(0, readSync(fd, bytes, 0, length, from))
    } finally {
      closeSync(fd)
    }
  },
  open: (path, how) => openSync(path, FLAGS[how], 0o640),
  write: (fd, bytes, from, position) => writeSync(fd, bytes, from, bytes.length - from, position),
  fdatasync: (fd) => fdatasyncSync(fd),
  ftruncate: (fd, length) => ftruncateSync(fd, length),
  close: (fd) => closeSync(fd),
  rename: (from, to) => renameSync(from, to),
  unlink: (path) => unlinkSync(path),
  syncDir: (dir) => {
    const fd = openSync(dir, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
}

export type DiskFault = { readonly kind: 'disk-full' | 'io'; readonly detail: string }

/** Runs file operations; what the disk did to us is a value, anything that is no file error is thrown on. */
export const tryDisk = <T>(what: string, act: () => T): Result<T, DiskFault> => {
  try {
    return ok(act())
  } catch (error) {
    return err(diskFault(what, error))
  }
}

export const diskFault = (what: string, error: unknown): DiskFault => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string') throw error
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return { kind: full ? 'disk-full' : 'io', detail: `${what}: ${error instanceof Error ? error.message : code}` }
}

/** Writes all of it at `position`, however little each write takes. */
export const writeAll = (fs: PlaylogFs, fd: number, bytes: Uint8Array, position: number): void => {
  let done = 0
  while (done < bytes.length) {
    const wrote = fs.write(fd, bytes, done, position + done)
    if (wrote <= 0) throw Object.assign(new Error('the disk took no bytes'), { code: 'EIO' })
    done += wrote
  }
}

/** Replaces a small file whole: new file, fdatasync, rename, folder synced. */
export const replaceFile = (fs: PlaylogFs, dir: string, name: string, bytes: Uint8Array): void => {
  const draft = `${dir}/${name}.tmp`
  const fd = fs.open(draft, 'replace')
  try {
    writeAll(fs, fd, bytes, 0)
    fs.fdatasync(fd)
  } finally {
    fs.close(fd)
  }
  fs.rename(draft, `${dir}/${name}`)
  fs.syncDir(dir)
}
