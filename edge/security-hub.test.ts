import { expect, test } from 'vitest'
import { canonicalJson } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { HubMessage } from '#core/contract/link.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { aSchedule } from '../test/build.ts'
import { parsed, rawConfig, startDaemon } from './test/daemon.ts'
import { CODE, keyOf, officer, order, registry, root, startFakeHub } from './test/fakehub.ts'
import { memoryLog, temporary } from './test/support.ts'

/**
 * A hub that is in the wrong hands: it owns the server, its database and every message that ever went through it, and has no officer's
 * key. It talks to a real edge daemon over the real link and tries everything that it can send. The screen shows nothing that no officer
 * signed, nothing that an officer signed is ended by it, the evidence names what was refused, and disk and memory stay within bounds.
 */

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR
const MEGABYTE = 1_048_576

type Line = {
  readonly seq: number
  readonly kind: string
  readonly order?: string | null
  readonly stage?: string
  readonly reason?: string | null
  readonly result?: string
  readonly what?: string
}

const begin = async () => {
  const hub = await startFakeHub()
  const { log, lines } = memoryLog()
  const raw = rawConfig({ dataDir: temporary(), hub: { url: hub.url, enrolCode: CODE } })
  const edge = await startDaemon(parsed(raw), { log })
  const up = (from: number) => hub.heard.until('status after the link came back', (m) => m.t === 'status', { from })
  await up(0)
  return {
    hub,
    log: lines,
    edge,
    up,
    screen: () => edge.status().screen,
    evidence: () => hub.state.lines.map((l) => JSON.parse(l) as Line),
    send: (envelope: Envelope, t: 'order' | 'schedule' | 'registry' = 'order') => hub.send({ t, envelope }),
  }
}
type It = Awaited<ReturnType<typeof begin>>

const stolen = keyOf()
const past = (id: string, ago: number, over: object = {}): Envelope => {
  const at = Date.now() - ago
  return order(id, { issuedAt: at, startsAt: at, expiresAt: at + HOUR, ...over })
}
const forged = (id: string, over: object = {}): Envelope => {
  const real = order(id, over)
  return sealEnvelope('order', real.payload, [stolen])
}
const scheduleBy = (key: typeof officer, over: object): Envelope =>
  sealEnvelope(
    'schedule',
    canonicalJson({ ...aSchedule([]).document, playlists: [], frames: [], issuedBy: 'tructinh', ...over }),
    [key],
  )

/** What it can send, and the reason that the evidence then has. */
const SENT: readonly (readonly [what: string, send: (it: It) => void, reason: string])[] = [
  ['an order of its own', (it) => it.send(forged('F-1')), 'unknown-key'],
  ['an order under the officer’s key id', (it) => it.send(named(forged('F-2'))), 'bad-signature'],
  ['other words under a right signature', (it) => it.send(changed(order('F-3'))), 'bad-signature'],
  ['a cancel of its own', (it) => it.send(forged('F-4', cancels('LIVE'))), 'unknown-key'],
  ['an officer’s order, its action changed to cancel', (it) => it.send(recast(order('F-5'))), 'bad-signature'],
  ['an old order', (it) => it.send(past('OLD', 3 * HOUR)), 'expired'],
  ['an order of years ago', (it) => it.send(past('OLDER', 5 * YEAR)), 'expired'],
  ['an order for another cluster', (it) => it.send(order('W-1', { targets: ['LC-MT-01'] })), 'not-for-this-site'],
  ['an order with no words', (it) => it.send(order('W-2', { texts: [] })), 'no-text'],
  ['the live id with other words', (it) => it.send(order('LIVE', { hazard: 'FIRE' })), 'id-reused'],
  ['a registry of its own', (it) => it.send(registryBy(9, stolen), 'registry'), 'unknown-key'],
  [
    'a registry under the root’s key id',
    (it) => it.send(registryBy(9, { ...stolen, key: root.key }), 'registry'),
    'bad-signature',
  ],
  ['the registry of before', (it) => it.send(registry(1), 'registry'), 'superseded-before'],
  [
    'a schedule of its own',
    (it) => it.send(scheduleBy(stolen, { site: 'LC-TEST-01', version: 99 }), 'schedule'),
    'unknown-key',
  ],
  [
    'another cluster’s schedule',
    (it) => it.send(scheduleBy(officer, { site: 'LC-MT-01', version: 99 }), 'schedule'),
    'not-for-this-site',
  ],
]
const cancels = (id: string) => ({ action: 'cancel', references: [id], texts: [] })
const named = (envelope: Envelope): Envelope => ({
  ...envelope,
  signatures: envelope.signatures.map((s) => ({ ...s, key: officer.key })),
})
const changed = (envelope: Envelope): Envelope => ({
  ...envelope,
  payload: envelope.payload.replace('Lũ quét', 'Giả mạo'),
})
const recast = (envelope: Envelope): Envelope => ({
  ...envelope,
  payload: envelope.payload
    .replace('"action":"release"', '"action":"cancel"')
    .replace('"references":[]', '"references":["LIVE"]'),
})
const registryBy = (version: number, key: typeof stolen): Envelope => {
  const entry = { ...JSON.parse(registry(1).payload).entries[0], key: stolen.key, publicKey: stolen.publicKey }
  return sealEnvelope('registry', canonicalJson({ version, issuedAt: 0, province: '12', entries: [entry] }), [key])
}

