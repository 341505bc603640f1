import type { AddressInfo } from 'node:net'
import { createServer, connect as dial, type Socket } from 'node:net'
import { prng } from '#core/base/prng.ts'

/**
 * A bad line between edges and hub, as TCP shows it to those who talk over it: nothing is lost or out of order, but what a packet lost is
 * late, and everything behind it too; a connection may be reset, and for a while nothing may get through at all. Needs no rights; the real
 * thing, with packets, is `test/netem`.
 */
export type Weather = {
  /** Each way, ms. */
  readonly delayMs: number
  /** Part of the chunks that are lost once, and how late they come, ms: the time TCP waits before it sends again. */
  readonly lost: number
  readonly againMs: number
  /** Part of the chunks after which the connection is reset. */
  readonly reset: number
}
export const FAIR: Weather = { delayMs: 0, lost: 0, againMs: 0, reset: 0 }

export type LossyLine = {
  readonly url: string
  readonly setWeather: (weather: Weather) => void
  /** While it holds nothing gets through, and new connections are made but answer nothing. */
  readonly setCut: (cut: boolean) => void
  readonly counts: () => {
    readonly connections: number
    readonly chunks: number
    readonly late: number
    readonly resets: number
  }
  readonly stop: () => Promise<void>
}

/** What may wait on the line in one direction of one connection, bytes; above it the sender is held back. */
const MOST_HELD_BYTES = 1_048_576

export const startLossyLine = async (targetUrl: string, seed: number): Promise<LossyLine> => {
  const target = new URL(targetUrl)
  const random = prng(seed)
  const open = new Set<Socket>()
  const lanes = new Set<Lane>()
  const run = { weather: FAIR, cut: false, counts: { connections: 0, chunks: 0, late: 0, resets: 0 } }

  type Lane = { readonly pump: () => void }
  const lane = (from: Socket, to: Socket): Lane => {
    const held: { readonly chunk: Buffer; readonly due: number }[] = []
    const it = { bytes: 0, due: 0, timer: undefined as NodeJS.Timeout | undefined }
    const pump = (): void => {
      clearTimeout(it.timer)
      if (run.cut || from.destroyed) return
      for (let first = held[0]; first !== undefined; first = held[0]) {
        const wait = first.due - performance.now()
        if (wait > 0) {
          it.timer = setTimeout(pump, wait)
          return
        }
        held.shift()
        it.bytes -= first.chunk.length
        to.write(first.chunk)
        if (it.bytes < MOST_HELD_BYTES && from.isPaused()) from.resume()
      }
    }
    from.on('data', (chunk: Buffer) => {
      const { delayMs, lost, againMs, reset } = run.weather
      run.counts.chunks += 1
      if (random.chance(reset)) {
        run.counts.resets += 1
        from.resetAndDestroy()
        to.resetAndDestroy()
        return
      }
      const late = random.chance(lost)
      if (late) run.counts.late += 1
      it.due = Math.max(it.due, performance.now() + delayMs + (late ? againMs : 0))
      held.push({ chunk, due: it.due })
      it.bytes += chunk.length
      if (it.bytes >= MOST_HELD_BYTES) from.pause()
      pump()
    })
    from.on('close', () => clearTimeout(it.timer))
    return { pump }
  }
  const server = createServer((near) => {
    run.counts.connections += 1
    const far = dial(Number(target.port), target.hostname)
    const both = [lane(near, far), lane(far, near)]
    for (const one of both) lanes.add(one)
    for (const socket of [near, far]) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        for (const one of both) lanes.delete(one)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    setWeather: (weather) => {
      run.weather = weather
    },
    setCut: (cut) => {
      run.cut = cut
      for (const one of lanes) one.pump()
    },
    counts: () => ({ ...run.counts }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
