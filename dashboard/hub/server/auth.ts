import type { Static } from 'typebox'
import { ok } from '#core/base/result.ts'
import type { Session } from '#core/contract/api.ts'
import { LoginRequest } from '#core/contract/api.ts'
import { checkPassword, hashPassword, hashToken, makePassphrase, makeToken } from '../crypto/secret.ts'
import type { Hub } from '../hub.ts'
import type { Failures } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, type Call, type PersonCall, problem, type Route } from './answer.ts'
import { SESSION_COOKIE } from './guard.ts'

/**
 * After `free` failures in a row every further one locks, first for `firstMs`, then twice as long each time up to `mostMs`. The lock of an
 * account ends soon on purpose: whoever wants to keep a duty officer out must not be able to do it with wrong passwords. For the same
 * reason a browser in which that person has logged in before is counted by itself, and by nothing else: others fail without locking it,
 * and who has stolen it gets as many tries as any stranger.
 */
export const LOCKS = {
  user: { free: 5, firstMs: 10_000, mostMs: 300_000 },
  address: { free: 20, firstMs: 30_000, mostMs: 3_600_000 },
} as const
type Lock = (typeof LOCKS)[keyof typeof LOCKS]
/** A failure this long ago no longer counts as "in a row". */
const FORGET_MS = 3_600_000

export const nextFailures = (was: Failures, lock: Lock, now: number): Failures => {
  const count = (now - was.lastAt > FORGET_MS ? 0 : was.count) + 1
  const over = count - lock.free
  const lockMs = over <= 0 ? 0 : Math.min(lock.mostMs, lock.firstMs * 2 ** Math.min(over - 1, 20))
  return { count, lockedUntil: now + lockMs, lastAt: now }
}

const LOGIN_PER_MINUTE = 60
/** Tries for one account that are worked on one after the other, so that many at once are no way past the count; more wait for no one. */
const MOST_IN_TURN = 10

export const DEVICE_COOKIE = 'bangtin-device'
const DEVICE_DAYS = 180
/** Browsers that are remembered for one person. */
const MOST_DEVICES = 20

type Scopes = readonly (readonly [string, Lock])[]

const tooMany = (call: Call, waitS: number) => {
  call.reply.header('retry-after', String(waitS))
  const words = {
    vi: `Sai quá nhiều lần. Hãy thử lại sau ${waitS} giây.`,
    en: `Too many failures. Try again in ${waitS} seconds.`,
  }
  return problem(429, 'locked', words, null)
}

