import { createHash } from 'node:crypto'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { GENESIS } from '#core/evidence/record.ts'
import { type Line, type OpenLine, readLine } from '../playlog/line.ts'
import { baseOf, beginChain, chainsOf, mayBegin, settleChain, verifyEvidence } from './chains.ts'
import { type Db, int, intOrNull, type Row, stored, text, textOrNull } from './db.ts'
import { catchUpHeads, dayPlays, headOf as playHeadOf, searchPlays } from './heads.ts'
import { foldIncidents } from './incidents-told.ts'
import { foldLocal } from './local.ts'
import type { Ingested, LocalStage, Store } from './port.ts'
import type { PlayQuery } from './port-operations.ts'
import { catchUpStretches, foldFresh } from './stretches.ts'

const hashOf = (line: string) => createHash('sha256').update(line, 'utf8').digest('hex')

/** Of the chain that the site's device is writing: as it numbers its records itself. */
type Head = { readonly next: number; readonly hash: string }
const headOf = (db: Db, site: string, base: number): Head => {
  const row = db.one('SELECT seq, hash FROM evidence WHERE site = ? AND seq >= ? ORDER BY seq DESC LIMIT 1', site, base)
  return row === undefined ? { next: 0, hash: GENESIS } : { next: int(row, 'seq') - base + 1, hash: text(row, 'hash') }
}

type Rejected = Extract<Ingested, { kind: 'rejected' }>

/** Says what is wrong with the batch as a continuation of what is stored; nothing is written before all of it has been judged. */
const judge = (
  db: Db,
  { site, base }: { readonly site: string; readonly base: number },
  from: number,
  lines: readonly string[],
) => {
  const head = headOf(db, site, base)
  const fresh: { readonly seq: number; readonly hash: string; readonly line: string; readonly record: Line }[] = []
  // A chain may begin at 0 or 1: the first record is the one whose `prev` is the genesis.
  let next = head.next === 0 ? from : head.next
  let prev = head.hash
  let duplicates = 0
  const rejected = (why: 'gap' | 'fork' | 'not-a-chain', detail: string): Rejected => ({
    kind: 'rejected',
    next: head.next,
    why,
    detail,
  })
  for (const [index, line] of lines.entries()) {
    const record = readLine(line)
    const seq = from + index
    if (record === undefined || record.seq !== seq)
      return rejected('not-a-chain', `line ${index} does not say it is record ${seq}`)
    const hash = hashOf(line)
    if (seq < next && head.next > 0) {
      const row = db.one('SELECT hash FROM evidence WHERE site = ? AND seq = ?', site, base + seq)
      if (row === undefined || text(row, 'hash') !== hash)
        return rejected('fork', `record ${seq} differs from the one that is stored`)
      duplicates += 1
      continue
    }
    if (seq > next) return rejected('gap', `record ${seq} comes, record ${next} is missing`)
    if (record.prev !== prev) return rejected('fork', `record ${seq} does not follow from the record before it`)
    fresh.push({ seq, hash, line, record })
    next = seq + 1
    prev = hash
  }
  return { kind: 'ok', fresh, next, duplicates } as const
}

type Batch = { readonly from: number; readonly lines: readonly string[]; readonly now: number }

const ingest = (db: Db, site: string, { from, lines, now }: Batch): Ingested => {
  const base = baseOf(db, site)
  const judged = judge(db, { site, base }, from, lines)
  if (judged.kind === 'ok') return store(db, { site, base, now }, judged, null)
  // A device that was enrolled in the place of another and does not know its records: its own stand behind them, from its first one on.
  if (judged.why !== 'fork' || !mayBegin(db, site)) return judged
  const began = beginChain(db, site)
  const first = judge(db, { site, base: began }, from, lines)
  if (first.kind === 'ok') return store(db, { site, base: began, now }, first, began)
  return { kind: 'stored', next: 0, stored: 0, duplicates: 0, refusals: 0, local: [], incidents: [], began }
}

