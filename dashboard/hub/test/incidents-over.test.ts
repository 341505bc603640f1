import { afterAll, beforeAll, expect, it } from 'vitest'
import { incident, incidentsOf, linesAt, START, say, upload } from '../../../test/support/operations.ts'
import { PATIENCE_MS, until } from '../../../test/support/until.ts'
import type { HubConfig } from '../config.ts'
import { DEBOUNCE_MS } from '../server/incidents-watch.ts'
import { FLAP_MS } from '../store/incidents.ts'
import { connect, enrolled } from './edge.ts'
import { login, makeSeed, NOW, startWorld, type World } from './harness.ts'

/** Incidents that nobody shall be called for: of what is over and done with, and of clusters that are none any more. */
const HOUR = 3_600_000
const SITE = 'LC-MLT-01'
const BOOT = { id: 'b1', at: NOW - HOUR }
const LOST = { kind: 'incident', type: 'TECHNICAL', what: 'display', detail: 'timeout', fault: null }

let from: Awaited<ReturnType<typeof makeSeed>>
const worlds: World[] = []
beforeAll(async () => {
  from = await makeSeed()
})
afterAll(async () => {
  for (const world of worlds) await world.close()
})
const theWorld = async (over: Partial<HubConfig>): Promise<World> => {
  const world = await startWorld(from, over)
  worlds.push(world)
  return world
}

/** The status that was sent at this time has been taken in. */
const isHeard = (world: World, at: number): boolean => {
  const { lastSeen, status } = world.hub.hub.edges.state(SITE)
  return lastSeen === at && status !== null
}

it('a late record of what a person has dealt with meanwhile opens nothing again', async () => {
  const world = await theWorld({})
  const { edge } = await connect(world, SITE, await enrolled(world, SITE))
  const operator = await login(world, 'vanhanh')
  const lost = [{ id: 'display-lost', detail: 'timeout' }]
  for (const at of [NOW, NOW + DEBOUNCE_MS]) {
    world.clock.at = at
    say(edge, lost)
    await until({ what: 'the status', atMostMs: PATIENCE_MS }, () => isHeard(world, at) || undefined)
  }
  const { id } = await incident(operator, 'display-lost')
  world.clock.at = NOW + HOUR
  say(edge, [])
  await incident(operator, 'display-lost', (one) => one.clearedAt !== null)
  expect((await operator.post(`/api/incidents/${id}/resolve`, { note: 'đã cắm lại cáp' })).status).toBe(200)
  const again = NOW + HOUR + 2 * FLAP_MS
  const late = linesAt(
    START,
    [
      [NOW - 1_000, LOST],
      [again, LOST],
    ],
    BOOT,
  )
  world.clock.at = NOW + 2 * HOUR
  await upload(edge, START, late.lines)
  // The first record is of the outage that was resolved; the second is of another one.
  const all = await incidentsOf(operator, '?state=all')
  expect(all.map((i) => [i.what, i.openedAt, i.resolved !== null])).toEqual([
    ['display-lost', again, false],
    ['display-lost', NOW, true],
  ])
  await edge.close()
})

it('the hub waits for as long as it is configured to, and for no cluster that was taken out of service', async () => {
  const world = await theWorld({ silentSeconds: 10 })
  const { edge } = await connect(world, SITE, await enrolled(world, SITE))
  await edge.close()
  const { hub } = world.hub
  await until({ what: 'the hub to know', atMostMs: PATIENCE_MS }, () =>
    hub.edges.state(SITE).connected ? undefined : true,
  )
  const operator = await login(world, 'vanhanh')
  world.clock.at = NOW + 9_999
  await hub.incidents.look()
  expect(await incidentsOf(operator)).toEqual([])
  world.clock.at = NOW + 10_000
  await hub.incidents.look()
  await incident(operator, 'cluster-silent', (one) => one.clearedAt === null)
  const said = (await hub.metrics.expose()).split('\n').filter((l) => l.startsWith('bangtin_hub_incidents_open{'))
  expect(said.map((l) => l.replace('bangtin_hub_incidents_open', ''))).toEqual([
    '{type="TECHNICAL",state="waiting"} 1',
    '{type="TECHNICAL",state="taken"} 0',
    '{type="INFORMATION_SECURITY",state="waiting"} 0',
    '{type="INFORMATION_SECURITY",state="taken"} 0',
  ])
  const site = hub.sites.get(SITE)
  if (site === undefined) throw new Error('the sample has this cluster')
  const audit = { at: NOW, person: 'x', action: 'x', subject: SITE, detail: '', address: '' }
  await hub.store.sites.put([{ ...site, lifecycle: 'DECOMMISSIONED' }], [], audit)
  await world.restart()
  await incident(operator, 'cluster-silent', (one) => one.clearedAt !== null)
})
