import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OrderView, PendingView } from '#core/contract/api.ts'
import { enoughPersons, secondPersonRule } from '#core/emergency/release.ts'
import { HUB } from '#core/metrics/catalogue.ts'
import type { OpenKey } from '../crypto/ed25519.ts'
import { RULES_WITHOUT_POLICY, rulesFor, strictest } from '../policies.ts'
import { connect, enrolled, type FakeEdge, receipt } from './edge.ts'
import {
  login,
  makeSeed,
  NOW,
  orderOf,
  type Person,
  type Signer,
  sealBy,
  sealOrder,
  signerOf,
  startWorld,
  type World,
} from './harness.ts'

const ALL = ['LC-MLT-01', 'LC-MLT-02', 'LC-MT-01']
const NUMBERED = { name: 'BCH PTDS tỉnh', document: '01/CĐ-MAU' }
const PROVINCE = { targets: ALL, area: { province: true, units: [], name: 'Toàn tỉnh' }, authority: NUMBERED }

let world: World
let duty: Person
let chief: Person
let commune: Person
let admin: Person
let signers: { readonly duty: Signer; readonly chief: Signer; readonly commune: Signer }
let edge: FakeEdge
let southKey: OpenKey

const people = async () => {
  duty = await login(world, 'tructinh')
  chief = await login(world, 'lanhdao')
  commune = await login(world, 'trucxa')
  admin = await login(world, 'quantri')
}
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  await people()
  signers = {
    duty: await signerOf(world, 'tructinh'),
    chief: await signerOf(world, 'lanhdao'),
    commune: await signerOf(world, 'trucxa'),
  }
  edge = (await connect(world, 'LC-MLT-01', await enrolled(world, 'LC-MLT-01'))).edge
  southKey = await enrolled(world, 'LC-MT-01')
})
afterAll(async () => {
  await edge.close()
  await world.close()
})

/** Each test's orders are issued now, whatever time it has become; what changes another one a little later. */
const order = (over: Parameters<typeof orderOf>[0]) => {
  const { at } = world.clock
  return orderOf({ issuedAt: at + chain(over), startsAt: at, expiresAt: at + 3_600_000, ...over })
}
const chain = ({ references = [] }: Parameters<typeof orderOf>[0]) =>
  Math.max(0, ...references.map((id) => 1 + Number(/\d+$/.exec(id)?.[0] ?? 0)))
const release = (over: Parameters<typeof orderOf>[0]) =>
  duty.post('/api/orders', { envelope: sealOrder(signers.duty, order(over)) })
const answer = async <T>(response: Promise<Response>) => {
  const r = await response
  return { status: r.status, body: (await r.json()) as T & { readonly error?: string } }
}
const orders = async () => (await answer<OrderView[]>(duty.get('/api/orders'))).body
const viewOf = async (id: string) => (await orders()).find((o) => o.order.id === id)
const trail = async (subject: string) =>
  (await world.hub.hub.store.audit.about(subject, 50)).map((a) => `${a.person} ${a.action}`).reverse()
const ordersSent = () =>
  edge.seen.flatMap((m) => (m.t === 'order' ? [(JSON.parse(m.envelope.payload) as { id: string }).id] : []))
const gauge = async (metric: { readonly name: string }) =>
  Number(new RegExp(`^${metric.name} (\\S+)$`, 'm').exec(await world.hub.hub.metrics.expose())?.[1])

