import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import { err, type Result } from '#core/base/result.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import type { Base } from '../base.ts'
import { hashToken } from '../crypto/secret.ts'
import type { OrderRow } from '../store/port.ts'
import { makeLetters, registryMessage } from './letters.ts'
import { type AskAnswer, type AskFault, type EdgeNews, encode, NOTHING_SEEN, type Question, type Seen } from './news.ts'
import { openSession, type Session } from './session.ts'

export type EdgeState = {
  readonly connected: boolean
  readonly lastSeen: number | null
  readonly clockOffsetMs: number | null
  readonly status: StatusReport | null
}
/** All edges that dialled in: at most one connection a site, a new one takes the place of the old. */
export type Edges = {
  readonly accept: (socket: WebSocket, address: string) => void
  readonly state: (site: string) => EdgeState
  readonly ask: (site: string, what: 'metrics' | 'frame') => Promise<Result<AskAnswer, AskFault>>
  /** As `ask`, for whoever has less time than the link allows, or asks for more than one word says. */
  readonly question: (site: string, question: Question, withinMs: number) => Promise<Result<AskAnswer, AskFault>>
  /**
   * Call after the order has been stored. Goes to all that are connected in one pass, before anything else is done; resolves when it is
   * stored to whom it went. Sites that are away get it when they dial in.
   */
  readonly order: (row: Pick<OrderRow, 'order' | 'sites'>) => Promise<void>
  readonly schedule: (site: string, envelope: Envelope) => void
  /** Tells a newer key registry to every edge that is connected, and says how many that were; the others get it when they dial in. */
  readonly registry: (envelope: Envelope) => number
  /** Lets a device go, after another one has been enrolled in its place. */
  readonly drop: (site: string) => void
  readonly tokenSite: (token: string) => string | null
  readonly close: () => Promise<void>
}

export const makeEdges = (
  base: Base,
  known: readonly string[],
  lastSeen: ReadonlyMap<string, number>,
  news: EdgeNews,
): Edges => {
  const open = new Map<string, Session>()
  const seen = new Map<string, Seen>(known.map((site) => [site, { ...NOTHING_SEEN, at: lastSeen.get(site) ?? null }]))
  const sockets = new Set<Session>()
  const tokens = new Map<string, string>()
  const letters = makeLetters(base.store)

  const accept = (socket: WebSocket, address: string): void => {
    const session = openSession(base, socket, {
      address,
      nonce: randomBytes(32).toString('base64'),
      seen: (site) => seen.get(site),
      news,
      letters,
      opened: (site, it) => {
        open.get(site)?.end('replaced by a newer connection')
        open.set(site, it)
        tokens.set(it.tokenHash, site)
        news.site(site)
        news.link(site, true)
      },
      closed: (site, it) => {
        sockets.delete(it)
        tokens.delete(it.tokenHash)
        if (site === null || open.get(site) !== it) return
        open.delete(site)
        news.site(site)
        news.link(site, false)
      },
    })
    sockets.add(session)
  }

  const question: Edges['question'] = async (site, asked, withinMs) => {
    const session = open.get(site)
    return session === undefined ? err('away') : session.ask(asked, Math.min(withinMs, LINK_LIMITS.askMs))
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
    ask: (site, what) => question(site, { what }, LINK_LIMITS.askMs),
    question,
    order: async ({ order: { id }, sites }) => {
      const bytes = await letters.order(id)
      if (bytes === null) return
      const sent = sites.map(({ site }) => site).filter((site) => open.get(site)?.send(bytes) === true)
      if (sent.length > 0) await base.store.orders.sent(id, sent, base.now())
    },
    schedule: (site, envelope) => void open.get(site)?.send(encode({ t: 'schedule', envelope })),
    registry: (envelope) => {
      const bytes = registryMessage(envelope)
      return [...open.values()].filter((session) => session.send(bytes)).length
    },
    drop: (site) => open.get(site)?.end('another device has been enrolled for this site'),
    tokenSite: (token) => tokens.get(hashToken(token)) ?? null,
    close: async () => {
      await Promise.all([...sockets].map((s) => s.end('the hub is shutting down')))
    },
  }
}
