import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tell } from './words.ts'

/**
 * Loaded before the daemon (`--import`): tells the host, over the serial console, every record of the play log the moment after the
 * `fdatasync` that made it durable came back. From then on it is acknowledged, and no cut may take it away. Nothing else is changed.
 */
const LINE = /^\{"seq":(\d+),.*,"sum":"([0-9a-f]{16})"\}$/

const written = new Map<number, Buffer[]>()
const write = fs.writeSync.bind(fs)
const sync = fs.fdatasyncSync.bind(fs)
const close = fs.closeSync.bind(fs)
const truncate = fs.ftruncateSync.bind(fs)

const patched = fs as unknown as {
  writeSync: (fd: number, bytes: Uint8Array | string, from: number, length: number, position: number) => number
  fdatasyncSync: (fd: number) => void
  closeSync: (fd: number) => void
  ftruncateSync: (fd: number, length: number) => void
}
patched.writeSync = (fd, bytes, from, length, position) => {
  const done = write(fd, bytes as Uint8Array, from, length, position)
  // The console itself, and texts of others, are not of the log.
  if (fd > 2 && typeof bytes !== 'string') {
    const kept = written.get(fd) ?? []
    kept.push(Buffer.from(bytes.subarray(from, from + done)))
    written.set(fd, kept)
  }
  return done
}
patched.fdatasyncSync = (fd) => {
  sync(fd)
  const kept = written.get(fd)
  written.delete(fd)
  if (kept === undefined) return
  const records = Buffer.concat(kept)
    .toString('utf8')
    .split('\n')
    .flatMap((line): readonly (readonly [number, string])[] => {
      const match = LINE.exec(line)
      return match?.[2] === undefined ? [] : [[Number(match[1]), match[2]]]
    })
  if (records.length > 0) tell({ durable: records })
}
patched.closeSync = (fd) => {
  written.delete(fd)
  close(fd)
}
patched.ftruncateSync = (fd, length) => {
  written.delete(fd)
  truncate(fd, length)
}
syncBuiltinESMExports()
