import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { at, closeOf, openOf, reading } from '#core/airtime/samples.ts'
import { type Instant, instant, mono } from '#core/base/units.ts'
import { keyIdOf } from '#core/contract/verify.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import { playlogCommand } from '../cli/playlog.ts'
import { createVerify, newPem, pairFromPem, sha256 } from './crypto.ts'
import { openPlaylog, type Playlog, type PlaylogOptions } from './playlog.ts'
import { type PlaylogFs, realFs } from './playlog-fs.ts'
import { verifyFolder } from './playlog-segments.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})
const pair = pairFromPem(newPem())
const device = { ...pair, key: keyIdOf(pair.publicKey, sha256) }
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'playlog-'))
  dirs.push(dir)
  return dir
}
const optionsOf = (dir: string, over: Partial<PlaylogOptions> = {}): PlaylogOptions => ({
  dir,
  site: 'LC-MLT-01',
  zone: { offsetMinutes: 420 },
  sha256,
  device,
  log: () => undefined,
  ...over,
})
const opened = (dir: string, over: Partial<PlaylogOptions> = {}): Playlog => {
  const result = openPlaylog(optionsOf(dir, over))
  if (!result.ok) throw new Error(result.error.detail)
  return result.value
}
const must = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
const verify = (dir: string) =>
  verifyFolder(realFs, dir, {
    sha256,
    seals: { site: 'LC-MLT-01', publicKeys: [pair.publicKey], verify: createVerify() },
  })
const T0 = at('2026-11-22 08:00')
const beat = (n: number): RecordBody => ({ kind: 'heartbeat', play: `p${n}` })
const rd = (wall: Instant) => reading(wall, { mono: mono(wall - T0 + 1_000_000) })

test('what was appended is there after opening again, chained and verified', async () => {
  const dir = newDir()
  const log = opened(dir)
  must(log.append([openOf('p1'), beat(1)], rd(T0)))
  must(log.append([closeOf('p1', { ms: 1000 })], rd(instant(T0 + 1000))))
  expect(log.head()).toBe(2)
  must(log.close())
  const again = opened(dir)
  expect(again.recovery.last).toEqual({ orphan: null, wall: T0 + 1000, cleanStop: true, tornBytes: 0 })
  must(again.append([beat(2)], rd(instant(T0 + 2000))))
  expect(await again.read({ fromSeq: 1, limit: 2 })).toHaveLength(2)
  expect([...again.readDay('2026-11-22')].map((r) => r.kind)).toEqual(['open', 'heartbeat', 'close', 'heartbeat'])
  expect(verify(dir)).toMatchObject({ records: 4, breaks: [] })
})

test('a new civil date seals the day before; the seal verifies and a changed signature is found', () => {
  const dir = newDir()
  const log = opened(dir)
  must(log.append([beat(1), beat(2)], rd(at('2026-11-22 23:59'))))
  must(log.append([beat(3)], rd(at('2026-11-23 00:00'))))
  expect(log.head()).toBe(3)
  expect(verify(dir)).toMatchObject({ records: 4, seals: 1, segments: 2, breaks: [] })
  expect(opened(dir).recovery.damage).toBeNull()
  const other = verifyFolder(realFs, dir, {
    sha256,
    seals: { site: 'LC-DK-01', publicKeys: [pair.publicKey], verify: createVerify() },
  })
  expect(other.breaks[0]).toMatchObject({ file: '2026-11-22.jsonl', line: 3, seq: 2 })
})

test('cut at every byte of the last record: opens, verifies, goes on, and says how much was torn', () => {
  const source = newDir()
  const log = opened(source)
  must(log.append([openOf('p1')], rd(T0)))
  must(log.append([beat(1)], rd(instant(T0 + 60_000))))
  must(log.append([closeOf('p1', { ms: 90_000 })], rd(instant(T0 + 90_000))))
  const whole = readFileSync(join(source, '2026-11-22.jsonl'))
  const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1
  // What is tested is the reading back; waiting for the disk at every byte would only be slow.
  const fs: PlaylogFs = { ...realFs, fdatasync: () => undefined, syncDir: () => undefined }
  let checked = 0
  for (let cut = lastLine; cut < whole.length; cut++) {
    const dir = newDir()
    writeFileSync(join(dir, '2026-11-22.jsonl'), whole.subarray(0, cut))
    const again = opened(dir, { fs })
    expect(again.recovery.last).toEqual({
      orphan: { play: 'p1', openedWall: T0, upperBoundMs: 60_000 },
      wall: T0 + 60_000,
      cleanStop: false,
      tornBytes: cut - lastLine,
    })
    must(again.append([beat(2)], rd(instant(T0 + 120_000))))
    expect(verify(dir)).toMatchObject({ records: 3, tornBytes: 0, breaks: [] })
    checked++
    rmSync(dir, { recursive: true })
  }
  expect(checked).toBe(whole.length - lastLine)
})

