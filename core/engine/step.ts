import { unreachable } from '../base/result.ts'
import { after, type ClockQuality, duration } from '../base/units.ts'
import { assetsOf } from '../content/item.ts'
import { findOrder, retime, rewake } from '../emergency/book.ts'
import { atLeast } from '../policy/policy.ts'
import { noteAirtime } from './airtime.ts'
import { applied, observed, steerDisplay } from './display.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { currentFaults } from './faults.ts'
import { keepHouse } from './house.ts'
import { blank, endBlank, keepLocal } from './local.ts'
import { signedOnly } from './local-book.ts'
import { wakeLocal } from './local-keep.ts'
import { chartFailed, endManual, keepManual, manual, relayHeard, restRelays, yieldManual } from './manual.ts'
import { order, passOrders } from './orders.ts'
import { pictureBroken } from './pictures.ts'
import { closePlay, isOn, settle, show, splitPlay } from './play.ts'
import { powerHeard, powerIsComing, steerPower } from './power.ts'
import { desire, noteProof, noteScreen } from './screen.ts'
import { equipment } from './sensors.ts'
import { turnIsUp } from './sharing.ts'
import type { Playing, State } from './state.ts'
import {
  closeTurn,
  nextWake,
  openTurn,
  receiptAcked,
  record,
  refusalReceipt,
  set,
  type Turn,
  voidSchedule,
} from './turn.ts'

/** A heartbeat bounds what a power cut can leave open. */
const HEARTBEAT_MS = duration(60_000)
/** An item that the player could not show is tried again after this. */
const BROKEN_MS = duration(600_000)
/** What we draw ourselves (an order, the standing page) is tried again sooner. */
const AGAIN_MS = duration(5_000)
/** At most this long, so that a fault that mends itself is noticed and one that does not fills no disk. */
const AGAIN_MOST_MS = duration(300_000)

/**
 * The engine: what happened goes in, the new state and what to do about it come out. Pure and total. First the event changes what is
 * known; then the verdict is taken again from everything known; then the screen is steered towards it.
 */
export const step = (state: State, event: Event): { readonly state: State; readonly effects: readonly Effect[] } => {
  const turn = openTurn({ ...state, now: event.at })
  const before = state.orders
  take(turn, event)
  if (turn.exit === null) {
    passTime(turn)
    keepHouse(turn)
    noteAirtime(turn)
    settle(turn)
    yieldManual(turn)
    steerPower(turn, desire(turn.state).blackout)
    noteScreen(turn)
    steerDisplay(turn)
    heartbeat(turn)
    turn.wakeAt = nextWake(turn.state)
  }
  noteFaults(turn)
  const urgent = before !== turn.state.orders && turn.state.verdict?.winner.order != null
  return closeTurn(turn, urgent)
}

const take = (turn: Turn, event: Event): void => {
  switch (event.event) {
    case 'woke':
      return woke(turn, event)
    case 'tick':
      return
    case 'clock-step':
      return clockStep(turn, event)
    case 'registry':
      set(turn, { registry: event.registry })
      turn.snapshot = 'registry'
      return record(turn, {
        kind: 'config',
        what: 'registry',
        version: String(event.registry.registry.version),
        result: 'accepted',
        reason: null,
        key: null,
      })
    case 'schedule':
      return schedule(turn, event)
    case 'order':
      return order(turn, event)
    case 'refused':
      return refused(turn, event)
    case 'asset':
      return asset(turn, event)
    case 'picture':
      return pictureBroken(turn, event)
    case 'player':
      return player(turn, event)
    case 'display-observed':
      return observed(turn, event.result)
    case 'display-applied':
      return applied(turn, event)
    case 'equipment':
      return equipment(turn, event)
    case 'power':
      return powerHeard(turn, event)
    case 'hub':
      set(turn, { hub: event.link })
      if (event.link === 'up') turn.receipts.push(...turn.state.receipts)
      return
    case 'receipt-acked':
      return receiptAcked(turn, event)
    case 'technician':
      set(turn, {
        technician:
          event.pattern === 'none'
            ? null
            : {
                person: event.person,
                pattern: event.pattern,
                until: after(turn.state.now.mono, duration(event.forMs)),
              },
      })
      return record(turn, {
        kind: 'access',
        person: event.person,
        what: 'test-pattern',
        detail: `${event.pattern} ${event.forMs} ms`,
      })
    case 'manual':
      return manual(turn, event)
    case 'manual-end':
      return endManual(turn, event)
    case 'relay':
      return relayHeard(turn, event)
    case 'blank':
      return blank(turn, event)
    case 'blank-end':
      return endBlank(turn, event.person)
    case 'incident':
      return record(turn, {
        kind: 'incident',
        type: 'TECHNICAL',
        what: event.what,
        detail: event.detail,
        fault: null,
      })
    case 'access':
      return record(turn, { kind: 'access', person: event.person, what: event.what, detail: event.detail })
    case 'log-writable':
      return set(turn, { logWritable: event.writable })
    case 'stop':
      closePlay(turn, 'shutdown')
      endManual(turn, { person: 'system', key: null })
      restRelays(turn)
      record(turn, { kind: 'access', person: 'system', what: 'stop', detail: event.reason })
      turn.snapshot = 'stop'
      turn.exit = event.reason
      return
  }
  return unreachable(event)
}

