import type { Sha256 } from '#core/base/bytes.ts'
import type { Log } from '#core/base/ports.ts'
import { ok, type Result } from '#core/base/result.ts'
import { dateOf, formatInstant } from '#core/base/time.ts'
import type { Reading } from '#core/base/units.ts'
import type { Signer } from '#core/contract/verify.ts'
import { type ChainPoint, seal, sealText } from '#core/evidence/chain.ts'
import type { EvidenceRecord, RecordBody, StampedRecord } from '#core/evidence/record.ts'
import { freeBallast, keepBallast } from './playlog-ballast.ts'
import { type DiskFault, type PlaylogFs, realFs, replaceFile, tryDisk, writeAll } from './playlog-fs.ts'
import { createReader } from './playlog-read.ts'
import { checkIdentity, freshName, type Recovery, recover, STOPPED_FILE } from './playlog-recover.ts'
import { listSegments, type Segment } from './playlog-segments.ts'
import { compressSegments, removeSegments, retainSegments } from './playlog-upkeep.ts'

export type { DiskFault, PlaylogFs } from './playlog-fs.ts'
export type { Recovery } from './playlog-recover.ts'

/** Records kept in memory while the disk takes none; the oldest beyond this are lost, and a `gap` record says so. */
const MOST_PENDING = 5_000

export type PlaylogOptions = {
  /** `<data>/plays`; made when it is not there. */
  readonly dir: string
  readonly site: string
  /** Of the policy: which date a record belongs to. */
  readonly zone: { readonly offsetMinutes: number }
  readonly sha256: Sha256
  /** The device key: seals finished days. */
  readonly device: Signer & { readonly publicKey: string }
  readonly log: Log
  readonly fs?: PlaylogFs
}

export type PlaylogFault =
  | DiskFault
  /** The folder is another cluster's, or its identity file cannot be read. */
  | { readonly kind: 'identity'; readonly detail: string }

export type PlaylogState = {
  readonly writable: boolean
  /** The disk is full and the ballast is used up: what is written now are the last records that fit. */
  readonly onReserve: boolean
  readonly detail: string
  /** Records waiting in memory for the disk. */
  readonly pending: number
  readonly segments: number
}

export type Playlog = {
  readonly recovery: Recovery
  /**
   * Stamps, chains, writes and fdatasyncs, in one write; synchronous. On a fault nothing that was acknowledged is lost, the partial
   * line is cut away, and the records wait in memory for the next append (`stamp` gives them to whoever folds).
   */
  readonly append: (bodies: readonly RecordBody[], reading: Reading) => Result<readonly StampedRecord[], DiskFault>
  readonly state: () => PlaylogState
  /** Sequence number of the newest record on the disk, -1 when there is none. */
  readonly head: () => number
  /** The days there are, in the order of their records. The newest is being written. */
  readonly segments: () => readonly Segment[]
  /** Bytes of all segments. */
  readonly bytes: () => number
  /**
   * Whole lines from `fromSeq` on, in order: at most `limit` and about 1 MiB. Empty past the end and before the oldest kept. Where a day
   * cannot be read any more the answer goes on after it: a jump in `seq` is a hole, and an `incident` record names it.
   */
  readonly read: (ask: { readonly fromSeq: number; readonly limit: number }) => Promise<readonly string[]>
  /** The records of the segments of one civil date. */
  readonly readDay: (date: string) => Iterable<EvidenceRecord>
  /** The records of the newest `segments` segments, oldest first: what the ledger is folded from again after a start. */
  readonly recent: (segments: number) => Iterable<EvidenceRecord>
  /**
   * Daily: compresses sealed days older than yesterday, deletes those past their retention (an `access` record says which, before
   * they go), makes the ballast again. Answers the files deleted.
   */
  readonly upkeep: (reading: Reading, playMonths: number) => Promise<Result<readonly string[], DiskFault>>
  /** Marks a clean stop and closes. Nothing may be appended afterwards. */
  readonly close: () => Result<null, DiskFault>
}