test('a tail of empty blocks is cut off like a torn line', () => {
  const dir = newDir()
  must(opened(dir).append([beat(1), beat(2)], rd(T0)))
  const file = join(dir, '2026-11-22.jsonl')
  const good = readFileSync(file)
  writeFileSync(file, Buffer.concat([good, Buffer.alloc(4096), Buffer.from('\n')]))
  expect(opened(dir).recovery.last.tornBytes).toBe(4097)
  expect(readFileSync(file)).toEqual(good)
})

test('an orphan whose open lies days back is found', () => {
  const dir = newDir()
  const log = opened(dir)
  must(log.append([openOf('standing')], rd(at('2026-11-22 20:00'))))
  must(log.append([beat(1)], rd(at('2026-11-23 01:00'))))
  must(log.append([beat(1)], rd(at('2026-11-24 01:00'))))
  expect(opened(dir).recovery.last.orphan).toMatchObject({ play: 'standing', upperBoundMs: 29 * 3_600_000 })
})

/** Fails the n-th call of write, fdatasync, ftruncate, open, rename, unlink or syncDir, and half of that write reaches the disk. */
const failing = (
  nth: number,
  code: string,
  times: number,
): { readonly fs: PlaylogFs; readonly calls: () => number } => {
  let calls = 0
  const count = () => {
    calls++
    if (calls >= nth && calls < nth + times) throw Object.assign(new Error(`${code}: no`), { code })
  }
  const fs: PlaylogFs = {
    ...realFs,
    open: (path, how) => {
      count()
      return realFs.open(path, how)
    },
    write: (fd, bytes, from, position) => {
      try {
        count()
      } catch (error) {
        realFs.write(fd, bytes.subarray(0, from + Math.ceil((bytes.length - from) / 2)), from, position)
        throw error
      }
      return realFs.write(fd, bytes, from, position)
    },
    fdatasync: (fd) => {
      count()
      realFs.fdatasync(fd)
    },
    ftruncate: (fd, length) => {
      count()
      realFs.ftruncate(fd, length)
    },
    rename: (from, to) => {
      count()
      realFs.rename(from, to)
    },
    unlink: (path) => {
      count()
      realFs.unlink(path)
    },
    syncDir: (dir) => {
      count()
      realFs.syncDir(dir)
    },
  }
  return { fs, calls: () => calls }
}

test.each([
  ['EIO', 1],
  ['EIO', 3],
  ['ENOSPC', 1],
  ['ENOSPC', 5],
] as const)(
  'the n-th file operation fails with %s %i times, for every n: nothing acknowledged is lost',
  (code, times) => {
    const story = (dir: string, fs: PlaylogFs): { readonly acked: number; readonly told: number } | null => {
      const result = openPlaylog(optionsOf(dir, { fs }))
      if (!result.ok) return null
      const log = result.value
      let acked = 0
      let waiting = 0
      for (let i = 0; i < 8; i++) {
        const wall = i < 4 ? instant(T0 + i * 1000) : instant(at('2026-11-23 00:00') + i * 1000)
        const done = log.append([beat(i)], rd(wall))
        waiting++
        if (done.ok) {
          acked += waiting
          waiting = 0
        } else expect(log.state().writable).toBe(false)
      }
      return { acked, told: 8 }
    }
    const dry = failing(Number.POSITIVE_INFINITY, code, 0)
    story(newDir(), dry.fs)
    let checked = 0
    for (let n = 1; n <= dry.calls(); n++) {
      const dir = newDir()
      const outcome = story(dir, failing(n, code, times).fs)
      const again = opened(dir)
      const report = verify(dir)
      expect(report.breaks, `n=${n}`).toEqual([])
      const beats = [...again.recent(10)].filter((r) => r.kind === 'heartbeat').map((r) => r.play)
      // In order, none twice, and at least what was acknowledged.
      expect(beats).toEqual(beats.map((_, i) => `p${i}`))
      if (outcome !== null) expect(beats.length, `n=${n}`).toBeGreaterThanOrEqual(outcome.acked)
      checked++
      rmSync(dir, { recursive: true })
    }
    expect(checked).toBe(dry.calls())
    expect(checked).toBeGreaterThan(20)
  },
)

