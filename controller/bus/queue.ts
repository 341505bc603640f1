import type { Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'

/**
 * Exchanges that may wait their turn on one bus, urgent and routine ones each. More means a caller in a loop; they are refused. A crowd of
 * lookers never keeps out a setting.
 */
export const MOST_WAITING = 64

export type Job<D> = { readonly device: D; readonly urgent: boolean }

/**
 * Who is next on a bus: urgent before routine, first attempts before further ones, each in order of arrival. Nobody waits for a device that
 * still digests its last write, nor for the attempts at a silent one; the probe of a device known to be silent waits until nobody else wants
 * the bus, though never longer than one more probe interval.
 */
export const createQueue = <D, J extends Job<D>, R>(options: {
  readonly now: () => number
  readonly wake: Wake
  /** One attempt. Null: it wants another turn. */
  readonly run: (job: J) => Promise<R | null>
  /** Not before this, monotonic ms. */
  readonly readyAt: (device: D) => number
  readonly probing: (device: D) => boolean
  readonly probeMs: (device: D) => number
}) => {
  type Waiting = {
    readonly job: J
    readonly since: number
    readonly retry: boolean
    readonly settle: (result: R) => void
  }
  let waiting: Waiting[] = []
  let busy = false
  let cancel = () => {}
  const { now } = options
  /** Lower goes first. */
  const standing = ({ job, since, retry }: Waiting): number => {
    const patient = options.probing(job.device) && now() - since < options.probeMs(job.device)
    return (patient ? 4 : 0) + (job.urgent ? 0 : 2) + (retry ? 1 : 0)
  }
  const takeNext = (): Waiting | null => {
    const ready = waiting.filter(({ job }) => options.readyAt(job.device) <= now())
    const next = ready.reduce<Waiting | null>(
      (best, one) => (best && standing(best) <= standing(one) ? best : one),
      null,
    )
    waiting = waiting.filter((one) => one !== next)
    return next
  }
  const turn = async (one: Waiting) => {
    const result = await options.run(one.job)
    if (result === null) waiting.push({ ...one, retry: true })
    else one.settle(result)
  }
  const pump = async () => {
    if (busy) return
    busy = true
    cancel()
    for (let next = takeNext(); next; next = takeNext()) await turn(next)
    busy = false
    // Whoever is left waits for a device that still digests its last write; a new job may go in between.
    if (waiting.length === 0) return
    const soonest = Math.min(...waiting.map(({ job }) => options.readyAt(job.device)))
    cancel = options.wake(duration(Math.max(0, soonest - now())), () => void pump())
  }
  return {
    full: `${MOST_WAITING} exchanges are waiting already`,
    /** Null when too many wait already. */
    add: (job: J): Promise<R> | null => {
      if (waiting.filter((other) => other.job.urgent === job.urgent).length >= MOST_WAITING) return null
      return new Promise((settle) => {
        waiting.push({ job, since: now(), retry: false, settle })
        void pump()
      })
    },
    /** Nobody waits any more: those left get their turn now, and learn from `run` that all is over. */
    drain: () => {
      cancel()
      const left = waiting
      waiting = []
      for (const one of left) void turn(one)
    },
  }
}
