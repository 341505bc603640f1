import { expect, test } from 'vitest'
import { type KeyRegistry, soonestExpiry } from './keys.ts'

const entry = (person: string, validTo: number): KeyRegistry['entries'][number] => ({
  key: '0'.repeat(32),
  publicKey: `${'A'.repeat(43)}=`,
  person,
  name: person,
  org: 'so-a',
  rights: ['approve'],
  areas: ['12'],
  validFrom: 0 as never,
  validTo: validTo as never,
})
const of = (...entries: readonly KeyRegistry['entries'][number][]): KeyRegistry => ({
  version: 1,
  issuedAt: 0 as never,
  province: '12',
  entries: [...entries],
})

test('the first person whose rights run out counts, by the key that lasts longest, and nobody who is gone', () => {
  expect(soonestExpiry(of(entry('an', 500), entry('hoa', 300)), 100)).toBe(300)
  // Renewed: the key before it may run out.
  expect(soonestExpiry(of(entry('an', 500), entry('hoa', 300), entry('hoa', 900)), 100)).toBe(500)
  // Revoked, or run out: nothing is coming any more.
  expect(soonestExpiry(of(entry('an', 500), entry('hoa', 100)), 100)).toBe(500)
  expect(soonestExpiry(of(entry('hoa', 100)), 100)).toBeNull()
})
