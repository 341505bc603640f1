import { type Duration, duration, mono, type Reading, since } from '../base/units.ts'
import type { EndReason } from '../emergency/book.ts'
import { BLANK_REASON_NAMES, type BlankReason, LONGEST_LOCAL_MS, type Preset, TECHNICIAN } from '../emergency/preset.ts'
import { said } from './contacts.ts'
import { begin, end, enter, faceOf, setOn } from './local-book.ts'
import type { LocalOn, Said, Watch } from './local-state.ts'
import { orderLine } from './orders.ts'
import type { State } from './state.ts'
import { record, set, type Turn } from './turn.ts'

/**
 * Orders that come from the site itself: a key switch, the contact of a fire panel, a technician's blank. No signature, network, schedule,
 * registry or clock is needed. Once in the book they are claimed, shown, proven and recorded like any other order; only no receipt goes to
 * the hub, which learns of them from the evidence.
 */

/** It stays at least so long, so that a contact that flaps neither flashes the screen nor fills the log, ms. */
export const LEAST_HOLD_MS = duration(10_000)
/** The same for one that comes on again so soon after it ended. */
export const AGAIN_HOLD_MS = duration(60_000)
/** The contact must have let go for so long without a break, ms. */
export const RELEASE_MS = duration(2_000)
/** A switch on its way, or a device that is asked for the first time, is no fault before so long, ms. */
const DOUBTFUL_MS = duration(5_000)
/** Chatter between good and doubtful is written down at most so often, ms. */
const NOTE_MS = duration(300_000)

/** Moves its end; the snapshot follows in larger steps, so that a card is not worn out by a key left turned. */
const moveEnd = (turn: Turn, on: LocalOn, hold: Duration): void => {
  const until = mono(Math.max(turn.state.now.mono + hold, on.notBefore))
  const far = until - on.saved >= Math.max(LEAST_SAVED_MS, stepOf(hold))
  const moved = { ...on, until, saved: far ? until : on.saved }
  setOn(
    turn,
    turn.state.local.on.map((one) => (one.order === on.order ? moved : one)),
  )
  enter(turn, moved)
  if (far) turn.snapshot = 'order'
}
/** A restart takes as long as what may be lost of a short hold by this. */
const LEAST_SAVED_MS = 30_000
const stepOf = (hold: Duration): number => Math.max(1_000, hold / 20)

const contactText = ({ input, activeWhen }: Preset, isOn: boolean): string => {
  const closed = isOn === (activeWhen === 'closed')
  return `${input.device} ${input.where}: ${closed ? 'đóng · closed' : 'mở · open'}`
}

/** Brings one preset into line with what its contact says. */
const keepPreset = (turn: Turn, preset: Preset): void => {
  const { state } = turn
  const { now } = state
  const before = state.local.watches[preset.id]
  const says = said(state, preset)
  const watch: Watch =
    before?.said === says
      ? before
      : { said: says, since: now.mono, notedAt: before?.notedAt ?? null, endedAt: before?.endedAt ?? null }
  if (watch !== before) setWatch(turn, preset.id, watch)
  const on = state.local.on.find((one) => one.source === preset.id)
  if (on === undefined) {
    if (says === 'on') press(turn, preset, watch)
  } else if (says === 'on' || before?.said === 'on') {
    // Counted from the last moment at which it asked; while it goes on asking, only as often as the snapshot wants it.
    if (says !== 'on' || now.mono + preset.hold - on.until >= stepOf(preset.hold)) moveEnd(turn, on, preset.hold)
  } else if (lettingGoAt(preset, on, watch) <= now.mono) {
    release(turn, preset, on, { reason: 'cancelled', detail: contactText(preset, false) })
  } else if (now.mono >= on.until)
    release(turn, preset, on, { reason: 'expired', detail: 'hết thời hạn giữ · its hold is over' })
  noteDoubt(turn, preset)
}

const setWatch = (turn: Turn, preset: string, watch: Watch): void => {
  const { local } = turn.state
  set(turn, { local: { ...local, watches: { ...local.watches, [preset]: watch } } })
}

/** When the contact's letting go ends it; infinity: it does not. */
const lettingGoAt = (preset: Preset, on: LocalOn, watch: Watch): number =>
  preset.whilePressed && watch.said === 'off'
    ? Math.max(on.notBefore, watch.since + RELEASE_MS)
    : Number.POSITIVE_INFINITY

