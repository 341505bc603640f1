import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { messageOfOrder } from '#controller/raster/message-of.ts'
import { createRaster } from '#controller/raster/render.ts'
import type { Order } from '#core/emergency/order.ts'
import { mpvArgs } from '#edge/player/mpv.ts'
import { createPages } from '#edge/player/pages.ts'
import { startScreen } from '../../scripts/demo/screen.ts'
import { timeChange } from './watch.ts'

/**
 * The bare floor: the same mpv with the same arguments under the same kind of X screen, told directly over its socket to show the same
 * kind of picture. No hub, no link, no signature, no play log, no drawing.
 */
export type Floor = {
  /** Shows the order's picture that was drawn beforehand, from the still picture. ms */
  readonly time: (i: number) => Promise<number>
  readonly stop: () => Promise<void>
}

const OFFSET_MINUTES = 420
const PICTURES = 2

export const startFloor = async (panel: { width: number; height: number }, sample: Order): Promise<Floor> => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-floor-'))
  const runDir = mkdtempSync('/dev/shm/bangtin-floor-')
  const screen = await startScreen(panel, folder)
  const pages = createPages({ runDir, raster: () => createRaster({ fontDirs: [] }), panel })
  const files = Array.from({ length: PICTURES }, (_, i) => {
    const texts = sample.texts.map((text) => ({ ...text, headline: `${text.headline} (${i})` }))
    const riskLevel = i % 2 === 0 ? 2 : 5
    const face = { ...sample, texts, riskLevel, authority: sample.authority.name }
    const message = messageOfOrder(face, OFFSET_MINUTES)
    if (message === null) throw new Error('the sample order draws nothing')
    const drawn = pages.draw(message)
    const path = drawn.ok ? drawn.value[0]?.path : undefined
    if (path === undefined) throw new Error('the floor has no picture')
    return path
  })
  const version = execFileSync('mpv', ['--version'], { encoding: 'utf8', timeout: 10_000 })
  const args = mpvArgs({ output: 'x11', panel, audio: false, extraArgs: [] }, version)
  const mpv = spawn('mpv', args, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, DISPLAY: screen.display },
  })
  const socket = mpv.stdio[3] as Duplex
  socket.resume()
  const show = (i: number): Promise<number> => {
    const command = { command: ['loadfile', files[i % PICTURES], 'replace'] }
    const at = performance.now()
    socket.write(`${JSON.stringify(command)}\n`)
    return Promise.resolve(at)
  }
  const time = async (i: number) => (await timeChange(screen.pixels, () => show(i))).firstFrameMs
  await time(PICTURES - 1)
  return {
    time,
    stop: async () => {
      const gone = new Promise((resolve) => mpv.once('exit', resolve))
      mpv.kill('SIGTERM')
      await gone
      screen.stop()
      for (const dir of [folder, runDir]) rmSync(dir, { recursive: true, force: true })
    },
  }
}
