import { ok } from '#core/base/result.ts'
import { DAY, dateOf, instantOfDate } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { PeriodStatus } from '#core/contract/link.ts'
import type { SiteDay } from '#core/contract/operations.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import type { Hub } from '../hub.ts'
import type { SiteRecord } from '../store/types.ts'
import { type Answer, notFound, type PersonCall, param, query, type Route } from './answer.ts'
import { periodsOf, withBounds } from './day-periods.ts'
import { darkOf, plannedOf } from './day-plan.ts'
import { holesOf, MOST_OF_DAY, putTogether } from './day-put.ts'
import { type Held, heldWithin, withPlannedDark } from './held.ts'
import { inForce } from './schedule-check.ts'
import { dateOfQuery, offsetOf, policyOf } from './zone.ts'

/** Plays read of one day; a screen that changes every five seconds around the clock has fewer. */
const MOST_PLAYS = 20_000

type Day = {
  readonly site: SiteRecord
  readonly date: string
  readonly from: number
  readonly to: number
  readonly now: number
  readonly offset: number
  readonly policy: Policy | null
  /** What was published last: it says what will play. */
  readonly schedule: ScheduleDocument | null
  /** What held in the course of the day: by that it is judged. */
  readonly held: readonly Held[]
}

/** Of today as the edge last said; of other days folded from the evidence, and kept where no line can change it any more. */
const statusesOf = async (hub: Hub, day: Day, knownTo: number | null): Promise<readonly PeriodStatus[]> => {
  const { policy, site, date } = day
  if (policy === null || day.from > day.now) return []
  const live = hub.edges.state(site.id).status?.airtime
  if (live?.date === date) return live.periods
  if (knownTo === null) return []
  const key = `${policy.id}:${policy.validFrom}`
  const kept = await hub.store.stretches.judged(site.id, date, key)
  if (kept !== null) return JSON.parse(kept) as readonly PeriodStatus[]
  const asked = { site: site.id, date, policy, schedule: day.held.at(-1)?.schedule ?? null, until: day.now }
  const periods = await periodsOf(hub.store, asked)
  if (knownTo >= day.to && day.now >= day.to)
    await hub.store.stretches.putJudged(site.id, date, { policy: key, doc: JSON.stringify(periods) })
  return periods
}

const answerOf = async (hub: Hub, day: Day): Promise<SiteDay> => {
  const { site, date, from, to, now, policy } = day
  const knownTo = await hub.store.stretches.knownTo(site.id)
  const rows = await hub.store.folds.dayPlays({ site: site.id, from, to, limit: MOST_PLAYS })
  const { plays, cut } = putTogether(rows)
  const span = { from, to: Math.max(from, Math.min(to, now)) }
  const stretches = await hub.store.stretches.of({ ...span, site: site.id, only: 'all' }, MOST_OF_DAY * 2)
  const { holes, cut: isCut } = holesOf(withPlannedDark(stretches, day.held, day.offset), span)
  return {
    site: site.id,
    date,
    from,
    to,
    now,
    played: plays,
    holes,
    planned: plannedOf(day),
    dark: day.held.flatMap((part) => darkOf({ ...part, offset: day.offset })),
    periods: policy === null ? [] : withBounds(await statusesOf(hub, day, knownTo), policy, date),
    knownTo,
    cut: cut || isCut || rows.length === MOST_PLAYS || stretches.length === MOST_OF_DAY * 2,
  }
}

/** GET /api/sites/:site/day?date=: what played, what will, and where the floors stand. */
export const dayRoutes = (hub: Hub): readonly Route[] => {
  const handle = async (call: PersonCall): Answer => {
    const site = hub.sites.get(param(call, 'site'))
    if (site === undefined) return notFound(`cụm / site ${param(call, 'site')}`)
    const now = hub.now()
    const policy = policyOf(hub, site)
    const offset = offsetOf(hub, policy)
    const given = query(call, 'date') || dateOf(instant(now), offset)
    const date = dateOfQuery(given, { where: 'date', now, daysAhead: 400 })
    if (!date.ok) return date
    const from = instantOfDate(date.value, offset)
    const schedule = await inForce(hub, site.id)
    const span = { from, to: from + DAY }
    const held = await heldWithin(hub.store, site.id, span)
    return ok(await answerOf(hub, { ...span, site, date: date.value, now, offset, policy, schedule, held }))
  }
  return [{ method: 'GET', url: '/api/sites/:site/day', need: { action: 'view', scope: 'sites.read' }, handle }]
}
