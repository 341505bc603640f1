import {
  foldStretch,
  NO_STRETCHES,
  STRETCH_KINDS,
  STRETCH_WHYS,
  type Stretch,
  type StretchNews,
  type StretchState,
  type StretchWhy,
} from '#core/evidence/stretches.ts'
import { type Line, readLine } from '../playlog/line.ts'
import { type Db, int, intOrNull, type Row, stored, text } from './db.ts'
import type { OperationsStore, SiteStretch } from './port-operations.ts'

/** A wall clock further ahead of the hub's is wrong: the stretch lies nowhere, ms. */
const AHEAD_MS = 3_600_000
/** A clock that was set back by no more than this is living the time again, and says it better now; beyond, it is wrong. ms */
const RELIVED_MS = 26 * 3_600_000
/** Rows of one cluster and one day of 24 hours; what flaps more is put to what was before it, unless it lasts a minute. */
const MOST_A_DAY = 2_000
const LASTING_MS = 60_000
const DAY_MS = 86_400_000
/** Lines folded at once while the database catches up. */
const CATCH_UP_LINES = 2_000

const newsOf = ({ body }: Line): StretchNews => {
  switch (body.kind) {
    case 'open':
      return { kind: 'open' }
    case 'close':
      return { kind: 'close', isCut: body.cause === 'power-cut' }
    case 'proof':
      return { kind: 'proof', isContradicted: body.proof === 'contradicted' }
    case 'screen':
      return {
        kind: 'screen',
        lit: body.lit === 'lit' || body.lit === 'dark' ? body.lit : 'unknown',
        intended: body.intended === true,
        why: body.why ?? '',
      }
    case 'verdict':
      return { kind: 'verdict', wantsDark: body.rank === 'quiet-hours' || body.rank === 'safety-blank' }
    case 'gap':
      return { kind: 'gap', cause: body.cause }
    case 'sensor':
      return body.what === 'mains' && typeof body.value === 'boolean'
        ? { kind: 'mains', isLost: !body.value }
        : { kind: 'other' }
    case 'refusal':
    case 'incident':
    case 'airtime':
    case 'order':
    case 'other':
      return { kind: 'other' }
  }
}

type Last = { from: number; to: number; why: string; detail: string; isNew: boolean; isChanged: boolean }
type Doc = { readonly state: StretchState; readonly day: number; readonly rows: number }
const NO_DOC: Doc = { state: NO_STRETCHES, day: 0, rows: 0 }

const lastRow = (db: Db, site: string): Last | null => {
  const row = db.one(
    'SELECT from_wall, to_wall, why, detail FROM stretches WHERE site = ? ORDER BY from_wall DESC LIMIT 1',
    site,
  )
  if (row === undefined) return null
  const [from, to] = [int(row, 'from_wall'), int(row, 'to_wall')]
  return { from, to, why: text(row, 'why'), detail: text(row, 'detail'), isNew: false, isChanged: false }
}

const write = (db: Db, site: string, last: Last | null): void => {
  if (last === null || !last.isChanged) return
  if (last.isNew)
    db.run(
      'INSERT OR REPLACE INTO stretches (site, from_wall, to_wall, why, detail) VALUES (?, ?, ?, ?, ?)',
      site,
      last.from,
      last.to,
      last.why,
      last.detail,
    )
  else db.run('UPDATE stretches SET to_wall = ? WHERE site = ? AND from_wall = ?', last.to, site, last.from)
}

/** The newest stretches of one cluster while a batch is folded: most lines only make the last one longer. */
const makeWriter = (db: Db, site: string, it: { readonly now: number; readonly doc: Doc }) => {
  const held = { last: lastRow(db, site), day: it.doc.day, rows: it.doc.rows }
  const goBack = (to: number): void => {
    write(db, site, held.last)
    db.run('DELETE FROM stretches WHERE site = ? AND from_wall >= ?', site, to)
    held.last = lastRow(db, site)
    if (held.last !== null && held.last.to > to) held.last = { ...held.last, to, isChanged: true }
  }
  const put = (one: Stretch): void => {
    if (one.to > it.now + AHEAD_MS) return
    const ahead = held.last === null ? 0 : held.last.to - one.from
    if (ahead > RELIVED_MS) return
    if (ahead > 0) goBack(one.from)
    const { last } = held
    const day = Math.floor(one.from / DAY_MS)
    if (day !== held.day) Object.assign(held, { day, rows: 0 })
    const isSame = last !== null && last.to === one.from && last.why === one.why && last.detail === one.detail
    const isTooMuch = held.rows >= MOST_A_DAY && one.to - one.from < LASTING_MS && last !== null && last.to === one.from
    if (last !== null && (isSame || isTooMuch)) {
      held.last = { ...last, to: one.to, isChanged: true }
      return
    }
    write(db, site, last)
    held.rows += 1
    held.last = { ...one, isNew: true, isChanged: true }
  }
  return { put, end: () => write(db, site, held.last), counted: () => ({ day: held.day, rows: held.rows }) }
}

const foldLines = (
  db: Db,
  site: string,
  it: { readonly doc: Doc; readonly lines: readonly Line[]; readonly now: number },
): void => {
  const last = it.lines.at(-1)
  if (last === undefined) return
  const writer = makeWriter(db, site, it)
  let { state } = it.doc
  for (const line of it.lines) {
    if (line.mono === null) continue
    const mark = { wall: line.wall, mono: line.mono, boot: line.boot, unset: line.quality === 'unset' }
    const step = foldStretch(state, mark, newsOf(line))
    state = step.state
    for (const one of step.made) writer.put(one)
  }
  writer.end()
  const doc: Doc = { state, ...writer.counted() }
  db.run(
    `INSERT INTO stretch_folds (site, next_seq, doc) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET next_seq = excluded.next_seq, doc = excluded.doc`,
    site,
    last.seq + 1,
    JSON.stringify(doc),
  )
}

