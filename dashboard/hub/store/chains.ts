import { createHash } from 'node:crypto'
import { GENESIS } from '#core/evidence/record.ts'
import { readLine } from '../playlog/line.ts'
import { type Db, int, intOrNull, text } from './db.ts'
import type { ChainView, EvidenceState } from './port.ts'

/**
 * A site's evidence is one row of records, numbered through, of one chain or several. A device that takes the place of a broken one has an
 * empty disk: its records begin at 0 again, after the genesis. They are stored behind what is there, from `base` on, and what was stored
 * before stays as it is. Number in the store = base of the chain + number in the line.
 *
 * Only an enrolment opens a chain: a person gave out a one-time code for it. A history that does not fit and that nobody announced is a fork,
 * and refused as ever.
 */
export const baseOf = (db: Db, site: string): number => {
  const row = db.one('SELECT MAX(base) AS base FROM chains WHERE site = ?', site)
  return row === undefined ? 0 : (intOrNull(row, 'base') ?? 0)
}

/** The device that stands there now was enrolled in the place of another one and has not sent anything yet. */
export const mayBegin = (db: Db, site: string): boolean =>
  db.one('SELECT site FROM devices WHERE site = ? AND may_begin = 1', site) !== undefined

/** Within a commit. The next record of the device begins a chain behind all that is stored. */
export const beginChain = (db: Db, site: string): number => {
  const head = db.one('SELECT MAX(seq) AS head FROM evidence WHERE site = ?', site)
  const base = (head === undefined ? -1 : (intOrNull(head, 'head') ?? -1)) + 1
  db.run(
    'INSERT INTO chains (site, base, device, opened_at) SELECT site, ?, public_key, enrolled_at FROM devices WHERE site = ?',
    base,
    site,
  )
  settleChain(db, site)
  return base
}

/** Within a commit: its records fit what is stored, so it goes on with the chain it found (its disk was kept). */
export const settleChain = (db: Db, site: string): void =>
  void db.run('UPDATE devices SET may_begin = 0 WHERE site = ? AND may_begin = 1', site)

export const chainsOf = (db: Db, site: string): readonly ChainView[] => {
  const later = db
    .all('SELECT * FROM chains WHERE site = ? ORDER BY base', site)
    .map((row) => ({ base: int(row, 'base'), device: text(row, 'device'), openedAt: int(row, 'opened_at') }))
  return later[0]?.base === 0 ? later : [{ base: 0, device: null, openedAt: null }, ...later]
}

const PAGE = 2_000
const MOST_FAULTS = 20

/** Reads all of a site's evidence and checks that each record follows from the one before, chain by chain. */
export const verifyEvidence = (db: Db, site: string): EvidenceState => {
  const chains = chainsOf(db, site)
  const faults: { at: number; why: string }[] = []
  const run = { records: 0, from: 0, chain: -1, prev: GENESIS, expect: null as number | null }
  for (;;) {
    const rows = db.all(
      'SELECT seq, hash, line FROM evidence WHERE site = ? AND seq >= ? ORDER BY seq LIMIT ?',
      site,
      run.from,
      PAGE,
    )
    if (rows.length === 0) return { records: run.records, chains, faults: faults.slice(0, MOST_FAULTS) }
    for (const row of rows) {
      const at = int(row, 'seq')
      const line = text(row, 'line')
      const record = readLine(line)
      const hash = createHash('sha256').update(line, 'utf8').digest('hex')
      const chain = chains.findLastIndex(({ base }) => base <= at)
      if (chain !== run.chain) Object.assign(run, { chain, prev: GENESIS, expect: null })
      const fault = (why: string) => void (faults.length < MOST_FAULTS && faults.push({ at, why }))
      if (hash !== text(row, 'hash')) fault('its hash is not that of the line')
      if (record === undefined) fault('it is no record')
      else {
        if (record.seq !== at - (chains[chain]?.base ?? 0)) fault(`it says it is record ${record.seq}`)
        if (run.expect !== null && at !== run.expect) fault(`records ${run.expect} to ${at - 1} are missing`)
        if (record.prev !== run.prev) fault('it does not follow from the record before it')
      }
      Object.assign(run, { prev: hash, expect: at + 1, from: at + 1, records: run.records + 1 })
    }
  }
}
