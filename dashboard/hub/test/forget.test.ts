import { afterAll, beforeAll, expect, it } from 'vitest'
import type { OrderReport } from '#core/contract/api.ts'
import { KEPT_AFTER_MS } from '../server/orders-watch.ts'
import {
  login,
  makeSeed,
  NOW,
  orderOf,
  type Person,
  PNG,
  type Signer,
  sealOrder,
  signerOf,
  startWorld,
  type World,
} from './harness.ts'

const SITE = 'LC-MLT-01'
let world: World
let duty: Person
let signer: Signer
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  duty = await login(world, 'tructinh')
  signer = await signerOf(world, 'tructinh')
})
afterAll(() => world.close())

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
const keep = async (n: number) => {
  const stored = await world.hub.hub.assets.put(once(Buffer.concat([PNG, Buffer.from([n])])), 10_000)
  if (!stored.ok) throw new Error(stored.error)
  return stored.value
}

it('what an order leaves behind goes half a year after its end and not before; what a later one names, and the order itself, stay', async () => {
  const { store, assets, watch } = world.hub.hub
  const [own, shared, given] = await Promise.all([keep(1), keep(2), keep(3)])
  await store.content.putAsset(given, NOW)
  const send = (over: Parameters<typeof orderOf>[0]) =>
    duty.post('/api/orders', { envelope: sealOrder(signer, orderOf(over)) })
  const end = NOW + 3_600_000
  const picture = { sha256: given.sha256, bytes: given.bytes, mime: 'image/png' as const }
  expect((await send({ id: 'F-1', expiresAt: end, picture })).status).toBe(200)
  const frame = { site: SITE, at: NOW, mime: 'image/png', bytes: 10 }
  await store.frames.put({ ...frame, order: 'F-1', moment: 'before', sha256: own.sha256 })
  await store.frames.put({ ...frame, order: 'F-1', moment: 'during', sha256: shared.sha256 })
  const area = { units: [], name: '', province: true }
  expect((await send({ id: 'F-wait', expiresAt: end, targets: [SITE, 'LC-MLT-02', 'LC-MT-01'], area })).status).toBe(
    202,
  )
  const files = async () => Promise.all([own, shared, given].map((f) => assets.has(f.sha256)))
  const waits = async () => (await store.pending.get('F-wait')) !== null

  world.clock.at = end + KEPT_AFTER_MS - 1
  await watch.look()
  expect([await files(), await waits(), (await store.frames.of('F-1')).length]).toEqual([[true, true, true], true, 2])

  const later = await login(world, 'tructinh')
  const now = { issuedAt: world.clock.at, startsAt: world.clock.at, expiresAt: world.clock.at + 7_200_000 }
  expect(
    (await later.post('/api/orders', { envelope: sealOrder(signer, orderOf({ id: 'F-2', ...now })) })).status,
  ).toBe(200)
  await store.frames.put({ ...frame, order: 'F-2', moment: 'before', sha256: shared.sha256 })
  world.clock.at += 3_600_000
  await watch.look()
  expect([await files(), await waits()]).toEqual([[false, true, false], false])
  expect((await store.frames.of('F-2')).map((f) => f.sha256)).toEqual([shared.sha256])
  const report = (await (await (await login(world, 'kiemtra')).get('/api/orders/F-1')).json()) as OrderReport
  expect([report.frames, report.view.order.id, report.audit.length > 0]).toEqual([[], 'F-1', true])
  const [line] = (await store.audit.newest(20)).filter((l) => l.action === 'order.forgotten')
  expect(line).toMatchObject({ person: 'hub', detail: 'pictures 3, files 2, pending 1' })
  // Nothing more to forget: nothing more is written.
  world.clock.at += 3_600_000
  await watch.look()
  expect((await store.audit.newest(20)).filter((l) => l.action === 'order.forgotten').length).toBe(1)
})
