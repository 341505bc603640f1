import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { emptyLedger } from '#core/airtime/ledger.ts'
import { instantOfDate } from '#core/base/time.ts'
import { instant, type Reading } from '#core/base/units.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import { runVirtual } from '#core/engine/virtual.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import type { Policy } from '#core/policy/policy.ts'
import { newPem, pairFromPem, sha256 } from '#edge/shell/crypto.ts'
import { openPlaylog } from '#edge/shell/playlog.ts'
import { realFs } from '#edge/shell/playlog-fs.ts'
import { verifyFolder } from '#edge/shell/playlog-segments.ts'
import { anItem, aSchedule, siteFacts } from '../build.ts'
import { shippedPolicy, woke } from '../drive.ts'
import { type Say, withOptions } from '../support/options.ts'

/** Memory is looked at after so many plays, when caches are full, and at the end. */
const FIRST = 1_000
/** Growth between the two looks, MB: heap after a full collection, and resident. The log’s index and a week of ledger are in it. */
const MOST_HEAP = 4
const MOST_RESIDENT = 24
const MB = 1024 * 1024

type Look = { readonly plays: number; readonly heap: number; readonly resident: number; readonly files: number }

const collector = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  return () => (typeof gc === 'function' ? gc() : undefined)
}

/** So many plays through the real engine and the real play log on a real folder, in virtual time: nothing grows. */
export const run = (args: readonly string[], say: Say): Promise<number> =>
  withOptions(
    {
      args,
      say,
      help: 'Lượt phát trong thời gian ảo · plays in virtual time\n\n  --plays N   (10000)\n',
      numbers: { plays: { standard: 10_000, least: 2 * FIRST, whole: true } },
    },
    ({ plays }) => inFolder(plays, say),
  )

const inFolder = (plays: number, say: Say): number => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-plays-'))
  try {
    return through(folder, plays, say)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const through = (folder: string, plays: number, say: Say): number => {
  const dir = join(folder, 'plays')
  const policy = shippedPolicy()
  const device = { key: 'd'.repeat(32), ...pairFromPem(newPem()) }
  const site = siteFacts()
  const opened = openPlaylog({ dir, site: site.id, zone: policy.zone, sha256, device, log: () => {} })
  if (!opened.ok) throw new Error(opened.error.detail)
  const collect = collector()
  const looks: Look[] = []
  const count = { plays: 0 }
  const look = (): void => {
    collect()
    const { heapUsed, rss } = process.memoryUsage()
    const files = readdirSync('/proc/self/fd').length
    looks.push({ plays: count.plays, heap: heapUsed / MB, resident: rss / MB, files })
  }
  const begun = performance.now()
  drive({ policy, site, plays }, (body, reading) => {
    if (count.plays >= plays) return
    const done = opened.value.append([body], reading)
    if (!done.ok) throw new Error(done.error.detail)
    if (body.kind !== 'close') return
    count.plays += 1
    if (count.plays === FIRST || count.plays === plays) look()
  })
  const seconds = (performance.now() - begun) / 1000
  opened.value.close()
  const log = verifyFolder(realFs, dir, {
    sha256,
    seals: { site: site.id, publicKeys: [device.publicKey], verify: () => true },
  })
  return judge({ looks, seconds, broken: log.breaks.length + log.tornBytes, records: log.records, plays }, say)
}

/** A week at a time: plays of ten seconds from 06:00 to 22:00. */
const PLAY_MS = 10_000
const FROM = instantOfDate('2026-11-23', 420)
const DAY = 86_400_000
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
const HOURS = { weekdays: EVERY_DAY, from: '06:00', to: '22:00' }

type Feed = (body: RecordBody, at: Reading) => void

/** The real engine, with a player and a display that do as they are told. What it writes down is given to `feed`. */
const drive = (of: { readonly policy: Policy; readonly site: SiteFacts; readonly plays: number }, feed: Feed): void => {
  const items = ['C01', 'C02', 'C03', 'C04'].map((id) =>
    anItem({ id, durationMs: PLAY_MS, validFrom: FROM - DAY, validTo: FROM + 400 * DAY }),
  )
  const frame = { id: 'F', ...HOURS, playlist: 'PL', purpose: 'propaganda', decidedBy: 'svhttdl', reason: '' } as const
  const schedule = aSchedule(items, { frames: [frame], power: [{ ...HOURS, brightness: 60 }] })
  const days = Math.ceil(of.plays / (16 * 360)) + 1
  runVirtual({
    site: of.site,
    policy: of.policy,
    from: FROM,
    to: instant(FROM + days * DAY),
    happenings: [
      { at: FROM, event: { ...woke, ledger: emptyLedger(of.policy), schedule } },
      { at: FROM, event: { event: 'player', what: 'up' } },
    ],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: ({ at: _, boot: __, ...body }, after) => feed(body as RecordBody, after.now),
  })
}

type Outcome = {
  readonly looks: readonly Look[]
  readonly seconds: number
  readonly broken: number
  readonly records: number
  readonly plays: number
}

const judge = ({ looks, seconds, broken, records, plays }: Outcome, say: Say): number => {
  const [first, last] = [looks[0], looks.at(-1)]
  say('lượt · plays    heap MB     RSS MB    tệp · files')
  for (const { plays: n, heap, resident, files } of looks)
    say(
      `${String(n).padStart(13)} ${heap.toFixed(2).padStart(10)} ${resident.toFixed(1).padStart(10)} ${String(files).padStart(14)}`,
    )
  say(`${records} bản ghi · records, ${seconds.toFixed(1)} s, ${broken} chỗ hỏng của nhật ký · breaks in the log`)
  if (first === undefined || last === undefined || last.plays < plays) {
    say(`  ✗ ${last?.plays ?? 0} lượt · plays, ${plays} were to be made`)
    return 1
  }
  const faults = [
    ...(last.heap - first.heap > MOST_HEAP ? [`heap +${(last.heap - first.heap).toFixed(2)} MB (≤ ${MOST_HEAP})`] : []),
    ...(last.resident - first.resident > MOST_RESIDENT
      ? [`RSS +${(last.resident - first.resident).toFixed(1)} MB (≤ ${MOST_RESIDENT})`]
      : []),
    ...(last.files > first.files ? [`${last.files - first.files} descriptors more`] : []),
    ...(broken > 0 ? ['the log does not verify'] : []),
  ]
  for (const fault of faults) say(`  ✗ ${fault}`)
  return faults.length === 0 ? 0 : 1
}
