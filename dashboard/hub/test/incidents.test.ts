import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { AuditView, LiveMessage } from '#core/contract/api.ts'
import { LINK_VERSION } from '#core/contract/link.ts'
import type { IncidentView } from '#core/contract/operations.ts'
import { type Chain, incident, incidentsOf, linesAt, START, say, upload } from '../../../test/support/operations.ts'
import { PATIENCE_MS, until } from '../../../test/support/until.ts'
import { HUB_DEFAULTS } from '../config.ts'
import { makeKey, type OpenKey } from '../crypto/ed25519.ts'
import { DEBOUNCE_MS } from '../server/incidents-watch.ts'
import { FLAP_MS, MOST_OF_KIND } from '../store/incidents.ts'
import { connect, dial, enrolled, type FakeEdge, playOf } from './edge.ts'
import { login, makeSeed, NOW, orderOf, type Person, sealOrder, startWorld, type World } from './harness.ts'

const HOUR = 3_600_000
const SILENT_MS = HUB_DEFAULTS.silentSeconds * 1000
const SITE = 'LC-MLT-01'
const BOOT = { id: 'b1', at: NOW - HOUR }
const [SMOKE, DOOR] = [
  { id: 'smoke-detected', detail: 'tủ 1' },
  { id: 'door-open', detail: 'cửa sau' },
]

let from: Awaited<ReturnType<typeof makeSeed>>
beforeAll(async () => {
  from = await makeSeed()
})

type Desk = {
  readonly world: World
  readonly key: OpenKey
  readonly operator: Person
  readonly edge: () => Promise<FakeEdge>
}
/** The status that was sent at this time has been taken in. */
const statusHeard = (world: World, at: number): true | undefined => {
  const { lastSeen, status } = world.hub.hub.edges.state(SITE)
  return lastSeen === at && status !== null ? true : undefined
}
const worlds: World[] = []
const desk = async (): Promise<Desk> => {
  const world = await startWorld(from)
  worlds.push(world)
  const key = await enrolled(world, SITE)
  return {
    world,
    key,
    operator: await login(world, 'vanhanh'),
    edge: async () => (await connect(world, SITE, key)).edge,
  }
}
afterAll(async () => {
  for (const world of worlds) await world.close()
})

const post = async (person: Person, path: string, body: unknown) => {
  const response = await person.post(path, body)
  return { status: response.status, body: (await response.json()) as IncidentView & { readonly error?: string } }
}

