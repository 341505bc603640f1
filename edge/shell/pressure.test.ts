import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { instant, mono } from '#core/base/units.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import { DAY, device, fastFs, MIDNIGHT, must, opened } from '../../test/support/virtual-log.ts'
import { temporary } from '../test/support.ts'
import { freeBytesOf, RESERVE_BYTES } from './budget.ts'
import { createVerify, sha256 } from './crypto.ts'
import type { Playlog } from './playlog.ts'
import { type PlaylogFs, realFs } from './playlog-fs.ts'
import { verifyFolder } from './playlog-segments.ts'
import { type PressurePorts, relieve } from './pressure.ts'

const MB = 1_048_576
const sha = (n: number) => String(n).repeat(64).slice(0, 64)
const WANTED = sha(1)
const KEPT = sha(2)
const OVER = sha(3)
const NEVER = sha(4)
const PART = `${sha(5)}.part`
const TODAY = '2027-05-10'

const fill = (path: string, bytes: number): void => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, Buffer.alloc(bytes, 0x5a))
}
const assetPath = (data: string, name: string) => join(data, 'assets', name.slice(0, 2), name)

/** A data folder with one of everything: what must stay and what may go. */
const populate = (data: string): void => {
  for (const name of [WANTED, KEPT, OVER, NEVER, PART]) fill(assetPath(data, name), 4 * MB)
  fill(join(data, 'aggregates', '2025-04.jsonl'), MB)
  fill(join(data, 'aggregates', '2026-11.jsonl'), MB)
  fill(join(data, 'approvals', `${sha(6)}.json`), MB)
  fill(join(data, 'approvals', `${sha(7)}.json`), MB)
  fill(join(data, 'plays', 'torn-2026-11-01-5.bin'), MB)
  fill(join(data, 'plays', 'identity.json.tmp'), MB)
}

const everything = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))

const ports = (data: string, log: Playlog, more: Partial<PressurePorts>): PressurePorts => ({
  data,
  fs: realFs,
  log: () => undefined,
  freeBytes: () => freeBytesOf(data),
  today: () => TODAY,
  playMonths: 6,
  aggregateMonths: 24,
  segments: log.segments,
  archive: {
    kept: () => ({
      assets: new Map([
        [KEPT, TODAY],
        [OVER, '2027-05-09'],
      ]),
      approvals: new Map([[sha(6), TODAY]]),
    }),
    files: () =>
      [sha(6), sha(7)]
        .map((name) => ({ name, bytes: MB }))
        .filter(({ name }) => existsSync(join(data, 'approvals', `${name}.json`))),
    evict: (name) => rmSync(join(data, 'approvals', `${name}.json`)),
  },
  assets: {
    stored: () =>
      everything(join(data, 'assets')).map((path) => {
        const name = path.slice(path.lastIndexOf('/') + 1)
        return { name, bytes: statSync(path).size, wanted: name === WANTED }
      }),
    evict: (names) => {
      for (const name of names) rmSync(assetPath(data, name))
    },
  },
  upkeep: () => Promise.resolve(),
  ...more,
})

test('given up in the stated order and only as far as needed; what is protected stays to the last byte', async () => {
  const data = temporary()
  const log = opened(`${data}/plays`)
  must(
    log.append([{ kind: 'heartbeat', play: null }], { wall: MIDNIGHT, mono: mono(0), quality: 'synced', bootId: 'b' }),
  )
  populate(data)
  const all = everything(data).length
  const free = (bytes: number) => relieve(ports(data, log, { freeBytes: () => bytes }))
  expect(await free(RESERVE_BYTES)).toEqual([])
  expect((await relieve(ports(data, log, { freeBytes: () => RESERVE_BYTES - 1 }))).map((one) => one.name)).toEqual([
    PART,
    NEVER,
    OVER,
    '2025-04',
    'identity.json.tmp',
    'torn-2026-11-01-5.bin',
    sha(7),
  ])
  expect(everything(data)).toHaveLength(all - 7)
  for (const path of [
    assetPath(data, WANTED),
    assetPath(data, KEPT),
    join(data, 'aggregates', '2026-11.jsonl'),
    join(data, 'approvals', `${sha(6)}.json`),
    join(data, 'plays', '2026-11-23.jsonl'),
  ])
    expect(existsSync(path), path).toBe(true)
  const said: string[] = []
  await relieve(ports(data, log, { freeBytes: () => 0, log: (_level, message) => void said.push(message) }))
  expect(said).toEqual(['the disk is nearly full and nothing on it may go before its time'])
})

test('while nobody knows what plays need, or which day it is, no file that was shown goes', async () => {
  const data = temporary()
  const log = opened(`${data}/plays`)
  populate(data)
  const archive = { kept: () => null, files: () => [{ name: sha(7), bytes: MB }], evict: () => undefined }
  const blind = await relieve(ports(data, log, { freeBytes: () => 0, archive }))
  expect(blind.map((one) => one.name)).toEqual([PART, '2025-04', 'identity.json.tmp', 'torn-2026-11-01-5.bin'])
  populate(data)
  const undated = await relieve(ports(data, log, { freeBytes: () => 0, today: () => null }))
  expect(undated.map((one) => one.name)).toEqual([PART, NEVER, 'identity.json.tmp', sha(7)])
})

