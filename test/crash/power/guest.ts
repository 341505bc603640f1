import './guest-sync.ts'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createOnbonSim } from '#controller/sim/onbon.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import type { Log } from '#core/base/ports.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { parseConfig } from '#edge/config.ts'
import { startEdge } from '#edge/main.ts'
import { createVerify, sha256 } from '#edge/shell/crypto.ts'
import { realFs } from '#edge/shell/playlog-fs.ts'
import { listSegments, readIdentity, segmentLines, verifyFolder } from '#edge/shell/playlog-segments.ts'
import { type GuestHub, startGuestHub } from './guest-hub.ts'
import { CODE, type Office, type OfficeKeys, openOffice, SITE } from './office.ts'
import { tell } from './words.ts'

/**
 * Runs inside of the virtual machine: the real daemon on the disk that is being cut, a hub that gives it orders, cancels and schedules,
 * and a simulated text card on a pty, all in one process. It tells the host what became durable, and after the start what is there.
 */
type Ask = {
  /** Counts the boots: names of orders and versions of schedules follow from it. */
  readonly boot: number
  /** What the hub has acknowledged in boots before. */
  readonly next: number
  /** The log is told from this sequence number on. */
  readonly from: number
  /** Folder on the disk that is cut. */
  readonly data: string
  readonly keys: string
  readonly playMs: number
}

/** How long the first boot runs, ms: long enough that everything has been loaded. */
const PREPARE_MS = 12_000

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const readAsk = (text: string): Ask => {
  const number = (name: string): number => {
    const value = Number(new RegExp(`\\bpower\\.${name}=(\\d+)`).exec(text)?.[1])
    if (!Number.isSafeInteger(value)) throw new Error(`power.${name} is not on the command line`)
    return value
  }
  return {
    boot: number('boot'),
    next: number('next'),
    from: number('from'),
    playMs: number('play'),
    data: process.env['POWER_DATA'] ?? '/data/bangtin',
    keys: process.env['POWER_KEYS'] ?? '/keys.json',
  }
}

/** The base64 key of the device, once it has enrolled in an earlier boot. */
const deviceOf = (plays: string): string | null => {
  if (!existsSync(join(plays, 'identity.json'))) return null
  const read = readIdentity(realFs, plays)
  return read.ok ? read.value.publicKey : null
}

