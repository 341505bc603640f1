import { randomBytes } from 'node:crypto'
import { ok } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { answerToCap, type NoCap } from '#core/emergency/cap/from-order.ts'
import { CAP_MEDIA_TYPE, type Words } from '#core/emergency/cap/message.ts'
import type { Order } from '#core/emergency/order.ts'
import type { Taken } from '../cap/desk.ts'
import { atomFeed, capText, signed } from '../cap/out.ts'
import type { Hub } from '../hub.ts'
import { type Answer, notFound, type PersonCall, param, problem, type Route } from './answer.ts'

/** Submissions a minute and address; each is parsed and may be checked against every pinned key of its sender. */
const SUBMITS_PER_MINUTE = 60
const MOST_IN_FEED = 50
/** Newest orders that are looked through for the feed. */
const MOST_LOOKED_AT = 200

const WHY_NOT: { readonly [N in NoCap]: Words } = {
  'no-cap-for-class': {
    vi: 'Lệnh loại này không có dạng CAP: chỉ lệnh khẩn cấp và ưu tiên là bản tin cảnh báo.',
    en: 'Orders of this class have no CAP form: only emergency and priority orders are alerts.',
  },
  'no-cap-for-document': {
    vi: 'Bổ sung số văn bản không đổi bản tin nào.',
    en: 'Adding a document number changes no message.',
  },
  'unknown-reference': { vi: 'Không còn lệnh mà nó dẫn.', en: 'The orders it refers to are not here.' },
}

export const capRoutes = (hub: Hub): readonly Route[] => {
  const earlierOf = async (order: Order): Promise<readonly Order[]> => {
    const rows = await Promise.all(order.references.map((id) => hub.store.orders.get(id)))
    return rows.flatMap((row) => (row === null ? [] : [row.order]))
  }
  const one = async (call: PersonCall): Answer => {
    const row = await hub.store.orders.get(param(call, 'id'))
    if (row === null) return notFound('lệnh này · order')
    const text = capText(row.order, await earlierOf(row.order), hub.cap.out)
    if (!text.ok) return problem(409, text.error, WHY_NOT[text.error], null)
    call.reply.type(`${CAP_MEDIA_TYPE}; charset=utf-8`)
    return ok(text.value)
  }
  const feed = async (call: PersonCall): Answer => {
    const orders = (await hub.store.orders.recent(MOST_LOOKED_AT))
      .map((row) => row.order)
      .filter((o) => o.status === 'actual' && o.action !== 'document')
      .filter((o) => o.class === 'emergency' || o.class === 'priority')
    call.reply.type('application/atom+xml; charset=utf-8')
    return ok(atomFeed(orders.slice(0, MOST_IN_FEED), { own: hub.cap.out.own, now: hub.now() }))
  }
  const submit = async (call: PersonCall): Answer => {
    const body = call.request.body
    if (!Buffer.isBuffer(body)) {
      const words = { vi: `Hãy gửi bản tin dạng ${CAP_MEDIA_TYPE}.`, en: `Send the message as ${CAP_MEDIA_TYPE}.` }
      return problem(415, 'not-cap', words, 'content-type')
    }
    const { person, address } = call
    const taken = await hub.cap.desk.takeIn(body, {
      kind: person.token === null ? 'person' : 'program',
      name: person.user,
      address,
    })
    return wantsCap(call) && taken.kind !== 'later' ? answerInCap(hub, call, taken) : answerInJson(call, taken)
  }
  return [
    { method: 'GET', url: '/api/orders/:id/cap', need: { action: 'view', scope: 'orders.read' }, handle: one },
    { method: 'GET', url: '/api/cap/feed', need: { action: 'view', scope: 'orders.read' }, handle: feed },
    {
      method: 'POST',
      url: '/api/cap',
      need: { action: 'order.propose', scope: 'cap.submit' },
      limitPerMinute: SUBMITS_PER_MINUTE,
      handle: submit,
    },
  ]
}

const wantsCap = (call: PersonCall): boolean => (call.request.headers.accept ?? '').includes(CAP_MEDIA_TYPE)

const answerInJson = async (call: PersonCall, taken: Taken): Answer => {
  switch (taken.kind) {
    case 'draft':
      return ok(taken.draft)
    case 'again':
      return ok(taken.draft ?? { known: true, identity: taken.identity })
    case 'remembered':
      call.reply.code(202)
      return ok({ remembered: true, identity: taken.identity, withdrawn: taken.withdrawn })
    case 'refused': {
      const first = taken.findings.find((f) => f.severity === 'error')
      const status = taken.code === 'identity-reused' ? 409 : 422
      return problem(status, taken.code, { vi: taken.vi, en: taken.en }, first?.path ?? null)
    }
    case 'later': {
      const words = {
        vi: 'Hộp bản nháp đầy hoặc trung tâm đang bận: gửi lại sau.',
        en: 'The inbox of drafts is full or the hub is busy: send it again later.',
      }
      return problem(503, taken.why, words, null)
    }
  }
}

/** `Ack` or `Error` for whoever asks for it with `accept: application/cap+xml` (domain.md §4.2). */
const answerInCap = async (hub: Hub, call: PersonCall, taken: Exclude<Taken, { kind: 'later' }>): Answer => {
  if (taken.identity === null) return answerInJson(call, taken)
  const note =
    taken.kind === 'again' ? 'known' : taken.kind === 'remembered' ? 'remembered: ends what is not here yet' : 'draft'
  const message = answerToCap(taken.identity, {
    own: hub.cap.out.own,
    identifier: `A-${randomBytes(9).toString('hex')}`,
    at: instant(hub.now()),
    status: 'Actual',
    fault: taken.kind === 'refused' ? `${taken.code}: ${taken.vi} · ${taken.en}` : null,
    note,
  })
  call.reply.code(taken.kind === 'refused' ? 422 : 200).type(`${CAP_MEDIA_TYPE}; charset=utf-8`)
  return ok(signed(message, hub.cap.out))
}
