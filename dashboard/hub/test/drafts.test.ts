import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DraftView, OrderDraftBody, OrderView } from '#core/contract/api.ts'
import { HUB } from '#core/metrics/catalogue.ts'
import { MOST_DRAFTS } from '../store/drafts.ts'
import {
  login,
  makeSeed,
  NOW,
  orderOf,
  type Person,
  type Signer,
  sealOrder,
  signerOf,
  startWorld,
  type World,
} from './harness.ts'

let world: World
let duty: Person
let operator: Person
let signer: Signer
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  duty = await login(world, 'tructinh')
  operator = await login(world, 'vanhanh')
  signer = await signerOf(world, 'tructinh')
})
afterAll(() => world.close())

const bodyOf = (over: Partial<OrderDraftBody>): OrderDraftBody => {
  const { class: c, status, hazard, riskLevel, forestFireLevel, severity, authority, texts, targets } = orderOf({})
  const { wake, brightness, sound } = orderOf({})
  const drawn = { class: c, status, hazard, riskLevel, forestFireLevel, severity, authority, texts }
  const rest = { targets, wake, brightness, sound, lengthMs: 3_600_000, until: null }
  return { ...drawn, ...rest, action: 'release', references: [], ...over }
}
const json = async <T>(response: Promise<Response>) => {
  const r = await response
  return { status: r.status, body: (await r.json()) as T & { readonly error?: string } }
}
const drafts = async () => (await json<DraftView[]>(duty.get('/api/drafts'))).body
const source = { user: 'cap:thu-muc', address: '' }
const capDraft = (key: string, over: Partial<OrderDraftBody> = {}) =>
  world.hub.hub.drafts.add(
    {
      from: 'cap',
      source: 'kttv.mau',
      trusted: true,
      body: bodyOf(over),
      notes: [{ vi: 'thiếu hạn', en: 'no end' }],
      key,
    },
    source,
  )

it('a proposal waits for an officer, and is done with when an order comes of it or somebody drops it with a reason', async () => {
  const made = await json<DraftView>(operator.post('/api/drafts', bodyOf({})))
  expect(made.body).toMatchObject({ from: 'person', state: 'waiting', order: null, trusted: null })
  expect(made.body).not.toHaveProperty('key')
  expect((await world.hub.hub.store.orders.listed({ limit: 10, mostSites: 1_000, now: 0 })).length).toBe(0)
  const refused = [
    ['unknown-site', { targets: ['LC-DK-01'] }],
    ['unknown-order', { action: 'cancel', references: ['L-x'] }],
    ['text-unfit', { texts: [{ language: 'vi', headline: 'Th\uFFFDng b\uFFFDo', instruction: '' }] }],
    ['malformed', { lengthMs: 1 }],
  ] as const
  for (const [error, over] of refused) {
    const it = await json(operator.post('/api/drafts', bodyOf(over as object)))
    expect([error, it.body.error]).toEqual([error, error])
  }
  expect((await json(operator.post('/api/orders', { envelope: sealOrder(signer, orderOf({})) }))).body.error).toBe(
    'no-role',
  )
  const release = (id: string, draft: string) =>
    json<OrderView>(duty.post('/api/orders', { envelope: sealOrder(signer, orderOf({ id })), draft }))
  expect((await release('L-1', 'N-khong-co')).body.error).toBe('unknown-draft')
  expect((await release('L-1', made.body.id)).status).toBe(200)
  expect(await drafts()).toMatchObject([
    { id: made.body.id, state: 'released', order: 'L-1', closed: { by: duty.session.name, at: NOW } },
  ])
  // The same press again is the same order; another order of the same draft is asked to look first.
  expect((await release('L-1', made.body.id)).status).toBe(200)
  expect((await release('L-2', made.body.id)).body.error).toBe('draft-closed')
  const other = await json<DraftView>(operator.post('/api/drafts', bodyOf({})))
  const drop = (id: string) => json<DraftView>(duty.post(`/api/drafts/${id}/drop`, { reason: 'đã có lệnh khác' }))
  expect((await drop(other.body.id)).body).toMatchObject({ state: 'dropped', closed: { reason: 'đã có lệnh khác' } })
  expect((await drop(other.body.id)).body.error).toBe('not-waiting')
  const trail = await world.hub.hub.store.audit.about(other.body.id, 10)
  expect(trail.map((a) => `${a.person} ${a.action}`)).toEqual(['tructinh draft.drop', 'vanhanh draft.add'])
})