/** Has the store lines of this cluster from `from` on that are older than `to`? */
const isBehind = (db: Db, site: string, from: number, to: number): boolean =>
  db.one('SELECT 1 AS behind FROM evidence WHERE site = ? AND seq >= ? AND seq < ? LIMIT 1', site, from, to) !==
  undefined

/**
 * Folds fresh lines, in the commit that stores them; `seq` as the store numbers them. A cluster whose older lines have not been folded yet
 * waits for `catchUpStretches`.
 */
export const foldFresh = (db: Db, site: string, lines: readonly Line[], now: number): void => {
  const [first] = lines
  if (first === undefined) return
  const row = db.one('SELECT next_seq, doc FROM stretch_folds WHERE site = ?', site)
  if (isBehind(db, site, row === undefined ? 0 : int(row, 'next_seq'), first.seq)) return
  foldLines(db, site, { lines, now, doc: row === undefined ? NO_DOC : stored<Doc>(text(row, 'doc')) })
}

/** Some lines of one cluster that were stored before they could be folded. False: nothing is left. */
export const catchUpStretches = (db: Db, now: number): boolean => {
  const behind = db.one(
    `SELECT h.site AS site, f.next_seq AS next_seq, f.doc AS doc FROM
       (SELECT id AS site, (SELECT MAX(seq) FROM evidence WHERE site = sites.id) AS head FROM sites) h
       LEFT JOIN stretch_folds f ON f.site = h.site
     WHERE h.head IS NOT NULL AND (f.site IS NULL OR f.next_seq <= h.head) LIMIT 1`,
  )
  if (behind === undefined) return false
  const site = text(behind, 'site')
  const next = intOrNull(behind, 'next_seq')
  const rows = db.all(
    'SELECT seq, line FROM evidence WHERE site = ? AND seq >= ? ORDER BY seq LIMIT ?',
    site,
    next ?? 0,
    CATCH_UP_LINES,
  )
  const lines = rows.flatMap((r) => {
    const line = readLine(text(r, 'line'))
    return line === undefined ? [] : [{ ...line, seq: int(r, 'seq') }]
  })
  const doc = next === null ? NO_DOC : stored<Doc>(text(behind, 'doc'))
  db.commit(() => foldLines(db, site, { doc, lines, now }))
  return lines.length > 0
}

const whyOf = (row: Row): StretchWhy => STRETCH_WHYS.find((w) => w === text(row, 'why')) ?? 'not-recorded'

const stretchOf = (row: Row): SiteStretch => ({
  site: text(row, 'site'),
  from: int(row, 'from_wall'),
  to: int(row, 'to_wall'),
  why: whyOf(row),
  detail: text(row, 'detail'),
})

/** Rows neither overlap nor lie out of order, so the one that straddles the beginning is the last that begins before it. */
const WITHIN = `site = :site AND from_wall < :to AND to_wall > :from
  AND from_wall >= COALESCE((SELECT MAX(from_wall) FROM stretches WHERE site = :site AND from_wall <= :from), :from)`
const CLIPPED = 'MAX(from_wall, :from) AS from_wall, MIN(to_wall, :to) AS to_wall'
const GOOD = STRETCH_WHYS.filter((why) => STRETCH_KINDS[why] === 'shown' || STRETCH_KINDS[why] === 'dark')
const OUT = `why NOT IN (${GOOD.map((why) => `'${why}'`).join(', ')})`

const sitesOf = (db: Db, site: string | null): readonly string[] =>
  site === null ? db.all('SELECT site FROM stretch_folds ORDER BY site').map((r) => text(r, 'site')) : [site]

export const stretchStore = (db: Db): OperationsStore['stretches'] => ({
  of: async ({ site, from, to, only }, limit) => {
    const sql = `SELECT site, ${CLIPPED}, why, detail FROM stretches WHERE ${WITHIN}${only === 'outages' ? ` AND ${OUT}` : ''} ORDER BY from_wall LIMIT :limit`
    return sitesOf(db, site).flatMap((one) => db.named(sql, { site: one, from, to, limit }).map(stretchOf))
  },
  sums: async ({ site, from, to }) => {
    const sql = `SELECT why, SUM(MIN(to_wall, :to) - MAX(from_wall, :from)) AS ms FROM stretches WHERE ${WITHIN} GROUP BY why`
    return new Map(
      sitesOf(db, site).map((one) => [
        one,
        Object.fromEntries(db.named(sql, { site: one, from, to }).map((r) => [whyOf(r), int(r, 'ms')])),
      ]),
    )
  },
  knownTo: async (site) => {
    const row = db.one('SELECT MAX(to_wall) AS known FROM stretches WHERE site = ?', site)
    return row === undefined ? null : intOrNull(row, 'known')
  },
  judged: async (site, date, policy) => {
    const row = db.one('SELECT doc FROM judged_days WHERE site = ? AND date = ? AND policy = ?', site, date, policy)
    return row === undefined ? null : text(row, 'doc')
  },
  putJudged: async (site, date, it) =>
    void db.run(
      'INSERT OR REPLACE INTO judged_days (site, date, policy, doc) VALUES (?, ?, ?, ?)',
      site,
      date,
      it.policy,
      it.doc,
    ),
  prune: async (before, date) =>
    db.commit(() => {
      db.run('DELETE FROM stretches WHERE site IN (SELECT site FROM stretch_folds) AND to_wall < ?', before)
      db.run('DELETE FROM judged_days WHERE date < ?', date)
      db.run('DELETE FROM link_outages WHERE to_at < ?', before)
    }),
})
