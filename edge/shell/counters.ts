import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import type { Log, Wake } from '#core/base/ports.ts'
import { minutes } from '#core/base/units.ts'
import { type Counts, countsOf, minusCounts, neverLess, plusCounts, withCounts } from '#core/metrics/lasting.ts'
import type { AnyReadings, EdgeReadings } from '#core/metrics/readings.ts'
import { replaceFile } from './durable.ts'

/** Counters that go on over restarts (core/metrics/lasting.ts): what they were at a record of the play log, on the disk. */
export type Counters = {
  /** The record at which the counts on the disk were taken; null: there are none, the counters begin at 0. */
  readonly mark: number | null
  /**
   * Once, before anything is exposed. `atMark`: what the readings were there, as this start folded them; null when that record is not among
   * what was folded. `atEnd`: at the newest record. `after`: the counts of this process that evidence tells, for the records behind the mark.
   */
  readonly begin: (of: {
    readonly atMark: AnyReadings | null
    readonly atEnd: AnyReadings
    readonly after: AnyReadings | null
  }) => void
  readonly expose: (readings: EdgeReadings) => EdgeReadings & AnyReadings
  /** At a clean stop. */
  readonly keep: () => void
  readonly stop: () => void
}

/** On the disk so often: what a power cut may take of the counters that only the process knows. */
const KEEP_EVERY = minutes(5)
/** Far above all series there can be. */
const MOST_SERIES = 2_000

const Kept = Type.Object(
  {
    v: Type.Literal(1),
    seq: Type.Integer({ minimum: -1 }),
    counts: Type.Record(Type.String({ maxLength: 200 }), Type.Number({ minimum: 0 })),
  },
  { additionalProperties: false },
)

const readKept = (path: string, log: Log) => {
  if (!existsSync(path)) return null
  try {
    const parsed = parseDocument(Kept, readFileSync(path, 'utf8'))
    if (parsed.ok) return parsed.value
    log('warn', 'the counters of the metrics begin at 0: their file is damaged', { file: path })
  } catch (error) {
    log('warn', 'the counters of the metrics begin at 0', { file: path, why: String(error) })
  }
  return null
}

export const createCounters = (of: {
  readonly dataDir: string
  readonly log: Log
  readonly wake: Wake
  /** The newest record that is on the disk, and whether the log takes any. */
  readonly head: () => number
  readonly writable: () => boolean
  readonly readings: () => EdgeReadings
}): Counters => {
  const path = join(of.dataDir, 'counters.json')
  const kept = readKept(path, of.log)
  const run = {
    offset: {} as Counts,
    last: kept?.counts ?? ({} as Counts),
    begun: false,
    cancel: (): void => undefined,
  }
  const now = (readings: AnyReadings): Counts => {
    const counts = neverLess(plusCounts(countsOf(readings, 'all'), run.offset), run.last)
    run.last = counts
    return counts
  }
  const keep = (): void => {
    if (!run.begun || !of.writable()) return
    const counts = now(of.readings())
    if (Object.keys(counts).length > MOST_SERIES) return
    try {
      replaceFile(path, JSON.stringify({ v: 1, seq: of.head(), counts }), 0o600)
    } catch (error) {
      of.log('warn', 'the counters of the metrics could not be kept', { file: path, why: String(error) })
    }
  }
  const tick = (): void => {
    keep()
    run.cancel = of.wake(KEEP_EVERY, tick)
  }
  return {
    mark: kept?.seq ?? null,
    begin: ({ atMark, atEnd, after }) => {
      const told = countsOf(atMark ?? atEnd, 'evidence')
      const more = atMark === null || after === null ? {} : countsOf(after, 'evidence')
      run.offset = plusCounts(minusCounts(kept?.counts ?? {}, told), more)
      run.begun = true
      // From now on whatever ends this process, the next one counts on from here.
      keep()
      run.cancel = of.wake(KEEP_EVERY, tick)
    },
    expose: (readings) => (run.begun ? withCounts(readings, now(readings)) : { ...readings }),
    keep,
    stop: () => run.cancel(),
  }
}
