import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { OpenLine } from '#hub/playlog/line.ts'
import { type Db, openDb } from '#hub/store/db.ts'
import { headOf } from '#hub/store/heads.ts'
import type { Store } from '#hub/store/port.ts'
import type { PlayCursor, PlaySearchQuery } from '#hub/store/port-operations.ts'
import { openSqliteStore } from '#hub/store/sqlite.ts'
import { mb, ms, percentile, type Row } from './figures.ts'

/** A month of a province: what is asked of it, and how long the answer takes. */
const SITES = 200
const DAYS = 31
const DAY_MS = 86_400_000
const FROM = Date.UTC(2026, 9, 31, 17)
const ITEMS = 1_200
const ORDERS = 40
const ROUNDS = 40
/** Stretches of one cluster and one day, as a line that flickers makes them. */
const STRETCHES_A_DAY = 40
const BATCH = 20_000

const WORDS = [
  'Lũ quét',
  'Tiêm phòng',
  'Chợ phiên',
  'Phòng cháy rừng',
  'Biên giới',
  'Chính quyền hai cấp',
  'Giữ rừng',
  'Chè đông xuân',
]
const siteOf = (i: number): string => `LC-S${String(i).padStart(3, '0')}`

const openOf = (n: number): OpenLine => {
  const item = n % ITEMS
  const order = n % 5_003 === 0 ? `L-${n % ORDERS}` : null
  return {
    kind: 'open',
    play: `p${n}`,
    item: `C${item}`,
    title: `${WORDS[item % WORDS.length]} số ${item}`,
    hash: 'a'.repeat(64),
    category: item % 9 === 0 ? 'A7_5_ADVERTISING' : 'A7_1_POLICY_LAW',
    languages: item % 4 === 0 ? ['vi', 'hmn'] : ['vi'],
    supplier: `ubnd-${item % 30}`,
    suppliedByLead: item % 3 === 0,
    document: `${item}/TB`,
    rank: order === null ? 'normal' : 'emergency',
    order,
    why: 'khung giờ buổi sáng',
  }
}

const PLAY = `INSERT INTO plays (site, play, open_seq, from_wall, clock, doc, close_seq, to_wall, ms, cause, proof, head)
  VALUES (?, ?, ?, ?, 'synced', ?, ?, ?, ?, 'ended', 'seen', ?)`

/** As the hub keeps them after a month, put straight into its tables: the lines themselves are not searched. */
const fill = (db: Db, plays: number): void => {
  // Nothing is measured while it is built.
  db.all('PRAGMA synchronous = OFF')
  db.all('PRAGMA cache_size = -500000')
  const each = Math.floor(plays / SITES)
  const step = (DAYS * DAY_MS) / each
  for (let n = 0; n < plays; n += BATCH)
    db.commit(() => {
      for (let i = n; i < Math.min(plays, n + BATCH); i++) {
        const [site, nth] = [i % SITES, Math.floor(i / SITES)]
        const open = openOf(i * 7 + nth)
        const from = Math.floor(FROM + nth * step + site * 13)
        const play = { ...open, play: `p${nth}` }
        const values = [
          siteOf(site),
          play.play,
          nth * 4,
          from,
          JSON.stringify(play),
          nth * 4 + 3,
          from + 15_000,
          15_000,
        ] as const
        db.run(PLAY, ...values, headOf(db, play))
      }
    })
  db.commit(() => {
    for (let site = 0; site < SITES; site++) {
      db.run("INSERT INTO stretch_folds (site, next_seq, doc) VALUES (?, 0, '{}')", siteOf(site))
      for (let n = 0; n < DAYS * STRETCHES_A_DAY; n++) {
        const from = FROM + n * (DAY_MS / STRETCHES_A_DAY)
        const why = n % STRETCHES_A_DAY < 12 ? 'dark' : n % 5 === 0 ? 'display-dark' : 'shown'
        db.run(
          "INSERT INTO stretches (site, from_wall, to_wall, why, detail) VALUES (?, ?, ?, ?, '')",
          ...[siteOf(site), from, from + DAY_MS / STRETCHES_A_DAY, why],
        )
      }
    }
  })
}

