import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { prng } from '#core/base/prng.ts'
import { cleanup, collector, memoryLog, temporary } from '../test/support.ts'
import { earliness } from './asset-fetch.ts'
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

/** A file that is there and that nobody can read, not even root: for the hash it is a folder. */
const unreadable = (file: string): (() => void) => {
  renameSync(file, `${file}.aside`)
  mkdirSync(file)
  return () => {
    rmdirSync(file)
    renameSync(`${file}.aside`, file)
  }
}

test('a file that cannot be read is absent until it can, and is never deleted', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  cleanup(() => vi.useRealTimers())
  const dataDir = temporary()
  mkdirSync(join(dataDir, 'assets', sha.slice(0, 2)), { recursive: true })
  writeFileSync(fileIn(dataDir), content)
  const { store, events, lines } = open(dataDir)
  expect(store.list()).toEqual([sha])
  const back = unreadable(fileIn(dataDir))
  expect(await store.scrub()).toBe(1)
  expect([store.list(), events.all]).toEqual([[], [{ sha, state: 'absent' }]])
  expect(store.open(sha)).toBeNull()
  back()
  expect(readFileSync(fileIn(dataDir)).equals(content)).toBe(true)
  // It is read again by itself. What is there already is not fetched meanwhile.
  store.want([wish])
  await vi.advanceTimersByTimeAsync(120_000)
  vi.useRealTimers()
  await events.until('the file again', (e) => e.state === 'present')
  expect(store.list()).toEqual([sha])
  expect(store.open(sha)).toBe(fileIn(dataDir))
  expect(lines.map((l) => l.message)).toEqual([
    'an asset on disk cannot be read; it stays and is read again',
    'an asset on disk cannot be read; it stays and is read again',
  ])
  // One that is gone is only absent: there is nothing to read again.
  rmSync(fileIn(dataDir))
  expect(await store.scrub()).toBe(1)
  expect(lines.at(-1)?.message).toBe('an asset on disk is gone')
  expect(await store.scrub()).toBe(0)
})

