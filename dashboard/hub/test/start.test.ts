import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkConfig, readConfig } from '../config.ts'
import { makeKey, verifyEd25519 } from '../crypto/ed25519.ts'
import { unwrapKey, wrapKey } from '../crypto/wrap.ts'
import { readPasswords, seedDemo } from '../demo.ts'
import { startHub } from '../main.ts'
import { openDb } from '../store/db.ts'
import { MIGRATIONS } from '../store/migrations.ts'
import { configOf, makeSeed, NOW, SAMPLE_DIR, startWorld, type World } from './harness.ts'

let world: World
const dir = mkdtempSync(join(tmpdir(), 'hub-start-'))
const options = { now: () => NOW, log: () => undefined }
beforeAll(async () => {
  world = await startWorld(await makeSeed())
})
afterAll(async () => {
  await world.close()
  rmSync(dir, { recursive: true })
})

describe('a hub that cannot start says why and what next', () => {
  it('port taken', async () => {
    const second = await startHub(configOf(world.dir, { listen: { host: '127.0.0.1', port: world.hub.port } }), options)
    expect(!second.ok && second.error).toMatch(
      new RegExp(`/listen/port: 127.0.0.1:${world.hub.port} is in use .* choose another port`),
    )
  })
  it('open to others without TLS', async () => {
    const open = { host: '0.0.0.0', port: 0 }
    const result = await startHub(configOf(world.dir, { listen: open }), options)
    expect(!result.ok && result.error).toMatch(/\/listen\/host: 0\.0\.0\.0 .*\/tls/)
  })
  it('a token that would go over the network in clear, or a password in an address, which is not repeated', async () => {
    const url = (text: string, tokenFile: string | null) => ({ remoteWrite: { url: text, tokenFile } })
    const cases = [
      [
        url('https://me:s3cret@prometheus.example/api/v1/write', null),
        /^\/remoteWrite\/url: must not hold .*tokenFile/,
      ],
      [url('http://prometheus.example/api/v1/write', 'token'), /^\/remoteWrite\/url: .*prometheus\.example in clear/],
    ] as const
    for (const [over, words] of cases) {
      const result = checkConfig(configOf(dir, over))
      expect(!result.ok && result.error).toMatch(words)
      expect(!result.ok && result.error).not.toContain('s3cret')
    }
    for (const over of [
      url('http://[::1]:9090/w', 'token'),
      url('https://p.example/w', 'token'),
      url('http://p/w', null),
    ])
      expect(checkConfig(configOf(dir, over)).ok).toBe(true)
  })
  it('a folder without keys', async () => {
    const result = await startHub(configOf(join(dir, 'empty'), {}), options)
    expect(!result.ok && result.error).toMatch(/^\/dataDir: .*empty: .*no root key .*bangtin keys init/)
  })
  it('a console, a token file or a database that is not there or not right', async () => {
    const token = join(dir, 'token')
    const rubbish = join(dir, 'rubbish')
    writeFileSync(token, '\n')
    mkdirSync(rubbish)
    writeFileSync(join(rubbish, 'hub.sqlite'), 'x'.repeat(5000))
    const cases = [
      [configOf(world.dir, { consoleDir: dir }), /^\/consoleDir: .*holds no built console .*npm run build/],
      [configOf(world.dir, { metricsTokenFile: token }), /^\/metricsTokenFile: .*token: is empty/],
      [
        configOf(world.dir, { metricsTokenFile: `${token}2` }),
        /^\/metricsTokenFile: .*token2: cannot be read \(ENOENT\)/,
      ],
      [configOf(rubbish, {}), /^\/dataDir: .*hub\.sqlite: cannot be opened: file is not a database/],
      [configOf(join(token, 'x'), {}), /^\/dataDir: .*cannot be opened: ENOTDIR/],
    ] as const
    for (const [config, words] of cases)
      expect(await startHub(config, options)).toEqual({ ok: false, error: expect.stringMatching(words) })
  })
  it('a config file with a wrong value, an unknown key, no JSON, or none at all', () => {
    const good = { listen: { host: '127.0.0.1', port: 8080 }, dataDir: '/var/lib/x', tls: null, behindProxy: false }
    const cases = [
      [JSON.stringify(good), 'ok'],
      [JSON.stringify({ ...good, listen: { host: 'a', port: 99_999 } }), '/listen/port'],
      [JSON.stringify({ ...good, tsl: null }), '/tsl: unknown key'],
      [JSON.stringify({ ...good, behindProxy: undefined }), '/'],
      ['{', 'not JSON'],
    ] as const
    const file = join(dir, 'hub.json')
    for (const [text, expected] of cases) {
      writeFileSync(file, text)
      const result = readConfig(file)
      if (expected === 'ok') expect(result.ok).toBe(true)
      else expect(!result.ok && result.error).toMatch(new RegExp(`^${file}: .*${expected}`))
    }
    expect(readConfig(join(dir, 'none.json'))).toEqual({
      ok: false,
      error: `${join(dir, 'none.json')}: cannot be read (ENOENT) · không đọc được`,
    })
  })
  it('a database of a newer version', () => {
    const path = join(dir, 'newer.sqlite')
    openDb(path).close()
    const db = new DatabaseSync(path)
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    db.close()
    expect(() => openDb(path)).toThrow(/newer version/)
  })
})

