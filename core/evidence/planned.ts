import { DAY, timeOf } from '../base/time.ts'
import type { ScheduleDocument } from '../schedule/document.ts'

/** Length of a standing page and of anything unknown, for estimates, milliseconds. */
const USUAL_PLAY = 20_000

/**
 * How many plays a day a schedule makes about: the longest weekday of its power calendar in mean lengths of its items. For the first
 * estimate of the disk budget only; what was measured takes its place after two days.
 */
export const plannedPlays = (document: ScheduleDocument): number => {
  const lengths = document.items.map(({ item }) => item.durationMs)
  const mean = lengths.length === 0 ? USUAL_PLAY : lengths.reduce((sum, ms) => sum + ms, 0) / lengths.length
  const powered = [0, 1, 2, 3, 4, 5, 6].map((weekday) =>
    document.power
      .filter((w) => w.weekdays.includes(weekday))
      .reduce((ms, w) => ms + Math.max(0, timeOf(w.to) - timeOf(w.from)), 0),
  )
  return Math.ceil(Math.min(DAY, document.power.length === 0 ? DAY : Math.max(...powered)) / mean)
}
