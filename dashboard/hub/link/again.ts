import type { Receipt, StatusReport } from '#core/contract/link.ts'
import { CURES_OF, ORDER_REFUSALS, REFUSAL_CURES, type RefusalCure } from '#core/emergency/order.ts'
import type { Base } from '../base.ts'
import type { Letters } from './letters.ts'
import type { EdgeNews, Seen } from './news.ts'

/**
 * An order that an edge refused for a reason that can pass is sent to it again when that reason may have passed. The edge keeps nothing of
 * what it refused and judges it anew. Whether something changed is looked for in what the edge says of itself; what was heard last is in
 * memory only, so after a restart of the hub everything counts as changed once.
 */

/** An edge whose clock is off by more would take an order for one of the future, ms (`CLOCK_SLACK` of the order book). */
const CLOCK_RIGHT_MS = 120_000

type Out = {
  readonly letters: Letters
  readonly news: Pick<EdgeNews, 'again'>
  readonly send: (text: string | Buffer) => boolean
}

/** Notes what this status changes, and sends again what may be taken now. */
export const afterStatus = async (base: Base, site: string, seen: Seen, out: Out): Promise<void> => {
  const { status, heard } = seen
  if (status === null) return
  const now = base.now()
  const clockRight = isRight(status, now)
  const isFirst = heard.registry === null
  const newer = status.registry > (heard.registry ?? -1)
  const cures = isFirst
    ? REFUSAL_CURES
    : REFUSAL_CURES.filter((c) => (c === 'registry' && newer) || (c === 'clock' && clockRight && !heard.clockRight))
  seen.heard = {
    registry: Math.max(status.registry, heard.registry ?? 0),
    told: Math.max(status.registry, heard.told),
    clockRight,
    at: { ...heard.at, ...Object.fromEntries(cures.map((c) => [c, now])) },
  }
  if (cures.length === 0) return
  // What is signed by a key that the edge did not know it refuses without reading whose order it is, so nothing was heard of it.
  const silent = status.registry > heard.told ? await base.store.orders.unanswered(site, now) : []
  for (const id of silent) {
    const bytes = await out.letters.order(id)
    if (bytes !== null) out.send(bytes)
  }
  await sendAgain(base, site, cures, out)
}

const isRight = ({ clock }: StatusReport, now: number): boolean =>
  clock.quality !== 'unset' && Math.abs(clock.wall - now) <= CLOCK_RIGHT_MS

/** After a receipt has been stored: an order that ended has left its room, and a refusal may be older than what would have cured it. */
export const afterReceipt = async (
  base: Base,
  site: string,
  seen: Seen,
  of: Out & { receipt: Receipt },
): Promise<void> => {
  const { receipt } = of
  if (receipt.stage === 'ended') {
    seen.heard = { ...seen.heard, at: { ...seen.heard.at, room: base.now() } }
    return sendAgain(base, site, ['room'], of)
  }
  const reason = ORDER_REFUSALS.find((r) => r === receipt.reason)
  if (receipt.stage !== 'refused' || reason === undefined) return
  const sentAt = (await base.store.orders.lastSent(receipt.order, site)) ?? 0
  const cures = CURES_OF[reason].filter((c) => (seen.heard.at[c] ?? -1) > sentAt)
  if (cures.length > 0) await sendAgain(base, site, cures, of)
}

const sendAgain = async (base: Base, site: string, cures: readonly RefusalCure[], out: Out): Promise<void> => {
  const reasons = ORDER_REFUSALS.filter((r) => CURES_OF[r].some((c) => cures.includes(c)))
  for (const id of await base.store.orders.refusedFor(site, reasons, base.now())) {
    const bytes = await out.letters.order(id)
    if (bytes === null || !out.send(bytes)) continue
    await base.store.orders.sentAgain(id, site, base.now())
    base.log('info', 'refused order sent again', { site, order: id, because: cures.join(', ') })
    out.news.again(id)
  }
}
