import { createSocket } from 'node:dgram'
import snmp, { type Session, type Varbind, type VarbindValue } from 'net-snmp'
import { afterEach, expect, test } from 'vitest'
import { equalBytes } from '#core/base/bytes.ts'
import type { Clock, Wake } from '#core/base/ports.ts'
import { instant, mono } from '#core/base/units.ts'
import { openBus } from '../bus/bus.ts'
import type { Values } from '../dialect/dialect.ts'
import { ntcipDialect } from '../families/ntcip/dialect.ts'
import { decodeMessage, encodeMessage } from '../families/ntcip/snmp.ts'
import { profileNamed } from '../families/ntcip/testing.ts'
import { udpLink } from '../link/udp.ts'
import { startNtcipAgent } from './ntcip-agent.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const began = performance.now()
const clock: Clock = {
  read: () => ({ wall: instant(0), mono: mono(performance.now() - began), quality: 'synced', bootId: 'test' }),
}
const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const never = new AbortController().signal
const profile = profileNamed('ntcip-1203')
const dialect = ntcipDialect(profile)

/** The sign behind net-snmp’s agent on a real port, and two managers of it: our bus, and net-snmp’s own. */
const world = async () => {
  const agent = await startNtcipAgent({ port: 0, community: 'b1-mlt', now: () => 0 })
  closers.push(agent.close)
  const bus = openBus({ link: udpLink({ host: '127.0.0.1', port: agent.port }), clock, wake, log: () => {} })
  closers.push(bus.close)
  const device = bus.attach({ name: 'sign', dialect, address: { community: 'b1-mlt' } })
  const session = snmp.createSession('127.0.0.1', 'b1-mlt', {
    port: agent.port,
    version: snmp.Version1,
    retries: 0,
    timeout: 2000,
  })
  closers.push(() => session.close())
  const ask = (command: string, parameters: Values = {}) =>
    device.ask({ command, parameters, urgent: false, signal: never })
  return { agent, bus, device, session, ask }
}

const get = (session: Session, oids: string[]): Promise<readonly VarbindValue[]> =>
  new Promise((resolve, reject) =>
    session.get(oids, (error, varbinds) =>
      error ? reject(error) : resolve(varbinds.map((varbind) => varbind.value ?? null)),
    ),
  )
const set = (session: Session, varbinds: Varbind[]): Promise<string> =>
  new Promise((resolve) => session.set(varbinds, (error) => resolve(error?.message ?? 'ok')))

const DMS = '1.3.6.1.4.1.1206.4.2.3.'
const ROW = { memory: 3, number: 1 }

test('both managers get the same answers for everything that can be read', async () => {
  const { ask, session } = await world()
  let compared = 0
  for (const [name, command] of Object.entries(profile.commands)) {
    if (command.direction === 'write') continue
    const parameters = name.startsWith('readMessage') ? ROW : {}
    const question = dialect.question({ command: name, parameters, address: { community: 'b1-mlt' }, context: {} })
    if (!question.ok) throw new Error(question.error)
    const sent = decodeMessage(question.value.encode(1))
    if (!sent.ok) throw new Error(sent.error)
    const oids = sent.value.bindings.map(({ oid }) => oid)
    const theirs = await get(session, oids)
    const reply = {
      ...sent.value,
      pdu: 'response' as const,
      bindings: oids.map((oid, i) => ({ oid, value: ourValue(theirs[i] ?? null, oid) })),
    }
    const judged = question.value.judge(encodeMessage(reply), [1], [])
    expect([name, await ask(name, parameters)]).toEqual([
      name,
      { ok: true, value: judged.is === 'values' ? judged.values : judged },
    ])
    compared += 1
  }
  expect(compared).toBeGreaterThanOrEqual(18)
})

/** What net-snmp’s manager says a value is, as a value of ours. */
const ourValue = (value: VarbindValue, oid: string) => {
  if (typeof value === 'number') return { is: 'integer' as const, value }
  if (Buffer.isBuffer(value)) return { is: 'octets' as const, value: Uint8Array.from(value) }
  if (typeof value === 'string') return { is: 'address' as const, value: Uint8Array.from(value.split('.').map(Number)) }
  throw new Error(`${oid} is ${value}`)
}

