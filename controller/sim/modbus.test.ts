import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex } from '#core/base/bytes.ts'
import type { Clock, Wake } from '#core/base/ports.ts'
import { assert, ok } from '#core/base/result.ts'
import { instant, mono } from '#core/base/units.ts'
import { openBus } from '../bus/bus.ts'
import type { Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { Link } from '../link/link.ts'
import { memoryLink } from '../link/memory.ts'
import { serialLink } from '../link/serial.ts'
import { tcpLink } from '../link/tcp.ts'
import { loadProfile } from '../profile/catalogue.ts'
import type { Profile } from '../profile/schema.ts'
import { createModbusSim, type ModbusSim, type ModbusSimModel } from './modbus.ts'
import { serveDevice, serveOnMemory } from './serve.ts'
import { virtualTime } from './virtual-time.ts'

const profileOf = (id: string): Profile => {
  const file = `${id}.json`
  const loaded = loadProfile(file, readFileSync(new URL(`../../firmware-profiles/${file}`, import.meta.url), 'utf8'))
  assert(loaded.ok, loaded.ok ? '' : JSON.stringify(loaded.error))
  return loaded.value
}
const bytes = (hex: string): Uint8Array => {
  const found = fromHex(hex)
  assert(found, hex)
  return found
}
const frozen = () => 0

/** Which profile describes which simulated thing, and how it is before the first question. */
const MODELS: readonly (readonly [id: string, model: ModbusSimModel])[] = [
  ['waveshare-modbus-rtu-relay-8ch', 'waveshare-relay'],
  ['waveshare-modbus-rtu-relay-d-8ch', 'waveshare-relay-d'],
  ['waveshare-modbus-rtu-io-8ch', 'waveshare-io'],
  ['waveshare-modbus-poe-eth-relay-tcp', 'waveshare-relay'],
  ['wellpro-wp8025adam', 'wellpro'],
  ['lctechnology-8r', 'lc-8r'],
  ['generic-r4-relay-4ch', 'r4'],
  ['generic-xy-md02', 'xy-md02'],
  ['microrobotics-rs485-th', 'rs485-th'],
  ['generic-rs485-illuminance', 'lux'],
  ['generic-cwt-sl', 'cwt-sl'],
  ['generic-nhzd210', 'nhzd210'],
  ['calectro-ug-3', 'ug-3'],
  ['novabo-sqr-2', 'sqr-2'],
]
const simFor = (profile: Profile, model: ModbusSimModel, now = frozen): ModbusSim => {
  assert(profile.protocol === 'modbus', profile.id)
  return createModbusSim({ model, framing: profile.framing, unit: profile.unit.factory, now })
}

/** Puts the simulated thing where a vector found the real one. */
const prepare = (sim: ModbusSim, values: Readonly<Record<string, unknown>>): void => {
  for (let i = 0; i < 8; i++) {
    if (typeof values[`relay${i + 1}`] === 'boolean') sim.setRelay(i, values[`relay${i + 1}`] === true)
    if (typeof values[`input${i + 1}`] === 'boolean') sim.setInput(i, values[`input${i + 1}`] === true)
  }
  const { temperature, humidity, lux, closed, smoke, on } = values
  if (typeof temperature === 'number') sim.feel({ celsius: temperature })
  if (typeof humidity === 'number') sim.feel({ humidity })
  if (typeof lux === 'number') sim.feel({ lux })
  if (typeof closed === 'boolean') sim.setInput(0, closed)
  if (typeof smoke === 'boolean') sim.feel({ smoke })
  if (typeof on === 'boolean') sim.setRelay(2, on)
}

describe('a simulated Modbus device', () => {
  it('answers every published request with the published reply', () => {
    let checked = 0
    for (const [id, model] of MODELS) {
      const profile = profileOf(id)
      for (const vector of profile.vectors) {
        // Each vendor has its own fault code; the simulated ones have one.
        if (vector.kind !== 'exchange' || vector.reply === null || vector.name.includes('broken')) continue
        if (!('values' in vector)) continue
        const sim = simFor(profile, model)
        prepare(sim, vector.values ?? {})
        const whole = sim.cutter()(bytes(vector.request))
        expect(whole.length, `${id} ${vector.name}`).toBe(1)
        const replies = whole.flatMap((request) => sim.answer(request))
        expect(
          replies.map((reply) => toHex(reply, ' ')),
          `${id} ${vector.name}`,
        ).toEqual([vector.reply])
        checked += 1
      }
    }
    expect(checked).toBeGreaterThan(70)
  })

  it('cuts requests out of any chunks and noise', () => {
    const sim = createModbusSim({ model: 'waveshare-relay', framing: 'rtu', unit: 1, now: frozen })
    const stream = concat(bytes('AA 55 01'), bytes('01 05 00 00 FF 00 8C 3A'), bytes('01 0F 00 00 00 08 01 81 7F 35'))
    const inOne = sim
      .cutter()(stream)
      .map((request) => toHex(request, ' '))
    expect(inOne[0]).toBe('01 05 00 00 FF 00 8C 3A')
    for (let at = 1; at < stream.length; at++) {
      const cut = sim.cutter()
      const parts = [...cut(stream.subarray(0, at)), ...cut(stream.subarray(at))].map((one) => toHex(one, ' '))
      expect(parts).toEqual(inOne)
    }
  })

  it('lets a pulse end by the clock, and a new order end the pulse', () => {
    let now = 0
    const profile = profileOf('waveshare-modbus-rtu-relay-8ch')
    const sim = simFor(profile, 'waveshare-relay', () => now)
    const say = (command: string, parameters: Readonly<Record<string, boolean | number>>) => {
      const question = dialectOf(profile).question({ command, parameters, address: {}, context: {} })
      assert(question.ok, command)
      return sim.answer(question.value.encode(0))
    }
    say('pulseOn', { channel: 1, seconds: 0.5 })
    now = 499
    expect(sim.state().relays[1]).toBe(true)
    now = 500
    expect(sim.state().relays[1]).toBe(false)
    say('pulseOff', { channel: 1, seconds: 2 })
    say('setRelay', { channel: 1, on: false })
    now = 9000
    expect(sim.state().relays[1]).toBe(false)
  })

  it('forgets without power, unless it latches', () => {
    for (const [model, kept] of [
      ['waveshare-relay', false],
      ['waveshare-relay-d', true],
    ] as const) {
      const sim = createModbusSim({ model, framing: 'rtu', unit: 1, now: frozen })
      sim.answer(bytes('01 05 00 00 FF 00 8C 3A'))
      expect(sim.state().relays[0]).toBe(true)
      sim.powerCycle()
      expect(sim.state().relays[0], model).toBe(kept)
    }
  })

  it('refuses, lies, is busy and is dead when told to', () => {
    const on = bytes('01 05 00 00 FF 00 8C 3A')
    const sim = createModbusSim({ model: 'waveshare-relay', framing: 'rtu', unit: 1, now: frozen })
    sim.busy(1)
    expect(sim.answer(on).map((r) => [...r.subarray(0, 3)])).toEqual([[1, 0x85, 6]])
    sim.lie(true)
    expect(sim.answer(on)).toEqual([on])
    expect(sim.state().relays[0]).toBe(false)
    sim.lie(false)
    expect(sim.answer(bytes('01 05 00 09 FF 00 5C 38')).map((r) => r[2])).toEqual([2])
    expect([...(sim.refuse(on, 4)?.subarray(0, 3) ?? [])]).toEqual([1, 0x85, 4])
    sim.die(true)
    expect(sim.answer(on)).toEqual([])
    const old = createModbusSim({ model: 'waveshare-v1', framing: 'rtu', unit: 1, now: frozen })
    expect(old.answer(on)).toEqual([])
  })

  it('spoils replies so that nobody believes them', () => {
    for (const id of ['waveshare-modbus-rtu-relay-8ch', 'waveshare-modbus-poe-eth-relay-tcp']) {
      const profile = profileOf(id)
      const dialect = dialectOf(profile)
      const question = dialect.question({ command: 'readRelays', parameters: {}, address: {}, context: {} })
      assert(question.ok, id)
      const sim = simFor(profile, 'waveshare-relay')
      const [reply] = sim.answer(question.value.encode(5))
      assert(reply, id)
      expect(dialect.reader('reply').read(reply, 0).is).toBe('frame')
      expect(dialect.reader('reply').read(sim.spoil(reply), 0).is).not.toBe('frame')
    }
  })
})

describe('on a bus', () => {
  const wire = (profile: Profile, sim: ModbusSim, echo: boolean) => {
    const time = virtualTime()
    const { link, device } = memoryLink('memory')
    const cut = sim.cutter()
    device.onWritten((chunk) => {
      if (echo) device.send(chunk)
      for (const request of cut(chunk)) for (const reply of sim.answer(request)) device.send(reply)
    })
    const bus = openBus({ link, clock: time.clock, wake: time.wake, log: () => {} })
    const board = bus.attach({ name: 'board', dialect: dialectOf(profile), address: {} })
    const ask = (command: string, parameters: Values) =>
      time.until(board.ask({ command, parameters, urgent: true, signal: AbortSignal.timeout(60_000) }), 60_000)
    return { ask, bus, board }
  }

  it('carries out every command that a driver may use, for every model', async () => {
    let checked = 0
    for (const [id, model] of MODELS) {
      const profile = profileOf(id)
      const { ask, bus } = wire(profile, simFor(profile, model), false)
      for (const { command, parameters, field } of profile.telemetry) {
        const answer = await ask(command, parameters)
        expect(answer.ok ? answer.value[field] : answer.error, `${id} ${command}`).not.toBeUndefined()
        expect(answer.ok, `${id} ${command}`).toBe(true)
        checked += 1
      }
      for (let channel = 0; channel < (profile.relays?.count ?? 0); channel++) {
        const { write, readBack } = profile.relays ?? { write: '', readBack: null }
        for (const on of [true, false]) {
          expect(await ask(write, { channel, on }), `${id} ${channel}`).toEqual(ok({}))
          if (readBack !== null) expect(await ask(readBack, { channel }), `${id} ${channel}`).toEqual(ok({ on }))
          checked += 1
        }
      }
      await bus.close()
    }
    expect(checked).toBeGreaterThan(130)
  })

  it('works through an adapter that echoes, and only the read-back proves a relay there', async () => {
    const profile = profileOf('waveshare-modbus-rtu-relay-8ch')
    const sim = simFor(profile, 'waveshare-relay')
    const { ask, bus } = wire(profile, sim, true)
    expect(await ask('setRelay', { channel: 4, on: true })).toEqual(ok({}))
    expect(await ask('readRelay', { channel: 4 })).toEqual(ok({ on: true }))
    sim.die(true)
    expect(await ask('setRelay', { channel: 4, on: false })).toEqual(ok({}))
    const silent = await ask('readRelay', { channel: 4 })
    expect(silent.ok ? 'answered' : silent.error.kind).toBe('timeout')
    await bus.close()
  })

  it('waits out a busy board and names an exception', async () => {
    const profile = profileOf('waveshare-modbus-rtu-relay-8ch')
    const sim = simFor(profile, 'waveshare-relay')
    const { ask, bus } = wire(profile, sim, false)
    sim.busy(2)
    expect(await ask('setRelay', { channel: 0, on: true })).toEqual(ok({}))
    sim.busy(9)
    const tired = await ask('setRelay', { channel: 0, on: true })
    expect(tired.ok ? '' : tired.error).toEqual({ kind: 'refused', detail: 'exception 06: the device is busy' })
    await bus.close()
  })
})

describe('on a line with others', () => {
  it('answers nobody else’s questions, and a dead neighbour costs a healthy one no answer', async () => {
    const time = virtualTime()
    const [relay, climate, smoke] = ['waveshare-modbus-rtu-relay-8ch', 'generic-xy-md02', 'calectro-ug-3'].map(
      profileOf,
    )
    assert(relay && climate && smoke, 'profiles')
    const at = (model: ModbusSimModel, unit: number) => createModbusSim({ model, framing: 'rtu', unit, now: time.now })
    const board = at('waveshare-relay', 1)
    const sensor = at('xy-md02', 2)
    const detector = at('ug-3', 3)
    const beside = [sensor, detector].map((device) => ({ device, seed: 2, faults: {} }))
    const served = serveOnMemory({ device: board, seed: 1, faults: {}, wake: time.wake, beside })
    const bus = openBus({ link: served.link, clock: time.clock, wake: time.wake, log: () => {} })
    const attach = (profile: Profile, unit: number) =>
      bus.attach({ name: `unit ${unit}`, dialect: dialectOf(profile), address: { unit } })
    const [first, second, third] = [attach(relay, 1), attach(climate, 2), attach(smoke, 3)]
    const ask = (device: typeof first, command: string) =>
      time.until(device.ask({ command, parameters: {}, urgent: false, signal: new AbortController().signal }), 60_000)
    sensor.feel({ celsius: -3.5, humidity: 88 })
    detector.feel({ smoke: true })
    for (let round = 0; round < 30; round++) {
      if (round === 10) board.die(true)
      const dead = await ask(first, 'readRelays')
      expect(dead.ok).toBe(round < 10)
      expect(await ask(second, 'readClimate')).toEqual(ok({ temperature: -3.5, humidity: 88 }))
      const state = await ask(third, 'readState')
      expect(state.ok && state.value['smoke']).toBe(true)
    }
    expect(first.stats().quarantined).toBe(true)
    expect([second, third].map((device) => device.stats().quarantined)).toEqual([false, false])
    await bus.close()
  })

  it('never gives a wrong value on a bad line', async () => {
    const time = virtualTime()
    const sensor = createModbusSim({ model: 'xy-md02', framing: 'rtu', unit: 1, now: time.now })
    sensor.feel({ celsius: 21.5, humidity: 43.2 })
    const faults = {
      dropChance: 0.05,
      garbleChance: 0.1,
      wrongChecksumChance: 0.1,
      babbleChance: 0.1,
      lateChance: 0.05,
      lateMs: 400,
    }
    const served = serveOnMemory({ device: sensor, seed: 7, faults, wake: time.wake })
    const bus = openBus({ link: served.link, clock: time.clock, wake: time.wake, log: () => {} })
    const device = bus.attach({ name: 'sensor', dialect: dialectOf(profileOf('generic-xy-md02')), address: {} })
    let good = 0
    for (let i = 0; i < 2000; i++) {
      const signal = new AbortController().signal
      const answer = await time.until(
        device.ask({ command: 'readClimate', parameters: {}, urgent: false, signal }),
        600_000,
      )
      if (!answer.ok) continue
      good += 1
      expect(answer.value).toEqual({ temperature: 21.5, humidity: 43.2 })
    }
    expect(good).toBeGreaterThan(1800)
    await bus.close()
  })
})

describe('on real carriers', () => {
  const clock: Clock = {
    read: () => ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'synced', bootId: 'test' }),
  }
  const wake: Wake = (delay, then) => {
    const timer = setTimeout(then, delay)
    return () => clearTimeout(timer)
  }
  const talk = async (link: Link, profile: Profile) => {
    const bus = openBus({ link, clock, wake, log: () => {} })
    const device = bus.attach({ name: 'relays', dialect: dialectOf(profile), address: {} })
    const ask = (command: string, parameters: Values) =>
      device.ask({ command, parameters, urgent: true, signal: AbortSignal.timeout(10_000) })
    const seen: unknown[] = [await ask('setRelay', { channel: 2, on: true }), await ask('readRelay', { channel: 2 })]
    for (let i = 0; i < 20; i++) seen.push(await ask('readRelay', { channel: i % 8 }))
    await bus.close()
    expect(seen.slice(0, 2)).toEqual([ok({}), ok({ on: true })])
    expect(seen.slice(2)).toEqual(Array.from({ length: 20 }, (_, i) => ok({ on: i % 8 === 2 })))
  }

  it.each([
    ['Modbus TCP', 'waveshare-modbus-poe-eth-relay-tcp'],
    ['RTU over TCP', 'waveshare-modbus-rtu-relay-8ch'],
  ])('%s on a socket', async (_, id) => {
    const profile = profileOf(id)
    const device = simFor(profile, 'waveshare-relay', () => performance.now())
    const served = await serveDevice({ device, seed: 1, faults: {}, log: () => {}, on: { kind: 'tcp', port: 0 } })
    await talk(tcpLink({ host: '127.0.0.1', port: served.port }), profile)
    await served.close()
  })

  it('RTU on a serial line at 9600 baud', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'modbus-'))
    const path = join(folder, 'ttyRelay')
    const profile = profileOf('waveshare-modbus-rtu-relay-8ch')
    const device = simFor(profile, 'waveshare-relay', () => performance.now())
    const served = await serveDevice({
      device,
      seed: 1,
      faults: {},
      log: () => {},
      on: { kind: 'pty', path },
      paceBaud: 9600,
    })
    await talk(serialLink({ path, baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 }), profile)
    await served.close()
    rmSync(folder, { recursive: true })
  })
})
