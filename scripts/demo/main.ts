import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MONITORED } from '#controller/sim/health.ts'
import { createModbusSim } from '#controller/sim/modbus.ts'
import { startSimulatedDisplay } from '#controller/sim/sender.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import type { Log } from '#core/base/ports.ts'
import { type DemoAccount, type DemoSeed, isSeeded, readPasswords, seedDemo } from '#hub/demo.ts'
import { generateSampleMedia } from '../../deploy/sample/media/generate.ts'
import { type Supervised, supervise } from './children.ts'
import { edgeConfig, hubConfig, type SitePlan, sitePlans } from './config.ts'
import { startScreen } from './screen.ts'

const HELP = `bangtin demo: trung tâm và ba cụm mẫu trên máy này · a hub and three sample clusters on this machine

  --data DIR        thư mục dữ liệu, mặc định var/demo · data folder
  --hub-port N      cổng của trung tâm, mặc định 8080; 0 chọn cổng trống · hub port; 0 picks a free one
  --web-port N      cổng trang kỹ thuật viên đầu tiên, mặc định 8091; 0 chọn cổng trống · first technician page
  --fresh           xoá dữ liệu cũ trước · start from nothing
  --verbose         in mọi dòng nhật ký · print every log line
  --json            in một dòng JSON khi sẵn sàng · print one line of JSON when ready

Ctrl-C dừng tất cả · stops everything
`

const ROOT = resolve(new URL('../..', import.meta.url).pathname)
/** How long hub and edges may take to answer for the first time, ms. Sample media are drawn before that. */
const READY_MS = 90_000

type Options = { dataDir: string; hubPort: number; webPort: number; fresh: boolean; verbose: boolean; json: boolean }

const readOptions = (args: string[]): Options => {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: join(ROOT, 'var/demo') },
      'hub-port': { type: 'string', default: '8080' },
      'web-port': { type: 'string', default: '8091' },
      fresh: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const port = (text: string): number => {
    const n = Number(text)
    if (!Number.isInteger(n) || n < 0 || n > 65_535) throw new Error(`${text}: 0 … 65535`)
    return n
  }
  return {
    dataDir: resolve(values.data),
    hubPort: port(values['hub-port']),
    webPort: port(values['web-port']),
    fresh: values.fresh,
    verbose: values.verbose,
    json: values.json,
  }
}

/** A free port now: fixed before anything is configured, since hub and edges must know each other's. Rejects when `wanted` is taken. */
const freePort = (wanted: number): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', () =>
      fail(
        new Error(
          `cổng ${wanted} đang được dùng; chọn cổng khác bằng --hub-port / --web-port · port ${wanted} is in use`,
        ),
      ),
    )
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(address !== null && typeof address === 'object' ? address.port : wanted))
    })
  })

const answers = async (url: string): Promise<boolean> => {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: 'manual' })
    return true
  } catch {
    return false
  }
}

/** Polls until every address answers; false after the bound. */
const untilReady = async (urls: readonly string[]): Promise<boolean> => {
  const end = performance.now() + READY_MS
  for (;;) {
    const ready = await Promise.all(urls.map(answers))
    if (ready.every(Boolean)) return true
    if (performance.now() > end) return false
    await new Promise((again) => setTimeout(again, 200))
  }
}

const STOPS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** `bangtin demo`: sets everything up at first start, then runs until it is told to stop. Exit 0 then, 1 when something cannot start. */
export const demoCommand = async (args: string[]): Promise<number> => {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP)
    return 0
  }
  let options: Options
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`✗ ${(error as Error).message}\n  bangtin demo --help\n`)
    return 2
  }
  const stops: (() => Promise<void> | void)[] = []
  const children: Supervised[] = []
  try {
    const stopped = new Promise<void>((done) => {
      // Kept for good: npm passes a Ctrl-C on that the terminal has sent already.
      for (const signal of STOPS)
        process.on(signal, () => {
          for (const child of children) child.letGo()
          done()
        })
    })
    await run(options, stops, children)
    await stopped
    return 0
  } catch (error) {
    process.stderr.write(`✗ ${(error as Error).message}\n`)
    return 1
  } finally {
    for (const child of children) child.letGo()
    await Promise.all(children.map((child) => child.stop()))
    for (const stop of stops.reverse()) await stop()
  }
}

const drawMedia = (folder: string, say: (text: string) => unknown): ReturnType<typeof generateSampleMedia> => {
  say('• Chuẩn bị dữ liệu mẫu (chỉ lần đầu) · preparing sample data (first time only)')
  return generateSampleMedia(folder, (done, of, file) => say(`  ${done}/${of} ${file}`))
}

