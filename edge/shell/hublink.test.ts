import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { canonicalJson } from '#core/content/item.ts'
import {
  type EdgeMessage,
  type HubMessage,
  LINK_LIMITS,
  LINK_VERSION,
  METRICS_MIME,
  METRICS_PACKED_MIME,
} from '#core/contract/link.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { initial } from '#core/engine/init.ts'
import type { State } from '#core/engine/state.ts'
import { type StatusExtras, statusOf } from '#core/engine/status.ts'
import { aSchedule, readingAt, siteFacts } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { keyOf, officer, registry, root } from '../test/fakehub.ts'
import { cleanup, collector, memoryLog } from '../test/support.ts'
import { createVerify } from './crypto.ts'
import { createGate, type Gate } from './gate.ts'
import { openHubLink } from './hublink.ts'
import type { Happening } from './loop.ts'

const policy = shippedPolicy()
const NOTHING = {
  playlog: { head: 0, uploaded: 0, bytes: 0, gaps: 0, torn: 0 },
  assets: { bytes: 0, fetching: null, waiting: null },
  process: { rssBytes: 0, startedAt: 0 },
  faults: [],
} as unknown as Omit<StatusExtras, 'clock'>

const WELCOME: HubMessage = { t: 'welcome', v: LINK_VERSION, next: 0, time: readingAt(0).wall, assetToken: 't' }
const siteGate = () => {
  const site = siteFacts()
  return createGate({ verify: createVerify(), site: { id: site.id, unit: site.unitCode } })
}

/** A link to a hub that greets, and then says what `answers` has for each message. */
const linked = async (
  run: { state: State },
  gate: Gate,
  answers: (t: EdgeMessage['t'], say: (message: HubMessage) => void) => void,
) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  cleanup(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  const hellos = collector<number>()
  const sent = collector<EdgeMessage>()
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as EdgeMessage
      sent.add(message)
      const { t } = message
      const say = (answer: HubMessage) => socket.send(JSON.stringify(answer))
      if (t === 'hello') {
        hellos.add(hellos.all.length)
        say({ t: 'challenge', nonce: 'n' })
      }
      answers(t, say)
    })
  })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const posted = collector<Happening>()
  const link = openHubLink({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fingerprint: null,
    site: run.state.site.id,
    bootId: 'b',
    version: 't',
    sign: keyOf().sign,
    gate,
    rootPublicKey: () => root.publicKey,
    state: () => run.state,
    now: () => readingAt(0),
    post: (happening) => {
      if (happening.event === 'registry') run.state = { ...run.state, registry: happening.registry }
      if (happening.event === 'hub') run.state = { ...run.state, hub: happening.link }
      return posted.add(happening)
    },
    status: () => statusOf(run.state, { clock: readingAt(0), ...NOTHING }),
    evidence: { head: () => -1, read: () => Promise.resolve([]) },
    metrics: () => Promise.resolve('bangtin_screen_lit 1\n'),
    history: () => Promise.resolve(new Uint8Array()),
    frame: () => Promise.resolve(null),
    assets: () => {},
    hubTime: () => {},
    log: memoryLog().log,
    random: () => 0,
  })
  cleanup(() => link.stop())
  return { posted, hellos, sent }
}

test('a hub that is silent, before its welcome or after it, is hung up on within its time and dialled again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  cleanup(() => vi.useRealTimers())
  const gate = siteGate()
  const heard = { hellos: 0 }
  const { posted, hellos } = await linked({ state: initial(siteFacts(), policy, readingAt(0)) }, gate, (t, say) => {
    // The second connection gets no welcome.
    if (t === 'hello') heard.hellos += 1
    if (t === 'auth' && heard.hellos !== 2) say(WELCOME)
  })
  await posted.until('up', (h) => h.event === 'hub' && h.link === 'up')
  vi.advanceTimersByTime(LINK_LIMITS.silenceMs - 1)
  expect(posted.all.some((h) => h.event === 'hub' && h.link === 'down')).toBe(false)
  vi.advanceTimersByTime(LINK_LIMITS.pingMs + 1)
  await posted.until('down', (h) => h.event === 'hub' && h.link === 'down')
  await hellos.until('dialled again', (n) => n === 1)
  vi.advanceTimersByTime(20_000)
  await hellos.until('and again', (n) => n === 2)
  await posted.until('up again', (h) => h.event === 'hub' && h.link === 'up', { from: 2 })
})

test('a registry without the key that signed the schedule in force takes that schedule off at once', async () => {
  const site = siteFacts()
  const gate = siteGate()
  const document = {
    ...aSchedule([]).document,
    playlists: [],
    frames: [],
    fallbackPlaylist: null,
    issuedBy: 'tructinh',
  }
  const envelope = sealEnvelope('schedule', canonicalJson(document), [officer])
  const held = gate.again(
    { registry: registry(1), schedule: envelope },
    { rootPublicKey: root.publicKey, at: readingAt(0) },
  )
  expect(held.schedule?.document.version).toBe(1)
  const run = { state: { ...initial(site, policy, readingAt(0)), ...held } as State }
  const without = sealEnvelope('registry', canonicalJson({ version: 2, issuedAt: 0, province: '12', entries: [] }), [
    root,
  ])
  const { posted } = await linked(run, gate, (t, say) => {
    if (t !== 'auth') return
    say(WELCOME)
    say({ t: 'registry', envelope: without })
  })
  const refused = await posted.until('the refusal', (h) => h.event === 'refused')
  expect(refused).toMatchObject({ what: 'schedule', reason: 'unknown-key', voids: true })
})

test('a hub that was not upgraded yet is told the metrics as it knows them, and one that was, packed', async () => {
  const plain = { v: LINK_VERSION - 1, mime: METRICS_MIME, read: (body: string) => body }
  const unpacked = (body: string) => gunzipSync(Buffer.from(body, 'base64')).toString('utf8')
  for (const { v, mime, read } of [plain, { v: LINK_VERSION, mime: METRICS_PACKED_MIME, read: unpacked }]) {
    const run = { state: initial(siteFacts(), policy, readingAt(0)) }
    const { posted, sent } = await linked(run, siteGate(), (t, say) => {
      if (t !== 'auth') return
      say({ ...WELCOME, v })
      say({ t: 'ask', id: 7, what: 'metrics' })
    })
    await posted.until('up', (h) => h.event === 'hub' && h.link === 'up')
    const answer = await sent.until('the metrics', (m) => m.t === 'answer')
    expect(answer).toMatchObject({ t: 'answer', id: 7, ok: true, mime })
    expect(answer.t === 'answer' && read(answer.body)).toBe('bangtin_screen_lit 1\n')
  }
})
