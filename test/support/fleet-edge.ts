import { WebSocket } from 'ws'
import { parseDocument } from '#core/base/check.ts'
import { type Instant, instant } from '#core/base/units.ts'
import { type Envelope, linkProofText } from '#core/contract/envelope.ts'
import type { KeyRegistry } from '#core/contract/keys.ts'
import { HubMessage, LINK_VERSION, METRICS_PACKED_MIME, type Receipt } from '#core/contract/link.ts'
import { type Ed25519Verify, openOrder, openRegistry } from '#core/contract/verify.ts'
import type { Order } from '#core/emergency/order.ts'
import { createVerify, sha256 } from '#edge/shell/crypto.ts'
import { openKey } from '#hub/crypto/ed25519.ts'
import { makeFleetMetrics } from './fleet-metrics.ts'
import { aStatus } from './fleet-status.ts'

/** Where an edge of the simulated fleet sits: its cluster, its unit, and its own key (PKCS#8 in base64). */
export type Seat = { readonly site: string; readonly unit: string; readonly pkcs8: string; readonly index: number }

/** What all edges of a fleet have in common. Times in ms. */
export type FleetManner = {
  /** `ws:`, `wss:` (the hub's own certificate is not checked) or `mqtt:`. */
  readonly url: string
  /** What enrolment gave: the pin, and the registry as it was then. */
  readonly rootPublicKey: string
  readonly registry: Envelope
  /** From the arrival of an order until it is durable at the edge, and from there until it is on the glass. */
  readonly acceptMs: number
  readonly showMs: number
  /** Added to `acceptMs`, from nothing for the first edge to this for the last of a hundred: not all disks are equally fast. */
  readonly unevenMs: number
  /** Between status messages; null: none. */
  readonly statusMs: number | null
  /** Between dials, first and most, and after how much silence a link counts as dead: `LINK_LIMITS` of a real edge, or shorter. */
  readonly redialMs: readonly [number, number]
  readonly silenceMs: number
  readonly receiptAgainMs: number
  /** Each edge dials from a loopback address of its own, as each has its own in the field. */
  readonly spread: boolean
}

/** What became of one order at one edge. `…At`: CLOCK_MONOTONIC of the machine, ms, the same for all of its processes. */
export type Deed = {
  readonly site: string
  readonly order: string
  /** How many times it was told. */
  heard: number
  receivedAt: number
  /** When the hub's word came that it has the receipt. */
  acceptedAt: number | null
  shownAt: number | null
  endedAt: number | null
  /** Each time its page was brought up: wall clock, ms. */
  readonly opened: number[]
  refused: string | null
  /** The order's own end, wall clock, ms. */
  expiresAt: number
}

export type FleetEdge = {
  readonly dial: () => void
  readonly hangUp: () => void
  readonly connected: () => boolean
  readonly deeds: () => readonly Deed[]
}

/** CLOCK_MONOTONIC, ms: the same in every process of this machine. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6

export const verifier = (): Ed25519Verify => createVerify()

/** What an edge makes of an order before it takes it: signature, right, form, target, end. The core's own functions. */
export const judgeOrder = (
  envelope: Envelope,
  by: { readonly registry: KeyRegistry; readonly verify: Ed25519Verify; readonly seat: Seat; readonly now: Instant },
): { readonly order: Order | null; readonly refused: string | null } => {
  const { registry, verify, seat, now } = by
  const opened = openOrder(envelope, { registry, verify, at: now, trusted: true, units: [seat.unit] })
  if (!opened.ok) return { order: null, refused: opened.error.reason }
  const { order } = opened.value
  if (!order.targets.includes(seat.site)) return { order, refused: 'not-for-this-site' }
  return { order, refused: now >= order.expiresAt ? 'expired' : null }
}

export const openPinned = (manner: FleetManner, verify: Ed25519Verify, above: number): KeyRegistry | null => {
  const opened = openRegistry(manner.registry, { rootPublicKey: manner.rootPublicKey, verify, sha256, above })
  return opened.ok ? opened.value : null
}