const run = async (options: Options, stops: (() => Promise<void> | void)[], children: Supervised[]): Promise<void> => {
  const { dataDir } = options
  const say = (text: string) => options.json || process.stdout.write(`${text}\n`)
  if (options.fresh) rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir, { recursive: true, mode: 0o750 })
  const hubPort = await freePort(options.hubPort)
  const webPorts: number[] = []
  for (let i = 0; i < 3; i++) webPorts.push(await freePort(options.webPort === 0 ? 0 : options.webPort + i))
  const plans = sitePlans(dataDir, webPorts)
  const hubFile = join(dataDir, 'hub.json')
  const hub = hubConfig({ root: ROOT, dataDir, port: hubPort, plans })
  writeFileSync(hubFile, `${JSON.stringify(hub, null, 2)}\n`)
  const media = (await isSeeded(hub.dataDir)) ? [] : await drawMedia(join(dataDir, 'media'), say)
  const seed = await seedDemo({ dataDir: hub.dataDir, sampleDir: join(ROOT, 'deploy/sample'), media, now: Date.now() })
  const onLine = (name: string, line: string) => {
    if (options.verbose || /"level":"(error|warn)"|^ended|cannot/.test(line))
      process.stderr.write(`[${name}] ${line}\n`)
  }
  const child = (name: string, argv: readonly string[]): Supervised => {
    const one = supervise({
      name,
      // The command itself, as on a real machine: it knows how each process is to be started.
      command: join(ROOT, 'bangtin'),
      args: argv,
      env: process.env,
      onLine,
      again: true,
    })
    children.push(one)
    return one
  }
  const hubChild = child('hub', ['hub', '--config', hubFile])
  const edges: Supervised[] = []
  for (const plan of plans) edges.push(await startSite({ plan, options, hubPort, seed, stops, child }))
  say('• Khởi động trung tâm và ba cụm · starting the hub and three clusters')
  const hubUrl = `http://127.0.0.1:${hubPort}`
  const ready = await untilReady([`${hubUrl}/api/session`, ...plans.map((p) => `http://127.0.0.1:${p.webPort}/`)])
  if (!ready)
    throw new Error(
      'trung tâm hoặc cụm không trả lời kịp; chạy lại với --verbose · not ready in time; run again with --verbose',
    )
  report({ options, hubUrl, plans, seed, pids: { hub: hubChild.pid(), edges: edges.map((e) => e.pid()) } })
}

const startSite = async (it: {
  plan: SitePlan
  options: Options
  hubPort: number
  seed: DemoSeed
  stops: (() => Promise<void> | void)[]
  child: (name: string, argv: readonly string[]) => Supervised
}): Promise<Supervised> => {
  const { plan, options, stops } = it
  mkdirSync(plan.dir, { recursive: true, mode: 0o750 })
  const log: Log = (level, message, fields) => {
    if (options.verbose) process.stderr.write(`[${plan.id} display] ${level} ${message} ${JSON.stringify(fields)}\n`)
  }
  const common = { cards: plan.cards, seed: plan.seed, faults: {}, log }
  const display =
    plan.carrier === 'pty'
      ? await startSimulatedDisplay({ ...common, model: plan.model, on: { kind: 'pty', path: plan.serialPath } })
      : await startSimulatedDisplay({ ...common, model: plan.model, on: { kind: 'tcp', port: 0 } })
  stops.push(() => display.close())
  for (let card = 0; card < plan.cards; card++) display.device.setHealth({ output: 0, card }, { monitor: MONITORED })
  const box = await serveBox(plan, log)
  stops.push(() => box.close())
  const screen = await startScreen(plan.panel, join(plan.dir, 'screen'))
  stops.push(() => screen.stop())
  const link =
    'path' in display
      ? ({ kind: 'serial', path: display.path } as const)
      : ({ kind: 'tcp', host: '127.0.0.1', port: display.port } as const)
  const file = join(plan.dir, 'edge.json')
  const enrolCode = it.seed.enrolCodes[plan.id] ?? null
  const config = edgeConfig({
    root: ROOT,
    plan,
    link,
    xDisplay: screen.display,
    hubUrl: `http://127.0.0.1:${it.hubPort}`,
    enrolCode,
  })
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
  const edge = it.child(plan.id, ['edge', '--config', file])
  return edge
}

/** A relay board with contacts and a thermometer on one simulated RS-485 line. */
const serveBox = (plan: SitePlan, log: Log) => {
  const now = () => performance.now()
  const board = createModbusSim({ model: 'waveshare-io', framing: 'rtu', unit: 1, now })
  const climate = createModbusSim({ model: 'xy-md02', framing: 'rtu', unit: 2, now })
  return serveDevice({
    device: board,
    beside: [{ device: climate, seed: plan.seed + 20, faults: {} }],
    seed: plan.seed + 10,
    faults: {},
    log,
    on: { kind: 'pty', path: plan.boxPath },
  })
}

const report = (it: {
  options: Options
  hubUrl: string
  plans: readonly SitePlan[]
  seed: DemoSeed
  pids: { hub: number | undefined; edges: (number | undefined)[] }
}): void => {
  const { options, hubUrl, plans, seed, pids } = it
  const accounts: readonly Pick<DemoAccount, 'user' | 'password' | 'passphrase'>[] = seed.fresh
    ? seed.accounts
    : readPasswords(seed.passwordsFile)
  const sites = plans.map((p, i) => ({
    id: p.id,
    name: p.name,
    page: `http://127.0.0.1:${p.webPort}/`,
    data: join(p.dir, 'data'),
    pixels: join(p.dir, 'screen/Xvfb_screen0'),
    pid: pids.edges[i],
    controller: p.carrier === 'pty' ? p.serialPath : 'TCP',
  }))
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ready: true, hubUrl, hubPid: pids.hub, sites, accounts })}\n`)
    return
  }
  const lines = [
    '',
    `Bảng điều khiển · operator console   ${hubUrl}/`,
    ...sites.map((s) => `Trang kỹ thuật · technician page     ${s.page}  ${s.id} ${s.name} (${s.controller})`),
    '',
    `Tài khoản (mật khẩu sinh lần đầu, giữ ở ${seed.passwordsFile}) · accounts (passwords made at first start)`,
    ...accounts.map(
      (a) =>
        `  ${a.user.padEnd(10)} ${a.password.padEnd(28)} ${a.passphrase ? `mật ngữ ký · signing: ${a.passphrase}` : ''}`,
    ),
    '',
    `Mã ghép nối trang kỹ thuật · pairing codes: ${join(options.dataDir, 'sites/*/data/pairing-code.txt')}`,
    'Ctrl-C để dừng · to stop',
    '',
  ]
  process.stdout.write(lines.join('\n'))
}
