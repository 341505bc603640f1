import { dateOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import type { Category } from '../content/category.ts'
import { type DayShape, partOf, type Span } from '../policy/check.ts'
import type { DayPeriod } from '../policy/policy.ts'

/** Why time that ought to have been a picture was none. Closed, so that a breach can name its cause (reading A9 of domain.md §1.7). */
export const FAULT_CAUSES = ['gap', 'display', 'display-unknown', 'nothing-playing', 'unproven'] as const
export type FaultCause = (typeof FAULT_CAUSES)[number]

/**
 * One day-period of one day, integer milliseconds. `delivered + ads + other + dark + faulted + displaced = elapsed`, exactly.
 * `emergency` is a part of `delivered` where the policy counts emergencies (reading A8), otherwise a part of `displaced`.
 */
export type PeriodLedger = {
  readonly period: DayPeriod
  /** Public information on a display known to be lit, with the proof the policy asks for. */
  readonly delivered: number
  readonly emergency: number
  readonly ads: number
  /** A picture that feeds no floor: the standing page, test patterns. */
  readonly other: number
  /** Dark on purpose: quiet hours. */
  readonly dark: number
  readonly faulted: number
  /** Taken away by an order or a safety blank. */
  readonly displaced: number
  /** The part of `displaced` that Art. 8.2 excuses: an actual emergency, major event or safety blank by order; no exercise, no notice. */
  readonly ordered: number
  readonly elapsed: number
  /** `faulted` by cause; the sum is exact. */
  readonly faults: { readonly [C in FaultCause]: number }
}

export type DayLedger = {
  /** Civil date in the policy's zone. */
  readonly date: string
  /** Every period of the policy in its order, and night where the policy leaves some of the day uncovered. */
  readonly periods: readonly PeriodLedger[]
  /** Delivered and advertising time by Art. 7 category. */
  readonly byCategory: Readonly<Partial<Record<Category, number>>>
  /** Delivered and advertising time by language tag; an item in two languages counts for both. */
  readonly byLanguage: Readonly<Record<string, number>>
  /** Delivered time of programmes supplied by the lead department (annex II.4). */
  readonly suppliedByLead: number
  /** How much of the day was measured while the clock was unset: its place in the day is then a guess, its length is not. */
  readonly clockUnset: number
  /** Time by order: shown, or the screen kept dark for it. At most `MOST_ORDERS`. */
  readonly orders: Readonly<Record<string, OrderTime>>
}

/** Null where nothing is known: the document number may come later (reading A11). */
export type OrderTime = {
  readonly ms: number
  readonly document: string | null
  readonly issuer: string | null
  /** The competent authority of Art. 8.2. */
  readonly authority: string | null
}

export const MOST_ORDERS = 64

export type Column = 'delivered' | 'ads' | 'other' | 'dark' | 'faulted' | 'displaced'

/** What a stretch of time was. */
export type Label = {
  readonly column: Column
  readonly emergency: boolean
  readonly cause: FaultCause | null
  readonly category: Category | null
  readonly languages: readonly string[]
  readonly lead: boolean
  readonly order: string | null
  /** The order is one of Art. 8.2, so what it displaces is excused. */
  readonly excused: boolean
  readonly unset: boolean
}

/** Milliseconds of one part of one day. */
export type Slice = { readonly date: string; readonly period: DayPeriod; readonly ms: number }

const NO_FAULTS: PeriodLedger['faults'] = {
  gap: 0,
  display: 0,
  'display-unknown': 0,
  'nothing-playing': 0,
  unproven: 0,
}

const emptyPeriod = (period: DayPeriod): PeriodLedger => ({
  period,
  delivered: 0,
  emergency: 0,
  ads: 0,
  other: 0,
  dark: 0,
  faulted: 0,
  displaced: 0,
  ordered: 0,
  elapsed: 0,
  faults: NO_FAULTS,
})

export const emptyDay = (shape: DayShape, date: string): DayLedger => ({
  date,
  periods: [...new Set(shape.names)].map(emptyPeriod),
  byCategory: {},
  byLanguage: {},
  suppliedByLead: 0,
  clockUnset: 0,
  orders: {},
})

/** Cuts `ms` milliseconds that begin at `wall` at every period boundary and midnight. */
export const slices = (shape: DayShape, wall: Instant, ms: number): readonly Slice[] => {
  const out: Slice[] = []
  let at = wall
  let left = ms
  while (left > 0) {
    const part = datedPart(shape, at)
    const here = Math.min(left, part.to - at)
    out.push({ date: part.date, period: part.period, ms: here })
    at = instant(at + here)
    left -= here
  }
  return out
}

type DatedPart = Span & { readonly period: DayPeriod; readonly date: string }

/** A fold goes through a day in order, so the part that was asked for last is nearly always the one asked for now. */
const lastParts = new WeakMap<DayShape, DatedPart>()

const datedPart = (shape: DayShape, at: Instant): DatedPart => {
  const last = lastParts.get(shape)
  if (last !== undefined && at >= last.from && at < last.to) return last
  const made = { ...partOf(shape, at), date: dateOf(at, shape.offsetMinutes) }
  lastParts.set(shape, made)
  return made
}

/** Joins what is of the same part of the same day. */
export const mergeSlices = (list: readonly Slice[]): readonly Slice[] => {
  const out: Slice[] = []
  for (const slice of list) {
    const at = out.findIndex((s) => s.date === slice.date && s.period === slice.period)
    const same = out[at]
    if (same === undefined) out.push(slice)
    else out[at] = { ...same, ms: same.ms + slice.ms }
  }
  return out
}

/** Enters one slice into its day. */
export const enter = (day: DayLedger, slice: Slice, label: Label): DayLedger => {
  const { ms } = slice
  const shown = label.column === 'delivered' || label.column === 'ads'
  return {
    date: day.date,
    periods: day.periods.map((p) => (p.period === slice.period ? enterPeriod(p, ms, label) : p)),
    byCategory: shown && label.category !== null ? plus(day.byCategory, label.category, ms) : day.byCategory,
    byLanguage: shown ? plusLanguages(day.byLanguage, label.languages, ms) : day.byLanguage,
    suppliedByLead: day.suppliedByLead + (label.lead && label.column === 'delivered' ? ms : 0),
    clockUnset: day.clockUnset + (label.unset ? ms : 0),
    orders: label.order === null ? day.orders : plusOrder(day.orders, label.order, ms),
  }
}

const enterPeriod = (p: PeriodLedger, ms: number, label: Label): PeriodLedger => ({
  ...p,
  [label.column]: p[label.column] + ms,
  emergency: p.emergency + (label.emergency ? ms : 0),
  ordered: p.ordered + (label.column === 'displaced' && label.excused ? ms : 0),
  elapsed: p.elapsed + ms,
  faults: label.cause === null ? p.faults : { ...p.faults, [label.cause]: p.faults[label.cause] + ms },
})

export const plus = <K extends string>(
  sums: Readonly<Partial<Record<K, number>>>,
  key: K,
  ms: number,
): Readonly<Partial<Record<K, number>>> => ({ ...sums, [key]: (sums[key] ?? 0) + ms })

const plusOrder = (orders: DayLedger['orders'], order: string, ms: number): DayLedger['orders'] => {
  const known = orders[order]
  if (known === undefined && Object.keys(orders).length >= MOST_ORDERS) return orders
  return {
    ...orders,
    [order]: { ...(known ?? { document: null, issuer: null, authority: null }), ms: (known?.ms ?? 0) + ms },
  }
}

const plusLanguages = (sums: DayLedger['byLanguage'], tags: readonly string[], ms: number): DayLedger['byLanguage'] => {
  const next = { ...sums }
  for (const tag of tags) next[tag] = (sums[tag] ?? 0) + ms
  return next
}
