import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { and, by, is, max, min, of, recorded, ringing, since, sum, topk, where } from '../promql.ts'
import { connected, litWhenWanted, owed } from '../rules.ts'
import { frame, withFleet } from './frame.ts'
import {
  BAD_ABOVE_ZERO,
  GOOD_AT_ONE,
  HUB_LINKS,
  type Row,
  SITE_LINKS,
  series,
  stat,
  steps,
  table,
  timeline,
  withRows,
  words,
  YES_NO,
} from './panels.ts'

const here = { site: '$site' } as const
const EMERGENCY = [{ title: 'Trang Khẩn cấp / emergency page', url: HUB_LINKS.emergency }]
const INCIDENTS = [{ title: 'Trang Sự cố / incidents', url: HUB_LINKS.incidents }]

const NOW: Row = {
  title: 'Hiện tại · Now',
  panels: [
    stat(['Cụm đã đăng ký', 'Clusters enrolled at the hub.'], 'short', [
      { expr: sum(by(), of(HUB.edgesKnown)), legend: '' },
    ]),
    stat(
      ['Tỷ lệ đang kết nối', 'Share of the clusters that are connected to the hub now.'],
      'percentunit',
      [{ expr: recorded(connected), legend: '' }],
      { thresholds: steps('red', [0.9, 'orange'], [1, 'green']) },
    ),
    stat(
      ['Màn hình tối sai giờ', 'Screens that ought to be lit and are not known to be.'],
      'short',
      [{ expr: sum(by(), is(recorded(litWhenWanted, here), '==', 0)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Lệnh còn hiệu lực', 'Orders that have not ended, by class.'],
      'short',
      [{ expr: sum(by('class'), of(HUB.ordersOpen)), legend: '{{class}}' }],
      { links: EMERGENCY, thresholds: steps('green', [1, 'orange']) },
    ),
    stat(
      ['Cụm chưa nhận lệnh', 'Sites that have an open order and have not accepted it.'],
      'short',
      [{ expr: sum(by(), of(HUB.orderUndelivered)), legend: '' }],
      { links: EMERGENCY, thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Lỗi đang có', 'Faults present now in the whole fleet.'],
      'short',
      [{ expr: sum(by(), of(EDGE.faultActive, here)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO, links: INCIDENTS },
    ),
    table(
      ['Cảnh báo đang kêu', 'Alerts that ring now, by cause; empty is good.'],
      'short',
      [{ expr: ringing(by('severity', 'cause', 'alertname', 'site')), legend: '{{alertname}} {{site}}' }],
      { links: INCIDENTS },
    ),
    table(
      ['Cụm đang mất kết nối', 'Clusters that the hub does not reach now, and since how many seconds; empty is good.'],
      's',
      [
        {
          expr: and(
            max(by('site'), since(of(HUB.edgeLastSeen, here))),
            by('site'),
            where(max(by('site'), of(HUB.edgeConnected, here)), '==', 0),
          ),
          legend: '{{site}}',
        },
      ],
      { links: SITE_LINKS, thresholds: steps('orange', [3_600, 'red']) },
    ),
  ],
}

const SITES: Row = {
  title: 'Các cụm · Clusters',
  panels: [
    timeline(
      ['Kết nối của từng cụm', 'Whether the edge of each site was connected to the hub.'],
      'bool',
      [{ expr: max(by('site', 'cluster_class', 'unit'), of(HUB.edgeConnected, here)), legend: '{{site}}' }],
      {
        thresholds: GOOD_AT_ONE,
        links: SITE_LINKS,
        mappings: words({ '0': { text: 'Mất', color: 'red' }, '1': { text: 'Kết nối', color: 'green' } }),
      },
    ),
    timeline(
      ['Màn hình sáng khi cần sáng', 'Only while the screen ought to be lit: lit, or dark (or unknown).'],
      'bool',
      [{ expr: recorded(litWhenWanted, here), legend: '{{site}}' }],
      {
        thresholds: GOOD_AT_ONE,
        links: SITE_LINKS,
        mappings: words({ '0': { text: 'Tối', color: 'red' }, '1': { text: 'Sáng', color: 'green' } }),
      },
    ),
    table(
      ['Lần cuối trung tâm nghe thấy cụm', 'Time since the hub last heard from each edge.'],
      's',
      [{ expr: max(by('site'), since(of(HUB.edgeLastSeen, here))), legend: '{{site}}' }],
      { thresholds: steps('green', [120, 'red']) },
    ),
    table(
      ['Lỗi theo cụm', 'Every fault that is present now; the id is the section of the runbook. Empty is good.'],
      'short',
      [{ expr: where(max(by('site', 'fault'), of(EDGE.faultActive, here)), '==', 1), legend: '{{site}} {{fault}}' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

const AIRTIME: Row = {
  title: 'Thời lượng (Điều 8) · Airtime (Art. 8)',
  panels: [
    series(
      [
        'Còn thiếu theo buổi',
        'Public information still owed in each day-period, the twenty that owe most; 0 once the floor is met.',
      ],
      's',
      [{ expr: topk(20, recorded(owed, here)), legend: '{{site}} {{period}}' }],
      { links: SITE_LINKS, thresholds: BAD_ABOVE_ZERO },
    ),
    timeline(
      ['Còn khả năng đạt', 'Whether the floor of each period is met or can still be met.'],
      'bool',
      [{ expr: min(by('site', 'period'), of(EDGE.airtimeFeasible, here)), legend: '{{site}} {{period}}' }],
      {
        thresholds: GOOD_AT_ONE,
        links: SITE_LINKS,
        mappings: words({ '0': { text: 'Không đạt', color: 'red' }, '1': { text: 'Đạt', color: 'green' } }),
      },
    ),
  ],
}

/** What people still have to do; also on the board of emergencies. */
export const OWED: Row = {
  title: 'Lệnh: việc còn phải làm · Orders: what people still have to do',
  panels: [
    stat(
      ['Chờ người ký thứ hai', "Orders that wait for a second person's signature; nothing is shown until then."],
      'short',
      [{ expr: max(by(), of(HUB.ordersPending)), legend: '' }],
      { links: EMERGENCY, thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Bản tin chờ', 'Drafts of persons, programs and CAP messages that no officer has dealt with.'],
      'short',
      [{ expr: max(by(), of(HUB.draftsWaiting)), legend: '' }],
      { links: EMERGENCY, thresholds: steps('green', [1, 'orange']) },
    ),
    stat(
      ['Thiếu số văn bản', 'Orders whose document number should have been added by now.'],
      'short',
      [{ expr: max(by(), of(HUB.documentsOverdue)), legend: '' }],
      { links: EMERGENCY, thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Chưa hậu kiểm', 'Orders that one person released alone and nobody else has reviewed in time.'],
      'short',
      [{ expr: max(by(), of(HUB.reviewsOverdue)), legend: '' }],
      { links: EMERGENCY, thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Nhật ký thao tác còn nguyên', 'Whether the audit log was as it was written when the hub last started.'],
      'bool',
      [{ expr: min(by(), of(HUB.auditIntact)), legend: '' }],
      { thresholds: GOOD_AT_ONE, mappings: YES_NO },
    ),
  ],
}

const { fleet } = CONFIG.boards
/** The fleet: what an operator on duty looks at. */
export const toanCanh = (): Dashboard =>
  withRows(
    withFleet(
      frame({ ...fleet, description: 'Toàn bộ các cụm thông tin điện tử của tỉnh. All clusters of the province.' }),
    ),
    fleet.uid,
    [NOW, OWED, SITES, AIRTIME],
  ).build()
