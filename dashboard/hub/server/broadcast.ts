import type { WebSocket } from 'ws'
import type { LiveMessage } from '#core/contract/api.ts'

/** Consoles that listen. A message is encoded once for all of them; a console that does not keep up is let go and dials again. */
export type Live = {
  readonly add: (socket: WebSocket) => boolean
  readonly tell: (message: LiveMessage) => void
  readonly count: () => number
  readonly close: () => void
}

export const MOST_CONSOLES = 200
const MOST_WAITING_BYTES = 4_194_304

export const makeLive = (): Live => {
  const sockets = new Set<WebSocket>()
  return {
    add: (socket) => {
      if (sockets.size >= MOST_CONSOLES) return false
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.terminate())
      return true
    },
    tell: (message) => {
      if (sockets.size === 0) return
      const text = JSON.stringify(message)
      for (const socket of sockets) {
        if (socket.bufferedAmount > MOST_WAITING_BYTES) socket.terminate()
        else socket.send(text)
      }
    },
    count: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.terminate()
    },
  }
}
