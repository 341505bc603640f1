import type { Instant } from '#core/base/units.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { Dates, Frame, ScheduleDocument } from '#core/schedule/document.ts'

/**
 * The schedule read anew, from the words of `document.ts`, minute by minute: slow, short and without the program’s own calendar. Wall times
 * in ms.
 */
export type Minute = {
  readonly powered: boolean
  readonly curfew: boolean
  readonly frame: Frame | null
  /** Minutes since midnight. */
  readonly inDay: number
  readonly date: string
}

const MINUTE = 60_000
const DAY = 86_400_000
export const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

const civil = (wall: number, policy: Policy) => {
  const local = new Date(wall + policy.zone.offsetMinutes * MINUTE)
  const date = local.toISOString().slice(0, 10)
  return { date, day: local.getUTCDay(), inDay: local.getUTCHours() * 60 + local.getUTCMinutes() }
}

type Ruled = {
  readonly weekdays: readonly number[]
  readonly dates?: Dates
  readonly from: string
  readonly to: string
}
const onDate = (rule: Ruled, date: string, day: number): boolean =>
  rule.weekdays.includes(day) && (rule.dates === undefined || (rule.dates.from <= date && date <= rule.dates.to))
const inTime = (rule: Ruled, inDay: number): boolean => minutesOf(rule.from) <= inDay && inDay < minutesOf(rule.to)

/** A day is worked out once for each document: 1,440 minutes. */
const days = new WeakMap<ScheduleDocument, Map<number, readonly Minute[]>>()

export const minuteAt = (document: ScheduleDocument, policy: Policy, wall: number): Minute => {
  const local = wall + policy.zone.offsetMinutes * MINUTE
  const day = Math.floor(local / DAY)
  const known = days.get(document) ?? new Map<number, readonly Minute[]>()
  days.set(document, known)
  const minutes = known.get(day) ?? makeDay(document, day * DAY)
  if (known.size > 10) known.clear()
  known.set(day, minutes)
  const found = minutes[Math.floor((local - day * DAY) / MINUTE)]
  if (found === undefined) throw new Error(`no minute at ${wall}`)
  return found
}

/** `midnight`: of the civil day, as if its zone were UTC. */
const makeDay = (document: ScheduleDocument, midnight: number): readonly Minute[] => {
  const local = new Date(midnight)
  const date = local.toISOString().slice(0, 10)
  const day = local.getUTCDay()
  const today = <R extends Ruled>(rules: readonly R[]): R[] => rules.filter((r) => onDate(r, date, day))
  const named = document.power.filter((w) => w.dates !== undefined && w.dates.from <= date && date <= w.dates.to)
  const windows = today(named.length > 0 ? named : document.power.filter((w) => w.dates === undefined))
  const frames = [
    ...today(document.frames.filter((f) => f.dates !== undefined)),
    ...today(document.frames.filter((f) => f.dates === undefined)),
  ]
  const curfews = today((document.energy ?? []).filter((r) => r.rule.kind === 'curfew'))
  return Array.from({ length: 1440 }, (_, inDay) => ({
    powered: document.power.length === 0 || windows.some((w) => inTime(w, inDay)),
    curfew: curfews.some((r) => inTime(r, inDay)),
    frame: frames.find((f) => inTime(f, inDay)) ?? null,
    inDay,
    date,
  }))
}

/** The period of the policy that holds this moment, and when it ends; null at night. */
export const periodAt = (policy: Policy, wall: number) => {
  const { inDay, date } = civil(wall, policy)
  const period = policy.periods.find((p) => minutesOf(p.from) <= inDay && inDay < minutesOf(p.to))
  if (period === undefined) return null
  const midnight = Date.parse(`${date}T00:00:00Z`) - policy.zone.offsetMinutes * MINUTE
  return {
    period: period.period,
    floorMs: period.floorMs,
    date,
    from: (midnight + minutesOf(period.from) * MINUTE) as Instant,
    to: (midnight + minutesOf(period.to) * MINUTE) as Instant,
  }
}

/** Milliseconds of [from, to) in which the screen is lit by the calendar and something of the schedule may play. The most generous reading. */
export const playableMs = (document: ScheduleDocument, policy: Policy, span: { from: number; to: number }): number => {
  const makeUp = policy.makeUp.outsideFrames && document.frames.some((f) => f.purpose === 'propaganda')
  const always = document.fallbackPlaylist !== null || makeUp
  let ms = 0
  for (let at = span.from; at < span.to; ) {
    const end = Math.min(span.to, (Math.floor(at / MINUTE) + 1) * MINUTE)
    const minute = minuteAt(document, policy, at)
    if (minute.powered && !minute.curfew && (always || minute.frame !== null)) ms += end - at
    at = end
  }
  return ms
}
