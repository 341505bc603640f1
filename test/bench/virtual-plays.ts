import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRaster } from '#controller/raster/render.ts'
import { instant, mono } from '#core/base/units.ts'
import { type Happening, runVirtual } from '#core/engine/virtual.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
// The whole daemon is loaded, as in the real process, although only some of its parts are driven here.
import { VERSION } from '#edge/main.ts'
import { sha256 } from '#edge/shell/crypto.ts'
import { cleanFilePages, processMemory } from '#edge/shell/memory.ts'
import { openLibc } from '#edge/shell/os.ts'
import { openPlaylog } from '#edge/shell/playlog.ts'
import { anItem, aSchedule, siteFacts } from '../build.ts'
import { shippedPolicy } from '../drive.ts'

/**
 * A child of the bench: an edge's modules, fonts, engine, ledger and play log in one process, without a player, driven through
 * virtual time until so many plays have ended. Every record is written and fdatasynced as on a real day. Prints resident bytes after
 * every tenth part, one JSON line each.
 */
export type VirtualFigure = {
  readonly version: string
  readonly plays: number
  readonly records: number
  /** Before and after the process gave back what it could. */
  readonly grownBytes: number
  readonly residentBytes: number
}

const PARTS = 10
const PLAY_MS = 15_000
const DAY_MS = 86_400_000
/** Midnight of a Monday at UTC+7. */
const FROM = instant(Date.UTC(2026, 10, 22, 17))
const ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]

const schedule = aSchedule(
  ['V1', 'V2', 'V3', 'V4'].map((id) =>
    anItem({ id, durationMs: PLAY_MS, validFrom: FROM - DAY_MS, validTo: FROM + 90 * DAY_MS }),
  ),
  {
    frames: [
      {
        id: 'ALL',
        weekdays: ALL_WEEK,
        from: '06:00',
        to: '22:00',
        playlist: 'PL',
        purpose: 'propaganda',
        decidedBy: 'bench',
        reason: 'bench',
      },
    ],
    power: [{ weekdays: ALL_WEEK, from: '06:00', to: '22:00', brightness: 60 }],
  },
)

const main = (folder: string, goal: number): void => {
  const policy = shippedPolicy()
  const dir = mkdtempSync(join(folder, 'virtual-'))
  const device = { key: 'a'.repeat(32), publicKey: `${'A'.repeat(43)}=`, sign: () => `${'A'.repeat(86)}==` }
  const zone = { offsetMinutes: policy.zone.offsetMinutes }
  const opened = openPlaylog({ dir, site: 'LC-MLT-01', zone, sha256, device, log: () => undefined })
  const raster = createRaster({ fontDirs: [] })
  if (!opened.ok || !raster.ok) throw new Error('no play log or no fonts')
  const warm = raster.value.warm(['han'])
  if (!warm.ok) throw new Error(warm.error.en)
  const count = { plays: 0, records: 0 }
  const libc = openLibc()
  const memory = processMemory()
  const say = (): void => {
    const grownBytes = process.memoryUsage.rss()
    // One round of what the daemon does for itself every minute that it is above its mark (edge/shell/memory.ts), without its pauses.
    memory.collect()
    libc.trim()
    for (const page of cleanFilePages(readFileSync('/proc/self/smaps', 'utf8'), process.execPath))
      libc.release(page.start, page.bytes)
    const figure: VirtualFigure = { version: VERSION, ...count, grownBytes, residentBytes: process.memoryUsage.rss() }
    process.stdout.write(`${JSON.stringify(figure)}\n`)
  }
  const onRecord = (record: StampedRecord): void => {
    if (count.plays >= goal) return
    const { at, boot, ...body } = record
    const written = opened.value.append([body], {
      wall: instant(at.wall),
      mono: mono(at.mono),
      quality: at.q,
      bootId: boot,
    })
    if (!written.ok) throw new Error(written.error.detail)
    count.records++
    if (record.kind !== 'close') return
    count.plays++
    if (count.plays % Math.ceil(goal / PARTS) === 0) say()
  }
  const happenings: readonly Happening[] = [
    { at: FROM, event: { event: 'schedule', schedule } },
    { at: FROM, event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
    { at: FROM, event: { event: 'player', what: 'up' } },
  ]
  say()
  // 16 lit hours of 15-second plays are 3,840 a day; a third more, for what is dark or split.
  const days = Math.ceil((goal / 3_840) * 1.34)
  const to = instant(FROM + days * DAY_MS)
  runVirtual({
    site: siteFacts(),
    policy,
    from: FROM,
    to,
    happenings,
    tickMs: 1_000,
    ticks: 'needed',
    onRecord,
  })
  if (count.plays < goal) throw new Error(`${count.plays} plays in ${days} virtual days, ${goal} were wanted`)
  opened.value.close()
  raster.value.close()
  rmSync(dir, { recursive: true, force: true })
}

const [folder, goal] = process.argv.slice(2)
if (folder !== undefined && goal !== undefined) main(folder, Number(goal))
