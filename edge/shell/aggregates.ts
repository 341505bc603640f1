import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import { ok, type Result } from '#core/base/result.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { Signer } from '#core/contract/verify.ts'
import { aggregateText, type DayAggregate } from '#core/evidence/aggregate.ts'
import { readTail, type SealJudge } from '#core/evidence/chain.ts'
import type { Policy } from '#core/policy/policy.ts'
import { DOCUMENT_DAYS, dateAfter, deriveDay, lacksDocument } from './aggregate-derive.ts'
import { sha256 } from './crypto.ts'
import { type DiskFault, type PlaylogFs, realFs, tryDisk, writeAll } from './playlog-fs.ts'
import type { Segment } from './playlog-segments.ts'

/**
 * `<data>/aggregates/YYYY-MM.jsonl`: one line for each civil day that is over, `{"body":…,"key":…,"sig":…}`. The device signs
 * `aggregateText` over the SHA-256 of the body's bytes as they stand. A day that is derived anew, because the clock was set back into it,
 * gets a further line, and the last one holds.
 */
export type Aggregates = {
  /** Derives and writes what is over and not there yet. Durable when it resolves. Answers the dates written. */
  readonly update: (of: {
    /** Of the play log, in the order of their records. */
    readonly segments: readonly Segment[]
    /** The civil date now. */
    readonly today: string
  }) => Promise<Result<readonly string[], DiskFault>>
  readonly files: () => readonly { readonly month: string; readonly bytes: number }[]
}

export type AggregateOptions = {
  /** `<data>/aggregates`; made when it is not there. */
  readonly dir: string
  /** `<data>/plays`. */
  readonly plays: string
  readonly site: string
  readonly policy: Policy
  /** What the panel draws, watts; null: nobody said, and no energy is estimated. */
  readonly watts: { readonly full: number; readonly idle: number } | null
  readonly device: Signer
  readonly fs?: PlaylogFs
}

const FILE = /^(\d{4}-\d{2})\.jsonl$/

export const openAggregates = (options: AggregateOptions): Aggregates => {
  const fs = options.fs ?? realFs
  const { dir, plays, site, policy, watts } = options
  /** By date, the last record that the newest line of it knows of. */
  const known = new Map<string, number>()
  /** By date, the record before the next day when this run last derived it: a day whose end is damaged never reaches that far. */
  const derived = new Map<string, number>()
  /** Dates of which a document may still come (Art. 8.2). */
  const waiting = new Set<string>()
  const note = (day: DayAggregate): void => {
    known.set(day.day.date, day.records.last)
    if (lacksDocument(day)) waiting.add(day.day.date)
    else waiting.delete(day.day.date)
  }
  const read = tryDisk(dir, () => {
    fs.mkdir(dir)
    for (const { day } of readAggregates(fs, dir, null).days) note(day)
  })
  return {
    update: async ({ segments, today }) => {
      if (!read.ok) return read
      const written: string[] = []
      for (const { date, last } of dueDates(segments, { today, known, derived, waiting })) {
        const day = await deriveDay({ fs, dir: plays, segments, site, policy, watts }, date)
        if (day === null) continue
        if (known.get(date) !== day.records.last || (waiting.has(date) && !lacksDocument(day))) {
          const done = tryDisk(dir, () => append(fs, dir, { date, line: lineOf(day, options) }))
          if (!done.ok) return done
          note(day)
          written.push(date)
        }
        if (last !== null) derived.set(date, last)
      }
      return ok(written)
    },
    files: () => monthsIn(fs, dir).map((month) => ({ month, bytes: fs.size(`${dir}/${month}.jsonl`) })),
  }
}

/** Dates that are over, and of which the log holds more than the newest aggregate knows, or may hold the number of a document. */
const dueDates = (
  segments: readonly Segment[],
  of: { readonly today: string; readonly waiting: ReadonlySet<string> } & Readonly<
    Record<'known' | 'derived', ReadonlyMap<string, number>>
  >,
): readonly { readonly date: string; readonly last: number | null }[] => {
  const newest = segments.at(-1)?.date
  const dates = [...new Set(segments.map((s) => s.date))].filter((date) => date !== of.today && date !== newest)
  return dates.flatMap((date) => {
    const after = segments[segments.findLastIndex((s) => s.date === date) + 1]
    const last = after?.firstSeq == null ? null : after.firstSeq - 1
    if (of.waiting.has(date) && of.today <= dateAfter(date, DOCUMENT_DAYS + 1)) return [{ date, last }]
    return last !== null && (of.known.get(date) === last || of.derived.get(date) === last) ? [] : [{ date, last }]
  })
}

