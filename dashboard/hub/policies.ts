import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { faultText } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { ORDER_CLASSES } from '#core/emergency/order.ts'
import { parsePolicy } from '#core/policy/check.ts'
import type { Policy } from '#core/policy/policy.ts'
import { readText } from './files.ts'
import type { SiteRecord } from './store/types.ts'

/** What of a policy decides about orders. */
export type OrderRules = Pick<Policy, 'releaseRules' | 'emergency'>

const DAY_MS = 86_400_000

/**
 * Holds where the hub was given no policy at all. The edges have theirs and refuse what it does not allow; so that the hub is not laxer
 * than any of them, everything that would be shown in earnest needs two persons, and one alone only an emergency, with review.
 */
export const RULES_WITHOUT_POLICY: OrderRules = {
  releaseRules: {
    secondPerson: ORDER_CLASSES.map((c) => ({ class: c, province: false, moreThan: null })),
    breakGlass: { classes: ['emergency', 'safety-blank'], reviewWithinMs: DAY_MS },
    source: 'trung tâm chưa có quy chế (/policyDir) · the hub has no policy',
  },
  emergency: {
    countsTowardFloor: true,
    longestMs: DAY_MS,
    documentLaterMs: DAY_MS,
    allClearMs: 900_000,
    sharing: { turnMs: 15_000, leastShare: 0.1 },
    source: 'trung tâm chưa có quy chế (/policyDir) · the hub has no policy',
  },
}

/** Of several policies what asks for most: every rule of a second person, the classes for break-glass that all allow, the shortest times. */
export const strictest = (rules: readonly OrderRules[]): OrderRules => {
  const [first = RULES_WITHOUT_POLICY, ...others] = rules
  const least = (pick: (r: OrderRules) => number) => Math.min(...[first, ...others].map(pick))
  return {
    releaseRules: {
      secondPerson: [first, ...others].flatMap((r) => r.releaseRules.secondPerson),
      breakGlass: {
        classes: first.releaseRules.breakGlass.classes.filter((c) =>
          others.every((r) => r.releaseRules.breakGlass.classes.includes(c)),
        ),
        reviewWithinMs: least((r) => r.releaseRules.breakGlass.reviewWithinMs),
      },
      source: first.releaseRules.source,
    },
    emergency: {
      ...first.emergency,
      longestMs: least((r) => r.emergency.longestMs),
      documentLaterMs: least((r) => r.emergency.documentLaterMs),
      allClearMs: least((r) => r.emergency.allClearMs),
    },
  }
}

/**
 * What holds for an order to these clusters: the strictest of the policies that their register rows name. For a cluster that names none
 * the hub knows, the strictest of all it has stands in; without any, RULES_WITHOUT_POLICY.
 */
export const rulesFor = (
  policies: ReadonlyMap<string, Policy>,
  sites: readonly Pick<SiteRecord, 'plan'>[],
): OrderRules => {
  const named = sites.map((s) => policies.get(s.plan?.policy ?? ''))
  const known = new Set(named.filter((p) => p !== undefined))
  return strictest(known.size === 0 || named.includes(undefined) ? [...policies.values()] : [...known])
}

/** Every `*.json` of the folder, by id. The error names file, place and reason. */
export const readPolicies = (dir: string): Result<ReadonlyMap<string, Policy>, string> => {
  const policies = new Map<string, Policy>()
  const names = namesIn(dir)
  if (!names.ok) return names
  for (const name of names.value.filter((n) => n.endsWith('.json')).toSorted()) {
    const file = join(dir, name)
    const text = readText(file)
    if (!text.ok) return text
    const parsed = parsePolicy(text.value)
    if (!parsed.ok) return err(faultText(file, parsed.error))
    if (policies.has(parsed.value.id)) return err(`${file}: /id: ${parsed.value.id} is there twice`)
    policies.set(parsed.value.id, parsed.value)
  }
  return policies.size === 0 ? err(`${dir}: holds no policy (*.json) · không có quy chế nào`) : ok(policies)
}

const namesIn = (dir: string): Result<readonly string[], string> => {
  try {
    return ok(readdirSync(dir))
  } catch (error) {
    return err(`${dir}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
