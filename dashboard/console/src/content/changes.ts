import { canonicalItem } from '#core/content/item.ts'
import type { ItemView } from '#core/contract/api.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { err, ok, type Result } from '../result.ts'
import { sha256OfText } from '../sha256.ts'

/** What a schedule document to be signed would change at its site, against what the hub says is in force there. */
export type Changes = {
  readonly site: string
  readonly version: number
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly kept: number
  readonly frames: number
  readonly playlists: number
}
export type DocumentFault = 'not-a-document' | 'other-site' | 'item-changed' | 'item-missing' | 'item-left'

/**
 * Reads the very text that will be signed, so that a person sees what they sign and not what the hub says it is. Refuses when an item
 * that was to be added is not in it as it was approved, or one that was to go is still there.
 */
export const readChanges = (
  document: { readonly site: string; readonly payload: string },
  wanted: {
    readonly add: readonly ItemView[]
    readonly remove: readonly string[]
    readonly known: readonly ItemView[]
  },
): Result<Changes, DocumentFault> => {
  let parsed: ScheduleDocument
  try {
    parsed = JSON.parse(document.payload) as ScheduleDocument
  } catch {
    return err('not-a-document')
  }
  if (!Array.isArray(parsed.items) || !Array.isArray(parsed.frames) || !Array.isArray(parsed.playlists))
    return err('not-a-document')
  if (parsed.site !== document.site) return err('other-site')
  const inside = new Map(parsed.items.map((entry) => [entry.item.id, entry.item]))
  for (const view of wanted.add) {
    const item = inside.get(view.item.id)
    if (item === undefined) return err('item-missing')
    if (sha256OfText(canonicalItem(item)) !== view.itemHash) return err('item-changed')
  }
  if (wanted.remove.some((id) => inside.has(id))) return err('item-left')
  const before = new Map(
    wanted.known.filter((v) => v.publishedAt.includes(document.site)).map((v) => [v.item.id, v.item.title]),
  )
  return ok({
    site: document.site,
    version: parsed.version,
    added: [...inside.values()].filter((item) => !before.has(item.id)).map((item) => item.title),
    removed: [...before].filter(([id]) => !inside.has(id)).map(([, title]) => title),
    kept: [...inside.keys()].filter((id) => before.has(id)).length,
    frames: parsed.frames.length,
    playlists: parsed.playlists.length,
  })
}
