import { EDGE } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { ahead, by, increase, max, of, recorded, since, sum } from '../promql.ts'
import { logBacklog } from '../rules.ts'
import { ALARM, BAD_ABOVE_ZERO, GOOD_AT_ONE, type Row, series, stat, steps, table, timeline, YES_NO } from './panels.ts'

const here = { site: '$site' } as const
const yesNo = { thresholds: GOOD_AT_ONE, mappings: YES_NO }
const alarm = { thresholds: BAD_ABOVE_ZERO, mappings: ALARM }

/** The computer in the cabinet, its clock, keys and link. */
export const MACHINE: Row = {
  title: 'Máy tính và kết nối · Computer and link',
  panels: [
    stat(['Phiên bản và loại cụm', 'Version of the edge and class of the cluster.'], 'short', [
      { expr: max(by('version', 'cluster_class'), of(EDGE.info, here)), legend: '{{version}} {{cluster_class}}' },
    ]),
    stat(['Đã chạy', 'Time since the daemon started.'], 's', [
      { expr: max(by(), since(of(EDGE.startTime, here))), legend: '' },
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
    stat(
      ['Nhiệt độ máy tính', 'Temperature of the computer, its hottest sensor.'],
      'celsius',
      [{ expr: max(by(), of(EDGE.boardTemperature, here)), legend: '' }],
      { thresholds: steps('green', [75, 'orange'], [80, 'red']) },
    ),
    stat(
      ['Sụt áp nguồn máy', 'Whether the supply of the computer is or was too low, where the computer says so.'],
      'bool',
      [{ expr: max(by('when'), of(EDGE.boardUndervoltage, here)), legend: '{{when}}' }],
      alarm,
    ),
    stat(
      ['Tuổi thọ thẻ đã dùng', 'How much of its life the card or eMMC says is used up.'],
      'percentunit',
      [{ expr: max(by(), of(EDGE.storageLifeUsed, here)), legend: '' }],
      { thresholds: steps('green', [0.7, 'orange'], [0.9, 'red']) },
    ),
    stat(
      ['Thử ghi đĩa', 'How long the last durable write of a few bytes took.'],
      's',
      [{ expr: max(by(), of(EDGE.diskWriteProbe, here)), legend: '' }],
      { thresholds: steps('green', [1, 'orange'], [5, 'red']) },
    ),
    stat(
      ['Lỗi hệ thống tệp', 'Errors that the file systems have noted.'],
      'short',
      [{ expr: max(by(), of(EDGE.diskErrorsTotal, here)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Lệch giờ so với trung tâm', "The hub's time minus the cluster's when the link was made."],
      's',
      [{ expr: max(by(), of(EDGE.clockOffset, here)), legend: '' }],
      { thresholds: steps('red', [-CONFIG.clockOffSeconds, 'green'], [CONFIG.clockOffSeconds, 'red']) },
    ),
    stat(['Sai số đồng hồ', 'Greatest error of the clock as the kernel estimates it.'], 's', [
      { expr: max(by(), of(EDGE.clockError, here)), legend: '' },
    ]),
    stat(['Sổ khóa', 'Version of the key registry this device goes by.'], 'none', [
      { expr: max(by(), of(EDGE.registryVersion, here)), legend: '' },
    ]),
    stat(
      ['Khóa ký đầu tiên hết hạn sau', "Until the first person's right in this device's registry runs out."],
      's',
      [{ expr: max(by(), ahead(of(EDGE.registryKeyExpiry, here))), legend: '' }],
      { thresholds: steps('red', [CONFIG.expirySeconds, 'green']) },
    ),
    stat(['Tuổi khóa thiết bị', "Since this device's own key was made."], 's', [
      { expr: max(by(), since(of(EDGE.deviceKeyTime, here))), legend: '' },
    ]),
    series(['Đường truyền', 'Round trip of the last ping to the hub, and dials in the interval.'], 's', [
      { expr: max(by(), of(EDGE.hubRoundTrip, here)), legend: 'đi và về / round trip' },
      { expr: sum(by(), increase(EDGE.hubRedialsTotal, '$__rate_interval', here)), legend: 'số lần nối lại / redials' },
    ]),
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

/** The play log on this edge and on its way to the hub. */
export const LOG: Row = {
  title: 'Nhật ký phát · Play log',
  panels: [
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
  ],
}
