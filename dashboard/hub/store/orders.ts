import { unreachable } from '#core/base/result.ts'
import type { Receipt } from '#core/contract/link.ts'
import { MOST_AGAIN } from '#core/emergency/order.ts'
import { type Db, int, intOrNull, type Row, stored, text, textOrNull } from './db.ts'
import { closeDraft } from './drafts.ts'
import { takePending } from './pending.ts'
import type { OrderRow, OrderSiteRow, Owed, SignerRow, Store } from './port.ts'

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
  again: int(row, 'again'),
  againAt: intOrNull(row, 'again_at'),
})

/** Orders from before two persons could sign have no list of signers. */
const signersOf = (row: Row, issuer: string): readonly SignerRow[] => {
  const signers = stored<readonly SignerRow[]>(text(row, 'signers'))
  return signers.length > 0 ? signers : [{ user: issuer, at: int(row, 'released_at') }]
}

const reviewOf = (row: Row): OrderRow['review'] => {
  const dueAt = intOrNull(row, 'review_due')
  if (dueAt === null) return null
  const by = textOrNull(row, 'review_by')
  return { dueAt, by, at: intOrNull(row, 'review_at'), note: textOrNull(row, 'review_note') }
}

const stateOf = (row: Row): OrderRow['state'] => {
  const state = STATES.find((s) => s === text(row, 'state')) ?? 'open'
  return state === 'superseded' && int(row, 'cleared') === 1 ? 'cleared' : state
}

const orderRow = (db: Db, row: Row): OrderRow => {
  const order = stored<OrderRow['order']>(text(row, 'doc'))
  return {
    order,
    envelope: stored(text(row, 'envelope')),
    releasedAt: int(row, 'released_at'),
    state: stateOf(row),
    sites: db.all('SELECT * FROM order_sites WHERE order_id = ? ORDER BY site', text(row, 'id')).map(siteRow),
    // Nobody signed what a switch at the site brought up (store/local.ts).
    signers: int(row, 'local') === 1 ? [] : signersOf(row, order.issuer),
    document: textOrNull(row, 'document'),
    documentDue: intOrNull(row, 'document_due'),
    review: reviewOf(row),
    local: int(row, 'local') === 1,
  }
}

/**
 * A cancel or a document that has been accepted has done its work; a release goes again until it has ended, since the edge takes it once
 * only. An update or cancel that has run out goes, too, while what it replaced would still be on: the edge shows nothing of it and ends
 * that. A document takes nobody's place, nor does what the edge refused: then what it was to replace is all that site has.
 */
const waiting = (which: string): string => `
  SELECT o.id FROM order_sites s JOIN orders o ON o.id = s.order_id
  WHERE s.site = :site AND ${which} AND o.local = 0
    AND (o.expires_at > :now OR o.action <> 'document' AND EXISTS (
      SELECT 1 FROM order_references p JOIN orders e ON e.id = p.earlier JOIN order_sites x ON x.order_id = e.id AND x.site = s.site
      WHERE p.later = o.id AND e.expires_at > :now AND x.ended_at IS NULL AND x.refused IS NULL))
    AND s.ended_at IS NULL
    AND NOT (o.action IN ('cancel', 'document') AND s.accepted_at IS NOT NULL)
    AND NOT EXISTS (
      SELECT 1 FROM order_references r JOIN order_sites l ON l.order_id = r.later AND l.site = s.site
        JOIN orders n ON n.id = r.later AND n.action <> 'document'
      WHERE r.earlier = o.id AND l.refused IS NULL)
  ORDER BY o.released_at, o.id`
const WAITING = waiting('s.refused IS NULL')
const UNANSWERED = waiting('s.refused IS NULL AND s.accepted_at IS NULL')
/** `refused` is the reason, and behind a colon its detail. */
const REFUSED_FOR = waiting(`s.refused IS NOT NULL AND s.again < ${MOST_AGAIN} AND o.expires_at > :now AND EXISTS (
  SELECT 1 FROM json_each(:reasons) w WHERE s.refused || ':' LIKE w.value || ':%')`)

