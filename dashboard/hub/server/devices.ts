import { Type } from 'typebox'
import { ok } from '#core/base/result.ts'
import { EnrolRequest } from '#core/contract/link.ts'
import { hashToken, makeEnrolCode } from '../crypto/secret.ts'
import type { Hub } from '../hub.ts'
import type { AuditEntry, Store } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, type Call, type PersonCall, problem, type Route } from './answer.ts'

const CodeRequest = Type.Object({ site: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false })
const ENROL_PER_MINUTE = 30

/** Stores a new one-time code and hands it out; only its hash is kept. `expiresAt`: wall clock, ms. */
export const giveCode = async (
  store: Store,
  it: { readonly site: string; readonly expiresAt: number },
  audit: AuditEntry,
): Promise<string> => {
  const code = makeEnrolCode()
  await store.devices.putCode({ hash: codeHash(code), ...it }, audit)
  return code
}

/** Codes are read out and typed: case and white space around them do not matter. */
export const codeHash = (code: string): string => hashToken(code.trim().toUpperCase())

export const deviceRoutes = (hub: Hub): readonly Route[] => {
  const makeCode = async (call: PersonCall): Answer => {
    const body = bodyOf(CodeRequest, call)
    if (!body.ok) return body
    const site = hub.sites.get(body.value.site)
    if (site === undefined || !site.fleet)
      return problem(
        422,
        'unknown-site',
        { vi: `Không có cụm ${body.value.site}.`, en: `There is no cluster ${body.value.site}.` },
        '/site',
      )
    const now = hub.now()
    const expiresAt = now + hub.config.enrolCodeMinutes * 60_000
    const audit = auditOf(call, now, { action: 'device.code', subject: site.id, detail: `until ${expiresAt}` })
    return ok({ code: await giveCode(hub.store, { site: site.id, expiresAt }, audit), expiresAt })
  }
  const enrol = async (call: Call): Answer => {
    const body = bodyOf(EnrolRequest, call)
    if (!body.ok) return body
    const { site, code, publicKey } = body.value
    const audit = {
      at: hub.now(),
      person: `edge:${site}`,
      action: 'device.enrol',
      subject: site,
      detail: '',
      address: call.address,
    }
    const outcome = await hub.store.devices.enrol({ codeHash: codeHash(code), site, publicKey }, audit)
    if (outcome !== 'enrolled') {
      // One answer for every cause: whoever guesses learns nothing. The audit log has the cause.
      return problem(
        403,
        'bad-code',
        { vi: 'Mã đăng ký sai, đã dùng hoặc hết hạn.', en: 'The code is wrong, used, or has run out.' },
        '/code',
      )
    }
    const registry = await hub.store.registry.latest()
    if (registry === null)
      return problem(
        503,
        'no-registry',
        { vi: 'Trung tâm chưa có sổ khóa.', en: 'The hub has no key registry yet.' },
        null,
      )
    hub.edges.drop(site)
    return ok({ site, rootPublicKey: hub.rootPublicKey, registry })
  }
  return [
    { method: 'POST', url: '/api/enrol-codes', need: { action: 'device.enrol' }, handle: makeCode },
    { method: 'POST', url: '/api/enrol', need: 'anyone', limitPerMinute: ENROL_PER_MINUTE, handle: enrol },
  ]
}