type Judged = Extract<ReturnType<typeof judge>, { kind: 'ok' }>

const store = (
  db: Db,
  { site, base, now }: { readonly site: string; readonly base: number; readonly now: number },
  judged: Judged,
  began: number | null,
): Ingested => {
  if (judged.fresh.length > 0) settleChain(db, site)
  const local: LocalStage[] = []
  const incidents = new Set<string>()
  for (const { seq, hash, line, record } of judged.fresh) {
    db.run('INSERT INTO evidence (site, seq, hash, line) VALUES (?, ?, ?, ?)', site, base + seq, hash, line)
    fold(db, site, { ...record, seq: base + seq })
    const { body, wall, quality } = record
    const told = body.kind === 'order' ? foldLocal(db, site, { body, wall, quality }) : null
    if (told !== null) local.push(told)
    const incident = foldIncidents(db, site, record, now)
    if (incident !== null) incidents.add(incident)
  }
  foldFresh(
    db,
    site,
    judged.fresh.map(({ seq, record }) => ({ ...record, seq: base + seq })),
    now,
  )
  const refusals = judged.fresh.filter(({ record }) => record.body.kind === 'refusal').length
  return {
    kind: 'stored',
    next: judged.next,
    stored: judged.fresh.length,
    duplicates: judged.duplicates,
    refusals,
    local,
    began,
    incidents: [...incidents],
  }
}

/** What is asked for later, kept beside the lines in the same commit. The lines stay the truth; this can be folded anew from them. */
const fold = (db: Db, site: string, line: Line): void => {
  const { body } = line
  if (body.kind === 'open') {
    db.run(
      'INSERT OR IGNORE INTO plays (site, play, open_seq, from_wall, clock, doc, proof, head) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      site,
      body.play,
      line.seq,
      line.wall,
      line.quality,
      JSON.stringify(body),
      'commanded',
      playHeadOf(db, body),
    )
  } else if (body.kind === 'proof') {
    db.run('UPDATE plays SET proof = ? WHERE site = ? AND play = ? AND close_seq IS NULL', body.proof, site, body.play)
  } else if (body.kind === 'close') {
    db.run(
      'UPDATE plays SET close_seq = ?, to_wall = ?, ms = ?, cause = ?, proof = ? WHERE site = ? AND play = ? AND close_seq IS NULL',
      line.seq,
      line.wall,
      body.ms,
      body.cause,
      body.proof,
      site,
      body.play,
    )
  } else if (body.kind === 'screen') {
    db.run('INSERT INTO screens (site, seq, wall, lit) VALUES (?, ?, ?, ?)', site, line.seq, line.wall, body.lit)
  } else if (body.kind === 'refusal') {
    db.run(
      'INSERT INTO refusals (site, seq, item, reason, detail, wall) VALUES (?, ?, ?, ?, ?, ?)',
      site,
      line.seq,
      body.item,
      body.reason,
      body.detail,
      line.wall,
    )
  }
}

/** Lit at one instant, or over a whole play: `lit`, `dark`, `unknown`, or `partly` when it changed while the play was on. */
const litDuring = (db: Db, query: PlayQuery, play: Row): string => {
  const site = text(play, 'site')
  if (query.from === query.to) {
    const last = db.one(
      'SELECT lit FROM screens WHERE site = ? AND wall <= ? ORDER BY wall DESC, seq DESC LIMIT 1',
      site,
      query.from,
    )
    return last === undefined ? 'unknown' : text(last, 'lit')
  }
  const openSeq = int(play, 'open_seq')
  const before = db.one('SELECT lit FROM screens WHERE site = ? AND seq < ? ORDER BY seq DESC LIMIT 1', site, openSeq)
  const closeSeq = intOrNull(play, 'close_seq') ?? Number.MAX_SAFE_INTEGER
  const during = db.all(
    'SELECT DISTINCT lit FROM screens WHERE site = ? AND seq > ? AND seq < ?',
    site,
    openSeq,
    closeSeq,
  )
  const states = new Set([before === undefined ? 'unknown' : text(before, 'lit'), ...during.map((r) => text(r, 'lit'))])
  return states.size === 1 ? ([...states][0] ?? 'unknown') : 'partly'
}

