import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { type FleetHub, makeFleetHub, mannerOf } from '../support/fleet-hub.ts'
import { FAIR, type LossyLine, startLossyLine } from '../support/lossy.ts'
import { judge, release, type Sent } from './orders.ts'

/** The short form of the lossy network: a line in user space, times a tenth of the real ones. The long form: README.md. */
const EDGES = 20
const LONG_MS = 60_000
const WEATHER = { delayMs: 60, lost: 0.3, againMs: 150, reset: 0.02 }
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

let hub: FleetHub
let line: LossyLine
let fleet: Fleet
beforeAll(async () => {
  hub = await makeFleetHub({ sites: EDGES, within: null, tls: false, host: '127.0.0.1', before: [], nodeArgs: [] })
  await hub.start()
  line = await startLossyLine(hub.url(), 5)
  const manner = mannerOf(hub, {
    url: line.url.replace('http', 'ws'),
    redialMs: [50, 400],
    silenceMs: 8_000,
    receiptAgainMs: 1_000,
    showMs: 20,
    spread: false,
  })
  fleet = await startFleet({ seats: hub.seats, manner, processes: 1, within: [] })
  await fleet.dial()
  await fleet.untilConnected(LONG_MS)
})
afterAll(async () => {
  await fleet?.stop()
  await line?.stop()
  await hub?.remove()
})

it('over a line that loses, delays, resets and breaks, every order in force is on every screen once, and none after its end', async () => {
  const officer = await hub.officer('tructinh')
  const sent: Sent[] = []
  line.setWeather(WEATHER)
  for (const broken of [false, true, false, true]) {
    line.setCut(broken)
    // One that holds, and one that runs out before a broken line is whole again.
    sent.push(await release(officer, hub.seats, 3_600_000))
    sent.push(await release(officer, hub.seats, 500))
    await pause(600)
  }
  line.setCut(false)
  line.setWeather({ ...FAIR, delayMs: 5 })
  for (const { id } of sent.filter((one) => one.expiresAt > Date.now()))
    await fleet.untilAcknowledged(id, 'shown', LONG_MS)
  const seen = await judge(fleet, sent, Date.now())
  expect(seen.faults).toEqual([])
  expect(seen.orders).toBe(8)
  expect(seen.shown).toBeGreaterThanOrEqual(4 * EDGES)
  const { resets, late } = line.counts()
  expect([resets > 0, late > 0]).toEqual([true, true])
}, 180_000)
