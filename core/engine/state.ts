import type { Ledger } from '../airtime/ledger.ts'
import type { Cursor } from '../airtime/plan.ts'
import type { Duration, Mono, Reading } from '../base/units.ts'
import type { Verdict } from '../claim/arbitrate.ts'
import type { Claim } from '../claim/claim.ts'
import type { Envelope } from '../contract/envelope.ts'
import type { FaultId } from '../contract/faults.ts'
import type { Receipt } from '../contract/link.ts'
import type { OrderBook } from '../emergency/book.ts'
import type { Share } from '../emergency/share.ts'
import type { OpenRecord, ScreenRecord } from '../evidence/record.ts'
import type { Policy, Proof } from '../policy/policy.ts'
import type { Glow } from '../power/brightness.ts'
import type { Runtime } from '../power/runtime.ts'
import type { SequenceFaultKind } from '../power/sequence-state.ts'
import type { Heat, HeatStage } from '../power/thermal.ts'
import type { Held } from '../screen/desired.ts'
import type {
  DisplayCapability,
  DisplayObservation,
  DisplaySetting,
  LinkFault,
  TestPattern,
} from '../screen/display.ts'
import type { ManualWish } from '../screen/manual.ts'
import type { Scene } from '../screen/scene.ts'
import type { SensorValue } from '../screen/sensor.ts'
import type { LocalDurable, LocalState } from './local-state.ts'
import type { SiteFacts } from './site.ts'
import type { VerifiedRegistry, VerifiedSchedule } from './verified.ts'

/**
 * What must survive a power cut besides the play log: small, rewritten whole and atomically. The signed envelopes are kept as they
 * came and verified again at every start.
 */
export type Durable = {
  readonly v: 1
  readonly registry: Envelope | null
  readonly schedule: Envelope | null
  readonly orders: OrderBook
  /** Receipts the hub has not confirmed yet. */
  readonly receipts: readonly Receipt[]
  /** Orders that came from the site itself; their content is not kept. Absent in older snapshots. */
  readonly local?: readonly LocalDurable[]
}

/** The play that is on. `scene.play` is what the player was told; it stays when a clock step gives the play a new record. */
export type Playing = {
  readonly play: string
  readonly scene: Scene
  readonly claim: Claim
  readonly open: OpenRecord
  readonly since: Reading
  /** When it is over by its own length, or null for as long as the claim holds. */
  readonly endsAt: Mono | null
  readonly proof: Proof
}

/** One setting of the display, as far as we wrote it. */
export type Hold = Held & {
  /** When the last attempt came back. */
  readonly at: Mono
  /** Attempts in a row that a controller which answers did not carry out. */
  readonly failures: number
  /** False: it cannot be read back, so what was acknowledged is believed. */
  readonly readable: boolean
  /** This model has no such setting; asking again would not help. */
  readonly unsupported: boolean
}

export type DisplayState = {
  readonly link: 'up' | 'down' | 'quarantined' | 'none'
  readonly fault: LinkFault | null
  readonly observed: DisplayObservation | null
  /** The one write that is out; nothing else is sent until it came back. */
  readonly inFlight: DisplaySetting | null
  readonly observing: boolean
  /** Written while a reading was under way: the reading may be older than the write and does not count for these. */
  readonly writtenMeanwhile: readonly DisplayCapability[]
  /** Not before this time: nobody answered. */
  readonly silentUntil: Mono
  readonly observeAt: Mono
  /** What is known of each setting that was written since this start, beyond its value. */
  readonly holds: Readonly<Partial<Record<DisplayCapability, Hold>>>
  /** The input that was chosen when we first looked; it is wanted where the site names none. */
  readonly inputAtStart: string | null
  /** When settings differed again after they had been read: newest last, bounded. */
  readonly contradictions: readonly { readonly at: Mono; readonly what: DisplayCapability }[]
  /** When it was last written down that something flaps. */
  readonly flapNotedAt: Mono | null
}

/** A device beside the display: relay board, sensors, a contact box. */
export type EquipmentState = {
  readonly link: 'up' | 'down'
  readonly fault: string | null
  /** The last it said; kept while it is away. */
  readonly sensors: readonly SensorValue[]
  /** When it said that, and how long after the time before; null: it never did. */
  readonly heardAt: Mono | null
  readonly every: Duration
}

/** What went wrong with the power, as the sequence says it. */
export type PowerFault = {
  readonly kind: SequenceFaultKind
  /** Which step or interlock, as people know it. */
  readonly step: string
  readonly detail: string
}

