import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { LiveMessage, OrderView } from '#core/contract/api.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import { anItem, aPreset, aSchedule, siteFacts } from '../../../test/build.ts'
import { awake, pinsSay } from '../../../test/drive.ts'
import type { OpenKey } from '../crypto/ed25519.ts'
import { chainOf, connect, enrolled, lastHash } from './edge.ts'
import { login, makeSeed, NOW, type Person, startWorld, type World } from './harness.ts'

const SITE = 'LC-MLT-01'
const DAY = 86_400_000
const MINUTE = 60_000
const START = { seq: 1, prev: '0'.repeat(64) }

let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
let key: OpenKey
let officer: Person
beforeAll(async () => {
  from = await makeSeed()
})
beforeEach(async () => {
  world = await startWorld(from)
  key = await enrolled(world, SITE)
  officer = await login(world, 'tructinh')
})
afterEach(() => world.close())

const PRESET = aPreset({
  id: 'so-tan',
  hazard: 'EVACUATION',
  texts: [{ language: 'vi', headline: 'SƠ TÁN NGAY', instruction: 'Gọi 114.' }],
})

/** What the real engine writes: a key turned for a minute, then a blank that is renewed and given back. */
const evidence = (): { readonly key: readonly RecordBody[]; readonly blank: readonly RecordBody[] } => {
  const edge = awake(aSchedule([anItem()]), siteFacts({ presets: [PRESET] }))
  const mine = (records: readonly RecordBody[]) => records.filter((r) => r.kind === 'order')
  pinsSay(edge, 1_000, { fire: true })
  edge.give(2_000, { event: 'player', what: 'shown', play: edge.state().playing?.play ?? '', proof: 'seen', how: 'x' })
  pinsSay(edge, MINUTE, { fire: false })
  edge.give(MINUTE + 3_000, { event: 'tick' })
  const turned = mine(edge.records())
  edge.give(5 * MINUTE, { event: 'blank', person: 'Nguyễn Văn An', reason: 'intrusion', forMs: 15 * MINUTE })
  edge.give(6 * MINUTE, { event: 'blank', person: 'Nguyễn Văn An', reason: 'intrusion', forMs: 60 * MINUTE })
  edge.give(7 * MINUTE, { event: 'blank-end', person: 'Trần Thị B' })
  return { key: turned, blank: mine(edge.records()).slice(turned.length) }
}
const orders = async () => (await (await officer.get('/api/orders')).json()) as OrderView[]
const send = async (lines: readonly string[], at: number) => {
  const { edge } = await connect(world, SITE, key)
  edge.send({ t: 'evidence', from: at, lines })
  await edge.next('evidence-ack')
  return edge
}

