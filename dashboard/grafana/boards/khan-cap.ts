import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { buckets, by, increase, is, max, observed, of, quantile, rate, recorded, sum, topk, where } from '../promql.ts'
import { orderShownP95 } from '../rules.ts'
import { frame, withFleet } from './frame.ts'
import {
  BAD_ABOVE_ZERO,
  HUB_LINKS,
  heat,
  type Row,
  SITE_LINKS,
  series,
  stat,
  steps,
  table,
  withRows,
} from './panels.ts'
import { OWED } from './toan-canh.ts'

const here = { site: '$site' } as const
const EMERGENCY = [{ title: 'Trang Khẩn cấp / emergency page', url: HUB_LINKS.emergency }]

const NOW: Row = {
  title: 'Lệnh đang có · Orders now',
  panels: [
    stat(
      ['Lệnh còn hiệu lực', 'Orders that have not ended, by class.'],
      'short',
      [{ expr: sum(by('class'), of(HUB.ordersOpen)), legend: '{{class}}' }],
      { links: EMERGENCY, thresholds: steps('green', [1, 'orange']), width: 8 },
    ),
    stat(
      ['Cụm chưa nhận lệnh', 'Sites that have an open order and have not accepted it.'],
      'short',
      [{ expr: sum(by(), of(HUB.orderUndelivered)), legend: '' }],
      { links: EMERGENCY, thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Cụm đã nhận, chưa chiếu', 'Sites that have accepted an emergency and do not report it as shown.'],
      'short',
      [{ expr: sum(by(), is(max(by('site'), of(HUB.orderNotShown, here)), '>', 0)), legend: '' }],
      { links: EMERGENCY, thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Cụm không nhận được lệnh', 'Clusters that are not connected: an order would wait for them.'],
      'short',
      [{ expr: sum(by(), is(max(by('site'), of(HUB.edgeConnected, here)), '==', 0)), legend: '' }],
      { links: EMERGENCY, thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Lệnh tới màn hình, p95', 'From release to the report that it is shown, 95 of 100 in the last hour are faster.'],
      's',
      [{ expr: recorded(orderShownP95), legend: '' }],
      { thresholds: steps('green', [2, 'orange'], [5, 'red']) },
    ),
    table(
      [
        'Cụm không nhận được lệnh lúc này',
        'Clusters that are not connected now, with class and commune; empty is good.',
      ],
      'short',
      [
        {
          expr: where(max(by('site', 'cluster_class', 'unit'), of(HUB.edgeConnected, here)), '==', 0),
          legend: '{{site}}',
        },
      ],
      { links: SITE_LINKS },
    ),
    table(
      ['Cụm đã nhận mà chưa chiếu', 'Orders by site that were accepted and are not shown; empty is good.'],
      'short',
      [{ expr: where(max(by('site'), of(HUB.orderNotShown, here)), '>', 0), legend: '{{site}}' }],
      { links: SITE_LINKS, thresholds: BAD_ABOVE_ZERO },
    ),
    series(
      ['Lệnh có hiệu lực tại cụm', 'Clusters with an order in force, by class, as they say themselves.'],
      'short',
      [{ expr: sum(by('class'), of(EDGE.ordersActive, here)), legend: '{{class}}' }],
      { stacked: true },
    ),
    table(['Lệnh bị cụm từ chối', 'Orders that clusters refused in the time range, by site and reason.'], 'short', [
      {
        expr: topk(50, sum(by('site', 'reason'), increase(EDGE.ordersRefusedTotal, '$__range', here))),
        legend: '{{site}} {{reason}}',
      },
    ]),
  ],
}

const LATENCY: Row = {
  title: 'Độ trễ · Latencies',
  panels: [
    series(
      ['Trung tâm đến cụm', 'From release to acceptance by a cluster, in the interval.'],
      's',
      [
        { expr: quantile(0.5, HUB.orderAccept, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p50' },
        { expr: quantile(0.95, HUB.orderAccept, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p95' },
        { expr: quantile(0.99, HUB.orderAccept, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p99' },
      ],
      { thresholds: steps('green', [2, 'red']) },
    ),
    series(
      ['Trung tâm đến màn hình', 'From release to the report that it is shown, in the interval.'],
      's',
      [
        { expr: quantile(0.5, HUB.orderShown, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p50' },
        { expr: quantile(0.95, HUB.orderShown, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p95' },
        { expr: quantile(0.99, HUB.orderShown, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p99' },
      ],
      { thresholds: steps('green', [2, 'red']) },
    ),
    heat(['Đến màn hình: phân bố', 'How many sites showed an order after how long, as the hub measures.'], 's', [
      { expr: buckets(HUB.orderShown, '$__rate_interval'), legend: '{{le}}' },
    ]),
    heat(['Tại cụm: phân bố', "From an order's arrival at the edge to the player's confirmation."], 's', [
      { expr: buckets(EDGE.orderShown, '$__rate_interval', here), legend: '{{le}}' },
    ]),
    series(
      ['Tại cụm, p99', "From an order's arrival at the edge to the player's confirmation, over all clusters."],
      's',
      [{ expr: quantile(0.99, EDGE.orderShown, by(), { window: '$__rate_interval', matchers: here }), legend: 'p99' }],
      { thresholds: steps('green', [0.2, 'red']) },
    ),
    series(['Số lượt nhận và chiếu', 'Acceptances and showings that the hub heard of in the interval.'], 'short', [
      { expr: sum(by(), observed(HUB.orderAccept, '$__rate_interval')), legend: 'nhận / accepted' },
      { expr: sum(by(), observed(HUB.orderShown, '$__rate_interval')), legend: 'chiếu / shown' },
    ]),
    series(['Bản tin CAP đến', 'CAP messages per second at the hub, by what became of them.'], 'ops', [
      { expr: sum(by('outcome'), rate(HUB.capMessagesTotal, '$__rate_interval')), legend: '{{outcome}}' },
    ]),
    table(['Bản tin CAP theo kết quả', 'CAP messages in the time range, by what became of them.'], 'short', [
      { expr: sum(by('outcome'), increase(HUB.capMessagesTotal, '$__range')), legend: '{{outcome}}' },
    ]),
  ],
}

const { emergency } = CONFIG.boards
/** Orders: what is on, who has it, and how fast it came. An order is never given from here. */
export const khanCap = (): Dashboard =>
  withRows(
    withFleet(
      frame({
        ...emergency,
        description:
          'Lệnh và độ trễ; lệnh chỉ ban hành ở trung tâm. Orders and latencies; orders are given at the hub alone.',
      }),
    ),
    emergency.uid,
    [NOW, OWED, LATENCY],
  ).build()
