import type { ItemView, OrderView, PendingView, SiteView } from '#core/contract/api.ts'
import type { Base } from '../base.ts'
import type { Edges } from '../link/edges.ts'
import type { ItemRow, OrderRow, PendingRow, RefusalRow, SignerRow } from '../store/port.ts'
import type { SiteRecord } from '../store/types.ts'

/** What the console is shown, put together from store and live connections. */
export type Views = {
  readonly site: (site: SiteRecord) => Promise<SiteView>
  readonly fleet: () => Promise<readonly SiteView[]>
  readonly order: (row: OrderRow) => OrderView
  readonly pending: (row: PendingRow) => PendingView
  readonly item: (row: ItemRow) => Promise<ItemView>
  readonly items: () => Promise<readonly ItemView[]>
}

type Needs = Base & {
  readonly sites: ReadonlyMap<string, SiteRecord>
  readonly names: (user: string) => string
  readonly edges: Edges
}

/** An order of the site itself is over when the site says so: its end is moved on there while a contact asks for it. */
const stateOf = (row: OrderRow, now: number): OrderView['state'] => {
  if (row.state !== 'open') return row.state
  const isOver = row.local ? row.sites.every((s) => s.endedAt !== null) : row.order.expiresAt <= now
  return isOver ? 'expired' : 'open'
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
      place: { lat: s.lat, lon: s.lon },
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
  const named = (user: string | null) => (user === null ? null : hub.names(user))
  const signer = ({ user, at }: SignerRow) => ({ user, name: hub.names(user), at })
  return {
    site,
    fleet: () => Promise.all([...hub.sites.values()].filter((s) => s.fleet).map(site)),
    order: (row) => ({
      order: row.order,
      issuerName: row.local ? row.order.authority.name : hub.names(row.order.issuer),
      releasedAt: row.releasedAt,
      state: stateOf(row, hub.now()),
      sites: row.sites.map((s) => {
        const { connected, lastSeen } = hub.edges.state(s.site)
        const contact = hub.sites.get(s.site)?.contact ?? null
        return { ...s, connected, contact, silentSince: connected ? null : lastSeen }
      }),
      signers: row.signers.map(signer),
      document: row.document,
      documentDueAt: row.document === null ? row.documentDue : null,
      review: row.review === null ? null : { ...row.review, by: named(row.review.by) },
      local: row.local,
    }),
    pending: (row) => ({
      order: row.order,
      envelope: row.envelope,
      signers: row.signers.map(signer),
      // `released` is not shown as pending; whoever asks at that very moment sees it as lapsed, and the order itself beside it.
      state:
        row.state === 'withdrawn'
          ? 'withdrawn'
          : row.state === 'waiting' && row.lapsesAt > hub.now()
            ? 'waiting'
            : 'lapsed',
      lapsesAt: row.lapsesAt,
      withdrawn: row.withdrawn === null ? null : { ...row.withdrawn, by: hub.names(row.withdrawn.by) },
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
