import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkPassword } from '../crypto/secret.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { NOW, SAMPLE_DIR } from './harness.ts'
import { APPROVER, keys, text, useProvince } from './province.ts'

const { made, local, person } = useProvince()
const installArgs = () => ['install', '--dir', join(local.dir, 'for-hub'), '--hub', local.hub]
const register = ['--sites', join(SAMPLE_DIR, 'sites.json'), '--orgs', join(SAMPLE_DIR, 'orgs.json')]

describe('keys install', () => {
  it('brings registry, clusters, wrapped keys and accounts; never the root key', async () => {
    const { code, json, err: said } = await keys([...installArgs(), ...register, '--admin', 'quantri', '--json'])
    expect([code, said]).toEqual([0, ''])
    expect(json).toMatchObject({ registryVersion: 2, before: null, sites: 14, changed: [], closed: [] })
    const accounts = json['made'] as readonly { user: string; password: string; roles: readonly string[] }[]
    expect(accounts.map((a) => [a.user, a.roles])).toEqual([
      ['btv', ['editor']],
      ['duyet', ['approver']],
      ['quantri', ['admin']],
    ])
    const store = openSqliteStore(join(local.hub, 'hub.sqlite'))
    for (const { user, password } of accounts) {
      const account = await store.accounts.get(user)
      expect(await checkPassword(account?.passwordHash ?? '', password)).toBe(true)
    }
    expect((await store.accounts.wrappedKey('duyet'))?.key).toMatch(/^[0-9a-f]{32}$/)
    expect(await store.accounts.wrappedKey('btv')).toBeNull()
    expect((await store.sites.all()).length).toBe(14)
    await store.close()
    const root = JSON.parse(readFileSync(join(local.dir, 'root-key.wrapped.json'), 'utf8'))
    expect(readFileSync(join(local.hub, 'hub.sqlite')).includes(root.cipher)).toBe(false)
  })
  it('done twice changes nothing; a changed person is brought; a revoked one is shut out', async () => {
    await keys([...installArgs(), ...register])
    const twice = await keys([...installArgs(), '--json'])
    expect(twice.json).toMatchObject({ registryVersion: 2, before: 2, made: [], changed: [], closed: [] })
    await keys(['person', '--dir', local.dir, ...APPROVER, '--replace'], [made.passphrase])
    expect((await keys([...installArgs(), '--json'])).json).toMatchObject({ before: 2, changed: ['duyet'] })
    await keys(['revoke', '--dir', local.dir, '--user', 'duyet'], [made.passphrase])
    expect((await keys([...installArgs(), '--json'])).json).toMatchObject({ registryVersion: 4, closed: ['duyet'] })
    const store = openSqliteStore(join(local.hub, 'hub.sqlite'))
    expect([(await store.accounts.get('duyet'))?.roles, await store.accounts.wrappedKey('duyet')]).toEqual([[], null])
    await store.close()
    expect((await keys(['password', '--hub', local.hub, '--user', 'duyet'])).err).toMatch(/has no account duyet/)
  })
  it('refuses an older registry, another of the same version, another root key', async () => {
    const older = join(made.home, `older`)
    cpSync(join(local.dir, 'for-hub'), older, { recursive: true })
    await keys(person(['--rights', 'order.emergency', '--areas', '12']), [made.passphrase])
    expect((await keys([...installArgs(), ...register])).code).toBe(0)
    const from = (dir: string) => keys(['install', '--dir', dir, '--hub', local.hub])
    expect(await from(older)).toMatchObject({ code: 1, err: expect.stringMatching(/version 2 is older than 3/) })
    const apart = join(made.home, `apart`)
    cpSync(made.copy().dir, apart, { recursive: true })
    await keys(['revoke', '--dir', apart, '--user', 'duyet'], [made.passphrase])
    expect(await from(apart)).toMatchObject({ code: 1, err: expect.stringMatching(/another version 3 .*signed apart/) })
    const foreign = join(made.home, `foreign`)
    await keys(['init', '--dir', foreign, '--province', '12'])
    expect(await from(foreign)).toMatchObject({ code: 1, err: expect.stringMatching(/another root key/) })
  })
  it('refuses a person whose key the registry does not hold, and an administrator who is in the folder', async () => {
    rmSync(join(local.dir, 'for-hub/registry/000002.json'))
    const ran = await keys(installArgs())
    expect([ran.code, ran.err]).toEqual([
      1,
      expect.stringMatching(/people\/duyet\.json: \/key: registry version 1 does not hold/),
    ])
    expect(existsSync(local.hub)).toBe(false)
    cpSync(made.copy().dir, local.dir, { recursive: true })
    expect((await keys([...installArgs(), '--admin', 'btv'])).err).toMatch(/--admin: btv is a person of the key folder/)
  })
  it('says what is missing: the root key beside it, no clusters, no administrator, an area without clusters', async () => {
    const bare = await keys(['install', '--dir', local.dir, '--hub', local.hub])
    expect([bare.code, bare.err]).toEqual([
      0,
      expect.stringMatching(/root key is on the hub's machine[\s\S]*no clusters yet[\s\S]*nobody is administrator/),
    ])
    await keys(person(['--rights', 'order.emergency', '--areas', '99999']), [made.passphrase])
    expect((await keys([...installArgs(), ...register])).err).toMatch(/99999 · a key is for areas/)
  })
  it('a register that is wrong is refused whole, with file and place', async () => {
    const sites = JSON.parse(readFileSync(join(SAMPLE_DIR, 'sites.json'), 'utf8'))
    const file = join(local.dir, 'sites.json')
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [[{ ...sites[0], tsl: 1 }], /sites\.json: .*unknown key/],
      [[sites[0], sites[0]], /\/1\/id: LC-MLT-01: is there twice|\/1\/id: .* twice/],
      [[{ ...sites[0], plan: null }], /\/0\/plan: LC-MLT-01: a cluster with an edge needs a plan/],
      [[{ ...sites[0], panel: null }], /\/0\/panel: .*size in pixels/],
      [[{ ...sites[0], unitCode: '3549' }], /\/0\/unitCode/],
    ]
    for (const [value, words] of cases) {
      writeFileSync(file, JSON.stringify(value))
      const ran = await keys([...installArgs(), '--sites', file])
      expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(words)])
    }
    expect(existsSync(local.hub)).toBe(false)
  })
  it('a data folder that is a file, or in a folder that is not there, is an error and nothing else', async () => {
    writeFileSync(local.hub, 'not a folder')
    expect(await keys(installArgs())).toMatchObject({
      code: 1,
      err: expect.stringMatching(/hub\.sqlite: cannot be opened/),
    })
    const deep = await keys(['install', '--dir', local.dir, '--hub', join(made.home, 'no/such/place')])
    expect([deep.code, deep.err]).toEqual([1, expect.stringMatching(/cannot be opened: ENOENT/)])
    mkdirSync(join(made.home, `rubbish`))
    writeFileSync(join(made.home, `rubbish`, 'hub.sqlite'), 'x'.repeat(5000))
    const rubbish = await keys(['install', '--dir', local.dir, '--hub', join(made.home, `rubbish`)])
    expect([rubbish.code, rubbish.err]).toEqual([1, expect.stringMatching(/cannot be opened: file is not a database/)])
  })
  it('a file of the folder that cannot be read is named', async () => {
    const file = join(local.dir, 'for-hub/people/duyet.json')
    rmSync(file)
    mkdirSync(file)
    expect((await keys(installArgs())).err).toMatch(/duyet\.json: cannot be read \(EISDIR\)/)
  })
})

