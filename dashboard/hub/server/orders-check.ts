import { ok, type Result } from '#core/base/result.ts'
import type { Order } from '#core/emergency/order.ts'
import { enoughPersons } from '#core/emergency/release.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import type { Hub } from '../hub.ts'
import type { OrderRules } from '../policies.ts'
import type { OrderEnd, OrderRow } from '../store/port.ts'
import { type Problem, problem } from './answer.ts'
import { pictureFault } from './pictures.ts'
import { inForce } from './schedule-check.ts'

/** An order signed longer ago than this, or this far in the future, was not just signed: a replay, or a clock that is wrong. */
export const SIGNED_WITHIN_MS = 600_000
const HEADLINE = { most: 200, lines: 1 }
const INSTRUCTION = { most: 500, lines: 12 }

const SILENT_CLASSES = ['safety-blank', 'mourning']

/** What an order does to others, and what it leaves to be done. */
export type OrderEffects = {
  readonly ends: readonly OrderEnd[]
  /** The number that the orders it references get. */
  readonly document: string | null
  /** Until when a number is asked for; null: it has one, or needs none. */
  readonly documentDue: number | null
}

const shows = (order: Order): boolean => order.action === 'release' || order.action === 'update'

const unprocessable = (error: string, words: readonly [vi: string, en: string], where: string) =>
  problem(422, error, { vi: words[0], en: words[1] }, where)

/** What is wrong with an order as such; signature and right have been checked. `within`: how long ago it may have been signed, ms. */
export const checkOrder = async (
  hub: Hub,
  order: Order,
  it: { readonly rules: OrderRules; readonly within: number },
): Promise<Result<OrderEffects, Problem>> => {
  const fault = firstFault([
    () => timeFault(hub.now(), order, it),
    () => referenceFault(order),
    () => formFault(order),
    () => extensionFault(order),
    () => textFault(order),
  ])
  if (!fault.ok) return fault
  const listed = await playlistFault(hub, order)
  if (!listed.ok) return listed
  const pictured = await pictureFault(hub, order)
  if (!pictured.ok) return pictured
  const earlier = await earlierOf(hub, order)
  if (!earlier.ok) return earlier
  return ok({
    ends: await endsOf(hub, order, earlier.value),
    document: order.action === 'document' || order.action === 'update' ? order.authority.document : null,
    documentDue: documentDue(order, { earlier: earlier.value, now: hub.now(), rules: it.rules }),
  })
}

const firstFault = (checks: readonly (() => Result<null, Problem>)[]): Result<null, Problem> => {
  for (const check of checks) {
    const found = check()
    if (!found.ok) return found
  }
  return ok(null)
}

const timeFault = (
  now: number,
  order: Order,
  it: { readonly rules: OrderRules; readonly within: number },
): Result<null, Problem> => {
  if (order.issuedAt > now + SIGNED_WITHIN_MS || order.issuedAt < now - it.within)
    return unprocessable(
      'not-just-signed',
      ['Lệnh không phải vừa ký (đồng hồ máy sai?).', 'The order was not signed just now (is your clock wrong?).'],
      '/issuedAt',
    )
  if (order.expiresAt <= now || order.expiresAt <= order.startsAt)
    return unprocessable('expired', ['Thời hạn của lệnh đã qua.', 'The order has already run out.'], '/expiresAt')
  const most = it.rules.emergency.longestMs
  if (order.expiresAt - order.startsAt > most) {
    const hours = Math.floor(most / 360_000) / 10
    return unprocessable(
      'too-long',
      [
        `Lệnh dài nhất ${hours} giờ; cần dài hơn thì gia hạn bằng lệnh cập nhật.`,
        `An order lasts ${hours} h at most; one that must last longer is renewed by an update.`,
      ],
      '/expiresAt',
    )
  }
  return ok(null)
}

const referenceFault = (order: Order): Result<null, Problem> => {
  if (order.action === 'release' && order.references.length > 0)
    return unprocessable(
      'references',
      ['Lệnh mới không dẫn lệnh cũ; hãy dùng cập nhật.', 'A new order refers to none; use an update.'],
      '/references',
    )
  if (order.action !== 'release' && order.references.length === 0)
    return unprocessable(
      'references',
      [
        'Thiếu lệnh được cập nhật, hủy hoặc bổ sung số văn bản.',
        'It does not say which order it changes, ends or documents.',
      ],
      '/references',
    )
  return ok(null)
}

