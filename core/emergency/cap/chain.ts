import { instant } from '../../base/units.ts'
import type { Order } from '../order.ts'
import type { CapIdentity, CapMessage } from './message.ts'
import { formatCapTime, identityKey, parseCapTime, referencesOf } from './time.ts'

/** An order that the hub has released, and whether it is still in force. */
export type KnownOrder = { readonly order: Order; readonly open: boolean }

/** An order of ours as a CAP message: what `capOfOrder` writes and what others then refer to. */
export const identityOf = (order: Pick<Order, 'id' | 'issuedAt'>, sender: string): CapIdentity => ({
  sender,
  identifier: order.id,
  sent: formatCapTime(instant(order.issuedAt)),
})

export type Chain = {
  /** The orders in force that the references lead to, each once. */
  readonly heads: readonly Order[]
  /** Some reference is known, in force or not. */
  readonly known: boolean
  /** A message that is older than the newest of its chain changes nothing (domain.md §4.2). */
  readonly older: boolean
}

/** A chain of updates longer than this is none. */
const LONGEST_CHAIN = 100

/** Follows what a message refers to: from the order that relayed it (or is it) to the newest update of that one. */
export const chainOf = (message: CapMessage, known: readonly KnownOrder[], own: string): Chain => {
  const keys = new Set(referencesOf(message.references).map(identityKey))
  const isMeant = ({ order }: KnownOrder): boolean =>
    keys.has(identityKey(identityOf(order, own))) ||
    (order.relayed !== undefined && keys.has(identityKey(order.relayed)))
  const found = known.filter((k) => isMeant(k) && k.order.action !== 'document')
  const ends = found.map((k) => headOf(k, known))
  const sent = parseCapTime(message.sent) ?? 0
  const older = ends.some(
    (head, i) =>
      head !== found[i] &&
      head.order.relayed?.sender === message.sender &&
      (parseCapTime(head.order.relayed.sent) ?? 0) > sent,
  )
  const heads = ends.filter((e) => e.open && e.order.action !== 'cancel').map((e) => e.order)
  return { heads: heads.filter((h, i) => heads.indexOf(h) === i), known: found.length > 0, older }
}

const headOf = (start: KnownOrder, known: readonly KnownOrder[]): KnownOrder => {
  let head = start
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const { id } = head.order
    const later = known
      .filter((k) => k.order.action === 'update' && k.order.id !== id && k.order.references.includes(id))
      .sort((a, b) => b.order.issuedAt - a.order.issuedAt)[0]
    // An update for some of the clusters leaves the one before it in force at the others.
    if (later === undefined || head.open) return head
    head = later
  }
  return head
}
