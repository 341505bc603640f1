import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import type { Log } from '#core/base/ports.ts'
import type { Result } from '#core/base/result.ts'
import { DAY, instantOfDate } from '#core/base/time.ts'
import { type Item, Sha256Hex } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { findOrder, type OrderBook } from '#core/emergency/book.ts'
import type { VerifiedRegistry, VerifiedSchedule } from '#core/engine/verified.ts'
import { isPast, type KeptMedia, keptOf } from '#core/evidence/keep.ts'
import type { EvidenceRecord, OpenRecord, RecordBody } from '#core/evidence/record.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { type Archived, type ArchivedDocument, createApprovals } from './archive-files.ts'
import { mediaOf, namesPlay, orderIdOf } from './archive-media.ts'
import { BUILT_AFTER } from './clock.ts'
import { type DiskFault, type PlaylogFs, realFs, replaceFile, tryDisk } from './playlog-fs.ts'
import { parseRecord, type Segment } from './playlog-segments.ts'

/**
 * What an inspector needs beside the log, for as long as the plays are kept (Art. 10.1.a; reading A6): `<data>/approvals` holds what was played
 * with the signatures that allowed it, one file each, named by its SHA-256, written before the first play of it is recorded; and `index.json`,
 * which says what has been played when. The index is only a short cut: lost or behind, it is made again from log and files.
 */
export type Archive = {
  /**
   * Before records are written: what they begin to show is archived, what they end is noted. `wall` null: the clock is unset. Throws nothing:
   * the records matter more.
   */
  readonly note: (bodies: readonly RecordBody[], view: ArchiveView, wall: number | null) => void
  /** May this file of the assets go? Never before the index is whole again after a start. `today`: as the log bears it out, null: nobody knows. */
  readonly mayEvict: (sha256: string, today: string | null) => boolean
  /** Until when everything is kept, by SHA-256; null while the index is being made again. */
  readonly kept: () => ReturnType<typeof keptOf> | null
  readonly media: () => readonly KeptMedia[]
  readonly files: () => readonly { readonly name: string; readonly bytes: number }[]
  /** Takes in what the log holds beyond the index, a piece at a time so that nothing else waits long. */
  readonly catchUp: (log: ArchiveSource) => Promise<void>
  /** Takes an archived approval away; the caller knows that it may go. Throws as node:fs does. */
  readonly evict: (name: string) => void
  /**
   * Writes the index, without what is past its retention. Daily and at the end. `civil`: the day by a clock that is set (default: `today`);
   * what was shown while nobody knew the day is kept as if it had been shown on it.
   */
  readonly save: (of: {
    readonly seq: number
    readonly today: string | null
    readonly civil?: string | null
  }) => Result<null, DiskFault>
}

export type ArchiveView = {
  readonly schedule: VerifiedSchedule | null
  readonly orders: OrderBook
  readonly registry: VerifiedRegistry | null
}

export type ArchiveSource = {
  /** Of the play log, in the order of their records. */
  readonly segments: () => readonly Segment[]
  /** Its whole lines, some hundred at a time; `damage` is told what ends it early. */
  readonly lines: (segment: Segment, damage: (why: string) => void) => AsyncIterable<readonly string[]>
}

export type ArchiveOptions = {
  /** `<data>/approvals`; made when it is not there. */
  readonly dir: string
  readonly playMonths: number
  readonly dateOf: (wall: number) => string
  readonly log: Log
  readonly fs?: PlaylogFs
}

export const INDEX_FILE = 'index.json'
/** Different things played in six months that the index can hold; beyond this nothing is forgotten, but the log is asked again. */
const MOST_MEDIA = 200_000

const Index = Type.Object(
  {
    v: Type.Literal(1),
    /** Everything up to this record is in it. */
    seq: Type.Integer({ minimum: -1 }),
    media: Type.Array(
      Type.Object(
        {
          item: Type.String({ maxLength: 200 }),
          hash: Type.String({ maxLength: 64 }),
          assets: Type.Array(Sha256Hex, { maxItems: 60 }),
          approval: Type.Union([Sha256Hex, Type.Null()]),
          first: Type.Union([Type.Integer(), Type.Null()]),
          last: Type.Union([Type.Integer(), Type.Null()]),
        },
        { additionalProperties: false },
      ),
      { maxItems: MOST_MEDIA },
    ),
  },
  { additionalProperties: false },
)

