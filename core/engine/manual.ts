import { after, duration, mono, type Percent } from '../base/units.ts'
import type { Claim } from '../claim/claim.ts'
import { isProtection } from '../claim/protection.ts'
import { MANUAL_LEAST_MS, MANUAL_MOST_MS, type ManualWish, manualKey, manualText } from '../screen/manual.ts'
import type { ManualOn, RelayState, State } from './state.ts'
import { record, set, type Turn } from './turn.ts'

/**
 * Manual control at the site: every wish has a person and a time limit, is written down when it begins and when it is given back, and is
 * kept nowhere: a restart gives everything back. It asks for less than any order, and an emergency ends all of it.
 */

/** Below every order of its rank (an exercise weighs −2), above the schedule. */
const WEIGHT = -1_000
/** A relay that could not be switched is tried again after this. */
const RELAY_AGAIN_MS = duration(5_000)

const access = (turn: Turn, person: string, detail: string): void =>
  record(turn, { kind: 'access', person, what: 'manual', detail })

const wordsOf = (wish: ManualWish): string => `${manualKey(wish)} = ${manualText(wish)}`

/**
 * Whose screen it is when nothing may be tried on it; null: it may. What protects the hardware is nobody's order; an emergency that waits
 * behind it is one, so that its light is not kept waiting for power that somebody took away.
 */
export const takenBy = ({ verdict }: State): string | null => {
  if (verdict === null) return null
  const holder = [verdict.winner, ...verdict.displaced].find(
    ({ id, rank }) => !isProtection(id) && (rank === 'emergency' || rank === 'safety-blank'),
  )
  return holder?.id ?? null
}

/** Why a wish cannot be had here; null: it can. */
const unfit = (state: State, wish: ManualWish): string | null => {
  const { site } = state
  const taken = takenBy(state)
  if (taken !== null) return `đang có ${taken} · ${taken} is on`
  switch (wish.what) {
    case 'chart':
      return site.onboard ? 'bộ điều khiển tự giữ nội dung · the controller holds its content itself' : null
    case 'brightness':
      return site.hasController ? null : 'không có bộ điều khiển · no controller'
    case 'input':
      // Without it a restart would take the input it finds for the right one, and nobody would give it back.
      return site.input !== null
        ? null
        : 'cấu hình không khai /controller/input · the configuration does not name its input'
    case 'power-off':
      return site.powerOffAfter !== null ? null : 'không có trình tự nguồn · no power sequence'
    case 'relay':
      return site.relays?.some(({ name }) => name === wish.relay)
        ? null
        : `không có rơ-le ${wish.relay} · no such relay`
  }
}

export const manual = (
  turn: Turn,
  { person, wish, forMs }: { readonly person: string; readonly wish: ManualWish; readonly forMs: number },
): void => {
  const why = unfit(turn.state, wish)
  if (why !== null) return access(turn, person, `${wordsOf(wish)}: từ chối · refused: ${why}`)
  const { now } = turn.state
  const hold = duration(Math.min(MANUAL_MOST_MS, Math.max(MANUAL_LEAST_MS, forMs)))
  const on: ManualOn = { wish, person, since: now, until: after(now.mono, hold) }
  const others = turn.state.manual.filter((one) => manualKey(one.wish) !== manualKey(wish))
  set(turn, { manual: [...others, on] })
  if (wish.what === 'relay') wantRelay(turn, wish.relay, wish.on)
  access(turn, person, `${wordsOf(wish)}, ${Math.round(hold / 1000)} s`)
}

/** Given back by a person; `key` null: everything, the test pattern too. Nothing where nothing is on. */
export const endManual = (
  turn: Turn,
  { person, key }: { readonly person: string; readonly key: string | null },
): void => {
  const detail = `${person} trả lại · gave back`
  for (const on of turn.state.manual) if (key === null || manualKey(on.wish) === key) giveBack(turn, on, detail)
  if (key === null || key === 'pattern') givePatternBack(turn, detail)
}

const givePatternBack = (turn: Turn, detail: string): void => {
  const { technician } = turn.state
  if (technician === null) return
  set(turn, { technician: null })
  record(turn, { kind: 'access', person: technician.person, what: 'test-pattern', detail })
}

const giveBack = (turn: Turn, on: ManualOn, detail: string): void => {
  set(turn, { manual: turn.state.manual.filter((one) => one !== on) })
  if (on.wish.what === 'relay') wantRelay(turn, on.wish.relay, restOf(turn.state, on.wish.relay))
  access(turn, on.person, `${wordsOf(on.wish)}: ${detail}`)
}

const restOf = ({ site }: State, relay: string): boolean =>
  site.relays?.find(({ name }) => name === relay)?.rest ?? false

/** The chart on the panel could not be drawn: it is given back and says why. */
export const chartFailed = (turn: Turn, detail: string): void => {
  const on = turn.state.manual.find(({ wish }) => wish.what === 'chart')
  if (on !== undefined) giveBack(turn, on, detail)
}

