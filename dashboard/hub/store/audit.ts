import { CHAIN_START, follow, lastGiven, lineOf, pageAfter } from './audit-chain.ts'
import type { Db } from './db.ts'
import type { AuditRow, AuditState, Store } from './port.ts'

const MOST_FAULTS = 20

const rowOf = (row: Parameters<typeof lineOf>[0]): AuditRow => {
  const { prev: _, sum: __, ...line } = lineOf(row)
  return line
}

/** All of the log, page by page, so that a hub that runs goes on answering meanwhile. */
const verify = async (db: Db): Promise<AuditState> => {
  const faults: { readonly id: number; readonly why: string }[] = []
  let state = CHAIN_START
  let lines = 0
  for (let page = pageAfter(db, 0); page.length > 0; page = pageAfter(db, state.id)) {
    for (const line of page) {
      const next = follow(state, line)
      state = next.state
      lines += 1
      if (next.why !== null && faults.length < MOST_FAULTS) faults.push({ id: line.id, why: next.why })
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  const given = lastGiven(db)
  if (given > state.id && faults.length < MOST_FAULTS)
    faults.push({ id: given, why: `is gone, with whatever followed line ${state.id}` })
  return { lines, last: state.id, head: state.sum, faults }
}

export const auditStore = (db: Db): Store['audit'] => ({
  append: async (entry) => db.commit(() => db.audit(entry)),
  newest: async (limit) => db.all('SELECT * FROM audit ORDER BY id DESC LIMIT ?', limit).map(rowOf),
  about: async (subject, limit) =>
    db.all('SELECT * FROM audit WHERE subject = ? ORDER BY id DESC LIMIT ?', subject, limit).map(rowOf),
  verify: () => verify(db),
  sumOf: async (id) => {
    const row = db.one('SELECT * FROM audit WHERE id = ?', id)
    return row === undefined ? null : lineOf(row).sum
  },
})
