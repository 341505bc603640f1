import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, type TSchema, Type } from 'typebox'
import { faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { WrappedKey } from '#core/contract/api.ts'
import { ROLES } from '#core/contract/can.ts'
import { type Envelope, EnvelopeSchema } from '#core/contract/envelope.ts'
import type { KeyRegistry } from '#core/contract/keys.ts'
import { openRegistry } from '#core/contract/verify.ts'
import { type OpenKey, openKey, sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import { unwrapKey } from '../crypto/wrap.ts'
import { readText, writeWhole } from '../files.ts'
import { ROOT_KEY_FILE, sealRegistry } from './registry.ts'

/**
 * The key folder of a province, on a machine without a network:
 *
 *     root-key.wrapped.json           the root key under its passphrase; never leaves
 *     for-hub/root-public-key.txt     what every edge pins at enrolment
 *     for-hub/registry/000001.json    every version of the signed registry; the highest number holds
 *     for-hub/people/<user>.json      account and wrapped key of one person
 *
 * Only `for-hub` is carried to the hub. A registry version is written once and never over another, so that two people who sign at the
 * same time cannot both make version 7.
 */
export const FOR_HUB = 'for-hub'
const ROOT_PUBLIC = 'root-public-key.txt'
const REGISTRY_NAME = /^\d{6}\.json$/
const PERSON_NAME = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\.json$/
const PUBLIC_KEY = /^[A-Za-z0-9+/]{43}=$/
const PRIVATE = 0o600

export const UserName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })

/** One person each (domain.md §5.2). Roles open forms; what the key may sign stands in the signed registry alone. */
export const PersonFile = Type.Object(
  {
    v: Type.Literal(1),
    user: UserName,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    org: UserName,
    roles: Type.Array(Type.Enum(ROLES), { minItems: 1, maxItems: ROLES.length }),
    /** True: the account is shut and the key taken away at the next install. */
    closed: Type.Boolean(),
    key: Type.Union([WrappedKey, Type.Null()]),
  },
  { additionalProperties: false },
)
export type PersonFile = Static<typeof PersonFile>

export type KeyFolder = {
  /** The folder with `registry` and `people` in it. */
  readonly carried: string
  readonly rootPublicKey: string
  readonly envelope: Envelope
  readonly registry: KeyRegistry
  readonly people: readonly PersonFile[]
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

const namesIn = (folder: string): Result<readonly string[], string> => {
  try {
    return ok(readdirSync(folder).sort())
  } catch (error) {
    return err(
      `${folder}: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}: not a folder that can be read · không đọc được thư mục`,
    )
  }
}

const readDocument = <S extends TSchema>(file: string, schema: S): Result<Static<S>, string> => {
  const text = readText(file)
  if (!text.ok) return text
  const parsed = parseDocument(schema, text.value)
  return parsed.ok ? parsed : err(faultText(file, parsed.error))
}

/** A new, empty key folder. `dir` must not be there, or be empty. */
export const makeFolder = (
  dir: string,
  it: { readonly wrappedRoot: WrappedKey; readonly root: OpenKey; readonly registry: KeyRegistry },
): Result<null, string> => {
  try {
    if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 })
    const inside = readdirSync(dir)
    if (inside.length > 0)
      return err(
        `${dir}: is not empty (${inside[0]}); a root key is made once, in a folder of its own · thư mục đã có dữ liệu`,
      )
    for (const folder of ['registry', 'people']) mkdirSync(join(dir, FOR_HUB, folder), { recursive: true, mode: 0o700 })
  } catch (error) {
    return err(
      `${dir}: cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown'}) · không tạo được thư mục`,
    )
  }
  const publicText = { text: `${it.root.publicKey}\n`, mode: 0o644, replace: false }
  const publicFile = writeWhole(join(dir, FOR_HUB, ROOT_PUBLIC), publicText)
  if (!publicFile.ok) return publicFile
  const wrapped = { text: json(it.wrappedRoot), mode: PRIVATE, replace: false }
  const rootFile = writeWhole(join(dir, ROOT_KEY_FILE), wrapped)
  return rootFile.ok ? writeRegistry(join(dir, FOR_HUB), it.registry, it.root) : rootFile
}

