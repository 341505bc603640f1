import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { dateOf } from '#core/base/time.ts'
import { instant, minutes, type Reading } from '#core/base/units.ts'
import type { Signer } from '#core/contract/verify.ts'
import type { State } from '#core/engine/state.ts'
import type { Budget } from '#core/evidence/budget.ts'
import { plannedPlays } from '#core/evidence/planned.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import { trustedToday } from '#core/evidence/trusted-day.ts'
import type { Policy } from '#core/policy/policy.ts'
import { openAggregates } from './aggregates.ts'
import { type ArchiveSource, openArchive } from './archive.ts'
import type { AssetStore } from './assets.ts'
import { createBudget, freeBytesOf } from './budget.ts'
import type { Playlog } from './playlog.ts'
import { realFs } from './playlog-fs.ts'
import { streamLines } from './playlog-stream.ts'
import { relieve } from './pressure.ts'

/**
 * Everything that keeps evidence for its time, put together: the archive of approvals, the daily aggregates, the disk budget, and what is given
 * up when the disk is nearly full (Art. 10.1.a dash 5; readings A5, A6).
 */
export type Keeping = {
  /** Before records are written. */
  readonly note: (bodies: readonly RecordBody[], at: Reading) => void
  /** May this file of the assets go? */
  readonly mayEvict: (sha256: string) => boolean
  readonly budget: () => Budget
  readonly faults: () => readonly { readonly id: 'disk-filling'; readonly detail: string }[]
  /** The play log did not get its bytes on the disk: room is made at once, once at a time. */
  readonly diskFull: () => void
  /** Daily: aggregates, then the log's own upkeep, then index and budget. */
  readonly upkeep: () => Promise<void>
  readonly stop: () => void
}

/** Free space is looked at so often. */
const LOOK_EVERY = minutes(10)

export const createKeeping = (of: {
  readonly dataDir: string
  readonly site: string
  readonly playlog: Playlog
  readonly policy: Policy
  /** What the panel draws, for the estimate of energy. */
  readonly watts: { readonly full: number; readonly idle: number } | null
  readonly device: Signer
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
  readonly state: () => State
  readonly assets: () => Pick<AssetStore, 'stored' | 'evict'>
}): Keeping => {
  const { dataDir, playlog, policy, clock, log } = of
  const { playMonths, aggregateMonths } = policy.retention
  const dateAt = (wall: number) => dateOf(instant(wall), policy.zone.offsetMinutes)
  const civilToday = () => dateAt(clock.read().wall)
  /** As far as the kept days bear it out; null while the clock is unset. */
  const today = (): string | null => {
    const now = clock.read()
    if (now.quality === 'unset') return null
    return trustedToday(
      playlog.segments().map((s) => s.date),
      { today: dateAt(now.wall), playMonths },
    )
  }
  const archive = openArchive({ dir: `${dataDir}/approvals`, playMonths, dateOf: dateAt, log })
  const aggregates = openAggregates({
    dir: `${dataDir}/aggregates`,
    plays: `${dataDir}/plays`,
    site: of.site,
    policy,
    watts: of.watts,
    device: of.device,
  })
  const budget = createBudget({
    data: dataDir,
    playMonths,
    plannedPlays: () => {
      const document = of.state().schedule?.document
      return document === undefined ? null : plannedPlays(document)
    },
    segments: playlog.segments,
    usedBytes: playlog.bytes,
    today: civilToday,
    mono: () => clock.read().mono,
    log,
  })
  const run = { cancel: () => {}, relieving: false, stopped: false }
  const look = async (): Promise<void> => {
    if (run.relieving || run.stopped) return
    run.relieving = true
    try {
      await relieve({
        data: dataDir,
        fs: realFs,
        log,
        freeBytes: () => freeBytesOf(dataDir),
        today,
        playMonths,
        aggregateMonths,
        segments: playlog.segments,
        archive,
        assets: { stored: () => of.assets().stored(), evict: (names) => of.assets().evict(names) },
        upkeep: () => playlog.upkeep(clock.read(), playMonths),
      })
    } finally {
      run.relieving = false
    }
  }
  const lookAgain = (): void => {
    run.cancel = of.wake(LOOK_EVERY, lookAgain)
    void look()
  }
  const saveIndex = (): void => {
    const civil = clock.read().quality === 'unset' ? null : civilToday()
    const saved = archive.save({ seq: playlog.head(), today: today(), civil })
    if (!saved.ok) log('warn', 'the index of what was played could not be written', { ...saved.error })
  }
  const derive = async (): Promise<void> => {
    if (clock.read().quality === 'unset') return
    const done = await aggregates.update({ segments: playlog.segments(), today: civilToday() })
    if (!done.ok) log('error', 'a daily aggregate could not be written', { ...done.error })
    else if (done.value.length > 0) log('info', 'daily aggregates written', { days: done.value.join(', ') })
  }
  // What the log holds beyond the index is taken in beside the first picture, then days that ended while nobody was running.
  const source: ArchiveSource = {
    segments: playlog.segments,
    lines: (s, damage) => streamLines(realFs, `${dataDir}/plays/${s.file}`, { gz: s.gz, damage }),
  }
  const behind = async (): Promise<void> => {
    await archive.catchUp(source)
    if (!run.stopped) await derive()
  }
  run.cancel = of.wake(FIRST_AFTER, () => {
    run.cancel = of.wake(LOOK_EVERY, lookAgain)
    behind()
      .then(look)
      .catch((error: unknown) => log('error', 'catching up with the play log failed', { why: String(error) }))
  })
  return {
    note: (bodies, at) => archive.note(bodies, of.state(), at.quality === 'unset' ? null : at.wall),
    mayEvict: (sha) => archive.mayEvict(sha, today()),
    budget: budget.now,
    faults: budget.faults,
    diskFull: () => void look(),
    upkeep: async () => {
      await derive()
      const done = await playlog.upkeep(clock.read(), playMonths)
      if (!done.ok) log('error', 'upkeep of the play log failed', { detail: done.error.detail })
      saveIndex()
      budget.note()
    },
    stop: () => {
      run.stopped = true
      run.cancel()
      saveIndex()
    },
  }
}

/** The start is over by then: fonts, player and hub are there. */
const FIRST_AFTER = minutes(1)