/** A body with its time, in the form it has in the log. */
export const stamp = (body: RecordBody, reading: Reading, zone: { readonly offsetMinutes: number }): StampedRecord => ({
  at: {
    wall: reading.wall,
    iso: formatInstant(reading.wall, zone.offsetMinutes),
    mono: reading.mono,
    q: reading.quality,
  },
  boot: reading.bootId,
  ...body,
})

/** The segment that is written to. `bytes` is how much of it is known to be good. */
type Current = { readonly segment: Segment; readonly fd: number; bytes: number; readonly sealed: boolean }

type Store = {
  readonly options: PlaylogOptions
  readonly fs: PlaylogFs
  /** Finished days that cannot be read any more, and why; null once a record has said so. */
  readonly unreadable: Map<string, string | null>
  segments: readonly Segment[]
  current: Current | null
  point: ChainPoint
  /** The file may be longer than `current.bytes`: a write failed. */
  dirty: boolean
  pending: readonly StampedRecord[]
  lost: { count: number; from: number; last: StampedRecord } | null
  writable: boolean
  onReserve: boolean
  detail: string
}

/** Opens the folder, cuts a torn tail, verifies the newest segment and says what was found. One process per folder: the caller locks. */
export const openPlaylog = (options: PlaylogOptions): Result<Playlog, PlaylogFault> => {
  const fs = options.fs ?? realFs
  const { dir } = options
  const identity = tryDisk(dir, () => {
    fs.mkdir(dir)
    return checkIdentity(fs, dir, { site: options.site, publicKey: options.device.publicKey })
  })
  if (!identity.ok) return identity
  if (!identity.value.ok) return identity.value
  const found = tryDisk(dir, () => recover(fs, dir, { sha256: options.sha256, seals: null }))
  if (!found.ok) return found
  const { recovery, segments, newest, point, bytes } = found.value
  const fd =
    newest === null || newest.gz ? ok(null) : tryDisk(newest.file, () => fs.open(`${dir}/${newest.file}`, 'existing'))
  if (!fd.ok) return fd
  if (recovery.damage !== null) options.log('error', 'play log is damaged', { ...recovery.damage })
  const current =
    newest === null || fd.value === null
      ? null
      : { segment: newest, fd: fd.value, bytes, sealed: recovery.newestSealed }
  const store: Store = {
    options,
    fs,
    unreadable: new Map(),
    segments,
    current,
    point,
    dirty: false,
    pending: [],
    lost: null,
    writable: true,
    onReserve: !keepBallast(fs, dir),
    detail: '',
  }
  return ok(playlogOf(store, recovery))
}

const playlogOf = (store: Store, recovery: Recovery): Playlog => {
  const { fs } = store
  const { dir } = store.options
  const reader = createReader(fs, dir, {
    segments: () => store.segments,
    current: () => (store.current === null ? null : { file: store.current.segment.file, bytes: store.current.bytes }),
    next: () => store.point.seq,
    lost: (segment, why) => {
      if (store.unreadable.has(segment.file)) return
      store.unreadable.set(segment.file, why)
      store.options.log('error', 'a day of the play log cannot be read any more', { file: segment.file, why })
    },
  })
  return {
    recovery,
    append: (bodies, reading) => append(store, bodies, reading),
    state: () => ({
      writable: store.writable,
      onReserve: store.onReserve,
      detail: store.detail,
      pending: store.pending.length,
      segments: store.segments.length,
    }),
    head: () => store.point.seq - 1,
    segments: () => store.segments,
    bytes: () =>
      store.segments.reduce(
        (sum, s) => sum + (s.file === store.current?.segment.file ? store.current.bytes : s.bytes),
        0,
      ),
    read: async (ask) => reader.lines(ask),
    readDay: (date) => reader.day(date),
    recent: (count) => reader.recent(count),
    upkeep: (reading, months) => upkeep(store, reading, months),
    close: () => close(store),
  }
}

