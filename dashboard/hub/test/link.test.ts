import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  LINK_LIMITS,
  LINK_PACKED_SINCE,
  LINK_SPOKEN,
  LINK_VERSION,
  METRICS_MIME,
  METRICS_PACKED_MIME,
} from '#core/contract/link.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { makeKey, type OpenKey } from '../crypto/ed25519.ts'
import { chainOf, connect, dial, enrol, enrolled, type FakeEdge, lastHash, playOf } from './edge.ts'
import { login, makeSeed, startWorld, type World } from './harness.ts'

let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
let key: OpenKey
beforeAll(async () => {
  from = await makeSeed()
})
beforeEach(async () => {
  world = await startWorld(from)
  key = await enrolled(world, 'LC-MLT-01')
})
afterEach(() => world.close())

const hubMetrics = async () => (await fetch(`${world.hub.url}/metrics`)).text()

describe('enrolment', () => {
  it('takes a code once, for its site, in its time', async () => {
    const code = world.seed.enrolCodes['LC-MLT-02'] ?? ''
    expect((await enrol(world, 'LC-MT-01', code)).response.status).toBe(403)
    expect((await enrol(world, 'LC-MLT-02', 'SAI-SAI')).response.status).toBe(403)
    expect((await enrol(world, 'LC-MLT-02', ` ${code.toLowerCase()} `)).response.status).toBe(200)
    expect((await enrol(world, 'LC-MLT-02', code)).response.status).toBe(403)
    world.clock.at += 86_400_000
    expect((await enrol(world, 'LC-MT-01', world.seed.enrolCodes['LC-MT-01'] ?? '')).response.status).toBe(403)
    const outcomes = (await world.hub.hub.store.audit.newest(20))
      .filter((a) => a.action === 'device.enrol')
      .map((a) => a.detail)
    expect(outcomes).toEqual(['expired', 'used', 'enrolled', 'unknown-code', 'wrong-site', 'enrolled'])
  })
  it('gives an administrator a new code', async () => {
    const admin = await login(world, 'quantri')
    const { code } = (await (await admin.post('/api/enrol-codes', { site: 'LC-MT-01' })).json()) as { code: string }
    expect((await enrol(world, 'LC-MT-01', code)).response.status).toBe(200)
  })
})

