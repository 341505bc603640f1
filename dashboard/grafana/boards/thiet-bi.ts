import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { EDGE } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { ahead, bottomk, by, count, increase, is, max, min, of, recorded, since, sum, topk } from '../promql.ts'
import { lineFaults, logBacklog } from '../rules.ts'
import { frame, withFleet } from './frame.ts'
import { BAD_ABOVE_ZERO, bars, type Row, SITE_LINKS, series, stat, steps, table, withRows } from './panels.ts'

const here = { site: '$site' } as const
const bySite = { links: SITE_LINKS }

const NOW: Row = {
  title: 'Đếm · Counts',
  panels: [
    stat(
      ['Mất bộ điều khiển', 'Clusters whose display controller does not answer.'],
      'short',
      [{ expr: sum(by(), is(max(by('site'), of(EDGE.displayUp, here)), '==', 0)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Trình phát dừng', 'Clusters whose player does not answer.'],
      'short',
      [{ expr: sum(by(), is(max(by('site'), of(EDGE.playerUp, here)), '==', 0)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Cửa tủ mở', 'Cabinet doors that are open.'],
      'short',
      [{ expr: sum(by(), of(EDGE.sensorAlarm, { ...here, what: 'door' })), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Mất thiết bị phụ trợ', 'Devices beside the displays that do not answer.'],
      'short',
      [{ expr: sum(by(), is(of(EDGE.equipmentUp, here), '==', 0)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
    stat(
      ['Đồng hồ', 'Clusters by the state of their clock.'],
      'short',
      [{ expr: sum(by('state'), of(EDGE.clockState, here)), legend: '{{state}}' }],
      { width: 8 },
    ),
    bars(['Phiên bản phần mềm', 'Clusters by the version they run.'], 'short', [
      { expr: count(by('version'), of(EDGE.info, here)), legend: '{{version}}' },
    ]),
    table(
      ['Báo động của cảm biến', 'Alarms of smoke, door, cable and failure by site, those present now first.'],
      'short',
      [
        {
          expr: topk(50, max(by('site', 'device', 'place', 'what'), of(EDGE.sensorAlarm, here))),
          legend: '{{site}} {{what}}',
        },
      ],
      { ...bySite, thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

const HEAT: Row = {
  title: 'Nhiệt, điện, ánh sáng · Heat, supply, light',
  panels: [
    series(
      ['Màn hình nóng nhất', 'The hottest place of display and cabinet, the twenty hottest clusters.'],
      'celsius',
      [{ expr: topk(20, max(by('site'), of(EDGE.sensorTemperature, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [CONFIG.tooHotCelsius, 'red']) },
    ),
    series(
      ['Máy tính nóng nhất', 'Temperature of the computers, the twenty hottest.'],
      'celsius',
      [{ expr: topk(20, max(by('site'), of(EDGE.boardTemperature, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [75, 'orange'], [80, 'red']) },
    ),
    series(
      ['Điện áp thấp nhất', 'Supply of the first receiving card, the twenty lowest.'],
      'volt',
      [{ expr: bottomk(20, max(by('site'), of(EDGE.voltage, here))), legend: '{{site}}' }],
      bySite,
    ),
    table(
      ['Sụt áp nguồn máy', 'Computers whose supply is or was too low, those first.'],
      'short',
      [{ expr: topk(50, max(by('site', 'when'), of(EDGE.boardUndervoltage, here))), legend: '{{site}} {{when}}' }],
      { ...bySite, thresholds: BAD_ABOVE_ZERO },
    ),
    series(
      ['Điện lưới', 'Clusters with mains and without, where something tells.'],
      'short',
      [
        { expr: sum(by(), is(max(by('site'), of(EDGE.mains, here)), '==', 1)), legend: 'có / mains' },
        { expr: sum(by(), is(max(by('site'), of(EDGE.mains, here)), '==', 0)), legend: 'mất / gone' },
      ],
      { stacked: true },
    ),
    series(['Độ sáng', 'Brightness read back from the controllers: highest and lowest.'], 'percentunit', [
      { expr: max(by(), of(EDGE.brightness, here)), legend: 'cao nhất / highest' },
      { expr: min(by(), of(EDGE.brightness, here)), legend: 'thấp nhất / lowest' },
    ]),
    table(
      ['Số lần đóng nguồn', 'Times the power of a display was switched on in the time range, most first.'],
      'short',
      [
        {
          expr: topk(50, sum(by('site'), increase(EDGE.startsTotal, '$__range', { ...here, what: 'power' }))),
          legend: '{{site}}',
        },
      ],
    ),
    bars(
      [
        'Điện năng ước tính',
        'Energy of the displays in the time range, by runtime and brightness; the twenty highest.',
      ],
      'joule',
      [{ expr: topk(20, sum(by('site'), increase(EDGE.energyTotal, '$__range', here))), legend: '{{site}}' }],
    ),
  ],
}

const LINE: Row = {
  title: 'Đường dây, trình phát, kết nối · Line, player, link',
  panels: [
    series(
      ['Lỗi đường dây tới bộ điều khiển', 'Line faults per exchange with the display controllers, the twenty worst.'],
      'percentunit',
      [{ expr: topk(20, recorded(lineFaults, here)), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [0.05, 'red']) },
    ),
    series(
      ['Hình có vấn đề', 'Trouble with the picture in the interval, all clusters.'],
      'short',
      [
        {
          expr: sum(by('trouble'), increase(EDGE.playerTroubleTotal, '$__rate_interval', here)),
          legend: '{{trouble}}',
        },
      ],
      { stacked: true },
    ),
    series(
      ['Đi và về tới trung tâm', 'Round trip of the last ping, the twenty slowest.'],
      's',
      [{ expr: topk(20, max(by('site'), of(EDGE.hubRoundTrip, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [1, 'orange'], [3, 'red']) },
    ),
    table(
      ['Số lần nối lại', 'Dials to the hub in the time range, most first.'],
      'short',
      [{ expr: topk(50, sum(by('site'), increase(EDGE.hubRedialsTotal, '$__range', here))), legend: '{{site}}' }],
      bySite,
    ),
    series(
      ['Lệch giờ so với trung tâm', "The hub's time minus the cluster's, the twenty furthest ahead."],
      's',
      [{ expr: topk(20, max(by('site'), of(EDGE.clockOffset, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [CONFIG.clockOffSeconds, 'red']) },
    ),
    table(
      ['Đồng hồ nhảy', 'Jumps of the wall clock in the time range, most first.'],
      'short',
      [{ expr: topk(50, sum(by('site'), increase(EDGE.clockStepsTotal, '$__range', here))), legend: '{{site}}' }],
      bySite,
    ),
  ],
}

const STORE: Row = {
  title: 'Lưu trữ và khóa · Storage and keys',
  panels: [
    bars(
      ['Đĩa đầy sớm nhất', 'Time until the disk is full as it fills now, the twenty soonest.'],
      's',
      [{ expr: bottomk(20, max(by('site'), of(EDGE.diskLeft, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('red', [CONFIG.diskFillingSeconds, 'green']) },
    ),
    bars(
      ['Chỗ trống ít nhất', 'Free bytes of the data folder, the twenty lowest.'],
      'bytes',
      [{ expr: bottomk(20, max(by('site'), of(EDGE.diskFree, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('red', [CONFIG.diskLowBytes, 'green']) },
    ),
    bars(
      ['Tuổi thọ thẻ đã dùng', 'How much of its life each card says is used up, the twenty highest.'],
      'percentunit',
      [{ expr: topk(20, max(by('site'), of(EDGE.storageLifeUsed, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [0.7, 'orange'], [0.9, 'red']) },
    ),
    series(
      ['Thử ghi chậm nhất', 'How long a durable write of a few bytes takes, the twenty slowest.'],
      's',
      [{ expr: topk(20, max(by('site'), of(EDGE.diskWriteProbe, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [1, 'orange'], [5, 'red']) },
    ),
    table(
      ['Lỗi hệ thống tệp', 'Errors that the file systems have noted, most first.'],
      'short',
      [{ expr: topk(50, max(by('site'), of(EDGE.diskErrorsTotal, here))), legend: '{{site}}' }],
      { ...bySite, thresholds: BAD_ABOVE_ZERO },
    ),
    series(
      ['Bản ghi chưa về trung tâm', 'Records at the edges that the hub does not have yet, the twenty furthest behind.'],
      'short',
      [{ expr: topk(20, recorded(logBacklog, here)), legend: '{{site}}' }],
      bySite,
    ),
    table(
      ['Bản ghi cuối cách đây', 'Time since the newest play-log record of each cluster, longest first.'],
      's',
      [{ expr: topk(50, max(by('site'), since(of(EDGE.logHeadTime, here)))), legend: '{{site}}' }],
      { ...bySite, thresholds: steps('green', [120, 'red']) },
    ),
    table(
      ['Sổ khóa của từng cụm', 'Version of the key registry of each cluster, and the clusters that go by it.'],
      'none',
      [{ expr: max(by('site'), of(EDGE.registryVersion, here)), legend: '{{site}}' }],
      bySite,
    ),
    stat(
      ['Khóa ký đầu tiên hết hạn sau', "Until the first person's right in any cluster's registry runs out."],
      's',
      [{ expr: min(by(), ahead(of(EDGE.registryKeyExpiry, here))), legend: '' }],
      { thresholds: steps('red', [CONFIG.expirySeconds, 'green']) },
    ),
    stat(['Khóa thiết bị cũ nhất', 'Since the oldest device key was made.'], 's', [
      { expr: max(by(), since(of(EDGE.deviceKeyTime, here))), legend: '' },
    ]),
    stat(
      ['Bộ nhớ cao nhất', 'Resident memory of the largest daemon without its player.'],
      'bytes',
      [{ expr: max(by(), of(EDGE.residentBytes, here)), legend: '' }],
      { thresholds: steps('green', [125_829_120, 'orange']) },
    ),
    stat(
      ['Không ghi được nhật ký', 'Clusters that cannot write their play log.'],
      'short',
      [{ expr: sum(by(), is(max(by('site'), of(EDGE.logWritable, here)), '==', 0)), legend: '' }],
      { thresholds: BAD_ABOVE_ZERO },
    ),
  ],
}

const { devices } = CONFIG.boards
/** The hardware of all clusters: what is about to break, worst first. */
export const thietBi = (): Dashboard =>
  withRows(
    withFleet(
      frame({
        ...devices,
        description: 'Phần cứng của các cụm, xấu nhất trước. Hardware of the clusters, worst first.',
      }),
    ),
    devices.uid,
    [NOW, HEAT, LINE, STORE],
  ).build()
