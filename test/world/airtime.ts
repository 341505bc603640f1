import { dayOf } from '#core/airtime/ledger.ts'
import type { Item } from '#core/content/item.ts'
import type { State } from '#core/engine/state.ts'
import type { Policy } from '#core/policy/policy.ts'
import { minuteAt, periodAt, playableMs } from './calendar.ts'
import type { Judge } from './judge.ts'

/** What is before people’s eyes from one change to the next, and whether the schedule could have had the screen for the floor. */
export type Sight = {
  readonly counting: boolean
  readonly ad: boolean
  /** Nothing is in the way: public information could be shown and known to be shown. */
  readonly capable: boolean
}

type Sum = {
  key: string
  counting: number
  ads: number
  capable: number
  disturbed: boolean
  wallRight: boolean
  allUp: boolean
  /** The wall clock ran neither ahead nor behind, not by a millisecond. */
  exact: boolean
}
const NOTHING: Sight = { counting: false, ad: false, capable: false }
/** What may be lost to latencies and late notice in one period without anybody’s fault, ms. */
const MARGIN = 180_000
/** A display that goes dark by itself is noticed within this, ms: a reading is believed for 20 s. */
const NOTICE = 27_000

/** Truth about airtime, summed by period, against the ledger. */
export const createAirtimeWatch = (judge: Judge) => {
  const empty = (key: string): Sum => ({
    key,
    counting: 0,
    ads: 0,
    capable: 0,
    disturbed: false,
    wallRight: true,
    allUp: true,
    exact: true,
  })
  const state = {
    sight: NOTHING,
    since: 0,
    sum: empty(''),
    jolts: 0,
    latency: 0,
    lies: false,
    tainted: new Set<string>(),
  }
  const flow = (now: number): void => {
    const ms = now - state.since
    state.since = now
    if (state.sight.counting) state.sum.counting += ms
    if (state.sight.ad) state.sum.ads += ms
    if (state.sight.capable) state.sum.capable += ms
  }
  return {
    see: (now: number, sight: Sight): void => {
      flow(now)
      state.sight = sight
    },
    /** Something went wrong that the ledger may notice late. */
    jolt: (): void => {
      state.jolts += 1
    },
    /** `at`: the period in which the edge believed to be, if that was another. */
    clockWrong: (at: string | null): void => {
      state.sum.wallRight = false
      if (at !== null) state.tainted.add(at)
    },
    untrue: (on: boolean): void => {
      state.lies = on
      state.sum.wallRight = false
    },
    drifted: (): void => {
      state.sum.exact = false
    },
    down: (): void => {
      state.sum.allUp = false
    },
    /** A period is over: what was true of it, to be held against the ledger a little later. */
    turn: (now: number, key: string, latencyMs: number) => {
      flow(now)
      const done = { ...state.sum, jolts: state.jolts, latency: latencyMs - state.latency }
      state.sum = { ...empty(key), wallRight: !state.lies }
      state.jolts = 0
      state.latency = latencyMs
      return done
    },
    /** `floorMs` and `fullMs`: of the period by the policy. */
    settle: (
      at: State,
      of: {
        done: Sum & { jolts: number; latency: number }
        date: string
        period: string
        floorMs: number
        fullMs: number
      },
    ): void => {
      const { done } = of
      if (!done.wallRight || state.tainted.has(`${of.date} ${of.period}`)) return
      const ledger = dayOf(at.ledger, of.date).periods.find((p) => p.period === of.period)
      if (ledger === undefined) return
      const late = done.latency + (done.jolts + 1) * NOTICE
      judge.hold(
        'airtime-true',
        ledger.delivered <= done.counting + late,
        () =>
          `${of.date} ${of.period}: ${ledger.delivered} ms delivered, ${done.counting} ms seen (${done.jolts} disturbances)`,
      )
      judge.hold(
        'sums-exact',
        ledger.elapsed <= of.fullMs + (done.exact ? 0 : 5_000),
        () => `${of.date} ${of.period}: ${ledger.elapsed} ms of ${of.fullMs}`,
      )
      if (done.allUp && done.exact)
        judge.hold(
          'sums-exact',
          ledger.elapsed === of.fullMs,
          () => `${of.date} ${of.period}: ${ledger.elapsed} ms entered of ${of.fullMs}`,
        )
      if (of.floorMs === 0) return
      const lost = MARGIN + done.latency + done.jolts * NOTICE
      const could = Math.min(of.floorMs, done.capable - done.ads - lost)
      if (could <= 0) return
      judge.hold(
        'floor-kept',
        ledger.delivered >= could,
        () =>
          `${of.date} ${of.period}: ${ledger.delivered} ms delivered; ${done.capable} ms were possible, ${done.ads} ms went to advertising`,
      )
    },
  }
}
export type AirtimeWatch = ReturnType<typeof createAirtimeWatch>

/** Is there something that feeds the floor in this playlist now? By the words of the document alone. */
export const hasCounting = (at: State, playlist: string, wall: number): boolean => {
  const ids = at.schedule?.document.playlists.find((p) => p.id === playlist)?.items ?? []
  return ids.some((id) => {
    const item = at.schedule?.items[id]
    return item !== undefined && isCounting(item) && isValid(item, wall) && isHere(at, item)
  })
}
export const isCounting = (item: Item): boolean => item.category !== 'A7_5_ADVERTISING'
export const isValid = (item: Item, wall: number): boolean => item.validFrom <= wall && wall < item.validTo
const isHere = (at: State, item: Item): boolean =>
  (item.asset === null || at.assets.has(item.asset.sha256)) && (at.broken[item.id] ?? 0) <= at.now.mono

/** Would an advertisement of `ms` from now leave the floor within reach, if all goes well from then on? */
export const judgeAffordable = (
  judge: Judge,
  policy: Policy,
  of: { at: State; ms: number; wall: number; item: string },
): void => {
  const { at, wall, ms } = of
  const document = at.schedule?.document
  const period = periodAt(policy, wall)
  if (document === undefined || period === null || period.floorMs === 0) return
  const delivered = dayOf(at.ledger, period.date).periods.find((p) => p.period === period.period)?.delivered ?? 0
  const owed = period.floorMs - delivered
  if (owed <= 0) return
  const left = playableMs(document, policy, { from: wall + ms, to: period.to })
  // A play that has no proof yet is not entered: it is at most one showing.
  judge.hold(
    'ad-affordable',
    owed <= left + 2_000,
    () => `${of.item} for ${ms} ms: ${owed} ms of the ${period.period} are owed, ${left} ms would be left`,
  )
}

/** May public information have the screen now by the calendar: powered, and a propaganda frame that has something to show. */
export const calendarCapable = (at: State, policy: Policy, wall: number): boolean => {
  const document = at.schedule?.document
  if (document === undefined) return false
  const minute = minuteAt(document, policy, wall)
  return (
    minute.powered &&
    !minute.curfew &&
    minute.frame !== null &&
    minute.frame.purpose === 'propaganda' &&
    hasCounting(at, minute.frame.playlist, wall)
  )
}
