import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EVICTION_STEPS, evictionOrder, type Stored, toFree } from './evict.ts'

const TODAY = '2026-11-22'

test('the stated order: partial downloads, files, aggregates, leftovers, approvals, evidence', () => {
  const stored: readonly Stored[] = [
    { kind: 'evidence', name: '2026-05-20', bytes: 9, keepUntil: '2026-11-20' },
    { kind: 'approval', name: 'approval', bytes: 9, keepUntil: '2026-11-20' },
    { kind: 'leftover', name: 'torn', bytes: 9, keepUntil: '2026-11-20' },
    { kind: 'aggregate', name: '2024-10', bytes: 9, keepUntil: '2026-10-31' },
    { kind: 'asset', name: 'old', bytes: 9, wanted: false, keepUntil: '2026-11-21' },
    { kind: 'asset', name: 'never shown', bytes: 9, wanted: false, keepUntil: null },
    { kind: 'partial', name: 'wanted', bytes: 9, wanted: true },
    { kind: 'partial', name: 'unwanted', bytes: 9, wanted: false },
  ]
  expect(evictionOrder(stored, TODAY).map((one) => one.name)).toEqual([
    'unwanted',
    'wanted',
    'never shown',
    'old',
    '2024-10',
    'torn',
    'approval',
    '2026-05-20',
  ])
})

test('what is wanted, within its retention, or of unknown retention never goes; the last day of it is within', () => {
  const stored: readonly Stored[] = [
    { kind: 'evidence', name: 'e', bytes: 9, keepUntil: TODAY },
    { kind: 'approval', name: 'p', bytes: 9, keepUntil: 'unknown' },
    { kind: 'aggregate', name: 'g', bytes: 9, keepUntil: '2028-11-21' },
    { kind: 'asset', name: 'a', bytes: 9, wanted: true, keepUntil: '2020-01-01' },
    { kind: 'asset', name: 'b', bytes: 9, wanted: false, keepUntil: TODAY },
    { kind: 'asset', name: 'c', bytes: 9, wanted: false, keepUntil: 'unknown' },
  ]
  expect(evictionOrder(stored, TODAY)).toEqual([])
})

test('with the clock unset only what no date protects goes', () => {
  const stored: readonly Stored[] = [
    { kind: 'asset', name: 'never shown', bytes: 9, wanted: false, keepUntil: null },
    { kind: 'evidence', name: 'e', bytes: 9, keepUntil: '1999-01-01' },
    { kind: 'partial', name: 'part', bytes: 9, wanted: false },
  ]
  expect(evictionOrder(stored, null).map((one) => one.name)).toEqual(['part', 'never shown'])
})

const date = fc
  .integer({ min: 0, max: 800 })
  .map((n) => new Date(1_750_000_000_000 + n * 86_400_000).toISOString().slice(0, 10))
const until = fc.oneof(date, fc.constant(null), fc.constant('unknown' as const))
const sized = { name: fc.string({ minLength: 1, maxLength: 4 }), bytes: fc.integer({ min: 0, max: 1000 }) }
const one: fc.Arbitrary<Stored> = fc.oneof(
  fc.record({ kind: fc.constant('partial' as const), ...sized, wanted: fc.boolean() }),
  fc.record({ kind: fc.constant('asset' as const), ...sized, wanted: fc.boolean(), keepUntil: until }),
  fc.record({ kind: fc.constant('aggregate' as const), ...sized, keepUntil: date }),
  fc.record({ kind: fc.constant('leftover' as const), ...sized, keepUntil: fc.oneof(date, fc.constant(null)) }),
  fc.record({ kind: fc.constant('approval' as const), ...sized, keepUntil: until }),
  fc.record({ kind: fc.constant('evidence' as const), ...sized, keepUntil: date }),
)

test('whatever is stored: steps in order, nothing protected, and no more than is needed', () => {
  fc.assert(
    fc.property(fc.array(one, { maxLength: 40 }), date, fc.integer({ min: 0, max: 5_000 }), (stored, today, need) => {
      const order = evictionOrder(stored, today)
      const steps = order.map((s) => EVICTION_STEPS.indexOf(s.kind))
      expect(steps).toEqual(steps.toSorted((a, b) => a - b))
      for (const s of order) {
        if ('keepUntil' in s && s.keepUntil !== null) expect(s.keepUntil < today).toBe(true)
        if (s.kind === 'asset') expect(s.wanted).toBe(false)
      }
      const going = toFree(order, need)
      expect(going).toEqual(order.slice(0, going.length))
      const freed = going.reduce((sum, s) => sum + s.bytes, 0)
      if (going.length < order.length) expect(freed >= need).toBe(true)
      const last = going.at(-1)
      if (last !== undefined) expect(freed - last.bytes < need).toBe(true)
    }),
  )
})
