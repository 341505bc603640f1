import { type Static, Type } from 'typebox'
import { parseDocument } from '../base/check.ts'
import { assert, err, type Result } from '../base/result.ts'
import { BLOCK, entryOf, headerOf, paddingOf } from './tar.ts'

const Strict = { additionalProperties: false } as const
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Count = Type.Integer({ minimum: 0 })

/** What is in a backup. Stands first in it; every other entry is named here with its size and its SHA-256. */
export const Manifest = Type.Object(
  {
    format: Type.Literal('bangtin-backup/1'),
    kind: Type.Enum(['hub', 'edge']),
    /** The cluster, or `hub`. */
    of: Type.String({ maxLength: 64 }),
    version: Type.String({ maxLength: 64 }),
    /** Wall clock of the machine, ms. */
    madeAt: Count,
    files: Type.Array(Type.Object({ name: Type.String({ maxLength: 100 }), bytes: Count, sha256: Hash }, Strict), {
      maxItems: 100_000,
    }),
    /** Files by the hash of their bytes that are beside the archive, in a folder that several backups share. */
    assets: Type.Array(Type.Object({ sha256: Hash, bytes: Count }, Strict), { maxItems: 1_000_000 }),
    /** What was left out, and why, for the one who restores. */
    left: Type.Array(Type.String({ maxLength: 500 }), { maxItems: 100 }),
    /** Where the evidence stood. */
    head: Type.Union([Type.Object({ seq: Type.Integer(), hash: Type.String({ maxLength: 64 }) }, Strict), Type.Null()]),
  },
  Strict,
)
export type Manifest = Static<typeof Manifest>

/** One file that goes in. `chunks` is read twice and must give the same bytes both times. */
export type Source = { readonly name: string; readonly bytes: number; readonly chunks: () => Iterable<Uint8Array> }
export type Hasher = () => { readonly update: (bytes: Uint8Array) => void; readonly hex: () => string }

const MANIFEST = 'manifest.json'
/** Stands last: the hash of the manifest, in the form that `sha256sum -c` takes. */
const SEAL = 'manifest.sha256'
const MOST_MANIFEST = 64 * 1024 * 1024
const CHUNK = 1_048_576

/** The archive, piece by piece. Throws when a file changed between the two readings: such a backup is not given a name. */
export function* packed(
  about: Omit<Manifest, 'format' | 'files'>,
  sources: readonly Source[],
  hasher: Hasher,
): Generator<Uint8Array, Manifest> {
  const files = sources.map(({ name, bytes, chunks }) => ({ name, bytes, sha256: hashOf(chunks(), hasher) }))
  const manifest: Manifest = { format: 'bangtin-backup/1', ...about, files }
  const mtime = Math.floor(about.madeAt / 1000)
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`)
  yield headerOf(MANIFEST, text.length, mtime)
  yield text
  yield new Uint8Array(paddingOf(text.length))
  for (const [at, source] of sources.entries()) {
    yield headerOf(source.name, source.bytes, mtime)
    const hash = hasher()
    let bytes = 0
    for (const chunk of source.chunks()) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
    if (bytes !== source.bytes || hash.hex() !== files[at]?.sha256)
      throw new Error(`${source.name} changed while it was read`)
    yield new Uint8Array(paddingOf(bytes))
  }
  const seal = sealOf(text, hasher)
  yield headerOf(SEAL, seal.length, mtime)
  yield seal
  yield new Uint8Array(paddingOf(seal.length))
  yield new Uint8Array(2 * BLOCK)
  return manifest
}

const sealOf = (manifest: Uint8Array, hasher: Hasher): Uint8Array =>
  new TextEncoder().encode(`${hashOf([manifest], hasher)}  ${MANIFEST}\n`)

const hashOf = (chunks: Iterable<Uint8Array>, hasher: Hasher): string => {
  const hash = hasher()
  for (const chunk of chunks) hash.update(chunk)
  return hash.hex()
}

/** The archive's bytes from an offset on; fewer at its end. */
export type Read = (at: number, length: number) => Uint8Array

/** The manifest alone: what an archive says it is, before all of it is read. */
export const manifestOf = (read: Read): Result<Manifest, string> => {
  const first = entryOf(read(0, BLOCK))
  if (!first.ok) return first
  if (first.value?.name !== MANIFEST || first.value.size > MOST_MANIFEST)
    return err('this is no backup of bangtin: it does not begin with a manifest')
  const parsed = parseDocument(Manifest, new TextDecoder().decode(read(BLOCK, first.value.size)))
  if (parsed.ok) return parsed
  return err(`manifest.json: ${parsed.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`)
}

/**
 * Reads all of it and compares it with its manifest: every file is there once, with its size and its hash, and nothing else. `each` gets the
 * bytes as they are read; they count only when all of it was found good, so whoever restores reads twice.
 */
export const unpack = (
  read: Read,
  hasher: Hasher,
  each: (name: string, bytes: Uint8Array, last: boolean) => void,
): Result<Manifest, readonly string[]> => {
  const manifest = manifestOf(read)
  if (!manifest.ok) return err([manifest.error])
  const wanted = new Map(manifest.value.files.map((file) => [file.name, file]))
  const faults: string[] = []
  const first = entryOf(read(0, BLOCK))
  assert(first.ok && first.value !== null, 'the manifest was read')
  const { size: length } = first.value
  const text = sealOf(read(BLOCK, length), hasher)
  const seal = { name: SEAL, bytes: text.length, sha256: hashOf([text], hasher) }
  wanted.set(SEAL, seal)
  let at = BLOCK + length + paddingOf(length)
  for (;;) {
    const entry = entryOf(read(at, BLOCK))
    if (!entry.ok) return err([...faults, entry.error])
    if (entry.value === null) break
    const { name, size } = entry.value
    const file = wanted.get(name)
    if (file === undefined) return err([...faults, `${name}: is not in the manifest, or twice in the archive`])
    wanted.delete(name)
    const tell = (bytes: Uint8Array, last: boolean) => void (file !== seal && each(name, bytes, last))
    const hash = contentHash(read, { at: at + BLOCK, size }, tell, hasher)
    if (hash === null) return err([...faults, `${name}: the archive ends in it`])
    if (size !== file.bytes || hash !== file.sha256) faults.push(`${name}: its bytes are not those of the manifest`)
    at += BLOCK + size + paddingOf(size)
  }
  faults.push(...[...wanted.keys()].map((name) => `${name}: is missing`))
  return faults.length === 0 ? manifest : err(faults)
}

const contentHash = (
  read: Read,
  span: { readonly at: number; readonly size: number },
  each: (bytes: Uint8Array, last: boolean) => void,
  hasher: Hasher,
): string | null => {
  const hash = hasher()
  let done = 0
  do {
    const bytes = read(span.at + done, Math.min(CHUNK, span.size - done))
    if (bytes.length === 0 && done < span.size) return null
    hash.update(bytes)
    done += bytes.length
    each(bytes, done >= span.size)
  } while (done < span.size)
  return hash.hex()
}
