import { DAY, dateOf, startOfDay, timeOf, weekdayOf } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import { isFor, ofDay } from '../schedule/dates.ts'
import type { EnergyRule, ScheduleDocument } from '../schedule/document.ts'

/** What of a schedule document says when the screen is lit. */
export type PowerCalendar = Pick<ScheduleDocument, 'power' | 'energy'>

export type Power = {
  readonly power: 'on' | 'off'
  /** Percent as the window says, not yet limited by anything; null while off. */
  readonly brightness: number | null
  /** The energy rules that hold: a curfew while nothing but it makes the screen dark, and the strictest dimming rule. */
  readonly curfew: EnergyRule | null
  readonly dim: Dimming | null
  /** When this answer changes next; a week ahead when it does not within a week. */
  readonly until: Instant
}

/** A dimming rule in force. */
export type Dimming = { readonly most: number; readonly rule: EnergyRule }

/** Percent for a site whose schedule has no power windows: bright enough to be read, low enough to harm nothing. */
export const DEFAULT_BRIGHTNESS = 70

type Zone = { readonly offsetMinutes: number }
type Now = Omit<Power, 'until'>

const WEEK = 7 * DAY
const NO_RULES: readonly EnergyRule[] = []

/**
 * Is the screen to be lit at `wall`, and how bright? Without any window it is always on at 70 %: a site that nobody gave a power
 * calendar must not be dark. A curfew (Chỉ thị 20/CT-TTg) makes it dark whatever the windows say, a dimming rule caps it. Where windows
 * overlap, the one listed first gives the brightness. Windows and rules are half-open and do not cross midnight (write two).
 * On a date that a dated window names the undated ones do not hold: a holiday has a calendar of its own.
 * Meaningless while the clock is unset: the engine asks only a clock it can trust.
 */
export const powerAt = (calendar: PowerCalendar, zone: Zone, wall: Instant): Power => {
  const now = nowOf(calendar, zone.offsetMinutes, wall)
  return { ...now, until: changeAfter(calendar, zone.offsetMinutes, wall, now) }
}

const nowOf = ({ power, energy }: PowerCalendar, offsetMinutes: number, wall: Instant): Now => {
  const day = { date: dateOf(wall, offsetMinutes), weekday: weekdayOf(wall, offsetMinutes) }
  const time = wall - startOfDay(wall, offsetMinutes)
  const holds = (w: { readonly from: string; readonly to: string }) => timeOf(w.from) <= time && time < timeOf(w.to)
  const window = power.length === 0 ? null : ofDay(power, day).find(holds)
  const rules = (energy ?? NO_RULES).filter((rule) => isFor(rule, day) && holds(rule))
  const dim = strictest(rules)
  if (window === undefined) return { power: 'off', brightness: null, curfew: null, dim }
  const curfew = rules.find((r) => r.rule.kind === 'curfew') ?? null
  if (curfew !== null) return { power: 'off', brightness: null, curfew, dim }
  return { power: 'on', brightness: window?.brightness ?? DEFAULT_BRIGHTNESS, curfew, dim }
}

const strictest = (rules: readonly EnergyRule[]): Dimming | null =>
  rules.reduce<Dimming | null>((least, rule) => {
    if (rule.rule.kind !== 'dim') return least
    return least === null || rule.rule.most < least.most ? { most: rule.rule.most, rule } : least
  }, null)

const sameNow = (a: Now, b: Now): boolean =>
  a.power === b.power && a.brightness === b.brightness && a.curfew === b.curfew && a.dim?.rule === b.dim?.rule

/** Looks at the edges of eight days: what is further away is looked for when it has come nearer. */
const changeAfter = (calendar: PowerCalendar, offsetMinutes: number, wall: Instant, now: Now): Instant => {
  const parts = [...calendar.power, ...(calendar.energy ?? NO_RULES)]
  const times = [...new Set([0, ...parts.flatMap((w) => [timeOf(w.from), timeOf(w.to)])])].toSorted((a, b) => a - b)
  const midnight = startOfDay(wall, offsetMinutes)
  for (let day = 0; day <= 7; day++)
    for (const time of times) {
      const at = instant(midnight + day * DAY + time)
      if (at > wall && !sameNow(nowOf(calendar, offsetMinutes, at), now)) return at
    }
  return instant(wall + WEEK)
}

/** The parts of [from, to) that are powered, in order; two may touch where the brightness changes. */
export const poweredSpans = (
  calendar: PowerCalendar,
  zone: Zone,
  span: { readonly from: Instant; readonly to: Instant },
): readonly { readonly from: Instant; readonly to: Instant }[] => {
  const spans: { from: Instant; to: Instant }[] = []
  let at = span.from
  while (at < span.to) {
    const { power, until } = powerAt(calendar, zone, at)
    const end = instant(Math.min(until, span.to))
    if (power === 'on') spans.push({ from: at, to: end })
    at = end
  }
  return spans
}

/** How many milliseconds of [from, to) are powered. */
export const poweredMs = (
  calendar: PowerCalendar,
  zone: Zone,
  span: { readonly from: Instant; readonly to: Instant },
): number => poweredSpans(calendar, zone, span).reduce((ms, part) => ms + part.to - part.from, 0)
