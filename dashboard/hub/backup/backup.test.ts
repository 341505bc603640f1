import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startHub } from '../main.ts'
import { chainOf, connect, enrolled, playOf } from '../test/edge.ts'
import { configOf, login, makeSeed, startWorld, type World } from '../test/harness.ts'
import { backupHub } from './make.ts'
import { startNightly } from './nightly.ts'
import { restoreHub, verifyBackup } from './restore.ts'
import { openSecrets, sealSecrets } from './secrets.ts'

const PASSPHRASE = 'mười hai chữ cái trở lên'
let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
beforeAll(async () => {
  from = await makeSeed()
})
beforeEach(async () => {
  world = await startWorld(from, { tls: null })
})
afterEach(() => world.close())

const LINES = chainOf([playOf('b1-1', 'C20'), { kind: 'close', play: 'b1-1', cause: 'ended', ms: 1, proof: 'seen' }])
const place = (name: string) => {
  const folder = join(world.dir, name)
  mkdirSync(folder, { recursive: true })
  return folder
}
const backup = (out: string, passphrase: string | null) =>
  backupHub({
    ...{ config: world.hub.hub.config, configText: '{"a":1}\n', out, passphrase },
    ...{ assetsDir: join(world.dir, 'kept', 'assets'), version: 'test', now: world.clock.at },
  })

test('of a hub that runs: everything is in it, it restores into an empty folder, nobody is logged in there, and the audit log says so', async () => {
  const key = await enrolled(world, 'LC-MLT-01')
  const { edge } = await connect(world, 'LC-MLT-01', key)
  edge.send({ t: 'evidence', from: 1, lines: LINES })
  await edge.next('evidence-ack')
  const person = await login(world, 'vanhanh')
  mkdirSync(join(world.dir, 'tls'))
  writeFileSync(join(world.dir, 'tls', 'hub.key'), 'SECRET KEY')
  const kept = place('kept')
  const out = join(kept, 'one.tar')
  const made = backup(out, PASSPHRASE)
  if (!made.ok) throw new Error(made.error)
  expect(statSync(out).mode & 0o777).toBe(0o600)
  expect(made.value.assetsCopied).toBe(made.value.manifest.assets.length)
  expect(made.value.assetsCopied).toBeGreaterThan(0)
  expect(readFileSync(out).includes('SECRET KEY')).toBe(false)
  // Any tar can look into it.
  const names = execFileSync('tar', ['-tf', out], { encoding: 'utf8' }).trim().split('\n')
  expect(names.slice(0, 2)).toEqual(['manifest.json', 'hub.sqlite'])
  expect(names).toContain('config/policies/lai-chau-2024.json')
  const archive = { file: out, assetsDir: join(kept, 'assets') }
  const to = join(world.dir, 'again')
  expect(await restoreHub(archive, { to, passphrase: null, now: world.clock.at })).toMatchObject({ ok: false })
  expect(await restoreHub(archive, { to, passphrase: 'sai sai sai sai sai', now: world.clock.at })).toMatchObject({
    ok: false,
  })
  expect(existsSync(to)).toBe(false)
  const restored = await restoreHub(archive, { to, passphrase: PASSPHRASE, now: world.clock.at })
  if (!restored.ok) throw new Error(restored.error)
  expect(restored.value).toMatchObject({ records: 2, faults: [], secrets: 'opened' })
  expect(readFileSync(join(to, 'tls', 'hub.key'), 'utf8')).toBe('SECRET KEY')
  expect(statSync(join(to, 'tls', 'hub.key')).mode & 0o777).toBe(0o600)
  expect(existsSync(join(to, 'secrets.json'))).toBe(false)
  rmSync(join(to, 'tls'), { recursive: true })
  const second = await startHub(configOf(to, {}), { now: () => world.clock.at, log: () => undefined })
  if (!second.ok) throw new Error(second.error)
  const { store } = second.value.hub
  expect(await store.evidence.lines('LC-MLT-01', 0, 10)).toEqual(LINES)
  expect((await store.audit.newest(1))[0]).toMatchObject({ action: 'hub.restored' })
  const cookie = person.cookie
  expect((await fetch(`${second.value.url}/api/session`, { headers: { cookie } })).status).toBe(401)
  await second.value.close()
  await edge.close()
  // Never over what is there.
  expect(await restoreHub(archive, { to, passphrase: PASSPHRASE, now: world.clock.at })).toMatchObject({ ok: false })
})