const ALL: PlaySearchQuery = {
  ...{ site: null, from: FROM, to: FROM + DAYS * DAY_MS, words: [], item: null, category: null, language: null },
  ...{ supplier: null, order: null, proof: null, before: null, limit: 100 },
}
const QUESTIONS: readonly (readonly [string, (round: number) => PlaySearchQuery])[] = [
  ['newest of all clusters', () => ALL],
  ['one cluster', (r) => ({ ...ALL, site: siteOf(r * 3) })],
  ['one item', (r) => ({ ...ALL, item: `C${r * 11}` })],
  ['title "lu quet"', () => ({ ...ALL, words: ['lu', 'quet'] })],
  ['title of one item, one cluster', (r) => ({ ...ALL, words: ['lu', 'quet', String(r * 8)], site: siteOf(r) })],
  ['one order (rare)', (r) => ({ ...ALL, order: `L-${r}` })],
  ['one supplier', (r) => ({ ...ALL, supplier: `ubnd-${r % 30}` })],
  ['language hmn, one cluster', (r) => ({ ...ALL, language: 'hmn', site: siteOf(r) })],
  ['proof that no play has', (r) => ({ ...ALL, proof: 'read-back', site: siteOf(r) })],
]

const timed = async (rounds: number, work: (round: number) => Promise<unknown>): Promise<readonly number[]> => {
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    await work(round)
    samples.push(performance.now() - began)
  }
  return samples
}

const searches = async (store: Store): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (const [what, question] of QUESTIONS) {
    let found = 0
    const samples = await timed(ROUNDS, async (round) => {
      const answer = await store.folds.search(question(round))
      found += answer.plays.length
    })
    rows.push(rowOf(`plays: ${what}`, samples, `${Math.round(found / ROUNDS)} plays each`, 300))
  }
  let before: PlayCursor | null = null
  const pages = await timed(ROUNDS, async () => {
    const answer = await store.folds.search({ ...ALL, words: ['phien'], limit: 500, before })
    before = answer.next
  })
  rows.push(rowOf('plays: 500 a page, page after page', pages, '', 500))
  return rows
}

const rowOf = (what: string, samples: readonly number[], beside: string, target: number): Row => ({
  what,
  figure: `p50 ${ms(percentile(samples, 0.5))}, p95 ${ms(percentile(samples, 0.95))}`,
  beside,
  target: `p95 ≤ ${target} ms`,
  pass: percentile(samples, 0.95) <= target,
})

/** `plays`: how many are put into the database first. */
export const benchPlays = async (folder: string, plays: number): Promise<readonly Row[]> => {
  const dir = mkdtempSync(join(folder, 'plays-'))
  const path = join(dir, 'hub.sqlite')
  try {
    const began = performance.now()
    const db = openDb(path)
    fill(db, plays)
    db.close()
    const built = `${plays.toLocaleString('en')} plays, ${mb(statSync(path).size)}, built in ${Math.round((performance.now() - began) / 1000)} s`
    const store = openSqliteStore(path)
    const rows = [...(await searches(store))]
    const month = { site: null, from: FROM, to: FROM + DAYS * DAY_MS }
    const uptime = await timed(10, async () => {
      await store.stretches.sums(month)
      await store.stretches.of({ ...month, only: 'outages' }, 50_000)
    })
    const beside = `${(SITES * DAYS * STRETCHES_A_DAY).toLocaleString('en')} stretches`
    rows.push(rowOf(`uptime: ${SITES} clusters × ${DAYS} days`, uptime, beside, 1_000))
    const day = await timed(ROUNDS, (round) =>
      store.folds.dayPlays({ site: siteOf(round), from: FROM + DAY_MS, to: FROM + 2 * DAY_MS, limit: 20_000 }),
    )
    rows.push(rowOf('day: plays of one cluster', day, built, 200))
    await store.close()
    return rows
  } finally {
    rmSync(dir, { recursive: true })
  }
}
