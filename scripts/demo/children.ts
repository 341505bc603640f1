import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A supervised child: started again when it dies, with a pause that grows to a bound, as systemd does on a real machine. */
export type Supervised = {
  readonly name: string
  readonly pid: () => number | undefined
  readonly restarts: () => number
  /** From now on its end is its end. Said to all before any is stopped: a terminal's Ctrl-C reaches them as well. */
  readonly letGo: () => void
  /** Ends it for good: SIGTERM, then SIGKILL after the grace. */
  readonly stop: () => Promise<void>
}

const PAUSES_MS = [500, 1_000]
const GRACE_MS = 8_000
/** A child that lived this long starts again without a pause. */
const STEADY_MS = 10_000

export type ChildOptions = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly onLine: (name: string, line: string) => void
  /** False: it is not started again (a screen that died takes its edge down with it anyway). */
  readonly again: boolean
}

export const supervise = (options: ChildOptions): Supervised => {
  let child: ChildProcess | null = null
  let stopping = false
  let restarts = 0
  let quick = 0
  let timer: NodeJS.Timeout | null = null

  const start = () => {
    const began = performance.now()
    const running = spawn(options.command, options.args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] })
    child = running
    for (const stream of [running.stdout, running.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => options.onLine(options.name, line))
    running.on('error', (error) => options.onLine(options.name, `cannot start: ${error.message}`))
    running.on('close', (code, signal) => {
      child = null
      if (stopping) return
      options.onLine(options.name, `ended (${signal ?? code})${options.again ? ', starting again' : ''}`)
      if (!options.again) return
      quick = performance.now() - began > STEADY_MS ? 0 : quick + 1
      restarts++
      // Never at once: the signal that ended it may be on its way to us, too.
      timer = setTimeout(
        start,
        quick === 0 ? (PAUSES_MS[0] ?? 0) : (PAUSES_MS[Math.min(quick, PAUSES_MS.length) - 1] ?? 0),
      )
    })
  }
  start()
  const letGo = () => {
    stopping = true
    if (timer) clearTimeout(timer)
  }

  return {
    name: options.name,
    pid: () => child?.pid,
    restarts: () => restarts,
    letGo,
    stop: () =>
      new Promise((resolve) => {
        letGo()
        const running = child
        if (!running || running.exitCode !== null) return resolve()
        const kill = setTimeout(() => running.kill('SIGKILL'), GRACE_MS)
        running.once('close', () => {
          clearTimeout(kill)
          resolve()
        })
        running.kill('SIGTERM')
      }),
  }
}
