import type { ClockQuality } from '../base/units.ts'
import type { ClaimRank } from '../claim/claim.ts'
import type { Category } from '../content/category.ts'
import type { Order, OrderClass, OrderRefusal, OrderStatus } from '../emergency/order.ts'
import type { DayPeriod, Proof } from '../policy/policy.ts'
import type { LinkFaultKind } from '../screen/display.ts'
import type { SensorKind } from '../screen/sensor.ts'

/** Why a play ended. */
export type CloseCause =
  | 'ended' // its time was over
  | 'preempted' // a higher claim took the screen
  | 'dark' // quiet hours or blank began
  | 'replaced' // a new schedule or order took its place at the same rank
  | 'failed' // the player could not show it
  | 'player-lost' // the player died under it
  | 'power-cut' // the process was gone; `ms` is an upper bound from the last heartbeat
  | 'shutdown' // we were told to stop
  | 'clock' // the wall clock stepped: the play is split so that both halves have a true time

/** One play begins. Everything an inspector asks of it is here: what, who supplied it, under which document, for which claim, why. */
export type OpenRecord = {
  readonly kind: 'open'
  readonly play: string
  readonly item: string
  readonly title: string
  /** SHA-256 of the file; of the approved item for a text, of the signed text for an order; `standing` for the standing page. */
  readonly hash: string
  readonly category: Category | null
  /** True where it feeds the floor of Art. 8.1 (public information, and emergencies when the policy says so). */
  readonly counts: boolean
  readonly languages: readonly string[]
  readonly supplier: string
  readonly suppliedByLead: boolean
  readonly document: string | null
  readonly claim: string
  readonly rank: ClaimRank
  readonly order: string | null
  /** Why this and not something else, in one sentence. */
  readonly why: string
}

export type CloseRecord = {
  readonly kind: 'close'
  readonly play: string
  readonly cause: CloseCause
  /** Monotonic length in milliseconds; exact unless `cause` is power-cut. */
  readonly ms: number
  /** The best proof reached while it was on. */
  readonly proof: Proof
}

/** Is the display known to be lit? Written whenever the answer changes. */
export type ScreenRecord = {
  readonly kind: 'screen'
  readonly lit: 'lit' | 'dark' | 'unknown'
  /** On purpose (quiet hours, blank) or by fault. */
  readonly intended: boolean
  readonly why: string
  readonly brightness: number | null
}

/** The display’s power was switched over its contactors, or could not be: who asked for it and why, which step failed, how long it took. */
export type PowerRecord = {
  readonly kind: 'power'
  readonly want: 'on' | 'off'
  readonly stage: 'asked' | 'done' | 'failed'
  readonly why: string
  /** The claim that had the screen then, and its order. */
  readonly claim: string | null
  readonly order: string | null
  /** Of a failure: which step or interlock. */
  readonly step: string | null
  /** Since it was asked for; null when it is asked for now, or nobody asked. */
  readonly ms: number | null
}

