import { ok } from '#core/base/result.ts'
import { DAY, dateOf, instantOfDate } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { UptimeAnswer } from '#core/contract/operations.ts'
import { STRETCH_KINDS, STRETCH_WHYS, type Stretch } from '#core/evidence/stretches.ts'
import type { Hub } from '../hub.ts'
import type { LinkOutage, SiteStretch } from '../store/port-operations.ts'
import { type Answer, notFound, type PersonCall, problem, query, type Route } from './answer.ts'
import { heldWithin, withPlannedDark } from './held.ts'
import { dateOfQuery, offsetOf, policyOf } from './zone.ts'

const MOST_DAYS = 400
/** Shorter than this nobody has seen: it is counted in milliseconds, not as one more outage. */
const LEAST_OUTAGE_MS = 1_000
/** Outages of one cluster that are looked at one by one. */
const MOST_OUTAGES = 50_000

export type UptimeFacts = {
  readonly site: string
  readonly from: string
  readonly to: string
  /** Begin of the first day and end of the last, ms; what lies after `now` has not elapsed. */
  readonly span: { readonly from: number; readonly to: number }
  readonly now: number
  readonly sums: Readonly<Partial<Record<Stretch['why'], number>>>
  /** In order of time, clipped to the span. */
  readonly outages: readonly Pick<Stretch, 'from' | 'to'>[]
  readonly links: readonly Pick<LinkOutage, 'from' | 'to'>[]
}

/** Exact in whole milliseconds: shown + dark + outages + unknown = elapsed. Pure. */
export const uptimeOf = (of: UptimeFacts): UptimeAnswer => {
  const until = Math.max(of.span.from, Math.min(of.span.to, of.now))
  const elapsedMs = until - of.span.from
  const sums = { shown: 0, dark: 0, power: 0, device: 0, software: 0, unknown: 0 }
  for (const why of STRETCH_WHYS) sums[STRETCH_KINDS[why]] += of.sums[why] ?? 0
  const known = sums.shown + sums.dark + sums.power + sums.device + sums.software + sums.unknown
  const unknownMs = elapsedMs - known
  const linkMs = of.links.reduce(
    (ms, l) => ms + Math.max(0, Math.min(l.to ?? until, until) - Math.max(l.from, of.span.from)),
    0,
  )
  const runs = runsOf(of.outages)
  const asked = elapsedMs - sums.dark - unknownMs
  return {
    site: of.site,
    from: of.from,
    to: of.to,
    elapsedMs,
    shownMs: sums.shown,
    darkMs: sums.dark,
    outageMs: { power: sums.power, device: sums.device, software: sums.software, unknown: sums.unknown },
    linkMs,
    unknownMs,
    ratio: asked <= 0 ? null : sums.shown / asked,
    outages: runs.filter((ms) => ms >= LEAST_OUTAGE_MS).length,
    longestMs: runs.reduce((most, ms) => Math.max(most, ms), 0),
  }
}

/** Lengths of outages; what touches is one, whatever its causes. */
const runsOf = (outages: UptimeFacts['outages']): readonly number[] => {
  const runs: number[] = []
  let end = -1
  for (const { from, to } of outages) {
    if (from === end) runs[runs.length - 1] = (runs.at(-1) ?? 0) + to - from
    else runs.push(to - from)
    end = to
  }
  return runs
}

const bySite = <T extends { readonly site: string }>(rows: readonly T[]): ReadonlyMap<string, readonly T[]> =>
  Map.groupBy(rows, (row) => row.site)

type Recorded = { readonly sums: UptimeFacts['sums']; readonly outages: readonly SiteStretch[] }

/** Takes out of the outages what lies in the planned darkness of the cluster, and counts it as dark. */
const asPlanned = async (hub: Hub, site: string, it: Recorded): Promise<Recorded> => {
  const cuts = it.outages.filter(({ why }) => STRETCH_KINDS[why] === 'power')
  const [first, last] = [cuts[0], cuts.at(-1)]
  if (first === undefined || last === undefined) return it
  // A whole fleet is gone through here: the hub goes on answering in between.
  await new Promise((resolve) => setImmediate(resolve))
  const held = await heldWithin(hub.store, site, { from: first.from, to: last.to })
  const offset = offsetOf(hub, policyOf(hub, hub.sites.get(site) ?? { id: site, plan: null }))
  const sums = { ...it.sums }
  for (const part of withPlannedDark(cuts, held, offset)) sums[part.why] = (sums[part.why] ?? 0) + part.to - part.from
  for (const { why, from, to } of cuts) sums[why] = (sums[why] ?? 0) - (to - from)
  return { sums, outages: withPlannedDark(it.outages, held, offset).filter(({ why }) => why !== 'dark') }
}

/** GET /api/uptime: of every cluster that runs an edge, or of one. */
export const uptimeRoutes = (hub: Hub): readonly Route[] => {
  const handle = async (call: PersonCall): Answer => {
    const now = hub.now()
    const offset = offsetOf(hub, null)
    const today = dateOf(instant(now), offset)
    const from = dateOfQuery(query(call, 'from') ?? today, { where: 'from', now, daysAhead: 1 })
    if (!from.ok) return from
    const to = dateOfQuery(query(call, 'to') ?? today, { where: 'to', now, daysAhead: 400 })
    if (!to.ok) return to
    const span = { from: instantOfDate(from.value, offset), to: instantOfDate(to.value, offset) + DAY }
    if (span.to <= span.from || span.to - span.from > MOST_DAYS * DAY) {
      const words = {
        vi: `"to" không được trước "from", và nhiều nhất ${MOST_DAYS} ngày.`,
        en: `"to" must not be before "from", and at most ${MOST_DAYS} days.`,
      }
      return problem(400, 'malformed', words, 'to')
    }
    const site = query(call, 'site') || null
    if (site !== null && hub.sites.get(site)?.fleet !== true) return notFound(`cụm / site ${site.slice(0, 64)}`)
    const known = { site, from: span.from, to: Math.max(span.from, Math.min(span.to, now)) }
    const sums = await hub.store.stretches.sums(known)
    const outages: ReadonlyMap<string, readonly SiteStretch[]> = bySite(
      await hub.store.stretches.of({ ...known, only: 'outages' }, MOST_OUTAGES),
    )
    const links = bySite(await hub.store.links.outages(known))
    const ids = site === null ? [...hub.sites.values()].filter((s) => s.fleet).map((s) => s.id) : [site]
    const answers: UptimeAnswer[] = []
    for (const id of ids) {
      const planned = await asPlanned(hub, id, { sums: sums.get(id) ?? {}, outages: outages.get(id) ?? [] })
      const of = { site: id, from: from.value, to: to.value, span, now }
      answers.push(uptimeOf({ ...of, ...planned, links: links.get(id) ?? [] }))
    }
    return ok(answers)
  }
  return [{ method: 'GET', url: '/api/uptime', need: { action: 'view', scope: 'sites.read' }, handle }]
}
