import { parentPort, workerData } from 'node:worker_threads'
import { WorldBroken } from '../world/judge.ts'
import { runWorld, type WorldReport, world } from '../world/world.ts'

/** Runs the worlds it is given, one after the other: what each came to goes back to whoever asked. */
export type WorldTask = { readonly seeds: readonly number[]; readonly days: number }
export type WorldDone = {
  readonly seed: number
  readonly report: WorldReport | null
  /** Which invariant broke and how; a bug that throws has no invariant. */
  readonly broken: { readonly invariant: string; readonly message: string } | null
  readonly ms: number
}

const task = workerData as WorldTask
for (const seed of task.seeds) {
  const begun = performance.now()
  let report: WorldReport | null = null
  let broken: WorldDone['broken'] = null
  try {
    report = runWorld(world(seed, task.days))
  } catch (error) {
    const message =
      error instanceof Error ? (error instanceof WorldBroken ? error.message : (error.stack ?? '')) : `${error}`
    broken = { invariant: error instanceof WorldBroken ? error.invariant : 'it threw', message }
  }
  parentPort?.postMessage({ seed, report, broken, ms: performance.now() - begun } satisfies WorldDone)
}
