import { randomBytes } from 'node:crypto'
import { incidentKind } from '#core/contract/incidents.ts'
import { INCIDENT_TYPES, type IncidentView, type OutageCause } from '#core/contract/operations.ts'
import { type Db, int, intOrNull, type Row, stored, text, textOrNull } from './db.ts'
import type { IncidentRow, IncidentSignal, OperationsStore } from './port-operations.ts'

/** What came again within this time of its end is the same incident; a warning that stayed away that long is over by itself. ms */
export const FLAP_MS = 600_000
/** Unresolved ones of one kind at one cluster; what comes beyond is counted in the newest. */
export const MOST_OF_KIND = 20
/** Unresolved ones of one cluster (or of none); what comes beyond is one incident of the kind `too-many`. */
export const MOST_OF_SITE = 200
/** Resolved ones are kept this long and this many, then the oldest leave. Open ones never do. */
export const KEPT = { ms: 731 * 86_400_000, rows: 50_000 } as const
const MOST_ESCALATIONS = 20
const MOST_DETAIL = 4_000
const MOST_AT_ONCE = 1_000
/** Who resolved what was over by itself. */
export const BY_ITSELF = 'hub'

const newId = (): string => `i-${randomBytes(9).toString('hex')}`
/** In the table a cluster that is none is the empty text, so that it is found by index. */
const siteKey = (site: string | null): string => site ?? ''

export const rowOf = (row: Row): IncidentRow => ({
  id: text(row, 'id'),
  site: text(row, 'site') === '' ? null : text(row, 'site'),
  what: text(row, 'what'),
  type: text(row, 'type') as IncidentRow['type'],
  cause: text(row, 'cause') as OutageCause,
  source: text(row, 'source') as IncidentRow['source'],
  severity: text(row, 'severity') as IncidentView['severity'],
  title: textOrNull(row, 'title'),
  detail: text(row, 'detail'),
  times: int(row, 'times'),
  openedAt: int(row, 'opened_at'),
  arrivedAt: int(row, 'arrived_at'),
  lastAt: int(row, 'last_at'),
  clearedAt: intOrNull(row, 'cleared_at'),
  reported: jsonOrNull(row, 'reported'),
  acknowledged: jsonOrNull(row, 'acknowledged'),
  escalations: stored(text(row, 'escalations')),
  resolved: jsonOrNull(row, 'resolved'),
})
const jsonOrNull = <T>(row: Row, column: string): T | null => {
  const json = textOrNull(row, column)
  return json === null ? null : stored<T>(json)
}

const INSERT = `INSERT INTO incidents
  (id, site, what, type, cause, source, severity, title, detail, times, opened_at, arrived_at, last_at, cleared_at, reported)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)`

const insert = (db: Db, it: IncidentSignal, of: Pick<IncidentRow, 'title' | 'reported'>): string => {
  const id = newId()
  const kind = incidentKind(it.what)
  db.run(
    INSERT,
    id,
    siteKey(it.site),
    it.what,
    it.type ?? kind.type,
    it.cause ?? kind.cause,
    it.source,
    it.severity ?? kind.severity,
    of.title,
    it.detail.slice(0, MOST_DETAIL),
    it.at,
    it.arrivedAt,
    it.at,
    it.stands ? null : it.at,
    of.reported === null ? null : JSON.stringify(of.reported),
  )
  return id
}

const unresolved = (db: Db, site: string, what: string): readonly Row[] =>
  db.all(
    'SELECT * FROM incidents WHERE resolved_at IS NULL AND site = ? AND what = ? ORDER BY last_at DESC LIMIT ?',
    site,
    what,
    MOST_OF_KIND,
  )

const near = (row: IncidentRow, at: number): boolean =>
  row.clearedAt === null || (at >= row.openedAt - FLAP_MS && at <= Math.max(row.clearedAt, row.lastAt) + FLAP_MS)

/** Opens an incident, or counts it in the one of its kind that is open. Only inside a commit. Returns the incident's id. */
export const raise = (db: Db, it: IncidentSignal): string => {
  const site = siteKey(it.site)
  const rows = unresolved(db, site, it.what).map(rowOf)
  const same = rows.find((r) => near(r, it.at)) ?? (rows.length >= MOST_OF_KIND ? rows[0] : undefined)
  if (same !== undefined) return again(db, same, it)
  const open = db.one('SELECT COUNT(*) AS n FROM incidents WHERE resolved_at IS NULL AND site = ?', site)
  if (it.what !== 'too-many' && open !== undefined && int(open, 'n') >= MOST_OF_SITE)
    return raise(db, { ...it, what: 'too-many', type: null, cause: null, severity: null, stands: false })
  return insert(db, it, { title: null, reported: null })
}

