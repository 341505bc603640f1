import { after, duration, type Mono, mono, since } from '../base/units.ts'
import { differing, sameValue } from '../screen/desired.ts'
import type { DisplayCapability, DisplayObservation, DisplaySetting, LinkFault } from '../screen/display.ts'
import { mayRead, mayWrite, silenceExpected } from './power.ts'
import { desire } from './screen.ts'
import { carried, noteSensors } from './sensors.ts'
import type { DisplayState, Hold, State } from './state.ts'
import { record, set, type Turn } from './turn.ts'

/** How often the controller is read when nothing else is asked of it. */
export const OBSERVE_MS = duration(5_000)
/** Pause after a setting that a controller which answers would not take, doubled up to the most; while an order has the screen it is not doubled. */
const RETRY_MS = 500
const RETRY_MOST_MS = 10_000
/** Pause after silence. The driver paces a silent line itself, so asking again soon costs nothing and finds it soon. */
const SILENT_MS = duration(500)

/** A setting that differs again so often within this time flaps: something else is setting it too, or the device is dying. */
export const FLAPS = 5
const FLAP_WINDOW_MS = duration(600_000)
/** Contradictions remembered; more say no more. */
const MOST_CONTRADICTIONS = 50
/** Pause between corrections of a setting that flaps. */
const CALM_MS = duration(60_000)
/** What decides whether anybody sees anything is corrected whenever it differs. */
const NEVER_CALM: readonly DisplayCapability[] = ['power', 'blackout']

/** How often each setting differed again lately; the greatest of them. */
export const recentContradictions = (display: DisplayState, now: Mono): number => {
  if (display.contradictions.length === 0) return 0
  const lately = display.contradictions.filter(({ at }) => since(now, at) < FLAP_WINDOW_MS).map(({ what }) => what)
  return Math.max(0, ...[...new Set(lately)].map((what) => lately.filter((one) => one === what).length))
}
const flaps = (display: DisplayState, what: DisplayCapability, now: Mono): boolean =>
  display.contradictions.filter((one) => one.what === what && since(now, one.at) < FLAP_WINDOW_MS).length >= FLAPS

const hasOrder = (state: State): boolean => state.playing?.claim.order != null

/** When this setting may be written: a new wish never waits, what failed or flaps does. */
const dueAt = (state: State, setting: DisplaySetting): number => {
  const { display, now } = state
  const hold = display.holds[setting.set]
  if (hold === undefined || !sameValue(hold.wish, setting.value)) return 0
  if (hold.unsupported) return Number.POSITIVE_INFINITY
  if (hold.failures > 0) {
    const doubled = Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** Math.min(hold.failures - 1, 6))
    return after(hold.at, duration(hasOrder(state) ? RETRY_MS : doubled))
  }
  if (hasOrder(state) || NEVER_CALM.includes(setting.set) || !flaps(display, setting.set, now.mono)) return 0
  return after(hold.at, CALM_MS)
}

/**
 * The next write and when it is due, or null when the controller is as it should be. A setting that has to wait holds up no other. Before
 * the first look nobody knows what is to be written; an order does not wait for it.
 */
export const nextWrite = (state: State): { readonly setting: DisplaySetting; readonly at: Mono } | null => {
  const { site, display, now } = state
  if (!site.hasController || display.link === 'quarantined') return null
  if (display.observed === null && !hasOrder(state)) return null
  let soonest: { readonly setting: DisplaySetting; readonly at: Mono } | null = null
  for (const setting of differing(desire(state), display.observed, display.holds)) {
    const at = Math.max(display.silentUntil, dueAt(state, setting))
    if (at <= now.mono) return { setting, at: now.mono }
    if (soonest === null || at < soonest.at) soonest = { setting, at: mono(at) }
  }
  return soonest
}

/**
 * Asks for the next write and the next reading. The driver lets a write go before a reading. Readings come at their time also while
 * something cannot be written: what the controller says decides what is to be written at all.
 */
