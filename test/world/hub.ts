import type { Prng } from '#core/base/prng.ts'
import { assetsOf } from '#core/content/item.ts'
import type { Receipt } from '#core/contract/link.ts'
import type { Order } from '#core/emergency/order.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import { verifiedOrder } from '../build.ts'
import type { SimClock } from './clock.ts'
import type { SimEdge } from './edge.ts'
import type { Judge } from './judge.ts'
import type { OrderOracle } from './orders.ts'
import type { Sight } from './sight.ts'

/** An order, when each copy of it is on its way (ms from now), and who signed it. */
export type Sending = {
  readonly order: Order
  readonly copies: readonly number[]
  readonly persons: readonly string[]
}

/**
 * The centre and the line to it: away for days, messages late, twice and out of order. It sends again what was never confirmed, and keeps
 * book of what the edge said it had.
 */
export const createHub = (of: {
  readonly now: () => number
  readonly after: (ms: number, act: () => void) => void
  readonly random: Prng
  readonly edge: SimEdge
  readonly oracle: OrderOracle
  readonly clock: SimClock
  readonly sight: Sight
  readonly judge: Judge
  /** What is on the edge's disk, by hash. */
  readonly files: Set<string>
  readonly links: { up: boolean; wanted: readonly string[] }
  readonly start: number
}) => {
  const { now, after, random, edge, oracle, clock, judge, files, links } = of
  const sent = new Map<string, { readonly order: Order; readonly persons: readonly string[]; confirmed: boolean }>()
  /** Orders of which the edge said "accepted": no cut may take them away. */
  const promised = new Set<string>()
  const state = { newest: null as VerifiedSchedule | null, older: [] as VerifiedSchedule[], line: 0, fetching: 0 }
  const wall = () => of.start + now()

  const later = (ms: number, act: () => void): void => {
    const { line } = state
    after(ms, () => {
      if (links.up && line === state.line && edge.up()) act()
    })
  }
  const hand = (order: Order, persons: readonly string[]): void => {
    if (!edge.up()) return
    const right = Math.abs(clock.error()) <= 3_000 && edge.reading().quality !== 'unset'
    oracle.delivered(order, { now: now(), wall: wall(), clockRight: right, persons })
    const expecting = of.sight.expectOrder(order)
    edge.post({ event: 'order', order: { ...verifiedOrder(order), persons } })
    expecting()
  }
  const giveSchedule = (): void => {
    const { newest } = state
    if (newest === null || !edge.up()) return
    const has = edge.state().schedule?.document.version ?? 0
    if (newest.document.version > has) edge.post({ event: 'schedule', schedule: newest })
    of.sight.look()
  }
  /** What is missing comes one file after the other. */
  const fetch = (): void => {
    state.fetching += 1
    const turn = state.fetching
    const next = (): void => {
      const missing = links.wanted.find((sha) => !files.has(sha))
      if (missing === undefined) return
      later(200 + random.below(20_000), () => {
        if (turn !== state.fetching) return
        files.add(missing)
        edge.post({ event: 'asset', sha256: missing, state: 'present' })
        next()
      })
    }
    next()
  }
  const up = (): void => {
    if (links.up || !edge.up()) return
    links.up = true
    state.line += 1
    edge.hubSays(wall())
    edge.post({ event: 'hub', link: 'up', detail: '' })
    for (const { order, persons, confirmed } of sent.values())
      if (!confirmed && order.expiresAt > wall()) later(50 + random.below(3_000), () => hand(order, persons))
    later(100 + random.below(5_000), giveSchedule)
    fetch()
  }
  const down = (): void => {
    state.line += 1
    if (!links.up) return
    links.up = false
    edge.post({ event: 'hub', link: 'down', detail: 'simulated' })
  }
  return {
    up,
    down,
    isUp: () => links.up,
    offer: (schedule: VerifiedSchedule): void => {
      if (state.newest !== null) state.older.push(state.newest)
      state.newest = schedule
      later(50 + random.below(5_000), giveSchedule)
    },
    /** Somebody plays an old document again; the gate refuses it by its number. */
    offerOld: (): void => {
      if (state.older.length === 0) return
      later(50, () =>
        edge.post({ event: 'refused', what: 'schedule', reason: 'malformed', detail: 'older', orderId: null }),
      )
    },
    send: ({ order, copies, persons }: Sending): void => {
      sent.set(order.id, { order, persons, confirmed: false })
      for (const ms of copies) later(ms, () => hand(order, persons))
    },
    receipt: (receipt: Receipt): void => {
      if (!links.up) return
      if (receipt.stage === 'accepted') promised.add(receipt.order)
      later(100 + random.below(3_000), () => {
        const one = sent.get(receipt.order)
        if (one !== undefined && (receipt.stage === 'accepted' || receipt.stage === 'refused')) one.confirmed = true
        if (random.chance(0.9)) edge.post({ event: 'receipt-acked', order: receipt.order, stage: receipt.stage })
      })
    },
    fetch,
    /** A file rots or vanishes; the scrub finds it. */
    lose: (pick: number): void => {
      const wanted = [...links.wanted].filter((sha) => files.has(sha))
      const sha256 = wanted[pick % Math.max(1, wanted.length)]
      if (sha256 === undefined || !edge.up()) return
      files.delete(sha256)
      edge.post({ event: 'asset', sha256, state: pick % 2 === 0 ? 'changed' : 'absent' })
      fetch()
    },
    /** After a start: everything that was promised is in the book. */
    checkPromises: (): void => {
      const { entries } = edge.state().orders
      if (entries.length > 150) return
      for (const id of promised)
        judge.hold(
          'receipt-durable',
          entries.some((e) => e.order.id === id),
          () => `${id} was accepted and is not known any more`,
        )
      for (const { order } of sent.values()) if (!promised.has(order.id)) oracle.doubt(order.id)
    },
    allFiles: (schedule: VerifiedSchedule): void => {
      for (const item of Object.values(schedule.items)) for (const a of assetsOf(item)) files.add(a.sha256)
    },
  }
}
export type Hub = ReturnType<typeof createHub>
