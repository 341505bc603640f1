import { createHash, type Hash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import type { Log } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { syncFolder } from './durable.ts'
import { httpRequest } from './http.ts'
import type { HubTls } from './hubtls.ts'

/**
 * Files by their SHA-256: `<data>/assets/ab/<sha256>`. A file gets that name only after its whole content was hashed; a download in
 * progress has `.part` and is taken up where it stopped. A file is handed out only while its size, inode and change time are those it
 * had when this run hashed it: whatever touched it since is hashed again first, so changed bytes are never shown.
 */
export type Wanted = { readonly sha256: string; readonly bytes: number; readonly mime: string }

export type AssetStore = {
  /** The file to show, or null when it is not here or not what it was (which is then reported). */
  readonly open: (sha256: string) => string | null
  /** Hashed by this run. What was too large to be hashed at the start follows as `present` events from `scrub`. */
  readonly list: () => readonly string[]
  /** The newest wish replaces the one before; most urgent first. */
  readonly want: (wanted: readonly Wanted[]) => void
  /** Where to fetch from; null while the hub is away. */
  readonly source: (source: AssetSource | null) => void
  /** Hashes every file again; a changed one is deleted, reported and fetched anew. Resolves with the number of files checked. */
  readonly scrub: () => Promise<number>
  readonly status: () => {
    readonly have: number
    readonly want: number
    readonly bytes: number
    readonly fetching: string | null
  }
  readonly stop: () => void
}

export type AssetSource = {
  readonly url: string
  readonly token: string
  readonly tls: HubTls
}

export type AssetOptions = {
  readonly dataDir: string
  readonly log: Log
  readonly changed: (sha256: string, state: 'present' | 'absent' | 'changed') => void
  /** Free on the disk, bytes; null when it cannot be said. Default: what the file system says. */
  readonly freeBytes?: () => number | null
}

/** Back-off between attempts, ms: first and most. Each file has its own; it begins anew with each new connection to the hub. */
const BACKOFF_MS = [500, 30_000] as const
/** A server that sends nothing for this long is given up for this attempt, ms. */
const SILENCE_MS = 15_000
const SHA = /^[0-9a-f]{64}$/
const ANY = /^[0-9a-f]{64}(\.part)?$/
/** Files up to this size are hashed where they are needed, bytes; larger ones beside playback. */
const HASH_AT_ONCE = 33_554_432
/** A download must leave this much on the disk: play log and snapshot come before pictures. Bytes. */
const RESERVE_BYTES = 134_217_728
/** At most so much is hashed before the daemon shows its first picture, bytes. */
const HASH_AT_START = 134_217_728

export const openAssets = (options: AssetOptions): AssetStore => {
  const root = join(options.dataDir, 'assets')
  mkdirSync(root, { recursive: true })
  const path = (sha: string) => join(root, sha.slice(0, 2), sha)
  const have = new Map<string, number>()
  /** What each file looked like just before it was hashed. */
  const vouched = new Map<string, string>()
  /** Found at the start and not hashed yet, or found wrong. `scrub` settles them. */
  const unsettled = new Set<string>()
  const hashNow = (sha: string): boolean => {
    const stamp = stampOf(path(sha))
    if (stamp === null || digestOf(path(sha)) !== sha) return false
    vouched.set(sha, stamp.text)
    have.set(sha, stamp.bytes)
    return true
  }
  const found = names(root, SHA).map((sha) => ({ sha, bytes: stampOf(path(sha))?.bytes ?? 0 }))
  let budget = HASH_AT_START
  for (const { sha, bytes } of found.toSorted((a, b) => a.bytes - b.bytes)) {
    budget -= bytes
    if (bytes > HASH_AT_ONCE || budget < 0 || !hashNow(sha)) unsettled.add(sha)
  }
  /** Files whose last attempt failed: how often in a row, and until when (performance.now) they wait. Only wanted ones are kept. */
  const failed = new Map<string, { readonly count: number; readonly until: number }>()
  const run = {
    wanted: [] as readonly Wanted[],
    source: null as AssetSource | null,
    fetching: null as { readonly sha: string; readonly abort: AbortController } | null,
    timer: undefined as NodeJS.Timeout | undefined,
    stopped: false,
  }
  const freeBytes = options.freeBytes ?? (() => freeIn(root))
  /** Is there room for this file? When there is not, what no schedule wants any more goes first. */
  const hasRoom = (wish: Wanted): boolean => {
    const more = wish.bytes - (stampOf(`${path(wish.sha256)}.part`)?.bytes ?? 0)
    const fits = () => (freeBytes() ?? Number.POSITIVE_INFINITY) >= more + RESERVE_BYTES
    if (fits()) return true
    const wanted = new Set(run.wanted.map((w) => w.sha256))
    for (const sha of names(root, ANY).map((name) => name.slice(0, 64))) {
      if (wanted.has(sha)) continue
      remove(path(sha))
      remove(`${path(sha)}.part`)
      unsettled.delete(sha)
      if (!have.delete(sha)) continue
      vouched.delete(sha)
      options.log('info', 'asset removed to make room', { sha256: sha })
      options.changed(sha, 'absent')
    }
    return fits()
  }
  const next = (): void => {
    clearTimeout(run.timer)
    if (run.stopped || run.fetching !== null || run.source === null) return
    const missing = run.wanted.filter((w) => !have.has(w.sha256))
    const waits = missing.map((w) => (failed.get(w.sha256)?.until ?? 0) - performance.now())
    const wish = missing.find((_, i) => (waits[i] ?? 0) <= 0)
    if (wish === undefined) {
      // Being asked again must not shorten the pause of a file that failed: a hub that sends wrong bytes would be asked without end.
      if (missing.length > 0) run.timer = setTimeout(next, Math.max(1, Math.ceil(Math.min(...waits))))
      return
    }
    if (!hasRoom(wish))
      return settle(wish, err({ kind: 'refused', why: `no room on the disk for ${wish.bytes} bytes` }))
    const abort = new AbortController()
    run.fetching = { sha: wish.sha256, abort }
    void fetchAsset(wish, { source: run.source, path: path(wish.sha256), signal: abort.signal }).then((result) => {
      run.fetching = null
      if (run.stopped) return
      settle(wish, result)
    })
  }
  const lose = (sha: string, seen: string | null): void => {
    remove(path(sha))
    have.delete(sha)
    vouched.delete(sha)
    options.log('error', 'an asset on disk is not what it was', { sha256: sha, found: seen })
    options.changed(sha, seen === null ? 'absent' : 'changed')
  }
  const settle = (wish: Wanted, result: Result<null, FetchFault>): void => {
    if (result.ok) {
      failed.delete(wish.sha256)
      have.set(wish.sha256, wish.bytes)
      // The bytes that arrived were hashed; what the disk gives back is hashed, too, unless that would hold up the daemon.
      if (wish.bytes > HASH_AT_ONCE) vouched.set(wish.sha256, stampOf(path(wish.sha256))?.text ?? '')
      else if (!hashNow(wish.sha256)) return lose(wish.sha256, 'other bytes')
      options.log('info', 'asset fetched', { sha256: wish.sha256, bytes: wish.bytes })
      options.changed(wish.sha256, 'present')
      return next()
    }
    const count = (failed.get(wish.sha256)?.count ?? 0) + 1
    const delay = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** Math.min(count - 1, 10))
    failed.set(wish.sha256, { count, until: performance.now() + delay })
    options.log('warn', 'asset not fetched', { sha256: wish.sha256, why: result.error.why, retryMs: delay })
    if (result.error.kind === 'changed') options.changed(wish.sha256, 'changed')
    // The one that failed goes last, so that one bad file does not hold up the rest.
    run.wanted = [...run.wanted.filter((w) => w !== wish), wish]
    next()
  }
  const scrub = async (): Promise<number> => {
    let checked = 0
    for (const sha of new Set([...unsettled, ...have.keys()])) {
      if (run.stopped) break
      const stamp = stampOf(path(sha))
      const seen = await hashFile(path(sha))
      checked += 1
      const late = unsettled.delete(sha)
      if (seen !== sha || stamp === null) {
        lose(sha, seen)
        continue
      }
      vouched.set(sha, stamp.text)
      have.set(sha, stamp.bytes)
      if (late) options.changed(sha, 'present')
    }
    next()
    return checked
  }
  return {
    open: (sha) => {
      const stamp = stampOf(path(sha))
      if (stamp !== null && stamp.text === vouched.get(sha)) return path(sha)
      if (stamp !== null && stamp.bytes <= HASH_AT_ONCE && hashNow(sha)) return path(sha)
      if (stamp !== null && stamp.bytes > HASH_AT_ONCE) {
        have.delete(sha)
        unsettled.add(sha)
        options.changed(sha, 'absent')
        void scrub()
      } else lose(sha, stamp === null ? null : 'other bytes')
      next()
      return null
    },
    list: () => [...have.keys()],
    want: (wanted) => {
      run.wanted = wanted
      for (const sha of [...failed.keys()]) if (!wanted.some((w) => w.sha256 === sha)) failed.delete(sha)
      const current = run.fetching
      if (current && !wanted.some((w) => w.sha256 === current.sha)) current.abort.abort()
      next()
    },
    source: (source) => {
      run.source = source
      failed.clear()
      if (source === null) run.fetching?.abort.abort()
      next()
    },
    scrub,
    status: () => ({
      have: have.size,
      want: run.wanted.filter((w) => !have.has(w.sha256)).length,
      bytes: [...have.values()].reduce((sum, n) => sum + n, 0),
      fetching: run.fetching?.sha ?? null,
    }),
    stop: () => {
      run.stopped = true
      clearTimeout(run.timer)
      run.fetching?.abort.abort()
    },
  }
}

