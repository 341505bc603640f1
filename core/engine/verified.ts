import type { Item } from '../content/item.ts'
import type { Envelope } from '../contract/envelope.ts'
import type { KeyRegistry } from '../contract/keys.ts'
import type { Order } from '../emergency/order.ts'
import type { ItemRefusal } from '../evidence/record.ts'
import type { ScheduleDocument } from '../schedule/document.ts'

/** A schedule document whose signature, issuer's right and items were checked by `core/contract/verify.ts`. */
export type VerifiedSchedule = {
  readonly document: ScheduleDocument
  readonly envelope: Envelope
  readonly key: string
  /** Items whose approval holds, by id. Time-dependent checks (validity, permit window) happen at each choice. */
  readonly items: Readonly<Record<string, Item>>
  /** SHA-256 of the canonical text of each of these items: what the approver signed. */
  readonly hashes: Readonly<Record<string, string>>
  readonly refused: readonly { readonly item: string; readonly reason: ItemRefusal; readonly detail: string }[]
}

/** An order whose signature verified under a registered key. Rights, target, time and class are the engine's to judge. */
export type VerifiedOrder = {
  readonly order: Order
  readonly envelope: Envelope
  readonly keys: readonly string[]
  /** Who signed with the right to, the issuer first, each once. */
  readonly persons: readonly string[]
  /** SHA-256 of the signed text. */
  readonly hash: string
}

export type VerifiedRegistry = { readonly registry: KeyRegistry; readonly envelope: Envelope }