const lineOf = (day: DayAggregate, options: AggregateOptions): string => {
  const body = canonicalJson(day)
  const sig = options.device.sign(aggregateText(options.site, day.day.date, sha256(body)))
  return `{"body":${body},"key":"${options.device.key}","sig":"${sig}"}`
}

/** After the last whole line: what a power cut left of one goes. */
const append = (fs: PlaylogFs, dir: string, of: { readonly date: string; readonly line: string }): void => {
  const file = `${of.date.slice(0, 7)}.jsonl`
  const path = `${dir}/${file}`
  const there = fs.list(dir).includes(file)
  const whole = there ? readTail(fs.readAll(path)).wholeBytes : 0
  const fd = fs.open(path, there ? 'existing' : 'create')
  try {
    fs.ftruncate(fd, whole)
    writeAll(fs, fd, new TextEncoder().encode(`${of.line}\n`), whole)
    fs.fdatasync(fd)
  } finally {
    fs.close(fd)
  }
  if (!there) fs.syncDir(dir)
}

const monthsIn = (fs: PlaylogFs, dir: string): readonly string[] =>
  fs
    .list(dir)
    .flatMap((file) => FILE.exec(file)?.[1] ?? [])
    .toSorted()

/** Only what is read here is looked at; the rest of a line is under its signature. */
const Body = Type.Object({
  v: Type.Literal(1),
  site: Type.String(),
  day: Type.Object({
    date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    periods: Type.Array(Type.Object({})),
    orders: Type.Record(Type.String(), Type.Object({ document: Type.Union([Type.String(), Type.Null()]) })),
  }),
  plays: Type.Integer(),
  runtime: Type.Object({ litMs: Type.Integer() }),
  milliwattHours: Type.Union([Type.Integer(), Type.Null()]),
  records: Type.Object({ count: Type.Integer(), first: Type.Integer(), last: Type.Integer() }),
  seals: Type.Array(Type.Object({ head: Type.String() })),
})
const LINE = /^\{"body":(\{.*\}),"key":"([0-9a-f]{32})","sig":"([A-Za-z0-9+/]{86}==)"\}$/

export type AggregateFault = { readonly file: string; readonly line: number; readonly why: string }
export type AggregateRead = {
  /** By date, the newest line of each. */
  readonly days: readonly { readonly day: DayAggregate; readonly line: string }[]
  readonly faults: readonly AggregateFault[]
}

/** Reads all months. With a judge every signature is checked; what does not hold is a fault and not among the days. Throws as node:fs does. */
export const readAggregates = (fs: PlaylogFs, dir: string, judge: SealJudge | null): AggregateRead => {
  const days = new Map<string, { readonly day: DayAggregate; readonly line: string }>()
  const faults: AggregateFault[] = []
  for (const month of monthsIn(fs, dir)) {
    const file = `${month}.jsonl`
    readTail(fs.readAll(`${dir}/${file}`)).wholeLines.forEach((line, i) => {
      const day = openLine(line, judge)
      if (typeof day === 'string') faults.push({ file, line: i + 1, why: day })
      else days.set(day.day.date, { day, line })
    })
  }
  return { days: [...days.values()].toSorted((a, b) => (a.day.day.date < b.day.day.date ? -1 : 1)), faults }
}

const openLine = (line: string, judge: SealJudge | null): DayAggregate | string => {
  const [, body = '', , sig = ''] = LINE.exec(line) ?? []
  const parsed = parseDocument(Body, body)
  if (!parsed.ok) return 'is no signed aggregate'
  const day = parsed.value as unknown as DayAggregate
  if (judge === null) return day
  if (day.site !== judge.site) return `is of ${day.site}`
  const text = aggregateText(judge.site, day.day.date, sha256(body))
  return judge.publicKeys.some((key) => judge.verify(key, text, sig)) ? day : 'is not signed by a key of this device'
}
