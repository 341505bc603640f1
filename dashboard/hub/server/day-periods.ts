import { capacityOf } from '#core/airtime/capacity.ts'
import { emptyLedger, fold } from '#core/airtime/ledger.ts'
import { owed } from '#core/airtime/owed.ts'
import { DAY, instantOfDate } from '#core/base/time.ts'
import { instant, mono } from '#core/base/units.ts'
import type { PeriodStatus } from '#core/contract/link.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
import { periodBounds } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import type { Store } from '../store/port.ts'

const LINES_AT_ONCE = 1_000
/** A day has some 16,000 records; one that has more than this is judged by what these say. */
const MOST_LINES = 120_000

type Asked = {
  readonly site: string
  readonly date: string
  readonly policy: Policy
  readonly schedule: ScheduleDocument | null
  /** The end of the day, or now, if that comes first: no time after it is entered. */
  readonly until: number
}

/** A line that is stored was a record of the chain; of one whose form is not known nothing is folded. */
const recordOf = (line: string): StampedRecord | null => {
  const value: unknown = JSON.parse(line)
  const isRecord = value !== null && typeof value === 'object' && 'kind' in value && 'at' in value && 'boot' in value
  return isRecord ? (value as StampedRecord) : null
}

/**
 * The floors of one day out of its evidence, folded by the very ledger that the edge itself folds (core/airtime). Reads the day's lines in
 * pieces, so that the hub goes on answering meanwhile.
 */
export const periodsOf = async (store: Store, of: Asked): Promise<readonly PeriodStatus[]> => {
  const begins = instantOfDate(of.date, of.policy.zone.offsetMinutes)
  const start = await store.folds.seqBefore(of.site, begins)
  let ledger = emptyLedger(of.policy)
  if (start?.screen != null) {
    const [line] = await store.evidence.lines(of.site, start.screen, 1)
    const record = line === undefined ? null : recordOf(line)
    if (record !== null) ledger = fold(ledger, record)
  }
  let seq = start?.seq ?? 0
  let over = false
  for (let read = 0; read < MOST_LINES && !over; read += LINES_AT_ONCE) {
    const lines = await store.evidence.lines(of.site, seq, LINES_AT_ONCE)
    for (const line of lines) {
      const record = recordOf(line)
      if (record === null) continue
      ledger = fold(ledger, record)
      // The play that was on at midnight is settled when its proof or its end has come.
      over = record.at.wall >= begins + DAY && (ledger.open?.pending.length ?? 0) === 0
      if (over) break
    }
    seq += lines.length
    if (lines.length < LINES_AT_ONCE) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  const wall = instant(Math.max(begins, Math.min(of.until, begins + DAY - 1)))
  const capacity = capacityOf(supplyOf(of), of.policy, wall)
  return owed(ledger, capacity, { wall, mono: mono(0), quality: 'synced', bootId: '' })
}

const supplyOf = ({ schedule, policy }: Asked): Parameters<typeof capacityOf>[0] =>
  schedule === null
    ? null
    : {
        schedule,
        items: Object.fromEntries(schedule.items.map(({ item }) => [item.id, item])),
        policy,
        isSolemn: false,
        readyFrom: () => instant(0),
        held: [],
        given: [],
        blanked: [],
      }

type Bounded = PeriodStatus & { readonly from: number; readonly to: number }

/** With the bounds of each; of night, which has two parts, the longer one. */
export const withBounds = (periods: readonly PeriodStatus[], policy: Policy, date: string): readonly Bounded[] =>
  periods.flatMap((status) => {
    const [longest] = periodBounds(policy, date, status.period).toSorted((a, b) => b.to - b.from - (a.to - a.from))
    return longest === undefined ? [] : [{ ...status, from: longest.from, to: longest.to }]
  })
