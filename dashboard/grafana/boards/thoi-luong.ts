import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { EDGE } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { and, bottomk, by, count, increase, is, max, min, of, rate, recorded, sum, topk, where } from '../promql.ts'
import { owed, reached, slack } from '../rules.ts'
import { frame, withFleet } from './frame.ts'
import {
  BAD_ABOVE_ZERO,
  bars,
  days,
  type Row,
  SITE_LINKS,
  series,
  stat,
  steps,
  table,
  timeline,
  withRows,
  words,
} from './panels.ts'
import { dailyMissing, dailyShare, SHARE_STEPS } from './shares.ts'

const here = { site: '$site' } as const
const notOver = where(max(by('site', 'period'), of(EDGE.airtimeLeft, here)), '>', 0)

const NOW: Row = {
  title: 'Hôm nay (Điều 8.1) · Today (Art. 8.1)',
  panels: [
    stat(['Cụm còn đạt được', 'Clusters whose floors are all met or can still be met today.'], 'short', [
      { expr: sum(by(), min(by('site'), of(EDGE.airtimeFeasible, here))), legend: '' },
    ]),
    stat(
      ['Buổi không đạt', 'Day-periods of clusters that have missed their floor today or can no longer reach it.'],
      'short',
      [{ expr: sum(by(), is(max(by('site', 'period'), of(EDGE.airtimeFeasible, here)), '==', 0)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Buổi sát nút', 'Day-periods with less than half an hour to lose before their floor is out of reach.'],
      'short',
      [
        {
          expr: sum(by(), is(and(recorded(slack, here), by('site', 'period'), notOver), '<', CONFIG.slackSeconds)),
          legend: '',
        },
      ],
      { thresholds: steps('green', [1, 'orange']) },
    ),
    stat(
      ['Hôm qua thiếu', 'Day-periods of clusters that lacked something yesterday which no order excuses.'],
      'short',
      [
        {
          expr: sum(by(), is(max(by('site', 'period'), of(EDGE.yesterdayMissing, here)), '>', 0)),
          legend: '',
        },
      ],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(['Cụm có số liệu', 'Clusters that say something of their airtime now.'], 'short', [
      { expr: count(by(), max(by('site'), of(EDGE.airtimeFloor, here))), legend: '' },
    ]),
    table(
      ['Còn nợ nhiều nhất', 'What is still owed today, the fifty that owe most.'],
      's',
      [{ expr: topk(50, recorded(owed, here)), legend: '{{site}} {{period}}' }],
      { links: SITE_LINKS, thresholds: BAD_ABOVE_ZERO },
    ),
    bars(
      ['Đạt ít nhất', 'Share of the floor that is delivered so far, the twenty lowest.'],
      'percentunit',
      [{ expr: bottomk(20, recorded(reached, here)), legend: '{{site}} {{period}}' }],
      { links: SITE_LINKS, thresholds: SHARE_STEPS },
    ),
    series(
      ['Còn mất được bao lâu', 'Time that may yet be lost before a floor is out of reach, the twenty lowest.'],
      's',
      [{ expr: bottomk(20, and(recorded(slack, here), by('site', 'period'), notOver)), legend: '{{site}} {{period}}' }],
      { links: SITE_LINKS, thresholds: steps('red', [0, 'orange'], [CONFIG.slackSeconds, 'green']) },
    ),
    series(
      ['Sẽ thiếu, theo nguyên nhân', 'What will be missing at the best, by what it is short of.'],
      's',
      [{ expr: sum(by('cause'), of(EDGE.airtimeShort, here)), legend: '{{cause}}' }],
      { stacked: true },
    ),
    timeline(
      ['Từng buổi của từng cụm', 'Whether the floor of each period is met or can still be met.'],
      'bool',
      [{ expr: min(by('site', 'period'), of(EDGE.airtimeFeasible, here)), legend: '{{site}} {{period}}' }],
      {
        thresholds: steps('red', [1, 'green']),
        links: SITE_LINKS,
        mappings: words({ '0': { text: 'Không đạt', color: 'red' }, '1': { text: 'Đạt', color: 'green' } }),
      },
    ),
  ],
}

const CALENDAR: Row = {
  title: 'Lịch nhiều ngày · Calendar',
  panels: [
    days(
      [
        'Tỷ lệ đạt mỗi ngày',
        "Each day's share of the floor, of the day-period that got least. The column is the day; today appears tomorrow.",
      ],
      'percentunit',
      [{ expr: min(by('site'), dailyShare('$site')), legend: '{{site}}' }],
      { thresholds: SHARE_STEPS, links: SITE_LINKS },
    ),
    days(
      [
        'Thiếu không được miễn',
        'What each day lacked and no order under Art. 8.2 excuses, all its day-periods together. 0 is compliant.',
      ],
      's',
      [{ expr: sum(by('site'), dailyMissing('$site')), legend: '{{site}}' }],
      { thresholds: steps('green', [1, 'red']), links: SITE_LINKS },
    ),
  ],
}

const CONTENT: Row = {
  title: 'Nội dung và màn hình · Content and screens',
  panels: [
    bars(['Hôm nay theo nội dung (Điều 7)', 'Delivered and advertising time of today, by category of Art. 7.'], 's', [
      { expr: sum(by('category'), of(EDGE.categoryToday, here)), legend: '{{category}}' },
    ]),
    series(
      ['Màn hình làm gì', 'Clusters by what their screens were, on average over the interval.'],
      'short',
      [{ expr: sum(by('state'), rate(EDGE.airtimeTotal, '$__rate_interval', here)), legend: '{{state}}' }],
      { stacked: true },
    ),
    series(
      ['Thời lượng theo nội dung', 'Clusters that showed each category, on average over the interval.'],
      'short',
      [{ expr: sum(by('category'), rate(EDGE.categoryTotal, '$__rate_interval', here)), legend: '{{category}}' }],
      { stacked: true },
    ),
    table(['Lượt phát kết thúc vì', 'Plays closed in the time range, by cause.'], 'short', [
      { expr: sum(by('cause'), increase(EDGE.playsTotal, '$__range', here)), legend: '{{cause}}' },
    ]),
    table(['Nội dung bị từ chối', 'Content refused in the time range, by site and reason.'], 'short', [
      {
        expr: topk(50, sum(by('site', 'reason'), increase(EDGE.refusedTotal, '$__range', here))),
        legend: '{{site}} {{reason}}',
      },
    ]),
    table(
      ['Tệp còn thiếu', 'Files of the schedule that are not at the cluster yet, the fifty that lack most.'],
      'short',
      [{ expr: topk(50, max(by('site'), of(EDGE.assetsWanted, here))), legend: '{{site}}' }],
      { thresholds: BAD_ABOVE_ZERO, links: SITE_LINKS },
    ),
  ],
}

const { airtime } = CONFIG.boards
/** Airtime against the floors: now, and day by day. */
export const thoiLuong = (): Dashboard =>
  withRows(
    withFleet(
      frame({
        ...airtime,
        description: 'Thời lượng phát so với mức tối thiểu. Airtime against the floor of Art. 8.1.',
      }),
    ),
    airtime.uid,
    [NOW, CALENDAR, CONTENT],
  ).build()
