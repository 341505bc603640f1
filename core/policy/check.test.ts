import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { at, POLICY } from '../airtime/samples.ts'
import { DAY, instantOfDate } from '../base/time.ts'
import { instant } from '../base/units.ts'
import { dayShape, parsePolicy, partOf, periodBounds, policyFaults, policyFor, policyOn } from './check.ts'
import { DAY_PERIODS, type Policy } from './policy.ts'

const FILE = new URL('../../deploy/policies/lai-chau-2024.json', import.meta.url)

test('the shipped policy parses, and holds the numbers of the Quy chế', () => {
  const parsed = parsePolicy(readFileSync(FILE, 'utf8'))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const policy = parsed.value
  expect(policy.validFrom).toBe('2024-07-01')
  expect(policy.periods.map((p) => [p.period, p.from, p.to, p.floorMs])).toEqual([
    ['morning', '05:00', '12:00', 10_800_000],
    ['afternoon', '12:00', '18:00', 10_800_000],
    ['evening', '18:00', '22:00', 0],
  ])
  expect([policy.delivery.needs, policy.emergency.longestMs, policy.retention.playMonths]).toEqual([
    'acknowledged',
    86_400_000,
    6,
  ])
})

test('faults name their place', () => {
  const [morning, afternoon, evening] = POLICY.periods
  if (morning === undefined || afternoon === undefined || evening === undefined) throw new Error('three periods')
  const where = (over: Partial<Policy>) => policyFaults({ ...POLICY, ...over }).map((f) => f.where)
  expect(policyFaults(POLICY)).toEqual([])
  expect(where({ periods: [afternoon, morning] })).toEqual(['/periods/1'])
  expect(where({ periods: [morning, { ...afternoon, from: '11:00' }] })).toEqual(['/periods/1'])
  expect(where({ periods: [{ ...morning, to: '07:00' }] })).toEqual(['/periods/0/floorMs'])
  expect(where({ periods: [{ ...morning, to: '05:00' }] })).toEqual(['/periods/0'])
  expect(where({ periods: [morning, { ...afternoon, period: 'morning' }] })).toEqual(['/periods/1/period'])
  expect(where({ validTo: '2024-06-30' })).toEqual(['/validTo'])
  expect(where({ validFrom: '2024-02-30' })).toEqual(['/validFrom'])
  const bad = parsePolicy('{"id": 7}')
  expect(!bad.ok && bad.error.length).toBeGreaterThan(0)
  expect(parsePolicy('{').ok).toBe(false)
})

test('a site has its own parts of the day where the policy says so, and the same answer each time', () => {
  const [morning, afternoon] = POLICY.periods
  if (morning === undefined || afternoon === undefined) throw new Error('two periods')
  const periods = [{ ...morning, from: '06:00', to: '11:30' }, afternoon]
  const entry = { sites: ['LC-MLT-01', 'LC-PK-01'], periods, decidedBy: 'BQL KKT', source: 'QĐ mẫu' }
  const policy = { ...POLICY, siteOverrides: [entry] }
  expect(policyFaults(policy)).toEqual([])
  expect(policyFor(policy, 'LC-TP-01')).toBe(policy)
  const own = policyFor(policy, 'LC-MLT-01')
  expect(own.periods).toEqual(periods)
  expect({ ...own, periods: policy.periods }).toEqual(policy)
  expect(policyFor(policy, 'LC-MLT-01')).toBe(own)
  expect(policyFor(own, 'LC-MLT-01')).toBe(own)
  const where = (siteOverrides: Policy['siteOverrides']) =>
    policyFaults({ ...POLICY, siteOverrides }).map((f) => f.where)
  expect(where([entry, { ...entry, sites: ['X', 'LC-PK-01'] }])).toEqual(['/siteOverrides/1/sites/1'])
  expect(where([{ ...entry, periods: [afternoon, morning] }])).toEqual(['/siteOverrides/0/periods/1'])
  expect(where([{ ...entry, periods: [{ ...morning, to: '07:00' }] }])).toEqual(['/siteOverrides/0/periods/0/floorMs'])
})

test('periods are half-open', () => {
  const of = (time: string) => partOf(dayShape(POLICY), at(`2026-11-22 ${time}`)).period
  expect(['04:59:59', '05:00', '11:59:59', '12:00', '17:59:59', '18:00', '21:59:59', '22:00', '00:00'].map(of)).toEqual(
    ['night', 'morning', 'morning', 'afternoon', 'afternoon', 'evening', 'evening', 'night', 'night'],
  )
  expect(partOf(dayShape(POLICY), at('2026-11-22 12:00')).to).toBe(at('2026-11-22 18:00'))
  expect(partOf(dayShape(POLICY), at('2026-11-22 23:00')).to).toBe(at('2026-11-23 00:00'))
})

test('the bounds of all periods cover a day exactly once', () => {
  const shape = dayShape(POLICY)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), (days) => {
      const date = new Date(days * DAY).toISOString().slice(0, 10)
      const spans = DAY_PERIODS.flatMap((p) => periodBounds(POLICY, date, p).map((s) => ({ ...s, p })))
      expect(spans.reduce((ms, s) => ms + s.to - s.from, 0)).toBe(DAY)
      for (const s of spans) {
        expect(partOf(shape, s.from).period).toBe(s.p)
        expect(partOf(shape, instant(s.to - 1)).period).toBe(s.p)
      }
      expect(Math.min(...spans.map((s) => s.from))).toBe(instantOfDate(date, 420))
    }),
  )
})

test('a day before the policy has none, a successor takes over on its first day', () => {
  const next: Policy = { ...POLICY, id: 'next', validFrom: '2026-12-01' }
  expect(policyOn([POLICY, next], '2024-06-30')).toBeUndefined()
  expect(policyOn([POLICY, next], '2026-11-30')?.id).toBe('test-policy')
  expect(policyOn([next, POLICY], '2026-12-01')?.id).toBe('next')
})
