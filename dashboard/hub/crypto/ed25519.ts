import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { Sha256 } from '#core/base/bytes.ts'
import { type Ed25519Verify, keyIdOf, type Signer } from '#core/contract/verify.ts'

/** The fixed head of an Ed25519 public key in SPKI form (RFC 8410); the raw 32 bytes follow. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const RAW_BYTES = 32
const SIGNATURE_BYTES = 64

export const sha256: Sha256 = (data) => createHash('sha256').update(data).digest('hex')

/** False, never an exception, for whatever is not a key, not a signature, or not a match. */
export const verifyEd25519: Ed25519Verify = (publicKey, text, sig) => {
  const raw = Buffer.from(publicKey, 'base64')
  const signature = Buffer.from(sig, 'base64')
  if (raw.length !== RAW_BYTES || signature.length !== SIGNATURE_BYTES) return false
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' })
    return verify(null, Buffer.from(text, 'utf8'), key, signature)
  } catch {
    // The bytes are no point of the curve: whatever was signed, it was not with this.
    return false
  }
}

/** A key in memory: the raw public key in base64, the private key as PKCS#8. Never logged, never stored in clear. */
export type OpenKey = { readonly publicKey: string; readonly pkcs8: Uint8Array; readonly signer: Signer }

export const openKey = (pkcs8: Uint8Array): OpenKey => {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const publicKey = spki.subarray(SPKI_HEAD.length).toString('base64')
  const sign64 = (text: string) => sign(null, Buffer.from(text, 'utf8'), privateKey).toString('base64')
  return { publicKey, pkcs8, signer: { key: keyIdOf(publicKey, sha256), sign: sign64 } }
}

export const makeKey = (): OpenKey =>
  openKey(generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }))
