import { auditStore } from './audit.ts'
import { capStore } from './cap.ts'
import { contentStore, scheduleStore } from './content.ts'
import { type Db, intOrNull, openDb, stored, text } from './db.ts'
import { draftStore } from './drafts.ts'
import { evidenceStore, foldStore } from './evidence.ts'
import { frameStore } from './frames.ts'
import { incidentStore } from './incidents.ts'
import { linkStore } from './links.ts'
import { orderStore } from './orders.ts'
import { pendingStore } from './pending.ts'
import { accountStore, deviceStore, sessionStore } from './people.ts'
import type { Store } from './port.ts'
import { stretchStore } from './stretches.ts'
import { tokenStore } from './tokens.ts'

/** The embedded adapter of the store port: one file, `node:sqlite`. Throws when the file cannot be opened or is newer than we are. */
export const openSqliteStore = (path: string): Store => {
  const db = openDb(path)
  return {
    meta: {
      get: async (key) => {
        const row = db.one('SELECT value FROM meta WHERE key = ?', key)
        return row === undefined ? null : text(row, 'value')
      },
      put: async (key, value) => void db.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, value),
    },
    sites: siteStore(db),
    accounts: accountStore(db),
    sessions: sessionStore(db),
    tokens: tokenStore(db),
    devices: deviceStore(db),
    registry: {
      latest: async () => {
        const row = db.one('SELECT envelope FROM registry ORDER BY version DESC LIMIT 1')
        return row === undefined ? null : stored(text(row, 'envelope'))
      },
      version: async () => {
        const row = db.one('SELECT MAX(version) AS newest FROM registry')
        return row === undefined ? 0 : (intOrNull(row, 'newest') ?? 0)
      },
      put: async (version, envelope, audit) =>
        db.commit(() => {
          db.run('INSERT INTO registry (version, envelope) VALUES (?, ?)', version, JSON.stringify(envelope))
          db.audit(audit)
        }),
    },
    content: contentStore(db),
    schedules: scheduleStore(db),
    orders: orderStore(db),
    evidence: evidenceStore(db),
    folds: foldStore(db),
    stretches: stretchStore(db),
    links: linkStore(db),
    incidents: incidentStore(db),
    pending: pendingStore(db),
    drafts: draftStore(db),
    cap: capStore(db),
    frames: frameStore(db),
    audit: auditStore(db),
    close: async () => db.close(),
  }
}

const siteStore = (db: Db): Store['sites'] => ({
  all: async () => db.all('SELECT doc FROM sites ORDER BY id').map((r) => stored(text(r, 'doc'))),
  put: async (sites, orgs, audit) =>
    db.commit(() => {
      for (const s of sites)
        db.run(
          'INSERT INTO sites (id, doc) VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc',
          s.id,
          JSON.stringify(s),
        )
      for (const o of orgs) db.run('INSERT OR REPLACE INTO orgs (id, doc) VALUES (?, ?)', o.id, JSON.stringify(o))
      db.audit(audit)
    }),
  orgs: async () => db.all('SELECT doc FROM orgs ORDER BY id').map((r) => stored(text(r, 'doc'))),
  lastSeen: async () =>
    new Map(
      db
        .all('SELECT id, last_seen FROM sites WHERE last_seen IS NOT NULL')
        .map((r) => [text(r, 'id'), intOrNull(r, 'last_seen') ?? 0]),
    ),
  seen: (site, at) => db.soon(() => void db.run('UPDATE sites SET last_seen = ? WHERE id = ?', at, site)),
})
