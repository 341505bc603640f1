import { type DocumentFault, parseDocument } from '#core/base/check.ts'
import type { Result } from '#core/base/result.ts'
import type { Reading } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import { translationsOf } from '#core/content/translation.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { KeyRegistry } from '#core/contract/keys.ts'
import {
  checkApproval,
  type Ed25519Verify,
  type Judge,
  openOrder,
  openRegistry,
  openSchedule,
  type ScheduleRefusal,
} from '#core/contract/verify.ts'
import { Order, type OrderRefusal } from '#core/emergency/order.ts'
import type { VerifiedRegistry, VerifiedSchedule } from '#core/engine/verified.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { sha256 } from './crypto.ts'
import type { Happening } from './loop.ts'

/** What the gate knows when something signed arrives. */
export type GateView = {
  readonly rootPublicKey: string | null
  readonly registry: VerifiedRegistry | null
  readonly schedule: VerifiedSchedule | null
  readonly at: Reading
}

/**
 * Every signed thing passes here before it becomes an event: what verified goes in as what it is, what did not goes in as `refused`,
 * so that the refusal is evidence. Null: exactly what is in force already, nothing happened.
 */
export type Gate = {
  readonly registry: (envelope: Envelope, view: GateView) => Happening | null
  readonly schedule: (envelope: Envelope, view: GateView) => Happening | null
  readonly order: (envelope: Envelope, view: GateView) => Happening
  /** At start and under a new registry: the envelopes of the snapshot once more, whatever their version. */
  readonly again: (
    envelopes: { readonly registry: Envelope | null; readonly schedule: Envelope | null },
    view: Pick<GateView, 'rootPublicKey' | 'at'>,
  ) => Again
}
export type Again = {
  readonly registry: VerifiedRegistry | null
  readonly schedule: VerifiedSchedule | null
  /** What no longer holds, for the log and the evidence. */
  readonly refused: readonly Happening[]
}

type What = 'registry' | 'schedule' | 'order'
const refused = (what: What, reason: OrderRefusal, of: { detail: string; orderId: string | null }): Happening => ({
  event: 'refused',
  what,
  reason,
  detail: of.detail.slice(0, 500),
  orderId: of.orderId,
})

/** The refusals of documents in the words of the event, which are those of orders. */
const REASON: { readonly [R in ScheduleRefusal]: OrderRefusal } = {
  'bad-signature': 'bad-signature',
  'unknown-key': 'unknown-key',
  malformed: 'malformed',
  'no-right': 'no-right',
  'wrong-site': 'not-for-this-site',
  older: 'superseded-before',
}

/** Signature and right were checked over this payload or it is not read: only then is its id looked at. */
const idOf = (envelope: Envelope): string | null => {
  const parsed: Result<{ id: string }, readonly DocumentFault[]> = parseDocument(Order, envelope.payload)
  return parsed.ok ? parsed.value.id : null
}

