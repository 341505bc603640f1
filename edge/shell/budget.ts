import { statfsSync } from 'node:fs'
import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import type { Log } from '#core/base/ports.ts'
import { type Budget, budgetOf, isFilling } from '#core/evidence/budget.ts'
import { type PlaylogFs, realFs, replaceFile, tryDisk } from './playlog-fs.ts'
import type { Segment } from './playlog-segments.ts'

/**
 * Whether six months of evidence will fit, asked again every time somebody wants to know it. What cannot be measured anew, the free space of
 * the days before and what the policy and the schedule say, is kept in `<data>/budget.json`, so that the command line answers as the daemon does.
 */
export type BudgetKeeper = {
  readonly now: () => Budget
  /** A fault of the catalogue while the disk will be full within a month. */
  readonly faults: () => readonly { readonly id: 'disk-filling'; readonly detail: string }[]
  /** Once a day: remembers how much is free. */
  readonly note: () => void
}

/** What must stay free for the daemon to work at all, bytes. */
export const RESERVE_BYTES = 134_217_728
export const BUDGET_FILE = 'budget.json'
/** Samples of free space that are kept, one a day. */
const MOST_SAMPLES = 40
/** A forecast is good for this long, ms of the monotonic clock: it is asked for with every status. */
const GOOD_FOR_MS = 60_000

const Kept = Type.Object(
  {
    v: Type.Literal(1),
    playMonths: Type.Integer({ minimum: 1, maximum: 120 }),
    plannedPlays: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    free: Type.Array(
      Type.Object({
        date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
        freeBytes: Type.Number({ minimum: 0 }),
      }),
      { maxItems: MOST_SAMPLES },
    ),
  },
  { additionalProperties: false },
)
export type KeptBudget = {
  readonly v: 1
  readonly playMonths: number
  readonly plannedPlays: number | null
  readonly free: readonly { readonly date: string; readonly freeBytes: number }[]
}

/** Null where there is none, or none that can be read: then only what is measured now counts. */
export const readKeptBudget = (fs: PlaylogFs, data: string): KeptBudget | null => {
  const text = tryDisk(data, () =>
    fs.list(data).includes(BUDGET_FILE) ? new TextDecoder().decode(fs.readAll(`${data}/${BUDGET_FILE}`)) : null,
  )
  if (!text.ok || text.value === null) return null
  const parsed = parseDocument(Kept, text.value)
  return parsed.ok ? parsed.value : null
}

/** Free bytes where the folder is; null when the file system does not say. */
export const freeBytesOf = (folder: string): number | null => {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}

/** The forecast from what lies on the disk. `segments` of the play log, `today` as a civil date. */
export const measure = (of: {
  readonly segments: readonly Segment[]
  readonly usedBytes: number
  readonly freeBytes: number | null
  readonly today: string
  readonly kept: KeptBudget | null
}): Budget =>
  budgetOf({
    today: of.today,
    playMonths: of.kept?.playMonths ?? LAWFUL_MONTHS,
    days: of.segments.map((s) => ({ date: s.date, bytes: s.bytes, packed: s.gz })),
    usedBytes: of.usedBytes,
    freeBytes: of.freeBytes,
    reserveBytes: RESERVE_BYTES,
    plannedPlays: of.kept?.plannedPlays ?? null,
    freeBefore: of.kept?.free ?? [],
  })

/** Art. 10.1.a dash 5, where no daemon has said what its policy says. */
const LAWFUL_MONTHS = 6

export const createBudget = (options: {
  /** `<data>` */
  readonly data: string
  readonly playMonths: number
  /** Plays a day by the schedule in force; null without one. */
  readonly plannedPlays: () => number | null
  readonly segments: () => readonly Segment[]
  readonly usedBytes: () => number
  readonly today: () => string
  readonly mono: () => number
  readonly log: Log
  readonly freeBytes?: () => number | null
  readonly fs?: PlaylogFs
}): BudgetKeeper => {
  const fs = options.fs ?? realFs
  const free = options.freeBytes ?? (() => freeBytesOf(options.data))
  const run = { samples: readKeptBudget(fs, options.data)?.free ?? [], last: null as Budget | null, at: 0 }
  const keptNow = (): KeptBudget => ({
    v: 1,
    playMonths: options.playMonths,
    plannedPlays: options.plannedPlays(),
    free: run.samples,
  })
  const now = (): Budget => {
    const at = options.mono()
    if (run.last === null || at - run.at > GOOD_FOR_MS || at < run.at) {
      const { segments, usedBytes, today } = options
      run.last = measure({
        segments: segments(),
        usedBytes: usedBytes(),
        freeBytes: free(),
        today: today(),
        kept: keptNow(),
      })
      run.at = at
    }
    return run.last
  }
  return {
    now,
    faults: () => {
      const budget = now()
      return isFilling(budget)
        ? [{ id: 'disk-filling', detail: `${budget.fullOn ?? ''} (${budget.daysLeft ?? 0} d)` }]
        : []
    },
    note: () => {
      const freeBytes = free()
      const date = options.today()
      if (freeBytes !== null)
        run.samples = [...run.samples.filter((s) => s.date < date), { date, freeBytes }].slice(-MOST_SAMPLES)
      run.last = null
      const text = new TextEncoder().encode(`${JSON.stringify(keptNow())}\n`)
      const written = tryDisk(options.data, () => replaceFile(fs, options.data, BUDGET_FILE, text))
      if (!written.ok) options.log('warn', 'the disk budget could not be written', { ...written.error })
    },
  }
}
