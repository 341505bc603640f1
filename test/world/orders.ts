import type { Order } from '#core/emergency/order.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { Policy } from '#core/policy/policy.ts'

/**
 * What orders must be in force, told anew from the words of domain.md §4.2 and not from the book: an order is in force from its start to
 * its end unless an order of its class replaced or cancelled it, in whatever order they came. What is said of an order that was replaced long
 * ago is said of what replaced it, unless that is newer.
 */
export type OrderOracle = {
  /** It reached the edge. `clockRight`: the edge's wall clock was then within a few seconds. */
  readonly delivered: (
    order: Order,
    at: {
      readonly now: number
      readonly wall: number
      readonly clockRight: boolean
      readonly persons: readonly string[]
    },
  ) => void
  /** From now on nobody knows when what is in the book ends. */
  readonly doubtAll: () => void
  /** This one may have been forgotten. */
  readonly doubt: (id: string) => void
  /** Strongest first, and no exercise beside anything real; `doubtful`: something may or may not be in force, so nothing can be said of the screen. */
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
  /** When it is over by itself: an all-clear before its own end. */
  readonly endsAt: number
  certain: boolean
  stoppedAt: number | null
  readonly refused: string | null
}

/** The strongest class first, written down by hand from design §1. */
const CLASSES: readonly Order['class'][] = ['safety-blank', 'emergency', 'major-event', 'mourning', 'priority']
const SEVERITY: readonly Order['severity'][] = ['minor', 'moderate', 'severe', 'extreme']
const URGENCY: readonly Order['urgency'][] = ['unknown', 'past', 'future', 'expected', 'immediate']
const CERTAINTY: readonly Order['certainty'][] = ['unknown', 'unlikely', 'possible', 'likely', 'observed']
/** Start and end are not judged closer than this to the edge's own clock, ms. */
const SLACK = 6_000
/** An order is taken as begun this much before its start: clocks may differ. */
const AHEAD = 121_000
/** What is doubtful is so for this long, ms: longer than the policy lets any order last. */
const LONG = 30 * 3_600_000
/** More of one class at once may be refused. */
const MOST = 15

const strength = (a: Order, b: Order): number => {
  const real = (o: Order) => (o.status === 'exercise' ? 0 : o.allClear === true ? 1 : 2)
  const equal = real(a) !== 2 || real(b) !== 2
  return (
    CLASSES.indexOf(a.class) - CLASSES.indexOf(b.class) ||
    real(b) - real(a) ||
    (equal ? 0 : URGENCY.indexOf(b.urgency ?? 'immediate') - URGENCY.indexOf(a.urgency ?? 'immediate')) ||
    (equal ? 0 : SEVERITY.indexOf(b.severity) - SEVERITY.indexOf(a.severity)) ||
    (equal ? 0 : CERTAINTY.indexOf(b.certainty ?? 'observed') - CERTAINTY.indexOf(a.certainty ?? 'observed')) ||
    b.issuedAt - a.issuedAt ||
    (a.id < b.id ? -1 : 1)
  )
}

/** Emergencies in earnest that are not over share the screen. */
export const isShared = (o: Order): boolean => o.class === 'emergency' && o.status === 'actual' && o.allClear !== true

const ends = ({ action }: Order): boolean => action === 'update' || action === 'cancel'

/** Is `x` over by one of these? A function of what was sent, and not of when it came. */
export const overIn = (sent: readonly Order[], x: Order): boolean => {
  const heard = sent.filter((u) => ends(u) && u.class === x.class && u.status !== 'test')
  const of = new Map(heard.map((u) => [u.id, u.references]))
  const before = new Set<string>()
  const follow = (id: string): void => {
    for (const r of of.get(id) ?? [])
      if (r !== x.id && !before.has(r)) {
        before.add(r)
        follow(r)
      }
  }
  follow(x.id)
  const isNewer = (u: Order) => u.issuedAt > x.issuedAt || (u.issuedAt === x.issuedAt && u.id > x.id)
  return heard.some((u) => {
    if (u.id === x.id || (u.status === 'exercise' && x.status !== 'exercise')) return false
    return u.references.includes(x.id) || (!before.has(u.id) && isNewer(u) && u.references.some((r) => before.has(r)))
  })
}