/** On at the first reading after a start counts as pressed: the fire may still burn. */
const press = (turn: Turn, preset: Preset, watch: Watch): void => {
  const { now, local } = turn.state
  const again = watch.endedAt !== null && since(now.mono, watch.endedAt) < AGAIN_HOLD_MS
  const least = mono(now.mono + (again ? AGAIN_HOLD_MS : LEAST_HOLD_MS))
  const until = mono(Math.max(now.mono + preset.hold, least))
  const fromStart = isFirst(turn.state, preset) ? ' (từ lúc khởi động · since the start)' : ''
  const detail = `${contactText(preset, true)}${fromStart}`
  begin(
    turn,
    {
      source: preset.id,
      order: orderId(preset.id, now, local.count),
      hash: preset.hash,
      since: now,
      notBefore: least,
      until,
      saved: until,
      hold: preset.hold,
      by: null,
    },
    detail,
  )
}

/** Nothing was known of this contact before this reading. */
const isFirst = (state: State, preset: Preset): boolean => state.equipment[preset.input.device]?.every === 0

/** Unique over boots and sites: a boot's name holds the kernel's own random one. */
const orderId = (source: string, now: Reading, count: number): string =>
  `L-${source}-${count + 1}-${now.bootId}`.slice(0, 64)

const release = (
  turn: Turn,
  preset: Preset,
  on: LocalOn,
  how: { readonly reason: EndReason; readonly detail: string },
): void => {
  end(turn, on, how)
  const watch = turn.state.local.watches[preset.id]
  if (watch !== undefined) setWatch(turn, preset.id, { ...watch, endedAt: turn.state.now.mono })
}

const isDoubtful = (watch: Watch | undefined, now: Reading): boolean =>
  watch !== undefined && DOUBT[watch.said] !== null && since(now.mono, watch.since) >= DOUBTFUL_MS

const DOUBT: { readonly [S in Said]: string | null } = {
  on: null,
  off: null,
  unknown: 'không đọc được tiếp điểm · the contact cannot be read',
  implausible: 'hai tiếp điểm nói như nhau: đứt hoặc chập dây · both contacts say the same: a broken or shorted cable',
}

/** When a doubtful contact is to be written down; infinity: it is not, or was. */
const noteAt = (watch: Watch): number => {
  if (DOUBT[watch.said] === null || (watch.notedAt !== null && watch.notedAt >= watch.since))
    return Number.POSITIVE_INFINITY
  return Math.max(watch.since + DOUBTFUL_MS, watch.notedAt === null ? 0 : watch.notedAt + NOTE_MS)
}

const noteDoubt = (turn: Turn, preset: Preset): void => {
  const { now, local } = turn.state
  const watch = local.watches[preset.id]
  if (watch === undefined || noteAt(watch) > now.mono) return
  setWatch(turn, preset.id, { ...watch, notedAt: now.mono })
  record(turn, {
    kind: 'incident',
    type: 'TECHNICAL',
    what: 'preset-input',
    detail: `${preset.id} (${preset.input.device} ${preset.input.where}): ${DOUBT[watch.said] ?? ''}`,
    fault: null,
  })
}

/** A technician's blank begins, or the one that is on gets a new end (and whoever asked for that). */
export const blank = (
  turn: Turn,
  event: { readonly person: string; readonly reason: BlankReason; readonly forMs: number },
): void => {
  const { now, local } = turn.state
  const { person, reason } = event
  const hold = duration(Math.min(LONGEST_LOCAL_MS, Math.max(LEAST_HOLD_MS, event.forMs)))
  const until = mono(now.mono + hold)
  const was = local.on.find((one) => one.source === TECHNICIAN)
  const detail = `${person}: ${BLANK_REASON_NAMES[reason].vi} · ${BLANK_REASON_NAMES[reason].en}, ${Math.round(hold / 60_000)} min`
  record(turn, { kind: 'access', person, what: 'local-blank', detail: `${reason} ${hold} ms` })
  if (was === undefined) {
    const order = orderId(TECHNICIAN, now, local.count)
    const by = { person, reason }
    begin(
      turn,
      { source: TECHNICIAN, order, hash: TECHNICIAN, since: now, notBefore: now.mono, until, saved: until, hold, by },
      detail,
    )
  } else {
    const renewed = { ...was, until, saved: until, hold, by: { person, reason } }
    setOn(
      turn,
      local.on.map((one) => (one === was ? renewed : one)),
    )
    const order = enter(turn, renewed)
    if (order !== null)
      record(turn, {
        ...orderLine(order, null),
        stage: 'received',
        reason: null,
        detail: `gia hạn · renewed: ${detail}`,
        local: order,
      })
    turn.snapshot = 'order'
  }
  if (reason === 'intrusion' && was?.by?.reason !== 'intrusion')
    record(turn, { kind: 'incident', type: 'INFORMATION_SECURITY', what: 'intrusion', detail, fault: null })
}