/** Null: it is not there. The change time cannot be set back by whoever writes to the file. */
const stampOf = (path: string): { readonly text: string; readonly bytes: number } | null => {
  const stat = calmly(() => statSync(path, { bigint: true, throwIfNoEntry: false }), undefined)
  if (stat === undefined) return null
  return { text: `${stat.size}:${stat.ino}:${stat.ctimeNs}`, bytes: Number(stat.size) }
}

/** A dying card gives errors instead of bytes: then there is no such file. It must not end the daemon, which still has orders to show. */
const calmly = <T>(act: () => T, otherwise: T): T => {
  try {
    return act()
  } catch {
    return otherwise
  }
}
const digestOf = (path: string): string | null =>
  calmly(() => createHash('sha256').update(readFileSync(path)).digest('hex'), null)
const remove = (path: string): void => calmly(() => rmSync(path, { force: true }), undefined)
const freeIn = (folder: string): number | null =>
  calmly(() => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }, null)

const names = (root: string, which: RegExp): readonly string[] =>
  calmly(() => readdirSync(root), [])
    .filter((folder) => /^[0-9a-f]{2}$/.test(folder))
    .flatMap((folder) => calmly(() => readdirSync(join(root, folder)), []).filter((name) => which.test(name)))

const hashFile = async (path: string): Promise<string | null> => {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk)
    return hash.digest('hex')
  } catch {
    return null
  }
}

