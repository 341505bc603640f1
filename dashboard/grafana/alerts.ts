import { FAULTS, type FaultId } from '#core/contract/faults.ts'
import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { ORDER_SECTIONS, ORDERS } from './alerts-orders.ts'
import { CONFIG } from './config.ts'
import { absent, and, by, changes, type Expr, increase, max, of, recorded, type Span, sum, where } from './promql.ts'
import { clockUnset, litWhenWanted, logBacklog, owed } from './rules.ts'

/** Sections of the runbook for what only the centre can see: no process can report these faults of itself. */
export const ALERT_ONLY_SECTIONS = [
  'screen-dark',
  'order-waiting',
  'log-stalled',
  'log-behind',
  'login-failures',
  'hub-down',
  ...ORDER_SECTIONS,
] as const
export type RunbookSection = FaultId | (typeof ALERT_ONLY_SECTIONS)[number]

type Bilingual = { readonly vi: string; readonly en: string }
export type Alert = {
  readonly name: `Bangtin${string}`
  /** Section of the runbook; `each-fault` where the series itself names the fault. */
  readonly runbook: RunbookSection | 'each-fault'
  readonly severity: 'warning' | 'critical'
  readonly lasting: Span
  readonly expr: Expr
  /** Templates of Prometheus: `$labels` and `$value` are the alert's. */
  readonly summary: Bilingual
  readonly description: Bilingual
}

const PERIOD_VI =
  '{{ if eq $labels.period "morning" }}sáng{{ else if eq $labels.period "afternoon" }}chiều{{ else }}tối{{ end }}'
const SITE = '{{ $labels.site }}'

/** Refusals that mean somebody tried, or a key went wrong; the others are everyday mistakes. */
const FORGED_CONTENT = ['bad-signature', 'unknown-key', 'no-right', 'changed'] as const
const FORGED_ORDER = ['bad-signature', 'unknown-key', 'no-right'] as const

const SCREEN: readonly Alert[] = [
  {
    name: 'BangtinScreenDark',
    runbook: 'screen-dark',
    severity: 'critical',
    lasting: '2m',
    expr: where(recorded(litWhenWanted), '==', 0),
    summary: { vi: `${SITE}: màn hình tối trong khung giờ phát`, en: `${SITE}: screen dark within its frame` },
    description: {
      vi: 'Màn hình lẽ ra phải sáng nhưng không xác nhận được là đang sáng. Thời gian này không tính là đã phát.',
      en: 'The screen ought to be lit and is not known to be. This time does not count as delivered.',
    },
  },
  {
    name: 'BangtinDisplayLost',
    runbook: 'display-lost',
    severity: 'critical',
    lasting: '1m',
    expr: where(max(by('site'), of(EDGE.displayUp)), '==', 0),
    summary: { vi: `${SITE}: mất liên lạc bộ điều khiển màn hình`, en: `${SITE}: display controller does not answer` },
    description: {
      vi: 'Bộ điều khiển không trả lời. Không đặt được độ sáng, không biết màn hình có sáng hay không.',
      en: 'The controller does not answer: brightness cannot be set and nobody knows whether the screen is lit.',
    },
  },
  {
    name: 'BangtinOverTemperature',
    runbook: 'over-temperature',
    severity: 'warning',
    lasting: '5m',
    expr: where(max(by('site'), of(EDGE.temperature)), '>', CONFIG.tooHotCelsius),
    summary: { vi: `${SITE}: màn hình quá nóng, {{ $value }} °C`, en: `${SITE}: display too hot, {{ $value }} °C` },
    description: {
      vi: `Thẻ nhận đầu tiên nóng hơn ${CONFIG.tooHotCelsius} °C đã 5 phút.`,
      en: `The first receiving card has been above ${CONFIG.tooHotCelsius} °C for 5 minutes.`,
    },
  },
  {
    name: 'BangtinPlayerDown',
    runbook: 'player-lost',
    severity: 'critical',
    lasting: '1m',
    expr: where(max(by('site'), of(EDGE.playerUp)), '==', 0),
    summary: { vi: `${SITE}: trình phát không chạy`, en: `${SITE}: player is not running` },
    description: {
      vi: 'Trình phát không trả lời đã 1 phút, dù thiết bị tự khởi động lại nó.',
      en: 'The player has not answered for 1 minute, although the edge keeps starting it again.',
    },
  },
]

