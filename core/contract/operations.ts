import { type Static, Type } from 'typebox'
import { Id } from '../base/schema.ts'
import type { PeriodStatus } from './link.ts'

/**
 * What an operator works with from hour to hour: incidents (Art. 9.3, 12.2), the day of one cluster, uptime and its causes, the search
 * of the play log. The hub's routes of it:
 *
 *   GET  /api/incidents?state=open|all&type=&site=&limit=   → IncidentView[]  open ones first, then newest first
 *   POST /api/incidents               IncidentReport        → IncidentView    (any account: Art. 9.3)
 *   POST /api/incidents/:id/acknowledge  IncidentNote       → IncidentView
 *   POST /api/incidents/:id/escalate     IncidentEscalation → IncidentView    (Art. 12.2: beyond its competence → UBND tỉnh)
 *   POST /api/incidents/:id/resolve      IncidentNote       → IncidentView    (409 while its fault still stands)
 *   GET  /api/sites/:site/day?date=YYYY-MM-DD               → SiteDay         (today without `date`)
 *   GET  /api/uptime?from=YYYY-MM-DD&to=YYYY-MM-DD&site=    → UptimeAnswer[]  one for each cluster; days of the policy's zone, both included
 *   GET  /api/plays?site=&from=&to=&text=&item=&category=&language=&supplier=&order=&proof=&before=&limit= → PlaySearch
 */
const Strict = { additionalProperties: false } as const

export const INCIDENT_TYPES = ['TECHNICAL', 'INFORMATION_SECURITY'] as const
export type IncidentType = (typeof INCIDENT_TYPES)[number]

/** What lies behind an outage or an incident. `link`: between cluster and hub; the screen went on. `unknown`: nothing says. */
export const OUTAGE_CAUSES = ['power', 'link', 'device', 'software', 'unknown'] as const
export type OutageCause = (typeof OUTAGE_CAUSES)[number]

/** Who noticed: the edge by itself, the hub by its silence or by what it refused, or a person. */
export const INCIDENT_SOURCES = ['edge', 'hub', 'person'] as const

export const IncidentReport = Type.Object(
  {
    /** Null: no cluster alone, e.g. an account that was misused. */
    site: Type.Union([Id, Type.Null()]),
    type: Type.Enum([...INCIDENT_TYPES]),
    what: Type.String({ minLength: 3, maxLength: 200 }),
    detail: Type.String({ maxLength: 4_000 }),
  },
  Strict,
)
export type IncidentReport = Static<typeof IncidentReport>

export const IncidentNote = Type.Object({ note: Type.String({ minLength: 1, maxLength: 2_000 }) }, Strict)

/** `to`: the body it goes to; `text`: the whole of what is sent, `proposal` what is asked of them. */
export const IncidentEscalation = Type.Object(
  {
    to: Type.String({ minLength: 2, maxLength: 200 }),
    text: Type.String({ minLength: 10, maxLength: 8_000 }),
    proposal: Type.String({ maxLength: 4_000 }),
  },
  Strict,
)
export type IncidentEscalation = Static<typeof IncidentEscalation>

type Deed = { readonly by: string; readonly name: string; readonly at: number }

export type IncidentView = {
  /** `i-…`; stable. */
  readonly id: string
  readonly site: string | null
  readonly type: IncidentType
  readonly cause: OutageCause
  readonly source: (typeof INCIDENT_SOURCES)[number]
  /** Fault of `faults.ts` or what a record of kind `incident` names; `reported` for those of persons. */
  readonly what: string
  readonly title: { readonly vi: string; readonly en: string }
  readonly severity: 'info' | 'warning' | 'critical'
  /** The newest line of detail, as the edge or the person wrote it. */
  readonly detail: string
  /** How often it came while it was open: what flaps is one incident. */
  readonly times: number
  readonly openedAt: number
  /** When the hub learnt of it; much later than `openedAt` where the cluster was away meanwhile: old news, nobody is to be called for it. */
  readonly arrivedAt: number
  readonly lastAt: number
  /** When its cause was gone; null while it stands. A person may still have to resolve it. */
  readonly clearedAt: number | null
  readonly reportedBy: Deed | null
  readonly acknowledged: (Deed & { readonly note: string }) | null
  readonly escalations: readonly (Deed & IncidentEscalation)[]
  readonly resolved: (Deed & { readonly note: string }) | null
}

