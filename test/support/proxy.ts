import type { AddressInfo } from 'node:net'
import { createServer, connect as dial, type Socket } from 'node:net'

/** A TCP line between an edge and the hub that a test can listen to and cut. */
export type CutProxy = {
  readonly url: string
  /** Called with every chunk on its way to the edge, before it is passed on. */
  onDown: ((chunk: Buffer, socket: Socket) => void) | null
  /** Connections that went through so far. */
  readonly connections: () => number
  /** Bytes that went to the edge so far. */
  readonly bytesDown: () => number
  readonly cutAll: () => void
  readonly stop: () => Promise<void>
}

/** Connections at the same time; an edge has one link and one download. */
const MOST_OPEN = 64

export const startProxy = async (targetUrl: string): Promise<CutProxy> => {
  const target = new URL(targetUrl)
  const open = new Set<Socket>()
  const count = { connections: 0, bytes: 0 }
  const server = createServer((near) => {
    count.connections++
    const far = dial(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk) => far.write(chunk))
    far.on('data', (chunk) => {
      count.bytes += chunk.length
      proxy.onDown?.(chunk, near)
      if (near.destroyed) return
      // The back pressure of a slow reader is passed on; nothing is heaped up here.
      if (!near.write(chunk)) {
        far.pause()
        near.once('drain', () => far.resume())
      }
    })
  })
  server.maxConnections = MOST_OPEN
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const cutAll = (): void => {
    for (const socket of open) socket.destroy()
  }
  const proxy: CutProxy = {
    url: `http://127.0.0.1:${port}`,
    onDown: null,
    connections: () => count.connections,
    bytesDown: () => count.bytes,
    cutAll,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cutAll()
      }),
  }
  return proxy
}
