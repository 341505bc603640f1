import type { ItemView, OrderView, SiteView } from '#core/contract/api.ts'
import type { Base } from '../base.ts'
import type { Edges } from '../link/edges.ts'
import type { ItemRow, OrderRow, RefusalRow } from '../store/port.ts'
import type { SiteRecord } from '../store/types.ts'

/** What the console is shown, put together from store and live connections. */
export type Views = {
  readonly site: (site: SiteRecord) => Promise<SiteView>
  readonly fleet: () => Promise<readonly SiteView[]>
  readonly order: (row: OrderRow) => OrderView
  readonly item: (row: ItemRow) => Promise<ItemView>
  readonly items: () => Promise<readonly ItemView[]>
}

type Needs = Base & {
  readonly sites: ReadonlyMap<string, SiteRecord>
  readonly names: (user: string) => string
  readonly edges: Edges
}

export const makeViews = (hub: Needs): Views => {
  const site = async (s: SiteRecord): Promise<SiteView> => {
    const live = hub.edges.state(s.id)
    return {
      id: s.id,
      name: s.name,
      clusterClass: s.clusterClass,
      unitCode: s.unitCode,
      panel: s.panel ?? { width: 0, height: 0 },
      contentOperator: s.contentOperator,
      assetOperator: s.assetOperator,
      lifecycle: s.lifecycle,
      sample: s.sample,
      connected: live.connected,
      lastSeen: live.lastSeen,
      clockOffsetMs: live.clockOffsetMs,
      technicianPage: hub.config.technicianPages[s.id] ?? null,
      evidenceNext: await hub.store.evidence.next(s.id),
      status: live.status,
    }
  }
  const itemView = (row: ItemRow, held: readonly string[], refusals: readonly RefusalRow[]): ItemView => ({
    item: row.item,
    itemHash: row.hash,
    sites: row.sites,
    state: row.state === 'approved' && held.length > 0 ? 'published' : row.state,
    submittedAt: row.submittedAt,
    submitterName: hub.names(row.item.submittedBy),
    approvedBy: row.approvedBy,
    approvedAt: row.approvedAt,
    rejectReason: row.rejectReason,
    publishedAt: held,
    refusals: refusals
      .filter((r) => r.item === row.item.id)
      .map(({ site, reason, detail, at }) => ({ site, reason, detail, at })),
  })
  return {
    site,
    fleet: () => Promise.all([...hub.sites.values()].filter((s) => s.fleet).map(site)),
    order: (row) => ({
      order: row.order,
      issuerName: hub.names(row.order.issuer),
      releasedAt: row.releasedAt,
      state: row.state === 'open' && row.order.expiresAt <= hub.now() ? 'expired' : row.state,
      sites: row.sites.map((s) => {
        const { connected, lastSeen } = hub.edges.state(s.site)
        const contact = hub.sites.get(s.site)?.contact ?? null
        return { ...s, connected, contact, silentSince: connected ? null : lastSeen }
      }),
      signers: [{ user: row.order.issuer, name: hub.names(row.order.issuer), at: row.releasedAt }],
      document: null,
      documentDueAt: null,
      review: null,
      local: false,
    }),
    item: async (row) =>
      itemView(row, (await hub.store.schedules.holding()).get(row.item.id) ?? [], await hub.store.content.refusals()),
    items: async () => {
      const held = await hub.store.schedules.holding()
      const refusals = await hub.store.content.refusals()
      return (await hub.store.content.items()).map((row) => itemView(row, held.get(row.item.id) ?? [], refusals))
    },
  }
}
