import { createHash } from 'node:crypto'
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { assert } from '#core/base/result.ts'
import type { AuditEntry } from './port.ts'

/**
 * Each line of the audit log carries the sum of the one before, so that a line that was changed, put in or taken out of the file is found
 * by whoever reads all of it again. Who can write the whole file can also make a new chain of it: against that, the head is noted
 * elsewhere (it is in the journal at every start) and compared.
 */
export const AUDIT_GENESIS = '0'.repeat(64)

/** `prev`: the sum of the line before; 64 zeros before the first. */
export const auditSum = (prev: string, id: number, e: AuditEntry): string =>
  createHash('sha256')
    .update(`${prev}\n${JSON.stringify([id, e.at, e.person, e.action, e.subject, e.detail, e.address])}`)
    .digest('hex')

export type ChainLine = AuditEntry & {
  readonly id: number
  /** Null in lines that were written before there was a chain: the first line with a sum vouches for them. */
  readonly prev: string | null
  readonly sum: string | null
}
/** `id`: the last line. `chained`: lines with sums have begun. */
export type ChainState = { readonly id: number; readonly sum: string; readonly chained: boolean }
export const CHAIN_START: ChainState = { id: 0, sum: AUDIT_GENESIS, chained: false }

/** One line further; `why` says what is wrong with it. After a fault the chain is taken up where the file says that it goes on. */
export const follow = (
  before: ChainState,
  line: ChainLine,
): { readonly state: ChainState; readonly why: string | null } => {
  const state = {
    id: line.id,
    sum: line.sum ?? auditSum(before.sum, line.id, line),
    chained: before.chained || line.sum !== null,
  }
  const gap = line.id === before.id + 1 ? null : `follows line ${before.id}: what was between them is gone`
  if (line.sum === null) return { state, why: before.chained ? 'has lost its sum' : gap }
  if (line.prev === null || auditSum(line.prev, line.id, line) !== line.sum)
    return { state, why: 'was changed: its words do not make its sum' }
  if (line.prev === before.sum) return { state, why: gap }
  return { state, why: gap ?? `does not follow from line ${before.id}: one before it was changed, or it was put in` }
}

type Row = Record<string, SQLOutputValue>
/** What of the database the log is written and read through. */
export type Reach = {
  readonly all: (sql: string, ...values: readonly SQLInputValue[]) => readonly Row[]
  readonly one: (sql: string, ...values: readonly SQLInputValue[]) => Row | undefined
  readonly run: (sql: string, ...values: readonly SQLInputValue[]) => number
}

/** Read at once; between two pages a hub that runs does other things. */
const PAGE = 500
const words = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '')
const wordsOrNull = (value: SQLOutputValue | undefined): string | null => (typeof value === 'string' ? value : null)
export const lineOf = (row: Row): ChainLine => ({
  id: Number(row['id']),
  at: Number(row['at']),
  person: words(row['person']),
  action: words(row['action']),
  subject: words(row['subject']),
  detail: words(row['detail']),
  address: words(row['address']),
  prev: wordsOrNull(row['prev']),
  sum: wordsOrNull(row['sum']),
})
export const pageAfter = (db: Pick<Reach, 'all'>, id: number): readonly ChainLine[] =>
  db.all('SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?', id, PAGE).map(lineOf)

/** The last number given out: more than the last line has, when lines were taken off the end. */
export const lastGiven = (db: Pick<Reach, 'one'>): number =>
  Number(db.one("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")?.['seq'] ?? 0)

/** The end of the chain. Reads the whole log once, when it is from before there was a chain. */
const endOf = (db: Reach): ChainState => {
  const last = db.one('SELECT id, sum FROM audit ORDER BY id DESC LIMIT 1')
  if (last === undefined) return CHAIN_START
  if (typeof last['sum'] === 'string') return { id: Number(last['id']), sum: last['sum'], chained: true }
  let state = CHAIN_START
  for (let page = pageAfter(db, 0); page.length > 0; page = pageAfter(db, state.id))
    for (const line of page) state = follow(state, line).state
  return state
}

const INSERT =
  'INSERT INTO audit (id, at, person, action, subject, detail, address, prev, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'

/** Only inside a commit: another process (`bangtin keys install`) may write to the same log. */
export const appendAudit = (db: Reach, e: AuditEntry): void => {
  const end = endOf(db)
  const id = Math.max(end.id, lastGiven(db)) + 1
  const sum = auditSum(end.sum, id, e)
  const changed = db.run(INSERT, id, e.at, e.person, e.action, e.subject, e.detail, e.address, end.sum, sum)
  assert(changed === 1, 'a line of the audit log is written')
}

/** A log from before there was a chain gets its first line with a sum when it is opened, not at the first order: all of it is read for that. */
export const chainOld = (db: Reach): void => {
  const last = db.one('SELECT at, sum FROM audit ORDER BY id DESC LIMIT 1')
  if (last === undefined || typeof last['sum'] === 'string') return
  const line = { person: 'hub', action: 'audit.chained', subject: 'audit', detail: '', address: '' }
  appendAudit(db, { at: Number(last['at']), ...line })
}
