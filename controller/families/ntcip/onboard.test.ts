import { describe, expect, test } from 'vitest'
import { percent } from '#core/base/units.ts'
import { openBus } from '../../bus/bus.ts'
import type { OnboardShow } from '../../dialect/onboard.ts'
import { dialectOf } from '../../dialect/open.ts'
import { openDriver } from '../../driver/driver.ts'
import { createNtcipSim } from '../../sim/ntcip.ts'
import { serveOnMemory } from '../../sim/serve.ts'
import { virtualTime } from '../../sim/virtual-time.ts'
import { messageCrc } from './message.ts'
import { openNtcipOnboard } from './onboard.ts'
import { type ProfileId, profileNamed } from './testing.ts'

const never = new AbortController().signal
const MINUTE = 60_000

/** A sign on a memory line, in virtual time, with everything the edge puts in front of it. */
const world = (id: ProfileId = 'ntcip-1203') => {
  const time = virtualTime()
  const profile = profileNamed(id)
  const sim = createNtcipSim({ framing: profile.framing, community: 'b1', unit: 7, now: time.now })
  const served = serveOnMemory({ device: sim, seed: 1, faults: {}, wake: time.wake })
  const bus = openBus({ link: served.link, clock: time.clock, wake: time.wake, log: () => {} })
  const unit = profile.framing === 'pmpp' ? { unit: 7 } : {}
  const address = { community: 'b1', ...unit, brightnessLevels: 16 }
  const device = bus.attach({ name: 'sign', dialect: dialectOf(profile), address })
  const onboard = openNtcipOnboard({
    ask: device.ask,
    profile,
    wake: time.wake,
    panel: { lines: 3, columns: 18 },
    layout: { line: 'centre', page: 'middle', font: null },
    owner: 'bangtin',
    requester: '10.0.0.5',
  })
  const run = <T>(promise: Promise<T>): Promise<T> => time.until(promise, 30_000)
  const show = (text: string, change: Partial<OnboardShow> = {}) =>
    run(
      onboard.show(
        { pages: [{ text, picture: null, seconds: 10 }], priority: 100, staleAfterSeconds: 600, ...change },
        never,
      ),
    )
  return { time, sim, served, bus, device, onboard, run, show, driver: openDriver(device) }
}

describe.each(['ntcip-1203', 'ntcip-1203-serial'] as const)('%s', (id) => {
  test('a message is written, checked, shown, guarded and read back', async () => {
    const { show, sim, onboard, run } = world(id)
    expect(await show('CUA KHAU\nMA LU THANG')).toEqual({ ok: true, value: { readBack: true } })
    const multi = '[jp3][jl3]CUA KHAU[nl]MA LU THANG'
    const crc = Number.parseInt(messageCrc({ multi, beacon: 0, pixelService: 0 }), 16)
    expect(sim.state()).toMatchObject({
      text: multi,
      source: { memory: 3, number: 1, crc },
      priority: 100,
      requester: '10.0.0.5',
      minutesRemaining: 65_535,
      commLossMinutes: 10,
      fallback: {
        commLoss: { memory: 7, number: 1 },
        longRecovery: { memory: 7, number: 1 },
        endDuration: { memory: 3, number: 1, crc },
      },
    })
    expect(await run(onboard.status(never))).toMatchObject({
      ok: true,
      value: { controlMode: 'central', sourceMode: 'central', minutesRemaining: null, ours: true },
    })
  })
})

test('an emergency is run-time priority 255, and what follows it still gets through', async () => {
  const { show, sim } = world()
  await show('BINH THUONG')
  expect(await show('LU QUET', { priority: 255 })).toMatchObject({ ok: true })
  expect(sim.state()).toMatchObject({ text: '[jp3][jl3]LU QUET', priority: 255 })
  expect(await show('HET LU')).toMatchObject({ ok: true })
  expect(sim.state().priority).toBe(100)
})

test('pages have their times', async () => {
  const { show, sim } = world()
  const pages = ['MOT', 'HAI'].map((text, i) => ({ text, picture: null, seconds: 3 + i * 60 }))
  expect(await show('', { pages })).toMatchObject({ ok: true })
  expect(sim.state().text).toBe('[pt30o0][jp3][jl3]MOT[np][pt255o0][jp3][jl3]HAI')
})

