import { FRAME_MOMENTS } from '#core/contract/api.ts'
import { type Db, int, type Row, text } from './db.ts'
import type { FrameRow, Store } from './port.ts'

const frameRow = (row: Row): FrameRow => ({
  order: text(row, 'order_id'),
  site: text(row, 'site'),
  moment: FRAME_MOMENTS.find((m) => m === text(row, 'moment')) ?? 'during',
  at: int(row, 'at'),
  mime: text(row, 'mime'),
  bytes: int(row, 'bytes'),
  sha256: text(row, 'sha256'),
})

const OF_ORDER = `
  SELECT * FROM order_frames WHERE order_id = ?
  ORDER BY site, CASE moment WHEN 'before' THEN 0 WHEN 'during' THEN 1 ELSE 2 END`

const OLD_FRAMES = `
  SELECT f.order_id, f.site, f.moment, f.sha256 FROM order_frames f JOIN orders o ON o.id = f.order_id WHERE o.expires_at < ? LIMIT ?`

/** Pictures that officers gave to orders, none of which is younger, and that no item shows; what somebody uploads now may be for an order. */
const OLD_PICTURES = `
  SELECT a.sha256 FROM assets a
  WHERE a.stored_at < :before AND EXISTS (SELECT 1 FROM orders o WHERE json_extract(o.doc, '$.picture.sha256') = a.sha256)
    AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.expires_at >= :before AND json_extract(o.doc, '$.picture.sha256') = a.sha256)
    AND NOT EXISTS (SELECT 1 FROM pending_orders p WHERE json_extract(p.doc, '$.picture.sha256') = a.sha256)
    AND NOT EXISTS (SELECT 1 FROM items i WHERE instr(i.doc, a.sha256) > 0)
  LIMIT :most`

const forgetOrders = (db: Db, it: { readonly before: number; readonly most: number }) => {
  const { before, most } = it
  const pending = db.run(
    `DELETE FROM pending_orders WHERE id IN (
       SELECT id FROM pending_orders WHERE state <> 'waiting' AND json_extract(doc, '$.expiresAt') < ? LIMIT ?)`,
    before,
    most,
  )
  const frames = db.all(OLD_FRAMES, before, most)
  for (const f of frames)
    db.run(
      'DELETE FROM order_frames WHERE order_id = ? AND site = ? AND moment = ?',
      text(f, 'order_id'),
      text(f, 'site'),
      text(f, 'moment'),
    )
  const pictures = db.named(OLD_PICTURES, { before, most }).map((row) => text(row, 'sha256'))
  for (const sha256 of pictures) db.run('DELETE FROM assets WHERE sha256 = ?', sha256)
  const isNamed = (sha256: string): boolean =>
    db.one(
      'SELECT 1 AS named FROM order_frames WHERE sha256 = ? UNION SELECT 1 FROM assets WHERE sha256 = ?',
      sha256,
      sha256,
    ) !== undefined
  const gone = new Set([...frames.map((f) => text(f, 'sha256')), ...pictures])
  return { pending, pictures: frames.length + pictures.length, files: [...gone].filter((sha256) => !isNamed(sha256)) }
}

export const frameStore = (db: Db): Store['frames'] => ({
  // Many come at the moment in which the receipts of an order come: they are written together with those.
  put: (f) =>
    db.soon(
      () =>
        db.run(
          'INSERT OR IGNORE INTO order_frames (order_id, site, moment, at, mime, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)',
          f.order,
          f.site,
          f.moment,
          f.at,
          f.mime,
          f.bytes,
          f.sha256,
        ) === 1,
    ),
  of: async (order) => db.all(OF_ORDER, order).map(frameRow),
  forget: async (it) => db.commit(() => forgetOrders(db, it)),
  get: async (order, site, moment) => {
    const row = db.one('SELECT * FROM order_frames WHERE order_id = ? AND site = ? AND moment = ?', order, site, moment)
    return row === undefined ? null : frameRow(row)
  },
})
