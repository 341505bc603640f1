import type { DraftView, OrderFrame, OrderSite, OrderView, TokenView, WrappedKey } from '#core/contract/api.ts'
import type { Role } from '#core/contract/can.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { Receipt } from '#core/contract/link.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import type { Order, OrderRefusal } from '#core/emergency/order.ts'
import type { AuditEntry } from './port-audit.ts'
import type { ContentStore } from './port-content.ts'
import type { OperationsStore, PlayQuery } from './port-operations.ts'
import type { OrgRecord, SiteRecord } from './types.ts'

export type { AuditEntry } from './port-audit.ts'
export type { AssetRow, ItemRow, RefusalRow, ScheduleRow } from './port-content.ts'

/**
 * What the hub must never forget. Every promise resolves after the commit is on disk; a change and its line in the audit log are one
 * commit. Asynchronous, so that a server-based adapter fits behind it as well as the embedded one. Times are hub wall-clock ms.
 */
export type AuditRow = AuditEntry & { readonly id: number }
/** What a reading of the whole audit log found. `last` and `head`: number and sum of the last line, to be noted elsewhere and compared later. */
export type AuditState = {
  readonly lines: number
  readonly last: number
  readonly head: string
  /** At most twenty. */
  readonly faults: readonly { readonly id: number; readonly why: string }[]
}

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
  /** When it was last used, to the minute. */
  readonly seenAt: number
}
/** Failures of one account or one address, kept over restarts so that a restart is no way around a lock. */
export type Failures = { readonly count: number; readonly lockedUntil: number; readonly lastAt: number }

export type Device = { readonly site: string; readonly publicKey: string; readonly enrolledAt: number }
export type EnrolOutcome = 'enrolled' | 'unknown-code' | 'used' | 'expired' | 'wrong-site'

/** `hash`: of the token itself, which is shown once and kept nowhere. */
export type TokenRow = TokenView & { readonly hash: string }
export type TokenOutcome = 'added' | 'name-taken' | 'full'

/** What is kept of `OrderSite`; the rest is known only now. */
export type OrderSiteRow = Omit<OrderSite, 'connected' | 'contact' | 'silentSince'>
export type SignerRow = { readonly user: string; readonly at: number }
export type OrderRow = {
  readonly order: Order
  readonly envelope: Envelope
  readonly releasedAt: number
  readonly state: 'open' | 'cancelled' | 'superseded' | 'cleared'
  readonly sites: readonly OrderSiteRow[]
  /** The issuer first. */
  readonly signers: readonly SignerRow[]
  /** The number that was added later. */
  readonly document: string | null
  /** Until when a number is asked for; stays when one has been given. Null: never asked for. */
  readonly documentDue: number | null
  /** As the console sees it, but `by` is the user, not the name. */
  readonly review: OrderView['review']
  /** Brought up by a switch at the site; nobody signed it. */
  readonly local: boolean
}
export type OrderEnd = { readonly order: string; readonly state: 'cancelled' | 'superseded' | 'cleared' }

/** What somebody still has to do about an order. `told`: the audit log says already that it is overdue. */
export type Owed = {
  readonly order: string
  readonly what: 'document' | 'review'
  readonly dueAt: number
  readonly told: boolean
}

/** An order that one person has signed and that waits for another one. */
export type PendingRow = {
  readonly order: Order
  readonly envelope: Envelope
  readonly signers: readonly SignerRow[]
  readonly receivedAt: number
  readonly lapsesAt: number
  /** The draft it came of. */
  readonly draft: string | null
  readonly state: 'waiting' | 'released' | 'withdrawn' | 'lapsed'
  readonly withdrawn: { readonly by: string; readonly at: number; readonly reason: string } | null
}

