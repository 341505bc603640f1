import { emptyLedger, fold, type Ledger } from '#core/airtime/ledger.ts'
import { dateAfter, dateOf } from '#core/base/time.ts'
import { instant, type Reading } from '#core/base/units.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
import type { Policy } from '#core/policy/policy.ts'
import { emptyRuntime, foldRuntime, type Runtime } from '#core/power/runtime.ts'
import type { Playlog } from './playlog.ts'

/** Newest segments that are folded at a start, at least and at most: what an unset clock may have begun; and how long a start may take. */
const FOLDED = [5, 200] as const

/**
 * How many of the newest segments hold today and yesterday; while the clock is unset, by the last record of the log. A clock that is set to and
 * fro over midnight leaves many of one date, and what they say was shown today must be counted.
 */
export const segmentsToFold = (
  log: Pick<Playlog, 'segments' | 'recovery'>,
  now: Reading,
  offsetMinutes: number,
): number => {
  const segments = log.segments()
  const wall = now.quality === 'unset' ? (log.recovery.head?.wall ?? now.wall) : now.wall
  const today = dateOf(instant(wall), offsetMinutes)
  const yesterday = dateAfter(today, -1)
  const first = segments.findIndex(({ date }) => date === yesterday || date === today)
  return Math.min(FOLDED[1], Math.max(FOLDED[0], first === -1 ? 0 : segments.length - first))
}

/** What the play log of the last days tells a daemon that starts: airtime and runtime, folded in one reading of the files. */
export const recalled = (
  policy: Policy,
  records: Iterable<StampedRecord>,
): { readonly ledger: Ledger; readonly runtime: Runtime } => {
  let ledger = emptyLedger(policy)
  let runtime = emptyRuntime(policy.zone.offsetMinutes)
  for (const record of records) {
    ledger = fold(ledger, record)
    runtime = foldRuntime(runtime, record)
  }
  return { ledger, runtime }
}