const answer = (db: Db, query: PlayQuery, row: Row): PlayAnswer => {
  const open = stored<OpenLine>(text(row, 'doc'))
  return {
    site: text(row, 'site'),
    play: open.play,
    item: open.item,
    title: open.title,
    hash: open.hash,
    category: open.category,
    languages: open.languages,
    from: int(row, 'from_wall'),
    to: intOrNull(row, 'to_wall'),
    ms: intOrNull(row, 'ms'),
    cause: textOrNull(row, 'cause'),
    rank: open.rank,
    why: open.why,
    order: open.order,
    supplier: open.supplier,
    suppliedByLead: open.suppliedByLead,
    document: open.document,
    proof: text(row, 'proof'),
    clock: text(row, 'clock'),
    lit: litDuring(db, query, row),
    records: { open: int(row, 'open_seq'), close: intOrNull(row, 'close_seq') },
  }
}

/** Plays that end after an instant, soonest first: the one that was on then is the first, or among these where the clock was set back. */
const STRADDLING = 2_000

/** Each part is answered from an index, however many plays there are: what began in the span, what was on when it began, what is on still. */
const PLAYS = `
  SELECT * FROM plays WHERE site = :site AND from_wall BETWEEN :from AND :to
  UNION ALL
  SELECT * FROM (SELECT * FROM plays WHERE site = :site AND to_wall > :from ORDER BY to_wall LIMIT ${STRADDLING}) WHERE from_wall < :from
  UNION ALL
  SELECT * FROM plays WHERE site = :site AND to_wall IS NULL AND from_wall < :from
  ORDER BY open_seq DESC LIMIT :limit`

export const evidenceStore = (db: Db): Store['evidence'] => ({
  next: async (site) => headOf(db, site, baseOf(db, site)).next,
  chains: async (site) => chainsOf(db, site),
  verify: async (site) => verifyEvidence(db, site),
  nexts: async () =>
    new Map(
      db
        .all('SELECT site, MAX(seq) AS head FROM evidence GROUP BY site')
        .map((r) => [text(r, 'site'), int(r, 'head') + 1]),
    ),
  ingest: async (site, from, lines, now) => db.commit(() => ingest(db, site, { from, lines, now })),
  plays: async (q) =>
    db.named(PLAYS, { site: q.site, from: q.from, to: q.to, limit: q.limit }).map((row) => answer(db, q, row)),
  lines: async (site, from, limit) =>
    db
      .all('SELECT line FROM evidence WHERE site = ? AND seq >= ? ORDER BY seq LIMIT ?', site, from, limit)
      .map((r) => text(r, 'line')),
})

export const foldStore = (db: Db): Store['folds'] => ({
  search: async (q) =>
    searchPlays(db, q, (row) => {
      // As of the whole play: the two ends differ, whatever they are.
      const during = { site: text(row, 'site'), from: 0, to: 1, limit: 1 }
      return answer(db, during, row)
    }),
  dayPlays: async (q) => dayPlays(db, q),
  seqBefore: async (site, wall) => {
    const play = db.one(
      'SELECT open_seq FROM plays WHERE site = ? AND from_wall <= ? ORDER BY from_wall DESC LIMIT 1',
      site,
      wall,
    )
    if (play === undefined) return null
    const seq = int(play, 'open_seq')
    const screen = db.one('SELECT seq FROM screens WHERE site = ? AND seq < ? ORDER BY seq DESC LIMIT 1', site, seq)
    return { seq, screen: screen === undefined ? null : int(screen, 'seq') }
  },
  catchUp: async (now) => catchUpHeads(db) || catchUpStretches(db, now),
})
