import { CERTAINTIES, HAZARDS, ORDER_CLASSES, ORDER_LANGUAGES, SEVERITIES, URGENCIES } from '#core/emergency/order.ts'
import { emptyDraft, type OrderDraft } from './draft.ts'

/**
 * A draft survives a reload of the page: it is kept in this tab's session storage, which ends with the tab and never leaves the computer.
 * Pictures are kept by hash only; keys and passphrases never.
 */
const PREFIX = 'bangtin.order-draft.'
/** Longer ones are not kept: five languages at their bounds and every cluster of a large province are below it. */
const MOST_CHARACTERS = 200_000
/** An older one is of another event, ms. */
const OLDEST_MS = 12 * 3_600_000

/** The part of `Storage` that is used; it may be forbidden, so every call is guarded. */
export type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
type Kept = { readonly at: number; readonly draft: OrderDraft }

const guarded = <T>(act: () => T): T | undefined => {
  try {
    return act()
  } catch {
    // Forbidden or full: the draft then lasts as long as the page.
    return undefined
  }
}

export const keepDraft = (
  store: Keep,
  user: string,
  what: { readonly draft: OrderDraft | null; readonly now: number },
) =>
  guarded(() => {
    const text = JSON.stringify({ at: what.now, draft: what.draft } satisfies { at: number; draft: OrderDraft | null })
    if (what.draft === null || text.length > MOST_CHARACTERS) return store.removeItem(PREFIX + user)
    return store.setItem(PREFIX + user, text)
  })

/** Is what was read a draft of this version? Fields are compared with an empty one, closed words with their lists. */
const isDraft = (value: unknown): value is OrderDraft => {
  if (typeof value !== 'object' || value === null) return false
  const empty = emptyDraft('actual')
  const held = new Map(Object.entries(value))
  const same = Object.entries(empty).every(([key, e]) => {
    const v = held.get(key)
    return e === null || v === null ? held.has(key) : typeof v === typeof e && Array.isArray(v) === Array.isArray(e)
  })
  if (!same || held.size !== Object.keys(empty).length) return false
  const draft = value as OrderDraft
  return (
    (draft.status === 'actual' || draft.status === 'exercise') &&
    (draft.action === 'release' || draft.action === 'update') &&
    ORDER_CLASSES.includes(draft.class) &&
    HAZARDS.includes(draft.hazard) &&
    SEVERITIES.includes(draft.severity) &&
    URGENCIES.includes(draft.urgency) &&
    CERTAINTIES.includes(draft.certainty) &&
    draft.targets.every((id) => typeof id === 'string') &&
    draft.references.every((id) => typeof id === 'string') &&
    ORDER_LANGUAGES.every(
      (l) => typeof draft.texts[l]?.headline === 'string' && typeof draft.texts[l].instruction === 'string',
    )
  )
}

/** The draft that this person left, or null. Anything that is not one of this version is thrown away. */
export const keptDraft = (store: Keep, user: string, now: number): Kept | null => {
  const text = guarded(() => store.getItem(PREFIX + user)) ?? null
  if (text === null || text.length > MOST_CHARACTERS) return null
  const read = guarded(() => JSON.parse(text) as { at?: unknown; draft?: unknown } | null) ?? null
  if (read === null || typeof read.at !== 'number' || now - read.at > OLDEST_MS || !isDraft(read.draft)) {
    guarded(() => store.removeItem(PREFIX + user))
    return null
  }
  return { at: read.at, draft: read.draft }
}
