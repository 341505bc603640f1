import { type Db, int, type Row, stored, text, textOrNull } from './db.ts'
import type { DraftRow, Store } from './port.ts'

/** Drafts kept. When there is no more room the oldest that are closed leave; the audit log still names them. */
export const MOST_DRAFTS = 500

const STATES = ['waiting', 'released', 'dropped'] as const
type Doc = Pick<DraftRow, 'from' | 'source' | 'trusted' | 'body' | 'notes'>

const draftRow = (row: Row): DraftRow => {
  const closed = textOrNull(row, 'closed')
  return {
    ...stored<Doc>(text(row, 'doc')),
    id: text(row, 'id'),
    key: textOrNull(row, 'key'),
    receivedAt: int(row, 'received_at'),
    state: STATES.find((s) => s === text(row, 'state')) ?? 'waiting',
    order: textOrNull(row, 'order_id'),
    closed: closed === null ? null : stored(closed),
  }
}

const makeRoom = (db: Db): boolean => {
  const kept = int(db.one('SELECT count(*) AS n FROM drafts') ?? {}, 'n')
  if (kept < MOST_DRAFTS) return true
  return (
    db.run(
      "DELETE FROM drafts WHERE id = (SELECT id FROM drafts WHERE state <> 'waiting' ORDER BY received_at, id LIMIT 1)",
    ) === 1
  )
}

export const draftStore = (db: Db): Store['drafts'] => {
  const one = (where: 'id' | 'key', value: string): DraftRow | null => {
    const row = db.one(`SELECT * FROM drafts WHERE ${where} = ?`, value)
    return row === undefined ? null : draftRow(row)
  }
  return {
    put: async (d, audit) =>
      db.commit(() => {
        if (one('id', d.id) !== null || (d.key !== null && one('key', d.key) !== null)) return 'known'
        if (!makeRoom(db)) return 'full'
        const doc: Doc = { from: d.from, source: d.source, trusted: d.trusted, body: d.body, notes: d.notes }
        db.run(
          "INSERT INTO drafts (id, doc, key, received_at, state) VALUES (?, ?, ?, ?, 'waiting')",
          d.id,
          JSON.stringify(doc),
          d.key,
          d.receivedAt,
        )
        db.audit(audit)
        return 'stored'
      }),
    get: async (id) => one('id', id),
    byKey: async (key) => one('key', key),
    list: async (limit) =>
      db
        .all("SELECT * FROM drafts ORDER BY state = 'waiting' DESC, received_at DESC, id DESC LIMIT ?", limit)
        .map(draftRow),
    drop: async (id, closed, audit) =>
      db.commit(() => {
        const changed = db.run(
          "UPDATE drafts SET state = 'dropped', closed = ? WHERE id = ? AND state = 'waiting'",
          JSON.stringify(closed),
          id,
        )
        if (changed === 0) return null
        db.audit(audit)
        return one('id', id)
      }),
    waiting: async () => int(db.one("SELECT count(*) AS n FROM drafts WHERE state = 'waiting'") ?? {}, 'n'),
  }
}

/** Within the commit that stores the order: which draft it came of. One that waits no longer is left as it is. */
export const closeDraft = (
  db: Db,
  id: string,
  it: { readonly order: string; readonly by: string; readonly at: number },
): void => {
  const closed: NonNullable<DraftRow['closed']> = { by: it.by, at: it.at, reason: '' }
  db.run(
    "UPDATE drafts SET state = 'released', order_id = ?, closed = ? WHERE id = ? AND state = 'waiting'",
    it.order,
    JSON.stringify(closed),
    id,
  )
}
