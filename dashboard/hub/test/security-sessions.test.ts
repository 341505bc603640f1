import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { TokenView } from '#core/contract/api.ts'
import { startHub } from '../main.ts'
import { LOCKS } from '../server/auth.ts'
import { TOKEN_CHANGES_PER_MINUTE, TOKEN_PER_MINUTE } from '../server/programs.ts'
import {
  configOf,
  login,
  makeSeed,
  orderOf,
  passwordOf,
  sealOrder,
  signerOf,
  startWorld,
  type World,
} from './harness.ts'
import { makeApiToken, openSession, putAccount } from './principals.ts'

let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
beforeAll(async () => {
  from = await makeSeed()
})
beforeEach(async () => {
  world = await startWorld(from)
})
afterEach(() => world.close())

const HOUR = 3_600_000
const statusWith = async (headers: Record<string, string>) =>
  (await fetch(`${world.hub.url}/api/session`, { headers })).status
const tryLogin = (user: string, password: string, cookie = '') =>
  fetch(`${world.hub.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ user, password }),
  })
const cookiesOf = (r: Response) => r.headers.getSetCookie()
const deviceOf = (r: Response) =>
  cookiesOf(r)
    .find((c) => c.startsWith('bangtin-device='))
    ?.split(';')[0] ?? ''
const accounts = () => world.hub.hub.store.accounts
const AUDIT = { at: 0, person: 'x', action: 'x', subject: '', detail: '', address: '' }

describe('a stolen session cookie', () => {
  it('cannot be read by a script, sent by another site, or sent without TLS where there is TLS', async () => {
    const seen: string[] = []
    for (const behindProxy of [false, true]) {
      const own = await startHub(configOf(`${from.dir}/data`, { behindProxy }), {
        now: () => world.clock.at,
        log: () => undefined,
      })
      if (!own.ok) throw new Error(own.error)
      const response = await fetch(`${own.value.url}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: 'btv', password: passwordOf(world, 'btv') }),
      })
      for (const cookie of cookiesOf(response)) {
        expect(cookie).toMatch(/; HttpOnly/)
        expect(cookie).toMatch(/; SameSite=Strict/)
        expect(/; Secure/.test(cookie)).toBe(behindProxy)
        seen.push(cookie)
      }
      await own.value.close()
    }
    expect(seen.length).toBe(4)
  })

  it('dies with the logout, after two hours without use, after twelve hours in any case, and with the account', async () => {
    let ended = 0
    const gone = async (headers: Record<string, string>) => {
      expect(await statusWith(headers)).toBe(401)
      ended += 1
    }
    await putAccount(world, 'tam', ['officer'])
    const out = await openSession(world, 'tam')
    await fetch(`${world.hub.url}/api/logout`, { method: 'POST', headers: out })
    await gone(out)
    const idle = await openSession(world, 'tam')
    world.clock.at += 2 * HOUR
    await gone(idle)
    const person = await login(world, 'vanhanh')
    for (let hours = 0; hours < 11; hours++) {
      world.clock.at += HOUR
      expect((await person.get('/api/session')).status).toBe(200)
    }
    world.clock.at += HOUR
    await gone({ cookie: person.cookie })
    const shut = await openSession(world, 'tam')
    await accounts().shut('tam', 'nobody knows it', AUDIT)
    await gone(shut)
    expect(ended).toBe(4)
  })

  it('has the rights of now: what a role lost is refused with the next request', async () => {
    await putAccount(world, 'tam', ['admin'])
    const session = await openSession(world, 'tam')
    const ask = async () => (await fetch(`${world.hub.url}/api/tokens`, { headers: session })).status
    expect(await ask()).toBe(200)
    await putAccount(world, 'tam', ['editor'])
    expect(await ask()).toBe(403)
  })

  it('does not go on listening: logout, another role, a shut account, the end of the session close the live line within seconds', async () => {
    await putAccount(world, 'len', ['editor'])
    await putAccount(world, 'dong', ['editor'])
    await putAccount(world, 'het', ['editor'])
    await putAccount(world, 'ra', ['editor'])
    await putAccount(world, 'o', ['editor'])
    const listen = async (user: string) => {
      const headers = await openSession(world, user)
      const socket = new WebSocket(`${world.hub.url.replace('http', 'ws')}/api/live`, { headers })
      const closed = new Promise<number>((resolve) => socket.on('close', resolve))
      await new Promise((resolve) => socket.once('message', resolve))
      return { headers, socket, closed }
    }
    const [role, shut, ended, out, stays] = [
      await listen('len'),
      await listen('dong'),
      await listen('het'),
      await listen('ra'),
      await listen('o'),
    ]
    const begun = performance.now()
    await fetch(`${world.hub.url}/api/logout`, { method: 'POST', headers: out.headers })
    expect(await out.closed).toBe(4401)
    await putAccount(world, 'len', ['editor', 'officer'])
    await accounts().shut('dong', 'nobody knows it', AUDIT)
    await world.hub.hub.store.sessions.endAll('het')
    expect(await Promise.all([role.closed, shut.closed, ended.closed])).toEqual([4401, 4401, 4401])
    expect(performance.now() - begun).toBeLessThan(60_000)
    expect(stays.socket.readyState).toBe(WebSocket.OPEN)
    await expect.poll(() => world.hub.hub.live.count()).toBe(1)
    // It is for listening alone.
    stays.socket.send('x')
    expect(await stays.closed).toBe(1008)
  })
})

