import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dateOf } from '#core/base/time.ts'
import { type Instant, instant, mono } from '#core/base/units.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import type { OpenRecord, RecordBody } from '#core/evidence/record.ts'
import { anItem, aSchedule, envelopeOf, verifiedOrder } from '../../test/build.ts'
import { awake } from '../../test/drive.ts'
import { DAY, fastFs, HOUR, MIDNIGHT, must, opened } from '../../test/support/virtual-log.ts'
import { temporary } from '../test/support.ts'
import { type Archive, type ArchiveOptions, type ArchiveSource, INDEX_FILE, openArchive } from './archive.ts'
import { sha256 } from './crypto.ts'
import type { Playlog } from './playlog.ts'
import type { PlaylogFs } from './playlog-fs.ts'
import { streamLines } from './playlog-stream.ts'

const NO_ORDERS = { entries: [], tombstones: [] }
const dateAt = (wall: number) => dateOf(instant(wall), 420)
const openIn = (data: string, more: Partial<ArchiveOptions> = {}): Archive =>
  openArchive({ dir: `${data}/approvals`, playMonths: 6, dateOf: dateAt, log: () => undefined, fs: fastFs, ...more })

const open = (play: string, more: Partial<OpenRecord> = {}): OpenRecord => ({
  kind: 'open',
  play,
  item: 'C01',
  title: 'T',
  hash: '1'.repeat(64),
  category: 'A7_1_POLICY_LAW',
  counts: true,
  languages: ['vi'],
  supplier: 's',
  suppliedByLead: false,
  document: null,
  claim: 'slot',
  rank: 'normal',
  order: null,
  why: '',
  ...more,
})
const close = (play: string): RecordBody => ({ kind: 'close', play, cause: 'ended', ms: 10_000, proof: 'seen' })
const sourceOf = (log: Playlog, data: string): ArchiveSource => ({
  segments: log.segments,
  lines: (s, damage) => streamLines(fastFs, `${data}/plays/${s.file}`, { gz: s.gz, damage }),
})

/** Log and archive side by side, as the daemon keeps them. */
const playing = (data: string, schedule: VerifiedSchedule) => {
  const log = opened(`${data}/plays`)
  const archive = openIn(data)
  const write = (body: RecordBody, wall: Instant) => {
    archive.note([body], { schedule, orders: NO_ORDERS, registry: null }, wall)
    must(log.append([body], { wall, mono: mono(wall - MIDNIGHT), quality: 'synced', bootId: 'b' }))
  }
  return { log, archive, write }
}

test('file and approval are kept six months from the last play, whatever the schedule does meanwhile', async () => {
  const data = temporary()
  const { log, archive, write } = playing(data, aSchedule([anItem(), anItem({ id: 'C02', asset: null, kind: 'text' })]))
  await archive.catchUp(sourceOf(log, data))
  write(open('p1'), MIDNIGHT)
  write(close('p1'), instant(MIDNIGHT + 10_000))
  write(open('p2'), instant(MIDNIGHT + 20 * DAY))
  write(close('p2'), instant(MIDNIGHT + 20 * DAY + 10_000))
  // 2026-12-13 and six months.
  const sha = '1'.repeat(64)
  expect(['2027-06-12', '2027-06-13', '2027-06-14', null].map((today) => archive.mayEvict(sha, today))).toEqual([
    false,
    false,
    true,
    false,
  ])
  expect(archive.mayEvict('9'.repeat(64), '2026-11-23')).toBe(true)
  // Named by its own bytes, whole item and signed approval as they came; once for many plays.
  const files = readdirSync(join(data, 'approvals'))
  expect(files).toHaveLength(1)
  const bytes = readFileSync(join(data, 'approvals', files[0] ?? ''))
  expect(`${sha256(bytes)}.json`).toBe(files[0])
  expect(JSON.parse(bytes.toString())).toEqual({
    v: 1,
    what: 'item',
    item: anItem(),
    approval: envelopeOf('approval', { item: 'C01' }),
  })
  expect(archive.media()).toEqual([
    {
      item: 'C01',
      hash: sha,
      assets: [sha],
      approval: files[0]?.slice(0, 64),
      first: MIDNIGHT,
      last: MIDNIGHT + 20 * DAY + 10_000,
    },
  ])
})

