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
  get: async (order, site, moment) => {
    const row = db.one('SELECT * FROM order_frames WHERE order_id = ? AND site = ? AND moment = ?', order, site, moment)
    return row === undefined ? null : frameRow(row)
  },
})