describe('a fault that an edge names', () => {
  it('opens one incident: at once where somebody must go, else after ten seconds; flapping counts in it', async () => {
    const { world, operator, edge } = await desk()
    const it = await edge()
    say(it, [SMOKE, DOOR])
    const smoke = await incident(operator, 'smoke-detected')
    expect(smoke).toMatchObject({
      ...{ site: SITE, type: 'TECHNICAL', cause: 'device', source: 'edge', severity: 'critical', detail: 'tủ 1' },
      ...{ times: 1, openedAt: NOW, arrivedAt: NOW, clearedAt: null, resolved: null },
      title: { vi: 'Cảm biến báo khói', en: 'A sensor reports smoke' },
    })
    expect((await incidentsOf(operator)).map((i) => i.what)).toEqual(['smoke-detected'])
    world.clock.at = NOW + DEBOUNCE_MS
    say(it, [SMOKE, DOOR])
    // It stands since it was first said, not since the hub was sure.
    expect(await incident(operator, 'door-open')).toMatchObject({ type: 'INFORMATION_SECURITY', openedAt: NOW })
    for (let i = 0; i < 3; i++) {
      world.clock.at += 5_000
      say(it, [DOOR])
      await incident(operator, 'smoke-detected', (one) => one.clearedAt === world.clock.at)
      world.clock.at += 5_000
      say(it, [SMOKE, DOOR])
      await incident(operator, 'smoke-detected', (one) => one.times === i + 2 && one.clearedAt === null)
    }
    expect((await incidentsOf(operator, '?state=all')).length).toBe(2)
    await it.close()
  })

  it('is not doubled by a restart of the hub, and cannot be resolved while it stands', async () => {
    const { world, operator, edge } = await desk()
    const before = await edge()
    say(before, [SMOKE])
    const { id } = await incident(operator, 'smoke-detected')
    expect(await post(operator, `/api/incidents/${id}/resolve`, { note: 'xong' })).toMatchObject({
      status: 409,
      body: { error: 'still-stands' },
    })
    await world.restart()
    world.clock.at = NOW + 60_000
    const after = await edge()
    say(after, [SMOKE])
    say(after, [])
    const cleared = await incident(operator, 'smoke-detected', (one) => one.clearedAt !== null)
    expect(cleared).toMatchObject({ id, times: 1, openedAt: NOW, clearedAt: NOW + 60_000 })
    expect((await incidentsOf(operator, '?state=all')).length).toBe(1)
    const resolved = await post(operator, `/api/incidents/${id}/resolve`, { note: 'đã thay cảm biến' })
    expect(resolved).toMatchObject({ status: 200, body: { resolved: { by: 'vanhanh', note: 'đã thay cảm biến' } } })
    expect(await post(operator, `/api/incidents/${id}/resolve`, { note: 'nữa' })).toMatchObject({
      status: 409,
      body: { error: 'resolved' },
    })
    expect(await incidentsOf(operator)).toEqual([])
    // The same fault after that is a new incident.
    say(after, [SMOKE])
    expect((await incident(operator, 'smoke-detected', (one) => one.resolved === null)).id).not.toBe(id)
    await after.close()
  })

  it('a warning that went away and stayed away is over by itself; what is critical or was taken on waits for a person', async () => {
    const { world, operator, edge } = await desk()
    const it = await edge()
    const disk = { id: 'disk-filling', detail: '' }
    const lamp = { id: 'light-sensor-lost', detail: '' }
    say(it, [SMOKE, disk, lamp])
    await incident(operator, 'smoke-detected')
    world.clock.at += DEBOUNCE_MS
    say(it, [SMOKE, disk, lamp])
    const { id } = await incident(operator, 'light-sensor-lost')
    await post(operator, `/api/incidents/${id}/acknowledge`, { note: 'đang đi' })
    say(it, [])
    await incident(operator, 'light-sensor-lost', (one) => one.clearedAt !== null)
    world.clock.at += FLAP_MS - 1
    await world.hub.hub.incidents.look()
    expect((await incidentsOf(operator)).length).toBe(3)
    world.clock.at += 1
    await world.hub.hub.incidents.look()
    const open = await incidentsOf(operator)
    expect(open.map((i) => i.what).toSorted()).toEqual(['light-sensor-lost', 'smoke-detected'])
    const over = (await incidentsOf(operator, '?state=all')).find((i) => i.what === 'disk-filling')
    expect(over?.resolved).toMatchObject({ by: 'hub', at: world.clock.at })
    await it.close()
  })
})

