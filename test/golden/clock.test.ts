import { describe, expect, it } from 'vitest'
import { dayOf, emptyLedger, fold, type Ledger, type Totals } from '#core/airtime/ledger.ts'
import { percent } from '#core/base/units.ts'
import { type ClockHappening, type Happening, type RunOptions, runVirtual } from '#core/engine/virtual.ts'
import type { CloseRecord, OpenRecord, StampedRecord } from '#core/evidence/record.ts'
import { siteFacts } from '../build.ts'
import { ad, at, DATE, info, POLICY, scheduled } from './airtime-days.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const FOR_EVER = { validFrom: 0, validTo: 8_000_000_000_000_000 }

/** From four in the morning to seven in the evening of one true Monday; `clock` says what the machine believes. */
const live = (clock: readonly ClockHappening[]) => {
  const commercial = ad()
  const items = [
    info(FOR_EVER),
    {
      ...commercial,
      ...FOR_EVER,
      ad: commercial.ad && {
        ...commercial.ad,
        permit: commercial.ad.permit && { ...commercial.ad.permit, ...FOR_EVER },
      },
    },
  ]
  const order = [...Array.from({ length: 9 }, () => 'C01'), 'C26']
  const start: Happening[] = [
    {
      at: at('04:00'),
      event: {
        event: 'woke',
        durable: null,
        schedule: null,
        registry: null,
        ledger: emptyLedger(POLICY),
        assets: ['1'.repeat(64)],
        last: { orphan: null, wall: null, cleanStop: true, tornBytes: 0 },
      },
    },
    { at: at('04:00'), event: { event: 'player', what: 'up' } },
    {
      at: at('04:00'),
      event: scheduled(items, {
        frames: [
          ['06:00', '11:00'],
          ['13:00', '17:00'],
        ],
        order,
      }),
    },
  ]
  const options: RunOptions = {
    site: siteFacts({ brightnessLimit: percent(100) }),
    policy: POLICY,
    from: at('04:00'),
    to: at('19:00'),
    happenings: [...start, ...clock],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  }
  const { records } = runVirtual(options)
  let ledger: Ledger = emptyLedger(POLICY)
  for (const record of records) ledger = fold(ledger, record)
  return { records, ledger, options }
}

const sum = (t: Totals): number => t.public + t.emergency + t.ads + t.other + t.dark + t.faulted + t.displaced

/** What must hold whatever the clock did: order, true lengths, no millisecond twice, nothing lost. */
const sound = ({ records, ledger }: ReturnType<typeof live>): void => {
  let mono = -1
  const opened = new Map<string, StampedRecord & OpenRecord>()
  let closes = 0
  for (const record of records) {
    expect(record.at.mono).toBeGreaterThanOrEqual(mono)
    mono = record.at.mono
    if (record.kind === 'open') opened.set(record.play, record)
    if (record.kind !== 'close') continue
    closes += 1
    const began = opened.get(record.play)
    expect((record satisfies CloseRecord).ms, `true length of ${record.play}`).toBe(
      record.at.mono - (began?.at.mono ?? Number.NaN),
    )
    expect(record.ms).toBeGreaterThanOrEqual(0)
  }
  expect(closes).toBeGreaterThan(100)
  const first = records[0]?.at.mono ?? 0
  expect(sum(ledger.totals), 'every millisecond in exactly one column').toBe(mono - first)
}

const jump = (
  time: string,
  stepMs: number,
  quality: ClockHappening['clock']['quality'] = 'synced',
): ClockHappening => ({
  at: at(time),
  clock: { stepMs, quality },
})
const IN_1970 = -at('04:00')

/** Name, what the clock does, and how many `clock` records that is. */
const stories: readonly (readonly [string, readonly ClockHappening[], number])[] = [
  ['NTP comes ten minutes late, half a minute off', [jump('04:00', -30_000, 'unset'), jump('04:10', 30_000)], 2],
  ['no battery clock: 1970 until noon', [jump('04:00', IN_1970, 'unset'), jump('12:00', -IN_1970)], 2],
  ['1970 all day', [jump('04:00', IN_1970, 'unset')], 1],
  ['fake-hwclock: an hour behind until seven', [jump('04:00', -HOUR, 'unset'), jump('07:00', HOUR)], 2],
  ['three minutes back in the middle of a play', [jump('08:00:30', -3 * MINUTE)], 1],
  ['three minutes ahead in the middle of a play', [jump('08:00:30', 3 * MINUTE)], 1],
  ['a day back and again ahead', [jump('08:00:30', -DAY), jump('08:20', DAY)], 2],
  ['a day ahead and again back', [jump('08:00:30', DAY), jump('08:20', -DAY)], 2],
  ['a year ahead and again back', [jump('08:00:30', YEAR), jump('08:20', -YEAR)], 2],
  ['73 years ahead and again back', [jump('08:00:30', 73 * YEAR), jump('08:20', -73 * YEAR)], 2],
  ['56 years back and again ahead', [jump('08:00:30', IN_1970), jump('08:20', -IN_1970)], 2],
  ['only doubted, never wrong', [jump('08:00', 0, 'holdover'), jump('09:00', 0, 'unset'), jump('10:00', 0)], 3],
  [
    'to and fro every minute for an hour',
    Array.from({ length: 60 }, (_, i) => jump(`09:${String(i).padStart(2, '0')}:15`, i % 2 ? -HOUR : HOUR)),
    60,
  ],
]

describe('a clock that is wrong', () => {
  it.each(stories)('%s', (_, clock, steps) => {
    const day = live(clock)
    sound(day)
    expect(day.records.filter((r) => r.kind === 'clock').length).toBe(steps)
    const unset = day.records.filter((r) => r.at.q === 'unset')
    for (const r of unset)
      expect(r.kind === 'open' ? r.category : null, 'no advertising while nobody knows the time').not.toBe(
        'A7_5_ADVERTISING',
      )
    for (const r of day.records)
      if (r.kind === 'open' && r.category === 'A7_5_ADVERTISING') expect(r.at.q).not.toBe('unset')
  })

  it('tells half an hour of 2027 apart from the day it was: the floor is not fed by it, and nothing counts twice', () => {
    const right = live([])
    const wrong = live([jump('08:00:30', YEAR), jump('08:30:30', -YEAR)])
    const delivered = (of: ReturnType<typeof live>) =>
      dayOf(of.ledger, DATE).periods.find((p) => p.period === 'morning')?.delivered ?? 0
    expect(delivered(right) - delivered(wrong)).toBeGreaterThan(20 * MINUTE)
    expect(delivered(right) - delivered(wrong)).toBeLessThan(31 * MINUTE)
    expect(sum(right.ledger.totals)).toBe(sum(wrong.ledger.totals))
  })

  it('gives the same bytes tick by tick and event by event', () => {
    for (const [name, clock] of stories.slice(1, 4)) {
      const { options, records } = live(clock)
      const all = runVirtual({ ...options, ticks: 'all' })
      expect(all.records.length, name).toBe(records.length)
      expect(all.records, name).toEqual(records)
    }
  })
})
