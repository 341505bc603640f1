import { fold } from '../airtime/ledger.ts'
import { formatInstant } from '../base/time.ts'
import { after, type Mono, mono } from '../base/units.ts'
import { assetsOf } from '../content/item.ts'
import type { Receipt } from '../contract/link.ts'
import type { BookEntry } from '../emergency/book.ts'
import type { OrderRefusal } from '../emergency/order.ts'
import type { RecordBody, StampedRecord } from '../evidence/record.ts'
import { foldRuntime } from '../power/runtime.ts'
import type { DisplaySetting } from '../screen/display.ts'
import type { Scene } from '../screen/scene.ts'
import type { Effect, WantedAsset } from './effect.ts'
import { turnOver } from './sharing.ts'
import type { Counters, State } from './state.ts'

/**
 * One step in the making: the state so far and what it asks for. Lives for one call of `step` and is never kept. Every record made
 * here is folded into the ledger at once, so airtime and log can never disagree.
 */
export type Turn = {
  state: State
  readonly bodies: RecordBody[]
  readonly receipts: Receipt[]
  readonly shows: Scene[]
  setting: DisplaySetting | null
  observe: string | null
  power: 'on' | 'off' | null
  readonly relays: { readonly relay: string; readonly on: boolean }[]
  snapshot: string | null
  fetch: boolean
  exit: string | null
  wakeAt: Mono | null
}

export const openTurn = (state: State): Turn => ({
  state,
  bodies: [],
  receipts: [],
  shows: [],
  setting: null,
  observe: null,
  power: null,
  relays: [],
  snapshot: null,
  fetch: false,
  exit: null,
  wakeAt: null,
})

export const set = (turn: Turn, patch: Partial<State>): void => {
  turn.state = { ...turn.state, ...patch }
}

const bump = (counts: Readonly<Record<string, number>>, key: string): Readonly<Record<string, number>> => ({
  ...counts,
  [key]: (counts[key] ?? 0) + 1,
})

/** What a record adds to the counters of this process. */
export const counted = (counters: Counters, body: RecordBody): Counters => {
  if (body.kind === 'close') return { ...counters, plays: bump(counters.plays, body.cause) }
  if (body.kind === 'refusal') return { ...counters, contentRefused: bump(counters.contentRefused, body.reason) }
  if (body.kind === 'config' && body.result === 'refused')
    return { ...counters, documentsRefused: bump(counters.documentsRefused, body.reason?.split(':')[0] ?? 'malformed') }
  if (body.kind === 'order' && body.stage === 'refused')
    return { ...counters, ordersRefused: bump(counters.ordersRefused, body.reason ?? 'malformed') }
  if (body.kind === 'clock' && body.stepMs !== 0) return { ...counters, clockSteps: counters.clockSteps + 1 }
  return counters
}

/** Adds a line of evidence, and folds it. */
export const record = (turn: Turn, body: RecordBody): void => {
  const { now, policy } = turn.state
  const stamped: StampedRecord = {
    at: { wall: now.wall, iso: formatInstant(now.wall, policy.zone.offsetMinutes), mono: now.mono, q: now.quality },
    boot: now.bootId,
    ...body,
  }
  turn.bodies.push(body)
  const { state } = turn
  turn.state = {
    ...state,
    ledger: fold(state.ledger, stamped),
    runtime: foldRuntime(state.runtime, stamped),
    counters: counted(state.counters, body),
  }
}

/** Puts a receipt on its way and keeps it until the hub has confirmed it; a newer one of the same stage replaces it. */
export const receipt = (turn: Turn, given: Receipt): void => {
  const others = turn.state.receipts.filter((r) => !(r.order === given.order && r.stage === given.stage))
  set(turn, { receipts: [...others, given].slice(-MOST_RECEIPTS) })
  turn.receipts.push(given)
  turn.snapshot ??= 'receipt'
}

/** The hub has it. A confirmation of what nobody sent changes nothing and writes nothing. */
export const receiptAcked = (turn: Turn, of: Pick<Receipt, 'order' | 'stage'>): void => {
  const left = turn.state.receipts.filter((r) => !(r.order === of.order && r.stage === of.stage))
  if (left.length === turn.state.receipts.length) return
  set(turn, { receipts: left })
  turn.snapshot = 'receipt'
}

/** Receipts kept for a hub that is away. 4 stages × 200 remembered orders, with room. */
const MOST_RECEIPTS = 1000

export const orderReceipt = (
  turn: Turn,
  entry: BookEntry,
  what: {
    readonly stage: Receipt['stage']
    readonly proof: Receipt['proof']
    readonly reason: Receipt['reason']
    readonly detail: string
  },
): void => {
  // The hub never sent it, so it waits for no receipt of it.
  if (entry.envelope === null) return
  const { now } = turn.state
  const sameBoot = entry.arrived.bootId === now.bootId
  const afterMs = sameBoot ? now.mono - entry.arrived.mono : Math.max(0, now.wall - entry.arrived.wall)
  receipt(turn, { order: entry.order.id, at: now.wall, quality: now.quality, afterMs, ...what })
}

