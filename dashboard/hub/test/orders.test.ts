import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { instant } from '#core/base/units.ts'
import type { OrderView } from '#core/contract/api.ts'
import { openOrder, verifyEnvelope } from '#core/contract/verify.ts'
import { makeKey, type OpenKey, verifyEd25519 } from '../crypto/ed25519.ts'
import { connect, enrolled, receipt } from './edge.ts'
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

let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
let officer: Person
let signer: Signer
let key: OpenKey
beforeAll(async () => {
  from = await makeSeed()
})
beforeEach(async () => {
  world = await startWorld(from)
  key = await enrolled(world, 'LC-MLT-01')
  officer = await login(world, 'tructinh')
  signer = await signerOf(world, 'tructinh')
})
afterEach(() => world.close())
const release = (order = orderOf({})) => officer.post('/api/orders', { envelope: sealOrder(signer, order) })
const orders = async () => (await (await officer.get('/api/orders')).json()) as OrderView[]

describe('an order', () => {
  it('is stored before it is sent, waits for a site that is away, and is sent again until the site has it', async () => {
    expect((await release()).status).toBe(200)
    expect((await orders())[0]?.sites).toMatchObject([{ site: 'LC-MLT-01', connected: false, sentAt: null }])
    await world.restart()
    const { edge } = await connect(world, 'LC-MLT-01', key)
    const first = await edge.next('order')
    expect(
      openOrder(first.envelope, {
        registry: world.hub.hub.registry(),
        verify: verifyEd25519,
        at: instant(NOW),
        trusted: true,
        units: ['03549'],
      }).ok,
    ).toBe(true)
    await edge.close()
    const again = await connect(world, 'LC-MLT-01', key)
    expect((await again.edge.next('order')).envelope).toEqual(first.envelope)
    again.edge.send(receipt({}))
    expect(await again.edge.next('receipt-ack')).toMatchObject({ order: 'L-1', stage: 'accepted' })
    again.edge.send(receipt({ stage: 'shown', afterMs: 140, proof: 'acknowledged' }))
    again.edge.send(receipt({ stage: 'shown', afterMs: 999, proof: 'acknowledged' }))
    again.edge.send(receipt({ stage: 'ended', reason: 'expired' }))
    for (let i = 0; i < 3; i++) await again.edge.next('receipt-ack')
    await world.restart()
    officer = await login(world, 'tructinh')
    expect((await orders())[0]?.sites[0]).toMatchObject({
      acceptedAfterMs: 12,
      shownAfterMs: 140,
      proof: 'acknowledged',
      endReason: 'expired',
    })
    const third = await connect(world, 'LC-MLT-01', key)
    await third.edge.next('schedule')
    expect(third.edge.seen.some((m) => m.t === 'order')).toBe(false)
    await third.edge.close()
  })

  it('is in the database when the first edge hears it, and one press twice is one order', async () => {
    const { edge } = await connect(world, 'LC-MLT-01', key)
    const [a, b] = await Promise.all([release(), edge.next('order')])
    expect(a.status).toBe(200)
    expect((await world.hub.hub.store.orders.get('L-1'))?.envelope).toEqual(b.envelope)
    expect((await release()).status).toBe(200)
    expect((await release(orderOf({ severity: 'minor' }))).status).toBe(409)
    expect((await orders()).length).toBe(1)
    await edge.close()
  })

  it('that has run out or been cancelled is not sent any more; the cancel is', async () => {
    await release(orderOf({ id: 'L-short', expiresAt: NOW + 60_000 }))
    await release(orderOf({ id: 'L-long' }))
    const then = { issuedAt: NOW + 1, references: ['L-long'] }
    const cancel = orderOf({ id: 'L-cancel', action: 'cancel', ...then, texts: [] })
    expect((await release(cancel)).status).toBe(200)
    expect((await orders()).map((o) => [o.order.id, o.state]).sort()).toEqual([
      ['L-cancel', 'open'],
      ['L-long', 'cancelled'],
      ['L-short', 'open'],
    ])
    world.clock.at += 60_000
    const { edge } = await connect(world, 'LC-MLT-01', key)
    expect(JSON.parse((await edge.next('order')).envelope.payload)).toMatchObject({ id: 'L-cancel' })
    await edge.next('schedule')
    expect(edge.seen.filter((m) => m.t === 'order').length).toBe(1)
    expect((await orders()).find((o) => o.order.id === 'L-short')?.state).toBe('expired')
    await edge.close()
  })

  it('that replaced another is told to a site that was away even after it has run out itself: what it replaced is over', async () => {
    await release(orderOf({ id: 'L-long' }))
    const before = await connect(world, 'LC-MLT-01', key)
    await before.edge.next('order')
    before.edge.send(receipt({ order: 'L-long' }))
    await before.edge.next('receipt-ack')
    await before.edge.close()
    const then = { issuedAt: NOW + 1, references: ['L-long'] }
    const update = orderOf({ id: 'L-up', action: 'update', ...then, expiresAt: NOW + 60_000 })
    expect((await release(update)).status).toBe(200)
    world.clock.at += 90_000
    const late = await connect(world, 'LC-MLT-01', key)
    expect(JSON.parse((await late.edge.next('order')).envelope.payload)).toMatchObject({ id: 'L-up' })
    late.edge.send(receipt({ order: 'L-long', stage: 'ended', reason: 'superseded' }))
    late.edge.send(receipt({ order: 'L-up', stage: 'refused', reason: 'expired' }))
    for (let i = 0; i < 2; i++) await late.edge.next('receipt-ack')
    await late.edge.close()
    const third = await connect(world, 'LC-MLT-01', key)
    await third.edge.next('schedule')
    expect(third.edge.seen.some((m) => m.t === 'order')).toBe(false)
    await third.edge.close()
  })

  it('is in the list as long as it is in force; of those that are over as many as the bound on their clusters allows', async () => {
    await release(orderOf({ id: 'L-live', expiresAt: NOW + 7_200_000 }))
    for (const id of ['L-a', 'L-b', 'L-c']) {
      world.clock.at += 1
      await release(orderOf({ id, targets: ['LC-MLT-01', 'LC-MT-01'] }))
    }
    const { store } = world.hub.hub
    const ids = async (mostSites: number, limit = 200) =>
      (await store.orders.listed({ limit, mostSites, now: NOW + 3_600_000 })).map((r) => r.order.id)
    expect(await ids(6)).toEqual(['L-c', 'L-b', 'L-a', 'L-live'])
    expect(await ids(5)).toEqual(['L-c', 'L-b', 'L-live'])
    expect(await ids(0)).toEqual(['L-live'])
    expect(await ids(6, 2)).toEqual(['L-c', 'L-b'])
    expect((await store.orders.recent(2)).map((r) => [r.order.id, r.state])).toEqual([
      ['L-c', 'open'],
      ['L-b', 'open'],
    ])
  })

  it('that an edge refuses takes nothing from it: what it was to replace, held back until then, comes at once', async () => {
    await release(orderOf({ id: 'L-long' }))
    await release(orderOf({ id: 'L-up', action: 'update', references: ['L-long'], issuedAt: NOW + 1 }))
    const { edge } = await connect(world, 'LC-MLT-01', key)
    expect(JSON.parse((await edge.next('order')).envelope.payload)).toMatchObject({ id: 'L-up' })
    edge.send(receipt({ order: 'L-up', stage: 'refused', reason: 'text-unfit' }))
    expect(JSON.parse((await edge.next('order')).envelope.payload)).toMatchObject({ id: 'L-long' })
    // Said again, the refusal brings nothing again.
    edge.send(receipt({ order: 'L-up', stage: 'refused', reason: 'text-unfit' }))
    for (let i = 0; i < 2; i++) await edge.next('receipt-ack')
    await edge.close()
    const again = await connect(world, 'LC-MLT-01', key)
    expect(JSON.parse((await again.edge.next('order')).envelope.payload)).toMatchObject({ id: 'L-long' })
    await again.edge.close()
    expect(edge.seen.filter((m) => m.t === 'order').length).toBe(2)
  })

  it('is refused when it is not signed by the right person, and the refusal is in the audit log', async () => {
    const approver = await signerOf(world, 'duyet')
    const good = sealOrder(signer, orderOf({}))
    const cases = [
      ['bad-signature', { ...good, payload: good.payload.replace('"extreme"', '"minor"') }],
      ['unknown-key', sealOrder(makeKey().signer, orderOf({}))],
      ['no-right', sealOrder(approver, orderOf({ issuer: 'duyet' }))],
      ['no-right', sealOrder(signer, orderOf({ issuer: 'duyet' }))],
      ['unknown-site', sealOrder(signer, orderOf({ targets: ['LC-DK-01'] }))],
    ] as const
    for (const [error, envelope] of cases) {
      const response = await officer.post('/api/orders', { envelope })
      expect([error, ((await response.json()) as { error: string }).error]).toEqual([error, error])
    }
    expect((await orders()).length).toBe(0)
    const audit = await world.hub.hub.store.audit.newest(50)
    expect(audit.filter((a) => a.action === 'order.refused' && a.person === 'tructinh').length).toBe(cases.length)
    const texts = [
      ['text-unfit', { texts: [{ language: 'vi', headline: 'Th\uFFFDng b\uFFFDo', instruction: '' }] }],
      ['no-text', { texts: [] }],
      ['expired', { expiresAt: NOW }],
      ['not-just-signed', { issuedAt: NOW - 3_600_000 }],
      ['unknown-order', { action: 'cancel', references: ['L-x'] }],
    ] as const
    for (const [error, change] of texts) {
      const response = await release(orderOf(change as object))
      expect([error, ((await response.json()) as { error: string }).error]).toEqual([error, error])
    }
    // What a rule refuses is told as well: who tried, which order, the word for why and the place in it.
    const ruled = (await world.hub.hub.store.audit.newest(5)).filter((a) => a.action === 'order.refused').reverse()
    expect(ruled.map((a) => [a.person, a.subject, a.detail.split(' ')[0]])).toEqual(
      texts.map(([error]) => ['tructinh', 'L-1', error]),
    )
    expect(ruled[2]?.detail).toBe('expired /expiresAt')
  })

  it('writes so many refusals of one person a minute, and no more', async () => {
    const tried = 40
    for (let i = 0; i < tried; i++) expect((await release(orderOf({ id: `X-${i}`, texts: [] }))).status).toBe(422)
    const lines = (await world.hub.hub.store.audit.newest(100)).filter((a) => a.action === 'order.refused')
    expect(lines.length).toBe(30)
    expect(lines[0]?.detail).toBe('no-text /texts …')
    world.clock.at += 60_000
    expect((await release(orderOf({ id: 'X-later', texts: [], issuedAt: NOW + 60_000 }))).status).toBe(422)
    const after = await world.hub.hub.store.audit.newest(1)
    expect(after[0]).toMatchObject({ action: 'order.refused', subject: 'X-later', detail: 'no-text /texts' })
  })

  it('is seen live by a console that is logged in, and by nobody else', async () => {
    const url = `${world.hub.url.replace('http', 'ws')}/api/live`
    const stranger = new WebSocket(url)
    const refused = await new Promise((resolve) =>
      stranger.once('unexpected-response', (_, r) => resolve(r.statusCode)).once('error', () => undefined),
    )
    expect(refused).toBe(401)
    const console_ = new WebSocket(url, { headers: { cookie: officer.cookie } })
    const seen: { t: string }[] = []
    const order = new Promise<OrderView>((resolve) =>
      console_.on('message', (data) => {
        const message = JSON.parse(data.toString())
        seen.push(message)
        if (message.t === 'site' && seen.filter((m) => m.t === 'site').length === 3) void release()
        if (message.t === 'order') resolve(message.order)
      }),
    )
    expect((await order).order.id).toBe('L-1')
    console_.close()
  })
})

it('the registry a device pins opens with the root key that it got', async () => {
  const registry = await world.hub.hub.store.registry.latest()
  const keyId = registry?.signatures[0]?.key ?? ''
  const publicKeys = new Map([[keyId, world.seed.rootPublicKey]])
  expect(registry !== null && verifyEnvelope(registry, 'registry', { publicKeys, verify: verifyEd25519 }).ok).toBe(true)
})
