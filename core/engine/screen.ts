import { duration, since } from '../base/units.ts'
import { isProtection } from '../claim/protection.ts'
import { findOrder, markShown } from '../emergency/book.ts'
import type { ScreenRecord } from '../evidence/record.ts'
import { atLeast, type Proof } from '../policy/policy.ts'
import type { DesiredDisplay } from '../screen/desired.ts'
import { brightnessMoved, brightnessNow, NOTE_BRIGHTNESS_MS } from './house.ts'
import { manualInput } from './manual.ts'
import { orderLine } from './orders.ts'
import { isOn } from './play.ts'
import type { DisplayState, Playing, State } from './state.ts'
import { orderReceipt, record, set, type Turn } from './turn.ts'

/** How old a reading may be to prove that the screen is lit. */
const FRESH_MS = duration(20_000)
export const wantsDark = (state: State): boolean => state.verdict?.winner.want.want === 'dark'

/** What the controller must be doing, from the verdict. A test pattern is for quiet times: no order is ever hidden behind one. */
export const desire = (state: State): DesiredDisplay => {
  const { site, technician, playing, display } = state
  const order = playing?.claim.order ? findOrder(state.orders, playing.claim.order)?.order : undefined
  // Nothing outranks a safety blank: no pattern is tried on a screen that somebody made dark on purpose.
  const isBlank = state.verdict?.winner.rank === 'safety-blank'
  const pattern = technician && !order && !isBlank ? technician.pattern : 'none'
  return {
    // No test of anybody's lights what heat or an empty battery keeps dark.
    blackout: wantsDark(state) && (pattern === 'none' || isProtection(state.verdict?.winner.id ?? '')),
    brightness: brightnessNow(state).percent,
    testPattern: pattern,
    freeze: false,
    input: manualInput(state) ?? site.input ?? display.inputAtStart,
  }
}

const BLIND = 'bộ điều khiển đã nhận lệnh bật hình; loại này không đọc lại được'
/** Blackout can be written and not read back: what the controller acknowledged is all that is known. */
const isBlind = ({ holds }: DisplayState): boolean => holds.blackout?.readable === false

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
  const { switching } = state
  if (wantsDark(state)) {
    const verified = switching?.phase === 'off' || display.observed?.blackout === true || !state.site.hasController
    const winner = state.verdict?.winner
    const why = winner?.want.want === 'dark' ? winner.want.why : ''
    return say(verified ? 'dark' : 'unknown', !isProtection(winner?.id ?? ''), why)
  }
  if (switching?.phase === 'off') return say('dark', false, 'nguồn màn hình đang tắt')
  if (switching?.phase === 'falling') return say('unknown', false, 'đang tắt nguồn màn hình')
  // The sequence has the last word: a sender that answers does not yet mean that all of the wall has power.
  if (switching?.phase === 'rising') return say('unknown', false, 'đang bật nguồn màn hình')
  if (!state.player.up) return say('unknown', false, 'trình phát không chạy')
  if (!state.site.hasController) return say('lit', true, 'cụm không có bộ điều khiển để hỏi lại')
  const seen = display.observed
  if (display.link !== 'up' || !seen)
    return say('unknown', false, `bộ điều khiển không trả lời: ${display.fault?.kind ?? 'chưa hỏi'}`)
  if (since(now.mono, seen.at.mono) > FRESH_MS) return say('unknown', false, 'số đọc từ bộ điều khiển đã cũ')
  if (seen.power === false) return say('dark', false, 'màn hình đang tắt nguồn')
  if (seen.blackout === true) return say('dark', false, 'bộ điều khiển đang tắt hình')
  if (seen.blackout === null) return say('unknown', false, 'bộ điều khiển không nói màn hình có tắt hay không')
  const { input } = desire(state)
  if (input !== null && seen.input !== null && seen.input !== input)
    return say('unknown', false, `màn hình đang lấy hình từ ${seen.input}, không phải ${input}`)
  if (manualInput(state) !== null) return say('unknown', true, `kỹ thuật viên chọn ngõ vào ${seen.input ?? ''}`)
  if (seen.testPattern !== null && seen.testPattern !== 'none')
    return say('unknown', true, `hình thử ${seen.testPattern}`)
  if (seen.freeze === true) return say('unknown', false, 'bộ điều khiển đang giữ hình')
  if (seen.signal === false) return say('dark', false, 'bộ điều khiển không có tín hiệu hình')
  if (seen.brightness === 0) return say('dark', false, 'độ sáng bằng 0')
  if (state.house.panelDark) return say('dark', false, 'cảm biến trước màn hình không thấy sáng')
  return say('lit', true, isBlind(display) ? BLIND : 'bộ điều khiển đọc lại: có hình')
}