/** `key`: what a draft is known by where it comes from (a CAP message: sender, identifier, sent), so that it is taken in once; null: nothing. */
export type DraftRow = DraftView & { readonly key: string | null }
/** `hash`: of what the message says, whatever its white space and signature. `draft`: the id of what became of it. */
export type CapOutcomeRow = {
  readonly key: string
  readonly hash: string
  readonly outcome: 'draft' | 'remembered'
  readonly draft: string | null
}
export type CapGone = { readonly key: string; readonly reason: 'cancelled' | 'superseded' }
export type FrameRow = OrderFrame & { readonly order: string; readonly bytes: number }

/** A stage of an order that a site gave itself, with the site's own time of it. */
export type LocalStage = {
  readonly site: string
  readonly order: string
  readonly stage: 'received' | 'active' | 'shown' | 'ended'
  readonly wall: number
  readonly quality: string
  readonly reason: string | null
  readonly detail: string
}

/** A chain of a site's evidence (chains.ts). */
export type ChainView = {
  /** Number in the store of its first place. */
  readonly base: number
  /** Base64 public key of the device that began it; null: the first one, from before chains were noted. */
  readonly device: string | null
  /** When that device was enrolled, wall clock of the hub, ms. */
  readonly openedAt: number | null
}

export type EvidenceState = {
  readonly records: number
  readonly chains: readonly ChainView[]
  /** At most twenty; `at`: number in the store. */
  readonly faults: readonly { readonly at: number; readonly why: string }[]
}

export type Ingested =
  | {
      readonly kind: 'stored'
      readonly next: number
      readonly stored: number
      readonly duplicates: number
      /** How many of the stored lines say that content was refused: the list of items looks different now. */
      readonly refusals: number
      /** What sites said of orders that they gave themselves. */
      readonly local: readonly LocalStage[]
      /** With this batch the chain of a device that replaces another began, at this number of the store; null: none did. */
      readonly began: number | null
      /** Incidents that the lines opened or changed, each once. */
      readonly incidents: readonly string[]
    }
  | {
      readonly kind: 'rejected'
      readonly next: number
      readonly why: 'gap' | 'fork' | 'not-a-chain'
      readonly detail: string
    }

