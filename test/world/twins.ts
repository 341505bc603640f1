import type { StepFn } from './edge.ts'
import { WorldBroken } from './judge.ts'
import { runWorld, type WorldReport, world } from './world.ts'

/** The same world twice: every byte of evidence is the same (7). */
export const runTwice = (seed: number, days: number, step: StepFn): WorldReport => {
  const first = runWorld({ ...world(seed, days), step })
  const second = runWorld({ ...world(seed, days), step })
  if (first.head !== second.head)
    throw new WorldBroken(
      'same-seed',
      `seed ${seed}: the evidence ends in ${first.head} once and in ${second.head} again`,
    )
  return first
}

/**
 * The same world with its hub there all the time, and with a hub that goes away for days. Nothing new is sent in either, so the same is
 * shown at the same milliseconds (9).
 */
export const runWithoutHub = (seed: number, days: number, step: StepFn): WorldReport => {
  const there = runWorld({ ...world(seed, days), step, silentHub: true, links: 'up' })
  const away = runWorld({ ...world(seed, days), step, silentHub: true, links: 'away' })
  if (there.shows !== away.shows)
    throw new WorldBroken('hub-loss', `seed ${seed}: other plays, or at other times, when the hub is away`)
  return away
}
