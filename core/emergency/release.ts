import type { Policy } from '../policy/policy.ts'
import type { Order } from './order.ts'

type Rule = Policy['releaseRules']['secondPerson'][number]

/**
 * Which rule asks for a second person's signature, or null. One table for console, hub and edge: the console asks for it, the hub waits for
 * it, and an edge refuses an order without it. What takes something down (a cancel) or shows nothing (a document) needs none, an exercise
 * is seen as such by everybody, and a test is not seen at all.
 */
export const secondPersonRule = (
  order: Pick<Order, 'action' | 'class' | 'status' | 'area' | 'targets'>,
  policy: Pick<Policy, 'releaseRules'>,
): Rule | null => {
  if (order.status !== 'actual' || order.action === 'cancel' || order.action === 'document') return null
  const holds = (rule: Rule): boolean => {
    if (rule.class !== order.class) return false
    if (rule.moreThan !== null && order.targets.length > rule.moreThan) return true
    if (rule.province) return order.area?.province === true
    return rule.moreThan === null
  }
  return policy.releaseRules.secondPerson.find(holds) ?? null
}

/** May one person release it alone, to be reviewed afterwards? Only with a reason that is part of what was signed. */
export const breaksGlass = (
  order: Pick<Order, 'class' | 'breakGlass'>,
  policy: Pick<Policy, 'releaseRules'>,
): boolean => order.breakGlass !== undefined && policy.releaseRules.breakGlass.classes.includes(order.class)

/** Is what was signed by these persons enough? `persons`: those who signed and hold the right for it, each once. */
export const enoughPersons = (
  order: Order,
  persons: readonly string[],
  policy: Pick<Policy, 'releaseRules'>,
): boolean => secondPersonRule(order, policy) === null || new Set(persons).size >= 2 || breaksGlass(order, policy)