const AIRTIME: readonly Alert[] = [
  {
    name: 'BangtinFloorInfeasible',
    runbook: 'floor-missed',
    severity: 'critical',
    lasting: '1m',
    expr: and(
      and(recorded(owed), by('site', 'period'), where(max(by('site', 'period'), of(EDGE.airtimeFeasible)), '==', 0)),
      by('site', 'period'),
      where(max(by('site', 'period'), of(EDGE.airtimeLeft)), '>', 0),
    ),
    summary: {
      vi: `${SITE}: buổi ${PERIOD_VI} không còn đủ thời gian cho thông tin tuyên truyền`,
      en: `${SITE}: the {{ $labels.period }} can no longer reach its floor of public information`,
    },
    description: {
      vi: 'Còn thiếu {{ $value | humanizeDuration }}, nhiều hơn thời gian còn lại của buổi (Điều 8.1).',
      en: '{{ $value | humanizeDuration }} are still owed, more than is left of the period (Art. 8.1).',
    },
  },
  {
    name: 'BangtinFloorMissed',
    runbook: 'floor-missed',
    severity: 'critical',
    lasting: '1m',
    expr: and(
      where(recorded(owed), '>', 0),
      by('site', 'period'),
      where(max(by('site', 'period'), of(EDGE.airtimeLeft)), '==', 0),
    ),
    summary: {
      vi: `${SITE}: buổi ${PERIOD_VI} đã thiếu thời lượng`,
      en: `${SITE}: the {{ $labels.period }} ended below its floor`,
    },
    description: {
      vi: 'Buổi đã hết mà còn thiếu {{ $value | humanizeDuration }} thông tin tuyên truyền (Điều 8.1).',
      en: 'The period is over and {{ $value | humanizeDuration }} of public information are missing (Art. 8.1).',
    },
  },
]

const LINK: readonly Alert[] = [
  {
    name: 'BangtinHubDown',
    runbook: 'hub-down',
    severity: 'critical',
    lasting: '2m',
    expr: absent(HUB.info),
    summary: { vi: 'Không đọc được số liệu của trung tâm', en: 'The hub gives no metrics' },
    description: {
      vi: 'Prometheus không nhận được số liệu nào của trung tâm đã 2 phút. Các màn hình vẫn phát theo lịch.',
      en: 'Prometheus has had nothing from the hub for 2 minutes. The screens go on playing their schedule.',
    },
  },
  {
    name: 'BangtinEdgeSilent',
    runbook: 'hub-away',
    severity: 'critical',
    lasting: '2m',
    expr: where(max(by('site', 'cluster_class'), of(HUB.edgeConnected)), '==', 0),
    summary: { vi: `${SITE}: cụm mất kết nối`, en: `${SITE}: cluster is not connected` },
    description: {
      vi: 'Trung tâm không có kết nối với cụm đã 2 phút. Lệnh khẩn sẽ chờ đến khi có kết nối lại.',
      en: 'The hub has had no link to the cluster for 2 minutes. Orders wait until it is back.',
    },
  },
  {
    name: 'BangtinOrderWaiting',
    runbook: 'order-waiting',
    severity: 'critical',
    lasting: '2m',
    expr: where(max(by(), of(HUB.orderUndelivered)), '>', 0),
    summary: { vi: '{{ $value }} cụm chưa nhận lệnh', en: '{{ $value }} site(s) have not accepted an order' },
    description: {
      vi: 'Có lệnh còn hiệu lực mà cụm chưa nhận sau 2 phút. Xem trang Khẩn cấp và báo cho địa phương bằng cách khác.',
      en: 'An order in force has not been accepted after 2 minutes. See the emergency page and reach the place otherwise.',
    },
  },
  {
    name: 'BangtinClockUntrusted',
    runbook: 'clock-untrusted',
    severity: 'warning',
    lasting: '1m',
    expr: where(recorded(clockUnset), '==', 1),
    summary: { vi: `${SITE}: đồng hồ không tin cậy`, en: `${SITE}: clock cannot be trusted` },
    description: {
      vi: 'Đồng hồ chưa được đặt. Màn hình chỉ phát thông tin tuyên truyền, không quảng cáo; nhật ký được đánh dấu.',
      en: 'The clock is not set. The screen shows public information only, no ads; records are flagged.',
    },
  },
]