describe('an order that a site gave itself', () => {
  it('three days ago, offline, is listed with its true times, its words and nobody’s signature', async () => {
    const { key: turned } = evidence()
    expect(turned.map((r) => r.kind === 'order' && r.stage)).toEqual(['received', 'active', 'shown', 'ended'])
    const began = NOW - 3 * DAY
    await send(chainOf(turned, { ...START, wall: began }), 1)
    const [view] = await orders()
    expect(view).toMatchObject({
      local: true,
      state: 'cancelled',
      signers: [],
      issuerName: 'Ban quản lý cửa khẩu (mẫu)',
      releasedAt: began,
      documentDueAt: null,
      review: null,
      order: { class: 'emergency', hazard: 'EVACUATION', issuer: 'local:so-tan', targets: [SITE] },
      sites: [
        {
          site: SITE,
          sentAt: null,
          acceptedAt: began,
          shownAt: began + 2_000,
          shownAfterMs: 2_000,
          proof: expect.stringMatching(/seen|read-back/),
          endedAt: began + 3_000,
          endReason: 'cancelled',
        },
      ],
    })
    expect(view?.order.texts[0]?.headline).toBe('SƠ TÁN NGAY')
    // The same lines again, and a hub that was started anew, change nothing.
    await send(chainOf(turned, { ...START, wall: began }), 1)
    await world.restart()
    officer = await login(world, 'tructinh')
    expect(await orders()).toHaveLength(1)
    const report = await officer.get(`/api/orders/${view?.order.id}`)
    expect(report.status).toBe(200)
    expect(await report.json()).toMatchObject({ view: { local: true }, signed: { keys: [] } })
  })

  it('is open for as long as the site has not ended it, whatever its stated end, is told at once, and never sent', async () => {
    const { key: turned, blank } = evidence()
    const socket = new WebSocket(`${world.hub.url.replace('http', 'ws')}/api/live`, {
      headers: { cookie: officer.cookie, origin: world.hub.url },
    })
    const told: LiveMessage[] = []
    socket.on('message', (data) => told.push(JSON.parse(data.toString()) as LiveMessage))
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const lines = chainOf(turned.slice(0, 3), { ...START, wall: NOW })
    const edge = await send(lines, 1)
    await expect.poll(() => told.filter((m) => m.t === 'order').length).toBeGreaterThan(0)
    world.clock.at = NOW + 5 * 60 * MINUTE
    officer = await login(world, 'tructinh')
    expect(await orders()).toMatchObject([{ local: true, state: 'open' }])
    expect(await world.hub.hub.store.orders.waitingFor(SITE, world.clock.at)).toEqual([])
    const rest = chainOf([...turned.slice(3), ...blank], { seq: 4, prev: lastHash(lines), wall: NOW + MINUTE })
    edge.send({ t: 'evidence', from: 4, lines: rest })
    await edge.next('evidence-ack')
    const [dark, page] = await orders()
    expect(page).toMatchObject({ state: 'cancelled', order: { issuer: 'local:so-tan' } })
    expect(dark).toMatchObject({
      local: true,
      state: 'cancelled',
      order: { class: 'safety-blank', hazard: 'SECURITY', issuer: 'local:technician', texts: [] },
      issuerName: expect.stringContaining('Nguyễn Văn An'),
      sites: [{ endedAt: expect.any(Number), endReason: 'cancelled' }],
    })
    socket.terminate()
    await edge.close()
  })

  it('touches no order of an officer and no other site, and what is no order is only evidence', async () => {
    const { key: turned } = evidence()
    const [first] = turned
    if (first?.kind !== 'order' || first.local === undefined) throw new Error('the engine writes it first')
    const elsewhere = Object.keys(world.seed.enrolCodes).find((site) => site !== SITE) ?? ''
    const other = await enrolled(world, elsewhere)
    const lines = chainOf(turned.slice(0, 1), { ...START, wall: NOW })
    await send(lines, 1)
    const foreign = await connect(world, elsewhere, other)
    const hostile = chainOf(
      [
        { ...first, local: { ...first.local, texts: [{ language: 'vi', headline: 'GIẢ', instruction: '' }] } },
        { ...turned[3] },
        { ...first, order: 'X-1', local: { ...first.local, id: 'X-2' } },
        { ...first, order: 'X-3', local: { ...first.local, id: 'X-3', targets: [SITE] } },
        { ...first, order: 'X-4', local: { ...first.local, id: 'X-4', class: 'war' } },
        { ...first, order: 'X-5', issuer: 'tructinh', local: { ...first.local, id: 'X-5', issuer: 'tructinh' } },
      ],
      { ...START, wall: NOW },
    )
    foreign.edge.send({ t: 'evidence', from: 1, lines: hostile })
    expect((await foreign.edge.next('evidence-ack')).next).toBe(7)
    const found = await orders()
    expect(found.map((o) => [o.order.id, o.state, o.sites.map((s) => s.site)]).toSorted()).toEqual(
      [
        [first.order, 'open', [SITE]],
        ['X-3', 'open', [elsewhere]],
      ].toSorted(),
    )
    expect(found.find((o) => o.order.id === first.order)?.order.texts[0]?.headline).toBe('SƠ TÁN NGAY')
    await foreign.edge.close()
  })
})
