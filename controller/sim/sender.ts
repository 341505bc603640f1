import type { Log, Wake } from '#core/base/ports.ts'
import type { SimFaults } from './behaviours.ts'
import type { SimState } from './display.ts'
import { createNovastarSim } from './novastar.ts'
import type { SimModel } from './registers.ts'
import { type Served, type SimCarrier, serveDevice, serveOnMemory } from './serve.ts'

export type SimOptions = {
  readonly model: SimModel
  /** Receiving cards on output 0. */
  readonly cards: number
  readonly seed: number
  readonly faults: Partial<SimFaults>
  readonly log: Log
}

type Sender = ReturnType<typeof createNovastarSim>

export type SimulatedDisplay = Served<Sender> & {
  readonly state: () => SimState
  readonly setSignal: (present: boolean) => void
  readonly onChange: (listener: (state: SimState) => void) => () => void
}

/** A simulated NovaStar sender on a memory link, in the time that `wake` gives. */
export const simulateOnMemory = (options: SimOptions & { readonly wake: Wake }) => {
  const served = serveOnMemory({ ...options, device: createNovastarSim(options) })
  return { ...served, display: served.device, device: served.cable }
}

/** A simulated NovaStar sender on a real pty or on TCP at 127.0.0.1. Throws when the path or the port cannot be had. */
export function startSimulatedDisplay(
  options: SimOptions & { on: { kind: 'pty'; path: string } },
): Promise<SimulatedDisplay & { path: string }>
export function startSimulatedDisplay(
  options: SimOptions & { on: { kind: 'tcp'; port: number } },
): Promise<SimulatedDisplay & { port: number }>
export async function startSimulatedDisplay(
  options: SimOptions & { on: SimCarrier },
): Promise<SimulatedDisplay & ({ path: string } | { port: number })> {
  const device = createNovastarSim(options)
  const { on } = options
  // The overloads of serveDevice tell the two carriers apart, so each is called by itself.
  const served =
    on.kind === 'pty' ? await serveDevice({ ...options, device, on }) : await serveDevice({ ...options, device, on })
  const { state, setSignal, onChange } = device
  return { ...served, state, setSignal, onChange }
}
