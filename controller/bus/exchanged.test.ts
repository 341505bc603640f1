import { expect, test } from 'vitest'
import { dialectOf } from '../dialect/open.ts'
import { createModbusSim } from '../sim/modbus.ts'
import { shippedProfile } from '../sim/profiles.ts'
import { serveOnMemory } from '../sim/serve.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { openBus } from './bus.ts'
import { MOST_EXCHANGES } from './meter.ts'

const world = () => {
  const time = virtualTime()
  const sensor = createModbusSim({ model: 'xy-md02', framing: 'rtu', unit: 2, now: time.now })
  const served = serveOnMemory({ device: sensor, seed: 2, faults: {}, wake: time.wake })
  const bus = openBus({ link: served.link, clock: time.clock, wake: time.wake, log: () => {} })
  const device = bus.attach({
    name: 'climate',
    dialect: dialectOf(shippedProfile('generic-xy-md02')),
    address: { unit: 2 },
  })
  const ask = () =>
    time.until(
      device.ask({ command: 'readClimate', parameters: {}, urgent: false, signal: new AbortController().signal }),
      120_000,
    )
  return { time, served, device, ask }
}

test('each exchange is remembered with its command, frames, length and fault', async () => {
  const { time, served, device, ask } = world()
  await ask()
  const [good] = device.stats().exchanged()
  expect(good).toMatchObject({ command: 'readClimate', attempts: 1, fault: null, at: time.clock.read().wall })
  expect(good?.sent?.hex).toMatch(/^02 04 /)
  expect(good?.received?.hex).toMatch(/^02 04 /)
  expect(Object.keys(good?.values ?? {})).not.toEqual([])
  expect(good?.ms).toBeGreaterThan(0)

  served.setFaults({ dropChance: 1 })
  await ask()
  const silent = device.stats().exchanged().at(-1)
  expect(silent).toMatchObject({ attempts: expect.any(Number), fault: { kind: 'timeout' }, received: null })
  expect(silent?.attempts).toBeGreaterThan(1)
  expect(silent?.sent?.hex).toMatch(/^02 04 /)

  // What comes back spoilt is told as what it was.
  served.setFaults({ wrongChecksumChance: 1 })
  await ask()
  expect(device.stats().exchanged().at(-1)?.fault?.kind).toBe('checksum')
})

test('no more are kept than are said', async () => {
  const { device, ask } = world()
  for (let i = 0; i < MOST_EXCHANGES + 5; i++) await ask()
  expect(device.stats().exchanged().length).toBe(MOST_EXCHANGES)
  expect(device.stats().exchanges).toBe(MOST_EXCHANGES + 5)
})