/**
 * A record that comes late says when what stands began: the last such record before the hub saw it. What is over keeps its first and its
 * last time.
 */
const again = (db: Db, was: IncidentRow, it: IncidentSignal): string => {
  const isLate = it.at < was.openedAt || (was.clearedAt === null && was.openedAt < it.at && it.at <= was.arrivedAt)
  const cleared = it.stands || was.clearedAt === null ? null : Math.max(was.clearedAt, it.at)
  db.run(
    'UPDATE incidents SET times = times + 1, opened_at = ?, last_at = ?, cleared_at = ?, detail = ?, cause = ? WHERE id = ?',
    isLate ? it.at : was.openedAt,
    Math.max(was.lastAt, it.at),
    cleared,
    (it.at >= was.lastAt || was.detail === '' ? it.detail : was.detail).slice(0, MOST_DETAIL),
    it.cause ?? was.cause,
    was.id,
  )
  return was.id
}

/** Was there one of this kind at that time that is resolved by now? */
export const wasResolved = (db: Db, site: string, what: string, at: number): boolean =>
  db.one(
    `SELECT id FROM incidents WHERE site = ? AND what = ? AND resolved_at IS NOT NULL AND opened_at BETWEEN ? AND ? AND cleared_at >= ?
     LIMIT 1`,
    site,
    what,
    at - KEPT.ms,
    at + FLAP_MS,
    at,
  ) !== undefined

/** What stood is gone. Returns the ids it was true of. */
const clear = (db: Db, site: string | null, what: string, at: number): readonly string[] => {
  const rows = db.all(
    'SELECT id FROM incidents WHERE resolved_at IS NULL AND site = ? AND what = ? AND cleared_at IS NULL',
    siteKey(site),
    what,
  )
  for (const row of rows)
    db.run('UPDATE incidents SET cleared_at = MAX(opened_at, ?) WHERE id = ?', at, text(row, 'id'))
  return rows.map((r) => text(r, 'id'))
}

/**
 * A cut of the power explains why a cluster was silent: that incident then is the cut, and there is no second one. Null: it was not silent
 * then. Also of one that was over by itself meanwhile, since the evidence comes after the link.
 */
export const powerExplains = (
  db: Db,
  site: string,
  it: { readonly from: number; readonly to: number; readonly detail: string },
): string | null => {
  const row = db.one(
    `SELECT id, cause FROM incidents WHERE site = ? AND what = 'cluster-silent' AND opened_at <= ? AND (cleared_at IS NULL OR cleared_at >= ?)
     ORDER BY opened_at DESC LIMIT 1`,
    site,
    it.to,
    it.from,
  )
  if (row === undefined) return null
  if (text(row, 'cause') !== 'power')
    db.run("UPDATE incidents SET cause = 'power', detail = ? WHERE id = ?", it.detail, text(row, 'id'))
  return text(row, 'id')
}

const get = (db: Db, id: string): IncidentRow | null => {
  const row = db.one('SELECT * FROM incidents WHERE id = ?', id)
  return row === undefined ? null : rowOf(row)
}

/** Open ones first, then newest first; the open ones are all there, however many were resolved since. */
const list: (db: Db) => OperationsStore['incidents']['list'] = (db) => async (ask) => {
  const where = `(:type IS NULL OR type = :type) AND (:site IS NULL OR site = :site)`
  const named = { type: ask.type, site: ask.site, limit: ask.limit }
  const open = db.named(
    `SELECT * FROM incidents WHERE resolved_at IS NULL AND ${where} ORDER BY opened_at DESC LIMIT :limit`,
    named,
  )
  if (ask.state === 'open' || open.length >= ask.limit) return open.map(rowOf)
  const rest = db.named(
    `SELECT * FROM incidents WHERE resolved_at IS NOT NULL AND ${where} ORDER BY opened_at DESC LIMIT :limit`,
    { ...named, limit: ask.limit - open.length },
  )
  return [...open, ...rest].map(rowOf)
}

