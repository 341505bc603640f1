import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, siteFacts, verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { emptyLedger, finishedDays, fold } from '../airtime/ledger.ts'
import { instant, mono, percent } from '../base/units.ts'
import type { StampedRecord } from '../evidence/record.ts'
import type { Chart } from '../screen/chart.ts'
import { type Happening, type PanelHappening, type RunOptions, runVirtual } from './virtual.ts'

const policy = shippedPolicy()

/** 2026-11-23T00:00+07:00 */
const MIDNIGHT = instant(Date.UTC(2026, 10, 22, 17, 0, 0))
const DAY = 86_400_000
const HOUR = 3_600_000

const items = [
  anItem(),
  anItem({ id: 'C02', asset: { sha256: '2'.repeat(64), bytes: 1, mime: 'image/png' }, durationMs: 45_000 }),
]
const schedule = aSchedule(items)

const beginning: readonly Happening[] = [
  { at: MIDNIGHT, event: { event: 'schedule', schedule } },
  ...['1', '2'].map(
    (n): Happening => ({ at: MIDNIGHT, event: { event: 'asset', sha256: n.repeat(64), state: 'present' } }),
  ),
  { at: MIDNIGHT, event: { event: 'player', what: 'up' } },
]

/** A little over a day: the last minute of it is closed by the first heartbeat of the next. */
const run = (more: readonly (Happening | PanelHappening)[], hours = 24.02) => {
  const to = instant(MIDNIGHT + hours * HOUR)
  return runVirtual({
    site: siteFacts(),
    policy,
    from: MIDNIGHT,
    to,
    happenings: [...beginning, ...more],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  })
}

const orderAt = (hour: number, length: number, more: Parameters<typeof verifiedOrder>[0] = {}): Happening => {
  const at = instant(MIDNIGHT + hour * HOUR)
  const times = { issuedAt: at, startsAt: at, expiresAt: at + length * HOUR }
  return { at, event: { event: 'order', order: verifiedOrder({ id: `O-${hour}`, ...times, ...more }) } }
}

const dayOf = (records: readonly StampedRecord[]) => {
  const ledger = records.reduce(fold, emptyLedger(policy))
  const end = {
    wall: instant(MIDNIGHT + 1.0008 * DAY),
    mono: mono(1.0008 * DAY),
    quality: 'synced',
    bootId: 'virtual',
  } as const
  const day = finishedDays(ledger, end)[0]
  if (!day) throw new Error('no day')
  return day
}

const FRAME: Chart = { name: 'frame', modules: { columns: 1, rows: 1 }, module: null }

describe('a day in virtual time', () => {
  it('delivers the frames, is dark at night, and adds up to exactly one day', () => {
    const day = dayOf(run([]).records)
    const of = (period: string) => day.periods.find((p) => p.period === period)?.delivered
    expect(of('morning')).toBeGreaterThan(3.4 * HOUR)
    expect(of('afternoon')).toBeGreaterThan(3.4 * HOUR)
    expect(of('night')).toBe(0)
    expect(day.periods.reduce((n, p) => n + p.elapsed, 0)).toBe(DAY)
  })

  it('time with a controller that does not answer is faulted, and the floor says so', () => {
    const at = (hour: number) => instant(MIDNIGHT + hour * HOUR)
    const day = dayOf(
      run([
        { at: at(8), panel: 'lost' },
        { at: at(9.5), panel: 'back' },
      ]).records,
    )
    const morning = day.periods.find((p) => p.period === 'morning')
    expect(morning?.faulted).toBeGreaterThan(1.49 * HOUR)
    expect(morning?.faulted).toBeLessThan(1.51 * HOUR)
    // The frame alone could no longer bring three hours; what it lost is made up outside of it.
    expect(morning?.delivered).toBeGreaterThanOrEqual(3 * HOUR)
    expect(morning?.delivered).toBeLessThan(3.01 * HOUR)
  })

  it('same input, same bytes', () => {
    const one = run([orderAt(9, 1)], 12)
    const two = run([orderAt(9, 1)], 12)
    expect(JSON.stringify(one.records)).toBe(JSON.stringify(two.records))
  })

  it('at every moment: nothing is open that no claim asked for, and an emergency is on from its arrival to its end', () => {
    const { records } = run([orderAt(3, 2), orderAt(9, 1, { severity: 'minor' }), orderAt(9.5, 1)])
    const opens = records.flatMap((r) => (r.kind === 'open' ? [{ wall: r.at.wall, order: r.order }] : []))
    const onAt = (hour: number) => opens.filter((o) => o.wall <= MIDNIGHT + hour * HOUR).at(-1)?.order
    expect([2.9, 3.01, 4.9, 9.1, 9.6, 10.2, 10.6].map(onAt)).toEqual([
      undefined,
      'O-3',
      'O-3',
      'O-9',
      'O-9.5',
      'O-9.5',
      null,
    ])
  })

  it('whatever happens, every millisecond is in exactly one column', () => {
    const hour = fc.integer({ min: 1, max: 230 }).map((n) => n / 10)
    const happening = fc.oneof(
      fc.tuple(hour, fc.integer({ min: 1, max: 30 })).map(([h, l]) => orderAt(h, l / 10)),
      hour.map(
        (h): Happening => ({
          at: instant(MIDNIGHT + h * HOUR),
          event: { event: 'player', what: 'down', detail: 'x', missing: false },
        }),
      ),
      hour.map((h): Happening => ({ at: instant(MIDNIGHT + h * HOUR), event: { event: 'player', what: 'up' } })),
      hour.map(
        (h): Happening => ({
          at: instant(MIDNIGHT + h * HOUR),
          event: { event: 'asset', sha256: '1'.repeat(64), state: 'absent' },
        }),
      ),
    )
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 5 }), (more) => {
        const day = dayOf(run(more).records)
        for (const p of day.periods)
          expect(p.delivered + p.ads + p.other + p.dark + p.faulted + p.displaced).toBe(p.elapsed)
        expect(day.periods.reduce((n, p) => n + p.elapsed, 0)).toBe(DAY)
      }),
      { numRuns: 4 },
    )
  })
})