export const authRoutes = (hub: Hub): readonly Route[] => {
  // Checked against when there is no such account, so that an answer takes as long and tells nothing.
  const decoy = hashPassword(makePassphrase())
  const sessionOf = async (user: string, csrf: string, expiresAt: number): Promise<Session | null> => {
    const account = await hub.store.accounts.get(user)
    if (account === null) return null
    const signs = (await hub.store.accounts.wrappedKey(user)) !== null
    return { user, name: account.name, org: account.org, roles: [...account.roles], csrf, signs, expiresAt }
  }
  /** What was typed is named only where it is an account: it may be a password in the wrong field. */
  const whose = async (scope: string, user: string): Promise<string> => {
    if (scope.startsWith('address:')) return 'từ một địa chỉ mạng · from one network address'
    return (await hub.store.accounts.get(user)) === null ? 'không phải tài khoản nào · no account of ours' : user
  }
  const fail = async (scopes: Scopes, call: Call, user: string): Answer => {
    const now = hub.now()
    for (const [scope, lock] of scopes) {
      const next = nextFailures(await hub.store.accounts.failures(scope), lock, now)
      await hub.store.accounts.setFailures(scope, next)
      if (next.lockedUntil > now) hub.incidents.happened(null, 'login-locked', await whose(scope, user))
    }
    await hub.store.audit.append({
      at: now,
      person: user,
      action: 'login.failed',
      subject: user,
      detail: '',
      address: call.address,
    })
    hub.metrics.loginFailed()
    return problem(401, 'wrong-login', { vi: 'Sai tên hoặc mật khẩu.', en: 'Wrong name or password.' }, null)
  }
  const secure = hub.config.tls !== null || hub.config.behindProxy
  /** The hash of the secret of this browser, if this very person has logged in with it before; null: a stranger. */
  const deviceOf = async (call: Call, user: string): Promise<string | null> => {
    const secret = call.request.cookies[DEVICE_COOKIE]
    if (secret === undefined || secret.length > 100) return null
    const hash = hashToken(secret)
    return (await hub.store.sessions.knowsDevice(hash, user, hub.now() - DEVICE_DAYS * 86_400_000)) ? hash : null
  }
  const remember = async (call: Call, user: string): Promise<void> => {
    const secret = makeToken()
    await hub.store.sessions.rememberDevice(hashToken(secret), { user, at: hub.now(), most: MOST_DEVICES })
    const maxAge = DEVICE_DAYS * 86_400
    call.reply.setCookie(DEVICE_COOKIE, secret, {
      httpOnly: true,
      sameSite: 'strict',
      path: '/api/login',
      secure,
      maxAge,
    })
  }
  const attempt = async (call: Call, ask: Static<typeof LoginRequest>, device: string | null): Answer => {
    const { user, password } = ask
    const scopes: Scopes =
      device === null
        ? [
            [`user:${user}`, LOCKS.user],
            [`address:${call.address}`, LOCKS.address],
          ]
        : [[`device:${device}`, LOCKS.user]]
    for (const [scope] of scopes) {
      const { lockedUntil } = await hub.store.accounts.failures(scope)
      const waitS = Math.ceil((lockedUntil - hub.now()) / 1000)
      if (waitS > 0) return tooMany(call, waitS)
    }
    const account = await hub.store.accounts.get(user)
    const right = await checkPassword(account?.passwordHash ?? (await decoy), password)
    if (account === null || !right) return fail(scopes, call, user)
    await hub.store.accounts.setFailures(scopes[0]?.[0] ?? '', null)
    const session = await openSession(call, user)
    if (device === null) await remember(call, user)
    return session
  }
  const openSession = async (call: Call, user: string): Answer => {
    const now = hub.now()
    await hub.store.sessions.prune(now)
    const token = makeToken()
    const expiresAt = now + hub.config.sessionHours * 3_600_000
    const csrf = makeToken()
    const audit = { at: now, person: user, action: 'login', subject: user, detail: '', address: call.address }
    await hub.store.sessions.open({ tokenHash: hashToken(token), user, csrf, expiresAt, seenAt: now }, audit)
    const maxAge = hub.config.sessionHours * 3600
    call.reply.setCookie(SESSION_COOKIE, token, { httpOnly: true, sameSite: 'strict', path: '/', secure, maxAge })
    return ok(await sessionOf(user, csrf, expiresAt))
  }
  const turns = new Map<string, { waiting: number; last: Promise<unknown> }>()
  const login = async (call: Call): Answer => {
    const body = bodyOf(LoginRequest, call)
    if (!body.ok) return body
    const device = await deviceOf(call, body.value.user)
    const key = device ?? `user:${body.value.user}`
    const turn = turns.get(key) ?? { waiting: 0, last: Promise.resolve() }
    if (turn.waiting >= MOST_IN_TURN) return tooMany(call, 1)
    turn.waiting += 1
    turns.set(key, turn)
    const mine = turn.last.then(() => attempt(call, body.value, device))
    turn.last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      turn.waiting -= 1
      if (turn.waiting === 0) turns.delete(key)
    }
  }
  const logout = async (call: PersonCall): Answer => {
    await hub.store.sessions.close(
      call.person.tokenHash,
      auditOf(call, hub.now(), { action: 'logout', subject: call.person.user, detail: '' }),
    )
    hub.live.drop(call.person.tokenHash)
    call.reply.clearCookie(SESSION_COOKIE, { path: '/' })
    return ok({})
  }
  const key = async (call: PersonCall): Answer => {
    const wrapped = await hub.store.accounts.wrappedKey(call.person.user)
    if (wrapped !== null) return ok(wrapped)
    return problem(404, 'signs-nothing', { vi: 'Người này không ký gì.', en: 'This person signs nothing.' }, null)
  }
  return [
    { method: 'POST', url: '/api/login', need: 'anyone', limitPerMinute: LOGIN_PER_MINUTE, handle: login },
    { method: 'POST', url: '/api/logout', need: 'session', handle: logout },
    {
      method: 'GET',
      url: '/api/session',
      need: 'session',
      handle: async (c) => ok(await sessionOf(c.person.user, c.person.csrf, c.person.expiresAt)),
    },
    { method: 'GET', url: '/api/keys/mine', need: 'session', handle: key },
  ]
}
