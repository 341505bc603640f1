import type { Ledger } from '../airtime/ledger.ts'
import type { Result } from '../base/result.ts'
import type { Reading } from '../base/units.ts'
import type { Receipt } from '../contract/link.ts'
import type { OrderRefusal } from '../emergency/order.ts'
import type { BlankReason } from '../emergency/preset.ts'
import type { Proof } from '../policy/policy.ts'
import type { Runtime } from '../power/runtime.ts'
import type { DisplayObservation, DisplaySetting, LinkFault, TestPattern } from '../screen/display.ts'
import type { ManualWish } from '../screen/manual.ts'
import type { PlayerTrouble } from '../screen/scene.ts'
import type { SensorValue } from '../screen/sensor.ts'
import type { Durable, PowerFault } from './state.ts'
import type { VerifiedOrder, VerifiedRegistry, VerifiedSchedule } from './verified.ts'

/**
 * Everything that can happen to the engine. The shells put these into the one inbox; there is no other way in.
 * Each carries its own reading of the clocks: the core never looks.
 */
export type Event = {
  readonly at: Reading
} /** First event of every start: what the snapshot and the log remembered. `orphan` is a play left open by a cut. */ & (
  | {
      readonly event: 'woke'
      readonly durable: Durable | null
      readonly schedule: VerifiedSchedule | null
      readonly registry: VerifiedRegistry | null
      readonly ledger: Ledger
      /** Of the same records; absent where nobody counts it. */
      readonly runtime?: Runtime
      readonly assets: readonly string[]
      readonly last: {
        readonly orphan: { readonly play: string; readonly openedWall: number; readonly upperBoundMs: number } | null
        /** Wall time of the last record before this start; null on an empty log. */
        readonly wall: number | null
        readonly cleanStop: boolean
        readonly tornBytes: number
      }
    }
  | { readonly event: 'tick' }
  | { readonly event: 'clock-step'; readonly stepMs: number; readonly was: Reading['quality'] }
  | { readonly event: 'registry'; readonly registry: VerifiedRegistry }
  | { readonly event: 'schedule'; readonly schedule: VerifiedSchedule }
  | { readonly event: 'order'; readonly order: VerifiedOrder }
  /** Something signed that did not verify, so its content was never read. */
  | {
      readonly event: 'refused'
      readonly what: 'registry' | 'schedule' | 'order'
      readonly reason: OrderRefusal
      readonly detail: string
      readonly orderId: string | null
      /** Only for a schedule: it is the one in force that no longer holds, so nothing of it may be shown any more. */
      readonly voids?: true
    }
  | { readonly event: 'asset'; readonly sha256: string; readonly state: 'present' | 'absent' | 'changed' }
  /** The picture of an order is here and cannot be drawn: the order is shown in words alone. */
  | { readonly event: 'picture'; readonly order: string; readonly detail: string }
  | { readonly event: 'player'; readonly what: 'up' }
  | { readonly event: 'player'; readonly what: 'down'; readonly detail: string; readonly missing: boolean }
  /** The player has the picture of this play on its output; `afterMs` since it was told. */
  | {
      readonly event: 'player'
      readonly what: 'shown'
      readonly play: string
      readonly proof: Proof
      readonly how: string
      /** Of several pages that go round: how long one round takes here. Not there for a single picture. */
      readonly roundMs?: number
    }
  | { readonly event: 'player'; readonly what: 'ended'; readonly play: string }
  | { readonly event: 'player'; readonly what: 'failed'; readonly play: string; readonly detail: string }
  /** The picture was not what it should be; the player heals it by itself. At most one a minute of each kind. */
  | {
      readonly event: 'player'
      readonly what: 'trouble'
      readonly trouble: PlayerTrouble
      readonly play: string | null
      readonly detail: string
    }
  | { readonly event: 'display-observed'; readonly result: Result<Omit<DisplayObservation, 'at'>, LinkFault> }
  | {
      readonly event: 'display-applied'
      readonly setting: DisplaySetting
      readonly result: Result<{ readonly readBack: boolean; readonly held: DisplaySetting['value'] }, LinkFault>
    }
  /** A device beside the display was read: relay board, sensors, inputs. */
  | {
      readonly event: 'equipment'
      readonly device: string
      readonly result: Result<readonly SensorValue[], LinkFault>
    }
  /** Where the power sequence stands. `off`: every relay was let go of. */
  | { readonly event: 'power'; readonly state: 'rising' | 'falling' | 'on' | 'off'; readonly detail: string }
  /**
   * `failed`: the way `way` was refused or broken off (a way on that failed goes back down by itself), or what was on is forced off.
   * `noted`: power stays as it is, but somebody should look.
   */
  | ({ readonly event: 'power'; readonly state: 'failed'; readonly way: 'on' | 'off' } & PowerFault)
  | ({ readonly event: 'power'; readonly state: 'noted' } & PowerFault)
  | { readonly event: 'hub'; readonly link: 'up' | 'down' | 'rejected'; readonly detail: string }
  | { readonly event: 'receipt-acked'; readonly order: string; readonly stage: Receipt['stage'] }
  /** Manual control at the site, always with a time limit, always by a named person. */
  | { readonly event: 'technician'; readonly person: string; readonly pattern: TestPattern; readonly forMs: number }
  /** Anything else that a person at the site asks of the display for a while; `key` null: everything, the test pattern too. */
  | { readonly event: 'manual'; readonly person: string; readonly wish: ManualWish; readonly forMs: number }
  | { readonly event: 'manual-end'; readonly person: string; readonly key: string | null }
  /** A relay was switched as asked; `fault`: it was not, and why. */
  | { readonly event: 'relay'; readonly relay: string; readonly on: boolean; readonly fault: string | null }
  /** The screen is made dark at the site by a named person (domain.md §4.3), for at most a day; again: with a new end. */
  | { readonly event: 'blank'; readonly person: string; readonly reason: BlankReason; readonly forMs: number }
  | { readonly event: 'blank-end'; readonly person: string }
  /** Something technical that no other event says, for the evidence: an upgrade that was taken back. */
  | { readonly event: 'incident'; readonly what: string; readonly detail: string }
  | { readonly event: 'access'; readonly person: string; readonly what: string; readonly detail: string }
  | { readonly event: 'log-writable'; readonly writable: boolean; readonly detail: string }
  | { readonly event: 'stop'; readonly reason: string }
)
