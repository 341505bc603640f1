import { dateAfter } from '../base/time.ts'
import { isPast, keepUntil } from './keep.ts'

/**
 * Which day it is when evidence is to be deleted. One wrong answer of a time server must not cost six months, so the wall clock alone
 * deletes nothing: the log itself must have the days to show for it.
 */

/** The software did not exist before this date, so no day of it can lie before. */
export const FIRST_DAY = '2026-11-01'

/**
 * The date of each segment (oldest first) as far as it can be believed: one that lies after `today` or before the software existed is of a
 * wrong clock, and is taken for that of the next believable segment, or for today. It is kept rather too long than too short, and holds up
 * nothing that came before it.
 */
export const believedDates = (dates: readonly string[], today: string): readonly string[] => {
  const believed: string[] = []
  let next = today
  for (const date of dates.toReversed()) {
    if (date >= FIRST_DAY && date <= today) next = date
    believed.unshift(next)
  }
  return believed
}

/**
 * How many of the oldest segments may go: their dates are past by the wall clock, and at least as many different days came after as the longest
 * such span has. A clock that goes to and fro leaves many segments of few days, and days without power leave none: both make them stay longer. A
 * clock that jumps years ahead makes nothing go. The newest segment always stays.
 */
export const deletable = (
  dates: readonly string[],
  of: { readonly today: string; readonly playMonths: number },
): number => {
  const needed = 31 * of.playMonths - 2
  const believed = believedDates(dates, of.today)
  const after = daysAfter(believed)
  const kept = believed.findIndex(
    (date, i) => (after[i] ?? 0) < Math.max(1, needed) || !isPast(date, of.today, of.playMonths),
  )
  return kept === -1 ? 0 : kept
}

/** For each date, how many others come after it. */
const daysAfter = (dates: readonly string[]): readonly number[] => {
  const seen = new Set<string>()
  return dates
    .toReversed()
    .map((date) => {
      const others = seen.size - (seen.has(date) ? 1 : 0)
      seen.add(date)
      return others
    })
    .toReversed()
}

/**
 * The latest day that the kept segments bear out, for whatever else is kept as long as plays are: by it only that is past which ended before
 * the oldest kept segment. Never later than `today`.
 */
export const trustedToday = (
  dates: readonly string[],
  of: { readonly today: string; readonly playMonths: number },
): string => {
  const oldest = believedDates(dates, of.today).toSorted()[0]
  if (oldest === undefined) return of.today
  const borneOut = dateAfter(keepUntil(dateAfter(oldest, -1), of.playMonths), 1)
  return [borneOut, of.today].toSorted()[0] ?? of.today
}
