import type { AssetFiles } from '../assets.ts'
import type { Base } from '../base.ts'
import type { Edges } from '../link/edges.ts'
import type { Live } from './broadcast.ts'
import { type Drafts, makeDrafts } from './drafts.ts'
import { type Frames, makeFrames } from './frames.ts'
import type { Incidents } from './incidents-watch.ts'
import { makeWatch, type Watch } from './orders-watch.ts'
import { makePreviewed, type Previewed } from './previewed.ts'
import { type RefusalCounts, refusalCounts } from './refusals.ts'
import { makeTrail, type Trail } from './trail.ts'
import type { Views } from './views.ts'

/** What stands beside the release of an order and never in its way. */
export type OrderSide = {
  readonly drafts: Drafts
  readonly frames: Frames
  readonly previewed: Previewed
  /** Bounds what refused orders write into the audit log. */
  readonly refused: RefusalCounts
  readonly watch: Watch
  readonly trail: Trail
}

type Needs = Base & {
  readonly assets: AssetFiles
  readonly edges: Edges
  readonly live: Live
  readonly views: Views
  readonly names: (user: string) => string
  readonly incidents: Incidents
}

export const makeOrderSide = (needs: Needs): OrderSide => {
  const drafts = makeDrafts(needs)
  return {
    drafts,
    frames: makeFrames(needs),
    previewed: makePreviewed(needs.now),
    refused: refusalCounts(),
    watch: makeWatch({ ...needs, drafts }),
    trail: makeTrail(needs, (detail) => needs.incidents.happened(null, 'audit-broken', detail)),
  }
}
