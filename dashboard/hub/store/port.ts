import type { Item } from '#core/content/item.ts'
import type { OrderSite, PlayAnswer, WrappedKey } from '#core/contract/api.ts'
import type { Role } from '#core/contract/can.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { Receipt } from '#core/contract/link.ts'
import type { Order } from '#core/emergency/order.ts'
import type { OrgRecord, SiteRecord } from './types.ts'

/**
 * What the hub must never forget. Every promise resolves after the commit is on disk; a change and its line in the audit log are one
 * commit. Asynchronous, so that a server-based adapter fits behind it as well as the embedded one. Times are hub wall-clock ms.
 */
export type AuditEntry = {
  readonly at: number
  readonly person: string
  readonly action: string
  readonly subject: string
  readonly detail: string
  readonly address: string
}
export type AuditRow = AuditEntry & { readonly id: number }

export type Account = {
  readonly user: string
  readonly name: string
  readonly org: string
  readonly roles: readonly Role[]
  readonly passwordHash: string
}
export type SessionRow = {
  readonly tokenHash: string
  readonly user: string
  readonly csrf: string
  readonly expiresAt: number
}
/** Failures of one account or one address, kept over restarts so that a restart is no way around a lock. */
export type Failures = { readonly count: number; readonly lockedUntil: number; readonly lastAt: number }

export type Device = { readonly site: string; readonly publicKey: string; readonly enrolledAt: number }
export type EnrolOutcome = 'enrolled' | 'unknown-code' | 'used' | 'expired' | 'wrong-site'

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

/** What is kept of `OrderSite`; the rest is known only now. */
export type OrderSiteRow = Omit<OrderSite, 'connected' | 'contact' | 'silentSince'>
export type OrderRow = {
  readonly order: Order
  readonly envelope: Envelope
  readonly releasedAt: number
  readonly state: 'open' | 'cancelled' | 'superseded'
  readonly sites: readonly OrderSiteRow[]
}

export type Ingested =
  | {
      readonly kind: 'stored'
      readonly next: number
      readonly stored: number
      readonly duplicates: number
      /** How many of the stored lines say that content was refused: the list of items looks different now. */
      readonly refusals: number
    }
  | {
      readonly kind: 'rejected'
      readonly next: number
      readonly why: 'gap' | 'fork' | 'not-a-chain'
      readonly detail: string
    }

export type PlayQuery = { readonly site: string; readonly from: number; readonly to: number; readonly limit: number }

export type Store = {
  readonly meta: {
    readonly get: (key: string) => Promise<string | null>
    readonly put: (key: string, value: string) => Promise<void>
  }
  readonly sites: {
    readonly all: () => Promise<readonly SiteRecord[]>
    readonly put: (sites: readonly SiteRecord[], orgs: readonly OrgRecord[], audit: AuditEntry) => Promise<void>
    readonly orgs: () => Promise<readonly OrgRecord[]>
    readonly lastSeen: () => Promise<ReadonlyMap<string, number>>
    readonly seen: (site: string, at: number) => Promise<void>
  }
  readonly accounts: {
    readonly get: (user: string) => Promise<Account | null>
    readonly all: () => Promise<readonly Account[]>
    /** `key` null: the key the person has, if any, stays. */
    readonly put: (account: Account, key: WrappedKey | null, audit: AuditEntry) => Promise<void>
    /** Takes roles, key and sessions away. The account stays, since records name it. `passwordHash`: of a password nobody knows. */
    readonly shut: (user: string, passwordHash: string, audit: AuditEntry) => Promise<void>
    readonly dropKey: (user: string) => Promise<void>
    readonly wrappedKey: (user: string) => Promise<WrappedKey | null>
    readonly failures: (scope: string) => Promise<Failures>
    readonly setFailures: (scope: string, failures: Failures | null) => Promise<void>
  }
  readonly sessions: {
    readonly open: (session: SessionRow, audit: AuditEntry) => Promise<void>
    readonly get: (tokenHash: string) => Promise<SessionRow | null>
    readonly close: (tokenHash: string, audit: AuditEntry) => Promise<void>
    /** Every session of one person. */
    readonly endAll: (user: string) => Promise<void>
    readonly prune: (now: number) => Promise<void>
  }
  readonly devices: {
    readonly all: () => Promise<readonly Device[]>
    readonly get: (site: string) => Promise<Device | null>
    readonly putCode: (
      code: { readonly hash: string; readonly site: string; readonly expiresAt: number },
      audit: AuditEntry,
    ) => Promise<void>
    /** Uses the code up and stores the device in one commit. */
    readonly enrol: (
      ask: { readonly codeHash: string; readonly site: string; readonly publicKey: string },
      audit: AuditEntry,
    ) => Promise<EnrolOutcome>
  }
  readonly registry: {
    readonly latest: () => Promise<Envelope | null>
    readonly put: (version: number, envelope: Envelope, audit: AuditEntry) => Promise<void>
  }
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
    readonly latest: (site: string) => Promise<ScheduleRow | null>
    /** item id → sites whose newest document holds it */
    readonly holding: () => Promise<ReadonlyMap<string, readonly string[]>>
    /** False when a version at or above this one is there already. */
    readonly publish: (row: ScheduleRow, items: readonly string[], audit: AuditEntry) => Promise<boolean>
  }
  readonly orders: {
    readonly get: (id: string) => Promise<OrderRow | null>
    /** Newest first. */
    readonly list: (limit: number) => Promise<readonly OrderRow[]>
    /** Stores the order, its sites, and what it does to the orders it references, in one commit. */
    readonly release: (
      row: OrderRow,
      ends: readonly { readonly order: string; readonly state: 'cancelled' | 'superseded' }[],
      audit: AuditEntry,
    ) => Promise<void>
    /** What this site still has to be told: not run out, not ended or refused there, not overtaken by a later order to the same site. */
    readonly waitingFor: (site: string, now: number) => Promise<readonly OrderRow[]>
    readonly sent: (order: string, site: string, at: number) => Promise<void>
    /** Idempotent: the first report of a stage is kept. `unknown`: the order was never addressed to that site. */
    readonly receipt: (site: string, receipt: Receipt, heardAt: number) => Promise<'first' | 'again' | 'unknown'>
  }
  readonly evidence: {
    /** The first sequence number that is not stored. */
    readonly next: (site: string) => Promise<number>
    readonly nexts: () => Promise<ReadonlyMap<string, number>>
    /** All or nothing; idempotent by (site, seq). */
    readonly ingest: (site: string, from: number, lines: readonly string[]) => Promise<Ingested>
    readonly plays: (query: PlayQuery) => Promise<readonly PlayAnswer[]>
    readonly lines: (site: string, from: number, limit: number) => Promise<readonly string[]>
  }
  readonly audit: {
    readonly append: (entry: AuditEntry) => Promise<void>
    readonly newest: (limit: number) => Promise<readonly AuditRow[]>
  }
  readonly close: () => Promise<void>
}
