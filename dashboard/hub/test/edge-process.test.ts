import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PATIENCE_MS } from '../../../test/support/until.ts'
import { type DemoSeed, seedDemo } from '../demo.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { SAMPLE_DIR } from './harness.ts'

/** The hub and an edge as they run in a province: two processes, the real command, HTTPS with the hub's own certificate. */
const ROOT = new URL('../../../', import.meta.url).pathname
const SITE = 'LC-MT-01'
/** A clip by its first bytes; what the player makes of it is not asked here. */
const CLIP = Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.alloc(100_000, 3)])
const CODE = /[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}/
type Daemon = {
  readonly child: ChildProcess
  /** The first line, said already or to come, that matches; the fields of it. */
  readonly says: (words: RegExp) => Promise<Record<string, unknown>>
  readonly stop: () => Promise<number>
}

const home = mkdtempSync(join(tmpdir(), 'hub-edge-'))
const running: ChildProcess[] = []
const world: { seed: DemoSeed | null } = { seed: null }
beforeAll(async () => {
  const clip = join(home, 'C03.bin')
  writeFileSync(clip, CLIP)
  const media = [{ id: 'C03', file: clip, durationMs: 8_000 }]
  // The wall clock of two real processes: they judge signatures by it.
  world.seed = await seedDemo({ dataDir: join(home, 'data'), sampleDir: SAMPLE_DIR, media, now: Date.now() })
})
afterAll(async () => {
  for (const child of running.filter((c) => c.exitCode === null && c.signalCode === null)) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(home, { recursive: true })
})

const start = (...args: readonly string[]): Daemon => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'bangtin.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  const lines: string[] = []
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look()
    })
  const says = (words: RegExp) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const look = () => {
        const line = lines.find((l) => words.test(l))
        if (line === undefined) return
        clearTimeout(limit)
        waiting.delete(look)
        resolve(line.startsWith('{') ? JSON.parse(line) : { line })
      }
      const limit = setTimeout(() => reject(new Error(`${words} was not said, but:\n${lines.join('\n')}`)), PATIENCE_MS)
      waiting.add(look)
      look()
    })
  const stop = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const [code] = await ended
    return Number(code)
  }
  return { child, says, stop }
}

const edgeConfig = (name: string, url: string, fingerprint: string, code = world.seed?.enrolCodes[SITE]): string => {
  const site = world.seed?.sites.find((s) => s.id === SITE)
  const text = {
    site: {
      id: SITE,
      name: site?.name,
      clusterClass: site?.clusterClass,
      unitCode: site?.unitCode,
      panel: site?.panel,
      exerciseMode: true,
      outdoors: false,
      audio: false,
    },
    dataDir: join(home, name),
    policy: join(ROOT, 'deploy/policies/lai-chau-2024.json'),
    controller: null,
    player: { output: 'null' },
    hub: { url, fingerprint, enrolCode: code },
    web: { port: 0 },
    clock: 'host',
  }
  const file = join(home, `${name}.json`)
  writeFileSync(file, JSON.stringify(text))
  return file
}

it('an edge pins the hub: enrols, connects and downloads over HTTPS; with another fingerprint it sends nothing', async () => {
  const file = join(home, 'hub.json')
  const config = {
    listen: { host: '127.0.0.1', port: 0 },
    dataDir: 'data',
    tls: { selfSigned: true },
    behindProxy: false,
  }
  writeFileSync(file, JSON.stringify(config))
  const early = start('hub', '--config', file, '--fingerprint')
  expect(await early.says(/./)).toEqual({ line: expect.stringMatching(/made when the hub first starts/) })
  const hub = start('hub', '--config', file)
  const { url, fingerprint } = await hub.says(/hub listening/)
  const printed = start('hub', '--config', file, '--fingerprint')
  expect(await printed.says(/./)).toEqual({ line: fingerprint })

  const wrong = String(fingerprint).replace(/^../, (first) => (first === '00' ? '01' : '00'))
  const stranger = start('edge', '--config', edgeConfig('stranger', String(url), wrong))
  const refused = await stranger.says(/could not be enrolled/)
  const bare = String(fingerprint).replaceAll(':', '')
  expect(refused['detail']).toBe(
    `the hub's certificate has the fingerprint ${bare}, pinned is ${wrong.replaceAll(':', '')}`,
  )
  expect(await stranger.stop()).toBe(0)

  // The same one-time code still works: the stranger's never left it.
  const edge = start('edge', '--config', edgeConfig('edge', String(url), String(fingerprint)))
  await edge.says(/this device is enrolled/)
  await hub.says(/edge connected/)
  const { sha256 } = await edge.says(/asset fetched/)
  const kept = readFileSync(join(home, 'edge/assets', String(sha256).slice(0, 2), String(sha256)))
  expect(kept.equals(CLIP)).toBe(true)

  const began = performance.now()
  expect(await hub.stop()).toBe(0)
  // The edge dials again at once; a handshake that it has begun must not hold the hub.
  expect(performance.now() - began).toBeLessThan(60_000)
  expect(await edge.stop()).toBe(0)
})

it('a broken computer is replaced: restored from its backup, enrolled with a new code, its records behind the old ones', async () => {
  const hub = start('hub', '--config', join(home, 'hub.json'))
  const { url, fingerprint } = await hub.says(/hub listening/)
  const config = edgeConfig('edge', String(url), String(fingerprint))
  // Asked for beside the rest: each command is a process that takes its time to start.
  const asked = start('keys', 'enrol', '--hub', join(home, 'data'), '--site', SITE)
  const old = start('edge', '--config', config)
  await hub.says(/edge connected/)
  const archive = join(home, 'edge.tar')
  await start('backup', 'edge', '--config', config, '--out', archive).says(/✓/)
  old.child.kill('SIGKILL')
  // The new one: what the backup has, a code of its own, and no key yet.
  await start('backup', 'restore', archive, '--to', join(home, 'new')).says(/next steps/)
  const { line } = await asked.says(CODE)
  const code = CODE.exec(String(line))?.[0]
  const fresh = start('edge', '--config', edgeConfig('new', String(url), String(fingerprint), code))
  await fresh.says(/this device is enrolled/)
  await hub.says(/the evidence of a replaced device begins/)
  await fresh.says(/asset fetched/)
  expect(await fresh.stop()).toBe(0)
  expect(await hub.stop()).toBe(0)
  const store = openSqliteStore(join(home, 'data', 'hub.sqlite'))
  const state = await store.evidence.verify(SITE)
  await store.close()
  expect([state.chains.length, state.faults]).toEqual([2, []])
  // The log of the old one stands beside, and says who it was.
  const [before] = readdirSync(join(home, 'new')).filter((name) => name.startsWith('before-'))
  const check = start('playlog', 'verify', '--dir', join(home, 'new', before ?? '?', 'plays'))
  expect(await once(check.child, 'exit')).toEqual([0, null])
})
