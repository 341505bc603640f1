import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OrderView } from '#core/contract/api.ts'
import { CURES_OF, MOST_AGAIN, ORDER_REFUSALS, type OrderRefusal } from '#core/emergency/order.ts'
import { aStatus } from '../../../test/support/fleet-status.ts'
import type { OpenKey } from '../crypto/ed25519.ts'
import { connect, enrolled, type FakeEdge, receipt } from './edge.ts'
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

/** What an edge refused for a reason that can pass goes to it again when that reason may have passed, so often and no more. */

const SITE = 'LC-MLT-01'
let world: World
let officer: Person
let signer: Signer
let key: OpenKey
let edge: FakeEdge
let registry = 1
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  key = await enrolled(world, SITE)
  officer = await login(world, 'tructinh')
  signer = await signerOf(world, 'tructinh')
  edge = (await connect(world, SITE, key)).edge
  await says()
})
afterAll(async () => {
  await edge.close()
  await world.close()
})

/** What the edge says of its registry and its clock; the hub has worked it off when this is over. */
const says = async (quality: 'synced' | 'unset' = 'synced') => {
  const status = aStatus()
  edge.send({ t: 'status', status: { ...status, registry, clock: { ...status.clock, wall: world.clock.at, quality } } })
  await heard()
}
const saysNewer = () => {
  registry += 1
  return says()
}
/** A receipt of an order that nobody knows is acknowledged like any other, after everything before it. */
const heard = async () => {
  edge.send(receipt({ order: 'nobody' }))
  for (let ack = await edge.next('receipt-ack'); ack.order !== 'nobody'; ) ack = await edge.next('receipt-ack')
}
const release = async (id: string, more: Parameters<typeof orderOf>[0] = {}) => {
  const order = orderOf({ id, ...more })
  expect((await officer.post('/api/orders', { envelope: sealOrder(signer, order) })).status).toBe(200)
  await heard()
}
const refuses = async (order: string, reason: OrderRefusal) => {
  edge.send(receipt({ order, stage: 'refused', reason }))
  await heard()
}
const came = (id: string) =>
  edge.seen.filter((m) => m.t === 'order' && (JSON.parse(m.envelope.payload) as { id: string }).id === id).length
const rowOf = async (id: string) => {
  const views = (await (await officer.get('/api/orders')).json()) as OrderView[]
  return views.find((v) => v.order.id === id)?.sites.find((s) => s.site === SITE)
}
const later = () => {
  world.clock.at += 1_000
}

describe('an order that an edge refused', () => {
  it('for a right that its registry did not know is sent again under a newer one, taken, and the board says so', async () => {
    await release('A-1')
    await refuses('A-1', 'no-right')
    expect(await rowOf('A-1')).toMatchObject({ refused: 'no-right', again: 0, againAt: null, acceptedAt: null })
    later()
    await says()
    expect(came('A-1')).toBe(1)
    await saysNewer()
    expect(came('A-1')).toBe(2)
    expect(await rowOf('A-1')).toMatchObject({ refused: 'no-right', again: 1, againAt: world.clock.at })
    edge.send(receipt({ order: 'A-1' }))
    await heard()
    expect(await rowOf('A-1')).toMatchObject({ refused: null, again: 1, acceptedAt: world.clock.at })
    // A refusal that was held up on the way takes nothing back, and what was taken is not sent again.
    await refuses('A-1', 'no-right')
    await saysNewer()
    expect(await rowOf('A-1')).toMatchObject({ refused: null })
    expect(came('A-1')).toBe(2)
  })

  it('because too many were in force is sent again when one of them has ended there', async () => {
    await release('B-1')
    edge.send(receipt({ order: 'B-1' }))
    await release('B-2')
    await refuses('B-2', 'full')
    later()
    await saysNewer()
    expect(came('B-2')).toBe(1)
    edge.send(receipt({ order: 'B-1', stage: 'ended', reason: 'expired' }))
    await heard()
    expect(came('B-2')).toBe(2)
    // It is full again: the same words, another answer. Nothing has changed since, so nothing is sent.
    later()
    await refuses('B-2', 'full')
    expect(came('B-2')).toBe(2)
    expect(await rowOf('B-2')).toMatchObject({ refused: 'full', again: 1 })
  })

  it('by a wrong clock is sent again when the clock has become right', async () => {
    await says('unset')
    await release('C-1')
    await refuses('C-1', 'expired')
    later()
    await says('unset')
    expect(came('C-1')).toBe(1)
    await says()
    expect(came('C-1')).toBe(2)
  })

  it('by a key that it did not know, without a word, is sent again under a newer registry', async () => {
    await release('D-1')
    await says()
    expect(came('D-1')).toBe(1)
    await saysNewer()
    expect(came('D-1')).toBe(2)
    expect(await rowOf('D-1')).toMatchObject({ again: 0, refused: null })
  })

  it('is sent again at once when its refusal comes after the news that would have cured it', async () => {
    await release('E-1')
    later()
    await saysNewer()
    await refuses('E-1', 'no-right')
    expect(await rowOf('E-1')).toMatchObject({ again: 1 })
    later()
    await refuses('E-1', 'no-right')
    expect(await rowOf('E-1')).toMatchObject({ again: 1 })
  })

  it('for what will not pass never goes again, nor after its end, nor more often than the bound', async () => {
    const final = ORDER_REFUSALS.filter((r) => CURES_OF[r].length === 0)
    expect(final.length).toBe(12)
    for (const reason of final) {
      await release(`L-${reason}`)
      await refuses(`L-${reason}`, reason)
    }
    await release('F-1')
    await refuses('F-1', 'no-right')
    await release('F-2')
    await refuses('F-2', 'no-right')
    await release('L-off', { action: 'cancel', references: ['F-2'], issuedAt: NOW + 1, texts: [] })
    for (let n = 0; n < MOST_AGAIN + 3; n += 1) {
      later()
      await saysNewer()
      await refuses('F-1', 'no-right')
    }
    expect(final.map((reason) => came(`L-${reason}`))).toEqual(final.map(() => 1))
    expect(came('F-1')).toBe(1 + MOST_AGAIN)
    expect(came('F-2')).toBe(1)
    expect(await rowOf('F-1')).toMatchObject({ again: MOST_AGAIN })
  })

  it('while the hub was down counts as changed once when it is back', async () => {
    await release('G-1')
    await refuses('G-1', 'no-right')
    await world.restart()
    edge = (await connect(world, SITE, key)).edge
    await edge.next('registry')
    expect(came('G-1')).toBe(0)
    await says()
    await says()
    expect(came('G-1')).toBe(1)
  })
})
