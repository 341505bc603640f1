import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { canonicalItem } from '#core/content/item.ts'
import type { Role } from '#core/contract/can.ts'
import type { KeyRegistry } from '#core/contract/keys.ts'
import { checkApproval, openSchedule, sealEnvelope } from '#core/contract/verify.ts'
import { openAssets } from './assets.ts'
import { makeKey, type OpenKey, sha256, verifyEd25519 } from './crypto/ed25519.ts'
import { demoPlan } from './demo/plan.ts'
import { filesOf, readSample, type Sample, type SampleFile, type SamplePerson, sampleItem } from './demo/sample.ts'
import { settleAccount } from './keys/accounts.ts'
import { entryOf, ROOT_KEY_FILE, sealRegistry, wrapFresh } from './keys/registry.ts'
import { databaseOf, ROOT_KEY } from './main.ts'
import { composeApproval, composeSchedule } from './schedule/compose.ts'
import { giveCode } from './server/devices.ts'
import type { ItemRow, Store } from './store/port.ts'
import { openSqliteStore } from './store/sqlite.ts'
import type { SiteRecord } from './store/types.ts'

export type DemoMedia = { readonly id: string; readonly file: string; readonly durationMs: number }
export type DemoAccount = {
  readonly user: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly password: string /** Opens the signing key; null: signs nothing. */
  readonly passphrase: string | null
}
export type DemoSeed = {
  /** False: the data folder was seeded at an earlier start; the passwords are in the file and are not known here. */
  readonly fresh: boolean
  readonly accounts: readonly DemoAccount[]
  readonly passwordsFile: string
  /** One-time codes for the clusters whose device is not enrolled yet. */
  readonly enrolCodes: Readonly<Record<string, string>>
  readonly rootPublicKey: string
  readonly sites: readonly SiteRecord[]
}
export type DemoAsk = {
  readonly dataDir: string
  /** `deploy/sample` */
  readonly sampleDir: string
  readonly media: readonly DemoMedia[]
  /** Wall clock, ms. */
  readonly now: number
}

const PROVINCE = '12'
const YEAR_MS = 31_536_000_000
const CODE_MS = 86_400_000
const SEEDING = 'demo-seed'
/** Played at every demo cluster, so that each shows a moving picture and slides. */
const EVERYWHERE = ['C03', 'C06']
const EDITOR = 'btv'
const APPROVER = 'duyet'
const by = (at: number, action: string, subject: string) => ({
  at,
  person: 'demo',
  action,
  subject,
  detail: '',
  address: '',
})

/**
 * Fills an empty data folder with the sample province: keys, people, clusters, approved items, signed schedules. Does nothing but make
 * enrolment codes when that has been done before. A seed that was cut off is begun anew. Never used by a real hub.
 */
export const seedDemo = async (ask: DemoAsk): Promise<DemoSeed> => {
  mkdirSync(ask.dataDir, { recursive: true, mode: 0o750 })
  const passwordsFile = join(ask.dataDir, 'first-passwords.txt')
  let store = openSqliteStore(databaseOf(ask.dataDir))
  try {
    if ((await store.meta.get(ROOT_KEY)) !== null) return await again(store, ask.now, passwordsFile)
    if ((await store.meta.get(SEEDING)) !== null) {
      await store.close()
      for (const end of ['', '-wal', '-shm']) rmSync(`${databaseOf(ask.dataDir)}${end}`, { force: true })
      store = openSqliteStore(databaseOf(ask.dataDir))
    }
    await store.meta.put(SEEDING, 'begun')
    return await first(store, ask, passwordsFile)
  } finally {
    await store.close()
  }
}

/** Has the sample province been filled into this folder? Then no media are wanted any more. */
export const isSeeded = async (dataDir: string): Promise<boolean> => {
  if (!existsSync(databaseOf(dataDir))) return false
  const store = openSqliteStore(databaseOf(dataDir))
  try {
    return (await store.meta.get(ROOT_KEY)) !== null
  } finally {
    await store.close()
  }
}

const again = async (store: Store, now: number, passwordsFile: string): Promise<DemoSeed> => {
  const sites = await store.sites.all()
  const rootPublicKey = (await store.meta.get(ROOT_KEY)) ?? ''
  return { fresh: false, accounts: [], passwordsFile, enrolCodes: await codes(store, sites, now), rootPublicKey, sites }
}

