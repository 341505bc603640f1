import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EDGE } from '#core/metrics/catalogue.ts'
import { LASTING } from '#core/metrics/lasting.ts'
import type { AnyReadings, EdgeReadings } from '#core/metrics/readings.ts'
import { SAMPLE_SITES, sampleEdge } from '../../test/support/exporter.ts'
import { memoryLog, temporary } from '../test/support.ts'
import { createCounters } from './counters.ts'

/** A process whose evidence so far says `told` seconds of public information, and that itself counted so many plays and exchanges. */
const reading = (told: number, plays: number, exchanges: number): EdgeReadings => ({
  ...sampleEdge(SAMPLE_SITES[0], 0, 0),
  airtimeTotal: [{ labels: { state: 'public' }, value: told }],
  playsTotal: plays === 0 ? [] : [{ labels: { cause: 'ended' }, value: plays }],
  exchangesTotal: exchanges,
})
const folded = (told: number): EdgeReadings => reading(told, 0, 0)
const publicOf = (r: AnyReadings) => (r['airtimeTotal'] as readonly { value: number }[])[0]?.value
const playsOf = (r: AnyReadings) => (r['playsTotal'] as readonly { value: number }[])[0]?.value

const start = (dataDir: string, at: { now: EdgeReadings; head: number }, lines = memoryLog()) =>
  createCounters({
    ...{ dataDir, log: lines.log, wake: () => () => undefined },
    ...{ head: () => at.head, writable: () => true, readings: () => at.now },
  })

test('a counter goes on over restarts by what the log says after the record it was kept at, and never back', () => {
  const dataDir = temporary()
  const one = { now: folded(5_000), head: 10 }
  const first = start(dataDir, one)
  expect(first.mark).toBeNull()
  // A log of days is here already, and nobody counted it: it begins at 0, not at days.
  first.begin({ atMark: null, atEnd: one.now, after: null })
  expect(publicOf(first.expose(one.now))).toBe(0)
  one.now = reading(5_060, 3, 40)
  one.head = 20
  first.keep()
  expect(publicOf(first.expose(reading(5_090, 4, 50)))).toBe(90)
  // Cut by power. The next process folds less of the log (4,000 fewer): record 20 at 1,060, its end at 1,085, one play since.
  const two = { now: folded(1_085), head: 25 }
  const second = start(dataDir, two)
  expect(second.mark).toBe(20)
  second.begin({ atMark: folded(1_060), atEnd: folded(1_085), after: reading(0, 1, 0) })
  const exposed = second.expose(two.now)
  expect([publicOf(exposed), playsOf(exposed), exposed.exchangesTotal]).toEqual([85, 4, 40])
  expect(playsOf(second.expose(reading(1_100, 2, 7)))).toBe(6)
  // Whatever a reading says, what was exposed is never taken back.
  expect(publicOf(second.expose(folded(1_000)))).toBe(100)
  second.keep()
  // The log is another one: nothing to go on from, so what was kept is what it is.
  const third = start(dataDir, { now: folded(9), head: 0 })
  third.begin({ atMark: null, atEnd: folded(9), after: null })
  expect(publicOf(third.expose(folded(9)))).toBe(100)
})

test('a damaged file is said and counted from 0, for Prometheus a counter that began anew', () => {
  const dataDir = temporary()
  writeFileSync(join(dataDir, 'counters.json'), '{"v":1,"seq":')
  const lines = memoryLog()
  const counters = start(dataDir, { now: folded(70), head: 5 }, lines)
  expect(lines.lines.length).toBe(1)
  counters.begin({ atMark: null, atEnd: folded(70), after: null })
  expect(publicOf(counters.expose(folded(75)))).toBe(5)
  expect(JSON.parse(readFileSync(join(dataDir, 'counters.json'), 'utf8'))).toMatchObject({ v: 1, seq: 5 })
})

test('every counter of the edge either lasts, or is the kernel’s own count', () => {
  const counters = Object.entries(EDGE).flatMap(([key, metric]) => (metric.type === 'counter' ? [key] : []))
  const others = counters.filter((key) => !Object.keys(LASTING).includes(key))
  expect(counters.length).toBeGreaterThan(10)
  expect(others, 'core/metrics/lasting.ts says of each how it lasts').toEqual(['diskErrorsTotal'])
})
