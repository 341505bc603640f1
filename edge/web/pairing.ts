import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hash, verify } from '@node-rs/argon2'
import { replaceFile } from '../shell/durable.ts'

/** Who may use the technician's page: whoever knows the pairing code, under the name they give. */
export type Pairing = {
  /** The code when it was made just now, to be printed once; null later. */
  readonly fresh: string | null
  readonly check: (code: string) => Promise<boolean>
}

const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const CODE_LENGTH = 12

const newCode = (): string =>
  Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)] ?? 'X')
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-')

/**
 * Made at first start; there is no default. `pairing-code.txt` (mode 0600) is for reading it at the machine and may be removed;
 * `pairing.hash` is what is checked. Removing both makes a new code at the next start.
 */
export const openPairing = async (dataDir: string): Promise<Pairing> => {
  const hashPath = join(dataDir, 'pairing.hash')
  let fresh: string | null = null
  if (!existsSync(hashPath)) {
    fresh = newCode()
    replaceFile(join(dataDir, 'pairing-code.txt'), `${fresh}\n`, 0o600)
    replaceFile(hashPath, `${await hash(fresh)}\n`, 0o600)
  }
  const stored = readFileSync(hashPath, 'utf8').trim()
  return {
    fresh,
    check: (code) => verify(stored, code.trim().toUpperCase()).catch(() => false),
  }
}

export type Session = { readonly id: string; readonly person: string; readonly csrf: string; readonly until: number }

const SESSION_MS = 30 * 60_000
const MOST_SESSIONS = 20

/** Sessions live in memory only: a restart ends them all. */
export const createSessions = (now: () => number) => {
  const all = new Map<string, Session>()
  return {
    open: (person: string): Session => {
      const session = {
        id: randomBytes(24).toString('base64url'),
        person,
        csrf: randomBytes(18).toString('base64url'),
        until: now() + SESSION_MS,
      }
      all.set(session.id, session)
      for (const [id, old] of all) if (old.until < now() || all.size > MOST_SESSIONS) all.delete(id)
      return session
    },
    find: (id: string | undefined): Session | null => {
      const session = id === undefined ? undefined : all.get(id)
      return session !== undefined && session.until > now() ? session : null
    },
    close: (id: string): void => void all.delete(id),
  }
}

export const sameToken = (a: string, b: string): boolean => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}
