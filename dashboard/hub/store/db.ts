import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { assert } from '#core/base/result.ts'
import { appendAudit, chainOld } from './audit-chain.ts'
import { type Group, makeGroup } from './group.ts'
import { MIGRATIONS } from './migrations.ts'
import type { AuditEntry } from './port.ts'

export type Row = Record<string, SQLOutputValue>

export const text = (row: Row, column: string): string => {
  const value = row[column]
  assert(typeof value === 'string', `column ${column} holds text`)
  return value
}
export const int = (row: Row, column: string): number => {
  const value = row[column]
  assert(typeof value === 'number', `column ${column} holds a number`)
  return value
}
export const textOrNull = (row: Row, column: string): string | null => (row[column] === null ? null : text(row, column))
export const intOrNull = (row: Row, column: string): number | null => (row[column] === null ? null : int(row, column))
/** What this adapter wrote itself, out of a value that came through its schema. */
export const stored = <T>(json: string): T => JSON.parse(json) as T

export type Db = {
  readonly all: (sql: string, ...values: readonly SQLInputValue[]) => readonly Row[]
  readonly named: (sql: string, values: Readonly<Record<string, SQLInputValue>>) => readonly Row[]
  /** Row by row, so that whoever has enough can stop; nothing else may be asked with the same words meanwhile. */
  readonly each: (sql: string, values: Readonly<Record<string, SQLInputValue>>) => Iterable<Row>
  readonly one: (sql: string, ...values: readonly SQLInputValue[]) => Row | undefined
  /** How many rows it changed. */
  readonly run: (sql: string, ...values: readonly SQLInputValue[]) => number
  /** All of it or nothing; an exception rolls back and goes on up. */
  readonly commit: <T>(work: () => T) => T
  /** As `commit`, a moment later and together with others: for the many small writes of a large fleet. */
  readonly soon: Group['add']
  /** Only inside `commit`. */
  readonly audit: (entry: AuditEntry) => void
  readonly close: () => void
}

const SYNCHRONOUS_FULL = 2

/**
 * Opens (or makes) the database: WAL, synchronous=FULL set on this connection and asserted again after a write, because some builds
 * of SQLite fall back to NORMAL then, which loses acknowledged rows in a power cut.
 */
export const openDb = (path: string): Db => {
  const sqlite = new DatabaseSync(path, { timeout: 5000 })
  sqlite.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF',
  )
  // One prepared statement per SQL text of this folder: bounded by the source.
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = sqlite.prepare(sql)
    statements.set(sql, made)
    return made
  }
  const commit = <T>(work: () => T): T => {
    sqlite.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      sqlite.exec('COMMIT')
      return result
    } catch (error) {
      sqlite.exec('ROLLBACK')
      throw error
    }
  }
  migrate(sqlite, commit)
  const run = (sql: string, ...values: readonly SQLInputValue[]) => Number(prepare(sql).run(...values).changes)
  run(
    "INSERT INTO meta (key, value) VALUES ('opened', '1') ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1",
  )
  const level = sqlite.prepare('PRAGMA synchronous').get()
  assert(level?.['synchronous'] === SYNCHRONOUS_FULL, 'SQLite keeps synchronous=FULL after a write')
  const group = makeGroup(commit, () => performance.now())
  const all: Db['all'] = (sql, ...values) => prepare(sql).all(...values)
  const one: Db['one'] = (sql, ...values) => prepare(sql).get(...values)
  commit(() => chainOld({ all, one, run }))
  return {
    all,
    named: (sql, values) => prepare(sql).all(values),
    each: (sql, values) => prepare(sql).iterate(values),
    one,
    run,
    commit,
    soon: group.add,
    audit: (entry) => {
      assert(sqlite.isTransaction, 'a line of the audit log is written within a commit')
      appendAudit({ all, one, run }, entry)
    },
    close: () => {
      group.flush()
      sqlite.close()
    },
  }
}

const migrate = (sqlite: DatabaseSync, commit: <T>(work: () => T) => T): void => {
  const row = sqlite.prepare('PRAGMA user_version').get()
  const version = Number(row?.['user_version'] ?? 0)
  if (version > MIGRATIONS.length) {
    throw new Error(
      `the database is of a newer version (${version}) than this program knows (${MIGRATIONS.length}): install the newer program`,
    )
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue
    commit(() => sqlite.exec(`${sql}; PRAGMA user_version = ${index + 1}`))
  }
}
