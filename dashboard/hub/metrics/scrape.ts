import { ORDER_CLASSES } from '#core/emergency/order.ts'
import type { EdgeState } from '../link/edges.ts'
import { MOST_PENDING } from '../store/pending.ts'
import type { Store } from '../store/port.ts'
import type { SiteRecord } from '../store/types.ts'
import type { Scraped } from './hub-metrics.ts'
import { type OwnFacts, ownReadings } from './own.ts'

type Needs = {
  readonly store: Store
  readonly now: () => number
  readonly version: string
  readonly fleet: readonly SiteRecord[]
  readonly state: (site: string) => EdgeState
  /** Null: the audit log has not been read through yet. */
  readonly intact: () => boolean | null
  readonly own: OwnFacts
  /** Wall clock, ms; null: there is none, or the hub makes none by itself. */
  readonly backedUpAt: () => number | null
}
/** Overdue orders are counted up to here; by then the figure says enough. */
const MOST_OWED = 10_000

/** What the hub's gauges read when Prometheus asks. */
export const scrapeOf = async (needs: Needs): Promise<Scraped> => {
  const now = needs.now()
  const enrolled = new Set((await needs.store.devices.all()).map((d) => d.site))
  const { byClass, undelivered } = await needs.store.orders.inForce(now)
  const waiting = (await needs.store.pending.list(MOST_PENDING)).filter(
    (p) => p.state === 'waiting' && p.lapsesAt > now,
  )
  const overdue = (await needs.store.orders.owing(MOST_OWED)).filter((o) => o.dueAt <= now)
  const intact = needs.intact()
  const backedUpAt = needs.backedUpAt()
  const known = needs.fleet.filter((s) => enrolled.has(s.id))
  return {
    ...(await ownReadings(needs.own, { store: needs.store, now, sites: known.map((s) => s.id) })),
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
      value: byClass.get(c) ?? 0,
    })),
    orderUndelivered: undelivered,
    ordersPending: waiting.length,
    draftsWaiting: await needs.store.drafts.waiting(),
    documentsOverdue: overdue.filter((o) => o.what === 'document').length,
    reviewsOverdue: overdue.filter((o) => o.what === 'review').length,
    incidentsOpen: await needs.store.incidents.counts(),
    auditIntact: intact === null ? null : intact ? 1 : 0,
    backupTime: backedUpAt === null ? null : backedUpAt / 1000,
    residentBytes: process.memoryUsage().rss,
  }
}