const IN_FORCE = `o.state = 'open' AND o.expires_at > ? AND o.action NOT IN ('cancel', 'document')
  AND EXISTS (SELECT 1 FROM order_sites e WHERE e.order_id = o.id AND e.ended_at IS NULL AND e.refused IS NULL)`

/** Of an emergency alone it is certain that it must be on the glass: other orders may have to wait for one. */
const NOT_SHOWN = `
  SELECT s.site, COUNT(*) AS orders FROM orders o JOIN order_sites s ON s.order_id = o.id
  WHERE o.state = 'open' AND o.local = 0 AND o.expires_at > :now AND o.action NOT IN ('cancel', 'document')
    AND json_extract(o.doc, '$.class') = 'emergency' AND json_extract(o.doc, '$.startsAt') <= :now
    AND s.accepted_at IS NOT NULL AND s.shown_at IS NULL AND s.ended_at IS NULL AND s.refused IS NULL
  GROUP BY s.site`

const OWING = `
  SELECT id, 'document' AS what, document_due AS due, document_told AS told FROM orders WHERE document IS NULL AND document_due IS NOT NULL
  UNION ALL
  SELECT id, 'review', review_due, review_told FROM orders WHERE review_by IS NULL AND review_due IS NOT NULL
  ORDER BY due LIMIT ?`

const RELATED = `
  SELECT * FROM orders WHERE id IN (
    SELECT earlier FROM order_references WHERE later = ? UNION SELECT later FROM order_references WHERE earlier = ?)
  ORDER BY released_at, id LIMIT ?`

/** The rows of sites of each with those of all newer ones that are over; those in force count for nothing and are always there. */
const LISTED = `
  WITH newest AS (
    SELECT *, state = 'open' AND expires_at > :now AS live FROM orders ORDER BY released_at DESC, id DESC LIMIT :limit),
  counted AS (
    SELECT *, SUM(CASE WHEN live THEN 0 ELSE (SELECT count(*) FROM order_sites s WHERE s.order_id = newest.id) END)
      OVER (ORDER BY released_at DESC, id DESC) AS sites FROM newest)
  SELECT * FROM counted WHERE live OR sites <= :mostSites ORDER BY released_at DESC, id DESC`

const owedRow = (row: Row): Owed => ({
  order: text(row, 'id'),
  what: text(row, 'what') === 'document' ? 'document' : 'review',
  dueAt: int(row, 'due'),
  told: intOrNull(row, 'told') !== null,
})

type Release = Parameters<Store['orders']['release']>[0]

