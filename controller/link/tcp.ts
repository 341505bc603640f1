import { connect, type Socket } from 'node:net'
import { err, ok } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault, type Link, listeners } from './link.ts'
import { openWithin } from './opening.ts'

/** Longest wait for a connection, ms. */
const CONNECT_MS = 1000

/** A TCP connection to a controller. Such devices serve one session at a time. */
export const tcpLink = (options: { readonly host: string; readonly port: number }): Link => {
  const data = listeners<Uint8Array>()
  const closed = listeners<LinkFault>()
  const where = `${options.host}:${options.port}`
  let socket: Socket | null = null

  const adopt = (opened: Socket) => {
    socket = opened
    let heard = false
    let reason = ''
    opened.setNoDelay(true)
    opened.setKeepAlive(true, 5000)
    opened.on('data', (chunk: Buffer) => {
      heard = true
      data.tell(chunk)
    })
    opened.on('error', (error) => {
      reason = error.message
    })
    opened.on('close', () => {
      if (socket !== opened) return
      socket = null
      const why = heard
        ? 'the other side closed the connection'
        : 'closed before it said anything; another session may hold it'
      closed.tell(fault('closed', `${where}: ${reason || why}`))
    })
  }
  return {
    name: `tcp ${where}`,
    isOpen: () => socket !== null,
    onData: data.add,
    onClosed: closed.add,
    open: async (signal) => {
      if (signal.aborted) return err(fault('aborted', where))
      if (socket !== null) return ok(undefined)
      const opening = connect({ host: options.host, port: options.port })
      return openWithin({
        signal,
        where,
        ms: CONNECT_MS,
        late: `${where}: no connection within ${CONNECT_MS} ms`,
        begin: (settle) => {
          opening.once('error', (error) => settle(fault('not-open', `${where}: ${error.message}`)))
          opening.once('connect', () => settle(null))
        },
        adopt: () => {
          opening.removeAllListeners('error')
          adopt(opening)
        },
        undo: () => {
          opening.removeAllListeners()
          opening.on('error', () => {})
          opening.destroy()
        },
      })
    },
    write: (bytes) =>
      new Promise((resolve) => {
        if (socket === null) return resolve(err(fault('not-open', `${where} is not connected`)))
        socket.write(bytes, (error) =>
          resolve(error ? err(fault('closed', `${where}: ${error.message}`)) : ok(undefined)),
        )
      }),
    close: () =>
      new Promise((resolve) => {
        const closing = socket
        socket = null
        if (closing === null || closing.destroyed) return resolve()
        closing.once('close', () => resolve())
        closing.destroy()
      }),
  }
}
