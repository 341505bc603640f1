import type { Item } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { AuditEntry } from './port-audit.ts'

/** The part of the store port (port.ts) that keeps items, their files, and the schedules they play in. */

export type ItemRow = {
  readonly item: Item
  readonly hash: string
  readonly sites: readonly string[]
  readonly state: 'submitted' | 'approved' | 'rejected'
  readonly submittedAt: number
  readonly approval: Envelope | null
  readonly approvedBy: string | null
  readonly approvedAt: number | null
  readonly rejectReason: string | null
}
export type RefusalRow = {
  readonly item: string
  readonly site: string
  readonly reason: string
  readonly detail: string
  readonly at: number
}
export type AssetRow = { readonly sha256: string; readonly bytes: number; readonly mime: string }

export type ScheduleRow = {
  readonly site: string
  readonly version: number
  readonly envelope: Envelope
  readonly publishedAt: number
}

export type ContentStore = {
  readonly content: {
    readonly items: () => Promise<readonly ItemRow[]>
    readonly item: (id: string) => Promise<ItemRow | null>
    readonly submit: (row: ItemRow, audit: AuditEntry) => Promise<void>
    /** Puts the next revision in the place of the one whose hash is `before`; false when that is not the newest any more. */
    readonly revise: (row: ItemRow, before: string, audit: AuditEntry) => Promise<boolean>
    /** False when it is no longer waiting for a decision. */
    readonly decide: (row: ItemRow, audit: AuditEntry) => Promise<boolean>
    /** An approved item waits for a decision again: its approval has become void. */
    readonly reopen: (id: string, audit: AuditEntry) => Promise<void>
    readonly refusals: () => Promise<readonly RefusalRow[]>
    readonly asset: (sha256: string) => Promise<AssetRow | null>
    readonly putAsset: (asset: AssetRow, at: number) => Promise<void>
  }
  readonly schedules: {
    /** Null also when the newest is not above `above`: then nothing is read but its number. */
    readonly latest: (site: string, above?: number) => Promise<ScheduleRow | null>
    /** What held within the span, oldest first: the last one published before it, and those within; of more than `most` the newest. */
    readonly within: (
      site: string,
      span: { readonly from: number; readonly to: number },
      most: number,
    ) => Promise<readonly ScheduleRow[]>
    /** item id → sites whose newest document holds it */
    readonly holding: () => Promise<ReadonlyMap<string, readonly string[]>>
    /** False when a version at or above this one is there already. */
    readonly publish: (row: ScheduleRow, items: readonly string[], audit: AuditEntry) => Promise<boolean>
  }
}
