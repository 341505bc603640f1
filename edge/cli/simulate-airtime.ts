import type { ShortfallCause, StampedRecord } from '#core/evidence/record.ts'
import type { DayPeriod } from '#core/policy/policy.ts'

/** One turn that a floor took: what the engine said when it could no longer be met, or could again. */
export type Foretold = {
  readonly at: string
  readonly date: string
  readonly period: DayPeriod
  readonly stage: 'short' | 'recovered'
  readonly missingMs: number
  readonly cause: ShortfallCause | null
}

export type AdTotal = {
  readonly item: string
  readonly title: string
  readonly showings: number
  readonly ms: number
}

/** Turns kept, the first ones; how many there were is counted. */
export const MOST_FORETOLD = 1_000

export type AirtimeTally = {
  readonly push: (record: StampedRecord) => void
  readonly foretold: () => { readonly count: number; readonly lines: readonly Foretold[] }
  /** By item, the most shown first. */
  readonly ads: () => readonly AdTotal[]
}

/** What of a run's records is of interest beside days and plays. Bounded by the schedule's items and `MOST_FORETOLD`. */
export const createTally = (): AirtimeTally => {
  const lines: Foretold[] = []
  const totals = new Map<string, AdTotal>()
  const on = { count: 0, play: '', item: '' }
  return {
    push: (record) => {
      if (record.kind === 'airtime' && (record.stage === 'short' || record.stage === 'recovered')) {
        const { date, period, stage, missingMs, cause } = record
        on.count++
        if (lines.length < MOST_FORETOLD) lines.push({ at: record.at.iso, date, period, stage, missingMs, cause })
      }
      if (record.kind === 'open' && record.category === 'A7_5_ADVERTISING') {
        on.play = record.play
        on.item = record.item
        if (!totals.has(record.item))
          totals.set(record.item, { item: record.item, title: record.title, showings: 0, ms: 0 })
      }
      if (record.kind !== 'close' || record.play !== on.play) return
      const sum = totals.get(on.item)
      // A play that the clock split goes on under another record: it is still one showing.
      const showings = record.cause === 'clock' ? 0 : 1
      if (sum !== undefined) totals.set(on.item, { ...sum, showings: sum.showings + showings, ms: sum.ms + record.ms })
    },
    foretold: () => ({ count: on.count, lines }),
    ads: () => [...totals.values()].toSorted((a, b) => b.ms - a.ms || (a.item < b.item ? -1 : 1)),
  }
}
