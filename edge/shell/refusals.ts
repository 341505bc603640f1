import { receive } from '#core/emergency/book.ts'
import type { OrderRefusal } from '#core/emergency/order.ts'
import type { State } from '#core/engine/state.ts'
import type { VerifiedOrder } from '#core/engine/verified.ts'
import type { Happening } from './loop.ts'

/**
 * Whoever holds the hub can send unsigned and wrongly signed things as fast as the line goes, and every order that was ever signed again.
 * Each refusal is evidence, written and flushed; without a bound they would fill the disk that the evidence of the screen needs. What is
 * over the bound is counted, and the next refusal that is written says how many there were.
 */
export type Refusals = {
  /** What of it goes on: it, nothing, or it after a line about what was not written down. What is no refusal passes as it is. */
  readonly admit: (happening: Happening) => readonly Happening[]
}

/**
 * `news`: it changes something. A reason: it would be refused and change nothing. `known`: this very order is here already, or may have been: a
 * document never comes too late, so those that were forgotten could be sent round and round, and they show nothing.
 */
export type OrderPrognosis = 'news' | 'known' | { readonly refused: OrderRefusal }

/** What the engine will make of an order that verified. One that ends something on the screen is news whatever else is said of it. */
export const prognosisOf = (
  verified: VerifiedOrder,
  state: Pick<State, 'orders' | 'site' | 'policy'>,
  now: State['now'],
): OrderPrognosis => {
  const got = receive(state.orders, verified, { site: state.site, policy: state.policy, now })
  if (got.outcome === 'duplicate') return 'known'
  if (got.outcome === 'accepted' && verified.order.action === 'document') return 'known'
  return got.outcome === 'refused' && got.ended.length === 0 ? { refused: got.reason } : 'news'
}

/** At once, and then one a minute: at most some 1,500 a day. */
const MOST_AT_ONCE = 60
/** An order that is here already costs a receipt and a snapshot, no evidence; an honest hub sends it again when the link comes back. */
const MOST_KNOWN_AT_ONCE = 200
const EVERY_MS = 60_000

/** True as long as there is room: `most` at once, then one a minute. `now`: milliseconds, monotonic. */
export const bucketOf = (most: number, now: () => number) => {
  const run = { left: most, at: now() }
  return (): boolean => {
    const gained = Math.floor((now() - run.at) / EVERY_MS)
    run.at += gained * EVERY_MS
    run.left = Math.min(most, run.left + gained)
    if (run.left === 0) return false
    run.left -= 1
    return true
  }
}

/** `now`: milliseconds, monotonic. */
export const createRefusals = (now: () => number, prognosis: (order: VerifiedOrder) => OrderPrognosis): Refusals => {
  const refusals = bucketOf(MOST_AT_ONCE, now)
  const known = bucketOf(MOST_KNOWN_AT_ONCE, now)
  const run = { counted: 0 }
  const more = () => `${run.counted} more were refused before it and not written down`
  const kindOf = (happening: Happening): 'passes' | OrderPrognosis => {
    // That the schedule in force no longer holds takes it off the screen and is never passed over.
    if (happening.event === 'refused') return happening.voids ? 'passes' : { refused: happening.reason }
    return happening.event === 'order' ? prognosis(happening.order) : 'passes'
  }
  return {
    admit: (happening) => {
      const kind = kindOf(happening)
      if (kind === 'passes' || kind === 'news') return [happening]
      if (kind === 'known') return known() ? [happening] : []
      if (!refusals()) {
        run.counted += 1
        return []
      }
      if (run.counted === 0) return [happening]
      const said = more()
      run.counted = 0
      if (happening.event === 'refused')
        return [{ ...happening, detail: `${happening.detail.slice(0, 400)} (${said})` }]
      return [{ event: 'refused', what: 'order', reason: kind.refused, detail: said, orderId: null }, happening]
    },
  }
}