/** A stretch of a cluster's day on its screen. `to` null: still on. Milliseconds since 1970. */
export type DayPlay = {
  readonly from: number
  readonly to: number | null
  readonly kind: 'public' | 'ads' | 'emergency' | 'order' | 'fallback' | 'other'
  readonly title: string
  readonly item: string
  readonly category: string | null
  readonly order: string | null
  readonly proof: string
  /** How many plays of the same item were put together here; 1 when it is one play. */
  readonly plays: number
}

/** Where nothing counted: dark by the calendar, faulted, without power, or with no record yet. */
export type DayHole = {
  readonly from: number
  readonly to: number | null
  readonly kind: 'dark' | 'faulted' | 'no-power' | 'not-running' | 'no-record'
  readonly cause: OutageCause | null
  readonly detail: string
}

/** One cluster's day: what played, what will, and where the floors stand. */
export type SiteDay = {
  readonly site: string
  readonly date: string
  /** Begin and end of the day in the policy's zone, ms since 1970. */
  readonly from: number
  readonly to: number
  readonly now: number
  /** At most 1,500 of each; `cut` says that there was more. */
  readonly played: readonly DayPlay[]
  readonly holes: readonly DayHole[]
  /** From the signed schedule in force: frames of the rest of the day, with what stands in each. */
  readonly planned: readonly {
    readonly from: number
    readonly to: number
    readonly frame: string
    readonly items: readonly { readonly item: string; readonly title: string; readonly category: string | null }[]
  }[]
  /** Hours in which the display is to be dark. */
  readonly dark: readonly { readonly from: number; readonly to: number; readonly why: string }[]
  /** With the bounds of each period, ms since 1970. Of today as the edge last said, of other days from the evidence. */
  readonly periods: readonly (PeriodStatus & { readonly from: number; readonly to: number })[]
  /** Until when evidence of this cluster has arrived; null: none yet. */
  readonly knownTo: number | null
  readonly cut: boolean
}

/**
 * A cluster over some days, in milliseconds: `shown` + `dark` (as planned) + the outages + `unknown` = `elapsed`. An outage of the link is not
 * one of the screen: it is counted beside, in `linkMs`.
 */
export type UptimeAnswer = {
  readonly site: string
  readonly from: string
  readonly to: string
  readonly elapsedMs: number
  readonly shownMs: number
  readonly darkMs: number
  readonly outageMs: { readonly [C in Exclude<OutageCause, 'link'>]: number }
  /** Without a link to the hub; the screen may have played. */
  readonly linkMs: number
  /** No evidence has arrived for it. */
  readonly unknownMs: number
  /** shown ÷ (elapsed − dark − unknown); null when nothing is known. */
  readonly ratio: number | null
  readonly outages: number
  readonly longestMs: number
}

/** One play, as an inspector asks for it: what, when, why, from whom, under which document, and how we know. */
export type PlayAnswer = {
  readonly site: string
  readonly play: string
  readonly item: string
  readonly title: string
  readonly hash: string
  readonly category: string | null
  readonly languages: readonly string[]
  readonly from: number
  readonly to: number | null
  readonly ms: number | null
  readonly cause: string | null
  readonly rank: string
  readonly why: string
  readonly order: string | null
  readonly supplier: string
  readonly suppliedByLead: boolean
  readonly document: string | null
  readonly proof: string
  readonly clock: string
  /** Was the display known to be lit at the instant asked about (or during the play)? */
  readonly lit: string
  readonly records: { readonly open: number; readonly close: number | null }
}

export type PlaySearch = {
  readonly plays: readonly PlayAnswer[]
  /** To go on: `before` of the next request; null when this was all. */
  readonly next: string | null
}
