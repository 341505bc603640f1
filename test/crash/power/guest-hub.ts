import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { linkProofText } from '#core/contract/envelope.ts'
import { type EdgeMessage, type HubMessage, LINK_VERSION, type StatusReport } from '#core/contract/link.ts'
import { createVerify } from '#edge/shell/crypto.ts'
import { CODE, type Office } from './office.ts'

/**
 * The hub of the guest. Its own memory dies with every power cut, which a real hub's does not: so the host remembers for it. Whatever
 * it acknowledges it tells the host first (`acknowledged`), and the host gives it back as `next` at the next boot.
 */
export type GuestHubOptions = {
  readonly office: Office
  /** First sequence number that no hub has acknowledged yet. */
  readonly next: number
  /** The device that enrolled before this boot, base64; null before the first. */
  readonly device: string | null
  readonly acknowledged: (next: number) => void
  readonly receipt: (order: string, stage: string) => void
  readonly up: () => void
  /** What the edge says of itself, and in which run. */
  readonly status: (status: StatusReport, boot: string) => void
  /** Lines as they come, the first of them having this number. */
  readonly lines: (from: number, lines: readonly string[]) => void
}
export type GuestHub = {
  readonly url: string
  readonly send: (message: HubMessage) => void
  readonly stop: () => void
}

export const startGuestHub = async (options: GuestHubOptions): Promise<GuestHub> => {
  const verify = createVerify()
  const state = { next: options.next, device: options.device, socket: null as WebSocket | null }
  const enrol = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { code: string; publicKey: string; site: string }
      if (body.code !== CODE) return response.writeHead(403).end('{"error":"wrong-code"}')
      state.device = body.publicKey
      const { rootPublicKey, registry } = options.office
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ site: body.site, rootPublicKey, registry }))
    })
  }
  const server = createServer(enrol)
  const sockets = new WebSocketServer({ server, path: '/edge' })
  sockets.on('connection', (socket) => {
    state.socket = socket
    const send = (message: HubMessage): void => socket.send(JSON.stringify(message))
    const who = { site: '', boot: '' }
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as EdgeMessage
      if (message.t === 'hello') {
        Object.assign(who, { site: message.site, boot: message.bootId })
        send({ t: 'challenge', nonce: 'nonce-1' })
      } else if (message.t === 'auth') {
        const text = linkProofText('nonce-1', who.site, who.boot)
        if (state.device === null || !verify(state.device, text, message.sig))
          return send({ t: 'rejected', reason: 'unknown device' })
        send({ t: 'welcome', v: LINK_VERSION, next: state.next, time: Date.now(), assetToken: 'tok' })
        options.up()
      } else if (message.t === 'evidence') {
        if (message.from <= state.next) state.next = Math.max(state.next, message.from + message.lines.length)
        options.lines(message.from, message.lines)
        // Told first: what the edge hears to be safe is remembered.
        options.acknowledged(state.next)
        send({ t: 'evidence-ack', next: state.next })
      } else if (message.t === 'receipt') {
        const { order, stage } = message.receipt
        options.receipt(order, stage)
        send({ t: 'receipt-ack', order, stage })
      } else if (message.t === 'status') options.status(message.status, who.boot)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    send: (message) => state.socket?.send(JSON.stringify(message)),
    stop: () => {
      for (const socket of sockets.clients) socket.terminate()
      server.close()
    },
  }
}