const log: Log = (level, message, fields) => {
  if (level === 'error') process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`)
}

const configOf = (ask: Ask, hub: string, card: string) => {
  const parsed = parseConfig(
    'edge.json',
    JSON.stringify({
      site: {
        id: SITE,
        name: 'Cửa khẩu Ma Lù Thàng',
        clusterClass: 'BORDER_GATE',
        unitCode: '12345',
        panel: { width: 192, height: 64 },
        exerciseMode: false,
        outdoors: true,
        audio: false,
      },
      dataDir: ask.data,
      policy: at('deploy/policies/lai-chau-2024.json'),
      web: { port: 0 },
      clock: 'host',
      player: { output: 'onboard', fallback: 'unmarked' },
      controller: { profile: at('firmware-profiles/onbon-bx5k.json'), link: { kind: 'serial', path: card } },
      hub: { url: hub, enrolCode: CODE },
    }),
  )
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

/** Everything that the host compares with what it was told before the cut. */
const report = (ask: Ask, status: StatusReport): void => {
  const plays = join(ask.data, 'plays')
  const segments = listSegments(realFs, plays)
  for (const segment of segments) {
    const sums = segmentLines(realFs, plays, segment).flatMap((line): readonly (readonly [number, string])[] => {
      const seq = Number(/^\{"seq":(\d+),/.exec(line)?.[1])
      return seq < ask.from ? [] : [[seq, line.slice(-18, -2)]]
    })
    for (let i = 0; i < sums.length; i += 50) tell({ log: sums.slice(i, i + 50) })
  }
  const key = deviceOf(plays)
  const found = verifyFolder(realFs, plays, {
    sha256,
    seals: { site: SITE, publicKeys: key === null ? [] : [key], verify: createVerify() },
  })
  tell({
    checked: {
      records: found.records,
      breaks: found.breaks.map((b) => `${b.file}:${b.line} seq ${b.seq}: ${b.why}`),
      seals: found.seals,
      segments: found.segments,
      inForce: status.orders.filter((o) => o.state !== 'ended').map((o) => o.id),
      ended: endedOrders(plays),
    },
  })
}

/** Orders whose end is in the log. */
const endedOrders = (plays: string): readonly string[] =>
  listSegments(realFs, plays)
    .slice(-3)
    .flatMap((segment) => segmentLines(realFs, plays, segment))
    .filter((line) => line.includes('"kind":"order"') && line.includes('"stage":"ended"'))
    .flatMap((line) => /"order":"(P\d+-\d+)"/.exec(line)?.[1] ?? [])
    .slice(-40)

/** Short plays go by themselves; beside them orders that are cancelled again, and new versions of the schedule. */
const load = async (hub: GuestHub, office: Office, ask: Ask): Promise<never> => {
  hub.send({ t: 'schedule', envelope: office.schedule(ask.boot * 1000, ask.playMs) })
  for (let n = 1; ; n++) {
    await pause(700)
    const id = `P${ask.boot}-${n}`
    hub.send({ t: 'order', envelope: office.order(id, {}) })
    await pause(900)
    // Every third stays in force over the cut and ends by its own time or a later cancel.
    if (n % 3 !== 0) {
      const cancel = { action: 'cancel', references: [id], texts: [] }
      hub.send({ t: 'order', envelope: office.order(`${id}c`, cancel) })
    }
    if (n % 4 === 0) hub.send({ t: 'schedule', envelope: office.schedule(ask.boot * 1000 + n, ask.playMs) })
    await pause(1_200)
    if (n % 3 === 0) {
      const cancel = { action: 'cancel', references: [id], texts: [] }
      hub.send({ t: 'order', envelope: office.order(`${id}c`, cancel) })
    }
  }
}

const main = async (): Promise<void> => {
  const began = performance.now()
  const ask = readAsk(process.env['POWER_ASK'] ?? readFileSync('/proc/cmdline', 'utf8'))
  const office = openOffice(JSON.parse(readFileSync(ask.keys, 'utf8')) as OfficeKeys)
  const linked = Promise.withResolvers<void>()
  const hub = await startGuestHub({
    office,
    next: ask.next,
    device: deviceOf(join(ask.data, 'plays')),
    acknowledged: (next) => tell({ hub: next }),
    receipt: (order, stage) => tell({ receipt: [order, stage] }),
    up: () => linked.resolve(),
    status: () => undefined,
    lines: () => undefined,
  })
  const card = join(process.env['POWER_RUN'] ?? '/tmp', 'ttyCard')
  const device = createOnbonSim({ screen: 1, deviceType: 0x51, now: Date.now, programs: [] })
  await serveDevice({ device, seed: 1, faults: {}, log: () => undefined, on: { kind: 'pty', path: card } })
  const edge = await startEdge(configOf(ask, hub.url, card), {
    log,
    fatal: (error) => {
      tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      process.exit(70)
    },
  })
  if (!edge.ok) {
    tell({ failed: `${edge.error.fault}: ${edge.error.detail}` })
    process.exit(1)
  }
  const faults = edge.value.status().faults.map((f) => `${f.id}: ${f.detail}`)
  tell({ up: { ms: Math.round(performance.now() - began), wall: Date.now(), faults } })
  report(ask, edge.value.status())
  await linked.promise
  if (readFileSync('/proc/cmdline', 'utf8').includes('power.prepare')) {
    // The root disk may be written this once: what was compiled is kept for the boots that follow.
    await pause(PREPARE_MS)
    process.exit(0)
  }
  await load(hub, office, ask)
}

await main()
