import { type Db, int, type Row, stored, text, textOrNull } from './db.ts'
import type { PendingRow, Store } from './port.ts'

/** Orders that wait for a second person at once: each lapses within half an hour. */
export const MOST_PENDING = 100

const STATES = ['waiting', 'released', 'withdrawn', 'lapsed'] as const

const pendingRow = (row: Row): PendingRow => {
  const withdrawn = textOrNull(row, 'withdrawn')
  return {
    order: stored(text(row, 'doc')),
    envelope: stored(text(row, 'envelope')),
    signers: stored(text(row, 'signers')),
    receivedAt: int(row, 'received_at'),
    lapsesAt: int(row, 'lapses_at'),
    draft: textOrNull(row, 'draft'),
    state: STATES.find((s) => s === text(row, 'state')) ?? 'waiting',
    withdrawn: withdrawn === null ? null : stored(withdrawn),
  }
}

export const pendingStore = (db: Db): Store['pending'] => {
  const get = (id: string): PendingRow | null => {
    const row = db.one('SELECT * FROM pending_orders WHERE id = ?', id)
    return row === undefined ? null : pendingRow(row)
  }
  return {
    get: async (id) => get(id),
    list: async (limit) =>
      db
        .all(
          "SELECT * FROM pending_orders WHERE state <> 'released' ORDER BY state = 'waiting' DESC, received_at DESC, id DESC LIMIT ?",
          limit,
        )
        .map(pendingRow),
    put: async (p, audit) =>
      db.commit(() => {
        if (get(p.order.id) !== null || db.one('SELECT 1 FROM orders WHERE id = ?', p.order.id) !== undefined)
          return 'known'
        const waiting = db.one("SELECT count(*) AS n FROM pending_orders WHERE state = 'waiting'") ?? {}
        if (int(waiting, 'n') >= MOST_PENDING) return 'full'
        db.run(
          `INSERT INTO pending_orders (id, doc, envelope, signers, lapses_at, received_at, draft, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting')`,
          p.order.id,
          JSON.stringify(p.order),
          JSON.stringify(p.envelope),
          JSON.stringify(p.signers),
          p.lapsesAt,
          p.receivedAt,
          p.draft,
        )
        db.audit(audit)
        return 'stored'
      }),
    withdraw: async (id, withdrawn, audit) =>
      db.commit(() => {
        const changed = db.run(
          "UPDATE pending_orders SET state = 'withdrawn', withdrawn = ? WHERE id = ? AND state = 'waiting'",
          JSON.stringify(withdrawn),
          id,
        )
        if (changed === 0) return null
        db.audit(audit)
        return get(id)
      }),
    lapse: async (now) =>
      db.commit(() => {
        const late = db.all("SELECT * FROM pending_orders WHERE state = 'waiting' AND lapses_at <= ?", now)
        return late.map(pendingRow).map((row): PendingRow => {
          db.run("UPDATE pending_orders SET state = 'lapsed' WHERE id = ?", row.order.id)
          const detail = `signed by ${row.signers.map((s) => s.user).join(', ')} alone`
          db.audit({ at: now, person: 'hub', action: 'order.lapsed', subject: row.order.id, detail, address: '' })
          return { ...row, state: 'lapsed' }
        })
      }),
  }
}

/** Within the commit that stores the order; false: it no longer waits, so the order must not be stored. */
export const takePending = (db: Db, id: string): boolean =>
  db.run("UPDATE pending_orders SET state = 'released' WHERE id = ? AND state = 'waiting'", id) === 1
