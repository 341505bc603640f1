import { createServer, type Server, type Socket } from 'node:net'
import { err, ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault, type Link, listeners } from './link.ts'

/** Longest wait for a card to dial, ms. Whoever keeps the link open asks again. */
const DIAL_MS = 1000
/** Connections that wait for the system to hand them over. */
const BACKLOG = 4
/** Connections taken at the same time: the card and those about to be refused. */
const MOST_CONNECTIONS = 8

export type ListenOptions = {
  /** Address to listen on. Only one on the side of the displays, never the internet’s. */
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Addresses that may dial. Empty: nobody. */
  readonly from: readonly string[]
}

/** A card that has said nothing for so long, ms, is taken for gone when another dials. Cards send heartbeats about every 30 s. */
const SILENT_MS = 45_000
/** Monotonic milliseconds; tests give their own. */
type Now = () => number

/** A card that dials us (“reverse connection”), as a link like any other. */
export type ListenLink = Link & {
  /** Where it listens; null while it does not. */
  readonly port: () => number | null
  /** Connections turned away: strangers, and second cards while the first is there. */
  readonly refused: () => number
}

type Held = { readonly socket: Socket; readonly from: string; heardAt: number }
/** `held` without `open`: a card has dialled and nobody has opened the link yet. */
type State = { server: Server | null; held: Held | null; open: boolean; refused: number }

/**
 * Listens from the first `open` until `close`. `open` waits up to a second for a card and then says `not-open`; the port stays open, so that
 * a card that dials between two attempts is held for the next. One card at a time: a second one takes its place only when the first is gone
 * or silent.
 */
export const listenLink = (options: ListenOptions, now: Now = () => performance.now()): ListenLink => {
  const data = listeners<Uint8Array>()
  const closed = listeners<LinkFault>()
  const dialled = listeners<void>()
  const where = `listen ${options.host}:${options.port}`
  const state: State = { server: null, held: null, open: false, refused: 0 }

  const drop = (held: Held, why: string) => {
    if (state.held !== held) return
    state.held = null
    held.socket.destroy()
    if (!state.open) return
    state.open = false
    closed.tell(fault('closed', `${where}: ${held.from}: ${why}`))
  }
  const adopt = (socket: Socket, from: string) => {
    const held: Held = { socket, from, heardAt: now() }
    state.held = held
    let reason = ''
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 5000)
    socket.on('data', (chunk: Buffer) => {
      held.heardAt = now()
      if (state.held === held && state.open) data.tell(chunk)
    })
    socket.on('error', (error) => {
      reason = error.message
    })
    socket.on('close', () => drop(held, reason || 'the card closed the connection'))
    dialled.tell()
  }
  const take = (socket: Socket) => {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    const { held } = state
    const silent = held !== null && now() - held.heardAt >= SILENT_MS
    if (!options.from.includes(address) || (held !== null && !silent)) {
      state.refused += 1
      socket.on('error', () => {})
      socket.destroy()
      return
    }
    if (held !== null) drop(held, `silent for ${SILENT_MS} ms, and a card has dialled again`)
    adopt(socket, address)
  }
  return {
    name: where,
    isOpen: () => state.open,
    onData: data.add,
    onClosed: closed.add,
    port: () => portOf(state.server),
    refused: () => state.refused,
    open: async (signal) => {
      if (signal.aborted) return err(fault('aborted', where))
      if (state.open) return ok(undefined)
      const listening = await listen(state, options, take)
      if (!listening.ok) return listening
      const there = await cardThere({ state, where, signal, dialled: dialled.add })
      if (there.ok) state.open = true
      return there
    },
    write: (bytes) =>
      new Promise((resolve) => {
        const { held } = state
        if (held === null || !state.open) return resolve(err(fault('not-open', `${where}: no card has dialled yet`)))
        held.socket.write(bytes, (error) =>
          resolve(error ? err(fault('closed', `${where}: ${error.message}`)) : ok(undefined)),
        )
      }),
    close: async () => {
      const { server, held } = state
      Object.assign(state, { server: null, held: null, open: false })
      held?.socket.destroy()
      if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const portOf = (server: Server | null): number | null => {
  const address = server?.address() ?? null
  return address !== null && typeof address === 'object' ? address.port : null
}

const listen = (
  state: State,
  options: ListenOptions,
  take: (socket: Socket) => void,
): Promise<Result<void, LinkFault>> =>
  new Promise((resolve) => {
    if (state.server !== null) return resolve(ok(undefined))
    const server = createServer(take)
    server.maxConnections = MOST_CONNECTIONS
    // Stays for good: an error later must not end the process, and the keeper notices that no card comes.
    server.on('error', (error) => {
      if (state.server === server) state.server = null
      resolve(err(fault('not-open', `listen ${options.host}:${options.port}: ${error.message}`)))
    })
    // Closed while it was still looking up its address: then it never listens, and only this event says so.
    server.once('close', () => resolve(err(fault('aborted', `listen ${options.host}:${options.port}`))))
    server.listen({ port: options.port, host: options.host, backlog: BACKLOG }, () => resolve(ok(undefined)))
    state.server = server
  })

type Waiting = {
  readonly state: State
  readonly where: string
  readonly signal: AbortSignal
  readonly dialled: (listener: () => void) => () => void
}

/** Resolves when a card is held, when the time is up, or when the signal fires. */
const cardThere = ({ state, where, signal, dialled }: Waiting): Promise<Result<void, LinkFault>> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(err(fault('aborted', where)))
    if (state.held !== null) return resolve(ok(undefined))
    const finish = (result: Result<void, LinkFault>) => {
      clearTimeout(timer)
      stop()
      signal.removeEventListener('abort', onAbort)
      resolve(result)
    }
    const onAbort = () => finish(err(fault('aborted', where)))
    const timer = setTimeout(() => finish(err(fault('not-open', `${where}: no card has dialled yet`))), DIAL_MS)
    const stop = dialled(() => finish(ok(undefined)))
    signal.addEventListener('abort', onAbort, { once: true })
  })