/** Signs and writes a version that is not there yet. */
export const writeRegistry = (carried: string, registry: KeyRegistry, root: OpenKey): Result<null, string> => {
  const sealed = sealRegistry(registry, root)
  if (!sealed.ok) return err(`the registry cannot be signed: ${sealed.error}`)
  const file = join(carried, 'registry', `${String(registry.version).padStart(6, '0')}.json`)
  return writeWhole(file, { text: json(sealed.value), mode: 0o644, replace: false })
}

export const writePerson = (carried: string, person: PersonFile): Result<null, string> =>
  writeWhole(join(carried, 'people', `${person.user}.json`), { text: json(person), mode: PRIVATE, replace: true })

/** Reads all of it and checks the newest registry against the root key, and every key against the registry. */
export const readFolder = (dir: string): Result<KeyFolder, string> => {
  const whole = namesIn(dir)
  if (!whole.ok) return whole
  const carried = whole.value.includes(FOR_HUB) ? join(dir, FOR_HUB) : dir
  const publicText = readText(join(carried, ROOT_PUBLIC))
  if (!publicText.ok) return err(`${publicText.error}: ${dir} is no key folder (\`bangtin keys init\` makes one)`)
  const rootPublicKey = publicText.value.trim()
  if (!PUBLIC_KEY.test(rootPublicKey))
    return err(`${join(carried, ROOT_PUBLIC)}: is no public key · không phải khóa công khai`)
  const versions = namesIn(join(carried, 'registry'))
  if (!versions.ok) return versions
  const newest = versions.value.filter((n) => REGISTRY_NAME.test(n)).at(-1)
  if (newest === undefined) return err(`${join(carried, 'registry')}: holds no registry · không có sổ khóa`)
  const file = join(carried, 'registry', newest)
  const envelope = readDocument(file, EnvelopeSchema)
  if (!envelope.ok) return envelope
  const opened = openRegistry(envelope.value, { rootPublicKey, verify: verifyEd25519, sha256, above: 0 })
  if (!opened.ok) return err(`${file}: ${opened.error.reason}: ${opened.error.detail} · sổ khóa bị từ chối`)
  if (opened.value.version !== Number.parseInt(newest, 10))
    return err(`${file}: holds version ${opened.value.version}; it was renamed · tên tệp không đúng phiên bản`)
  const people = readPeople(join(carried, 'people'))
  if (!people.ok) return people
  return ok({ carried, rootPublicKey, envelope: envelope.value, registry: opened.value, people: people.value })
}

const readPeople = (folder: string): Result<readonly PersonFile[], string> => {
  const names = namesIn(folder)
  if (!names.ok) return names
  const people: PersonFile[] = []
  for (const name of names.value) {
    const user = PERSON_NAME.exec(name)?.[1]
    if (user === undefined) continue
    const read = readDocument(join(folder, name), PersonFile)
    if (!read.ok) return read
    if (read.value.user !== user)
      return err(`${join(folder, name)}: /user: is ${read.value.user}; the file was renamed`)
    people.push(read.value)
  }
  return ok(people)
}

/** The root key, opened with its passphrase; it must be the one whose public half was given out. */
export const openRoot = async (dir: string, of: KeyFolder, passphrase: string): Promise<Result<OpenKey, string>> => {
  const file = join(dir, ROOT_KEY_FILE)
  const wrapped = readDocument(file, WrappedKey)
  if (!wrapped.ok) return wrapped
  const pkcs8 = await unwrapKey(wrapped.value, passphrase)
  if (!pkcs8.ok) return err(`${file}: the passphrase does not open it · sai mật ngữ khóa gốc`)
  const root = openKey(pkcs8.value)
  if (root.publicKey === of.rootPublicKey) return ok(root)
  return err(`${file}: is not the key of ${ROOT_PUBLIC} · khóa gốc không khớp`)
}
