import { describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { percent } from '#core/base/units.ts'
import type { DisplaySetting } from '#core/screen/display.ts'
import { openDisplay } from '../../driver/open.ts'
import { MONITORED } from '../../sim/health.ts'
import { createNovastarSim } from '../../sim/novastar.ts'
import { profileOf } from '../../sim/profiles.ts'
import { SIM_MODELS, type SimModel } from '../../sim/registers.ts'
import { serveOnMemory } from '../../sim/serve.ts'
import { virtualTime } from '../../sim/virtual-time.ts'

const never = new AbortController().signal
/** Far above any single thing the driver does; virtual milliseconds. */
const HANG = 120_000

const bench = (model: SimModel, cards: readonly number[]) => {
  const time = virtualTime()
  const device = createNovastarSim({ model, cards })
  const served = serveOnMemory({ device, seed: 4, faults: {}, wake: time.wake })
  const profile = profileOf(model)
  const { clock, wake } = time
  const driver = openDisplay({ profile, address: {}, link: served.link, clock, wake, log: () => {} })
  return { time, device, driver, profile, served }
}

describe('the generic driver on a simulated NovaStar device', () => {
  test.each(SIM_MODELS)('%s: identify, set everything, read it back, see the sensors', async (model) => {
    const { time, device, driver, profile } = bench(model, [2, 1])
    const { until } = time
    device.setHealth({ output: 1, card: 0 }, { temperature: 44.5, monitor: { ...MONITORED, smoke: true } })
    const identity = await until(driver.identify(never), HANG)
    expect(identity).toMatchObject({ ok: true, value: { model: profile.model, firmware: '4.3.0.0' } })
    const settings: readonly DisplaySetting[] = [
      { set: 'brightness', value: percent(30) },
      { set: 'blackout', value: true },
      { set: 'blackout', value: false },
      { set: 'testPattern', value: 'grey' },
      { set: 'freeze', value: true },
      { set: 'input', value: 'sdi' },
    ]
    let applied = 0
    for (const setting of settings) {
      const result = await until(driver.apply(setting, never), HANG)
      if (driver.capabilities.has(setting.set)) {
        expect(result, setting.set).toEqual({ ok: true, value: { readBack: true, held: setting.value } })
        applied += 1
      } else expect(result).toMatchObject({ ok: false, error: { kind: 'unsupported' } })
    }
    expect(applied).toBe(profile.display?.input === null ? 5 : 6)
    const seen = await until(driver.observe(never), HANG)
    assert(seen.ok, seen.ok ? '' : seen.error.detail)
    expect(seen.value).toMatchObject({ brightness: 30, blackout: false, testPattern: 'grey', freeze: true, cards: 3 })
    expect(device.state()).toMatchObject({ brightness: 30, forbiddenWrites: 0 })
    const sensors = seen.value.sensors ?? []
    const value = (what: string, where: string) => sensors.find((s) => s.what === what && s.where === where)?.value
    expect(value('light', 'sender')).toBe(112)
    expect(value('temperature', 'card 1:0 board')).toBe(44.5)
    expect(value('smoke', 'card 1:0 monitor')).toBe(true)
    expect(value('smoke', 'card 0:0 monitor')).toBe(null)
    expect(value('door', 'card 1:0 monitor door 2')).toBe(false)
    await driver.close()
  })

  test('a pulled cable is seen as fewer cards, and a liar as a mismatch', async () => {
    const { time, device, driver } = bench('mctrl300', [3, 2])
    const cards = async () => {
      const seen = await time.until(driver.observe(never), HANG)
      return seen.ok ? seen.value.cards : seen.error.kind
    }
    expect(await cards()).toBe(5)
    device.cut({ output: 0, card: 1 })
    expect(await cards()).toBe(3)
    device.join(0)
    expect(await cards()).toBe(5)
    device.lie(true)
    const set = await time.until(driver.apply({ set: 'blackout', value: true }, never), HANG)
    expect(set).toMatchObject({ ok: false, error: { kind: 'mismatch' } })
    await driver.close()
  })
})