/** The power of a display that hangs on contactors. */
export type Switching = {
  /**
   * As the sequence said last. `taking-over`: rising after a start that may have found it lit. `stuck`: it should be off, and not everything
   * let go.
   */
  readonly phase: 'unknown' | 'off' | 'taking-over' | 'rising' | 'on' | 'falling' | 'stuck'
  /** What the sequence was told last, for which order and when; null: nothing since this start. */
  readonly told: 'on' | 'off' | null
  readonly toldFor: string | null
  readonly toldAt: Mono | null
  /** Since when nobody wants light and the calendar says dark. */
  readonly quietSince: Mono | null
  /** The last failure and its way. One of the way on stays until it is on, through the nights between. */
  readonly fault: (PowerFault & { readonly way: 'on' | 'off' }) | null
  readonly failures: number
  /** What failed is asked for again at this time; null: nothing failed. */
  readonly retryAt: Mono | null
}

/** One thing that a person at the site holds, and until when. */
export type ManualOn = {
  readonly wish: ManualWish
  readonly person: string
  readonly since: Reading
  readonly until: Mono
}

/** A relay that people may switch for a while. */
export type RelayState = {
  readonly name: string
  readonly want: boolean
  /** As it was switched last; null: not known. */
  readonly is: boolean | null
  /** Why the last attempt failed, and when it is tried again; null: it did not, or is under way. */
  readonly fault: string | null
  readonly retryAt: Mono | null
}

/** What heat, mains and light do to the screen beside what anybody wants of it. */
export type House = {
  readonly heat: HeatStage
  /** A reading that asks for dark and that nothing has borne out yet. */
  readonly heatOnce: Heat['heatOnce']
  /** No thermometer says anything although the site goes by one; the same of the light sensor. */
  readonly heatBlind: boolean
  readonly lightBlind: boolean
  /** Since when nothing but a battery feeds the display. */
  readonly batterySince: Mono | null
  readonly glow: Glow
  /** Since when the sensor in front of the panel sees no light from it although it ought to be lit; and whether that lasted long enough. */
  readonly panelDarkSince: Mono | null
  readonly panelDark: boolean
}

export type Counters = {
  readonly plays: Readonly<Record<string, number>>
  readonly contentRefused: Readonly<Record<string, number>>
  /** Schedules and registries that were refused, by reason. */
  readonly documentsRefused: Readonly<Record<string, number>>
  readonly ordersRefused: Readonly<Record<string, number>>
  readonly clockSteps: number
  readonly playerRestarts: number
}

export type State = {
  readonly site: SiteFacts
  readonly policy: Policy
  readonly now: Reading
  readonly startedAt: Reading
  readonly registry: VerifiedRegistry | null
  readonly schedule: VerifiedSchedule | null
  readonly orders: OrderBook
  /** What the site itself ordered, and what its switches say. */
  readonly local: LocalState
  /** Whose turn it is where several emergencies share the screen. Not kept over a restart: then each has its first turn again, the strongest first. */
  readonly share: Share
  readonly receipts: readonly Receipt[]
  readonly assets: ReadonlySet<string>
  /** Items (by id), orders (`order:id`) and the standing page that the player could not show, and until when they are left out. */
  readonly broken: Readonly<Record<string, Mono>>
  /** The pause after the last failure of what we draw ourselves; doubled at each, forgotten when it is shown. */
  readonly pauses: Readonly<Record<string, Duration>>
  readonly ledger: Ledger
  readonly cursor: Cursor
  readonly playing: Playing | null
  /** What the player was told last; null when it knows nothing (just started). */
  readonly told: Scene | null
  /** The order whose page the player showed last and may still show, whatever it was told and could not do since. */
  readonly onGlass: string | null
  /** The verdict in force; its record is written when the winner changes. */
  readonly verdict: Verdict | null
  /** As it was last written down. */
  readonly screen: ScreenRecord
  /** When a screen record was last written only because of its brightness. */
  readonly brightnessNotedAt: Mono | null
  readonly house: House
  /** What the display ran and drew, as far as this log tells. */
  readonly runtime: Runtime
  readonly power: 'on' | 'off'
  /** Null: nobody switches the power of this site. */
  readonly switching: Switching | null
  readonly display: DisplayState
  /** By the name in the site's configuration. */
  readonly equipment: Readonly<Record<string, EquipmentState>>
  /** Lines each sensor wrote lately. Bounded by the number of sensors. */
  readonly chatter: Readonly<Record<string, { readonly since: Mono; readonly lines: number }>>
  readonly player: { readonly up: boolean; readonly missing: boolean; readonly fault: string | null }
  readonly technician: { readonly person: string; readonly pattern: TestPattern; readonly until: Mono } | null
  /** What else people at the site hold, at most one of a kind and one for each relay. Never kept: a restart gives all of it back. */
  readonly manual: readonly ManualOn[]
  /** Of a site that names some; by their names. */
  readonly relays: Readonly<Record<string, RelayState>>
  /** `none`: a cluster that runs by itself. */
  readonly hub: 'up' | 'down' | 'rejected' | 'none'
  readonly logWritable: boolean
  readonly heartbeatAt: Mono
  /** Items already reported as refused, so that each refusal is one record and not one per minute. */
  readonly reported: ReadonlySet<string>
  readonly nextPlay: number
  readonly counters: Counters
  readonly faults: Readonly<Partial<Record<FaultId, string>>>
}
