import { expect, test } from 'vitest'
import { at } from '#core/airtime/samples.ts'
import { prng } from '#core/base/prng.ts'
import { type Instant, instant, mono } from '#core/base/units.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { verifiedOrder } from '../build.ts'
import { storyOf } from './invariants.ts'
import { type MemoryDisk, memoryDisk } from './memory-disk.ts'
import { foldOf, logOf, PLAYS, recordsOf, SITE, type Tiny, verify, wakeTiny } from './tiny.ts'

const EVENING = at('2026-11-22 23:59:31')
/** The cut comes within so many of the last records: the seal and both days are among them. */
const LAST = 8
/** The log is opened for a cut at every byte; the engine wakes on it around the ends of lines and at every so many bytes between. */
const WAKE_EVERY = 29

const tiny = (disk: MemoryDisk, boot: string, wall: Instant): Tiny => {
  const run = wakeTiny(disk, boot, wall)
  if (run === null) throw new Error('the log does not open')
  return run
}

/** A run over midnight: plays of ten seconds, an order that comes and is cancelled, and the day is sealed. `seconds` after 23:59:31. */
const live = (disk: MemoryDisk, seconds: number): Tiny => {
  const run = tiny(disk, 'boot-1', EVENING)
  for (let s = 1; s <= seconds; s++) {
    const now = instant(EVENING + s * 1_000)
    if (s === 12) run.post({ event: 'order', order: verifiedOrder({ id: 'O1', targets: [SITE], ...times(now) }) }, now)
    if (s === 17)
      run.post(
        {
          event: 'order',
          order: verifiedOrder({
            id: 'O2',
            action: 'cancel',
            references: ['O1'],
            targets: [SITE],
            texts: [],
            ...times(now),
          }),
        },
        now,
      )
    run.post({ event: 'tick' }, now)
  }
  return run
}
const times = (now: Instant) => ({ issuedAt: now, startsAt: now, expiresAt: instant(now + 3_600_000) })

/** The files of the log in their order, and where each line begins and ends in all of them together. */
const filesOf = (disk: MemoryDisk) => {
  const names = disk
    .paths()
    .filter((path) => path.endsWith('.jsonl'))
    .toSorted()
  const files = names.map((path) => ({ path, bytes: disk.file(path) ?? Buffer.alloc(0) }))
  const ends: number[] = []
  let offset = 0
  for (const { bytes } of files) {
    bytes.forEach((byte, i) => {
      if (byte === 0x0a) ends.push(offset + i + 1)
    })
    offset += bytes.length
  }
  return { files, ends, bytes: offset }
}

/** The same disk with the log ending at byte `length` of all files together, and `tail` behind it. */
const cutAt = (disk: MemoryDisk, length: number, tail: Uint8Array): MemoryDisk => {
  const copy = disk.clone()
  let left = length
  let last: { readonly path: string; readonly bytes: Buffer } | null = null
  for (const { path, bytes } of filesOf(disk).files) {
    if (left <= 0 && last !== null) copy.unlink(path)
    else last = { path, bytes: bytes.subarray(0, left) }
    if (last?.path === path) copy.put(path, last.bytes)
    left -= bytes.length
  }
  if (last !== null && tail.length > 0) copy.put(last.path, Buffer.concat([last.bytes, tail]))
  return copy
}

/** Wakes on what is left and checks everything that must hold: `kept` records are there, byte for byte, and the story goes on. */
const checkAfter = (disk: MemoryDisk, kept: readonly string[], what: string): void => {
  const again = tiny(disk, 'boot-2', instant(EVENING + 3_600_000))
  const found = verify(disk)
  expect(found.breaks, what).toEqual([])
  expect(found.tornBytes, what).toBe(0)
  const text = filesOf(disk)
    .files.map(({ bytes }) => bytes.toString('utf8'))
    .join('')
  expect(text.startsWith(kept.map((line) => `${line}\n`).join('')), `${what}: what was acknowledged is there`).toBe(
    true,
  )
  const records = recordsOf(again.log)
  const story = storyOf(records)
  expect(story.faults, what).toEqual([])
  const before = records.slice(0, kept.length)
  const open = before.findLast((r) => r.kind === 'open' || r.kind === 'close')
  expect(story.cuts, `${what}: the orphan is closed once`).toBe(open?.kind === 'open' ? 1 : 0)
  const gap = records.find((r) => r.boot === 'boot-2' && r.kind === 'gap' && r.cause === 'power-cut')
  expect(gap, what).toMatchObject({ fromWall: before.at(-1)?.at.wall, toWall: EVENING + 3_600_000 })
  expect(again.state().ledger, `${what}: the ledger is the fold of the log`).toEqual(foldOf(records))
}

