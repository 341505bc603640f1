import { DAY, dateOf, startOfDay, weekdayOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import { countsTowardFloor } from '../content/category.ts'
import type { Item } from '../content/item.ts'
import { checkForm } from '../contract/verify.ts'
import { dayShape, periodBounds, type Span } from '../policy/check.ts'
import type { DayPeriod, Policy } from '../policy/policy.ts'
import { poweredSpans } from '../power/calendar.ts'
import type { ScheduleDocument } from '../schedule/document.ts'
import { partsOfDay } from '../schedule/frames.ts'
import { makeUpPlaylists } from './makeup.ts'
import { intersect, lengthOf, type Spans, subtract, union } from './spans.ts'

/** What decides when public information can be on the screen of one site. */
export type Supply = {
  readonly schedule: Pick<ScheduleDocument, 'power' | 'energy' | 'frames' | 'playlists' | 'fallbackPlaylist'>
  /** Items whose approval holds, by id. */
  readonly items: Readonly<Record<string, Item>>
  readonly policy: Policy
  /** Mourning: entertainment is suspended, whatever its category. */
  readonly isSolemn: boolean
  /** From when file and player are ready for it, wall time; null: not while things are as they are. */
  readonly readyFrom: (item: Item) => Instant | null
  /** Orders in force: those that have the screen and feed no floor, those that feed it whatever the frames say, and blanks, above both. */
  readonly held: Spans
  readonly given: Spans
  readonly blanked: Spans
}

/** Of that, what one playlist needs. */
export type Readied = Pick<Supply, 'items' | 'isSolemn' | 'readyFrom'> & {
  readonly schedule: Pick<ScheduleDocument, 'playlists'>
}

/** One day-period of one civil day: when public information can play in it. */
export type PeriodCapacity = {
  readonly period: DayPeriod
  readonly floorMs: number
  /** The period itself, half-open; night usually has two parts. */
  readonly bounds: Spans
  readonly playable: Spans
  /** The same if no order had the screen; and if besides every file were here and whole. For the cause of a shortfall. */
  readonly unheld: Spans
  readonly planned: Spans
}

export type Capacity = {
  readonly midnight: Instant
  readonly date: string
  readonly periods: readonly PeriodCapacity[]
  readonly powered: Spans
  /** How long the screen is powered on this day by its calendar, milliseconds: what a share of the day is a share of. */
  readonly poweredMs: number
}

const ALWAYS = instant(0)

/**
 * What the civil day of `wall` has to offer. Time counts where the screen is powered and a playlist that may play then holds at least one
 * item that feeds the floor, within its dates, and ready. In a frame those are its own playlist, a propaganda playlist that takes over, and
 * the fallback; outside of frames the fallback, and what is made up where the policy says so. `null`: no schedule has come, hence nothing to play.
 */
export const capacityOf = (supply: Supply | null, policy: Policy, wall: Instant): Capacity => {
  const { offsetMinutes } = policy.zone
  const midnight = startOfDay(wall, offsetMinutes)
  const date = dateOf(wall, offsetMinutes)
  const day: Span = { from: midnight, to: instant(midnight + DAY) }
  const powered = supply === null ? [day] : union(poweredSpans(supply.schedule, policy.zone, day))
  const planned = supply === null ? powered : offered({ ...supply, readyFrom: () => ALWAYS }, day, powered)
  const unheld = supply === null ? [] : offered(supply, day, powered)
  const playable = supply === null ? [] : besideOrders(unheld, supply)
  return {
    midnight,
    date,
    powered,
    poweredMs: lengthOf(powered),
    periods: [...new Set(dayShape(policy).names)].map((period) => {
      const bounds = periodBounds(policy, date, period)
      return {
        period,
        floorMs: floorOf(policy, period),
        bounds,
        playable: intersect(playable, bounds),
        unheld: intersect(unheld, bounds),
        planned: intersect(planned, bounds),
      }
    }),
  }
}

const besideOrders = (spans: Spans, { held, given, blanked }: Supply): Spans =>
  held.length + given.length + blanked.length === 0
    ? spans
    : subtract(union([...subtract(spans, held), ...given]), blanked)

/** The floor of Art. 8.1 for a period, milliseconds; 0 where nothing is owed. */
export const floorOf = (policy: Policy, period: DayPeriod): number =>
  policy.periods.find((p) => p.period === period)?.floorMs ?? 0

const offered = (supply: Supply, day: Span, powered: Spans): Spans => {
  const { schedule, policy } = supply
  const known = new Map<string, Spans>()
  const of = (playlist: string): Spans => {
    const spans = known.get(playlist) ?? union(publicSpans(supply, playlist, day))
    known.set(playlist, spans)
    return spans
  }
  const makeUp = makeUpPlaylists(schedule.frames, policy.zone, day.from).flatMap(of)
  const fallback = schedule.fallbackPlaylist === null ? [] : of(schedule.fallbackPlaylist)
  const { offsetMinutes } = policy.zone
  const parts = partsOfDay(schedule.frames, {
    date: dateOf(day.from, offsetMinutes),
    weekday: weekdayOf(day.from, offsetMinutes),
  }).map(({ frame, from, to }) => ({ frame, span: { from: instant(day.from + from), to: instant(day.from + to) } }))
  const outside = subtract(
    [day],
    parts.map((p) => p.span),
  )
  const inFrames = parts.flatMap(({ frame, span }) =>
    intersect([span], union([...of(frame.playlist), ...makeUp, ...fallback])),
  )
  const besides = union([...fallback, ...(policy.makeUp.outsideFrames ? makeUp : [])])
  return intersect(union([...inFrames, ...intersect(outside, besides)]), powered)
}

/** When some item of the playlist can be shown that feeds the floor. */
export const publicSpans = (supply: Readied, playlist: string, day: Span): Spans => {
  const ids = new Set(supply.schedule.playlists.find((p) => p.id === playlist)?.items ?? [])
  return [...ids].flatMap((id) => {
    const item = supply.items[id]
    if (item === undefined || !countsTowardFloor(item.category) || !checkForm(item).ok) return []
    if (supply.isSolemn && item.entertainment) return []
    const ready = supply.readyFrom(item)
    if (ready === null) return []
    const from = Math.max(day.from, item.validFrom, ready)
    const to = Math.min(day.to, item.validTo)
    return from < to ? [{ from: instant(from), to: instant(to) }] : []
  })
}
