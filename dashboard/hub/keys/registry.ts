import { checkDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { WrappedKey } from '#core/contract/api.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { KeyRegistry, type RegistryEntry } from '#core/contract/keys.ts'
import { openRegistry, sealEnvelope } from '#core/contract/verify.ts'
import { type OpenKey, sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import { makePassphrase } from '../crypto/secret.ts'
import { wrapKey } from '../crypto/wrap.ts'

/** The name of the wrapped root key wherever there is one. It never goes to a hub that serves a province. */
export const ROOT_KEY_FILE = 'root-key.wrapped.json'

type Holder = Pick<RegistryEntry, 'person' | 'name' | 'org'>
type Grant = Pick<RegistryEntry, 'rights' | 'areas' | 'validFrom' | 'validTo'>

/** What the registry will say of one key. */
export const entryOf = (key: OpenKey, holder: Holder, grant: Grant): RegistryEntry => ({
  key: key.signer.key,
  publicKey: key.publicKey,
  ...holder,
  ...grant,
})

/** Signs a registry and opens it again as an edge will: what comes out is accepted everywhere, or the error says why not. */
export const sealRegistry = (registry: KeyRegistry, root: OpenKey): Result<Envelope, string> => {
  const checked = checkDocument(KeyRegistry, registry)
  if (!checked.ok) return err(checked.error.map((f) => `${f.where}: ${f.why}`).join('; '))
  const envelope = sealEnvelope('registry', canonicalJson(registry), [root.signer])
  const opened = openRegistry(envelope, { rootPublicKey: root.publicKey, verify: verifyEd25519, sha256, above: 0 })
  return opened.ok ? ok(envelope) : err(`${opened.error.reason}: ${opened.error.detail}`)
}

/** A key wrapped by a passphrase made for it, which is known here and nowhere else. */
export const wrapFresh = async (
  key: OpenKey,
): Promise<{ readonly wrapped: WrappedKey; readonly passphrase: string }> => {
  const passphrase = makePassphrase()
  return { wrapped: await wrapKey(key, passphrase), passphrase }
}