type Store = {
  readonly options: ArchiveOptions
  readonly fs: PlaylogFs
  readonly files: ReturnType<typeof createApprovals>
  readonly media: Map<string, KeptMedia>
  /** The play that is on, and what it is of. */
  open: { readonly play: string; readonly keys: readonly string[] } | null
  /** Plays that this run noted before the index was whole: what the log says of them is known already. */
  readonly noted: Set<string>
  /** Up to here the index of the last run went; -1 when there was none. */
  upTo: number
  ready: boolean
  kept: { readonly of: number; readonly value: ReturnType<typeof keptOf> } | null
  changes: number
}

export const openArchive = (options: ArchiveOptions): Archive => {
  const fs = options.fs ?? realFs
  const store: Store = {
    options,
    fs,
    files: createApprovals(fs, options.dir),
    media: new Map(),
    open: null,
    noted: new Set(),
    upTo: -1,
    ready: false,
    kept: null,
    changes: 0,
  }
  const made = tryDisk(options.dir, () => fs.mkdir(options.dir))
  if (!made.ok) options.log('error', 'the archive of approvals cannot be used', { ...made.error })
  load(store)
  return {
    note: (bodies, view, wall) => {
      for (const body of bodies) note(store, body, { view, wall: timeOf(wall) })
    },
    mayEvict: (sha, today) => {
      const kept = keptNow(store)
      if (kept === null || today === null) return false
      const until = kept.assets.get(sha)
      return until === undefined || (until !== 'unknown' && today > until)
    },
    kept: () => keptNow(store),
    media: () => [...store.media.values()],
    files: () => store.files.list(),
    evict: (name) => store.files.remove(name),
    catchUp: (log) => catchUp(store, log),
    save: (of) => save(store, of),
  }
}

const keptNow = (store: Store): ReturnType<typeof keptOf> | null => {
  if (!store.ready) return null
  if (store.kept?.of !== store.changes)
    store.kept = { of: store.changes, value: keptOf(store.media.values(), store.options) }
  return store.kept.value
}

const load = (store: Store): void => {
  const { fs, options } = store
  const path = `${options.dir}/${INDEX_FILE}`
  const read = tryDisk(path, () =>
    fs.list(options.dir).includes(INDEX_FILE) ? new TextDecoder().decode(fs.readAll(path)) : null,
  )
  if (!read.ok || read.value === null) return
  const parsed = parseDocument(Index, read.value)
  if (!parsed.ok) {
    options.log('warn', 'the index of what was played is made again', { file: path, why: parsed.error[0]?.why ?? '' })
    return
  }
  store.upTo = parsed.value.seq
  for (const one of parsed.value.media)
    store.media.set(keyOf(one), { ...one, first: timeOf(one.first), last: timeOf(one.last) })
}

const keyOf = (one: Pick<KeptMedia, 'item' | 'hash' | 'approval'>): string =>
  `${one.item}|${one.hash}|${one.approval ?? ''}`

/** No play can have been before the software was: such a time is of a clock that nobody set. */
const timeOf = (wall: number | null): number | null => (wall === null || wall < BUILT_AFTER ? null : wall)

type Noted = { readonly view: ArchiveView; readonly wall: number | null }

const note = (store: Store, body: RecordBody, of: Noted): void => {
  if (body.kind === 'open') {
    const documents = documentsOf(body, of.view).map((document) => ({ name: keep(store, document), document }))
    if (of.view.registry !== null) keep(store, { v: 1, what: 'registry', envelope: of.view.registry.envelope })
    const media = mediaOf(body, documents, of.wall)
    for (const one of media) widen(store, one)
    store.open = { play: body.play, keys: media.map(keyOf) }
    if (!store.ready) store.noted.add(body.play)
  } else if (body.kind === 'close') {
    if (store.open?.play === body.play) extend(store, store.open.keys, of.wall)
    store.open = null
  }
}

