import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { JSONFilePreset } from 'lowdb/node'
import { type Instant, mono, type Reading } from '#core/base/units.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import { sha256 } from '#edge/shell/crypto.ts'
import { openPlaylog } from '#edge/shell/playlog.ts'
import { ms, percentile, type Row } from './figures.ts'

/** Records appended; a bare append of the very same bytes follows each, so both see the same disk. */
const RECORDS = 2_000
/** Records of one busy day: a play of 20 s has an open, a proof and a close, and a heartbeat comes each minute. */
const DAY_RECORDS = 14_400
const REWRITES = 25
const ZONE = { offsetMinutes: 420 }

/** (c) play-log append, beside a bare append + fdatasync of the same bytes, and beside lowdb rewriting the JSON file of one day. */
export const benchPlaylog = async (folder: string): Promise<readonly Row[]> => {
  mkdirSync(folder, { recursive: true })
  const dir = mkdtempSync(join(folder, 'log-'))
  try {
    const { ours, bare, lines } = appendBoth(dir)
    const rewrite = await rewriteDay(dir, lines)
    const p50 = percentile(ours, 0.5)
    return [
      {
        what: 'ghi một bản ghi · append of one record (chain, write, fdatasync)',
        figure: `p50 ${ms(p50)}, p99 ${ms(percentile(ours, 0.99))} (n=${ours.length})`,
        beside: `bare append + fdatasync: p50 ${ms(percentile(bare, 0.5))}, p99 ${ms(percentile(bare, 0.99))}`,
        target: 'ratio',
        pass: null,
      },
      {
        what: '  so với ghi trần · against the bare append of the same bytes',
        figure: `×${(sum(ours) / sum(bare)).toFixed(2)} in total, ×${(p50 / percentile(bare, 0.5)).toFixed(2)} at p50`,
        beside: `${lines.length} lines, ${Math.round(lines.join('').length / lines.length)} bytes each`,
        target: 'ratio',
        pass: null,
      },
      {
        what: '  so với lowdb ghi lại tệp một ngày · against lowdb rewriting one day',
        figure: `${Math.round(percentile(rewrite, 0.5) / p50)} times faster at p50`,
        beside: `lowdb, ${DAY_RECORDS} records: p50 ${ms(percentile(rewrite, 0.5))} (without fsync)`,
        target: 'ratio',
        pass: null,
      },
    ]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const sum = (samples: readonly number[]): number => samples.reduce((total, n) => total + n, 0)

const bodyOf = (i: number): RecordBody =>
  i % 2 === 0
    ? {
        kind: 'open',
        play: `b-${i}`,
        item: 'C01',
        title: 'Chủ trương, chính sách mới của tỉnh',
        hash: sha256(String(i)),
        category: 'A7_1_POLICY_LAW',
        counts: true,
        languages: ['vi'],
        supplier: 'svhttdl',
        suppliedByLead: true,
        document: '345/MAU-TT',
        claim: 'slot',
        rank: 'normal',
        order: null,
        why: 'khung giờ buổi sáng, còn nợ thời lượng',
      }
    : { kind: 'close', play: `b-${i - 1}`, cause: 'ended', ms: 20_000, proof: 'seen' }

const appendBoth = (dir: string): { ours: number[]; bare: number[]; lines: readonly string[] } => {
  const plays = join(dir, 'plays')
  const device = { key: 'a'.repeat(32), publicKey: `${'A'.repeat(43)}=`, sign: () => '' }
  const opened = openPlaylog({ dir: plays, site: 'LC-MLT-01', zone: ZONE, sha256, device, log: () => undefined })
  if (!opened.ok) throw new Error(opened.error.detail)
  const log = opened.value
  const start = Date.UTC(2026, 10, 23, 1)
  const ours: number[] = []
  const bare: number[] = []
  const fd = openSync(join(dir, 'bare.jsonl'), 'a', 0o640)
  const source = openSync(join(plays, '2026-11-23.jsonl'), 'a+', 0o640)
  const run = { size: 0 }
  for (let i = 0; i < RECORDS; i++) {
    const reading: Reading = {
      wall: (start + i * 1_000) as Instant,
      mono: mono(i * 1_000),
      quality: 'synced',
      bootId: 'bench',
    }
    const began = performance.now()
    const done = log.append([bodyOf(i)], reading)
    ours.push(performance.now() - began)
    if (!done.ok) throw new Error(done.error.detail)
    const all = readFileSync(join(plays, '2026-11-23.jsonl'))
    const bytes = all.subarray(run.size)
    run.size = all.length
    const bareBegan = performance.now()
    writeSync(fd, bytes)
    fdatasyncSync(fd)
    bare.push(performance.now() - bareBegan)
  }
  closeSync(fd)
  closeSync(source)
  const lines = readFileSync(join(dir, 'bare.jsonl'), 'utf8').split('\n').slice(0, -1)
  if (lines.length !== RECORDS) throw new Error(`${lines.length} lines of ${RECORDS}`)
  log.close()
  return { ours, bare, lines }
}

/** What the play log would be if it were a lowdb document: the whole day again for each record. */
const rewriteDay = async (dir: string, lines: readonly string[]): Promise<readonly number[]> => {
  const day = Array.from({ length: DAY_RECORDS }, (_, i) => JSON.parse(lines[i % lines.length] ?? 'null') as unknown)
  const db = await JSONFilePreset<{ records: unknown[] }>(join(dir, 'day.json'), { records: day })
  await db.write()
  const times: number[] = []
  for (let i = 0; i < REWRITES; i++) {
    const began = performance.now()
    db.data.records.push(day[i])
    await db.write()
    times.push(performance.now() - began)
  }
  return times
}