export const refusalReceipt = (turn: Turn, order: string, reason: OrderRefusal, detail: string): void => {
  const { now } = turn.state
  receipt(turn, {
    order,
    stage: 'refused',
    at: now.wall,
    quality: now.quality,
    afterMs: 0,
    proof: null,
    reason,
    detail: detail.slice(0, 500),
  })
}

/**
 * The effects in the order that matters. Normally evidence first: the open record is on disk before the picture is asked for. An order
 * is shown first, because people are in danger and the record is a few milliseconds behind; acknowledgement always comes after
 * snapshot and log are durable.
 */
export const closeTurn = (
  turn: Turn,
  urgent: boolean,
): { readonly state: State; readonly effects: readonly Effect[] } => {
  const picture: Effect[] = turn.shows.map((scene) => ({ effect: 'show', scene }))
  if (turn.setting) picture.push({ effect: 'display', setting: turn.setting })
  if (turn.power !== null) picture.push({ effect: 'power', want: turn.power })
  for (const relay of turn.relays) picture.push({ effect: 'relay', ...relay })
  const evidence: Effect[] = []
  if (turn.bodies.length > 0) evidence.push({ effect: 'record', bodies: turn.bodies })
  if (turn.snapshot) evidence.push({ effect: 'snapshot', reason: turn.snapshot })
  const effects = urgent ? [...picture, ...evidence] : [...evidence, ...picture]
  if (turn.observe) effects.push({ effect: 'observe', reason: turn.observe })
  for (const given of turn.receipts) effects.push({ effect: 'receipt', receipt: given })
  if (turn.fetch || (turn.snapshot === 'order' && hasPictures(turn.state)))
    effects.push({ effect: 'fetch', wanted: wantedAssets(turn.state) })
  if (turn.wakeAt !== null) effects.push({ effect: 'wake', at: turn.wakeAt })
  if (turn.exit !== null) effects.push({ effect: 'exit', reason: turn.exit })
  return { state: turn.state, effects }
}

/** Its number stays, so that no older document can take its place; its items do not. */
export const voidSchedule = (turn: Turn): void => {
  const { schedule } = turn.state
  if (schedule === null) return
  set(turn, { schedule: { ...schedule, items: {}, hashes: {} } })
  turn.snapshot = 'schedule'
}

/** What is to be fetched: pictures of orders in force or to come first, and at any hour, then the schedule's files. */
export const wantedAssets = (state: State): readonly WantedAsset[] => {
  const pictures = new Map<string, WantedAsset>()
  for (const { order, state: is } of state.orders.entries)
    if (order.picture !== undefined && is !== 'ended')
      pictures.set(order.picture.sha256, { ...order.picture, urgent: true })
  return [...pictures.values(), ...scheduleAssets(state).filter(({ sha256 }) => !pictures.has(sha256))]
}

/** Only then does a change of the orders change what is to be fetched. */
const hasPictures = ({ orders }: State): boolean => orders.entries.some(({ order }) => order.picture !== undefined)

/** Every file of the schedule in force, each once, what is missing first. */
export const scheduleAssets = (state: State): readonly WantedAsset[] => {
  const files = new Map<string, WantedAsset>()
  for (const item of Object.values(state.schedule?.items ?? {}))
    for (const asset of assetsOf(item)) files.set(asset.sha256, asset)
  return [...files.values()].sort((a, b) => Number(state.assets.has(a.sha256)) - Number(state.assets.has(b.sha256)))
}

/** When quiet hours will have lasted long enough for power to go; null when it is off, or light is wanted. */
const darkEnough = ({ site, switching }: State): Mono | null =>
  site.powerOffAfter === null || switching?.quietSince == null || switching.told === 'off'
    ? null
    : after(switching.quietSince, site.powerOffAfter)

/** The next moment at which something is due by itself. The shell's one-second tick is behind it in any case. */
export const nextWake = (state: State): Mono | null => {
  let first = Number.POSITIVE_INFINITY
  const at = (time: number | null | undefined): void => {
    if (time != null && time > state.now.mono && time < first) first = time
  }
  at(state.playing?.endsAt)
  at(turnOver(state))
  at(state.technician?.until)
  for (const { until } of state.manual) at(until)
  at(state.switching?.retryAt)
  at(darkEnough(state))
  for (const entry of state.orders.entries) if (entry.state !== 'ended') at(entry.deadline)
  return first === Number.POSITIVE_INFINITY ? null : mono(first)
}
