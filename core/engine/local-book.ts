import { duration, instant, since } from '../base/units.ts'
import type { BookEntry, EndReason, OrderBook } from '../emergency/book.ts'
import type { Order } from '../emergency/order.ts'
import {
  BLANK_REASON_NAMES,
  type BlankReason,
  LOCAL_ISSUER,
  LONGEST_LOCAL_MS,
  MOST_PRESETS,
  type Preset,
  TECHNICIAN,
} from '../emergency/preset.ts'
import type { LocalOn } from './local-state.ts'
import { orderLine } from './orders.ts'
import type { State } from './state.ts'
import { record, set, type Turn } from './turn.ts'

/** Local orders in the order book: what they look like there, how they come in, and how they end. */

/** Only what was signed is kept with its content. */
export const signedOnly = (book: OrderBook): OrderBook =>
  book.entries.every((e) => e.envelope !== null)
    ? book
    : { ...book, entries: book.entries.filter((e) => e.envelope !== null) }

export const presetOf = (state: State, source: string): Preset | undefined =>
  state.site.presets.find((p) => p.id === source)

/**
 * Of two presets that weigh the same the first of the configuration comes first: less than the step from one weight to the next. 0 for the
 * first, and for what is no preset.
 */
export const presetPlace = ({ site }: State, { issuer }: Order): number =>
  Math.max(
    0,
    site.presets.findIndex((p) => issuer === `${LOCAL_ISSUER}${p.id}`),
  ) /
  (2 * MOST_PRESETS)

/** A technician's blank as the book has it; everything it says is in its reason and the person's name. */
export const blankFace = (by: { readonly person: string; readonly reason: BlankReason }): Omit<Preset, 'input'> => ({
  id: TECHNICIAN,
  opposite: null,
  activeWhen: 'closed',
  whilePressed: false,
  hold: duration(LONGEST_LOCAL_MS),
  class: 'safety-blank',
  hazard: by.reason === 'intrusion' ? 'SECURITY' : 'OTHER',
  severity: 'extreme',
  texts: [],
  sound: false,
  brightness: null,
  authority: `${by.person} (kỹ thuật viên tại cụm · technician at the site): ${BLANK_REASON_NAMES[by.reason].vi}`.slice(
    0,
    200,
  ),
  hash: TECHNICIAN,
})

/** The order's times go by the wall clock as it is believed now; its end is the monotonic one. */
const orderOf = (state: State, face: Omit<Preset, 'input'>, on: LocalOn): Order => {
  const { now, site } = state
  const from = on.since.bootId === now.bootId ? instant(now.wall - since(now.mono, on.since.mono)) : on.since.wall
  return {
    id: on.order,
    action: 'release',
    class: face.class,
    status: 'actual',
    references: [],
    hazard: face.hazard,
    riskLevel: null,
    forestFireLevel: null,
    severity: face.severity,
    urgency: 'immediate',
    certainty: 'observed',
    authority: { name: face.authority, document: null },
    texts: face.texts,
    targets: [site.id],
    wake: true,
    brightness: face.brightness,
    sound: face.sound,
    issuedAt: from,
    startsAt: from,
    expiresAt: instant(now.wall + Math.max(0, on.until - now.mono)),
    issuer: `${LOCAL_ISSUER}${face.id}`,
  }
}

export const faceOf = (state: State, on: LocalOn): Omit<Preset, 'input'> | undefined =>
  on.by === null ? presetOf(state, on.source) : blankFace(on.by)

/** Puts it into the book, or brings what the book has of it up to date. The last ended one of each source is remembered, no more. */
export const enter = (turn: Turn, on: LocalOn): Order | null => {
  const { state } = turn
  const face = faceOf(state, on)
  if (face === undefined) return null
  const order = orderOf(state, face, on)
  const known = state.orders.entries.find((e) => e.order.id === on.order)
  const entry: BookEntry = {
    order,
    envelope: null,
    key: null,
    hash: on.hash,
    arrived: on.since,
    state: 'active',
    endReason: null,
    deadline: on.until,
    shown: known?.shown ?? false,
  }
  const others = state.orders.entries.filter(
    (e) => e !== known && (e.envelope !== null || e.state !== 'ended' || e.order.issuer !== order.issuer),
  )
  set(turn, { orders: { ...state.orders, entries: [entry, ...others] } })
  return order
}

export const setOn = (turn: Turn, on: readonly LocalOn[]): void => set(turn, { local: { ...turn.state.local, on } })

export const begin = (turn: Turn, on: LocalOn, detail: string): void => {
  const { local } = turn.state
  set(turn, { local: { ...local, on: [...local.on, on], count: local.count + 1 } })
  const order = enter(turn, on)
  if (order === null) return
  record(turn, { ...orderLine(order, null), stage: 'received', reason: null, detail, local: order })
  record(turn, { ...orderLine(order, null), stage: 'active', reason: null, detail: '' })
  turn.snapshot = 'order'
}

export const end = (turn: Turn, on: LocalOn, how: { readonly reason: EndReason; readonly detail: string }): void => {
  const { state } = turn
  setOn(
    turn,
    state.local.on.filter((one) => one.order !== on.order),
  )
  const entry = state.orders.entries.find((e) => e.order.id === on.order)
  if (entry !== undefined) {
    const over: BookEntry = { ...entry, state: 'ended', endReason: how.reason }
    set(turn, {
      orders: { ...state.orders, entries: state.orders.entries.map((e) => (e === entry ? over : e)) },
    })
    record(turn, { ...orderLine(entry.order, null), stage: 'ended', ...how })
  }
  turn.snapshot = 'order'
}
