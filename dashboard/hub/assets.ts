import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, mkdirSync, type ReadStream, readdirSync, rmSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'

export type StoredFile = { readonly sha256: string; readonly bytes: number; readonly mime: string }
export type AssetFault = 'too-big' | 'unknown-format' | 'empty'

/** Files by the SHA-256 of their bytes: what a name stands for can never change. */
export type AssetFiles = {
  /** Writes, hashes, flushes to disk, then gives it its name. Nothing is left behind when it fails. */
  readonly put: (chunks: AsyncIterable<Uint8Array>, mostBytes: number) => Promise<Result<StoredFile, AssetFault>>
  /** Both ends included. */
  readonly read: (sha256: string, from: number, to: number) => ReadStream
  readonly has: (sha256: string) => Promise<boolean>
  /** Only of what nothing names any more; a file that is not there is no fault. */
  readonly remove: (sha256: string) => Promise<void>
}

const HEAD_BYTES = 16
const ascii = (head: Uint8Array, from: number, to: number) => Buffer.from(head.subarray(from, to)).toString('latin1')

/** What the first bytes say it is; a file's name and the browser's claim are not asked. */
export const sniffMime = (head: Uint8Array): string | null => {
  if (ascii(head, 0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png'
  if (ascii(head, 0, 3) === '\xff\xd8\xff') return 'image/jpeg'
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'image/webp'
  if (ascii(head, 4, 8) === 'ftyp') return 'video/mp4'
  if (ascii(head, 0, 4) === '\x1a\x45\xdf\xa3') return 'video/webm'
  return null
}

export const openAssets = (dir: string): AssetFiles => {
  mkdirSync(dir, { recursive: true, mode: 0o750 })
  // Uploads that a crash cut off have no name yet and nobody waits for them.
  for (const name of readdirSync(dir)) if (name.startsWith('.part-')) rmSync(join(dir, name))
  const pathOf = (sha256: string) => join(dir, sha256)
  const has = async (sha256: string) => (await stat(pathOf(sha256)).catch(() => null)) !== null
  const put: AssetFiles['put'] = async (chunks, mostBytes) => {
    const part = join(dir, `.part-${randomUUID()}`)
    const file = await open(part, 'wx', 0o640)
    try {
      const hash = createHash('sha256')
      let bytes = 0
      let head = new Uint8Array()
      for await (const chunk of chunks) {
        bytes += chunk.length
        if (bytes > mostBytes) return err('too-big')
        if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
        hash.update(chunk)
        await file.write(chunk)
      }
      const mime = sniffMime(head)
      if (bytes === 0) return err('empty')
      if (mime === null) return err('unknown-format')
      await file.sync()
      const sha256 = hash.digest('hex')
      await rename(part, pathOf(sha256))
      const folder = await open(dir, 'r')
      await folder.sync().finally(() => folder.close())
      return ok({ sha256, bytes, mime })
    } finally {
      await file.close()
      await rm(part, { force: true })
    }
  }
  const remove: AssetFiles['remove'] = (sha256) => rm(pathOf(sha256), { force: true })
  return { put, has, remove, read: (sha256, from, to) => createReadStream(pathOf(sha256), { start: from, end: to }) }
}

/** A small file as a whole; null when it is not here, or larger than this. */
export const readWhole = async (files: AssetFiles, sha256: string, mostBytes: number): Promise<Uint8Array | null> => {
  if (!(await files.has(sha256))) return null
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of files.read(sha256, 0, mostBytes)) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > mostBytes) return null
    chunks.push(piece)
  }
  return Buffer.concat(chunks)
}