const woke = (turn: Turn, event: Event & { event: 'woke' }): void => {
  const { now } = turn.state
  const { durable, last } = event
  set(turn, {
    ledger: event.ledger,
    runtime: event.runtime ?? turn.state.runtime,
    registry: event.registry,
    schedule: event.schedule,
    assets: new Set(event.assets),
    orders: durable ? rewake(signedOnly(durable.orders), now, last.wall as typeof now.wall | null) : turn.state.orders,
    receipts: durable?.receipts ?? [],
    startedAt: now,
  })
  if (last.orphan) {
    record(turn, {
      kind: 'close',
      play: last.orphan.play,
      cause: 'power-cut',
      ms: last.orphan.upperBoundMs,
      proof: 'commanded',
    })
  }
  if (last.tornBytes > 0) {
    record(turn, {
      kind: 'gap',
      cause: 'torn-tail',
      fromWall: last.wall ?? now.wall,
      toWall: now.wall,
      lostBytes: last.tornBytes,
      detail: 'the last line was not whole and never counted',
    })
  }
  if (last.wall !== null) {
    record(turn, {
      kind: 'gap',
      cause: last.cleanStop ? 'stopped' : 'power-cut',
      fromWall: last.wall,
      toWall: now.wall,
      lostBytes: 0,
      detail: 'the daemon was not running',
    })
  }
  restRelays(turn)
  wakeLocal(turn, durable?.local ?? [], last.wall as typeof now.wall | null)
  record(turn, {
    kind: 'config',
    what: 'site',
    version: turn.state.site.version,
    result: 'accepted',
    reason: null,
    key: null,
  })
  turn.snapshot = 'woke'
  turn.fetch = true
}

/** Better known than before: by a clock that runs on by itself rather than by none, by one that was confirmed rather than either. */
const settlesEnds = (was: ClockQuality, is: ClockQuality): boolean =>
  (was === 'unset' && is !== 'unset') || (was === 'holdover' && is === 'synced')

const clockStep = (turn: Turn, event: Event & { event: 'clock-step' }): void => {
  record(turn, { kind: 'clock', stepMs: event.stepMs, quality: turn.state.now.quality, was: event.was })
  if (settlesEnds(event.was, turn.state.now.quality)) set(turn, { orders: retime(turn.state.orders, turn.state.now) })
  if (event.stepMs !== 0) splitPlay(turn)
}

const schedule = (turn: Turn, event: Event & { event: 'schedule' }): void => {
  const { document, key, refused: items } = event.schedule
  set(turn, { schedule: event.schedule, reported: new Set<string>(), broken: {} })
  record(turn, {
    kind: 'config',
    what: 'schedule',
    version: String(document.version),
    result: 'accepted',
    reason: null,
    key,
  })
  for (const { item, reason, detail } of items) record(turn, { kind: 'refusal', item, reason, detail })
  turn.snapshot = 'schedule'
  turn.fetch = true
}