/** The archived file's name, or null when the disk does not take it: then it is tried again at the next play. */
const keep = (store: Store, document: ArchivedDocument): string | null => {
  const kept = store.files.keep(document)
  if (kept.ok) return kept.value
  store.options.log('error', 'an approval could not be archived', { ...kept.error })
  return null
}

/** Approved items of a schedule by their ids: made once for each schedule. */
const approvedItems = new WeakMap<ScheduleDocument, ReadonlyMap<string, { item: Item; approval: Envelope }>>()

/** What was approved, and the order that gives it the screen. */
const documentsOf = (open: OpenRecord, view: ArchiveView): readonly ArchivedDocument[] => {
  const order = open.order === null ? undefined : findOrder(view.orders, open.order)
  const under: readonly ArchivedDocument[] =
    order === undefined || order.envelope === null ? [] : [{ v: 1, what: 'order', envelope: order.envelope }]
  const document = view.schedule?.document
  if (document === undefined) return under
  const items = approvedItems.get(document) ?? new Map(document.items.map((one) => [one.item.id, one]))
  approvedItems.set(document, items)
  const found = items.get(open.item)
  return found === undefined ? under : [{ v: 1, what: 'item', item: found.item, approval: found.approval }, ...under]
}

/** Once a play's time is unknown, nobody can say when the last one was, until a day is known. */
const widen = (store: Store, one: KeptMedia): void => {
  const had = store.media.get(keyOf(one)) ?? one
  const firsts = [had.first, one.first].filter((wall) => wall !== null)
  store.media.set(keyOf(one), {
    ...one,
    first: firsts.length === 0 ? null : Math.min(...firsts),
    last: had.last === null || one.last === null ? null : Math.max(had.last, one.last),
  })
  store.changes++
}

const extend = (store: Store, keys: readonly string[], last: number | null): void => {
  for (const key of keys) {
    const had = store.media.get(key)
    if (had !== undefined) widen(store, { ...had, last })
  }
}

const catchUp = async (store: Store, log: ArchiveSource): Promise<void> => {
  const past: Past = { open: null, documents: null, found: new Map() }
  const begun = log.segments()
  // The last one that begins at or before the first record that is not in the index yet, and all after it.
  const first = Math.max(
    0,
    begun.findLastIndex((s) => s.firstSeq !== null && s.firstSeq <= store.upTo + 1),
  )
  for (const { name } of begun.slice(first)) await takeDay(store, log, { name, past })
  store.ready = true
  store.noted.clear()
  store.changes++
}

/** A day that is packed while it is read is read again; one that cannot be read at all can protect nothing. */
const takeDay = async (
  store: Store,
  log: ArchiveSource,
  of: { readonly name: string; readonly past: Past },
): Promise<void> => {
  for (let attempt = 0; attempt < 2; attempt++) {
    const segment = log.segments().find((s) => s.name === of.name)
    if (segment === undefined) return
    const cut: string[] = []
    for await (const lines of log.lines(segment, (why) => void cut.push(why)))
      for (const line of lines) {
        const record = OPENS_OR_CLOSES.test(line) ? parseRecord(line) : null
        if (record?.kind === 'open' && record.seq > store.upTo) of.past.documents ??= await archived(store)
        if (record !== null) takePast(store, record, of.past)
      }
    if (cut.length === 0) return
    store.options.log('warn', 'a day of the play log could not be read to its end', { file: segment.file, why: cut[0] })
  }
}

/** Archived documents by the item or order that they are of. */
type Archives = ReadonlyMap<string, readonly Archived[]>

type Past = {
  open: { readonly record: EvidenceRecord & OpenRecord; readonly keys: readonly string[] | null } | null
  /** Read only when the log holds a play that the index does not. */
  documents: Archives | null
  /** What was found for plays of the same thing. */
  readonly found: Map<string, readonly Archived[]>
}

