import type { Instant } from '../base/units.ts'
import type { ShortfallCause } from '../evidence/record.ts'
import type { PeriodCapacity } from './capacity.ts'
import type { PeriodLedger } from './day.ts'
import { lengthFrom, lengthOf } from './spans.ts'

export type ShortfallFacts = {
  readonly sums: PeriodLedger | undefined
  readonly capacity: PeriodCapacity
  readonly wall: Instant
  /** Mains, or the supply of the display, is known to be gone: then its darkness is no fault of the display. */
  readonly powerLost: boolean
}

/** What breaks comes before what was planned where both weigh the same, and what is named first here comes first. */
const ORDER_OF_ASKING: readonly ShortfallCause[] = ['POWER', 'DEVICE', 'ORDER', 'LINK', 'PLAN']

/**
 * What a period is short of: the loss that weighs most, what was lost and what will be. POWER: nobody was running, or the mains are gone.
 * DEVICE: display or player. ORDER: an order or a blank had, or has, the screen. LINK: files or the schedule have not come. PLAN: what the
 * schedule never had, were everything here and nothing in its way; also where nothing else explains it (advertising that was let in
 * before the plan was cut).
 */
export const causeOf = ({ sums, capacity, wall, powerLost }: ShortfallFacts): ShortfallCause => {
  const lost = weights({ sums, capacity, wall, powerLost })
  const most = Math.max(...Object.values(lost))
  return most === 0 ? 'PLAN' : (ORDER_OF_ASKING.find((cause) => lost[cause] === most) ?? 'PLAN')
}

const weights = ({ sums, capacity, wall, powerLost }: ShortfallFacts): { readonly [C in ShortfallCause]: number } => {
  const { playable, unheld, planned, floorMs } = capacity
  const ahead = (more: typeof planned, less: typeof planned) =>
    Math.max(0, lengthFrom(more, wall) - lengthFrom(less, wall))
  // Time in which nothing was to play anyway is lost to nobody.
  const gone = lengthOf(planned) - lengthFrom(planned, wall)
  const lost = Math.max(0, gone - (sums?.delivered ?? 0) - (sums?.ads ?? 0))
  const past = (ms: number | undefined) => Math.min(ms ?? 0, lost)
  const faults = sums?.faults
  const device = (faults?.display ?? 0) + (faults?.['display-unknown'] ?? 0) + (faults?.unproven ?? 0)
  const idle = faults?.['nothing-playing'] ?? 0
  return {
    POWER: past((faults?.gap ?? 0) + (powerLost ? device : 0)),
    DEVICE: past((powerLost ? 0 : device) + idle),
    ORDER: past(sums?.displaced) + ahead(unheld, playable),
    // What is not here now was not here while the standing page stood in for it.
    LINK: lengthOf(planned) > lengthOf(unheld) ? ahead(planned, unheld) + past(sums?.other) : 0,
    PLAN: Math.max(0, floorMs - lengthOf(planned)),
  }
}