/** Warnings whose end is long enough ago, that nobody took on, and that are no business of security: over by themselves. */
const SETTLED = `UPDATE incidents SET resolved = :deed, resolved_at = :now WHERE id IN (
  SELECT id FROM incidents WHERE resolved_at IS NULL AND cleared_at IS NOT NULL AND MAX(cleared_at, arrived_at) <= :before
    AND severity != 'critical' AND type = 'TECHNICAL' AND source != 'person' AND acknowledged IS NULL AND escalations = '[]' LIMIT :limit)
  RETURNING id`

const settle = (db: Db, now: number): readonly string[] =>
  db.commit(() => {
    const deed = JSON.stringify({ by: BY_ITSELF, at: now, note: '' })
    const done = db.named(SETTLED, { deed, now, before: now - FLAP_MS, limit: MOST_AT_ONCE }).map((r) => text(r, 'id'))
    db.run(
      'DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE resolved_at IS NOT NULL AND resolved_at < ? LIMIT ?)',
      now - KEPT.ms,
      MOST_AT_ONCE,
    )
    db.run(
      `DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE resolved_at IS NOT NULL
         ORDER BY resolved_at DESC LIMIT ? OFFSET ?)`,
      MOST_AT_ONCE,
      KEPT.rows,
    )
    return done
  })

const COUNTS = `SELECT type, CASE WHEN acknowledged IS NULL AND escalations = '[]' THEN 'waiting' ELSE 'taken' END AS state, COUNT(*) AS n
  FROM incidents WHERE resolved_at IS NULL GROUP BY 1, 2`

export const incidentStore = (db: Db): OperationsStore['incidents'] => ({
  raise: (it) => db.soon(() => raise(db, it)),
  clear: (site, what, at) => db.soon(() => clear(db, site, what, at)),
  standing: async () =>
    db
      .all(
        "SELECT site, what, source FROM incidents WHERE resolved_at IS NULL AND cleared_at IS NULL AND source != 'person'",
      )
      .map((r) => ({
        site: text(r, 'site') || null,
        what: text(r, 'what'),
        source: text(r, 'source') as 'edge' | 'hub',
      })),
  counts: async () => {
    const rows = db.all(COUNTS)
    const count = (type: string, state: string) =>
      rows.find((r) => text(r, 'type') === type && text(r, 'state') === state)
    return INCIDENT_TYPES.flatMap((type) =>
      (['waiting', 'taken'] as const).map((state) => {
        const row = count(type, state)
        return { labels: { type, state }, value: row === undefined ? 0 : int(row, 'n') }
      }),
    )
  },
  get: async (id) => get(db, id),
  list: list(db),
  report: async (it, audit) =>
    db.commit(() => {
      const open = db.one(
        "SELECT COUNT(*) AS n FROM incidents WHERE resolved_at IS NULL AND site = ? AND what = 'reported'",
        siteKey(it.signal.site),
      )
      if (open !== undefined && int(open, 'n') >= MOST_OF_SITE) return null
      const id = insert(db, it.signal, { title: it.title, reported: it.by })
      db.audit({ ...audit, subject: id })
      return get(db, id)
    }),
  acknowledge: async (id, deed, audit) =>
    db.commit(() => {
      const done = db.run(
        'UPDATE incidents SET acknowledged = ? WHERE id = ? AND acknowledged IS NULL AND resolved_at IS NULL',
        JSON.stringify(deed),
        id,
      )
      if (done === 1) db.audit(audit)
      return done === 1 ? get(db, id) : null
    }),
  escalate: async (id, deed, audit) =>
    db.commit(() => {
      const was = get(db, id)
      if (was === null || was.escalations.length >= MOST_ESCALATIONS) return null
      db.run('UPDATE incidents SET escalations = ? WHERE id = ?', JSON.stringify([...was.escalations, deed]), id)
      db.audit(audit)
      return get(db, id)
    }),
  resolve: async (id, deed, audit) =>
    db.commit(() => {
      const done = db.run(
        `UPDATE incidents SET resolved = ?, resolved_at = ?, cleared_at = COALESCE(cleared_at, ?)
         WHERE id = ? AND resolved_at IS NULL AND (cleared_at IS NOT NULL OR source = 'person')`,
        JSON.stringify(deed),
        deed.at,
        deed.at,
        id,
      )
      if (done === 1) db.audit(audit)
      return done === 1 ? get(db, id) : null
    }),
  settle: async (now) => settle(db, now),
})
