import { err, ok } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault, type Link, listeners } from './link.ts'

/** The far end of a memory link, held by a test or a simulated display. */
export type MemoryDevice = {
  readonly onWritten: (listener: (bytes: Uint8Array) => void) => () => void
  readonly send: (bytes: Uint8Array) => void
  /** Pulls the cable: the link closes and cannot be opened until `comeBack`. */
  readonly vanish: () => void
  readonly comeBack: () => void
}

/** A link without any device: two ends in one process. */
export const memoryLink = (name: string): { readonly link: Link; readonly device: MemoryDevice } => {
  const data = listeners<Uint8Array>()
  const closed = listeners<LinkFault>()
  const written = listeners<Uint8Array>()
  let there = true
  let open = false
  return {
    link: {
      name,
      isOpen: () => open,
      onData: data.add,
      onClosed: closed.add,
      open: async (signal) => {
        if (signal.aborted) return err(fault('aborted', name))
        if (!there) return err(fault('not-open', `${name}: no such device`))
        open = true
        return ok(undefined)
      },
      write: async (bytes) => {
        if (!open) return err(fault('not-open', `${name} is not open`))
        written.tell(bytes.slice())
        return ok(undefined)
      },
      close: async () => {
        open = false
      },
    },
    device: {
      onWritten: written.add,
      send: (bytes) => {
        if (open) data.tell(bytes.slice())
      },
      vanish: () => {
        there = false
        if (!open) return
        open = false
        closed.tell(fault('closed', `${name}: the device vanished`))
      },
      comeBack: () => {
        there = true
      },
    },
  }
}
