import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '#core/base/ports.ts'
import { err, type Result } from '#core/base/result.ts'
import { type AssetSource, type FetchFault, fetchAsset, type Wanted } from './asset-fetch.ts'
import { digestOf, freeIn, hashFile, names, remove, sizeOf, stampOf } from './asset-files.ts'
import { evictable } from './asset-room.ts'

export type { AssetSource, Wanted } from './asset-fetch.ts'

/**
 * Files by their SHA-256: `<data>/assets/ab/<sha256>`. A file gets that name only after its whole content was hashed; a download in
 * progress has `.part` and is taken up where it stopped. A file is handed out only while its size, inode and change time are those it
 * had when this run hashed it: whatever touched it since is hashed again first, so changed bytes are never shown.
 */

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
    /** Why what is wanted is not being fetched; null while it is, and when nothing is missing. */
    readonly waiting: AssetWait | null
  }
  /** Every file in the folder, whole (`<sha256>`) or not (`<sha256>.part`). */
  readonly stored: () => readonly { readonly name: string; readonly bytes: number; readonly wanted: boolean }[]
  /** Takes these away; the caller knows that they may go (`evictionOrder`). */
  readonly evict: (names: readonly string[]) => void
  readonly stop: () => void
}

/** `window`: outside of the hours for downloads; `room`: it does not fit; `retry`: pausing after failures; `hub`: nobody to ask. */
export const ASSET_WAITS = ['window', 'room', 'retry', 'hub'] as const
export type AssetWait = (typeof ASSET_WAITS)[number]

export type AssetOptions = {
  readonly dataDir: string
  readonly log: Log
  readonly changed: (sha256: string, state: 'present' | 'absent' | 'changed') => void
  /** Free on the disk, bytes; null when it cannot be said. Default: what the file system says. */
  readonly freeBytes?: () => number | null
  /** Most bytes of files together; null (default): only the disk bounds them. */
  readonly budgetBytes?: number | null
  /** Average speed of downloads, bits per second; null (default): as fast as the link is. */
  readonly bitsPerSecond?: number | null
  /** Is this an hour for downloads? Not asked while none of the wanted files is here: the airtime owed goes before the data bill. */
  readonly windowOpen?: () => boolean
  /**
   * May this file go, as far as evidence is concerned? What was shown is kept as long as the plays are (Art. 10.1.a, reading A6). Default:
   * yes.
   */
  readonly mayEvict?: (sha256: string) => boolean
}