describe('a wrapped key', () => {
  it('is opened by WebCrypto, as the browser does it, and by nothing but its passphrase', async () => {
    const key = makeKey()
    const wrapped = await wrapKey(key, 'mật ngữ')
    const from64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
    const base = await crypto.subtle.importKey('raw', new TextEncoder().encode('mật ngữ'), 'PBKDF2', false, [
      'deriveKey',
    ])
    const kdf = { name: 'PBKDF2', hash: 'SHA-256', salt: from64(wrapped.kdf.salt), iterations: wrapped.kdf.iterations }
    const aes = await crypto.subtle.deriveKey(kdf, base, { name: 'AES-GCM', length: 256 }, false, ['decrypt'])
    const pkcs8 = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: from64(wrapped.iv) }, aes, from64(wrapped.cipher))
    const imported = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign'])
    const sig = Buffer.from(
      await crypto.subtle.sign('Ed25519', imported, new TextEncoder().encode('xin chào')),
    ).toString('base64')
    expect(verifyEd25519(wrapped.publicKey, 'xin chào', sig)).toBe(true)
    expect(await unwrapKey(wrapped, 'mat ngu')).toEqual({ ok: false, error: 'wrong-passphrase' })
  })
  it('verification answers false to rubbish', () => {
    for (const [k, s] of [
      ['', ''],
      ['AAAA', 'AAAA'],
      [Buffer.alloc(32, 255).toString('base64'), Buffer.alloc(64).toString('base64')],
    ] as const) {
      expect(verifyEd25519(k, 'x', s)).toBe(false)
    }
  })
})

describe('the demo seed', () => {
  it('keeps its secrets in one file that only its owner reads, and is sown once', async () => {
    const file = join(world.dir, 'first-passwords.txt')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readPasswords(file)).toEqual(
      world.seed.accounts.map(({ user, password, passphrase }) => ({ user, password, passphrase })),
    )
    for (const { password } of world.seed.accounts) expect(password).toMatch(/^([a-z]{4}-){5}[a-z]{4}$/)
    const before = readFileSync(file, 'utf8')
    const again = await seedDemo({ dataDir: world.dir, sampleDir: SAMPLE_DIR, media: [], now: NOW })
    expect([again.fresh, again.rootPublicKey]).toEqual([false, world.seed.rootPublicKey])
    expect(Object.keys(again.enrolCodes)).toEqual(['LC-MLT-01', 'LC-MLT-02', 'LC-MT-01'])
    expect(readFileSync(file, 'utf8')).toBe(before)
  })
  it('covers the day with frames that do not overlap, and keeps the real ones', () => {
    const fleet = world.seed.sites.filter((s) => s.fleet)
    expect(fleet.length).toBe(3)
    expect(world.seed.sites.length).toBe(14)
    for (const { plan } of fleet) {
      const frames = plan?.frames ?? []
      expect([frames[0]?.from, frames.at(-1)?.to]).toEqual(['00:00', '24:00'])
      for (const [i, f] of frames.entries()) if (i > 0) expect(f.from).toBe(frames[i - 1]?.to)
      expect(frames.filter((f) => f.purpose === 'propaganda').length).toBe(2)
      expect(
        frames
          .filter((f) => f.id.startsWith('F-DEMO'))
          .every((f) => f.purpose === 'programme' && f.reason.includes('Demo')),
      ).toBe(true)
    }
  })
})
