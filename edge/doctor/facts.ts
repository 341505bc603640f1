import type { SessionStats } from '#controller/bus/meter.ts'
import type { Verdict } from '#core/claim/arbitrate.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { Power } from '#core/power/calendar.ts'
import type { DesiredDisplay } from '#core/screen/desired.ts'
import type { Health } from '../shell/health.ts'
import type { LinkState } from '../shell/linkstate.ts'

/** Everything a diagnosis goes by. Gathered by `live.ts` in the daemon, or by `stopped.ts` where no daemon answers. */
export type DoctorFacts = {
  /** Wall milliseconds. */
  readonly at: number
  readonly offsetMinutes: number
  readonly site: { readonly id: string; readonly name: string; readonly version: string }
  readonly state: LiveFacts | StoppedFacts
  readonly health: Health
  readonly keys: KeyFacts
  /** Newest first, at most 200. */
  readonly evidence: readonly EvidenceRecord[]
}

export type LiveFacts = {
  readonly is: 'live'
  readonly status: StatusReport
  readonly verdict: Verdict | null
  /** Why the screen counts as lit, dark or not known, as its record says. */
  readonly screenWhy: string
  /** By the id of a claim: what people call what it wants. */
  readonly titles: Readonly<Record<string, string>>
  readonly orders: readonly OrderFacts[]
  readonly power: Power
  readonly wanted: DesiredDisplay
  /** How old the last reading of the controller is, ms; null: there is none. */
  readonly observedMs: number | null
  readonly held: readonly { readonly what: string; readonly person: string; readonly leftMs: number }[]
  readonly technician: { readonly person: string; readonly pattern: string; readonly leftMs: number } | null
  readonly lines: readonly LineFacts[]
  readonly player: PlayerFacts
  readonly content: ContentFacts
  readonly clock: ClockFacts
  /** Null: this site has no hub, or is not enrolled. */
  readonly link: LinkState | null
  readonly hub: 'up' | 'down' | 'rejected' | 'none'
}

export type OrderFacts = {
  readonly id: string
  readonly class: string
  readonly headline: string
  readonly state: 'pending' | 'active' | 'ended'
  readonly endReason: string | null
  readonly startsAt: number
  readonly expiresAt: number
  readonly shown: boolean
  /** In force, and still asks for nothing: it may not wake the screen, it is an exercise, its page could not be shown. */
  readonly silent: 'sleeps' | 'exercise' | 'broken' | null
}

export type LineFacts = {
  readonly device: string
  readonly profile: string
  readonly link: 'up' | 'down' | 'quarantined' | 'none'
  readonly fault: string | null
  readonly stats: SessionStats | null
}

export type PlayerFacts = {
  readonly pid: number | null
  readonly restarts: number
  readonly lastShowMs: number | null
  readonly troubles: Readonly<Record<string, number>>
  /** What it was told to show, and since when, ms. */
  readonly scene: string
  readonly sinceMs: number | null
}

export type ContentFacts = {
  readonly scheduleVersion: number
  readonly scheduleIssuedAt: number | null
  readonly items: number
  /** Files that are wanted and not here, by the item that needs them. */
  readonly missing: readonly { readonly item: string; readonly title: string; readonly sha256: string }[]
  readonly fetching: string | null
  readonly waiting: StatusReport['assets']['waiting']
  readonly refused: readonly { readonly item: string; readonly reason: string; readonly detail: string }[]
  readonly broken: readonly string[]
  /** False: the schedule has no frame that holds now. */
  readonly frameNow: boolean
}

export type ClockFacts = {
  /** What the kernel says; null: it does not. */
  readonly synchronised: boolean | null
  readonly maxErrorMs: number | null
  readonly hubAheadMs: number | null
  readonly steps: number
}

export type KeyFacts = {
  readonly deviceKey: string | null
  readonly deviceKeyMade: number | null
  /** Permission bits, e.g. 0o600; null: there is none. */
  readonly deviceKeyMode: number | null
  readonly enrolled: boolean
  readonly registryVersion: number
  readonly registryIssuedAt: number | null
  /** Of the keys that hold now: how many, and when the first of them ends. */
  readonly registryKeys: number
  readonly registryFirstEnd: number | null
  readonly fingerprintPinned: boolean | null
  readonly enrolCodeLeft: boolean
  readonly pairingCodeFile: boolean
}

/** No daemon answered. */
export type StoppedFacts = {
  readonly is: 'stopped'
  /** Null: nobody has the lock of the data folder. Else the process that has it and does not answer. */
  readonly hungPid: number | null
  /** What is wrong with the configuration or a file it names; null: nothing. */
  readonly config: string | null
  readonly dataThere: boolean
  /** The configuration names a hub. */
  readonly hasHub: boolean
  readonly snapshot: { readonly faults: readonly string[]; readonly orders: number; readonly schedule: boolean } | null
  readonly playlog: {
    readonly head: number
    readonly lastAt: number | null
    readonly days: number
    readonly bytes: number
    /** What the chain of the last days breaks at; null: it holds. */
    readonly broken: string | null
    /** How the last run ended, as the log itself says. */
    readonly cleanStop: boolean | null
  } | null
  readonly ports: readonly { readonly device: string; readonly at: string; readonly trouble: string | null }[]
  readonly playerMissing: boolean
}