const codes = async (
  store: Store,
  sites: readonly SiteRecord[],
  now: number,
): Promise<Readonly<Record<string, string>>> => {
  const out: Record<string, string> = {}
  for (const site of sites) {
    if (!site.fleet || (await store.devices.get(site.id)) !== null) continue
    const audit = by(now, 'device.code', site.id)
    out[site.id] = await giveCode(store, { site: site.id, expiresAt: now + CODE_MS }, audit)
  }
  return out
}

type Seeding = {
  readonly store: Store
  readonly ask: DemoAsk
  readonly registry: KeyRegistry
  readonly approver: OpenKey
}

const first = async (store: Store, ask: DemoAsk, passwordsFile: string): Promise<DemoSeed> => {
  const { now } = ask
  const sample = readSample(ask.sampleDir)
  const root = makeKey()
  const keys = new Map(sample.people.filter((p) => p.rights.length > 0).map((p) => [p.user, makeKey()]))
  const approver = keys.get(APPROVER)
  assert(approver !== undefined, 'the demo has an approver who signs')
  const registry = registryOf(sample.people, keys, now)
  const sealed = sealRegistry(registry, root)
  assert(sealed.ok, `the registry of the demo is sealed: ${sealed.ok || sealed.error}`)
  await store.registry.put(registry.version, sealed.value, by(now, 'registry.put', String(registry.version)))
  const { wrapped, passphrase: rootPassphrase } = await wrapFresh(root)
  writeFileSync(join(ask.dataDir, ROOT_KEY_FILE), JSON.stringify(wrapped, null, 1), { mode: 0o600 })

  const accounts = await seedPeople({ store, people: sample.people, keys, now })
  const sites = await seedContent({ store, ask, registry, approver }, sample)
  const enrolCodes = await codes(store, sites, now)
  writeFileSync(passwordsFile, passwordsText(accounts, rootPassphrase), { mode: 0o600 })
  // Last: only now does the folder count as seeded.
  await store.meta.put(ROOT_KEY, root.publicKey)
  return { fresh: true, accounts, passwordsFile, enrolCodes, rootPublicKey: root.publicKey, sites }
}

const registryOf = (people: readonly SamplePerson[], keys: ReadonlyMap<string, OpenKey>, now: number): KeyRegistry => ({
  version: 1,
  issuedAt: now,
  province: PROVINCE,
  entries: people.flatMap((p) => {
    const key = keys.get(p.user)
    if (key === undefined) return []
    const grant = {
      rights: [...p.rights],
      areas: [...(p.areas ?? [PROVINCE])],
      validFrom: now - 86_400_000,
      validTo: now + 2 * YEAR_MS,
    }
    return [entryOf(key, { person: p.user, name: p.name, org: p.org }, grant)]
  }),
})

type Settling = {
  readonly store: Store
  readonly people: readonly SamplePerson[]
  readonly keys: ReadonlyMap<string, OpenKey>
  readonly now: number
}

const seedPeople = async ({ store, people, keys, now }: Settling): Promise<readonly DemoAccount[]> => {
  const accounts: DemoAccount[] = []
  for (const { user, name, org, roles } of people) {
    const key = keys.get(user)
    const made = key === undefined ? null : await wrapFresh(key)
    const it = { account: { user, name, org, roles }, key: made?.wrapped ?? null }
    const password = await settleAccount(store, it, by(now, 'account.put', user))
    accounts.push({ user, name, roles, password, passphrase: made?.passphrase ?? null })
  }
  return accounts
}

/** Sites with their demo plans, items with approvals, one signed schedule for each cluster: signed and checked like anyone's. */
const seedContent = async (seed: Seeding, sample: Sample): Promise<readonly SiteRecord[]> => {
  const { store, ask } = seed
  const files = await storeMedia(store, ask)
  const items = sample.items.flatMap((s) => sampleItem(s, filesOf(s, files), EDITOR) ?? [])
  const usable = new Set(items.filter((i) => i.ad === null).map((i) => i.id))
  const sites = sample.sites.map((s) =>
    s.fleet && s.plan !== null ? { ...s, plan: demoPlan(s.plan, usable, EVERYWHERE) } : s,
  )
  await store.sites.put(sites, sample.orgs, by(ask.now, 'sites.put', String(sites.length)))
  const fleet = sites.filter((s) => s.fleet)
  const rows = new Map<string, ItemRow>()
  for (const item of items) {
    // Kept in the data file as a case for the gate; nobody would approve it.
    if (item.ad !== null && (item.ad.permit === null || item.ad.permit.validTo <= ask.now)) continue
    const hash = sha256(canonicalItem(item))
    const fresh: ItemRow = {
      item,
      hash,
      sites: fleet.map((s) => s.id),
      state: 'submitted',
      submittedAt: ask.now,
      approval: null,
      approvedBy: null,
      approvedAt: null,
      rejectReason: null,
    }
    const approval = sealEnvelope('approval', composeApproval(fresh, APPROVER, ask.now), [seed.approver.signer])
    for (const site of fleet) {
      const judge = {
        registry: seed.registry,
        verify: verifyEd25519,
        at: instant(ask.now),
        trusted: true,
        sha256,
        unit: site.unitCode,
      }
      const checked = checkApproval({ item, approval }, judge)
      assert(checked.ok, `sample item ${item.id} can be approved for ${site.id}`)
    }
    const row: ItemRow = { ...fresh, state: 'approved', approval, approvedBy: APPROVER, approvedAt: ask.now }
    await store.content.submit(fresh, { ...by(ask.now, 'content.submit', item.id), person: EDITOR })
    await store.content.decide(row, { ...by(ask.now, 'content.approve', item.id), person: APPROVER })
    rows.set(item.id, row)
  }
  for (const site of fleet) await publish(seed, site, rows)
  return sites
}

