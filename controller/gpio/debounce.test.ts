import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Duration, duration, mono } from '#core/base/units.ts'
import { debounced, dueAt, edge, elapse, type Settled } from './debounce.ts'

/** Plays edges (at most one each millisecond) against the machine, its timer fired `late` ms after it is due; all it told, to the end. */
const play = (edges: readonly Settled[], span: Duration, late: number, until: number): readonly Settled[] => {
  const told: Settled[] = []
  let state = debounced(false)
  const pass = (at: number): void => {
    const due = dueAt(state, span)
    if (due === null || due + late > at) return
    const step = elapse(state, mono(due + late), span)
    state = step.state
    if (step.settled !== null) told.push(step.settled)
  }
  for (const seen of edges) {
    pass(seen.at)
    const step = edge(state, seen, span)
    state = step.state
    if (step.settled !== null) told.push(step.settled)
  }
  pass(until)
  return told
}

/** A contact: how long it stays at each level in turn, ms, beginning low. */
const wave = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 60 })
const edgesOf = (stays: readonly number[]): { readonly edges: readonly Settled[]; readonly end: number } => {
  const edges: Settled[] = []
  let at = 0
  stays.forEach((stay, index) => {
    if (index > 0) edges.push({ level: index % 2 === 1, at: mono(at) })
    at += stay
  })
  return { edges, end: at }
}

/** The rule in other words, over the whole wave at once: every stretch of one level that is long enough counts, if it is a change. */
const oracle = (edges: readonly Settled[], span: number, end: number): readonly Settled[] => {
  const told: Settled[] = []
  let level = false
  edges.forEach((one, index) => {
    const stays = (edges[index + 1]?.at ?? end) - one.at
    if (stays < span || one.level === level) return
    level = one.level
    told.push({ level, at: mono(one.at + span) })
  })
  return told
}

describe('debounce', () => {
  it('tells each change that stays, once, exactly the span after its last edge; whatever the timer does', () => {
    let checked = 0
    fc.assert(
      fc.property(wave, fc.integer({ min: 1, max: 150 }), fc.integer({ min: 0, max: 40 }), (stays, span, late) => {
        const { edges, end } = edgesOf(stays)
        const told = play(edges, duration(span), late, end + span + late)
        expect(told).toEqual(oracle(edges, span, end + span + late))
        checked += told.length
      }),
      { numRuns: 2000 },
    )
    expect(checked).toBeGreaterThan(1000)
  })

  it('never tells a glitch shorter than the span', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 500 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 499 }), fc.integer({ min: 1, max: 1000 })), { maxLength: 40 }),
        (span, glitches) => {
          const edges: Settled[] = []
          let at = 0
          for (const [length, gap] of glitches) {
            at += gap
            edges.push({ level: true, at: mono(at) })
            at += Math.min(length, span - 1)
            edges.push({ level: false, at: mono(at) })
          }
          expect(play(edges, duration(span), 0, at + 10 * span)).toEqual([])
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('tells a change that bounces exactly once, within the span after its last bounce', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100 }),
        fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 30 }),
        (span, bounces) => {
          const times = [100]
          for (const gap of bounces) times.push((times.at(-1) ?? 0) + Math.min(gap, span - 1))
          // An odd number of edges from low ends high.
          const odd = times.length % 2 === 1 ? times : times.slice(1)
          const edges = odd.map((at, index): Settled => ({ level: index % 2 === 0, at: mono(at) }))
          const last = edges.at(-1)?.at ?? 0
          expect(play(edges, duration(span), 0, last + 10 * span)).toEqual([{ level: true, at: last + span }])
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('begins the wait anew when edges were missed in between', () => {
    const span = duration(50)
    const first = edge(debounced(false), { level: true, at: mono(0) }, span)
    // sysfs told once for two edges: the line was low for a moment that nobody saw.
    const again = edge(first.state, { level: true, at: mono(30) }, span)
    expect(elapse(again.state, mono(79), span).settled).toBeNull()
    expect(elapse(again.state, mono(80), span).settled).toEqual({ level: true, at: 80 })
  })

  it('tells what had become certain before the next edge, however late that comes', () => {
    const span = duration(50)
    const first = edge(debounced(false), { level: true, at: mono(0) }, span)
    const late = edge(first.state, { level: false, at: mono(60) }, span)
    expect(late.settled).toEqual({ level: true, at: 50 })
    expect(dueAt(late.state, span)).toBe(110)
  })
})
