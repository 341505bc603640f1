import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, startDemo } from '../support/demo.ts'
import { benchBus } from './bus.ts'
import { benchConsole } from './console.ts'
import { benchEvidence } from './evidence.ts'
import { benchFanout } from './fanout.ts'
import { type Row, table } from './figures.ts'
import { benchResident, benchVirtual } from './memory.ts'
import { benchOrders } from './orders.ts'
import { benchPlaylog } from './playlog.ts'
import { benchPlays } from './plays.ts'
import { benchScrape } from './scrape.ts'
import { benchSimulate } from './simulate.ts'
import { benchStorm } from './storm.ts'

const HELP = `npm run bench -- [--long] [--only orders,fanout,storm,scrape,memory,playlog,evidence,bus,simulate,plays,console] [--edges 1000,3000] [--scraped 300]

Đo bangtin trên máy này và in một bảng · measures bangtin on this machine and prints one table. Method: test/bench/README.md

  --long        bộ nhớ sau 10 phút thay vì 60 giây, 5 triệu lượt phát thay vì 1 · memory after 10 minutes instead of 60 seconds, 5 million plays
                instead of 1
  --only LIST   chỉ đo phần này · only these parts
  --edges LIST  số cụm mô phỏng của fanout và storm · simulated edges of fanout (each) and storm (the most): 1000,3000
  --scraped N   số cụm mà Prometheus đọc · edges that Prometheus scrapes (scrape): 300

Mã thoát · exit: 0 đã đo xong (đạt hay không đều in ra) · measured, whatever came of it; 1 có phép đo không chạy được · a measurement did
not run; 2 dùng sai · bad usage
`

const PARTS = [
  'playlog',
  'evidence',
  'bus',
  'orders',
  'fanout',
  'storm',
  'scrape',
  'memory',
  'simulate',
  'plays',
  'console',
] as const
type Part = (typeof PARTS)[number]
const SHORT_MS = 60_000
const LONG_MS = 600_000

const say = (text: string): void => {
  process.stderr.write(`• ${text}\n`)
}

/** Runs one part; what keeps it from running is said at once and counts, and the other parts still run. */
const attempt = async (
  failed: string[],
  name: string,
  part: () => Promise<readonly Row[]>,
): Promise<readonly Row[]> => {
  say(name)
  try {
    return await part()
  } catch (error) {
    failed.push(name)
    process.stderr.write(`✗ ${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    return []
  }
}

const MOST_EDGES = 10_000
/** Null: not a list of numbers of edges. */
const edgesOf = (text: string): readonly number[] | null => {
  const sizes = text.split(',').map(Number)
  return sizes.every((n) => Number.isInteger(n) && n >= 1 && n <= MOST_EDGES) ? sizes : null
}

const measure = async (
  parts: readonly Part[],
  { long, edges, scraped }: { readonly long: boolean; readonly edges: readonly number[]; readonly scraped: number },
): Promise<{ rows: readonly Row[]; failed: readonly string[] }> => {
  // Not in /tmp, which may be memory, where an fdatasync costs nothing and says nothing.
  const folder = join(ROOT, 'var', 'bench')
  mkdirSync(folder, { recursive: true })
  const failed: string[] = []
  const rows: Row[] = []
  if (parts.includes('playlog')) rows.push(...(await attempt(failed, 'play log', () => benchPlaylog(folder))))
  if (parts.includes('evidence'))
    rows.push(...(await attempt(failed, 'six months of evidence', () => benchEvidence(folder))))
  if (parts.includes('plays'))
    rows.push(...(await attempt(failed, 'play search', () => benchPlays(folder, long ? 5_000_000 : 1_000_000))))
  if (parts.includes('simulate')) rows.push(...(await attempt(failed, 'simulate', async () => benchSimulate())))
  if (parts.includes('bus')) rows.push(...(await attempt(failed, 'serial bus', benchBus)))
  if (parts.includes('fanout')) rows.push(...(await attempt(failed, 'fan-out', () => benchFanout(folder, edges))))
  if (parts.includes('storm'))
    rows.push(...(await attempt(failed, 'reconnect storm', () => benchStorm(folder, [Math.max(...edges)]))))
  if (parts.includes('scrape')) rows.push(...(await attempt(failed, 'scrape', () => benchScrape(folder, scraped))))
  if (parts.includes('console'))
    rows.push(...(await attempt(failed, 'console in a browser', () => benchConsole(folder))))
  if (!parts.includes('orders') && !parts.includes('memory')) return { rows, failed }
  say('demo')
  const demo = await startDemo(null)
  try {
    // Memory first: the orders restart one edge.
    if (parts.includes('memory')) {
      rows.push(
        ...(await attempt(failed, 'resident memory', async () => [
          await benchResident(demo, long ? LONG_MS : SHORT_MS),
        ])),
      )
      rows.push(...(await attempt(failed, 'virtual plays', async () => benchVirtual(demo, folder))))
    }
    if (parts.includes('orders')) rows.unshift(...(await attempt(failed, 'orders', () => benchOrders(demo))))
  } finally {
    await demo.stop()
  }
  return { rows, failed }
}

const main = async (args: string[]): Promise<number> => {
  let values: { long?: boolean; only?: string; edges?: string; scraped?: string; help?: boolean }
  try {
    const options = {
      long: { type: 'boolean' },
      only: { type: 'string' },
      edges: { type: 'string' },
      scraped: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const
    values = parseArgs({ args, options }).values
  } catch (error) {
    process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n${HELP}`)
    return 2
  }
  if (values.help === true) {
    process.stdout.write(HELP)
    return 0
  }
  const only = values.only?.split(',')
  const unknown = only?.filter((name) => !PARTS.some((part) => part === name)) ?? []
  if (unknown.length > 0) {
    process.stderr.write(`✗ --only ${unknown.join(',')}: ${PARTS.join(', ')}\n`)
    return 2
  }
  const edges = edgesOf(values.edges ?? '1000,3000')
  if (edges === null) {
    process.stderr.write(`✗ --edges ${values.edges}: 1 … ${MOST_EDGES}, e.g. 1000,3000\n`)
    return 2
  }
  const [scraped, ...others] = edgesOf(values.scraped ?? '300') ?? []
  if (scraped === undefined || others.length > 0) {
    process.stderr.write(`✗ --scraped ${values.scraped}: 1 … ${MOST_EDGES}\n`)
    return 2
  }
  const { rows, failed } = await measure(
    PARTS.filter((part) => only?.includes(part) ?? true),
    { long: values.long === true, edges, scraped },
  )
  const mpv = execFileSync('mpv', ['--version'], { encoding: 'utf8' }).split('\n')[0]?.split(' ').slice(0, 2).join(' ')
  process.stdout.write(`\n${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}, ${mpv}\n\n`)
  process.stdout.write(`${table(rows)}\n\n`)
  if (failed.length > 0) process.stdout.write(`Không đo được · not measured: ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
