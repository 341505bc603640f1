import { connect, type Socket } from 'node:net'
import type { SimDevice } from './device.ts'

/** Between two attempts to dial, ms. A real card takes some seconds. */
const REDIAL_MS = 50

export type Dialling = {
  readonly connected: () => boolean
  /** How often a connection was made. */
  readonly dials: () => number
  /** What the card sends by itself. */
  readonly say: (bytes: Uint8Array) => void
  /** The connection breaks; the card dials again. */
  readonly hangUp: () => void
  /** The card is gone for good. */
  readonly close: () => void
}

/** A simulated card that dials out (`SetSDKTcpServer`) and is then the same protocol peer as one that was dialled. */
export const dial = (device: SimDevice, to: { readonly host: string; readonly port: number }): Dialling => {
  let socket: Socket | null = null
  let timer: NodeJS.Timeout | null = null
  let gone = false
  let dials = 0
  const again = () => {
    socket = null
    if (!gone) timer = setTimeout(begin, REDIAL_MS)
  }
  const begin = () => {
    const opening = connect({ host: to.host, port: to.port })
    opening.on('error', () => {})
    opening.on('close', again)
    opening.on('connect', () => {
      dials += 1
      socket = opening
      const cut = device.cutter()
      opening.on('data', (chunk: Buffer) => {
        for (const request of cut(chunk))
          for (const reply of device.answer(request)) if (opening.writable) opening.write(reply)
      })
    })
  }
  begin()
  return {
    connected: () => socket !== null,
    dials: () => dials,
    say: (bytes) => void socket?.write(bytes),
    hangUp: () => void socket?.destroy(),
    close: () => {
      gone = true
      if (timer !== null) clearTimeout(timer)
      socket?.destroy()
    },
  }
}
