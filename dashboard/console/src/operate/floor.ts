import type { PeriodStatus } from '#core/contract/link.ts'

/**
 * Where a floor of Art. 8.1 stands. `short`: it cannot be met any more, the period still runs; `missed`: the period is over; `absent`: it is over and
 * the cluster was not there.
 */
export const FLOOR_STATES = ['met', 'absent', 'going', 'short', 'missed'] as const
export type FloorState = (typeof FLOOR_STATES)[number]

export const floorState = (p: Pick<PeriodStatus, 'owedMs' | 'recordedMs' | 'leftMs' | 'feasible'>): FloorState => {
  if (p.owedMs <= 0) return 'met'
  if (p.leftMs > 0) return p.feasible ? 'going' : 'short'
  return p.recordedMs === 0 ? 'absent' : 'missed'
}
