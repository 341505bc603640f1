import { err, ok, type Result } from '#core/base/result.ts'
import { type Approval, canonicalJson } from '#core/content/item.ts'
import type { ApprovedItem, ScheduleDocument } from '#core/schedule/document.ts'
import type { ItemRow } from '../store/port.ts'
import type { SitePlan } from '../store/types.ts'

export type Compose = {
  readonly site: string
  readonly plan: SitePlan
  readonly before: ScheduleDocument | null
  /** Approved items; one that is in the document already is brought to its newest revision. */
  readonly add: readonly ItemRow[]
  readonly remove: readonly string[]
  readonly by: string
  /** Wall clock, ms. */
  readonly now: number
}

/**
 * The next schedule document of a site as the text to sign. New items come first in every playlist, so that they are seen soon, but the
 * fallback takes them only while it has nothing, and never an advertisement; what has run out or is taken away leaves. A frame and the fallback name playlists, so an emptied playlist is an error that
 * names it.
 */
export const composeSchedule = (ask: Compose): Result<string, string> => {
  const { before, plan } = ask
  const gone = new Set(ask.remove)
  const added = ask.add.filter((r) => !gone.has(r.item.id))
  const addedIds = added.map((r) => r.item.id)
  const publicIds = added.filter((r) => r.item.ad === null).map((r) => r.item.id)
  const approved = new Map<string, ApprovedItem>()
  for (const a of before?.items ?? []) if (!gone.has(a.item.id) && a.item.validTo > ask.now) approved.set(a.item.id, a)
  for (const r of added) if (r.approval !== null) approved.set(r.item.id, { item: r.item, approval: r.approval })

  const playlists: { id: string; items: string[] }[] = []
  for (const p of before?.playlists ?? plan.playlists) {
    const kept = p.items.filter((id) => approved.has(id))
    const fresh = p.id !== plan.fallbackPlaylist ? addedIds : kept.length > 0 ? [] : publicIds
    const items = [...new Set([...fresh, ...kept])].filter((id) => approved.has(id))
    if (items.length === 0) return err(p.id)
    playlists.push({ id: p.id, items })
  }
  const used = new Set(playlists.flatMap((p) => p.items))
  const document: ScheduleDocument = {
    site: ask.site,
    version: (before?.version ?? 0) + 1,
    issuedAt: ask.now,
    issuedBy: ask.by,
    policy: plan.policy,
    items: [...approved.values()].filter((a) => used.has(a.item.id)),
    playlists,
    frames: plan.frames,
    fallbackPlaylist: plan.fallbackPlaylist,
    power: plan.power,
  }
  return ok(canonicalJson(document))
}

/** The text an approver signs for an item. */
export const composeApproval = (row: Pick<ItemRow, 'item' | 'hash'>, by: string, at: number): string => {
  const approval: Approval = {
    item: row.item.id,
    revision: row.item.revision,
    itemHash: row.hash,
    approvedBy: by,
    at,
    document: row.item.document,
  }
  return canonicalJson(approval)
}
