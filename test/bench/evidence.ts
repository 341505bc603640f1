import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { emptyLedger, fold } from '#core/airtime/ledger.ts'
import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { keyIdOf } from '#core/contract/verify.ts'
import { seal, sealText } from '#core/evidence/chain.ts'
import { playFold } from '#core/evidence/query.ts'
import { GENESIS, type RecordBody, type StampedRecord } from '#core/evidence/record.ts'
import { createVerify, newPem, pairFromPem, sha256 } from '#edge/shell/crypto.ts'
import { processMemory } from '#edge/shell/memory.ts'
import { realFs } from '#edge/shell/playlog-fs.ts'
import { momentsAt } from '#edge/shell/playlog-moment.ts'
import { listSegments, type Segment, verifyFolder } from '#edge/shell/playlog-segments.ts'
import { streamRecords } from '#edge/shell/playlog-stream.ts'
import { shippedPolicy } from '../drive.ts'
import { mb, ms, percentile, type Row } from './figures.ts'

const SITE = 'LC-MLT-01'
/** Six calendar months at the longest, less a day that is being written. */
const DAYS = 183
const PLAY_MS = 10_000
const DAY_MS = 86_400_000
const FROM = Date.UTC(2026, 10, 22, 17)
const OFFSET = 420
const INSTANTS = 60
/** As the engine writes them: what follows the opening of a play, in ms. */
const PROOF_AFTER = 80

type Writer = { seq: number; prev: string; lines: string[] }

/** Records in order, sealed day by day and packed as the daemon packs them. `days` may be fewer for a short look. */
const writeLog = async (dir: string, days: number): Promise<{ readonly records: number; readonly bytes: number }> => {
  const pair = pairFromPem(newPem())
  const device = { key: keyIdOf(pair.publicKey, sha256), publicKey: pair.publicKey, sign: pair.sign }
  mkdirSync(dir, { recursive: true })
  writeFileSync(
    join(dir, 'identity.json'),
    JSON.stringify({ site: SITE, publicKey: device.publicKey, earlierKeys: [] }),
  )
  const at: Writer = { seq: 0, prev: GENESIS, lines: [] }
  const push = (wall: number, body: RecordBody): void => {
    const time = { wall, iso: formatInstant(instant(wall), OFFSET), mono: wall - FROM, q: 'synced' } as const
    const { line, hash } = seal(at.prev, at.seq, { at: time, boot: 'bench', ...body } as StampedRecord, sha256)
    at.lines.push(line)
    at.seq++
    at.prev = hash
  }
  const packing: Promise<void>[] = []
  push(FROM, { kind: 'screen', lit: 'lit', intended: true, why: 'bench', brightness: 60 })
  for (let day = 0; day < days; day++) {
    const midnight = FROM + day * DAY_MS
    for (let wall = midnight; wall < midnight + DAY_MS; wall += PLAY_MS) playOnce(push, wall)
    const date = formatInstant(instant(midnight), OFFSET).slice(0, 10)
    const [records, head] = [at.lines.length, at.prev]
    const sig = device.sign(sealText(SITE, date, records, head))
    push(midnight + DAY_MS - 1, { kind: 'seal', day: date, records, head, key: device.key, sig })
    const text = `${at.lines.join('\n')}\n`
    at.lines = []
    if (packing.length >= 2) await packing.shift()
    packing.push(pack(join(dir, `${date}.jsonl`), text, day < days - 2))
  }
  await Promise.all(packing)
  return { records: at.seq, bytes: readdirSync(dir).reduce((sum, f) => sum + statSync(join(dir, f)).size, 0) }
}

const pack = async (path: string, text: string, packed: boolean): Promise<void> =>
  packed ? writeFileSync(`${path}.gz`, await promisify(gzip)(text)) : writeFileSync(path, text)

const playOnce = (push: (wall: number, body: RecordBody) => void, wall: number): void => {
  const n = Math.floor((wall - FROM) / PLAY_MS)
  const play = `bench-${n}`
  push(wall, {
    kind: 'open',
    play,
    item: `V${n % 10}`,
    title: 'Chủ trương, chính sách mới của tỉnh',
    hash: HASHES[n % 10] ?? '',
    category: n % 10 === 9 ? 'A7_5_ADVERTISING' : 'A7_1_POLICY_LAW',
    counts: n % 10 !== 9,
    languages: ['vi'],
    supplier: 'svhttdl',
    suppliedByLead: n % 10 !== 9,
    document: '345/MAU-TT',
    claim: 'slot',
    rank: 'normal',
    order: null,
    why: 'khung giờ buổi sáng, còn nợ thời lượng',
  })
  push(wall + PROOF_AFTER, { kind: 'proof', play, proof: 'acknowledged', how: 'mpv' })
  if (n % 6 === 0) push(wall + PLAY_MS / 2, { kind: 'heartbeat', play })
  push(wall + PLAY_MS - 1, { kind: 'close', play, cause: 'ended', ms: PLAY_MS - 1, proof: 'acknowledged' })
}
const HASHES = Array.from({ length: 10 }, (_, n) => sha256(`file ${n}`))

