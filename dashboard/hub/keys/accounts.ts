import type { WrappedKey } from '#core/contract/api.ts'
import { hashPassword, makePassphrase } from '../crypto/secret.ts'
import type { Account, AuditEntry, Store } from '../store/port.ts'

/** Makes an account with a first password that is generated, stored hashed only, and handed back to be told once. */
export const settleAccount = async (
  store: Store,
  it: { readonly account: Omit<Account, 'passwordHash'>; readonly key: WrappedKey | null },
  audit: AuditEntry,
): Promise<string> => {
  const password = makePassphrase()
  await store.accounts.put({ ...it.account, passwordHash: await hashPassword(password) }, it.key, audit)
  return password
}
