import type { Item } from '#core/content/item.ts'
import type { OpenRecord } from '#core/evidence/record.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { minutesOf } from './calendar.ts'
import type { Judge } from './judge.ts'

/** One showing of an advertisement by the clock that tells the truth, ms; it is on while `to` is infinite. */
type Showing = {
  readonly item: string
  readonly from: number
  to: number
  readonly date: string
  readonly play: string
  /** It began under another record: a clock step split it. */
  readonly goesOn: boolean
}

export type AdMoment = {
  readonly now: number
  readonly wall: number
  readonly date: string
  readonly inDay: number
  readonly quality: string
  readonly document: ScheduleDocument
  readonly mourning: boolean
  readonly emergency: boolean
  /** What the calendar powers on this date, ms. */
  readonly poweredMs: number
  /** Since this process began: what was shown before it may be known from the log only. */
  readonly bootAt: number
}

/** A showing may end late by the tick, and across a power cut a battery clock is some seconds off, ms. */
const LATE = 3_600
const HOUR = 3_600_000

/** Every advertisement of a run against every rule, by brute force over all showings so far. */
export const createAdWatch = (judge: Judge, policy: Policy) => {
  const shown: Showing[] = []
  const rules = policy.advertising
  const within = (from: number, to: number, of: readonly Showing[]): number =>
    of.reduce((ms, s) => ms + Math.max(0, Math.min(s.to, to) - Math.max(s.from, from)), 0)
  const share = (what: string, ms: number, most: number): void =>
    judge.hold('ad-rules', ms <= most + LATE, () => `${what}: ${ms} ms of at most ${most}`)

  const opened = (open: OpenRecord, item: Item, at: AdMoment): void => {
    const lasts = item.durationMs
    const end = at.now + lasts
    const fail = (why: string) => judge.hold('ad-rules', false, () => `${item.id}: ${why}`)
    judge.hold('ad-rules', true, () => '')
    if (at.quality === 'unset' && rules.suspendedWhenClockUnset) fail('shown while the clock is unset')
    if (at.mourning && rules.suspendedInMourning) fail('shown in mourning')
    if (at.emergency && rules.suspendedInEmergency) fail('shown while an emergency is in force')
    if (at.document.ads?.allowed === false) fail('the site takes none')
    const before = shown.filter((s) => s.item === item.id && !s.goesOn)
    const last = shown.at(-1)
    const spacing = last === undefined ? Number.POSITIVE_INFINITY : at.now - last.to
    if (spacing < rules.minimumSpacingMs - LATE) fail(`${spacing} ms after another, ${rules.minimumSpacingMs} asked`)
    shown.push({ item: item.id, from: at.now, to: end, date: at.date, play: open.play, goesOn: false })
    const limits = [
      ...(rules.hourShareLimit === null ? [] : [{ mostMs: rules.hourShareLimit * HOUR, withinMs: HOUR }]),
      ...rules.limits,
      ...(at.document.ads?.limits ?? []),
    ]
    for (const { mostMs, withinMs } of limits) share(`in ${withinMs} ms`, within(end - withinMs, end, shown), mostMs)
    if (rules.dayShareLimit !== null) {
      // Since midnight as the clock has it now, by the clock that tells the truth: what a wrong clock dated today may lie before (seeds 3013, 3064).
      share('today', within(at.now - at.inDay, end, shown), rules.dayShareLimit * at.poweredMs)
    }
    ofItem(item, at, before, fail)
    if (shown.length > 4_000) shown.splice(0, 2_000)
  }
  const ofItem = (item: Item, at: AdMoment, before: readonly Showing[], fail: (why: string) => void): void => {
    const own = item.ad?.rules
    if (own === undefined) return
    const hour = before.filter((s) => s.from > at.now - HOUR + LATE).length + 1
    if (own.mostPerHour !== undefined && hour > own.mostPerHour) fail(`${hour} times in an hour`)
    const today = before.filter((s) => s.date === at.date).length + 1
    if (own.mostPerDay !== undefined && today > own.mostPerDay) fail(`${today} times today`)
    const last = before.at(-1)
    if (last !== undefined && at.now - last.to < (own.minimumSpacingMs ?? 0) - LATE)
      fail(`${at.now - last.to} ms after itself`)
    const here = own.times?.some((t) => minutesOf(t.from) <= at.inDay && at.inDay < minutesOf(t.to)) ?? true
    if (!here) fail('outside of its times of day')
  }
  return {
    opened,
    closed: (play: string, end: { readonly at: number } | { readonly lastedMs: number }): void => {
      const one = shown.findLast((s) => s.play === play)
      if (one !== undefined) one.to = 'at' in end ? end.at : one.from + end.lastedMs
    },
    /** The play goes on under another record. */
    renamed: (was: string, play: string, end: number): void => {
      const one = shown.findLast((s) => s.play === was)
      if (one !== undefined) shown.push({ ...one, play, from: one.to, to: end, goesOn: true })
    },
    /** It never was on the screen. */
    forget: (play: string): void => {
      const at = shown.findIndex((s) => s.play === play)
      if (at !== -1) shown.splice(at, 1)
    },
    count: () => shown.length,
  }
}
export type AdWatch = ReturnType<typeof createAdWatch>
