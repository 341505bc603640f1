import { type Db, int, intOrNull, text } from './db.ts'
import type { OperationsStore } from './port-operations.ts'

/** Of one cluster; the oldest leave. A line that comes and goes every quarter of an hour stays two years. */
const MOST_OUTAGES = 70_000

/** When clusters were without a connection to the hub: a row for each time, open while it lasts. */
export const linkStore = (db: Db): OperationsStore['links'] => ({
  came: (site, at) =>
    db.soon(
      () => void db.run('UPDATE link_outages SET to_at = MAX(from_at, ?) WHERE site = ? AND to_at IS NULL', at, site),
    ),
  went: (site, at) =>
    db.soon(() => {
      if (db.one('SELECT 1 AS open FROM link_outages WHERE site = ? AND to_at IS NULL', site) !== undefined) return
      db.run('INSERT OR IGNORE INTO link_outages (site, from_at, to_at) VALUES (?, ?, NULL)', site, at)
      db.run(
        `DELETE FROM link_outages WHERE site = ? AND from_at <
           (SELECT from_at FROM link_outages WHERE site = ? ORDER BY from_at DESC LIMIT 1 OFFSET ?)`,
        site,
        site,
        MOST_OUTAGES,
      )
    }),
  outages: async ({ site, from, to }) =>
    db
      .named(
        `SELECT site, from_at, to_at FROM link_outages
         WHERE (:site IS NULL OR site = :site) AND from_at < :to AND (to_at IS NULL OR to_at > :from) ORDER BY site, from_at`,
        { site, from, to },
      )
      .map((r) => ({ site: text(r, 'site'), from: int(r, 'from_at'), to: intOrNull(r, 'to_at') })),
})