const OPENS_OR_CLOSES = /,"kind":"(?:open|close)",/
/** Approvals read and hashed in one go; thousands at once would stop everything else for seconds. */
const READ_AT_ONCE = 20

const archived = async (store: Store): Promise<Archives> => {
  const { files, options } = store
  const of = new Map<string, Archived[]>()
  const names = tryDisk(options.dir, () => files.names())
  if (!names.ok) options.log('error', 'the archive of approvals cannot be read', { ...names.error })
  let count = 0
  for (const name of names.ok ? names.value : []) {
    if (count++ % READ_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
    const read = tryDisk(name, () => files.read(name))
    if (!read.ok) options.log('error', 'an archived approval cannot be read', { ...read.error })
    if (!read.ok || read.value === null) continue
    const { document } = read.value
    const id = document.what === 'item' ? `item ${document.item.id}` : `order ${orderIdOf(document.envelope.payload)}`
    of.set(id, [...(of.get(id) ?? []), read.value])
  }
  return of
}

/** What an old line says of what was played. Which approval it was under is found among the archived ones. */
const takePast = (store: Store, record: EvidenceRecord, past: Past): void => {
  const known = record.seq <= store.upTo
  if (record.kind === 'open') {
    past.open = store.noted.has(record.play) ? null : { record, keys: known ? null : takeOpen(store, record, past) }
  } else if (record.kind === 'close' && past.open?.record.play === record.play) {
    // Of a play that began before the index was written and ended after, the index has the beginning.
    if (!known) extend(store, past.open.keys ?? keysOf(store, past.open.record), pastTime(record))
    past.open = null
  }
}

const takeOpen = (store: Store, record: EvidenceRecord & OpenRecord, past: Past): readonly string[] => {
  const { item, hash, order } = record
  const like = `${item}|${hash}|${order ?? ''}`
  const of = (id: string) => past.documents?.get(id) ?? []
  const found =
    past.found.get(like) ??
    [...of(`item ${item}`), ...(order === null ? [] : of(`order ${order}`))].filter((one) =>
      namesPlay(one.document, record),
    )
  past.found.set(like, found)
  const media = mediaOf(record, found, pastTime(record))
  for (const one of media) widen(store, one)
  return media.map(keyOf)
}

const pastTime = ({ at }: EvidenceRecord): number | null => (at.q === 'unset' ? null : timeOf(at.wall))

const keysOf = (store: Store, open: OpenRecord): readonly string[] =>
  [...store.media.values()]
    .filter((one) => (one.item === open.item && one.hash === open.hash) || one.item === `order:${open.order}`)
    .map(keyOf)

const save = (store: Store, of: Parameters<Archive['save']>[0]): Result<null, DiskFault> => {
  const { fs, options } = store
  if (!store.ready) return { ok: true, value: null }
  const civil = of.civil ?? of.today
  if (civil !== null) settle(store, civil)
  if (of.today !== null) prune(store, of.today)
  // What does not fit must not be forgotten: then the whole log is asked after the next start.
  const seq = store.media.size > MOST_MEDIA ? -1 : of.seq
  const index = { v: 1, seq, media: [...store.media.values()].slice(0, MOST_MEDIA) }
  return tryDisk(options.dir, () => {
    replaceFile(fs, options.dir, INDEX_FILE, new TextEncoder().encode(`${JSON.stringify(index)}\n`))
    return null
  })
}

/** What was shown at an unknown time was shown before now: kept from today it is kept rather too long than too short. */
const settle = (store: Store, civil: string): void => {
  for (const [key, one] of store.media)
    if (one.last === null) {
      store.media.set(key, { ...one, last: instantOfDate(civil, 0) + DAY / 2 })
      store.changes++
    }
}

/** What is past its retention is forgotten: nothing protects its files any more. */
const prune = (store: Store, today: string): void => {
  const { dateOf, playMonths } = store.options
  for (const [key, one] of store.media)
    if (one.last !== null && isPast(dateOf(one.last), today, playMonths)) {
      store.media.delete(key)
      store.changes++
    }
}
