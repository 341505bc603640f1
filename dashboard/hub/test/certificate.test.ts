import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { assert } from '#core/base/result.ts'
import { openCertificate, readCertificate } from '../certificate.ts'
import { type HubConfig, readConfig } from '../config.ts'
import { startHub } from '../main.ts'
import { configOf, makeSeed, NOW } from './harness.ts'

const home = mkdtempSync(join(tmpdir(), 'tls-'))
const seeded = join(home, 'data')
const selfSigned: HubConfig['tls'] = { selfSigned: true, names: ['hub.example.vn', '10.1.2.3'] }
const config = (dataDir: string, tls: HubConfig['tls'] = selfSigned) => configOf(dataDir, { tls })
const options = { now: () => NOW, log: () => undefined }
beforeAll(async () => cpSync(join((await makeSeed()).dir, 'data'), seeded, { recursive: true }), 60_000)
afterAll(() => rmSync(home, { recursive: true }))

/** Status and headers of one request that trusts this certificate and no other. */
const ask = (url: string, ca: string) =>
  new Promise<{ readonly status: number; readonly hsts: unknown }>((resolve, reject) => {
    const sent = request(url, { ca, allowPartialTrustChain: true, agent: false }, (res) => {
      res.resume()
      resolve({ status: res.statusCode ?? 0, hsts: res.headers['strict-transport-security'] })
    })
    sent.on('error', reject).end()
  })

