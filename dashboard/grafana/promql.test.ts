import { expect, test } from 'vitest'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import {
  absent,
  and,
  by,
  calc,
  changes,
  increase,
  is,
  max,
  of,
  quantile,
  rate,
  recorded,
  since,
  sum,
  where,
} from './promql.ts'

test('expressions read as a person would write them', () => {
  const owed = calc(of(EDGE.airtimeFloor, { period: 'morning' }), '-', of(EDGE.airtimeToday, { period: 'morning' }))
  const texts = [
    [
      sum(by('site'), of(EDGE.airtimeToday, { period: 'morning' })),
      'sum by (site) (bangtin_airtime_delivered_today_seconds{period="morning"})',
    ],
    [max(by(), of(EDGE.playerUp)), 'max(bangtin_player_up)'],
    [
      owed,
      'bangtin_airtime_floor_seconds{period="morning"} - bangtin_airtime_delivered_today_seconds{period="morning"}',
    ],
    [where(owed, '>', 0), `(${owed.text}) > 0`],
    [
      rate(EDGE.exchangesTotal, '$__rate_interval', { site: '$site' }),
      'rate(bangtin_display_exchanges_total{site=~"$site"}[$__rate_interval])',
    ],
    [
      increase(EDGE.refusedTotal, '15m', { reason: ['bad-signature', 'changed'] }),
      'increase(bangtin_content_refused_total{reason=~"bad-signature|changed"}[15m])',
    ],
    [changes(EDGE.logHead, '5m'), 'changes(bangtin_playlog_head_sequence[5m])'],
    [is(of(EDGE.playerUp), '==', 0), 'bangtin_player_up == bool 0'],
    [
      and(of(EDGE.screenLit), by('site'), of(EDGE.screenWanted)),
      'bangtin_screen_lit and on (site) bangtin_screen_wanted',
    ],
    [
      quantile(0.99, EDGE.orderShown, by('site'), { window: '1h', matchers: {} }),
      'histogram_quantile(0.99, sum by (site, le) (rate(bangtin_order_shown_seconds_bucket[1h])))',
    ],
    [since(of(HUB.edgeLastSeen)), 'time() - bangtin_hub_edge_last_seen_timestamp_seconds'],
    [absent(HUB.info), 'absent(bangtin_hub_info)'],
    [
      recorded({ record: 'site:x:y', expr: max(by('site'), of(EDGE.playerUp)) }, { site: '$site' }),
      'site:x:y{site=~"$site"}',
    ],
  ] as const
  for (const [expr, text] of texts) expect(expr.text).toBe(text)
  expect(texts.length).toBe(13)
  expect(owed.uses).toEqual([EDGE.airtimeFloor, EDGE.airtimeToday])
})

test('what would be a silent empty panel does not compile', () => {
  const wrong = [
    // @ts-expect-error: a hub metric has no scrape label site
    sum(by('site'), of(HUB.residentBytes)),
    // @ts-expect-error: the label was already summed away
    sum(by('period'), max(by('site'), of(EDGE.airtimeToday))),
    // @ts-expect-error: not a period of the policy
    of(EDGE.airtimeToday, { period: 'noon' }),
    // @ts-expect-error: a gauge has no rate
    rate(EDGE.playerUp, '5m'),
    // @ts-expect-error: a counter's changes say nothing
    changes(EDGE.exchangesTotal, '5m'),
    // @ts-expect-error: a histogram is not a series by itself
    of(EDGE.orderShown),
  ]
  expect(wrong.length).toBe(6)
})
