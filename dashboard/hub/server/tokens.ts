import { randomBytes } from 'node:crypto'
import { ok } from '#core/base/result.ts'
import { TokenRequest, type TokenScope, type TokenView } from '#core/contract/api.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import { hashToken, makeToken } from '../crypto/secret.ts'
import type { Hub } from '../hub.ts'
import type { TokenRow } from '../store/port.ts'
import { MOST_TOKENS } from '../store/tokens.ts'
import { type Answer, auditOf, bodyOf, notFound, type PersonCall, param, problem, type Route } from './answer.ts'

const DAY_MS = 86_400_000
/** Live ones and those that ended; older ones are in the audit log. */
const MOST_LISTED = 500
export const TOKEN_NAME = { most: 100, lines: 1 } as const

/** A new token: its text, which nobody sees twice, the row that is kept, and what the audit log says of it. */
export const newToken = (it: {
  readonly name: string
  readonly scopes: readonly TokenScope[]
  readonly days: number
  readonly by: string
  readonly now: number
}) => {
  const token = `bt_${makeToken()}`
  const row: TokenRow = {
    id: `T-${randomBytes(9).toString('hex')}`,
    hash: hashToken(token),
    name: it.name,
    scopes: [...new Set(it.scopes)],
    by: it.by,
    createdAt: it.now,
    expiresAt: it.now + it.days * DAY_MS,
    lastUsedAt: null,
    revokedAt: null,
  }
  const detail = `${row.name}: ${row.scopes.join(', ')} → ${new Date(row.expiresAt).toISOString()}`
  return { token, row, told: { action: 'token.create', subject: row.id, detail } }
}

export const tokenRoutes = (hub: Hub): readonly Route[] => {
  const viewOf = ({ hash: _, ...view }: TokenRow): TokenView => ({ ...view, by: hub.names(view.by) })
  const make = async (call: PersonCall): Answer => {
    const body = bodyOf(TokenRequest, call)
    if (!body.ok) return body
    const { scopes, days } = body.value
    const name = gateText(body.value.name, TOKEN_NAME)
    if (!name.ok) return problem(422, 'text-unfit', textFaultText(name.error), '/name')
    const now = hub.now()
    const { token, row, told } = newToken({ name: name.value.text, scopes, days, by: call.person.user, now })
    const outcome = await hub.store.tokens.add(row, auditOf(call, now, told))
    if (outcome === 'added') return ok({ ...viewOf(row), token })
    const words =
      outcome === 'full'
        ? {
            vi: `Đã có ${MOST_TOKENS} mã đang dùng; hãy thu hồi bớt.`,
            en: `${MOST_TOKENS} tokens are alive; revoke some.`,
          }
        : { vi: 'Đã có mã đang dùng mang tên này.', en: 'A live token has this name.' }
    return problem(409, outcome, words, '/name')
  }
  const revoke = async (call: PersonCall): Answer => {
    const id = param(call, 'id')
    const row = await hub.store.tokens.revoke(
      id,
      auditOf(call, hub.now(), { action: 'token.revoke', subject: id, detail: '' }),
    )
    return row === null ? notFound('mã truy cập này / such token') : ok(viewOf(row))
  }
  const need = { action: 'account.manage' } as const
  return [
    {
      method: 'GET',
      url: '/api/tokens',
      need,
      handle: async () => ok((await hub.store.tokens.list(MOST_LISTED)).map(viewOf)),
    },
    { method: 'POST', url: '/api/tokens', need, handle: make },
    { method: 'POST', url: '/api/tokens/:id/revoke', need, handle: revoke },
  ]
}
