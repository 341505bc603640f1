import type { EdgeMessage, Receipt, StatusReport } from '#core/contract/link.ts'
import type { Base } from '../base.ts'
import type { Letters } from './letters.ts'
import { type EdgeNews, encode, type Seen } from './news.ts'

type Out = { readonly news: EdgeNews; readonly send: (text: string) => boolean }

/** Tells an edge that has just signed in what it does not have yet: the registry first, since orders are checked with it, then orders. */
export const tellAll = async (
  base: Base,
  hello: Extract<EdgeMessage, { t: 'hello' }>,
  out: { readonly letters: Letters; readonly send: (text: string | Buffer) => boolean },
): Promise<void> => {
  const registry = await out.letters.registry(hello.registryVersion)
  if (registry !== null) out.send(registry)
  const sent: Promise<void>[] = []
  for (const id of await base.store.orders.waitingFor(hello.site, base.now())) {
    const order = await out.letters.order(id)
    if (order !== null && out.send(order)) sent.push(base.store.orders.sent(id, [hello.site], base.now()))
  }
  const schedule = await base.store.schedules.latest(hello.site, hello.scheduleVersion)
  if (schedule !== null) out.send(encode({ t: 'schedule', envelope: schedule.envelope }))
  await Promise.all(sent)
}

export const takeStatus = async (
  base: Base,
  site: string,
  seen: Seen,
  status: StatusReport,
  news: EdgeNews,
): Promise<void> => {
  seen.status = status
  seen.clockOffsetMs = Math.round(status.clock.wall - base.now())
  const { show, item, order, since } = status.screen
  const screen = JSON.stringify([show, item, order, since])
  if (screen !== seen.screen) {
    seen.screen = screen
    news.screen(site)
  }
  news.site(site)
}

/** Receipts older than this were held up on the way; then the edge's own clock says better when it happened. */
const HELD_UP_MS = 5_000

export const takeReceipt = async (base: Base, site: string, receipt: Receipt, out: Out): Promise<void> => {
  const now = base.now()
  const heldUp = receipt.quality === 'synced' && receipt.at < now - HELD_UP_MS
  const heardAt = heldUp ? receipt.at : now
  const outcome = await base.store.orders.receipt(site, receipt, heardAt)
  // An unknown order is acknowledged too: nothing will ever make it known, and the edge shall not repeat it for ever.
  if (outcome === 'unknown')
    base.log('warn', 'receipt for an order that was not sent to this site', { site, order: receipt.order })
  out.send(encode({ t: 'receipt-ack', order: receipt.order, stage: receipt.stage }))
  out.news.receipt(site, receipt, outcome, heardAt)
}

/**
 * Stores a batch or nothing of it. A gap is answered with what we need next, so the edge goes back. A fork is not answered: two
 * histories of one cluster are for a person to look into, and nothing is ever stored over what is there.
 */
export const takeEvidence = async (
  base: Base,
  edge: { readonly site: string; readonly seen: Seen },
  batch: { readonly from: number; readonly lines: readonly string[] },
  out: Out,
): Promise<void> => {
  const { site, seen } = edge
  const result = await base.store.evidence.ingest(site, batch.from, batch.lines)
  if (result.kind === 'rejected') {
    const detail = `${result.why}: ${result.detail}`
    if (detail !== seen.rejection) {
      base.log('error', 'evidence rejected', { site, detail })
      await base.store.audit.append({
        at: base.now(),
        person: `edge:${site}`,
        action: 'evidence.rejected',
        subject: site,
        detail,
        address: '',
      })
    }
    seen.rejection = detail
  }
  if (result.kind === 'stored' || result.why === 'gap') out.send(encode({ t: 'evidence-ack', next: result.next }))
  out.news.evidence(site, result)
}