describe('an order for which the rules ask two persons', () => {
  it('waits, stored, over a restart; goes out with both signatures when another person signs the same words', async () => {
    const sealed = sealOrder(signers.duty, order({ id: 'P-1', ...PROVINCE }))
    const held = await answer<PendingView>(duty.post('/api/orders', { envelope: sealed }))
    expect([held.status, held.body.state, held.body.signers.map((s) => s.user)]).toEqual([202, 'waiting', ['tructinh']])
    expect(held.body.lapsesAt).toBe(world.clock.at + 1_800_000)
    expect((await duty.post('/api/orders', { envelope: sealed })).status).toBe(202)
    expect(await gauge(HUB.ordersPending)).toBe(1)
    await edge.close()
    await world.restart()
    await people()
    edge = (await connect(world, 'LC-MLT-01', await enrolledAgain())).edge
    expect((await orders()).length).toBe(0)
    const [pending] = (await answer<PendingView[]>(chief.get('/api/orders/pending'))).body
    expect(pending?.envelope).toEqual(sealed)

    const sign = (who: Person, envelope: unknown) => answer<OrderView>(who.post('/api/orders/P-1/sign', { envelope }))
    const words = order({ id: 'P-1', ...PROVINCE })
    const refusals = [
      ['no-second-signature', await sign(duty, sealed)],
      ['same-person', await sign(commune, sealBy([signers.commune], words))],
      ['not-yours', await sign(commune, sealBy([signers.chief], words))],
      ['other-words', await sign(chief, sealBy([signers.chief], { ...words, severity: 'minor' }))],
      ['bad-signature', await sign(chief, { ...sealBy([signers.chief], words), signatures: [forged(sealed)] })],
    ] as const
    for (const [error, it] of refusals) expect([error, it.body.error]).toEqual([error, error])
    expect(ordersSent()).toEqual([])

    const signed = await sign(chief, sealBy([signers.chief], words))
    expect([signed.status, signed.body.signers.map((s) => s.user)]).toEqual([200, ['tructinh', 'lanhdao']])
    const sent = await edge.next('order')
    expect(sent.envelope.signatures.map((s) => s.key)).toEqual([signers.duty.key, signers.chief.key])
    expect((await sign(chief, sealBy([signers.chief], words))).status).toBe(200)
    expect((await duty.get('/api/orders/pending').then((r) => r.json())) as unknown[]).toEqual([])
    const refusedBy = ['tructinh', 'trucxa', 'trucxa', 'lanhdao', 'lanhdao'].map((user) => `${user} order.refused`)
    expect(await trail('P-1')).toEqual(['tructinh order.pending', ...refusedBy, 'lanhdao order.release'])
  })

  it('is released once when two persons sign, and one withdraws, at the same moment', async () => {
    expect((await release({ id: 'P-2', ...PROVINCE })).status).toBe(202)
    const envelope = sealBy([signers.chief], order({ id: 'P-2', ...PROVINCE }))
    const answers = await Promise.all([
      chief.post('/api/orders/P-2/sign', { envelope }),
      chief.post('/api/orders/P-2/sign', { envelope }),
      duty.post('/api/orders/P-2/withdraw', { reason: 'nhầm địa bàn' }),
    ])
    const row = await world.hub.hub.store.orders.get('P-2')
    const pending = await world.hub.hub.store.pending.get('P-2')
    const statuses = answers.map((a) => a.status)
    // Whoever was first, both stores say the same, and nobody was told otherwise.
    expect(pending?.state).toBe(row === null ? 'withdrawn' : 'released')
    expect(statuses).toEqual(row === null ? [409, 409, 200] : [200, 200, 409])
    expect((await trail('P-2')).filter((t) => t.endsWith('order.release')).length).toBe(row === null ? 0 : 1)
  })

  it('lapses after half an hour, or is withdrawn with a reason; then nobody can sign it', async () => {
    const late = order({ id: 'P-3', ...PROVINCE })
    expect((await duty.post('/api/orders', { envelope: sealOrder(signers.duty, late) })).status).toBe(202)
    expect((await release({ id: 'P-4', ...PROVINCE })).status).toBe(202)
    const gone = await answer<PendingView>(chief.post('/api/orders/P-4/withdraw', { reason: 'không cần nữa' }))
    expect(gone.body).toMatchObject({
      state: 'withdrawn',
      withdrawn: { by: chief.session.name, reason: 'không cần nữa' },
    })
    world.clock.at += 1_800_001
    const sign = (id: string) =>
      answer(chief.post(`/api/orders/${id}/sign`, { envelope: sealBy([signers.chief], late) }))
    expect((await sign('P-3')).body.error).toBe('lapsed')
    expect((await sign('P-4')).body.error).toBe('not-waiting')
    await world.hub.hub.watch.look()
    await world.hub.hub.watch.look()
    expect(await trail('P-3')).toEqual(['tructinh order.pending', 'hub order.lapsed'])
    const list = (await answer<PendingView[]>(duty.get('/api/orders/pending'))).body
    expect(list.map((p) => [p.order.id, p.state])).toEqual([
      ['P-4', 'withdrawn'],
      ['P-3', 'lapsed'],
    ])
    expect(await gauge(HUB.ordersPending)).toBe(0)
  })

  it('is one that names every cluster, said or not: without the word one person releases it only by breaking the glass', async () => {
    const quiet = { targets: ALL, authority: NUMBERED }
    const refused = await answer<{ message: { vi: string } }>(release({ id: 'W-1', ...quiet }))
    expect([refused.status, refused.body.error]).toEqual([422, 'area-unstated'])
    expect(refused.body.message.vi).toContain('area.province')
    expect((await release({ id: 'W-1', ...quiet, status: 'exercise' })).status).toBe(200)
    expect((await release({ id: 'W-2', ...quiet, targets: ALL.slice(1) })).status).toBe(200)
    const both = sealBy([signers.duty, signers.chief], order({ id: 'W-3', ...quiet }))
    expect((await duty.post('/api/orders', { envelope: both })).status).toBe(200)
    const breakGlass = { reason: 'Không liên lạc được lãnh đạo.' }
    const alone = await answer<OrderView>(release({ id: 'W-4', ...quiet, breakGlass }))
    expect([alone.status, alone.body.review?.by]).toEqual([200, null])
    await chief.post('/api/orders/W-4/review', { note: 'Đúng quy trình.' })
  })

  it('handed in with both signatures while it is being held with one, goes out and waits no longer', async () => {
    const whole = order({ id: 'P-9', ...PROVINCE })
    const one = { envelope: sealBy([signers.duty], whole) }
    const both = { envelope: sealBy([signers.duty, signers.chief], whole) }
    const answers = await Promise.all([duty.post('/api/orders', one), duty.post('/api/orders', both)])
    const row = await world.hub.hub.store.orders.get('P-9')
    const held = await world.hub.hub.store.pending.get('P-9')
    // Whichever came first: nothing that is out waits, and what waits is not out.
    expect(answers.map((a) => a.status)).toSatisfy((s: number[]) => s.every((x) => x === 200 || x === 202))
    expect(row !== null && held?.state === 'waiting').toBe(false)
    if (row === null) expect((await duty.post('/api/orders/P-9/withdraw', { reason: 'chỉ thử' })).status).toBe(200)
  })

  it('is nothing for an officer of one commune, who warns that commune alone and no other', async () => {
    const by = (over: Parameters<typeof orderOf>[0]) => {
      const envelope = sealBy([signers.commune], order({ issuer: 'trucxa', authority: NUMBERED, ...over }))
      return answer(commune.post('/api/orders', { envelope }))
    }
    expect((await by({ id: 'X-1', targets: ['LC-MT-01'] })).status).toBe(200)
    for (const over of [
      { targets: ['LC-MLT-01'] },
      { targets: ['LC-MT-01', 'LC-MLT-01'] },
      { targets: ['LC-MT-01'], class: 'major-event' as const },
    ])
      expect((await by({ id: 'X-2', ...over })).body.error).toBe('no-right')
  })

  it('goes out at once with both signatures, and by one person alone only by breaking the glass, with a review', async () => {
    const both = sealBy([signers.duty, signers.chief], order({ id: 'B-1', ...PROVINCE }))
    const direct = await answer<OrderView>(duty.post('/api/orders', { envelope: both }))
    expect([direct.status, direct.body.signers.length, direct.body.review]).toEqual([200, 2, null])
    const breakGlass = { reason: 'Lũ về trong đêm, không liên lạc được lãnh đạo.' }
    const mourning = { class: 'mourning' as const, texts: [], authority: NUMBERED, breakGlass }
    expect((await release({ id: 'B-2', ...mourning })).status).toBe(202)
    const alone = await answer<OrderView>(release({ id: 'B-3', ...PROVINCE, breakGlass }))
    const dueAt = world.clock.at + 86_400_000
    expect([alone.status, alone.body.review]).toEqual([200, { dueAt, by: null, at: null, note: null }])
    const review = (who: Person, id = 'B-3') =>
      answer<OrderView>(who.post(`/api/orders/${id}/review`, { note: 'Đúng quy trình.' }))
    expect((await review(duty)).body.error).toBe('own-order')
    expect((await review(admin, 'B-1')).body.error).toBe('no-review')
    world.clock.at = dueAt
    await world.restart()
    await people()
    await world.hub.hub.watch.look()
    await world.hub.hub.watch.look()
    expect(await gauge(HUB.reviewsOverdue)).toBe(1)
    expect((await review(admin)).body.review).toMatchObject({ by: admin.session.name, note: 'Đúng quy trình.' })
    expect((await review(chief)).body.error).toBe('reviewed')
    expect(await trail('B-3')).toEqual([
      'tructinh order.release',
      'tructinh order.break-glass',
      'hub order.review-overdue',
      'quantri order.review',
    ])
    expect(await gauge(HUB.reviewsOverdue)).toBe(0)
  })
})

