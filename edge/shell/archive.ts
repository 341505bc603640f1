import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import type { Log } from '#core/base/ports.ts'
import type { Result } from '#core/base/result.ts'
import { assetsOf, type Item, Sha256Hex } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { findOrder, type OrderBook } from '#core/emergency/book.ts'
import type { VerifiedRegistry, VerifiedSchedule } from '#core/engine/verified.ts'
import { isPast, type KeptMedia, keptOf } from '#core/evidence/keep.ts'
import type { OpenRecord, RecordBody } from '#core/evidence/record.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { type ArchivedDocument, createApprovals } from './archive-files.ts'
import { sha256 } from './crypto.ts'
import { type DiskFault, type PlaylogFs, realFs, replaceFile, tryDisk } from './playlog-fs.ts'
import { parseRecord, type Segment } from './playlog-segments.ts'

/**
 * What an inspector needs beside the log, for as long as the plays are kept (Art. 10.1.a; reading A6): `<data>/approvals` holds what was played
 * with the signatures that allowed it, one file each, named by its SHA-256, written before the first play of it is recorded; and `index.json`,
 * which says what has been played when. The index is only a short cut: lost or behind, it is made again from log and files.
 */
export type Archive = {
  /** Before records are written: what they begin to show is archived, what they end is noted. Throws nothing: the records matter more. */
  readonly note: (bodies: readonly RecordBody[], view: ArchiveView, wall: number) => void
  /** May this file of the assets go? Never before the index is whole again after a start. `today`: as the log bears it out, null: nobody knows. */
  readonly mayEvict: (sha256: string, today: string | null) => boolean
  /** Until when everything is kept, by SHA-256; null while the index is being made again. */
  readonly kept: () => ReturnType<typeof keptOf> | null
  readonly media: () => readonly KeptMedia[]
  readonly files: () => readonly { readonly name: string; readonly bytes: number }[]
  /** Takes in what the log holds beyond the index, a piece at a time so that nothing else waits long. */
  readonly catchUp: (log: ArchiveSource) => Promise<void>
  /** Writes the index, without what is past its retention. Daily and at the end. */
  readonly save: (of: { readonly seq: number; readonly today: string | null }) => Result<null, DiskFault>
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
          first: Type.Integer(),
          last: Type.Integer(),
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
      for (const body of bodies) note(store, body, { view, wall })
    },
    mayEvict: (sha, today) => {
      const kept = keptNow(store)
      if (kept === null || today === null) return false
      const until = kept.assets.get(sha)
      return until === undefined || today > until
    },
    kept: () => keptNow(store),
    media: () => [...store.media.values()],
    files: () => store.files.list(),
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
  for (const one of parsed.value.media) store.media.set(keyOf(one), one)
}

const keyOf = (one: Pick<KeptMedia, 'item' | 'hash' | 'approval'>): string =>
  `${one.item}|${one.hash}|${one.approval ?? ''}`

const note = (store: Store, body: RecordBody, of: { readonly view: ArchiveView; readonly wall: number }): void => {
  if (body.kind === 'open') {
    const document = documentOf(body, of.view)
    const approval = document === null ? null : keep(store, document)
    if (of.view.registry !== null) keep(store, { v: 1, what: 'registry', envelope: of.view.registry.envelope })
    const assets = document?.what === 'item' ? assetsOf(document.item).map((a) => a.sha256) : []
    begin(store, body.play, { item: body.item, hash: body.hash, assets, approval, first: of.wall, last: of.wall })
  } else if (body.kind === 'close') end(store, body.play, of.wall)
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

const documentOf = (open: OpenRecord, view: ArchiveView): ArchivedDocument | null => {
  if (open.order !== null) {
    const order = findOrder(view.orders, open.order)
    return order === undefined ? null : { v: 1, what: 'order', envelope: order.envelope }
  }
  const document = view.schedule?.document
  if (document === undefined) return null
  const items = approvedItems.get(document) ?? new Map(document.items.map((one) => [one.item.id, one]))
  approvedItems.set(document, items)
  const found = items.get(open.item)
  return found === undefined ? null : { v: 1, what: 'item', item: found.item, approval: found.approval }
}

const begin = (store: Store, play: string, of: KeptMedia): void => {
  const key = keyOf(of)
  const had = store.media.get(key)
  if (had === undefined && of.item === 'standing') {
    store.open = null
    return
  }
  enter(store, {
    ...of,
    first: Math.min(had?.first ?? of.first, of.first),
    last: Math.max(had?.last ?? of.last, of.last),
  })
  store.open = { play, keys: [key] }
}

const enter = (store: Store, one: KeptMedia): void => {
  store.media.set(keyOf(one), one)
  store.changes++
}

const end = (store: Store, play: string, wall: number): void => {
  if (store.open?.play !== play) return
  for (const key of store.open.keys) {
    const had = store.media.get(key)
    if (had !== undefined && wall > had.last) enter(store, { ...had, last: wall })
  }
  store.open = null
}

const catchUp = async (store: Store, log: ArchiveSource): Promise<void> => {
  const found = tryDisk(store.options.dir, () => store.files.documents())
  const past: Past = { open: null, documents: found.ok ? found.value : [] }
  const begun = log.segments()
  // The last one that begins at or before the first record that is not in the index yet, and all after it.
  const first = Math.max(
    0,
    begun.findLastIndex((s) => s.firstSeq !== null && s.firstSeq <= store.upTo + 1),
  )
  for (const { name } of begun.slice(first)) await takeDay(store, log, { name, past })
  store.ready = true
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
      for (const line of lines) if (OPENS_OR_CLOSES.test(line)) takePast(store, line, of.past)
    if (cut.length === 0) return
    store.options.log('warn', 'a day of the play log could not be read to its end', { file: segment.file, why: cut[0] })
  }
}

