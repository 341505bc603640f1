import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Receipt } from '#core/contract/link.ts'
import { makeLetters } from '../link/letters.ts'
import { type EdgeNews, NOTHING_SEEN, type Seen } from '../link/news.ts'
import { takeEvidence, takeReceipt } from '../link/take.ts'
import { chainOf, receipt } from './edge.ts'
import { login, makeSeed, orderOf, sealOrder, signerOf, startWorld, type World } from './harness.ts'

/** What an edge is told "I have it" about is on the disk when it is told: seen through another connection, which sees only what is committed. */

const SITE = 'LC-MLT-01'
const news: EdgeNews = {
  site: () => {},
  screen: () => {},
  receipt: () => {},
  evidence: () => {},
  again: () => {},
  status: () => {},
  link: () => {},
  foreign: () => {},
}
let world: World
let disk: DatabaseSync
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  disk = new DatabaseSync(join(world.dir, 'hub.sqlite'), { readOnly: true })
  const officer = await login(world, 'tructinh')
  const signer = await signerOf(world, 'tructinh')
  for (const id of ['L-1', 'L-2']) {
    const released = await officer.post('/api/orders', { envelope: sealOrder(signer, orderOf({ id })) })
    expect(released.status).toBe(200)
  }
})
afterAll(async () => {
  disk.close()
  await world.close()
})

const count = (sql: string, ...values: string[]) => Number(disk.prepare(sql).get(...values)?.['n'])

it('a receipt is acknowledged after its commit, also when many come at once', async () => {
  const stages: readonly (readonly [Receipt['stage'], string, string])[] = [
    ['shown', 'L-1', 'shown_at'],
    ['accepted', 'L-1', 'accepted_at'],
    ['ended', 'L-1', 'ended_at'],
    ['refused', 'L-2', 'refused'],
  ]
  const acked: number[] = []
  const letters = makeLetters(world.hub.hub.store)
  const take = ([stage, order, column]: (typeof stages)[number]) =>
    takeReceipt(world.hub.hub, SITE, receipt({ stage, order }).receipt, {
      news,
      letters,
      seen: { ...NOTHING_SEEN },
      send: () => {
        const sql = `SELECT count(*) AS n FROM order_sites WHERE order_id = ? AND site = ? AND ${column} IS NOT NULL`
        acked.push(count(sql, order, SITE))
        return true
      },
    })
  await Promise.all(stages.map(take))
  expect(acked).toEqual([1, 1, 1, 1])
})

it('a receipt that was held up counts from the time that the edge says, but not from before the release', async () => {
  const { hub } = world.hub
  const at = hub.now() - 60_000
  const held = receipt({ order: 'L-2', stage: 'shown', quality: 'synced', at }).receipt
  await takeReceipt(hub, SITE, held, {
    news,
    letters: makeLetters(hub.store),
    seen: { ...NOTHING_SEEN },
    send: () => true,
  })
  const row = await hub.store.orders.get('L-2')
  expect(row?.sites[0]?.shownAt).toBe(row?.releasedAt)
})

it('a receipt that could not be stored is not acknowledged', async () => {
  const { store } = world.hub.hub
  const broken = { ...store, orders: { ...store.orders, receipt: () => Promise.reject(new Error('disk full')) } }
  const sent: unknown[] = []
  const seen = { ...NOTHING_SEEN }
  const out = { news, letters: makeLetters(store), seen, send: (text: unknown) => sent.push(text) > 0 }
  await expect(takeReceipt({ ...world.hub.hub, store: broken }, SITE, receipt({}).receipt, out)).rejects.toThrow('disk')
  expect(sent).toEqual([])
})

it('records are acknowledged after their commit', async () => {
  const lines = chainOf([
    { kind: 'heartbeat', play: null },
    { kind: 'heartbeat', play: null },
  ])
  const stored: number[] = []
  const seen: Seen = { ...NOTHING_SEEN }
  const send = () => stored.push(count('SELECT count(*) AS n FROM evidence WHERE site = ?', SITE)) > 0
  await takeEvidence(world.hub.hub, { site: SITE, seen }, { from: 1, lines }, { news, send })
  expect(stored).toEqual([2])
})