describe('signing in', () => {
  it('needs the device key, and only the newest connection of a site counts', async () => {
    const thief = await dial(world)
    thief.send({
      t: 'hello',
      v: LINK_VERSION,
      site: 'LC-MLT-01',
      bootId: 'b',
      version: 't',
      scheduleVersion: 0,
      registryVersion: 0,
    })
    await thief.next('challenge')
    thief.send({ t: 'auth', sig: makeKey().signer.sign('x') })
    await thief.next('rejected')
    await thief.closed
    const a = await connect(world, 'LC-MLT-01', key)
    expect(a.welcome).toMatchObject({ v: LINK_VERSION, next: 0 })
    const b = await connect(world, 'LC-MLT-01', key)
    await a.edge.closed
    expect(world.hub.hub.edges.state('LC-MLT-01').connected).toBe(true)
    await b.edge.close()
  })
  it('tells what is new and keeps quiet about what the edge has', async () => {
    const fresh = await connect(world, 'LC-MLT-01', key)
    const schedule = await fresh.edge.next('schedule')
    expect(JSON.parse(schedule.envelope.payload)).toMatchObject({ site: 'LC-MLT-01', version: 1 })
    await fresh.edge.next('registry')
    const known = await connect(world, 'LC-MLT-01', key, { scheduleVersion: 1, registryVersion: 1 })
    known.edge.send({ t: 'evidence', from: 1, lines: chainOf([{ kind: 'heartbeat', play: null }]) })
    await known.edge.next('evidence-ack')
    expect(known.edge.seen.map((m) => m.t)).toEqual(['challenge', 'welcome', 'evidence-ack'])
    await known.edge.close()
  })
  it('speaks with an edge that was not upgraded yet, and asks it for nothing that it does not know', async () => {
    const none = { scheduleVersion: 0, registryVersion: 0 }
    const before = Math.min(...LINK_SPOKEN)
    expect(before).toBe(LINK_PACKED_SINCE - 1)
    const { edge, welcome } = await connect(world, 'LC-MLT-01', key, none, true, before)
    // It says its own version: an edge of then takes that as a line in its log, and the rest as it always was.
    expect(welcome.v).toBe(LINK_VERSION)
    await edge.next('schedule')
    const asked = fetch(`${world.hub.url}/edges/LC-MLT-01/metrics`)
    const ask = await edge.next('ask')
    expect(ask).toEqual({ t: 'ask', id: ask.id, what: 'metrics' })
    edge.send({ t: 'answer', id: ask.id, ok: true, mime: METRICS_MIME, body: 'bangtin_screen_lit 1\n' })
    expect(await (await asked).text()).toBe('bangtin_screen_lit 1\n')
    edge.send({ t: 'evidence', from: 1, lines: chainOf([{ kind: 'heartbeat', play: null }]) })
    await edge.next('evidence-ack')
    expect(edge.seen.filter((m) => m.t === 'ask')).toHaveLength(1)
    await edge.close()
  })
  it('refuses what is not in the contract', async () => {
    for (const message of [
      { t: 'hello' },
      { t: 'boo' },
      { t: 'auth', sig: '' },
      {
        t: 'hello',
        v: LINK_VERSION + 1,
        site: 'LC-MLT-01',
        bootId: 'b',
        version: 't',
        scheduleVersion: 0,
        registryVersion: 0,
      },
    ]) {
      const edge = await dial(world)
      edge.send(message)
      expect((await edge.next('rejected')).reason.length).toBeGreaterThan(5)
      await edge.closed
    }
  })
})

