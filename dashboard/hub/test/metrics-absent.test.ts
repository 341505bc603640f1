import { expect, test } from 'vitest'
import { HUB } from '#core/metrics/catalogue.ts'
import { promtool } from '../../../test/support/prometheus.ts'
import { makeSeed, startWorld } from './harness.ts'

test('what the hub does not know is absent, never 0, and what it says is sound', async () => {
  const world = await startWorld(await makeSeed())
  const text = await (await fetch(`${world.hub.url}/metrics`)).text()
  await world.close()
  // It serves plain HTTP and has made no backup: 0 would say that both ran out in 1970.
  for (const metric of [HUB.certificateExpiry, HUB.backupTime])
    expect(text).not.toMatch(new RegExp(`^${metric.name} `, 'm'))
  for (const metric of [HUB.startTime, HUB.diskFree, HUB.registryVersion, HUB.registryKeyExpiry])
    expect(text).toMatch(new RegExp(`^${metric.name} [1-9]`, 'm'))
  expect(promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' })
})
