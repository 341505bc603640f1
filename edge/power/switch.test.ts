import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openBus } from '#controller/bus/bus.ts'
import { dialectOf } from '#controller/dialect/open.ts'
import { addressText } from '#controller/gpio/gpio.ts'
import { memoryGpio } from '#controller/gpio/memory.ts'
import { loadProfile } from '#controller/profile/catalogue.ts'
import { createModbusSim } from '#controller/sim/modbus.ts'
import { serveOnMemory } from '#controller/sim/serve.ts'
import { virtualTime } from '#controller/sim/virtual-time.ts'
import { assert, err, ok } from '#core/base/result.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import type { DisplaySetting } from '#core/screen/display.ts'
import { GPIO_DEVICE } from '../inputs/name.ts'
import type { Happening } from '../shell/loop.ts'
import { openPlaces } from './places.ts'
import type { PowerPlan } from './plan.ts'
import { createPower } from './switch.ts'

const file = 'waveshare-modbus-rtu-relay-d-8ch.json'
const loaded = loadProfile(file, readFileSync(new URL(`../../firmware-profiles/${file}`, import.meta.url), 'utf8'))
assert(loaded.ok, file)
const profile = loaded.value
const read = profile.telemetry.find((one) => one.where === 'input 1')
assert(read, 'the board has contacts')

/** One contactor on the board, the sender on a pin; smoke on a pin. */
const SEQUENCE: PowerSequence = {
  version: 1,
  relays: ['mains', 'sender'],
  inputs: [
    { name: 'mains-closed', kind: 'flag' },
    { name: 'smoke', kind: 'flag' },
  ],
  startOffsetMs: 0,
  minimumOffMs: 5_000,
  boundMs: 60_000,
  relayWithinMs: 2_500,
  blank: { withinMs: 1_000, everyMs: 100 },
  steps: [
    {
      step: 'relay',
      relay: 'mains',
      on: true,
      settleMs: 100,
      feedback: { input: 'mains-closed', wanted: true, withinMs: 1_000 },
    },
    { step: 'relay', relay: 'sender', on: true, settleMs: 100, feedback: null },
    { step: 'sender-answers', withinMs: 5_000, everyMs: 500 },
    { step: 'unblank', withinMs: 1_000, everyMs: 100 },
  ],
  interlocks: [{ rule: 'is', input: 'smoke', wanted: false, unknownMs: 10_000, why: 'khói' }],
}
const PLAN: PowerPlan = {
  sequence: SEQUENCE,
  relays: new Map([
    ['mains', { device: 'board', channel: 0 }],
    ['sender', { gpio: 'relay-1' }],
  ]),
  inputs: new Map([
    ['mains-closed', { device: 'board', read }],
    ['smoke', { gpio: 'smoke' }],
  ]),
}
const PIN = {
  name: 'relay-1',
  at: { label: 'pinctrl-rp1', line: 22 },
  direction: 'out',
  activeLow: false,
  bias: 'as-is',
  initial: false,
  safe: false,
} as const

const cabinet = (before: { relayOn: boolean }) => {
  const time = virtualTime()
  const { clock, wake } = time
  const sim = createModbusSim({ model: 'waveshare-relay-d', framing: 'rtu', unit: 1, now: time.now })
  sim.setRelay(0, before.relayOn)
  sim.setInput(0, before.relayOn)
  const device = {
    ...sim,
    answer: (request: Uint8Array) => {
      const replies = sim.answer(request)
      sim.setInput(0, sim.state().relays[0] === true)
      return replies
    },
  }
  const { link } = serveOnMemory({ device, seed: 1, faults: {}, wake })
  const bus = openBus({ link, clock, wake, log: () => {} })
  const board = bus.attach({ name: 'board', dialect: dialectOf(profile), address: { unit: 1 } })
  const gpio = memoryGpio({ clock, wake, keeps: true })
  const places = openPlaces({ plan: PLAN, devices: [board], gpio: { port: gpio.port, outputs: [PIN] }, wake })
  const set: DisplaySetting[] = []
  const state = { blackout: false }
  const pinOn = () => gpio.board.level(addressText(PIN.at)) === true
  const display = {
    observe: async () => (pinOn() ? ok({ cards: 1 } as never) : err({ kind: 'timeout', detail: 'no power' } as const)),
    apply: async (setting: DisplaySetting) => {
      if (!pinOn()) return err({ kind: 'timeout', detail: 'no power' } as const)
      set.push(setting)
      return ok({ readBack: true, held: setting.value })
    },
  }
  const said: Happening[] = []
  const power = createPower({
    sequence: SEQUENCE,
    places,
    display,
    blackout: () => state.blackout,
    clock,
    wake,
    log: () => {},
    post: (one) => said.push(one) > 0,
  })
  const smoke = (value: boolean) =>
    power.heard({
      event: 'equipment',
      device: GPIO_DEVICE,
      result: ok([{ what: 'smoke', where: 'smoke', value }]),
    })
  const words = () =>
    said.flatMap((one) =>
      one.event === 'power' ? [one.state === 'failed' ? `failed ${one.way} ${one.kind}` : one.state] : [],
    )
  const close = async () => {
    await power.stop()
    await bus.close()
  }
  return { time, sim, gpio, power, set, state, smoke, words, said, pinOn, close }
}

