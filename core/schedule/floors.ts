import type { DocumentFault } from '../base/check.ts'
import { dateAfter, dateOf, timeOf } from '../base/time.ts'
import { instant } from '../base/units.ts'
import { countsTowardFloor } from '../content/category.ts'
import type { Policy } from '../policy/policy.ts'
import { type CivilDay, holdsOn, isFor, ofDay, weekdayOfDate } from './dates.ts'
import type { ScheduleDocument } from './document.ts'
import { partsOfDay } from './frames.ts'

const WEEKDAYS_VI = ['Chủ nhật', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy'] as const
/** Dates are looked at this far ahead of the day of issue, days: as far as the edge looks for frames. */
const FAR_DAYS = 400
/** Before every date that a dated entry could name: of a day with this date only what is undated holds. */
const NO_DATE = '0000-00-00'

type Span = { readonly from: number; readonly to: number }

/**
 * Art. 8.1, before anything plays: propaganda frames while the screen is lit, less the advertising share of their playlists, against the
 * floor of each period. Judged for the seven weekdays without dates, then for every dated day whose shape differs from its weekday's (each
 * shape once, named by its first date). Milliseconds.
 */
export const floorWarnings = (document: ScheduleDocument, policy: Policy): readonly DocumentFault[] => {
  const own = policy.siteOverrides.find((o) => o.sites.includes(document.site))
  const periods = (own?.periods ?? policy.periods).filter((p) => p.floorMs > 0)
  const judge = (day: CivilDay, name: string): readonly DocumentFault[] =>
    periods.flatMap((period) => {
      const span = { from: timeOf(period.from), to: timeOf(period.to) }
      const planned = Math.round(plannedMs(document, day, span))
      return planned >= period.floorMs
        ? []
        : [
            {
              where: '/frames',
              why: `${name}, ${period.period}: ${planned} ms of public information planned, ${period.floorMs} ms owed (${period.source})`,
            },
          ]
    })
  const weekdays = WEEKDAYS_VI.map((name, weekday) => ({ name, day: { date: NO_DATE, weekday } }))
  const seen = new Set(weekdays.map(({ day }) => shapeOf(document, day)))
  const dated: DocumentFault[] = []
  for (const date of datesOf(document, dateOf(instant(document.issuedAt), policy.zone.offsetMinutes))) {
    const day = { date, weekday: weekdayOfDate(date) }
    const shape = shapeOf(document, day)
    if (seen.has(shape)) continue
    seen.add(shape)
    dated.push(...judge(day, `ngày ${date}`))
  }
  return [...weekdays.flatMap(({ name, day }) => judge(day, name)), ...dated]
}

/** Every date from `today` on that something dated names, in order. */
const datesOf = (document: ScheduleDocument, today: string): readonly string[] => {
  const named = [...document.frames, ...document.power, ...(document.energy ?? [])].flatMap((d) => d.dates ?? [])
  if (named.length === 0) return []
  const dates = Array.from({ length: FAR_DAYS }, (_, n) => dateAfter(today, n))
  return dates.filter((date) => named.some((d) => holdsOn(d, date)))
}

/** Equal for days that offer the same: the same parts of the same frames, lit at the same times. */
const shapeOf = (document: ScheduleDocument, day: CivilDay): string =>
  JSON.stringify([
    partsOfDay(document.frames, day).map((p) => [p.frame.id, p.from, p.to]),
    ofDay(document.power, day).map((w) => [w.from, w.to]),
    curfewsOf(document, day),
  ])

const curfewsOf = (document: ScheduleDocument, day: CivilDay): readonly Span[] =>
  (document.energy ?? [])
    .filter((r) => r.rule.kind === 'curfew' && isFor(r, day))
    .map((r) => ({ from: timeOf(r.from), to: timeOf(r.to) }))

const plannedMs = (document: ScheduleDocument, day: CivilDay, period: Span): number =>
  partsOfDay(document.frames, day)
    .filter((p) => p.frame.purpose === 'propaganda')
    .reduce((sum, p) => {
      const span = { from: Math.max(period.from, p.from), to: Math.min(period.to, p.to) }
      return sum + publicShare(document, p.frame.playlist) * litMs(document, day, span)
    }, 0)

/** Of one lap of the playlist, the part that feeds the floor. */
const publicShare = (document: ScheduleDocument, playlist: string): number => {
  const ids = document.playlists.find((p) => p.id === playlist)?.items ?? []
  let counting = 0
  let all = 0
  for (const id of ids) {
    const item = document.items.find((i) => i.item.id === id)?.item
    if (item === undefined) continue
    all += item.durationMs
    if (countsTowardFloor(item.category)) counting += item.durationMs
  }
  return all === 0 ? 0 : counting / all
}

/** A site without any power window is always lit, but for its curfews. */
const litMs = (document: ScheduleDocument, day: CivilDay, { from, to }: Span): number => {
  if (from >= to) return 0
  const windows = ofDay(document.power, day).map((w) => ({ from: timeOf(w.from), to: timeOf(w.to) }))
  const curfews = curfewsOf(document, day)
  const edges = [from, ...[...windows, ...curfews].flatMap((w) => [w.from, w.to]), to]
    .filter((t) => t >= from && t <= to)
    .toSorted((a, b) => a - b)
  const holds = (spans: readonly Span[], at: number) => spans.some((s) => s.from <= at && at < s.to)
  const lit = (at: number) => (document.power.length === 0 || holds(windows, at)) && !holds(curfews, at)
  return edges.reduce((ms, edge, i) => {
    const next = edges[i + 1]
    return next !== undefined && lit(edge) ? ms + next - edge : ms
  }, 0)
}