test('what cannot be shown as it is, is refused, and the screen stays', async () => {
  const { show, sim, onboard } = world()
  await show('CU')
  const before = sim.state()
  const page = { text: 'X', picture: null, seconds: 1 }
  const wrong: readonly [Partial<OnboardShow>, string][] = [
    [{ pages: [{ ...page, text: 'Cửa khẩu' }] }, 'base fonts'],
    [{ pages: [{ ...page, text: 'A\nB\nC\nD' }] }, '4 lines'],
    [{ pages: [{ ...page, text: 'THIS LINE IS TOO LONG' }] }, 'longer than 18'],
    [{ pages: [{ ...page, picture: new Uint8Array(1) }] }, 'picture'],
    [{ pages: [] }, '0 pages'],
    [{ pages: Array.from({ length: 7 }, () => page) }, '7 pages'],
  ]
  for (const [change, why] of wrong)
    expect(await show('', change)).toMatchObject({
      ok: false,
      error: { kind: 'unsupported', detail: expect.stringContaining(why) },
    })
  expect(sim.state()).toEqual(before)
  expect(onboard.refuse('Cửa khẩu')).toContain('ử ẩ')
  expect(onboard.refuse('CUA KHAU [2]\nOK')).toBeNull()
})

test('the sign’s own reasons are passed on: local control, its text checker', async () => {
  const { show, sim } = world()
  await show('CU')
  sim.sign.setControlSwitch(2)
  expect(await show('MOI')).toMatchObject({
    ok: false,
    error: { kind: 'refused', detail: expect.stringContaining('local') },
  })
  sim.sign.setControlSwitch(4)
  expect(sim.state().text).toBe('[jp3][jl3]CU')
  const strict = world()
  const small = createNtcipSim({ framing: 'udp', community: 'b1', unit: 0, now: strict.time.now, mostLines: 1 })
  const served = serveOnMemory({ device: small, seed: 1, faults: {}, wake: strict.time.wake })
  const bus = openBus({ link: served.link, clock: strict.time.clock, wake: strict.time.wake, log: () => {} })
  const profile = profileNamed('ntcip-1203')
  const device = bus.attach({ name: 'small', dialect: dialectOf(profile), address: { community: 'b1' } })
  const options = { ask: device.ask, profile, wake: strict.time.wake, panel: null, owner: 'b', requester: '0.0.0.0' }
  const onboard = openNtcipOnboard({ ...options, layout: { line: 'left', page: 'top', font: null } })
  const pages = [{ text: 'A\nB', picture: null, seconds: 1 }]
  expect(await strict.run(onboard.show({ pages, priority: 1, staleAfterSeconds: null }, never))).toMatchObject({
    ok: false,
    error: { kind: 'unsupported', detail: expect.stringContaining('too much text') },
  })
})

test('a dead daemon: the sign goes dark by itself after the agreed time; without a guard the message stays', async () => {
  const { show, sim, time } = world()
  await show('CANH BAO', { staleAfterSeconds: 90 })
  await time.advance(MINUTE)
  expect(sim.state().text).toContain('CANH BAO')
  await time.advance(MINUTE + 1000)
  expect(sim.state()).toMatchObject({ text: '', mode: 12 })
  expect(await show('O LAI', { staleAfterSeconds: null })).toMatchObject({ ok: true })
  await time.advance(24 * 60 * MINUTE)
  expect(sim.state().text).toContain('O LAI')
  sim.powerCycle()
  expect(sim.state().text).toContain('O LAI')
})

test('a power cut with a guard ends in the dark, and the status says that it is not ours', async () => {
  const { show, sim, onboard, run } = world()
  await show('CANH BAO')
  sim.powerCycle()
  expect(sim.state().text).toBe('')
  expect(await run(onboard.status(never))).toMatchObject({
    ok: true,
    value: { sourceMode: 'powerRecovery', ours: false },
  })
})

test('clear is blank 1, and nothing comes back from it', async () => {
  const { show, sim, onboard, run, driver } = world()
  await show('CU', { priority: 255 })
  expect(await run(onboard.clear(never))).toEqual({ ok: true, value: { readBack: true } })
  expect(sim.state()).toMatchObject({ text: '', source: { memory: 7, number: 1 }, priority: 1 })
  if (driver === null) throw new Error('no driver')
  for (const value of [true, false])
    expect(await run(driver.apply({ set: 'blackout', value }, never))).toMatchObject({ ok: true })
  expect(sim.state()).toMatchObject({ text: '', source: { memory: 7, number: 1 } })
})

