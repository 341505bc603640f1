import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import { err, type Result } from '#core/base/result.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { HubMessage, Receipt, StatusReport } from '#core/contract/link.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import { hashToken } from '../crypto/secret.ts'
import type { Base } from '../hub.ts'
import type { Ingested, OrderRow } from '../store/port.ts'
import { openSession, type Session } from './session.ts'

export type EdgeState = {
  readonly connected: boolean
  readonly lastSeen: number | null
  readonly clockOffsetMs: number | null
  readonly status: StatusReport | null
}
export type AskFault = 'away' | 'timeout' | 'refused' | 'busy'
export type AskAnswer = { readonly mime: string; readonly body: string }

/** All edges that dialled in: at most one connection a site, a new one takes the place of the old. */
export type Edges = {
  readonly accept: (socket: WebSocket, address: string) => void
  readonly state: (site: string) => EdgeState
  readonly ask: (site: string, what: 'metrics' | 'frame') => Promise<Result<AskAnswer, AskFault>>
  /** Call after the order has been stored. Sites that are away get it when they dial in. */
  readonly order: (row: OrderRow) => Promise<void>
  readonly schedule: (site: string, envelope: Envelope) => void
  /** Lets a device go, after another one has been enrolled in its place. */
  readonly drop: (site: string) => void
  readonly tokenSite: (token: string) => string | null
  readonly close: () => Promise<void>
}

/** What the link tells the rest of the hub; each is called after the store has committed. */
export type EdgeNews = {
  readonly site: (site: string) => void
  readonly screen: (site: string) => void
  readonly receipt: (site: string, receipt: Receipt, outcome: 'first' | 'again' | 'unknown', heardAt: number) => void
  readonly evidence: (site: string, result: Ingested) => void
}

export type Seen = {
  at: number | null
  clockOffsetMs: number | null
  status: StatusReport | null
  screen: string
  stored: number
  /** Why the last batch of evidence was rejected: an edge repeats it until a person has looked; the audit log shall not. */
  rejection: string
}

/** When a site was last heard from is written down no more often than this; the exact figure lives in memory. */
export const SEEN_EVERY_MS = 60_000

export const makeEdges = (
  base: Base,
  known: readonly string[],
  lastSeen: ReadonlyMap<string, number>,
  news: EdgeNews,
): Edges => {
  const open = new Map<string, Session>()
  const seen = new Map<string, Seen>(
    known.map((site) => [
      site,
      { at: lastSeen.get(site) ?? null, clockOffsetMs: null, status: null, screen: '', stored: 0, rejection: '' },
    ]),
  )
  const sockets = new Set<Session>()

  const accept = (socket: WebSocket, address: string): void => {
    const session = openSession(base, socket, {
      address,
      nonce: randomBytes(32).toString('base64'),
      seen: (site) => seen.get(site),
      news,
      opened: (site, it) => {
        open.get(site)?.end('replaced by a newer connection')
        open.set(site, it)
        news.site(site)
      },
      closed: (site, it) => {
        sockets.delete(it)
        if (site === null || open.get(site) !== it) return
        open.delete(site)
        news.site(site)
      },
    })
    sockets.add(session)
  }

  return {
    accept,
    state: (site) => {
      const s = seen.get(site)
      return {
        connected: open.has(site),
        lastSeen: s?.at ?? null,
        clockOffsetMs: s?.clockOffsetMs ?? null,
        status: s?.status ?? null,
      }
    },
    ask: async (site, what) => {
      const session = open.get(site)
      return session === undefined ? err('away') : session.ask(what, LINK_LIMITS.askMs)
    },
    order: async (row) => {
      const text = encode({ t: 'order', envelope: row.envelope })
      for (const { site } of row.sites) {
        if (open.get(site)?.send(text) === true) await base.store.orders.sent(row.order.id, site, base.now())
      }
    },
    schedule: (site, envelope) => void open.get(site)?.send(encode({ t: 'schedule', envelope })),
    drop: (site) => open.get(site)?.end('another device has been enrolled for this site'),
    tokenSite: (token) => {
      const hash = hashToken(token)
      for (const [site, session] of open) if (session.tokenHash === hash) return site
      return null
    },
    close: async () => {
      await Promise.all([...sockets].map((s) => s.end('the hub is shutting down')))
    },
  }
}

export const encode = (message: HubMessage): string => JSON.stringify(message)
