import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { keyIdOf } from '#core/contract/verify.ts'
import { type KeyPair, newPem, pairFromPem, sha256 } from './crypto.ts'
import { replaceFile } from './durable.ts'

/** Who this device is: its own Ed25519 key, made at first start, and the root key it pinned when it was enrolled. */
export type Identity = KeyPair & {
  /** First 32 hex digits of the SHA-256 of the public key. */
  readonly keyId: string
  /** When the key file was written, ms since 1970. */
  readonly madeAt: number
  /** Base64 of the root public key, or null while not enrolled. */
  readonly rootPublicKey: () => string | null
  /** Pins the root key for good; a device that has one never takes another. */
  readonly pin: (rootPublicKey: string) => Result<void, string>
}

const Pinned = Type.Object(
  { rootPublicKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }) },
  { additionalProperties: false },
)

/** Reads the device key or makes it (mode 0600). A damaged key file is an error, never replaced: it would be another device. */
export const openIdentity = (dataDir: string): Result<Identity, string> => {
  const keyPath = join(dataDir, 'device-key.pem')
  const rootPath = join(dataDir, 'root-key.json')
  try {
    if (!existsSync(keyPath)) replaceFile(keyPath, newPem(), 0o600)
    if ((statSync(keyPath).mode & 0o077) !== 0) chmodSync(keyPath, 0o600)
    const pair = pairFromPem(readFileSync(keyPath, 'utf8'))
    const madeAt = statSync(keyPath).mtimeMs
    const pinned = readPinned(rootPath)
    if (!pinned.ok) return pinned
    const state = { root: pinned.value }
    const pin = (rootPublicKey: string): Result<void, string> => {
      if (state.root !== null && state.root !== rootPublicKey)
        return err(
          `${rootPath}: another root key is pinned already; remove the file by hand to enrol at another province`,
        )
      try {
        replaceFile(rootPath, `${JSON.stringify({ rootPublicKey })}\n`, 0o600)
      } catch (error) {
        return err(`${rootPath}: ${(error as Error).message}`)
      }
      state.root = rootPublicKey
      return ok(undefined)
    }
    return ok({ ...pair, madeAt, keyId: keyIdOf(pair.publicKey, sha256), rootPublicKey: () => state.root, pin })
  } catch (error) {
    return err(`${keyPath}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const readPinned = (path: string): Result<string | null, string> => {
  if (!existsSync(path)) return ok(null)
  const parsed = parseDocument(Pinned, readFileSync(path, 'utf8'))
  if (parsed.ok) return ok(parsed.value.rootPublicKey)
  return err(`${path}: ${parsed.error.map((f) => `${f.where}: ${f.why}`).join('; ')}`)
}
