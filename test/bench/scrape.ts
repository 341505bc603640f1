import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startFleet } from '../support/fleet.ts'
import { type FleetHub, makeFleetHub, mannerOf } from '../support/fleet-hub.ts'
import { cpuMs, residentBytes } from '../support/processes.ts'
import { type Prometheus, startPrometheus } from '../support/prometheus.ts'
import { mb, ms, percentile, type Row } from './figures.ts'

/** What Prometheus costs the hub: every edge of a province, scraped through its own link every 15 s by a real Prometheus. */
const EVERY_S = 15
const ALL_MS = 60_000
/** The hub without Prometheus, its links open; then with it. */
const IDLE_MS = 15_000
const ROUNDS = 4
const TARGET = { edges: 300, cores: 0.25, p99Ms: 1_000 }
const STATIC = fileURLToPath(new URL('./static-metrics.ts', import.meta.url))

const wait = (forMs: number): Promise<void> => new Promise((done) => setTimeout(done, forMs))

type Yardstick = { readonly port: number; readonly pid: number; readonly stop: () => void }
const startYardstick = async (): Promise<Yardstick> => {
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', STATIC], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const port = await new Promise<number>((done, fail) => {
    child.once('message', (it) => done(Number(it)))
    child.once('exit', (code) => fail(new Error(`the static server ended with ${code}`)))
  })
  return { port, pid: child.pid ?? 0, stop: () => child.kill('SIGKILL') }
}

const configOf = (hub: FleetHub, yardstick: Yardstick): string => {
  const host = new URL(hub.url()).host
  const beside = hub.seats.map(
    ({ site }) =>
      `      - targets: ["127.0.0.1:${yardstick.port}"]\n        labels: { __metrics_path__: "/edges/${site}/metrics", site: "${site}" }`,
  )
  const named = '    relabel_configs:\n      - source_labels: [site]\n        target_label: instance'
  return [
    `global:\n  scrape_interval: ${EVERY_S}s\n  scrape_timeout: 10s\nscrape_configs:`,
    `  - job_name: bangtin-edge\n    http_sd_configs:\n      - url: http://${host}/sd/prometheus\n        refresh_interval: 5s\n${named}`,
    `  - job_name: static\n    static_configs:\n${beside.join('\n')}\n${named}`,
    `  - job_name: bangtin-hub\n    static_configs:\n      - targets: ["${host}"]\n`,
  ].join('\n')
}

type Figures = { readonly seconds: readonly number[]; readonly series: number }
type Matrix = { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] }

const figuresOf = async (prom: Prometheus, job: string): Promise<Figures> => {
  const query = encodeURIComponent(`scrape_duration_seconds{job="${job}"}[${ROUNDS * EVERY_S}s]`)
  const { result } = (await prom.api(`query?query=${query}`)) as Matrix
  const [series] = await prom.query(`sum(scrape_samples_scraped{job="${job}"})`)
  return { seconds: result.flatMap((one) => one.values.map(([, value]) => Number(value))), series: series?.value ?? 0 }
}

export const benchScrape = async (folder: string, edges: number): Promise<readonly Row[]> => {
  const own = mkdtempSync(join(folder, 'scrape-'))
  const hub = await makeFleetHub({ sites: edges, within: own, tls: false, host: '127.0.0.1', before: [], nodeArgs: [] })
  const stops: (() => unknown)[] = [hub.remove]
  try {
    await hub.start()
    const fleet = await startFleet({
      seats: hub.seats,
      manner: mannerOf(hub, { statusMs: 2_000 }),
      processes: 1,
      within: [],
    })
    stops.unshift(fleet.stop)
    await fleet.dial()
    await fleet.untilConnected(ALL_MS)
    const yardstick = await startYardstick()
    stops.unshift(yardstick.stop)
    const idle = await coresOf(hub.pid(), () => wait(IDLE_MS))
    const dataDir = join(own, 'prometheus')
    mkdirSync(dataDir)
    const prom = await startPrometheus({ config: configOf(hub, yardstick), dataDir, port: 0 })
    stops.unshift(prom.stop)
    await prom.queryUntil('sum(up == 1)', ([all]) => all?.value === 2 * edges + 1, ALL_MS)
    const before = { static: cpuMs(yardstick.pid), bytes: await sentBytes(prom), at: performance.now() }
    const cores = await coresOf(hub.pid(), () => wait(ROUNDS * EVERY_S * 1_000))
    const took = performance.now() - before.at
    const down = await prom.query('count(up{job="bangtin-edge"} == 0)')
    if (down.length > 0) throw new Error(`${down[0]?.value} edges were not scraped`)
    return rowsOf(edges, {
      ...{ idle, cores, hub: await figuresOf(prom, 'bangtin-edge'), beside: await figuresOf(prom, 'static') },
      ...{ staticCores: (cpuMs(yardstick.pid) - before.static) / took, bytes: (await sentBytes(prom)) - before.bytes },
      ...{ rss: hub.residentBytes(), staticRss: residentBytes(yardstick.pid) ?? 0 },
    })
  } finally {
    for (const stop of stops) await stop()
    rmSync(own, { recursive: true, force: true })
  }
}

const coresOf = async (pid: number, meanwhile: () => Promise<void>): Promise<number> => {
  const from = { cpu: cpuMs(pid), at: performance.now() }
  await meanwhile()
  return (cpuMs(pid) - from.cpu) / (performance.now() - from.at)
}

const sentBytes = async (prom: Prometheus): Promise<number> =>
  (await prom.query('bangtin_hub_scrape_bytes_total'))[0]?.value ?? 0

type Measured = {
  readonly idle: number
  readonly cores: number
  readonly staticCores: number
  readonly hub: Figures
  readonly beside: Figures
  readonly bytes: number
  readonly rss: number
  readonly staticRss: number
}

const spread = ({ seconds }: Figures): string => {
  const each = seconds.map((s) => s * 1_000)
  return `p50 ${ms(percentile(each, 0.5))}, p99 ${ms(percentile(each, 0.99))} (n=${each.length})`
}
const percent = (cores: number): string => `${(cores * 100).toFixed(1)} % CPU`

const rowsOf = (edges: number, it: Measured): readonly Row[] => {
  const p99 = percentile(it.hub.seconds, 0.99) * 1_000
  const aScrape = it.bytes / it.hub.seconds.length / 1_024
  return [
    {
      what: `Prometheus đọc ${edges} cụm mỗi ${EVERY_S} giây qua trung tâm · ${edges} edges scraped every ${EVERY_S} s through the hub`,
      figure: `hub ${percent(it.cores)} (${percent(it.idle)} before), ${mb(it.rss)}; ${spread(it.hub)}`,
      beside: `static server: ${percent(it.staticCores)}, ${mb(it.staticRss)}; ${spread(it.beside)}`,
      target: edges <= TARGET.edges ? `≤ ${TARGET.cores * 100} % CPU more, p99 ≤ ${TARGET.p99Ms} ms` : '',
      pass: edges <= TARGET.edges ? it.cores - it.idle <= TARGET.cores && p99 <= TARGET.p99Ms : null,
    },
    {
      what: '  số chuỗi, đường truyền của cụm · series, bytes over an edge’s line',
      figure: `${it.hub.series} series, ${(it.hub.series / edges).toFixed(0)} an edge; ${aScrape.toFixed(1)} KiB a scrape (packed)`,
      beside: `${((aScrape * 86_400) / EVERY_S / 1_024).toFixed(0)} MiB an edge and day`,
      target: '',
      pass: null,
    },
  ]
}