describe('evidence', () => {
  const lines = chainOf([
    { kind: 'screen', lit: 'lit', intended: true, why: 'on', brightness: 70 },
    playOf('p1', 'C20'),
    { kind: 'proof', play: 'p1', proof: 'acknowledged', how: 'player' },
    { kind: 'close', play: 'p1', cause: 'ended', ms: 2000, proof: 'acknowledged' },
    playOf('p2', 'C07'),
    { kind: 'refusal', item: 'C29', reason: 'no-permit', detail: 'x' },
  ])
  const send = async (edge: FakeEdge, at: number, batch: readonly string[]) => {
    edge.send({ t: 'evidence', from: at, lines: batch })
    return (await edge.next('evidence-ack')).next
  }

  it('is stored once however often it comes, and goes on where it stopped after a restart of the hub', async () => {
    const { edge } = await connect(world, 'LC-MLT-01', key)
    expect(await send(edge, 1, lines.slice(0, 3))).toBe(4)
    expect(await send(edge, 1, lines.slice(0, 3))).toBe(4)
    expect(await send(edge, 2, lines.slice(1, 5))).toBe(6)
    expect(await hubMetrics()).toContain('bangtin_hub_evidence_duplicates_total{site="LC-MLT-01"} 5')
    await world.restart()
    const again = await connect(world, 'LC-MLT-01', key)
    expect(again.welcome.next).toBe(6)
    expect(await send(again.edge, 6, lines.slice(5))).toBe(7)
    expect(await world.hub.hub.store.evidence.lines('LC-MLT-01', 0, 100)).toEqual(lines)
    await again.edge.close()
  })

  it('with a gap is not stored; with another history it is not even answered', async () => {
    const { edge } = await connect(world, 'LC-MLT-01', key)
    await send(edge, 1, lines.slice(0, 3))
    expect(await send(edge, 5, lines.slice(4))).toBe(4)
    const fork = chainOf([{ kind: 'heartbeat', play: null }], { seq: 4, prev: '1'.repeat(64), wall: 1 })
    const other = chainOf([{ kind: 'heartbeat', play: 'x' }], { seq: 3, prev: lastHash(lines.slice(0, 2)), wall: 1 })
    edge.send({ t: 'evidence', from: 4, lines: fork })
    edge.send({ t: 'evidence', from: 3, lines: other })
    edge.send({ t: 'evidence', from: 4, lines: [lines[3]?.replace('2000', '9000'), lines[4]] })
    edge.send({ t: 'evidence', from: 4, lines: [...lines.slice(3, 5), 'no record'] })
    expect(await send(edge, 4, lines.slice(3))).toBe(7)
    expect(await world.hub.hub.store.evidence.lines('LC-MLT-01', 0, 100)).toEqual(lines)
    expect(await hubMetrics()).toContain('bangtin_hub_evidence_rejected_total{site="LC-MLT-01"} 5')
    const audited = (await world.hub.hub.store.audit.newest(50))
      .filter((a) => a.action === 'evidence.rejected')
      .map((a) => a.detail.split(':')[0])
    expect(audited).toEqual(['not-a-chain', 'fork', 'fork', 'fork', 'gap'])
    await edge.close()
  })

  it('answers what was on the screen at an instant, why, from whom, and how we know', async () => {
    const { edge } = await connect(world, 'LC-MLT-01', key)
    await send(edge, 1, lines)
    const inspector = await login(world, 'kiemtra')
    const ask = async (q: string) =>
      (await (await inspector.get(`/api/playlog?site=LC-MLT-01&${q}`)).json()) as PlayAnswer[]
    expect(await ask('at=1002500')).toMatchObject([
      {
        item: 'C20',
        supplier: 'svhttdl',
        document: '1/CV',
        why: 'khung giờ buổi sáng',
        proof: 'acknowledged',
        cause: 'ended',
        ms: 2000,
        lit: 'lit',
        records: { open: 2, close: 4 },
      },
    ])
    expect(await ask('at=1003000')).toEqual([])
    expect(await ask('at=1009000')).toMatchObject([{ item: 'C07', to: null, proof: 'commanded' }])
    expect(await ask('at=999')).toEqual([])
    expect((await ask('from=0&to=2000000')).map((p) => p.item)).toEqual(['C07', 'C20'])
    expect((await ask('from=0&to=2000000&limit=1')).length).toBe(1)
    expect((await inspector.get('/api/playlog?site=LC-MLT-01')).status).toBe(400)
    expect((await inspector.get('/api/playlog?site=LC-XX&at=1')).status).toBe(404)
    await edge.close()
  })

  it('and the audit log cannot be changed, not even in the database', async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const { edge } = await connect(world, 'LC-MLT-01', key)
    await send(edge, 1, lines)
    await edge.close()
    const db = new DatabaseSync(`${world.dir}/hub.sqlite`)
    const attempts = [
      "UPDATE audit SET person = 'x'",
      'DELETE FROM audit',
      "UPDATE evidence SET line = ''",
      'DELETE FROM evidence',
    ]
    for (const sql of attempts) expect(() => db.exec(sql)).toThrow(/append-only/)
    db.close()
  })

  it('takes a full batch', async () => {
    const { edge } = await connect(world, 'LC-MLT-01', key)
    const many = chainOf(Array.from({ length: LINK_LIMITS.evidenceLines }, () => ({ kind: 'heartbeat', play: null })))
    expect(await send(edge, 1, many)).toBe(LINK_LIMITS.evidenceLines + 1)
    await edge.close()
  })
})

