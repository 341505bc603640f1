import { ok, type Result } from '#core/base/result.ts'
import { OrderDraftBody } from '#core/contract/api.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import type { Hub } from '../hub.ts'
import { type Answer, bodyOf, type PersonCall, type Problem, param, problem, type Route } from './answer.ts'
import { ReasonRequest } from './orders-pending.ts'

const HEADLINE = { most: 200, lines: 1 }
const INSTRUCTION = { most: 500, lines: 12 }

/** Only what could never be released whatever an officer does with it; the rest is the officer's to see and to mend. */
const faultOf = async (hub: Hub, body: OrderDraftBody): Promise<Result<null, Problem>> => {
  const strange = body.targets.find((t) => hub.sites.get(t)?.fleet !== true)
  if (strange !== undefined)
    return problem(
      422,
      'unknown-site',
      { vi: `Không có cụm ${strange}.`, en: `There is no cluster ${strange}.` },
      '/targets',
    )
  for (const id of body.references)
    if ((await hub.store.orders.get(id)) === null)
      return problem(
        422,
        'unknown-order',
        { vi: `Không có lệnh ${id}.`, en: `There is no order ${id}.` },
        '/references',
      )
  for (const [i, text] of body.texts.entries()) {
    const headline = gateText(text.headline, HEADLINE)
    if (!headline.ok) return problem(422, 'text-unfit', textFaultText(headline.error), `/texts/${i}/headline`)
    const instruction = text.instruction.trim() === '' ? ok(null) : gateText(text.instruction, INSTRUCTION)
    if (!instruction.ok) return problem(422, 'text-unfit', textFaultText(instruction.error), `/texts/${i}/instruction`)
  }
  return ok(null)
}

/** How any handler answers when the inbox has no room left. */
export const inboxFull = () =>
  problem(
    409,
    'full',
    {
      vi: 'Hộp bản tin chờ đã đầy; hãy phát hoặc bỏ bớt.',
      en: 'The inbox of drafts is full; release or drop some of them.',
    },
    null,
  )

export const draftRoutes = (hub: Hub): readonly Route[] => {
  const add = async (call: PersonCall): Answer => {
    const body = bodyOf(OrderDraftBody, call)
    if (!body.ok) return body
    const fault = await faultOf(hub, body.value)
    if (!fault.ok) return fault
    const { person } = call
    const from = person.token === null ? 'person' : 'program'
    const draft = { from, source: person.name, trusted: null, body: body.value, notes: [], key: null } as const
    const added = await hub.drafts.add(draft, { user: person.user, address: call.address })
    return added.kind === 'full' ? inboxFull() : ok(added.draft)
  }
  const drop = async (call: PersonCall): Answer => {
    const body = bodyOf(ReasonRequest, call)
    if (!body.ok) return body
    const by = { user: call.person.user, address: call.address }
    const dropped = await hub.drafts.drop(param(call, 'id'), body.value.reason, by)
    if (dropped !== null) return ok(dropped)
    return problem(
      409,
      'not-waiting',
      { vi: 'Không có bản tin này đang chờ.', en: 'There is no such draft that waits.' },
      null,
    )
  }
  const need = { action: 'order.propose', scope: 'orders.draft' } as const
  return [
    {
      method: 'GET',
      url: '/api/drafts',
      need: { action: 'view', scope: 'orders.draft' },
      handle: async () => ok(await hub.drafts.list()),
    },
    { method: 'POST', url: '/api/drafts', need, handle: add },
    { method: 'POST', url: '/api/drafts/:id/drop', need: { action: 'order.propose' }, handle: drop },
  ]
}
