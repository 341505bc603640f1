import { SerialPort } from 'serialport'
import type { Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { LinkSpec } from '../profile/common.ts'
import { fault, type Link, listeners } from './link.ts'

export type SerialOptions = Omit<Extract<LinkSpec, { kind: 'serial' }>, 'kind'> & {
  /** The device, best by a stable name under /dev/serial/by-path. Ports are never searched for. */
  readonly path: string
}

/** Longest wait for a port to open, ms. A driver in the kernel may hang for ever, e.g. with an adapter that is half gone. */
const OPEN_MS = 5000

/** What is used of serialport. */
export type Port = {
  readonly isOpen: boolean
  readonly open: (done: (error: Error | null) => void) => void
  readonly close: (done: (error: Error | null) => void) => void
  readonly write: (bytes: Buffer, done: (error: Error | null | undefined) => void) => void
  readonly on: {
    (event: 'data', listener: (chunk: Buffer) => void): unknown
    (event: 'close' | 'error', listener: (error: Error | null) => void): unknown
  }
}

/** A serial port through serialport. It is locked, so that two programs cannot speak on one bus. */
export const serialLink = (options: SerialOptions): Link => {
  const { path, baudRate, dataBits, parity, stopBits } = options
  return portLink({
    options,
    wake: (delay, then) => {
      const timer = setTimeout(then, delay)
      return () => clearTimeout(timer)
    },
    create: () => new SerialPort({ path, baudRate, dataBits, parity, stopBits, lock: true, autoOpen: false }),
  })
}

/** The same for any port; `create` opens nothing yet. */
export const portLink = (of: {
  readonly options: SerialOptions
  readonly wake: Wake
  readonly create: () => Port
}): Link => {
  const { options } = of
  const data = listeners<Uint8Array>()
  const closed = listeners<LinkFault>()
  let port: Port | null = null

  const gone = (which: Port, why: string) => {
    if (port !== which) return
    port = null
    closed.tell(fault('closed', `${options.path}: ${why}`))
  }
  const adopt = (opening: Port) => {
    port = opening
    opening.on('data', (chunk) => data.tell(chunk))
    opening.on('close', (error) => gone(opening, `the device vanished (${error?.message ?? 'closed'})`))
  }
  return {
    name: `serial ${options.path} ${options.baudRate}`,
    isOpen: () => port !== null,
    onData: data.add,
    onClosed: closed.add,
    open: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(err(fault('aborted', options.path)))
        if (port !== null) return resolve(ok(undefined))
        const opening = of.create()
        let waiting = true
        const settle = (result: Result<void, LinkFault>) => {
          waiting = false
          cancel()
          signal.removeEventListener('abort', onAbort)
          resolve(result)
        }
        const onAbort = () => settle(err(fault('aborted', options.path)))
        const cancel = of.wake(duration(OPEN_MS), () =>
          settle(err(fault('not-open', `${options.path}: did not open within ${OPEN_MS} ms`))),
        )
        signal.addEventListener('abort', onAbort, { once: true })
        // Without a listener an error event would end the process; the reason reaches us by the callbacks and by close.
        opening.on('error', () => {})
        opening.open((error) => {
          if (!waiting) {
            // Nobody waits for it any more, and an open port is locked for everybody else.
            if (!error) opening.close(() => {})
            return
          }
          if (error) return settle(err(fault('not-open', openFailure(options.path, error.message))))
          adopt(opening)
          settle(ok(undefined))
        })
      }),
    write: (bytes) =>
      new Promise((resolve) => {
        if (port === null) return resolve(err(fault('not-open', `${options.path} is not open`)))
        const writing = port
        writing.write(Buffer.from(bytes), (error) => {
          if (!error) return resolve(ok(undefined))
          // A port that cannot be written is of no more use, whether or not it says so itself.
          resolve(err(fault('closed', `${options.path}: ${error.message}`)))
          gone(writing, error.message)
          if (writing.isOpen) writing.close(() => {})
        })
      }),
    close: () =>
      new Promise((resolve) => {
        const closing = port
        port = null
        if (closing === null || !closing.isOpen) return resolve()
        closing.close(() => resolve())
      }),
  }
}

/** The binding’s words → ours, with what to do about it. */
const openFailure = (path: string, message: string): string => {
  if (/No such file|cannot find|ENOENT/i.test(message))
    return `${path}: no such device; is the cable plugged in and the name right?`
  if (/Cannot lock port|Resource temporarily unavailable|busy/i.test(message))
    return `${path}: in use by another program`
  if (/Permission denied|EACCES/i.test(message))
    return `${path}: no permission; the user must be in the group that owns it (dialout)`
  if (/Inappropriate ioctl|not a tty|ENOTTY/i.test(message)) return `${path}: not a serial device`
  return `${path}: ${message}`
}