test('the index lost, torn, or behind: made again from log and files to the same answer; nothing may go meanwhile', async () => {
  const data = temporary()
  const order = verifiedOrder()
  const schedule = aSchedule([anItem()])
  const { log, archive, write } = playing(data, schedule)
  await archive.catchUp(sourceOf(log, data))
  for (let i = 0; i < 40; i++) {
    write(open(`p${i}`), instant(MIDNIGHT + i * HOUR))
    write(close(`p${i}`), instant(MIDNIGHT + i * HOUR + 10_000))
  }
  const book = {
    entries: [{ ...order, key: 'k', order: order.order, hash: sha256(order.envelope.payload) }],
    tombstones: [],
  }
  const shown = open('o', { item: 'order:O-1', order: 'O-1', hash: sha256(order.envelope.payload) })
  const at = instant(MIDNIGHT + 50 * HOUR)
  archive.note([shown], { schedule, orders: book as never, registry: null }, at)
  must(log.append([shown], { wall: at, mono: mono(50 * HOUR), quality: 'synced', bootId: 'b' }))
  const whole = archive.media()
  expect(whole).toHaveLength(2)
  must(archive.save({ seq: 20, today: '2026-11-26' }))
  let checked = 0
  for (const damage of ['none', 'lost', 'torn', 'hostile'] as const) {
    const file = join(data, 'approvals', INDEX_FILE)
    const text = readFileSync(file, 'utf8')
    if (damage === 'lost') rmSync(file)
    if (damage === 'torn') writeFileSync(file, text.slice(0, 60))
    if (damage === 'hostile') writeFileSync(file, text.replace('"last":', '"last":"x","y":'))
    const again = openIn(data)
    expect(again.mayEvict('9'.repeat(64), '2099-01-01'), damage).toBe(false)
    expect(again.kept(), damage).toBeNull()
    await again.catchUp(sourceOf(log, data))
    expect(again.media(), damage).toEqual(whole)
    expect(again.mayEvict('1'.repeat(64), '2027-05-24'), damage).toBe(false)
    writeFileSync(file, text)
    checked++
  }
  expect(checked).toBe(4)
  // Past its time it is forgotten, and the file is free to go.
  must(archive.save({ seq: log.head(), today: '2027-05-27' }))
  expect(archive.media()).toEqual([])
  expect(archive.mayEvict('1'.repeat(64), '2027-05-27')).toBe(true)
})

