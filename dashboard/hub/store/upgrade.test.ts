import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sha256 } from '../crypto/ed25519.ts'
import { chainOf, playOf } from '../test/edge.ts'
import { MIGRATIONS } from './migrations.ts'
import { openSqliteStore } from './sqlite.ts'

/** The version before there were incidents, stretches, heads of plays and chains. */
const BEFORE = 5
const SITE = 'LC-MLT-01'
const PLAYS = 1_500
const NOW = 100_000_000

const LINES = chainOf([
  { kind: 'screen', lit: 'lit', intended: true, why: '' },
  ...Array.from({ length: PLAYS }, (_, i) => [
    playOf(`b1-${i}`, `C${i % 7}`),
    { kind: 'close', play: `b1-${i}`, cause: 'ended', ms: 1_000, proof: 'seen' },
  ]).flat(),
  { kind: 'incident', type: 'INFORMATION_SECURITY', what: 'intrusion', detail: '', fault: null },
])

const START = { seq: LINES.length + 1, prev: sha256(LINES.at(-1) ?? ''), wall: 0 }
const [WALL, MONO] = [1_000_000 + LINES.length * 1_000, LINES.length * 1_000]
/** What the edge sends next. */
const MORE = chainOf([{ ...playOf('b1-new', 'C3'), at: { wall: WALL, iso: '', mono: MONO, q: 'synced' } }], START)

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hub-upgrade-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

/** A database as that version left it: lines, plays and screens, and nothing of what came later. */
const oldDatabase = (name: string): string => {
  const file = join(dir, name)
  const db = new DatabaseSync(file)
  db.exec(`${MIGRATIONS.slice(0, BEFORE).join('')}; PRAGMA user_version = ${BEFORE}; BEGIN`)
  db.prepare('INSERT INTO sites (id, doc) VALUES (?, ?)').run(SITE, '{}')
  db.prepare("INSERT INTO devices VALUES (?, 'key', 5)").run(SITE)
  const line = db.prepare('INSERT INTO evidence (site, seq, hash, line) VALUES (?, ?, ?, ?)')
  for (const [i, text] of LINES.entries()) line.run(SITE, i + 1, sha256(text), text)
  const play = db.prepare(
    `INSERT INTO plays (site, play, open_seq, from_wall, clock, doc, close_seq, to_wall, ms, cause, proof)
     VALUES (?, ?, ?, ?, 'synced', ?, ?, ?, 1000, 'ended', 'seen')`,
  )
  for (let i = 0; i < PLAYS; i++) {
    const wall = 1_000_000 + (1 + 2 * i) * 1_000
    const doc = JSON.stringify(playOf(`b1-${i}`, `C${i % 7}`))
    play.run(SITE, `b1-${i}`, 2 + 2 * i, wall, doc, 3 + 2 * i, wall + 1_000)
  }
  db.exec('COMMIT')
  db.close()
  return file
}

/** All that is asked of the folds. */
const answers = async (file: string) => {
  const store = openSqliteStore(file)
  const span = { site: SITE, from: 0, to: NOW }
  const any = { item: null, category: null, language: null, supplier: null, order: null, proof: null, before: null }
  const found = await store.folds.search({ ...any, ...span, words: ['tieu', 'de', 'c3'], limit: 1_000 })
  const result = {
    stretches: await store.stretches.of({ ...span, only: 'all' }, 5_000),
    sums: Object.fromEntries([...(await store.stretches.sums(span))]),
    knownTo: await store.stretches.knownTo(SITE),
    plays: found.plays.map((p) => [p.play, p.item, p.from, p.proof]),
    day: await store.folds.dayPlays({ ...span, limit: 5_000 }),
    incidents: await store.incidents.list({ state: 'all', type: null, site: null, limit: 100 }),
    chains: await store.evidence.chains(SITE),
    verified: await store.evidence.verify(SITE),
    next: await store.evidence.next(SITE),
  }
  await store.close()
  return result
}

it('a database of the version before comes along: nothing is lost, the folds are made of what was stored, and no old line is news', async () => {
  const file = oldDatabase('whole.sqlite')
  const store = openSqliteStore(file)
  // It is asked and goes on taking lines in before it has caught up.
  expect(await store.evidence.ingest(SITE, 1, LINES.slice(0, 5), NOW)).toMatchObject({ stored: 0, duplicates: 5 })
  while (await store.folds.catchUp(NOW));
  await store.close()
  const after = await answers(file)
  expect(after.verified).toMatchObject({ records: LINES.length, faults: [] })
  expect(after.next).toBe(LINES.length + 1)
  expect(after.plays.length).toBe(Math.floor((PLAYS - 4) / 7) + 1)
  expect(after.day.length).toBe(PLAYS)
  expect(after.knownTo).toBe(1_000_000 + (LINES.length - 1) * 1_000)
  expect(Object.keys(after.sums[SITE] ?? {})).toContain('shown')
  expect(after.incidents).toEqual([])
  // The same lines taken in by this version give the same.
  const fresh = join(dir, 'fresh.sqlite')
  const first = openSqliteStore(fresh)
  await first.sites.put([], [], { at: 0, person: '', action: '', subject: '', detail: '', address: '' })
  for (let from = 0; from < LINES.length; from += 500)
    await first.evidence.ingest(SITE, from + 1, LINES.slice(from, from + 500), NOW)
  await first.close()
  const anew = await answers(fresh)
  expect({ ...anew, incidents: [] }).toEqual(after)
  const again = openSqliteStore(file)
  expect(await again.evidence.ingest(SITE, START.seq, MORE, NOW)).toMatchObject({ stored: 1 })
  expect(await again.stretches.knownTo(SITE)).toBe(WALL)
  await again.close()
})

it('killed after any step of it, it goes on where it was and comes to the same', async () => {
  const whole = await answers(join(dir, 'whole.sqlite'))
  const file = oldDatabase('killed.sqlite')
  let steps = 0
  for (let more = true; more; steps++) {
    const store = openSqliteStore(file)
    more = await store.folds.catchUp(NOW)
    // The lines that come in meanwhile are folded in their turn.
    if (steps === 1) expect(await store.evidence.ingest(SITE, START.seq, MORE, NOW)).toMatchObject({ stored: 1 })
    await store.close()
  }
  expect(steps).toBeGreaterThan(2)
  expect(await answers(file)).toEqual(whole)
})