export const createOrderOracle = (site: SiteFacts, policy: Policy): OrderOracle => {
  const all = new Map<string, Known>()
  /** Every update and cancel that was fit to be heard. */
  const heard: Order[] = []

  const needsTwo = ({ action, status, class: of, area, breakGlass }: Order): boolean => {
    if (action === 'cancel' || action === 'document' || status !== 'actual') return false
    if (of === 'emergency') return area?.province === true && breakGlass === undefined
    return of === 'mourning' || (of === 'major-event' && area?.province === true)
  }
  const refusal = (order: Order, persons: readonly string[]): string | null => {
    const span = order.expiresAt - order.startsAt
    if (!order.targets.includes(site.id)) return 'not for this site'
    if (span <= 0 || span > policy.emergency.longestMs) return 'length'
    if (order.status === 'test') return 'a test'
    if (order.status === 'exercise' && !site.exerciseMode) return 'no exercises here'
    if (needsTwo(order) && new Set(persons).size < 2) return 'one person alone'
    return order.action !== 'release' && order.references.length === 0 ? 'references nothing' : null
  }
  const doubtful = (k: Known, now: number): boolean => !k.certain && now - k.since < LONG
  return {
    delivered: (order, { now, wall, clockRight, persons }) => {
      if (all.has(order.id)) return
      const refused = refusal(order, persons)
      const late = wall >= order.expiresAt - SLACK
      if (refused === null && ends(order) && !heard.some((h) => h.id === order.id)) {
        heard.push(order)
        for (const one of all.values()) if (overIn(heard, one.order)) one.stoppedAt ??= now
      }
      if (late && clockRight && wall >= order.expiresAt + SLACK) return
      const stoppedAt = overIn(heard, order) ? now : null
      const cleared = Math.max(wall, order.startsAt) + policy.emergency.allClearMs
      const endsAt = order.allClear === true ? Math.min(order.expiresAt, cleared) : order.expiresAt
      all.set(order.id, { order, since: now, endsAt, certain: clockRight && !late, stoppedAt, refused })
    },
    doubtAll: () => {
      for (const one of all.values()) one.certain = false
    },
    doubt: (id) => {
      const one = all.get(id)
      if (one !== undefined) one.certain = false
    },
    inForce: ({ now, wall }) => {
      const asks = ({ action }: Order) => action === 'release' || action === 'update'
      const live = [...all.values()].filter((k) => asks(k.order) && k.refused === null)
      const near = (k: Known) => {
        const { startsAt } = k.order
        if (k.stoppedAt !== null) return false
        return doubtful(k, now) || (wall >= startsAt - AHEAD && wall < startsAt) || Math.abs(wall - k.endsAt) <= SLACK
      }
      const certain = live.filter(
        (k) => k.certain && k.stoppedAt === null && wall >= k.order.startsAt && wall < k.endsAt - SLACK,
      )
      const isReal = certain.some((k) => k.order.status === 'actual' && k.order.class !== 'mourning')
      const full = CLASSES.some((c) => certain.filter((k) => k.order.class === c).length > MOST)
      const asking = certain.map((k) => k.order).filter((o) => !isReal || o.status === 'actual')
      return { certain: asking.sort(strength), doubtful: full || live.some(near) }
    },
    mustBeOff: (id, { now, wall }) => {
      const one = all.get(id)
      if (one === undefined) return 'nobody ever sent it, or it came after its end'
      if (one.refused !== null) return one.refused
      if (one.order.action === 'cancel' || one.order.action === 'document')
        return `a ${one.order.action} has no picture`
      if (one.stoppedAt !== null && now > one.stoppedAt + 1_000) return 'it was cancelled or replaced'
      return one.certain && wall > one.endsAt + SLACK ? 'it is over' : null
    },
    known: (id) => all.get(id)?.order ?? null,
  }
}
