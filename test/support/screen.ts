import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ProbePoint } from './pixels.ts'
import { CONTROL, type Sampled } from './sampler-control.ts'

/** A virtual X server of the given size, whose pixels are in a file. */
export type Screen = {
  /** As `DISPLAY` takes it. */
  readonly display: string
  /** The XWD file that the server keeps: see `pixels.ts`. */
  readonly file: string
  readonly stop: () => void
}

/** From the start of the server to its number, ms. */
const START_MS = 20_000
/** From the end of a count to the count, ms. */
const COUNT_MS = 5_000

export const openScreen = async (size: { readonly width: number; readonly height: number }): Promise<Screen> => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-screen-'))
  const geometry = `${size.width}x${size.height}x24`
  const args = ['-displayfd', '3', '-screen', '0', geometry, '-fbdir', folder, '-nolisten', 'tcp']
  const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const stop = (): void => {
    process.off('exit', stop)
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  // Whoever forgets it, or dies of an error, leaves no server behind.
  process.once('exit', stop)
  try {
    const number = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`Xvfb did not start within ${START_MS} ms`)), START_MS)
      server.stdio[3]?.once('data', (chunk: Buffer) => {
        clearTimeout(late)
        resolve(chunk.toString().trim())
      })
      server.once('error', reject)
      server.once('exit', (code) => reject(new Error(`Xvfb ended (${code}); is the package xvfb installed?`)))
    })
    return { display: `:${number}`, file: join(folder, 'Xvfb_screen0'), stop }
  } catch (error) {
    stop()
    throw error
  }
}

export type Sampler = {
  /** Begins a count. */
  readonly start: () => void
  readonly stop: () => Promise<Sampled>
  readonly close: () => Promise<void>
}

/** See `sampler.ts`. */
export const openSampler = async (file: string, points: readonly ProbePoint[]): Promise<Sampler> => {
  const shared = new SharedArrayBuffer(8)
  const control = new Int32Array(shared)
  const worker = new Worker(new URL('./sampler.ts', import.meta.url), {
    workerData: { file, points, control: shared },
  })
  // It says when it looks; a count that ended before that would be lost.
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  const set = (index: number, value: number): void => {
    Atomics.store(control, index, value)
    Atomics.notify(control, CONTROL.running)
  }
  return {
    start: () => set(CONTROL.running, 1),
    stop: () =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => failed(new Error(`no count within ${COUNT_MS} ms`)), COUNT_MS)
        const counted = (count: Sampled): void => {
          clearTimeout(late)
          worker.off('error', failed)
          resolve(count)
        }
        const failed = (error: Error): void => {
          clearTimeout(late)
          worker.off('message', counted)
          reject(error)
        }
        worker.once('message', counted)
        worker.once('error', failed)
        set(CONTROL.running, 0)
      }),
    close: async () => {
      set(CONTROL.ended, 1)
      set(CONTROL.running, 0)
      await worker.terminate()
    },
  }
}
