import { advance, type BookEntry, receive } from '../emergency/book.ts'
import type { Event } from './event.ts'
import { orderReceipt, record, refusalReceipt, set, type Turn } from './turn.ts'

/** An order arrived and its signature was verified: it is taken into the book, or refused with the reason. */
export const order = (turn: Turn, event: Event & { event: 'order' }): void => {
  const { site, policy, now } = turn.state
  const got = receive(turn.state.orders, event.order, { site, policy, now })
  set(turn, { orders: got.book })
  const { order: wanted } = event.order
  const key = event.order.keys[0] ?? null
  if (got.outcome === 'duplicate') {
    turn.receipts.push(...turn.state.receipts.filter((r) => r.order === wanted.id))
    if (!turn.state.receipts.some((r) => r.order === wanted.id))
      orderReceipt(turn, got.entry, { stage: 'accepted', proof: null, reason: null, detail: 'again' })
    return
  }
  const line = {
    kind: 'order',
    order: wanted.id,
    class: wanted.class,
    document: wanted.authority.document,
    issuer: wanted.issuer,
    authority: wanted.authority.name,
    key,
  } as const
  if (got.outcome === 'refused') {
    record(turn, { ...line, stage: 'refused', reason: got.reason, detail: got.detail })
    refusalReceipt(turn, wanted.id, got.reason, got.detail)
    for (const entry of got.ended) ended(turn, entry)
    return
  }
  const taken = { ...line, status: wanted.status } as const
  record(turn, { ...taken, stage: 'received', reason: null, detail: `${wanted.action} ${wanted.status}` })
  turn.snapshot = 'order'
  orderReceipt(turn, got.entry, { stage: 'accepted', proof: null, reason: null, detail: wanted.action })
  for (const entry of got.ended) ended(turn, entry)
  if (got.entry.state === 'active') record(turn, { ...taken, stage: 'active', reason: null, detail: '' })
}

const ended = (turn: Turn, entry: BookEntry): void => {
  const { order: over, endReason } = entry
  record(turn, {
    kind: 'order',
    order: over.id,
    class: over.class,
    stage: 'ended',
    reason: endReason,
    document: over.authority.document,
    issuer: over.issuer,
    authority: over.authority.name,
    status: over.status,
    key: entry.key,
    detail: '',
  })
  orderReceipt(turn, entry, { stage: 'ended', proof: null, reason: endReason, detail: '' })
  turn.snapshot = 'order'
}

/** Orders begin and end by the clock. */
export const passOrders = (turn: Turn): void => {
  const moved = advance(turn.state.orders, turn.state.now)
  if (moved.began.length + moved.ended.length > 0) {
    set(turn, { orders: moved.book })
    for (const entry of moved.began)
      record(turn, {
        kind: 'order',
        order: entry.order.id,
        class: entry.order.class,
        stage: 'active',
        reason: null,
        document: entry.order.authority.document,
        issuer: entry.order.issuer,
        authority: entry.order.authority.name,
        status: entry.order.status,
        key: entry.key,
        detail: '',
      })
    for (const entry of moved.ended) ended(turn, entry)
    turn.snapshot = 'order'
  }
}
