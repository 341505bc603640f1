import type { FastifyRequest } from 'fastify'
import { ok, type Result } from '#core/base/result.ts'
import { CAN, can } from '#core/contract/can.ts'
import type { Base } from '../base.ts'
import { hashToken, sameSecret } from '../crypto/secret.ts'
import { type Need, type Person, type Problem, problem } from './answer.ts'

export const SESSION_COOKIE = 'bangtin'
export const CSRF_HEADER = 'x-bangtin-csrf'

/** Who sends this request, or null. Reads the store each time, so that a logout counts at once. */
export const personOf = async (base: Base, request: FastifyRequest): Promise<Person | null> => {
  const token = request.cookies[SESSION_COOKIE]
  if (token === undefined || token.length > 100) return null
  const tokenHash = hashToken(token)
  const session = await base.store.sessions.get(tokenHash)
  if (session === null || session.expiresAt <= base.now()) return null
  const account = await base.store.accounts.get(session.user)
  if (account === null) return null
  const { user, name, org, roles } = account
  return { user, name, org, roles, csrf: session.csrf, tokenHash, expiresAt: session.expiresAt }
}

export const mustBePerson = async (
  base: Base,
  request: FastifyRequest,
  need: Extract<Need, object | 'session'>,
): Promise<Result<Person, Problem>> => {
  const person = await personOf(base, request)
  if (person === null) return problem(401, 'not-logged-in', { vi: 'Hãy đăng nhập.', en: 'Log in first.' }, null)
  if (request.method !== 'GET') {
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
