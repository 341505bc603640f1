import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'
import { ROLES, type Role } from '#core/contract/can.ts'
import { openRegistry } from '#core/contract/verify.ts'
import { sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import { hashPassword, makePassphrase } from '../crypto/secret.ts'
import { giveToOwner } from '../files.ts'
import { databaseOf, ROOT_KEY } from '../main.ts'
import { giveCode } from '../server/devices.ts'
import type { Account, AuditEntry, Store } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { OrgRecord, SiteRecord } from '../store/types.ts'
import { settleAccount } from './accounts.ts'
import { type KeyFolder, type PersonFile, readFolder } from './folder.ts'
import { ROOT_KEY_FILE } from './registry.ts'
import { reopenVoid } from './reopen.ts'

/** Brings what was made off line into the data folder of a hub, which may be running. Errors are one sentence for a person. */

export type InstallAsk = {
  /** The key folder, or a copy of its `for-hub`. */
  readonly dir: string
  /** `dataDir` of the hub's configuration. */
  readonly hub: string
  readonly sites: readonly SiteRecord[]
  readonly orgs: readonly OrgRecord[]
  /** An administrator who is nobody in the key folder; null: none. */
  readonly admin: string | null
  /** Wall clock, ms. */
  readonly now: number
}
export type NewAccount = {
  readonly user: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly password: string
}
export type Installed = {
  readonly registryVersion: number
  /** Null: this hub had none. */
  readonly before: number | null
  /** Accounts made now. */
  readonly made: readonly NewAccount[]
  /** Accounts that were there and got another name, roles or key. */
  readonly changed: readonly string[]
  /** Items whose approval became void; they wait for a decision again. */
  readonly reopened: readonly string[]
  /** Accounts shut now, their keys taken away, their sessions ended. */
  readonly closed: readonly string[]
  readonly sites: number
  readonly warnings: readonly string[]
}

/** Who the audit log says it was: the command cannot know which person typed it. */
const INSTALLER = 'keys-install'
const audit = (now: number, action: string, subject: string): AuditEntry => ({
  at: now,
  person: INSTALLER,
  action,
  subject,
  detail: '',
  address: '',
})

export const install = async (ask: InstallAsk): Promise<Result<Installed, string>> => {
  const folder = readFolder(ask.dir)
  if (!folder.ok) return folder
  const agree = checkPeople(folder.value, ask.admin)
  if (!agree.ok) return agree
  return withStore(ask.hub, async (store) => {
    const before = await checkAgainst(store, folder.value, ask.hub)
    if (!before.ok) return before
    return ok(await bring(store, { ask, folder: folder.value, before: before.value }))
  })
}

/** Opens the store, gives it to `work`, closes it. What it cannot open is an error that names the file. */
export const withStore = async <T>(
  dataDir: string,
  work: (store: Store) => Promise<Result<T, string>>,
): Promise<Result<T, string>> => {
  const file = databaseOf(dataDir)
  let store: Store
  try {
    if (!existsSync(dataDir)) mkdirSync(dataDir, { mode: 0o750 })
    store = openSqliteStore(file)
  } catch (error) {
    return err(`${file}: cannot be opened: ${error instanceof Error ? error.message : String(error)} · không mở được`)
  }
  try {
    return await work(store)
  } finally {
    await store.close()
    giveToOwner(dataDir, [file, `${file}-wal`, `${file}-shm`])
  }
}

/** A key that the registry does not hold under that person's name would sign in vain: better said now than in an emergency. */
const checkPeople = (folder: KeyFolder, admin: string | null): Result<null, string> => {
  for (const { user, key, closed } of folder.people) {
    if (key === null || closed) continue
    const entry = folder.registry.entries.find((e) => e.key === key.key)
    if (entry?.person !== user || entry.publicKey !== key.publicKey)
      return err(
        `${folder.carried}/people/${user}.json: /key: registry version ${folder.registry.version} does not hold this key for ${user}; ` +
          'copy the whole of for-hub, or make the person again with --replace · sổ khóa không có khóa này',
      )
  }
  if (admin === null || folder.people.every((p) => p.user !== admin)) return ok(null)
  return err(
    `--admin: ${admin} is a person of the key folder; give them the role with --roles · hãy dùng --roles admin`,
  )
}

/** The hub's registry version, null when it has none. Another province, an older copy, or a second document of one version: refused. */
const checkAgainst = async (store: Store, folder: KeyFolder, hub: string): Promise<Result<number | null, string>> => {
  const rootPublicKey = await store.meta.get(ROOT_KEY)
  if (rootPublicKey !== null && rootPublicKey !== folder.rootPublicKey)
    return err(
      `${hub}: belongs to another root key (the demo's, or another province's); take an empty data folder · thư mục thuộc khóa gốc khác`,
    )
  const envelope = await store.registry.latest()
  if (envelope === null) return ok(null)
  const pin = { rootPublicKey: folder.rootPublicKey, verify: verifyEd25519, sha256, above: 0 }
  const opened = openRegistry(envelope, pin)
  if (!opened.ok) return err(`${hub}: its registry is refused: ${opened.error.reason}: ${opened.error.detail}`)
  const { version } = opened.value
  const ours = folder.registry.version
  if (version > ours)
    return err(
      `${folder.carried}: registry version ${ours} is older than ${version}, which the hub has · sổ khóa cũ hơn`,
    )
  if (version === ours && envelope.payload !== folder.envelope.payload)
    return err(
      `${folder.carried}: is another version ${ours} than the hub has: two copies of the key folder were signed apart; use the one whose version the hub has · hai bản khác nhau`,
    )
  return ok(version)
}

type Bringing = { readonly ask: InstallAsk; readonly folder: KeyFolder; readonly before: number | null }

const bring = async (store: Store, { ask, folder, before }: Bringing): Promise<Installed> => {
  const { now } = ask
  const { registry } = folder
  if (before !== registry.version)
    await store.registry.put(registry.version, folder.envelope, audit(now, 'registry.put', String(registry.version)))
  if (ask.sites.length + ask.orgs.length > 0)
    await store.sites.put(ask.sites, ask.orgs, audit(now, 'sites.put', String(ask.sites.length)))
  const made: NewAccount[] = []
  const changed: string[] = []
  const closed: string[] = []
  for (const person of folder.people) {
    const outcome = await bringPerson(store, person, now)
    if (outcome.kind === 'made') made.push(outcome.account)
    if (outcome.kind === 'changed') changed.push(person.user)
    if (outcome.kind === 'closed') closed.push(person.user)
  }
  if (ask.admin !== null && (await store.accounts.get(ask.admin)) === null) {
    const account = { user: ask.admin, name: ask.admin, org: 'hub', roles: ['admin'] as const }
    const password = await settleAccount(store, { account, key: null }, audit(now, 'account.put', ask.admin))
    made.push({ user: ask.admin, name: ask.admin, roles: account.roles, password })
  }
  // Last: only now does the data folder count as set up.
  await store.meta.put(ROOT_KEY, folder.rootPublicKey)
  const reopened = await reopenVoid(store, registry, { at: now, person: INSTALLER, address: '' })
  const warnings = await warningsOf(store, ask.dir, folder)
  return {
    registryVersion: registry.version,
    before,
    made,
    changed,
    reopened,
    closed,
    sites: ask.sites.length,
    warnings,
  }
}

type Brought =
  | { readonly kind: 'made'; readonly account: NewAccount }
  | { readonly kind: 'changed' | 'closed' | 'as-it-was' }

const bringPerson = async (store: Store, person: PersonFile, now: number): Promise<Brought> => {
  const { user, name, org, roles, key } = person
  const was = await store.accounts.get(user)
  if (person.closed) {
    const had = was !== null && (was.roles.length > 0 || (await store.accounts.wrappedKey(user)) !== null)
    if (!had) return { kind: 'as-it-was' }
    await store.accounts.shut(user, await hashPassword(makePassphrase()), audit(now, 'account.shut', user))
    return { kind: 'closed' }
  }
  const account: Omit<Account, 'passwordHash'> = { user, name, org, roles }
  if (was === null || was.roles.length === 0) {
    const password = await settleAccount(store, { account, key }, audit(now, 'account.put', user))
    return { kind: 'made', account: { user, name, roles, password } }
  }
  const had = (await store.accounts.wrappedKey(user))?.key ?? null
  const known = (it: typeof account) => JSON.stringify([it.name, it.org, ROLES.filter((r) => it.roles.includes(r))])
  if (known(was) === known(account) && had === (key?.key ?? null)) return { kind: 'as-it-was' }
  if (key === null && had !== null) await store.accounts.dropKey(user)
  await store.accounts.put({ ...account, passwordHash: was.passwordHash }, key, audit(now, 'account.put', user))
  return { kind: 'changed' }
}

const warningsOf = async (store: Store, dir: string, folder: KeyFolder): Promise<readonly string[]> => {
  const warnings: string[] = []
  if (existsSync(join(dir, ROOT_KEY_FILE)))
    warnings.push(
      `${join(dir, ROOT_KEY_FILE)}: the root key is on the hub's machine; carry only for-hub there · khóa gốc phải ở ngoại tuyến`,
    )
  const sites = await store.sites.all()
  const units = new Set(sites.map((s) => s.unitCode))
  const areas = new Set(folder.registry.entries.flatMap((e) => e.areas))
  const nowhere = [...areas].filter((a) => a !== folder.registry.province && !units.has(a))
  if (sites.length === 0) warnings.push('chưa có cụm nào (--sites) · there are no clusters yet')
  else if (nowhere.length > 0)
    warnings.push(`không có cụm ở địa bàn ${nowhere.join(', ')} · a key is for areas in which there is no cluster`)
  const accounts = await store.accounts.all()
  if (!accounts.some((a) => a.roles.includes('admin')))
    warnings.push('chưa có quản trị (--admin, --roles admin) · nobody is administrator')
  return warnings
}

/** For what is done in the data folder of a hub that is there already. */
const withHub = async <T>(
  hub: string,
  work: (store: Store) => Promise<Result<T, string>>,
): Promise<Result<T, string>> =>
  existsSync(databaseOf(hub))
    ? withStore(hub, work)
    : err(`--hub: ${databaseOf(hub)}: is not there · không có cơ sở dữ liệu của trung tâm`)

/** A new generated password for an account; its sessions end. */
export const renewPassword = (
  hub: string,
  it: { readonly user: string; readonly now: number },
): Promise<Result<string, string>> =>
  withHub(hub, async (store) => {
    const account = await store.accounts.get(it.user)
    if (account === null || account.roles.length === 0)
      return err(`--user: the hub has no account ${it.user} · trung tâm không có tài khoản này`)
    const { user, name, org, roles } = account
    const renewed = { account: { user, name, org, roles }, key: null }
    const password = await settleAccount(store, renewed, audit(it.now, 'account.password', user))
    await store.sessions.endAll(user)
    await store.accounts.setFailures(`user:${user}`, null)
    return ok(password)
  })

/** A one-time code with which the device of one cluster enrols; the same that the console asks for over HTTP. */
export const enrolCode = (
  hub: string,
  it: { readonly site: string; readonly minutes: number; readonly now: number },
): Promise<Result<{ readonly code: string; readonly expiresAt: number }, string>> =>
  withHub(hub, async (store) => {
    const sites = await store.sites.all()
    const fleet = sites.filter((s) => s.fleet).map((s) => s.id)
    if (!fleet.includes(it.site))
      return err(`--site: ${it.site} is none of the clusters with an edge: ${fleet.join(', ')} · không có cụm này`)
    const expiresAt = it.now + it.minutes * 60_000
    const code = await giveCode(store, { site: it.site, expiresAt }, audit(it.now, 'device.code', it.site))
    return ok({ code, expiresAt })
  })
