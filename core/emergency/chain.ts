import type { Order, OrderClass } from './order.ts'

/**
 * Which order took the place of which, as far as this edge was told (domain.md §4.2). What is over follows from the set of what arrived and
 * never from the order in which it came: every update, all-clear and cancel leaves a stone on each order that it references, and an order is
 * over when a stone lies on it, or a newer one on something that it replaced itself.
 */
export type Tombstone = {
  /** The order that is over. */
  readonly id: string
  readonly class: OrderClass
  readonly reason: 'cancelled' | 'superseded' | 'cleared'
  /** The order that says so, and when that one was issued; stones of an older version do not say when. */
  readonly by: string
  readonly at?: number
  /** An exercise ends nothing real. */
  readonly status?: 'exercise'
}

/** Stones remembered, newest first. */
export const MOST_STONES = 200

/** What an order says about others. A release says nothing, and a document leaves everything as it is. */
const stonesOf = (order: Order): readonly Tombstone[] => {
  if (order.action === 'release' || order.action === 'document') return []
  const reason = order.action === 'cancel' ? 'cancelled' : order.allClear === true ? 'cleared' : 'superseded'
  const exercise = order.status === 'exercise' ? ({ status: 'exercise' } as const) : {}
  return order.references.map((id) => ({
    id,
    class: order.class,
    reason,
    by: order.id,
    at: order.issuedAt,
    ...exercise,
  }))
}

/** What is remembered already is not remembered again, so an old cancel sent over and over pushes nothing out. */
export const withStones = (stones: readonly Tombstone[], order: Order): readonly Tombstone[] => {
  const news = stonesOf(order).filter(
    (n) => !stones.some((s) => s.id === n.id && s.by === n.by && s.class === n.class && s.status === n.status),
  )
  return news.length === 0 ? stones : [...news, ...stones].slice(0, MOST_STONES)
}

/**
 * By what this order is over, or null. Only orders of its own class count: a right to send priority notices must not cancel an emergency.
 * A message that references what was replaced long ago speaks of its head, and is not heard when the head is newer than it.
 */
export const overBy = (stones: readonly Tombstone[], order: Order): Tombstone | null => {
  const heard = stones.filter(
    (s) => s.class === order.class && s.by !== order.id && (s.status === undefined || order.status === 'exercise'),
  )
  const direct = heard.find((s) => s.id === order.id)
  if (direct !== undefined) return direct
  const replaced = replacedBy(stones, order)
  // What it replaced itself may well bear a later date, by a clock that ran ahead: then the one that knew of the other holds.
  return heard.find((s) => replaced.has(s.id) && !replaced.has(s.by) && isNewer(s, order)) ?? null
}

/** Everything that it replaced, and what that had replaced before. */
const replacedBy = (stones: readonly Tombstone[], order: Order): ReadonlySet<string> => {
  const found = new Set<string>()
  const next = [order.id]
  for (let id = next.pop(); id !== undefined; id = next.pop())
    for (const s of stones)
      if (s.by === id && s.class === order.class && s.id !== order.id && !found.has(s.id)) {
        found.add(s.id)
        next.push(s.id)
      }
  return found
}

const isNewer = ({ at, by }: Tombstone, order: Order): boolean =>
  at !== undefined && (at > order.issuedAt || (at === order.issuedAt && by > order.id))
