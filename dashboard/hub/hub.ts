import type { KeyRegistry } from '#core/contract/keys.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { AssetFiles } from './assets.ts'
import type { Base } from './base.ts'
import type { CapHouse } from './cap/side.ts'
import type { Edges } from './link/edges.ts'
import type { HubMetrics } from './metrics/hub-metrics.ts'
import type { Preview } from './preview/preview.ts'
import type { Live } from './server/broadcast.ts'
import type { Incidents } from './server/incidents-watch.ts'
import type { OrderSide } from './server/order-side.ts'
import type { Views } from './server/views.ts'
import type { SiteRecord } from './store/types.ts'

/** What does not change from one request to the next; built once by `startHub`. */
export type Hub = Base &
  OrderSide & {
    readonly version: string
    readonly rootPublicKey: string
    readonly registry: () => KeyRegistry
    /** By id, as the hub was started with; empty where it was given none. */
    readonly policies: ReadonlyMap<string, Policy>
    /** By id; the fleet and the inventory. */
    readonly sites: ReadonlyMap<string, SiteRecord>
    readonly names: (user: string) => string
    readonly assets: AssetFiles
    readonly edges: Edges
    readonly live: Live
    readonly views: Views
    readonly incidents: Incidents
    readonly preview: Preview
    readonly metrics: HubMetrics
    /** CAP 1.2 in and out. */
    readonly cap: CapHouse
  }