export const steerDisplay = (turn: Turn): void => {
  const { site, now } = turn.state
  if (!site.hasController) return
  const write = mayWrite(turn.state) && turn.state.display.inFlight === null ? nextWrite(turn.state) : null
  if (write !== null && write.at <= now.mono) {
    const { display } = turn.state
    const { setting } = write
    const writtenMeanwhile = display.observing ? [...display.writtenMeanwhile, setting.set] : []
    set(turn, { display: { ...display, inFlight: setting, writtenMeanwhile } })
    turn.setting = setting
  }
  const { display } = turn.state
  if (!mayRead(turn.state) || display.observing || now.mono < display.observeAt) return
  // A reading waits for the write under way, but not for a row of them.
  if (display.inFlight !== null && since(now.mono, display.observeAt) < OBSERVE_MS) return
  set(turn, {
    display: { ...display, observing: true, writtenMeanwhile: display.inFlight === null ? [] : [display.inFlight.set] },
  })
  turn.observe = 'poll'
}

/** Faults of a controller that is there and says no; all others mean that nobody answers. */
const ANSWERED: readonly LinkFault['kind'][] = ['refused', 'mismatch', 'unreachable', 'unsupported']

/** Nobody answered: everything waits a moment. While that was to be expected, the link is not judged. */
const silent = (turn: Turn, fault: LinkFault, doing: string): void => {
  const { display, now } = turn.state
  const until = after(now.mono, SILENT_MS)
  if (silenceExpected(turn.state)) return set(turn, { display: { ...display, silentUntil: until, observeAt: until } })
  const link = fault.kind === 'quarantined' ? 'quarantined' : 'down'
  // Being left alone is no new cause: what made the device silent stays what a person is told.
  const cause = fault.kind === 'quarantined' && display.fault !== null ? display.fault : fault
  const news = display.link === 'up' || display.fault === null
  set(turn, { display: { ...display, link, fault: cause, silentUntil: until, observeAt: until } })
  if (news) incident(turn, 'display', `${doing}: ${fault.kind}: ${fault.detail}`, fault.kind)
}

const incident = (turn: Turn, what: string, detail: string, fault: LinkFault['kind'] | null): void =>
  record(turn, { kind: 'incident', type: 'TECHNICAL', what, detail, fault })

const NOTHING_SEEN: Omit<DisplayObservation, 'at'> = {
  model: null,
  firmware: null,
  power: null,
  brightness: null,
  blackout: null,
  testPattern: null,
  freeze: null,
  input: null,
  signal: null,
  temperature: null,
  voltage: null,
  cards: null,
  sensors: [],
}

const withHold = (display: DisplayState, setting: DisplaySetting, hold: Omit<Hold, 'wish'>): DisplayState => ({
  ...display,
  holds: { ...display.holds, [setting.set]: { ...hold, wish: setting.value } },
})

/** A write came back. */
export const applied = (
  turn: Turn,
  event: {
    readonly setting: DisplaySetting
    readonly result:
      | { readonly ok: true; readonly value: { readonly readBack: boolean; readonly held: DisplaySetting['value'] } }
      | { readonly ok: false; readonly error: LinkFault }
  },
): void => {
  const { now } = turn.state
  const { setting, result } = event
  const display: DisplayState = { ...turn.state.display, inFlight: null }
  const before = display.holds[setting.set]
  if (result.ok) {
    const { readBack, held } = result.value
    const seen = { ...(display.observed ?? { at: now, ...NOTHING_SEEN }), [setting.set]: held }
    const hold = { held, at: now.mono, failures: 0, readable: readBack, unsupported: false }
    set(turn, { display: { ...withHold(display, setting, hold), link: 'up', fault: null, observed: seen } })
    return record(turn, {
      kind: 'power',
      want: desire(turn.state).blackout ? 'off' : 'on',
      why: `${setting.set} = ${String(held)}`,
    })
  }
  const { error } = result
  const doing = `${setting.set} = ${String(setting.value)}`
  if (!ANSWERED.includes(error.kind)) {
    // It may have been done all the same: nothing is believed of it any more.
    set(turn, { display: { ...display, observed: forget(display.observed, setting.set) } })
    return silent(turn, error, doing)
  }
  const failures = before !== undefined && sameValue(before.wish, setting.value) ? before.failures + 1 : 1
  const hold = {
    held: null,
    at: now.mono,
    failures,
    readable: before?.readable ?? true,
    unsupported: error.kind === 'unsupported',
  }
  // Looked at once: a monitor in standby refuses everything, and only a look tells that it is in standby.
  const observeAt = mono(Math.min(display.observeAt, now.mono))
  const link = silenceExpected(turn.state) ? display.link : 'up'
  set(turn, {
    display: {
      ...withHold(display, setting, hold),
      link,
      fault: error,
      observeAt,
      observed: forget(display.observed, setting.set),
    },
  })
  if (failures === 1 && !silenceExpected(turn.state))
    incident(turn, 'display', `${doing}: ${error.kind}: ${error.detail}`, error.kind)
}

