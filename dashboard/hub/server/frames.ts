import { err, ok, type Result } from '#core/base/result.ts'
import type { FrameMoment } from '#core/contract/api.ts'
import type { Receipt } from '#core/contract/link.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import type { AssetFiles } from '../assets.ts'
import type { Base } from '../base.ts'
import type { Edges } from '../link/edges.ts'
import type { AskFault } from '../link/news.ts'
import type { OrderRow } from '../store/port.ts'

/**
 * What the screens showed before, during and after an order, for its report. Pictures are asked of the edges beside everything else: an
 * order never waits for one, and one that does not come is missing in the report.
 */
export type Frames = {
  /** Asks those that are connected what is on their screens now, and remembers it for an order released soon. */
  readonly prepare: (sites: readonly string[]) => void
  /** Call after the order has been sent. */
  readonly released: (row: OrderRow) => void
  /** Call with the first receipt of each stage. */
  readonly receipt: (site: string, receipt: Receipt) => void
  /** Resolves when nothing is asked or written any more. */
  readonly idle: () => Promise<void>
  readonly close: () => Promise<void>
}

export type Picture = { readonly mime: string; readonly bytes: Buffer }

/** Edges asked at the same time, and how many may wait for their turn; what comes on top is left out. */
const MOST_ASKED = 8
const MOST_QUEUED = 1_000
/** Pictures taken before a release are remembered this long, ms, and so many of them. */
const KEPT_MS = 600_000
const MOST_KEPT = 200
/** Clusters of one order whose pictures are kept: enough to look at, and a province of thousands does not fill the disk. */
export const MOST_SITES_OF_ORDER = 200
/** Moments of orders whose pictures are counted. */
const MOST_COUNTED = 500
/** From the end of an order to the picture of what came after it, ms. */
const AFTER_MS = 5_000
const PICTURES = ['image/png', 'image/jpeg']

/** The glass of one cluster now. */
export const askPicture = async (
  edges: Pick<Edges, 'ask'>,
  site: string,
): Promise<Result<Picture, AskFault | 'bad'>> => {
  const answer = await edges.ask(site, 'frame')
  if (!answer.ok) return answer
  const bytes = Buffer.from(answer.value.body, 'base64')
  if (!PICTURES.includes(answer.value.mime) || bytes.length > LINK_LIMITS.frameBytes) return err('bad')
  return ok({ mime: answer.value.mime, bytes })
}

type Needs = Pick<Base, 'store' | 'now' | 'log'> & {
  readonly assets: Pick<AssetFiles, 'put'>
  readonly edges: Pick<Edges, 'ask' | 'state'>
  /** Absent: AFTER_MS. */
  readonly afterMs?: number
}
type Taken = Picture & { readonly at: number }

/** Runs at most so many at a time; more than may wait are dropped, and said so. */
const makeQueue = (log: Base['log']) => {
  const waiting: (() => Promise<void>)[] = []
  const run = { now: 0, closed: false, idle: [] as (() => void)[] }
  const next = (): void => {
    if (run.now === 0 && waiting.length === 0) for (const resolve of run.idle.splice(0)) resolve()
    while (run.now < MOST_ASKED) {
      const work = waiting.shift()
      if (work === undefined) return
      run.now += 1
      void work()
        .catch((error: unknown) => log('warn', 'a picture for an order was not kept', { error: String(error) }))
        .finally(() => {
          run.now -= 1
          next()
        })
    }
  }
  return {
    add: (work: () => Promise<void>): void => {
      if (run.closed) return
      if (waiting.length >= MOST_QUEUED) return log('warn', 'too many pictures are asked for; one is left out', {})
      waiting.push(work)
      next()
    },
    idle: (): Promise<void> =>
      run.now === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => run.idle.push(resolve)),
    close: (): void => {
      run.closed = true
      waiting.length = 0
      next()
    },
  }
}

export const makeFrames = (hub: Needs): Frames => {
  const kept = new Map<string, Taken>()
  const queue = makeQueue(hub.log)
  const timers = new Set<NodeJS.Timeout>()

  const take = async (site: string): Promise<Taken | null> => {
    const at = hub.now()
    const picture = await askPicture(hub.edges, site)
    return picture.ok ? { ...picture.value, at } : null
  }
  const keep = async (
    it: { readonly order: string; readonly site: string; readonly moment: FrameMoment },
    t: Taken,
  ) => {
    const file = await hub.assets.put(chunksOf(t.bytes), LINK_LIMITS.frameBytes)
    if (!file.ok) return hub.log('warn', 'a picture for an order was not kept', { ...it, why: file.error })
    if (PICTURES.includes(file.value.mime)) await hub.store.frames.put({ ...it, ...file.value, at: t.at })
  }
  const counted = new Map<string, number>()
  /** False when there are as many pictures of this moment of this order as are kept. Nothing is read: thousands of receipts may come at once. */
  const count = (order: string, moment: FrameMoment): boolean => {
    const key = `${order} ${moment}`
    const n = counted.get(key) ?? 0
    if (n >= MOST_SITES_OF_ORDER) return false
    counted.delete(key)
    counted.set(key, n + 1)
    const oldest = counted.keys().next().value
    if (counted.size > MOST_COUNTED && oldest !== undefined) counted.delete(oldest)
    return true
  }
  /** The receipt is the first of its stage, so the order was for this cluster. */
  const record = (order: string, site: string, moment: FrameMoment): void =>
    queue.add(async () => {
      if ((await hub.store.frames.get(order, site, moment)) !== null) return
      const taken = await take(site)
      if (taken !== null) await keep({ order, site, moment }, taken)
    })

  return {
    prepare: (sites) => {
      for (const site of [...new Set(sites)].slice(0, MOST_KEPT)) {
        if (!hub.edges.state(site).connected) continue
        queue.add(async () => {
          const taken = await take(site)
          if (taken === null) return
          kept.delete(site)
          kept.set(site, taken)
          const oldest = kept.keys().next().value
          if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
        })
      }
    },
    released: (row) => {
      if (row.order.action !== 'release' && row.order.action !== 'update') return
      for (const { site } of row.sites.slice(0, MOST_SITES_OF_ORDER)) {
        const taken = kept.get(site)
        if (taken === undefined || hub.now() - taken.at > KEPT_MS) continue
        queue.add(() => keep({ order: row.order.id, site, moment: 'before' }, taken))
      }
    },
    receipt: (site, receipt) => {
      const { order, stage } = receipt
      if (stage === 'shown' && count(order, 'during')) record(order, site, 'during')
      if (stage !== 'ended' || timers.size >= MOST_QUEUED || !count(order, 'after')) return
      const timer = setTimeout(() => {
        timers.delete(timer)
        record(order, site, 'after')
      }, hub.afterMs ?? AFTER_MS)
      timers.add(timer)
    },
    idle: queue.idle,
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      queue.close()
      await queue.idle()
    },
  }
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
