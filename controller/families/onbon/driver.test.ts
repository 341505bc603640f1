import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ok } from '#core/base/result.ts'
import { instant, mono, percent } from '#core/base/units.ts'
import type { DisplaySetting } from '#core/screen/display.ts'
import type { Values } from '../../dialect/dialect.ts'
import { openDisplay } from '../../driver/open.ts'
import { tcpLink } from '../../link/tcp.ts'
import type { SimFaults } from '../../sim/behaviours.ts'
import { createOnbonSim } from '../../sim/onbon.ts'
import { serveDevice, serveOnMemory } from '../../sim/serve.ts'
import { virtualTime } from '../../sim/virtual-time.ts'
import { profilesFrom } from './testing.ts'

const FOLDER = new URL('../../../firmware-profiles/', import.meta.url)
const { profileNamed } = profilesFrom((file) => readFileSync(new URL(file, FOLDER), 'utf8'))

const NEVER = new AbortController().signal
const silent = () => {}
const START = Date.UTC(2026, 10, 22, 11, 30)
const SETTINGS: readonly DisplaySetting[] = [
  { set: 'brightness', value: percent(0) },
  { set: 'brightness', value: percent(1) },
  { set: 'brightness', value: percent(50) },
  { set: 'brightness', value: percent(100) },
  { set: 'blackout', value: true },
  { set: 'blackout', value: false },
]

const world = (faults: Partial<SimFaults>, seed: number, address: Values = {}) => {
  const time = virtualTime()
  const card = (screen: number) =>
    createOnbonSim({ screen, deviceType: 0x51, now: () => START + time.now(), programs: [] })
  const beside = [{ device: card(2), seed, faults: {} }]
  const sim = serveOnMemory({ device: card(1), seed, faults, beside, wake: time.wake })
  const profile = profileNamed('onbon-bx5k')
  const driver = openDisplay({ profile, address, link: sim.link, clock: time.clock, wake: time.wake, log: silent })
  const run = <T>(promise: Promise<T>) => time.until(promise, 60_000)
  return { ...sim, time, driver, run, other: beside[0]?.device }
}

describe('the generic driver and a simulated card', () => {
  it('write every setting, read it back, and leave the neighbour on the bus alone', async () => {
    const { driver, run, device, other } = world({}, 1)
    for (const setting of SETTINGS) {
      expect(await run(driver.apply(setting, NEVER)), JSON.stringify(setting)).toMatchObject(ok({ readBack: true }))
      if (setting.set === 'blackout') expect(device.state().on).toBe(!setting.value)
    }
    expect(device.state()).toMatchObject({ on: true, brightness: 15 })
    expect(other?.state()).toMatchObject({ on: true, brightness: 15 })
    await run(driver.apply({ set: 'brightness', value: percent(1) }, NEVER))
    expect([device.state().brightness, other?.state().brightness]).toEqual([1, 15])
    expect([...driver.capabilities].sort()).toEqual(['blackout', 'brightness'])
  })

  it('speak to the screen number of the site’s configuration', async () => {
    const { driver, run, device, other } = world({}, 1, { screen: 2 })
    expect(await run(driver.apply({ set: 'blackout', value: true }, NEVER))).toEqual(ok({ readBack: true, held: true }))
    expect([device.state().on, other?.state().on]).toEqual([true, false])
  })

  it('observe what the card tells, and say nothing of what it does not', async () => {
    const { driver, run } = world({}, 1)
    await run(driver.apply({ set: 'brightness', value: percent(50) }, NEVER))
    expect(await run(driver.observe(NEVER))).toMatchObject(
      ok({ brightness: 53, blackout: false, power: null, firmware: null, signal: null }),
    )
    expect(await run(driver.identify(NEVER))).toMatchObject(ok({ modelId: '', firmware: null }))
  })

  it('find out a lie', async () => {
    const { driver, run } = world({ lyingReadBack: true }, 1)
    const lied = await run(driver.apply({ set: 'blackout', value: true }, NEVER))
    expect(lied).toMatchObject({ ok: false, error: { kind: 'mismatch' } })
  })

  it('wait for a busy card, and say so when it stays busy', async () => {
    const { driver, run, device } = world({}, 1)
    device.busy(2)
    expect(await run(driver.apply({ set: 'blackout', value: true }, NEVER))).toEqual(ok({ readBack: true, held: true }))
    device.busy(50)
    expect(await run(driver.apply({ set: 'blackout', value: false }, NEVER))).toMatchObject({
      ok: false,
      error: { kind: 'refused', detail: /error 3.*busy/ },
    })
  })

  it('never report a success that is none, on a bad line', async () => {
    const bad = {
      dropChance: 0.1,
      garbleChance: 0.1,
      wrongChecksumChance: 0.1,
      babbleChance: 0.2,
      lateChance: 0.05,
      lateMs: 700,
    }
    let good = 0
    let tried = 0
    for (let seed = 1; seed <= 20; seed++) {
      const { driver, run, device } = world(bad, seed)
      for (const setting of SETTINGS) {
        const applied = await run(driver.apply(setting, NEVER))
        tried++
        if (!applied.ok) continue
        good++
        if (setting.set === 'blackout') expect(device.state().on).toBe(!setting.value)
        else if (setting.set === 'brightness')
          expect(device.state().brightness).toBe({ 0: 0, 1: 1, 50: 8, 100: 15 }[Number(setting.value)])
      }
    }
    expect(tried).toBe(120)
    expect(good).toBeGreaterThan(90)
  })

  it('work over real TCP', async () => {
    const card = createOnbonSim({ screen: 1, deviceType: 0x54, now: () => START, programs: [] })
    const served = await serveDevice({ device: card, seed: 1, faults: {}, log: silent, on: { kind: 'tcp', port: 0 } })
    const now = () =>
      ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'synced', bootId: 'test' }) as const
    const link = tcpLink({ host: '127.0.0.1', port: served.port })
    const wake = (ms: number, then: () => void) => {
      const timer = setTimeout(then, ms)
      return () => clearTimeout(timer)
    }
    const driver = openDisplay({
      profile: profileNamed('onbon-bx5mk'),
      address: {},
      link,
      clock: { read: now },
      wake,
      log: silent,
    })
    try {
      expect(await driver.apply({ set: 'blackout', value: true }, NEVER)).toEqual(ok({ readBack: true, held: true }))
      expect(card.state().on).toBe(false)
    } finally {
      await driver.close()
      await served.close()
    }
  })
})
