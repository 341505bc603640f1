import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { checkDocument } from '#core/base/check.ts'
import { err, type Result } from '#core/base/result.ts'
import type { ApiError, TokenScope } from '#core/contract/api.ts'
import type { Action, Role } from '#core/contract/can.ts'
import type { AuditEntry } from '../store/port.ts'

/** Why a request was not carried out: an HTTP status and what `ApiError` says. */
export type Problem = ApiError & { readonly status: number }

type Words = { readonly vi: string; readonly en: string }
export const problem = (
  status: number,
  error: string,
  message: Words,
  where: string | null,
): { readonly ok: false; readonly error: Problem } => err({ status, error, message, where })

export const notFound = (what: string) =>
  problem(404, 'not-found', { vi: `Không có ${what}.`, en: `There is no ${what}.` }, null)

/**
 * Who calls, as every handler sees them: a logged-in person, or a program with an API token. A program is `token:<name>` in `user`, so that
 * is its name in the audit log, and holds no role: what a handler asks of `roles` is refused to it.
 */
export type Person = {
  readonly user: string
  readonly name: string
  readonly org: string
  readonly roles: readonly Role[]
  readonly csrf: string
  readonly tokenHash: string
  readonly expiresAt: number
  /** The id of the API token this call came with; null: a person with a session. */
  readonly token: string | null
}

/** An action of the role table, and the scope that opens the same route to a program's token; without one no token opens it. */
export type ActionNeed = { readonly action: Action; readonly scope?: TokenScope }
/** Who may call a route: an action of the role table, any person logged in, nobody in particular, or a machine that reads metrics. */
export type Need = ActionNeed | 'session' | 'anyone' | 'machine' | 'person-or-edge'

export type Call = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly address: string }
export type PersonCall = Call & { readonly person: Person }

/** The value is sent as JSON, unless it is the reply itself: then the handler has sent it. */
export type Answer = Promise<Result<unknown, Problem>>

type Common = { readonly method: 'GET' | 'POST'; readonly url: string; readonly limitPerMinute?: number }
export type Route =
  | (Common & { readonly need: ActionNeed | 'session'; readonly handle: (call: PersonCall) => Answer })
  | (Common & { readonly need: 'anyone' | 'machine' | 'person-or-edge'; readonly handle: (call: Call) => Answer })

export const bodyOf = <S extends TSchema>(schema: S, call: Call): Result<Static<S>, Problem> => {
  const checked = checkDocument(schema, call.request.body)
  if (checked.ok) return checked
  const where = checked.error[0]?.where ?? '/'
  const why = checked.error.map((f) => `${f.where}: ${f.why}`).join('; ')
  return problem(400, 'malformed', { vi: `Dữ liệu gửi lên sai: ${why}`, en: `The request is malformed: ${why}` }, where)
}

export const param = (call: Call, name: string): string => {
  const params = call.request.params
  const value: unknown = params !== null && typeof params === 'object' ? Reflect.get(params, name) : undefined
  return typeof value === 'string' ? value : ''
}
export const query = (call: Call, name: string): string | undefined => {
  const all = call.request.query
  const value: unknown = all !== null && typeof all === 'object' ? Reflect.get(all, name) : undefined
  return typeof value === 'string' ? value : undefined
}

export const auditOf = (
  call: PersonCall,
  at: number,
  what: { readonly action: string; readonly subject: string; readonly detail: string },
): AuditEntry => ({
  at,
  person: call.person.user,
  address: call.address,
  ...what,
})
