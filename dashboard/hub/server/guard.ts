import type { FastifyRequest } from 'fastify'
import { ok, type Result } from '#core/base/result.ts'
import { CAN, can } from '#core/contract/can.ts'
import type { Base } from '../base.ts'
import { hashToken, sameSecret } from '../crypto/secret.ts'
import { type ActionNeed, type Person, type Problem, problem } from './answer.ts'

export const SESSION_COOKIE = 'bangtin'
export const CSRF_HEADER = 'x-bangtin-csrf'
/** That a session was used is written down no more often than this. */
const SEEN_EVERY_MS = 60_000

/** The session of this cookie as it is now, or null. Reads the store each time, so that a logout or a lost role counts at once. */
export const personByHash = async (base: Base, tokenHash: string): Promise<Person | null> => {
  const session = await base.store.sessions.get(tokenHash)
  const now = base.now()
  if (session === null || session.expiresAt <= now) return null
  if (session.seenAt + base.config.sessionIdleMinutes * 60_000 <= now) return null
  const account = await base.store.accounts.get(session.user)
  if (account === null) return null
  if (now - session.seenAt >= SEEN_EVERY_MS) await base.store.sessions.seen(tokenHash, now)
  const { user, name, org, roles } = account
  return { user, name, org, roles, csrf: session.csrf, tokenHash, expiresAt: session.expiresAt, token: null }
}

/** Who sends this request, or null. */
export const personOf = async (base: Base, request: FastifyRequest): Promise<Person | null> => {
  const token = request.cookies[SESSION_COOKIE]
  return token === undefined || token.length > 100 ? null : personByHash(base, hashToken(token))
}

const isBearer = (request: FastifyRequest): boolean => /^bearer(\s|$)/i.test(request.headers.authorization ?? '')

/**
 * A session and a token in one request say two things about who sends it. Neither wins: it is refused, so that a page can never lend its
 * cookie to a program's call (which needs no CSRF token), nor a program its token to a page's.
 */
export const oneIdentity = (request: FastifyRequest): Result<null, Problem> => {
  if (!isBearer(request) || request.cookies[SESSION_COOKIE] === undefined) return ok(null)
  const words = {
    vi: 'Yêu cầu vừa có phiên đăng nhập vừa có mã truy cập. Chỉ dùng một trong hai.',
    en: 'The request carries a session and a token. Send one of the two.',
  }
  return problem(400, 'two-identities', words, 'authorization')
}

const mustBeLoggedIn = async (
  base: Base,
  request: FastifyRequest,
  need: ActionNeed | 'session',
): Promise<Result<Person, Problem>> => {
  const person = await personOf(base, request)
  if (person === null) return problem(401, 'not-logged-in', { vi: 'Hãy đăng nhập.', en: 'Log in first.' }, null)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const given = request.headers[CSRF_HEADER]
    if (typeof given !== 'string' || !sameSecret(given, person.csrf)) {
      const words = {
        vi: 'Yêu cầu không đến từ trang này. Hãy tải lại trang.',
        en: 'The request did not come from this page. Load it again.',
      }
      return problem(403, 'csrf', words, CSRF_HEADER)
    }
  }
  if (need !== 'session' && !can(person.roles, need.action)) {
    const what = CAN[need.action]
    const words = { vi: `Tài khoản này không có quyền: ${what.vi}.`, en: `This account may not: ${what.en}.` }
    return problem(403, 'no-role', words, need.action)
  }
  return ok(person)
}

/** Programs with API tokens (programs.ts). */
export type Programs = {
  readonly admit: (request: FastifyRequest, need: ActionNeed | 'session') => Promise<Result<Person, Problem>>
}

/** The person or program behind this request, if they may call the route. A bearer token needs no CSRF token: no page sends one by itself. */
export const mustBePerson = async (
  base: Base,
  request: FastifyRequest,
  ask: { readonly need: ActionNeed | 'session'; readonly programs: Programs },
): Promise<Result<Person, Problem>> =>
  isBearer(request) ? ask.programs.admit(request, ask.need) : mustBeLoggedIn(base, request, ask.need)

export const bearerOf = (request: FastifyRequest): string | null => {
  const header = request.headers.authorization
  return header !== undefined && /^Bearer [A-Za-z0-9._~+/=-]{1,200}$/.test(header) ? header.slice(7) : null
}

const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1']

/** Prometheus on this machine, or whoever knows the configured token. Behind a proxy everyone looks local, so only the token counts. */
export const mayReadMetrics = (base: Base, metricsToken: string | null, request: FastifyRequest): boolean => {
  const bearer = bearerOf(request)
  if (metricsToken !== null && bearer !== null && sameSecret(bearer, metricsToken)) return true
  return !base.config.behindProxy && LOOPBACK.includes(request.socket.remoteAddress ?? '')
}
