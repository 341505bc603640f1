import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** A virtual X screen of exactly the panel's size, whose real pixels stand in a file (XWD) that tests and benches can read. */
export type VirtualScreen = { readonly display: string; readonly pixels: string; readonly stop: () => void }

/** How long Xvfb may take to say its number, ms. */
const START_MS = 15_000

/** Starts Xvfb on a free display. Rejects with the next step when Xvfb is not there or does not start. */
export const startScreen = (
  panel: { readonly width: number; readonly height: number },
  dir: string,
): Promise<VirtualScreen> =>
  new Promise((resolve, reject) => {
    mkdirSync(dir, { recursive: true })
    const args = [
      '-displayfd',
      '3',
      '-screen',
      '0',
      `${panel.width}x${panel.height}x24`,
      '-fbdir',
      dir,
      '-nolisten',
      'tcp',
      '-noreset',
    ]
    const child: ChildProcess = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`Xvfb did not start within ${START_MS} ms`))
    }, START_MS)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(
        new Error(`Xvfb cannot be started (${error.message}). Cài: apt install xvfb · install it: apt install xvfb`),
      )
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`Xvfb ended with ${code} before it was ready`))
    })
    child.stdio[3]?.once('data', (data: Buffer) => {
      clearTimeout(timer)
      resolve({
        display: `:${data.toString().trim()}`,
        pixels: `${dir}/Xvfb_screen0`,
        stop: () => child.kill('SIGTERM'),
      })
    })
  })
