import { SerialPort } from 'serialport'
import { err, ok } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { LinkSpec } from '../profile/common.ts'
import { fault, type Link, listeners } from './link.ts'

export type SerialOptions = Omit<Extract<LinkSpec, { kind: 'serial' }>, 'kind'> & {
  /** The device, best by a stable name under /dev/serial/by-path. Ports are never searched for. */
  readonly path: string
}

/** A serial port through serialport. It is locked, so that two programs cannot speak on one bus. */
export const serialLink = (options: SerialOptions): Link => {
  const data = listeners<Uint8Array>()
  const closed = listeners<LinkFault>()
  let port: SerialPort | null = null

  const gone = (which: SerialPort, why: string) => {
    if (port !== which) return
    port = null
    closed.tell(fault('closed', `${options.path}: ${why}`))
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
        const { path, baudRate, dataBits, parity, stopBits } = options
        const opening = new SerialPort({ path, baudRate, dataBits, parity, stopBits, lock: true, autoOpen: false })
        // Without a listener an error event would end the process; the reason reaches us by the callbacks and by close.
        opening.on('error', () => {})
        opening.open((error) => {
          if (error) return resolve(err(fault('not-open', openFailure(options.path, error.message))))
          if (signal.aborted) {
            opening.close(() => resolve(err(fault('aborted', options.path))))
            return
          }
          port = opening
          opening.on('data', (chunk: Buffer) => data.tell(chunk))
          opening.on('close', (error: Error | null) =>
            gone(opening, `the device vanished (${error?.message ?? 'closed'})`),
          )
          resolve(ok(undefined))
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
