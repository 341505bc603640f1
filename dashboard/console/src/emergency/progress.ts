import { CLAIM_RANKS, type ClaimRank } from '#core/claim/claim.ts'
import type { OrderSite, OrderView, SiteView } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'

/** Where one order stands at one site, as one word. */
export type Stage = 'refused' | 'ended' | 'shown' | 'accepted' | 'sent' | 'waiting' | 'silent' | 'missed'

/** `open`: is the order still in force? A site that was never reached before its end is simply not reached. */
export const stageOf = (row: OrderSite, open: boolean): Stage => {
  if (row.refused !== null) return 'refused'
  if (row.endedAt !== null) return 'ended'
  if (row.shownAt !== null) return 'shown'
  if (row.acceptedAt !== null) return 'accepted'
  if (!open) return 'missed'
  if (!row.connected) return 'silent'
  return row.sentAt === null ? 'waiting' : 'sent'
}

/** Does it put something on a screen? A cancel and the number of a document are signed orders too, but are in force for nobody. */
export const isShowing = (view: Pick<OrderView, 'order'>): boolean =>
  view.order.action === 'release' || view.order.action === 'update'

/** Orders that put something on a screen and have not ended: the real ones before any exercise, else in the order given. */
export const inForce = (orders: readonly OrderView[]): readonly OrderView[] => {
  const open = orders.filter((o) => o.state === 'open' && isShowing(o))
  const isReal = (o: OrderView): boolean => o.order.status === 'actual'
  return [...open.filter(isReal), ...open.filter((o) => !isReal(o))]
}

/**
 * What holds the screen of a cluster now that has this order and is in reach, when it is of a higher rank; null: nothing does, or it is not
 * known. A mourning is a rule for others, nothing of it is ever on the glass.
 */
export const coverOf = (row: OrderSite, order: Order, site: SiteView | undefined): ClaimRank | null => {
  if (row.acceptedAt === null || row.endedAt !== null || row.refused !== null || order.class === 'mourning') return null
  if (site?.connected !== true || site.status === null) return null
  const { rank } = site.status.screen
  return CLAIM_RANKS.indexOf(rank) < CLAIM_RANKS.indexOf(order.class) ? rank : null
}

/**
 * An order's row says whether its cluster was there when the row last changed; the cluster's own view says whether it is there now. Nobody
 * is to telephone after a cluster that has come back, and one that goes is asked after at once.
 */
export const withNow = (view: OrderView, sites: readonly SiteView[]): OrderView => {
  const known = new Map(sites.map((s) => [s.id, s]))
  return {
    ...view,
    sites: view.sites.map((r) => {
      const site = known.get(r.site)
      if (site === undefined || site.connected === r.connected) return r
      return { ...r, connected: site.connected, silentSince: site.connected ? null : site.lastSeen }
    }),
  }
}

/** Clusters that must be asked after by telephone: never reached, or gone since they showed it. Longest silent first. */
export const silentRows = (view: OrderView): readonly OrderSite[] =>
  view.sites
    .filter((row) => !row.connected && row.refused === null && row.endedAt === null)
    .sort((a, b) => (a.silentSince ?? 0) - (b.silentSince ?? 0))

export type Figures = {
  readonly actual: number
  /** Of those, green pages: nothing threatens any more. */
  readonly clear: number
  readonly exercise: number
  /** Screens on which an order in force is shown with a proof, and to which no actual one is still on its way. */
  readonly reached: number
  readonly targeted: number
  readonly connected: number
  readonly sites: number
  /** Screens that should show an order and are out of reach: they get it when they come back. */
  readonly silent: number
}

/** The four figures a person wants before anything else. A screen counts once however many orders meet on it. */
export const figuresOf = (orders: readonly OrderView[], sites: readonly SiteView[]): Figures => {
  const open = inForce(orders).map((o) => withNow(o, sites))
  const rows = open.flatMap((o) => o.sites)
  const distinct = (list: readonly OrderSite[]): number => new Set(list.map((r) => r.site)).size
  const owed = open
    .filter((o) => o.order.status === 'actual')
    .flatMap((o) => o.sites)
    .filter((r) => ON_THE_WAY.has(stageOf(r, true)))
  const waits = new Set(owed.map((r) => r.site))
  const active = sites.filter((s) => s.lifecycle === 'ACTIVE')
  return {
    actual: open.filter((o) => o.order.status === 'actual').length,
    clear: open.filter((o) => o.order.status === 'actual' && o.order.allClear === true).length,
    exercise: open.filter((o) => o.order.status !== 'actual').length,
    reached: distinct(rows.filter((r) => stageOf(r, true) === 'shown' && !waits.has(r.site))),
    targeted: distinct(rows),
    connected: active.filter((s) => s.connected).length,
    sites: active.length,
    silent: distinct(rows.filter((r) => stageOf(r, true) === 'silent')),
  }
}

const ON_THE_WAY: ReadonlySet<Stage> = new Set(['waiting', 'sent', 'silent'])

/** An order that was refused may be taken later, never the other way round: taken counts for two. */
const answers = (s: OrderSite): number => (s.acceptedAt !== null ? 2 : s.refused !== null ? 1 : 0)

const steps = (view: OrderView): number =>
  (view.state === 'open' ? 0 : 1) +
  view.signers.length +
  (view.document === null ? 0 : 1) +
  (view.review === null || view.review.by === null ? 0 : 1) +
  view.sites.reduce(
    (n, s) => n + s.again + answers(s) + [s.sentAt, s.shownAt, s.endedAt].filter((x) => x !== null).length,
    0,
  )

/**
 * Of two views of one order, the later one. An answer over HTTP and a message over the WebSocket may overtake each other, but an order only
 * ever gains steps, so the one with more steps is newer; with as many, the incoming one.
 */
export const laterView = (held: OrderView | undefined, incoming: OrderView): OrderView =>
  held !== undefined && steps(held) > steps(incoming) ? held : incoming
