import { describe, expect, test } from 'vitest'
import { percent } from '#core/base/units.ts'
import { type DisplaySetting, TEST_PATTERNS } from '#core/screen/display.ts'
import { MOST_RECENT } from '../bus/meter.ts'
import { emergencyLatency } from '../profile/latency.ts'
import type { SimFaults } from '../sim/behaviours.ts'
import { profileOf } from '../sim/profiles.ts'
import { simulateOnMemory } from '../sim/sender.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { openDisplay } from './open.ts'

const profile = profileOf('mctrl300')
const never = new AbortController().signal
const silent = () => {}
const INPUTS = ['dvi', 'dual-dvi', 'hdmi', 'sdi', 'dp', 'hdmi14']

const world = (faults: Partial<SimFaults>, seed: number) => {
  const time = virtualTime()
  const sim = simulateOnMemory({ model: 'mctrl300', cards: 2, seed, faults, log: silent, wake: time.wake })
  const driver = openDisplay({ profile, address: {}, link: sim.link, clock: time.clock, wake: time.wake, log: silent })
  /** Longest virtual wait for one call: a whole observation with every attempt used. */
  const run = <T>(promise: Promise<T>) => time.until(promise, 60_000)
  return { time, driver, run, ...sim }
}

describe('driver over memory in virtual time', () => {
  test('every setting is written, read back and seen by the display; nothing is ever stored', async () => {
    const { driver, run, display } = world({}, 1)
    const settings: DisplaySetting[] = [
      { set: 'brightness', value: percent(0) },
      { set: 'brightness', value: percent(33) },
      { set: 'blackout', value: true },
      { set: 'blackout', value: false },
      { set: 'freeze', value: true },
      { set: 'freeze', value: false },
      ...INPUTS.map((value) => ({ set: 'input' as const, value })),
      ...TEST_PATTERNS.map((value) => ({ set: 'testPattern' as const, value })),
    ]
    for (const setting of settings) {
      expect(await run(driver.apply(setting, never))).toEqual({
        ok: true,
        value: { readBack: true, held: setting.value },
      })
      const state: Record<string, unknown> = { ...display.state() }
      expect(state[setting.set]).toBe(setting.value)
    }
    expect(settings.length).toBe(6 + 6 + 10)
    expect(display.state().forbiddenWrites).toBe(0)
    expect(driver.stats().recent().length).toBe(MOST_RECENT)
  })

  test('brightness never exceeds the limit of the profile, whatever is asked', async () => {
    const { driver, run, display } = world({}, 1)
    expect(driver.brightnessLimit).toBe(90)
    expect(await run(driver.apply({ set: 'brightness', value: percent(100) }, never))).toEqual({
      ok: true,
      value: { readBack: true, held: 90 },
    })
    expect(display.state().brightness).toBe(90)
  })

  test('an input the profile does not know is unsupported and nothing is chosen', async () => {
    const { driver, run, display } = world({}, 1)
    expect(await run(driver.apply({ set: 'input', value: 'vga' }, never))).toMatchObject({
      ok: false,
      error: { kind: 'unsupported' },
    })
    expect(display.state().input).toBe('dvi')
  })

  test('a display that lies is a mismatch', async () => {
    const { driver, run } = world({ lyingReadBack: true }, 1)
    expect(await run(driver.apply({ set: 'blackout', value: true }, never))).toMatchObject({
      ok: false,
      error: { kind: 'mismatch', detail: 'blackout: wrote true, reads back false' },
    })
  })

  test.each([
    ['dropChance', { dropChance: 1 }, 'timeout'],
    ['wrong checksums', { wrongChecksumChance: 1 }, 'checksum'],
    ['babble instead of answers', { babbleChance: 1, lateChance: 1, lateMs: 5000 }, 'garbled'],
    ['ACK 01', { ackErrorChance: 1, ackError: 1 }, 'unreachable'],
    ['ACK 02', { ackErrorChance: 1, ackError: 2 }, 'checksum'],
    ['ACK 03', { ackErrorChance: 1, ackError: 3 }, 'checksum'],
    ['ACK 04', { ackErrorChance: 1, ackError: 4 }, 'refused'],
  ] as const)('%s', async (_, faults, kind) => {
    const { driver, run } = world(faults, 7)
    expect(await run(driver.identify(never))).toMatchObject({ ok: false, error: { kind } })
  })

  test('on a bad line (10 % dropped, 10 % flipped, babble) the retries still get everything right', async () => {
    let done = 0
    let retried = 0
    for (let seed = 1; seed <= 20; seed++) {
      const { driver, run, display } = world({ dropChance: 0.1, garbleChance: 0.1, babbleChance: 0.2 }, seed)
      for (const value of [true, false, true]) {
        const result = await run(driver.apply({ set: 'blackout', value }, never))
        if (!result.ok) continue
        expect(display.state().blackout).toBe(value)
        done += 1
      }
      retried += driver.stats().retries
      expect(display.state().forbiddenWrites).toBe(0)
    }
    expect(done).toBeGreaterThan(54)
    expect(retried).toBeGreaterThan(5)
  })

  test('a silent display is quarantined, answered for at once, probed, and used again when it speaks', async () => {
    const { driver, run, setFaults, time } = world({ dropChance: 1 }, 1)
    for (let i = 0; i < profile.timing.quarantineAfter; i++)
      expect(await run(driver.identify(never))).toMatchObject({ ok: false, error: { kind: 'timeout' } })
    expect(driver.stats().quarantined).toBe(true)
    const before = time.now()
    const exchanges = driver.stats().exchanges
    expect(await run(driver.identify(never))).toMatchObject({ ok: false, error: { kind: 'quarantined' } })
    expect(time.now() - before).toBe(0)
    expect(driver.stats().exchanges).toBe(exchanges)
    setFaults({})
    await time.advance(profile.timing.probeMs)
    expect(await run(driver.identify(never))).toMatchObject({ ok: true })
    expect(driver.stats()).toMatchObject({ quarantined: false, reopened: 0 })
  })

  test('a vanished link fails at once and is back within 2 s of returning', async () => {
    const { driver, run, device, time } = world({}, 1)
    expect((await run(driver.identify(never))).ok).toBe(true)
    const asking = driver.identify(never)
    // Past the gap of 2 ms, within the 2 ms in which the display thinks.
    await time.advance(3)
    device.vanish()
    expect(await run(asking)).toMatchObject({ ok: false, error: { kind: 'closed' } })
    await time.advance(60_000)
    expect(await run(driver.identify(never))).toMatchObject({ ok: false, error: { kind: 'not-open' } })
    device.comeBack()
    await time.advance(2000)
    expect((await run(driver.identify(never))).ok).toBe(true)
    expect(driver.stats().reopened).toBe(1)
  })

  test('an abort ends a wait at once; a setting passes a long observation', async () => {
    const { driver, run, time, setFaults, display } = world({}, 1)
    const watching = driver.observe(never)
    const applied = await run(driver.apply({ set: 'blackout', value: true }, never))
    expect(applied.ok).toBe(true)
    expect(time.now()).toBeLessThan(100)
    expect(display.state().blackout).toBe(true)
    expect(await run(watching)).toMatchObject({ ok: true, value: { cards: 2 } })
    setFaults({ dropChance: 1 })
    const giveUp = new AbortController()
    const asking = driver.identify(giveUp.signal)
    const before = time.now()
    await time.advance(50)
    giveUp.abort()
    expect(await run(asking)).toMatchObject({ ok: false, error: { kind: 'aborted' } })
    expect(time.now() - before).toBe(50)
  })

  test('while the link answers at all, an emergency is shown within the computed bound', async () => {
    const link = profile.links[0]
    const bound = link ? emergencyLatency(profile, link).worstMs : 0
    let worst = 0
    for (let seed = 1; seed <= 30; seed++) {
      const { driver, run, time } = world({ dropChance: 0.3 }, seed)
      void driver.observe(never)
      await time.advance(5)
      const began = time.now()
      const emergency: DisplaySetting[] = [
        { set: 'brightness', value: percent(90) },
        { set: 'blackout', value: false },
        { set: 'testPattern', value: 'none' },
        { set: 'freeze', value: false },
      ]
      for (const setting of emergency) await run(driver.apply(setting, never))
      worst = Math.max(worst, time.now() - began)
    }
    expect(worst).toBeGreaterThan(400)
    expect(worst).toBeLessThanOrEqual(bound)
  })

  test('too many callers are turned away, not queued without end', async () => {
    const { driver, run } = world({}, 1)
    const all = await run(Promise.all(Array.from({ length: 100 }, () => driver.identify(never))))
    expect(all.filter((r) => !r.ok && r.error.kind === 'aborted').length).toBeGreaterThan(0)
    expect(all.filter((r) => r.ok).length).toBeGreaterThan(30)
    await run(driver.close())
    expect(await run(driver.identify(never))).toMatchObject({ ok: false, error: { kind: 'aborted' } })
  })
})
