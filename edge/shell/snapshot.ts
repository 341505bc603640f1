import { join } from 'node:path'
import { LowSync, type SyncAdapter } from 'lowdb'
import { Type } from 'typebox'
import { checkDocument } from '#core/base/check.ts'
import { Id } from '#core/base/schema.ts'
import { EnvelopeSchema } from '#core/contract/envelope.ts'
import { Receipt } from '#core/contract/link.ts'
import { BLANK_REASONS } from '#core/emergency/preset.ts'
import type { Durable } from '#core/engine/state.ts'
import { sha256 } from './crypto.ts'
import { type DurableFs, realDurableFs, replaceFile } from './durable.ts'

/** The durable part of the engine's state, one small document. Written whole; a checksum in its first line finds damage. */
export type SnapshotStore = {
  /** Durable when it returns. Throws what the file system says (disk full, read-only). */
  readonly write: (durable: Durable) => void
}

export type SnapshotOpened = {
  readonly store: SnapshotStore
  readonly durable: Durable | null
  /** What was wrong with the files, for the log; empty when nothing was. */
  readonly faults: readonly string[]
}

/**
 * Largest snapshot that is read, bytes. Above what can be in one: the order book bounds the signed text of its orders, of five classes and of
 * those that are over (core/emergency/book.ts), and each stands here twice, in its envelope and read.
 */
const MOST_BYTES = 128 * 1024 * 1024

/**
 * Only the outer form is checked here; envelopes are verified again, and the order book is rebuilt by the engine's own types, which a
 * checksum over our own bytes protects.
 */
const Local = Type.Object(
  {
    source: Id,
    order: Id,
    hash: Type.String({ maxLength: 64 }),
    since: Type.Integer(),
    until: Type.Integer(),
    hold: Type.Optional(Type.Integer({ minimum: 0 })),
    unset: Type.Boolean(),
    by: Type.Union([
      Type.Object(
        { person: Type.String({ maxLength: 64 }), reason: Type.Enum(BLANK_REASONS) },
        { additionalProperties: false },
      ),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
)
const Outer = Type.Object(
  {
    v: Type.Literal(1),
    registry: Type.Union([EnvelopeSchema, Type.Null()]),
    schedule: Type.Union([EnvelopeSchema, Type.Null()]),
    orders: Type.Unknown(),
    receipts: Type.Array(Receipt, { maxItems: 10_000 }),
    local: Type.Optional(Type.Array(Local, { maxItems: 100 })),
  },
  { additionalProperties: false },
)

const encode = (durable: Durable): string => {
  const body = JSON.stringify(durable)
  return `${sha256(body)}\n${body}\n`
}

const decode = (text: string): Durable | string => {
  const cut = text.indexOf('\n')
  const body = text.slice(cut + 1, -1)
  if (cut !== 64 || !text.endsWith('\n') || sha256(body) !== text.slice(0, cut)) return 'checksum does not match'
  const parsed = checkDocument(Outer, JSON.parse(body))
  if (!parsed.ok) return parsed.error.map((f) => `${f.where}: ${f.why}`).join('; ')
  return parsed.value as Durable
}

const readCopy = (path: string, fs: DurableFs): Durable | string => {
  try {
    const bytes = fs.readAll(path)
    return bytes.length > MOST_BYTES ? `larger than ${MOST_BYTES} bytes` : decode(new TextDecoder().decode(bytes))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** lowdb's port, made safe against power cuts: the copy before stays as `.previous`, the new one replaces the file atomically. */
const durableAdapter = (path: string, faults: string[], fs: DurableFs): SyncAdapter<Durable> => {
  const good = { current: false }
  return {
    read: () => {
      for (const copy of [path, `${path}.previous`]) {
        if (!fs.exists(copy)) continue
        const read = readCopy(copy, fs)
        if (typeof read !== 'string') {
          good.current = copy === path
          return read
        }
        faults.push(`${copy}: ${read}`)
      }
      return null
    },
    write: (durable) => {
      // A damaged copy must not push out a good one. One fsync of the folder, at the end, covers all three changes of names.
      if (good.current) {
        fs.remove(`${path}.previous`)
        fs.link(path, `${path}.previous`)
      }
      replaceFile(path, encode(durable), 0o600, fs)
      good.current = true
    },
  }
}

/** Never fails: a damaged file is passed over for the copy before it, and that for nothing, each with a fault to report. */
export const openSnapshot = (dataDir: string, empty: Durable, fs: DurableFs = realDurableFs): SnapshotOpened => {
  const faults: string[] = []
  const low = new LowSync<Durable | null>(
    durableAdapter(join(dataDir, 'snapshot.json'), faults, fs) as SyncAdapter<Durable | null>,
    null,
  )
  low.read()
  const durable = low.data
  if (durable === null) low.data = empty
  return {
    durable,
    faults,
    store: {
      write: (next) => {
        low.data = next
        low.write()
      },
    },
  }
}