const LOG: readonly Alert[] = [
  {
    name: 'BangtinLogStalled',
    runbook: 'log-stalled',
    severity: 'critical',
    lasting: '2m',
    expr: where(max(by('site'), changes(EDGE.logHead, '5m')), '==', 0),
    summary: { vi: `${SITE}: nhật ký phát không tiến`, en: `${SITE}: play log does not advance` },
    description: {
      vi: 'Không có bản ghi mới trong 5 phút, dù mỗi phút phải có ít nhất một nhịp.',
      en: 'No new record in 5 minutes, although there is at least one heartbeat a minute.',
    },
  },
  {
    name: 'BangtinLogBehind',
    runbook: 'log-behind',
    severity: 'warning',
    lasting: '10m',
    expr: and(
      where(recorded(logBacklog), '>', CONFIG.logBehindRecords),
      by('site'),
      where(max(by('site'), of(EDGE.hubConnected)), '==', 1),
    ),
    summary: {
      vi: `${SITE}: {{ $value }} bản ghi chưa về trung tâm`,
      en: `${SITE}: {{ $value }} records are not at the hub yet`,
    },
    description: {
      vi: 'Đang có kết nối nhưng nhật ký không đuổi kịp trong 10 phút.',
      en: 'The link is up and yet the log has not caught up for 10 minutes.',
    },
  },
  {
    name: 'BangtinLogNotWritable',
    runbook: 'disk-full',
    severity: 'critical',
    lasting: '30s',
    expr: where(max(by('site'), of(EDGE.logWritable)), '==', 0),
    summary: { vi: `${SITE}: không ghi được nhật ký phát`, en: `${SITE}: play log cannot be written` },
    description: {
      vi: 'Đĩa đầy hoặc hỏng. Những gì phát từ lúc này không có bằng chứng.',
      en: 'The disk is full or broken. What plays from now on has no evidence.',
    },
  },
  {
    name: 'BangtinDiskFilling',
    runbook: 'disk-filling',
    severity: 'warning',
    lasting: '10m',
    expr: where(max(by('site'), of(EDGE.diskLeft)), '<=', CONFIG.diskFillingSeconds),
    summary: {
      vi: `${SITE}: đĩa sẽ đầy sau {{ $value | humanizeDuration }}`,
      en: `${SITE}: the disk will be full in {{ $value | humanizeDuration }}`,
    },
    description: {
      vi: 'Với tốc độ ghi hiện nay, chỗ trống không đủ cho 6 tháng nhật ký. Hẹn ngày thay thẻ hoặc bớt nội dung.',
      en: 'As things grow now, what is free does not hold six months of the log. Arrange a larger card or less content.',
    },
  },
  {
    name: 'BangtinDiskLow',
    runbook: 'disk-full',
    severity: 'warning',
    lasting: '5m',
    expr: where(max(by('site'), of(EDGE.diskFree)), '<', CONFIG.diskLowBytes),
    summary: {
      vi: `${SITE}: đĩa còn {{ $value | humanize1024 }}B`,
      en: `${SITE}: {{ $value | humanize1024 }}B left on the disk`,
    },
    description: {
      vi: `Chỗ trống dưới ${CONFIG.diskLowBytes / 2 ** 30} GiB. Dọn trước khi nhật ký phải dừng.`,
      en: `Less than ${CONFIG.diskLowBytes / 2 ** 30} GiB is free. Make room before the log has to stop.`,
    },
  },
  {
    name: 'BangtinChainRejected',
    runbook: 'playlog-damaged',
    severity: 'critical',
    lasting: '0s',
    expr: where(sum(by('site'), increase(HUB.evidenceRejectedTotal, '15m')), '>', 0),
    summary: {
      vi: `${SITE}: trung tâm từ chối nhật ký vì chuỗi không khớp`,
      en: `${SITE}: the hub rejected play-log records because the chain does not continue`,
    },
    description: {
      vi: 'Bản ghi gửi lên không nối tiếp chuỗi đã có. Có thể nhật ký bị sửa hoặc thẻ nhớ bị đổi.',
      en: 'The records sent do not continue the chain at the hub: the log was changed, or the card was swapped.',
    },
  },
]

