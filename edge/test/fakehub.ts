import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { canonicalJson } from '#core/content/item.ts'
import { type Envelope, linkProofText } from '#core/contract/envelope.ts'
import type { EdgeMessage, HubMessage } from '#core/contract/link.ts'
import { keyIdOf, type Signer, sealEnvelope } from '#core/contract/verify.ts'
import { orderBody } from '../player/testing.ts'
import { createVerify, newPem, pairFromPem, sha256 } from '../shell/crypto.ts'
import { cleanup, collector } from './support.ts'

/** The smallest hub that keeps to the contract, with keys of its own, on a real socket. It shares no code with the hub. */
export const keyOf = (): Signer & { readonly publicKey: string } => {
  const pair = pairFromPem(newPem())
  return { key: keyIdOf(pair.publicKey, sha256), publicKey: pair.publicKey, sign: pair.sign }
}

export const root = keyOf()
export const officer = keyOf()
export const registry = (version: number): Envelope =>
  sealEnvelope(
    'registry',
    canonicalJson({
      version,
      issuedAt: 0,
      province: '12',
      entries: [
        {
          key: officer.key,
          publicKey: officer.publicKey,
          person: 'tructinh',
          name: 'Trực ban',
          org: 'bch',
          rights: ['order.emergency', 'schedule', 'approve'],
          areas: ['12'],
          validFrom: 0,
          validTo: 8_000_000_000_000,
        },
      ],
    }),
    [root],
  )

export const order = (id: string, over: object = {}): Envelope => {
  const now = Date.now()
  const body = orderBody({ id, targets: ['LC-TEST-01'], issuedAt: now, startsAt: now, expiresAt: now + 3_600_000 })
  return sealEnvelope('order', canonicalJson({ ...body, issuer: 'tructinh', ...over }), [officer])
}

export const CODE = 'CODE-1234'
/** By which files are fetched; a secret of the connection. */
export const ASSET_TOKEN = 'the-Asset/Token 1'

export const startFakeHub = async () => {
  const heard = collector<EdgeMessage>()
  const verify = createVerify()
  const state = {
    devices: [] as string[],
    lines: [] as string[],
    doubled: 0,
    socket: null as WebSocket | null,
    refuse: false,
    /** Added to the time that it tells, ms. */
    lieMs: 0,
    /** Added to the number of lines that it says it has. */
    lieLines: 0,
  }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    request.on('data', (c: Buffer) => chunks.push(c))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { code: string; publicKey: string; site: string }
      if (body.code !== CODE) return response.writeHead(403).end('{"error":"wrong-code"}')
      state.devices.push(body.publicKey)
      response.writeHead(200, { 'content-type': 'application/json' })
      return response.end(JSON.stringify({ site: body.site, rootPublicKey: root.publicKey, registry: registry(1) }))
    })
  }
  const server = createServer(answer)
  const sockets = new WebSocketServer({ server, path: '/edge' })
  sockets.on('connection', (socket) => {
    state.socket = socket
    const send = (message: HubMessage) => socket.send(JSON.stringify(message))
    const who = { site: '', boot: '' }
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as EdgeMessage
      if (message.t === 'hello') {
        Object.assign(who, { site: message.site, boot: message.bootId })
        send({ t: 'challenge', nonce: 'nonce-1' })
      } else if (message.t === 'auth') {
        const text = linkProofText('nonce-1', who.site, who.boot)
        if (state.refuse || !state.devices.some((key) => verify(key, text, message.sig)))
          send({ t: 'rejected', reason: 'unknown device' })
        else {
          const next = state.lines.length + state.lieLines
          send({ t: 'welcome', v: 1, next, time: Date.now() + state.lieMs, assetToken: ASSET_TOKEN })
        }
      } else if (message.t === 'evidence') {
        const fresh = message.lines.slice(Math.max(0, state.lines.length - message.from))
        state.doubled += message.lines.length - fresh.length
        if (message.from <= state.lines.length) state.lines.push(...fresh)
        send({ t: 'evidence-ack', next: state.lines.length })
      } else if (message.t === 'receipt')
        send({ t: 'receipt-ack', order: message.receipt.order, stage: message.receipt.stage })
      heard.add(message)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanup(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })
  return {
    heard,
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    send: (message: HubMessage) => state.socket?.send(JSON.stringify(message)),
    raw: (text: string | Buffer) => state.socket?.send(text),
    cut: () => state.socket?.terminate(),
    /** Resolves when the edge has taken everything that was sent before on this connection. */
    settled: () =>
      new Promise<void>((resolve, reject) => {
        const { socket } = state
        const hungUp = () => reject(new Error('the edge hung up'))
        socket?.once('close', hungUp).once('pong', () => {
          socket.off('close', hungUp)
          resolve()
        })
        socket?.ping()
      }),
  }
}
