import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mqtt from 'mqtt'
import type { Client, Sign } from '../support/client.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { machineMs, type Seat } from '../support/fleet-edge.ts'
import { type FleetHub, makeFleetHub, mannerOf, signedFor } from '../support/fleet-hub.ts'
import { ORDER_TOPIC } from '../support/fleet-mqtt.ts'
import { cpuMs } from '../support/processes.ts'
import { type Broker, findMosquitto, startBroker } from './broker.ts'
import { mb, ms, percentile, type Row } from './figures.ts'

/** Presses measured with each fleet, after one that is not; the two systems take turns, press by press. */
const PRESSES = 8
/** A small machine has two cores: one for hub or broker, one for all edges. */
const PROCESSES = 2
const ALL_MS = 60_000
const TARGET = { ms: 2_000, at: 1_000 }

type Officer = { readonly client: Client; readonly sign: Sign }
/** `each`: from the press until an edge heard that its acceptance is stored, ms. `cpuMs`: of what stands in the centre, until all have shown it. */
type Press = { readonly each: readonly number[]; readonly cpuMs: number }

/** Press, then wait until every edge has heard that what it has to say is stored. */
const press = async (
  it: { readonly fleet: Fleet; readonly id: string; readonly pids: readonly number[] },
  go: () => Promise<unknown>,
): Promise<Press> => {
  const cpu = () => it.pids.reduce((sum, pid) => sum + cpuMs(pid), 0)
  const before = cpu()
  const pressed = machineMs()
  const gone = go()
  const deeds = await it.fleet.untilAcknowledged(it.id, 'shown', ALL_MS)
  await gone
  return { each: deeds.map((deed) => (deed.acceptedAt ?? Number.NaN) - pressed), cpuMs: cpu() - before }
}

/** One order over the hub: POST /api/orders, which checks, stores and sends it. */
const pressHub = (hub: FleetHub, fleet: Fleet, officer: Officer): Promise<Press> => {
  const { id, envelope } = signedFor(officer, hub.seats, {})
  return press({ fleet, id, pids: [hub.pid()] }, () => officer.client.post('/api/orders', { envelope }))
}

type Bus = {
  readonly broker: Broker
  readonly fleet: Fleet
  readonly collector: Collector
  readonly publisher: mqtt.MqttClient
}
type Collector = { readonly pid: number; readonly stop: () => void }

/** The same signed order, as the same message, published to the broker, which stores nothing of it. */
const pressBroker = (hub: FleetHub, bus: Bus, officer: Officer): Promise<Press> => {
  const { id, envelope } = signedFor(officer, hub.seats, {})
  const message = JSON.stringify({ t: 'order', envelope })
  const pids = [bus.broker.pid, bus.collector.pid]
  return press({ fleet: bus.fleet, id, pids }, () => bus.publisher.publishAsync(ORDER_TOPIC, message, { qos: 1 }))
}

const COLLECTOR = fileURLToPath(new URL('./collector.ts', import.meta.url))

const startCollector = async (url: string, folder: string): Promise<Collector> => {
  const args = ['--disable-warning=ExperimentalWarning', COLLECTOR, url, join(folder, 'receipts.sqlite')]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ready = new Promise<void>((done, fail) => {
    child.once('message', () => done())
    child.once('exit', (code) => fail(new Error(`the subscriber ended with ${code}`)))
  })
  await ready
  return { pid: child.pid ?? 0, stop: () => child.kill('SIGKILL') }
}

const startBus = async (hub: FleetHub, seats: readonly Seat[], folder: string): Promise<Bus> => {
  const broker = await startBroker()
  const manner = mannerOf(hub, { url: broker.url, redialMs: [1_000, 1_000] })
  const fleet = await startFleet({ seats, manner, processes: PROCESSES, within: [] })
  const collector = await startCollector(broker.url, folder)
  await fleet.dial()
  await fleet.untilConnected(ALL_MS)
  const publisher = await mqtt.connectAsync(broker.url, { clientId: 'press' })
  return { broker, fleet, collector, publisher }
}

