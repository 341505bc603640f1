import { canonicalJson } from '#core/content/item.ts'
import type { Order } from '#core/emergency/order.ts'

type Drawn = Pick<Order, 'class' | 'hazard' | 'texts'>

/** Who looked at which words on which panel, so that the report of an order can say that somebody saw it before it was released. */
export type Previewed = {
  readonly note: (person: string, site: string, drawn: Drawn) => void
  /** For the words of this order, just before: each person with the clusters they looked at. */
  readonly of: (drawn: Drawn) => readonly { readonly person: string; readonly sites: readonly string[] }[]
}

/** Remembered this long, ms: then the screens may look different. */
const KEPT_MS = 1_800_000
const MOST = 500

export const makePreviewed = (now: () => number): Previewed => {
  const kept = new Map<string, { readonly person: string; readonly words: string; sites: Set<string>; at: number }>()
  const wordsOf = ({ class: c, hazard, texts }: Drawn) => canonicalJson([c, hazard, texts])
  return {
    note: (person, site, drawn) => {
      const words = wordsOf(drawn)
      const key = `${person}\n${words}`
      const before = kept.get(key)
      const sites = before?.sites ?? new Set()
      kept.delete(key)
      kept.set(key, { person, words, sites: sites.add(site), at: now() })
      const oldest = kept.keys().next().value
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
    },
    of: (drawn) => {
      const words = wordsOf(drawn)
      return [...kept.values()]
        .filter((k) => k.words === words && now() - k.at <= KEPT_MS)
        .map((k) => ({ person: k.person, sites: [...k.sites].toSorted() }))
    },
  }
}