/** Back-off between attempts, ms: first and most. Each file has its own; it begins anew with each new connection to the hub. */
const BACKOFF_MS = [500, 30_000] as const
/** While downloads wait for their hours, it is looked this often whether they have come, ms. */
const LOOK_MS = 30_000
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
  let toHash = HASH_AT_START
  for (const { sha, bytes } of found.toSorted((a, b) => a.bytes - b.bytes)) {
    toHash -= bytes
    if (bytes > HASH_AT_ONCE || toHash < 0 || !hashNow(sha)) unsettled.add(sha)
  }
  /** Files whose last attempt failed: how often in a row, and until when (performance.now) they wait. Only wanted ones are kept. */
  const failed = new Map<string, { readonly count: number; readonly until: number; readonly room: boolean }>()
  const run = {
    wanted: [] as readonly Wanted[],
    source: null as AssetSource | null,
    fetching: null as { readonly sha: string; readonly abort: AbortController } | null,
    timer: undefined as NodeJS.Timeout | undefined,
    waiting: null as AssetWait | null,
    stopped: false,
  }
  const freeBytes = options.freeBytes ?? (() => freeIn(root))
  const budget = options.budgetBytes ?? Number.POSITIVE_INFINITY
  const used = () => names(root, ANY).reduce((sum, name) => sum + sizeOf(join(root, name.slice(0, 2), name)), 0)
  const drop = (name: string): void => {
    const sha = name.slice(0, 64)
    remove(join(root, sha.slice(0, 2), name))
    if (name !== sha) return
    unsettled.delete(sha)
    if (!have.delete(sha)) return
    vouched.delete(sha)
    options.log('info', 'asset removed to make room', { sha256: sha })
    options.changed(sha, 'absent')
  }
  /** Is there room for this file? When there is not, what nobody wants and no evidence needs goes first. */
  const hasRoom = (wish: Wanted): boolean => {
    const more = wish.bytes - sizeOf(`${path(wish.sha256)}.part`)
    const fits = () => (freeBytes() ?? Number.POSITIVE_INFINITY) >= more + RESERVE_BYTES && used() + more <= budget
    if (fits()) return true
    const wanted = new Set(run.wanted.map((w) => w.sha256))
    for (const name of evictable(names(root, ANY), { wanted, mayEvict: options.mayEvict ?? (() => true) })) {
      drop(name)
      if (fits()) return true
    }
    return false
  }
  /** A cluster that has none of its files fetches them at any hour. */
  const mayFetchNow = (): boolean =>
    options.windowOpen === undefined || options.windowOpen() || !run.wanted.some((w) => have.has(w.sha256))
  const next = (): void => {
    clearTimeout(run.timer)
    if (run.stopped || run.fetching !== null) return
    const missing = run.wanted.filter((w) => !have.has(w.sha256))
    run.waiting = missing.length === 0 ? null : run.source === null ? 'hub' : mayFetchNow() ? null : 'window'
    if (run.source === null) return
    if (run.waiting === 'window') {
      run.timer = setTimeout(next, LOOK_MS)
      return
    }
    const waits = missing.map((w) => (failed.get(w.sha256)?.until ?? 0) - performance.now())
    const wish = missing.find((_, i) => (waits[i] ?? 0) <= 0)
    if (wish === undefined) {
      // Being asked again must not shorten the pause of a file that failed: a hub that sends wrong bytes would be asked without end.
      if (missing.length === 0) return
      run.waiting = missing.some((w) => failed.get(w.sha256)?.room === true) ? 'room' : 'retry'
      run.timer = setTimeout(next, Math.max(1, Math.ceil(Math.min(...waits))))
      return
    }
    if (!hasRoom(wish))
      return settle(
        wish,
        err({ kind: 'no-room', why: `no room for ${wish.bytes} bytes: the disk or the space budget is used up` }),
      )
    const abort = new AbortController()
    run.fetching = { sha: wish.sha256, abort }
    void fetchAsset(wish, {
      source: run.source,
      path: path(wish.sha256),
      signal: abort.signal,
      bitsPerSecond: options.bitsPerSecond ?? null,
      goOn: mayFetchNow,
    }).then((result) => {
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
    if (result.error.kind === 'window') return next()
    const count = (failed.get(wish.sha256)?.count ?? 0) + 1
    const delay = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** Math.min(count - 1, 10))
    failed.set(wish.sha256, { count, until: performance.now() + delay, room: result.error.kind === 'no-room' })
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
    stored: () => {
      const wanted = new Set(run.wanted.map((w) => w.sha256))
      return names(root, ANY).map((name) => {
        const sha = name.slice(0, 64)
        return { name, bytes: sizeOf(join(root, sha.slice(0, 2), name)), wanted: wanted.has(sha) }
      })
    },
    evict: (gone) => {
      for (const name of gone) if (ANY.test(name)) drop(name)
    },
    scrub,
    status: () => ({
      have: have.size,
      want: run.wanted.filter((w) => !have.has(w.sha256)).length,
      bytes: [...have.values()].reduce((sum, n) => sum + n, 0),
      fetching: run.fetching?.sha ?? null,
      waiting: run.fetching === null ? run.waiting : null,
    }),
    stop: () => {
      run.stopped = true
      clearTimeout(run.timer)
      run.fetching?.abort.abort()
    },
  }
}
