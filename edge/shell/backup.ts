import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { type Hasher, type Manifest, manifestOf, packed, type Read, type Source, unpack } from '#core/backup/archive.ts'
import { isEntryName } from '#core/backup/tar.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { openLine } from '#core/evidence/chain.ts'
import { sha256 } from './crypto.ts'

/**
 * Back-up of one cluster's computer: its evidence, the approvals and aggregates that belong to it, its configuration. Not in it: the device
 * key (a copy would be a second device that says it is the first; a new one is enrolled with a code in minutes), the root key it pinned and
 * the snapshot (both come from the hub), pairing codes, the assets (the hub has them).
 */
export type EdgeBackup = {
  readonly site: string
  readonly dataDir: string
  readonly configFile: string
  /** Files that the configuration names, which have to be beside it. */
  readonly others: readonly string[]
  readonly out: string
  readonly version: string
  /** Wall clock, ms. */
  readonly now: number
}

const CHUNK = 1_048_576
const FOLDERS = ['plays', 'approvals', 'aggregates'] as const
const LEFT = [
  'device-key.pem: never copied; a new device is enrolled with a code · khóa thiết bị không sao chép',
  'root-key.json, snapshot.json, counters.json, assets/: come from the hub · lấy lại từ trung tâm',
  'pairing: made anew at the first start · mã ghép tạo lại khi khởi động',
]

export const hasher: Hasher = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

const withFile = <T>(path: string, act: (read: Read) => T): T => {
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

/** The day that is being written ends, in the backup, with its last whole line. */
const wholeLines = (path: string, size: number): number =>
  withFile(path, (read) => {
    for (let end = size; end > 0; ) {
      const from = Math.max(0, end - CHUNK)
      const at = read(from, end - from).lastIndexOf(0x0a)
      if (at !== -1) return from + at + 1
      end = from
    }
    return 0
  })

const sourceOf = (name: string, path: string): Source => {
  const size = statSync(path).size
  const bytes = name.startsWith('plays/') && name.endsWith('.jsonl') ? wholeLines(path, size) : size
  return { name, bytes, chunks: () => chunksOf(path, bytes) }
}

const filesBelow = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : []

/** Bytes that are there for a full disk, and files half written, are no evidence. */
const isPart = (path: string): boolean =>
  path.endsWith('.new') || path.endsWith('.part') || basename(path) === 'ballast.bin'

/** The daemon may be running. The error is one sentence for a person. */
export const backupEdge = (
  ask: EdgeBackup,
): Result<{ readonly manifest: Manifest; readonly bytes: number }, string> => {
  const { dataDir, out } = ask
  if (!existsSync(join(dataDir, 'plays'))) return err(`${dataDir}/plays: is not there · không có nhật ký`)
  if (existsSync(out)) return err(`${out}: is there already; a backup never replaces another · đã có tệp này`)
  try {
    const kept = FOLDERS.flatMap((folder) => filesBelow(join(dataDir, folder)))
      .filter((path) => !isPart(path))
      .map((path) => ({ name: relative(dataDir, path), path }))
    const config = [ask.configFile, ...ask.others]
      .filter((path) => existsSync(path))
      .map((path, n) => ({ name: `config/${n === 0 ? 'edge.json' : basename(path)}`, path }))
    const all = [...kept, ...config]
    const strange = all.filter(({ name }) => !isEntryName(name)).map(({ name }) => name)
    if (strange.length > 0)
      return err(`${strange.slice(0, 5).join(', ')}: no name for an entry of a backup · tên tệp lạ`)
    const sources = all.map(({ name, path }) => sourceOf(name, path))
    const about = { kind: 'edge' as const, of: ask.site, version: ask.version, madeAt: ask.now, assets: [], left: LEFT }
    const manifest = write(out, packed({ ...about, head: headOf(sources) }, sources, hasher))
    return ok({ manifest, bytes: statSync(out).size })
  } catch (error) {
    return err(`${out}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The newest record among the days that are not compressed; null: all of them are. */
const headOf = (sources: readonly Source[]): Manifest['head'] => {
  const heads = sources
    .filter(({ name, bytes }) => name.startsWith('plays/') && name.endsWith('.jsonl') && bytes > 0)
    .flatMap((source) => {
      const text = Buffer.concat([...source.chunks()]).toString('utf8')
      const line = text.slice(0, -1).split('\n').at(-1) ?? ''
      const opened = openLine(line, sha256)
      return opened.ok ? [{ seq: opened.value.seq, hash: sha256(line) }] : []
    })
  return heads.sort((a, b) => a.seq - b.seq).at(-1) ?? null
}

const write = <T>(path: string, pieces: Generator<Uint8Array, T>): T => {
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
      for (let at = 0; at < next.value.length; ) at += writeSync(fd, next.value, at)
    }
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
}

export const kindOf = (file: string): Result<Manifest['kind'], string> => {
  try {
    const manifest = withFile(file, manifestOf)
    return manifest.ok ? ok(manifest.value.kind) : err(`${file}: ${manifest.error}`)
  } catch (error) {
    return err(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export const verifyEdge = (file: string): Result<Manifest, string> => {
  const read = withFile(file, (bytes) => unpack(bytes, hasher, () => undefined))
  return read.ok ? read : err(read.error.map((fault) => `${file}: ${fault}`).join('\n  '))
}

/**
 * Into a folder that is empty or not there, after all of it was checked. The evidence goes beside the place where the daemon writes
 * (`before-<date>/plays`): the daemon begins a new chain there. If it went on with the old one it would give numbers a second time that the
 * broken device gave after the backup, and the hub would find two histories.
 */
export const restoreEdge = (
  file: string,
  to: string,
): Result<{ readonly manifest: Manifest; readonly plays: string }, string> => {
  if (existsSync(to) && readdirSync(to).length > 0)
    return err(`${to}: is not empty; a backup never goes over what is there · thư mục không trống`)
  const checked = verifyEdge(file)
  if (!checked.ok) return checked
  const { kind, of, madeAt } = checked.value
  if (kind !== 'edge') return err(`${file}: is of ${kind} ${of}, not of a cluster · không phải của cụm`)
  const before = `before-${new Date(madeAt).toISOString().slice(0, 10)}`
  try {
    withFile(file, (read) =>
      unpack(
        read,
        hasher,
        put(to, (name) => (name.startsWith('plays/') ? `${before}/${name}` : name)),
      ),
    )
    return ok({ manifest: checked.value, plays: join(to, before, 'plays') })
  } catch (error) {
    return err(`${to}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const put = (to: string, place: (name: string) => string) => {
  const open = { fd: -1 }
  return (name: string, bytes: Uint8Array, last: boolean): void => {
    if (open.fd === -1) {
      const path = join(to, place(name))
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      open.fd = openSync(path, 'wx', 0o600)
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(open.fd, bytes, at)
    if (!last) return
    fsyncSync(open.fd)
    closeSync(open.fd)
    open.fd = -1
  }
}
