import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyLedger, fold } from '#core/airtime/ledger.ts'
import { NO_COUNTERS } from '#core/engine/init.ts'
import { counted } from '#core/engine/turn.ts'
import type { EvidenceRecord, RecordBody } from '#core/evidence/record.ts'
import { EDGE } from '#core/metrics/catalogue.ts'
import { LASTING } from '#core/metrics/lasting.ts'
import type { AnyReadings, EdgeReadings } from '#core/metrics/readings.ts'
import { emptyRuntime, energyJoules, foldRuntime } from '#core/power/runtime.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { SAMPLE_SITES, sampleEdge } from '../../test/support/exporter.ts'
import { memoryLog, temporary } from '../test/support.ts'
import { createCounters } from './counters.ts'
import { seriesOfCounts } from './counts.ts'
import { recalled } from './recall.ts'

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

const start = (dataDir: string, at: { now: EdgeReadings; head: number; writable?: boolean }, lines = memoryLog()) => {
  const run = { tick: (): void => undefined }
  const counters = createCounters({
    ...{ dataDir, log: lines.log, head: () => at.head, writable: () => at.writable !== false, readings: () => at.now },
    wake: (_, then) => {
      run.tick = then
      return () => undefined
    },
  })
  return { ...counters, tick: () => run.tick() }
}

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
  first.tick()
  expect(publicOf(first.expose(reading(5_090, 4, 50)))).toBe(90)
  // Cut by power. The next process folds less of the log (4,000 fewer): record 20 at 1,060, its end at 1,085, one play since.
  const two = { now: folded(1_085), head: 25 }
  const second = start(dataDir, two)
  expect(second.mark).toBe(20)
  second.begin({ atMark: folded(1_060), atEnd: folded(1_085), after: reading(0, 1, 0) })
  const exposed = second.expose(two.now)
  expect([publicOf(exposed), playsOf(exposed), exposed.exchangesTotal]).toEqual([85, 4, 0])
  // Nobody knows how far the exchanges were told before the cut (50, and 40 were kept): from 0, all that come are new.
  expect(second.expose(reading(1_100, 2, 7)).exchangesTotal).toBe(7)
  expect(playsOf(second.expose(reading(1_100, 2, 7)))).toBe(6)
  // Whatever a reading says, what was exposed is never taken back.
  expect(publicOf(second.expose(folded(1_000)))).toBe(100)
  two.now = reading(1_100, 2, 9)
  second.keep()
  // Ended as it was told to; the log is another one: from 0 what the log tells, and on what the process counted.
  const third = start(dataDir, { now: folded(9), head: 0 })
  third.begin({ atMark: null, atEnd: folded(9), after: null })
  expect(publicOf(third.expose(folded(9)))).toBe(0)
  expect(third.expose(reading(9, 0, 2)).exchangesTotal).toBe(11)
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

test('while the log takes no records nothing is told that a power cut would take back', () => {
  const dataDir = temporary()
  const one = { now: folded(0), head: 0, writable: true }
  const first = start(dataDir, one)
  first.begin({ atMark: null, atEnd: one.now, after: null })
  expect(publicOf(first.expose(folded(60)))).toBe(60)
  one.writable = false
  expect(publicOf(first.expose(folded(900)))).toBe(60)
  // Its queue was too long, so the disk has no record of some of it: what is told now is kept at once.
  Object.assign(one, { writable: true, now: folded(960), head: 4 })
  expect(publicOf(first.expose(one.now))).toBe(960)
  const second = start(dataDir, { now: folded(200), head: 4 })
  expect(second.mark).toBe(4)
  second.begin({ atMark: folded(200), atEnd: folded(200), after: folded(0) })
  expect(publicOf(second.expose(folded(200)))).toBe(960)
})

const policy = shippedPolicy()
const WATTS = { full: 1_717, idle: 313 }

