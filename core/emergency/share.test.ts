import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anOrder } from '../../test/build.ts'
import { mono } from '../base/units.ts'
import { CERTAINTIES, SEVERITIES, URGENCIES } from './order.ts'
import {
  cycleOf,
  MOST_TURN_MS,
  readingNeed,
  type Share,
  type Sharer,
  type Sharing,
  shareOut,
  turnEnds,
  turnsOf,
  UNSHARED,
  weightOf,
} from './share.ts'

const RULES: Sharing = { turnMs: 15_000, leastShare: 0.1 }
const named = (ids: string, needMs = 10_000): Sharer[] => [...ids].map((id) => ({ id, needMs }))

/** Who holds the screen and for how long, from `share` on, until so much time has passed. */
const run = (sharers: readonly Sharer[], rules: Sharing, forMs: number, from: Share = UNSHARED, at = 0) => {
  const turns: { id: string; ms: number }[] = []
  let share = from
  let now = at
  while (now < at + forMs) {
    share = shareOut(share, sharers, { now: mono(now), rules, isLive: (id) => sharers.some((s) => s.id === id) })
    const ends = turnEnds(share, sharers, rules) ?? at + forMs
    turns.push({ id: share.holder ?? '?', ms: Math.min(ends, at + forMs) - now })
    now = ends
  }
  return { turns, share, now, said: turns.map((t) => t.id).join('') }
}
const sumOf = (turns: readonly { id: string; ms: number }[], id: string) =>
  turns.filter((t) => t.id === id).reduce((ms, t) => ms + t.ms, 0)

const anySharers = fc
  .array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 20 })
  .map((needs) => needs.map((needMs, i) => ({ id: `O-${i}`, needMs })))
const anyRules = fc.record({
  turnMs: fc.integer({ min: 5_000, max: 300_000 }),
  leastShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
})

describe('how an order weighs', () => {
  it('urgency before severity before certainty, an all-clear below every danger, an exercise below everything real', () => {
    const orders = URGENCIES.flatMap((urgency) =>
      SEVERITIES.flatMap((severity) => CERTAINTIES.map((certainty) => anOrder({ urgency, severity, certainty }))),
    )
    const weights = orders.map(weightOf)
    expect(weights).toEqual(weights.toSorted((a, b) => a - b))
    expect(new Set(weights).size).toBe(5 * 4 * 5)
    expect(weightOf(anOrder({ severity: 'extreme' }))).toBe(Math.max(...weights))
    const clear = weightOf(anOrder({ action: 'update', references: ['A'], allClear: true }))
    const exercise = weightOf(anOrder({ status: 'exercise', severity: 'extreme' }))
    expect(clear).toBeLessThan(Math.min(...weights))
    expect(exercise).toBeLessThan(clear)
    expect(weightOf(anOrder({ status: 'exercise', allClear: true }))).toBe(exercise)
  })

  it('a turn is as long as all its languages need', () => {
    const one = anOrder().texts[0] ?? { language: 'vi' as const, headline: '', instruction: '' }
    const two = anOrder({ texts: [one, { ...one, language: 'en' }] })
    expect(readingNeed(two)).toBe(2 * readingNeed(anOrder()))
    expect(readingNeed(anOrder())).toBeGreaterThanOrEqual(5_000)
    const ms = turnsOf([{ id: 'A', needMs: 22_000 }, ...named('B')], RULES).ms
    expect([...ms]).toEqual([
      ['A', 22_000],
      ['B', 15_000],
    ])
  })
})

