import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { by, is, max, min, of, quantile, rate, recorded, since, sum } from '../promql.ts'
import { connected, lineFaults, litWhenWanted, logBacklog, orderShownP95, owed } from '../rules.ts'
import {
  BAD_ABOVE_ZERO,
  boardLink,
  filled,
  frame,
  GOOD_AT_ONE,
  HUB_LINKS,
  type Row,
  series,
  stat,
  steps,
  table,
  timeline,
  withRows,
  words,
} from './panels.ts'

const SITE_LINKS = [
  { title: 'Mở cụm ở trung tâm / open at the hub', url: HUB_LINKS.site(filled('__field.labels.site')) },
  {
    title: 'Mở bảng Cụm / open the site board',
    url: `/d/${CONFIG.boards.site.uid}?var-site=${filled('__field.labels.site')}`,
  },
]
const EMERGENCY = [{ title: 'Trang Khẩn cấp / emergency page', url: HUB_LINKS.emergency }]

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
      [{ expr: sum(by(), is(recorded(litWhenWanted), '==', 0)), legend: '' }],
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
      [{ expr: sum(by(), of(EDGE.faultActive)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

const SITES: Row = {
  title: 'Các cụm · Clusters',
  panels: [
    timeline(
      ['Kết nối của từng cụm', 'Whether the edge of each site was connected to the hub.'],
      'bool',
      [{ expr: max(by('site', 'cluster_class', 'unit'), of(HUB.edgeConnected)), legend: '{{site}}' }],
      {
        thresholds: GOOD_AT_ONE,
        links: SITE_LINKS,
        mappings: words({ '0': { text: 'Mất', color: 'red' }, '1': { text: 'Kết nối', color: 'green' } }),
      },
    ),
    timeline(
      ['Màn hình sáng khi cần sáng', 'Only while the screen ought to be lit: lit, or dark (or unknown).'],
      'bool',
      [{ expr: recorded(litWhenWanted), legend: '{{site}}' }],
      {
        thresholds: GOOD_AT_ONE,
        links: SITE_LINKS,
        mappings: words({ '0': { text: 'Tối', color: 'red' }, '1': { text: 'Sáng', color: 'green' } }),
      },
    ),
    table(
      ['Lần cuối trung tâm nghe thấy cụm', 'Time since the hub last heard from each edge.'],
      's',
      [{ expr: max(by('site'), since(of(HUB.edgeLastSeen))), legend: '{{site}}' }],
      { thresholds: steps('green', [120, 'red']) },
    ),
    table(
      ['Lỗi theo cụm', 'Every fault by site, those present now first; the id is the section of the runbook.'],
      'short',
      [{ expr: max(by('site', 'fault'), of(EDGE.faultActive)), legend: '{{site}} {{fault}}' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

const AIRTIME: Row = {
  title: 'Thời lượng (Điều 8) · Airtime (Art. 8)',
  panels: [
    series(
      ['Còn thiếu theo buổi', 'Public information still owed in each day-period; 0 once the floor is met.'],
      's',
      [{ expr: recorded(owed), legend: '{{site}} {{period}}' }],
      { links: SITE_LINKS, thresholds: BAD_ABOVE_ZERO },
    ),
    timeline(
      ['Còn khả năng đạt', 'Whether the floor of each period is met or can still be met.'],
      'bool',
      [{ expr: min(by('site', 'period'), of(EDGE.airtimeFeasible)), legend: '{{site}} {{period}}' }],
      {
        thresholds: GOOD_AT_ONE,
        links: SITE_LINKS,
        mappings: words({ '0': { text: 'Không đạt', color: 'red' }, '1': { text: 'Đạt', color: 'green' } }),
      },
    ),
  ],
}

const OWED: Row = {
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
      { thresholds: GOOD_AT_ONE },
    ),
  ],
}

const CENTRE: Row = {
  title: 'Trung tâm · Hub',
  panels: [
    stat(
      [
        'Lệnh tới màn hình, p95',
        "From an order's release to the report that it is shown; 95 of 100 in the last hour are faster.",
      ],
      's',
      [{ expr: recorded(orderShownP95), legend: '' }],
      { thresholds: steps('green', [2, 'orange'], [5, 'red']) },
    ),
    stat(['Phiên bản trung tâm', 'Version the hub runs.'], 'short', [
      { expr: max(by('version'), of(HUB.info)), legend: '{{version}}' },
    ]),
    stat(['Bộ nhớ trung tâm', 'Resident memory of the hub.'], 'bytes', [
      { expr: max(by(), of(HUB.residentBytes)), legend: '' },
    ]),
    series(
      ['Lệnh: nhận và chiếu, p95', 'Orders released in the interval: time until accepted and until shown.'],
      's',
      [
        {
          expr: quantile(0.95, HUB.orderAccept, by(), { window: '$__rate_interval', matchers: {} }),
          legend: 'nhận / accepted',
        },
        {
          expr: quantile(0.95, HUB.orderShown, by(), { window: '$__rate_interval', matchers: {} }),
          legend: 'chiếu / shown',
        },
      ],
      { thresholds: steps('green', [2, 'red']) },
    ),
    series(['Nhật ký về trung tâm', 'Play-log records stored per second, by site.'], 'ops', [
      { expr: sum(by('site'), rate(HUB.evidenceTotal, '$__rate_interval')), legend: '{{site}}' },
    ]),
    series(
      [
        'Nhật ký gửi lại hoặc bị từ chối',
        'Records sent again (harmless) and batches that did not continue the chain (not harmless).',
      ],
      'ops',
      [
        {
          expr: sum(by('site'), rate(HUB.evidenceDuplicateTotal, '$__rate_interval')),
          legend: '{{site}} gửi lại / again',
        },
        {
          expr: sum(by('site'), rate(HUB.evidenceRejectedTotal, '$__rate_interval')),
          legend: '{{site}} từ chối / rejected',
        },
      ],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    series(['Bản ghi chưa về', 'Records at the edges that the hub does not have yet.'], 'short', [
      { expr: recorded(logBacklog), legend: '{{site}}' },
    ]),
    series(
      ['Lỗi đường dây tới bộ điều khiển', 'Line faults per exchange with the display controllers.'],
      'percentunit',
      [{ expr: recorded(lineFaults), legend: '{{site}}' }],
    ),
    series(['Bản tin CAP đến', 'CAP messages per second at the hub, by what became of them.'], 'ops', [
      { expr: sum(by('outcome'), rate(HUB.capMessagesTotal, '$__rate_interval')), legend: '{{outcome}}' },
    ]),
    series(['Đăng nhập sai', 'Failed logins per second at the hub.'], 'ops', [
      { expr: sum(by(), rate(HUB.loginFailuresTotal, '$__rate_interval')), legend: 'sai / failed' },
    ]),
  ],
}

/** The fleet: what an operator on duty looks at. */
export const toanCanh = (): Dashboard =>
  withRows(
    frame({
      ...CONFIG.boards.fleet,
      description: 'Toàn bộ các cụm thông tin điện tử của tỉnh. All clusters of the province.',
    })
      .link(boardLink('Trang Khẩn cấp', HUB_LINKS.emergency, 'Emergency page of the hub console'))
      .link(boardLink('Trung tâm', HUB_LINKS.home, 'Hub console')),
    [NOW, OWED, SITES, AIRTIME, CENTRE],
  ).build()