test('what one manager writes the other reads, with bytes above 7F untouched', async () => {
  const { ask, session, agent } = await world()
  const octets = (place: string, bytes: number[]): Varbind => ({
    oid: DMS + place,
    type: snmp.ObjectType.OctetString,
    value: Buffer.from(bytes),
  })
  const number = (place: string, value: number): Varbind => ({ oid: DMS + place, type: snmp.ObjectType.Integer, value })
  expect((await ask('requestModify', ROW)).ok).toBe(true)
  expect(await set(session, [octets('5.8.1.3.3.1', [...Buffer.from('XIN CHAO')]), number('5.8.1.8.3.1', 90)])).toBe(
    'ok',
  )
  expect(await set(session, [number('5.8.1.9.3.1', 7)])).toBe('ok')
  const status = await ask('readMessageStatus', ROW)
  expect(status).toMatchObject({ ok: true, value: { status: 'valid', crc: expect.stringMatching(/^[0-9A-F]{4}$/) } })
  const crc = status.ok ? String(status.value['crc']) : ''
  const activation = { minutes: 65_535, activationPriority: 255, ...ROW, crc, requester: '192.168.10.200' }
  expect((await ask('activate', activation)).ok).toBe(true)
  expect(agent.sign.state()).toMatchObject({ text: 'XIN CHAO', priority: 90, requester: '192.168.10.200' })
  const [source] = await get(session, [`${DMS}6.5.0`])
  expect(Buffer.isBuffer(source) && source.toString('hex').toUpperCase()).toBe(`030001${crc}`)
  // Both are refused for the same reason.
  expect(await ask('activate', { ...activation, activationPriority: 89 })).toMatchObject({
    ok: false,
    error: { kind: 'refused' },
  })
  const code = [255, 255, 89, 3, 0, 1, ...Buffer.from(crc, 'hex'), 192, 168, 10, 200]
  expect(await set(session, [octets('6.3.0', code)])).toContain('GeneralError')
  expect(await ask('readActivateError')).toEqual({ ok: true, value: { error: 'priority' } })
  expect(await get(session, [`${DMS}6.17.0`])).toEqual([3])
})

test('the requests of net-snmp’s manager are, byte for byte, what our codec makes of them', async () => {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()))
  closers.push(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  const { port } = socket.address()
  const session = snmp.createSession('127.0.0.1', 'public', { port, version: snmp.Version1, retries: 0, timeout: 50 })
  closers.push(() => session.close())
  let checked = 0
  for (const vector of profile.vectors) {
    if (vector.kind !== 'exchange') continue
    const question = dialect.question(vector)
    if (!question.ok) throw new Error(question.error)
    const ours = decodeMessage(question.value.encode(vector.token))
    if (!ours.ok) throw new Error(ours.error)
    const heard = new Promise<Buffer>((resolve) => socket.once('message', resolve))
    if (ours.value.pdu === 'get')
      void get(
        session,
        ours.value.bindings.map(({ oid }) => oid),
      ).catch(() => {})
    else
      void set(
        session,
        ours.value.bindings.map(({ oid, value }) => ({ oid, ...varbind(value) })),
      )
    const theirs = Uint8Array.from(await heard)
    const again = dialect.reencode('request', theirs)
    expect(again.ok && equalBytes(again.value, theirs)).toBe(true)
    const meant = decodeMessage(theirs)
    expect(meant).toMatchObject({ ok: true, value: { ...ours.value, id: expect.any(Number) } })
    checked += 1
  }
  expect(checked).toBeGreaterThanOrEqual(40)
})

const varbind = (value: { readonly is: string; readonly value?: unknown }): { type: number; value: VarbindValue } => {
  if (value.value instanceof Uint8Array) return { type: snmp.ObjectType.OctetString, value: Buffer.from(value.value) }
  return { type: snmp.ObjectType.Integer, value: Number(value.value) }
}

test('a wrong community is silence, not an error', async () => {
  const { agent, bus } = await world()
  const stranger = bus.attach({ name: 'stranger', dialect, address: { community: 'public' } })
  const answer = await stranger.ask({
    command: 'readControlMode',
    parameters: {},
    urgent: false,
    signal: AbortSignal.timeout(300),
  })
  expect(answer).toMatchObject({ ok: false })
  expect(agent.refused()).toBeGreaterThan(0)
})

test('a sign that is off and on again is found by the same link', async () => {
  const first = await startNtcipAgent({ port: 0, community: 'c', now: () => 0 })
  const bus = openBus({ link: udpLink({ host: '127.0.0.1', port: first.port }), clock, wake, log: () => {} })
  closers.push(bus.close)
  const device = bus.attach({ name: 'sign', dialect, address: { community: 'c' } })
  const ask = () =>
    device.ask({ command: 'readControlMode', parameters: {}, urgent: false, signal: AbortSignal.timeout(4000) })
  expect(await ask()).toMatchObject({ ok: true })
  await first.close()
  const lost = ask()
  const second = await startNtcipAgent({ port: first.port, community: 'c', now: () => 0 })
  closers.push(second.close)
  await lost
  expect(await ask()).toMatchObject({ ok: true })
})
