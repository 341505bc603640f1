import { ok, type Result } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { openOrder } from '#core/contract/verify.ts'
import type { Order } from '#core/emergency/order.ts'
import { verifyEd25519 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import { type Problem, problem } from './answer.ts'
import { forged } from './forged.ts'

/** `persons`: who signed and may, for every target, the issuer first. */
export type OpenedOrder = { readonly order: Order; readonly persons: readonly string[] }

/** Targets must be clusters that run an edge; their units are what the signer needs the right for. */
const unitsOf = (hub: Hub, targets: readonly string[]): Result<readonly string[], Problem> => {
  const units = new Set<string>()
  for (const id of targets) {
    const site = hub.sites.get(id)
    if (site === undefined || !site.fleet)
      return problem(422, 'unknown-site', { vi: `Không có cụm ${id}.`, en: `There is no cluster ${id}.` }, '/targets')
    units.add(site.unitCode)
  }
  return ok([...units])
}

/** First the signatures alone, to be allowed to read whom it is for; then the right of each who signed, for every one of those. */
export const openFor = (hub: Hub, envelope: Envelope): Result<OpenedOrder, Problem> => {
  const judge = (units: readonly string[]) =>
    openOrder(envelope, {
      registry: hub.registry(),
      verify: verifyEd25519,
      at: instant(hub.now()),
      trusted: true,
      units,
    })
  const refused = (reason: string, detail: string) => {
    forged(hub, null, { from: 'POST /api/orders', reason, detail })
    return problem(
      403,
      reason,
      { vi: `Trung tâm từ chối chữ ký: ${reason}.`, en: `The hub refuses the signature: ${detail}.` },
      '/envelope',
    )
  }
  const first = judge([hub.registry().province])
  if (!first.ok && first.error.reason !== 'no-right') return refused(first.error.reason, first.error.detail)
  // The key may hold nothing for the whole province and yet the right for the units of these targets.
  const targets = first.ok ? first.value.order.targets : readTargets(envelope.payload)
  const known = [...new Set(targets.flatMap((t) => hub.sites.get(t)?.unitCode ?? []))]
  const second = known.length === 0 ? first : judge(known)
  if (!second.ok) return refused(second.error.reason, second.error.detail)
  const units = unitsOf(hub, targets)
  return units.ok ? ok({ order: second.value.order, persons: second.value.persons }) : units
}

/** Only after the signature has been found good: which sites the text names. */
const readTargets = (payload: string): readonly string[] => {
  const value: unknown = JSON.parse(payload)
  const targets: unknown = value !== null && typeof value === 'object' && 'targets' in value ? value.targets : []
  return Array.isArray(targets) ? targets.filter((t) => typeof t === 'string') : []
}