describe('evidence', () => {
  const uploaded = async (d: Desk, told: readonly (readonly [number, object])[], boot = BOOT): Promise<Chain> => {
    const edge = await d.edge()
    const { lines, rest } = linesAt(START, told, boot)
    await upload(edge, START, lines)
    await edge.close()
    return rest
  }
  const told = (what: string, type = 'TECHNICAL') => ({
    kind: 'incident',
    type,
    what,
    detail: `${what}: …`,
    fault: null,
  })

  it('days late opens incidents with their true times, each once, however often it comes', async () => {
    const d = await desk()
    const then = NOW - 5 * 24 * HOUR
    const lines: readonly (readonly [number, object])[] = [
      [then, told('asset-changed', 'INFORMATION_SECURITY')],
      [then + 1_000, { kind: 'refusal', item: 'C03', reason: 'changed', detail: 'khác' }],
      [then + 2_000, { kind: 'refusal', item: 'C04', reason: 'expired', detail: 'hết hạn' }],
      [then + HOUR, told('display')],
      [
        then + 2 * HOUR,
        {
          ...{ kind: 'airtime', date: '2026-11-17', period: 'morning', stage: 'missed', floorMs: 10_800_000 },
          ...{ deliveredMs: 9_000_000, missingMs: 1_800_000, cause: 'POWER', detail: '' },
        },
      ],
    ]
    await uploaded(d, lines, { id: 'b1', at: then - HOUR })
    await uploaded(d, lines, { id: 'b1', at: then - HOUR })
    const all = await incidentsOf(d.operator, '?state=all')
    const seen = all.map((i) => [i.what, i.type, i.cause, i.times, i.openedAt - then, i.arrivedAt])
    expect(seen).toEqual([
      ['floor-missed', 'TECHNICAL', 'power', 1, 2 * HOUR, NOW],
      ['display-lost', 'TECHNICAL', 'device', 1, HOUR, NOW],
      ['signature-refused', 'INFORMATION_SECURITY', 'unknown', 1, 1_000, NOW],
      ['asset-changed', 'INFORMATION_SECURITY', 'unknown', 1, 0, NOW],
    ])
    // They happened and were over: nobody has to wait for an end.
    expect(all.every((i) => i.clearedAt !== null && i.clearedAt < NOW)).toBe(true)
  })

  it('of a fault that stands says when it began, and of one that is news nothing new', async () => {
    const d = await desk()
    const edge = await d.edge()
    for (const at of [NOW - DEBOUNCE_MS, NOW]) {
      d.world.clock.at = at
      say(edge, [{ id: 'display-lost', detail: 'timeout' }])
      await until({ what: 'the status', atMostMs: PATIENCE_MS }, () => statusHeard(d.world, at))
    }
    await incident(d.operator, 'display-lost')
    const { lines, rest: then } = linesAt(START, [[NOW - HOUR, told('display')]], BOOT)
    await upload(edge, START, lines)
    const began = await incident(d.operator, 'display-lost', (one) => one.openedAt === NOW - HOUR)
    expect(began).toMatchObject({ clearedAt: null, arrivedAt: NOW })
    const fresh = linesAt(then, [[NOW - 1_000, told('display')]], BOOT)
    await upload(edge, then, fresh.lines)
    expect(await incident(d.operator, 'display-lost')).toMatchObject({ times: began.times, openedAt: NOW - HOUR })
    await edge.close()
  })

  it('of kinds without number stays bounded: so many of a kind, so many of a cluster', async () => {
    const d = await desk()
    const apart = 2 * FLAP_MS
    const begin = NOW - 400 * apart
    const many = Array.from(
      { length: MOST_OF_KIND + 10 },
      (_, i) => [begin + i * apart, told('intrusion', 'INFORMATION_SECURITY')] as const,
    )
    const kinds = Array.from({ length: 300 }, (_, i) => [begin + (40 + i) * apart, told(`kind-${i}`)] as const)
    await uploaded(d, [...many, ...kinds], { id: 'b1', at: begin })
    const all = await incidentsOf(d.operator, '?state=all&limit=1000')
    const intrusions = all.filter((i) => i.what === 'intrusion')
    expect([intrusions.length, intrusions.reduce((n, i) => n + i.times, 0)]).toEqual([MOST_OF_KIND, MOST_OF_KIND + 10])
    expect(all.length).toBe(200 + all.filter((i) => i.what === 'too-many').length)
    expect(all.reduce((n, i) => n + i.times, 0)).toBe(MOST_OF_KIND + 10 + 300)
  })

  it('that does not follow from what is stored is an incident until a history fits again', async () => {
    const d = await desk()
    const then = await uploaded(d, [[NOW - 5_000, playOf('p1', 'C03')]])
    const edge = await d.edge()
    const fork = linesAt({ seq: then.seq, prev: 'f'.repeat(64) }, [[NOW, playOf('p2', 'C03')]], BOOT)
    edge.send({ t: 'evidence', from: then.seq, lines: fork.lines })
    expect(await incident(d.operator, 'evidence-fork')).toMatchObject({ severity: 'critical', clearedAt: null })
    await upload(edge, then, linesAt(then, [[NOW, playOf('p2', 'C03')]], BOOT).lines)
    await incident(d.operator, 'evidence-fork', (one) => one.clearedAt !== null)
    await edge.close()
  })
})

