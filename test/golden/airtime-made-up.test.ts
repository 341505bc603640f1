import { describe, expect, it } from 'vitest'
import type { RunOptions } from '#core/engine/virtual.ts'
import { at, frames, SHIPPED, tellUnder } from './airtime-days.ts'

const HOUR = 3_600_000
const day = (schedule: ReturnType<typeof frames>, more: RunOptions['happenings'] = []) =>
  tellUnder(SHIPPED, schedule, { more, playerUp: '03:00' })
const finals = (g: ReturnType<typeof day>) =>
  g.records.flatMap((r) => (r.kind === 'airtime' && r.date === '2026-11-23' ? [`${r.period} ${r.stage}`] : []))

/** The golden days that fall short by their frames alone, under the policy as shipped: lit from 04:00 to 23:00, what is owed is made up. */
describe('golden days of Art. 8, with airtime made up outside of frames', () => {
  it('G2 made up: six hours in one go, and the afternoon goes on until it has its three', () => {
    const g = day(frames(['07:00', '13:00']))
    expect([g.morning >= 5 * HOUR, g.afternoon, g.verdict.verdict]).toEqual([true, 3 * HOUR, 'compliant'])
    expect(finals(g).filter((line) => !/short|recovered/.test(line))).toEqual(['morning met', 'afternoon met'])
  })

  it('G4 made up: the evening is not the afternoon, so the afternoon has its own', () => {
    const g = day(frames(['08:00', '11:00'], ['18:00', '21:00']))
    expect([g.morning >= 3 * HOUR, g.afternoon, g.verdict.verdict]).toEqual([true, 3 * HOUR, 'compliant'])
  })

  it('G5 made up: what a dark panel cost in the frame is brought beside it', () => {
    const g = day(frames(['07:00', '10:00'], ['14:00', '17:00']), [
      { at: at('14:10'), panel: 'dark' },
      { at: at('14:20'), panel: 'lit' },
    ])
    expect(g.of('afternoon').faults.display).toBeGreaterThan(590_000)
    expect([g.afternoon >= 3 * HOUR, g.verdict.verdict]).toEqual([true, 'compliant'])
  })

  it('what cannot be made up is missed, and said as soon as that is so', () => {
    const g = day(frames(['07:00', '10:00'], ['14:00', '17:00']), [
      { at: at('12:00'), panel: 'dark' },
      { at: at('16:00'), panel: 'lit' },
    ])
    const short = g.records.find((r) => r.kind === 'airtime' && r.stage === 'short' && r.period === 'afternoon')
    expect(short && short.at.wall - at('15:00')).toBeLessThan(60_000)
    expect(g.verdict.verdict).toBe('non-compliant')
    const today = g.records.filter((r) => r.kind === 'airtime' && r.period === 'afternoon' && r.date === '2026-11-23')
    expect(today.at(-1)).toMatchObject({
      stage: 'missed',
      cause: 'DEVICE',
      missingMs: 3 * HOUR - g.afternoon,
    })
  })
})
