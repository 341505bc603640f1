import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject, sign, verify } from 'node:crypto'
import type { Sha256 } from '#core/base/bytes.ts'
import type { Ed25519Sign, Ed25519Verify } from '#core/contract/verify.ts'

/** node:crypto behind the small functions that core asks for. Keys travel as base64 of the raw 32 bytes. */
export const sha256: Sha256 = (data) => hash('sha256', data)

const RAW_KEY_BYTES = 32
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Keys made from text are kept, because making one costs more than a verification. At most this many. */
const MOST_KEPT = 256

export const createVerify = (): Ed25519Verify => {
  const kept = new Map<string, KeyObject>()
  const keyOf = (publicKey: string): KeyObject | null => {
    const known = kept.get(publicKey)
    if (known !== undefined) return known
    const raw = Buffer.from(publicKey, 'base64')
    if (raw.length !== RAW_KEY_BYTES) return null
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(publicKey, key)
    return key
  }
  return (publicKey, text, sig) => {
    try {
      const key = keyOf(publicKey)
      return key !== null && verify(null, Buffer.from(text, 'utf8'), key, Buffer.from(sig, 'base64'))
    } catch {
      return false
    }
  }
}

export type KeyPair = { readonly publicKey: string; readonly sign: Ed25519Sign }

const pairOf = (key: KeyObject): KeyPair => ({
  publicKey: createPublicKey(key)
    .export({ format: 'der', type: 'spki' })
    .subarray(SPKI_PREFIX.length)
    .toString('base64'),
  sign: (text) => sign(null, Buffer.from(text, 'utf8'), key).toString('base64'),
})

/** PEM (PKCS#8) of an Ed25519 private key → the pair. Throws when it is something else. */
export const pairFromPem = (pem: string): KeyPair => {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`is a ${key.asymmetricKeyType} key, not Ed25519`)
  return pairOf(key)
}

export const newPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
