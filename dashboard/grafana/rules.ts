import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from './config.ts'
import {
  and,
  atLeast,
  atMost,
  avg,
  by,
  calc,
  max,
  of,
  quantile,
  type Rule,
  rate,
  recorded,
  sum,
  where,
} from './promql.ts'

const rule = <L extends string>(r: Rule<L>): Rule<L> => r

/**
 * What is still owed of the floor of Art. 8.1, seconds, per day-period. A surplus in one period does not help the
 * other.
 */
export const owed = rule({
  record: 'site_period:bangtin_airtime_owed:seconds',
  expr: atLeast(
    calc(max(by('site', 'period'), of(EDGE.airtimeFloor)), '-', max(by('site', 'period'), of(EDGE.airtimeToday))),
    0,
  ),
})

/** How much of a period may yet be lost before its floor is out of reach, seconds. Below 0 it is. */
export const slack = rule({
  record: 'site_period:bangtin_airtime_slack:seconds',
  expr: calc(max(by('site', 'period'), of(EDGE.airtimeLeft)), '-', recorded(owed)),
})

/** Share of the floor that is delivered, 0 to 1, for each period that has one. */
export const reached = rule({
  record: 'site_period:bangtin_airtime_floor_reached:ratio',
  expr: atMost(
    calc(
      max(by('site', 'period'), of(EDGE.airtimeToday)),
      '/',
      where(max(by('site', 'period'), of(EDGE.airtimeFloor)), '>', 0),
    ),
    1,
  ),
})

/** 0 for each screen that ought to be lit and is not known to be; no series for a screen that may be dark. */
export const litWhenWanted = rule({
  record: 'site:bangtin_screen_lit_when_wanted:bool',
  expr: and(max(by('site'), of(EDGE.screenLit)), by('site'), where(max(by('site'), of(EDGE.screenWanted)), '==', 1)),
})

/** Share of the enrolled clusters that are connected. */
export const connected = rule({
  record: 'fleet:bangtin_hub_edge_connected:ratio',
  expr: avg(by(), max(by('site'), of(HUB.edgeConnected))),
})

/** Faults on the line per exchange with the controller. */
export const lineFaults = rule({
  record: 'site:bangtin_display_exchange_faults:ratio_rate5m',
  expr: calc(
    sum(by('site'), rate(EDGE.exchangeFaultsTotal, CONFIG.rateWindow)),
    '/',
    sum(by('site'), rate(EDGE.exchangesTotal, CONFIG.rateWindow)),
  ),
})

/** From an order's release to the screen, 95 of 100 are faster, seconds. */
export const orderShownP95 = rule({
  record: 'fleet:bangtin_hub_order_shown_seconds:p95_1h',
  expr: quantile(0.95, HUB.orderShown, by(), { window: '1h', matchers: {} }),
})

/** Records that exist at the edge and not yet at the hub. */
export const logBacklog = rule({
  record: 'site:bangtin_playlog_backlog:records',
  expr: calc(max(by('site'), of(EDGE.logHead)), '-', max(by('site'), of(EDGE.logUploaded))),
})

/** 1 where the clock may not be used to judge a day-period. */
export const clockUnset = rule({
  record: 'site:bangtin_clock_unset:bool',
  expr: max(by('site'), of(EDGE.clockState, { state: 'unset' })),
})

export const RULES: readonly Rule[] = [
  owed,
  slack,
  reached,
  litWhenWanted,
  connected,
  lineFaults,
  orderShownP95,
  logBacklog,
  clockUnset,
]