export type RecordBody =
  | OpenRecord
  | CloseRecord
  | ScreenRecord
  /** A better proof of the play that is on: acknowledged by the player, read back from the controller, seen in the frame. */
  | { readonly kind: 'proof'; readonly play: string; readonly proof: Proof; readonly how: string }
  | {
      readonly kind: 'verdict'
      readonly winner: string
      readonly rank: ClaimRank
      readonly displaced: readonly { readonly claim: string; readonly rank: ClaimRank }[]
      readonly order: string | null
    }
  | {
      readonly kind: 'order'
      readonly order: string
      readonly class: OrderClass | null
      /** `documented`: the number of its document came later; the line names the order that was waiting for it. */
      readonly stage: 'received' | 'refused' | 'active' | 'shown' | 'documented' | 'ended'
      readonly reason: OrderRefusal | 'expired' | 'cancelled' | 'superseded' | 'cleared' | null
      readonly document: string | null
      readonly issuer: string | null
      /** The competent authority that the order names (Art. 8.2); not there where the order could not be read. */
      readonly authority?: string
      /** Lines without it are older, and count as `actual`; not there where the order was refused, either. */
      readonly status?: OrderStatus
      readonly key: string | null
      readonly detail: string
      /** Of an all-clear: what it displaces is not excused, because the danger is over. */
      readonly allClear?: true
      /** Only where nobody signed it, as it is received: all that it says, since no signed text does. Its issuer begins with `local:`. */
      readonly local?: Order
    }
  /** A setting of the display controller was written. */
  | { readonly kind: 'power'; readonly want: 'on' | 'off'; readonly why: string }
  | PowerRecord
  | {
      readonly kind: 'sensor'
      readonly what: SensorKind | 'signal' | 'cards'
      /** Which device and place: `display card 0:3`, `relay-board door`. */
      readonly where: string
      readonly value: number | boolean | null
      readonly state: 'normal' | 'warning' | 'fault'
    }
  | { readonly kind: 'clock'; readonly stepMs: number; readonly quality: ClockQuality; readonly was: ClockQuality }
  /** The log itself has a hole: the process was not running (or could not write) between these two readings. */
  | {
      readonly kind: 'gap'
      readonly cause: 'power-cut' | 'stopped' | 'disk' | 'torn-tail'
      readonly fromWall: number
      readonly toWall: number
      readonly lostBytes: number
      readonly detail: string
    }
  | {
      readonly kind: 'config'
      readonly what: 'schedule' | 'registry' | 'policy' | 'site'
      readonly version: string
      readonly result: 'accepted' | 'refused'
      readonly reason: string | null
      readonly key: string | null
    }
  /** Content that was refused: never shown, and the refusal is evidence (design §4.3). */
  | { readonly kind: 'refusal'; readonly item: string; readonly reason: ItemRefusal; readonly detail: string }
  | { readonly kind: 'access'; readonly person: string; readonly what: string; readonly detail: string }
  | {
      readonly kind: 'incident'
      readonly type: 'TECHNICAL' | 'INFORMATION_SECURITY'
      readonly what: string
      readonly detail: string
      readonly fault: LinkFaultKind | null
    }
  /**
   * The floor of Art. 8.1 in one period: `short` as soon as it can no longer be met (and how much will be missing), `recovered` when it can
   * again, `met` when it is, `missed` when the period is over without it. `exempt`: what is missing was displaced by an order (Art. 8.2).
   */
  | {
      readonly kind: 'airtime'
      readonly date: string
      readonly period: DayPeriod
      readonly stage: 'short' | 'recovered' | 'met' | 'missed' | 'exempt'
      readonly floorMs: number
      readonly deliveredMs: number
      readonly missingMs: number
      readonly cause: ShortfallCause | null
      /** Orders that displaced it, with authority and document, for people. */
      readonly detail: string
    }
  /** Written every minute while running: bounds what a power cut can leave open. */
  | { readonly kind: 'heartbeat'; readonly play: string | null }
  /** Ends a day segment: the device key signs the chain up to here. */
  | {
      readonly kind: 'seal'
      readonly day: string
      readonly records: number
      readonly head: string
      readonly key: string
      readonly sig: string
    }

/**
 * What a floor is short of. PLAN: the schedule never had enough; POWER: no mains or supply; LINK: content or schedule never arrived; DEVICE:
 * display, controller or player; ORDER: an order had the screen.
 */
export const SHORTFALL_CAUSES = ['PLAN', 'POWER', 'LINK', 'DEVICE', 'ORDER'] as const
export type ShortfallCause = (typeof SHORTFALL_CAUSES)[number]

export const ITEM_REFUSALS = [
  'unapproved',
  'bad-signature',
  'unknown-key',
  'no-right',
  'self-approved', // submitter and approver are one person
  'changed', // the bytes or the item are not what was approved
  'expired',
  'not-yet-valid',
  'no-permit',
  'permit-expired',
  'wrong-site',
  'text-unfit',
  'broken', // the player cannot decode it
  'missing', // not on this edge yet
  'stale-translation', // its source was edited after it was translated (Art. 13.4)
  'category-mismatch', // paid content that is not 7.5, or 7.5 without an advertiser
] as const
export type ItemRefusal = (typeof ITEM_REFUSALS)[number]

/** When a record was made. `wall` in milliseconds, `iso` in the policy's zone for people, `mono` within `boot`. */
export type RecordTime = {
  readonly wall: number
  readonly iso: string
  readonly mono: number
  readonly q: ClockQuality
}

/** One line of `plays/YYYY-MM-DD.jsonl`: the body plus what chains it. `prev` is the SHA-256 of the whole line before (without its newline). */
export type EvidenceRecord = {
  readonly seq: number
  readonly prev: string
  readonly at: RecordTime
  readonly boot: string
} & RecordBody

/** A turn of a floor of airtime. */
export type AirtimeRecord = RecordBody & { readonly kind: 'airtime' }

/** What the first record of a chain has as `prev`. */
export const GENESIS = '0'.repeat(64)

/** A body with its time, before it is chained. What the engine folds at once and the store then seals. */
export type StampedRecord = { readonly at: RecordTime; readonly boot: string } & RecordBody