/** Writes the screen record when its meaning changes, or brightness moved (the energy estimate goes by it), then reports orders that are now known to be shown. */
export const noteScreen = (turn: Turn): void => {
  const next = judgeScreen(turn.state)
  const last = turn.state.screen
  const { brightnessNotedAt, now } = turn.state
  const hasNews = next.lit !== last.lit || next.intended !== last.intended || next.why !== last.why
  const mayNote = brightnessNotedAt === null || since(now.mono, brightnessNotedAt) >= NOTE_BRIGHTNESS_MS
  if (hasNews || (mayNote && next.lit === 'lit' && brightnessMoved(last.brightness, next.brightness))) {
    set(turn, { screen: next, ...(hasNews ? {} : { brightnessNotedAt: now.mono }) })
    record(turn, next)
  }
  reportShown(turn)
  reportDark(turn)
}

/** An order counts as shown when the player has its picture on the output and the display is known to be lit. */
const reportShown = (turn: Turn): void => {
  const { playing, screen } = turn.state
  if (!playing?.claim.order || !atLeast(playing.proof, 'acknowledged') || screen.lit !== 'lit') return
  // An order that extends frames asks for programmes; the standing page is none.
  if (playing.claim.want.want === 'standing') return
  const entry = findOrder(turn.state.orders, playing.claim.order)
  if (!entry || entry.shown) return
  const { site, display } = turn.state
  // Read back is the display that is lit; what it shows is known by the player, unless the controller itself holds the content.
  const proven = site.hasController && !site.onboard && !isBlind(display)
  const proof: Proof = playing.proof === 'seen' ? 'seen' : proven ? 'read-back' : playing.proof
  set(turn, { orders: markShown(turn.state.orders, entry.order.id) })
  record(turn, { ...orderLine(entry.order, entry.key), stage: 'shown', reason: null, detail: proof })
  orderReceipt(turn, entry, { stage: 'shown', proof, reason: null, detail: screen.why })
}

/** A safety blank has no picture: it counts as shown when the display is known to be dark. */
const reportDark = (turn: Turn): void => {
  const { verdict, screen, site, orders } = turn.state
  const winner = verdict?.winner
  if (winner?.rank !== 'safety-blank' || winner.order === null || screen.lit !== 'dark') return
  const entry = findOrder(orders, winner.order)
  if (!entry || entry.shown) return
  const proof: Proof = site.hasController ? 'read-back' : 'commanded'
  set(turn, { orders: markShown(orders, entry.order.id) })
  record(turn, { ...orderLine(entry.order, entry.key), stage: 'shown', reason: null, detail: proof })
  orderReceipt(turn, entry, { stage: 'shown', proof, reason: null, detail: screen.why })
}

/** A better (or contradicting) proof of the play that is on. Weaker proofs than the one held say nothing new. */
export const noteProof = (
  turn: Turn,
  given: { readonly play: string; readonly proof: Proof; readonly how: string },
): void => {
  const { playing } = turn.state
  if (!isOn(playing, given.play) || playing.proof === given.proof) return
  // What was contradicted is only believed again when it is seen: the picture came back.
  const weaker = playing.proof === 'contradicted' ? given.proof !== 'seen' : !atLeast(given.proof, playing.proof)
  if (given.proof !== 'contradicted' && weaker) return
  set(turn, { playing: { ...playing, proof: given.proof } satisfies Playing })
  record(turn, { kind: 'proof', play: playing.play, proof: given.proof, how: given.how })
}
