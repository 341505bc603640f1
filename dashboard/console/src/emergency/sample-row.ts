import type { OrderSite } from '#core/contract/api.ts'

/** For tests: one cluster's row of an order that was just released. */
export const sampleRow = (part: Partial<OrderSite> = {}): OrderSite => ({
  site: 'A',
  connected: true,
  sentAt: null,
  acceptedAt: null,
  acceptedAfterMs: null,
  shownAt: null,
  shownAfterMs: null,
  proof: null,
  endedAt: null,
  endReason: null,
  refused: null,
  again: 0,
  againAt: null,
  contact: null,
  silentSince: null,
  ...part,
})
