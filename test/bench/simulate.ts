import { instant } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import { plan } from '#core/engine/claims.ts'
import type { State } from '#core/engine/state.ts'
import { type Happening, runVirtual } from '#core/engine/virtual.ts'
import { type Simulated, simulate } from '#edge/cli/simulate-run.ts'
import { processMemory } from '#edge/shell/memory.ts'
import { anItem, aSchedule, siteFacts } from '../build.ts'
import { shippedPolicy } from '../drive.ts'
import { mb, percentile, type Row } from './figures.ts'

const DAYS = 183
const A_MONTH = 30
const PLAY_MS = 10_000
const DAY_MS = 86_400_000
/** Midnight of a Monday at UTC+7. */
const FROM = instant(Date.UTC(2026, 10, 22, 17))
const ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]
const TARGET_S = 60
const DECISIONS = 2_000

const item = (n: number, more: Partial<Item> = {}): Item =>
  anItem({ id: `V${n}`, durationMs: PLAY_MS, validFrom: FROM - DAY_MS, validTo: FROM + 400 * DAY_MS, ...more })

/** Lit and playing day and night, so that every ten seconds of the half year hold a play. */
const schedule = (items: readonly Item[]) =>
  aSchedule(items, {
    frames: [
      {
        id: 'ALL',
        weekdays: ALL_WEEK,
        from: '00:00',
        to: '24:00',
        playlist: 'PL',
        purpose: 'propaganda',
        decidedBy: 'bench',
        reason: 'bench',
      },
    ],
    power: [{ weekdays: ALL_WEEK, from: '00:00', to: '24:00', brightness: 60 }],
  })

/** (e) `bangtin simulate` over half a year, and what one decision of the planner costs. */
export const benchSimulate = (): readonly Row[] => [...halfYear(), ...[10, 100, 1_000].map(decisions)]

const halfYear = (): readonly Row[] => {
  const items = Array.from({ length: 10 }, (_, n) => item(n))
  const memory = processMemory()
  const live: number[] = []
  const began = performance.now()
  const done: Simulated = simulate({
    policy: shippedPolicy(),
    document: schedule(items).document,
    happenings: [],
    from: FROM,
    days: DAYS,
    site: siteFacts(),
    onPlay: null,
    onDay: (days) => {
      if (days !== A_MONTH && days !== DAYS - 1) return
      memory.collect()
      live.push(process.memoryUsage().heapUsed)
    },
  })
  const seconds = (performance.now() - began) / 1000
  const wanted = (DAYS * DAY_MS) / PLAY_MS
  if (done.days.length !== DAYS || done.playCount < wanted) throw new Error(`${done.playCount} plays of ${wanted}`)
  return [
    {
      what: `mô phỏng ${DAYS} ngày, 10 giây một lượt · simulate, one play per 10 s, day and night`,
      figure: `${seconds.toFixed(1)} s, ${((seconds * 1e6) / done.steps).toFixed(1)} µs per step`,
      beside: `${done.playCount} plays, ${done.records} records chained, ${done.steps} steps`,
      target: `≤ ${TARGET_S} s`,
      pass: seconds <= TARGET_S,
    },
    {
      what: '  bộ nhớ sống khi mô phỏng · live heap of it',
      figure: `${mb(live.at(-1) ?? 0)} at the end`,
      beside: `${mb(live[0] ?? 0)} after ${A_MONTH} days; ${mb(process.memoryUsage.rss())} resident, garbage and all`,
      target: 'flat',
      pass: null,
    },
  ]
}

/** The state of a site that has been playing for an hour. */
const playingState = (items: readonly Item[]): State => {
  const happenings: readonly Happening[] = [
    { at: FROM, event: { event: 'schedule', schedule: schedule(items) } },
    { at: FROM, event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
    { at: FROM, event: { event: 'player', what: 'up' } },
  ]
  const to = instant(FROM + 3_600_000)
  const site = siteFacts({ clusterClass: 'BORDER_GATE' })
  const policy = shippedPolicy()
  return runVirtual({ site, policy, from: FROM, to, happenings, tickMs: 1_000, ticks: 'needed', onRecord: () => {} })
    .state
}

const decisions = (count: number): Row => {
  const usual = playingState(Array.from({ length: count }, (_, n) => item(n)))
  // Worst: every item but the last is out of its dates and has to be passed over.
  const worst = playingState(Array.from({ length: count }, (_, n) => item(n, n < count - 1 ? { validTo: FROM } : {})))
  return {
    what: `một quyết định của bộ lập lịch, ${count} mục · one decision of the planner, ${count} items`,
    figure: micros(usual, count),
    beside: `all but one out of date: ${micros(worst, count)}`,
    target: 'µs',
    pass: null,
  }
}

const micros = (state: State, count: number): string => {
  const times: number[] = []
  for (let i = 0; i < DECISIONS; i++) {
    const cursor = { PL: i % count }
    const began = performance.now()
    const { choice } = plan({ ...state, cursor }, { mourning: false, event: null })
    times.push((performance.now() - began) * 1000)
    if (choice === null) throw new Error('the planner chose nothing')
  }
  const late = times.slice(DECISIONS / 4)
  return `p50 ${percentile(late, 0.5).toFixed(1)} µs, p99 ${percentile(late, 0.99).toFixed(0)} µs (n=${late.length})`
}