/** The officer's order stands, whatever was tried. */
const stands = (it: It, after: string) => {
  const { show, order: on } = it.screen()
  expect([after, show, on]).toEqual([after, 'order', 'LIVE'])
}
/** Of the whole run: only what the officer signed was ever opened, and it never ended. */
const nothingElse = (it: It) => {
  const lines = it.evidence()
  const opened = lines.filter((l) => l.kind === 'open').map((l) => l.order ?? null)
  expect(opened).toContain('LIVE')
  expect(opened.filter((order) => order !== null && order !== 'LIVE')).toEqual([])
  expect(lines.filter((l) => l.kind === 'order' && l.stage === 'ended')).toEqual([])
  expect(lines.map((l) => l.seq)).toEqual(lines.map((_, i) => i))
}
const standing = async () => {
  const it = await begin()
  it.send(registry(2), 'registry')
  it.send(order('LIVE'))
  await it.hub.heard.until(
    'shown',
    (m) => m.t === 'receipt' && m.receipt.order === 'LIVE' && m.receipt.stage === 'shown',
  )
  return it
}

test('forged, changed, old and foreign: each is refused by its name, and the screen keeps what the officer signed', async () => {
  const it = await standing()
  let tried = 0
  for (const [what, send, reason] of SENT) {
    const from = it.evidence().length
    send(it)
    await it.hub.settled()
    stands(it, what)
    await expect
      .poll(
        () =>
          it
            .evidence()
            .slice(from)
            .some((l) => (l.reason ?? '').startsWith(reason)),
        { message: what },
      )
      .toBe(true)
    tried += 1
  }
  expect(tried).toBe(15)
  nothingElse(it)
  // Each is an incident as well, for whoever keeps watch.
  expect(it.evidence().filter((l) => l.kind === 'incident').length).toBeGreaterThanOrEqual(10)
})

test('floods: evidence, memory and the line stay within bounds, and an officer’s cancel is heard through them', async () => {
  const it = await standing()
  await it.hub.settled()
  const before = { lines: it.evidence().length, logged: it.log.length, rss: process.memoryUsage().rss }
  const old = Array.from({ length: 50 }, (_, i) => past(`OLD-${i}`, (i + 2) * HOUR))
  const fakes = Array.from({ length: 50 }, (_, i) => forged(`F-${i}`))
  const live = order('LIVE-AGAIN', { references: [] })
  const floods: readonly (readonly [number, (i: number) => HubMessage])[] = [
    [2_000, (i) => ({ t: 'order', envelope: fakes[i % 50] ?? live })],
    [2_000, (i) => ({ t: 'order', envelope: old[i % 50] ?? live })],
    [250, (i) => ({ t: 'schedule', envelope: scheduleBy(stolen, { site: 'LC-TEST-01', version: i }) })],
    [250, (i) => ({ t: 'registry', envelope: registryBy(i + 1, stolen) })],
    [2_500, (i) => ({ t: 'receipt-ack', order: `NEVER-${i}`, stage: 'shown' })],
    [2_500, (i) => ({ t: 'evidence-ack', next: (i * 7_919) % 9_000_000 })],
    [1_000, (i) => ({ t: 'ask', id: i, what: 'frame' })],
    [1_000, (i) => ({ t: 'ask', id: 10_000 + i, what: 'metrics' })],
  ]
  let sent = 0
  for (const [count, message] of floods) {
    for (let i = 0; i < count; i++) it.hub.send(message(i))
    sent += count
    await it.hub.settled()
    stands(it, `${count} × ${message(0).t}`)
  }
  expect(sent).toBe(11_500)
  await it.hub.settled()
  // 60 refusals at once and one a minute, two lines each; the rest is counted and told by the next one that is written.
  const refusals = it
    .evidence()
    .slice(before.lines)
    .filter((l) => l.stage === 'refused' || l.result === 'refused')
  expect(refusals.length).toBeGreaterThan(20)
  expect(refusals.length).toBeLessThanOrEqual(66)
  expect(it.evidence().length - before.lines).toBeLessThan(200)
  expect(it.log.length - before.logged).toBeLessThan(200)
  expect(process.memoryUsage().rss - before.rss).toBeLessThan(150 * MEGABYTE)
  nothingElse(it)
  const from = it.hub.heard.all.length
  it.send(order('END', cancels('LIVE')))
  await it.hub.heard.until('the end', (m) => m.t === 'receipt' && m.receipt.stage === 'ended', { from })
})

