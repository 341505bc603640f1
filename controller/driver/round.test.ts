import { describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import type { DisplayObservation, LinkFault } from '#core/screen/display.ts'
import type { Values } from '../dialect/dialect.ts'
import type { SimDevice } from '../sim/device.ts'
import { createLgSim } from '../sim/lg.ts'
import { createMdcSim } from '../sim/mdc.ts'
import { createNecSim } from '../sim/nec.ts'
import { createNovastarSim } from '../sim/novastar.ts'
import { createOnbonSim } from '../sim/onbon.ts'
import { createPjlinkSim } from '../sim/pjlink.ts'
import { shippedProfile } from '../sim/profiles.ts'
import { serveOnMemory } from '../sim/serve.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { openDisplay } from './open.ts'

const never = new AbortController().signal
/** Far above any single thing the driver does; virtual milliseconds. */
const HANG = 120_000

const rig = (id: string, address: Values, simOf: (now: () => number) => SimDevice) => {
  const time = virtualTime()
  const profile = shippedProfile(id)
  const { link, setFaults } = serveOnMemory({ device: simOf(time.now), seed: 5, faults: {}, wake: time.wake })
  const driver = openDisplay({ profile, address, link, clock: time.clock, wake: time.wake, log: () => {} })
  return {
    time,
    profile,
    driver,
    setFaults,
    observe: () => time.until(driver.observe(never), HANG),
    identify: () => time.until(driver.identify(never), HANG),
    apply: (setting: Parameters<typeof driver.apply>[0]) => time.until(driver.apply(setting, never), HANG),
  }
}

/** A sender with 4 + 2 cards, of which one (or its ribbon) is bad in this way. The frame says port and card; device type 1 is a card. */
const sender = (bad: { readonly port: number; readonly card: number }, how: 'silent' | 1 | 2 | 3 | 4) =>
  rig('novastar-mctrl300', {}, () => {
    const sim = createNovastarSim({ model: 'mctrl300', cards: [4, 2] })
    const isBad = (q: Uint8Array) => q[6] === 1 && q[7] === bad.port && q[8] === bad.card && q[9] === 0
    return {
      ...sim,
      answer: (q) => {
        if (!isBad(q)) return sim.answer(q)
        const refusal = how === 'silent' ? null : sim.refuse(q, how)
        return refusal === null ? [] : [refusal]
      },
    }
  })

const HOWS = ['silent', 1, 2, 3, 4] as const

describe('one bad card', () => {
  test.each(HOWS)(
    '%s in the middle: cards before it are counted, the rest of the wall is seen, for ever',
    async (how) => {
      const { observe, driver } = sender({ port: 0, card: 2 }, how)
      for (let round = 0; round < 12; round++) {
        const seen = await observe()
        assert(seen.ok, JSON.stringify(seen))
        expect(seen.value).toMatchObject({ cards: 4, brightness: expect.any(Number), blackout: expect.any(Boolean) })
        expect(driver.stats().quarantined).toBe(false)
      }
    },
  )

  test.each(HOWS)(
    '%s at the very place where settings are read back: they are unknown, the sender is not',
    async (how) => {
      const { observe, driver } = sender({ port: 0, card: 0 }, how)
      for (let round = 0; round < 4; round++) {
        const seen = await observe()
        assert(seen.ok, JSON.stringify(seen))
        expect(seen.value).toMatchObject({ cards: 2, model: 'MCTRL300', brightness: null, blackout: null })
        expect(driver.stats().quarantined).toBe(false)
      }
    },
  )

  test('writes to it fail as what they are, and do not silence the sender', async () => {
    const { apply, driver, observe } = sender({ port: 0, card: 0 }, 3)
    for (let i = 0; i < 8; i++)
      expect(await apply({ set: 'blackout', value: true })).toMatchObject({ ok: false, error: { kind: 'checksum' } })
    expect(driver.stats().quarantined).toBe(false)
    expect(await observe()).toMatchObject({ ok: true })
  })

  test('a sender that falls silent in the middle of a look ends it', async () => {
    const { observe, setFaults, driver, time } = sender({ port: 3, card: 0 }, 1)
    expect(await observe()).toMatchObject({ ok: true })
    const looking = driver.observe(never)
    await time.advance(30)
    setFaults({ dropChance: 1 })
    expect(await time.until(looking, HANG)).toMatchObject({ ok: false, error: { kind: 'timeout' } })
    for (let i = 0; i < 3; i++) await observe()
    expect(driver.stats().quarantined).toBe(true)
    expect(await observe()).toMatchObject({ ok: false, error: { kind: 'quarantined' } satisfies Partial<LinkFault> })
  })
})

const quick = (now: () => number) => ({ now, warmUpMs: 0, coolDownMs: 0 })
const MONITORS = {
  'lg-rs232': () => rig('lg-rs232', { id: 7 }, (now) => createLgSim({ id: 7, idDigits: 2, ...quick(now) })),
  'samsung-mdc': () => rig('samsung-mdc', { id: 7 }, (now) => createMdcSim({ id: 7, secured: false, ...quick(now) })),
  'nec-display': () =>
    rig('nec-display', { id: 7 }, (now) => createNecSim({ id: 7, silentWrites: false, ...quick(now) })),
  'nec-m551': () => rig('nec-m551', { id: 7 }, (now) => createNecSim({ id: 7, silentWrites: true, ...quick(now) })),
  'pjlink-class1': () =>
    rig('pjlink-class1', { password: 'cua khau' }, (now) =>
      createPjlinkSim({ class: 1, password: 'cua khau', salt: () => '0badcafe', ...quick(now) }),
    ),
  'pjlink-class2': () =>
    rig('pjlink-class2', { password: 'cua khau' }, (now) =>
      createPjlinkSim({ class: 2, password: 'cua khau', salt: () => '0badcafe', ...quick(now) }),
    ),
} as const

describe.each(Object.keys(MONITORS) as (keyof typeof MONITORS)[])('%s in standby', (id) => {
  test('refuses nearly everything and still is seen, as off; and on again', async () => {
    const { apply, observe, driver } = MONITORS[id]()
    expect(await apply({ set: 'power', value: false })).toMatchObject({ ok: true, value: { held: false } })
    for (let look = 0; look < 3; look++) {
      const seen = await observe()
      assert(seen.ok, JSON.stringify(seen))
      expect(seen.value).toMatchObject({ power: false } satisfies Partial<DisplayObservation>)
      expect(seen.value.sensors.length).toBeGreaterThan(0)
    }
    expect(await apply({ set: 'power', value: true })).toMatchObject({ ok: true, value: { held: true } })
    expect(await observe()).toMatchObject({ ok: true, value: { power: true } })
    expect(driver.stats().quarantined).toBe(false)
    await driver.close()
  })

  test('power is what is asked first, after who it is', async () => {
    const { driver, observe, profile } = MONITORS[id]()
    await observe()
    const { display } = profile
    assert(display?.power?.readBack, 'a display with power')
    const sent = driver
      .stats()
      .recent()
      .flatMap(({ direction, text }) => (direction === 'sent' ? [text] : []))
    const asked = sent.filter((text) => !/greeting|readClass/.test(text))
    const place = asked.findIndex((text) => text.includes(display.power?.readBack ?? ''))
    expect(place).toBe(display.identify === null || /readClass/.test(display.identify) ? 0 : 1)
    await driver.close()
  })
})

describe('what a setting came to', () => {
  test('held is what the device can hold, with and without a read-back', async () => {
    const { apply, profile } = rig('onbon-bx5k', {}, (now) =>
      createOnbonSim({ screen: 1, deviceType: 0x51, now, programs: [] }),
    )
    const done = await apply({ set: 'brightness', value: 50 as never })
    assert(done.ok, JSON.stringify(done))
    expect(done.value.held).not.toBe(50)
    expect(done.value.held).toBeCloseTo(50, -1)
    expect(done.value.readBack).toBe(profile.display?.brightness?.readBack !== null)
  })

  test('a read-back that fails is that failure, not a success', async () => {
    const { apply, time, setFaults, driver } = rig('lg-rs232', { id: 7 }, (now) =>
      createLgSim({ id: 7, idDigits: 2, ...quick(now) }),
    )
    expect(await apply({ set: 'blackout', value: false })).toEqual({ ok: true, value: { readBack: true, held: false } })
    // The first answer is that of the write; the next question is the read-back.
    const applying = driver.apply({ set: 'blackout', value: true }, never)
    const answers = () =>
      driver
        .stats()
        .recent()
        .filter(({ direction }) => direction === 'received').length
    const before = answers()
    while (answers() === before) await time.advance(1)
    setFaults({ dropChance: 1 })
    expect(await time.until(applying, HANG)).toMatchObject({ ok: false, error: { kind: 'timeout' } })
  })
})
