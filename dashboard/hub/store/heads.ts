import { createHash } from 'node:crypto'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { plainText } from '#core/text/plain.ts'
import type { OpenLine } from '../playlog/line.ts'
import { type Db, int, intOrNull, type Row, stored, text, textOrNull } from './db.ts'
import type { DayPlayRow, PlayCursor, PlayQuery, PlaySearchQuery, PlaysFound } from './port-operations.ts'

/**
 * What is played over and over is described once: a *head* is item, title, category, languages, supplier, order and rank. Millions of plays
 * have some thousands of heads, so that a search looks through those and then goes to the plays by index.
 */
const keyOf = (open: OpenLine): string =>
  createHash('sha256')
    .update(
      JSON.stringify([open.item, open.title, open.category, open.languages, open.supplier, open.order, open.rank]),
    )
    .digest('hex')

/** The head of a play, made when it is the first of its kind. Only inside a commit. */
export const headOf = (db: Db, open: OpenLine): number => {
  const hash = keyOf(open)
  const known = db.one('SELECT id FROM play_heads WHERE hash = ?', hash)
  if (known !== undefined) return int(known, 'id')
  db.run(
    'INSERT INTO play_heads (hash, item, title, plain, category, languages, supplier, order_id, rank) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    hash,
    open.item,
    open.title,
    plainText(open.title),
    open.category,
    `,${open.languages.join(',')},`,
    open.supplier,
    open.order,
    open.rank,
  )
  const made = db.one('SELECT id FROM play_heads WHERE hash = ?', hash)
  return made === undefined ? 0 : int(made, 'id')
}

/** Plays that are given their head at once while the database catches up. */
const CATCH_UP_PLAYS = 2_000

/** Plays of before there were heads. False: nothing is left. */
export const catchUpHeads = (db: Db): boolean => {
  const rows = db.all('SELECT site, play, doc FROM plays WHERE head IS NULL LIMIT ?', CATCH_UP_PLAYS)
  if (rows.length === 0) return false
  db.commit(() => {
    for (const row of rows) {
      const head = headOf(db, stored<OpenLine>(text(row, 'doc')))
      db.run('UPDATE plays SET head = ? WHERE site = ? AND play = ?', head, text(row, 'site'), text(row, 'play'))
    }
  })
  return true
}

/** Where so few kinds of plays fit, each is followed by itself; else all plays are gone through by time. */
const FEW_HEADS = 64
/** Plays looked at for one page; a page that found less says where to go on. */
const MOST_LOOKED_AT = 100_000

type Filters = Readonly<Record<string, string | number | null>>
const HEADS = `SELECT id FROM play_heads WHERE (:item IS NULL OR item = :item) AND (:category IS NULL OR category = :category)
  AND (:supplier IS NULL OR supplier = :supplier) AND (:order IS NULL OR order_id = :order)
  AND (:language IS NULL OR instr(languages, ',' || :language || ',') > 0 OR instr(languages, ',' || :language || '-') > 0)`

/** The heads that fit; null: nothing of a head is asked for. */
const headsFor = (db: Db, q: PlaySearchQuery): readonly number[] | null => {
  const { item, category, supplier, order, language } = q
  if ([item, category, supplier, order, language].every((f) => f === null) && q.words.length === 0) return null
  const words = q.words.map((_, i) => ` AND instr(plain, :w${i}) > 0`).join('')
  const named: Filters = {
    item,
    category,
    supplier,
    order,
    language,
    ...Object.fromEntries(q.words.map((word, i) => [`w${i}`, word])),
  }
  return db.named(HEADS + words, named).map((r) => int(r, 'id'))
}

/** Newest first, then by cluster and record: every index ends with these three, so that a page is read off it in order. */
const AFTER = 'from_wall BETWEEN :from AND :until AND (from_wall, site, open_seq) < (:until, :afterSite, :afterSeq)'
const ORDER = 'ORDER BY from_wall DESC, site DESC, open_seq DESC LIMIT :limit'
/** What every index holds; the proof of a play is only in its row. */
const BARE = 'site, play, open_seq, from_wall, head'
const columnsOf = (q: PlaySearchQuery): string => (q.proof === null ? BARE : `${BARE}, proof`)
/** Sorts behind the name of every cluster. */
const AFTER_ALL_SITES = '\u{10FFFF}'

const boundsOf = (q: PlaySearchQuery): Filters => {
  const isAfter = q.before !== null && q.before.from <= q.to
  return {
    from: q.from,
    until: isAfter ? (q.before?.from ?? q.to) : q.to,
    afterSite: isAfter ? (q.before?.site ?? '') : AFTER_ALL_SITES,
    afterSeq: isAfter ? (q.before?.seq ?? 0) : Number.MAX_SAFE_INTEGER,
  }
}

const inOrder = (a: Row, b: Row): number => {
  const [aSite, bSite] = [text(a, 'site'), text(b, 'site')]
  const bySite = aSite < bSite ? 1 : aSite > bSite ? -1 : int(b, 'open_seq') - int(a, 'open_seq')
  return int(b, 'from_wall') - int(a, 'from_wall') || bySite
}

const cursorOf = (row: Row): PlayCursor => ({
  from: int(row, 'from_wall'),
  site: text(row, 'site'),
  seq: int(row, 'open_seq'),
})