it('a draft of an order that waits for a second person stays until that one has signed', async () => {
  const draft = await json<DraftView>(operator.post('/api/drafts', bodyOf({})))
  const chief = await login(world, 'lanhdao')
  const order = orderOf({ id: 'L-3', class: 'mourning', texts: [], authority: { name: 'UBND', document: '1/UBND' } })
  const held = await json(duty.post('/api/orders', { envelope: sealOrder(signer, order), draft: draft.body.id }))
  expect(held.status).toBe(202)
  const state = async () => (await drafts()).find((d) => d.id === draft.body.id)?.state
  expect(await state()).toBe('waiting')
  const envelope = sealOrder(await signerOf(world, 'lanhdao'), order)
  expect((await chief.post('/api/orders/L-3/sign', { envelope })).status).toBe(200)
  expect(await state()).toBe('released')
})

it('the same message of another system is taken in once, over a restart too; what nobody can release any more is closed', async () => {
  const first = await capDraft('a,1,2026')
  expect(first.kind).toBe('stored')
  await world.restart()
  const again = await capDraft('a,1,2026')
  expect(again.kind === 'known' && first.kind === 'stored' ? again.draft : null).toEqual(
    first.kind === 'stored' ? first.draft : undefined,
  )
  expect(await world.hub.hub.drafts.byKey('a,1,2026')).toMatchObject({ source: 'kttv.mau', trusted: true })
  await capDraft('a,2,2026', { until: NOW + 60_000 })
  world.clock.at = NOW + 60_000
  await world.hub.hub.watch.look()
  const by = async (key: string) => (await world.hub.hub.drafts.byKey(key))?.state
  expect([await by('a,1,2026'), await by('a,2,2026')]).toEqual(['waiting', 'dropped'])
  world.clock.at = NOW + 86_400_000
  await world.hub.hub.watch.look()
  expect(await by('a,1,2026')).toBe('dropped')
  world.clock.at = NOW
})

it('keeps a bounded number: closed ones make room, waiting ones are never pushed out', async () => {
  const { store } = world.hub.hub
  const kept = async () => (await store.drafts.list(2 * MOST_DRAFTS)).length
  expect((await capDraft('mau')).kind).toBe('stored')
  // As many as fit, at once: each by itself is one commit.
  const sqlite = new DatabaseSync(join(world.dir, 'hub.sqlite'))
  sqlite
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO drafts (id, doc, key, received_at, state) SELECT 'N-' || i, doc, 'voll,' || i, received_at, 'waiting'
       FROM n, drafts WHERE key = 'mau'`,
    )
    .run(MOST_DRAFTS - (await kept()))
  sqlite.close()
  const closed = (await store.drafts.list(2 * MOST_DRAFTS)).filter((d) => d.state !== 'waiting').length
  expect(closed).toBeGreaterThan(3)
  for (let i = 0; i < closed; i++) expect((await capDraft(`noch,${i}`)).kind).toBe('stored')
  expect([await kept(), await store.drafts.waiting()]).toEqual([MOST_DRAFTS, MOST_DRAFTS])
  expect((await capDraft('zu-viel')).kind).toBe('full')
  expect((await capDraft('voll,30')).kind).toBe('known')
  duty = await login(world, 'tructinh')
  expect((await json(duty.post('/api/drafts', bodyOf({})))).body.error).toBe('full')
  expect(await world.hub.hub.metrics.expose()).toContain(`${HUB.draftsWaiting.name} ${MOST_DRAFTS}`)
  // However many wait, an officer meets each of them, and each is over in time.
  for (const { id } of await drafts()) await world.hub.hub.drafts.drop(id, 'đã xem', { user: 'tructinh', address: '' })
  expect((await drafts()).every((d) => d.state === 'waiting')).toBe(true)
  world.clock.at = NOW + 86_400_000
  await world.hub.hub.watch.look()
  expect(await store.drafts.waiting()).toBe(0)
  world.clock.at = NOW
})