type Parts = OperationsStore & ContentStore
export type Store = Parts & {
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
    readonly seen: (tokenHash: string, at: number) => Promise<void>
    /** Has this person logged in with the browser that holds the secret of this hash? */
    readonly knowsDevice: (hash: string, user: string, since: number) => Promise<boolean>
    /** Remembers a browser; of one person's the newest `most` stay. */
    readonly rememberDevice: (
      hash: string,
      it: { readonly user: string; readonly at: number; readonly most: number },
    ) => Promise<void>
    /** Every session of one person, and the browsers that are known for them. */
    readonly endAll: (user: string) => Promise<void>
    readonly prune: (now: number) => Promise<void>
  }
  readonly tokens: {
    /** `name-taken`: a live token has that name, and the audit log would not tell the two apart. `full`: MOST_TOKENS are alive. */
    readonly add: (row: TokenRow, audit: AuditEntry) => Promise<TokenOutcome>
    readonly byHash: (hash: string) => Promise<TokenRow | null>
    /** Newest first, those that have run out or were revoked included. */
    readonly list: (limit: number) => Promise<readonly TokenRow[]>
    /** Null: there is none. One that was revoked before stays as it is. */
    readonly revoke: (id: string, audit: AuditEntry) => Promise<TokenRow | null>
    readonly used: (id: string, at: number) => Promise<void>
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
    /** Of the newest; 0: there is none. */
    readonly version: () => Promise<number>
    readonly put: (version: number, envelope: Envelope, audit: AuditEntry) => Promise<void>
  }
  readonly orders: {
    readonly get: (id: string) => Promise<OrderRow | null>
    /**
     * Newest first; of those that are over no more than have `mostSites` rows of sites together, the newest: an order names thousands of
     * sites, and all of it is read in one go.
     */
    readonly listed: (it: {
      readonly limit: number
      readonly mostSites: number
      readonly now: number
    }) => Promise<readonly OrderRow[]>
    /** Newest first, without how it stands at each site. */
    readonly recent: (limit: number) => Promise<readonly Pick<OrderRow, 'order' | 'state'>[]>
    /**
     * Stores the order, its sites, what it does to the orders it references, and to the pending order and the draft it came of, in one
     * commit. `known`: the id is there already, or its pending order no longer waits; nothing was changed then.
     */
    readonly release: (ask: {
      readonly row: OrderRow
      readonly ends: readonly OrderEnd[]
      /** A number for the orders that this one references, where they have none. */
      readonly document: string | null
      readonly draft: string | null
      readonly fromPending: boolean
      readonly audit: readonly AuditEntry[]
    }) => Promise<'released' | 'known'>
    /** False: there is nothing to review, or somebody has. */
    readonly review: (
      id: string,
      by: { readonly user: string; readonly at: number; readonly note: string },
      audit: AuditEntry,
    ) => Promise<boolean>
    /** Numbers and reviews that are asked for and have not come, the longest due first. */
    readonly owing: (limit: number) => Promise<readonly Owed[]>
    /** Writes down, once, that it is overdue; false: that was done before. */
    readonly overdue: (owed: Owed, audit: AuditEntry) => Promise<boolean>
    /** Orders that this one references, and those that reference it; oldest first. */
    readonly related: (id: string, limit: number) => Promise<readonly OrderRow[]>
    /**
     * What this site still has to be told, oldest first: not run out, not ended or refused there, not overtaken by a later order to the
     * same site. Ids only: thousands of sites ask at the same moment, and an order names thousands of sites.
     */
    readonly waitingFor: (site: string, now: number) => Promise<readonly string[]>
    /** Of those the ones of which nothing has been heard from this site yet. */
    readonly unanswered: (site: string, now: number) => Promise<readonly string[]>
    /** Orders in force that this site refused for one of these reasons and that may still be sent to it again (`MOST_AGAIN`), oldest first. */
    readonly refusedFor: (site: string, reasons: readonly OrderRefusal[], now: number) => Promise<readonly string[]>
    /** Counts that it went to this site again after a refusal. */
    readonly sentAgain: (order: string, site: string, at: number) => Promise<void>
    /** When it last went to this site, as far as that was written down. */
    readonly lastSent: (order: string, site: string) => Promise<number | null>
    /** Ids of the orders that this one references. */
    readonly references: (order: string) => Promise<readonly string[]>
    /** The signed text as JSON, just as it is sent; null: there is no such order. */
    readonly envelope: (order: string) => Promise<string | null>
    readonly releasedAt: (order: string) => Promise<number | null>
    /** Is the site one of the order's first `many`, by id? Answered without reading the others. */
    readonly isAmongFirst: (order: string, site: string, many: number) => Promise<boolean>
    /** The first time is kept. */
    readonly sent: (order: string, sites: readonly string[], at: number) => Promise<void>
    /** Orders in force that somebody has not ended or refused yet, by class, and how many sites have not accepted one of them. */
    readonly inForce: (
      now: number,
    ) => Promise<{ readonly byClass: ReadonlyMap<string, number>; readonly undelivered: number }>
    /** By site, how many emergencies in force it has accepted and not reported as shown; sites without one are left out. */
    readonly notShown: (now: number) => Promise<ReadonlyMap<string, number>>
    /** Idempotent: the first report of a stage is kept. `unknown`: the order was never addressed to that site. */
    readonly receipt: (site: string, receipt: Receipt, heardAt: number) => Promise<'first' | 'again' | 'unknown'>
  }
  readonly pending: {
    readonly get: (id: string) => Promise<PendingRow | null>
    /** Those that wait, and those that were withdrawn or lapsed; newest first. */
    readonly list: (limit: number) => Promise<readonly PendingRow[]>
    /** `known`: one with this id waits or has waited. `full`: as many wait as may. */
    readonly put: (row: PendingRow, audit: AuditEntry) => Promise<'stored' | 'known' | 'full'>
    /** Null: it no longer waits. */
    readonly withdraw: (
      id: string,
      withdrawn: NonNullable<PendingRow['withdrawn']>,
      audit: AuditEntry,
    ) => Promise<PendingRow | null>
    /** Those that nobody signed in time; each is given once. */
    readonly lapse: (now: number) => Promise<readonly PendingRow[]>
  }
  readonly drafts: {
    /** `known`: one with this key was taken in before. `full`: as many wait as may. Closed ones leave when there is no more room. */
    readonly put: (row: DraftRow, audit: AuditEntry) => Promise<'stored' | 'known' | 'full'>
    readonly get: (id: string) => Promise<DraftRow | null>
    readonly byKey: (key: string) => Promise<DraftRow | null>
    /** Newest first. */
    readonly list: (limit: number) => Promise<readonly DraftRow[]>
    /** Null: it no longer waits. */
    readonly drop: (id: string, closed: NonNullable<DraftView['closed']>, audit: AuditEntry) => Promise<DraftRow | null>
    readonly waiting: () => Promise<number>
  }
  readonly cap: {
    /** The message of this identity (`sender,identifier,sent`), when it was taken in before. */
    readonly seen: (key: string) => Promise<CapOutcomeRow | null>
    /** Whether another message ended this one: it may have arrived first. */
    readonly gone: (key: string) => Promise<CapGone['reason'] | null>
    /** One commit; again, it changes nothing. The oldest leave (store/cap.ts). */
    readonly take: (
      row: CapOutcomeRow,
      it: { readonly at: number; readonly gone: readonly CapGone[]; readonly audit: AuditEntry },
    ) => Promise<void>
  }
  readonly frames: {
    /** False: there is one of that moment already. */
    readonly put: (row: FrameRow) => Promise<boolean>
    readonly of: (order: string) => Promise<readonly FrameRow[]>
    readonly get: (order: string, site: string, moment: OrderFrame['moment']) => Promise<FrameRow | null>
    /**
     * Forgets, of orders whose time was over before `before`, the pictures of the screens and those that officers gave to them, and the settled
     * rows of orders that waited for a second person; at most `most` of each. The orders themselves, their times and their audit lines stay.
     * `files`: what nothing names any more.
     */
    readonly forget: (it: {
      readonly before: number
      readonly most: number
    }) => Promise<{ readonly pending: number; readonly pictures: number; readonly files: readonly string[] }>
  }
  readonly evidence: {
    /** The first sequence number that is not stored, as the site's device numbers them (chains.ts). */
    readonly next: (site: string) => Promise<number>
    /** The chains that the evidence of a site consists of, oldest first: a new one begins with a device that took another one's place. */
    readonly chains: (site: string) => Promise<readonly ChainView[]>
    /** Reads all of it and checks that each record follows from the one before. */
    readonly verify: (site: string) => Promise<EvidenceState>
    readonly nexts: () => Promise<ReadonlyMap<string, number>>
    /** All or nothing; idempotent by (site, seq). `now`: the hub's clock. */
    readonly ingest: (site: string, from: number, lines: readonly string[], now: number) => Promise<Ingested>
    readonly plays: (query: PlayQuery) => Promise<readonly PlayAnswer[]>
    readonly lines: (site: string, from: number, limit: number) => Promise<readonly string[]>
  }
  readonly audit: {
    readonly append: (entry: AuditEntry) => Promise<void>
    readonly newest: (limit: number) => Promise<readonly AuditRow[]>
    /** Newest first. */
    readonly about: (subject: string, limit: number) => Promise<readonly AuditRow[]>
    /** Reads all of it and checks that each line follows from the one before. */
    readonly verify: () => Promise<AuditState>
    /** The sum of one line; null: there is no such line, or it is from before there were sums. */
    readonly sumOf: (id: number) => Promise<string | null>
  }
  readonly close: () => Promise<void>
}
