import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type GuestLine, readGuestLine } from './plan.ts'

/** How a machine’s run ended. */
export type Ended = {
  /** All lines that are not the kernel’s. */
  readonly told: readonly Exclude<GuestLine, { is: 'noise' }>[]
  /** `done`: it said so itself. `limit`: it was stopped after its time. `exit`: it ended before it was done. */
  readonly how: 'done' | 'limit' | 'exit'
  /** Last lines of its console, for a failure. */
  readonly console: readonly string[]
  readonly ms: number
}

/** Console lines kept for a failure. */
const MOST_CONSOLE = 80

/** Runs one virtual machine until its tests are done, at most `limitMs`. `onLine` hears each line as it comes. */
export const runMachine = (
  command: readonly [program: string, ...args: string[]],
  options: { readonly limitMs: number; readonly onLine: (line: GuestLine) => void },
): Promise<Ended> =>
  new Promise((resolve) => {
    const began = performance.now()
    const [program, ...args] = command
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const told: Exclude<GuestLine, { is: 'noise' }>[] = []
    const console: string[] = []
    const state: { how: Ended['how'] } = { how: 'exit' }
    const stop = (how: Ended['how']): void => {
      state.how = how
      child.kill('SIGKILL')
    }
    const limit = setTimeout(() => stop('limit'), options.limitMs)
    const keep = (text: string): void => {
      console.push(text)
      if (console.length > MOST_CONSOLE) console.shift()
    }
    const hear = (text: string): void => {
      const line = readGuestLine(text)
      keep(text.trimEnd())
      options.onLine(line)
      if (line.is === 'noise') return
      told.push(line)
      if (line.is === 'done') stop('done')
    }
    createInterface({ input: child.stdout }).on('line', hear)
    createInterface({ input: child.stderr }).on('line', keep)
    const kill = (): void => void child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('error', (error) => keep(error.message))
    child.once('close', () => {
      clearTimeout(limit)
      process.off('exit', kill)
      resolve({ told, how: state.how, console, ms: performance.now() - began })
    })
  })