/** What must agree inside an order whatever the time. */
const formFault = (order: Order): Result<null, Problem> => {
  if (order.action === 'document' && order.authority.document === null)
    return unprocessable('no-document', ['Thiếu số văn bản.', 'The document number is missing.'], '/authority/document')
  const mayClear = order.action === 'update' && (order.class === 'emergency' || order.class === 'priority')
  if (order.allClear === true && !mayClear)
    return unprocessable(
      'malformed',
      [
        'Báo an toàn chỉ là cập nhật của lệnh khẩn cấp hoặc ưu tiên.',
        'An all-clear is an update of an emergency or of a priority notice.',
      ],
      '/allClear',
    )
  return ok(null)
}

/** Art. 8.2.b: only a major event, in earnest, and under a document, extends frames; the edges hold to the same rules. */
const extensionFault = (order: Order): Result<null, Problem> => {
  if (order.extendFrames === undefined || order.action === 'document') return ok(null)
  if (order.class !== 'major-event' || (order.action !== 'cancel' && order.status !== 'actual'))
    return unprocessable(
      'malformed',
      [
        'Chỉ lệnh thật cho sự kiện lớn mới kéo dài khung giờ.',
        'Only an actual order for a major event extends frames.',
      ],
      '/extendFrames',
    )
  if (order.action !== 'cancel' && order.authority.document === null)
    return unprocessable(
      'no-document',
      ['Kéo dài khung giờ phải có số văn bản (Điều 8.2).', 'Extending frames needs a document number (Art. 8.2).'],
      '/authority/document',
    )
  return ok(null)
}

/** Whoever names every cluster means the province, said or not. The edges cannot see that: none knows how many clusters there are. */
export const asMeant = (hub: Pick<Hub, 'sites'>, order: Order): Order => {
  const fleet = [...hub.sites.values()].filter((s) => s.fleet)
  const targets = new Set(order.targets)
  const isWhole = fleet.length > 1 && fleet.every((s) => targets.has(s.id))
  return isWhole ? { ...order, area: { units: [], name: '', ...order.area, province: true } } : order
}

/** Nobody saves the second signature by leaving out a word: what is signed must say what it is, so that the edges ask for it, too. */
export const areaFault = (
  hub: Hub,
  order: Order,
  it: { readonly rules: OrderRules; readonly persons: readonly string[] },
): Result<null, Problem> => {
  if (!enoughPersons(order, it.persons, it.rules) || enoughPersons(asMeant(hub, order), it.persons, it.rules))
    return ok(null)
  return unprocessable(
    'area-unstated',
    [
      'Lệnh gửi tới mọi cụm là lệnh toàn tỉnh. Hãy ghi area.province = true rồi ký lại; người thứ hai cũng phải ký.',
      'An order to every cluster is for the whole province. State area.province = true and sign again; a second person signs it, too.',
    ],
    '/area/province',
  )
}

const textFault = (order: Order): Result<null, Problem> => {
  const isSilent = SILENT_CLASSES.includes(order.class) || order.extendFrames !== undefined
  if (shows(order) && order.texts.length === 0 && !isSilent)
    return unprocessable('no-text', ['Lệnh chưa có nội dung.', 'The order has no text.'], '/texts')
  for (const [i, text] of order.texts.entries()) {
    const headline = gateText(text.headline, HEADLINE)
    if (!headline.ok) return problem(422, 'text-unfit', textFaultText(headline.error), `/texts/${i}/headline`)
    const instruction = text.instruction.trim() === '' ? ok(null) : gateText(text.instruction, INSTRUCTION)
    if (!instruction.ok) return problem(422, 'text-unfit', textFaultText(instruction.error), `/texts/${i}/instruction`)
  }
  return ok(null)
}

/** The playlist that is to play must be there at every target: an edge that lacks it would go on with its ordinary schedule. */
const playlistFault = async (hub: Hub, order: Order): Promise<Result<null, Problem>> => {
  const playlist = order.extendFrames?.playlist ?? null
  if (playlist === null || !shows(order)) return ok(null)
  for (const site of order.targets) {
    const held = await inForce(hub, site)
    if (held?.playlists.some((p) => p.id === playlist) !== true)
      return unprocessable(
        'unknown-playlist',
        [`Cụm ${site} không có danh sách ${playlist}.`, `Cluster ${site} has no playlist ${playlist}.`],
        '/extendFrames/playlist',
      )
  }
  return ok(null)
}

