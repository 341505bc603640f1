import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { type Bus, openBus } from '#controller/bus/bus.ts'
import type { Values } from '#controller/dialect/dialect.ts'
import { dialectOf } from '#controller/dialect/open.ts'
import { openDisplay } from '#controller/driver/open.ts'
import { serialLink } from '#controller/link/serial.ts'
import type { Profile } from '#controller/profile/schema.ts'
import { createNovastarSim } from '#controller/sim/novastar.ts'
import { shippedProfile } from '#controller/sim/profiles.ts'
import { startSimulatedDisplay } from '#controller/sim/sender.ts'
import { serveOnMemory } from '#controller/sim/serve.ts'
import type { Clock, Wake } from '#core/base/ports.ts'
import { assert } from '#core/base/result.ts'
import { instant, mono } from '#core/base/units.ts'
import { ms, percentile, type Row, spread } from './figures.ts'
import type { LineWork } from './line-worker.ts'

const STREAM = 400
const ROUNDS = 250
const MEMORY = 5_000

const clock: Clock = {
  read: () => ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'synced', bootId: 'bench' }),
}
const wake: Wake = (delay, then) => {
  if (delay <= 0) {
    setImmediate(then)
    return () => {}
  }
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const log = () => {}
const never = new AbortController().signal
const LINE = { dataBits: 8, parity: 'none', stopBits: 1 } as const

/** (d) the serial line: how busy we keep it, what an exchange costs us, and what a dead neighbour costs the others. */
export const benchBus = async (): Promise<readonly Row[]> => [
  ...(await stream()),
  ...(await ownTime()),
  ...(await neighbour()),
  ...(await replug()),
]

const onPty = async <T>(
  work: Omit<LineWork, 'path'>,
  measure: (bus: Bus, tell: (dead: boolean) => void) => Promise<T>,
) => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-line-'))
  const path = join(folder, 'line')
  const worker = new Worker(new URL('./line-worker.ts', import.meta.url), { workerData: { ...work, path } })
  try {
    await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    const bus = openBus({ link: serialLink({ ...LINE, path, baudRate: work.baud }), clock, wake, log })
    try {
      return await measure(bus, (dead) => worker.postMessage(dead))
    } finally {
      await bus.close()
    }
  } finally {
    await worker.terminate()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Our own choice of gap is taken out: what is measured is what the code adds. */
const withoutGaps = (profile: Profile): Profile => ({
  ...profile,
  timing: { ...profile.timing, gapMs: 0, writeGapMs: 0 },
})

/** The monitoring block read to its end: the profile reads the part of it that has a meaning. */
const withWholeBlock = (profile: Profile): Profile => {
  assert(profile.protocol === 'novastar', 'a NovaStar profile')
  const { readMonitor } = profile.commands
  assert(readMonitor, 'the profile reads the monitoring block')
  const had = sizeOf(profile, MONITOR) - 40
  const room = 256 - (Number.parseInt(readMonitor.register, 16) % 256)
  const rest = { type: 'skip', name: 'rest', bytes: room - had } as const
  const whole = { ...readMonitor, fields: [...readMonitor.fields, rest] }
  return { ...profile, commands: { ...profile.commands, readMonitor: whole } }
}

const MONITOR = { command: 'readMonitor', parameters: { port: 0, card: 0 } }

const sizeOf = (profile: Profile, call: { readonly command: string; readonly parameters: Values }): number => {
  const question = dialectOf(profile).question({ ...call, address: {}, context: {} })
  assert(question.ok, question.ok ? '' : question.error)
  return question.value.requestBytes + question.value.replyBytes
}

/** The floor: the same bytes over the same line with nothing but the link, one request when the reply before it is whole. */
const rawStream = async (request: Uint8Array, replyBytes: number): Promise<readonly number[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-line-'))
  const path = join(folder, 'line')
  const worker = new Worker(new URL('./line-worker.ts', import.meta.url), {
    workerData: { path, baud: 115_200, line: 'sender' } satisfies LineWork,
  })
  const link = serialLink({ ...LINE, path, baudRate: 115_200 })
  try {
    await new Promise((resolve) => worker.once('message', resolve))
    assert((await link.open(never)).ok, 'the pty opens')
    const took: number[] = []
    for (let i = 0; i < STREAM; i++) {
      const began = performance.now()
      await new Promise<void>((resolve) => {
        let heard = 0
        const stop = link.onData((chunk) => {
          heard += chunk.length
          if (heard < replyBytes) return
          stop()
          resolve()
        })
        void link.write(request)
      })
      took.push(performance.now() - began)
    }
    return took
  } finally {
    await link.close()
    await worker.terminate()
    rmSync(folder, { recursive: true, force: true })
  }
}

const stream = async (): Promise<readonly Row[]> => {
  const profile = withWholeBlock(withoutGaps(shippedProfile('novastar-mctrl300')))
  const wireMs = (sizeOf(profile, MONITOR) * 10_000) / 115_200
  const took = await onPty({ baud: 115_200, line: 'sender' }, async (bus) => {
    const device = bus.attach({ name: 'display', dialect: dialectOf(profile), address: {} })
    const ask = async () => {
      const answer = await device.ask({ ...MONITOR, urgent: false, signal: never })
      assert(answer.ok, answer.ok ? '' : `${answer.error.kind}: ${answer.error.detail}`)
    }
    for (let i = 0; i < 20; i++) await ask()
    const each: number[] = []
    for (let i = 0; i < STREAM; i++) {
      const began = performance.now()
      await ask()
      each.push(performance.now() - began)
    }
    return each
  })
  const question = dialectOf(profile).question({ ...MONITOR, address: {}, context: {} })
  assert(question.ok, 'the monitoring block can be asked for')
  const raw = await rawStream(question.value.encode(7), question.value.replyBytes)
  const rawBusy = (STREAM * wireMs) / raw.reduce((a, b) => a + b, 0)
  const total = took.reduce((a, b) => a + b, 0)
  const busy = (STREAM * wireMs) / total
  return [
    {
      what: 'đường 115200 bận · line of 115200 baud kept busy (pty, paced)',
      figure: `${(busy * 100).toFixed(1)} %, ${spread(took)}`,
      beside: `the link alone, same bytes: ${(rawBusy * 100).toFixed(1)} %, p50 ${ms(percentile(raw, 0.5))}; bytes alone ${ms(wireMs)}`,
      target: '≥ 95 %',
      pass: busy >= 0.95,
    },
    {
      what: '  phần ta thêm mỗi lần hỏi · added to each exchange by us, over the link alone',
      figure: `p50 ${ms(percentile(took, 0.5) - percentile(raw, 0.5))}`,
      beside: `link alone over the bytes: p50 ${ms(percentile(raw, 0.5) - wireMs)} (pty, kernel, serialport, simulator)`,
      target: '< 1 ms',
      pass: percentile(took, 0.5) - percentile(raw, 0.5) < 1,
    },
  ]
}

/** The same exchange with nothing between us and the simulator but a function call: what is left is our own time and the simulator's. */
const ownTime = async (): Promise<readonly Row[]> => {
  const profile = withoutGaps(shippedProfile('novastar-mctrl300'))
  const device = createNovastarSim({ model: 'mctrl300', cards: 4 })
  const served = serveOnMemory({ device, seed: 1, faults: {}, thinkMs: 0, wake })
  const bus = openBus({ link: served.link, clock, wake, log })
  const display = bus.attach({ name: 'display', dialect: dialectOf(profile), address: {} })
  const took: number[] = []
  for (let i = 0; i < MEMORY; i++) {
    const began = performance.now()
    const answer = await display.ask({ ...MONITOR, urgent: false, signal: never })
    assert(answer.ok, 'answered')
    took.push(performance.now() - began)
  }
  await bus.close()
  const p50 = percentile(took, 0.5)
  return [
    {
      what: 'thời gian của ta mỗi lần hỏi · our own time an exchange (no line, simulator included)',
      figure: spread(took),
      beside: '256 data bytes, queue, scanner, judge, trace',
      target: '< 1 ms',
      pass: p50 < 1,
    },
  ]
}

/** A pulled and returned USB serial device: the pty is closed and made again under the same name while the driver asks twice a second, as the engine does. */
const replug = async (): Promise<readonly Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-line-'))
  const path = join(folder, 'line')
  const on = { kind: 'pty', path } as const
  const display = await startSimulatedDisplay({ model: 'mctrl300', cards: 2, seed: 1, faults: {}, log, on })
  const link = serialLink({ ...LINE, path, baudRate: 115_200 })
  const driver = openDisplay({ profile: shippedProfile('novastar-mctrl300'), address: {}, link, clock, wake, log })
  const back: number[] = []
  try {
    for (let i = 0; i < REPLUGS; i++) {
      assert((await driver.identify(never)).ok, 'the display answers')
      display.unplug()
      await pause(700 + 130 * i)
      await display.plugIn()
      const began = performance.now()
      while (!(await driver.observe(never)).ok && performance.now() - began < 30_000) await pause(500)
      back.push(performance.now() - began)
    }
  } finally {
    await driver.close()
    await display.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const worst = Math.max(...back)
  return [
    {
      what: 'rút và cắm lại cổng nối tiếp → dùng được · serial device pulled and back → in use',
      figure: `p50 ${ms(percentile(back, 0.5))}, max ${ms(worst)} (n=${back.length})`,
      beside: 'port tried at most every 500 ms, engine asks every 500 ms, one whole reading',
      target: '≤ 2 s',
      pass: worst <= 2_000,
    },
  ]
}
const REPLUGS = 10
const pause = (forMs: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, forMs))

const neighbour = async (): Promise<readonly Row[]> => {
  const [relay, sensor] = [shippedProfile('waveshare-modbus-rtu-relay-8ch'), shippedProfile('generic-xy-md02')]
  const { alive, dead } = await onPty({ baud: 9_600, line: 'two-devices' }, async (bus, tell) => {
    const board = bus.attach({ name: 'board', dialect: dialectOf(relay), address: { unit: 1 } })
    const climate = bus.attach({ name: 'climate', dialect: dialectOf(sensor), address: { unit: 2 } })
    const round = async () => {
      const other = climate.ask({ command: 'readClimate', parameters: {}, urgent: false, signal: never })
      const began = performance.now()
      const answer = await board.ask({ command: 'readRelay', parameters: { channel: 0 }, urgent: true, signal: never })
      const took = performance.now() - began
      assert(answer.ok, 'the healthy one answers')
      await other
      return took
    }
    const rounds = async () => {
      const took: number[] = []
      for (let i = 0; i < ROUNDS; i++) took.push(await round())
      return took
    }
    const healthy = await rounds()
    tell(true)
    // Until it is known to be dead, its retries are felt; that is part of the figure.
    return { alive: healthy, dead: await rounds() }
  })
  const ratio = percentile(dead, 0.5) / percentile(alive, 0.5)
  return [
    {
      what: 'thiết bị lành khi bên cạnh có máy chết · healthy device beside a dead one (9600 baud pty)',
      figure: `p50 ${ms(percentile(dead, 0.5))}, p95 ${ms(percentile(dead, 0.95))}, max ${ms(Math.max(...dead))}`,
      beside: `neighbour alive: p50 ${ms(percentile(alive, 0.5))}, p95 ${ms(percentile(alive, 0.95))}, max ${ms(Math.max(...alive))}`,
      target: 'p50 ratio ≤ 1.1',
      pass: ratio <= 1.1,
    },
  ]
}
