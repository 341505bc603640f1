import type { Values } from '../dialect/dialect.ts'

/**
 * Values of an address or a handshake that must not be shown, logged or written into a file. `public` is what everybody knows; a `salt` that
 * is null or empty is none.
 */
const SECRETS: ReadonlySet<string> = new Set(['password', 'community', 'pin', 'salt'])
const isSecret = (name: string, value: unknown): boolean =>
  SECRETS.has(name) && value !== 'public' && value !== null && value !== ''

export const holdsSecret = (address: Values): boolean =>
  Object.entries(address).some(([name, value]) => isSecret(name, value))

/** The same address for people and files: whoever needs the secret has it already. */
export const withoutSecrets = (address: Values): Values =>
  Object.fromEntries(Object.entries(address).map(([name, value]) => [name, isSecret(name, value) ? '…' : value]))