/** A cluster's computer: what is on its disk, and the process that runs on it, which counts as the engine does. */
const computer = (dataDir: string) => {
  const disk = { records: [] as EvidenceRecord[], boots: [0], full: false }
  const clock = { wall: Date.UTC(2026, 10, 22, 16, 50), mono: 0, boot: 0 }
  const truth = { exchanges: 0, lost: false }
  let tick = (): void => undefined
  const born = (clean: boolean) => {
    // Files of the last boots are folded, as a start of the daemon does.
    const from = disk.boots.at(-4) ?? 0
    const counters = createCounters({
      ...{ dataDir, log: memoryLog().log, head: () => disk.records.length - 1, writable: () => !disk.full },
      wake: (_, then) => {
        tick = then
        return () => undefined
      },
      readings: () => readings(state),
    })
    const { marked, ...told } = recalled(policy, disk.records.slice(from), counters.mark)
    const empty = { ledger: emptyLedger(policy), runtime: emptyRuntime(420) }
    const asleep = { ...empty, counters: NO_COUNTERS, exchanges: 0 }
    const state = { ...asleep }
    counters.begin({
      atMark: marked && readings({ ...asleep, ledger: marked.ledger, runtime: marked.runtime }),
      atEnd: readings({ ...asleep, ...told }),
      after: marked && readings({ ...asleep, counters: marked.after }),
    })
    Object.assign(state, told)
    const queue: EvidenceRecord[] = []
    Object.assign(clock, { boot: clock.boot + 1, mono: 5 })
    const write = (body: RecordBody): void => {
      const at = { wall: clock.wall, iso: '', mono: clock.mono, q: 'synced' as const }
      const record = { ...body, at, boot: `b${clock.boot}`, seq: disk.records.length + queue.length, prev: '' }
      Object.assign(state, {
        ledger: fold(state.ledger, record),
        runtime: foldRuntime(state.runtime, record),
        counters: counted(state.counters, record),
      })
      queue.push(record)
      if (!disk.full) disk.records.push(...queue.splice(0))
    }
    const gap = { fromWall: 0, toWall: 0, lostBytes: 0, detail: '' }
    if (disk.boots.at(-1) !== disk.records.length) disk.boots.push(disk.records.length)
    write({ kind: 'gap', cause: clean ? 'stopped' : 'power-cut', ...gap })
    return { counters, state, write }
  }
  let run = born(true)
  return {
    disk,
    clock,
    truth,
    write: (body: RecordBody, ms: number) => {
      Object.assign(clock, { wall: clock.wall + ms, mono: clock.mono + ms })
      run.write(body)
    },
    exchanged: (n: number) => {
      run.state.exchanges += n
      truth.exchanges += n
    },
    tick: () => tick(),
    scrape: () => run.counters.expose(readings(run.state)),
    restart: (how: 'stop' | 'kill') => {
      if (how === 'stop') run.counters.keep()
      // With a full disk what the process counts stands, too.
      if (how !== 'stop' || disk.full) truth.lost = true
      clock.wall += 77_777
      run = born(how === 'stop')
    },
  }
}
type Counting = { readonly exchanges: number; readonly counters: typeof NO_COUNTERS } & Pick<
  ReturnType<typeof recalled>,
  'ledger' | 'runtime'
>
const inSeconds = (ms: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(ms).map(([key, n]) => [key, n / 1000]))
const readings = ({ ledger, runtime, counters, exchanges }: Counting): EdgeReadings => {
  const { byCategory: _, ...screen } = ledger.totals
  const { litMs, darkMs, unknownMs } = runtime.totals
  return {
    ...sampleEdge(SAMPLE_SITES[0], 0, 0),
    ...{ playerTroubleTotal: [], exchangeFaultsTotal: [], playerRestartsTotal: 0, hubRedialsTotal: 0 },
    ...{ categoryTotal: [], refusedTotal: [], documentsRefusedTotal: [], ordersRefusedTotal: [], startsTotal: [] },
    airtimeTotal: seriesOfCounts('state', inSeconds(screen)) as EdgeReadings['airtimeTotal'],
    runtimeTotal: seriesOfCounts('state', inSeconds({ litMs, darkMs, unknownMs })) as EdgeReadings['runtimeTotal'],
    energyTotal: energyJoules(runtime.totals, WATTS),
    playsTotal: seriesOfCounts('cause', counters.plays) as EdgeReadings['playsTotal'],
    clockStepsTotal: counters.clockSteps,
    exchangesTotal: exchanges,
  }
}
const seriesIn = (of: AnyReadings) =>
  Object.keys(LASTING).flatMap((key) => {
    const reading = of[key] ?? null
    if (reading === null) return []
    if (typeof reading === 'number') return [[key, reading] as const]
    return reading.map(({ labels, value }) => [`${key} ${Object.values(labels)}`, value] as const)
  })