/** What time does to it, and relays that did not follow. */
export const keepManual = (turn: Turn): void => {
  if (turn.state.manual.length > 0)
    for (const on of turn.state.manual)
      if (turn.state.now.mono >= on.until) giveBack(turn, on, 'hết giờ, tự trả lại · time over, given back by itself')
  for (const relay of Object.values(turn.state.relays))
    if (isDue(relay, turn.state)) {
      set(turn, { relays: { ...turn.state.relays, [relay.name]: { ...relay, retryAt: null } } })
      turn.relays.push({ relay: relay.name, on: relay.want })
    }
}
const isDue = ({ retryAt }: RelayState, { now }: State): boolean => retryAt !== null && now.mono >= retryAt

/** Once the verdict is known: an emergency, or a screen that somebody made dark, ends all of it in the same step, the test pattern too. */
export const yieldManual = (turn: Turn): void => {
  if (turn.state.manual.length === 0 && turn.state.technician === null) return
  const taken = takenBy(turn.state)
  if (taken === null) return
  const detail = `nhường ${taken} · gives way to ${taken}`
  for (const on of turn.state.manual) giveBack(turn, on, detail)
  givePatternBack(turn, detail)
}

/** After a start every relay is set to its rest: nobody knows what the process before left. On a stop, too. */
export const restRelays = (turn: Turn): void => {
  for (const { name, rest } of turn.state.site.relays ?? []) wantRelay(turn, name, rest)
}

const wantRelay = (turn: Turn, name: string, want: boolean): void => {
  const was = turn.state.relays[name]
  const next: RelayState = { name, want, is: was?.is ?? null, fault: was?.fault ?? null, retryAt: null }
  set(turn, { relays: { ...turn.state.relays, [name]: next } })
  turn.relays.push({ relay: name, on: want })
}

/** A relay was switched, or was not. What came back for an older wish only says that the newest is still to come. */
export const relayHeard = (
  turn: Turn,
  event: { readonly relay: string; readonly on: boolean; readonly fault: string | null },
): void => {
  const was = turn.state.relays[event.relay]
  if (was === undefined) return
  const { now } = turn.state
  const fresh = event.on === was.want
  const failed = event.fault !== null
  const next: RelayState = {
    ...was,
    is: failed ? null : event.on,
    fault: event.fault,
    retryAt: failed && fresh ? after(now.mono, RELAY_AGAIN_MS) : fresh ? null : was.retryAt,
  }
  set(turn, { relays: { ...turn.state.relays, [event.relay]: next } })
  // The same failure again is no news.
  if (failed && was.fault === null)
    record(turn, {
      kind: 'incident',
      type: 'TECHNICAL',
      what: 'relay',
      detail: `${event.relay}: ${event.fault}`,
      fault: null,
    })
}

const wishOf = <W extends ManualWish['what']>(state: State, what: W): Extract<ManualWish, { what: W }> | null => {
  for (const { wish } of state.manual) if (isOf(wish, what)) return wish
  return null
}
const isOf = <W extends ManualWish['what']>(wish: ManualWish, what: W): wish is Extract<ManualWish, { what: W }> =>
  wish.what === what

/** Not while an order has the screen: what the order says of brightness, or leaves as it is, rules. */
export const manualBrightness = (state: State): Percent | null =>
  state.manual.length === 0 || state.playing?.claim.order != null
    ? null
    : (wishOf(state, 'brightness')?.percent ?? null)

export const manualInput = (state: State): string | null =>
  state.manual.length === 0 || state.playing?.claim.order != null ? null : (wishOf(state, 'input')?.input ?? null)

/** The contactors are to let go although the calendar wants light. */
export const isPoweredDown = (state: State): boolean => state.manual.length > 0 && wishOf(state, 'power-off') !== null

/** A chart stands above the schedule and quiet hours (a dead pixel is looked for in the dark) and below every order. */
export const isCharting = ({ manual: on }: State): boolean =>
  on.length > 0 && on.some(({ wish }) => wish.what === 'chart')

export const manualClaims = (state: State): readonly Claim[] => {
  if (state.manual.length === 0) return NONE
  return state.manual.flatMap(({ wish, since, person }): Claim[] => {
    const base = {
      rank: 'priority',
      weight: WEIGHT,
      at: since.wall,
      solemn: true,
      order: null,
      document: null,
    } as const
    if (wish.what === 'power-off')
      return [{ ...base, id: 'manual:power-off', want: { want: 'dark', why: `${person} thử tắt nguồn màn hình` } }]
    if (wish.what !== 'chart') return []
    const { name, modules, module } = wish.chart
    const id = `manual:chart:${name}:${modules.columns}x${modules.rows}:${module ?? 'all'}`
    return [{ ...base, id, want: { want: 'chart', chart: wish.chart, person } }]
  })
}
const NONE: readonly Claim[] = []

/** When any of this changes by itself next; see `nextChange`. Infinity: not without news. */
export const manualChange = (state: State): number => {
  let first = Number.POSITIVE_INFINITY
  for (const { until } of state.manual) if (until < first) first = until
  for (const name in state.relays) {
    const retryAt = state.relays[name]?.retryAt ?? null
    if (retryAt !== null && retryAt < first) first = mono(retryAt)
  }
  return first
}
