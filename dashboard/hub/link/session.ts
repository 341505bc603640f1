import type { WebSocket } from 'ws'
import { parseDocument } from '#core/base/check.ts'
import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import { linkProofText } from '#core/contract/envelope.ts'
import { EdgeMessage, LINK_LIMITS, LINK_PACKED_SINCE, LINK_SPOKEN, LINK_VERSION } from '#core/contract/link.ts'
import type { Base } from '../base.ts'
import { verifyEd25519 } from '../crypto/ed25519.ts'
import { hashToken, makeToken } from '../crypto/secret.ts'
import type { Letters } from './letters.ts'
import {
  type AskAnswer,
  type AskFault,
  type EdgeNews,
  encode,
  type Question,
  SEEN_EVERY_MS,
  type Seen,
} from './news.ts'
import { takeEvidence, takeReceipt, takeStatus, tellAll } from './take.ts'

/** One connection of one edge. */
export type Session = {
  /** One text frame; bytes that go to many are encoded once. False when it is closed or does not keep up. */
  readonly send: (text: string | Buffer) => boolean
  readonly ask: (question: Question, withinMs: number) => Promise<Result<AskAnswer, AskFault>>
  /** Says why, closes, and resolves when what it was doing has come to its end. */
  readonly end: (why: string) => Promise<void>
  /** Hash of the token that opens assets for this connection. */
  readonly tokenHash: string
}

export type SessionNeeds = {
  readonly address: string
  readonly nonce: string
  readonly seen: (site: string) => Seen | undefined
  readonly news: EdgeNews
  readonly letters: Letters
  readonly opened: (site: string, session: Session) => void
  readonly closed: (site: string | null, session: Session) => void
}

/** What may wait for one edge in our memory before it is taken for stuck, bytes. */
const MOST_WAITING_BYTES = 33_554_432
/** Messages of one edge that wait to be worked on; above it we stop reading from the socket and TCP holds the edge back. */
const MOST_INBOX = 16
const MOST_ASKS = 32
const SIGN_IN_MS = 10_000
const TEXT = { binary: false, compress: false } as const

type Hello = Extract<EdgeMessage, { t: 'hello' }>
type Phase =
  | { readonly phase: 'new' }
  | { readonly phase: 'challenged'; readonly hello: Hello; readonly publicKey: string }
  | { readonly phase: 'open'; readonly hello: Hello; readonly seen: Seen }
  | { readonly phase: 'over' }

