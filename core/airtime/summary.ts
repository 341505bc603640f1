import type { DayPeriod } from '../policy/policy.ts'
import { type Cause, type DayVerdict, mainCause, type PeriodVerdict } from './compliance.ts'
import type { DayLedger, PeriodLedger } from './day.ts'

/** A day with what was judged of it. */
export type JudgedDay = DayLedger & { readonly compliance: DayVerdict }

/** One day-period over a span of days, integer milliseconds. */
export type PeriodSummary = {
  readonly period: DayPeriod
  /** Days on which something was owed in it, and how they ended. */
  readonly owingDays: number
  readonly metDays: number
  readonly exemptDays: number
  readonly shortDays: number
  /** Owed, and missing on days that are not met; a surplus of one day pays for no other. */
  readonly owedMs: number
  readonly missingMs: number
  readonly delivered: number
  /** On the day with the least and with the most. */
  readonly leastMs: number
  readonly mostMs: number
  readonly emergency: number
  readonly ads: number
  /** Advertising in what was shown of both; null where neither was. */
  readonly adsShare: number | null
  readonly other: number
  readonly dark: number
  readonly faulted: number
  readonly displaced: number
  readonly ordered: number
  readonly elapsed: number
}

export type Shortfall = {
  readonly date: string
  readonly period: DayPeriod
  readonly floorMs: number
  readonly deliveredMs: number
  readonly missingMs: number
  readonly result: 'exempt' | 'short'
  /** What took most of the missing time. */
  readonly cause: Cause
}

export type SpanSummary = {
  /** First and last civil date; null for no day. */
  readonly from: string | null
  readonly to: string | null
  readonly days: number
  readonly verdicts: { readonly [V in DayVerdict['verdict']]: number }
  readonly periods: readonly PeriodSummary[]
  readonly adsShare: number | null
  /** Public information and advertising that was shown, by language tag (Art. 2.2.c); an item in two languages counts for both. */
  readonly byLanguage: Readonly<Record<string, number>>
  readonly shortfallCount: number
  /** The first of them, at most `MOST_SHORTFALLS`. */
  readonly shortfalls: readonly Shortfall[]
}

export const MOST_SHORTFALLS = 400

/** Art. 8 over many days: what was delivered against what was owed, and every day that fell short. */
export const summarise = (days: readonly JudgedDay[]): SpanSummary => {
  const names = [...new Set(days.flatMap((day) => day.periods.map((p) => p.period)))]
  const shortfalls = days.flatMap(shortfallsOf)
  const all = days.flatMap((day) => day.periods)
  return {
    from: days[0]?.date ?? null,
    to: days.at(-1)?.date ?? null,
    days: days.length,
    verdicts: {
      compliant: days.filter((d) => d.compliance.verdict === 'compliant').length,
      'compliant-with-exemption': days.filter((d) => d.compliance.verdict === 'compliant-with-exemption').length,
      'non-compliant': days.filter((d) => d.compliance.verdict === 'non-compliant').length,
      'no-policy': days.filter((d) => d.compliance.verdict === 'no-policy').length,
    },
    periods: names.map((period) => summariseName(period, days)),
    adsShare: shareOf(sum(all, 'ads'), sum(all, 'delivered')),
    byLanguage: languagesOf(days),
    shortfallCount: shortfalls.length,
    shortfalls: shortfalls.slice(0, MOST_SHORTFALLS),
  }
}

const languagesOf = (days: readonly JudgedDay[]): SpanSummary['byLanguage'] => {
  const sums: Record<string, number> = {}
  for (const day of days)
    for (const [language, ms] of Object.entries(day.byLanguage)) sums[language] = (sums[language] ?? 0) + ms
  return sums
}

type Sums = keyof { [K in keyof PeriodLedger as PeriodLedger[K] extends number ? K : never]: true }
const sum = (parts: readonly PeriodLedger[], column: Sums): number => parts.reduce((ms, p) => ms + p[column], 0)

const shareOf = (ads: number, delivered: number): number | null =>
  ads + delivered === 0 ? null : ads / (ads + delivered)

const summariseName = (period: DayPeriod, days: readonly JudgedDay[]): PeriodSummary => {
  const parts = days.flatMap((day) => day.periods.filter((p) => p.period === period))
  const judged = days.flatMap((day) => day.compliance.periods.filter((p) => p.period === period))
  const ended = (result: PeriodVerdict['result']) => judged.filter((p) => p.result === result).length
  const delivered = sum(parts, 'delivered')
  const ads = sum(parts, 'ads')
  return {
    period,
    owingDays: judged.length,
    metDays: ended('met'),
    exemptDays: ended('exempt'),
    shortDays: ended('short'),
    owedMs: judged.reduce((ms, p) => ms + p.floorMs, 0),
    missingMs: judged.reduce((ms, p) => ms + p.missingMs, 0),
    delivered,
    leastMs: parts.reduce((least, p) => Math.min(least, p.delivered), parts[0]?.delivered ?? 0),
    mostMs: parts.reduce((most, p) => Math.max(most, p.delivered), 0),
    emergency: sum(parts, 'emergency'),
    ads,
    adsShare: shareOf(ads, delivered),
    other: sum(parts, 'other'),
    dark: sum(parts, 'dark'),
    faulted: sum(parts, 'faulted'),
    displaced: sum(parts, 'displaced'),
    ordered: sum(parts, 'ordered'),
    elapsed: sum(parts, 'elapsed'),
  }
}

const shortfallsOf = (day: JudgedDay): readonly Shortfall[] =>
  day.compliance.periods.flatMap((p): readonly Shortfall[] =>
    p.result === 'met'
      ? []
      : [
          {
            date: day.date,
            period: p.period,
            floorMs: p.floorMs,
            deliveredMs: p.deliveredMs,
            missingMs: p.missingMs,
            result: p.result,
            cause: mainCause(p),
          },
        ],
  )