export const createGate = (options: {
  readonly verify: Ed25519Verify
  readonly site: { readonly id: string; readonly unit: string }
  /** Why the texts of an item cannot be drawn here (damaged letters, a font that is not installed); null when they can. */
  readonly drawable?: (item: Item) => string | null
}): Gate => {
  const { verify, site } = options
  const drawable = options.drawable ?? (() => null)
  const judge = (registry: KeyRegistry, at: Reading): Judge => ({
    registry,
    verify,
    at: at.wall,
    trusted: at.quality !== 'unset',
  })

  const openReg = (envelope: Envelope, of: { rootPublicKey: string | null; above: number }) =>
    of.rootPublicKey === null
      ? ({ ok: false, error: { reason: 'unknown-key', detail: 'this device has no root key yet: enrol it' } } as const)
      : openRegistry(envelope, { rootPublicKey: of.rootPublicKey, verify, sha256, above: of.above })

  /** `again`: it was judged when it came, so its signer's key may have run out since; out of the registry it voids the document. */
  const openSched = (
    envelope: Envelope,
    of: { registry: VerifiedRegistry | null; at: Reading; above: number; again: boolean },
  ) => {
    if (of.registry === null)
      return { ok: false, error: { reason: 'unknown-key', detail: 'no key registry here yet' } } as const
    const by = judge(of.registry.registry, of.at)
    const opened = openSchedule(envelope, { ...by, trusted: by.trusted && !of.again, site, above: of.above })
    if (!opened.ok) return opened
    return { ok: true, value: verified(opened.value, { envelope, judge: by, unit: site.unit, drawable }) } as const
  }

  return {
    registry: (envelope, view) => {
      if (view.registry?.envelope.payload === envelope.payload) return null
      const above = view.registry?.registry.version ?? 0
      const opened = openReg(envelope, { rootPublicKey: view.rootPublicKey, above })
      if (opened.ok) return { event: 'registry', registry: { registry: opened.value, envelope } }
      return refused('registry', REASON[opened.error.reason], { detail: opened.error.detail, orderId: null })
    },
    schedule: (envelope, view) => {
      if (view.schedule?.envelope.payload === envelope.payload) return null
      const above = view.schedule?.document.version ?? 0
      const opened = openSched(envelope, { registry: view.registry, at: view.at, above, again: false })
      if (opened.ok) return { event: 'schedule', schedule: opened.value }
      return refused('schedule', REASON[opened.error.reason], { detail: opened.error.detail, orderId: null })
    },
    order: (envelope, view) => {
      if (view.registry === null)
        return refused('order', 'unknown-key', { detail: 'no key registry here yet', orderId: null })
      const opened = openOrder(envelope, { ...judge(view.registry.registry, view.at), units: [site.unit] })
      if (opened.ok) {
        const others = envelope.signatures.map((s) => s.key).filter((k) => k !== opened.value.key)
        return {
          event: 'order',
          order: {
            order: opened.value.order,
            envelope,
            keys: [opened.value.key, ...others],
            persons: opened.value.persons,
            hash: sha256(envelope.payload),
          },
        }
      }
      const { reason, detail } = opened.error
      const unread = reason === 'bad-signature' || reason === 'unknown-key'
      return refused('order', reason, { detail, orderId: unread ? null : idOf(envelope) })
    },
    again: (envelopes, view) => {
      const out: Happening[] = []
      let registry: VerifiedRegistry | null = null
      let schedule: VerifiedSchedule | null = null
      if (envelopes.registry !== null) {
        const opened = openReg(envelopes.registry, { rootPublicKey: view.rootPublicKey, above: 0 })
        if (opened.ok) registry = { registry: opened.value, envelope: envelopes.registry }
        else out.push(refused('registry', REASON[opened.error.reason], { detail: opened.error.detail, orderId: null }))
      }
      if (envelopes.schedule !== null) {
        const opened = openSched(envelopes.schedule, { registry, at: view.at, above: 0, again: true })
        if (opened.ok) schedule = opened.value
        else out.push(refused('schedule', REASON[opened.error.reason], { detail: opened.error.detail, orderId: null }))
      }
      return { registry, schedule, refused: out }
    },
  }
}

const verified = (
  opened: { readonly document: ScheduleDocument; readonly key: string },
  of: {
    readonly envelope: Envelope
    readonly judge: Judge
    readonly unit: string
    readonly drawable: (item: Item) => string | null
  },
): VerifiedSchedule => {
  const items: Record<string, Item> = {}
  const hashes: Record<string, string> = {}
  const refusals: VerifiedSchedule['refused'][number][] = []
  const all = new Map(opened.document.items.map(({ item }) => [item.id, item]))
  for (const approved of opened.document.items) {
    const { id } = approved.item
    const result = checkApproval(approved, { ...of.judge, sha256, unit: of.unit })
    if (!result.ok) {
      refusals.push({ item: id, reason: result.error.reason, detail: result.error.detail })
      continue
    }
    // Approved as a whole, shown in what of it still follows its source (Art. 13.4).
    const { item, stale } = translationsOf(result.value.item, { sha256, find: (other) => all.get(other) })
    if (stale !== null) refusals.push({ item: id, reason: 'stale-translation', detail: stale.detail })
    if (item === null) continue
    // Only a text is drawn here; what stands in a picture or clip was seen by whoever approved it.
    const unfit = item.kind === 'text' ? of.drawable(item) : null
    if (unfit !== null) {
      refusals.push({ item: id, reason: 'text-unfit', detail: unfit.slice(0, 500) })
      continue
    }
    items[id] = item
    hashes[id] = result.value.approval.itemHash
  }
  return { document: opened.document, envelope: of.envelope, key: opened.key, items, hashes, refused: refusals }
}