const stopBus = async (bus: Bus): Promise<void> => {
  await bus.publisher.endAsync(true)
  bus.collector.stop()
  await bus.fleet.stop()
  await bus.broker.stop()
}

/** One fleet over the hub and, when there is a broker, as many clients over it. */
export const benchFanout = async (folder: string, sizes: readonly number[]): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (const size of sizes) rows.push(...(await fanout(folder, size)))
  if (findMosquitto() === null) rows.push(MISSING)
  return rows
}

const MISSING: Row = {
  what: '  đối chiếu Mosquitto · beside Mosquitto',
  figure: 'không đo · not measured',
  beside: 'thiếu gói · missing package: apt-get install mosquitto',
  target: '',
  pass: null,
}

const fanout = async (folder: string, size: number): Promise<readonly Row[]> => {
  const own = mkdtempSync(join(folder, 'fanout-'))
  const hub = await makeFleetHub({
    ...{ sites: size, within: own, tls: false, host: '127.0.0.1' },
    before: [],
    nodeArgs: [],
  })
  const stops: (() => Promise<void>)[] = [hub.remove]
  try {
    await hub.start()
    const officer = await hub.officer('tructinh')
    const fleet = await startFleet({ seats: hub.seats, manner: mannerOf(hub, {}), processes: PROCESSES, within: [] })
    stops.unshift(fleet.stop)
    await fleet.dial()
    await fleet.untilConnected(ALL_MS)
    const bus = findMosquitto() === null ? null : await startBus(hub, hub.seats, own)
    if (bus !== null) stops.unshift(() => stopBus(bus))
    const ours: Press[] = []
    const theirs: Press[] = []
    for (let i = 0; i <= PRESSES; i++) {
      ours.push(await pressHub(hub, fleet, officer))
      if (bus !== null) theirs.push(await pressBroker(hub, bus, officer))
    }
    return rowsOf(size, { ours: ours.slice(1), theirs: theirs.slice(1), hub, bus })
  } finally {
    for (const stop of stops) await stop()
    rmSync(own, { recursive: true, force: true })
  }
}

const whole = (press: Press): number => Math.max(...press.each)
const figures = (presses: readonly Press[]): string => {
  const each = presses.flatMap((press) => press.each)
  const all = presses.map(whole)
  return `edge p50 ${ms(percentile(each, 0.5))}, p95 ${ms(percentile(each, 0.95))}; all: p50 ${ms(percentile(all, 0.5))}, max ${ms(Math.max(...all))}`
}

const cpuOf = (presses: readonly Press[]): string =>
  `CPU ${ms(
    percentile(
      presses.map((press) => press.cpuMs),
      0.5,
    ),
  )} a press`

const rowsOf = (
  size: number,
  it: { ours: readonly Press[]; theirs: readonly Press[]; hub: FleetHub; bus: Bus | null },
): readonly Row[] => {
  const all = it.ours.map(whole)
  const most = Math.max(...all)
  const n = size.toLocaleString('en')
  const row: Row = {
    what: `bấm phát → ${n} cụm đã nhận, trung tâm đã ghi · press → ${n} edges accepted and stored`,
    figure: `${figures(it.ours)} (${it.ours.length} presses)`,
    beside: `hub: ${cpuOf(it.ours)}, ${mb(it.hub.residentBytes())}`,
    target: size <= TARGET.at ? `all ≤ ${TARGET.ms} ms` : '',
    pass: size <= TARGET.at ? most <= TARGET.ms : null,
  }
  if (it.bus === null) return [row]
  const theirs = it.theirs.map(whole)
  const ratio = percentile(all, 0.5) / percentile(theirs, 0.5)
  return [
    row,
    {
      what: `  Mosquitto ${it.bus.broker.version} QoS 1, ${n} mqtt.js`,
      figure: figures(it.theirs),
      beside: `×${ratio.toFixed(2)} (all, p50); broker + subscriber: ${cpuOf(it.theirs)}`,
      target: size <= TARGET.at ? '≤ ×1.0' : '',
      pass: size <= TARGET.at ? ratio <= 1 : null,
    },
  ]
}
