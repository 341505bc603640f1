import { DAY, dateOf, startOfDay } from '../base/time.ts'
import { type Instant, instant, type Reading } from '../base/units.ts'
import type { StampedRecord } from '../evidence/record.ts'

/**
 * How long the display was lit, how often it was started and about how much it drew: a fold over evidence, like the airtime ledger. Time
 * passes by the monotonic clock between records that say something of the screen, and each minute at the latest (heartbeat). What nobody
 * watched (between two boots) is in none of the numbers.
 */
export type RuntimeSums = {
  readonly litMs: number
  readonly darkMs: number
  /** Nobody knew whether it was lit. */
  readonly unknownMs: number
  /** Contactors closed; the picture came on after it was known to be dark. */
  readonly powerStarts: number
  readonly lightStarts: number
  /** Lit time weighted by brightness: percent × milliseconds. Where nobody knows the brightness it counts as 100 %. */
  readonly litPercentMs: number
  /** Dark, but with power on it: a black LED wall still draws. */
  readonly idleMs: number
}
export type RuntimeDay = RuntimeSums & { readonly date: string }

export type Runtime = {
  readonly offsetMinutes: number
  /** At most `DAYS_KEPT`, the newest last. */
  readonly days: readonly RuntimeDay[]
  /** Since the fold began. */
  readonly totals: RuntimeSums
  readonly mark: { readonly wall: Instant; readonly mono: number; readonly boot: string } | null
  readonly lit: 'lit' | 'dark' | 'unknown'
  readonly brightness: number | null
  /** False: its contactors are open. True also where nobody switches its power. */
  readonly powered: boolean
  /** It was dark since it was lit last. */
  readonly wasDark: boolean
}

const DAYS_KEPT = 3
const NOTHING: RuntimeSums = {
  litMs: 0,
  darkMs: 0,
  unknownMs: 0,
  powerStarts: 0,
  lightStarts: 0,
  litPercentMs: 0,
  idleMs: 0,
}

/** `days` holds the last three civil days, `totals` all of it. */
export const emptyRuntime = (offsetMinutes: number): Runtime => ({
  offsetMinutes,
  days: [],
  totals: NOTHING,
  mark: null,
  lit: 'unknown',
  brightness: null,
  powered: true,
  wasDark: false,
})

/** Pure, O(1). Most records say nothing of the display and pass through. */
export const foldRuntime = (runtime: Runtime, record: StampedRecord): Runtime => {
  switch (record.kind) {
    case 'screen': {
      const timed = passTo(runtime, markOf(record))
      const starts = record.lit === 'lit' && timed.wasDark
      const next: Runtime = {
        ...timed,
        lit: record.lit,
        brightness: record.brightness,
        wasDark: record.lit === 'dark' || (timed.wasDark && record.lit !== 'lit'),
      }
      return starts ? counted(next, 'lightStarts', record.at.wall) : next
    }
    case 'power': {
      if (!('stage' in record) || record.stage !== 'done') return runtime
      const timed = { ...passTo(runtime, markOf(record)), powered: record.want === 'on' }
      return record.want === 'on' ? counted(timed, 'powerStarts', record.at.wall) : timed
    }
    case 'gap': {
      // A new process knows nothing of the display until it says so; a full disk is no new process.
      const timed = passTo(runtime, markOf(record))
      return record.cause === 'disk' ? timed : { ...timed, lit: 'unknown', brightness: null }
    }
    case 'clock':
    case 'heartbeat':
    // A clean stop is one of these, so that a restart loses nothing.
    case 'access':
      return passTo(runtime, markOf(record))
    case 'open':
    case 'close':
    case 'proof':
    case 'verdict':
    case 'order':
    case 'sensor':
    case 'config':
    case 'refusal':
    case 'incident':
    case 'airtime':
    case 'seal':
      return runtime
  }
}