type FetchFault = { readonly kind: 'cut' | 'changed' | 'refused'; readonly why: string }
type Fetch = { readonly source: AssetSource; readonly path: string; readonly signal: AbortSignal }

/** One attempt: takes up a `.part` where it stopped, hashes what is there first, then what arrives. */
const fetchAsset = async (wish: Wanted, at: Fetch): Promise<Result<null, FetchFault>> => {
  const part = `${at.path}.part`
  try {
    mkdirSync(join(at.path, '..'), { recursive: true })
    const hash = createHash('sha256')
    let from = existsSync(part) ? statSync(part).size : 0
    if (from > wish.bytes) {
      rmSync(part)
      from = 0
    }
    if (from > 0) for await (const chunk of createReadStream(part)) hash.update(chunk)
    if (from < wish.bytes) {
      const got = await download(wish, { ...at, part, from, hash })
      if (!got.ok) return got
    }
    const digest = hash.digest('hex')
    if (digest !== wish.sha256) {
      rmSync(part, { force: true })
      return err({ kind: 'changed', why: `the hub sent other bytes (SHA-256 ${digest})` })
    }
    renameSync(part, at.path)
    syncFolder(join(at.path, '..'))
    return ok(null)
  } catch (error) {
    return err({ kind: 'cut', why: error instanceof Error ? error.message : String(error) })
  }
}

type Download = Fetch & { readonly part: string; readonly from: number; readonly hash: Hash }

const download = async (wish: Wanted, of: Download): Promise<Result<null, FetchFault>> => {
  const response = await ask(wish.sha256, of)
  const { status } = response
  if (status !== 206 && !(status === 200 && of.from === 0)) {
    response.body.destroy()
    // A server without ranges sends the whole file again: begin anew with the next attempt.
    if (status === 200 || status === 416) rmSync(of.part, { force: true })
    return err({ kind: status === 200 ? 'cut' : 'refused', why: `the hub answered ${status}` })
  }
  const file = await open(of.part, of.from === 0 ? 'w' : 'a', 0o600)
  let total = of.from
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      total += chunk.length
      if (total > wish.bytes) {
        rmSync(of.part, { force: true })
        return err({ kind: 'changed', why: `the hub sends more than the ${wish.bytes} bytes of the schedule` })
      }
      of.hash.update(chunk)
      await file.write(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return total === wish.bytes ? ok(null) : err({ kind: 'cut', why: `cut at ${total} of ${wish.bytes} bytes` })
}

type Answer = { readonly status: number; readonly body: NodeJS.ReadableStream & { destroy: () => void } }

const ask = (sha: string, of: Download): Promise<Answer> => {
  const { source, from } = of
  const url = new URL(`/assets/${sha}`, source.url)
  const headers = { authorization: `Bearer ${source.token}`, ...(from > 0 ? { range: `bytes=${from}-` } : {}) }
  return new Promise((resolve, reject) => {
    const common = { headers, signal: of.signal, timeout: SILENCE_MS }
    const taken = (res: import('node:http').IncomingMessage) => resolve({ status: res.statusCode ?? 0, body: res })
    const req =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...common, ...source.tls }, taken)
        : httpRequest(url, common, taken)
    req.on('timeout', () => req.destroy(new Error(`the hub sent nothing for ${SILENCE_MS} ms`)))
    req.on('error', reject)
    req.end()
  })
}
