import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../support/until.ts'

/** A Mosquitto of its own, on a free port, for as long as a bench needs it. */
export type Broker = {
  readonly url: string
  readonly version: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

const PLACES = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto']
const START_MS = 5_000

/** Null: it is not installed. */
export const findMosquitto = (): string | null => PLACES.find((path) => existsSync(path)) ?? null

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })

/** No limit of its own stands in the way of the comparison; otherwise as Debian ships it. */
const configOf = (port: number): string =>
  [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'set_tcp_nodelay true',
    'max_queued_messages 0',
    'max_inflight_messages 0',
    'persistence false',
    'log_dest none',
    '',
  ].join('\n')

export const startBroker = async (): Promise<Broker> => {
  const program = findMosquitto()
  if (program === null) throw new Error('mosquitto is not installed: apt-get install mosquitto')
  const dir = mkdtempSync(join(tmpdir(), 'bangtin-broker-'))
  const port = await freePort()
  const file = join(dir, 'mosquitto.conf')
  writeFileSync(file, configOf(port))
  const child: ChildProcess = spawn(program, ['-c', file], { stdio: ['ignore', 'ignore', 'ignore'] })
  const stop = (): Promise<void> =>
    new Promise((done) => {
      rmSync(dir, { recursive: true, force: true })
      if (child.exitCode !== null || child.signalCode !== null) return done()
      child.once('exit', () => done())
      child.kill('SIGKILL')
    })
  try {
    await until({ what: 'mosquitto listens', atMostMs: START_MS }, () => reachable(port))
    return { url: `mqtt://127.0.0.1:${port}`, version: await versionOf(program), pid: child.pid ?? 0, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const reachable = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(undefined))
  })

/** Its help is the only place where it says it, and it ends with 3 after that. */
const versionOf = (program: string): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn(program, ['-h'], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
    child.once('error', () => resolve('?'))
    child.once('close', () => resolve(/version (\S+)/.exec(Buffer.concat(said).toString())?.[1] ?? '?'))
  })