/** Each is ten hours twice, once with every tick. */
const RUNS = 4

describe('ticks that are needed, against every tick of one second', () => {
  type Given = RunOptions['happenings']
  const hour = (h: number) => instant(MIDNIGHT + Math.round(h * HOUR))
  const odd = [
    anItem({ durationMs: 9_700, validFrom: MIDNIGHT, validTo: hour(15) }),
    anItem({ id: 'C02', asset: { sha256: '2'.repeat(64), bytes: 1, mime: 'image/png' }, durationMs: 45_000 }),
    anItem({ id: 'C03', durationMs: 33_333, entertainment: true, validFrom: hour(8), validTo: hour(9.001) }),
    anItem({
      id: 'A01',
      category: 'A7_5_ADVERTISING',
      durationMs: 15_000,
      ad: {
        advertiser: 'mẫu',
        permit: { kind: 'PERMIT', number: 'M-1', issuedBy: 'mẫu', validFrom: hour(7.5), validTo: hour(16), sites: [] },
      },
    }),
  ]
  const plays = (fallback: boolean) =>
    aSchedule(odd, { version: fallback ? 2 : 1, fallbackPlaylist: fallback ? 'PL' : null })

  const both = (happenings: Given, from: number, to: number) => {
    const options = {
      site: siteFacts(),
      policy,
      from: hour(from),
      to: hour(to),
      happenings,
      tickMs: 1_000,
      onRecord: null,
    }
    const all = runVirtual({ ...options, ticks: 'all' })
    const needed = runVirtual({ ...options, ticks: 'needed' })
    return { all, needed }
  }
  /** Line by line first, so that a difference shows where it begins. */
  const expectSame = ({ all, needed }: ReturnType<typeof both>): void => {
    const lines = all.records.map((r) => JSON.stringify(r))
    const others = needed.records.map((r) => JSON.stringify(r))
    const at = lines.findIndex((line, i) => line !== others[i])
    if (at !== -1) expect(others.slice(Math.max(0, at - 2), at + 3)).toEqual(lines.slice(Math.max(0, at - 2), at + 3))
    expect(others.length).toBe(lines.length)
    expect(needed.state.ledger).toEqual(all.state.ledger)
    expect(needed.state.orders).toEqual(all.state.orders)
    expect(needed.state.display.observed).toEqual(all.state.display.observed)
    expect(needed.state.playing).toEqual(all.state.playing)
    expect(needed.state.cursor).toEqual(all.state.cursor)
    expect(needed.steps).toBeLessThanOrEqual(all.steps)
  }
  const opening = (from: number, fallback: boolean): Given => [
    { at: hour(from), event: { event: 'schedule', schedule: plays(fallback) } },
    ...['1', '2'].map(
      (n): Happening => ({ at: hour(from), event: { event: 'asset', sha256: n.repeat(64), state: 'present' } }),
    ),
    { at: hour(from), event: { event: 'player', what: 'up' } },
  ]
  const down: Happening['event'] = { event: 'player', what: 'down', detail: 'x', missing: false }

  it('a day with orders, outages, quiet hours, a new schedule and a clock that is set: the same bytes, the same ledger', () => {
    const pair = both(
      [
        ...opening(0, false),
        orderAt(3, 0.5),
        orderAt(7.2, 0.25, { wake: false }),
        orderAt(4.5, 0.5, { class: 'major-event', texts: [], extendFrames: { playlist: null } }),
        orderAt(8.00003, 0.5, { class: 'mourning', texts: [] }),
        orderAt(9, 0.2, { class: 'safety-blank', texts: [] }),
        { at: hour(7.8), event: { event: 'technician', person: 'kt', pattern: 'red', forMs: 61_000 } },
        {
          at: hour(7.9),
          event: { event: 'manual', person: 'kt', wish: { what: 'chart', chart: FRAME }, forMs: 61_500 },
        },
        {
          at: hour(8.2),
          event: {
            event: 'manual',
            person: 'kt',
            wish: { what: 'brightness', percent: percent(20) },
            forMs: 3_600_000,
          },
        },
        { at: hour(9.5), panel: 'lost' },
        { at: hour(9.61234), panel: 'back' },
        { at: hour(11), event: { event: 'schedule', schedule: plays(true) } },
        { at: hour(12.3), event: down },
        { at: hour(12.4004), event: { event: 'player', what: 'up' } },
        { at: hour(13.1), panel: 'dark' },
        { at: hour(13.2), panel: 'lit' },
        { at: hour(14.5), clock: { stepMs: -600_123, quality: 'synced' } },
        { at: hour(16), clock: { stepMs: 0, quality: 'unset' } },
        { at: hour(16.2), clock: { stepMs: 400_000, quality: 'synced' } },
        { at: hour(17), event: { event: 'asset', sha256: '1'.repeat(64), state: 'absent' } },
        { at: hour(17.5), event: { event: 'hub', link: 'up', detail: '' } },
      ],
      0,
      24.1,
    )
    expectSame(pair)
    expect(pair.needed.records.length).toBeGreaterThan(5_000)
    const closed = new Set(pair.needed.records.flatMap((r) => (r.kind === 'close' ? [r.cause] : [])))
    expect([...closed].sort()).toEqual(['clock', 'dark', 'ended', 'player-lost', 'preempted', 'replaced'])
  })

  it('whatever happens', () => {
    const when = fc.integer({ min: 5 * HOUR, max: 15 * HOUR }).map((ms) => instant(MIDNIGHT + ms))
    const events: readonly Happening['event'][] = [
      down,
      { event: 'player', what: 'up' },
      { event: 'asset', sha256: '1'.repeat(64), state: 'absent' },
      { event: 'asset', sha256: '2'.repeat(64), state: 'changed' },
      { event: 'asset', sha256: '1'.repeat(64), state: 'present' },
      { event: 'schedule', schedule: plays(true) },
      { event: 'schedule', schedule: plays(false) },
      { event: 'technician', person: 'kt', pattern: 'red', forMs: 90_500 },
      { event: 'manual', person: 'kt', wish: { what: 'chart', chart: FRAME }, forMs: 300_500 },
      { event: 'manual', person: 'kt', wish: { what: 'brightness', percent: percent(35) }, forMs: 900_250 },
      { event: 'manual', person: 'kt', wish: { what: 'input', input: 'dvi' }, forMs: 60_750 },
      { event: 'manual-end', person: 'kt', key: null },
    ]
    const order = fc
      .record({
        h: fc.integer({ min: 5_000, max: 15_000 }),
        length: fc.integer({ min: 1, max: 20 }),
        wake: fc.boolean(),
        delay: fc.constantFrom(0, 0, 200_000, 5_000_000),
        class: fc.constantFrom('emergency', 'major-event', 'priority', 'mourning', 'safety-blank'),
        extends: fc.boolean(),
      })
      .map(({ h, length, wake, delay, class: kind, extends: longer }): Happening => {
        const at = hour(h / 1000)
        const startsAt = at + delay
        const times = { issuedAt: at, startsAt, expiresAt: startsAt + Math.round((length / 10) * HOUR) }
        const texts = kind === 'mourning' || kind === 'safety-blank' ? { texts: [] } : {}
        const extension = kind === 'major-event' && longer ? { extendFrames: { playlist: null } } : {}
        return {
          at,
          event: {
            event: 'order',
            order: verifiedOrder({ id: `O-${h}-${length}`, ...times, wake, class: kind, ...texts, ...extension }),
          },
        }
      })
    const happening = fc.oneof(
      fc.tuple(when, fc.constantFrom(...events)).map(([at, event]): Given[number] => ({ at, event })),
      fc
        .tuple(when, fc.constantFrom('lost', 'back', 'dark', 'lit' as const))
        .map(([at, panel]): Given[number] => ({ at, panel })),
      fc
        .tuple(when, fc.integer({ min: -2_000_000, max: 2_000_000 }), fc.constantFrom('synced', 'unset' as const))
        .map(([at, stepMs, quality]): Given[number] => ({ at, clock: { stepMs, quality } })),
      order,
    )
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1, maxLength: 8 }), fc.boolean(), (more, fallback) => {
        expectSame(both([...opening(5, fallback), ...more], 5, 15))
      }),
      { numRuns: RUNS },
    )
  }, 600_000)
})