test('a damaged file that evidence needs goes, being no evidence any more, and is called that', async () => {
  const dataDir = temporary()
  mkdirSync(join(dataDir, 'assets', sha.slice(0, 2)), { recursive: true })
  writeFileSync(fileIn(dataDir), content)
  const { log, lines } = memoryLog()
  const store = openAssets({ dataDir, log, changed: () => undefined, mayEvict: () => false })
  cleanup(() => store.stop())
  writeFileSync(fileIn(dataDir), 'not it')
  await store.scrub()
  expect(existsSync(fileIn(dataDir))).toBe(false)
  expect(lines.map((l) => l.message)).toEqual(['a file that is kept as evidence of plays was damaged on the disk'])
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

const openWith = (dataDir: string, over: Partial<Parameters<typeof openAssets>[0]>) => {
  const events = collector<{ sha: string; state: string }>()
  const { log, lines } = memoryLog()
  const store = openAssets({ dataDir, log, changed: (s, state) => void events.add({ sha: s, state }), ...over })
  cleanup(() => store.stop())
  return { store, events, lines }
}

test('a bandwidth cap: the average is kept, however fast the hub sends', async () => {
  expect(earliness(8_192, 0, 65_536)).toBe(1_000)
  expect(earliness(8_192, 1_000, 65_536)).toBe(0)
  expect(earliness(8_192, 0, null)).toBe(0)
  expect(earliness(10_000_000, 0, 65_536), 'never longer than a silence that is borne').toBeLessThan(15_000)
  const hub = await serve({ cuts: [], body: content })
  const { store, events } = openWith(temporary(), { bitsPerSecond: 8_000_000 })
  const began = performance.now()
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  await events.until('the file', (e) => e.state === 'present')
  // 300,000 bytes at a megabyte a second.
  expect(performance.now() - began).toBeGreaterThan(290)
})

test('outside of its hours nothing is fetched, a download under way stops and is taken up later', async () => {
  const hours = { open: false, asked: 0 }
  const hub = await serve({ cuts: [], body: content })
  const dataDir = temporary()
  const small = Buffer.from('a small file that is here already')
  const smallSha = createHash('sha256').update(small).digest('hex')
  mkdirSync(join(dataDir, 'assets', smallSha.slice(0, 2)), { recursive: true })
  writeFileSync(join(dataDir, 'assets', smallSha.slice(0, 2), smallSha), small)
  const { store, events } = openWith(dataDir, {
    windowOpen: () => {
      hours.asked += 1
      return hours.open
    },
  })
  const both = [{ sha256: smallSha, bytes: small.length, mime: 'image/png' }, wish]
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want(both)
  expect(store.status()).toMatchObject({ want: 1, fetching: null, waiting: 'window' })
  expect(hub.ranges).toEqual([])
  // The hours begin, and end again after the first piece.
  hours.open = true
  store.want(both)
  hours.open = false
  while (store.status().fetching !== null) await new Promise((resolve) => setImmediate(resolve))
  expect(store.status()).toMatchObject({ want: 1, waiting: 'window' })
  const part = statSync(`${fileIn(dataDir)}.part`).size
  expect(part).toBeGreaterThan(0)
  expect(part).toBeLessThan(SIZE)
  hours.open = true
  store.want(both)
  await events.until('the file', (e) => e.sha === sha && e.state === 'present')
  expect(hub.ranges).toEqual([undefined, `bytes=${part}-`])
  expect(readFileSync(fileIn(dataDir)).equals(content)).toBe(true)
  expect(store.status()).toMatchObject({ want: 0, waiting: null })
})

test('the picture of an order waits for no hours, and for no long file that is under way', async () => {
  const big = await serve({ cuts: [], body: content })
  const hours = { open: true }
  const { store, events } = openWith(temporary(), { windowOpen: () => hours.open, bitsPerSecond: 400_000 })
  store.source({ url: big.url, token: 't', tls: {} })
  store.want([wish])
  expect(store.status().fetching).toBe(sha)
  // At this speed the long file takes six seconds; what the hub has of the picture is nothing, so its attempts fail and are repeated.
  const picture = { sha256: 'f'.repeat(64), bytes: 10, mime: 'image/png', urgent: true } as const
  store.want([picture, wish])
  hours.open = false
  await events.until('the picture was asked for', (e) => e.sha === picture.sha256)
  // What was under way is no failure: it goes on from where it was once its hours are there again, and the picture does not stop it for good.
  expect(store.status().want).toBe(2)
  store.want([])
  expect(store.status()).toMatchObject({ want: 0, waiting: null })
})

test('what never was here is not gone: it is neither reported nor written down', () => {
  const { store, events, lines } = open(temporary())
  expect(store.open('e'.repeat(64))).toBeNull()
  expect([events.all, lines.filter(({ level }) => level === 'error')]).toEqual([[], []])
})

test('a cluster that has none of its files does not wait for the hours', async () => {
  const hub = await serve({ cuts: [], body: content })
  const { store, events } = openWith(temporary(), { windowOpen: () => false })
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  await events.until('the file', (e) => e.state === 'present')
})

test('the space budget: abandoned downloads go first, then what nobody wants and no evidence needs; never the rest', async () => {
  const dataDir = temporary()
  const put = (bytes: number, fill: number, suffix: string) => {
    const body = Buffer.alloc(bytes, fill)
    const name = createHash('sha256').update(body).digest('hex')
    mkdirSync(join(dataDir, 'assets', name.slice(0, 2)), { recursive: true })
    const path = join(dataDir, 'assets', name.slice(0, 2), name + suffix)
    writeFileSync(path, body)
    return { name, path }
  }
  const played = put(200_000, 1, '')
  const old = put(200_000, 2, '')
  const abandoned = put(200_000, 3, '.part')
  const hub = await serve({ cuts: [], body: content })
  const { store, events } = openWith(dataDir, {
    budgetBytes: 700_000,
    mayEvict: (name) => name !== played.name,
  })
  store.source({ url: hub.url, token: 't', tls: {} })
  store.want([wish])
  await events.until('the file', (e) => e.sha === sha && e.state === 'present')
  expect(existsSync(abandoned.path)).toBe(false)
  expect(existsSync(old.path), 'there was room without it').toBe(true)
  expect(existsSync(played.path)).toBe(true)
  // A second file does not fit beside what evidence needs: refused, said, and nothing is lost.
  const more = Buffer.alloc(250_000, 9)
  const moreSha = createHash('sha256').update(more).digest('hex')
  store.want([wish, { sha256: moreSha, bytes: more.length, mime: 'image/png' }])
  expect(store.status()).toMatchObject({ want: 1, fetching: null, waiting: 'room' })
  expect(existsSync(old.path)).toBe(false)
  expect(existsSync(played.path)).toBe(true)
  expect(readFileSync(fileIn(dataDir)).equals(content)).toBe(true)
})

test('killed at random instants of its downloads, it ends with the right bytes and never hands out others', async () => {
  const KILLS = 12
  const hub = await serve({ cuts: [], body: content })
  const dataDir = temporary()
  const random = prng(41)
  const run = async (killAt: number | null): Promise<string> => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../test/asset-fetcher.ts'), dataDir, hub.url, sha],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const seen = { text: '' }
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen.text += text
      // It says how far it is after each piece: killed at a place in the file, not at a time of the clock.
      if (killAt !== null && (seen.text.match(/piece/g)?.length ?? 0) >= killAt) child.kill('SIGKILL')
    })
    await ended
    return seen.text
  }
  const grown: number[] = []
  for (let i = 0; i < KILLS; i++) {
    await run(1 + random.below(2))
    const [part, whole] = [`${fileIn(dataDir)}.part`, fileIn(dataDir)]
    const path = existsSync(whole) ? whole : part
    const stored = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    expect(content.subarray(0, stored.length).equals(stored), 'what is stored is the beginning of the file').toBe(true)
    grown.push(stored.length)
  }
  expect(await run(null)).toContain('present')
  expect(readFileSync(fileIn(dataDir)).equals(content)).toBe(true)
  expect(
    grown.some((bytes) => bytes > 0 && bytes < SIZE),
    'some kill came in the middle',
  ).toBe(true)
  expect(hub.ranges.filter((range) => range !== undefined).length).toBeGreaterThan(0)
})
