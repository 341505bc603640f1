import {
  type Dashboard,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { by, increase, max, of, quantile, rate, recorded, since, sum } from '../promql.ts'
import { lineFaults, logBacklog, owed } from '../rules.ts'
import {
  BAD_ABOVE_ZERO,
  boardLink,
  DATASOURCE,
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
  YES_NO,
} from './panels.ts'

const here = { site: '$site' } as const
const alarm = { thresholds: BAD_ABOVE_ZERO, mappings: YES_NO }
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
      ['Đồng hồ', 'Quality of the clock: synced, holdover, or not set.'],
      'short',
      [{ expr: max(by(), of(EDGE.clockSynced, here)), legend: '' }],
      {
        thresholds: steps('red', [0.5, 'orange'], [1, 'green']),
        mappings: words({
          '0': { text: 'Chưa đặt', color: 'red' },
          '0.5': { text: 'Tự giữ', color: 'orange' },
          '1': { text: 'Đồng bộ', color: 'green' },
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
    ]),
  ],
}

const DISPLAY: Row = {
  title: 'Màn hình · Display',
  panels: [
    series(['Độ sáng', 'Brightness read back from the controller.'], 'percentunit', [
      { expr: max(by(), of(EDGE.brightness, here)), legend: 'độ sáng / brightness' },
    ]),
    series(
      ['Nhiệt độ', 'Temperature of the first receiving card.'],
      'celsius',
      [{ expr: max(by(), of(EDGE.temperature, here)), legend: 'thẻ nhận / receiving card' }],
      {
        thresholds: steps('green', [CONFIG.tooHotCelsius, 'red']),
      },
    ),
    series(['Điện áp', 'Supply voltage of the first receiving card.'], 'volt', [
      { expr: max(by(), of(EDGE.voltage, here)), legend: 'thẻ nhận / receiving card' },
    ]),
    series(
      ['Nhiệt độ mọi nơi', 'Every thermometer of display and cabinet, the hottest of several receiving cards.'],
      'celsius',
      [{ expr: max(by('device', 'place'), of(EDGE.sensorTemperature, here)), legend: '{{device}} {{place}}' }],
      { thresholds: steps('green', [CONFIG.tooHotCelsius, 'red']) },
    ),
    series(['Độ ẩm', 'Relative humidity of display and cabinet.'], 'percentunit', [
      { expr: max(by('device', 'place'), of(EDGE.sensorHumidity, here)), legend: '{{device}} {{place}}' },
    ]),
    series(['Điện áp mọi nơi', 'Every supply, the lowest of several receiving cards.'], 'volt', [
      { expr: max(by('device', 'place'), of(EDGE.sensorVoltage, here)), legend: '{{device}} {{place}}' },
    ]),
    series(['Ánh sáng xung quanh', 'Ambient light.'], 'lux', [
      { expr: max(by('device', 'place'), of(EDGE.sensorLight, here)), legend: '{{device}} {{place}}' },
    ]),
    table(['Giờ chạy', 'Time lit, dark or unknown in the time range.'], 's', [
      { expr: sum(by('state'), increase(EDGE.runtimeTotal, '$__range', here)), legend: '{{state}}' },
    ]),
    table(['Số lần bật', 'Times its power was switched on, and times the picture came on after dark.'], 'short', [
      { expr: sum(by('what'), increase(EDGE.startsTotal, '$__range', here)), legend: '{{what}}' },
    ]),
    series(['Công suất ước tính', 'Estimated for a full white picture, from runtime and brightness.'], 'watt', [
      { expr: sum(by(), rate(EDGE.energyTotal, '$__rate_interval', here)), legend: 'ước tính / estimate' },
    ]),
    timeline(
      ['Điện lưới', 'Whether mains is there, where something tells.'],
      'bool',
      [{ expr: max(by(), of(EDGE.mains, here)), legend: 'điện lưới / mains' }],
      yesNo,
    ),
    series(['Ắc quy', 'What is left in the battery.'], 'percentunit', [
      { expr: max(by(), of(EDGE.batteryCharge, here)), legend: 'còn lại / left' },
    ]),
    series(['Quạt', 'Fan speeds, the slowest of several receiving cards.'], 'rotrpm', [
      { expr: max(by('device', 'place'), of(EDGE.sensorFan, here)), legend: '{{device}} {{place}}' },
    ]),
    timeline(
      ['Báo động của cảm biến', 'Smoke, open doors, broken cables and failures that devices report.'],
      'bool',
      [
        {
          expr: max(by('device', 'place', 'what'), of(EDGE.sensorAlarm, here)),
          legend: '{{what}} {{device}} {{place}}',
        },
      ],
      alarm,
    ),
    timeline(
      ['Thiết bị phụ trợ trả lời', 'Whether each device beside the display answers.'],
      'bool',
      [{ expr: max(by('device'), of(EDGE.equipmentUp, here)), legend: '{{device}}' }],
      yesNo,
    ),
    series(
      ['Trao đổi với bộ điều khiển', 'Exchanges with the controller per second, and what went wrong on the line.'],
      'ops',
      [
        { expr: sum(by(), rate(EDGE.exchangesTotal, '$__rate_interval', here)), legend: 'trao đổi / exchanges' },
        {
          expr: sum(by('kind'), rate(EDGE.exchangeFaultsTotal, '$__rate_interval', here)),
          legend: 'lỗi / fault {{kind}}',
        },
      ],
    ),
    series(
      ['Tỷ lệ lỗi đường dây', 'Line faults per exchange.'],
      'percentunit',
      [{ expr: recorded(lineFaults, here), legend: 'lỗi / faults' }],
      { thresholds: steps('green', [0.05, 'red']) },
    ),
    series(
      ['Lệnh tới khung hình đầu, p99', "From an order's arrival at the edge to the player's confirmation."],
      's',
      [{ expr: quantile(0.99, EDGE.orderShown, by(), { window: '$__range', matchers: here }), legend: 'p99' }],
      { thresholds: steps('green', [0.2, 'red']) },
    ),
  ],
}

