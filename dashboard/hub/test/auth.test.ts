import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOCKS } from '../server/auth.ts'
import { login, makeSeed, passwordOf, startWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await startWorld(await makeSeed())
})
afterAll(() => world.close())

const tryLogin = (user: string, password: string) =>
  fetch(`${world.hub.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
  })
const errorOf = async (r: Response) => ((await r.json()) as { error: string }).error

describe('login', () => {
  it('gives a session that the page can use and no script can read', async () => {
    const response = await tryLogin('duyet', passwordOf(world, 'duyet'))
    expect(response.status).toBe(200)
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    const session = await response.json()
    expect(session).toMatchObject({ user: 'duyet', roles: ['approver'], signs: true })
    expect(JSON.stringify(session)).not.toContain(passwordOf(world, 'duyet'))
  })

  it('locks an account after repeated failures, longer each time, and lets the right person in again', async () => {
    for (let i = 0; i < LOCKS.user.free; i++) expect((await tryLogin('kiemtra', 'sai')).status).toBe(401)
    expect((await tryLogin('kiemtra', 'sai')).status).toBe(401)
    const locked = await tryLogin('kiemtra', passwordOf(world, 'kiemtra'))
    expect(locked.status).toBe(429)
    expect(locked.headers.get('retry-after')).toBe(String(LOCKS.user.firstMs / 1000))
    world.clock.at += LOCKS.user.firstMs
    expect((await tryLogin('kiemtra', 'sai')).status).toBe(401)
    const longer = await tryLogin('kiemtra', 'sai')
    expect(longer.headers.get('retry-after')).toBe(String((LOCKS.user.firstMs * 2) / 1000))
    await world.restart()
    expect((await tryLogin('kiemtra', passwordOf(world, 'kiemtra'))).status).toBe(429)
    world.clock.at += LOCKS.user.firstMs * 2
    expect((await tryLogin('kiemtra', passwordOf(world, 'kiemtra'))).status).toBe(200)
  })

  it('tells nobody whether an account exists', async () => {
    const [known, unknown] = [await tryLogin('btv', 'sai'), await tryLogin('khongco', 'sai')]
    expect(known.status).toBe(401)
    expect(await known.json()).toEqual(await unknown.json())
  })

  it('ends with the logout and with time', async () => {
    const person = await login(world, 'vanhanh')
    expect((await person.get('/api/session')).status).toBe(200)
    await person.post('/api/logout', {})
    expect((await person.get('/api/session')).status).toBe(401)
    const again = await login(world, 'vanhanh')
    world.clock.at += 12 * 3_600_000
    expect((await again.get('/api/session')).status).toBe(401)
  })

  it('keeps no secret in the database or the log', async () => {
    const { readFileSync, readdirSync } = await import('node:fs')
    const files = readdirSync(world.dir).filter((f) => f.startsWith('hub.sqlite'))
    const bytes =
      files.map((f) => readFileSync(`${world.dir}/${f}`).toString('latin1')).join('') + world.logged.join('\n')
    const secrets = world.seed.accounts
      .flatMap((a) => [a.password, ...(a.passphrase === null ? [] : [a.passphrase])])
      .concat(Object.values(world.seed.enrolCodes))
    expect(secrets.length).toBe(8 + 4 + 3)
    for (const secret of secrets) expect(bytes.includes(secret)).toBe(false)
  })
})

describe('a change', () => {
  it('needs the CSRF token of this very session', async () => {
    const person = await login(world, 'btv')
    const other = await login(world, 'btv')
    for (const token of ['', 'falsch', other.session.csrf]) {
      const response = await person.post('/api/logout', {}, { 'x-bangtin-csrf': token })
      expect([response.status, await errorOf(response)]).toEqual([403, 'csrf'])
    }
    expect((await person.post('/api/logout', {})).status).toBe(200)
  })
})

it('answers with a strict content policy, and to strangers with nothing', async () => {
  const response = await fetch(`${world.hub.url}/api/khong-co`)
  expect(response.status).toBe(404)
  expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})