describe('the hub by itself', () => {
  it('notices a cluster that is silent; on its return that is over, and a power cut in its evidence explains it', async () => {
    const d = await desk()
    const edge = await d.edge()
    const { lines, rest: then } = linesAt(START, [[NOW - 1_000, playOf('p1', 'C03')]], BOOT)
    await upload(edge, START, lines)
    await edge.close()
    await until({ what: 'the hub to know', atMostMs: PATIENCE_MS }, () =>
      d.world.hub.hub.edges.state(SITE).connected ? undefined : true,
    )
    d.world.clock.at = NOW + SILENT_MS - 1
    await d.world.hub.hub.incidents.look()
    expect(await incidentsOf(d.operator)).toEqual([])
    d.world.clock.at = NOW + SILENT_MS
    await d.world.hub.hub.incidents.look()
    await d.world.hub.hub.incidents.look()
    const silent = await incident(d.operator, 'cluster-silent')
    expect(silent).toMatchObject({ site: SITE, cause: 'link', source: 'hub', openedAt: NOW, clearedAt: null, times: 1 })
    await d.world.restart()
    await d.world.hub.hub.incidents.look()
    d.world.clock.at = NOW + HOUR
    const back = await d.edge()
    await incident(d.operator, 'cluster-silent', (one) => one.clearedAt === NOW + HOUR)
    const gap = {
      kind: 'gap',
      cause: 'power-cut',
      fromWall: NOW - 1_000,
      toWall: NOW + HOUR - 5_000,
      lostBytes: 0,
      detail: 'mất điện',
    }
    const boot = { id: 'b2', at: NOW + HOUR - 10_000 }
    await upload(back, then, linesAt(then, [[NOW + HOUR - 5_000, gap]], boot).lines)
    expect(await incident(d.operator, 'cluster-silent')).toMatchObject({ id: silent.id, cause: 'power', times: 1 })
    expect((await incidentsOf(d.operator, '?state=all')).map((i) => i.what)).toEqual(['cluster-silent'])
    await back.close()
  })

  it('tells of a foreign device, of a signature it refused, and of log-ins that were locked', async () => {
    const d = await desk()
    const edge = await dial(d.world)
    edge.send({
      t: 'hello',
      v: LINK_VERSION,
      site: SITE,
      bootId: 'b1',
      version: 'x',
      scheduleVersion: 0,
      registryVersion: 0,
    })
    const answer = await Promise.race([edge.next('challenge'), edge.next('rejected')])
    if (answer.t === 'rejected') throw new Error(answer.reason)
    edge.send({ t: 'auth', sig: makeKey().signer.sign('khác') })
    await edge.closed
    expect(await incident(d.operator, 'foreign-device')).toMatchObject({ site: SITE, type: 'INFORMATION_SECURITY' })
    const officer = await login(d.world, 'tructinh')
    const forged = sealOrder(makeKey().signer, orderOf({}))
    expect((await officer.post('/api/orders', { envelope: forged })).status).toBe(403)
    await incident(d.operator, 'signature-refused', (one) => one.source === 'hub' && one.site === null)
    for (let i = 0; i < 7; i++)
      await fetch(`${d.world.hub.url}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: 'mat-khau-cua-toi', password: 'sai' }),
      })
    const locked = await incident(d.operator, 'login-locked')
    expect(locked.site).toBe(null)
    expect(locked.detail).not.toContain('mat-khau-cua-toi')
  })
})

describe('persons', () => {
  it('any account reports; who may takes it on, escalates with the whole text, resolves; each with a line in the audit log', async () => {
    const { world, operator } = await desk()
    const editor = await login(world, 'btv')
    const officer = await login(world, 'tructinh')
    const report = {
      site: SITE,
      type: 'INFORMATION_SECURITY',
      what: 'Nội dung lạ trên màn hình',
      detail: 'Dòng 1\nDòng 2',
    }
    const { body, status } = await post(editor, '/api/incidents', report)
    expect([status, body]).toMatchObject([
      200,
      { what: 'reported', source: 'person', severity: 'critical', clearedAt: null, reportedBy: { by: 'btv' } },
    ])
    expect(body.title).toEqual({ vi: report.what, en: report.what })
    const at = `/api/incidents/${body.id}`
    expect((await post(editor, `${at}/acknowledge`, { note: 'x' })).status).toBe(403)
    expect((await post(operator, `${at}/acknowledge`, { note: 'Tôi xử lý' })).body.acknowledged).toMatchObject({
      by: 'vanhanh',
      note: 'Tôi xử lý',
    })
    expect((await post(operator, `${at}/acknowledge`, { note: 'nữa' })).status).toBe(409)
    const text = `${'Kính gửi UBND tỉnh. '.repeat(300)}Hết.`
    const letter = { to: 'UBND tỉnh', text, proposal: 'Đề nghị cắt tín hiệu.' }
    expect((await post(operator, `${at}/escalate`, letter)).status).toBe(403)
    const escalated = await post(officer, `${at}/escalate`, letter)
    expect(escalated.body.escalations).toMatchObject([{ by: 'tructinh', ...letter }])
    expect((await post(operator, `${at}/resolve`, { note: 'Đã xử lý' })).body).toMatchObject({
      clearedAt: NOW,
      resolved: { by: 'vanhanh' },
    })
    const trail = (await (await officer.get(`/api/audit?subject=${body.id}`)).json()) as readonly AuditView[]
    expect(trail.map((l) => l.action)).toEqual([
      'incident.resolve',
      'incident.escalate',
      'incident.acknowledge',
      'incident.report',
    ])
    expect(JSON.parse(trail[1]?.detail ?? '')).toEqual(letter)
  })

  it('what is malformed, mojibake, of no cluster or of no incident is refused with its place', async () => {
    const { operator } = await desk()
    const good = { site: SITE, type: 'TECHNICAL', what: 'Màn hình nháy', detail: '' }
    const cases: readonly (readonly [string, unknown, number, string | null])[] = [
      ['/api/incidents', { ...good, site: 'LC-XX-01' }, 404, null],
      ['/api/incidents', { ...good, what: 'Th\uFFFDng b\uFFFDo' }, 422, '/what'],
      ['/api/incidents', { ...good, what: '   ' }, 400, '/what'],
      ['/api/incidents', { ...good, type: 'OTHER' }, 400, '/type'],
      ['/api/incidents', { ...good, detail: 'x'.repeat(4_001) }, 400, '/detail'],
      ['/api/incidents', { ...good, more: 1 }, 400, '/more'],
      ['/api/incidents/i-none/acknowledge', { note: 'x' }, 404, null],
      ['/api/incidents/i-none/resolve', { note: '' }, 400, '/note'],
    ]
    for (const [path, body, status, where] of cases) {
      const response = await operator.post(path, body)
      expect([path, response.status, ((await response.json()) as { where: string | null }).where]).toEqual([
        path,
        status,
        where,
      ])
    }
    expect(cases.length).toBe(8)
    expect((await operator.get('/api/incidents?state=some')).status).toBe(400)
    expect((await operator.get('/api/incidents?type=OTHER')).status).toBe(400)
    expect(await incidentsOf(operator, '?type=TECHNICAL&site=LC-MLT-01&limit=0')).toEqual([])
  })
})

it('consoles hear of each, the last state always', async () => {
  const { world, operator, edge } = await desk()
  const socket = new WebSocket(`${world.hub.url.replace('http', 'ws')}/api/live`, {
    headers: { cookie: operator.cookie },
  })
  const heard: IncidentView[] = []
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as LiveMessage
    if (message.t === 'incident') heard.push(message.incident)
  })
  await new Promise((open) => socket.once('open', open))
  const it = await edge()
  say(it, [SMOKE])
  say(it, [])
  await until({ what: 'the end of the incident', atMostMs: PATIENCE_MS }, () => heard.find((i) => i.clearedAt !== null))
  expect(new Set(heard.map((i) => i.id)).size).toBe(1)
  socket.terminate()
  await it.close()
})
