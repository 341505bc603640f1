import type { EdgeMessage, Receipt, StatusReport } from '#core/contract/link.ts'
import type { Base } from '../base.ts'
import { afterReceipt, afterStatus } from './again.ts'
import type { Letters } from './letters.ts'
import { type EdgeNews, encode, type Seen } from './news.ts'

type Out = { readonly news: EdgeNews; readonly send: (text: string | Buffer) => boolean }

/** Tells an edge that has just signed in what it does not have yet: the registry first, since orders are checked with it, then orders. */
export const tellAll = async (
  base: Base,
  hello: Extract<EdgeMessage, { t: 'hello' }>,
  out: { readonly letters: Letters; readonly send: (text: string | Buffer) => boolean; readonly seen: Seen },
): Promise<void> => {
  const registry = await out.letters.registry(hello.registryVersion)
  if (registry !== null) out.send(registry)
  const told = Math.max(hello.registryVersion, await base.store.registry.version())
  out.seen.heard = { ...out.seen.heard, told }
  const sent = await tellOrders(base, hello.site, { ...out, only: null })
  const schedule = await base.store.schedules.latest(hello.site, hello.scheduleVersion)
  if (schedule !== null) out.send(encode({ t: 'schedule', envelope: schedule.envelope }))
  await Promise.all(sent)
}

/** What waits for this site; `only` of these, or all. Resolves when it is on its way, with what settles when that is written down. */
const tellOrders = async (
  base: Base,
  site: string,
  out: {
    readonly letters: Letters
    readonly send: (text: string | Buffer) => boolean
    readonly only: readonly string[] | null
  },
): Promise<readonly Promise<void>[]> => {
  const sent: Promise<void>[] = []
  for (const id of await base.store.orders.waitingFor(site, base.now())) {
    if (out.only !== null && !out.only.includes(id)) continue
    const order = await out.letters.order(id)
    if (order !== null && out.send(order)) sent.push(base.store.orders.sent(id, [site], base.now()))
  }
  return sent
}

export const takeStatus = async (
  base: Base,
  site: string,
  seen: Seen,
  status: StatusReport,
  out: Out & { readonly letters: Letters },
): Promise<void> => {
  const { news } = out
  seen.status = status
  seen.clockOffsetMs = Math.round(status.clock.wall - base.now())
  const { show, item, order, since } = status.screen
  const screen = JSON.stringify([show, item, order, since])
  if (screen !== seen.screen) {
    seen.screen = screen
    news.screen(site)
  }
  news.site(site)
  news.status(site, status)
  await afterStatus(base, site, seen, out)
}

/** Receipts older than this were held up on the way; then the edge's own clock says better when it happened. */
const HELD_UP_MS = 5_000

export const takeReceipt = async (
  base: Base,
  site: string,
  receipt: Receipt,
  out: Out & { readonly letters: Letters; readonly seen: Seen },
): Promise<void> => {
  const now = base.now()
  const heldUp = receipt.quality === 'synced' && receipt.at < now - HELD_UP_MS
  // No screen showed it before it was released, whatever the edge's clock says.
  const heardAt = heldUp ? Math.max(receipt.at, (await base.store.orders.releasedAt(receipt.order)) ?? 0) : now
  const outcome = await base.store.orders.receipt(site, receipt, heardAt)
  // An unknown order is acknowledged too: nothing will ever make it known, and the edge shall not repeat it for ever.
  if (outcome === 'unknown')
    base.log('warn', 'receipt for an order that was not sent to this site', { site, order: receipt.order })
  out.send(encode({ t: 'receipt-ack', order: receipt.order, stage: receipt.stage }))
  out.news.receipt(site, receipt, outcome, heardAt)
  // A refusal that says the same again is still the answer to what was sent last.
  if (outcome === 'first' || (outcome === 'again' && receipt.stage === 'refused'))
    await afterReceipt(base, site, out.seen, { ...out, receipt })
  if (receipt.stage !== 'refused' || outcome !== 'first') return
  // What it was to take the place of may have been held back for its sake: that is all this site will show now.
  const only = await base.store.orders.references(receipt.order)
  if (only.length > 0) await Promise.all(await tellOrders(base, site, { ...out, only }))
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
  const result = await base.store.evidence.ingest(site, batch.from, batch.lines, base.now())
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
  if (result.kind === 'stored' && result.began !== null) {
    base.log('warn', 'the evidence of a replaced device begins', { site, at: result.began })
    await base.store.audit.append({
      at: base.now(),
      person: `edge:${site}`,
      action: 'evidence.chain',
      subject: site,
      detail: `a new chain begins behind record ${result.began - 1}: another device stands there`,
      address: '',
    })
  }
  if (result.kind === 'stored' || result.why === 'gap') out.send(encode({ t: 'evidence-ack', next: result.next }))
  out.news.evidence(site, result)
}