test('a second one copies only what is new; damage of the archive or of a file beside it is found and nothing restored', async () => {
  const kept = place('kept')
  const one = join(kept, 'one.tar')
  expect(backup(one, null)).toMatchObject({ ok: true })
  expect(backup(one, null)).toMatchObject({ ok: false })
  const second = backup(join(kept, 'two.tar'), null)
  expect(second).toMatchObject({ ok: true, value: { assetsCopied: 0 } })
  const archive = { file: join(kept, 'two.tar'), assetsDir: join(kept, 'assets') }
  expect(verifyBackup(archive).ok).toBe(true)
  const [asset] = readdirSync(archive.assetsDir)
  const path = join(archive.assetsDir, asset ?? '')
  const good = readFileSync(path)
  writeFileSync(path, Buffer.concat([good.subarray(1), Buffer.of(0)]))
  expect(verifyBackup(archive)).toMatchObject({ ok: false, error: expect.stringContaining(asset ?? '?') })
  writeFileSync(path, good)
  const bytes = readFileSync(archive.file)
  bytes[bytes.length - 20_000] = (bytes[bytes.length - 20_000] ?? 0) ^ 1
  writeFileSync(archive.file, bytes)
  const to = join(world.dir, 'never')
  expect(await restoreHub(archive, { to, passphrase: null, now: 0 })).toMatchObject({ ok: false })
  expect(existsSync(to)).toBe(false)
})

test('each night one, in a thread of its own; the oldest go, the age is a metric, and a failure stays in the audit log', async () => {
  const folder = join(world.dir, 'nightly')
  const base = { ...world.hub.hub, config: { ...world.hub.hub.config, backup: { folder, keep: 2 } } }
  const nightly = startNightly(base, 'test')
  expect(nightly.newestAt()).toBeNull()
  for (let n = 0; n < 3; n++) {
    world.clock.at += 86_400_000
    const made = await nightly.run()
    expect(made.ok ? '' : made.error).toBe('')
  }
  expect(nightly.newestAt()).toBe(world.clock.at)
  const files = readdirSync(folder).filter((name) => name.endsWith('.tar'))
  expect(files.length).toBe(2)
  expect(verifyBackup({ file: join(folder, files[0] ?? ''), assetsDir: join(folder, 'assets') }).ok).toBe(true)
  await nightly.close()
  const broken = startNightly(
    { ...base, config: { ...base.config, backup: { folder, keep: 2, passphraseFile: '/nowhere' } } },
    'test',
  )
  expect((await broken.run()).ok).toBe(false)
  expect(broken.newestAt()).toBe(Math.floor(world.clock.at / 1000) * 1000)
  await broken.close()
  const said = (await base.store.audit.newest(10)).map((a) => a.action).filter((a) => a.startsWith('backup.'))
  expect(said).toEqual(['backup.failed', 'backup.made', 'backup.made', 'backup.made'])
})

test('the secrets open with their passphrase, however its letters are composed, and with no other', () => {
  const sealed = sealSecrets({ 'tls/hub.key': 'x' }, PASSPHRASE.normalize('NFC'))
  expect(openSecrets(sealed, PASSPHRASE.normalize('NFD'))).toEqual({ ok: true, value: { 'tls/hub.key': 'x' } })
  expect(openSecrets(sealed, `${PASSPHRASE} `).ok).toBe(false)
  expect(openSecrets(sealed.replace('scrypt', 'none'), PASSPHRASE).ok).toBe(false)
})
