import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import type { Log, Wake } from '#core/base/ports.ts'
import { minutes } from '#core/base/units.ts'
import {
  type Counts,
  countsOf,
  minusCounts,
  neverLess,
  ofProcess,
  plusCounts,
  withCounts,
} from '#core/metrics/lasting.ts'
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

/** On the disk so often: a start folds the newest days of the log, among which the record of the mark has to be. */
const KEEP_EVERY = minutes(5)
/** Far above all series there can be. */
const MOST_SERIES = 2_000

const Kept = Type.Object(
  {
    v: Type.Literal(1),
    /** Written by a process that ended as it was told to: nothing was counted after it. */
    clean: Type.Boolean(),
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
  /** `last`, `seq`: what the counters were when the log last took every record, and the newest record then. */
  const run = {
    offset: {} as Counts,
    last: {} as Counts,
    seq: -1,
    held: false,
    begun: false,
    cancel: (): void => undefined,
  }
  /** While the log takes no records the counters stand: what a power cut would take away must not have been told. */
  const count = (readings: AnyReadings): Counts => {
    if (!of.writable()) {
      run.held = true
      return run.last
    }
    run.last = neverLess(plusCounts(countsOf(readings, 'all'), run.offset), run.last)
    run.seq = of.head()
    return run.last
  }
  /** True: it is on the disk. */
  const write = (clean: boolean): boolean => {
    const counts = count(of.readings())
    if (Object.keys(counts).length > MOST_SERIES) return false
    try {
      replaceFile(path, JSON.stringify({ v: 1, clean, seq: run.seq, counts }), 0o600)
      return true
    } catch (error) {
      of.log('warn', 'the counters of the metrics could not be kept', { file: path, why: String(error) })
      return false
    }
  }
  const tick = (): void => {
    write(false)
    run.cancel = of.wake(KEEP_EVERY, tick)
  }
  return {
    mark: kept?.seq ?? null,
    begin: ({ atMark, atEnd, after }) => {
      const told = countsOf(atMark ?? atEnd, 'evidence')
      const more = atMark === null || after === null ? {} : countsOf(after, 'evidence')
      const { process, evidence } = ofProcess(kept?.counts ?? {})
      // 0 where nothing is known of what came after: to Prometheus a counter that begins anew, and all that it then counts is new.
      const carried = { ...(atMark === null ? {} : evidence), ...(kept?.clean === true ? process : {}) }
      run.offset = plusCounts(minusCounts(carried, told), more)
      run.last = plusCounts(countsOf(atEnd, 'all'), run.offset)
      run.seq = of.head()
      run.begun = true
      // From now on whatever ends this process, the next one counts on from here; without this on the disk it would take us for the one before.
      if (!write(false)) {
        run.offset = minusCounts(run.offset, ofProcess(carried).process)
        run.last = plusCounts(countsOf(atEnd, 'all'), run.offset)
      }
      run.cancel = of.wake(KEEP_EVERY, tick)
    },
    expose: (readings) => {
      if (!run.begun) return { ...readings }
      const counts = count(readings)
      // The log takes records again, and may have left some out for good: the next process counts on from what is told here.
      if (run.held && of.writable()) run.held = !write(false)
      return withCounts(readings, counts)
    },
    keep: () => {
      if (run.begun) write(true)
    },
    stop: () => run.cancel(),
  }
}
