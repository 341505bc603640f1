import { after, duration, type Mono, percent, since } from '../base/units.ts'
import { findOrder, markShown } from '../emergency/book.ts'
import type { ScreenRecord } from '../evidence/record.ts'
import { atLeast, type Proof } from '../policy/policy.ts'
import { DEFAULT_BRIGHTNESS } from '../power/calendar.ts'
import { type DesiredDisplay, nextSetting, sameBrightness } from '../screen/desired.ts'
import type { DisplayObservation, DisplaySetting, LinkFault } from '../screen/display.ts'
import { powerNow } from './claims.ts'
import { isOn } from './play.ts'
import { noteSensors } from './sensors.ts'
import type { DisplayState, Playing, State } from './state.ts'
import { orderReceipt, record, set, type Turn } from './turn.ts'

/** How often the controller is read when nothing else is asked of it, and how old a reading may be to prove that the screen is lit. */
const OBSERVE_MS = duration(5_000)
const FRESH_MS = duration(20_000)
/** Pause after a controller that answers would not do it, doubled up to the most: a setting that flaps is not hammered. */
const RETRY_MS = 500
const RETRY_MOST_MS = 10_000
/** Pause after silence. The driver paces a silent line itself, so asking again soon costs nothing and finds it soon. */
const SILENT_MS = duration(500)

export const wantsDark = (state: State): boolean => state.verdict?.winner.want.want === 'dark'

/** A setting that differs again so often within this time flaps: something else is setting it too, or the device is dying. */
export const FLAPS = 5
const FLAP_WINDOW_MS = duration(600_000)
/** Contradictions remembered; more say no more. */
const MOST_CONTRADICTIONS = 50
/** Pause between corrections of a setting that flaps. */
const CALM_MS = duration(60_000)

export const recentContradictions = (display: DisplayState, now: Mono): number =>
  display.contradictedAt.filter((at) => since(now, at) < FLAP_WINDOW_MS).length

/** What the controller must be doing, from the verdict. A test pattern is for quiet times: no order is ever hidden behind one. */
export const desire = (state: State): DesiredDisplay => {
  const { site, technician, playing } = state
  const order = playing?.claim.order ? findOrder(state.orders, playing.claim.order)?.order : undefined
  const wish = order?.brightness ?? powerNow(state).brightness ?? DEFAULT_BRIGHTNESS
  const pattern = technician && !order ? technician.pattern : 'none'
  return {
    blackout: wantsDark(state) && pattern === 'none',
    brightness: percent(Math.round(Math.min(wish, site.brightnessLimit))),
    testPattern: pattern,
    freeze: false,
  }
}

/** Is the picture known to reach people's eyes? Written down whenever the answer changes. */
export const judgeScreen = (state: State): ScreenRecord => {
  const { display, now } = state
  const say = (lit: ScreenRecord['lit'], intended: boolean, why: string): ScreenRecord => ({
    kind: 'screen',
    lit,
    intended,
    why,
    brightness: display.observed?.brightness ?? null,
  })
  if (wantsDark(state)) {
    const verified = display.observed?.blackout === true || !state.site.hasController
    const why = state.verdict?.winner.want.want === 'dark' ? state.verdict.winner.want.why : ''
    return say(verified ? 'dark' : 'unknown', true, why)
  }
  if (!state.player.up) return say('unknown', false, 'trình phát không chạy')
  if (!state.site.hasController) return say('lit', true, 'cụm không có bộ điều khiển để hỏi lại')
  const seen = display.observed
  if (display.link !== 'up' || !seen)
    return say('unknown', false, `bộ điều khiển không trả lời: ${display.fault?.kind ?? 'chưa hỏi'}`)
  if (since(now.mono, seen.at.mono) > FRESH_MS) return say('unknown', false, 'số đọc từ bộ điều khiển đã cũ')
  if (seen.blackout === true) return say('dark', false, 'bộ điều khiển đang tắt hình')
  if (seen.testPattern !== null && seen.testPattern !== 'none')
    return say('unknown', true, `hình thử ${seen.testPattern}`)
  if (seen.freeze === true) return say('unknown', false, 'bộ điều khiển đang giữ hình')
  if (seen.signal === false) return say('dark', false, 'bộ điều khiển không có tín hiệu hình')
  if (seen.brightness === 0) return say('dark', false, 'độ sáng bằng 0')
  return say('lit', true, 'bộ điều khiển đọc lại: có hình')
}

