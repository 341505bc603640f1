import { createSocket, type Socket } from 'node:dgram'
import { err, ok } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault, type Link, listeners } from './link.ts'
import { openWithin } from './opening.ts'

/** Longest wait for the name of the host, ms. */
const CONNECT_MS = 1000
/** Largest datagram taken or sent, bytes; larger ones are cut off by no controller we know. */
export const MOST_DATAGRAM = 4096

/**
 * Datagrams to and from one host and port: a write is one datagram, a datagram that arrives is one chunk. The socket is connected, so that
 * datagrams of anyone else are dropped by the kernel. UDP has no connection to lose: it is `closed` only by an error of the socket itself; a
 * host that answers “port unreachable” stays open, and the exchange runs into its time-out like any silent device.
 */
export const udpLink = (options: { readonly host: string; readonly port: number }): Link => {
  const data = listeners<Uint8Array>()
  const closed = listeners<LinkFault>()
  const where = `${options.host}:${options.port}`
  let socket: Socket | null = null

  const adopt = (opened: Socket) => {
    socket = opened
    opened.on('message', (datagram) => {
      if (datagram.length <= MOST_DATAGRAM) data.tell(datagram)
    })
    opened.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || socket !== opened) return
      socket = null
      opened.close()
      closed.tell(fault('closed', `${where}: ${error.message}`))
    })
  }
  return {
    name: `udp ${where}`,
    isOpen: () => socket !== null,
    onData: data.add,
    onClosed: closed.add,
    open: async (signal) => {
      if (signal.aborted) return err(fault('aborted', where))
      if (socket !== null) return ok(undefined)
      const opening = createSocket(options.host.includes(':') ? 'udp6' : 'udp4')
      return openWithin({
        signal,
        where,
        ms: CONNECT_MS,
        late: `${where}: no such host within ${CONNECT_MS} ms`,
        begin: (settle) => {
          const failed = (error: Error) => settle(fault('not-open', `${where}: ${error.message}`))
          opening.once('error', failed)
          // The call back of a failed connect is given the error, whatever the types say.
          opening.connect(options.port, options.host, (error?: Error) => (error ? failed(error) : settle(null)))
        },
        adopt: () => {
          opening.removeAllListeners('error')
          adopt(opening)
        },
        undo: () => {
          opening.removeAllListeners()
          opening.on('error', () => {})
          opening.close()
        },
      })
    },
    write: (bytes) =>
      new Promise((resolve) => {
        if (socket === null) return resolve(err(fault('not-open', `${where} is not open`)))
        if (bytes.length > MOST_DATAGRAM)
          return resolve(err(fault('garbled', `${bytes.length} bytes do not fit into a datagram of ${MOST_DATAGRAM}`)))
        const sending = socket
        const done = (error: NodeJS.ErrnoException | null) => {
          // A refusal still left after the second try is silence, not a lost link: the time-out of the exchange will say so.
          if (error === null || error.code === 'ECONNREFUSED') return resolve(ok(undefined))
          resolve(err(fault('closed', `${where}: ${error.message}`)))
        }
        sending.send(bytes, (error: NodeJS.ErrnoException | null) => {
          // The kernel tells us here that an earlier datagram was refused, and does not send this one.
          if (error?.code === 'ECONNREFUSED' && socket === sending) sending.send(bytes, done)
          else done(error)
        })
      }),
    close: () =>
      new Promise((resolve) => {
        const closing = socket
        socket = null
        if (closing === null) return resolve()
        closing.close(() => resolve())
      }),
  }
}
