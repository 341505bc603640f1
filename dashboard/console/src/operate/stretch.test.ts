import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DayPlay, SiteDay } from '#core/contract/operations.ts'
import { blocksOf, indexAt, lookOf, shareOf, stretchesOf, sumsOf } from './stretch.ts'

const HOUR = 3_600_000
const play = (from: number, to: number | null, kind: DayPlay['kind'] = 'public'): DayPlay => ({
  ...{ from, to, kind, title: 'T', item: 'i', category: null, order: null, proof: 'seen', plays: 1 },
})
const day = (more: Partial<SiteDay>): SiteDay => ({
  ...{ site: 'A', date: '2026-11-23', from: 0, to: 24 * HOUR, now: 12 * HOUR },
  ...{ played: [], holes: [], planned: [], dark: [], periods: [], knownTo: null, cut: false },
  ...more,
})

describe('a day as it is drawn', () => {
  it('ends what is still on now, draws a plan from now on only, and nothing outside of the day', () => {
    const list = stretchesOf(
      day({
        played: [play(-HOUR, HOUR), play(11 * HOUR, null, 'ads')],
        holes: [{ from: HOUR, to: 2 * HOUR, kind: 'no-power', cause: 'power', detail: '' }],
        planned: [
          { from: 6 * HOUR, to: 14 * HOUR, frame: 'F', items: [] },
          { from: 6 * HOUR, to: 7 * HOUR, frame: 'past', items: [] },
        ],
        dark: [{ from: 22 * HOUR, to: 30 * HOUR, why: '' }],
      }),
    )
    expect(list.map((s) => [lookOf(s), s.from / HOUR, s.to / HOUR, s.open])).toEqual([
      ['public', 0, 1, false],
      ['no-power', 1, 2, false],
      ['ads', 11, 12, true],
      ['planned', 12, 14, false],
      ['dark', 22, 24, false],
    ])
    expect(sumsOf(list)[0]).toEqual({ look: 'planned', ms: 2 * HOUR })
  })
  it('walks to what is there, else to what was before it, else to the first', () => {
    const list = stretchesOf(day({ played: [play(HOUR, 2 * HOUR), play(3 * HOUR, 4 * HOUR)] }))
    expect(indexAt(list, HOUR)).toBe(0)
    expect(indexAt(list, 2.5 * HOUR)).toBe(0)
    expect(indexAt(list, 3.5 * HOUR)).toBe(1)
    expect(indexAt(list, 0)).toBe(0)
    expect(indexAt([], 0)).toBe(-1)
  })
  it('never draws more than there is, and never loses time of a look', () => {
    const arbitrary = fc.array(fc.tuple(fc.nat(86_000), fc.integer({ min: 1, max: 400 }), fc.boolean()), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(arbitrary, fc.nat(60_000), (plays, gap) => {
        const played = plays.map(([from, s, ad]) => play(from * 1000, (from + s) * 1000, ad ? 'ads' : 'public'))
        const list = stretchesOf(day({ played }))
        const blocks = blocksOf(list, gap)
        expect(blocks.length).toBeLessThanOrEqual(list.length)
        for (const s of list)
          expect(blocks.some((b) => b.look === lookOf(s) && b.from <= s.from && s.to <= b.to)).toBe(true)
      }),
    )
  })
  it('keeps shares inside of the day', () => {
    expect([-HOUR, 6 * HOUR, 30 * HOUR].map((at) => shareOf(day({}), at))).toEqual([0, 0.25, 1])
  })
})