const append = (
  store: Store,
  bodies: readonly RecordBody[],
  reading: Reading,
): Result<readonly StampedRecord[], DiskFault> => {
  const stamped = [...bodies, ...lostDays(store)].map((body) => stamp(body, reading, store.options.zone))
  const queue = [...lostGap(store), ...store.pending, ...stamped]
  if (queue.length === 0) return ok([])
  let done = commit(store, queue, reading)
  if (!done.ok && done.error.kind === 'disk-full' && freeBallast(store.fs, store.options.dir)) {
    store.onReserve = true
    store.options.log('warn', 'disk is full; the ballast of the play log was freed', { detail: done.error.detail })
    done = commit(store, queue, reading)
  }
  if (done.ok) {
    if (!store.writable) store.options.log('info', 'play log is writable again', { records: queue.length })
    store.writable = true
    store.detail = ''
    store.pending = []
    store.lost = null
    return ok(stamped)
  }
  if (store.writable) store.options.log('error', 'play log cannot be written', { ...done.error })
  store.writable = false
  store.detail = done.error.detail
  hold(store, stamped)
  return done
}

/** Each day that was found unreadable is said once in the log itself. */
const lostDays = (store: Store): readonly RecordBody[] => {
  const bodies: RecordBody[] = []
  for (const [file, why] of store.unreadable) {
    if (why === null) continue
    store.unreadable.set(file, null)
    bodies.push({ kind: 'incident', type: 'TECHNICAL', what: 'log-unreadable', detail: `${file}: ${why}`, fault: null })
  }
  return bodies
}

/** Keeps the newest; what falls out is remembered as one hole. */
const hold = (store: Store, stamped: readonly StampedRecord[]): void => {
  const all = [...store.pending, ...stamped]
  const out = all.slice(0, Math.max(0, all.length - MOST_PENDING))
  store.pending = all.slice(out.length)
  const last = out.at(-1)
  if (last === undefined) return
  const from = store.lost?.from ?? out[0]?.at.wall ?? last.at.wall
  store.lost = { count: (store.lost?.count ?? 0) + out.length, from, last }
}

const lostGap = (store: Store): readonly StampedRecord[] => {
  if (store.lost === null) return []
  const { count, from, last } = store.lost
  return [
    {
      at: last.at,
      boot: last.boot,
      kind: 'gap',
      cause: 'disk',
      fromWall: from,
      toWall: last.at.wall,
      lostBytes: 0,
      detail: `${count} records did not fit in memory while the disk took none`,
    },
  ]
}

/** One write and one fdatasync for all records. Changes nothing in the store unless all of it is on the disk. */
const commit = (store: Store, queue: readonly StampedRecord[], reading: Reading): Result<null, DiskFault> =>
  tryDisk(store.options.dir, () => {
    const current = segmentFor(store, queue, reading)
    let { point } = store
    let text = ''
    for (const record of queue) {
      const { line, hash } = seal(point.prev, point.seq, record, store.options.sha256)
      text += `${line}\n`
      point = { seq: point.seq + 1, prev: hash, sinceSeal: (point.sinceSeal ?? 0) + 1 }
    }
    writeDurably(store, current, text)
    store.point = point
    return null
  })

const writeDurably = (store: Store, current: Current, text: string): void => {
  const bytes = new TextEncoder().encode(text)
  clean(store, current)
  store.dirty = true
  try {
    writeAll(store.fs, current.fd, bytes, current.bytes)
    store.fs.fdatasync(current.fd)
  } catch (error) {
    // What could not be cut away now is cut away before the next write: `dirty` remembers it.
    tryDisk(current.segment.file, () => clean(store, current))
    throw error
  }
  store.dirty = false
  current.bytes += bytes.length
}

const clean = (store: Store, current: Current): void => {
  if (!store.dirty) return
  store.fs.ftruncate(current.fd, current.bytes)
  store.fs.fdatasync(current.fd)
  store.dirty = false
}

/** The segment for this reading: another civil date seals the one before and begins a new one. With the clock unset no date is believed. */
const segmentFor = (store: Store, [first]: readonly StampedRecord[], reading: Reading): Current => {
  const { current, options } = store
  const date = dateOf(reading.wall, options.zone.offsetMinutes)
  if (current === null || current.sealed) return begin(store, date)
  if (current.segment.date === date || reading.quality === 'unset') return current
  if (first !== undefined && store.point.sinceSeal !== 0) sealCurrent(store, current, first)
  return begin(store, date)
}

