import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '#core/base/ports.ts'
import { err, type Result } from '#core/base/result.ts'
import { type AssetSource, type FetchFault, fetchAsset, type Wanted } from './asset-fetch.ts'
import { digestOf, hashFile, names, remove, sizeOf, stampOf } from './asset-files.ts'
import { evictable, type StoredAsset } from './asset-room.ts'
import { freeBytesOf, RESERVE_BYTES } from './budget.ts'

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
  readonly stored: () => readonly StoredAsset[]
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
/**
 * A file that could not be read is read again after this, ms, twice as long each time up to the most: the process may be out of file
 * descriptors, or the disk dying.
 */
const READ_AGAIN_MS = [60_000, 3_600_000] as const
const SHA = /^[0-9a-f]{64}$/
const ANY = /^[0-9a-f]{64}(\.part)?$/
/** Files up to this size are hashed where they are needed, bytes; larger ones beside playback. */
const HASH_AT_ONCE = 33_554_432
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
  /** Those of them that are there and could not be read: how often in a row. */
  const unread = new Map<string, number>()
  /** Answers what was found; null: it could not be read. */
  const hashNow = (sha: string): string | null => {
    const stamp = stampOf(path(sha))
    const seen = stamp === null ? null : digestOf(path(sha))
    if (stamp === null || seen !== sha) return seen
    unread.delete(sha)
    vouched.set(sha, stamp.text)
    have.set(sha, stamp.bytes)
    return sha
  }
  const found = names(root, SHA).map((sha) => ({ sha, bytes: stampOf(path(sha))?.bytes ?? 0 }))
  let toHash = HASH_AT_START
  for (const { sha, bytes } of found.toSorted((a, b) => a.bytes - b.bytes)) {
    toHash -= bytes
    if (bytes > HASH_AT_ONCE || toHash < 0 || hashNow(sha) !== sha) unsettled.add(sha)
  }
  /** Files whose last attempt failed: how often in a row, and until when (performance.now) they wait. Only wanted ones are kept. */
  const failed = new Map<string, { readonly count: number; readonly until: number; readonly room: boolean }>()
  const run = {
    wanted: [] as readonly Wanted[],
    source: null as AssetSource | null,
    fetching: null as { readonly sha: string; readonly urgent: boolean; readonly abort: AbortController } | null,
    timer: undefined as NodeJS.Timeout | undefined,
    again: undefined as NodeJS.Timeout | undefined,
    pressing: undefined as NodeJS.Timeout | undefined,
    waiting: null as AssetWait | null,
    stopped: false,
  }
  const freeBytes = options.freeBytes ?? (() => freeBytesOf(root))
  const budget = options.budgetBytes ?? Number.POSITIVE_INFINITY
  const stored = (): readonly StoredAsset[] => {
    const wanted = new Set(run.wanted.map((w) => w.sha256))
    return names(root, ANY).map((name) => {
      const sha = name.slice(0, 64)
      return { name, bytes: sizeOf(join(root, sha.slice(0, 2), name)), wanted: wanted.has(sha) }
    })
  }
  const used = () => stored().reduce((sum, { bytes }) => sum + bytes, 0)
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
  /** Is there room for this file, with the reserve left free: play log and snapshot come before pictures? When there is not, what nobody wants and no evidence needs goes first. */
  const hasRoom = (wish: Wanted): boolean => {
    const more = wish.bytes - sizeOf(`${path(wish.sha256)}.part`)
    const fits = () => (freeBytes() ?? Number.POSITIVE_INFINITY) >= more + RESERVE_BYTES && used() + more <= budget
    if (fits()) return true
    for (const name of evictable(stored(), mayEvict)) {
      drop(name)
      if (fits()) return true
    }
    return false
  }
  /** A cluster that has none of its files fetches them at any hour; what an order shows is fetched then in any case. */
  const mayFetchNow = (): boolean =>
    options.windowOpen === undefined ||
    options.windowOpen() ||
    !run.wanted.some((w) => w.urgent !== true && have.has(w.sha256))
  const next = (): void => {
    clearTimeout(run.timer)
    if (run.stopped || run.fetching !== null) return
    // What could not be read once may be whole: it is read again before it is paid for again.
    const absent = run.wanted.filter((w) => !have.has(w.sha256) && unread.get(w.sha256) !== 1)
    run.waiting = absent.length === 0 ? null : 'hub'
    if (absent.length === 0 || run.source === null) return
    const missing = mayFetchNow() ? absent : absent.filter((w) => w.urgent === true)
    run.waiting = missing.length === 0 ? 'window' : null
    if (run.waiting === 'window') {
      run.timer = setTimeout(next, LOOK_MS)
      return
    }
    const waits = missing.map((w) => (failed.get(w.sha256)?.until ?? 0) - performance.now())
    const wish = missing.find((_, i) => (waits[i] ?? 0) <= 0)
    if (wish === undefined) {
      // Being asked again must not shorten the pause of a file that failed: a hub that sends wrong bytes would be asked without end.
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
    run.fetching = { sha: wish.sha256, urgent: wish.urgent === true, abort }
    void fetchAsset(wish, {
      source: run.source,
      path: path(wish.sha256),
      signal: abort.signal,
      bitsPerSecond: options.bitsPerSecond ?? null,
      goOn: () => wish.urgent === true || mayFetchNow(),
    }).then((result) => {
      run.fetching = null
      if (run.stopped) return
      // Broken off by us: that is no failure of the file.
      if (!result.ok && abort.signal.aborted) return next()
      settle(wish, result)
    })
  }
  /** What an order shows goes before the file that is under way; what has come of that is kept and taken up again. */
  const press = (): void => {
    const waits = ({ sha256, urgent }: Wanted): boolean =>
      urgent === true && !have.has(sha256) && (failed.get(sha256)?.until ?? 0) <= performance.now()
    if (run.fetching?.urgent === false && run.wanted.some(waits)) run.fetching.abort.abort()
  }
  const mayEvict = options.mayEvict ?? (() => true)
  /** `seen`: what its bytes are; null where nobody could read them. Only what was read and differs is taken away: it proves nothing any more. */
  const lose = (sha: string, seen: string | null): void => {
    have.delete(sha)
    vouched.delete(sha)
    if (seen === null) return notRead(sha)
    unread.delete(sha)
    remove(path(sha))
    const what = mayEvict(sha)
      ? 'an asset on disk is not what it was'
      : 'a file that is kept as evidence of plays was damaged on the disk'
    options.log('error', what, { sha256: sha, found: seen })
    options.changed(sha, 'changed')
  }
  const notRead = (sha: string): void => {
    const there = stampOf(path(sha)) !== null
    const count = (unread.get(sha) ?? 0) + 1
    const retryMs = Math.min(READ_AGAIN_MS[1], READ_AGAIN_MS[0] * 2 ** Math.min(count - 1, 10))
    if (there) {
      unsettled.add(sha)
      unread.set(sha, count)
      clearTimeout(run.again)
      if (!run.stopped) run.again = setTimeout(() => void check([...unread.keys()]), retryMs).unref()
    } else unread.delete(sha)
    const what = there ? 'an asset on disk cannot be read; it stays and is read again' : 'an asset on disk is gone'
    options.log('error', what, { sha256: sha, ...(there ? { retryMs } : {}) })
    options.changed(sha, 'absent')
  }
  const settle = (wish: Wanted, result: Result<null, FetchFault>): void => {
    if (result.ok) {
      failed.delete(wish.sha256)
      have.set(wish.sha256, wish.bytes)
      // The bytes that arrived were hashed; what the disk gives back is hashed, too, unless that would hold up the daemon.
      if (wish.bytes > HASH_AT_ONCE) vouched.set(wish.sha256, stampOf(path(wish.sha256))?.text ?? '')
      else {
        const seen = hashNow(wish.sha256)
        if (seen !== wish.sha256) return lose(wish.sha256, seen)
      }
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
    const still = run.wanted.filter((w) => w.sha256 === wish.sha256)
    run.wanted = [...run.wanted.filter((w) => w.sha256 !== wish.sha256), ...still]
    clearTimeout(run.pressing)
    if (wish.urgent === true) run.pressing = setTimeout(press, delay + 1).unref()
    next()
  }
  const check = async (which: readonly string[]): Promise<number> => {
    let checked = 0
    for (const sha of which) {
      if (run.stopped) break
      const stamp = stampOf(path(sha))
      const seen = await hashFile(path(sha))
      checked += 1
      const late = unsettled.delete(sha)
      if (seen !== sha || stamp === null) {
        lose(sha, seen === sha ? null : seen)
        continue
      }
      unread.delete(sha)
      vouched.set(sha, stamp.text)
      have.set(sha, stamp.bytes)
      if (late) options.changed(sha, 'present')
    }
    next()
    return checked
  }
  const scrub = () => check([...new Set([...unsettled, ...have.keys()])])
  return {
    open: (sha) => {
      const stamp = stampOf(path(sha))
      if (stamp !== null && stamp.text === vouched.get(sha)) return path(sha)
      // Never was here, so it is not gone: the picture of an order may come minutes after the order.
      if (stamp === null && !have.has(sha) && !unsettled.has(sha)) return null
      const seen = stamp !== null && stamp.bytes <= HASH_AT_ONCE ? hashNow(sha) : null
      if (seen === sha) return path(sha)
      if (stamp !== null && stamp.bytes > HASH_AT_ONCE) {
        have.delete(sha)
        unsettled.add(sha)
        options.changed(sha, 'absent')
        void scrub()
      } else lose(sha, seen)
      next()
      return null
    },
    list: () => [...have.keys()],
    want: (wanted) => {
      run.wanted = wanted
      for (const sha of [...failed.keys()]) if (!wanted.some((w) => w.sha256 === sha)) failed.delete(sha)
      const current = run.fetching
      const dropped = current !== null && !wanted.some((w) => w.sha256 === current.sha)
      if (dropped) current.abort.abort()
      press()
      next()
    },
    source: (source) => {
      run.source = source
      failed.clear()
      if (source === null) run.fetching?.abort.abort()
      next()
    },
    stored,
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
      clearTimeout(run.again)
      clearTimeout(run.pressing)
      run.fetching?.abort.abort()
    },
  }
}
