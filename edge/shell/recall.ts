import { emptyLedger, fold, type Ledger } from '#core/airtime/ledger.ts'
import { dateAfter, dateOf } from '#core/base/time.ts'
import { instant, type Reading } from '#core/base/units.ts'
import { NO_COUNTERS } from '#core/engine/init.ts'
import type { Counters } from '#core/engine/state.ts'
import { counted } from '#core/engine/turn.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
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

/** `marked`: how it stood at the record of that number, and what the records behind it count; null: that record is not among them. */
export type Recalled = {
  readonly ledger: Ledger
  readonly runtime: Runtime
  readonly marked: { readonly ledger: Ledger; readonly runtime: Runtime; readonly after: Counters } | null
}

/** What the play log of the last days tells a daemon that starts: airtime and runtime, folded in one reading of the files. */
export const recalled = (policy: Policy, records: Iterable<EvidenceRecord>, mark: number | null): Recalled => {
  let ledger = emptyLedger(policy)
  let runtime = emptyRuntime(policy.zone.offsetMinutes)
  const at = { marked: null as Recalled['marked'] }
  for (const record of records) {
    // Marked before there was any record, and all there are come here.
    if (mark === -1 && record.seq === 0) at.marked = { ledger, runtime, after: NO_COUNTERS }
    ledger = fold(ledger, record)
    runtime = foldRuntime(runtime, record)
    if (record.seq === mark) at.marked = { ledger, runtime, after: NO_COUNTERS }
    else if (at.marked !== null) at.marked = { ...at.marked, after: counted(at.marked.after, record) }
  }
  return { ledger, runtime, marked: at.marked }
}
