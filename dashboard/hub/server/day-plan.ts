import { subtract, union } from '#core/airtime/spans.ts'
import { weekdayOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { SiteDay } from '#core/contract/operations.ts'
import { powerAt, poweredSpans } from '#core/power/calendar.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { partsOfDay } from '#core/schedule/frames.ts'

/** A civil day at one cluster, ms since 1970; `offset`: minutes east of UTC. */
export type PlannedDay = {
  readonly date: string
  readonly from: number
  readonly to: number
  readonly now: number
  readonly offset: number
  readonly schedule: ScheduleDocument | null
}

/** Of the signed schedule in force: what of the day's frames lies after now. */
export const plannedOf = ({ schedule, date, from, now, offset }: PlannedDay): SiteDay['planned'] => {
  if (schedule === null) return []
  const items = new Map(schedule.items.map(({ item }) => [item.id, item]))
  const named = (playlist: string) =>
    (schedule.playlists.find((p) => p.id === playlist)?.items ?? []).map((id) => {
      const item = items.get(id)
      return { item: id, title: item?.title ?? id, category: item?.category ?? null }
    })
  return partsOfDay(schedule.frames, { date, weekday: weekdayOf(instant(from), offset) }).flatMap((part) => {
    const [begin, end] = [Math.max(now, from + part.from), from + part.to]
    return begin >= end ? [] : [{ from: begin, to: end, frame: part.frame.id, items: named(part.frame.playlist) }]
  })
}

/** When within [from, to) the display is to be dark, and by which rule. Without a schedule nobody knows. */
export const darkOf = ({
  schedule,
  from,
  to,
  offset,
}: Pick<PlannedDay, 'schedule' | 'from' | 'to' | 'offset'>): SiteDay['dark'] => {
  if (schedule === null) return []
  const zone = { offsetMinutes: offset }
  const day = { from: instant(from), to: instant(to) }
  return subtract([day], union(poweredSpans(schedule, zone, day))).map((span) => {
    const { curfew } = powerAt(schedule, zone, span.from)
    const why = curfew === null ? 'ngoài giờ bật màn hình · quiet hours' : `${curfew.source} (${curfew.decidedBy})`
    return { from: span.from, to: span.to, why }
  })
}
