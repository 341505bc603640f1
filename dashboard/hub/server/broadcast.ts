import type { WebSocket } from 'ws'
import type { LiveMessage } from '#core/contract/api.ts'

/** Consoles that listen. A message is encoded once for all of them; a console that does not keep up is let go and dials again. */
export type Live = {
  /** `tokenHash`: of the session that opened it. False: there is no room. */
  readonly add: (socket: WebSocket, tokenHash: string) => boolean
  readonly tell: (message: LiveMessage) => void
  readonly count: () => number
  /** Lets the consoles of one session go, at once: it has logged out. */
  readonly drop: (tokenHash: string) => void
  readonly close: () => void
}

export const MOST_CONSOLES = 200
const MOST_WAITING_BYTES = 4_194_304
/** How long a console may outlive its session, ms: roles and accounts also change from outside this process (`bangtin keys install`). */
export const LIVE_CHECK_MS = 2_000
/** Sent with the end of a console whose session has ended or changed; the page asks for its session and comes back if there is one. */
const SESSION_OVER = 4401

type Console = { readonly tokenHash: string; rights: string | null }

/** `rightsOf`: the roles of a session as text, null when it has ended; what it says may change at any time. */
export const makeLive = (rightsOf: (tokenHash: string) => Promise<string | null>): Live => {
  const sockets = new Map<WebSocket, Console>()
  const run = { checking: false }
  const look = async (socket: WebSocket, it: Console): Promise<void> => {
    const now = await rightsOf(it.tokenHash)
    if (now === null || (it.rights !== null && it.rights !== now)) socket.close(SESSION_OVER, 'session')
    it.rights = now
  }
  const check = async (): Promise<void> => {
    if (run.checking) return
    run.checking = true
    try {
      for (const [socket, it] of [...sockets]) await look(socket, it)
    } catch {
      // Whoever cannot be checked does not go on listening.
      for (const socket of sockets.keys()) socket.close(1011, 'session')
    } finally {
      run.checking = false
    }
  }
  const timer = setInterval(() => void check(), LIVE_CHECK_MS)
  timer.unref()
  return {
    add: (socket, tokenHash) => {
      if (sockets.size >= MOST_CONSOLES) return false
      const it: Console = { tokenHash, rights: null }
      sockets.set(socket, it)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.terminate())
      // A console says nothing on this line; whoever does is none.
      socket.on('message', () => socket.close(1008, 'nothing is read here'))
      void look(socket, it).catch(() => socket.close(1011, 'session'))
      return true
    },
    tell: (message) => {
      if (sockets.size === 0) return
      const text = JSON.stringify(message)
      for (const socket of sockets.keys()) {
        if (socket.bufferedAmount > MOST_WAITING_BYTES) socket.terminate()
        else if (socket.readyState === socket.OPEN) socket.send(text)
      }
    },
    count: () => sockets.size,
    drop: (tokenHash) => {
      for (const [socket, it] of sockets) if (it.tokenHash === tokenHash) socket.close(SESSION_OVER, 'session')
    },
    close: () => {
      clearInterval(timer)
      for (const socket of sockets.keys()) socket.terminate()
    },
  }
}
