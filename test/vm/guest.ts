import { writeSync } from 'node:fs'
import { assert } from '#core/base/result.ts'
import { MARK } from './plan.ts'

/** Runs inside of a virtual machine: steps with names, each told to the host on the console as one line. */
export type Guest = {
  /** Runs one step. What it returns is shown beside it. A throw is a failed step; the next one runs all the same. */
  readonly step: (name: string, run: () => Promise<string>) => Promise<void>
  /** A figure or a fact that is no pass or fail. */
  readonly note: (text: string) => void
  readonly done: () => void
}

/** Longest a step may take, ms. A virtual machine without hardware help is some ten times slower than a real one. */
const STEP_LIMIT_MS = 30_000

/** The console is a slow serial line: a line of ours must not be cut by a buffer of the process. */
const tell = (what: unknown): void => {
  writeSync(1, `\n${MARK}${JSON.stringify(what)}\n`)
}

export const guest = (limitMs = STEP_LIMIT_MS): Guest => {
  const state = { steps: 0 }
  return {
    step: async (name, run) => {
      state.steps += 1
      const began = performance.now()
      const ended = (passed: boolean, detail: string): void =>
        tell({ step: name, passed, detail, ms: Math.round(performance.now() - began) })
      try {
        ended(true, await within(run(), limitMs))
      } catch (error) {
        ended(false, error instanceof Error ? error.message : String(error))
      }
    },
    note: (text) => tell({ note: text }),
    done: () => tell({ done: state.steps }),
  }
}

const within = async <T>(work: Promise<T>, limitMs: number): Promise<T> => {
  const clock = Promise.withResolvers<never>()
  const timer = setTimeout(() => clock.reject(new Error(`not done after ${limitMs} ms`)), limitMs)
  try {
    return await Promise.race([work, clock.promise])
  } finally {
    clearTimeout(timer)
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Looks every few ms until it is so; throws with what was there last. */
export const until = async (what: string, limitMs: number, isSo: () => boolean): Promise<number> => {
  const began = performance.now()
  while (!isSo()) {
    assert(performance.now() - began < limitMs, `${what}: not so after ${limitMs} ms`)
    await pause(2)
  }
  return performance.now() - began
}

export const equal = <T>(what: string, got: T, wanted: T): void => {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  assert(a === b, `${what}: ${a}, not ${b}`)
}
