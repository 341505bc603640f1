import type { Order } from '#core/emergency/order.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { Policy } from '#core/policy/policy.ts'

/**
 * What orders must be in force, told anew from the words of domain.md §4.2 and not from the book: an order is in force from its start to
 * its end unless an order of its class replaced or cancelled it, in whatever order they came.
 */
export type OrderOracle = {
  /** It reached the edge. `clockRight`: the edge's wall clock was then within a few seconds. */
  readonly delivered: (
    order: Order,
    at: { readonly now: number; readonly wall: number; readonly clockRight: boolean },
  ) => void
  /** From now on nobody knows when what is in the book ends. */
  readonly doubtAll: () => void
  /** This one may have been forgotten. */
  readonly doubt: (id: string) => void
  /** Strongest first; `doubtful`: something may or may not be in force, so nothing can be said of the screen. */
  readonly inForce: (at: { readonly now: number; readonly wall: number }) => {
    readonly certain: readonly Order[]
    readonly doubtful: boolean
  }
  /** Why this order must not be on the screen now; null when it may. */
  readonly mustBeOff: (id: string, at: { readonly now: number; readonly wall: number }) => string | null
  readonly known: (id: string) => Order | null
}

type Known = {
  readonly order: Order
  readonly since: number
  certain: boolean
  stoppedAt: number | null
  readonly refused: string | null
}

/** The strongest class first, written down by hand from design §1. */
const CLASSES: readonly Order['class'][] = ['safety-blank', 'emergency', 'major-event', 'mourning', 'priority']
const SEVERITY: readonly Order['severity'][] = ['minor', 'moderate', 'severe', 'extreme']
/** Start and end are not judged closer than this to the edge's own clock, ms. */
const SLACK = 6_000
/** An order is taken as begun this much before its start: clocks may differ. */
const AHEAD = 121_000
/** What is doubtful is so for this long, ms: longer than the policy lets any order last. */
const LONG = 30 * 3_600_000
/** More of one class at once may be refused. */
const MOST = 15

const strength = (a: Order, b: Order): number => {
  const severity = (o: Order) => (o.status === 'exercise' ? -1 : SEVERITY.indexOf(o.severity))
  return (
    CLASSES.indexOf(a.class) - CLASSES.indexOf(b.class) ||
    severity(b) - severity(a) ||
    b.issuedAt - a.issuedAt ||
    (a.id < b.id ? -1 : 1)
  )
}

export const createOrderOracle = (site: SiteFacts, policy: Policy): OrderOracle => {
  const all = new Map<string, Known>()
  /** `class id` of what was cancelled or replaced before it came. */
  const gone = new Set<string>()

  const refusal = (order: Order): string | null => {
    const span = order.expiresAt - order.startsAt
    if (!order.targets.includes(site.id)) return 'not for this site'
    if (span <= 0 || span > policy.emergency.longestMs) return 'length'
    if (order.status === 'test') return 'a test'
    if (order.status === 'exercise' && !site.exerciseMode) return 'no exercises here'
    return order.action !== 'release' && order.references.length === 0 ? 'references nothing' : null
  }
  const doubtful = (k: Known, now: number): boolean => !k.certain && now - k.since < LONG
  return {
    delivered: (order, { now, wall, clockRight }) => {
      if (all.has(order.id)) return
      const refused = refusal(order)
      const late = wall >= order.expiresAt - SLACK
      const stopped = gone.has(`${order.class} ${order.id}`) ? now : null
      if (refused === null && order.action !== 'release')
        for (const id of order.references) {
          gone.add(`${order.class} ${id}`)
          const one = all.get(id)
          if (one !== undefined && one.order.class === order.class) one.stoppedAt ??= now
        }
      if (late && clockRight && wall >= order.expiresAt + SLACK) return
      all.set(order.id, { order, since: now, certain: clockRight && !late, stoppedAt: stopped, refused })
    },
    doubtAll: () => {
      for (const one of all.values()) one.certain = false
    },
    doubt: (id) => {
      const one = all.get(id)
      if (one !== undefined) one.certain = false
    },
    inForce: ({ now, wall }) => {
      const live = [...all.values()].filter((k) => k.order.action !== 'cancel' && k.refused === null)
      const near = (k: Known) => {
        const { startsAt, expiresAt } = k.order
        if (k.stoppedAt !== null) return false
        return doubtful(k, now) || (wall >= startsAt - AHEAD && wall < startsAt) || Math.abs(wall - expiresAt) <= SLACK
      }
      const certain = live.filter(
        (k) => k.certain && k.stoppedAt === null && wall >= k.order.startsAt && wall < k.order.expiresAt - SLACK,
      )
      const full = CLASSES.some((c) => certain.filter((k) => k.order.class === c).length > MOST)
      return { certain: certain.map((k) => k.order).sort(strength), doubtful: full || live.some(near) }
    },
    mustBeOff: (id, { now, wall }) => {
      const one = all.get(id)
      if (one === undefined) return 'nobody ever sent it, or it came after its end'
      if (one.refused !== null) return one.refused
      if (one.order.action === 'cancel') return 'a cancel has no picture'
      if (one.stoppedAt !== null && now > one.stoppedAt + 1_000) return 'it was cancelled or replaced'
      return one.certain && wall > one.order.expiresAt + SLACK ? 'it is over' : null
    },
    known: (id) => all.get(id)?.order ?? null,
  }
}