const earlierOf = async (hub: Hub, order: Order): Promise<Result<readonly OrderRow[], Problem>> => {
  const rows: OrderRow[] = []
  for (const id of order.references) {
    const earlier = await hub.store.orders.get(id)
    if (earlier === null)
      return unprocessable('unknown-order', [`Không có lệnh ${id}.`, `There is no order ${id}.`], '/references')
    const fault = againstFault(order, earlier)
    if (!fault.ok) return fault
    rows.push(earlier)
  }
  return ok(rows)
}

const againstFault = (order: Order, { order: earlier, local }: OrderRow): Result<null, Problem> => {
  const { id } = earlier
  // A right to send priority notices must not end an emergency; the edges hold to the same rule (core/emergency/book.ts).
  if (earlier.class !== order.class)
    return unprocessable(
      'other-class',
      [
        `Lệnh ${id} thuộc loại khác, chỉ lệnh cùng loại mới thay thế hoặc hủy được.`,
        `Order ${id} is of another class; only an order of its own class can replace or cancel it.`,
      ],
      '/references',
    )
  if (local)
    return unprocessable(
      'local-order',
      [
        `Trang ${id} do công tắc tại cụm bật; chỉ tắt được tại cụm.`,
        `A switch at the site brought ${id} up, and only there it can be ended.`,
      ],
      '/references',
    )
  // An exercise never becomes an alert by being carried on, nor does an alert become one; what is real may end an exercise, nothing else
  // may end what is real. The edges hear no such message, so the hub must not hold back the order from those that are away.
  const endsExercise = order.action === 'cancel' && order.status === 'actual'
  if (earlier.status !== order.status && !endsExercise)
    return unprocessable(
      'other-status',
      [
        `Lệnh ${id} là ${earlier.status}, lệnh này là ${order.status}: không đổi thật thành diễn tập hoặc ngược lại. Hãy soạn lại cùng loại với lệnh ấy.`,
        `Order ${id} is ${earlier.status} and this one ${order.status}: nothing turns what is actual into an exercise, nor the reverse. Make it of the same kind.`,
      ],
      '/references',
    )
  // Which of two is the newer one, the edges tell by these times.
  if (order.action !== 'document' && order.issuedAt <= earlier.issuedAt)
    return unprocessable(
      'not-after',
      [
        `Lệnh ký lúc ${new Date(order.issuedAt).toISOString()}, không sau lệnh ${id} (${new Date(earlier.issuedAt).toISOString()}). Hãy chỉnh đồng hồ máy rồi ký lại.`,
        `The order was issued at ${new Date(order.issuedAt).toISOString()}, which is not after order ${id} (${new Date(earlier.issuedAt).toISOString()}). Set the clock of your machine right and sign again.`,
      ],
      '/issuedAt',
    )
  if (order.action === 'document' && earlier.authority.document !== null)
    return unprocessable(
      'has-document',
      [`Lệnh ${id} đã có số văn bản.`, `Order ${id} has a document number.`],
      '/references',
    )
  return ok(null)
}

/** An order that goes on at other clusters stays open for them. */
const endsOf = async (hub: Hub, order: Order, earlier: readonly OrderRow[]): Promise<readonly OrderEnd[]> => {
  if (order.action === 'document') return []
  const state = order.action === 'cancel' ? 'cancelled' : order.allClear === true ? 'cleared' : 'superseded'
  const ends: OrderEnd[] = []
  for (const { order: e } of earlier) {
    const left = e.targets.filter((t) => !order.targets.includes(t))
    // Several that each took a part of its clusters have ended it together; the last of them says how.
    const later = left.length === 0 ? [] : await hub.store.orders.related(e.id, MOST_PARTS)
    const takes = (o: Order): boolean => o.references.includes(e.id) && o.action !== 'document'
    const gone = new Set(later.flatMap(({ order: o }) => (takes(o) ? o.targets : [])))
    if (left.every((t) => gone.has(t))) ends.push({ order: e.id, state })
  }
  return ends
}
/** Orders about one, that are looked at; more of them leave it open until its own end. */
const MOST_PARTS = 500

/**
 * Reading A11: what saves lives goes out without a number, which is asked for later. An update that still has none takes the demand over
 * from what it replaces, with the earlier date, so that renewing puts nothing off.
 */
const documentDue = (
  order: Order,
  it: { readonly earlier: readonly OrderRow[]; readonly now: number; readonly rules: OrderRules },
): number | null => {
  const asks = order.status === 'actual' && (order.class === 'emergency' || order.class === 'priority')
  if (!asks || !shows(order) || order.authority.document !== null) return null
  const before = it.earlier.flatMap((e) => (e.document === null && e.documentDue !== null ? [e.documentDue] : []))
  return Math.min(it.now + it.rules.emergency.documentLaterMs, ...before)
}
