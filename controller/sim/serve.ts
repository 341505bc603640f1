import { createServer, type Server, type Socket } from 'node:net'
import type { Log, Wake } from '#core/base/ports.ts'
import { prng } from '#core/base/prng.ts'
import { duration } from '#core/base/units.ts'
import { memoryLink } from '../link/memory.ts'
import { NO_FAULTS, plan, type SimFaults } from './behaviours.ts'
import type { SimDevice } from './device.ts'
import { type Line, paced } from './pace.ts'
import { openPty, type Pty } from './pty.ts'

/** How long the simulated device thinks before it answers, ms. */
const THINKING_MS = 2

export type ServeOptions<D extends SimDevice> = {
  readonly device: D
  readonly seed: number
  readonly faults: Partial<SimFaults>
  /** How long it thinks before it answers, ms. Default: 2. */
  readonly thinkMs?: number
}

export type Served<D extends SimDevice> = {
  readonly device: D
  /** What was not stored is lost; a TCP session is cut. */
  readonly powerCycle: () => void
  readonly setFaults: (faults: Partial<SimFaults>) => void
  /** Pulls the cable: the device or the port is gone. */
  readonly unplug: () => void
  /** Puts it back under the same name or port. */
  readonly plugIn: () => Promise<void>
  readonly close: () => Promise<void>
}

/** The part that is the same on every carrier: requests in, planned replies out. */
const createTalker = (options: ServeOptions<SimDevice>, wake: Wake) => {
  const { device, seed, faults: first, thinkMs = THINKING_MS } = options
  const random = prng(seed)
  let faults: SimFaults = { ...NO_FAULTS, ...first }
  device.lie(faults.lyingReadBack)
  return {
    setFaults: (next: Partial<SimFaults>) => {
      faults = { ...NO_FAULTS, ...next }
      device.lie(faults.lyingReadBack)
    },
    /** A new line to the device: its own cutter, so that half a frame does not outlive its cable. */
    line: (send: (bytes: Uint8Array) => void) => {
      const cut = device.cutter()
      const greeting = device.greeting?.()
      if (greeting) wake(duration(thinkMs), () => send(greeting))
      return (chunk: Uint8Array) => {
        for (const request of cut(chunk)) {
          const meant = device.answer(request).map((bytes) => ({ afterMs: thinkMs, bytes }))
          const spoiler = { spoil: device.spoil, refusal: (code: number) => device.refuse(request, code) }
          for (const one of plan(meant, { faults, device: spoiler, random }))
            if (one.afterMs === 0) send(one.bytes)
            else wake(duration(one.afterMs), () => send(one.bytes))
        }
      }
    },
  }
}

const realWake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}

/** Several devices on one line: each hears everything and answers what is for it, as on RS-485. */
const together = (lines: readonly Line[]): Line => {
  return (send) => {
    const all = lines.map((line) => line(send))
    return (chunk) => {
      for (const receive of all) receive(chunk)
    }
  }
}

/** On a memory link, in the time that `wake` gives: for tests and simulated worlds. `beside`: further devices on the same line. */
export const serveOnMemory = <D extends SimDevice>(
  options: ServeOptions<D> & { readonly wake: Wake; readonly beside?: readonly ServeOptions<SimDevice>[] },
) => {
  const talkers = [options, ...(options.beside ?? [])].map((one) => createTalker(one, options.wake))
  const { link, device: cable } = memoryLink('memory')
  const line = together(talkers.map((talker) => talker.line))
  let receive = line((bytes) => cable.send(bytes))
  cable.onWritten((bytes) => receive(bytes))
  return {
    link,
    cable,
    device: options.device,
    /** Faults of the first device, or of the one at `index` among all. */
    setFaults: (faults: Partial<SimFaults>, index = 0) => talkers[index]?.setFaults(faults),
    /** The devices start anew on the same cable, and greet again where they greet. */
    reconnect: () => {
      receive = line((bytes) => cable.send(bytes))
    },
  }
}

/** Where and how a device is served. */
type Place = {
  readonly log: Log
  /** Further devices on the same line. */
  readonly beside?: readonly ServeOptions<SimDevice>[]
  /** Bytes take the time they would take on a serial line of this speed (8N1), both ways. Default: no time. */
  readonly paceBaud?: number
}

export type SimCarrier =
  | { readonly kind: 'pty'; readonly path: string }
  | { readonly kind: 'tcp'; readonly port: number }

/**
 * A simulated device on a real pty (`path` becomes a symbolic link to it) or on TCP at 127.0.0.1 (`port` 0 picks one), one session at a time
 * as the real ones. Throws when the path or the port cannot be had.
 */
export function serveDevice<D extends SimDevice>(
  options: ServeOptions<D> & Place & { on: { kind: 'pty'; path: string } },
): Promise<Served<D> & { path: string }>
export function serveDevice<D extends SimDevice>(
  options: ServeOptions<D> & Place & { on: { kind: 'tcp'; port: number } },
): Promise<Served<D> & { port: number }>
export async function serveDevice<D extends SimDevice>(
  options: ServeOptions<D> & Place & { on: SimCarrier },
): Promise<Served<D> & ({ path: string } | { port: number })> {
  const talker = createTalker(options, realWake)
  const others = (options.beside ?? []).map((one) => createTalker(one, realWake).line)
  const { device, paceBaud } = options
  const unpaced = together([talker.line, ...others])
  const line = paceBaud === undefined ? unpaced : paced(unpaced, paceBaud)
  const carrier = options.on.kind === 'pty' ? ptyCarrier(options.on.path, line) : tcpCarrier(options.on.port, line)
  await carrier.plugIn()
  options.log('info', 'simulated device ready', carrier.address())
  return {
    device,
    setFaults: talker.setFaults,
    powerCycle: () => {
      device.powerCycle()
      carrier.powerCycle()
    },
    unplug: () => void carrier.unplug(),
    plugIn: carrier.plugIn,
    close: carrier.unplug,
    ...carrier.address(),
  }
}

const ptyCarrier = (path: string, line: Line) => {
  let pty: Pty | null = null
  return {
    address: () => ({ path }),
    powerCycle: () => {},
    plugIn: async () => {
      if (pty !== null) return
      const receive = line((bytes) => pty?.write(bytes))
      pty = openPty(path, receive)
    },
    unplug: async () => {
      pty?.close()
      pty = null
    },
  }
}

const tcpCarrier = (wanted: number, line: Line) => {
  let server: Server | null = null
  let session: Socket | null = null
  let port = wanted
  return {
    address: () => ({ port }),
    powerCycle: () => void session?.destroy(),
    plugIn: () =>
      new Promise<void>((resolve, reject) => {
        if (server !== null) return resolve()
        const starting = createServer((socket) => {
          // A second session is taken and dropped at once, as a sender does while a configuration tool is attached.
          if (session !== null) return void socket.destroy()
          session = socket
          const receive = line((bytes) => void (socket.writable && socket.write(bytes)))
          socket.on('data', (chunk: Buffer) => receive(chunk))
          socket.on('error', () => {})
          socket.on('close', () => {
            if (session === socket) session = null
          })
        })
        starting.once('error', reject)
        starting.listen(port, '127.0.0.1', () => {
          const address = starting.address()
          if (address !== null && typeof address === 'object') port = address.port
          server = starting
          resolve()
        })
      }),
    unplug: () =>
      new Promise<void>((resolve) => {
        const stopping = server
        server = null
        session?.destroy()
        if (stopping === null) return resolve()
        stopping.close(() => resolve())
      }),
  }
}