describe('a certificate of the hub itself', () => {
  it('is made once: P-256, ten years, the names it was given, a key only its owner reads', async () => {
    const dataDir = join(home, 'once')
    expect(readCertificate(config(dataDir), NOW)).toEqual({ ok: true, value: null })
    const made = await openCertificate(config(dataDir), NOW)
    assert(made.ok && made.value !== null, 'made')
    const seen = new X509Certificate(made.value.cert)
    expect(seen.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(made.value.fingerprint).toBe(seen.fingerprint256)
    expect(made.value.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    const years = (Date.parse(seen.validTo) - NOW) / (365.25 * 864e5)
    expect([Math.round(years * 100) / 100, Date.parse(seen.validFrom) < NOW]).toEqual([10, true])
    const named = [
      seen.checkHost('hub.example.vn'),
      seen.checkHost('localhost'),
      seen.checkIP('10.1.2.3'),
      seen.checkIP('127.0.0.1'),
    ]
    expect(named).toEqual(['hub.example.vn', 'localhost', '10.1.2.3', '127.0.0.1'])
    expect(statSync(join(dataDir, 'tls/hub.key')).mode & 0o777).toBe(0o600)
    const again = await openCertificate(config(dataDir), NOW)
    expect(again.ok && again.value?.fingerprint).toBe(made.value.fingerprint)
    expect(again.ok && again.value?.warnings).toEqual([])
  })
  it('warns before it runs out and when the configuration names what it does not', async () => {
    const dataDir = join(home, 'warns')
    await openCertificate(config(dataDir), NOW)
    const tls: HubConfig['tls'] = { selfSigned: true, names: ['new.example.vn'] }
    const renamed = readCertificate(config(dataDir, tls), NOW)
    expect(renamed.ok && renamed.value?.warnings).toEqual([
      expect.stringMatching(/does not name new\.example\.vn; delete .*hub\.crt/),
    ])
    const late = readCertificate(config(dataDir), NOW + 3640 * 864e5)
    expect(late.ok && late.value?.warnings).toEqual([expect.stringMatching(/^the certificate runs out in 1\d days: /)])
  })
  it('serves requests and WebSockets, without HSTS, and refuses who trusts another', async () => {
    const log: object[] = []
    const started = await startHub(config(seeded), { now: () => NOW, log: (_l, m, f) => void log.push({ m, ...f }) })
    assert(started.ok, started.ok ? '' : started.error)
    const { url, close } = started.value
    const cert = readFileSync(join(seeded, 'tls/hub.crt'), 'utf8')
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(log[0]).toEqual({ m: 'hub listening', url, fingerprint: new X509Certificate(cert).fingerprint256 })
    expect(await ask(`${url}/api/session`, cert)).toEqual({ status: 401, hsts: undefined })
    const other = await openCertificate(config(join(home, 'other')), NOW)
    assert(other.ok && other.value !== null, 'made')
    await expect(ask(`${url}/api/session`, other.value.cert)).rejects.toThrow(/self-signed certificate/)
    const socket = new WebSocket(`${url.replace('https', 'wss')}/edge`, { ca: cert, allowPartialTrustChain: true })
    await once(socket, 'open')
    const ended = once(socket, 'close')
    await close()
    await ended
  })
  it('stops at once although somebody never ends the TLS handshake', async () => {
    const started = await startHub(config(seeded), options)
    assert(started.ok, started.ok ? '' : started.error)
    const { port, hub, close } = started.value
    const silent = connect(port, '127.0.0.1')
    await once(silent, 'connect')
    const gone = new Promise((resolve) => silent.once('close', resolve).on('error', () => undefined))
    // An answered request after it: the hub has accepted the silent one by now.
    await ask(`https://127.0.0.1:${port}/api/session`, readFileSync(join(hub.config.dataDir, 'tls/hub.crt'), 'utf8'))
    const began = performance.now()
    await close()
    await gone
    // Without cutting it off this takes the two minutes that Node gives a handshake.
    expect(performance.now() - began).toBeLessThan(60_000)
  })
})

describe('a certificate that was given', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(home, name), text)
    return join(home, name)
  }
  it('is used, with HSTS; what is wrong with it is named', async () => {
    const [a, b] = [
      await openCertificate(config(join(home, 'a')), NOW),
      await openCertificate(config(join(home, 'b')), NOW),
    ]
    assert(a.ok && a.value !== null && b.ok && b.value !== null, 'made')
    const certFile = file('a.crt', a.value.cert)
    const keyFile = file('a.key', a.value.key)
    const started = await startHub(config(seeded, { certFile, keyFile }), options)
    assert(started.ok, started.ok ? '' : started.error)
    expect(await ask(`${started.value.url}/api/session`, a.value.cert)).toMatchObject({
      status: 401,
      hsts: expect.any(String),
    })
    await started.value.close()
    const cases = [
      [{ certFile: join(home, 'none.crt'), keyFile }, /^\/tls: .*none\.crt: cannot be read \(ENOENT\)/],
      [{ certFile, keyFile: file('b.key', b.value.key) }, /b\.key is not the key of .*a\.crt/],
      [{ certFile: keyFile, keyFile }, /a\.key: is no certificate in PEM form/],
      [{ certFile, keyFile: certFile }, /a\.crt: is no private key in PEM form/],
    ] as const
    for (const [tls, words] of cases) {
      const refused = await startHub(config(seeded, tls), options)
      expect(refused).toEqual({ ok: false, error: expect.stringMatching(words) })
    }
  })
})

describe('the configuration of it', () => {
  it('is one of three forms; anything else is told in those words', () => {
    const file = join(home, 'hub.json')
    const base = { listen: { host: '127.0.0.1', port: 0 }, dataDir: 'data', behindProxy: false }
    const wrong = [
      { selfSigned: false },
      { certFile: 'a' },
      { selfSigned: true, names: ['a b'] },
      { selfSigned: true, certFile: 'a' },
      'self',
    ]
    for (const tls of wrong) {
      writeFileSync(file, JSON.stringify({ ...base, tls }))
      expect(readConfig(file)).toEqual({
        ok: false,
        error: expect.stringMatching(/hub\.json: \/tls: is none of null, \{"certFile"/),
      })
    }
    writeFileSync(file, JSON.stringify({ ...base, tls: { certFile: 'a.crt', keyFile: '/etc/a.key' } }))
    const read = readConfig(file)
    expect(read.ok && [read.value.dataDir, read.value.tls]).toEqual([
      join(home, 'data'),
      { certFile: join(home, 'a.crt'), keyFile: '/etc/a.key' },
    ])
  })
})
