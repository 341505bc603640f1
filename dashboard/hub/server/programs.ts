import type { FastifyRequest } from 'fastify'
import { ok, type Result } from '#core/base/result.ts'
import type { Base } from '../base.ts'
import { hashToken } from '../crypto/secret.ts'
import type { TokenRow } from '../store/port.ts'
import { type ActionNeed, type Person, type Problem, problem } from './answer.ts'
import { bearerOf, type Programs } from './guard.ts'

/** What a token looks like: 32 random bytes as base64url. Anything else is not even looked up. */
export const TOKEN_FORM = /^bt_[A-Za-z0-9_-]{43}$/
/** Calls of one token a minute, reading and changing together, and how many of those may change something. */
export const TOKEN_PER_MINUTE = 300
export const TOKEN_CHANGES_PER_MINUTE = 60
const MINUTE_MS = 60_000
/** Tokens whose calls are counted at once; more than can be alive (store/tokens.ts) only after many were revoked: then all start anew. */
const MOST_COUNTED = 1_000

type Count = { readonly from: number; calls: number; changes: number }

export const isChange = (request: FastifyRequest): boolean => request.method !== 'GET' && request.method !== 'HEAD'

const personOfToken = (row: TokenRow): Person => ({
  user: `token:${row.name}`,
  name: row.name,
  org: '',
  roles: [],
  csrf: '',
  tokenHash: row.hash,
  expiresAt: row.expiresAt,
  token: row.id,
})

export const makePrograms = (base: Base): Programs => {
  const counts = new Map<string, Count>()
  /** Seconds to wait, or 0. */
  const waitOf = (row: TokenRow, request: FastifyRequest): number => {
    const now = performance.now()
    const known = counts.get(row.id)
    if (known === undefined && counts.size >= MOST_COUNTED) counts.clear()
    const count = known !== undefined && now - known.from < MINUTE_MS ? known : { from: now, calls: 0, changes: 0 }
    counts.set(row.id, count)
    count.calls += 1
    if (isChange(request)) count.changes += 1
    const over = count.calls > TOKEN_PER_MINUTE || (isChange(request) && count.changes > TOKEN_CHANGES_PER_MINUTE)
    return over ? Math.max(1, Math.ceil((count.from + MINUTE_MS - now) / 1000)) : 0
  }
  const admit = async (request: FastifyRequest, need: ActionNeed | 'session'): Promise<Result<Person, Problem>> => {
    const given = bearerOf(request)
    const row = given !== null && TOKEN_FORM.test(given) ? await base.store.tokens.byHash(hashToken(given)) : null
    const now = base.now()
    if (row === null || row.revokedAt !== null || row.expiresAt <= now) {
      // One answer for a token that never was, one that ran out and one that was revoked.
      const words = {
        vi: 'Mã truy cập sai, hết hạn hoặc đã thu hồi.',
        en: 'The token is wrong, has run out, or was revoked.',
      }
      return problem(401, 'bad-token', words, 'authorization')
    }
    const waitS = waitOf(row, request)
    if (waitS > 0) {
      const words = { vi: `Quá nhiều yêu cầu, hãy chờ ${waitS} giây.`, en: `Too many requests, wait ${waitS} seconds.` }
      return problem(429, 'too-many-requests', words, null)
    }
    if (row.lastUsedAt === null || Math.abs(now - row.lastUsedAt) >= MINUTE_MS)
      await base.store.tokens.used(row.id, now)
    const scope = need === 'session' ? undefined : need.scope
    if (scope !== undefined && row.scopes.includes(scope)) return ok(personOfToken(row))
    const missing = scope ?? 'a person'
    const words = {
      vi: `Mã truy cập này không mở được địa chỉ này (cần: ${scope ?? 'người đăng nhập'}).`,
      en: `This token does not open this address (it takes: ${missing}).`,
    }
    return problem(403, 'no-scope', words, scope ?? null)
  }
  return { admit }
}
