import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Role } from '#core/contract/can.ts'
import type { KeyRegistry, RegistryEntry, Right } from '#core/contract/keys.ts'
import { makeKey, type OpenKey } from '../crypto/ed25519.ts'
import { wrapKey } from '../crypto/wrap.ts'
import {
  type KeyFolder,
  makeFolder,
  openRoot,
  type PersonFile,
  readFolder,
  writePerson,
  writeRegistry,
} from './folder.ts'
import { entryOf, wrapFresh } from './registry.ts'

/** What is done in the key folder, without a network and without the hub. Errors are one sentence for a person. Times are wall clock, ms. */

export type Initial = { readonly rootPublicKey: string; readonly rootKey: string; readonly passphrase: string | null }

/** Makes the root key and registry version 1, which holds nobody. `passphrase` null: one is made and handed back, to be told once. */
export const initFolder = async (
  dir: string,
  it: { readonly province: string; readonly passphrase: string | null; readonly now: number },
): Promise<Result<Initial, string>> => {
  const root = makeKey()
  const fresh = it.passphrase === null ? await wrapFresh(root) : null
  const wrappedRoot = fresh?.wrapped ?? (await wrapKey(root, it.passphrase ?? ''))
  const registry = { version: 1, issuedAt: it.now, province: it.province, entries: [] }
  const made = makeFolder(dir, { wrappedRoot, root, registry })
  if (!made.ok) return made
  return ok({ rootPublicKey: root.publicKey, rootKey: root.signer.key, passphrase: fresh?.passphrase ?? null })
}

export type PersonAsk = {
  readonly user: string
  readonly name: string
  readonly org: string
  readonly roles: readonly Role[]
  /** Empty: an account without a key. */
  readonly rights: readonly Right[]
  readonly areas: readonly string[]
  readonly validFrom: number
  readonly validTo: number
  /** True: takes the place of what this person had. What they signed before keeps its worth, their old key signs nothing new. */
  readonly replace: boolean
  readonly now: number
}
/** Asks for the root passphrase; called only when something must be signed. */
export type RootPassphrase = () => Promise<Result<string, string>>
export type PersonMade = {
  readonly user: string
  readonly registryVersion: number
  readonly key: string | null
  /** Opens the key; to be told once. */
  readonly passphrase: string | null
  /** Keys of this person that end now. */
  readonly ended: readonly string[]
}

export const addPerson = async (
  dir: string,
  ask: PersonAsk,
  rootPassphrase: RootPassphrase,
): Promise<Result<PersonMade, string>> => {
  const folder = readFolder(dir)
  if (!folder.ok) return folder
  const { registry, people, carried } = folder.value
  const wrong = ask.areas.find((a) => a.length === 2 && a !== registry.province)
  if (wrong !== undefined)
    return err(`--areas: ${wrong} is not this province (${registry.province}) · không phải mã của tỉnh này`)
  if (people.some((p) => p.user === ask.user) && !ask.replace) {
    const file = join(carried, 'people', `${ask.user}.json`)
    return err(`${file}: is there already; --replace makes a new key in its place · người này đã có`)
  }
  const live = registry.entries.filter((e) => e.person === ask.user && e.validTo > ask.now)
  const signs = ask.rights.length > 0
  if (!signs && live.length === 0) {
    const written = writePerson(carried, personOf(ask, null))
    if (!written.ok) return written
    return ok({ user: ask.user, registryVersion: registry.version, key: null, passphrase: null, ended: [] })
  }
  const root = await askRoot(dir, folder.value, rootPassphrase)
  if (!root.ok) return root
  const key = makeKey()
  const fresh = signs ? await wrapFresh(key) : null
  const { rights, areas, validFrom, validTo } = ask
  const entry = entryOf(
    key,
    { person: ask.user, name: ask.name, org: ask.org },
    { rights: [...rights], areas: [...areas], validFrom, validTo },
  )
  const entries = [...endedNow(registry.entries, ask.user, ask.now), ...(signs ? [entry] : [])]
  const next = { ...registry, version: registry.version + 1, issuedAt: ask.now, entries }
  // The registry first: whoever loses a race for its number has changed nothing.
  const signed = writeRegistry(carried, next, root.value)
  const written = signed.ok ? writePerson(carried, personOf(ask, fresh?.wrapped ?? null)) : signed
  if (!written.ok) return written
  return ok({
    user: ask.user,
    registryVersion: next.version,
    key: signs ? key.signer.key : null,
    passphrase: fresh?.passphrase ?? null,
    ended: live.map((e) => e.key),
  })
}

const personOf = (ask: PersonAsk, key: PersonFile['key']): PersonFile => ({
  v: 1,
  user: ask.user,
  name: ask.name,
  org: ask.org,
  roles: [...ask.roles],
  closed: false,
  key,
})

const endedNow = (entries: readonly RegistryEntry[], user: string, now: number): RegistryEntry[] =>
  entries.map((e) => (e.person === user && e.validTo > now ? { ...e, validTo: Math.max(now, e.validFrom) } : e))

const askRoot = async (
  dir: string,
  folder: KeyFolder,
  rootPassphrase: RootPassphrase,
): Promise<Result<OpenKey, string>> => {
  const passphrase = await rootPassphrase()
  return passphrase.ok ? openRoot(dir, folder, passphrase.value) : passphrase
}

export type RevokeAsk = {
  readonly user: string
  /** True: the person left in good standing, what they signed stays good. False: the key may be in other hands, all of it is void. */
  readonly keepPast: boolean
  readonly now: number
}
export type Revoked = { readonly user: string; readonly registryVersion: number; readonly keys: readonly string[] }

/** Takes a person's right to sign and shuts their account at the next install. */
export const revokePerson = async (
  dir: string,
  ask: RevokeAsk,
  rootPassphrase: RootPassphrase,
): Promise<Result<Revoked, string>> => {
  const folder = readFolder(dir)
  if (!folder.ok) return folder
  const { registry, people, carried } = folder.value
  const person = people.find((p) => p.user === ask.user)
  const theirs = registry.entries.filter((e) => e.person === ask.user)
  if (person === undefined && theirs.length === 0)
    return err(`--user: there is no ${ask.user} here; \`bangtin keys list\` names them · không có người này`)
  const touched = ask.keepPast ? theirs.filter((e) => e.validTo > ask.now) : theirs
  if (touched.length === 0 && (person === undefined || person.closed))
    return err(`--user: ${ask.user} has been revoked before · đã thu hồi trước đó`)
  if (touched.length > 0) {
    const root = await askRoot(dir, folder.value, rootPassphrase)
    if (!root.ok) return root
    const entries = ask.keepPast
      ? endedNow(registry.entries, ask.user, ask.now)
      : registry.entries.filter((e) => e.person !== ask.user)
    const next: KeyRegistry = { ...registry, version: registry.version + 1, issuedAt: ask.now, entries }
    const signed = writeRegistry(carried, next, root.value)
    if (!signed.ok) return signed
  }
  if (person !== undefined) {
    const written = writePerson(carried, { ...person, closed: true, key: null })
    if (!written.ok) return written
  }
  const registryVersion = registry.version + (touched.length > 0 ? 1 : 0)
  return ok({ user: ask.user, registryVersion, keys: touched.map((e) => e.key) })
}
