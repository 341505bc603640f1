import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Hasher, Read, Source } from '#core/backup/archive.ts'

/** What `core/backup` asks of a machine. All throw as node:fs does. */
const CHUNK = 1_048_576

export const hasher: Hasher = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

/** Gives the file's bytes as they are asked for; `act` runs while it is open. */
export const reading = <T>(path: string, act: (read: Read) => T): T => {
  const fd = openSync(path, 'r')
  try {
    return act((at, length) => {
      const bytes = new Uint8Array(length)
      return bytes.subarray(0, readSync(fd, bytes, 0, length, at))
    })
  } finally {
    closeSync(fd)
  }
}

function* chunksOf(path: string, bytes: number): Generator<Uint8Array> {
  const fd = openSync(path, 'r')
  try {
    for (let at = 0; at < bytes; ) {
      const chunk = new Uint8Array(Math.min(CHUNK, bytes - at))
      const got = readSync(fd, chunk, 0, chunk.length, at)
      if (got === 0) return
      at += got
      yield chunk.subarray(0, got)
    }
  } finally {
    closeSync(fd)
  }
}

/** A file as it is now: what is written behind its end meanwhile is not in it. */
export const sourceOf = (name: string, path: string): Source => {
  const bytes = statSync(path).size
  return { name, bytes, chunks: () => chunksOf(path, bytes) }
}
export const textSource = (name: string, text: string): Source => {
  const bytes = new TextEncoder().encode(text)
  return { name, bytes: bytes.length, chunks: () => [bytes] }
}

/** Written beside it, flushed, then given its name (mode 0600): there is never half a backup under the name of one. */
export const writeArchive = <T>(path: string, pieces: Generator<Uint8Array, T>): T => {
  const part = `${path}.part`
  const fd = openSync(part, 'w', 0o600)
  try {
    for (;;) {
      const next = pieces.next()
      if (next.done === true) {
        fsyncSync(fd)
        renameSync(part, path)
        return next.value
      }
      writeAll(fd, next.value)
    }
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
}

const writeAll = (fd: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

/** Takes the files of an archive as they are read, and puts them below a folder. One at a time is open. */
export const writer = (folder: string) => {
  const open = { name: '', fd: -1 }
  const shut = (): void => {
    if (open.fd === -1) return
    fsyncSync(open.fd)
    closeSync(open.fd)
    open.fd = -1
  }
  return {
    take: (name: string, bytes: Uint8Array, last: boolean): void => {
      if (open.name !== name) {
        shut()
        const path = join(folder, name)
        mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
        Object.assign(open, { name, fd: openSync(path, 'wx', 0o640) })
      }
      writeAll(open.fd, bytes)
      if (last) shut()
    },
    shut,
  }
}
