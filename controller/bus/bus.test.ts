import { describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { dialectOf } from '../dialect/open.ts'
import type { Profile } from '../profile/schema.ts'
import type { SimFaults } from '../sim/behaviours.ts'
import { createModbusSim } from '../sim/modbus.ts'
import { shippedProfile } from '../sim/profiles.ts'
import { serveOnMemory } from '../sim/serve.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { openBus, type Traffic } from './bus.ts'

const never = new AbortController().signal
const silent = () => {}
const XY = shippedProfile('generic-xy-md02')
const RELAY = shippedProfile('waveshare-modbus-rtu-relay-8ch')

/** A relay board as unit 1 and a thermometer as unit 2 on one line, in virtual time. */
const world = () => {
  const time = virtualTime()
  const relay = createModbusSim({ model: 'waveshare-relay', framing: 'rtu', unit: 1, now: time.now })
  const sensor = createModbusSim({ model: 'xy-md02', framing: 'rtu', unit: 2, now: time.now })
  const served = serveOnMemory({
    device: relay,
    seed: 1,
    faults: {},
    wake: time.wake,
    beside: [{ device: sensor, seed: 2, faults: {} }],
  })
  const bus = openBus({ link: served.link, clock: time.clock, wake: time.wake, log: silent })
  const attach = (name: string, profile: Profile, unit: number) =>
    bus.attach({ name, dialect: dialectOf(profile), address: { unit } })
  const board = attach('board', RELAY, 1)
  const climate = attach('climate', XY, 2)
  const readClimate = () => climate.ask({ command: 'readClimate', parameters: {}, urgent: false, signal: never })
  const readRelays = (urgent = false) =>
    board.ask({ command: 'readRelay', parameters: { channel: 0 }, urgent, signal: never })
  const setRelay = (channel: number, on: boolean) =>
    board.ask({ command: 'setRelay', parameters: { channel, on }, urgent: true, signal: never })
  return { time, relay, sensor, served, bus, board, climate, readClimate, readRelays, setRelay }
}

/** How long one good answer takes, virtual ms. */
const took = async (
  time: ReturnType<typeof virtualTime>,
  ask: () => Promise<{ readonly ok: boolean }>,
): Promise<number> => {
  const began = time.now()
  expect(await time.until(ask(), 60_000)).toMatchObject({ ok: true })
  return time.now() - began
}

describe('one bus, two devices', () => {
  test('each is asked by its own address and answers for itself', async () => {
    const { time, setRelay, readRelays, readClimate, relay } = world()
    expect(await time.until(setRelay(2, true), 5000)).toMatchObject({ ok: true })
    expect(relay.state().relays.map(Number).join('')).toBe('00100000')
    expect(await time.until(readRelays(), 5000)).toMatchObject({ ok: true })
    expect(await time.until(readClimate(), 5000)).toMatchObject({
      ok: true,
      value: { temperature: expect.any(Number) },
    })
  })

  test('never two questions under way, whoever asks how much', async () => {
    const { time, bus, setRelay, readRelays, readClimate } = world()
    let open = 0
    let most = 0
    const heard: Traffic[] = []
    bus.onTraffic((t) => {
      heard.push(t)
      if (t.direction === 'sent') open += 1
      else if (t.is === 'frame') open -= 1
      most = Math.max(most, open)
    })
    const asked = [readClimate(), readRelays(), setRelay(1, true), readClimate(), setRelay(3, true), readRelays()]
    const answers = await time.until(Promise.all(asked), 20_000)
    expect(answers.every((a) => a.ok)).toBe(true)
    expect(most).toBe(1)
    expect(heard.filter((t) => t.direction === 'sent').length).toBe(6)
  })

  test('settings overtake looking, but never what is under way; too many waiting are refused', async () => {
    const { time, bus, readClimate, setRelay } = world()
    const order: string[] = []
    bus.onTraffic((t) => t.direction === 'sent' && order.push(t.device ?? '?'))
    const looks = Array.from({ length: 66 }, () => readClimate())
    const urgent = setRelay(0, true)
    const results = await time.until(Promise.all([...looks, urgent]), 60_000)
    expect(order.slice(0, 3)).toEqual(['climate', 'board', 'climate'])
    const refused = results.filter((r) => !r.ok)
    // One is under way and 64 wait: the last look comes too late, the setting does not.
    expect(results.at(-1)).toMatchObject({ ok: true })
    expect(refused.length).toBe(1)
    assert(refused[0] && !refused[0].ok, 'refused')
    expect(refused[0].error.detail).toContain('64 exchanges are waiting already')
  })
})

const DEAD: readonly (readonly [string, Partial<SimFaults> | 'dead'])[] = [
  ['dead', 'dead'],
  ['only babbling', { dropChance: 1, babbleChance: 1, babbleBytes: 200 }],
  ['always with a wrong checksum', { wrongChecksumChance: 1 }],
]

describe('a bad neighbour', () => {
  test.each(DEAD)('%s: it is left alone, and the other one hardly waits', async (_, how) => {
    const { time, sensor, served, climate, readClimate, readRelays } = world()
    const alone = await took(time, readRelays)
    if (how === 'dead') sensor.die(true)
    else served.setFaults(how, 1)
    // Everybody asks all the time, for a minute.
    const until = time.now() + 60_000
    const waits: number[] = []
    let asked = 0
    while (time.now() < until) {
      const bad = readClimate()
      waits.push(await took(time, readRelays))
      await time.until(bad, 60_000)
      asked += 1
      await time.advance(20)
    }
    expect(asked).toBeGreaterThan(500)
    expect(climate.stats().quarantined).toBe(true)
    waits.sort((a, b) => a - b)
    // Most of the time nothing is felt; at worst one attempt at the other one is under way, at any time.
    const felt = alone + RELAY.timing.gapMs + XY.timing.gapMs
    expect(waits[Math.floor(waits.length * 0.95)]).toBeLessThanOrEqual(felt)
    expect(waits.at(-1)).toBeLessThanOrEqual(felt + XY.timing.timeoutMs)
  })

  test('when it answers again it is heard again', async () => {
    const { time, sensor, climate, readClimate } = world()
    sensor.die(true)
    for (let i = 0; i < 10; i++) await time.until(readClimate(), 60_000)
    expect(climate.stats().quarantined).toBe(true)
    sensor.die(false)
    await time.advance(XY.timing.probeMs)
    expect(await time.until(readClimate(), 60_000)).toMatchObject({ ok: true })
    expect(climate.stats().quarantined).toBe(false)
  })

  test('while it digests a write the others are served', async () => {
    const time = virtualTime()
    const slow: Profile = { ...RELAY, timing: { ...RELAY.timing, writeGapMs: 5000 } }
    const relay = createModbusSim({ model: 'waveshare-relay', framing: 'rtu', unit: 1, now: time.now })
    const sensor = createModbusSim({ model: 'xy-md02', framing: 'rtu', unit: 2, now: time.now })
    const beside = [{ device: sensor, seed: 2, faults: {} }]
    const served = serveOnMemory({ device: relay, seed: 1, faults: {}, wake: time.wake, beside })
    const bus = openBus({ link: served.link, clock: time.clock, wake: time.wake, log: silent })
    const board = bus.attach({ name: 'board', dialect: dialectOf(slow), address: { unit: 1 } })
    const climate = bus.attach({ name: 'climate', dialect: dialectOf(XY), address: { unit: 2 } })
    const set = (on: boolean) =>
      board.ask({ command: 'setRelay', parameters: { channel: 0, on }, urgent: true, signal: never })
    await time.until(set(true), 1000)
    const second = set(false)
    const wait = await took(time, () =>
      climate.ask({ command: 'readClimate', parameters: {}, urgent: false, signal: never }),
    )
    expect(wait).toBeLessThan(100)
    expect(await took(time, () => second)).toBeGreaterThan(4500)
  })
})

describe('the end', () => {
  test('closing settles everybody who waits, as given up', async () => {
    const { time, bus, readClimate, setRelay } = world()
    const asked = [readClimate(), readClimate(), setRelay(1, true)]
    await time.advance(1)
    await bus.close()
    const results = await time.until(Promise.all(asked), 10_000)
    expect(results.map((r) => (r.ok ? 'ok' : r.error.kind))).toEqual(['aborted', 'aborted', 'aborted'])
    expect(await readClimate()).toMatchObject({ ok: false, error: { kind: 'aborted' } })
    await time.advance(XY.timing.gapMs)
    expect(time.waiting()).toBe(0)
  })
})
