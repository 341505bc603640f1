import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, siteFacts, verifiedOrder } from '../../test/build.ts'
import { emptyLedger, finishedDays, fold } from '../airtime/ledger.ts'
import { instant, mono } from '../base/units.ts'
import type { StampedRecord } from '../evidence/record.ts'
import { parsePolicy } from '../policy/check.ts'
import { type Happening, type PanelHappening, runVirtual } from './virtual.ts'

const parsed = parsePolicy(readFileSync(new URL('../../deploy/policies/lai-chau-2024.json', import.meta.url), 'utf8'))
if (!parsed.ok) throw new Error('the policy does not parse')
const policy = parsed.value

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
    tickMs: 5_000,
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
    expect(morning?.delivered).toBeLessThan(2.01 * HOUR)
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
  }, 60_000)
})