test('what reads back as off is off from the start; on and off over a board and a pin', async () => {
  const it = cabinet({ relayOn: false })
  it.smoke(false)
  await it.time.advance(500)
  expect(it.words()).toEqual(['off'])
  it.power.want('on')
  await it.time.advance(4_000)
  // The supplies may just have gone off before we started, so they get their time to cool.
  expect(it.sim.state().relays[0]).toBe(false)
  await it.time.advance(4_000)
  expect(it.words()).toEqual(['off', 'rising', 'on'])
  expect([it.sim.state().relays[0], it.pinOn()]).toEqual([true, true])
  expect(it.set).toEqual([{ set: 'blackout', value: false }])
  it.power.want('off')
  await it.time.advance(3_000)
  expect(it.words()).toEqual(['off', 'rising', 'on', 'falling', 'off'])
  expect([it.sim.state().relays[0], it.pinOn()]).toEqual([false, false])
  expect(it.set.at(-1)).toEqual({ set: 'blackout', value: true })
  await it.close()
})

test('an order given before anything was looked at waits for the first word of the interlock', async () => {
  const it = cabinet({ relayOn: true })
  it.power.want('on')
  await it.time.advance(1_000)
  expect(it.words()).toEqual([])
  it.smoke(false)
  await it.time.advance(3_000)
  expect(it.words()).toEqual(['rising', 'on'])
  await it.close()
})

test('an interlock of which nobody says anything forbids after the bound, and is named', async () => {
  const it = cabinet({ relayOn: false })
  it.power.want('on')
  await it.time.advance(8_000)
  expect(it.words()).toEqual(['off', 'failed on interlock-unknown'])
  expect(it.sim.state().relays[0]).toBe(false)
  expect(it.said.at(-1)).toMatchObject({ step: 'interlock smoke' })
  await it.close()
})

test('the end of a way up leaves black what the engine wants black by then', async () => {
  const it = cabinet({ relayOn: false })
  it.smoke(false)
  it.state.blackout = true
  it.power.want('on')
  await it.time.advance(9_000)
  expect(it.words().at(-1)).toBe('on')
  expect(it.set).toEqual([{ set: 'blackout', value: true }])
  await it.close()
})

test('smoke on a pin: black, then off', async () => {
  const it = cabinet({ relayOn: false })
  it.smoke(false)
  it.power.want('on')
  await it.time.advance(9_000)
  it.smoke(true)
  await it.time.advance(2_000)
  expect(it.words().slice(-3)).toEqual(['failed on interlock', 'falling', 'off'])
  expect([it.sim.state().relays[0], it.pinOn()]).toEqual([false, false])
  await it.close()
})

test('a board that dies under a lit screen: what is not surely off is said to have failed', async () => {
  const it = cabinet({ relayOn: false })
  it.smoke(false)
  it.power.want('on')
  await it.time.advance(9_000)
  it.sim.die(true)
  it.power.want('off')
  await it.time.advance(20_000)
  expect(it.words().at(-1)).toMatch(/^failed off relay-/)
  expect(it.said.at(-1)).toMatchObject({ step: 'off: relay mains off' })
  await it.close()
})
