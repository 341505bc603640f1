import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import type { Clock, Wake } from '#core/base/ports.ts'
import { assert } from '#core/base/result.ts'
import { instant, mono, percent } from '#core/base/units.ts'
import type { DisplaySetting } from '#core/screen/display.ts'
import { openBus } from '../../bus/bus.ts'
import { openDriver } from '../../driver/driver.ts'
import { openDisplay } from '../../driver/open.ts'
import { listenLink } from '../../link/listen.ts'
import type { SimFaults } from '../../sim/behaviours.ts'
import { dial } from '../../sim/huidu-dial.ts'
import { serveOnMemory } from '../../sim/serve.ts'
import { virtualTime } from '../../sim/virtual-time.ts'
import { openHuiduOnboard } from './onboard.ts'
import { benchOf, createCard, pngOf } from './testing.ts'

const { dialect, profile } = benchOf(
  readFileSync(new URL('../../../firmware-profiles/huidu-sdk2.json', import.meta.url), 'utf8'),
)

const never = new AbortController().signal
const silent = () => {}
const HANG = 300_000

const bench = (faults: Partial<SimFaults>, seed = 4) => {
  const time = virtualTime()
  const device = createCard({ answerChunk: 150 })
  const served = serveOnMemory({ device, seed, faults, wake: time.wake })
  const { clock, wake } = time
  const driver = openDisplay({ profile, address: {}, link: served.link, clock, wake, log: silent })
  const run = <T>(promise: Promise<T>) => time.until(promise, HANG)
  return { time, device, driver, served, run }
}

describe('the generic driver on a simulated Huidu card', () => {
  test('identify, set everything, read it back; the limit of the profile holds', async () => {
    const { device, driver, run } = bench({})
    expect(await run(driver.identify(never))).toEqual({
      ok: true,
      value: { model: profile.model, modelId: 'C16L', firmware: '7.10.18.0' },
    })
    expect([...driver.capabilities].sort()).toEqual(['blackout', 'brightness'])
    const settings: readonly (readonly [DisplaySetting, object])[] = [
      [{ set: 'brightness', value: percent(30) }, { brightness: 30 }],
      [{ set: 'brightness', value: percent(0) }, { brightness: 1 }],
      [{ set: 'brightness', value: percent(100) }, { brightness: 90 }],
      [{ set: 'blackout', value: true }, { lit: false }],
      [{ set: 'blackout', value: false }, { lit: true }],
    ]
    for (const [setting, state] of settings) {
      expect(await run(driver.apply(setting, never))).toMatchObject({ ok: true, value: { readBack: true } })
      expect(device.state()).toMatchObject(state)
    }
    const freeze = await run(driver.apply({ set: 'freeze', value: true }, never))
    expect(freeze.ok ? 'set' : freeze.error.kind).toBe('unsupported')
    const seen = await run(driver.observe(never))
    expect(seen).toMatchObject({
      ok: true,
      value: { brightness: 90, blackout: false, firmware: '7.10.18.0', signal: null },
    })
  })

  test('someone hands brightness to the sensor: it is seen as none, and set again it is fixed again', async () => {
    const { device, driver, run } = bench({})
    device.tamper({ brightnessMode: 'sensor', lit: false })
    expect(await run(driver.observe(never))).toMatchObject({ ok: true, value: { brightness: null, blackout: true } })
    expect(await run(driver.apply({ set: 'brightness', value: percent(40) }, never))).toMatchObject({ ok: true })
    expect(device.state()).toMatchObject({ brightnessMode: 'default', brightness: 40 })
  })

  test('a card that restarted behind an open link is greeted anew', async () => {
    const { device, driver, run } = bench({})
    expect((await run(driver.apply({ set: 'blackout', value: true }, never))).ok).toBe(true)
    device.powerCycle()
    const results = [await run(driver.observe(never)), await run(driver.observe(never))]
    expect(results.at(-1)).toMatchObject({ ok: true, value: { blackout: false } })
  })

  test.each<readonly [string, Partial<SimFaults>, string]>([
    ['a card that lies', { lyingReadBack: true }, 'mismatch'],
    ['a card that says nothing', { dropChance: 1 }, 'timeout'],
    ['packets of no known command', { wrongChecksumChance: 1 }, 'garbled'],
    ['error answers', { ackErrorChance: 1, ackError: 25 }, 'refused'],
    ['a card that is busy for ever', { ackErrorChance: 1, ackError: 5 }, 'refused'],
    ['an error code nobody knows', { ackErrorChance: 1, ackError: 200 }, 'refused'],
  ])('%s', async (_what, faults, kind) => {
    const { driver, run } = bench(faults)
    const result = await run(driver.apply({ set: 'blackout', value: true }, never))
    expect(result.ok ? 'set' : result.error.kind).toBe(kind)
  })

  test('under a mix of faults an answer is right or a fault, never a wrong value', async () => {
    const faults = {
      dropChance: 0.1,
      lateChance: 0.1,
      lateMs: 3000,
      wrongChecksumChance: 0.1,
      ackErrorChance: 0.1,
      babbleChance: 0.1,
    }
    let good = 0
    let bad = 0
    for (let seed = 1; seed <= 12; seed++) {
      const { device, driver, run, time } = bench(faults, seed)
      for (const level of [20, 40, 60]) {
        const result = await run(driver.apply({ set: 'brightness', value: percent(level) }, never))
        if (result.ok) {
          good += 1
          expect(device.state().brightness, `seed ${seed}`).toBe(level)
        } else bad += 1
        await time.advance(6000)
      }
    }
    expect(good).toBeGreaterThan(5)
    expect(bad).toBeGreaterThan(0)
    expect(good + bad).toBe(36)
  })
})