/** Days of the log go last, by the log itself, with a record that says so, and not a day too early. */
test('evidence goes last, and only past its six months', async () => {
  const data = temporary()
  const log = opened(`${data}/plays`)
  const at = (day: number) =>
    ({ wall: instant(MIDNIGHT + day * DAY), mono: mono(day * DAY), quality: 'synced', bootId: 'b' }) as const
  for (let day = 0; day < 190; day++) must(log.append([{ kind: 'heartbeat', play: null }], at(day)))
  const today = new Date(MIDNIGHT + 190 * DAY).toISOString().slice(0, 10)
  const going = await relieve(
    ports(data, log, {
      freeBytes: () => 0,
      today: () => today,
      archive: { kept: () => null, files: () => [], evict: () => undefined },
      assets: { stored: () => [], evict: () => undefined },
      upkeep: async () => must(await log.upkeep(at(189), 6)),
    }),
  )
  expect(going.length).toBeGreaterThan(0)
  expect(going.every((one) => one.kind === 'evidence' && one.keepUntil < today)).toBe(true)
  const left = log.segments()[0]?.date ?? ''
  // By the calendar 2026-11-29 is past on the 30th of May; so many days came after are known of six.
  expect(left).toBe('2026-11-29')
})

test('a day of an unset clock, which the log keeps, is not counted as room that will be there', async () => {
  const data = temporary()
  const log = opened(`${data}/plays`)
  const unset = { wall: instant(3_600_000), mono: mono(0), quality: 'unset', bootId: 'b' } as const
  must(log.append([{ kind: 'heartbeat', play: null }], unset))
  must(log.append([{ kind: 'heartbeat', play: null }], { ...unset, wall: MIDNIGHT, quality: 'synced' }))
  expect(log.segments().map((s) => s.date)).toEqual(['1970-01-01', '2026-11-23'])
  const going = await relieve(
    ports(data, log, {
      freeBytes: () => 0,
      today: () => '2026-11-24',
      archive: { kept: () => null, files: () => [], evict: () => undefined },
      assets: { stored: () => [], evict: () => undefined },
    }),
  )
  expect(going).toEqual([])
})

/** A file system of so many bytes, as the play log sees it. */
const tiny = (data: string, capacity: number): PlaylogFs & { readonly free: () => number } => {
  const free = () => capacity - everything(data).reduce((sum, path) => sum + statSync(path).size, 0)
  return {
    ...fastFs,
    free,
    write: (fd, bytes, from, position) => {
      if (free() < bytes.length - from) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      return fastFs.write(fd, bytes, from, position)
    },
  }
}

const bodies = (n: number): readonly RecordBody[] =>
  Array.from({ length: 200 }, (_, i) => ({
    kind: 'access',
    person: 'x',
    what: 'y',
    detail: `${n}-${i} ${'z'.repeat(900)}`,
  }))

/** Writes until the disk is full, is relieved, and goes on; then everything acknowledged is there and the chain holds. */
const runFull = async (
  data: string,
  of: { readonly fs: PlaylogFs; readonly free: () => number | null; readonly rounds: number },
) => {
  const log = opened(`${data}/plays`, { fs: of.fs })
  populate(data)
  const told = { full: 0, relieved: 0, acknowledged: 0 }
  for (let n = 0; n < of.rounds; n++) {
    const reading = {
      wall: instant(MIDNIGHT + n * 1000),
      mono: mono(n * 1000),
      quality: 'synced',
      bootId: 'b',
    } as const
    const done = log.append(bodies(n), reading)
    if (done.ok) {
      told.acknowledged = log.head() + 1
      continue
    }
    told.full++
    // The reserve of this disk is its last two megabytes, and not that of a real one.
    const freeBytes = () => ((of.free() ?? 0) < 2 * MB ? 2 * RESERVE_BYTES - 6 * MB : 2 * RESERVE_BYTES)
    const going = await relieve(ports(data, log, { freeBytes: () => Math.min(freeBytes(), RESERVE_BYTES - 1) }))
    told.relieved += going.length
    if (going.length === 0) break
  }
  const seals = { site: 'LC-MLT-01', publicKeys: [device.publicKey], verify: createVerify() }
  const report = verifyFolder(realFs, `${data}/plays`, { sha256, seals })
  expect(report.breaks).toEqual([])
  expect(report.records).toBeGreaterThanOrEqual(told.acknowledged)
  return { log, told }
}

/**
 * The long form is the same on a real file system of 40 MB, whose folder `BANGTIN_SMALL_DISK` names:
 * `mount -t tmpfs -o size=40m tmpfs <folder>`, which only root may.
 */
test('a disk that fills up under a running log: room is made in order, nothing acknowledged is lost, the protected files stay', async () => {
  const disk = process.env['BANGTIN_SMALL_DISK']
  const data = disk ?? temporary()
  const small = tiny(data, 40 * MB)
  const of = disk === undefined ? { fs: small, free: small.free } : { fs: realFs, free: () => freeBytesOf(disk) }
  const { told } = await runFull(data, { ...of, rounds: 400 })
  expect(told.full).toBeGreaterThanOrEqual(2)
  expect(told.relieved).toBe(7)
  expect(told.acknowledged).toBeGreaterThan(10_000)
  for (const name of [WANTED, KEPT]) expect(existsSync(assetPath(data, name))).toBe(true)
})
