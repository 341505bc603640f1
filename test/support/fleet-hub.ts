import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Envelope } from '#core/contract/envelope.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import type { Order } from '#core/emergency/order.ts'
import { makeKey } from '#hub/crypto/ed25519.ts'
import { type DemoSeed, seedDemo } from '#hub/demo.ts'
import { databaseOf } from '#hub/main.ts'
import { codeHash, giveCode } from '#hub/server/devices.ts'
import type { Store } from '#hub/store/port.ts'
import { openSqliteStore } from '#hub/store/sqlite.ts'
import type { SiteRecord } from '#hub/store/types.ts'
import { type Client, logIn, type Sign } from './client.ts'
import { ROOT } from './demo.ts'
import type { FleetManner, Seat } from './fleet-edge.ts'
import { anOrderNow } from './orders.ts'
import { residentBytes } from './processes.ts'

/** A real hub, in a process of its own, on a real disk, with as many enrolled clusters as are asked for. */
export type FleetHub = {
  readonly dir: string
  /** Its database and files. */
  readonly dataDir: string
  readonly seats: readonly Seat[]
  readonly rootPublicKey: string
  readonly registry: Envelope
  /** Starts `bangtin hub` and waits until it listens. */
  readonly start: () => Promise<void>
  readonly url: () => string
  readonly pid: () => number
  /** SIGTERM, and waits for the end. */
  readonly stop: () => Promise<void>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
  readonly residentBytes: () => number
  readonly officer: (user: string) => Promise<Officer>
  /** For a person at the console in a browser. */
  readonly account: (user: string) => { readonly password: string }
  /** Ends the hub and removes its folder. */
  readonly remove: () => Promise<void>
}

export type FleetHubOptions = {
  readonly sites: number
  /** The hub's folder is made in this one; null: among the temporary files. */
  readonly within: string | null
  readonly tls: boolean
  /** What it listens at, and put before `node …`: see `FleetOptions.within`. */
  readonly host: string
  readonly before: readonly string[]
  readonly nodeArgs: readonly string[]
}

const START_MS = 60_000
const CODE_MS = 3_600_000

