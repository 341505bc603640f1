import { EDGE } from '#core/metrics/catalogue.ts'
import { atMost, by, calc, type Expr, lastAhead, max, type Variable, where } from '../promql.ts'
import { steps } from './panels.ts'

/**
 * The cell of a day is asked for at its first moment (Grafana aligns days to the board's time zone, Prometheus itself to UTC, seven hours
 * later), and what tells of the day is said on the day after it: 40 hours ahead, anything of the 16 hours before that.
 */
const OF_THAT_DAY = { window: '16h', ahead: '40h' } as const

/** Share of the floor that each day delivered, 0 to 1, by site and period that has a floor. */
export const dailyShare = (site: Variable): Expr<'site' | 'period'> =>
  atMost(
    calc(
      max(by('site', 'period'), lastAhead(EDGE.yesterdayDelivered, OF_THAT_DAY, { site })),
      '/',
      where(max(by('site', 'period'), lastAhead(EDGE.airtimeFloor, OF_THAT_DAY, { site })), '>', 0),
    ),
    1,
  )

/** Seconds that each day lacked and no order excuses. */
export const dailyMissing = (site: Variable): Expr<'site' | 'period'> =>
  max(by('site', 'period'), lastAhead(EDGE.yesterdayMissing, OF_THAT_DAY, { site }))

/** The number stands in the cell, so the colour only helps to find it. */
export const SHARE_STEPS = steps('red', [0.9, 'orange'], [0.999, 'green'])