const refused = (turn: Turn, event: Event & { event: 'refused' }): void => {
  if (event.what === 'order') {
    record(turn, {
      kind: 'order',
      order: event.orderId ?? 'unknown',
      class: null,
      stage: 'refused',
      reason: event.reason,
      document: null,
      issuer: null,
      key: null,
      detail: event.detail,
    })
    if (event.orderId) refusalReceipt(turn, event.orderId, event.reason, event.detail)
  } else {
    record(turn, {
      kind: 'config',
      what: event.what,
      version: 'unknown',
      result: 'refused',
      reason: `${event.reason}: ${event.detail}`,
      key: null,
    })
    if (event.voids) voidSchedule(turn)
  }
  record(turn, {
    kind: 'incident',
    type: 'INFORMATION_SECURITY',
    what: `refused-${event.what}`,
    detail: `${event.reason}: ${event.detail}`,
    fault: null,
  })
}

/** Is this file on the screen, or one of the slides of what is? */
const shows = ({ playing, schedule }: State, sha256: string): boolean => {
  const want = playing?.claim.want
  const item = want?.want === 'item' ? schedule?.items[want.item] : undefined
  return playing?.open.hash === sha256 || (item !== undefined && assetsOf(item).some((a) => a.sha256 === sha256))
}

const asset = (turn: Turn, event: Event & { event: 'asset' }): void => {
  const assets = new Set(turn.state.assets)
  if (event.state === 'present') assets.add(event.sha256)
  else assets.delete(event.sha256)
  const owner = Object.values(turn.state.schedule?.items ?? {}).find((i) =>
    assetsOf(i).some((a) => a.sha256 === event.sha256),
  )
  const item = owner?.id ?? event.sha256
  const key = `${item}:changed`
  const reported = new Set(turn.state.reported)
  if (event.state === 'present') reported.delete(key)
  set(turn, { assets, reported })
  if (event.state !== 'changed') return
  if (shows(turn.state, event.sha256)) closePlay(turn, 'failed')
  turn.fetch = true
  // A hub that goes on sending wrong bytes is one refusal until the right ones came, not one for each attempt.
  if (reported.has(key)) return
  set(turn, { reported: new Set([...reported, key]) })
  record(turn, {
    kind: 'refusal',
    item,
    reason: 'changed',
    detail: `the file is not ${event.sha256}`,
  })
  record(turn, {
    kind: 'incident',
    type: 'INFORMATION_SECURITY',
    what: 'asset-changed',
    detail: event.sha256,
    fault: null,
  })
}

const player = (turn: Turn, event: Event & { event: 'player' }): void => {
  const { playing, player: was } = turn.state
  switch (event.what) {
    case 'up':
      // A player that comes back knows nothing; the verdict tells it again. What the one before could not draw it may well.
      closePlay(turn, 'player-lost')
      return set(turn, {
        player: { up: true, missing: false, fault: null },
        told: null,
        pauses: {},
        broken: Object.fromEntries(Object.entries(turn.state.broken).filter(([key]) => !isDrawn(key))),
      })
    case 'down':
      set(turn, {
        player: { up: false, missing: event.missing, fault: event.detail },
        onGlass: null,
        counters: { ...turn.state.counters, playerRestarts: turn.state.counters.playerRestarts + (was.up ? 1 : 0) },
      })
      if (was.up || was.fault !== event.detail)
        record(turn, { kind: 'incident', type: 'TECHNICAL', what: 'player', detail: event.detail, fault: null })
      closePlay(turn, 'player-lost')
      return
    case 'shown':
      if (isOn(playing, event.play))
        set(turn, { onGlass: playing.scene.scene === 'order' ? playing.scene.order : null })
      if (isOn(playing, event.play) && atLeast(event.proof, 'acknowledged'))
        set(turn, { share: turnIsUp(turn.state, playing, event.roundMs) })
      if (isOn(playing, event.play) && playing.claim.want.want !== 'item') {
        const { [drawnKey(playing)]: _, ...pauses } = turn.state.pauses
        set(turn, { pauses })
      }
      return noteProof(turn, event)
    case 'ended':
      if (isOn(playing, event.play) && playing.claim.want.want === 'item')
        set(turn, { playing: { ...playing, endsAt: turn.state.now.mono } })
      return
    case 'failed':
      return failed(turn, event)
    case 'trouble':
      return record(turn, {
        kind: 'incident',
        type: 'TECHNICAL',
        what: `player-${event.trouble}`,
        detail: `${isOn(playing, event.play) ? playing.open.item : '?'}: ${event.detail}`,
        fault: null,
      })
  }
  return unreachable(event)
}