const Doing = fc.oneof(
  fc.record({ do: fc.constant('beat' as const), ms: fc.integer({ min: 1, max: 59_999 }) }),
  fc.record({
    ...{ do: fc.constant('screen' as const), lit: fc.constantFrom('lit', 'dark', 'unknown') },
    ...{ ms: fc.integer({ min: 1, max: 40_000 }), brightness: fc.integer({ min: 0, max: 100 }) },
  }),
  fc.record({ do: fc.constant('play' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
  fc.record({ do: fc.constant('step' as const), ms: fc.integer({ min: -90_000_000, max: 90_000_000 }) }),
  fc.record({ do: fc.constant('exchange' as const), ms: fc.integer({ min: 1, max: 50 }) }),
  fc.record({
    do: fc.constantFrom('keep', 'scrape', 'scrape', 'full', 'free', 'stop', 'kill', 'kill'),
    ms: fc.constant(0),
  }),
)

/** Five exchanges told, and a cut. */
const TOLD_AND_CUT: (typeof Doing extends fc.Arbitrary<infer T> ? T : never)[] = [
  { do: 'exchange', ms: 5 },
  { do: 'scrape', ms: 0 },
  { do: 'kill', ms: 0 },
  { do: 'exchange', ms: 1 },
]

test('over any run of cuts, stops, full disks and jumps of the clock Prometheus counts what the log says, and nothing twice', () => {
  const seen = { kills: 0, resets: 0, scrapes: 0 }
  fc.assert(
    fc.property(fc.array(Doing, { minLength: 10, maxLength: 100, size: 'max' }), (doings) => {
      const it = computer(temporary())
      /** What `increase()` over all of it says, and the value of the scrape before. */
      const prometheus = new Map<string, { sum: number; was: number }>()
      const scrape = () => {
        seen.scrapes += 1
        for (const [name, value] of seriesIn(it.scrape())) {
          const { sum, was } = prometheus.get(name) ?? { sum: 0, was: 0 }
          if (value < was) {
            seen.resets += 1
            // Only what the process alone counts may begin anew, and then at 0.
            expect(name).toBe('exchangesTotal')
          }
          prometheus.set(name, { sum: sum + (value < was ? value : value - was), was: value })
        }
      }
      let playing = 0
      for (const one of doings) {
        switch (one.do) {
          case 'beat':
            it.write({ kind: 'heartbeat', play: null }, one.ms)
            break
          case 'screen':
            if (!('lit' in one)) break
            it.write(
              { kind: 'screen', lit: one.lit as 'lit', intended: true, why: '', brightness: one.brightness },
              one.ms,
            )
            break
          case 'play':
            playing += 1
            it.write(
              { kind: 'close', play: `p${playing - 1}`, cause: 'ended', ms: one.ms, proof: 'acknowledged' },
              one.ms,
            )
            it.write(aPlay(`p${playing}`), 1)
            break
          case 'step':
            it.clock.wall += one.ms
            it.write({ kind: 'clock', stepMs: one.ms, quality: 'synced', was: 'synced' }, 1)
            break
          case 'exchange':
            it.exchanged(one.ms)
            break
          case 'keep':
            it.tick()
            break
          case 'scrape':
            scrape()
            break
          case 'full':
            it.disk.full = true
            break
          case 'free':
            // The log learns that the disk takes writes from one that it takes, and what waited goes with it.
            it.disk.full = false
            it.write({ kind: 'heartbeat', play: null }, 1)
            break
          case 'stop':
          case 'kill':
            seen.kills += 1
            it.restart(one.do)
        }
      }
      it.disk.full = false
      it.write({ kind: 'heartbeat', play: null }, 1_000)
      scrape()
      const all = recalled(policy, it.disk.records, null)
      const plays = it.disk.records.reduce(counted, NO_COUNTERS)
      const told = seriesIn(readings({ ...all, counters: plays, exchanges: it.truth.exchanges }))
      for (const [name, value] of told) {
        const sum = prometheus.get(name)?.sum ?? 0
        if (name !== 'exchangesTotal' || !it.truth.lost) expect([name, sum]).toEqual([name, expect.closeTo(value, 4)])
        else expect(sum).toBeLessThanOrEqual(value)
      }
    }),
    { numRuns: 30, examples: [[TOLD_AND_CUT]] },
  )
  expect(seen.kills).toBeGreaterThan(30)
  expect(seen.scrapes).toBeGreaterThan(50)
  expect(seen.resets).toBeGreaterThan(0)
})

const aPlay = (play: string): RecordBody => ({
  ...{ kind: 'open', play, item: 'C20', title: 't', hash: 'h', category: null, counts: true, languages: ['vi'] },
  ...{ supplier: 's', suppliedByLead: true, document: null, claim: 'c', rank: 'normal', order: null, why: '' },
})
