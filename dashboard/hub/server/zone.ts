import { ok, type Result } from '#core/base/result.ts'
import { instantOfDate, isDate } from '#core/base/time.ts'
import { policyFor } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { Hub } from '../hub.ts'
import type { SiteRecord } from '../store/types.ts'
import { type Problem, problem } from './answer.ts'

/** Where the hub was given no policy: the zone of the clusters it was made for. */
const VIET_NAM_MINUTES = 420
const OLDEST = '2024-07-01'

/** The policy that the cluster's register row names, as it holds there; null: the hub has it not. */
export const policyOf = (hub: Pick<Hub, 'policies'>, site: Pick<SiteRecord, 'id' | 'plan'>): Policy | null => {
  const policy = hub.policies.get(site.plan?.policy ?? '')
  return policy === undefined ? null : policyFor(policy, site.id)
}

/** Minutes east of UTC of the policy; of any that the hub has, where the cluster names none. */
export const offsetOf = (hub: Pick<Hub, 'policies'>, policy: Policy | null): number =>
  (policy ?? [...hub.policies.values()][0])?.zone.offsetMinutes ?? VIET_NAM_MINUTES

/** A civil date of a query: one of the calendar, not of before the rules were, nor more than `daysAhead` after `now`. */
export const dateOfQuery = (
  given: string,
  it: { readonly where: string; readonly now: number; readonly daysAhead: number },
): Result<string, Problem> => {
  const far = it.now + it.daysAhead * 86_400_000
  if (isDate(given) && given >= OLDEST && instantOfDate(given, 0) <= far) return ok(given)
  const words = {
    vi: `${it.where}: cần một ngày dạng YYYY-MM-DD, từ ${OLDEST}.`,
    en: `${it.where}: give a date as YYYY-MM-DD, from ${OLDEST} on.`,
  }
  return problem(400, 'malformed', words, it.where)
}