/** Stamped as the record behind it: what waited for the disk over midnight is older than now. */
const sealCurrent = (store: Store, current: Current, as: Pick<StampedRecord, 'at' | 'boot'>): void => {
  const { options, point } = store
  const { date: day } = current.segment
  const records = point.sinceSeal ?? 0
  const sig = options.device.sign(sealText(options.site, day, records, point.prev))
  const body: RecordBody = { kind: 'seal', day, records, head: point.prev, key: options.device.key, sig }
  const { line, hash } = seal(point.prev, point.seq, { at: as.at, boot: as.boot, ...body }, options.sha256)
  writeDurably(store, current, `${line}\n`)
  store.point = { seq: point.seq + 1, prev: hash, sinceSeal: 0 }
  store.current = { ...current, sealed: true }
}

const begin = (store: Store, date: string): Current => {
  const { fs, options } = store
  const before = store.current
  const empty = before !== null && before.bytes === 0 ? before.segment.file : null
  const name = freshName(fs, options.dir, date)
  const file = `${name}.jsonl`
  // A file of this name that is empty is what a failed beginning left.
  const fd = fs.open(`${options.dir}/${file}`, fs.list(options.dir).includes(file) ? 'replace' : 'create')
  try {
    fs.syncDir(options.dir)
  } catch (error) {
    tryDisk(file, () => fs.close(fd))
    tryDisk(file, () => fs.unlink(`${options.dir}/${file}`))
    throw error
  }
  if (before !== null) tryDisk(before.segment.file, () => fs.close(before.fd))
  if (empty !== null && empty !== file) tryDisk(empty, () => fs.unlink(`${options.dir}/${empty}`))
  const segment: Segment = { name, date, file, gz: false, bytes: 0, firstSeq: store.point.seq }
  store.segments = [
    ...store.segments
      .filter((s) => s.file !== empty)
      .map((s) => (s.file === before?.segment.file ? { ...s, bytes: before.bytes } : s)),
    segment,
  ]
  store.current = { segment, fd, bytes: 0, sealed: false }
  store.dirty = false
  store.point = { ...store.point, sinceSeal: 0 }
  return store.current
}

const upkeep = async (
  store: Store,
  reading: Reading,
  playMonths: number,
): Promise<Result<readonly string[], DiskFault>> => {
  const { fs, options } = store
  const { dir } = options
  const today = dateOf(reading.wall, options.zone.offsetMinutes)
  const packed = await compressSegments(fs, dir, {
    segments: store.segments,
    today,
    current: store.current?.segment.file,
    done: (gz) => {
      store.segments = store.segments.map((s) => (s.name === gz.name ? gz : s))
    },
  })
  if (!packed.ok) return packed
  if (keepBallast(fs, dir)) store.onReserve = false
  const doomed =
    reading.quality === 'unset'
      ? []
      : retainSegments(store.segments, { today, playMonths, current: store.current?.segment.file })
  if (doomed.length > 0) {
    const detail = doomed
      .map((s) => s.file)
      .join(', ')
      .slice(0, 1000)
    const said = append(store, [{ kind: 'access', person: 'bangtin', what: 'retention', detail }], reading)
    if (!said.ok) return said
  }
  const gone = tryDisk(dir, () => removeSegments(fs, dir, doomed))
  const listed = tryDisk(dir, () => listSegments(fs, dir))
  if (!listed.ok) return listed
  // An empty current segment has no first line to read its number from.
  store.segments = listed.value.map((s) => (s.firstSeq === null && !s.gz ? { ...s, firstSeq: store.point.seq } : s))
  return gone
}

const close = (store: Store): Result<null, DiskFault> => {
  const { fs, options, current } = store
  return tryDisk(options.dir, () => {
    if (current !== null) fs.close(current.fd)
    store.current = null
    if (store.pending.length > 0) return null
    const mark = JSON.stringify({ seq: store.point.seq, prev: store.point.prev })
    replaceFile(fs, options.dir, STOPPED_FILE, new TextEncoder().encode(`${mark}\n`))
    return null
  })
}
