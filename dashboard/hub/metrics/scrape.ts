import { ORDER_CLASSES } from '#core/emergency/order.ts'
import type { EdgeState } from '../link/edges.ts'
import type { OrderRow, Store } from '../store/port.ts'
import type { SiteRecord } from '../store/types.ts'
import type { Scraped } from './hub-metrics.ts'

type Needs = {
  readonly store: Store
  readonly now: () => number
  readonly version: string
  readonly fleet: readonly SiteRecord[]
  readonly state: (site: string) => EdgeState
}
/** Orders older than these newest ones are not open any more: the longest an order can run is shorter than it takes to make so many. */
const LOOKED_AT = 1_000

const isOpen = (row: OrderRow, now: number): boolean =>
  row.state === 'open' &&
  row.order.action !== 'cancel' &&
  row.order.expiresAt > now &&
  row.sites.some((s) => s.endedAt === null && s.refused === null)

/** What the hub's gauges read when Prometheus asks. */
export const scrapeOf = async (needs: Needs): Promise<Scraped> => {
  const now = needs.now()
  const enrolled = new Set((await needs.store.devices.all()).map((d) => d.site))
  const orders = (await needs.store.orders.list(LOOKED_AT)).filter((r) => isOpen(r, now))
  const waiting = new Set(
    orders.flatMap((r) => r.sites.filter((s) => s.acceptedAt === null && s.refused === null).map((s) => s.site)),
  )
  const known = needs.fleet.filter((s) => enrolled.has(s.id))
  return {
    info: [{ labels: { version: needs.version }, value: 1 }],
    edgesKnown: known.length,
    edgeConnected: known.map((s) => ({
      labels: { site: s.id, cluster_class: s.clusterClass, unit: s.unitCode },
      value: needs.state(s.id).connected ? 1 : 0,
    })),
    edgeLastSeen: known.flatMap((s) => {
      const { lastSeen } = needs.state(s.id)
      return lastSeen === null ? [] : [{ labels: { site: s.id }, value: lastSeen / 1000 }]
    }),
    ordersOpen: ORDER_CLASSES.map((c) => ({
      labels: { class: c },
      value: orders.filter((r) => r.order.class === c).length,
    })),
    orderUndelivered: waiting.size,
    residentBytes: process.memoryUsage().rss,
  }
}