type Page = { readonly rows: readonly Row[]; readonly next: PlayCursor | null }

type Looked = {
  readonly rows: readonly Row[]
  /** Where it had looked at as much as it may; null: it saw all, or found enough. */
  readonly stopped: Row | null
}

/** Goes through one index, newest first, until enough fits or as much was looked at as may be. */
const look = (
  rows: Iterable<Row>,
  it: { readonly fits: (row: Row) => boolean; readonly enough: number; readonly most: number },
): Looked => {
  const found: Row[] = []
  let looked = 0
  for (const row of rows) {
    looked += 1
    if (it.fits(row)) found.push(row)
    if (found.length === it.enough) return { rows: found, stopped: null }
    if (looked === it.most) return { rows: found, stopped: row }
  }
  return { rows: found, stopped: null }
}

/** One more than fits on the page says that there is more. */
const pageOf = (rows: readonly Row[], q: PlaySearchQuery, stopped: Row | undefined): Page => {
  const page = rows.slice(0, q.limit)
  const last = rows.length > page.length ? page.at(-1) : stopped
  return { rows: page, next: last === undefined ? null : cursorOf(last) }
}

/** Each head by itself, put together: nothing older than where the first of them stopped looking, since newer ones might be missing. */
const byHead = (db: Db, q: PlaySearchQuery, heads: readonly number[]): Page => {
  const most = Math.ceil(MOST_LOOKED_AT / Math.max(1, heads.length))
  const sql = `SELECT ${columnsOf(q)} FROM plays INDEXED BY plays_by_head WHERE head = :head AND ${AFTER} ${ORDER}`
  const looked = heads.map((head) =>
    look(db.each(sql, { ...boundsOf(q), head, limit: most }), { fits: fitsRow(q, null), enough: q.limit + 1, most }),
  )
  const [horizon] = looked.flatMap(({ stopped }) => (stopped === null ? [] : [stopped])).toSorted(inOrder)
  const rows = looked
    .flatMap((l) => l.rows)
    .filter((row) => horizon === undefined || inOrder(row, horizon) <= 0)
    .toSorted(inOrder)
  return pageOf(rows, q, horizon)
}

const fitsRow =
  (q: PlaySearchQuery, heads: ReadonlySet<number> | null) =>
  (row: Row): boolean =>
    (q.site === null || text(row, 'site') === q.site) &&
    (q.proof === null || text(row, 'proof') === q.proof) &&
    (heads === null || heads.has(intOrNull(row, 'head') ?? 0))

/** All plays by time, of one cluster or of all, as far as one page may look. */
const byTime = (db: Db, q: PlaySearchQuery, heads: readonly number[] | null): Page => {
  const index = q.site === null ? 'plays_by_all WHERE' : 'plays_in_site WHERE site = :site AND'
  const bounds = { ...boundsOf(q), limit: MOST_LOOKED_AT, ...(q.site === null ? {} : { site: q.site }) }
  const { rows, stopped } = look(
    db.each(`SELECT ${columnsOf(q)} FROM plays INDEXED BY ${index} ${AFTER} ${ORDER}`, bounds),
    { fits: fitsRow(q, heads === null ? null : new Set(heads)), enough: q.limit + 1, most: MOST_LOOKED_AT },
  )
  return pageOf(rows, q, stopped ?? undefined)
}

/** Plays that fit, newest first. `answer`: the whole of one play. */
export const searchPlays = (db: Db, q: PlaySearchQuery, answer: (row: Row) => PlayAnswer): PlaysFound => {
  const heads = headsFor(db, q)
  if (heads?.length === 0) return { plays: [], next: null }
  const { rows, next } = heads !== null && heads.length <= FEW_HEADS ? byHead(db, q, heads) : byTime(db, q, heads)
  const plays = rows.flatMap((row) => {
    const whole = db.one('SELECT * FROM plays WHERE site = ? AND play = ?', text(row, 'site'), text(row, 'play'))
    return whole === undefined ? [] : [answer(whole)]
  })
  return { plays, next }
}

const DAY_PLAYS = `
  SELECT p.from_wall, p.to_wall, p.ms, p.proof, h.item, h.title, h.category, h.order_id, h.rank FROM (
    SELECT * FROM plays WHERE site = :site AND from_wall >= :from AND from_wall < :to
    UNION ALL
    SELECT * FROM (SELECT * FROM plays WHERE site = :site AND from_wall < :from ORDER BY from_wall DESC LIMIT 1)
      WHERE to_wall IS NULL OR to_wall > :from
  ) p JOIN play_heads h ON h.id = p.head ORDER BY p.from_wall, p.open_seq LIMIT :limit`

/** Plays that were on within [from, to), oldest first; of those from before only the one that was on when it began. */
export const dayPlays = (db: Db, q: PlayQuery): readonly DayPlayRow[] =>
  db.named(DAY_PLAYS, { site: q.site, from: q.from, to: q.to, limit: q.limit }).map((row) => {
    const from = int(row, 'from_wall')
    const ms = intOrNull(row, 'ms')
    return {
      from,
      to: ms === null ? null : from + ms,
      item: text(row, 'item'),
      title: text(row, 'title'),
      category: textOrNull(row, 'category'),
      order: textOrNull(row, 'order_id'),
      rank: text(row, 'rank'),
      proof: text(row, 'proof'),
    }
  })
