import { createServer, type Server, type Socket } from 'node:net'
import type { Log, Wake } from '#core/base/ports.ts'
import { type Prng, prng } from '#core/base/prng.ts'
import { duration } from '#core/base/units.ts'
import { type MemoryDevice, memoryLink } from '../link/memory.ts'
import { NO_FAULTS, plan, type SimFaults } from './behaviours.ts'
import { createRequestCutter, createSimDisplay, type SimDisplay, type SimState } from './display.ts'
import { openPty, type Pty } from './pty.ts'
import type { SimModel } from './registers.ts'

/** How long the simulated device thinks before it answers, ms. */
const THINKING_MS = 2

export type SimOptions = {
  readonly model: SimModel
  /** Receiving cards on output 0. */
  readonly cards: number
  readonly seed: number
  readonly faults: Partial<SimFaults>
  readonly log: Log
}

export type SimulatedDisplay = {
  readonly state: () => SimState
  /** Registers not stored are lost; a TCP session is cut. */
  readonly powerCycle: () => void
  readonly setSignal: (present: boolean) => void
  readonly setFaults: (faults: Partial<SimFaults>) => void
  readonly onChange: (listener: (state: SimState) => void) => () => void
  /** Pulls the cable: the device or the port is gone. */
  readonly unplug: () => void
  /** Puts it back under the same name or port. */
  readonly plugIn: () => Promise<void>
  readonly close: () => Promise<void>
}

/** The part that is the same on every carrier: requests in, planned replies out. */
const createTalker = (options: SimOptions, wake: Wake) => {
  const display = createSimDisplay(options)
  const random: Prng = prng(options.seed)
  let faults: SimFaults = { ...NO_FAULTS, ...options.faults }
  return {
    display,
    setFaults: (next: Partial<SimFaults>) => {
      faults = { ...NO_FAULTS, ...next }
    },
    /** A new line to the device: its own cutter, so that half a frame does not outlive its cable. */
    line: (send: (bytes: Uint8Array) => void) => {
      const cut = createRequestCutter()
      return (chunk: Uint8Array) => {
        for (const request of cut(chunk)) {
          const reply = display.answer(request)
          if (reply === null) continue
          for (const one of plan({ afterMs: THINKING_MS, bytes: reply }, faults, random))
            wake(duration(one.afterMs), () => send(one.bytes))
        }
      }
    },
  }
}

const realWake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}

/** On a memory link, in the time that `wake` gives: for tests and simulated worlds. */
export const simulateOnMemory = (options: SimOptions & { readonly wake: Wake }) => {
  const talker = createTalker(options, options.wake)
  const { link, device } = memoryLink('memory')
  const receive = talker.line((bytes) => device.send(bytes))
  device.onWritten(receive)
  return {
    link,
    device: device satisfies MemoryDevice,
    display: talker.display satisfies SimDisplay,
    setFaults: talker.setFaults,
  }
}

export type SimCarrier =
  | { readonly kind: 'pty'; readonly path: string }
  | { readonly kind: 'tcp'; readonly port: number }

/**
 * A simulated display on a real pty (`path` becomes a symbolic link to it) or on TCP at 127.0.0.1 (`port` 0 picks
 * one), one
 * session at a time as the real ones. Throws when the path or the port cannot be had.
 */
export function startSimulatedDisplay(
  options: SimOptions & { on: { kind: 'pty'; path: string } },
): Promise<SimulatedDisplay & { path: string }>
export function startSimulatedDisplay(
  options: SimOptions & { on: { kind: 'tcp'; port: number } },
): Promise<SimulatedDisplay & { port: number }>
export async function startSimulatedDisplay(
  options: SimOptions & { on: SimCarrier },
): Promise<SimulatedDisplay & ({ path: string } | { port: number })> {
  const talker = createTalker(options, realWake)
  const { display } = talker
  const carrier =
    options.on.kind === 'pty' ? ptyCarrier(options.on.path, talker.line) : tcpCarrier(options.on.port, talker.line)
  await carrier.plugIn()
  options.log('info', 'simulated display ready', { model: options.model, ...carrier.address() })
  return {
    state: display.state,
    setSignal: display.setSignal,
    onChange: display.onChange,
    setFaults: talker.setFaults,
    powerCycle: () => {
      display.powerCycle()
      carrier.powerCycle()
    },
    unplug: () => void carrier.unplug(),
    plugIn: carrier.plugIn,
    close: carrier.unplug,
    ...carrier.address(),
  }
}

type Line = (send: (bytes: Uint8Array) => void) => (chunk: Uint8Array) => void

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