const MACHINE: Row = {
  title: 'Thiết bị và nhật ký · Edge and play log',
  panels: [
    stat(['Phiên bản và loại cụm', 'Version of the edge and class of the cluster.'], 'short', [
      { expr: max(by('version', 'cluster_class'), of(EDGE.info, here)), legend: '{{version}} {{cluster_class}}' },
    ]),
    stat(['Đã chạy', 'Time since the daemon started.'], 's', [
      { expr: max(by(), since(of(EDGE.startTime, here))), legend: '' },
    ]),
    stat(
      ['Bản ghi cuối cách đây', 'Time since the newest play-log record was made.'],
      's',
      [{ expr: max(by(), since(of(EDGE.logHeadTime, here))), legend: '' }],
      { thresholds: steps('green', [120, 'red']) },
    ),
    stat(['Cỡ nhật ký', 'Bytes of the play log on this edge.'], 'bytes', [
      { expr: max(by(), of(EDGE.logBytes, here)), legend: '' },
    ]),
    stat(['Nhật ký mỗi ngày', 'Bytes a day of the play log takes once packed.'], 'bytes', [
      { expr: max(by(), of(EDGE.logBytesPerDay, here)), legend: '' },
    ]),
    stat(['Cần cho 6 tháng', 'Bytes of the play log when it holds all its days.'], 'bytes', [
      { expr: max(by(), of(EDGE.logBytesNeeded, here)), legend: '' },
    ]),
    stat(
      ['Đĩa đầy sau', 'Time until the disk is full as it fills now; 400 days: further away than a forecast goes.'],
      's',
      [{ expr: max(by(), of(EDGE.diskLeft, here)), legend: '' }],
      { thresholds: steps('red', [CONFIG.diskFillingSeconds, 'green']) },
    ),
    stat(
      ['Đĩa còn trống', 'Free bytes where the data folder is.'],
      'bytes',
      [{ expr: max(by(), of(EDGE.diskFree, here)), legend: '' }],
      { thresholds: steps('red', [CONFIG.diskLowBytes, 'green']) },
    ),
    stat(
      ['Bộ nhớ', 'Resident memory of the daemon without the player.'],
      'bytes',
      [{ expr: max(by(), of(EDGE.residentBytes, here)), legend: '' }],
      { thresholds: steps('green', [125_829_120, 'orange']) },
    ),
    series(
      [
        'Nhật ký: đầu và đã gửi',
        'Sequence number of the newest record, of the last one at the hub, and the difference.',
      ],
      'short',
      [
        { expr: max(by(), of(EDGE.logHead, here)), legend: 'mới nhất / newest' },
        { expr: max(by(), of(EDGE.logUploaded, here)), legend: 'đã gửi / uploaded' },
        { expr: recorded(logBacklog, here), legend: 'chưa gửi / waiting' },
      ],
    ),
    series(
      ['Bất thường', 'Restarts of the player, trouble with the picture and jumps of the wall clock in the interval.'],
      'short',
      [
        {
          expr: sum(by(), increase(EDGE.playerRestartsTotal, '$__rate_interval', here)),
          legend: 'trình phát / player',
        },
        {
          expr: sum(by('trouble'), increase(EDGE.playerTroubleTotal, '$__rate_interval', here)),
          legend: 'hình / picture {{trouble}}',
        },
        { expr: sum(by(), increase(EDGE.clockStepsTotal, '$__rate_interval', here)), legend: 'đồng hồ / clock' },
      ],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    timeline(
      ['Liên lạc với trung tâm (từ cụm)', 'Whether the edge itself says that its link to the hub is up.'],
      'bool',
      [{ expr: max(by(), of(EDGE.hubConnected, here)), legend: 'trung tâm / hub' }],
      yesNo,
    ),
    table(
      ['Lỗi đang có', 'Every fault, those present now first; the id is the section of the runbook.'],
      'short',
      [{ expr: max(by('fault'), of(EDGE.faultActive, here)), legend: '{{fault}}' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

/** One site. */
export const cum = (): Dashboard =>
  withRows(
    frame({
      ...CONFIG.boards.site,
      description: 'Một cụm thông tin điện tử. One cluster; choose it above.',
    })
      .withVariable(
        new QueryVariableBuilder('site')
          .label('Cụm')
          .description('Site id')
          .datasource(DATASOURCE)
          .query(`label_values(${HUB.edgeConnected.name}, site)`)
          .refresh(VariableRefresh.OnTimeRangeChanged)
          .sort(VariableSort.AlphabeticalAsc),
      )
      .link(boardLink('Mở cụm ở trung tâm', HUB_LINKS.site(filled('site')), 'This site in the hub console'))
      .link(boardLink('Trang Khẩn cấp', HUB_LINKS.emergency, 'Emergency page of the hub console'))
      .link(boardLink('Toàn cảnh', `/d/${CONFIG.boards.fleet.uid}`, 'The fleet board')),
    [NOW, AIRTIME, DISPLAY, MACHINE],
  ).build()
