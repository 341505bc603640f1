import { createHash, randomBytes } from 'node:crypto'
import type { TokenScope } from '#core/contract/api.ts'
import type { Role } from '#core/contract/can.ts'
import type { World } from './harness.ts'

/** Accounts, sessions and tokens made straight in the store: as many as a test needs, without the price of a password each. */
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const AUDIT = { person: 'test', action: 'test', subject: '', detail: '', address: '' }

export const putAccount = async (world: World, user: string, roles: readonly Role[]): Promise<void> => {
  const at = world.clock.at
  const account = { user, name: user, org: 'bch', roles, passwordHash: '' }
  await world.hub.hub.store.accounts.put(account, null, { ...AUDIT, at })
}

/** The headers of a new session of this account. */
export const openSession = async (world: World, user: string) => {
  const [token, csrf] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')]
  const at = world.clock.at
  const row = { tokenHash: hashOf(token), user, csrf, expiresAt: at + 3_600_000, seenAt: at }
  await world.hub.hub.store.sessions.open(row, { ...AUDIT, at })
  return { cookie: `bangtin=${token}`, 'x-bangtin-csrf': csrf }
}

export const makeApiToken = async (
  world: World,
  name: string,
  it: { readonly scopes: readonly TokenScope[]; readonly days?: number },
) => {
  const token = `bt_${randomBytes(32).toString('base64url')}`
  const createdAt = world.clock.at
  const row = {
    id: `T-${name}`,
    name,
    hash: hashOf(token),
    scopes: it.scopes,
    by: 'quantri',
    createdAt,
    expiresAt: createdAt + (it.days ?? 1) * 86_400_000,
    lastUsedAt: null,
    revokedAt: null,
  }
  const outcome = await world.hub.hub.store.tokens.add(row, { ...AUDIT, at: createdAt })
  if (outcome !== 'added') throw new Error(`token ${name}: ${outcome}`)
  return { token, id: row.id, headers: { authorization: `Bearer ${token}` } }
}