describe('guessing passwords', () => {
  it('is slowed down by account and by address, tells nothing of who exists, and a restart is no way around', async () => {
    let guesses = 0
    for (const user of ['kiemtra', 'khongco']) {
      const answers: string[] = []
      for (let i = 0; i < LOCKS.user.free + 3; i++) {
        const r = await tryLogin(user, `sai-${i}`)
        answers.push(`${r.status} ${((await r.json()) as { error: string }).error}`)
        guesses += 1
      }
      expect([user, ...answers]).toEqual([
        user,
        ...Array(LOCKS.user.free + 1).fill('401 wrong-login'),
        '429 locked',
        '429 locked',
      ])
    }
    await world.restart()
    expect((await tryLogin('kiemtra', passwordOf(world, 'kiemtra'))).status).toBe(429)
    // The address, whatever names it tries.
    for (let i = 0; (await tryLogin(`ten-${i}`, 'sai')).status === 401; i++) guesses += 1
    expect(guesses).toBeLessThanOrEqual(2 * (LOCKS.user.free + 3) + LOCKS.address.free)
    expect((await tryLogin('btv', passwordOf(world, 'btv'))).status).toBe(429)
    world.clock.at += LOCKS.address.firstMs
    expect((await tryLogin('btv', passwordOf(world, 'btv'))).status).toBe(200)
  })

  it('many at once are no way past the count', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, (_, i) => tryLogin('kiemtra', `sai-${i}`)))
    const reached = all.filter((r) => r.status === 401).length
    expect(reached).toBe(LOCKS.user.free + 1)
    expect(all.filter((r) => r.status === 429).length).toBe(40 - reached)
  })

  it('locks no officer out at the desk where he has logged in before; that browser has a count of its own', async () => {
    const device = deviceOf(await tryLogin('tructinh', passwordOf(world, 'tructinh')))
    expect(device.length).toBeGreaterThan(40)
    for (let i = 0; i < 40; i++) await tryLogin('tructinh', 'sai')
    expect((await tryLogin('tructinh', passwordOf(world, 'tructinh'))).status).toBe(429)
    expect((await tryLogin('tructinh', passwordOf(world, 'tructinh'), device)).status).toBe(200)
    // Stolen, it gives no more tries than a stranger has, and no name but its own.
    await tryLogin('btv', 'sai', device)
    expect((await accounts().failures('user:btv')).count).toBe(1)
    const stolen: number[] = []
    for (let i = 0; i < LOCKS.user.free + 2; i++) stolen.push((await tryLogin('tructinh', 'sai', device)).status)
    expect(stolen).toEqual([...Array(LOCKS.user.free + 1).fill(401), 429])
    // With the account it is forgotten.
    world.clock.at += 2 * HOUR
    await world.hub.hub.store.sessions.endAll('tructinh')
    for (let i = 0; i < LOCKS.user.free + 1; i++) await tryLogin('tructinh', 'sai')
    expect((await tryLogin('tructinh', passwordOf(world, 'tructinh'), device)).status).toBe(429)
  })

  it('by a page of another site: nothing but JSON is a login', async () => {
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
    const body = JSON.stringify({ user: 'btv', password: passwordOf(world, 'btv') })
    for (const type of types) {
      const r = await fetch(`${world.hub.url}/api/login`, { method: 'POST', headers: { 'content-type': type }, body })
      expect([type, r.status >= 400 && r.status < 500, cookiesOf(r)]).toEqual([type, true, []])
    }
    expect(types.length).toBe(3)
  })
})