/** What the log itself says of a cut: as far as it goes it is whole, goes on with the next number, and names orphan, time and torn bytes. */
const checkLog = (disk: MemoryDisk, kept: readonly string[], torn: number): void => {
  const opened = logOf(disk)
  if (!opened.ok) throw new Error(opened.error.detail)
  const log = opened.value
  const records = kept.map((line) => JSON.parse(line) as EvidenceRecord)
  const on = records.findLast((r) => r.kind === 'open' || r.kind === 'close')
  const last = records.at(-1)
  const what = `${kept.length} lines and ${torn} bytes`
  expect(log.recovery.damage, what).toBeNull()
  expect(log.recovery.last, what).toEqual({
    orphan:
      on?.kind === 'open'
        ? { play: on.play, openedWall: on.at.wall, upperBoundMs: (last?.at.mono ?? 0) - on.at.mono }
        : null,
    wall: last?.at.wall,
    cleanStop: false,
    tornBytes: torn,
  })
  expect(log.head(), what).toBe(kept.length - 1)
  const later = instant(EVENING + 3_600_000)
  const reading = { wall: later, mono: mono(1), quality: 'synced', bootId: 'boot-2' } as const
  expect(log.append([{ kind: 'heartbeat', play: 'p' }], reading).ok, what).toBe(true)
  expect(verify(disk).breaks, what).toEqual([])
}

const whole = (disk: MemoryDisk) => {
  const { files, ends, bytes } = filesOf(disk)
  const lines = files.flatMap((file) => file.bytes.toString('utf8').split('\n').slice(0, -1))
  return { lines, ends, bytes, from: ends.at(-LAST - 1) ?? 0 }
}
/** How many whole lines end at or before this byte. */
const linesBefore = (ends: readonly number[], length: number): number => ends.filter((end) => end <= length).length

