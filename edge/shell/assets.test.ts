import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prng } from '#core/base/prng.ts'
import { cleanup, collector, memoryLog, temporary } from '../test/support.ts'
import { openAssets } from './assets.ts'

const SIZE = 300_000
const random = prng(7)
const content = Buffer.from(Uint8Array.from({ length: SIZE }, () => random.below(256)))
const sha = createHash('sha256').update(content).digest('hex')
const wish = { sha256: sha, bytes: SIZE, mime: 'image/png' }

/** Serves ranges; `cuts` says after how many bytes each answer is cut, `body` what it sends. */
const serve = async (of: { cuts: number[]; body: Buffer }) => {
  const ranges: (string | undefined)[] = []
  const tokens: (string | undefined)[] = []
  const server = createServer((request, response) => {
    ranges.push(request.headers.range)
    tokens.push(request.headers.authorization)
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': of.body.length - from })
    const cut = of.cuts.shift()
    if (cut === undefined) return response.end(of.body.subarray(from))
    response.write(of.body.subarray(from, from + cut), () => setImmediate(() => response.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanup(() => server.close())
  return { ranges, tokens, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const fileIn = (dataDir: string) => join(dataDir, 'assets', sha.slice(0, 2), sha)

const open = (dataDir: string) => {
  const events = collector<{ sha: string; state: string }>()
  const { log, lines } = memoryLog()
  const store = openAssets({ dataDir, log, changed: (s, state) => void events.add({ sha: s, state }) })
  cleanup(() => store.stop())
  return { store, events, lines }
}

test('a download that is cut at random places is taken up where it stopped', async () => {
  const hub = await serve({ cuts: [random.below(SIZE), random.below(SIZE / 3)], body: content })
  const dataDir = temporary()
  const { store, events } = open(dataDir)
  store.source({ url: hub.url, token: 'tok', tls: {} })
  store.want([wish])
  await events.until('the file', (e) => e.state === 'present')
  expect(readFileSync(fileIn(dataDir)).equals(content)).toBe(true)
  expect(hub.ranges.length).toBe(3)
  expect(hub.ranges.slice(1).every((r) => r?.startsWith('bytes='))).toBe(true)
  expect(new Set(hub.tokens)).toEqual(new Set(['Bearer tok']))
  expect(events.all.filter((e) => e.state === 'changed')).toEqual([])
})

test('other bytes than the schedule says are deleted and reported, never kept', async () => {
  const other = Buffer.from(content)
  other[5] = (other[5] ?? 0) ^ 255
  const hub = await serve({ cuts: [], body: other })
  const dataDir = temporary()
  const { store, events } = open(dataDir)
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  await events.until('the refusal', (e) => e.state === 'changed')
  expect(existsSync(fileIn(dataDir))).toBe(false)
  expect(existsSync(`${fileIn(dataDir)}.part`)).toBe(false)
})

test('a hub that sends other bytes is not asked without end, even when every answer brings a new wish', async () => {
  const other = Buffer.from(content)
  other[5] = (other[5] ?? 0) ^ 255
  const hub = await serve({ cuts: [], body: other })
  const changed = collector<string>()
  const wishes = { made: 0 }
  const { log } = memoryLog()
  const store = openAssets({
    dataDir: temporary(),
    log,
    // The engine answers each refusal with its list of wishes.
    changed: (s) => {
      wishes.made += 1
      store.want([wish])
      changed.add(s)
    },
  })
  cleanup(() => store.stop())
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  await changed.until('the first refusal', () => true)
  // The pauses are 0.5 s, then 1 s: the third request comes no sooner than 1.5 s after the first.
  const began = performance.now()
  await changed.until('the third refusal', () => changed.all.length >= 3)
  expect(performance.now() - began).toBeGreaterThan(1_200)
  expect(hub.ranges.length).toBe(3)
  expect(wishes.made).toBe(3)
})

test('scrubbing finds a changed file, deletes it and fetches it again', async () => {
  const dataDir = temporary()
  const hub = await serve({ cuts: [], body: content })
  const { store, events } = open(dataDir)
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  await events.until('the file', (e) => e.state === 'present')
  expect(await store.scrub()).toBe(1)
  const bad = Buffer.from(content)
  bad[SIZE - 1] = (bad[SIZE - 1] ?? 0) ^ 1
  writeFileSync(fileIn(dataDir), bad)
  expect(await store.scrub()).toBe(1)
  await events.until('the damage', (e) => e.state === 'changed')
  await events.until('the file again', (e) => e.state === 'present', { from: 2 })
  expect(readFileSync(fileIn(dataDir)).equals(content)).toBe(true)
  expect(open(dataDir).store.list()).toEqual([sha])
})

test('a file that was changed behind our back is never handed out, whatever its size and dates say', async () => {
  const dataDir = temporary()
  const hub = await serve({ cuts: [], body: content })
  const { store, events } = open(dataDir)
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  await events.until('the file', (e) => e.state === 'present')
  const file = fileIn(dataDir)
  expect(store.open(sha)).toBe(file)
  const before = statSync(file)
  const bad = Buffer.from(content)
  bad[7] = (bad[7] ?? 0) ^ 1
  writeFileSync(file, bad)
  utimesSync(file, before.atime, before.mtime)
  store.source(null)
  expect(store.open(sha)).toBeNull()
  expect(events.all.at(-1)).toEqual({ sha, state: 'changed' })
  expect(existsSync(file)).toBe(false)
})

test('at the start only what was hashed is listed; a changed file is reported by the scrub', async () => {
  const dataDir = temporary()
  mkdirSync(join(dataDir, 'assets', sha.slice(0, 2)), { recursive: true })
  writeFileSync(fileIn(dataDir), 'not it')
  const { store, events } = open(dataDir)
  expect(store.list()).toEqual([])
  expect(store.open(sha)).toBeNull()
  await store.scrub()
  expect(events.all.map((e) => e.state)).toContain('changed')
})

test('what cannot be read or removed in the folder is no file of ours, and the daemon starts all the same', async () => {
  const dataDir = temporary()
  mkdirSync(join(fileIn(dataDir), 'in the way'), { recursive: true })
  writeFileSync(join(dataDir, 'assets', 'ff'), 'a file where a folder belongs')
  const { store, events } = open(dataDir)
  expect(store.list()).toEqual([])
  expect(store.open(sha)).toBeNull()
  await store.scrub()
  expect(events.all.every((e) => e.state !== 'present')).toBe(true)
})

test('a file that would not leave room for the play log is not fetched; what no schedule wants makes room first', async () => {
  const hub = await serve({ cuts: [], body: content })
  const dataDir = temporary()
  const old = Buffer.from('of last month')
  const oldSha = createHash('sha256').update(old).digest('hex')
  const oldFile = join(dataDir, 'assets', oldSha.slice(0, 2), oldSha)
  mkdirSync(join(oldFile, '..'), { recursive: true })
  writeFileSync(oldFile, old)
  writeFileSync(`${oldFile.slice(0, -1)}x.part`, 'not ours')
  const disk = { free: SIZE - 1 }
  const { log, lines } = memoryLog()
  const events = collector<{ sha: string; state: string }>()
  const store = openAssets({
    dataDir,
    log,
    changed: (s, state) => void events.add({ sha: s, state }),
    freeBytes: () => disk.free,
  })
  cleanup(() => store.stop())
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  expect(existsSync(oldFile)).toBe(false)
  expect(events.all).toContainEqual({ sha: oldSha, state: 'absent' })
  expect(hub.ranges).toEqual([])
  expect(lines.at(-1)).toMatchObject({ message: 'asset not fetched' })
  disk.free = SIZE * 10_000
  store.source({ url: hub.url, token: 't', tls: {} })
  await events.until('the file', (e) => e.state === 'present')
})
