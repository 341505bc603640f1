import { instantOfDate, weekdayOf } from '../base/time.ts'
import type { Dates } from './document.ts'

/**
 * What has dates comes before what has none: frames, power windows and energy rules alike (Art. 8.1, frames "cụ thể" by site and date).
 * Civil dates are `YYYY-MM-DD` in the policy's zone, so that their order as text is their order in time.
 */
type Dated = { readonly weekdays: readonly number[]; readonly dates?: Dates }

/** A civil date, and the weekday it is: 0 = Sunday … 6 = Saturday. */
export type CivilDay = { readonly date: string; readonly weekday: number }

/** Both ends included. Absent dates hold on every date. */
export const holdsOn = (dates: Dates | undefined, date: string): boolean =>
  dates === undefined || (dates.from <= date && date <= dates.to)

/** Is it asked for on this day, by weekday and date? */
export const isFor = (it: Dated, day: CivilDay): boolean =>
  it.weekdays.includes(day.weekday) && holdsOn(it.dates, day.date)

/**
 * Those that hold on a day where a dated one puts the undated ones out of force for the whole of it: a holiday has a calendar of its own.
 * A dated one names a date when its dates and its weekdays both do.
 */
export const ofDay = <T extends Dated>(all: readonly T[], day: CivilDay): readonly T[] => {
  const here = all.filter((it) => isFor(it, day))
  const dated = here.filter((it) => it.dates !== undefined)
  return dated.length > 0 ? dated : here
}

/** The weekday of a civil date. */
export const weekdayOfDate = (date: string): number => weekdayOf(instantOfDate(date, 0), 0)
