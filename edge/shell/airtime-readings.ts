import { judgeDay } from '#core/airtime/compliance.ts'
import { dayAt, finishedDays } from '#core/airtime/ledger.ts'
import { DAY, dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { PeriodStatus, StatusReport } from '#core/contract/link.ts'
import type { State } from '#core/engine/state.ts'
import { SHORTFALL_CAUSES } from '#core/evidence/record.ts'
import { PERIODS } from '#core/metrics/labels.ts'
import type { EdgeReadings } from '#core/metrics/readings.ts'
import { seriesOfCounts } from './counts.ts'

type AirtimeReadings = Pick<
  EdgeReadings,
  | 'airtimeToday'
  | 'airtimeFloor'
  | 'airtimeFeasible'
  | 'airtimeLeft'
  | 'airtimeShort'
  | 'airtimeTotal'
  | 'categoryTotal'
  | 'categoryToday'
  | 'yesterdayDelivered'
  | 'yesterdayMissing'
>

const inSeconds = <T extends string>(ms: Readonly<Partial<Record<T, number>>>): Partial<Record<T, number>> =>
  Object.fromEntries(Object.entries<number | undefined>(ms).map(([k, v]) => [k, (v ?? 0) / 1000])) as Partial<
    Record<T, number>
  >

/** Of the day before `now` what an inspector will ask; nothing where the log has nothing of that day. */
const yesterday = (state: State): Pick<AirtimeReadings, 'yesterdayDelivered' | 'yesterdayMissing'> => {
  const date = dateOf(instant(state.now.wall - DAY), state.policy.zone.offsetMinutes)
  const day = finishedDays(state.ledger, state.now).find((one) => one.date === date)
  const verdict = day === undefined ? [] : judgeDay(day, state.policy).periods
  const each = (read: (p: (typeof verdict)[number]) => number) =>
    PERIODS.flatMap((period) => {
      const found = verdict.find((p) => p.period === period)
      return found === undefined ? [] : [{ labels: { period }, value: read(found) }]
    })
  return {
    yesterdayDelivered: each((p) => p.deliveredMs / 1000),
    yesterdayMissing: each((p) => (p.result === 'short' ? p.missingMs / 1000 : 0)),
  }
}

/** The floors of Art. 8.1 as they stand, and what all time was. */
export const airtimeReadings = (state: State, status: StatusReport): AirtimeReadings => {
  // As of the newest record, a minute ago at the most: the next one settles what comes after it, and no counter may ever go back.
  const { byCategory, ...screen } = state.ledger.totals
  const each = <T>(read: (p: PeriodStatus, period: (typeof PERIODS)[number]) => readonly T[]): readonly T[] =>
    PERIODS.flatMap((period) => {
      const found = status.airtime.periods.find((p) => p.period === period)
      return found === undefined ? [] : read(found, period)
    })
  const periods = (read: (p: PeriodStatus) => number) => each((p, period) => [{ labels: { period }, value: read(p) }])
  return {
    airtimeToday: periods((p) => p.deliveredMs / 1000),
    airtimeFloor: periods((p) => p.floorMs / 1000),
    airtimeFeasible: periods((p) => Number(p.feasible)),
    airtimeLeft: periods((p) => p.leftMs / 1000),
    airtimeShort: each((p, period) =>
      SHORTFALL_CAUSES.map((cause) => ({
        labels: { period, cause },
        value: p.cause === cause ? p.shortMs / 1000 : 0,
      })),
    ),
    airtimeTotal: seriesOfCounts('state', inSeconds(screen)),
    categoryTotal: seriesOfCounts('category', inSeconds(byCategory)),
    categoryToday: seriesOfCounts('category', inSeconds(dayAt(state.ledger, state.now).byCategory)),
    ...yesterday(state),
  }
}