/** Given back by a person; nothing where nothing is on. */
export const endBlank = (turn: Turn, person: string): void => {
  const on = turn.state.local.on.find((one) => one.source === TECHNICIAN)
  if (on === undefined) return
  record(turn, { kind: 'access', person, what: 'local-blank', detail: 'trả lại · given back' })
  end(turn, on, { reason: 'cancelled', detail: person })
}

/** What time and contacts do to local orders. Nothing at a site that has none. */
export const keepLocal = (turn: Turn): void => {
  const { site, local } = turn.state
  if (site.presets.length === 0 && local.on.length === 0) return
  for (const preset of site.presets) keepPreset(turn, preset)
  for (const on of turn.state.local.on) {
    if (on.by !== null && turn.state.now.mono >= on.until)
      end(turn, on, { reason: 'expired', detail: 'hết giờ, tự trả lại · time over, given back by itself' })
  }
  followClock(turn)
}

/** Wall clocks step, and one that was never right is set: what the book says of start and end follows. */
const CLOCK_MOVED_MS = 1_000
const followClock = (turn: Turn): void => {
  for (const on of turn.state.local.on) {
    const { now } = turn.state
    const entry = turn.state.orders.entries.find((e) => e.order.id === on.order)
    const ends = now.wall + (on.until - now.mono)
    if (entry === undefined || Math.abs(entry.order.expiresAt - ends) > CLOCK_MOVED_MS) enter(turn, on)
  }
}

/** When any of this changes by itself next; see `nextChange`. Infinity: not without news. */
export const localChange = ({ site, local, now }: State): number => {
  let first = Number.POSITIVE_INFINITY
  const at = (time: number): void => {
    if (time < first) first = time
  }
  for (const on of local.on) {
    at(on.until)
    const preset = site.presets.find((p) => p.id === on.source)
    const watch = preset && local.watches[preset.id]
    if (preset === undefined || watch === undefined) continue
    at(lettingGoAt(preset, on, watch))
    if (watch.said === 'on') at(on.until - preset.hold + stepOf(preset.hold))
  }
  for (const preset of site.presets) {
    const watch = local.watches[preset.id]
    if (watch === undefined) return now.mono
    at(noteAt(watch))
  }
  return first
}

/** What a person is told: which are on, and which switch would do nothing. */
export const localFaults = (
  state: State,
): Partial<Record<'local-emergency' | 'local-blank' | 'preset-input', string>> => {
  const { local, site, now } = state
  if (local.on.length === 0 && site.presets.length === 0) return {}
  const of = (wanted: Preset['class']) =>
    local.on.flatMap((on) => {
      const face = faceOf(state, on)
      return face?.class === wanted
        ? [on.by === null ? `${on.source}: ${face.texts[0]?.headline ?? face.authority}` : face.authority]
        : []
    })
  const doubtful = site.presets.filter((p) => isDoubtful(local.watches[p.id], now))
  const [emergencies, blanks] = [of('emergency'), of('safety-blank')]
  return {
    ...(emergencies.length === 0 ? {} : { 'local-emergency': emergencies.join('; ') }),
    ...(blanks.length === 0 ? {} : { 'local-blank': blanks.join('; ') }),
    ...(doubtful.length === 0
      ? {}
      : {
          'preset-input': doubtful.map((p) => `${p.id} (${p.input.device} ${p.input.where})`).join(', '),
        }),
  }
}
