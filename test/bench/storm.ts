import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startFleet } from '../support/fleet.ts'
import { machineMs } from '../support/fleet-edge.ts'
import { makeFleetHub, mannerOf, signedFor } from '../support/fleet-hub.ts'
import { cpuMs, peakBytes } from '../support/processes.ts'
import { mb, ms, percentile, type Row } from './figures.ts'

const ALL_MS = 120_000
const TARGET = { allMs: 30_000, growthBytes: 268_435_456 }

/**
 * The hub comes back with an order that nobody has: every edge dials in the same moment, proves who it is, is told the order, verifies it,
 * and has its receipts stored. Real edges spread their dials over up to 15 s; these do not.
 */
export const benchStorm = async (folder: string, sizes: readonly number[]): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (const size of sizes) {
    for (const tls of [false, true]) rows.push(...(await storm(folder, size, tls)))
  }
  return rows
}

const storm = async (folder: string, size: number, tls: boolean): Promise<readonly Row[]> => {
  const own = mkdtempSync(join(folder, 'storm-'))
  const hub = await makeFleetHub({ sites: size, within: own, tls, host: '127.0.0.1', before: [], nodeArgs: [] })
  const stops: (() => Promise<void>)[] = [hub.remove]
  try {
    await hub.start()
    const officer = await hub.officer('tructinh')
    const { id, envelope } = signedFor(officer, hub.seats, {})
    await officer.client.post('/api/orders', { envelope })
    await hub.stop()
    await hub.start()
    const fleet = await startFleet({ seats: hub.seats, manner: mannerOf(hub, {}), processes: 2, within: [] })
    stops.unshift(fleet.stop)
    const before = { bytes: hub.residentBytes(), cpu: cpuMs(hub.pid()) }
    const dialled = machineMs()
    await fleet.dial()
    const deeds = await fleet.untilAcknowledged(id, 'shown', ALL_MS)
    const each = deeds.map((deed) => (deed.shownAt ?? Number.NaN) - dialled)
    const peak = peakBytes(hub.pid()) ?? 0
    const all = Math.max(...each)
    const n = size.toLocaleString('en')
    return [
      {
        what: `${n} cụm cùng nối lại${tls ? ', TLS' : ''} → mọi cụm đã hiện · ${n} edges dial at once → all shown`,
        figure: `all ${ms(all)}; edge p50 ${ms(percentile(each, 0.5))}, p95 ${ms(percentile(each, 0.95))}`,
        beside: `hub CPU ${ms(cpuMs(hub.pid()) - before.cpu)}`,
        target: `all ≤ ${ms(TARGET.allMs)}`,
        pass: all <= TARGET.allMs,
      },
      {
        what: '  bộ nhớ trung tâm · hub memory',
        figure: `${mb(before.bytes)} → peak ${mb(peak)}`,
        beside: `${((peak - before.bytes) / size / 1024).toFixed(0)} KB an edge`,
        target: `+ ≤ ${mb(TARGET.growthBytes)}`,
        pass: peak - before.bytes <= TARGET.growthBytes,
      },
    ]
  } finally {
    for (const stop of stops) await stop()
    rmSync(own, { recursive: true, force: true })
  }
}
