import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instant } from '../base/units.ts'
import { arbitrate, compareClaims, STANDING } from './arbitrate.ts'
import { CLAIM_RANKS, type Claim, type ClaimRank } from './claim.ts'

const claim = (rank: ClaimRank, more: Partial<Claim>): Claim => ({
  id: `${rank}-1`,
  rank,
  weight: 0,
  at: instant(1000),
  want: rank === 'mourning' ? { want: 'restrict' } : { want: 'item', item: 'C01', frame: null, why: '' },
  solemn: true,
  order: null,
  document: null,
  ...more,
})

const anyClaim: fc.Arbitrary<Claim> = fc.record({
  id: fc.string({ minLength: 1, maxLength: 4 }),
  rank: fc.constantFrom(...CLAIM_RANKS),
  weight: fc.integer({ min: -1, max: 3 }),
  at: fc.integer({ min: 0, max: 5 }).map(instant),
  want: fc.constantFrom<Claim['want']>(
    { want: 'restrict' },
    { want: 'standing' },
    { want: 'dark', why: '' },
    { want: 'item', item: 'x', frame: null, why: '' },
  ),
  solemn: fc.boolean(),
  order: fc.constant(null),
  document: fc.constant(null),
})

describe('arbitrate', () => {
  it('ranks as design §1 says, pair by pair', () => {
    let pairs = 0
    for (const [i, high] of CLAIM_RANKS.entries()) {
      for (const low of CLAIM_RANKS.slice(i + 1)) {
        if (high === 'mourning' || low === 'mourning') continue
        // The weaker one is newer and heavier: rank decides all the same.
        const verdict = arbitrate([claim(low, { weight: 3, at: instant(9) }), claim(high, { at: instant(1) })])
        expect(verdict.winner.rank).toBe(high)
        expect(verdict.displaced.map((c) => c.rank)).toEqual([low])
        pairs++
      }
    }
    expect(pairs).toBe(21)
  })

  it('within a rank: weight, then the newest, then the id', () => {
    const severe = claim('emergency', { id: 'a', weight: 3, at: instant(1) })
    const newest = claim('emergency', { id: 'b', weight: 2, at: instant(9) })
    const older = claim('emergency', { id: 'c', weight: 2, at: instant(5) })
    const twin = claim('emergency', { id: 'd', weight: 2, at: instant(5) })
    const verdict = arbitrate([twin, older, newest, severe])
    expect([verdict.winner.id, ...verdict.displaced.map((c) => c.id)]).toEqual(['a', 'b', 'c', 'd'])
  })

  it('does not depend on the order in which claims are given', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyClaim, { selector: (c) => c.id, maxLength: 8 }), fc.nat(), (claims, seed) => {
        const turned = [...claims].sort(
          (a, b) => ((a.id.charCodeAt(0) * 31 + seed) % 7) - ((b.id.charCodeAt(0) * 31 + seed) % 7),
        )
        expect(arbitrate(turned)).toEqual(arbitrate(claims))
      }),
    )
  })

  it('is total and never lets a weaker unrestricted claim win', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyClaim, { selector: (c) => c.id, maxLength: 8 }), (claims) => {
        const { winner, displaced, restrictions } = arbitrate(claims)
        expect(winner.want.want).not.toBe('restrict')
        for (const loser of displaced.filter((c) => compareClaims(c, winner) < 0)) {
          expect(loser.solemn).toBe(false)
          expect(restrictions.some((r) => compareClaims(r, loser) < 0)).toBe(true)
        }
      }),
    )
  })

  it('mourning vetoes advertising and entertainment below it, and nothing above', () => {
    const ad = claim('normal', { solemn: false })
    expect(arbitrate([ad, claim('mourning', {})]).winner).toBe(STANDING)
    expect(arbitrate([ad]).winner).toBe(ad)
    const emergency = claim('emergency', { solemn: false })
    expect(arbitrate([emergency, claim('mourning', {})]).winner).toBe(emergency)
  })

  it('with no claim at all the standing page wins: never black by accident', () => {
    expect(arbitrate([]).winner).toBe(STANDING)
  })
})
