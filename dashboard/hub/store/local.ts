import type { Order } from '#core/emergency/order.ts'
import type { LocalLine } from '../playlog/line.ts'
import type { Db } from './db.ts'
import type { LocalStage } from './port.ts'

/**
 * Orders that a site gave itself (a key switch, a technician's blank), out of its evidence: nobody signed them, and the hub only hears of
 * them. They stand among the others, marked as local, and never go out to anybody.
 */

/** Until the site says that it has ended; its stated end is moved on there while its contact asks for it. */
const OPEN_END = 8_000_000_000_000

/** Says what is new to somebody who looks at it; null: nothing, or a line that does not fit what is stored. */
export const foldLocal = (
  db: Db,
  site: string,
  line: { readonly wall: number; readonly quality: string; readonly body: LocalLine },
): LocalStage | null => {
  const { body, wall, quality } = line
  const told = { site, order: body.order, stage: body.stage, wall, quality, reason: body.reason, detail: body.detail }
  switch (body.stage) {
    case 'received':
      return body.local !== undefined && received(db, site, { wall, order: body.local, id: body.order }) ? told : null
    case 'active':
      return null
    case 'shown':
      return known(db, site, body.order) && shown(db, site, line) ? told : null
    case 'ended':
      return known(db, site, body.order) && ended(db, site, line) ? told : null
  }
}

/** Only what this site said itself: no line of evidence touches an order that an officer released, or that of another site. */
const known = (db: Db, site: string, order: string): boolean =>
  db.one(
    'SELECT 1 AS known FROM orders o JOIN order_sites s ON s.order_id = o.id WHERE o.id = ? AND o.local = 1 AND s.site = ?',
    order,
    site,
  ) !== undefined

const received = (
  db: Db,
  site: string,
  it: { readonly id: string; readonly wall: number; readonly order: Order },
): boolean => {
  if (it.order.id !== it.id) return false
  const doc = JSON.stringify({ ...it.order, targets: [site] } satisfies Order)
  // A blank that was renewed says so under its own number, with its new end.
  if (known(db, site, it.id))
    return db.run("UPDATE orders SET doc = ? WHERE id = ? AND local = 1 AND state = 'open'", doc, it.id) === 1
  if (db.one('SELECT 1 AS known FROM orders WHERE id = ?', it.id) !== undefined) return false
  const envelope = JSON.stringify({ v: 1, type: 'order', payload: doc, signatures: [] })
  db.run(
    `INSERT INTO orders (id, doc, envelope, action, expires_at, released_at, state, local) VALUES (?, ?, ?, 'release', ?, ?, 'open', 1)`,
    it.id,
    doc,
    envelope,
    OPEN_END,
    it.wall,
  )
  db.run(
    'INSERT INTO order_sites (order_id, site, accepted_at, accepted_after) VALUES (?, ?, ?, 0)',
    it.id,
    site,
    it.wall,
  )
  return true
}

const AFTER = '(SELECT MAX(0, ? - released_at) FROM orders WHERE id = order_id)'

const shown = (db: Db, site: string, { wall, body }: { readonly wall: number; readonly body: LocalLine }): boolean =>
  db.run(
    `UPDATE order_sites SET shown_at = ?, shown_after = ${AFTER}, proof = ? WHERE order_id = ? AND site = ? AND shown_at IS NULL`,
    wall,
    wall,
    body.detail,
    body.order,
    site,
  ) === 1

const ended = (db: Db, site: string, { wall, body }: { readonly wall: number; readonly body: LocalLine }): boolean => {
  const changed = db.run(
    'UPDATE order_sites SET ended_at = ?, end_reason = ? WHERE order_id = ? AND site = ? AND ended_at IS NULL',
    wall,
    body.reason,
    body.order,
    site,
  )
  db.run(
    'UPDATE orders SET state = ?, expires_at = ? WHERE id = ? AND local = 1',
    body.reason === 'expired' ? 'open' : 'cancelled',
    wall,
    body.order,
  )
  return changed === 1
}
