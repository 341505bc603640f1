import { ok, type Result } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { SignedRequest } from '#core/contract/api.ts'
import { can } from '#core/contract/can.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { openOrder } from '#core/contract/verify.ts'
import type { Order } from '#core/emergency/order.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import { verifyEd25519 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import type { OrderRow } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, type PersonCall, type Problem, problem, type Route } from './answer.ts'
import { inForce } from './schedule-check.ts'

/** The list shows this many; older ones are in the audit log and in the evidence. */
const MOST_LISTED = 200
/** An order signed longer ago than this, or this far in the future, was not just signed: a replay, or a clock that is wrong. */
const SIGNED_WITHIN_MS = 600_000
const HEADLINE = { most: 200, lines: 1 }
const INSTRUCTION = { most: 500, lines: 12 }

const SILENT_CLASSES = ['safety-blank', 'mourning']

/** What is wrong with an order as such; signature and right have been checked. */
const faultOf = (hub: Hub, order: Order): Result<null, Problem> => {
  const now = hub.now()
  if (Math.abs(order.issuedAt - now) > SIGNED_WITHIN_MS) {
    return problem(
      422,
      'not-just-signed',
      {
        vi: 'Lệnh không phải vừa ký (đồng hồ máy sai?).',
        en: 'The order was not signed just now (is your clock wrong?).',
      },
      '/issuedAt',
    )
  }
  if (order.expiresAt <= now || order.expiresAt <= order.startsAt) {
    return problem(
      422,
      'expired',
      { vi: 'Thời hạn của lệnh đã qua.', en: 'The order has already run out.' },
      '/expiresAt',
    )
  }
  if (order.action === 'release' && order.references.length > 0) {
    return problem(
      422,
      'references',
      { vi: 'Lệnh mới không dẫn lệnh cũ; hãy dùng cập nhật.', en: 'A new order refers to none; use an update.' },
      '/references',
    )
  }
  if (order.action !== 'release' && order.references.length === 0) {
    return problem(
      422,
      'references',
      { vi: 'Thiếu lệnh được cập nhật hoặc hủy.', en: 'It does not say which order it changes or ends.' },
      '/references',
    )
  }
  const extended = extensionFault(order)
  if (!extended.ok) return extended
  const isSilent = SILENT_CLASSES.includes(order.class) || order.extendFrames !== undefined
  if (order.action !== 'cancel' && order.texts.length === 0 && !isSilent) {
    return problem(422, 'no-text', { vi: 'Lệnh chưa có nội dung.', en: 'The order has no text.' }, '/texts')
  }
  for (const [i, text] of order.texts.entries()) {
    const headline = gateText(text.headline, HEADLINE)
    if (!headline.ok) return problem(422, 'text-unfit', textFaultText(headline.error), `/texts/${i}/headline`)
    const instruction = text.instruction.trim() === '' ? ok(null) : gateText(text.instruction, INSTRUCTION)
    if (!instruction.ok) return problem(422, 'text-unfit', textFaultText(instruction.error), `/texts/${i}/instruction`)
  }
  return ok(null)
}

/** Art. 8.2.b: only a major event, in earnest, and under a document, extends frames; the edges hold to the same rules. */
const extensionFault = (order: Order): Result<null, Problem> => {
  if (order.extendFrames === undefined) return ok(null)
  if (order.class !== 'major-event' || (order.action !== 'cancel' && order.status !== 'actual'))
    return problem(
      422,
      'malformed',
      {
        vi: 'Chỉ lệnh thật cho sự kiện lớn mới kéo dài khung giờ.',
        en: 'Only an actual order for a major event extends frames.',
      },
      '/extendFrames',
    )
  if (order.action !== 'cancel' && order.authority.document === null)
    return problem(
      422,
      'no-document',
      {
        vi: 'Kéo dài khung giờ phải có số văn bản (Điều 8.2).',
        en: 'Extending frames needs a document number (Art. 8.2).',
      },
      '/authority/document',
    )
  return ok(null)
}

/** The playlist that is to play must be there at every target: an edge that lacks it would go on with its ordinary schedule. */
const playlistFault = async (hub: Hub, order: Order): Promise<Result<null, Problem>> => {
  const playlist = order.extendFrames?.playlist ?? null
  if (playlist === null || order.action === 'cancel') return ok(null)
  for (const site of order.targets) {
    const held = await inForce(hub, site)
    if (held?.playlists.some((p) => p.id === playlist) !== true)
      return problem(
        422,
        'unknown-playlist',
        { vi: `Cụm ${site} không có danh sách ${playlist}.`, en: `Cluster ${site} has no playlist ${playlist}.` },
        '/extendFrames/playlist',
      )
  }
  return ok(null)
}

/** Targets must be clusters that run an edge; their units are what the signer needs the right for. */
const unitsOf = (hub: Hub, order: Order): Result<readonly string[], Problem> => {
  const units = new Set<string>()
  for (const id of order.targets) {
    const site = hub.sites.get(id)
    if (site === undefined || !site.fleet)
      return problem(422, 'unknown-site', { vi: `Không có cụm ${id}.`, en: `There is no cluster ${id}.` }, '/targets')
    units.add(site.unitCode)
  }
  return ok([...units])
}

