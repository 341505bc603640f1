import { canonicalJson } from '#core/content/item.ts'
import type { Envelope, EnvelopeType } from '#core/contract/envelope.ts'
import type { RegistryEntry } from '#core/contract/keys.ts'
import { type Signer, sealEnvelope } from '#core/contract/verify.ts'
import type { Order } from '#core/emergency/order.ts'
import type { Durable } from '#core/engine/state.ts'
import { createVerify } from '#edge/shell/crypto.ts'
import { createGate } from '#edge/shell/gate.ts'
import { keyOf, root } from '#edge/test/fakehub.ts'
import { anOrder, MONDAY_8, readingAt, siteFacts } from '../build.ts'
import { awake, drive, woke } from '../drive.ts'

/** A small province with one person for each way to have, or not to have, the right to sign; and a site to attack. */
export type SigningKey = ReturnType<typeof keyOf>
const DAY = 86_400_000
export const KEYS = {
  duty: keyOf(),
  dutySecond: keyOf(),
  chief: keyOf(),
  priority: keyOf(),
  here: keyOf(),
  elsewhere: keyOf(),
  early: keyOf(),
  late: keyOf(),
  planner: keyOf(),
  stranger: keyOf(),
} as const

const entry = (key: SigningKey, person: string, over: Partial<RegistryEntry> = {}): RegistryEntry => ({
  key: key.key,
  publicKey: key.publicKey,
  person,
  name: person,
  org: 'bch',
  rights: ['order.emergency'],
  areas: ['12'],
  validFrom: 0,
  validTo: MONDAY_8 + 3650 * DAY,
  ...over,
})

export const ENTRIES: readonly RegistryEntry[] = [
  entry(KEYS.duty, 'tructinh', { rights: ['order.emergency', 'order.mourning'] }),
  entry(KEYS.dutySecond, 'tructinh', { rights: ['order.emergency', 'order.mourning'] }),
  entry(KEYS.chief, 'chihuy', { rights: ['order.emergency', 'order.mourning'] }),
  entry(KEYS.priority, 'uutien', { rights: ['order.priority'] }),
  entry(KEYS.here, 'trucxa', { areas: ['03549'] }),
  entry(KEYS.elsewhere, 'xakhac', { areas: ['03500'] }),
  entry(KEYS.early, 'chuaden', { validFrom: MONDAY_8 + DAY }),
  entry(KEYS.late, 'dahet', { validTo: MONDAY_8 - DAY }),
  entry(KEYS.planner, 'duyet', { rights: ['schedule', 'approve'] }),
]

export const registryOf = (version: number, entries: readonly RegistryEntry[], by: Signer = root): Envelope =>
  sealEnvelope('registry', canonicalJson({ version, issuedAt: 0, province: '12', entries }), [by])

export const sealed = (
  over: Partial<Order>,
  signers: readonly Signer[] = [KEYS.duty],
  type: EnvelopeType = 'order',
): Envelope => sealEnvelope(type, canonicalJson(anOrder(over)), signers)

/** Gate and engine of one site, with the registry in force. */
export const site = (facts = siteFacts()) => {
  const gate = createGate({ verify: createVerify(), site: { id: facts.id, unit: facts.unitCode } })
  const build = (it: ReturnType<typeof drive>) => {
    const view = (at: number) => ({
      rootPublicKey: root.publicKey,
      registry: it.state().registry,
      schedule: it.state().schedule,
      at: readingAt(at),
    })
    const run = (at: number, happening: ReturnType<typeof gate.registry>) => {
      const effects = happening === null ? [] : it.give(at, happening)
      const records = it.records(effects)
      const refused = records.find((r) => r.kind === 'order' && r.stage === 'refused')
      return {
        effects,
        records,
        /** Why it was refused; null when it was not. */
        reason: refused?.kind === 'order' ? refused.reason : null,
        detail: refused?.kind === 'order' ? refused.detail : '',
        ended: records.flatMap((r) => (r.kind === 'order' && r.stage === 'ended' ? [r.order] : [])),
      }
    }
    return {
      ...it,
      /** What the gate alone makes of it. */
      judged: (envelope: Envelope, at: number) => gate.order(envelope, view(at)),
      order: (envelope: Envelope, at: number) => run(at, gate.order(envelope, view(at))),
      registry: (envelope: Envelope, at: number) => run(at, gate.registry(envelope, view(at))),
      schedule: (envelope: Envelope, at: number) => run(at, gate.schedule(envelope, view(at))),
      /** The order that is on the screen, or null. */
      onScreen: () => it.state().playing?.open.order ?? null,
      active: () => it.state().orders.entries.flatMap((e) => (e.state === 'active' ? [e.order.id] : [])),
    }
  }
  const first = build(awake(undefined, facts))
  first.registry(registryOf(1, ENTRIES), 10)
  return {
    ...first,
    /** The same site after a restart, with what its snapshot held. */
    restarted: (at: number) => {
      const { orders, receipts, registry, schedule, ledger } = first.state()
      const again = build(drive(facts))
      const durable: Durable = JSON.parse(JSON.stringify({ v: 1, registry: null, schedule: null, orders, receipts }))
      again.give(at, { ...woke, ledger, durable, registry, schedule })
      again.give(at + 1, { event: 'player', what: 'up' })
      return again
    },
  }
}