const SECURITY: readonly Alert[] = [
  {
    name: 'BangtinContentForged',
    runbook: 'signature-refused',
    severity: 'critical',
    lasting: '0s',
    expr: where(sum(by('site', 'reason'), increase(EDGE.refusedTotal, '15m', { reason: FORGED_CONTENT })), '>', 0),
    summary: {
      vi: `${SITE}: từ chối nội dung vì chữ ký ({{ $labels.reason }})`,
      en: `${SITE}: content refused for its signature ({{ $labels.reason }})`,
    },
    description: {
      vi: 'Nội dung không được chiếu. Hoặc khóa đã hết quyền, hoặc có người can thiệp vào trung tâm hay đường truyền.',
      en: 'It was not shown. Either a key has lost its right, or somebody interferes with the hub or the line.',
    },
  },
  {
    name: 'BangtinOrderForged',
    runbook: 'signature-refused',
    severity: 'critical',
    lasting: '0s',
    expr: where(sum(by('site', 'reason'), increase(EDGE.ordersRefusedTotal, '15m', { reason: FORGED_ORDER })), '>', 0),
    summary: {
      vi: `${SITE}: từ chối lệnh vì chữ ký ({{ $labels.reason }})`,
      en: `${SITE}: order refused for its signature ({{ $labels.reason }})`,
    },
    description: {
      vi: 'Lệnh không có hiệu lực tại cụm. Nếu lệnh là thật, người ký phải kiểm tra khóa và quyền rồi ban hành lại ngay.',
      en: 'The order has no effect there. If it is genuine, its signer must check key and right and release it again now.',
    },
  },
  {
    name: 'BangtinLoginFailures',
    runbook: 'login-failures',
    severity: 'warning',
    lasting: '0s',
    expr: where(sum(by(), increase(HUB.loginFailuresTotal, '5m')), '>', CONFIG.loginFailures),
    summary: { vi: 'Nhiều lần đăng nhập sai vào trung tâm', en: 'Many failed logins at the hub' },
    description: {
      vi: `Hơn ${CONFIG.loginFailures} lần sai trong 5 phút. Có thể có người dò mật khẩu.`,
      en: `More than ${CONFIG.loginFailures} failures within 5 minutes. Somebody may be guessing passwords.`,
    },
  },
]

/** Faults whose metric already has an alert of its own above; one trouble must not ring twice. */
const OWN_ALERT: ReadonlySet<string> = new Set(
  [...SCREEN, ...AIRTIME, ...LINK, ...LOG, ...SECURITY].map((alert) => alert.runbook),
)

const faultsOf = (severity: Alert['severity']): readonly string[] =>
  Object.entries(FAULTS).flatMap(([id, fault]) => (fault.severity === severity && !OWN_ALERT.has(id) ? [id] : []))

const eachFault = (severity: Alert['severity'], lasting: Span): Alert => ({
  name: severity === 'critical' ? 'BangtinFaultCritical' : 'BangtinFaultWarning',
  runbook: 'each-fault',
  severity,
  lasting,
  expr: where(max(by('site', 'fault'), of(EDGE.faultActive, { fault: faultsOf(severity) })), '==', 1),
  summary: { vi: `${SITE}: lỗi {{ $labels.fault }}`, en: `${SITE}: fault {{ $labels.fault }}` },
  description: {
    vi: `Thiết bị tại cụm báo lỗi này đã ${lasting.replace('m', ' phút')}. Cách xử lý ở sổ tay vận hành.`,
    en: `The edge has reported this fault for ${lasting.replace('m', ' minutes')}. The runbook says what to do.`,
  },
})

export const ALERTS: readonly Alert[] = [
  ...SCREEN,
  ...AIRTIME,
  ...LINK,
  ...LOG,
  ...SECURITY,
  ...ORDERS,
  eachFault('critical', '2m'),
  eachFault('warning', '5m'),
]