test('a full disk keeps no record from being written; the approval is archived with the next play', async () => {
  const data = temporary()
  const disk = { full: true }
  const fs: PlaylogFs = {
    ...fastFs,
    write: (fd, bytes, from, position) => {
      if (disk.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      return fastFs.write(fd, bytes, from, position)
    },
  }
  const said: string[] = []
  const archive = openIn(data, { fs, log: (_level, message) => void said.push(message) })
  const view = { schedule: aSchedule([anItem()]), orders: NO_ORDERS, registry: null }
  archive.note([open('p1')], view, MIDNIGHT)
  expect(said).toEqual(['an approval could not be archived'])
  expect(archive.files()).toEqual([])
  disk.full = false
  archive.note([open('p2')], view, MIDNIGHT + 20_000)
  expect(archive.files()).toHaveLength(1)
})

const SHA = '1'.repeat(64)
const reading = (wall: number, quality: 'synced' | 'unset' = 'synced') =>
  ({ wall: instant(wall), mono: mono(0), quality, bootId: 'b' }) as const

test('what plays because an order extends the frames is kept with its file and approval, and so is the order', async () => {
  const data = temporary()
  const it = awake()
  it.give(1_000, {
    event: 'order',
    order: verifiedOrder({ class: 'major-event', texts: [], extendFrames: { playlist: 'PL' } }),
  })
  for (let t = 2_000; t < 20_000; t += 1_000) it.give(t, { event: 'tick' })
  const played = it.records().findLast((r) => r.kind === 'open')
  expect(played).toMatchObject({ item: 'C01', order: 'O-1', hash: SHA })
  if (played?.kind !== 'open') throw new Error('nothing plays')
  const { schedule, orders } = it.state()
  const log = opened(`${data}/plays`)
  const archive = openIn(data)
  await archive.catchUp(sourceOf(log, data))
  const bodies: readonly RecordBody[] = [played, close(played.play)]
  for (const [i, body] of bodies.entries()) {
    archive.note([body], { schedule, orders, registry: null }, MIDNIGHT + i * 10_000)
    must(log.append([body], reading(MIDNIGHT + i * 10_000)))
  }
  const payload = orders.entries[0]?.envelope?.payload ?? ''
  const time = { first: MIDNIGHT, last: MIDNIGHT + 10_000 }
  expect(archive.media()).toEqual([
    { item: 'C01', hash: SHA, assets: [SHA], approval: expect.any(String), ...time },
    { item: 'order:O-1', hash: sha256(payload), assets: [], approval: expect.any(String), ...time },
  ])
  expect(new Set(archive.media().map((one) => one.approval))).toEqual(new Set(archive.files().map((f) => f.name)))
  expect(archive.mayEvict(SHA, '2026-11-23')).toBe(false)
  // From log and files alone the answer is the same.
  const again = openIn(data)
  await again.catchUp(sourceOf(log, data))
  expect(again.media()).toEqual(archive.media())
})

test('what was shown while the clock was unset is kept until a day is known, and six months from then', async () => {
  const data = temporary()
  const schedule = aSchedule([anItem()])
  const log = opened(`${data}/plays`)
  const archive = openIn(data)
  await archive.catchUp(sourceOf(log, data))
  const bodies: readonly RecordBody[] = [open('p1'), close('p1')]
  for (const body of bodies) {
    archive.note([body], { schedule, orders: NO_ORDERS, registry: null }, null)
    // The clock that nobody set may say anything, even a day that could be.
    must(log.append([body], reading(MIDNIGHT - 20 * DAY, 'unset')))
  }
  const approval = archive.files()[0]?.name ?? ''
  const unknown = [{ item: 'C01', hash: SHA, assets: [SHA], approval, first: null, last: null }]
  expect(archive.media()).toEqual(unknown)
  expect(archive.kept()?.approvals.get(approval)).toBe('unknown')
  expect(archive.mayEvict(SHA, '2099-01-01')).toBe(false)
  must(archive.save({ seq: -1, today: null, civil: null }))
  const again = openIn(data)
  await again.catchUp(sourceOf(log, data))
  expect(again.media()).toEqual(unknown)
  // The day by the clock, which may be later than what the log bears out.
  must(again.save({ seq: log.head(), today: '2026-11-20', civil: '2026-11-24' }))
  expect(again.media().map((one) => dateAt(one.last ?? 0))).toEqual(['2026-11-24'])
  expect([again.mayEvict(SHA, '2027-05-24'), again.mayEvict(SHA, '2027-05-25')]).toEqual([false, true])
  // One of 1970 is of such a clock, too, whatever it is said to be.
  again.note([open('p2')], { schedule, orders: NO_ORDERS, registry: null }, 3_600_000)
  expect(again.mayEvict(SHA, '2099-01-01')).toBe(false)
})

test('archived approvals are read only for plays that the index does not have, and a few at a time', async () => {
  const data = temporary()
  const items = Array.from({ length: 200 }, (_, i) => anItem({ id: `C${i}` }))
  const { log, archive, write } = playing(data, aSchedule(items))
  await archive.catchUp(sourceOf(log, data))
  for (const [i, item] of items.entries()) {
    write(open(`p${i}`, { item: item.id }), instant(MIDNIGHT + i * 20_000))
    if (i < 199) write(close(`p${i}`), instant(MIDNIGHT + i * 20_000 + 10_000))
  }
  must(archive.save({ seq: log.head(), today: '2026-11-23' }))
  const run = { reads: 0, turns: 0, most: 0, atTurn: 0, next: undefined as NodeJS.Immediate | undefined }
  const fs: PlaylogFs = {
    ...fastFs,
    readAll: (path) => {
      if (/[0-9a-f]{64}\.json$/.test(path)) run.reads++
      run.most = Math.max(run.most, run.reads - run.atTurn)
      return fastFs.readAll(path)
    },
  }
  const caughtUp = async () => {
    const again = openIn(data, { fs })
    await again.catchUp(sourceOf(log, data))
    return again.media()
  }
  // The play that was on when the index was written ended after it.
  write(close('p199'), instant(MIDNIGHT + 5_000_000))
  expect(await caughtUp()).toEqual(archive.media())
  expect(run.reads).toBe(0)
  rmSync(join(data, 'approvals', INDEX_FILE))
  const tick = () => {
    Object.assign(run, { turns: run.turns + 1, atTurn: run.reads })
    run.next = setImmediate(tick)
  }
  run.next = setImmediate(tick)
  expect(await caughtUp()).toEqual(archive.media())
  clearImmediate(run.next)
  expect(run.reads).toBe(200)
  expect(run.turns).toBeGreaterThan(10)
  expect(run.most).toBeLessThanOrEqual(40)
})

test('an approval that was taken away to make room is written again when it is played again', async () => {
  const data = temporary()
  const { log, archive, write } = playing(data, aSchedule([anItem()]))
  await archive.catchUp(sourceOf(log, data))
  write(open('p1'), MIDNIGHT)
  const [file] = archive.files()
  archive.evict(file?.name ?? '')
  expect(archive.files()).toEqual([])
  write(close('p1'), instant(MIDNIGHT + 10_000))
  write(open('p2'), instant(MIDNIGHT + 20_000))
  expect(archive.files()).toEqual([file])
})
