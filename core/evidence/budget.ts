import { DAY, dateAfter, instantOfDate } from '../base/time.ts'
import { keepUntil } from './keep.ts'

/**
 * How much disk six months of evidence take, and on which day the disk will be full (Art. 10.1.a dash 5). Measured from the days there are; a
 * first estimate from the schedule until there are some. Bytes and civil dates.
 */
export type BudgetInput = {
  /** The civil date now. */
  readonly today: string
  readonly playMonths: number
  /** Finished days of the log, oldest first, as they lie on the disk. `packed`: compressed already. */
  readonly days: readonly { readonly date: string; readonly bytes: number; readonly packed: boolean }[]
  /** All bytes of the log, today's included. */
  readonly usedBytes: number
  /** Free on the disk; null: nobody knows. */
  readonly freeBytes: number | null
  /** What must stay free for the daemon to work at all. */
  readonly reserveBytes: number
  /** Plays a day by the schedule; null without one. */
  readonly plannedPlays: number | null
  /** Free bytes at the end of former days, oldest first: how fast everything else grows. */
  readonly freeBefore: readonly { readonly date: string; readonly freeBytes: number }[]
}

export type Budget = {
  /** Where `bytesPerDay` comes from. */
  readonly basis: 'measured' | 'schedule' | 'none'
  /** Of the log, compressed. */
  readonly bytesPerDay: number
  /** Of everything else on the disk, as it went lately; 0 while nobody knows. */
  readonly otherBytesPerDay: number
  /** Civil days that are kept, today's included: 182 to 185 for six months. */
  readonly keptDays: number
  /** For all of them. */
  readonly neededBytes: number
  readonly usedBytes: number
  readonly freeBytes: number | null
  /** Does what is still to come fit into what is free? Null: nobody knows. */
  readonly fits: boolean | null
  /** Whole days until the disk is full; null: not within `FORECAST_DAYS`, or nobody knows. */
  readonly daysLeft: number | null
  readonly fullOn: string | null
}

/** A full disk is announced at least so long before: a month, in which somebody can get to the cabinet. */
export const ANNOUNCED_DAYS = 31
/** A forecast looks this far. */
export const FORECAST_DAYS = 400
/** So many of the newest days are the measure. */
const DAYS_MEASURED = 14
/** Below so many samples of free space nothing is concluded from them. */
const LEAST_SAMPLES = 7
/** A record compressed, and a record of a day not compressed yet in proportion to it (measured on logs of the engine: 65 of 360 bytes). */
const PACKED_RECORD_BYTES = 70
const PACKED_SHARE = 0.19
/** Opening, two proofs and the close of a play; and a heartbeat each minute. */
const RECORDS_PER_PLAY = 4
const HEARTBEATS = 1_440

export const budgetOf = (input: BudgetInput): Budget => {
  const { basis, bytesPerDay } = rateOf(input)
  const keptDays = daysBetween(input.today, keepUntil(input.today, input.playMonths)) + 1
  const neededBytes = Math.round(keptDays * bytesPerDay)
  const otherBytesPerDay = otherGrowth(input, bytesPerDay)
  const known = basis !== 'none' && input.freeBytes !== null
  const daysLeft = known ? daysUntilFull(input, { bytesPerDay, otherBytesPerDay, neededBytes }) : null
  return {
    basis,
    bytesPerDay: Math.round(bytesPerDay),
    otherBytesPerDay: Math.round(otherBytesPerDay),
    keptDays,
    neededBytes,
    usedBytes: input.usedBytes,
    freeBytes: input.freeBytes,
    fits: known ? daysLeft === null : null,
    daysLeft,
    fullOn: daysLeft === null ? null : dateAfter(input.today, daysLeft),
  }
}

const rateOf = (input: BudgetInput): { readonly basis: Budget['basis']; readonly bytesPerDay: number } => {
  const past = input.days.filter((d) => d.date < input.today).slice(-DAYS_MEASURED)
  const byDate = new Map<string, number>()
  for (const { date, bytes, packed } of past)
    byDate.set(date, (byDate.get(date) ?? 0) + (packed ? bytes : bytes * PACKED_SHARE))
  // The first day of a log began somewhere within it, so alone it would promise too much.
  const whole = byDate.size > 1 && past[0] === input.days[0] ? [...byDate.values()].slice(1) : [...byDate.values()]
  const measured = whole.length === 0 ? 0 : whole.reduce((sum, n) => sum + n, 0) / whole.length
  const planned =
    input.plannedPlays === null ? 0 : (input.plannedPlays * RECORDS_PER_PLAY + HEARTBEATS) * PACKED_RECORD_BYTES
  if (byDate.size >= 2) return { basis: 'measured', bytesPerDay: measured }
  if (planned > 0) return { basis: 'schedule', bytesPerDay: Math.max(planned, measured) }
  return byDate.size > 0 ? { basis: 'measured', bytesPerDay: measured } : { basis: 'none', bytesPerDay: 0 }
}

/** The usual (median) loss of free space from day to day, beyond what the log takes: one big download is no trend. */
const otherGrowth = (input: BudgetInput, bytesPerDay: number): number => {
  const samples = input.freeBefore.filter((s) => s.date <= input.today)
  if (samples.length < LEAST_SAMPLES) return 0
  const losses = samples.slice(1).map((s, i) => {
    const before = samples[i] ?? s
    return (before.freeBytes - s.freeBytes) / Math.max(1, daysBetween(before.date, s.date))
  })
  const median = losses.toSorted((a, b) => a - b)[Math.floor(losses.length / 2)] ?? 0
  return Math.max(0, median - bytesPerDay)
}

/** The log grows until it holds all its days; the rest goes on as it went. */
const daysUntilFull = (
  input: BudgetInput,
  rates: { readonly bytesPerDay: number; readonly otherBytesPerDay: number; readonly neededBytes: number },
): number | null => {
  let room = (input.freeBytes ?? 0) - input.reserveBytes
  let toCome = Math.max(0, rates.neededBytes - input.usedBytes)
  for (let day = 0; day <= FORECAST_DAYS; day++) {
    if (room < 0) return day
    const grows = Math.min(toCome, rates.bytesPerDay)
    toCome -= grows
    room -= grows + rates.otherBytesPerDay
  }
  return null
}

const daysBetween = (from: string, to: string): number =>
  Math.round((instantOfDate(to, 0) - instantOfDate(from, 0)) / DAY)

/** Is it time to say so? */
export const isFilling = (budget: Budget): boolean => budget.daysLeft !== null && budget.daysLeft <= ANNOUNCED_DAYS
