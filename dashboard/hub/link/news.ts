import type { HubMessage, Receipt, StatusReport } from '#core/contract/link.ts'
import type { RefusalCure } from '#core/emergency/order.ts'
import type { Ingested } from '../store/port.ts'

export type AskFault = 'away' | 'timeout' | 'refused' | 'busy'
/** `since`: wall clock, ms. */
export type Question = { readonly what: 'metrics' | 'frame' } | { readonly what: 'history'; readonly since: number }
export type AskAnswer = { readonly mime: string; readonly body: string }

/** What the link tells the rest of the hub; each is called after the store has committed. */
export type EdgeNews = {
  readonly site: (site: string) => void
  readonly screen: (site: string) => void
  readonly receipt: (site: string, receipt: Receipt, outcome: 'first' | 'again' | 'unknown', heardAt: number) => void
  readonly evidence: (site: string, result: Ingested) => void
  /** A refused order went to a site once more. */
  readonly again: (order: string) => void
  readonly status: (site: string, status: StatusReport) => void
  /** A connection of this site began, or the last one of it ended. */
  readonly link: (site: string, isUp: boolean) => void
  /** Somebody said to be this site and could not show its key. */
  readonly foreign: (site: string) => void
}

export type Seen = {
  at: number | null
  clockOffsetMs: number | null
  status: StatusReport | null
  screen: string
  stored: number
  /** Why the last batch of evidence was rejected: an edge repeats it until a person has looked; the audit log shall not. */
  rejection: string
  /** What the edge last said of what it judges orders by. `told`: the registry that it had when it was told its orders. */
  heard: {
    readonly registry: number | null
    readonly told: number
    readonly clockRight: boolean | null
    /** When each of what can take a refusal away was last heard to have changed, hub ms. */
    readonly at: { readonly [C in RefusalCure]?: number }
  }
}

export const NOTHING_SEEN: Readonly<Seen> = {
  at: null,
  clockOffsetMs: null,
  status: null,
  screen: '',
  stored: 0,
  rejection: '',
  heard: { registry: null, told: 0, clockRight: null, at: {} },
}

/** When a site was last heard from is written down no more often than this; the exact figure lives in memory. */
export const SEEN_EVERY_MS = 60_000

export const encode = (message: HubMessage): string => JSON.stringify(message)
