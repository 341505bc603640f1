import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { readTail } from '#core/evidence/chain.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { PlaylogFs } from './playlog-fs.ts'
import { LONGEST_SEGMENT, parseRecord, type Segment } from './playlog-segments.ts'

/** Read at once, bytes; what is held of a segment while it is gone through is a small multiple of this. */
const CHUNK = 262_144
/** No whole line in so many bytes: hostile or damaged. */
const LONGEST_UNFINISHED = 8 * CHUNK

type Damage = (why: string) => void

/**
 * The whole lines of a segment, some hundred at a time and with a turn of the event loop between, so that a day of 30 MB is gone through
 * beside the daemon's work and without its memory. What cannot be read ends it; `damage` is told why.
 */
export async function* streamLines(
  fs: PlaylogFs,
  path: string,
  of: { readonly gz: boolean; readonly damage: Damage },
): AsyncGenerator<readonly string[]> {
  let rest: Uint8Array = new Uint8Array(0)
  try {
    for await (const chunk of of.gz ? unpacked(fs, path) : plain(fs, path)) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const tail = readTail(bytes)
      rest = bytes.subarray(tail.wholeBytes)
      if (rest.length > LONGEST_UNFINISHED) return of.damage(`no line ends within ${LONGEST_UNFINISHED} bytes`)
      if (tail.wholeLines.length > 0) yield tail.wholeLines
      await new Promise((resolve) => setImmediate(resolve))
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    of.damage(error.message)
  }
}

async function* plain(fs: PlaylogFs, path: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const bytes = fs.readAt(path, at, CHUNK)
    if (bytes.length === 0) return
    at += bytes.length
    yield bytes
  }
}

async function* unpacked(fs: PlaylogFs, path: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK })
  const source = Readable.from(plain(fs, path))
  source.on('error', (error) => gunzip.destroy(error))
  let total = 0
  for await (const chunk of source.pipe(gunzip)) {
    total += (chunk as Buffer).length
    if (total > LONGEST_SEGMENT)
      throw Object.assign(new Error('unpacks to more than a day can hold'), { code: 'EFBIG' })
    yield chunk as Buffer
  }
}

/** The same as records; a line that is none is passed over (`verify` is who says so). */
export async function* streamRecords(
  fs: PlaylogFs,
  dir: string,
  segments: readonly Segment[],
): AsyncGenerator<readonly EvidenceRecord[]> {
  for (const segment of segments)
    for await (const lines of streamLines(fs, `${dir}/${segment.file}`, { gz: segment.gz, damage: () => undefined }))
      yield lines.flatMap((line) => parseRecord(line) ?? [])
}