describe('Prometheus', () => {
  it('finds each enrolled cluster at the hub and reads it through the link; a cluster that is away is an error', async () => {
    const sd = (await (await fetch(`${world.hub.url}/sd/prometheus`)).json()) as {
      targets: string[]
      labels: Record<string, string>
    }[]
    expect(sd).toEqual([
      {
        targets: [`127.0.0.1:${world.hub.port}`],
        labels: {
          __metrics_path__: '/edges/LC-MLT-01/metrics',
          __meta_bangtin_name: world.hub.hub.sites.get('LC-MLT-01')?.name,
          site: 'LC-MLT-01',
          cluster_class: 'BORDER_GATE',
          unit: '03549',
        },
      },
    ])
    const path = `http://${sd[0]?.targets[0]}${sd[0]?.labels['__metrics_path__']}`
    expect((await fetch(path)).status).toBe(503)
    const { edge } = await connect(world, 'LC-MLT-01', key)
    const asked = fetch(path)
    const ask = await edge.next('ask')
    expect(ask.what).toBe('metrics')
    edge.send({ t: 'answer', id: ask.id, ok: true, mime: 'text/plain', body: 'bangtin_screen_lit 1\n' })
    const response = await asked
    expect([response.status, await response.text()]).toEqual([200, 'bangtin_screen_lit 1\n'])
    // Packed as it comes from an edge of today; two that ask at the same moment share one answer, whatever each of them can unpack.
    const plain = { headers: { 'accept-encoding': 'identity', 'x-prometheus-scrape-timeout-seconds': '2' } }
    const both = Promise.all([fetch(path), fetch(path, plain)])
    const shared = await edge.next('ask')
    const body = gzipSync('bangtin_screen_lit 0\n').toString('base64')
    edge.send({ t: 'answer', id: shared.id, ok: true, mime: METRICS_PACKED_MIME, body })
    const answers = await both
    expect(answers.map((r) => r.headers.get('content-encoding'))).toEqual(['gzip', null])
    expect(await Promise.all(answers.map((r) => r.text()))).toEqual(Array(2).fill('bangtin_screen_lit 0\n'))
    // What does not unpack, or unpacks to more than an exposition can be, is refused, not passed on.
    for (const [bytes, status] of [
      ['%%%', 503],
      [Buffer.from('no gzip').toString('base64'), 502],
      [gzipSync('x'.repeat(5_000_000)).toString('base64'), 502],
    ] as const) {
      const bad = fetch(path, plain)
      const { id } = await edge.next('ask')
      edge.send({ t: 'answer', id, ok: true, mime: METRICS_PACKED_MIME, body: bytes })
      expect((await bad).status).toBe(status)
    }
    // It hears why before Prometheus gives up.
    const late = await fetch(path, { headers: { 'x-prometheus-scrape-timeout-seconds': '0.3' } })
    expect([late.status, ((await late.json()) as { error: string }).error]).toEqual([503, 'edge-timeout'])
    const own = await hubMetrics()
    for (const line of ['{outcome="ok"} 5', '{outcome="away"} 1', '{outcome="refused"} 1', '{outcome="timeout"} 1'])
      expect(own).toContain(`bangtin_hub_scrapes_total${line}`)
    expect(await hubMetrics()).toContain(
      'bangtin_hub_edge_connected{site="LC-MLT-01",cluster_class="BORDER_GATE",unit="03549"} 1',
    )
    await edge.close()
  })
  it('shows the picture of the glass, once for all who look', async () => {
    const { edge } = await connect(world, 'LC-MLT-01', key)
    const person = await login(world, 'vanhanh')
    const both = Promise.all([person.get('/api/sites/LC-MLT-01/frame'), person.get('/api/sites/LC-MLT-01/frame')])
    const ask = await edge.next('ask')
    edge.send({ t: 'answer', id: ask.id, ok: true, mime: 'image/png', body: Buffer.from('png').toString('base64') })
    expect((await both).map((r) => [r.status, r.headers.get('content-type')])).toEqual([
      [200, 'image/png'],
      [200, 'image/png'],
    ])
    expect(edge.seen.filter((m) => m.t === 'ask').length).toBe(1)
    await edge.close()
  })
})