const forget = (seen: DisplayObservation | null, what: DisplayCapability): DisplayObservation | null =>
  seen && { ...seen, [what]: null }

/** A look came back. */
export const observed = (
  turn: Turn,
  result:
    | { readonly ok: true; readonly value: Omit<DisplayObservation, 'at'> }
    | { readonly ok: false; readonly error: LinkFault },
): void => {
  const { now, display: was } = turn.state
  const free: DisplayState = { ...was, observing: false, writtenMeanwhile: [], observeAt: after(now.mono, OBSERVE_MS) }
  set(turn, { display: free })
  if (!mayRead(turn.state)) return
  if (!result.ok) return silent(turn, result.error, 'observe')
  const seen: DisplayObservation = { at: now, ...result.value, ...believed(was, result.value) }
  const before = was.observed
  const changed = before === null || silenceExpected(turn.state) ? [] : changedBySomeoneElse(before, seen)
  const contradictions = [...was.contradictions, ...changed.map((what) => ({ at: now.mono, what }))].slice(
    -MOST_CONTRADICTIONS,
  )
  const sensors = carried(before?.sensors ?? [], seen.sensors)
  const inputAtStart = was.inputAtStart ?? seen.input
  const next: DisplayState = {
    ...free,
    link: 'up',
    fault: null,
    observed: { ...seen, sensors },
    contradictions,
    inputAtStart,
  }
  set(turn, { display: next })
  if (changed.length > 0 && before !== null) noteContradiction(turn, { was, before, seen, changed })
  if (was.link !== 'up')
    record(turn, { kind: 'sensor', what: 'cards', where: 'display', value: seen.cards, state: 'normal' })
  noteSensors(turn, 'display', { before: before?.sensors ?? [], after: sensors })
}

/** What the reading may be too old for, and what this controller can only be told and not asked. */
const believed = (was: DisplayState, seen: Omit<DisplayObservation, 'at'>): Partial<DisplayObservation> => {
  const mute = (Object.keys(was.holds) as DisplayCapability[]).filter(
    (what) => was.holds[what]?.readable === false && seen[what] === null,
  )
  return Object.fromEntries([...was.writtenMeanwhile, ...mute].map((what) => [what, was.observed?.[what] ?? null]))
}

const WATCHED = ['power', 'blackout', 'testPattern', 'freeze', 'input', 'brightness'] as const

/** The controller forgot (restart, brown-out) or was changed at the site: it differs from what it told us before. */
const changedBySomeoneElse = (before: DisplayObservation, seen: DisplayObservation): readonly DisplayCapability[] =>
  WATCHED.filter((what) => {
    const [had, has] = [before[what], seen[what]]
    return had !== null && has !== null && !sameValue(had, has)
  })

type Contradiction = {
  readonly was: DisplayState
  readonly before: DisplayObservation
  readonly seen: DisplayObservation
  readonly changed: readonly DisplayCapability[]
}

/** Each time until it flaps; from then on it is said again when it still does after a while, not every five seconds. */
const noteContradiction = (turn: Turn, { was, before, seen, changed }: Contradiction): void => {
  const { display, now } = turn.state
  const flapping = changed.some((what) => flaps(display, what, now.mono))
  if (flapping && display.flapNotedAt !== null && since(now.mono, display.flapNotedAt) < FLAP_WINDOW_MS) return
  if (flapping) set(turn, { display: { ...display, flapNotedAt: now.mono } })
  const differs = changed.map((what) => `${what}: ${String(before[what])} → ${String(seen[what])}`).join(', ')
  incident(
    turn,
    flapping ? 'display-flapping' : 'display-contradicts',
    was.link === 'up' ? differs : `sau khi mất liên lạc · after an outage: ${differs}`,
    null,
  )
}