const forged = (envelope: ReturnType<typeof sealBy>) => ({
  key: signers.chief.key,
  sig: envelope.signatures[0]?.sig ?? '',
})
/** The device that was enrolled at the start dials in again. */
const enrolledAgain = async () => {
  const code = (await answer<{ code: string }>(admin.post('/api/enrol-codes', { site: 'LC-MLT-01' }))).body.code
  return enrolled({ ...world, seed: { ...world.seed, enrolCodes: { 'LC-MLT-01': code } } }, 'LC-MLT-01')
}

describe('what an order leaves to be done, and does to others', () => {
  it('a number is asked for until it comes, also of the update that took its place; it takes nothing off a screen', async () => {
    const first = await answer<OrderView>(release({ id: 'D-1' }))
    const due = world.clock.at + 86_400_000
    expect([first.body.document, first.body.documentDueAt]).toEqual([null, due])
    expect((await answer<OrderView>(release({ id: 'D-x', status: 'exercise' }))).body.documentDueAt).toBe(null)
    world.clock.at += 60_000
    const next = await answer<OrderView>(release({ id: 'D-2', action: 'update', references: ['D-1'] }))
    expect([next.body.documentDueAt, (await viewOf('D-1'))?.documentDueAt]).toEqual([due, null])
    world.clock.at = due
    await people()
    await world.hub.hub.watch.look()
    await world.hub.hub.watch.look()
    expect(await gauge(HUB.documentsOverdue)).toBe(1)
    const bring = (id: string, over: object) =>
      answer<OrderView>(release({ id, action: 'document', references: ['D-2'], texts: [], ...over }))
    expect((await bring('D-3', {})).body.error).toBe('no-document')
    expect((await bring('D-3', { references: ['B-1'], authority: NUMBERED })).body.error).toBe('has-document')
    expect((await bring('D-3', { authority: NUMBERED })).status).toBe(200)
    expect(await viewOf('D-2')).toMatchObject({ document: NUMBERED.document, documentDueAt: null, state: 'expired' })
    expect(await gauge(HUB.documentsOverdue)).toBe(0)
    expect(await trail('D-2')).toEqual([
      'tructinh order.update',
      'hub order.document-overdue',
      'tructinh order.documented',
    ])
  })

  it('a number that comes later does not keep the order from a site that was away', async () => {
    await release({ id: 'D-5', targets: ['LC-MLT-02'] })
    await release({ id: 'D-6', action: 'document', references: ['D-5'], targets: ['LC-MLT-02'], authority: NUMBERED })
    const { store } = world.hub.hub
    expect(await store.orders.waitingFor('LC-MLT-02', world.clock.at)).toEqual(['D-5', 'D-6'])
    await store.orders.receipt('LC-MLT-02', receipt({ order: 'D-6' }).receipt, world.clock.at)
    expect(await store.orders.waitingFor('LC-MLT-02', world.clock.at)).toEqual(['D-5'])
    expect((await viewOf('D-5'))?.state).toBe('open')
  })

  it('an all-clear clears; an update keeps what it does not cover; too long, another status and a stray all-clear are refused', async () => {
    const [north, south] = ['LC-MLT-01', 'LC-MT-01']
    await release({ id: 'U-1', targets: [north, south] })
    await release({ id: 'U-2', action: 'update', references: ['U-1'], targets: [north] })
    expect((await viewOf('U-1'))?.state).toBe('open')
    const clear = { action: 'update', allClear: true, severity: 'minor' } as const
    await release({ id: 'U-3', ...clear, references: ['U-1', 'U-2'], targets: [north, south] })
    expect((await viewOf('U-1'))?.state).toBe('cleared')
    expect((await viewOf('U-2'))?.state).toBe('cleared')
    const { at } = world.clock
    const cases = [
      ['too-long', { expiresAt: at + 86_400_001 }],
      ['other-status', { action: 'update', references: ['U-3'], status: 'exercise' }],
      ['malformed', { allClear: true }],
      ['references', { action: 'document', authority: NUMBERED }],
      ['other-class', { action: 'update', references: ['U-3'], class: 'priority' }],
      ['other-status', { action: 'cancel', references: ['U-3'], status: 'exercise', texts: [] }],
      ['other-status', { action: 'cancel', references: ['U-3'], status: 'test', texts: [] }],
      ['other-status', { action: 'document', references: ['U-3'], status: 'exercise', authority: NUMBERED }],
      ['not-after', { action: 'update', references: ['U-3'], issuedAt: at }],
      ['not-after', { action: 'cancel', references: ['U-3'], issuedAt: at + 3 }],
    ] as const
    for (const [error, over] of cases) {
      const refused = await answer(release({ id: 'U-bad', ...(over as object) }))
      expect([error, refused.body.error]).toEqual([error, error])
    }
    const day = { id: 'U-4', action: 'update' as const, references: ['U-3'], expiresAt: at + 86_400_000 }
    expect((await release(day)).status).toBe(200)
  })

  it('two updates that each take a part of its clusters have ended an order together', async () => {
    const [north, south] = ['LC-MLT-01', 'LC-MT-01']
    await release({ id: 'S-1', targets: [north, south] })
    await release({ id: 'S-2', action: 'update', references: ['S-1'], targets: [north] })
    expect((await viewOf('S-1'))?.state).toBe('open')
    await release({ id: 'S-3', action: 'update', references: ['S-1'], targets: [south] })
    const states = await Promise.all(['S-1', 'S-2', 'S-3'].map(async (id) => (await viewOf(id))?.state))
    expect(states).toEqual(['superseded', 'open', 'open'])
    // A number alone takes no cluster's place.
    await release({ id: 'S-4', targets: [north, south] })
    await release({
      id: 'S-5',
      action: 'document',
      references: ['S-4'],
      targets: [south],
      authority: NUMBERED,
      texts: [],
    })
    await release({ id: 'S-6', action: 'update', references: ['S-4'], targets: [north] })
    expect((await viewOf('S-4'))?.state).toBe('open')
  })

  it('a power cut between storing and sending: after the restart the edge has it, and the same press is the same order', async () => {
    const edges = world.hub.hub.edges
    Object.assign(edges, { order: () => Promise.reject(new Error('power cut')) })
    const envelope = sealOrder(signers.duty, order({ id: 'C-1', targets: ['LC-MT-01'] }))
    expect((await duty.post('/api/orders', { envelope })).status).toBe(500)
    await release({ id: 'C-2', ...PROVINCE })
    const both = sealBy([signers.chief], order({ id: 'C-2', ...PROVINCE }))
    expect((await chief.post('/api/orders/C-2/sign', { envelope: both })).status).toBe(500)
    await world.restart()
    await people()
    expect((await duty.post('/api/orders', { envelope })).status).toBe(200)
    expect((await chief.post('/api/orders/C-2/sign', { envelope: both })).status).toBe(200)
    const back = await connect(world, 'LC-MT-01', southKey)
    await back.edge.next('schedule')
    const came = back.edge.seen.filter((m) => m.t === 'order').map((m) => JSON.parse(m.envelope.payload).id)
    expect(came.filter((id) => id === 'C-1' || id === 'C-2')).toEqual(['C-1', 'C-2'])
    await back.edge.close()
  })
})

