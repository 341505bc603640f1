import type { Store } from '../store/port.ts'
import { type Answer, auditOf, type PersonCall, type Problem } from './answer.ts'

/** Refused orders of one person that are written down in a minute. More of them say nothing new: the last line says that they are not counted. */
const MOST_A_MINUTE = 30
const MINUTE_MS = 60_000
/** Persons and programs counted at once; when there are more, those whose minute is over go. */
const MOST_COUNTED = 500

type Count = { readonly since: number; readonly lines: number }

/** Who has been refused how often lately; kept in memory, since it bounds the audit log and decides nothing else. */
export type RefusalCounts = Map<string, Count>
export const refusalCounts = (): RefusalCounts => new Map()

/** How many of this person's refusals of this minute are written, with this one; null: enough of them are. */
const counted = (counts: RefusalCounts, user: string, now: number): number | null => {
  const held = counts.get(user)
  const isNew = held === undefined || now - held.since >= MINUTE_MS || now < held.since
  const count: Count = isNew ? { since: now, lines: 1 } : { ...held, lines: held.lines + 1 }
  if (counts.size >= MOST_COUNTED)
    for (const [name, { since }] of counts) if (now - since >= MINUTE_MS) counts.delete(name)
  counts.set(user, count)
  return count.lines > MOST_A_MINUTE ? null : count.lines
}

/** By signature, right or rule: somebody who may use this route tried what is not allowed. A page that was late (404, 409) did not. */
const tells = ({ status, error }: Problem): boolean => status === 403 || status === 422 || error === 'id-reused'

type Needs = {
  readonly now: () => number
  readonly refused: RefusalCounts
  readonly store: { readonly audit: Pick<Store['audit'], 'append'> }
}

/**
 * Carries out what may be refused, and writes a refusal into the audit log before it is answered: who tried what, and the word for why not
 * with the place in the order. `of.subject` is the order's id as soon as it is known.
 */
export const auditedRefusals = async (
  hub: Needs,
  call: PersonCall,
  act: (of: { subject: string }) => Answer,
): Answer => {
  const of = { subject: '' }
  const answer = await act(of)
  if (answer.ok || !tells(answer.error)) return answer
  const at = hub.now()
  const lines = counted(hub.refused, call.person.user, at)
  if (lines === null) return answer
  const { error, where } = answer.error
  const detail = `${error}${where === null ? '' : ` ${where}`}${lines === MOST_A_MINUTE ? ' …' : ''}`
  await hub.store.audit.append(auditOf(call, at, { action: 'order.refused', subject: of.subject, detail }))
  return answer
}