test('a lie about time, whichever way: nothing expired comes back, nothing that holds goes, and a person is told', async () => {
  const it = await standing()
  let tried = 0
  for (const lieMs of [
    -20 * YEAR,
    20 * YEAR,
    -3 * HOUR,
    3 * HOUR,
    -Date.now(),
    8_640_000_000_000_000 - 2 * Date.now(),
  ]) {
    it.hub.state.lieMs = lieMs
    const from = it.hub.heard.all.length
    it.hub.cut()
    await it.up(from)
    it.send(past(`OLD-${tried}`, 2 * HOUR))
    it.send(past(`SOON-${tried}`, -20 * YEAR))
    await it.hub.settled()
    stands(it, `time off by ${lieMs} ms`)
    expect(it.edge.status().clock.quality).toBe('holdover')
    expect(Math.abs(it.edge.status().clock.wall - Date.now())).toBeLessThan(5_000)
    tried += 1
  }
  expect(tried).toBe(6)
  expect(it.edge.status().faults.map((f) => f.id)).toContain('clock-untrusted')
  nothingElse(it)
})

test('out of turn, not in the contract, too large, lies about evidence: the link ends or goes on, the screen stays', async () => {
  const it = await standing()
  const welcome = JSON.stringify({ t: 'welcome', v: 1, next: 0, time: Date.now() + 20 * YEAR, assetToken: 'x' })
  const raws: readonly (string | Buffer)[] = [
    welcome,
    JSON.stringify({ t: 'challenge', nonce: 'again' }),
    '{"t":"order","envelope":{"v":1,"type":"order","payload":"","signatures":[]}}',
    `{"t":"order","envelope":${'['.repeat(100_000)}`,
    'x'.repeat(4 * MEGABYTE),
    Buffer.alloc(MEGABYTE, 0xff),
    'x'.repeat(9 * MEGABYTE),
  ]
  let tried = 0
  for (const raw of raws) {
    const from = it.hub.heard.all.length
    it.hub.raw(raw)
    // What is larger than any message may be ends the connection, and the edge dials again.
    await it.hub.settled().catch(() => it.up(from))
    stands(it, `raw ${raw.length}`)
    tried += 1
  }
  expect(it.log.filter((l) => l.message.includes('not in the contract')).length).toBeGreaterThanOrEqual(6)
  expect(it.log.some((l) => JSON.stringify(l.fields).includes('welcome out of turn'))).toBe(true)
  // A hub that says it has more of the log than there is: the edge goes on, and says that somebody must look.
  for (const lieLines of [1_000_000, Number.MAX_SAFE_INTEGER - 10_000]) {
    it.hub.state.lieLines = lieLines
    const from = it.hub.heard.all.length
    it.hub.cut()
    await it.up(from)
    stands(it, `next off by ${lieLines}`)
    tried += 1
  }
  expect(it.edge.status().faults.map((f) => f.id)).toContain('playlog-damaged')
  // Twenty of what is not in the contract on one connection, and the edge hangs up; then it dials again.
  it.hub.state.lieLines = 0
  const from = it.hub.heard.all.length
  for (let i = 0; i < 25; i++) it.hub.raw('{}')
  await it.hub.heard.until('a new hello', (m) => m.t === 'hello', { from })
  stands(it, 'hung up')
  expect(tried).toBe(9)
})
