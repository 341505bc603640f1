import { type Db, int, intOrNull, type Row, stored, text, textOrNull } from './db.ts'
import type { ItemRow, ScheduleRow, Store } from './port.ts'

const STATES = ['submitted', 'approved', 'rejected'] as const

const itemRow = (row: Row): ItemRow => {
  const approval = textOrNull(row, 'approval')
  return {
    item: stored(text(row, 'doc')),
    hash: text(row, 'hash'),
    sites: stored(text(row, 'sites')),
    state: STATES.find((s) => s === text(row, 'state')) ?? 'submitted',
    submittedAt: int(row, 'submitted_at'),
    approval: approval === null ? null : stored(approval),
    approvedBy: textOrNull(row, 'approved_by'),
    approvedAt: intOrNull(row, 'approved_at'),
    rejectReason: textOrNull(row, 'reject_reason'),
  }
}

/** Refusals are shown newest first, and not for ever. */
const MOST_REFUSALS = 500

export const contentStore = (db: Db): Store['content'] => ({
  items: async () => db.all('SELECT * FROM items ORDER BY submitted_at DESC, id LIMIT 5000').map(itemRow),
  item: async (id) => {
    const row = db.one('SELECT * FROM items WHERE id = ?', id)
    return row === undefined ? null : itemRow(row)
  },
  submit: async (r, audit) =>
    db.commit(() => {
      db.run(
        'INSERT INTO items (id, doc, hash, sites, state, submitted_at) VALUES (?, ?, ?, ?, ?, ?)',
        r.item.id,
        JSON.stringify(r.item),
        r.hash,
        JSON.stringify(r.sites),
        r.state,
        r.submittedAt,
      )
      db.audit(audit)
    }),
  revise: async (r, before, audit) =>
    db.commit(() => {
      const changed = db.run(
        `UPDATE items SET doc = ?, hash = ?, state = 'submitted', submitted_at = ?, approval = NULL, approved_by = NULL,
           approved_at = NULL, reject_reason = NULL
         WHERE id = ? AND hash = ?`,
        JSON.stringify(r.item),
        r.hash,
        r.submittedAt,
        r.item.id,
        before,
      )
      if (changed === 1) db.audit(audit)
      return changed === 1
    }),
  decide: async (r, audit) =>
    db.commit(() => {
      const changed = db.run(
        `UPDATE items SET state = ?, approval = ?, approved_by = ?, approved_at = ?, reject_reason = ?
         WHERE id = ? AND hash = ? AND state = 'submitted'`,
        r.state,
        r.approval === null ? null : JSON.stringify(r.approval),
        r.approvedBy,
        r.approvedAt,
        r.rejectReason,
        r.item.id,
        r.hash,
      )
      if (changed === 1) db.audit(audit)
      return changed === 1
    }),
  reopen: async (id, audit) =>
    db.commit(() => {
      const changed = db.run(
        `UPDATE items SET state = 'submitted', approval = NULL, approved_by = NULL, approved_at = NULL
         WHERE id = ? AND state = 'approved'`,
        id,
      )
      if (changed === 1) db.audit(audit)
    }),
  refusals: async () =>
    db
      .all(
        `SELECT site, item, reason, detail, MAX(wall) AS wall FROM refusals GROUP BY site, item, reason ORDER BY wall DESC LIMIT ${MOST_REFUSALS}`,
      )
      .map((r) => ({
        site: text(r, 'site'),
        item: text(r, 'item'),
        reason: text(r, 'reason'),
        detail: text(r, 'detail'),
        at: int(r, 'wall'),
      })),
  asset: async (sha256) => {
    const row = db.one('SELECT * FROM assets WHERE sha256 = ?', sha256)
    return row === undefined ? null : { sha256, bytes: int(row, 'bytes'), mime: text(row, 'mime') }
  },
  putAsset: async (a, at) =>
    void db.run(
      'INSERT INTO assets (sha256, bytes, mime, stored_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET stored_at = excluded.stored_at',
      a.sha256,
      a.bytes,
      a.mime,
      at,
    ),
})

const scheduleRow = (row: Row): ScheduleRow => ({
  site: text(row, 'site'),
  version: int(row, 'version'),
  envelope: stored(text(row, 'envelope')),
  publishedAt: int(row, 'published_at'),
})

export const scheduleStore = (db: Db): Store['schedules'] => ({
  latest: async (site, above = 0) => {
    const row = db.one(
      'SELECT * FROM schedules WHERE site = ? AND version > ? ORDER BY version DESC LIMIT 1',
      site,
      above,
    )
    return row === undefined ? null : scheduleRow(row)
  },
  within: async (site, { from, to }, most) =>
    db
      .named(
        `SELECT * FROM schedules WHERE site = :site AND published_at < :to AND version >=
           COALESCE((SELECT MAX(version) FROM schedules WHERE site = :site AND published_at <= :from), 0)
         ORDER BY version DESC LIMIT :most`,
        { site, from, to, most },
      )
      .map(scheduleRow)
      .toReversed(),
  holding: async () => {
    const sites = new Map<string, string[]>()
    for (const row of db.all('SELECT site, item FROM schedule_items ORDER BY item, site')) {
      const list = sites.get(text(row, 'item'))
      if (list === undefined) sites.set(text(row, 'item'), [text(row, 'site')])
      else list.push(text(row, 'site'))
    }
    return sites
  },
  publish: async (s, items, audit) =>
    db.commit(() => {
      const newest = db.one('SELECT MAX(version) AS v FROM schedules WHERE site = ?', s.site)
      if (newest !== undefined && (intOrNull(newest, 'v') ?? 0) >= s.version) return false
      db.run(
        'INSERT INTO schedules (site, version, envelope, published_at) VALUES (?, ?, ?, ?)',
        s.site,
        s.version,
        JSON.stringify(s.envelope),
        s.publishedAt,
      )
      db.run('DELETE FROM schedule_items WHERE site = ?', s.site)
      for (const item of items) db.run('INSERT INTO schedule_items (site, item) VALUES (?, ?)', s.site, item)
      db.audit(audit)
      return true
    }),
})