const insertOrder = (db: Db, row: OrderRow): void => {
  const { order } = row
  db.run(
    `INSERT INTO orders (id, doc, envelope, action, expires_at, released_at, state, signers, document_due, review_due)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    order.id,
    JSON.stringify(order),
    JSON.stringify(row.envelope),
    order.action,
    order.expiresAt,
    row.releasedAt,
    'open',
    JSON.stringify(row.signers),
    row.documentDue,
    row.review?.dueAt ?? null,
  )
  for (const s of row.sites) db.run('INSERT INTO order_sites (order_id, site) VALUES (?, ?)', order.id, s.site)
  for (const earlier of order.references)
    db.run('INSERT OR IGNORE INTO order_references (later, earlier) VALUES (?, ?)', order.id, earlier)
}

const storeRelease = (db: Db, ask: Release): 'released' | 'known' => {
  const { row, ends } = ask
  const { order } = row
  if (db.one('SELECT 1 AS known FROM orders WHERE id = ?', order.id) !== undefined) return 'known'
  // The same order, handed in with both signatures while it was being held with one, waits no longer either.
  if (!takePending(db, order.id) && ask.fromPending) return 'known'
  insertOrder(db, row)
  for (const end of ends) {
    db.run(
      "UPDATE orders SET state = ?, cleared = ? WHERE id = ? AND state = 'open'",
      end.state === 'cleared' ? 'superseded' : end.state,
      end.state === 'cleared' ? 1 : 0,
      end.order,
    )
    // The number that was asked of the one before is asked of the one that took its place (its `documentDue` is the earlier of both).
    if (end.state !== 'cancelled' && row.documentDue !== null)
      db.run('UPDATE orders SET document_due = NULL WHERE id = ? AND document IS NULL', end.order)
  }
  // An order that only brings a number may correct one that was brought before; an update that has one fills in what is missing.
  const where = order.action === 'document' ? '' : ' AND document IS NULL AND document_due IS NOT NULL'
  if (ask.document !== null)
    for (const earlier of order.references)
      db.run(`UPDATE orders SET document = ? WHERE id = ?${where}`, ask.document, earlier)
  if (ask.draft !== null)
    closeDraft(db, ask.draft, { order: order.id, by: row.signers.at(-1)?.user ?? order.issuer, at: row.releasedAt })
  for (const entry of ask.audit) db.audit(entry)
  return 'released'
}

/** Of an order what never changes once it has been released, asked for with every receipt; the latest ones stay in memory. */
const MOST_FIXED = 64
type Fixed = {
  readonly releasedAt: number /** The n-th of its sites by id, from 0. */
  readonly siteAt: (n: number) => string | null
}
const makeFixed = (db: Db): { readonly of: (order: string) => Fixed | null } => {
  const kept = new Map<string, Fixed>()
  const read = (order: string): Fixed | null => {
    const row = db.one('SELECT released_at FROM orders WHERE id = ?', order)
    if (row === undefined) return null
    const places = new Map<number, string | null>()
    const siteAt = (n: number): string | null => {
      const known = places.get(n)
      if (known !== undefined) return known
      const at = db.one('SELECT site FROM order_sites WHERE order_id = ? ORDER BY site LIMIT 1 OFFSET ?', order, n)
      const site = at === undefined ? null : text(at, 'site')
      places.set(n, site)
      return site
    }
    return { releasedAt: int(row, 'released_at'), siteAt }
  }
  return {
    of: (order) => {
      const known = kept.get(order) ?? read(order)
      if (known === null) return null
      kept.delete(order)
      kept.set(order, known)
      const oldest = kept.keys().next().value
      if (kept.size > MOST_FIXED && oldest !== undefined) kept.delete(oldest)
      return known
    },
  }
}

export const orderStore = (db: Db): Store['orders'] => ordersOf(db, makeFixed(db))

const ordersOf = (db: Db, fixed: ReturnType<typeof makeFixed>): Store['orders'] => ({
  get: async (id) => {
    const row = db.one('SELECT * FROM orders WHERE id = ?', id)
    return row === undefined ? null : orderRow(db, row)
  },
  listed: async ({ limit, mostSites, now }) => db.named(LISTED, { limit, mostSites, now }).map((r) => orderRow(db, r)),
  recent: async (limit) =>
    db
      .all('SELECT doc, state, cleared FROM orders ORDER BY released_at DESC, id DESC LIMIT ?', limit)
      .map((row) => ({ order: stored<OrderRow['order']>(text(row, 'doc')), state: stateOf(row) })),
  release: async (ask) => db.commit(() => storeRelease(db, ask)),
  review: async (id, by, audit) =>
    db.commit(() => {
      const changed = db.run(
        `UPDATE orders SET review_by = ?, review_at = ?, review_note = ?
         WHERE id = ? AND review_due IS NOT NULL AND review_by IS NULL`,
        by.user,
        by.at,
        by.note,
        id,
      )
      if (changed === 1) db.audit(audit)
      return changed === 1
    }),
  owing: async (limit) => db.all(OWING, limit).map(owedRow),
  overdue: async (owed, audit) =>
    db.commit(() => {
      const column = owed.what === 'document' ? 'document_told' : 'review_told'
      const changed = db.run(`UPDATE orders SET ${column} = ? WHERE id = ? AND ${column} IS NULL`, audit.at, owed.order)
      if (changed === 1) db.audit(audit)
      return changed === 1
    }),
  related: async (id, limit) => db.all(RELATED, id, id, limit).map((r) => orderRow(db, r)),
  waitingFor: async (site, now) => db.named(WAITING, { site, now }).map((r) => text(r, 'id')),
  unanswered: async (site, now) => db.named(UNANSWERED, { site, now }).map((r) => text(r, 'id')),
  refusedFor: async (site, reasons, now) =>
    db.named(REFUSED_FOR, { site, now, reasons: JSON.stringify(reasons) }).map((r) => text(r, 'id')),
  sentAgain: (order, site, at) =>
    db.soon(
      () =>
        void db.run(
          'UPDATE order_sites SET again = again + 1, again_at = ? WHERE order_id = ? AND site = ?',
          at,
          order,
          site,
        ),
    ),
  lastSent: async (order, site) => {
    const row = db.one(
      'SELECT COALESCE(again_at, sent_at) AS at FROM order_sites WHERE order_id = ? AND site = ?',
      order,
      site,
    )
    return row === undefined ? null : intOrNull(row, 'at')
  },
  references: async (order) =>
    db.all('SELECT earlier FROM order_references WHERE later = ?', order).map((r) => text(r, 'earlier')),
  envelope: async (order) => {
    const row = db.one('SELECT envelope FROM orders WHERE id = ?', order)
    return row === undefined ? null : text(row, 'envelope')
  },
  releasedAt: async (order) => fixed.of(order)?.releasedAt ?? null,
  isAmongFirst: async (order, site, many) => {
    if (db.one('SELECT 1 AS known FROM order_sites WHERE order_id = ? AND site = ?', order, site) === undefined)
      return false
    const last = fixed.of(order)?.siteAt(many - 1) ?? null
    return last === null || site <= last
  },
  sent: (order, sites, at) =>
    db.soon(
      () =>
        void db.run(
          `UPDATE order_sites SET sent_at = ?
           WHERE order_id = ? AND site IN (SELECT value FROM json_each(?)) AND sent_at IS NULL`,
          at,
          order,
          JSON.stringify(sites),
        ),
    ),
  inForce: async (now) => {
    const classes = db.all(
      `SELECT json_extract(o.doc, '$.class') AS class, COUNT(*) AS orders FROM orders o WHERE ${IN_FORCE} GROUP BY 1`,
      now,
    )
    const row = db.one(
      `SELECT COUNT(DISTINCT s.site) AS sites FROM orders o JOIN order_sites s ON s.order_id = o.id
       WHERE ${IN_FORCE} AND s.accepted_at IS NULL AND s.refused IS NULL`,
      now,
    )
    return {
      byClass: new Map(classes.map((r) => [text(r, 'class'), int(r, 'orders')])),
      undelivered: row === undefined ? 0 : int(row, 'sites'),
    }
  },
  notShown: async (now) => new Map(db.named(NOT_SHOWN, { now }).map((r) => [text(r, 'site'), int(r, 'orders')])),
  receipt: (site, receipt, heardAt) => db.soon(() => applyReceipt(db, site, receipt, heardAt)),
})

/** A receipt that changes nothing is rare: only then is it asked whether the order was addressed to that site at all. */
const applyReceipt = (db: Db, site: string, r: Receipt, heardAt: number): 'first' | 'again' | 'unknown' => {
  if (storeStage(db, site, r, heardAt) === 1) return 'first'
  const known = db.one('SELECT 1 AS known FROM order_sites WHERE order_id = ? AND site = ?', r.order, site)
  return known === undefined ? 'unknown' : 'again'
}

const storeStage = (db: Db, site: string, r: Receipt, heardAt: number): number => {
  const where = 'WHERE order_id = ? AND site = ?'
  const key = [r.order, site] as const
  switch (r.stage) {
    case 'accepted':
      return db.run(
        `UPDATE order_sites SET accepted_at = ?, accepted_after = ?, refused = NULL ${where} AND accepted_at IS NULL`,
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
        `UPDATE order_sites SET refused = ? ${where} AND refused IS NOT ? AND accepted_at IS NULL`,
        why,
        ...key,
        why,
      )
    }
  }
  return unreachable(r.stage)
}