test('content put up during a blackout stays behind it, also an emergency, and appears when it ends', async () => {
  const { show, sim, onboard, run, driver } = world()
  if (driver === null) throw new Error('no driver')
  await show('CU')
  await run(driver.apply({ set: 'blackout', value: true }, never))
  expect(await show('LU QUET', { priority: 255 })).toEqual({ ok: true, value: { readBack: true } })
  expect(sim.state()).toMatchObject({ text: '', source: { memory: 7, number: 255 } })
  expect(await run(onboard.status(never))).toMatchObject({ ok: true, value: { ours: true } })
  expect(await run(driver.apply({ set: 'blackout', value: false }, never))).toMatchObject({ ok: true })
  expect(sim.state()).toMatchObject({ text: '[jp3][jl3]LU QUET', priority: 255 })
  expect(await run(onboard.status(never))).toMatchObject({ ok: true, value: { ours: true, sourceMode: 'endDuration' } })
  await run(driver.apply({ set: 'blackout', value: true }, never))
  expect(await run(onboard.clear(never))).toEqual({ ok: true, value: { readBack: true } })
  expect(sim.state().source).toMatchObject({ memory: 7, number: 255 })
})

test('a sign that says yes and does nothing is caught', async () => {
  const { show, sim } = world()
  await show('CU')
  sim.lie(true)
  expect(await show('MOI')).toMatchObject({ ok: false })
  expect(sim.state().text).toContain('CU')
})

describe('the generic driver', () => {
  test('brightness and blackout are written and read back; un-blackout brings the message back', async () => {
    const { driver, run, sim, show } = world()
    if (driver === null) throw new Error('no driver')
    await show('CUA KHAU')
    expect(driver.capabilities).toEqual(new Set(['brightness', 'blackout']))
    expect(await run(driver.apply({ set: 'brightness', value: percent(40) }, never))).toEqual({
      ok: true,
      value: { readBack: true, held: 37.5 },
    })
    expect(sim.state()).toMatchObject({ level: 6, illumination: 5 })
    expect(await run(driver.apply({ set: 'blackout', value: true }, never))).toEqual({
      ok: true,
      value: { readBack: true, held: true },
    })
    expect(sim.state()).toMatchObject({ text: '', source: { memory: 7, number: 255 }, priority: 255 })
    expect(await run(driver.observe(never))).toMatchObject({ ok: true, value: { blackout: true } })
    for (let twice = 0; twice < 2; twice++)
      expect(await run(driver.apply({ set: 'blackout', value: false }, never))).toEqual({
        ok: true,
        value: { readBack: true, held: false },
      })
    expect(sim.state()).toMatchObject({ text: '[jp3][jl3]CUA KHAU', priority: 100, mode: 14 })
  })

  test('what the sign feels becomes sensors', async () => {
    const { driver, run, sim } = world()
    if (driver === null) throw new Error('no driver')
    sim.sign.setDoors(0b10)
    sim.sign.setTemperature(61, true)
    const seen = await run(driver.observe(never))
    if (!seen.ok) throw new Error(seen.error.detail)
    expect(seen.value).toMatchObject({ temperature: 61, blackout: false, brightness: 0 })
    const felt = new Map(seen.value.sensors.map((one) => [`${one.what} ${one.where}`, one.value]))
    expect(felt.get('door any door')).toBe(true)
    expect(felt.get('temperature housing')).toBe(61)
    expect(felt.get('failure critical temperature')).toBe(true)
    expect(felt.get('failure pixels')).toBe(false)
    expect(felt.size).toBe(17)
  })

  test('lost, late and garbled answers are asked again', async () => {
    const { driver, run, served, sim } = world('ntcip-1203-serial')
    if (driver === null) throw new Error('no driver')
    served.setFaults({ dropChance: 0.2, garbleChance: 0.2, wrongChecksumChance: 0.1 })
    let good = 0
    for (let i = 0; i < 20; i++)
      if ((await run(driver.apply({ set: 'brightness', value: percent(10 + i * 4) }, never))).ok) good += 1
    expect(good).toBeGreaterThan(10)
    served.setFaults({})
    expect(await run(driver.apply({ set: 'brightness', value: percent(100) }, never))).toMatchObject({ ok: true })
    expect(sim.state().level).toBe(16)
  })
})