/** (f) a log of six months: verified, folded, and asked for one moment. `BENCH_EVIDENCE_DAYS` takes fewer days for a short look. */
export const benchEvidence = async (folder: string): Promise<readonly Row[]> => {
  const days = Number(process.env['BENCH_EVIDENCE_DAYS'] ?? DAYS)
  if (!Number.isInteger(days) || days < 4 || days > 400)
    throw new Error('BENCH_EVIDENCE_DAYS: a number of days, 4 to 400')
  mkdirSync(folder, { recursive: true })
  const dir = mkdtempSync(join(folder, 'months-'))
  try {
    const began = performance.now()
    const { records, bytes } = await writeLog(dir, days)
    const made = performance.now() - began
    const plays = (days * DAY_MS) / PLAY_MS
    const what = `${plays.toLocaleString('en')} plays, ${records.toLocaleString('en')} records, ${mb(bytes)} packed`
    const rate = (took: number): string =>
      `${(took / 1000).toFixed(1)} s, ${Math.round((records / took) * 1000).toLocaleString('en')} records/s`
    const memory = processMemory()
    memory.collect()
    const verified = verifyAll(dir, records)
    memory.collect()
    const folded = await foldAll(dir, records, plays)
    const before = cpuMs()
    const asked = askInstants(dir, days)
    const askedCpu = (cpuMs() - before) / asked.length
    return [
      row('viết nhật ký sáu tháng · writing six months', rate(made), what),
      row(
        'kiểm tra cả chuỗi · verify the whole chain',
        rate(verified.took),
        `${seconds(verified.cpu)} of CPU; resident at most ${mb(verified.rss)}`,
      ),
      row(
        'gộp lượt phát và thời lượng · fold plays and airtime',
        rate(folded.took),
        `${seconds(folded.cpu)} of CPU; resident at most ${mb(folded.rss)}`,
      ),
      row(
        'một thời điểm trong sáu tháng · one instant in six months',
        `p50 ${ms(percentile(asked, 0.5))}, p99 ${ms(percentile(asked, 0.99))} (n=${asked.length})`,
        `of ${days} days; ${ms(askedCpu)} of CPU each`,
      ),
    ]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const seconds = (took: number): string => `${(took / 1000).toFixed(1)} s`
const row = (what: string, figure: string, beside: string): Row => ({ what, figure, beside, target: '', pass: null })

const verifyAll = (
  dir: string,
  records: number,
): { readonly took: number; readonly cpu: number; readonly rss: number } => {
  const identity = JSON.parse(new TextDecoder().decode(realFs.readAll(join(dir, 'identity.json')))) as {
    publicKey: string
  }
  const seen = { rss: 0 }
  // Each segment is read once; what is resident then is the most there is.
  const fs = { ...realFs, readAll: (path: string) => noted(seen, () => realFs.readAll(path)) }
  const cpu = cpuMs()
  const began = performance.now()
  const seals = { site: SITE, publicKeys: [identity.publicKey], verify: createVerify() }
  const report = verifyFolder(fs, dir, { sha256, seals })
  const took = performance.now() - began
  if (report.records !== records || report.breaks.length > 0)
    throw new Error(`verified ${report.records} of ${records}`)
  return { took, cpu: cpuMs() - cpu, rss: seen.rss }
}

/** Of this process, so that a busy machine can be told from slow code. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const noted = <T>(seen: { rss: number }, act: () => T): T => {
  seen.rss = Math.max(seen.rss, process.memoryUsage.rss())
  return act()
}

const foldAll = async (dir: string, records: number, plays: number) => {
  const seen = { rss: 0 }
  const fs = {
    ...realFs,
    readAt: (path: string, from: number, length: number) => noted(seen, () => realFs.readAt(path, from, length)),
  }
  const cpu = cpuMs()
  const began = performance.now()
  const folded = playFold(SITE)
  const count = { plays: 0, records: 0 }
  let ledger = emptyLedger(shippedPolicy())
  for await (const chunk of streamRecords(fs, dir, listSegments(realFs, dir)))
    for (const record of chunk) {
      if (folded.push(record) !== null) count.plays++
      ledger = fold(ledger, record)
      count.records++
    }
  const took = performance.now() - began
  if (count.plays !== plays || count.records !== records) throw new Error(`folded ${count.plays} plays of ${plays}`)
  return { took, cpu: cpuMs() - cpu, rss: seen.rss }
}

/** Spread over all the days by a fixed step, so that two runs ask the same. The folder is listed once, as a program that stays does. */
const askInstants = (dir: string, days: number): readonly number[] => {
  const segments: readonly Segment[] = listSegments(realFs, dir)
  return Array.from({ length: INSTANTS }, (_, i) => {
    const at = FROM + ((i * 0.618_033_988) % 1) * days * DAY_MS
    const began = performance.now()
    const found = momentsAt({ fs: realFs, dir, segments, site: SITE, offsetMinutes: OFFSET }, at)
    const took = performance.now() - began
    if (found.length !== 1 || found[0]?.play?.play !== `bench-${Math.floor((at - FROM) / PLAY_MS)}`) {
      // The last millisecond of a play belongs to nobody.
      if ((at - FROM) % PLAY_MS < PLAY_MS - 1) throw new Error(`another play was on at ${at}`)
    }
    return took
  })
}
