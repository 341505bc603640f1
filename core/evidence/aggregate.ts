import type { DayLedger } from '../airtime/day.ts'
import { dayOf, emptyLedger, fold, type Ledger } from '../airtime/ledger.ts'
import { DAY, instantOfDate } from '../base/time.ts'
import type { Policy } from '../policy/policy.ts'
import {
  emptyRuntime,
  energyMilliwattHours,
  foldRuntime,
  type Runtime,
  type RuntimeSums,
  runtimeOn,
} from '../power/runtime.ts'
import type { CloseCause, EvidenceRecord, StampedRecord } from './record.ts'

/**
 * One civil day in one line, kept at least 24 months (reading A5): all that a yearly report needs when the plays themselves are gone. It is
 * derived from the log alone, so that deriving it again gives the same bytes, and it carries the seals of that day, so that it still stands on
 * the device's signature over every record.
 */
export type DayAggregate = {
  readonly v: 1
  readonly site: string
  readonly policy: string
  /** Milliseconds of every column by part of day, by category, language and order; faults by cause, what was displaced and under which document. */
  readonly day: DayLedger
  /** Delivered and advertising time by who supplied it. At most `MOST_SUPPLIERS`; what is beyond is under `other`. */
  readonly bySupplier: Readonly<Record<string, number>>
  /** Records of this day's segments: plays begun, how plays ended, refusals of content, incidents. */
  readonly plays: number
  readonly closes: Readonly<Partial<Record<CloseCause, number>>>
  readonly refusals: number
  readonly incidents: number
  /** How long the display was known to be lit, dark, or neither; how often it was started. */
  readonly runtime: RuntimeSums
  /** Estimated; null where nobody said what the panel draws. */
  readonly milliwattHours: number | null
  readonly records: { readonly count: number; readonly first: number; readonly last: number }
  /** Normally one. None where the day was never sealed (the next day has not begun, or the log was cut). */
  readonly seals: readonly DaySeal[]
}

export type DaySeal = { readonly records: number; readonly head: string; readonly key: string; readonly sig: string }

export const MOST_SUPPLIERS = 200

/** The text whose UTF-8 the device signs under an aggregate. `hash` is the SHA-256 of the body's bytes. */
export const aggregateText = (site: string, date: string, hash: string): string =>
  `bangtin/1\naggregate\n${site}\n${date}\n${hash}`

export type DayFold = {
  /** Records in the order of the log: first what of the days before is still true, then the day, then the beginning of the next. */
  readonly push: (record: EvidenceRecord, isOwn: boolean) => void
  /** A line of a later day that gives an order of this one its document. No time passes by it. */
  readonly document: (record: EvidenceRecord) => void
  /** No record that could still come changes the day, unless the clock is set back into it. */
  readonly settled: () => boolean
  readonly value: () => DayAggregate
}

type Sums = {
  ledger: Ledger
  suppliers: Ledger
  runtime: Runtime
  plays: number
  closes: Partial<Record<CloseCause, number>>
  refusals: number
  incidents: number
  count: number
  first: number
  last: number
  seals: DaySeal[]
  beyond: boolean
  newest: EvidenceRecord | null
}

export type DayOf = {
  readonly site: string
  readonly policy: Policy
  readonly date: string
  /** What the panel draws, watts: full white, and black. */
  readonly watts: { readonly full: number; readonly idle: number } | null
}

export const dayFold = (of: DayOf): DayFold => {
  const { policy, date } = of
  const ends = instantOfDate(date, policy.zone.offsetMinutes) + DAY
  const sums: Sums = {
    ledger: emptyLedger(policy),
    suppliers: emptyLedger(policy),
    runtime: emptyRuntime(policy.zone.offsetMinutes),
    plays: 0,
    closes: {},
    refusals: 0,
    incidents: 0,
    count: 0,
    first: -1,
    last: -1,
    seals: [],
    beyond: false,
    newest: null,
  }
  return {
    push: (record, isOwn) => {
      sums.ledger = fold(sums.ledger, record)
      sums.suppliers = fold(sums.suppliers, bySupplier(record))
      sums.runtime = foldRuntime(sums.runtime, record)
      sums.newest = record
      if (isOwn) count(sums, record, date)
      else if (sums.count > 0 && record.at.wall >= ends) sums.beyond = true
    },
    document: (record) => {
      const { at, boot } = sums.newest ?? record
      sums.ledger = fold(sums.ledger, { ...record, at, boot })
    },
    settled: () => sums.beyond && (sums.ledger.open?.pending.length ?? 0) === 0,
    value: () => {
      const runtime = runtimeOn(sums.runtime, date)
      return {
        v: 1,
        site: of.site,
        policy: policy.id,
        day: dayOf(sums.ledger, date),
        bySupplier: bounded(dayOf(sums.suppliers, date).byLanguage),
        plays: sums.plays,
        closes: sums.closes,
        refusals: sums.refusals,
        incidents: sums.incidents,
        runtime,
        milliwattHours: of.watts === null ? null : energyMilliwattHours(runtime, of.watts),
        records: { count: sums.count, first: sums.first, last: sums.last },
        seals: sums.seals,
      }
    },
  }
}

const count = (sums: Sums, record: EvidenceRecord, date: string): void => {
  if (sums.count === 0) sums.first = record.seq
  sums.count++
  sums.last = record.seq
  if (record.kind === 'open') sums.plays++
  else if (record.kind === 'close') sums.closes[record.cause] = (sums.closes[record.cause] ?? 0) + 1
  else if (record.kind === 'refusal') sums.refusals++
  else if (record.kind === 'incident') sums.incidents++
  else if (record.kind === 'seal' && record.day === date)
    sums.seals.push({ records: record.records, head: record.head, key: record.key, sig: record.sig })
}

/** The ledger sums time by language. Given suppliers in the languages' place it sums by supplier, by the very same rules. */
const bySupplier = (record: EvidenceRecord): StampedRecord =>
  record.kind === 'open' ? { ...record, languages: [record.supplier] } : record

const bounded = (sums: Readonly<Record<string, number>>): Readonly<Record<string, number>> => {
  const sorted = Object.entries(sums).toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const rest = sorted.slice(MOST_SUPPLIERS).reduce((ms, [, n]) => ms + n, 0)
  return { ...Object.fromEntries(sorted.slice(0, MOST_SUPPLIERS)), ...(rest > 0 ? { other: rest } : {}) }
}
