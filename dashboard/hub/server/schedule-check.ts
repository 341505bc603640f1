import { parseDocument } from '#core/base/check.ts'
import { ok, type Result } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { assetsOf, canonicalItem } from '#core/content/item.ts'
import { translationsOf } from '#core/content/translation.ts'
import { checkApproval } from '#core/contract/verify.ts'
import { policyFor } from '#core/policy/check.ts'
import { checkSchedule, type ScheduleCheck, type ScheduleFault } from '#core/schedule/check.ts'
import { ScheduleDocument } from '#core/schedule/document.ts'
import { sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import { type Problem, problem } from './answer.ts'
import { unfitProblem } from './fit.ts'

/** The schedule that was published last for a site; null: none yet. */
export const inForce = async (hub: Hub, site: string): Promise<ScheduleDocument | null> => {
  const row = await hub.store.schedules.latest(site)
  if (row === null) return null
  const parsed = parseDocument(ScheduleDocument, row.envelope.payload)
  return parsed.ok ? parsed.value : null
}

/**
 * The number that a new schedule of a site must be above. An edge refuses a lower one than it has; what it has may be newer than what is
 * known here when the hub was restored from a backup.
 */
export const newestVersion = async (hub: Pick<Hub, 'store' | 'edges'>, site: string): Promise<number> => {
  const stored = (await hub.store.schedules.latest(site))?.version ?? 0
  return Math.max(stored, hub.edges.state(site).status?.schedule.version ?? 0)
}

/** By the policy it names; without that policy here, everything but name and floors. */
export const judgedBy = (hub: Hub, document: ScheduleDocument): ScheduleCheck & { readonly checked: boolean } => {
  const named = hub.policies.get(document.policy) ?? null
  const policy = named && policyFor(named, document.site)
  return { ...checkSchedule(document, policy), checked: policy !== null }
}

export const planProblem = ({ where, why, vi, dangling }: ScheduleFault) =>
  problem(
    422,
    dangling ? 'dangling' : 'schedule',
    { vi: `Lịch sai ở ${where}: ${vi}.`, en: `The schedule is wrong at ${where}: ${why}.` },
    where,
  )

type Place = { readonly unit: string; readonly before: ScheduleDocument | null }

/** What leads nowhere or overlaps is refused here, before an edge would; every item in it is one that this hub knows as approved. */
export const checkInside = async (hub: Hub, document: ScheduleDocument, at: Place): Promise<Result<null, Problem>> => {
  const [fault] = judgedBy(hub, document).faults
  if (fault !== undefined) return planProblem(fault)
  for (const [i, approved] of document.items.entries()) {
    const judge = {
      registry: hub.registry(),
      verify: verifyEd25519,
      at: instant(hub.now()),
      trusted: true,
      sha256,
      unit: at.unit,
    }
    const checked = checkApproval(approved, judge)
    const { id } = approved.item
    if (!checked.ok) {
      const { reason, detail } = checked.error
      return problem(
        422,
        reason,
        { vi: `Nội dung ${id} bị từ chối: ${reason}.`, en: `Item ${id} is refused: ${detail}.` },
        `/items/${i}`,
      )
    }
    const known = await isKnown(hub, document, { index: i, ...at })
    if (!known.ok) return known
    for (const { sha256: file } of assetsOf(approved.item))
      if (!(await hub.assets.has(file)))
        return problem(
          422,
          'missing',
          { vi: `Thiếu tệp của ${id}.`, en: `The file of ${id} is missing.` },
          `/items/${i}`,
        )
  }
  return ok(null)
}

/** Approved here to the letter; or an older revision that holds at this site already, while its successor waits for a decision. */
const isKnown = async (
  hub: Hub,
  document: ScheduleDocument,
  at: Place & { readonly index: number },
): Promise<Result<null, Problem>> => {
  const item = document.items[at.index]?.item
  if (item === undefined) return ok(null)
  const row = await hub.store.content.item(item.id)
  const hash = sha256(canonicalItem(item))
  const held = at.before?.items.find((a) => a.item.id === item.id)?.item
  const older = row !== null && row.item.revision > item.revision && held !== undefined
  const isHeld = older && sha256(canonicalItem(held)) === hash
  if (!isHeld && (row === null || row.state !== 'approved' || row.hash !== hash))
    return problem(
      422,
      'unapproved',
      {
        vi: `Nội dung ${item.id} chưa được phê duyệt ở trung tâm.`,
        en: `Item ${item.id} is not approved at this hub.`,
      },
      `/items/${at.index}`,
    )
  // It was seen to fit where it was meant for; elsewhere nobody has looked yet.
  const unfit =
    held === undefined && !row?.sites.includes(document.site) ? unfitProblem(hub, item, [document.site]) : null
  if (unfit !== null) return unfit
  const find = (id: string) => document.items.find((a) => a.item.id === id)?.item
  const { item: left, stale } = translationsOf(item, { sha256, find })
  return left === null ? staleProblem(item.id, stale?.detail ?? '', `/items/${at.index}`) : ok(null)
}

/** Art. 13.4: what no edge would show is not approved, nor put into a schedule. */
export const staleProblem = (id: string, detail: string, where: string) =>
  problem(
    422,
    'stale-translation',
    {
      vi: `Bản dịch ${id} cũ hơn bản gốc: dịch lại trước.`,
      en: `Translation ${id} is older than its source: ${detail}.`,
    },
    where,
  )

/** The document in force without what is no longer approved (a revoked key), and with the approvals that hold now. */
export const stillApproved = async (hub: Hub, before: ScheduleDocument | null): Promise<ScheduleDocument | null> => {
  if (before === null) return null
  const items: ScheduleDocument['items'] = []
  for (const held of before.items) {
    const row = await hub.store.content.item(held.item.id)
    const same = row !== null && row.hash === sha256(canonicalItem(held.item))
    const isNewer = row !== null && row.item.revision > held.item.revision
    if (!same && !(isNewer && row.state === 'approved')) items.push(held)
    else if (row.state === 'approved' && row.approval !== null) items.push({ item: row.item, approval: row.approval })
  }
  return { ...before, items }
}
