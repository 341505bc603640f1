import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import {
  ahead,
  buckets,
  by,
  increase,
  max,
  min,
  observed,
  of,
  quantile,
  rate,
  recorded,
  since,
  sum,
  topk,
} from '../promql.ts'
import { connected } from '../rules.ts'
import { frame, withFleet } from './frame.ts'
import {
  BAD_ABOVE_ZERO,
  GOOD_AT_ONE,
  heat,
  type Row,
  SITE_LINKS,
  series,
  stat,
  steps,
  table,
  withRows,
  YES_NO,
} from './panels.ts'

const here = { site: '$site' } as const

const NOW: Row = {
  title: 'Hiện tại · Now',
  panels: [
    stat(['Phiên bản trung tâm', 'Version the hub runs.'], 'short', [
      { expr: max(by('version'), of(HUB.info)), legend: '{{version}}' },
    ]),
    stat(['Trung tâm đã chạy', 'Time since the hub started.'], 's', [
      { expr: max(by(), since(of(HUB.startTime))), legend: '' },
    ]),
    stat(['Bộ nhớ trung tâm', 'Resident memory of the hub.'], 'bytes', [
      { expr: max(by(), of(HUB.residentBytes)), legend: '' },
    ]),
    stat(
      ['Đĩa trung tâm còn trống', "Free bytes where the hub's data folder is."],
      'bytes',
      [{ expr: min(by(), of(HUB.diskFree)), legend: '' }],
      { thresholds: steps('red', [CONFIG.hubDiskLowBytes, 'green']) },
    ),
    stat(
      ['Chứng thư hết hạn sau', "Until the hub's TLS certificate runs out; nothing where a proxy has it."],
      's',
      [{ expr: min(by(), ahead(of(HUB.certificateExpiry))), legend: '' }],
      { thresholds: steps('red', [CONFIG.expirySeconds, 'green']) },
    ),
    stat(
      ['Khóa ký đầu tiên hết hạn sau', "Until the first person's right in the registry runs out."],
      's',
      [{ expr: min(by(), ahead(of(HUB.registryKeyExpiry))), legend: '' }],
      { thresholds: steps('red', [CONFIG.expirySeconds, 'green']) },
    ),
    stat(['Sổ khóa', 'Version of the key registry the hub goes by.'], 'none', [
      { expr: max(by(), of(HUB.registryVersion)), legend: '' },
    ]),
    stat(
      ['Sao lưu cách đây', 'Since the newest whole backup; nothing where the hub makes none by itself.'],
      's',
      [{ expr: max(by(), since(of(HUB.backupTime))), legend: '' }],
      { thresholds: steps('green', [CONFIG.backupSeconds, 'red']) },
    ),
    stat(
      ['Nhật ký thao tác còn nguyên', 'Whether the audit log was as it was written when the hub last started.'],
      'bool',
      [{ expr: min(by(), of(HUB.auditIntact)), legend: '' }],
      { thresholds: GOOD_AT_ONE, mappings: YES_NO },
    ),
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
      ['Nhật ký bị từ chối', 'Play-log batches in the time range that did not continue their chain.'],
      'short',
      [{ expr: sum(by(), increase(HUB.evidenceRejectedTotal, '$__range')), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

const LOG: Row = {
  title: 'Nhật ký và đăng nhập · Evidence and logins',
  panels: [
    series(
      ['Nhật ký về trung tâm', 'Play-log records stored per second, the twenty that send most.'],
      'ops',
      [{ expr: topk(20, sum(by('site'), rate(HUB.evidenceTotal, '$__rate_interval', here))), legend: '{{site}}' }],
      { links: SITE_LINKS },
    ),
    series(
      [
        'Nhật ký gửi lại hoặc bị từ chối',
        'Records sent again (harmless) and batches that did not continue the chain (not harmless).',
      ],
      'ops',
      [
        { expr: sum(by(), rate(HUB.evidenceDuplicateTotal, '$__rate_interval', here)), legend: 'gửi lại / again' },
        { expr: sum(by(), rate(HUB.evidenceRejectedTotal, '$__rate_interval', here)), legend: 'từ chối / rejected' },
      ],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    series(['Đăng nhập sai', 'Failed logins per second at the hub.'], 'ops', [
      { expr: sum(by(), rate(HUB.loginFailuresTotal, '$__rate_interval')), legend: 'sai / failed' },
    ]),
    table(
      ['Thiết bị đăng ký cách đây', 'Since the device of each cluster was enrolled, longest first.'],
      's',
      [{ expr: topk(50, max(by('site'), since(of(HUB.deviceEnrolled, here)))), legend: '{{site}}' }],
      { links: SITE_LINKS },
    ),
  ],
}

const SCRAPES: Row = {
  title: 'Số liệu đi qua trung tâm · Metrics through the hub',
  panels: [
    series(['Hỏi số liệu cụm', 'Scrapes of edges per second, by what became of them.'], 'ops', [
      { expr: sum(by('outcome'), rate(HUB.scrapesTotal, '$__rate_interval')), legend: '{{outcome}}' },
    ]),
    series(
      ['Thời gian trả lời', "From Prometheus's request to the edge's answer at the hub, in the interval."],
      's',
      [
        { expr: quantile(0.5, HUB.scrapeSeconds, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p50' },
        { expr: quantile(0.99, HUB.scrapeSeconds, by(), { window: '$__rate_interval', matchers: {} }), legend: 'p99' },
      ],
      { thresholds: steps('green', [2, 'red']) },
    ),
    heat(['Thời gian trả lời: phân bố', 'How many scrapes took how long.'], 's', [
      { expr: buckets(HUB.scrapeSeconds, '$__rate_interval'), legend: '{{le}}' },
    ]),
    series(
      ['Lưu lượng số liệu', 'Bytes of metrics per second that edges sent, as they came over the link (packed).'],
      'Bps',
      [{ expr: sum(by(), rate(HUB.scrapeBytesTotal, '$__rate_interval')), legend: 'từ cụm / from edges' }],
    ),
    series(['Số liệu lúc mất kết nối', 'Samples per second of outages that edges handed over afterwards.'], 'ops', [
      { expr: sum(by(), rate(HUB.historySamplesTotal, '$__rate_interval')), legend: 'mẫu / samples' },
    ]),
    series(['Số lần hỏi', 'Scrapes of edges in the interval that came to an end.'], 'short', [
      { expr: sum(by(), observed(HUB.scrapeSeconds, '$__rate_interval')), legend: 'lần / scrapes' },
    ]),
  ],
}

const { hub } = CONFIG.boards
/** The hub itself: what keeps it alive, and what it costs. */
export const trungTam = (): Dashboard =>
  withRows(withFleet(frame({ ...hub, description: 'Bản thân trung tâm. The hub itself.' })), hub.uid, [
    NOW,
    LOG,
    SCRAPES,
  ]).build()
