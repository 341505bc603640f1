import { expect, test } from 'vitest'
import { instant, mono } from '../base/units.ts'
import type { StampedRecord } from '../evidence/record.ts'
import { judgeDay } from './compliance.ts'
import { dayAt, dayOf, emptyLedger, foldAll } from './ledger.ts'
import {
  AD,
  at,
  closeOf,
  day,
  EMERGENCY,
  type Line,
  openOf,
  POLICY,
  play,
  proofOf,
  reading,
  screenOf,
  stamped,
} from './samples.ts'

const LIT: Line = ['00:00', screenOf('lit', true)]
const end: Line = ['23:00', { kind: 'heartbeat', play: null }]
const judge = (records: readonly StampedRecord[]) => {
  const folded = dayOf(foldAll(emptyLedger(POLICY), records), '2026-11-22')
  const of = (period: string) => folded.periods.find((p) => p.period === period)
  return {
    day: folded,
    morning: (of('morning')?.delivered ?? 0) / 1000,
    afternoon: (of('afternoon')?.delivered ?? 0) / 1000,
    of,
    verdict: judgeDay(folded, POLICY),
  }
}
const told = (...lines: readonly Line[]) => judge(day(LIT, ...lines, end))

test('G1: 07:00–10:00 and 14:00–17:00 are exactly enough', () => {
  const g = told(...play('a', '07:00', '10:00'), ...play('b', '14:00', '17:00'))
  expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([10_800, 10_800, 'compliant'])
})

test('G2: six hours in one go are not enough for the afternoon', () => {
  const g = told(...play('a', '07:00', '13:00'))
  expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([18_000, 3_600, 'non-compliant'])
})

test('G3: six advertisements inside leave the morning 360 s short', () => {
  const lines: Line[] = []
  for (let i = 0; i < 6; i++) {
    const from = `0${7 + Math.floor(i / 2)}:${i % 2 === 0 ? '00' : '30'}`
    const mid = from.replace(/0$/, '1')
    const next = i % 2 === 0 ? from.replace('00', '30') : `${String(8 + Math.floor(i / 2)).padStart(2, '0')}:00`
    lines.push(...play(`ad${i}`, from, mid, AD), ...play(`p${i}`, mid, next))
  }
  const g = told(...lines, ...play('z', '14:00', '17:00'))
  expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([10_440, 10_800, 'non-compliant'])
  expect(g.verdict.periods[0]?.missingMs).toBe(360_000)
  expect(g.of('morning')?.ads).toBe(360_000)
})

test('G4: the evening is not the afternoon', () => {
  const g = told(...play('a', '08:00', '11:00'), ...play('b', '18:00', '21:00'))
  expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([10_800, 0, 'non-compliant'])
  expect(g.of('evening')?.delivered).toBe(10_800_000)
})

test('G5: ten minutes with the panel off are missing, and the cause is the display', () => {
  const [open, proof, close] = play('b', '14:00', '17:00')
  if (open === undefined || proof === undefined || close === undefined) throw new Error('three lines')
  const g = told(
    ...play('a', '07:00', '10:00'),
    open,
    proof,
    ['15:10', screenOf('dark', false)],
    ['15:20', screenOf('lit', true)],
    close,
  )
  expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([10_800, 10_200, 'non-compliant'])
  expect(g.of('afternoon')?.faults.display).toBe(600_000)
  expect(g.verdict.periods[1]?.causes.map((c) => c.cause)).toContain('display')
  expect(g.verdict.vi).toContain('buổi chiều thiếu 10 phút')
})

test('G6: an emergency counts, in its own column, and flags the day 8.2', () => {
  const order: Line = ['08:59', orderLine('E1', '77/CĐ')]
  const g = told(order, ...play('e', '09:00', '18:00', EMERGENCY))
  expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([10_800, 21_600, 'compliant'])
  expect([g.of('morning')?.emergency, g.of('afternoon')?.emergency]).toEqual([10_800_000, 21_600_000])
  expect(g.verdict.orders).toEqual([
    { order: 'E1', ms: 32_400_000, document: '77/CĐ', issuer: 'pctt', authority: null },
  ])
})

const orderLine = (order: string, document: string): Line[1] => ({
  kind: 'order',
  order,
  class: 'safety-blank',
  stage: 'active',
  reason: null,
  document,
  issuer: 'pctt',
  key: null,
  detail: '',
})

test('G7: a screen ordered dark all morning is exempt, the afternoon is met', () => {
  const g = told(
    ['04:59', orderLine('B1', '5/CĐ')],
    ['05:00', { kind: 'verdict', winner: 'B1', rank: 'safety-blank', displaced: [], order: 'B1' }],
    ['05:00', screenOf('dark', true)],
    ['12:00', { kind: 'verdict', winner: 'slot', rank: 'normal', displaced: [], order: null }],
    ['12:00', screenOf('lit', true)],
    ...play('b', '14:00', '17:00'),
  )
  expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([0, 10_800, 'compliant-with-exemption'])
  expect(g.of('morning')?.displaced).toBe(7 * 3_600_000)
  expect(g.verdict.orders[0]?.document).toBe('5/CĐ')
  const without = told(
    ['05:00', { kind: 'verdict', winner: 'door', rank: 'safety-blank', displaced: [], order: null }],
    ['05:00', screenOf('dark', true)],
    ...play('b', '14:00', '17:00'),
  )
  expect(without.verdict.verdict).toBe('non-compliant')
})

test('G8: a clip over noon is split', () => {
  const g = told(...play('a', '11:59:30', '12:00:30'))
  expect([g.morning, g.afternoon]).toEqual([30, 30])
})

test('G9: the clock jumps back ten minutes during a play: monotonic time counts', () => {
  const start = reading(at('2026-11-22 08:00'))
  const stepped = { ...start, wall: instant(start.wall + 1_200_000 - 600_000), mono: mono(start.mono + 1_200_000) }
  const done = { ...stepped, wall: instant(stepped.wall + 600_000), mono: mono(stepped.mono + 600_000) }
  const g = judge([
    stamped(start, screenOf('lit', true)),
    stamped(start, openOf('a')),
    stamped(start, proofOf('a')),
    stamped(stepped, { kind: 'clock', stepMs: -600_000, quality: 'synced', was: 'synced' }),
    stamped(done, closeOf('a', { ms: 1_800_000 })),
  ])
  expect(g.morning).toBe(1_800)
})

test('G10: an interval logged twice counts once', () => {
  const lines = [...play('a', '07:00', '10:00'), ...play('b', '14:00', '17:00')]
  const once = told(...lines)
  const records = day(LIT, ...lines)
  const twice = judge([...records, ...records, ...day(end)])
  expect([twice.morning, twice.afternoon]).toEqual([once.morning, once.afternoon])
  // The same play ids, logged again later as if they were new.
  const again = told(...lines, ...play('a', '17:10', '17:40'))
  expect(again.afternoon).toBe(once.afternoon)
})

test('the stretch that is still open is in the day of now', () => {
  const ledger = foldAll(emptyLedger(POLICY), day(LIT, ['07:00', openOf('a')], ['07:00', proofOf('a')]))
  const morning = dayAt(ledger, reading(at('2026-11-22 07:10'))).periods.find((p) => p.period === 'morning')
  expect(morning?.delivered).toBe(600_000)
  expect(dayAt(ledger, reading(at('2026-11-22 06:00'))).periods.find((p) => p.period === 'morning')?.delivered).toBe(0)
})