test.each([
  ['some plays into the new day', 40, LAST],
  ['the new day has just begun', 29, 5],
])(
  'the log cut at every byte of its last records, %s',
  (_name, seconds, last) => {
    const disk = memoryDisk()
    live(disk, seconds)
    const { lines, ends, bytes } = whole(disk)
    const from = ends.at(-last - 1) ?? 0
    const tail = lines.slice(-last)
    expect(tail.some((line) => line.includes('"kind":"seal"'))).toBe(true)
    expect(new Set(tail.map((line) => /"iso":"(\d{4}-\d\d-\d\d)/.exec(line)?.[1])).size).toBe(2)
    expect(filesOf(disk).files).toHaveLength(2)
    let checked = 0
    let woken = 0
    for (let length = from; length <= bytes; length++) {
      const count = linesBefore(ends, length)
      const kept = lines.slice(0, count)
      checkLog(cutAt(disk, length, Buffer.alloc(0)), kept, length - (ends[count - 1] ?? 0))
      checked++
      const nearEnd = ends.some((end) => Math.abs(end - length) <= 1)
      if (!nearEnd && length % WAKE_EVERY !== 0) continue
      checkAfter(cutAt(disk, length, Buffer.alloc(0)), kept, `cut at ${length}`)
      woken++
    }
    expect(checked).toBe(bytes - from + 1)
    expect(checked).toBeGreaterThan(last * 300)
    expect(woken).toBeGreaterThan(last * 3)
    console.log(`crash: log cut at ${checked} bytes, the engine woken on ${woken} of them`)
  },
  120_000,
)

test('a new segment that is empty, of one NUL block, or named and never written', () => {
  const disk = memoryDisk()
  live(disk, 52)
  const { files, ends } = filesOf(disk)
  const [first, second] = files
  if (first === undefined || second === undefined) throw new Error('two days')
  const { lines } = whole(disk)
  const sealed = linesBefore(ends, first.bytes.length)
  for (const [what, bytes] of [
    ['empty', Buffer.alloc(0)],
    ['one NUL block', Buffer.alloc(4096)],
    ['half a line', second.bytes.subarray(0, 100)],
    ['half a line and NULs', Buffer.concat([second.bytes.subarray(0, 100), Buffer.alloc(3996)])],
  ] as const) {
    const copy = disk.clone()
    copy.put(second.path, bytes)
    checkAfter(copy, lines.slice(0, sealed), what)
  }
})

test('what a file system leaves behind a cut: NUL blocks, and a file longer than written', () => {
  const disk = memoryDisk()
  live(disk, 52)
  const { lines, ends, bytes, from } = whole(disk)
  const rubbish = Buffer.from('}{"seq":7,"prev":"not this one"')
  let checked = 0
  for (const end of ends.filter((one) => one >= from))
    for (const half of [0, 1, 77])
      for (const tail of [
        Buffer.alloc(1),
        Buffer.alloc(4096),
        Buffer.concat([Buffer.alloc(4096), Buffer.from('\n')]),
        rubbish,
      ]) {
        const length = Math.min(bytes, end + half)
        // The last block of the line before may be there twice: once whole and once as what stood on the disk before.
        checkAfter(
          cutAt(disk, length, tail),
          lines.slice(0, linesBefore(ends, length)),
          `${length} and ${tail.length} bytes behind`,
        )
        checked++
      }
  expect(checked).toBe((LAST + 1) * 3 * 4)
})

test('a flipped bit in what was acknowledged is damage that is told, never a log that does not open, and nothing behind it is lost', () => {
  const disk = memoryDisk()
  live(disk, 52)
  const { lines, bytes, from } = whole(disk)
  const random = prng(4)
  let told = 0
  const tries = 200
  for (let i = 0; i < tries; i++) {
    const place = from + random.below(bytes - from - 1)
    const copy = disk.clone()
    let left = place
    for (const { path, bytes: content } of filesOf(disk).files) {
      if (left >= 0 && left < content.length) {
        const changed = Buffer.from(content)
        changed[left] = (changed[left] ?? 0) ^ (1 << random.below(7))
        copy.put(path, changed)
      }
      left -= content.length
    }
    const again = tiny(copy, 'boot-2', instant(EVENING + 3_600_000))
    const found = verify(copy)
    expect(found.breaks.length, `byte ${place}`).toBeGreaterThan(0)
    told++
    // Numbers go on behind the last line, whatever stands in it: none is given twice.
    const records = recordsOf(again.log)
    const fresh = records.filter((r) => r.boot === 'boot-2')
    expect(fresh.length, `byte ${place}`).toBeGreaterThan(0)
    expect(new Set(records.map((r) => r.seq)).size, `byte ${place}`).toBe(records.length)
    expect(fresh[0]?.seq, `byte ${place}`).toBeGreaterThanOrEqual(lines.length - 1)
  }
  expect(told).toBe(tries)
})

test('cut in its first write, a run leaves less than its gap: the next names the hole before both, and the play is no longer than its run', () => {
  const disk = memoryDisk()
  live(disk, 52)
  const before = whole(disk).lines
  // The next morning: the first thing written is the seal of the day before, then the close of the orphan, then the gap.
  const morning = at('2026-11-24 06:00')
  tiny(disk, 'boot-2', morning)
  const { lines, ends, bytes } = whole(disk)
  expect(
    lines
      .slice(before.length)
      .map((line) => /"kind":"([a-z]+)"/.exec(line)?.[1])
      .slice(0, 3),
  ).toEqual(['seal', 'close', 'gap'])
  const start = ends[before.length - 1] ?? 0
  let checked = 0
  for (let length = start; length < (ends[before.length + 2] ?? bytes); length++) {
    if (length % 5 !== 0 && !ends.some((end) => Math.abs(end - length) <= 1)) continue
    const copy = cutAt(disk, length, Buffer.alloc(0))
    const again = tiny(copy, 'boot-3', instant(morning + 60_000))
    const records = recordsOf(again.log)
    const what = `cut at ${length - start} of the first write`
    expect(verify(copy).breaks, what).toEqual([])
    expect(storyOf(records).faults, what).toEqual([])
    const cut = records.filter((r) => r.kind === 'close' && r.cause === 'power-cut')
    expect(cut, what).toHaveLength(1)
    expect(cut[0]?.kind === 'close' && cut[0].ms, what).toBeLessThan(60_000)
    const gap = records.find((r) => r.boot === 'boot-3' && r.kind === 'gap' && r.cause === 'power-cut')
    expect(gap, what).toMatchObject({ fromWall: records[before.length - 1]?.at.wall })
    checked++
  }
  expect(checked).toBeGreaterThan(150)
})

test('the folder is named as the daemon names it', () => {
  const disk = memoryDisk()
  live(disk, 2)
  expect(
    disk
      .paths()
      .filter((path) => path.startsWith(PLAYS))
      .toSorted(),
  ).toEqual([`${PLAYS}/2026-11-22.jsonl`, `${PLAYS}/ballast.bin`, `${PLAYS}/identity.json`])
})
