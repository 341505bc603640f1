import { describe, expect, it } from 'vitest'
import { step } from '#core/engine/step.ts'
import { INVARIANTS, type Invariant, WorldBroken } from './judge.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { FOUND } from './seeds.ts'
import { runTwice, runWithoutHub } from './twins.ts'
import { runWorld, type WorldReport, world } from './world.ts'

/** The short form; the long one is `npm run soak -- --only world`. */
const SEEDS = 20
/** Judged by running a world twice. */
const TWICE: readonly Invariant[] = ['same-seed', 'hub-loss']

describe('the simulated world', () => {
  it('holds every invariant of design §5 at every step, for twenty seeds of a day, and each had occasion to fail', () => {
    const reports: WorldReport[] = []
    for (let seed = 1; seed <= SEEDS; seed++) reports.push(runWorld(world(seed, 1)))
    const occasions = (name: Invariant) => reports.reduce((n, r) => n + r.occasions[name], 0)
    const names = (Object.keys(INVARIANTS) as Invariant[]).filter((name) => !TWICE.includes(name))
    expect(names.filter((name) => occasions(name) === 0)).toEqual([])
    expect(names.length).toBeGreaterThan(20)
    // The faults were there.
    const kinds = new Set(
      reports.flatMap((r) => Object.entries(r.faults).flatMap(([name, n]) => (n > 0 ? [name] : []))),
    )
    for (const kind of ['mains-cut', 'killed', 'silent', 'clock-step', 'link-down', 'player-dies', 'disk-io'])
      expect(kinds).toContain(kind)
    expect(reports.reduce((n, r) => n + r.plays, 0)).toBeGreaterThan(3_000)
  }, 240_000)

  it.each(FOUND)(
    'still holds where it once did not: seed $seed',
    ({ seed, days }) => {
      expect(runWorld(world(seed, days)).records).toBeGreaterThan(0)
    },
    120_000,
  )

  it('gives the same bytes of evidence for the same seed, and others for another', () => {
    const heads = [2, 6].map((seed) => runTwice(seed, 1, step).head)
    expect(new Set(heads).size).toBe(heads.length)
  })

  it('shows the same at the same time whether the hub is there or away', () => {
    for (const seed of [2, 3]) expect(runWithoutHub(seed, 1, step).faults['link-down']).toBeGreaterThan(0)
  })

  it.each(MUTANTS)(
    'catches an engine with $name',
    (mutant) => {
      const found = firstFinding(mutant)
      expect(mutant.foundBy).toContain(found)
    },
    240_000,
  )
})

const firstFinding = (mutant: Mutant): Invariant | null => {
  for (const seed of mutant.seeds)
    try {
      if (mutant.foundBy.includes('same-seed')) runTwice(seed, 1, mutant.step())
      else if (mutant.foundBy.includes('hub-loss')) runWithoutHub(seed, 1, mutant.step())
      else runWorld({ ...world(seed, 1), step: mutant.step() })
    } catch (error) {
      if (error instanceof WorldBroken) return error.invariant
      throw error
    }
  return null
}
