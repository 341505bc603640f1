import { advance, type BookEntry, documentedBy, documentFor, receive } from '../emergency/book.ts'
import type { Order } from '../emergency/order.ts'
import { secondPersonRule } from '../emergency/release.ts'
import type { RecordBody } from '../evidence/record.ts'
import type { Event } from './event.ts'
import { orderReceipt, record, refusalReceipt, set, type Turn } from './turn.ts'
import type { VerifiedOrder } from './verified.ts'

type OrderLine = RecordBody & { readonly kind: 'order' }

/** What every line of an order that was taken in says of it. */
export const orderLine = (order: Order, key: string | null): Omit<OrderLine, 'stage' | 'reason' | 'detail'> => ({
  kind: 'order',
  order: order.id,
  class: order.class,
  document: order.authority.document,
  issuer: order.issuer,
  authority: order.authority.name,
  status: order.status,
  key,
  ...(order.allClear === true ? { allClear: true } : {}),
})

/** An order arrived and its signature was verified: it is taken into the book, or refused with the reason. */
export const order = (turn: Turn, event: Event & { event: 'order' }): void => {
  const { site, policy, now } = turn.state
  const got = receive(turn.state.orders, event.order, { site, policy, now })
  set(turn, { orders: got.book })
  const { order: wanted } = event.order
  if (got.outcome === 'duplicate') {
    turn.receipts.push(...turn.state.receipts.filter((r) => r.order === wanted.id))
    if (!turn.state.receipts.some((r) => r.order === wanted.id))
      orderReceipt(turn, got.entry, { stage: 'accepted', proof: null, reason: null, detail: 'again' })
    return
  }
  const line = orderLine(wanted, event.order.keys[0] ?? null)
  if (got.outcome === 'refused') {
    // What is refused was taken in as nothing, so its line says no status.
    const { status: _, ...refused } = line
    record(turn, { ...refused, stage: 'refused', reason: got.reason, detail: got.detail })
    refusalReceipt(turn, wanted.id, got.reason, got.detail)
    for (const entry of got.ended) ended(turn, entry)
    return
  }
  record(turn, { ...line, stage: 'received', reason: null, detail: signedBy(event.order, policy) })
  turn.snapshot = 'order'
  orderReceipt(turn, got.entry, { stage: 'accepted', proof: null, reason: null, detail: wanted.action })
  for (const entry of got.ended) ended(turn, entry)
  if (got.entry.state === 'active') record(turn, { ...line, stage: 'active', reason: null, detail: '' })
  noteDocuments(turn, wanted)
}

/** What it asks and who signed it with the right to: one name, two, or one alone where two are asked for, and why. */
const signedBy = ({ order: wanted, persons }: VerifiedOrder, policy: Turn['state']['policy']): string => {
  const said = `${wanted.action} ${wanted.status}, ký · signed: ${persons.join(', ')}`
  const isAlone = persons.length < 2 && secondPersonRule(wanted, policy) !== null
  return isAlone ? `${said}; một người ký · break-glass: ${wanted.breakGlass?.reason ?? ''}` : said
}

/**
 * The number of a document that came later (reading A11). It may come before its order at an edge that was away, and the line is written when
 * both are here: it names the order that was waiting, so that every fold finds the number under that order.
 */
const noteDocuments = (turn: Turn, wanted: Order): void => {
  const { orders } = turn.state
  const from = documentFor(orders, wanted)
  const pairs =
    from === null ? documentedBy(orders, wanted).map((of) => ({ of, by: wanted })) : [{ of: wanted, by: from }]
  for (const { of, by } of pairs) {
    const key = orders.entries.find((e) => e.order.id === by.id)?.key ?? null
    const line = {
      ...orderLine(of, key),
      document: by.authority.document,
      issuer: by.issuer,
      authority: by.authority.name,
    }
    record(turn, { ...line, stage: 'documented', reason: null, detail: by.id })
  }
}

const ended = (turn: Turn, entry: BookEntry): void => {
  const { order: over, endReason } = entry
  record(turn, { ...orderLine(over, entry.key), stage: 'ended', reason: endReason, detail: '' })
  orderReceipt(turn, entry, { stage: 'ended', proof: null, reason: endReason, detail: '' })
  turn.snapshot = 'order'
}

/** Orders begin and end by the clock. */
export const passOrders = (turn: Turn): void => {
  const moved = advance(turn.state.orders, turn.state.now)
  if (moved.began.length + moved.ended.length > 0) {
    set(turn, { orders: moved.book })
    for (const { order: begun, key } of moved.began)
      record(turn, { ...orderLine(begun, key), stage: 'active', reason: null, detail: '' })
    for (const entry of moved.ended) ended(turn, entry)
    turn.snapshot = 'order'
  }
}
