import { instant } from '#core/base/units.ts'
import type { KeyRegistry } from '#core/contract/keys.ts'
import { checkApproval } from '#core/contract/verify.ts'
import { sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import type { AuditEntry, Store } from '../store/port.ts'

/** What a registry can take from an approval; anything else is no matter of keys. */
const VOID = ['unknown-key', 'bad-signature', 'no-right']

/**
 * Items whose approval a new registry voids wait for a decision again, since no edge will show them until somebody else has signed.
 * Gives the ids of those that do so now. `now`: wall clock, ms.
 */
export const reopenVoid = async (
  store: Store,
  registry: KeyRegistry,
  audit: Omit<AuditEntry, 'action' | 'subject' | 'detail'>,
): Promise<readonly string[]> => {
  const units = new Map((await store.sites.all()).map((s) => [s.id, s.unitCode]))
  const reopened: string[] = []
  for (const row of await store.content.items()) {
    const { item, approval } = row
    if (row.state !== 'approved' || approval === null) continue
    const places = new Set(row.sites.map((s) => units.get(s) ?? registry.province))
    for (const unit of places) {
      const judge = { registry, verify: verifyEd25519, at: instant(audit.at), trusted: true, sha256, unit }
      const checked = checkApproval({ item, approval }, judge)
      if (checked.ok || !VOID.includes(checked.error.reason)) continue
      const detail = `registry ${registry.version}: ${checked.error.reason}`
      await store.content.reopen(item.id, { ...audit, action: 'content.reopen', subject: item.id, detail })
      reopened.push(item.id)
      break
    }
  }
  return reopened
}
