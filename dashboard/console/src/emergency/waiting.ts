import type { PendingView } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'

/** Orders that wait for a second person: which are shown, and what of them may be believed. */

/** A declined or lapsed one stays in sight this long, so that whoever wrote it learns why, ms. */
const SEEN_AFTER_MS = 3_600_000

export type Waiting = {
  /** To be signed now, the one that lapses first on top. */
  readonly open: readonly PendingView[]
  /** Declined or lapsed lately, newest first. */
  readonly closed: readonly PendingView[]
}

export const waitingOf = (list: readonly PendingView[], now: number): Waiting => {
  const isOpen = (p: PendingView) => p.state === 'waiting' && p.lapsesAt > now
  const closedAt = (p: PendingView) => p.withdrawn?.at ?? p.lapsesAt
  return {
    open: list.filter(isOpen).sort((a, b) => a.lapsesAt - b.lapsesAt),
    closed: list
      .filter((p) => !isOpen(p) && now - closedAt(p) < SEEN_AFTER_MS)
      .sort((a, b) => closedAt(b) - closedAt(a)),
  }
}

/** The same keys and values, in whatever order the keys stand. */
const same = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]))
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && same(value, right.get(key)))
}

/**
 * The order that a second person would sign: what is inside the signed text, and only if the hub showed the same. A hub that shows one
 * thing and has another one signed must not get a signature. Null: they differ.
 */
export const signedOrder = (pending: Pick<PendingView, 'order' | 'envelope'>): Order | null => {
  try {
    const inside: unknown = JSON.parse(pending.envelope.payload)
    return pending.envelope.type === 'order' && same(inside, pending.order) ? pending.order : null
  } catch {
    return null
  }
}
