import { expect, test } from 'vitest'
import { dayOf, emptyLedger, foldAll } from '#core/airtime/ledger.ts'
import { formatInstant } from '#core/base/time.ts'
import { initial } from '#core/engine/init.ts'
import type { State } from '#core/engine/state.ts'
import { statusOf } from '#core/engine/status.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
import { readingAt, siteFacts } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { airtimeReadings } from './airtime-readings.ts'
import { trustReadings } from './trust-readings.ts'

const DAY_MS = 86_400_000
const policy = shippedPolicy()
const heartbeat = (offsetMs: number): StampedRecord => {
  const at = readingAt(offsetMs)
  const iso = formatInstant(at.wall, policy.zone.offsetMinutes)
  return { at: { wall: at.wall, iso, mono: at.mono, q: at.quality }, boot: at.bootId, kind: 'heartbeat', play: null }
}
const read = (state: State) =>
  airtimeReadings(
    state,
    statusOf(state, {
      clock: state.now,
      playlog: { head: 0, uploaded: 0, bytes: 0, segments: 0, writable: true },
      assets: { bytes: 0, fetching: null, waiting: null },
      process: { rssBytes: 1, uptimeMs: 1 },
      faults: [],
    }),
  )

test('of yesterday it says what the log says, by period with a floor, and nothing where the log says nothing', () => {
  const fresh = initial(siteFacts(), policy, readingAt(DAY_MS))
  expect(read(fresh).yesterdayDelivered).toEqual([])
  // Nothing but heartbeats for a whole day: all of both floors is missing, and no order excuses it.
  const ledger = foldAll(emptyLedger(policy), [heartbeat(0), heartbeat(DAY_MS)])
  const seen = read({ ...fresh, ledger })
  expect(dayOf(ledger, '2026-11-23').periods.length).toBeGreaterThan(1)
  expect(seen.yesterdayDelivered).toEqual([
    { labels: { period: 'morning' }, value: 0 },
    { labels: { period: 'afternoon' }, value: 0 },
  ])
  expect(seen.yesterdayMissing).toEqual([
    { labels: { period: 'morning' }, value: 10_800 },
    { labels: { period: 'afternoon' }, value: 10_800 },
  ])
})

test('the clock is in one state, and what nobody knows of clock and keys is absent', () => {
  const state = initial(siteFacts(), policy, readingAt(0))
  const seen = trustReadings(state, 'holdover', { hubOffsetMs: -1_500, clockErrorUs: null, deviceKeyAt: 2_000 })
  expect(seen.clockState.map(({ labels, value }) => [labels.state, value])).toEqual([
    ['synced', 0],
    ['holdover', 1],
    ['unset', 0],
  ])
  expect(seen).toMatchObject({
    clockOffset: -1.5,
    clockError: null,
    deviceKeyTime: 2,
    registryVersion: 0,
    registryKeyExpiry: null,
  })
})
