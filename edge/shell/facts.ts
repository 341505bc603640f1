import { Type } from 'typebox'
import type { SessionStats } from '#controller/bus/meter.ts'
import { parseDocument } from '#core/base/check.ts'
import type { Clock } from '#core/base/ports.ts'
import type { FaultId } from '#core/contract/faults.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { State } from '#core/engine/state.ts'
import { statusOf } from '#core/engine/status.ts'
import type { Budget } from '#core/evidence/budget.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { EDGE } from '#core/metrics/catalogue.ts'
import type { AnyReadings, EdgeReadings } from '#core/metrics/readings.ts'
import type { PlayerTrouble } from '#core/screen/scene.ts'
import type { ProfileFacts } from '../web/devices.ts'
import { houseFacts } from '../web/house.ts'
import { localFacts } from '../web/local.ts'
import type { PageFacts } from '../web/page.ts'
import type { AssetStore } from './assets.ts'
import { freeBytesOf } from './budget.ts'
import { createExposition, type Exposition } from './exposition.ts'
import type { HealthKeeper } from './health.ts'
import type { LinkState } from './linkstate.ts'
import type { Playlog } from './playlog.ts'
import { edgeReadings } from './readings.ts'
import type { TrustFacts } from './trust-readings.ts'

/** What the daemon says of itself: one status for hub and page, and the metrics. */
export type Facts = {
  readonly status: () => StatusReport
  readonly exposition: Exposition<typeof EDGE>
  /** What the metrics would say of a state, its counters as this process counts them. */
  readonly readings: (state: State) => EdgeReadings
  readonly page: () => Promise<PageFacts>
}

/** Lines of evidence on the technician's page. */
const PAGE_LINES = 100
const AnyLine = Type.Object({ seq: Type.Integer(), kind: Type.String() }, { additionalProperties: true })

export const createFacts = (of: {
  readonly state: () => State
  readonly clock: Clock
  readonly dataDir: string
  readonly playlog: Playlog
  readonly uploaded: () => number
  readonly assets: AssetStore
  readonly playerRestarts: () => number
  readonly playerTrouble: () => Readonly<Record<PlayerTrouble, number>>
  readonly stats: () => SessionStats | null
  /** Profiles of the display and of what is beside it, in the order of the configuration. */
  readonly profiles: {
    readonly display: ProfileFacts | null
    readonly equipment: readonly { readonly name: string; readonly profile: ProfileFacts | null }[]
  }
  /** Wall time of the newest record, ms. */
  readonly headWall: () => number | null
  /** Whether six months of evidence will fit on the disk. */
  readonly budget: () => Budget
  readonly faults: () => readonly { readonly id: FaultId; readonly detail: string }[]
  /** What is known of clock and keys beside the state. */
  readonly trust: () => TrustFacts
  readonly health: HealthKeeper
  readonly link: () => LinkState | null
  /** Puts the counters that go on over restarts in the place of those of this process. */
  readonly lasting: (readings: EdgeReadings) => EdgeReadings & AnyReadings
}): Facts => {
  const status = (): StatusReport => {
    const assets = of.assets.status()
    const log = of.playlog.state()
    return statusOf(of.state(), {
      clock: of.clock.read(),
      playlog: {
        head: Math.max(0, of.playlog.head()),
        uploaded: of.uploaded(),
        bytes: of.playlog.bytes(),
        segments: log.segments,
        writable: log.writable,
      },
      assets: { bytes: assets.bytes, fetching: assets.fetching, waiting: assets.waiting },
      process: { rssBytes: process.memoryUsage.rss(), uptimeMs: Math.round(performance.now()) },
      faults: [...of.faults(), ...of.health.faults()],
    })
  }
  const readings = (state: State): EdgeReadings =>
    edgeReadings(state, status(), {
      stats: of.stats(),
      playerRestarts: of.playerRestarts(),
      playerTrouble: of.playerTrouble(),
      diskFreeBytes: freeBytesOf(of.dataDir),
      budget: of.budget(),
      logHeadWall: of.headWall(),
      trust: of.trust(),
      health: of.health.read(),
      link: of.link(),
    })
  const exposition = createExposition(EDGE, () => of.lasting(readings(of.state())))
  return {
    status,
    exposition,
    readings,
    page: async () => {
      const state = of.state()
      const head = of.playlog.head()
      const raw = await of.playlog.read({ fromSeq: Math.max(0, head - PAGE_LINES + 1), limit: PAGE_LINES })
      const { technician } = state
      return {
        site: state.site,
        status: status(),
        offsetMinutes: state.policy.zone.offsetMinutes,
        lines: raw.flatMap(readLine).reverse(),
        stats: of.stats(),
        devices: {
          profile: of.profiles.display,
          sensors: state.display.observed?.sensors ?? [],
          equipment: of.profiles.equipment.map((one) => ({ ...one, state: state.equipment[one.name] ?? null })),
        },
        budget: of.budget(),
        house: houseFacts(state),
        local: localFacts(state),
        technician: technician && {
          person: technician.person,
          pattern: technician.pattern,
          leftMs: Math.max(0, technician.until - state.now.mono),
        },
      }
    },
  }
}

/** Our own lines, written through the chain; anything else is left out. */
export const readLine = (line: string): readonly EvidenceRecord[] => {
  const parsed = parseDocument(AnyLine, line)
  return parsed.ok ? [parsed.value as unknown as EvidenceRecord] : []
}
