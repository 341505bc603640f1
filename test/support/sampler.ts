import { readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { openProbeFile } from './pixels.ts'
import { CONTROL, type SamplerData } from './sampler-control.ts'

/*
 * Looks at a few points of an X screen as fast as it can, in a thread of its own: while `running` is 1 it counts, and it tells the count when
 * that becomes 0. Between two looks it sleeps a fifth of a millisecond, so that it does not take the processor from the player it watches.
 */

/** Sum of red, green and blue up to which a point counts as black: no colour of the test media comes near it. */
const BLACK_SUM = 48
const PAUSE_MS = 0.2

const data = workerData as SamplerData
const control = new Int32Array(data.control)
const { fd, layout } = openProbeFile(data.file)
const places = data.points.map(({ x, y }) => layout.dataAt + y * layout.bytesPerLine + x * 4)
const pixel = Buffer.alloc(4)

const blackPoints = (): number => {
  let black = 0
  for (const place of places) {
    readSync(fd, pixel, 0, 4, place)
    const [a = 0, b = 0, c = 0, d = 0] = pixel
    if ((layout.littleEndian ? a + b + c : b + c + d) <= BLACK_SUM) black += 1
  }
  return black
}

parentPort?.postMessage('ready')
while (Atomics.load(control, CONTROL.ended) === 0) {
  if (Atomics.wait(control, CONTROL.running, 0, 1_000) === 'timed-out') continue
  const count = { samples: 0, black: 0, partly: 0, longestMs: 0 }
  let since: number | null = null
  while (Atomics.load(control, CONTROL.running) === 1) {
    const black = blackPoints()
    const now = performance.now()
    count.samples += 1
    if (black === places.length) count.black += 1
    else if (black > 0) count.partly += 1
    if (black === 0) since = null
    else {
      since ??= now
      count.longestMs = Math.max(count.longestMs, now - since)
    }
    Atomics.wait(control, CONTROL.running, 1, PAUSE_MS)
  }
  parentPort?.postMessage(count)
}