test('a full disk frees the ballast, so the closing records are still written', () => {
  const dir = newDir()
  let full = false
  const fs: PlaylogFs = {
    ...realFs,
    write: (fd, bytes, from, position) => {
      if (full && readdirSync(dir).includes('ballast.bin')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
      return realFs.write(fd, bytes, from, position)
    },
  }
  const log = opened(dir, { fs })
  must(log.append([beat(0)], rd(T0)))
  full = true
  must(log.append([beat(1)], rd(instant(T0 + 1))))
  expect(log.state()).toMatchObject({ writable: true, onReserve: true })
  expect(verify(dir)).toMatchObject({ records: 2, breaks: [] })
})

test('records that no longer fit in memory leave a gap record', () => {
  const dir = newDir()
  let down = false
  const fs: PlaylogFs = {
    ...realFs,
    write: (fd, bytes, from, position) => {
      if (down) throw Object.assign(new Error('EIO'), { code: 'EIO' })
      return realFs.write(fd, bytes, from, position)
    },
  }
  const log = opened(dir, { fs })
  must(log.append([beat(0)], rd(T0)))
  down = true
  const hundred = Array.from({ length: 100 }, (_, i) => beat(i))
  for (let i = 1; i <= 51; i++) expect(log.append(hundred, rd(instant(T0 + i))).ok).toBe(false)
  expect(log.state().pending).toBe(5000)
  down = false
  must(log.append([beat(1)], rd(instant(T0 + 100))))
  const records = [...log.readDay('2026-11-22')]
  expect(records[1]).toMatchObject({ kind: 'gap', cause: 'disk', fromWall: T0 + 1, toWall: T0 + 1 })
  expect(records).toHaveLength(5003)
  expect(verify(dir).breaks).toEqual([])
})

const daysFrom = (date: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => new Date(Date.parse(date) + i * 86_400_000).toISOString().slice(0, 10))
const quickFs: PlaylogFs = { ...realFs, fdatasync: () => undefined, syncDir: () => undefined }

test('upkeep packs old days, deletes only what is past its six months, and says so first', async () => {
  const dir = newDir()
  const log = opened(dir, { fs: quickFs })
  // 2026-11-22 may go from 2027-05-23 on, and not a day earlier.
  for (const date of daysFrom('2026-11-22', 187)) must(log.append([beat(1), beat(2)], rd(at(`${date} 10:00`))))
  const segments = () =>
    readdirSync(dir)
      .filter((f) => f.includes('.jsonl'))
      .toSorted()
  expect(must(await log.upkeep(rd(at('2027-05-22 10:01')), 6))).toEqual([])
  expect(segments()).toHaveLength(187)
  expect(segments().filter((f) => f.endsWith('.gz'))).toHaveLength(180)
  const gone = must(await log.upkeep(rd(at('2027-05-27 10:01')), 6))
  // By the calendar five days are past; that so many days came after is known of three.
  expect(gone).toEqual(['2026-11-22.jsonl.gz', '2026-11-23.jsonl.gz', '2026-11-24.jsonl.gz'])
  expect(segments()[0]).toBe('2026-11-25.jsonl.gz')
  expect([...log.readDay('2027-05-27')].at(-1)).toMatchObject({
    kind: 'access',
    what: 'retention',
    detail: gone.join(', '),
  })
  expect(await log.read({ fromSeq: 9, limit: 10 })).toHaveLength(3)
  expect(await log.read({ fromSeq: 0, limit: 10 })).toEqual([])
  expect(verify(dir).breaks).toEqual([])
  must(log.close())
  expect(opened(dir).recovery).toMatchObject({ damage: null, last: { cleanStop: true } })
})

test('a clock that jumps years ahead, or is unset, deletes nothing', async () => {
  const dir = newDir()
  const log = opened(dir, { fs: quickFs })
  for (const date of daysFrom('2026-11-22', 30)) must(log.append([beat(1)], rd(at(`${date} 10:00`))))
  expect(must(await log.upkeep(rd(at('2036-01-01 10:00')), 6))).toEqual([])
  expect(must(await log.upkeep({ ...rd(at('2036-01-01 10:00')), quality: 'unset' }, 6))).toEqual([])
  expect(readdirSync(dir).filter((f) => f.includes('.jsonl'))).toHaveLength(30)
})

test.each([
  ['a day', '2026-11-19'],
  ['the day before the newest', '2026-11-20'],
])('%s that cannot be unpacked any more is damage to report, not a daemon that never starts again', async (_, bad) => {
  const dir = newDir()
  const log = opened(dir)
  for (const date of ['2026-11-18', '2026-11-19', '2026-11-20'])
    must(log.append([beat(1), beat(2)], rd(at(`${date} 10:00`))))
  must(log.append([beat(3)], rd(at('2026-11-22 10:00'))))
  must(await log.upkeep(rd(at('2026-11-22 10:01')), 6))
  must(log.close())
  const file = join(dir, `${bad}.jsonl.gz`)
  const bytes = readFileSync(file)
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff
  writeFileSync(file, bytes)
  const said: string[] = []
  const again = opened(dir, { log: (_level, message) => void said.push(message) })
  expect([...again.recent(5)].filter((r) => r.kind === 'heartbeat').length).toBeGreaterThanOrEqual(5)
  must(again.append([beat(4)], rd(at('2026-11-22 10:02'))))
  expect(said.length).toBe(bad === '2026-11-20' ? 1 : 0)
  expect(verify(dir).breaks.map((b) => b.file)).toEqual([`${bad}.jsonl.gz`])
})

test('a day in the middle that cannot be read any more is a hole that is named, and reading goes on after it', async () => {
  const dir = newDir()
  const log = opened(dir, { fs: quickFs })
  for (const date of daysFrom('2026-11-18', 5)) must(log.append([beat(1), beat(2)], rd(at(`${date} 10:00`))))
  must(await log.upkeep(rd(at('2026-11-22 10:01')), 6))
  const file = join(dir, '2026-11-19.jsonl.gz')
  writeFileSync(file, readFileSync(file).subarray(0, 60))
  // 18th: 0 to 2, 19th: 3 to 5, 20th: 6 to 8.
  expect((await log.read({ fromSeq: 1, limit: 10 })).map(seqOf)).toEqual([1, 2])
  expect((await log.read({ fromSeq: 3, limit: 10 })).map(seqOf)).toEqual([6, 7, 8])
  expect((await log.read({ fromSeq: 5, limit: 1 })).map(seqOf)).toEqual([6])
  must(log.append([beat(3)], rd(at('2026-11-22 10:02'))))
  must(log.append([beat(4)], rd(at('2026-11-22 10:03'))))
  const said = [...log.readDay('2026-11-22')].filter((r) => r.kind === 'incident')
  expect(said).toHaveLength(1)
  expect(said[0]).toMatchObject({ what: 'log-unreadable', type: 'TECHNICAL' })
  expect(said[0]?.detail).toContain('2026-11-19.jsonl.gz')
  expect(verify(dir).breaks.map((b) => b.file)).toEqual(['2026-11-19.jsonl.gz'])
})
const seqOf = (line: string): number => Number(/^\{"seq":(\d+),/.exec(line)?.[1])

test('the same date again after a clock step gets its own segment, and the order stays', async () => {
  const dir = newDir()
  const log = opened(dir)
  must(log.append([beat(0)], rd(at('2026-11-22 10:00'))))
  must(log.append([beat(1)], rd(at('2026-12-22 10:00'))))
  must(log.append([beat(2)], rd(at('2026-11-22 10:01'))))
  must(log.append([beat(3)], { ...rd(instant(0)), quality: 'unset' }))
  expect(readdirSync(dir)).toContain('2026-11-22~2.jsonl')
  expect(verify(dir)).toMatchObject({ segments: 3, breaks: [] })
  expect([...opened(dir).recent(9)].flatMap((r) => (r.kind === 'heartbeat' ? [r.play] : []))).toEqual([
    'p0',
    'p1',
    'p2',
    'p3',
  ])
})

test('many lines: read pages through the newest segment in order', async () => {
  const dir = newDir()
  const log = opened(dir)
  for (let i = 0; i < 50; i++)
    must(
      log.append(
        Array.from({ length: 10 }, (_, k) => beat(i * 10 + k)),
        rd(instant(T0 + i)),
      ),
    )
  const seen: string[] = []
  for (let from = 0; from <= log.head(); ) {
    const lines = await log.read({ fromSeq: from, limit: 77 })
    expect(lines.length).toBeGreaterThan(0)
    seen.push(...lines)
    from += lines.length
  }
  expect(seen.map((l) => (JSON.parse(l) as { seq: number }).seq)).toEqual(Array.from({ length: 500 }, (_, i) => i))
})

test('a folder of another cluster is refused, naming file and place', () => {
  const dir = newDir()
  opened(dir)
  const result = openPlaylog(optionsOf(dir, { site: 'LC-DK-01' }))
  expect(!result.ok && result.error).toMatchObject({
    kind: 'identity',
    detail: expect.stringContaining('/site: the folder is of LC-MLT-01'),
  })
})

const run = async (...args: string[]) => {
  const said: string[] = []
  const say = (text: string) => {
    said.push(text)
  }
  return { code: await playlogCommand(args, { out: say, err: say }), text: () => said.join('') }
}

test('the command: verify finds one changed byte and says file, line and seq; query answers; bad usage is 2', async () => {
  const dir = newDir()
  const log = opened(dir)
  must(log.append([{ kind: 'screen', lit: 'lit', intended: true, why: 'khung giờ', brightness: 70 }], rd(T0)))
  must(log.append([openOf('p1', { why: 'Khung giờ sáng' })], rd(T0)))
  must(log.append([{ kind: 'proof', play: 'p1', proof: 'acknowledged', how: 'player' }], rd(instant(T0 + 100))))
  must(log.append([closeOf('p1', { ms: 60_000 })], rd(instant(T0 + 60_000))))
  must(log.append([beat(1)], rd(instant(T0 + 90_000))))
  must(log.close())
  const fine = await run('verify', '--dir', dir, '--site', 'LC-MLT-01')
  expect([fine.code, fine.text()]).toEqual([0, expect.stringContaining('VERIFIED')])
  const asked = await run('query', '--dir', dir, '--at', '2026-11-22T08:00:30')
  expect(asked.code).toBe(0)
  for (const part of [
    'Hỏi đáp về chính quyền',
    'Khung giờ sáng',
    'vpubnd',
    '12/TB-MAU',
    'trình phát xác nhận',
    'màn hình sáng',
    'đồng hồ đã đồng bộ',
  ])
    expect(asked.text()).toContain(part)
  const span = await run('query', '--dir', dir, '--from', '2026-11-22', '--to', '2026-11-23', '--json')
  expect(JSON.parse(span.text())).toMatchObject({
    plays: [{ play: 'p1', ms: 60_000, lit: 'lit', proof: 'acknowledged' }],
  })
  expect((await run('export', '--dir', dir)).text()).toBe(readFileSync(join(dir, '2026-11-22.jsonl'), 'utf8'))
  expect((await run('verify', '--dir', dir, '--site', 'LC-DK-01')).code).toBe(1)
  expect((await run('query', '--dir', dir)).code).toBe(2)
  expect((await run('nonsense', '--dir', dir)).code).toBe(2)
  expect((await run('verify', '--dir', join(dir, 'none'))).code).toBe(1)
  const file = join(dir, '2026-11-22.jsonl')
  const bytes = readFileSync(file)
  const place = bytes.indexOf('vpubnd')
  bytes[place] = 0x77
  writeFileSync(file, bytes)
  const changed = await run('verify', '--dir', dir)
  expect([changed.code, changed.text()]).toEqual([1, expect.stringContaining('2026-11-22.jsonl, dòng · line 2, seq 1')])
  truncateSync(file, 0)
})