export const makeFleetHub = async (options: FleetHubOptions): Promise<FleetHub> => {
  const dir = mkdtempSync(join(options.within ?? tmpdir(), 'fleet-hub-'))
  const dataDir = join(dir, 'data')
  const now = Date.now()
  const seed = await seedDemo({ dataDir, sampleDir: join(ROOT, 'deploy/sample'), media: mediaIn(dir), now })
  const store = openSqliteStore(databaseOf(dataDir))
  const seats = await seatsOf(store, { seed, sites: options.sites, now })
  const registry = await store.registry.latest()
  await store.close()
  if (registry === null) throw new Error('the sample has no key registry')
  const run = { child: null as ChildProcess | null, url: '' }
  const file = join(dir, 'hub.json')
  const policyDir = join(ROOT, 'deploy/policies')
  // Only where it is built: few of those who use this look at its pages.
  const built = join(ROOT, 'dashboard/console/dist')
  const consoleDir = existsSync(join(built, 'index.html')) ? built : null
  const start = async (): Promise<void> => {
    // The port of the first start is kept, so that the edges find the hub again.
    const port = run.url === '' ? 0 : Number(new URL(run.url).port)
    const listen = { host: options.host, port }
    const tls = options.tls ? { selfSigned: true } : null
    writeFileSync(
      file,
      JSON.stringify({
        listen,
        dataDir,
        tls,
        behindProxy: options.host !== '127.0.0.1' && !options.tls,
        policyDir,
        consoleDir,
      }),
    )
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...options.nodeArgs]
    const command = [...options.before, ...node, join(ROOT, 'bangtin.ts'), 'hub', '--config', file]
    run.child = spawn(command[0] ?? '', command.slice(1), { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] })
    run.url = await listening(run.child)
    if (options.tls) trust(readFileSync(join(dataDir, 'tls', 'hub.crt'), 'utf8'))
  }
  const end = (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> =>
    new Promise((done) => {
      const { child } = run
      run.child = null
      if (child === null || child.exitCode !== null || child.signalCode !== null) return done()
      child.once('exit', () => done())
      child.kill(signal)
    })
  const pid = (): number => {
    if (run.child?.pid === undefined) throw new Error('the hub is not running')
    return run.child.pid
  }
  const accountOf = (user: string) => {
    const account = seed.accounts.find((a) => a.user === user)
    if (account === undefined) throw new Error(`the sample has no account ${user}`)
    return account
  }
  return {
    dir,
    dataDir,
    seats,
    rootPublicKey: seed.rootPublicKey,
    registry,
    start,
    url: () => run.url,
    pid,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    residentBytes: () => residentBytes(pid()) ?? 0,
    account: accountOf,
    officer: async (user) => {
      const account = accountOf(user)
      if (account.passphrase === null) throw new Error(`${user} signs nothing`)
      const client = await logIn(run.url, user, account.password)
      return { client, sign: await client.signer(account.passphrase) }
    },
    remove: async () => {
      await end('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Edges that behave like real ones: disks and screens as quick as those of an industrial PC, times of the link as `LINK_LIMITS` has them. */
export const mannerOf = (hub: FleetHub, more: Partial<FleetManner>): FleetManner => ({
  url: hub.url().replace(/^http/, 'ws'),
  rootPublicKey: hub.rootPublicKey,
  registry: hub.registry,
  acceptMs: 5,
  showMs: 100,
  unevenMs: 0,
  statusMs: null,
  redialMs: LINK_LIMITS.redialMs,
  silenceMs: LINK_LIMITS.silenceMs,
  receiptAgainMs: 10_000,
  spread: true,
  ...more,
})

export type Officer = { readonly client: Client; readonly sign: Sign }

/** The policy asks two persons for so many clusters, or one who breaks the glass: what is sent here is the signature that releases. */
export const signedFor = (
  officer: Officer,
  seats: readonly Seat[],
  more: Partial<Order>,
): { readonly id: string; readonly envelope: Envelope } => {
  const breakGlass = { reason: 'đo tốc độ phát lệnh · a measurement' }
  const order = anOrderNow(
    seats.map((seat) => seat.site),
    { severity: 'extreme', breakGlass, ...more },
  )
  return { id: order.id, envelope: officer.sign('order', JSON.stringify(order)) }
}

/** The officer of a hub with a certificate of its own, as a person who has looked at the fingerprint: it holds for this process. */
const trust = (pem: string): void => setDefaultCACertificates([...getCACertificates('default'), pem])

/** A file that the sample's items want, an MP4 by its first bytes; nobody looks further here. */
const mediaIn = (dir: string) => {
  const folder = join(dir, 'media')
  mkdirSync(folder)
  return (['C03'] as const).map((id) => {
    const file = join(folder, `${id}.bin`)
    writeFileSync(file, Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.alloc(4_096, 3)]))
    return { id, file, durationMs: 8_000 }
  })
}

/** Clusters with enrolled devices, each by a code of its own, through the store that the hub uses. */
const seatsOf = async (
  store: Store,
  of: { readonly seed: DemoSeed; readonly sites: number; readonly now: number },
): Promise<readonly Seat[]> => {
  const pattern = of.seed.sites.find((site) => site.fleet)
  if (pattern === undefined) throw new Error('the sample has no cluster with an edge')
  const ids = Array.from({ length: of.sites }, (_, i) => `FL-${String(i + 1).padStart(4, '0')}`)
  const by = (action: string, subject: string) => ({
    ...{ at: of.now, person: 'fleet', action, subject, detail: '', address: '' },
  })
  const sites: SiteRecord[] = ids.map((id) => ({ ...pattern, id, name: `Cụm thử ${id}`, plan: null }))
  await store.sites.put(sites, [], by('site.put', `${ids.length}`))
  const seats: Seat[] = []
  for (const [index, site] of ids.entries()) {
    const key = makeKey()
    const code = await giveCode(store, { site, expiresAt: of.now + CODE_MS }, by('device.code', site))
    const ask = { codeHash: codeHash(code), site, publicKey: key.publicKey }
    const outcome = await store.devices.enrol(ask, by('device.enrol', site))
    if (outcome !== 'enrolled') throw new Error(`${site} was not enrolled: ${outcome}`)
    seats.push({ site, unit: pattern.unitCode, pkcs8: Buffer.from(key.pkcs8).toString('base64'), index })
  }
  return seats
}

const listening = (child: ChildProcess): Promise<string> =>
  new Promise((done, fail) => {
    const said: string[] = []
    const timer = setTimeout(() => fail(new Error(`the hub did not listen in ${START_MS} ms`)), START_MS)
    const settle = (act: () => void) => {
      clearTimeout(timer)
      act()
    }
    const { stdout, stderr } = child
    if (stdout === null || stderr === null) throw new Error('the hub has no output')
    const hear = (line: string) => {
      if (said.length < 50) said.push(line)
      if (!line.includes('"hub listening"')) return
      settle(() => done((JSON.parse(line) as { readonly url: string }).url))
    }
    createInterface({ input: stdout }).on('line', hear)
    createInterface({ input: stderr }).on('line', hear)
    child.once('exit', (code) => settle(() => fail(new Error(`the hub ended with ${code}:\n${said.join('\n')}`))))
  })