it('the strictest of the policies of its targets holds for an order; without any policy one person releases nothing quietly', () => {
  const policies = world.hub.hub.policies
  const sites = [...world.hub.hub.sites.values()].filter((s) => s.fleet)
  const held = rulesFor(policies, sites)
  expect(held.releaseRules.secondPerson.length).toBe(5)
  const lax = { ...held, releaseRules: { ...held.releaseRules, secondPerson: [] } }
  const short = { ...held, emergency: { ...held.emergency, longestMs: 3_600_000, documentLaterMs: 0 } }
  expect(strictest([lax, short]).releaseRules.secondPerson.length).toBe(5)
  expect(strictest([lax, short]).emergency).toMatchObject({ longestMs: 3_600_000, documentLaterMs: 0 })
  const glass = { ...held.releaseRules.breakGlass, classes: [] }
  expect(strictest([held, { ...held, releaseRules: { ...held.releaseRules, breakGlass: glass } }])).toMatchObject({
    releaseRules: { breakGlass: { classes: [] } },
  })
  // A cluster whose policy the hub has not: the strictest it has; a hub without any: its own stand-in.
  expect(rulesFor(policies, [{ plan: null }])).toEqual(strictest([...policies.values()]))
  expect(rulesFor(new Map(), sites)).toEqual(RULES_WITHOUT_POLICY)
  const one = orderOf({})
  expect(secondPersonRule(one, RULES_WITHOUT_POLICY)).not.toBe(null)
  expect(enoughPersons(one, ['tructinh'], RULES_WITHOUT_POLICY)).toBe(false)
  const glassed = orderOf({ breakGlass: { reason: 'không có người thứ hai' } })
  expect(enoughPersons(glassed, ['tructinh'], RULES_WITHOUT_POLICY)).toBe(true)
  expect(secondPersonRule(orderOf({ action: 'cancel' }), RULES_WITHOUT_POLICY)).toBe(null)
  expect(NOW).toBeLessThan(world.clock.at)
})