describe('several emergencies on one screen', () => {
  it('alone it stays; of several the strongest holds the screen between the others', () => {
    expect(run(named('A'), RULES, 600_000).turns).toEqual([{ id: 'A', ms: 600_000 }])
    expect(run(named('AB'), RULES, 120_000).said).toBe('ABABABAB')
    // Each has its first turn, then the strongest comes between.
    expect(run(named('ABC'), RULES, 150_000).said).toBe('ABCABACABA')
  })

  it('goes round where none would keep its least share otherwise', () => {
    expect(turnsOf(named('ABCDEF'), RULES).way).toBe('between')
    expect(turnsOf(named('ABCDEFG'), RULES).way).toBe('round')
    const { said } = run(named('ABCDEFG'), RULES, 7 * 3 * 15_000)
    expect(said).toBe('ABCDEFGABCDEFGABCDEFG')
  })

  it('nobody’s turn is longer than that of the strongest, and very unequal texts get turns of one length', () => {
    const unequal = [
      { id: 'A', needMs: 0 },
      { id: 'B', needMs: 400_000 },
      { id: 'C', needMs: 0 },
    ]
    const { way, ms } = turnsOf(unequal, RULES)
    expect(way).toBe('round')
    expect([...ms.values()]).toEqual([MOST_TURN_MS, MOST_TURN_MS, MOST_TURN_MS])
  })

  it('a stronger one takes the screen at once; a new weaker one breaks into any turn but a first one', () => {
    const share = run(named('B'), RULES, 3_000).share
    const at = (ms: number, before: Share, ids: string) =>
      shareOut(before, named(ids), { now: mono(ms), rules: RULES, isLive: () => true })
    const stronger = at(3_000, share, 'AB')
    expect(stronger).toMatchObject({ holder: 'A', since: 3_000 })
    // B was cut in its first turn, so it is still new, and first after A; C comes after it.
    const third = at(4_000, stronger, 'ABC')
    expect(third.holder).toBe('A')
    const second = at(18_000, third, 'ABC')
    expect(second.holder).toBe('B')
    const last = at(33_000, second, 'ABC')
    expect(last.holder).toBe('C')
    // Everybody had one; D breaks into the turn of A.
    const again = at(48_000, last, 'ABC')
    expect(again.holder).toBe('A')
    expect(at(49_000, again, 'ABCD')).toMatchObject({ holder: 'D', since: 49_000 })
  })

  it('one that ends gives way at once, one that cannot be drawn had its turn', () => {
    const { share, now } = run(named('ABC'), RULES, 15_000)
    const isLive = () => true
    const b = shareOut(share, named('ABC'), { now: mono(now), rules: RULES, isLive })
    expect(b.holder).toBe('B')
    const gone = shareOut(b, named('AC'), { now: mono(now + 1), rules: RULES, isLive: (id) => id !== 'B' })
    expect(gone.holder).toBe('C')
    expect(gone.had['B']).toBeUndefined()
    const broken = shareOut(b, named('AC'), { now: mono(now + 1), rules: RULES, isLive })
    expect(broken.had['B']).toBeDefined()
    // When it can be drawn again it is not new, and breaks into nothing.
    const back = shareOut({ ...broken, had: { ...broken.had, C: 9 } }, named('ABC'), {
      now: mono(now + 5_000),
      rules: RULES,
      isLive,
    })
    expect(back.holder).toBe('C')
  })

  it('each gets its least share over a cycle where that is possible, and the strongest no less than any other', () => {
    let possible = 0
    fc.assert(
      fc.property(anySharers, anyRules, (sharers, rules) => {
        const cycle = cycleOf(sharers, rules)
        // After the first turns the cycles are all alike.
        const warm = run(sharers, rules, 3 * cycle)
        const { turns } = run(sharers, rules, 2 * cycle, warm.share, warm.now)
        const all = turns.reduce((ms, t) => ms + t.ms, 0)
        const shares = sharers.map((s) => sumOf(turns, s.id) / all)
        const [top = 0, ...others] = shares
        // A cycle may be cut anywhere, so two of them may differ by one turn.
        const turn = Math.max(...turnsOf(sharers, rules).ms.values()) / all
        const feasible = sharers.length * rules.leastShare <= 1
        if (feasible && sharers.length > 1) possible++
        for (const share of others) {
          expect(share).toBeGreaterThan(0)
          expect(top + turn).toBeGreaterThanOrEqual(share)
          if (feasible) expect(share + turn).toBeGreaterThanOrEqual(rules.leastShare)
        }
      }),
      { numRuns: 200 },
    )
    expect(possible).toBeGreaterThan(50)
  })

  it('the lengths of the turns alone keep the least share, exactly', () => {
    fc.assert(
      fc.property(anySharers, anyRules, (sharers, rules) => {
        const { way, ms } = turnsOf(sharers, rules)
        const cycle = cycleOf(sharers, rules)
        const own = sharers.map((s) => ms.get(s.id) ?? 0)
        const [top = 0] = own
        const topMs = way === 'between' ? top * Math.max(1, sharers.length - 1) : top
        for (const [i, one] of own.entries()) {
          expect(one).toBeGreaterThanOrEqual(Math.min(MOST_TURN_MS, Math.max(rules.turnMs, sharers[i]?.needMs ?? 0)))
          expect(topMs).toBeGreaterThanOrEqual(one)
          if (sharers.length * rules.leastShare <= 1)
            expect(one / cycle + 1e-9).toBeGreaterThanOrEqual(rules.leastShare)
        }
      }),
    )
  })

  it('whoever is new has a turn within one cycle, however the others came and went', () => {
    const change = fc.record({
      at: fc.integer({ min: 0, max: 200_000 }),
      id: fc.integer({ min: 0, max: 7 }),
      on: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const sorted = changes.toSorted((a, b) => a.at - b.at)
        const live = new Set<number>([0])
        let share = UNSHARED
        const waiting = new Map<number, number>()
        for (let now = 0; now < 600_000; now += 1_000) {
          for (const { at, id, on } of sorted)
            if (at >= now && at < now + 1_000) {
              if (on && !live.has(id)) waiting.set(id, now)
              if (!on) waiting.delete(id)
              if (on) live.add(id)
              else live.delete(id)
            }
          const sharers = [...live].sort((a, b) => a - b).flatMap((n) => named(String(n)))
          share = shareOut(share, sharers, { now: mono(now), rules: RULES, isLive: (id) => live.has(Number(id)) })
          expect(share.holder === null).toBe(live.size === 0)
          waiting.delete(Number(share.holder))
          // At most seven others, each for one turn, and the strongest between; more may come meanwhile.
          for (const since of waiting.values()) expect(now - since).toBeLessThanOrEqual(16 * 15_000)
        }
        expect(waiting.size).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('asks for nothing new while nothing changes, and forgets who is over', () => {
    const { share } = run(named('ABC'), RULES, 200_000)
    const same = { rules: RULES, isLive: () => true }
    expect(shareOut(share, named('ABC'), { ...same, now: share.since })).toBe(share)
    const none = shareOut(share, [], { ...same, now: share.since, isLive: () => false })
    expect(none).toMatchObject({ holder: null, had: {} })
    expect(shareOut(none, [], { ...same, now: share.since, isLive: () => false })).toBe(none)
  })
})
