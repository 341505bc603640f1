import { err, ok, type Result } from '#core/base/result.ts'
import { type Approval, canonicalJson } from '#core/content/item.ts'
import { translationsOf } from '#core/content/translation.ts'
import type { SchedulePlan } from '#core/contract/api.ts'
import type { ApprovedItem, ScheduleDocument } from '#core/schedule/document.ts'
import { sha256 } from '../crypto/ed25519.ts'
import type { ItemRow } from '../store/port.ts'
import type { SitePlan } from '../store/types.ts'

export type Compose = {
  readonly site: string
  /** Of the register row, or of the schedule that holds (`planOf`), or as a person has just edited it. */
  readonly plan: SitePlan
  readonly before: ScheduleDocument | null
  /** The newest version that anybody has of it; 0: none. */
  readonly above: number
  /** Approved items; one that is in the document already is brought to its newest revision. */
  readonly add: readonly ItemRow[]
  readonly remove: readonly string[]
  readonly by: string
  /** Wall clock, ms. */
  readonly now: number
}

/**
 * The next schedule document of a site as the text to sign. New items come first in every playlist, so that they are seen soon, but the
 * fallback takes them only while it has nothing, and never an advertisement; what has run out, is taken away or is a translation older than
 * its source (Art. 13.4: no edge would show it) leaves. A frame and the fallback name playlists, so an emptied playlist is an error that
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
  const find = (id: string) => approved.get(id)?.item
  const stale = [...approved.values()].filter(({ item }) => translationsOf(item, { sha256, find }).item === null)
  for (const { item } of stale) approved.delete(item.id)

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
    version: Math.max(ask.above, before?.version ?? 0) + 1,
    issuedAt: ask.now,
    issuedBy: ask.by,
    policy: plan.policy,
    items: [...approved.values()].filter((a) => used.has(a.item.id)),
    playlists,
    frames: plan.frames,
    fallbackPlaylist: plan.fallbackPlaylist,
    power: plan.power,
    ...rulesOf(plan),
  }
  return ok(canonicalJson(document))
}

/** Absent stays absent: a key without a value is no JSON. */
const rulesOf = ({ brightness, energy, ads }: Pick<SchedulePlan, 'brightness' | 'energy' | 'ads'>) => ({
  ...(brightness === undefined ? {} : { brightness }),
  ...(energy === undefined ? {} : { energy }),
  ...(ads === undefined ? {} : { ads }),
})

/** What a person may edit of a plan or of a document. */
export const editableOf = (of: SitePlan | ScheduleDocument): SchedulePlan => ({
  frames: of.frames,
  power: of.power,
  ...rulesOf(of),
})

/**
 * The plan that holds: what was signed last, else the register row. A frame that a person has edited and signed is not undone by the next
 * item that is published.
 */
export const planOf = (
  register: SitePlan,
  before: ScheduleDocument | null,
  edited: SchedulePlan | undefined,
): SitePlan => ({
  policy: register.policy,
  playlists: register.playlists,
  fallbackPlaylist: before === null ? register.fallbackPlaylist : before.fallbackPlaylist,
  ...(edited ?? editableOf(before ?? register)),
})

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