type Past = {
  open: { readonly play: string; readonly keys: readonly string[] } | null
  readonly documents: readonly { readonly name: string; readonly document: ArchivedDocument }[]
}

const OPENS_OR_CLOSES = /,"kind":"(?:open|close)",/

/** What an old line says of what was played. Which approval it was under is found among the archived ones. */
const takePast = (store: Store, line: string, past: Past): void => {
  const record = parseRecord(line)
  if (record === null) return
  if (record.kind === 'open') {
    const { item, hash } = record
    const found = item === 'standing' ? [] : past.documents.filter(({ document }) => namesPlay(document, record))
    const media = (found.length === 0 ? [null] : found).map((one): KeptMedia => {
      const assets =
        one?.document.what === 'item' ? assetsOf(one.document.item).map((a) => a.sha256) : bareAsset(record)
      return { item, hash, assets, approval: one?.name ?? null, first: record.at.wall, last: record.at.wall }
    })
    for (const one of item === 'standing' ? [] : media) widen(store, one)
    past.open = item === 'standing' ? null : { play: record.play, keys: media.map(keyOf) }
  } else if (record.kind === 'close' && past.open?.play === record.play) {
    for (const key of past.open.keys) {
      const had = store.media.get(key)
      if (had !== undefined) widen(store, { ...had, last: record.at.wall })
    }
    past.open = null
  }
}

const widen = (store: Store, one: KeptMedia): void => {
  const had = store.media.get(keyOf(one))
  enter(store, {
    ...one,
    first: Math.min(one.first, had?.first ?? one.first),
    last: Math.max(one.last, had?.last ?? one.last),
  })
}

/** Without its approval at hand, what a play of an item names may be the file itself. */
const bareAsset = (open: OpenRecord): readonly string[] =>
  open.order === null && /^[0-9a-f]{64}$/.test(open.hash) ? [open.hash] : []

/** Is this what the play was of? */
export const namesPlay = (document: ArchivedDocument, play: Pick<OpenRecord, 'item' | 'hash' | 'order'>): boolean => {
  if (document.what === 'order') return play.order !== null && sha256(document.envelope.payload) === play.hash
  if (document.what === 'registry' || document.item.id !== play.item) return false
  return document.itemHash === play.hash || assetsOf(document.item).some((a) => a.sha256 === play.hash)
}

const save = (store: Store, of: { readonly seq: number; readonly today: string | null }): Result<null, DiskFault> => {
  const { fs, options } = store
  if (!store.ready) return { ok: true, value: null }
  if (of.today !== null) prune(store, of.today)
  const index = { v: 1, seq: of.seq, media: [...store.media.values()].slice(0, MOST_MEDIA) }
  return tryDisk(options.dir, () => {
    replaceFile(fs, options.dir, INDEX_FILE, new TextEncoder().encode(`${JSON.stringify(index)}\n`))
    return null
  })
}

/** What is past its retention is forgotten: nothing protects its files any more. */
const prune = (store: Store, today: string): void => {
  const { dateOf, playMonths } = store.options
  for (const [key, one] of store.media)
    if (isPast(dateOf(one.last), today, playMonths)) {
      store.media.delete(key)
      store.changes++
    }
}
