import { EDGE } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { by, increase, max, of, quantile, rate, recorded, sum } from '../promql.ts'
import { lineFaults } from '../rules.ts'
import {
  ALARM,
  BAD_ABOVE_ZERO,
  GOOD_AT_ONE,
  ON_OFF,
  type Row,
  series,
  steps,
  table,
  timeline,
  YES_NO,
} from './panels.ts'

const here = { site: '$site' } as const
const yesNo = { thresholds: GOOD_AT_ONE, mappings: YES_NO }
const alarm = { thresholds: BAD_ABOVE_ZERO, mappings: ALARM }

/** The display and its line. */
export const DISPLAY: Row = {
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
    table(['Giờ chạy', 'Time lit, dark or unknown in the time range.'], 's', [
      { expr: sum(by('state'), increase(EDGE.runtimeTotal, '$__range', here)), legend: '{{state}}' },
    ]),
    table(['Số lần bật', 'Times its power was switched on, and times the picture came on after dark.'], 'short', [
      { expr: sum(by('what'), increase(EDGE.startsTotal, '$__range', here)), legend: '{{what}}' },
    ]),
    series(['Công suất ước tính', 'Estimated for a full white picture, from runtime and brightness.'], 'watt', [
      { expr: sum(by(), rate(EDGE.energyTotal, '$__rate_interval', here)), legend: 'ước tính / estimate' },
    ]),
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
    timeline(
      ['Trình tự nguồn', "Which phase the display's power sequence was in, where the edge switches its power."],
      'bool',
      [{ expr: max(by('phase'), of(EDGE.powerPhase, here)), legend: '{{phase}}' }],
      { mappings: ON_OFF },
    ),
  ],
}

/** What is felt in display and cabinet, and what feeds them. */
export const SENSORS: Row = {
  title: 'Cảm biến và nguồn điện · Sensors and supply',
  panels: [
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
  ],
}
