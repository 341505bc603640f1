import type { Log } from '#core/base/ports.ts'
import type { OrderView, PendingView } from '#core/contract/api.ts'
import type { OrderRow, Owed, PendingRow, Store } from '../store/port.ts'
import type { Live } from './broadcast.ts'
import type { Drafts } from './drafts.ts'

/** What comes of itself when nobody does anything: orders that lapse, numbers and reviews that are overdue, drafts whose time has passed. */
export type Watch = {
  /** Looks once. What is found is written down once, whenever and however often it looks. */
  readonly look: () => Promise<void>
  readonly close: () => void
}

const EVERY_MS = 15_000
/** Looked at in one round, the longest due first. */
const MOST_OWED = 500

type Needs = {
  readonly store: Store
  readonly now: () => number
  readonly log: Log
  readonly live: Live
  readonly drafts: Drafts
  readonly views: {
    readonly order: (row: OrderRow) => OrderView
    readonly pending: (row: PendingRow) => PendingView
  }
}

const WORDS: { readonly [W in Owed['what']]: string } = {
  document: 'chưa có số văn bản · the document number is missing',
  review: 'chưa được hậu kiểm · nobody has reviewed it',
}

export const makeWatch = (hub: Needs): Watch => {
  const { store, now } = hub
  const overdue = async (owed: Owed): Promise<void> => {
    const audit = {
      at: now(),
      person: 'hub',
      action: `order.${owed.what}-overdue`,
      subject: owed.order,
      detail: `${WORDS[owed.what]}: ${new Date(owed.dueAt).toISOString()}`,
      address: '',
    }
    if (!(await store.orders.overdue(owed, audit))) return
    hub.log('warn', 'an order is overdue', { order: owed.order, what: owed.what })
    const row = await store.orders.get(owed.order)
    if (row !== null) hub.live.tell({ t: 'order', order: hub.views.order(row) })
  }
  const look = async (): Promise<void> => {
    for (const row of await store.pending.lapse(now())) hub.live.tell({ t: 'pending', pending: hub.views.pending(row) })
    for (const owed of await store.orders.owing(MOST_OWED)) {
      if (owed.dueAt > now()) break
      if (!owed.told) await overdue(owed)
    }
    await hub.drafts.sweep()
  }
  const run = { looking: false }
  const timer = setInterval(() => {
    if (run.looking) return
    run.looking = true
    look()
      .catch((error: unknown) => hub.log('error', 'looking for what is overdue failed', { error: String(error) }))
      .finally(() => {
        run.looking = false
      })
  }, EVERY_MS)
  timer.unref()
  return { look, close: () => clearInterval(timer) }
}
