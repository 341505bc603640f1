import { readFileSync } from 'node:fs'
import { assert, expect, it } from 'vitest'
import { openDisplay } from '../../driver/open.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import { createPjlinkSim } from '../../sim/pjlink.ts'
import { serveOnMemory } from '../../sim/serve.ts'
import { virtualTime } from '../../sim/virtual-time.ts'

const AT_MOST = 60_000
const rig = (password: string) => {
  const file = 'firmware-profiles/pjlink-class1.json'
  const profile = loadProfile(file, readFileSync(file, 'utf8'))
  assert(profile.ok, JSON.stringify(profile))
  const time = virtualTime()
  const salts = ['00000001', '00000002', '00000003', '00000004']
  const device = createPjlinkSim({
    class: 1,
    password: 'cua khau',
    salt: () => salts.shift() ?? '',
    now: time.now,
    warmUpMs: 0,
    coolDownMs: 0,
  })
  const { link, cable, reconnect } = serveOnMemory({ device, seed: 1, faults: {}, wake: time.wake })
  const driver = openDisplay({
    profile: profile.value,
    address: { password },
    link,
    clock: time.clock,
    wake: time.wake,
    log: () => {},
  })
  const { signal } = new AbortController()
  const observe = () => time.until(driver.observe(signal), AT_MOST)
  return { device, driver, time, observe, signal, cable, reconnect }
}

it('stays connected through refusals: a projector in standby answers ERR3 and is not greeted anew', async () => {
  const { device, driver, time, observe, signal } = rig('cua khau')
  expect(await time.until(driver.apply({ set: 'power', value: false }, signal), AT_MOST)).toMatchObject({ ok: true })
  for (let look = 0; look < 3; look++)
    expect(await observe()).toMatchObject({ ok: true, value: { power: false, blackout: null } })
  expect(driver.stats().timeouts).toBe(0)
  expect(device.state()).toMatchObject({ connections: 1, lateDigests: 0 })
  await driver.close()
})

it('hears a greeting that came while nobody asked anything', async () => {
  const { device, driver, time, observe, cable, reconnect } = rig('cua khau')
  expect(await observe()).toMatchObject({ ok: true, value: { power: true } })
  cable.vanish()
  cable.comeBack()
  await time.advance(500)
  reconnect()
  await time.advance(10_000)
  expect(await observe()).toMatchObject({ ok: true, value: { power: true } })
  expect(driver.stats().timeouts).toBe(0)
  expect(device.state()).toMatchObject({ connections: 2, wrongPasswords: 0 })
  await driver.close()
})

it('says each time that the password is wrong', async () => {
  const { driver, observe } = rig('other')
  expect(await observe()).toMatchObject({ ok: false, error: { detail: 'wrong password (ERRA)' } })
  await driver.close()
})
