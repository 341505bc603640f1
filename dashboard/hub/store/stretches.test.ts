import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Chain, linesAt, START } from '../../../test/support/operations.ts'
import { playOf } from '../test/edge.ts'
import { openDb } from './db.ts'
import type { Store } from './port.ts'
import { openSqliteStore } from './sqlite.ts'

const SITE = 'LC-MLT-01'
const T = Date.UTC(2026, 10, 22, 3)
const MIN = 60_000
const NOW = T + 86_400_000

let dir: string
let store: Store
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stretches-'))
  store = openSqliteStore(join(dir, 'hub.sqlite'))
  const db = openDb(join(dir, 'hub.sqlite'))
  db.run("INSERT INTO sites (id, doc) VALUES (?, '{}')", SITE)
  db.close()
})
afterEach(async () => {
  await store.close()
  rmSync(dir, { recursive: true })
})

const lit = (is: 'lit' | 'dark', intended = true) => ({
  kind: 'screen',
  lit: is,
  intended,
  why: 'thử',
  brightness: null,
})
const beat = { kind: 'heartbeat', play: null }
const ingest = async (chain: Chain, told: readonly (readonly [number, object])[], at = T): Promise<Chain> => {
  const { lines, rest } = linesAt(chain, told, { id: 'b1', at })
  expect((await store.evidence.ingest(SITE, chain.seq, lines, NOW)).kind).toBe('stored')
  return rest
}
const all = async () =>
  (await store.stretches.of({ site: SITE, from: 0, to: NOW * 2, only: 'all' }, 10_000)).map((s) => [
    (s.from - T) / MIN,
    (s.to - T) / MIN,
    s.why,
  ])
const NORMAL: readonly (readonly [number, object])[] = [
  [T, lit('lit')],
  [T, playOf('p1', 'C03')],
  [T + 10 * MIN, beat],
  [T + 20 * MIN, lit('dark', false)],
  [T + 30 * MIN, lit('lit')],
  [T + 40 * MIN, beat],
]
const WANTED = [
  [0, 20, 'shown'],
  [20, 30, 'display-dark'],
  [30, 40, 'shown'],
]

describe('stretches out of the lines that are stored', () => {
  it('are the same in one batch, line by line, and folded again from the lines of a database that had none', async () => {
    const rest = await ingest(START, NORMAL)
    expect(await all()).toEqual(WANTED)
    await store.close()
    const db = openDb(join(dir, 'hub.sqlite'))
    db.run('DELETE FROM stretches')
    db.run('DELETE FROM stretch_folds')
    db.run('UPDATE plays SET head = NULL')
    db.run('DELETE FROM play_heads')
    db.close()
    store = openSqliteStore(join(dir, 'hub.sqlite'))
    // What comes before the older lines have been folded waits for them.
    await ingest(rest, [[T + 50 * MIN, beat]])
    expect(await all()).toEqual([])
    let rounds = 0
    while (await store.folds.catchUp(NOW)) rounds += 1
    expect(rounds).toBe(2)
    expect(await all()).toEqual([...WANTED.slice(0, 2), [30, 50, 'shown']])
    expect(await store.stretches.sums({ site: SITE, from: T + 10 * MIN, to: T + 35 * MIN })).toEqual(
      new Map([[SITE, { shown: 15 * MIN, 'display-dark': 10 * MIN }]]),
    )
    const day = await store.folds.dayPlays({ site: SITE, from: T, to: NOW, limit: 10 })
    expect(day).toMatchObject([{ item: 'C03', from: T, to: null }])
    const lines = await store.evidence.lines(SITE, 0, 100)
    expect(lines.length).toBe(NORMAL.length + 1)
  })

  it('a clock that was set back lives the time again, and says it better; one far ahead or back says nothing', async () => {
    const back = await ingest(START, NORMAL)
    // Ten minutes back: from T + 30 on it is told anew, by a clock that runs on.
    const again = await ingest(back, [[T + 30 * MIN, lit('dark', true)]], T - 10 * MIN)
    expect(await all()).toEqual(WANTED)
    const later = await ingest(again, [[T + 35 * MIN, beat]], T - 10 * MIN)
    expect(await all()).toEqual([...WANTED.slice(0, 2), [30, 35, 'dark']])
    const far = await ingest(later, [[NOW + 10 * 86_400_000, beat]], NOW + 10 * 86_400_000 - 50 * MIN)
    await ingest(far, [[NOW + 10 * 86_400_000 + MIN, beat]], NOW + 10 * 86_400_000 - 50 * MIN)
    expect((await all()).every(([, to]) => Number(to) <= (NOW - T) / MIN + 60)).toBe(true)
  })

  it('of a display that flickers are bounded in number, and still are all of the time', async () => {
    const told = Array.from(
      { length: 6_000 },
      (_, i) => [T + i * 1_000, lit(i % 2 === 0 ? 'lit' : 'dark', false)] as const,
    )
    let chain = START
    for (let i = 0; i < told.length; i += 500) chain = await ingest(chain, told.slice(i, i + 500))
    const rows = await all()
    expect(rows.length).toBeLessThanOrEqual(2_001)
    expect(rows.reduce((ms, [from, to]) => ms + (Number(to) - Number(from)) * MIN, 0)).toBeCloseTo(5_999_000, 0)
  })
})

describe('when clusters were without a link', () => {
  it('one row each time, open while it lasts; going away twice is going away once', async () => {
    await store.links.went(SITE, T)
    await store.links.went(SITE, T + MIN)
    await store.links.came(SITE, T + 5 * MIN)
    await store.links.came(SITE, T + 6 * MIN)
    await store.links.went(SITE, T + 9 * MIN)
    expect(await store.links.outages({ site: null, from: T, to: NOW })).toEqual([
      { site: SITE, from: T, to: T + 5 * MIN },
      { site: SITE, from: T + 9 * MIN, to: null },
    ])
    expect(await store.links.outages({ site: SITE, from: T + 6 * MIN, to: T + 8 * MIN })).toEqual([])
    await store.stretches.prune(T + 6 * MIN, '2026-01-01')
    expect((await store.links.outages({ site: SITE, from: 0, to: NOW })).length).toBe(1)
  })
})
