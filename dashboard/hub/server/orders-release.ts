import { ok, type Result } from '#core/base/result.ts'
import { type OrderView, type PendingView, ReleaseRequest } from '#core/contract/api.ts'
import { can } from '#core/contract/can.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { enoughPersons, secondPersonRule } from '#core/emergency/release.ts'
import type { Hub } from '../hub.ts'
import { rulesFor } from '../policies.ts'
import type { AuditEntry, OrderRow, PendingRow, SignerRow } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, type PersonCall, type Problem, problem } from './answer.ts'
import { areaFault, asMeant, checkOrder, type OrderEffects, SIGNED_WITHIN_MS } from './orders-check.ts'
import { type OpenedOrder, openFor } from './orders-open.ts'
import { auditedRefusals } from './refusals.ts'

/** An order that waits for a second person was meant for now: after this it lapses, ms (or at its own end, when that comes before). */
export const LAPSES_AFTER_MS = 1_800_000

/** An order as it was signed, with what it was signed by. */
export type Submission = {
  readonly call: PersonCall
  readonly opened: OpenedOrder
  readonly envelope: Envelope
  readonly signers: readonly SignerRow[]
  readonly draft: string | null
}

/** The rules that hold for the targets of this order. */
export const rulesOf = (hub: Hub, targets: readonly string[]) =>
  rulesFor(
    hub.policies,
    targets.flatMap((t) => hub.sites.get(t) ?? []),
  )

/** POST /api/orders */
export const submitOrder = (hub: Hub, call: PersonCall): Answer =>
  auditedRefusals(hub, call, (of) => submit(hub, call, of))

const submit = async (hub: Hub, call: PersonCall, of: { subject: string }): Answer => {
  const body = bodyOf(ReleaseRequest, call)
  if (!body.ok) return body
  const { envelope } = body.value
  const opened = openFor(hub, envelope)
  if (!opened.ok) return opened
  const { order, persons } = opened.value
  of.subject = order.id
  const who = callerFault(call, opened.value)
  if (!who.ok) return who
  const known = await knownAs(hub, envelope, order.id)
  if (known !== null) return answerKnown(call, known)
  const draft = body.value.draft ?? null
  const came = draft === null ? ok(null) : await draftFault(hub, draft)
  if (!came.ok) return came
  const rules = rulesOf(hub, order.targets)
  const effects = await checkOrder(hub, order, { rules, within: SIGNED_WITHIN_MS })
  if (!effects.ok) return effects
  const stated = areaFault(hub, order, { rules, persons })
  if (!stated.ok) return stated
  const at = hub.now()
  const it = { call, opened: opened.value, envelope, signers: persons.map((user) => ({ user, at })), draft }
  if (!enoughPersons(order, persons, rules)) return hold(hub, it)
  return releaseNow(hub, it, { effects: effects.value, pending: null })
}

/** Whoever hands an order in has signed it; a program hands in what persons signed elsewhere, and the signatures say whether they may. */
const callerFault = (call: PersonCall, { order, persons }: OpenedOrder): Result<null, Problem> => {
  if (call.person.token !== null) return ok(null)
  if (order.issuer !== call.person.user && !persons.includes(call.person.user))
    return problem(
      403,
      'not-yours',
      { vi: 'Lệnh do người khác ký.', en: 'Another person signed this order.' },
      '/issuer',
    )
  if (order.action === 'cancel' && !can(call.person.roles, 'order.cancel'))
    return problem(403, 'no-role', { vi: 'Không có quyền hủy lệnh.', en: 'May not cancel orders.' }, null)
  return ok(null)
}

const accepted = (call: PersonCall, view: unknown) => ok(call.reply.code(202).send(view))

/** The same press twice is one order; the same id with other words is refused, here as at the edge. Null: the id is new. */
const knownAs = async (hub: Hub, envelope: Envelope, id: string) => {
  const released = await hub.store.orders.get(id)
  const held = released ?? (await hub.store.pending.get(id))
  if (held === null) return null
  if (held.envelope.payload !== envelope.payload)
    return problem(409, 'id-reused', { vi: 'Mã lệnh đã dùng.', en: 'This order id has been used.' }, '/id')
  if (released !== null) return ok(hub.views.order(released))
  const pending = await hub.store.pending.get(id)
  return pending === null ? null : ok(hub.views.pending(pending))
}

const answerKnown = (call: PersonCall, known: Result<OrderView | PendingView, Problem>) =>
  known.ok && 'lapsesAt' in known.value ? accepted(call, known.value) : known

const draftFault = async (hub: Hub, id: string): Promise<Result<null, Problem>> => {
  const draft = await hub.store.drafts.get(id)
  if (draft?.state === 'waiting') return ok(null)
  if (draft === null)
    return problem(422, 'unknown-draft', { vi: `Không có bản tin ${id}.`, en: `There is no draft ${id}.` }, '/draft')
  const by = hub.names(draft.closed?.by ?? '')
  return problem(
    409,
    'draft-closed',
    {
      vi: `Bản tin này ${by} đã xử lý${draft.order === null ? '' : ` (lệnh ${draft.order})`}. Hãy xem lại trước khi phát thêm một lệnh.`,
      en: `${by} has dealt with this draft${draft.order === null ? '' : ` (order ${draft.order})`}. Look at that before releasing another one.`,
    },
    '/draft',
  )
}