const publish = async (seed: Seeding, site: SiteRecord, rows: ReadonlyMap<string, ItemRow>): Promise<void> => {
  const { now } = seed.ask
  assert(site.plan !== null, `${site.id} has a plan`)
  const wanted = new Set(site.plan.playlists.flatMap((p) => p.items))
  const approved = [...rows.values()].filter((r) => wanted.has(r.item.id))
  // The plan's own order of items counts, so they go in as what was there before, and nothing is added in front.
  const before = {
    site: site.id,
    version: 0,
    issuedAt: now,
    issuedBy: APPROVER,
    frames: [],
    power: [],
    fallbackPlaylist: null,
    policy: site.plan.policy,
    items: approved.flatMap((r) => (r.approval === null ? [] : [{ item: r.item, approval: r.approval }])),
    playlists: site.plan.playlists,
  }
  const payload = composeSchedule({
    site: site.id,
    plan: site.plan,
    before,
    above: 0,
    add: [],
    remove: [],
    by: APPROVER,
    now,
  })
  assert(payload.ok, `the demo schedule of ${site.id} has items`)
  const envelope = sealEnvelope('schedule', payload.value, [seed.approver.signer])
  const judge = {
    registry: seed.registry,
    verify: verifyEd25519,
    at: instant(now),
    trusted: true,
    site: { id: site.id, unit: site.unitCode },
    above: 0,
  }
  const opened = openSchedule(envelope, judge)
  assert(opened.ok, `the demo schedule of ${site.id} opens`)
  const { version, items } = opened.value.document
  const audit = { ...by(now, 'schedule.publish', site.id), person: APPROVER }
  await seed.store.schedules.publish(
    { site: site.id, version, envelope, publishedAt: now },
    items.map((a) => a.item.id),
    audit,
  )
}

const MOST_MEDIA_BYTES = 536_870_912

const storeMedia = async (store: Store, ask: DemoAsk): Promise<ReadonlyMap<string, SampleFile>> => {
  const assets = openAssets(join(ask.dataDir, 'assets'))
  const files = new Map<string, SampleFile>()
  for (const m of ask.media) {
    const put = await assets.put(createReadStream(m.file), MOST_MEDIA_BYTES)
    if (!put.ok) throw new Error(`${m.file}: ${put.error}`)
    await store.content.putAsset(put.value, ask.now)
    files.set(m.id, { asset: put.value, durationMs: m.durationMs })
  }
  return files
}

const passwordsText = (accounts: readonly DemoAccount[], rootPassphrase: string): string =>
  [
    'bangtin · bản trình diễn / demo',
    'Mật khẩu và mật ngữ ký lần đầu. Xóa tệp này sau khi đã ghi nhớ. / First passwords and signing passphrases. Delete this file once noted.',
    '',
    ...accounts.map(
      (a) => `${a.user.padEnd(10)} ${a.password}   ký/sign: ${a.passphrase ?? '-'}   ${a.name} [${a.roles.join(', ')}]`,
    ),
    '',
    `root-key   ${rootPassphrase}   (root-key.wrapped.json)`,
    '',
  ].join('\n')

/** The accounts as a later start (or a test) reads them back from the passwords file of the demo. */
export const readPasswords = (file: string): readonly Pick<DemoAccount, 'user' | 'password' | 'passphrase'>[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^(\S+)\s+(\S+)\s+ký\/sign: (\S+) /.exec(line)
      if (match === null) return []
      const [, user = '', password = '', sign = '-'] = match
      return [{ user, password, passphrase: sign === '-' ? null : sign }]
    })