export const orderRoutes = (hub: Hub): readonly Route[] => {
  const judge = (envelope: Envelope, units: readonly string[]) =>
    openOrder(envelope, {
      registry: hub.registry(),
      verify: verifyEd25519,
      at: instant(hub.now()),
      trusted: true,
      units,
    })

  /** First the signature alone, to be allowed to read whom it is for; then the right for every one of those. */
  const open = (envelope: Envelope): Result<Order, Problem> => {
    const first = judge(envelope, [hub.registry().province])
    const refused = (reason: string, detail: string) =>
      problem(
        403,
        reason,
        { vi: `Trung tâm từ chối chữ ký: ${reason}.`, en: `The hub refuses the signature: ${detail}.` },
        '/envelope',
      )
    if (first.ok) {
      const units = unitsOf(hub, first.value.order)
      return units.ok ? ok(first.value.order) : units
    }
    if (first.error.reason !== 'no-right') return refused(first.error.reason, first.error.detail)
    // The key holds nothing for the whole province; it may for the units of these targets.
    const targets = readTargets(envelope.payload)
    const units = [...new Set(targets.flatMap((t) => hub.sites.get(t)?.unitCode ?? []))]
    const second = units.length === 0 ? first : judge(envelope, units)
    if (!second.ok) return refused(second.error.reason, second.error.detail)
    const known = unitsOf(hub, second.value.order)
    return known.ok ? ok(second.value.order) : known
  }

  const endsOf = async (
    order: Order,
  ): Promise<Result<readonly { readonly order: string; readonly state: 'cancelled' | 'superseded' }[], Problem>> => {
    const ends: { readonly order: string; readonly state: 'cancelled' | 'superseded' }[] = []
    for (const id of order.references) {
      const earlier = await hub.store.orders.get(id)
      if (earlier === null)
        return problem(
          422,
          'unknown-order',
          { vi: `Không có lệnh ${id}.`, en: `There is no order ${id}.` },
          '/references',
        )
      // A right to send priority notices must not end an emergency; the edges hold to the same rule (core/emergency/book.ts).
      if (earlier.order.class !== order.class)
        return problem(
          422,
          'other-class',
          {
            vi: `Lệnh ${id} thuộc loại khác, chỉ lệnh cùng loại mới thay thế hoặc hủy được.`,
            en: `Order ${id} is of another class; only an order of its own class can replace or cancel it.`,
          },
          '/references',
        )
      // An order that goes on at other clusters stays open for them.
      const covers = earlier.order.targets.every((t) => order.targets.includes(t))
      if (covers) ends.push({ order: id, state: order.action === 'cancel' ? 'cancelled' : 'superseded' })
    }
    return ok(ends)
  }

  const release = async (call: PersonCall): Answer => {
    const body = bodyOf(SignedRequest, call)
    if (!body.ok) return body
    const { envelope } = body.value
    const opened = open(envelope)
    if (!opened.ok) {
      await hub.store.audit.append(
        auditOf(call, hub.now(), {
          action: 'order.refused',
          subject: '',
          detail: `${opened.error.error}: ${opened.error.message.en}`,
        }),
      )
      return opened
    }
    const order = opened.value
    if (order.issuer !== call.person.user)
      return problem(
        403,
        'not-yours',
        { vi: 'Lệnh do người khác ký.', en: 'Another person signed this order.' },
        '/issuer',
      )
    if (order.action === 'cancel' && !can(call.person.roles, 'order.cancel'))
      return problem(403, 'no-role', { vi: 'Không có quyền hủy lệnh.', en: 'May not cancel orders.' }, null)
    const before = await hub.store.orders.get(order.id)
    if (before !== null) {
      // The same press twice is one order; the same id with other words is refused, here as at the edge.
      if (before.envelope.payload === envelope.payload) return ok(hub.views.order(before))
      return problem(409, 'id-reused', { vi: 'Mã lệnh đã dùng.', en: 'This order id has been used.' }, '/id')
    }
    const fault = faultOf(hub, order)
    if (!fault.ok) return fault
    const listed = await playlistFault(hub, order)
    if (!listed.ok) return listed
    const ends = await endsOf(order)
    if (!ends.ok) return ends
    const sites = [...new Set(order.targets)].map((site) => ({ ...BLANK, site }))
    const row: OrderRow = { order, envelope, releasedAt: hub.now(), state: 'open', sites }
    const detail = `${order.class} ${order.status} → ${order.targets.join(', ')}`
    await hub.store.orders.release(
      row,
      ends.value,
      auditOf(call, row.releasedAt, { action: `order.${order.action}`, subject: order.id, detail }),
    )
    await hub.edges.order(row)
    for (const id of [order.id, ...ends.value.map((e) => e.order)]) {
      const now = await hub.store.orders.get(id)
      if (now !== null) hub.live.tell({ t: 'order', order: hub.views.order(now) })
    }
    return ok(hub.views.order((await hub.store.orders.get(order.id)) ?? row))
  }
  return [
    {
      method: 'GET',
      url: '/api/orders',
      need: { action: 'view' },
      handle: async () => ok((await hub.store.orders.list(MOST_LISTED)).map(hub.views.order)),
    },
    { method: 'POST', url: '/api/orders', need: { action: 'order.release' }, handle: release },
  ]
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
} as const

/** Only after the signature has been found good: which sites the text names. */
const readTargets = (payload: string): readonly string[] => {
  const value: unknown = JSON.parse(payload)
  const targets: unknown = value !== null && typeof value === 'object' && 'targets' in value ? value.targets : []
  return Array.isArray(targets) ? targets.filter((t) => typeof t === 'string') : []
}