const isDrawn = (key: string): boolean => key === 'standing' || key === 'chart' || key.startsWith('order:')

/** What we draw ourselves: an order, or the standing page. */
const drawnKey = (playing: Playing): string =>
  playing.claim.order ? `order:${playing.claim.order}` : playing.claim.want.want === 'chart' ? 'chart' : 'standing'

/** A player that can draw nothing any more leaves what it showed last. A warning that is over must not stay: better dark than wrong (seed 225). */
const takeOldOrderOff = (turn: Turn): void => {
  const { onGlass, orders } = turn.state
  if (onGlass === null || findOrder(orders, onGlass)?.state === 'active') return
  set(turn, { onGlass: null })
  show(turn, { scene: 'dark' })
}

/** The player could not show it: evidence, and the next item at once. An order is drawn by us, so its failure is a fault to shout about. */
const failed = (turn: Turn, event: { readonly play: string; readonly detail: string }): void => {
  const { playing } = turn.state
  if (!isOn(playing, event.play)) return
  closePlay(turn, 'failed')
  if (playing.claim.want.want === 'chart') return chartFailed(turn, event.detail)
  if (playing.claim.want.want === 'item') {
    const { item } = playing.claim.want
    set(turn, {
      broken: { ...turn.state.broken, [item]: after(turn.state.now.mono, BROKEN_MS) },
      // Said here with the player's reason; that the plan then leaves it out is nothing new.
      reported: new Set([...turn.state.reported, `${item}:broken`]),
    })
    record(turn, { kind: 'refusal', item, reason: 'broken', detail: event.detail })
    return
  }
  const key = drawnKey(playing)
  takeOldOrderOff(turn)
  if (powerIsComing(turn.state)) {
    // A controller that holds the content itself has no power yet: nothing is wrong, it is tried again soon.
    return set(turn, { broken: { ...turn.state.broken, [key]: after(turn.state.now.mono, AGAIN_MS) } })
  }
  const pause = duration(Math.min(AGAIN_MOST_MS, (turn.state.pauses[key] ?? AGAIN_MS / 2) * 2))
  set(turn, {
    pauses: { ...turn.state.pauses, [key]: pause },
    broken: { ...turn.state.broken, [key]: after(turn.state.now.mono, pause) },
  })
  record(turn, {
    kind: 'incident',
    type: 'TECHNICAL',
    what: 'player-failed',
    detail: `${playing.open.item}: ${event.detail}`,
    fault: null,
  })
}

const passTime = (turn: Turn): void => {
  keepLocal(turn)
  passOrders(turn)
  keepManual(turn)
  const { technician, now } = turn.state
  if (technician && now.mono >= technician.until) {
    set(turn, { technician: null })
    record(turn, {
      kind: 'access',
      person: technician.person,
      what: 'test-pattern',
      detail: 'time limit reached, given back',
    })
  }
}

/** The same faults stay the same object: they are derived at every step and hardly ever change. */
const noteFaults = (turn: Turn): void => {
  const was: Readonly<Record<string, string>> = turn.state.faults
  const is: Readonly<Record<string, string>> = currentFaults(turn.state)
  const [before, now] = [Object.keys(was), Object.keys(is)]
  // Their order is part of it: it is the order in which they are told.
  if (before.length !== now.length || now.some((id, i) => id !== before[i] || is[id] !== was[id]))
    set(turn, { faults: is })
}

const heartbeat = (turn: Turn): void => {
  if (turn.state.now.mono < turn.state.heartbeatAt) return
  record(turn, { kind: 'heartbeat', play: turn.state.playing?.play ?? null })
  set(turn, { heartbeatAt: after(turn.state.now.mono, HEARTBEAT_MS) })
}
