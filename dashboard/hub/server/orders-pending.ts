import { Type } from 'typebox'
import { ok, type Result } from '#core/base/result.ts'
import { SignedRequest } from '#core/contract/api.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { enoughPersons } from '#core/emergency/release.ts'
import type { Hub } from '../hub.ts'
import { MOST_PENDING } from '../store/pending.ts'
import type { PendingRow } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, notFound, type PersonCall, type Problem, param, problem } from './answer.ts'
import { checkOrder } from './orders-check.ts'
import { openFor } from './orders-open.ts'
import { LAPSES_AFTER_MS, releaseNow, rulesOf } from './orders-release.ts'
import { auditedRefusals } from './refusals.ts'

/** All that may wait at once, first; then the latest that were withdrawn or lapsed. */
const MOST_LISTED = MOST_PENDING
/** As the envelope's schema says. */
const MOST_SIGNATURES = 8

export const ReasonRequest = Type.Object(
  { reason: Type.String({ minLength: 3, maxLength: 500 }) },
  { additionalProperties: false },
)

export const listPending = async (hub: Hub): Answer =>
  ok((await hub.store.pending.list(MOST_LISTED)).map(hub.views.pending))

const waiting = async (hub: Hub, id: string): Promise<Result<PendingRow, Problem>> => {
  const row = await hub.store.pending.get(id)
  if (row === null) return notFound('lệnh chờ ký này / such order that waits')
  const { state } = hub.views.pending(row)
  if (row.state === 'waiting' && state === 'waiting') return ok(row)
  const lapsed = state === 'lapsed'
  return problem(
    409,
    lapsed ? 'lapsed' : 'not-waiting',
    lapsed
      ? { vi: 'Lệnh chờ ký đã quá hạn; hãy soạn và ký lại.', en: 'The order has lapsed; make and sign a new one.' }
      : { vi: 'Lệnh này không còn chờ ký.', en: 'This order no longer waits for a signature.' },
    null,
  )
}

/** The signature that is new in what was handed in; the others are those that the hub has. */
const added = (row: PendingRow, given: Envelope): Result<Envelope, Problem> => {
  if (given.payload !== row.envelope.payload)
    return problem(
      422,
      'other-words',
      {
        vi: 'Nội dung ký không trùng từng chữ với lệnh đang chờ. Hãy tải lại rồi ký.',
        en: 'What was signed is not, to the letter, the order that waits. Load it again and sign that.',
      },
      '/envelope/payload',
    )
  const held = new Set(row.envelope.signatures.map((s) => s.key))
  const fresh = given.signatures.filter((s) => !held.has(s.key))
  if (fresh.length === 1 && held.size < MOST_SIGNATURES)
    return ok({ ...row.envelope, signatures: [...row.envelope.signatures, ...fresh] })
  return problem(
    422,
    'no-second-signature',
    { vi: 'Thiếu chữ ký của người thứ hai.', en: 'A signature by a second person is missing.' },
    '/envelope/signatures',
  )
}

const nobodyElse = () =>
  problem(
    403,
    'same-person',
    {
      vi: 'Người ký thứ hai phải là người khác, có quyền với mọi cụm của lệnh.',
      en: 'The second signature must be by another person, with the right for every cluster of the order.',
    },
    '/envelope/signatures',
  )

/** POST /api/orders/:id/sign. What both signed goes out as a direct release does: committed first, then sent. */
export const signPending = (hub: Hub, call: PersonCall): Answer =>
  auditedRefusals(hub, call, (of) => sign(hub, call, of))

const sign = async (hub: Hub, call: PersonCall, of: { subject: string }): Answer => {
  const body = bodyOf(SignedRequest, call)
  if (!body.ok) return body
  const id = param(call, 'id')
  of.subject = id
  const released = await hub.store.orders.get(id)
  // The same press twice, or a third person at the same moment: it is out already.
  if (released !== null && released.envelope.payload === body.value.envelope.payload)
    return ok(hub.views.order(released))
  const row = await waiting(hub, id)
  if (!row.ok) return row
  const envelope = added(row.value, body.value.envelope)
  if (!envelope.ok) return envelope
  const opened = openFor(hub, envelope.value)
  if (!opened.ok) return opened
  const { order, persons } = opened.value
  const before = new Set(row.value.signers.map((s) => s.user))
  const fresh = persons.filter((p) => !before.has(p))
  const second = fresh[0]
  const rules = rulesOf(hub, order.targets)
  if (second === undefined || !enoughPersons(order, persons, rules)) return nobodyElse()
  if (call.person.token === null && second !== call.person.user)
    return problem(
      403,
      'not-yours',
      { vi: 'Chữ ký là của người khác.', en: 'Another person made the signature.' },
      null,
    )
  const effects = await checkOrder(hub, order, { rules, within: LAPSES_AFTER_MS })
  if (!effects.ok) return effects
  const signers = [...row.value.signers, { user: second, at: hub.now() }]
  const it = { call, opened: opened.value, envelope: envelope.value, signers, draft: row.value.draft }
  return releaseNow(hub, it, { effects: effects.value, pending: row.value })
}

/** POST /api/orders/:id/withdraw */
export const withdrawPending = async (hub: Hub, call: PersonCall): Answer => {
  const body = bodyOf(ReasonRequest, call)
  if (!body.ok) return body
  const id = param(call, 'id')
  const row = await waiting(hub, id)
  if (!row.ok) return row
  const { reason } = body.value
  const at = hub.now()
  const audit = auditOf(call, at, { action: 'order.withdraw', subject: id, detail: reason })
  const withdrawn = await hub.store.pending.withdraw(id, { by: call.person.user, at, reason }, audit)
  if (withdrawn === null) return waitedNoLonger()
  const view = hub.views.pending(withdrawn)
  hub.live.tell({ t: 'pending', pending: view })
  return ok(view)
}

const waitedNoLonger = () =>
  problem(
    409,
    'not-waiting',
    { vi: 'Lệnh này không còn chờ ký.', en: 'This order no longer waits for a signature.' },
    null,
  )