/** Writes the screen record when its meaning changes, then reports orders that are now known to be shown. */
export const noteScreen = (turn: Turn): void => {
  const next = judgeScreen(turn.state)
  const last = turn.state.screen
  if (next.lit !== last.lit || next.intended !== last.intended || next.why !== last.why) {
    set(turn, { screen: next })
    record(turn, next)
  }
  reportShown(turn)
}

/** An order counts as shown when the player has its picture on the output and the display is known to be lit. */
const reportShown = (turn: Turn): void => {
  const { playing, screen } = turn.state
  if (!playing?.claim.order || !atLeast(playing.proof, 'acknowledged') || screen.lit !== 'lit') return
  const entry = findOrder(turn.state.orders, playing.claim.order)
  if (!entry || entry.shown) return
  const proof: Proof = playing.proof === 'seen' ? 'seen' : turn.state.site.hasController ? 'read-back' : playing.proof
  set(turn, { orders: markShown(turn.state.orders, entry.order.id) })
  const { order } = entry
  record(turn, {
    kind: 'order',
    order: order.id,
    class: order.class,
    stage: 'shown',
    reason: null,
    document: order.authority.document,
    issuer: order.issuer,
    key: entry.key,
    detail: proof,
  })
  orderReceipt(turn, entry, { stage: 'shown', proof, reason: null, detail: screen.why })
}

/** A better (or contradicting) proof of the play that is on. Weaker proofs than the one held say nothing new. */
export const noteProof = (
  turn: Turn,
  given: { readonly play: string; readonly proof: Proof; readonly how: string },
): void => {
  const { playing } = turn.state
  if (!isOn(playing, given.play) || playing.proof === 'contradicted') return
  if (given.proof !== 'contradicted' && (playing.proof === given.proof || !atLeast(given.proof, playing.proof))) return
  set(turn, { playing: { ...playing, proof: given.proof } satisfies Playing })
  record(turn, { kind: 'proof', play: playing.play, proof: given.proof, how: given.how })
}

/** Asks for the next write or reading. A write does not wait for a reading: the driver lets it go first. */
export const steerDisplay = (turn: Turn): void => {
  const { site, display, now } = turn.state
  if (!site.hasController || display.inFlight) return
  if (now.mono >= display.retryAt && display.link !== 'quarantined') {
    const setting = nextSetting(desire(turn.state), display)
    // An order never waits for calm; anything else lets go for a while of a setting that somebody keeps changing.
    if (setting && (now.mono >= display.calmUntil || turn.state.playing?.claim.order)) {
      const writtenMeanwhile = display.observing ? [...display.writtenMeanwhile, setting.set] : []
      set(turn, { display: { ...display, inFlight: setting, writtenMeanwhile } })
      turn.setting = setting
      return
    }
  }
  if (display.observing || now.mono < display.observeAt) return
  set(turn, { display: { ...display, observing: true, writtenMeanwhile: [] } })
  turn.observe = 'poll'
}

/** Faults of a controller that is there and says no; all others mean that nobody answers. */
const ANSWERED: readonly LinkFault['kind'][] = ['refused', 'mismatch', 'unreachable', 'unsupported']

const failed = (display: DisplayState, fault: LinkFault, now: Mono): DisplayState => {
  const failures = display.failures + 1
  const answered = ANSWERED.includes(fault.kind)
  const pause = answered ? duration(Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** Math.min(failures, 6))) : SILENT_MS
  const link = answered ? 'up' : fault.kind === 'quarantined' ? 'quarantined' : 'down'
  return { ...display, link, fault, failures, retryAt: after(now, pause), observeAt: after(now, pause) }
}

