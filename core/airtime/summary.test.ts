import { expect, test } from 'vitest'
import { judgeDay } from './compliance.ts'
import { dayOf, emptyLedger, foldAll } from './ledger.ts'
import { AD, day, type Line, POLICY, play, screenOf } from './samples.ts'
import { type JudgedDay, summarise } from './summary.ts'

const LIT: Line = ['00:00', screenOf('lit', true)]
const END: Line = ['23:00', { kind: 'heartbeat', play: null }]
const judged = (date: string, ...lines: readonly Line[]): JudgedDay => {
  const told = dayOf(foldAll(emptyLedger(POLICY), day(LIT, ...lines, END)), '2026-11-22')
  return { ...told, date, compliance: { ...judgeDay(told, POLICY), date } }
}

test('what was delivered against what was owed, and each day that fell short with its cause', () => {
  const met = judged('2026-11-22', ...play('a', '07:00', '11:00'), ...play('b', '14:00', '17:00'))
  const short = judged(
    '2026-11-23',
    ...play('a', '07:00', '09:00'),
    ...play('ad', '09:00', '10:00', AD),
    ...play('b', '14:00', '17:00'),
  )
  const sum = summarise([met, short])
  expect([sum.from, sum.to, sum.days]).toEqual(['2026-11-22', '2026-11-23', 2])
  expect(sum.verdicts).toEqual({ compliant: 1, 'compliant-with-exemption': 0, 'non-compliant': 1, 'no-policy': 0 })
  const morning = sum.periods.find((p) => p.period === 'morning')
  // Four hours of one day do not pay for the two of the other.
  expect(morning).toMatchObject({
    owedMs: 21_600_000,
    delivered: 21_600_000,
    missingMs: 3_600_000,
    metDays: 1,
    shortDays: 1,
  })
  expect(morning).toMatchObject({ leastMs: 7_200_000, mostMs: 14_400_000, ads: 3_600_000, adsShare: 1 / 7 })
  expect(sum.adsShare).toBe(1 / 13)
  // Six hours twice, and the hour of advertising: all of it in Vietnamese.
  expect(sum.byLanguage).toEqual({ vi: 13 * 3_600_000 })
  expect(sum.shortfalls).toEqual([
    {
      date: '2026-11-23',
      period: 'morning',
      floorMs: 10_800_000,
      deliveredMs: 7_200_000,
      missingMs: 3_600_000,
      result: 'short',
      cause: 'nothing-playing',
    },
  ])
})

test('no day at all', () => {
  expect(summarise([])).toMatchObject({ from: null, to: null, days: 0, periods: [], adsShare: null, shortfallCount: 0 })
})
