import { performance } from 'node:perf_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import { createModbusSim } from '#controller/sim/modbus.ts'
import { createNovastarSim } from '#controller/sim/novastar.ts'
import { serveDevice } from '#controller/sim/serve.ts'

/** Simulated devices on a pty whose bytes take their time, in a thread of their own: they use a processor while they wait. */
export type LineWork = {
  readonly path: string
  readonly baud: number
  readonly line: 'sender' | 'two-devices'
}

const work = workerData as LineWork
const quiet = () => {}
const now = () => performance.now()
const common = { seed: 1, faults: {}, thinkMs: 0, log: quiet, paceBaud: work.baud }
const on = { kind: 'pty', path: work.path } as const

if (work.line === 'sender')
  await serveDevice({ ...common, device: createNovastarSim({ model: 'mctrl300', cards: 4 }), on })
else {
  const relay = createModbusSim({ model: 'waveshare-relay', framing: 'rtu', unit: 1, now })
  const sensor = createModbusSim({ model: 'xy-md02', framing: 'rtu', unit: 2, now })
  await serveDevice({ ...common, device: relay, beside: [{ ...common, device: sensor }], on })
  parentPort?.on('message', (dead: boolean) => sensor.die(dead))
}
parentPort?.postMessage('ready')
