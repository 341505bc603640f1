import type {
  IncidentEscalation,
  IncidentType,
  IncidentView,
  OutageCause,
  PlayAnswer,
} from '#core/contract/operations.ts'
import type { Stretch } from '#core/evidence/stretches.ts'
import type { AuditEntry } from './port-audit.ts'

/** What is kept for those who watch the clusters from hour to hour: incidents, folds of the evidence, when clusters were away. */

/** What a person did about an incident, and when. */
export type DeedRow = { readonly by: string; readonly at: number }
export type NoteRow = DeedRow & { readonly note: string }
/** As `IncidentView`, with persons by account. `title`: what a person called it; null: its kind has a title. */
export type IncidentRow = Pick<
  IncidentView,
  | 'id'
  | 'site'
  | 'type'
  | 'cause'
  | 'source'
  | 'what'
  | 'severity'
  | 'detail'
  | 'times'
  | 'openedAt'
  | 'arrivedAt'
  | 'lastAt'
  | 'clearedAt'
> & {
  readonly title: string | null
  readonly reported: DeedRow | null
  readonly acknowledged: NoteRow | null
  readonly escalations: readonly (DeedRow & IncidentEscalation)[]
  readonly resolved: NoteRow | null
}
/** Something is wrong, or was. Null: as its kind says. `stands`: until it is cleared; else it happened and was over. */
export type IncidentSignal = {
  readonly site: string | null
  readonly what: string
  readonly source: IncidentView['source']
  readonly type: IncidentView['type'] | null
  readonly cause: OutageCause | null
  readonly severity: IncidentView['severity'] | null
  readonly detail: string
  readonly at: number
  readonly arrivedAt: number
  readonly stands: boolean
}
export type IncidentQuery = {
  readonly state: 'open' | 'all'
  readonly type: IncidentView['type'] | null
  readonly site: string | null
  readonly limit: number
}

/** Every filter must hold; null asks for nothing. `from` and `to`: begin of the play, ms, both included. */
export type PlaySearchQuery = {
  readonly site: string | null
  readonly from: number
  readonly to: number
  /** Words of the title, without diacritics. */
  readonly words: readonly string[]
  readonly item: string | null
  readonly category: string | null
  readonly language: string | null
  readonly supplier: string | null
  readonly order: string | null
  readonly proof: string | null
  readonly before: PlayCursor | null
  readonly limit: number
}
/** The last play that was answered; newest first by begin, then by cluster and record. */
export type PlayCursor = { readonly from: number; readonly site: string; readonly seq: number }
export type PlaysFound = { readonly plays: readonly PlayAnswer[]; readonly next: PlayCursor | null }

/** One play as the day of a cluster draws it. */
export type DayPlayRow = {
  readonly from: number
  readonly to: number | null
  readonly item: string
  readonly title: string
  readonly category: string | null
  readonly order: string | null
  readonly rank: string
  readonly proof: string
}
export type SiteStretch = Stretch & { readonly site: string }
export type LinkOutage = { readonly site: string; readonly from: number; readonly to: number | null }

export type PlayQuery = { readonly site: string; readonly from: number; readonly to: number; readonly limit: number }

export type OperationsStore = {
  readonly folds: {
    readonly search: (query: PlaySearchQuery) => Promise<PlaysFound>
    /** Plays that were on within the span, oldest first. */
    readonly dayPlays: (it: PlayQuery) => Promise<readonly DayPlayRow[]>
    /**
     * Where to begin to fold so that what is true at `wall` is known: the play that was on last before it, and the last record of the screen
     * before that (null: there is none). Null: nothing was recorded before it.
     */
    readonly seqBefore: (
      site: string,
      wall: number,
    ) => Promise<{ readonly seq: number; readonly screen: number | null } | null>
    /** Folds lines of before there was what is folded now, some at a time; false when there is nothing left to do. */
    readonly catchUp: (now: number) => Promise<boolean>
  }
  readonly stretches: {
    /** What touches [from, to), clipped to it, by cluster and time. `site` null: of all. */
    readonly of: (
      it: {
        readonly site: string | null
        readonly from: number
        readonly to: number
        readonly only: 'outages' | 'all'
      },
      limit: number,
    ) => Promise<readonly SiteStretch[]>
    /** Milliseconds within [from, to) by cluster and reason. */
    readonly sums: (it: {
      readonly site: string | null
      readonly from: number
      readonly to: number
    }) => Promise<ReadonlyMap<string, Readonly<Partial<Record<Stretch['why'], number>>>>>
    /** Until when evidence has come; null: none yet. */
    readonly knownTo: (site: string) => Promise<number | null>
    /** Of days that are over and whose evidence has come: what was judged of them, as JSON. */
    readonly judged: (site: string, date: string, policy: string) => Promise<string | null>
    readonly putJudged: (
      site: string,
      date: string,
      it: { readonly policy: string; readonly doc: string },
    ) => Promise<void>
    /** What is older than the time leaves. */
    readonly prune: (before: number, date: string) => Promise<void>
  }
  readonly links: {
    readonly came: (site: string, at: number) => Promise<void>
    /** Nothing where it is away already. */
    readonly went: (site: string, at: number) => Promise<void>
    /** What touches [from, to). */
    readonly outages: (it: {
      readonly site: string | null
      readonly from: number
      readonly to: number
    }) => Promise<readonly LinkOutage[]>
  }
  readonly incidents: {
    /** Opens one, or counts it in the open one of its kind. The incident's id. */
    readonly raise: (it: IncidentSignal) => Promise<string>
    /** What stood is gone; ids of the incidents that this is true of. */
    readonly clear: (site: string | null, what: string, at: number) => Promise<readonly string[]>
    /** What stands, as it is known from before a restart. */
    readonly standing: () => Promise<
      readonly { readonly site: string | null; readonly what: string; readonly source: 'edge' | 'hub' }[]
    >
    /** How many are not resolved, for each type and whether somebody has it in hand. */
    readonly counts: () => Promise<
      readonly {
        readonly labels: { readonly type: IncidentType; readonly state: 'waiting' | 'taken' }
        readonly value: number
      }[]
    >
    readonly get: (id: string) => Promise<IncidentRow | null>
    readonly list: (query: IncidentQuery) => Promise<readonly IncidentRow[]>
    /** Null: as many are open as may be. */
    readonly report: (
      it: { readonly signal: IncidentSignal; readonly title: string; readonly by: DeedRow },
      audit: AuditEntry,
    ) => Promise<IncidentRow | null>
    /** Null: there is none, or somebody has, or it is over. */
    readonly acknowledge: (id: string, deed: NoteRow, audit: AuditEntry) => Promise<IncidentRow | null>
    /** Null: there is none, or it was escalated as often as may be. */
    readonly escalate: (
      id: string,
      deed: DeedRow & IncidentEscalation,
      audit: AuditEntry,
    ) => Promise<IncidentRow | null>
    /** Null: there is none, it is resolved already, or its fault still stands. */
    readonly resolve: (id: string, deed: NoteRow, audit: AuditEntry) => Promise<IncidentRow | null>
    /** Those that were over by themselves (their ids), and the oldest that leave (store/incidents.ts). */
    readonly settle: (now: number) => Promise<readonly string[]>
  }
}
