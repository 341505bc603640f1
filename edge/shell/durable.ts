import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** The file operations behind a file that is replaced whole, one by one, so that a test can fail the n-th of them. All throw as node:fs does. */
export type DurableFs = {
  readonly exists: (path: string) => boolean
  readonly readAll: (path: string) => Uint8Array
  /** For writing, empty; made when it is not there. */
  readonly openNew: (path: string, mode: number) => number
  /** May write less than asked; says how much. */
  readonly write: (fd: number, bytes: Uint8Array, from: number, position: number) => number
  readonly fsync: (fd: number) => void
  readonly close: (fd: number) => void
  readonly rename: (from: string, to: string) => void
  /** A second name for the same file. */
  readonly link: (from: string, to: string) => void
  /** Nothing when it is not there. */
  readonly remove: (path: string) => void
  readonly syncDir: (folder: string) => void
}

export const realDurableFs: DurableFs = {
  exists: (path) => existsSync(path),
  readAll: (path) => readFileSync(path),
  openNew: (path, mode) => openSync(path, 'w', mode),
  write: (fd, bytes, from, position) => writeSync(fd, bytes, from, bytes.length - from, position),
  fsync: (fd) => fsyncSync(fd),
  close: (fd) => closeSync(fd),
  rename: (from, to) => renameSync(from, to),
  link: (from, to) => linkSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
  syncDir: (folder) => {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
}

/**
 * Replaces a file so that a power cut leaves the old one or the new one, never a torn one: write beside it, fsync, rename, fsync the
 * folder. (lowdb's own adapter does not fsync and lost acknowledged writes in 10 of 10 power cuts of a virtual machine.) Throws what the
 * file system says.
 */
export const replaceFile = (path: string, data: string | Uint8Array, mode: number, fs = realDurableFs): void => {
  const temporary = `${path}.new`
  const fd = fs.openNew(temporary, mode)
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data
    for (let at = 0; at < bytes.length; ) {
      const wrote = fs.write(fd, bytes, at, at)
      if (wrote <= 0) throw Object.assign(new Error('the disk took no bytes'), { code: 'EIO' })
      at += wrote
    }
    fs.fsync(fd)
  } finally {
    fs.close(fd)
  }
  fs.rename(temporary, path)
  fs.syncDir(dirname(path))
}

/** Makes names in a folder (created, renamed, removed) survive a power cut. */
export const syncFolder = (folder: string): void => realDurableFs.syncDir(folder)