const clean: (() => unknown)[] = []
afterEach(async () => {
  for (const one of clean.splice(0).reverse()) await one()
})
const realWake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const realClock: Clock = {
  read: () => ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'synced', bootId: 'real' }),
}

describe('a card that dials us, over real sockets', () => {
  const reverse = async () => {
    const link = listenLink({ host: '127.0.0.1', port: 0, from: ['127.0.0.1'] })
    const bus = openBus({ link, clock: realClock, wake: realWake, log: silent })
    clean.push(() => bus.close())
    const device = bus.attach({ name: 'card', dialect, address: {} })
    const driver = openDriver(device)
    assert(driver, 'the profile describes a display')
    const first = driver.identify(never)
    while (link.port() === null) await new Promise(setImmediate)
    const port = link.port() ?? 0
    const card = createCard()
    return { link, device, driver, first, card, port }
  }
  const within = async <T>(what: () => Promise<T | null>): Promise<T> => {
    for (let i = 0; i < 200; i++) {
      const found = await what()
      if (found !== null) return found
      await new Promise((resolve) => realWake(20 as never, () => resolve(undefined)))
    }
    throw new Error('not within its time')
  }

  test('it comes, is driven, goes, comes back with a new session, and a second card is turned away', async () => {
    const { link, driver, first, card, port } = await reverse()
    const dialling = dial(card, { host: '127.0.0.1', port })
    clean.push(() => dialling.close())
    expect(await first).toMatchObject({ ok: true, value: { modelId: 'C16L' } })
    dialling.say(card.heartbeat())
    expect(await driver.apply({ set: 'brightness', value: percent(25) }, never)).toMatchObject({ ok: true })
    const second = dial(createCard({ id: 'C16L-D24-00002', seed: 2 }), { host: '127.0.0.1', port })
    clean.push(() => second.close())
    await within(async () => (link.refused() > 0 ? true : null))
    expect(await driver.observe(never)).toMatchObject({ ok: true, value: { brightness: 25 } })
    second.close()
    const sessions = card.state().sessions
    dialling.hangUp()
    const seen = await within(async () => {
      const observed = await driver.observe(never)
      return observed.ok ? observed.value : null
    })
    expect(seen.brightness).toBe(25)
    expect(card.state().sessions).toBeGreaterThan(sessions)
    expect(driver.stats().reopened).toBeGreaterThan(0)
  })

  test('a picture of 300 KB goes over it, also when it hangs up three times on the way', async () => {
    const { device, first, card, port } = await reverse()
    const dialling = dial(card, { host: '127.0.0.1', port })
    clean.push(() => dialling.close())
    expect((await first).ok).toBe(true)
    let packets = 0
    const onboard = openHuiduOnboard({
      ask: async (ask) => {
        if (ask.command === 'fileContent' && [9, 20, 31].includes(++packets)) dialling.hangUp()
        return device.ask(ask)
      },
      md5: (bytes) => createHash('md5').update(bytes).digest('hex'),
      panel: { width: 320, height: 160 },
      wake: realWake,
    })
    const picture = pngOf(320, 160, 300_000, 9)
    const shown = await onboard.show(
      { pages: [{ text: '', picture, seconds: 10 }], priority: 1, staleAfterSeconds: null },
      never,
    )
    expect(shown).toEqual({ ok: true, value: { readBack: true } })
    expect(dialling.dials()).toBeGreaterThanOrEqual(4)
    const [file] = card.state().files
    expect(card.stored(file?.name ?? '')).toEqual(Buffer.from(picture))
    expect(packets).toBeLessThan(38 * 1.3)
  })
})
