import { afterAll, beforeAll, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import type { SiteDay, UptimeAnswer } from '#core/contract/operations.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { linesAt, START, upload } from '../../../test/support/operations.ts'
import { DAY, HOUR, MIDNIGHT } from '../../../test/support/virtual-log.ts'
import { connect, enrolled, playOf } from './edge.ts'
import { login, makeSeed, type Person, startWorld, type World } from './harness.ts'

/** A cluster whose mains are switched off for the night by a clock in the box: its edge can only say that the power was gone. */
const SITE = 'LC-MLT-01'
const at = (hour: number) => MIDNIGHT + hour * HOUR
/** Monday 22:30 to Tuesday 05:00 of 6 h 30, of which the calendar of then covers 23:00 to 05:00. */
const CUT = { from: at(22.5), to: at(29) }
const NOW = at(34)

let world: World
let operator: Person
const get = async <T>(path: string): Promise<T> => (await (await operator.get(path)).json()) as T

/** As it is published: the document of before with other hours. */
const publish = async (when: number, power: ScheduleDocument['power']): Promise<void> => {
  const { schedules } = world.hub.hub.store
  const before = await schedules.latest(SITE)
  assert(before !== null, 'the sample has a schedule')
  const document = { ...(JSON.parse(before.envelope.payload) as ScheduleDocument), version: before.version + 1, power }
  const envelope = { ...before.envelope, payload: JSON.stringify(document) }
  const audit = { at: when, person: 'duyet', action: 'schedule.publish', subject: SITE, detail: '', address: '' }
  await schedules.publish({ site: SITE, version: document.version, envelope, publishedAt: when }, [], audit)
}

beforeAll(async () => {
  world = await startWorld(await makeSeed())
  const key = await enrolled(world, SITE)
  const week = { weekdays: [0, 1, 2, 3, 4, 5, 6], brightness: 70 }
  await publish(at(-10), [{ ...week, from: '05:00', to: '23:00' }])
  // Published on the day after: it says nothing of the night before.
  await publish(at(33), [{ ...week, from: '00:00', to: '24:00' }])
  world.clock.at = NOW
  operator = await login(world, 'vanhanh')
  const { edge } = await connect(world, SITE, key)
  const lit = { kind: 'screen', lit: 'lit', intended: true, why: '', brightness: 70 }
  const before = linesAt(
    START,
    [
      [at(0), lit],
      [at(0), playOf('p1', 'C03')],
      [CUT.from, { kind: 'heartbeat' }],
    ],
    { id: 'b1', at: at(-1) },
  )
  await upload(edge, START, before.lines)
  const gap = { kind: 'gap', cause: 'power-cut', fromWall: CUT.from, toWall: CUT.to, lostBytes: 0, detail: '' }
  const after = linesAt(
    before.rest,
    [
      [CUT.to, gap],
      [CUT.to, lit],
      [CUT.to, playOf('p2', 'C03')],
      [NOW, { kind: 'heartbeat' }],
    ],
    { id: 'b2', at: CUT.to },
  )
  await upload(edge, before.rest, after.lines)
  await edge.close()
})
afterAll(() => world.close())

it('the part of a power cut that lies in the dark hours of the calendar of then is dark as planned, to the millisecond', async () => {
  const [both] = await get<readonly UptimeAnswer[]>(`/api/uptime?from=2026-11-23&to=2026-11-24&site=${SITE}`)
  expect(both).toMatchObject({
    elapsedMs: 34 * HOUR,
    darkMs: 6 * HOUR,
    outageMs: { power: HOUR / 2, device: 0, software: 0, unknown: 0 },
    unknownMs: 0,
    shownMs: 27.5 * HOUR,
    outages: 1,
    longestMs: HOUR / 2,
  })
  const days = await Promise.all(
    ['23', '24'].map((d) => get<readonly UptimeAnswer[]>(`/api/uptime?from=2026-11-${d}&to=2026-11-${d}&site=${SITE}`)),
  )
  expect(days.flat().map((d) => [d.darkMs, d.outageMs.power])).toEqual([
    [HOUR, HOUR / 2],
    [5 * HOUR, 0],
  ])
})

it('the day shows it so, with the hours that held on that day and not with those of now', async () => {
  const monday = await get<SiteDay>(`/api/sites/${SITE}/day?date=2026-11-23`)
  expect(monday.dark.map((d) => [d.from, d.to])).toEqual([
    [at(0), at(5)],
    [at(23), at(24)],
  ])
  expect(monday.holes.map((h) => [h.kind, h.from, h.to, h.cause])).toEqual([
    ['no-power', CUT.from, at(23), 'power'],
    ['dark', at(23), at(24), null],
  ])
  const tuesday = await get<SiteDay>(`/api/sites/${SITE}/day?date=2026-11-24`)
  expect(tuesday.dark.map((d) => [d.from, d.to])).toEqual([[at(24), at(29)]])
  expect(tuesday.holes.map((h) => [h.kind, h.from, h.to])).toEqual([['dark', at(24), CUT.to]])
  const wednesday = await get<SiteDay>(`/api/sites/${SITE}/day?date=2026-11-25`)
  expect([wednesday.dark, wednesday.to - MIDNIGHT]).toEqual([[], 3 * DAY])
})
