import type { Approval, Item } from '#core/content/item.ts'
import { assetsOf, canonicalItem } from '#core/content/item.ts'
import type { WrappedKey } from '#core/contract/api.ts'
import { type Envelope, type EnvelopeType, signingText } from '#core/contract/envelope.ts'
import { err, ok, type Result } from './result.ts'
import { sha256OfText } from './sha256.ts'

/**
 * Signing in the browser (design §6): the hub stores a person's private key only wrapped by their passphrase. It is opened here, kept
 * as a key that cannot be exported, and dropped after `UNLOCK_MS`. Neither passphrase nor key is ever sent or stored.
 */
export type Signer = {
  /** First 32 hex digits of the SHA-256 of the public key: the same as in the registry. */
  readonly key: string
  readonly sign: (type: EnvelopeType, payload: string) => Promise<Envelope>
}

/** How long an unlocked key may be used without the passphrase being asked again, ms. */
export const UNLOCK_MS = 300_000

/** `insecure`: the page was not opened over HTTPS or localhost, so the browser gives it no cryptography. */
export type UnlockFault = 'wrong-passphrase' | 'insecure' | 'unsupported' | 'wrong-key'

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''))

const openWrapped = async (wrapped: WrappedKey, passphrase: string): Promise<ArrayBuffer | undefined> => {
  const material = await crypto.subtle.importKey('raw', new TextEncoder().encode(passphrase), 'PBKDF2', false, [
    'deriveKey',
  ])
  const { salt, iterations } = wrapped.kdf
  const wrapping = await crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt: fromBase64(salt), iterations },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['decrypt'],
  )
  try {
    const iv = fromBase64(wrapped.iv)
    return await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, wrapping, fromBase64(wrapped.cipher))
  } catch (error) {
    // AES-GCM says only that the tag does not match: a wrong passphrase. Anything else is a fault of ours.
    if (error instanceof DOMException && error.name === 'OperationError') return undefined
    throw error
  }
}

/** The forms one and the same typed passphrase can have: Vietnamese keyboards differ in how they compose letters. */
const passphraseForms = (typed: string): readonly string[] => [
  ...new Set([typed, typed.normalize('NFC'), typed.normalize('NFD')]),
]

/** Opens the key, and proves that it is the private half of the public key it came with before anything is signed by it. */
export const unlock = async (wrapped: WrappedKey, passphrase: string): Promise<Result<Signer, UnlockFault>> => {
  if (globalThis.crypto?.subtle === undefined) return err('insecure')
  let pkcs8: ArrayBuffer | undefined
  for (const form of passphraseForms(passphrase)) {
    pkcs8 = await openWrapped(wrapped, form)
    if (pkcs8 !== undefined) break
  }
  if (pkcs8 === undefined) return err('wrong-passphrase')
  try {
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign'])
    const rawPublic = fromBase64(wrapped.publicKey)
    const publicKey = await crypto.subtle.importKey('raw', rawPublic, 'Ed25519', false, ['verify'])
    const probe = new TextEncoder().encode('bangtin/1\nprobe\n')
    const sig = await crypto.subtle.sign('Ed25519', key, probe)
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', rawPublic))
    const id = Array.from(digest.subarray(0, 16), (b) => b.toString(16).padStart(2, '0')).join('')
    if (id !== wrapped.key || !(await crypto.subtle.verify('Ed25519', publicKey, sig, probe))) return err('wrong-key')
    return ok({ key: wrapped.key, sign: (type, payload) => signWith(wrapped.key, key, { type, payload }) })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') return err('unsupported')
    if (error instanceof DOMException && error.name === 'DataError') return err('wrong-key')
    throw error
  }
}

const signWith = async (
  id: string,
  key: CryptoKey,
  what: { readonly type: EnvelopeType; readonly payload: string },
): Promise<Envelope> => {
  const bytes = new TextEncoder().encode(signingText(what.type, what.payload))
  const sig = new Uint8Array(await crypto.subtle.sign('Ed25519', key, bytes))
  return { v: 1, type: what.type, payload: what.payload, signatures: [{ key: id, sig: toBase64(sig) }] }
}

/** Why an item must not be signed. `record`: its metadata is not what the hub says it hashed; `file`: the bytes are not the ones named. */
export type ItemMismatch = 'record' | 'file' | 'no-file'

/**
 * The browser trusts no hash it is told: it takes them all itself. `files`: of every file that was shown, in the order of the item; a text
 * has none, slides have one for each picture. A picture too many is as wrong as one too few.
 */
export const checkItem = (
  item: Item,
  claimed: { readonly itemHash: string; readonly files: readonly string[] },
): Result<string, ItemMismatch> => {
  const own = sha256OfText(canonicalItem(item))
  if (own !== claimed.itemHash) return err('record')
  const assets = assetsOf(item)
  if (claimed.files.length < assets.length) return err('no-file')
  const same = claimed.files.length === assets.length && assets.every((a, i) => a.sha256 === claimed.files[i])
  return same ? ok(own) : err('file')
}

/** The text an approver signs (Art. 10.1.a dash 3). `itemHash` must come from `checkItem`, never from the hub. */
export const approvalPayload = (
  item: Item,
  by: { readonly itemHash: string; readonly approvedBy: string; readonly at: number; readonly document: string | null },
): string => {
  const { itemHash, approvedBy, at, document } = by
  const approval: Approval = { item: item.id, revision: item.revision, itemHash, approvedBy, at, document }
  return JSON.stringify(approval)
}
