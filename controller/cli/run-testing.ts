import { runProfile } from '../cli.ts'
import type { Link } from '../link/link.ts'
import type { SimDevice } from '../sim/device.ts'
import { createModbusSim } from '../sim/modbus.ts'
import { createNovastarSim } from '../sim/novastar.ts'
import { serveOnMemory } from '../sim/serve.ts'
import { testWorld } from './testing.ts'

const noLink = (): Link => {
  throw new Error('no link is opened here')
}
/** For tests: runs one command to its end; `device` is what every link leads to. */
export const run = async (
  args: readonly string[],
  device: (() => Link) | null = null,
  answer: boolean | null = null,
) => {
  const { world, said } = testWorld({ openLink: device ?? noLink, answer })
  const code = await runProfile(args, world)
  return { code, ...said, json: (): never => JSON.parse(said.out) as never }
}
export const realWake = (delay: number, then: () => void) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
export const on = (device: SimDevice) => () => serveOnMemory({ device, seed: 1, faults: {}, wake: realWake }).link
export const sender = () => createNovastarSim({ model: 'mctrl300', cards: 2 })
export const board = () => createModbusSim({ model: 'waveshare-relay', framing: 'rtu', unit: 3, now: () => 0 })
export const AT = ['--port', '/dev/ttyUSB0'] as const

/** A question and its answer, as they are on the wire of a NovaStar sender: readModelId. */
export const ASK = '55 AA 00 AA FE 00 00 00 00 00 00 00 02 00 00 00 02 00 01 57'
export const ANSWER = 'AA 55 00 AA 00 FE 00 00 00 00 00 00 02 00 00 00 02 00 01 00 02 57'