export const acceptanceOf = (seat: Seat, manner: FleetManner): number =>
  manner.acceptMs + Math.round((manner.unevenMs * (seat.index % 100)) / 99)

export const receiptOf = (order: string, stage: Receipt['stage'], more: Partial<Receipt>): Receipt => ({
  order,
  stage,
  at: Date.now(),
  quality: 'synced',
  afterMs: 0,
  proof: stage === 'shown' ? 'seen' : null,
  reason: null,
  detail: '',
  ...more,
})

export const newDeed = (site: string, order: string, expiresAt: number): Deed => ({
  site,
  order,
  heard: 0,
  receivedAt: machineMs(),
  acceptedAt: null,
  shownAt: null,
  endedAt: null,
  opened: [],
  refused: null,
  expiresAt,
})

type Held = { readonly deed: Deed; readonly order: Order; over: boolean; readonly timers: NodeJS.Timeout[] }

/**
 * One edge without a screen: the link, the checks and the book-keeping of a real one, in the same order: verify, make durable, acknowledge,
 * show, acknowledge, end in time. What it knows stays over a lost link, as a real edge's does on its disk. Dials again by itself.
 */
export const makeFleetEdge = (seat: Seat, manner: FleetManner): FleetEdge => {
  const acceptMs = acceptanceOf(seat, manner)
  const { signer } = openKey(Buffer.from(seat.pkcs8, 'base64'))
  const verify = verifier()
  const orders = new Map<string, Held>()
  const receipts = new Map<string, Receipt>()
  const run = {
    socket: null as WebSocket | null,
    up: false,
    wanted: false,
    failures: 0,
    heard: 0,
    registry: openPinned(manner, verify, 0),
    timers: [] as NodeJS.Timeout[],
    redial: undefined as NodeJS.Timeout | undefined,
    metrics: null as ReturnType<typeof makeFleetMetrics> | null,
  }
  const send = (message: object): void => {
    if (run.socket?.readyState === WebSocket.OPEN) run.socket.send(JSON.stringify(message))
  }
  const report = (receipt: Receipt): void => {
    receipts.set(`${receipt.order}/${receipt.stage}`, receipt)
    if (run.up) send({ t: 'receipt', receipt })
  }
  const again = (): void => {
    for (const receipt of receipts.values()) send({ t: 'receipt', receipt })
  }
  const end = (held: Held, reason: 'expired' | 'cancelled' | 'superseded'): void => {
    if (held.over) return
    held.over = true
    for (const timer of held.timers) clearTimeout(timer)
    report(receiptOf(held.order.id, 'ended', { reason }))
  }
  const show = (held: Held): void => {
    if (held.over || Date.now() >= held.order.expiresAt) return
    held.deed.opened.push(Date.now())
    report(receiptOf(held.order.id, 'shown', { afterMs: acceptMs + manner.showMs }))
  }
  const accept = (held: Held): void => {
    const { order } = held
    report(receiptOf(order.id, 'accepted', {}))
    for (const id of order.action === 'release' ? [] : order.references) {
      const earlier = orders.get(id)
      if (earlier !== undefined) end(earlier, order.action === 'cancel' ? 'cancelled' : 'superseded')
    }
    if (order.action === 'cancel') return
    held.timers.push(setTimeout(() => show(held), manner.showMs))
    const left = order.expiresAt - Date.now()
    // Longer than a run lasts: no timer, and none that overflows.
    if (left < 3_600_000) held.timers.push(setTimeout(() => end(held, 'expired'), Math.max(0, left)))
  }
  const take = (envelope: Envelope): void => {
    if (run.registry === null) return
    const now = instant(Date.now())
    const { order, refused } = judgeOrder(envelope, { registry: run.registry, verify, seat, now })
    if (order === null) return
    const known = orders.get(order.id)
    if (known !== undefined) {
      known.deed.heard += 1
      return
    }
    const deed = newDeed(seat.site, order.id, order.expiresAt)
    deed.heard = 1
    deed.refused = refused
    const held: Held = { deed, order, over: refused !== null, timers: [] }
    orders.set(order.id, held)
    if (refused === null) held.timers.push(setTimeout(() => accept(held), acceptMs))
    else report(receiptOf(order.id, 'refused', { reason: refused === 'expired' ? 'expired' : 'not-for-this-site' }))
  }
  const measured = async (id: number): Promise<void> => {
    run.metrics ??= makeFleetMetrics()
    send({ t: 'answer', id, ok: true, mime: METRICS_PACKED_MIME, body: await run.metrics.packed() })
  }
  const hear = (message: HubMessage): void => {
    if (message.t === 'challenge')
      return send({ t: 'auth', sig: signer.sign(linkProofText(message.nonce, seat.site, BOOT)) })
    if (message.t === 'welcome') {
      run.up = true
      run.failures = 0
      return again()
    }
    if (message.t === 'order') return take(message.envelope)
    if (message.t === 'ask' && message.what === 'metrics') return void measured(message.id)
    // A real edge without a picture answers so.
    if (message.t === 'ask')
      return send({ t: 'answer', id: message.id, ok: false, mime: 'text/plain', body: 'no picture' })
    if (message.t === 'registry') {
      const newer = openPinned({ ...manner, registry: message.envelope }, verify, run.registry?.version ?? 0)
      if (newer !== null) run.registry = newer
      return
    }
    if (message.t !== 'receipt-ack') return
    receipts.delete(`${message.order}/${message.stage}`)
    const deed = orders.get(message.order)?.deed
    if (deed === undefined) return
    if (message.stage === 'accepted') deed.acceptedAt ??= machineMs()
    if (message.stage === 'shown') deed.shownAt ??= machineMs()
    if (message.stage === 'ended') deed.endedAt ??= machineMs()
  }
  const lost = (): void => {
    run.socket = null
    run.up = false
    for (const timer of run.timers.splice(0)) clearInterval(timer)
    if (!run.wanted) return
    const [first, most] = manner.redialMs
    const wait = Math.min(most, first * 2 ** run.failures) * (0.5 + Math.random() / 2)
    run.failures = Math.min(run.failures + 1, 10)
    run.redial = setTimeout(dial, wait)
  }
  const dial = (): void => {
    run.wanted = true
    if (run.socket !== null) return
    const socket = new WebSocket(`${manner.url}/edge`, {
      perMessageDeflate: false,
      handshakeTimeout: 15_000,
      rejectUnauthorized: false,
      ...(manner.spread ? { localAddress: addressOf(seat.index) } : {}),
    })
    run.socket = socket
    run.heard = machineMs()
    socket.on('open', () => {
      const versions = { scheduleVersion: 0, registryVersion: run.registry?.version ?? 0 }
      send({ t: 'hello', v: LINK_VERSION, site: seat.site, bootId: BOOT, version: 'fleet', ...versions })
    })
    socket.on('message', (data) => {
      run.heard = machineMs()
      const parsed = parseDocument(HubMessage, data.toString())
      if (parsed.ok) hear(parsed.value)
    })
    socket.on('ping', () => {
      run.heard = machineMs()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => run.socket === socket && lost())
    run.timers.push(
      setInterval(() => machineMs() - run.heard > manner.silenceMs && socket.terminate(), manner.silenceMs / 4),
      setInterval(() => run.up && again(), manner.receiptAgainMs),
    )
    if (manner.statusMs !== null)
      run.timers.push(setInterval(() => run.up && send({ t: 'status', status: aStatus() }), manner.statusMs))
  }
  return {
    dial,
    hangUp: () => {
      run.wanted = false
      clearTimeout(run.redial)
      run.socket?.terminate()
    },
    connected: () => run.up,
    deeds: () => [...orders.values()].map(({ deed }) => deed),
  }
}

const BOOT = 'fleet'

/** 127.1.0.1 and on: loopback has sixteen million addresses. */
const addressOf = (index: number): string =>
  `127.${1 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${1 + (index % 250)}`
