import { DAY, dateOf, startOfDay, weekdayOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import type { Policy } from '../policy/policy.ts'
import type { Frame } from '../schedule/document.ts'
import { partsOfDay } from '../schedule/frames.ts'

/** Where nothing is near, frames are looked for this far before and after, days: a schedule repeats itself after a week. */
const FAR = 7

/**
 * The playlists from which airtime that is owed is made up at `wall`: those of propaganda frames, the nearest first, before or after; of
 * two as near, the earlier. Frames of the day itself, the day before and the day after; of the week around only where those have none.
 */
export const makeUpPlaylists = (frames: readonly Frame[], zone: Policy['zone'], wall: Instant): readonly string[] => {
  const own = frames.filter((f) => f.purpose === 'propaganda')
  if (own.length === 0) return []
  const near = distances(frames, zone, wall, 1)
  const all = near.length > 0 ? near : distances(frames, zone, wall, FAR)
  return [...new Set(all.toSorted((a, b) => a.ms - b.ms || a.from - b.from).map((d) => d.playlist))]
}

type Distance = { readonly playlist: string; readonly ms: number; readonly from: number }

const distances = (
  frames: readonly Frame[],
  zone: Policy['zone'],
  wall: Instant,
  days: number,
): readonly Distance[] => {
  const midnight = startOfDay(wall, zone.offsetMinutes)
  const out: Distance[] = []
  for (let day = -days; day <= days; day++) {
    const at = instant(midnight + day * DAY)
    const civil = { date: dateOf(at, zone.offsetMinutes), weekday: weekdayOf(at, zone.offsetMinutes) }
    for (const { frame, from, to } of partsOfDay(frames, civil)) {
      if (frame.purpose !== 'propaganda') continue
      const ms = Math.max(0, at + from - wall, wall - (at + to))
      out.push({ playlist: frame.playlist, ms, from: at + from })
    }
  }
  return out
}
