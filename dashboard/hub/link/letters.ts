import type { Envelope } from '#core/contract/envelope.ts'
import type { Store } from '../store/port.ts'
import { encode } from './news.ts'

/**
 * What is the same for every edge, encoded once: an order to 3,000 clusters names each of them, so it is some 40 KB, and all of them
 * may ask for it in the same second. Holds nothing that the store does not hold.
 */
export type Letters = {
  /** The message of a stored order as the bytes of one text frame; null: there is no such order. */
  readonly order: (id: string) => Promise<Buffer | null>
  /** The newest key registry, if it is above what the edge has. */
  readonly registry: (above: number) => Promise<Buffer | null>
}

/** Orders kept encoded, the latest used ones: more are in force at once only in a test. At most 8 MB, by the bound of a message. */
const MOST_KEPT = 64
const MOST_BYTES = 8_388_608

type Read = {
  readonly orders: Pick<Store['orders'], 'envelope'>
  readonly registry: Pick<Store['registry'], 'version' | 'latest'>
}

export const makeLetters = (store: Read): Letters => {
  const kept = new Map<string, Buffer>()
  const held = { bytes: 0, registry: null as { readonly version: number; readonly bytes: Buffer } | null }
  const keep = (id: string, bytes: Buffer): void => {
    kept.set(id, bytes)
    held.bytes += bytes.length
    for (const [oldest, it] of kept) {
      if (kept.size <= MOST_KEPT && held.bytes <= MOST_BYTES) break
      kept.delete(oldest)
      held.bytes -= it.length
    }
  }
  return {
    order: async (id) => {
      const known = kept.get(id)
      if (known !== undefined) {
        kept.delete(id)
        kept.set(id, known)
        return known
      }
      const envelope = await store.orders.envelope(id)
      if (envelope === null) return null
      const bytes = orderMessage(envelope)
      if (!kept.has(id)) keep(id, bytes)
      return bytes
    },
    registry: async (above) => {
      const version = await store.registry.version()
      if (version <= above) return null
      if (held.registry?.version !== version) {
        const envelope = await store.registry.latest()
        if (envelope === null) return null
        held.registry = { version, bytes: registryMessage(envelope) }
      }
      return held.registry.bytes
    },
  }
}

/** The envelope goes in as the text that was stored: nothing is parsed or written anew between the signature and the edge. */
const orderMessage = (envelope: string): Buffer => Buffer.from(`{"t":"order","envelope":${envelope}}`, 'utf8')
export const registryMessage = (envelope: Envelope): Buffer => Buffer.from(encode({ t: 'registry', envelope }), 'utf8')