const describe = ({ order }: OpenedOrder): string =>
  `${order.class} ${order.status} → ${order.targets.join(', ')}`.slice(0, 4000)

/** Stored and told, and nothing sent: a second person must sign it. */
const hold = async (hub: Hub, it: Submission): Answer => {
  const { order } = it.opened
  const at = hub.now()
  const row: PendingRow = {
    order,
    envelope: it.envelope,
    signers: it.signers,
    receivedAt: at,
    lapsesAt: Math.min(order.expiresAt, order.issuedAt + LAPSES_AFTER_MS),
    draft: it.draft,
    state: 'waiting',
    withdrawn: null,
  }
  const audit = auditOf(it.call, at, { action: 'order.pending', subject: order.id, detail: describe(it.opened) })
  const outcome = await hub.store.pending.put(row, audit)
  if (outcome === 'full')
    return problem(
      409,
      'full',
      {
        vi: 'Quá nhiều lệnh đang chờ người ký thứ hai; hãy ký hoặc rút bớt.',
        en: 'Too many orders wait for a second person; sign or withdraw some of them.',
      },
      null,
    )
  if (outcome === 'known') {
    const known = await knownAs(hub, it.envelope, order.id)
    return known === null ? afterAll(hub, it) : answerKnown(it.call, known)
  }
  const view = hub.views.pending(row)
  hub.live.tell({ t: 'pending', pending: view })
  // Whoever signs second may do so within seconds; then it is too late to ask what was on the screens before.
  hub.frames.prepare(order.targets)
  return accepted(it.call, view)
}

const BLANK = {
  sentAt: null,
  acceptedAt: null,
  acceptedAfterMs: null,
  shownAt: null,
  shownAfterMs: null,
  proof: null,
  endedAt: null,
  endReason: null,
  refused: null,
  again: 0,
  againAt: null,
} as const

/** Committed first, then sent, then told. Pictures come last and hold nothing up. */
export const releaseNow = async (
  hub: Hub,
  it: Submission,
  more: { readonly effects: OrderEffects; readonly pending: PendingRow | null },
): Answer => {
  const { order, persons } = it.opened
  const { ends, document, documentDue } = more.effects
  const releasedAt = hub.now()
  const rules = rulesOf(hub, order.targets)
  const alone = secondPersonRule(asMeant(hub, order), rules) !== null && persons.length < 2
  const row: OrderRow = {
    order,
    envelope: it.envelope,
    releasedAt,
    state: 'open',
    sites: [...new Set(order.targets)].map((site) => ({ ...BLANK, site })),
    signers: it.signers,
    document: null,
    documentDue,
    review: alone
      ? { dueAt: releasedAt + rules.releaseRules.breakGlass.reviewWithinMs, by: null, at: null, note: null }
      : null,
    local: false,
  }
  const fromPending = more.pending !== null
  const audit = linesOf(hub, it, row, ends)
  const outcome = await hub.store.orders.release({ row, ends, document, draft: it.draft, fromPending, audit })
  if (outcome === 'known') return afterAll(hub, it)
  await hub.edges.order(row)
  hub.frames.released(row)
  const view = hub.views.order((await hub.store.orders.get(order.id)) ?? row)
  hub.live.tell({ t: 'order', order: view })
  for (const id of hub.live.count() > 0 ? order.references : []) {
    const earlier = await hub.store.orders.get(id)
    if (earlier !== null) hub.live.tell({ t: 'order', order: hub.views.order(earlier) })
  }
  if (it.draft !== null) await hub.drafts.tell(it.draft)
  return ok(view)
}

/** Somebody was faster: the same press at the same moment, or the order was withdrawn while it was being signed. */
const afterAll = async (hub: Hub, it: Submission): Answer => {
  const row = await hub.store.orders.get(it.opened.order.id)
  if (row !== null && row.envelope.payload === it.envelope.payload) return ok(hub.views.order(row))
  return problem(
    409,
    row === null ? 'not-waiting' : 'id-reused',
    row === null
      ? { vi: 'Lệnh này không còn chờ ký.', en: 'This order no longer waits for a signature.' }
      : { vi: 'Mã lệnh đã dùng.', en: 'This order id has been used.' },
    '/id',
  )
}

const linesOf = (hub: Hub, it: Submission, row: OrderRow, ends: OrderEffects['ends']): readonly AuditEntry[] => {
  const { order } = row
  const line = (action: string, subject: string, detail: string) =>
    auditOf(it.call, row.releasedAt, { action, subject, detail })
  const signed = row.signers.map((s) => s.user).join(', ')
  const previews = hub.previewed
    .of(order)
    .map((p) => ({ ...line('order.previewed', order.id, p.sites.join(', ').slice(0, 4000)), person: p.person }))
  const alone = row.review === null ? [] : [line('order.break-glass', order.id, order.breakGlass?.reason ?? '')]
  return [
    ...previews,
    line(`order.${order.action}`, order.id, `${describe(it.opened)}; ✎ ${signed}`),
    ...alone,
    ...ends.map((e) => line('order.ended', e.order, `${e.state} ← ${order.id}`)),
    ...(order.action === 'document'
      ? order.references.map((id) => line('order.documented', id, `${order.authority.document ?? ''} ← ${order.id}`))
      : []),
  ]
}
