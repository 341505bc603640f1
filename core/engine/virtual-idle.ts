import { after, type Reading } from '../base/units.ts'
import { active } from '../emergency/book.ts'
import type { Proof } from '../policy/policy.ts'
import { frameAt, nextFrameStart } from '../schedule/frames.ts'
import type { DisplayObservation } from '../screen/display.ts'
import { airtimeChange } from './airtime.ts'
import { nextWrite, OBSERVE_MS } from './display.ts'
import { eventsInVain, isExtending } from './extend.ts'
import { houseChange } from './house.ts'
import { powerNow } from './lit.ts'
import { localChange } from './local.ts'
import { manualChange } from './manual.ts'
import { judge } from './play.ts'
import { noteProof } from './screen.ts'
import { turnOver } from './sharing.ts'
import type { State } from './state.ts'
import { closeTurn, openTurn } from './turn.ts'

/**
 * When the engine has nothing to do. A tick before `nextChange` would change no more than the state's own reading of the clocks (and the
 * faults, which are derived from it), so a simulation may leave it out. Too early costs a step; too late would be wrong, so whatever is
 * not known to wait says "now". `virtual.test.ts` holds the two ways of running against each other, record by record.
 *
 * Milliseconds on the monotonic clock, not before `state.now`. Readings of the display are not in it: see `seenAgain`.
 */
export const nextChange = (state: State): number => {
  const { now, technician, playing } = state
  // Contactors and their pauses are another machine's time: nothing is left out beside it.
  if (state.switching !== null) return now.mono
  let first: number = state.heartbeatAt
  const at = (mono: number | null | undefined): void => {
    if (mono != null && mono < first) first = mono
  }
  at(technician?.until)
  at(playing?.endsAt)
  at(turnOver(state))
  for (const key in state.broken) {
    const until = state.broken[key]
    if (until !== undefined && until > now.mono) at(until)
  }
  for (const { state: stage, deadline, order } of state.orders.entries) {
    if (stage !== 'ended') at(deadline)
    // How far clocks may differ is the book's business: it is asked often well before the start.
    if (stage === 'pending') at(now.mono + order.startsAt - now.wall - BEFORE_START_MS)
  }
  if (now.quality !== 'unset') at(now.mono + powerNow(state).until - now.wall)
  at(localChange(state))
  at(manualChange(state))
  at(houseChange(state))
  at(airtimeChange(state))
  at(displayChange(state))
  if (first > now.mono) at(planChange(state))
  return Math.max(first, now.mono)
}
const BEFORE_START_MS = 3_600_000

const displayChange = (state: State): number => {
  const { site, display, now } = state
  if (!site.hasController) return Number.POSITIVE_INFINITY
  if (display.observed === null) return now.mono
  if (display.inFlight) return Number.POSITIVE_INFINITY
  return nextWrite(state)?.at ?? Number.POSITIVE_INFINITY
}

/** While an item is on, nothing is planned; where nothing may play, the next frame is waited for. */
const planChange = (state: State): number => {
  const { now, playing, schedule, policy } = state
  const never = Number.POSITIVE_INFINITY
  // Whatever else is on, what such an order has is asked again at each step.
  if (eventsInVain(state).length > 0) return now.mono
  const mourning = active(state.orders).some((e) => e.order.class === 'mourning')
  if (playing?.claim.want.want === 'item' && !mourning) return never
  const { planned, verdict } = judge(state)
  if (planned === null || schedule === null) return never
  // The order's frame is open all day, whatever the schedule's frames are.
  if (isExtending(verdict.winner)) return now.mono
  const { frames, fallbackPlaylist } = schedule.document
  const here = now.quality === 'unset' || frameAt(frames, policy.zone, now.wall) !== null
  if (planned.choice !== null || fallbackPlaylist !== null || here) return now.mono
  const next = nextFrameStart(frames, policy.zone, now.wall)
  return next === null ? never : now.mono + next - now.wall
}

/** A reading of the display older than this may soon prove nothing, so from then on every tick counts. */
const OLD_MS = 10_000
export const readingAges = ({ display }: State): number =>
  display.observed === null ? 0 : display.observed.at.mono + OLD_MS

/**
 * The state after the display was read at `at` and found as it was left: what `display-observed` does then, without a step. Null where a
 * step is needed because the reading is news, or something is to be written.
 */
export const seenAgain = (state: State, seen: Readonly<Record<string, unknown>> | null, at: Reading): State | null => {
  const { display } = state
  const { observed } = display
  if (state.switching !== null) return null
  // A second reading may bear out the heat of the first.
  if (state.house.heatOnce !== null) return null
  const quiet = display.link === 'up' && display.inFlight === null && display.fault === null
  if (!quiet || observed === null || seen === null || display.writtenMeanwhile.length > 0) return null
  // After a while without one, any reading is news: it may prove again that the screen is lit.
  if (at.mono - observed.at.mono > OLD_MS) return null
  for (const key in observed)
    if (key !== 'at' && key !== 'sensors' && observed[key as keyof DisplayObservation] !== seen[key]) return null
  if (observed.sensors.length > 0 || nextWrite(state) !== null) return null
  const observeAt = after(at.mono, OBSERVE_MS)
  return { ...state, display: { ...display, observing: false, observeAt, observed: { ...observed, at } } }
}

/**
 * What a step does when the player has the picture of an item on its output and nothing else is due: the proof, and its record. Null
 * where a whole step is needed.
 */
export const provenOnly = (
  state: State,
  shown: { readonly play: string; readonly proof: Proof; readonly how: string },
  at: Reading,
): ReturnType<typeof closeTurn> | null => {
  const { playing, display, site } = state
  if (playing?.claim.want.want !== 'item' || state.switching !== null) return null
  // The first item that is proven under an order also proves that the order is shown.
  if (playing.claim.order !== null) return null
  // Lost time changes what a floor can still be.
  if (shown.proof === 'contradicted') return null
  if (site.hasController && at.mono > readingAges(state)) return null
  if (site.hasController && !display.observing && at.mono >= display.observeAt) return null
  const turn = openTurn({ ...state, now: at })
  noteProof(turn, shown)
  return closeTurn(turn, false)
}
