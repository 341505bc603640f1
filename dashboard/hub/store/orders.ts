import { unreachable } from '#core/base/result.ts'
import type { Receipt } from '#core/contract/link.ts'
import { type Db, int, intOrNull, type Row, stored, text, textOrNull } from './db.ts'
import type { OrderRow, OrderSiteRow, Store } from './port.ts'

const STATES = ['open', 'cancelled', 'superseded'] as const

const siteRow = (row: Row): OrderSiteRow => ({
  site: text(row, 'site'),
  sentAt: intOrNull(row, 'sent_at'),
  acceptedAt: intOrNull(row, 'accepted_at'),
  acceptedAfterMs: intOrNull(row, 'accepted_after'),
  shownAt: intOrNull(row, 'shown_at'),
  shownAfterMs: intOrNull(row, 'shown_after'),
  proof: textOrNull(row, 'proof'),
  endedAt: intOrNull(row, 'ended_at'),
  endReason: textOrNull(row, 'end_reason'),
  refused: textOrNull(row, 'refused'),
})

const orderRow = (db: Db, row: Row): OrderRow => ({
  order: stored(text(row, 'doc')),
  envelope: stored(text(row, 'envelope')),
  releasedAt: int(row, 'released_at'),
  state: STATES.find((s) => s === text(row, 'state')) ?? 'open',
  sites: db.all('SELECT * FROM order_sites WHERE order_id = ? ORDER BY site', text(row, 'id')).map(siteRow),
})

/**
 * A cancel that has been accepted has done its work; a release goes again until it has ended, since the edge takes it once only. An
 * update or cancel that has run out goes, too, while what it replaced would still be on: the edge shows nothing of it and ends that.
 */
const WAITING = `
  SELECT o.* FROM orders o JOIN order_sites s ON s.order_id = o.id
  WHERE s.site = :site AND s.refused IS NULL
    AND (o.expires_at > :now OR EXISTS (
      SELECT 1 FROM order_references p JOIN orders e ON e.id = p.earlier JOIN order_sites x ON x.order_id = e.id AND x.site = s.site
      WHERE p.later = o.id AND e.expires_at > :now AND x.ended_at IS NULL AND x.refused IS NULL))
    AND s.ended_at IS NULL
    AND NOT (o.action = 'cancel' AND s.accepted_at IS NOT NULL)
    AND NOT EXISTS (
      SELECT 1 FROM order_references r JOIN order_sites l ON l.order_id = r.later AND l.site = s.site WHERE r.earlier = o.id)
  ORDER BY o.released_at, o.id`

export const orderStore = (db: Db): Store['orders'] => ({
  get: async (id) => {
    const row = db.one('SELECT * FROM orders WHERE id = ?', id)
    return row === undefined ? null : orderRow(db, row)
  },
  list: async (limit) =>
    db.all('SELECT * FROM orders ORDER BY released_at DESC, id DESC LIMIT ?', limit).map((r) => orderRow(db, r)),
  release: async (row, ends, audit) =>
    db.commit(() => {
      const { order } = row
      db.run(
        'INSERT INTO orders (id, doc, envelope, action, expires_at, released_at, state) VALUES (?, ?, ?, ?, ?, ?, ?)',
        order.id,
        JSON.stringify(order),
        JSON.stringify(row.envelope),
        order.action,
        order.expiresAt,
        row.releasedAt,
        row.state,
      )
      for (const s of row.sites) db.run('INSERT INTO order_sites (order_id, site) VALUES (?, ?)', order.id, s.site)
      for (const earlier of order.references)
        db.run('INSERT OR IGNORE INTO order_references (later, earlier) VALUES (?, ?)', order.id, earlier)
      for (const end of ends)
        db.run("UPDATE orders SET state = ? WHERE id = ? AND state = 'open'", end.state, end.order)
      db.audit(audit)
    }),
  waitingFor: async (site, now) => db.named(WAITING, { site, now }).map((r) => orderRow(db, r)),
  sent: async (order, site, at) =>
    void db.run(
      'UPDATE order_sites SET sent_at = ? WHERE order_id = ? AND site = ? AND sent_at IS NULL',
      at,
      order,
      site,
    ),
  receipt: async (site, receipt, heardAt) => db.commit(() => applyReceipt(db, site, receipt, heardAt)),
})

const applyReceipt = (db: Db, site: string, r: Receipt, heardAt: number): 'first' | 'again' | 'unknown' => {
  if (db.one('SELECT 1 AS known FROM order_sites WHERE order_id = ? AND site = ?', r.order, site) === undefined)
    return 'unknown'
  return storeStage(db, site, r, heardAt) === 1 ? 'first' : 'again'
}

const storeStage = (db: Db, site: string, r: Receipt, heardAt: number): number => {
  const where = 'WHERE order_id = ? AND site = ?'
  const key = [r.order, site] as const
  switch (r.stage) {
    case 'accepted':
      return db.run(
        `UPDATE order_sites SET accepted_at = ?, accepted_after = ? ${where} AND accepted_at IS NULL`,
        heardAt,
        r.afterMs,
        ...key,
      )
    case 'shown':
      return db.run(
        `UPDATE order_sites SET shown_at = ?, shown_after = ?, proof = ? ${where} AND shown_at IS NULL`,
        heardAt,
        r.afterMs,
        r.proof,
        ...key,
      )
    case 'ended':
      return db.run(
        `UPDATE order_sites SET ended_at = ?, end_reason = ? ${where} AND ended_at IS NULL`,
        heardAt,
        r.reason,
        ...key,
      )
    case 'refused': {
      const why = r.detail === '' ? (r.reason ?? 'refused') : `${r.reason ?? 'refused'}: ${r.detail}`
      return db.run(
        `UPDATE order_sites SET refused = ? ${where} AND refused IS NULL AND accepted_at IS NULL`,
        why,
        ...key,
      )
    }
  }
  return unreachable(r.stage)
}
