import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { err, ok, type Result } from '#core/base/result.ts'
import type { WrappedKey } from '#core/contract/api.ts'
import type { OpenKey } from './ed25519.ts'

const derive = promisify(pbkdf2)
/** OWASP's figure for PBKDF2-HMAC-SHA-256; about a quarter of a second in a browser. */
export const WRAP_ITERATIONS = 600_000
const KEY_BYTES = 32
const SALT_BYTES = 16
const IV_BYTES = 12
/** WebCrypto puts the GCM tag behind the cipher text; so do we. */
const TAG_BYTES = 16

const keyFrom = (passphrase: string, salt: Uint8Array, iterations: number) =>
  derive(Buffer.from(passphrase.normalize('NFC'), 'utf8'), salt, iterations, KEY_BYTES, 'sha256')

/** Wraps a private key so that only the passphrase opens it: what the hub stores, and the browser unwraps with WebCrypto. */
export const wrapKey = async (key: OpenKey, passphrase: string): Promise<WrappedKey> => {
  const salt = randomBytes(SALT_BYTES)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', await keyFrom(passphrase, salt, WRAP_ITERATIONS), iv)
  const sealed = Buffer.concat([cipher.update(key.pkcs8), cipher.final(), cipher.getAuthTag()])
  return {
    key: key.signer.key,
    publicKey: key.publicKey,
    kdf: { name: 'PBKDF2-SHA256', salt: salt.toString('base64'), iterations: WRAP_ITERATIONS },
    iv: iv.toString('base64'),
    cipher: sealed.toString('base64'),
  }
}

/** The PKCS#8 bytes, or `wrong-passphrase` (which a damaged wrapping cannot be told from). */
export const unwrapKey = async (
  wrapped: WrappedKey,
  passphrase: string,
): Promise<Result<Uint8Array, 'wrong-passphrase'>> => {
  const sealed = Buffer.from(wrapped.cipher, 'base64')
  if (sealed.length <= TAG_BYTES) return err('wrong-passphrase')
  const key = await keyFrom(passphrase, Buffer.from(wrapped.kdf.salt, 'base64'), wrapped.kdf.iterations)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(wrapped.iv, 'base64'))
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
    return ok(Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]))
  } catch {
    return err('wrong-passphrase')
  }
}
