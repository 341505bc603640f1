import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { by, calc, increase, max, of, rate, recorded, sum, times } from '../promql.ts'
import { owed } from '../rules.ts'
import { DISPLAY, SENSORS } from './cum-display.ts'
import { LOG, MACHINE } from './cum-machine.ts'
import { boardLink, frame, withSite } from './frame.ts'
import {
  BAD_ABOVE_ZERO,
  bars,
  days,
  filled,
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
  YES_NO,
} from './panels.ts'
import { dailyShare, SHARE_STEPS } from './shares.ts'

const here = { site: '$site' } as const
const yesNo = { thresholds: GOOD_AT_ONE, mappings: YES_NO }
const EMERGENCY = [{ title: 'Trang Khẩn cấp / emergency page', url: HUB_LINKS.emergency }]

const NOW: Row = {
  title: 'Hiện tại · Now',
  panels: [
    stat(
      ['Kết nối trung tâm', 'Whether the hub sees this cluster.'],
      'bool',
      [{ expr: max(by(), of(HUB.edgeConnected, here)), legend: '' }],
      yesNo,
    ),
    stat(
      ['Màn hình cần sáng', 'Whether the screen ought to be lit now.'],
      'bool',
      [{ expr: max(by(), of(EDGE.screenWanted, here)), legend: '' }],
      { mappings: YES_NO },
    ),
    stat(
      ['Màn hình đang sáng', 'Whether the display is known to be lit.'],
      'bool',
      [{ expr: max(by(), of(EDGE.screenLit, here)), legend: '' }],
      yesNo,
    ),
    stat(
      ['Bộ điều khiển trả lời', 'Whether the display controller answers.'],
      'bool',
      [{ expr: max(by(), of(EDGE.displayUp, here)), legend: '' }],
      yesNo,
    ),
    stat(
      ['Có tín hiệu hình', 'Whether the controller sees a picture on its input.'],
      'bool',
      [{ expr: max(by(), of(EDGE.signal, here)), legend: '' }],
      yesNo,
    ),
    stat(
      ['Trình phát chạy', 'Whether the player answers.'],
      'bool',
      [{ expr: max(by(), of(EDGE.playerUp, here)), legend: '' }],
      yesNo,
    ),
    stat(
      ['Đồng hồ', 'Quality of the clock: synced, holdover (kept by itself), or not set.'],
      'short',
      [
        {
          expr: calc(
            times(max(by(), of(EDGE.clockState, { ...here, state: 'synced' })), 2),
            '+',
            max(by(), of(EDGE.clockState, { ...here, state: 'holdover' })),
          ),
          legend: '',
        },
      ],
      {
        thresholds: steps('red', [1, 'orange'], [2, 'green']),
        mappings: words({
          '0': { text: 'Chưa đặt', color: 'red' },
          '1': { text: 'Tự giữ', color: 'orange' },
          '2': { text: 'Đồng bộ', color: 'green' },
        }),
      },
    ),
    stat(
      ['Ghi được nhật ký', 'Whether the play log can be written.'],
      'bool',
      [{ expr: max(by(), of(EDGE.logWritable, here)), legend: '' }],
      yesNo,
    ),
    stat(
      ['Lệnh đang có hiệu lực', 'Orders in force at this cluster, by class.'],
      'short',
      [{ expr: sum(by('class'), of(EDGE.ordersActive, here)), legend: '{{class}}' }],
      {
        links: EMERGENCY,
        thresholds: steps('green', [1, 'orange']),
      },
    ),
    stat(['Thẻ nhận trả lời', 'Receiving cards that answered.'], 'short', [
      { expr: max(by(), of(EDGE.cards, here)), legend: '' },
    ]),
    stat(['Phiên bản lịch', 'Version of the schedule document in force.'], 'none', [
      { expr: max(by(), of(EDGE.scheduleVersion, here)), legend: '' },
    ]),
    stat(
      ['Tệp còn thiếu', 'Files of the schedule that are not here yet.'],
      'short',
      [{ expr: max(by(), of(EDGE.assetsWanted, here)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

const AIRTIME: Row = {
  title: 'Thời lượng (Điều 8) · Airtime (Art. 8)',
  panels: [
    series(['Đã phát và mức tối thiểu', 'Public information delivered today and the floor, by day-period.'], 's', [
      { expr: max(by('period'), of(EDGE.airtimeToday, here)), legend: '{{period}} đã phát / delivered' },
      { expr: max(by('period'), of(EDGE.airtimeFloor, here)), legend: '{{period}} tối thiểu / floor' },
    ]),
    series(
      ['Còn thiếu và còn lại', 'What is still owed, and the screen time left in which it can be delivered.'],
      's',
      [
        { expr: recorded(owed, here), legend: '{{period}} còn thiếu / owed' },
        { expr: max(by('period'), of(EDGE.airtimeLeft, here)), legend: '{{period}} còn lại / left' },
      ],
    ),
    series(
      ['Dự báo thiếu, theo nguyên nhân', 'How much of the floor will be missing at the best, and what it is short of.'],
      's',
      [{ expr: max(by('period', 'cause'), of(EDGE.airtimeShort, here)), legend: '{{period}} {{cause}}' }],
    ),
    timeline(
      ['Còn khả năng đạt mức tối thiểu', 'Whether the floor of the period is met or can still be met.'],
      'bool',
      [{ expr: max(by('period'), of(EDGE.airtimeFeasible, here)), legend: '{{period}}' }],
      yesNo,
    ),
    series(
      [
        'Màn hình làm gì',
        'Share of time by what the screen was: public, emergency, ads, other, dark, faulted, displaced.',
      ],
      'percentunit',
      [{ expr: sum(by('state'), rate(EDGE.airtimeTotal, '$__rate_interval', here)), legend: '{{state}}' }],
    ),
    series(['Thời lượng theo nội dung (Điều 7)', 'Delivered share of time by category of Art. 7.'], 'percentunit', [
      { expr: sum(by('category'), rate(EDGE.categoryTotal, '$__rate_interval', here)), legend: '{{category}}' },
    ]),
    bars(['Hôm nay theo nội dung (Điều 7)', 'Delivered and advertising time of today, by category of Art. 7.'], 's', [
      { expr: max(by('category'), of(EDGE.categoryToday, here)), legend: '{{category}}' },
    ]),
    days(
      ['Lịch: tỷ lệ đạt mỗi ngày', 'Each of the last days: share of the floor that was delivered in each day-period.'],
      'percentunit',
      [{ expr: dailyShare('$site'), legend: '{{period}}' }],
      { thresholds: SHARE_STEPS },
    ),
    table(['Lượt phát kết thúc vì', 'Plays closed in the time range, by cause.'], 'short', [
      { expr: sum(by('cause'), increase(EDGE.playsTotal, '$__range', here)), legend: '{{cause}}' },
    ]),
    table(['Nội dung và lệnh bị từ chối', 'Content and orders refused in the time range, by reason.'], 'short', [
      {
        expr: sum(by('reason'), increase(EDGE.refusedTotal, '$__range', here)),
        legend: 'nội dung / content {{reason}}',
      },
      {
        expr: sum(by('reason'), increase(EDGE.ordersRefusedTotal, '$__range', here)),
        legend: 'lệnh / order {{reason}}',
      },
      {
        expr: sum(by('reason'), increase(EDGE.documentsRefusedTotal, '$__range', here)),
        legend: 'lịch, sổ khóa / document {{reason}}',
      },
    ]),
  ],
}

const { site } = CONFIG.boards
/** One site. */
export const cum = (): Dashboard =>
  withRows(
    withSite(
      frame({ ...site, description: 'Một cụm thông tin điện tử. One cluster; choose it above.' }).link(
        boardLink('Mở cụm ở trung tâm', HUB_LINKS.site(filled('site')), 'This site in the hub console'),
      ),
    ),
    site.uid,
    [NOW, AIRTIME, DISPLAY, SENSORS, MACHINE, LOG],
  ).build()
