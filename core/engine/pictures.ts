import { findOrder } from '../emergency/book.ts'
import type { Event } from './event.ts'
import { record, set, type Turn } from './turn.ts'

/**
 * The bytes are those that were signed, and no picture comes out of them. Said once for each order, however often it is put up; the order
 * goes on in words, which is what it must be understood by anyway (domain.md §4.3).
 */
export const pictureBroken = (turn: Turn, event: Event & { event: 'picture' }): void => {
  const entry = findOrder(turn.state.orders, event.order)
  const key = `picture:${event.order}`
  if (entry === undefined || turn.state.reported.has(key)) return
  set(turn, { reported: new Set([...turn.state.reported, key]) })
  record(turn, { kind: 'refusal', item: `order:${event.order}`, reason: 'broken', detail: event.detail })
  const detail = `${event.order} ${entry.order.picture?.sha256 ?? ''}: ${event.detail}`
  record(turn, { kind: 'incident', type: 'TECHNICAL', what: 'order-picture', detail, fault: null })
}
