import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Client, logIn, type Sign } from './client.ts'
import { type Pixels, readPixels } from './pixels.ts'
import { findProcesses } from './processes.ts'
import { until } from './until.ts'

/**
 * `bangtin demo` as a test drives it: the same command that `npm start` runs, on free ports, in its own folder. Everything is real:
 * hub, three edges, mpv under Xvfb, serial ptys.
 */
export type DemoSite = {
  readonly id: string
  readonly name: string
  readonly page: string
  readonly data: string
  /** The XWD file of the cluster's X screen. */
  readonly pixels: string
  readonly controller: string
}
export type DemoAccount = {
  readonly user: string
  readonly name: string
  readonly password: string
  readonly passphrase: string | null
}
export type Demo = {
  readonly dir: string
  readonly hubUrl: string
  readonly sites: readonly DemoSite[]
  readonly accounts: readonly DemoAccount[]
  readonly site: (id: string) => DemoSite
  readonly account: (user: string) => DemoAccount
  readonly logIn: (user: string) => Promise<Client>
  /** Logs in and opens the person's signing key. */
  readonly signIn: (user: string) => Promise<{ readonly client: Client; readonly sign: Sign }>
  readonly pixels: (site: string) => Pixels
  /** Process ids now; null while one is being started again. */
  readonly edgePid: (site: string) => number | null
  readonly hubPid: () => number | null
  /** SIGKILL to the real process; gives its id. The supervisor starts it again. */
  readonly killEdge: (site: string) => number
  readonly killHub: () => number
  /** Points an edge at another address of the hub and starts it again by SIGKILL; null: the hub itself. */
  readonly reroute: (site: string, url: string | null) => void
  /** Lines of the demo's error output, newest last; at most 2,000. */
  readonly log: readonly string[]
  readonly stop: () => Promise<void>
}

export const ROOT = resolve(new URL('../..', import.meta.url).pathname)
/** Sample media are drawn at the first start; on two slow cores that is most of this. */
const READY_MS = 240_000
const STOP_MS = 30_000
const MOST_LINES = 2_000

type Ready = { readonly hubUrl: string; readonly sites: readonly DemoSite[]; readonly accounts: readonly DemoAccount[] }

/** Starts it in `dir`, or in a temporary folder that goes away with `stop`. */
export const startDemo = async (dir: string | null): Promise<Demo> => {
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'bangtin-demo-'))
  const log: string[] = []
  const args = ['demo', '--data', folder, '--hub-port', '0', '--web-port', '0', '--json', '--verbose']
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'bangtin.ts'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line)
    if (log.length > MOST_LINES) log.shift()
  })
  const stop = async (): Promise<void> => {
    await end(child)
    // What a killed demo leaves behind would disturb the next test; a demo that ends well leaves nothing.
    for (const pid of leftovers(folder)) process.kill(pid, 'SIGKILL')
    if (dir === null) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    return demoOf({ folder, log, ready: await readyLine(child, log), stop })
  } catch (error) {
    await stop()
    throw error
  }
}

const readyLine = (child: ChildProcess, log: readonly string[]): Promise<Ready> =>
  new Promise((done, fail) => {
    const settle = (act: () => void): void => {
      clearTimeout(limit)
      act()
    }
    const bad = (why: string) => settle(() => fail(new Error(`the demo ${why}:\n${log.slice(-40).join('\n')}`)))
    const limit = setTimeout(() => bad(`was not ready in ${READY_MS} ms`), READY_MS)
    child.once('error', (error) => bad(`could not be started (${error.message})`))
    child.once('exit', (code) => bad(`ended with ${code}`))
    if (child.stdout === null) throw new Error('the demo has no output')
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return
      const said = JSON.parse(line) as Ready & { readonly ready?: unknown }
      if (said.ready === true) settle(() => done(said))
    })
  })

const end = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.once('exit', () => {
      clearTimeout(kill)
      done()
    })
    child.kill('SIGTERM')
  })

/** Node processes of the demo in this folder that are still there: edges and hub, by their configuration file. */
const leftovers = (folder: string): readonly number[] => {
  const sites = join(folder, 'sites')
  const configs = existsSync(sites) ? readdirSync(sites).map((site) => join(sites, site, 'edge.json')) : []
  return [...configs, join(folder, 'hub.json'), join(folder, 'hub/hub.json')].flatMap((file) =>
    findProcesses(['--config', file]),
  )
}

const demoOf = (it: { folder: string; log: readonly string[]; ready: Ready; stop: () => Promise<void> }): Demo => {
  const { folder, ready } = it
  const named = <T>(list: readonly T[], what: string, fits: (one: T) => boolean): T => {
    const one = list.find(fits)
    if (one === undefined) throw new Error(`the demo has no ${what}`)
    return one
  }
  const site = (id: string) => named(ready.sites, `cluster ${id}`, (s) => s.id === id)
  const account = (user: string) => named(ready.accounts, `account ${user}`, (a) => a.user === user)
  const edgeFile = (id: string) => join(dirname(site(id).data), 'edge.json')
  const edgePid = (id: string) => findProcesses(['edge', '--config', edgeFile(id)])[0] ?? null
  const hubPid = () =>
    findProcesses(['hub', '--config']).find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`),
    ) ?? null
  const kill = (pid: number | null, what: string): number => {
    if (pid === null) throw new Error(`${what} is not running`)
    process.kill(pid, 'SIGKILL')
    return pid
  }
  const logInAs = (user: string) => logIn(ready.hubUrl, user, account(user).password)
  return {
    dir: folder,
    ...ready,
    site,
    account,
    logIn: logInAs,
    signIn: async (user) => {
      const client = await logInAs(user)
      const { passphrase } = account(user)
      if (passphrase === null) throw new Error(`${user} signs nothing`)
      return { client, sign: await client.signer(passphrase) }
    },
    pixels: (id) => readPixels(site(id).pixels),
    edgePid,
    hubPid,
    killEdge: (id) => kill(edgePid(id), `the edge ${id}`),
    killHub: () => kill(hubPid(), 'the hub'),
    reroute: (id, url) => {
      const config = JSON.parse(readFileSync(edgeFile(id), 'utf8')) as { hub: { url: string } }
      config.hub.url = url ?? ready.hubUrl
      writeFileSync(edgeFile(id), `${JSON.stringify(config, null, 2)}\n`)
      kill(edgePid(id), `the edge ${id}`)
    },
    log: it.log,
    stop: it.stop,
  }
}

/** Every cluster is connected and shows something with a proof: where a test may begin. */
export const untilPlaying = async (demo: Demo, client: Client, atMostMs: number): Promise<void> => {
  await until({ what: 'every cluster plays', atMostMs, everyMs: 200 }, async (note) => {
    const fleet = new Set(demo.sites.map((s) => s.id))
    const sites = (await client.sites()).filter((s) => fleet.has(s.id))
    const playing = sites.filter(
      (s) => s.connected && s.status?.screen.show === 'item' && s.status.screen.proof !== 'commanded',
    )
    note(sites.map((s) => ({ id: s.id, connected: s.connected, screen: s.status?.screen, faults: s.status?.faults })))
    return playing.length === fleet.size ? true : undefined
  })
}
