import { useRef, useState } from 'preact/hooks'
import type { Envelope } from '#core/contract/envelope.ts'
import type { Order } from '#core/emergency/order.ts'
import type { ApiFault, Sent } from '../api.ts'
import type { Signer } from '../sign.ts'
import { useStore } from '../store.tsx'

export type Sending = {
  readonly send: (signer: Signer, what: { readonly make: (now: number) => Order; readonly as: string }) => Promise<void>
  readonly busy: boolean
  readonly fault: ApiFault | null
}

/**
 * Signs once and sends. When the answer is lost, pressing again sends the very same document, so an order can never be made twice by
 * a weak line. `as` names the form of it: released alone it is another document than one that waits for a second person.
 */
export const useSend = (draft: string | null, onDone: (sent: Sent) => void): Sending => {
  const store = useStore()
  const made = useRef<{ readonly as: string; readonly envelope: Envelope } | null>(null)
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const send: Sending['send'] = async (signer, { make, as }) => {
    setBusy(true)
    setFault(null)
    const kept = made.current?.as === as ? made.current.envelope : null
    const envelope = kept ?? (await signer.sign('order', JSON.stringify(make(Date.now() + store.api.clockOffset()))))
    made.current = { as, envelope }
    const answer = await store.api.release(envelope, draft)
    setBusy(false)
    if (answer.ok) {
      if (answer.value.kind === 'out') store.putOrder(answer.value.view)
      else store.putPending(answer.value.pending)
      return onDone(answer.value)
    }
    // Refused by the hub: nothing went out, so a corrected order is a new document.
    if (answer.error.status !== 0) made.current = null
    setFault(answer.error)
  }
  return { send, busy, fault }
}

/** Three bytes for the tail of an order's name. */
export const randomTail = (): Uint8Array => crypto.getRandomValues(new Uint8Array(3))
