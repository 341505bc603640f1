import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { ok } from '#core/base/result.ts'
import { Id } from '#core/base/schema.ts'
import { type AuditView, FRAME_MOMENTS, type OrderReport } from '#core/contract/api.ts'
import type { Hub } from '../hub.ts'
import type { AuditRow } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, notFound, type PersonCall, param, problem } from './answer.ts'

const MOST_LINES = 500
const MOST_RELATED = 100

export const auditView = ({ at, person, action, subject, detail }: AuditRow): AuditView => ({
  at,
  person,
  action,
  subject,
  detail,
})

const noSuchOrder = () => notFound('lệnh này / such order')

/** GET /api/orders/:id */
export const orderReport = async (hub: Hub, call: PersonCall): Answer => {
  const id = param(call, 'id')
  const row = await hub.store.orders.get(id)
  if (row === null) return noSuchOrder()
  const report: OrderReport = {
    view: hub.views.order(row),
    audit: (await hub.store.audit.about(id, MOST_LINES)).map(auditView).reverse(),
    frames: (await hub.store.frames.of(id)).map(({ site, moment, at, mime, sha256 }) => ({
      site,
      moment,
      at,
      mime,
      sha256,
    })),
    related: (await hub.store.orders.related(id, MOST_RELATED)).map(hub.views.order),
    signed: {
      hash: createHash('sha256').update(row.envelope.payload).digest('hex'),
      keys: row.envelope.signatures.map((s) => s.key),
    },
  }
  return ok(report)
}

/** GET /api/orders/:id/frames/:site/:moment */
export const orderFrame = async (hub: Hub, call: PersonCall): Answer => {
  const moment = FRAME_MOMENTS.find((m) => m === param(call, 'moment'))
  const row = moment === undefined ? null : await hub.store.frames.get(param(call, 'id'), param(call, 'site'), moment)
  if (row === null || !(await hub.assets.has(row.sha256))) return notFound('hình này / such picture')
  const reply = call.reply
    .header('cache-control', 'private, max-age=31536000, immutable')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('content-length', row.bytes)
    .type(row.mime)
  return ok(reply.send(hub.assets.read(row.sha256, 0, row.bytes - 1)))
}

const FramesRequest = Type.Object(
  { targets: Type.Array(Id, { minItems: 1, maxItems: 5000 }) },
  { additionalProperties: false },
)

/** POST /api/orders/frames: answered at once; the pictures come when they come. */
export const prepareFrames = async (hub: Hub, call: PersonCall): Answer => {
  const body = bodyOf(FramesRequest, call)
  if (!body.ok) return body
  hub.frames.prepare(body.value.targets.filter((t) => hub.sites.get(t)?.fleet === true))
  return ok(call.reply.code(202).send({}))
}

const ReviewRequest = Type.Object(
  { note: Type.String({ minLength: 3, maxLength: 1000 }) },
  { additionalProperties: false },
)

/** POST /api/orders/:id/review: never by one of those who signed it. */
export const reviewOrder = async (hub: Hub, call: PersonCall): Answer => {
  const body = bodyOf(ReviewRequest, call)
  if (!body.ok) return body
  const id = param(call, 'id')
  const row = await hub.store.orders.get(id)
  if (row === null) return noSuchOrder()
  if (row.review === null)
    return problem(422, 'no-review', { vi: 'Lệnh này không cần hậu kiểm.', en: 'This order needs no review.' }, null)
  if (row.signers.some((s) => s.user === call.person.user))
    return problem(
      403,
      'own-order',
      { vi: 'Người đã ký không tự hậu kiểm.', en: 'Whoever signed it does not review it.' },
      null,
    )
  const { note } = body.value
  const at = hub.now()
  const audit = auditOf(call, at, { action: 'order.review', subject: id, detail: note })
  if (!(await hub.store.orders.review(id, { user: call.person.user, at, note }, audit)))
    return problem(409, 'reviewed', { vi: 'Lệnh đã được hậu kiểm.', en: 'It has been reviewed.' }, null)
  const view = hub.views.order((await hub.store.orders.get(id)) ?? row)
  hub.live.tell({ t: 'order', order: view })
  return ok(view)
}