it('every answer forbids frames, foreign scripts and guessing of types; a file of ours runs nothing', async () => {
  let checked = 0
  for (const path of ['/', '/api/session', '/api/khong-co', '/metrics', '/assets/x', '/api/orders?x=<script>']) {
    const { headers } = await fetch(world.hub.url + path)
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ])
      expect([path, policy]).toEqual([path, expect.stringContaining(part)])
    expect([path, headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual([
      path,
      'nosniff',
      'SAMEORIGIN',
    ])
    expect(headers.get('x-powered-by')).toBeNull()
    checked += 1
  }
  expect(checked).toBe(6)
})

describe('an API token', () => {
  const made = async (over: object = {}) => {
    const admin = await login(world, 'quantri')
    const response = await admin.post('/api/tokens', { name: 'ioc-tinh', scopes: ['sites.read'], days: 30, ...over })
    return { admin, response, view: (await response.json()) as TokenView & { token: string; error?: string } }
  }
  const use = (token: string, path = '/api/sites') =>
    fetch(world.hub.url + path, { headers: { authorization: `Bearer ${token}` } })

  it('is shown once, kept as a hash, listed without it, and dies with its time or when it is revoked', async () => {
    const { admin, view } = await made()
    expect(view.token).toMatch(/^bt_[A-Za-z0-9_-]{43}$/)
    expect(view).toMatchObject({
      name: 'ioc-tinh',
      scopes: ['sites.read'],
      by: admin.session.name,
      lastUsedAt: null,
      revokedAt: null,
    })
    expect((await use(view.token)).status).toBe(200)
    const listed = await (await admin.get('/api/tokens')).text()
    expect(listed).not.toContain(view.token)
    expect(JSON.parse(listed)).toMatchObject([{ id: view.id, lastUsedAt: world.clock.at }])
    expect(JSON.stringify(JSON.parse(listed))).not.toContain('hash')
    const first = world.clock.at
    world.clock.at += 59_000
    await use(view.token)
    expect((await world.hub.hub.store.tokens.list(1))[0]?.lastUsedAt).toBe(first)
    world.clock.at += 1_000
    await use(view.token)
    expect((await world.hub.hub.store.tokens.list(1))[0]?.lastUsedAt).toBe(first + 60_000)
    world.clock.at = view.expiresAt - 1
    expect((await use(view.token)).status).toBe(200)
    world.clock.at = view.expiresAt
    expect((await use(view.token)).status).toBe(401)
    const again = await made({ days: 366 })
    expect((await use(again.view.token)).status).toBe(200)
    const revoked = await again.admin.post(`/api/tokens/${again.view.id}/revoke`, {})
    expect(await revoked.json()).toMatchObject({ revokedAt: world.clock.at })
    expect((await use(again.view.token)).status).toBe(401)
    expect((await again.admin.post('/api/tokens/T-khong-co/revoke', {})).status).toBe(404)
    const files = (await import('node:fs')).readFileSync(`${world.dir}/hub.sqlite-wal`).toString('latin1')
    expect(files.includes(view.token.slice(3)) || world.logged.join('\n').includes(view.token)).toBe(false)
    const lines = (await world.hub.hub.store.audit.newest(20)).filter((l) => l.action.startsWith('token.'))
    expect(lines.map((l) => [l.action, l.person])).toEqual([
      ['token.revoke', 'quantri'],
      ['token.create', 'quantri'],
      ['token.create', 'quantri'],
    ])
  })

  it('has a name of its own, scopes that exist, and an end within a year', async () => {
    await made()
    const wrong: readonly (readonly [object, string])[] = [
      [{}, 'name-taken'],
      [{ name: '' }, 'malformed'],
      [{ name: 'a\nb' }, 'text-unfit'],
      [{ name: 'x'.repeat(101) }, 'malformed'],
      [{ name: 'n1', days: 367 }, 'malformed'],
      [{ name: 'n2', days: 0 }, 'malformed'],
      [{ name: 'n3', scopes: [] }, 'malformed'],
      [{ name: 'n4', scopes: ['orders.release'] }, 'malformed'],
      [{ name: 'n5', roles: ['admin'] }, 'malformed'],
    ]
    for (const [over, error] of wrong) expect([over, (await made(over)).view.error]).toEqual([over, error])
    expect(wrong.length).toBe(9)
  })

  it('is held to its number of calls, and whatever it changes or tries to is in the audit log under its name', async () => {
    const { headers, id } = await makeApiToken(world, 'thu-nghiem', { scopes: ['orders.draft', 'orders.read'] })
    const draft = () =>
      fetch(`${world.hub.url}/api/drafts`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: '{}',
      })
    const changes: number[] = []
    for (let i = 0; i < TOKEN_CHANGES_PER_MINUTE + 1; i++) changes.push((await draft()).status)
    expect(changes).toEqual([...Array(TOKEN_CHANGES_PER_MINUTE).fill(400), 429])
    const reads: number[] = []
    for (let i = TOKEN_CHANGES_PER_MINUTE + 1; i <= TOKEN_PER_MINUTE; i++)
      reads.push((await fetch(`${world.hub.url}/api/orders`, { headers })).status)
    expect(new Set(reads.slice(0, -1))).toEqual(new Set([200]))
    expect(reads.at(-1)).toBe(429)
    const other = await makeApiToken(world, 'khac', { scopes: ['orders.read'] })
    expect((await fetch(`${world.hub.url}/api/orders`, { headers: other.headers })).status).toBe(200)
    const lines = (await world.hub.hub.store.audit.newest(200)).filter((l) => l.action === 'token.used')
    expect(lines.length).toBe(TOKEN_CHANGES_PER_MINUTE)
    expect(lines[0]).toMatchObject({ person: 'token:thu-nghiem', subject: id, detail: 'POST /api/drafts: malformed' })
  })

  it('hands in what a person signed, and nothing else: no signature, no order', async () => {
    const { headers } = await makeApiToken(world, 'cau-noi', { scopes: ['orders.submit'] })
    const signer = await signerOf(world, 'tructinh')
    const submit = (envelope: unknown) =>
      fetch(`${world.hub.url}/api/orders`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ envelope }),
      })
    const real = sealOrder(signer, orderOf({ id: 'T-1', issuedAt: world.clock.at, startsAt: world.clock.at }))
    const forged = { ...real, payload: real.payload.replace('T-1', 'T-2') }
    expect((await submit(forged)).status).toBe(403)
    const asToken = sealOrder(
      signer,
      orderOf({ id: 'T-3', issuer: 'btv', issuedAt: world.clock.at, startsAt: world.clock.at }),
    )
    expect((await submit(asToken)).status).toBe(403)
    const taken = await submit(real)
    expect([taken.status, await taken.json()]).toEqual([
      200,
      expect.objectContaining({ issuerName: expect.any(String) }),
    ])
    const line = (await world.hub.hub.store.audit.newest(50)).find((l) => l.action === 'order.release')
    expect(line).toMatchObject({ person: 'token:cau-noi', subject: 'T-1' })
    expect(await world.hub.hub.store.orders.get('T-2')).toBeNull()
    expect(await world.hub.hub.store.orders.get('T-3')).toBeNull()
  })
})
