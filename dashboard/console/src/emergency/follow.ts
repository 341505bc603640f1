import type { OrderView } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'
import { clean } from './draft.ts'

/** What can be signed about an order that is out: its end, and the number of its document. */
export type FollowUp = { readonly id: string; readonly issuer: string; readonly now: number }

/** An order that shows nothing carries nothing of what the first one showed, nor why it was released alone. */
const bare = (order: Order): Order => {
  const { allClear: _a, picture: _p, breakGlass: _b, relayed: _r, response: _e, ...rest } = order
  return { ...rest, texts: [], wake: false, sound: false, brightness: null }
}

/** Ends `order` everywhere it went. Lives as long as the order would have, so that it also meets a late copy of it. */
export const cancelOf = (order: Order, issue: FollowUp): Order => ({
  ...bare(order),
  id: issue.id,
  action: 'cancel',
  references: [order.id],
  // Later than what it ends, even where that was signed by a clock that ran ahead: no retraction has to wait for a clock.
  issuedAt: Math.max(issue.now, order.issuedAt + 1),
  startsAt: issue.now,
  expiresAt: Math.max(order.expiresAt, issue.now + 60_000),
  issuer: issue.issuer,
})

/** How long the number of a document is kept for clusters that are away, ms; the longest that an order may live. */
const DOCUMENT_LIVES_MS = 86_400_000

/** Adds the number of the document under which `order` was released; nothing changes on a screen (domain.md §4.3). */
export const documentOf = (order: Order, number: string, issue: FollowUp): Order => ({
  ...bare(order),
  id: issue.id,
  action: 'document',
  references: [order.id],
  authority: { name: order.authority.name, document: clean(number) },
  issuedAt: issue.now,
  startsAt: issue.now,
  expiresAt: issue.now + DOCUMENT_LIVES_MS,
  issuer: issue.issuer,
})

export type DocumentState =
  | { readonly state: 'has'; readonly number: string }
  | { readonly state: 'due' | 'late'; readonly at: number }
  | { readonly state: 'none' }

/** Has it a number, is one still asked for, or is it overdue? */
export const documentState = (view: OrderView, now: number): DocumentState => {
  const number = view.document ?? view.order.authority.document
  if (number !== null) return { state: 'has', number }
  if (view.documentDueAt === null) return { state: 'none' }
  return { state: view.documentDueAt < now ? 'late' : 'due', at: view.documentDueAt }
}