describe('keys password and enrol', () => {
  it('work on a hub that is there, and name what is not', async () => {
    await keys([...installArgs(), ...register])
    const renewed = await keys(['password', '--hub', local.hub, '--user', 'btv', '--json'])
    const code = await keys(['enrol', '--hub', local.hub, '--site', 'LC-MT-01', '--minutes', '30', '--json'])
    expect([renewed.code, code.code, code.json['expiresAt']]).toEqual([0, 0, NOW + 1_800_000])
    const store = openSqliteStore(join(local.hub, 'hub.sqlite'))
    const account = await store.accounts.get('btv')
    expect(await checkPassword(account?.passwordHash ?? '', text(renewed.json['password']))).toBe(true)
    await store.close()
    expect((await keys(['enrol', '--hub', local.hub, '--site', 'LC-SH-01'])).err).toMatch(
      /none of the clusters with an edge: LC-MLT-01/,
    )
    expect((await keys(['enrol', '--hub', local.hub, '--site', 'LC-MT-01', '--minutes', '0'])).code).toBe(2)
    const nowhere = join(made.home, 'typo')
    expect((await keys(['enrol', '--hub', nowhere, '--site', 'LC-MT-01'])).err).toMatch(
      /typo\/hub\.sqlite: is not there/,
    )
    expect(existsSync(nowhere)).toBe(false)
  })
})