/** With the stretch since the last record as it looks now. */
export const runtimeAt = (runtime: Runtime, now: Reading): Runtime =>
  runtime.mark === null || runtime.mark.boot !== now.bootId
    ? runtime
    : passTo(runtime, { wall: now.wall, mono: now.mono, boot: now.bootId })

/** The sums of one civil date; empty when there is none, or no more. */
export const runtimeOn = (runtime: Runtime, date: string): RuntimeSums =>
  runtime.days.find((day) => day.date === date) ?? NOTHING

/**
 * Estimated energy in milliwatt hours, rounded: idle power whenever it has power, and in proportion to brightness up to full power while lit.
 * What is shown is not known to this estimate (a white page draws more than a night film), so it says what a full white picture would draw.
 */
export const energyMilliwattHours = (sums: RuntimeSums, watts: Watts): number =>
  Math.round(energyJoules(sums, watts) / 3.6)

type Watts = { readonly full: number; readonly idle: number }
/** The same in joules, not rounded: a counter is the sum of differences, and rounded ones do not add up. */
export const energyJoules = (sums: RuntimeSums, watts: Watts): number => {
  const idle = watts.idle * (sums.litMs + sums.idleMs)
  const lit = ((watts.full - watts.idle) * sums.litPercentMs) / 100
  return (idle + lit) / 1_000
}

type Mark = NonNullable<Runtime['mark']>
const markOf = ({ at, boot }: StampedRecord): Mark => ({ wall: instant(at.wall), mono: at.mono, boot })

/** Enters the time up to `to`, cut at midnight; the stretch lies at the wall clock it began with. */
const passTo = (runtime: Runtime, to: Mark): Runtime => {
  const { mark } = runtime
  if (mark === null || mark.boot !== to.boot) return { ...runtime, mark: to }
  let left = to.mono - mark.mono
  if (left <= 0) return left < 0 ? runtime : { ...runtime, mark: to }
  let { days, totals } = runtime
  let at = mark.wall
  while (left > 0) {
    const ms = Math.min(left, startOfDay(at, runtime.offsetMinutes) + DAY - at)
    const more = sumsOf(runtime, ms)
    days = onDay(days, dateOf(at, runtime.offsetMinutes), more)
    totals = plus(totals, more)
    at = instant(at + ms)
    left -= ms
  }
  return { ...runtime, days, totals, mark: to }
}

const sumsOf = ({ lit, brightness, powered }: Runtime, ms: number): RuntimeSums => {
  switch (lit) {
    case 'lit':
      return { ...NOTHING, litMs: ms, litPercentMs: ms * (brightness ?? 100) }
    case 'dark':
      return { ...NOTHING, darkMs: ms, idleMs: powered ? ms : 0 }
    case 'unknown':
      return { ...NOTHING, unknownMs: ms }
  }
}

const counted = (runtime: Runtime, what: 'powerStarts' | 'lightStarts', wall: number): Runtime => {
  const more = { ...NOTHING, [what]: 1 }
  const date = dateOf(instant(wall), runtime.offsetMinutes)
  return { ...runtime, days: onDay(runtime.days, date, more), totals: plus(runtime.totals, more) }
}

const onDay = (days: readonly RuntimeDay[], date: string, more: RuntimeSums): readonly RuntimeDay[] => {
  const had = days.find((day) => day.date === date)
  const others = had === undefined ? days : days.filter((day) => day !== had)
  return [...others, { ...plus(had ?? NOTHING, more), date }].slice(-DAYS_KEPT)
}

const plus = (a: RuntimeSums, b: RuntimeSums): RuntimeSums => ({
  litMs: a.litMs + b.litMs,
  darkMs: a.darkMs + b.darkMs,
  unknownMs: a.unknownMs + b.unknownMs,
  powerStarts: a.powerStarts + b.powerStarts,
  lightStarts: a.lightStarts + b.lightStarts,
  litPercentMs: a.litPercentMs + b.litPercentMs,
  idleMs: a.idleMs + b.idleMs,
})
