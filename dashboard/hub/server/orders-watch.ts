import type { Log } from '#core/base/ports.ts'
import type { OrderView, PendingView } from '#core/contract/api.ts'
import type { AssetFiles } from '../assets.ts'
import type { OrderRow, Owed, PendingRow, Store } from '../store/port.ts'
import type { Live } from './broadcast.ts'
import type { Drafts } from './drafts.ts'

/** What comes of itself when nobody does anything: orders that lapse, numbers and reviews that are overdue, drafts whose time has passed. */
export type Watch = {
  /** Looks once. What is found is written down once, whenever and however often it looks. */
  readonly look: () => Promise<void>
  readonly close: () => void
}

/**
 * How long what an order leaves behind is kept after its end: six calendar months (Art. 10.1.a: a floor), of which the longest have 184 days.
 * The order, its times, its signatures and its lines in the audit log are kept for good.
 */
export const KEPT_AFTER_MS = 184 * 86_400_000
const FORGET_EVERY_MS = 3_600_000
const MOST_FORGOTTEN = 500

const EVERY_MS = 15_000
/** Looked at in one round, the longest due first. */
const MOST_OWED = 500

type Needs = {
  readonly store: Store
  readonly now: () => number
  readonly log: Log
  readonly live: Live
  readonly drafts: Drafts
  readonly assets: Pick<AssetFiles, 'remove'>
  readonly views: {
    readonly order: (row: OrderRow) => OrderView
    readonly pending: (row: PendingRow) => PendingView
  }
}

export const makeWatch = (hub: Needs): Watch => {
  const { store, now } = hub
  const overdue = async (owed: Owed): Promise<void> => {
    const audit = {
      at: now(),
      person: 'hub',
      action: `order.${owed.what}-overdue`,
      subject: owed.order,
      detail: new Date(owed.dueAt).toISOString(),
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
    if (now() - run.forgotAt < FORGET_EVERY_MS) return
    run.forgotAt = now()
    await forget(hub)
  }
  const run = { looking: false, forgotAt: 0 }
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

/** Committed before a file goes: a hub that is killed in between keeps a file that nobody asks for, and never names one that is gone. */
const forget = async ({ store, now, log, assets }: Needs): Promise<void> => {
  const { pending, pictures, files } = await store.frames.forget({
    before: now() - KEPT_AFTER_MS,
    most: MOST_FORGOTTEN,
  })
  if (pending + pictures === 0) return
  for (const sha256 of files) await assets.remove(sha256)
  const detail = `pictures ${pictures}, files ${files.length}, pending ${pending}`
  log('info', 'what orders left behind has been kept long enough', { pictures, files: files.length, pending })
  await store.audit.append({ at: now(), person: 'hub', action: 'order.forgotten', subject: '', detail, address: '' })
}
