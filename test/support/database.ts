import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite'

/** What a person with write access to the hub's own disk could do to it: the threat of design §6, "a compromised hub server". */
export type HubDatabase = {
  readonly all: (sql: string, ...values: readonly SQLInputValue[]) => readonly Record<string, SQLOutputValue>[]
  /** Rows changed. */
  readonly run: (sql: string, ...values: readonly SQLInputValue[]) => number
}

/** Opens the database behind the hub's back, for one piece of work. The hub may be running: SQLite's own locks keep both apart. */
export const inHubDatabase = <T>(dir: string, work: (database: HubDatabase) => T): T => {
  const sqlite = new DatabaseSync(join(dir, 'hub', 'hub.sqlite'), { timeout: 5_000 })
  try {
    return work({
      all: (sql, ...values) => sqlite.prepare(sql).all(...values),
      run: (sql, ...values) => Number(sqlite.prepare(sql).run(...values).changes),
    })
  } finally {
    sqlite.close()
  }
}