export const openSession = (base: Base, socket: WebSocket, needs: SessionNeeds): Session => {
  const token = makeToken()
  const asks = new Map<number, (answer: Result<AskAnswer, AskFault>) => void>()
  const state: { phase: Phase; heard: number; inbox: number; work: Promise<void>; nextAsk: number; rejected: boolean } =
    {
      phase: { phase: 'new' },
      heard: performance.now(),
      inbox: 0,
      work: Promise.resolve(),
      nextAsk: 0,
      rejected: false,
    }
  const startedAt = performance.now()

  const send = (text: string | Buffer): boolean => {
    if (socket.readyState !== socket.OPEN) return false
    if (socket.bufferedAmount > MOST_WAITING_BYTES) {
      socket.terminate()
      return false
    }
    socket.send(text, TEXT)
    return true
  }
  const reject = (reason: string): void => {
    state.rejected = true
    send(encode({ t: 'rejected', reason }))
    base.log('warn', 'edge rejected', { address: needs.address, reason })
    socket.close(4401, 'rejected')
  }
  const session: Session = {
    send,
    tokenHash: hashToken(token),
    ask: (question, withinMs) => {
      const { phase } = state
      // An older edge would take it for a message out of the contract, and hang up after the twentieth.
      if (question.what === 'history' && (phase.phase !== 'open' || phase.hello.v < LINK_PACKED_SINCE))
        return Promise.resolve(err('refused'))
      if (asks.size >= MOST_ASKS) return Promise.resolve(err('busy'))
      const id = state.nextAsk++
      return new Promise((resolve) => {
        const settle = (answer: Result<AskAnswer, AskFault>) => {
          clearTimeout(timer)
          asks.delete(id)
          resolve(answer)
        }
        const timer = setTimeout(() => settle(err('timeout')), withinMs)
        asks.set(id, settle)
        if (!send(encode({ t: 'ask', id, ...question }))) settle(err('away'))
      })
    },
    end: async (why) => {
      if (socket.readyState === socket.OPEN) socket.close(1001, why)
      await state.work
      socket.terminate()
    },
  }

  const hello = async (message: Hello): Promise<void> => {
    if (!LINK_SPOKEN.includes(message.v))
      return reject(`link version ${message.v} is not one of ${LINK_SPOKEN.join(', ')} · phiên bản giao thức khác nhau`)
    const device = await base.store.devices.get(message.site)
    if (device === null) return reject(`no device is enrolled for ${message.site} · chưa đăng ký thiết bị cho cụm này`)
    state.phase = { phase: 'challenged', hello: message, publicKey: device.publicKey }
    send(encode({ t: 'challenge', nonce: needs.nonce }))
  }
  const auth = async (sig: string, from: Extract<Phase, { phase: 'challenged' }>): Promise<void> => {
    const { site, bootId } = from.hello
    const seen = needs.seen(site)
    if (seen === undefined || !verifyEd25519(from.publicKey, linkProofText(needs.nonce, site, bootId), sig)) {
      await base.store.audit.append({
        at: base.now(),
        person: `edge:${site}`,
        action: 'link.refused',
        subject: site,
        detail: 'wrong device key',
        address: needs.address,
      })
      needs.news.foreign(site)
      return reject('the device key does not match · khóa thiết bị không khớp')
    }
    state.phase = { phase: 'open', hello: from.hello, seen }
    seen.at = base.now()
    await base.store.sites.seen(site, seen.at)
    send(
      encode({
        t: 'welcome',
        v: LINK_VERSION,
        next: await base.store.evidence.next(site),
        time: base.now(),
        assetToken: token,
      }),
    )
    base.log('info', 'edge connected', { site, address: needs.address, version: from.hello.version })
    // From here on a new order reaches this edge by itself; what was released before is told now. Hearing one twice does no harm.
    needs.opened(site, session)
    await tellAll(base, from.hello, { letters: needs.letters, send, seen })
  }
  const hear = async (message: EdgeMessage): Promise<void> => {
    const { phase } = state
    if (phase.phase === 'new') return message.t === 'hello' ? hello(message) : reject('hello comes first')
    if (phase.phase === 'challenged')
      return message.t === 'auth' ? auth(message.sig, phase) : reject('auth comes second')
    if (phase.phase === 'over') return
    const { site } = phase.hello
    phase.seen.at = base.now()
    if (phase.seen.at - phase.seen.stored >= SEEN_EVERY_MS) {
      phase.seen.stored = phase.seen.at
      await base.store.sites.seen(site, phase.seen.at)
    }
    switch (message.t) {
      case 'hello':
      case 'auth':
        return reject('already signed in')
      case 'status':
        return takeStatus(base, site, phase.seen, message.status, { news: needs.news, letters: needs.letters, send })
      case 'receipt':
        return takeReceipt(base, site, message.receipt, {
          news: needs.news,
          letters: needs.letters,
          send,
          seen: phase.seen,
        })
      case 'evidence':
        return takeEvidence(base, { site, seen: phase.seen }, message, { news: needs.news, send })
      case 'answer': {
        asks.get(message.id)?.(message.ok ? ok({ mime: message.mime, body: message.body }) : err('refused'))
        return
      }
    }
    return unreachable(message)
  }
  const take = async (text: string): Promise<void> => {
    if (state.rejected) return
    const parsed = parseDocument(EdgeMessage, text)
    if (!parsed.ok)
      return reject(
        `message not understood: ${parsed.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`.slice(0, 200),
      )
    await hear(parsed.value)
  }

  socket.on('message', (data, isBinary) => {
    state.heard = performance.now()
    if (isBinary) return reject('messages are text')
    const text = data.toString()
    state.inbox += 1
    if (state.inbox >= MOST_INBOX) socket.pause()
    state.work = state.work
      .then(() => take(text))
      .catch((error: unknown) => {
        // A fault of ours or of the disk: the edge keeps what was not acknowledged and sends it again after it has dialled anew.
        base.log('error', 'edge message failed', { error: String(error) })
        socket.close(1011, 'internal error')
      })
      .finally(() => {
        state.inbox -= 1
        if (state.inbox < MOST_INBOX && socket.isPaused) socket.resume()
      })
  })
  socket.on('pong', () => {
    state.heard = performance.now()
  })
  socket.on('error', () => socket.terminate())
  const beat = setInterval(() => {
    const now = performance.now()
    const lateSignIn = state.phase.phase !== 'open' && now - startedAt > SIGN_IN_MS
    if (lateSignIn || now - state.heard > LINK_LIMITS.silenceMs) socket.terminate()
    else if (socket.readyState === socket.OPEN) socket.ping()
  }, LINK_LIMITS.pingMs)
  socket.on('close', () => {
    clearInterval(beat)
    for (const settle of [...asks.values()]) settle(err('away'))
    const { phase } = state
    const site = phase.phase === 'open' ? phase.hello.site : null
    if (phase.phase === 'open' && phase.seen.at !== null) {
      const at = phase.seen.at
      state.work = state.work.then(() => base.store.sites.seen(phase.hello.site, at)).catch(() => undefined)
    }
    state.phase = { phase: 'over' }
    needs.closed(site, session)
  })
  return session
}
