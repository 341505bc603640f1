import { readFileSync } from 'node:fs'
import { assert, describe, expect, it } from 'vitest'
import { percent } from '#core/base/units.ts'
import type { DisplaySetting } from '#core/screen/display.ts'
import type { Values } from '../../dialect/dialect.ts'
import { openDisplay } from '../../driver/open.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import type { SimDevice } from '../../sim/device.ts'
import { createLgSim } from '../../sim/lg.ts'
import { createMdcSim } from '../../sim/mdc.ts'
import { createNecSim } from '../../sim/nec.ts'
import { createPjlinkSim } from '../../sim/pjlink.ts'
import { serveOnMemory } from '../../sim/serve.ts'
import { virtualTime } from '../../sim/virtual-time.ts'

/** Longest time one action of a driver may take here, virtual ms. */
const AT_MOST = 120_000
const PASSWORD = 'cua khau'

const rig = (id: string, address: Values, simOf: (now: () => number) => SimDevice) => {
  const file = `firmware-profiles/${id}.json`
  const profile = loadProfile(file, readFileSync(file, 'utf8'))
  assert(profile.ok, JSON.stringify(profile))
  const time = virtualTime()
  const device = simOf(time.now)
  const { link, setFaults } = serveOnMemory({ device, seed: 5, faults: {}, wake: time.wake })
  const log = () => {}
  const driver = openDisplay({ profile: profile.value, address, link, clock: time.clock, wake: time.wake, log })
  const { signal } = new AbortController()
  return {
    driver,
    setFaults,
    profile: profile.value,
    apply: (setting: DisplaySetting) => time.until(driver.apply(setting, signal), AT_MOST),
    observe: () => time.until(driver.observe(signal), AT_MOST),
    identify: () => time.until(driver.identify(signal), AT_MOST),
  }
}

const quick = (now: () => number) => ({ now, warmUpMs: 0, coolDownMs: 0 })
const RIGS = {
  'samsung-mdc': () => rig('samsung-mdc', { id: 7 }, (now) => createMdcSim({ id: 7, secured: false, ...quick(now) })),
  'lg-rs232': () => rig('lg-rs232', { id: 7 }, (now) => createLgSim({ id: 7, idDigits: 2, ...quick(now) })),
  'nec-display': () =>
    rig('nec-display', { id: 7 }, (now) => createNecSim({ id: 7, silentWrites: false, ...quick(now) })),
  'nec-m551': () => rig('nec-m551', { id: 7 }, (now) => createNecSim({ id: 7, silentWrites: true, ...quick(now) })),
  'pjlink-class2': () =>
    rig('pjlink-class2', { password: PASSWORD }, (now) =>
      createPjlinkSim({ class: 2, password: PASSWORD, salt: () => '0badcafe', ...quick(now) }),
    ),
} as const

const SETTINGS: readonly DisplaySetting[] = [
  { set: 'input', value: 'dp1' },
  { set: 'input', value: 'digital2' },
  { set: 'brightness', value: percent(40) },
  { set: 'blackout', value: true },
  { set: 'freeze', value: true },
  { set: 'power', value: false },
]
/** Inputs have names of their own in each family. */
const knows = (id: string, setting: DisplaySetting) =>
  setting.set !== 'input' ||
  ((setting.value === 'dp1') !== id.startsWith('pjlink') && (setting.value !== 'dp1' || id !== 'lg-rs232'))

describe.each(Object.keys(RIGS) as (keyof typeof RIGS)[])('the one driver with %s', (id) => {
  it('sets and reads back everything the profile has, and sees it again', async () => {
    const { driver, apply, observe } = RIGS[id]()
    let checked = 0
    for (const setting of SETTINGS) {
      if (!driver.capabilities.has(setting.set) || !knows(id, setting)) continue
      expect(await apply(setting), `${setting.set} ${setting.value}`).toEqual({
        ok: true,
        value: { readBack: true, held: setting.value },
      })
      if (setting.set === 'power') break
      const seen = await observe()
      assert(seen.ok, JSON.stringify(seen))
      expect(seen.value[setting.set], setting.set).toBe(setting.value)
      checked += 1
    }
    expect(checked).toBe({ 'lg-rs232': 2, 'samsung-mdc': 3, 'nec-display': 3, 'nec-m551': 3, 'pjlink-class2': 3 }[id])
    expect(driver.stats().timeouts).toBe(0)
    await driver.close()
  })

  it('tells health: no failure, and the temperature where there is one', async () => {
    const { driver, observe, identify, profile } = RIGS[id]()
    const seen = await observe()
    assert(seen.ok, JSON.stringify(seen))
    expect(seen.value.power).toBe(true)
    const { sensors } = seen.value
    assert(sensors)
    expect(sensors.length).toBe(profile.telemetry.length)
    expect(sensors.filter(({ what, value }) => what === 'failure' && value === true)).toEqual([])
    expect(sensors.filter(({ what }) => what === 'failure').length).toBeGreaterThan(0)
    if (profile.display?.temperature !== null) expect(seen.value.temperature).toBeGreaterThan(20)
    expect(await identify()).toMatchObject({ ok: true })
    await driver.close()
  })

  it('notices a display that says yes and does nothing', async () => {
    const { driver, apply, setFaults } = RIGS[id]()
    setFaults({ lyingReadBack: true })
    expect(await apply({ set: 'blackout', value: true })).toMatchObject({ ok: false, error: { kind: 'mismatch' } })
    await driver.close()
  })
})

describe('the one driver', () => {
  it('says that the password of a projector is wrong', async () => {
    const { driver, identify } = rig('pjlink-class1', { password: 'other' }, (now) =>
      createPjlinkSim({ class: 1, password: PASSWORD, salt: () => '0badcafe', ...quick(now) }),
    )
    expect(await identify()).toMatchObject({ ok: false, error: { detail: 'wrong password (ERRA)' } })
    await driver.close()
  })

  it('says of a display with secured MDC what to do', async () => {
    const { driver, identify } = rig('samsung-mdc', { id: 1 }, (now) =>
      createMdcSim({ id: 1, secured: true, ...quick(now) }),
    )
    expect(JSON.stringify(await identify())).toContain('Secured Protocol')
    await driver.close()
  })

  it('looks at a display in standby without losing it', async () => {
    let checked = 0
    for (const id of ['samsung-mdc', 'lg-rs232', 'nec-display'] as const) {
      const { driver, apply, observe } = RIGS[id]()
      expect(await apply({ set: 'power', value: false })).toEqual({ ok: true, value: { readBack: true, held: false } })
      const seen = await observe()
      assert(seen.ok, JSON.stringify(seen))
      expect(seen.value.power).toBe(false)
      expect(await apply({ set: 'power', value: true })).toEqual({ ok: true, value: { readBack: true, held: true } })
      checked += 1
      await driver.close()
    }
    expect(checked).toBe(3)
  })
})
