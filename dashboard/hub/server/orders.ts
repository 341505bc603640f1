import { ok } from '#core/base/result.ts'
import type { ReleaseRules } from '#core/contract/api.ts'
import type { Hub } from '../hub.ts'
import { rulesFor } from '../policies.ts'
import type { Answer, Route } from './answer.ts'
import { listPending, signPending, withdrawPending } from './orders-pending.ts'
import { submitOrder } from './orders-release.ts'
import { orderFrame, orderReport, prepareFrames, reviewOrder } from './orders-report.ts'

/**
 * The list shows this many, and of those that are over the newest with so many clusters together (3 MB, a tenth of a second); older ones have
 * their report, and are in the audit log and in the evidence.
 */
const MOST_LISTED = 200
const MOST_LISTED_SITES = 10_000

const listOrders = async (hub: Hub): Answer => {
  const rows = await hub.store.orders.listed({ limit: MOST_LISTED, mostSites: MOST_LISTED_SITES, now: hub.now() })
  return ok(rows.map(hub.views.order))
}

const READ = { action: 'view', scope: 'orders.read' } as const
const CANCEL = { action: 'order.cancel' } as const
const REVIEW = { action: 'order.review' } as const
const PERSON_RELEASE = { action: 'order.release' } as const
const RELEASE = { action: 'order.release', scope: 'orders.submit' } as const

/** What the hub will hold an order for the whole fleet to: the strictest of its clusters' policies, or what stands in for one. */
const releaseRules = (hub: Hub): ReleaseRules =>
  rulesFor(
    hub.policies,
    [...hub.sites.values()].filter((s) => s.fleet),
  )

export const orderRoutes = (hub: Hub): readonly Route[] => [
  {
    method: 'GET',
    url: '/api/orders',
    need: READ,
    handle: () => listOrders(hub),
  },
  { method: 'POST', url: '/api/orders', need: RELEASE, handle: (call) => submitOrder(hub, call) },
  { method: 'GET', url: '/api/orders/pending', need: READ, handle: () => listPending(hub) },
  { method: 'POST', url: '/api/orders/:id/sign', need: RELEASE, handle: (call) => signPending(hub, call) },
  {
    method: 'POST',
    url: '/api/orders/:id/withdraw',
    need: CANCEL,
    handle: (call) => withdrawPending(hub, call),
  },
  {
    method: 'POST',
    url: '/api/orders/:id/review',
    need: REVIEW,
    handle: (call) => reviewOrder(hub, call),
  },
  {
    method: 'POST',
    url: '/api/orders/frames',
    need: PERSON_RELEASE,
    handle: (call) => prepareFrames(hub, call),
  },
  { method: 'GET', url: '/api/orders/:id', need: READ, handle: (call) => orderReport(hub, call) },
  {
    method: 'GET',
    url: '/api/orders/:id/frames/:site/:moment',
    need: READ,
    handle: (call) => orderFrame(hub, call),
  },
  { method: 'GET', url: '/api/release-rules', need: READ, handle: async () => ok(releaseRules(hub)) },
]