const withSetting = (
  seen: DisplayObservation | null,
  setting: DisplaySetting,
  at: State['now'],
): DisplayObservation => {
  const base: DisplayObservation = seen ?? {
    at,
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
  return { ...base, [setting.set]: setting.value }
}

export const applied = (
  turn: Turn,
  event: { readonly setting: DisplaySetting; readonly result: { ok: true } | { ok: false; error: LinkFault } },
): void => {
  const { display, now } = turn.state
  const free: DisplayState = { ...display, inFlight: null }
  if (event.result.ok) {
    set(turn, {
      display: {
        ...free,
        link: 'up',
        fault: null,
        failures: 0,
        observed: withSetting(display.observed, event.setting, now),
      },
    })
    record(turn, {
      kind: 'power',
      want: desire(turn.state).blackout ? 'off' : 'on',
      why: `${event.setting.set} = ${String(event.setting.value)}`,
    })
    return
  }
  const { error } = event.result
  set(turn, { display: failed(free, error, now.mono) })
  noteFault(turn, display, error, `${event.setting.set} = ${String(event.setting.value)}`)
}

export const observed = (
  turn: Turn,
  result: { ok: true; value: Omit<DisplayObservation, 'at'> } | { ok: false; error: LinkFault },
): void => {
  const { display, now } = turn.state
  const free: DisplayState = {
    ...display,
    observing: false,
    writtenMeanwhile: [],
    observeAt: after(now.mono, OBSERVE_MS),
  }
  if (!result.ok) {
    set(turn, { display: failed(free, result.error, now.mono) })
    noteFault(turn, display, result.error, 'observe')
    return
  }
  const newer = Object.fromEntries(display.writtenMeanwhile.map((key) => [key, display.observed?.[key] ?? null]))
  const seen: DisplayObservation = { at: now, ...result.value, ...newer }
  const differs = display.observed !== null && changedBySomeoneElse(display.observed, seen)
  const contradictedAt = differs
    ? [...display.contradictedAt, now.mono].slice(-MOST_CONTRADICTIONS)
    : display.contradictedAt
  const flaps = differs && recentContradictions({ ...display, contradictedAt }, now.mono) >= FLAPS
  set(turn, {
    display: {
      ...free,
      link: 'up',
      fault: null,
      failures: 0,
      observed: seen,
      contradictedAt,
      calmUntil: flaps ? after(now.mono, CALM_MS) : display.calmUntil,
    },
  })
  if (differs)
    record(turn, {
      kind: 'incident',
      type: 'TECHNICAL',
      what: flaps ? 'display-flapping' : 'display-contradicts',
      detail: display.link === 'up' ? differs : `sau khi mất liên lạc · after an outage: ${differs}`,
      fault: null,
    })
  if (display.link !== 'up')
    record(turn, { kind: 'sensor', what: 'cards', where: 'display', value: seen.cards, state: 'normal' })
  noteSensors(turn, 'display', { before: display.observed?.sensors ?? [], after: seen.sensors })
}

/** The controller forgot (restart, brown-out) or was changed at the site: it differs from what it told us before. */
const changedBySomeoneElse = (before: DisplayObservation, seen: DisplayObservation): string | false => {
  const keys = ['power', 'blackout', 'testPattern', 'freeze', 'input'] as const
  const off: (keyof DisplayObservation)[] = keys.filter(
    (k) => before[k] !== null && seen[k] !== null && before[k] !== seen[k],
  )
  if (before.brightness !== null && seen.brightness !== null && !sameBrightness(before.brightness, seen.brightness))
    off.push('brightness')
  return off.length > 0 && off.map((k) => `${k}: ${String(before[k])} → ${String(seen[k])}`).join(', ')
}

/** One incident per outage, not one per retry. */
const noteFault = (turn: Turn, before: DisplayState, fault: LinkFault, doing: string): void => {
  if (before.fault?.kind === fault.kind) return
  record(turn, {
    kind: 'incident',
    type: 'TECHNICAL',
    what: 'display',
    detail: `${doing}: ${fault.kind}: ${fault.detail}`,
    fault: fault.kind,
  })
}
