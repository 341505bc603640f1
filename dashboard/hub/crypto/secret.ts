import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** Opaque bearer of 256 bits; only its hash is stored. */
export const makeToken = (): string => randomBytes(32).toString('base64url')
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

export const sameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())

const CONSONANTS = 'bcdghklmnpqrstvx'
const VOWELS = 'aeiu'
const GROUPS = 6
const pick = (from: string) => from.charAt(randomInt(from.length))

/** `bika-rutu-…`: six groups of two syllables of 6 bits each, 72 bits; easy to read out and to type on any keyboard. */
export const makePassphrase = (): string =>
  Array.from({ length: GROUPS }, () => `${pick(CONSONANTS)}${pick(VOWELS)}${pick(CONSONANTS)}${pick(VOWELS)}`).join('-')

/** Letters and digits that are not taken for each other when read out. 32 of them: 5 bits each. */
const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** `ABCDE-FGHJK-LMNPQ`, 75 bits, used once. */
export const makeEnrolCode = (): string =>
  Array.from({ length: 3 }, () => Array.from({ length: 5 }, () => pick(CODE_ALPHABET)).join('')).join('-')

/** argon2id with OWASP's parameters (19 MiB, 2 passes); about 80 ms. The library's default algorithm is argon2id. */
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFC'), ARGON)
export const checkPassword = (stored: string, password: string): Promise<boolean> =>
  verify(stored, password.normalize('NFC'))
