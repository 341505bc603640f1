import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import type { Metric } from '#core/metrics/metric.ts'
import { type Expr, of } from '../promql.ts'
import type { Case, Input } from './case.ts'
import { ORDERS } from './orders.ts'

const on = (expr: Expr, values: string): Input => ({ series: expr.text, values })
const A = { site: 'LC-MLT-01' } as const
const pm = { ...A, period: 'afternoon' } as const
const am = { ...A, period: 'morning' } as const
const gate = { ...A, cluster_class: 'BORDER_GATE', unit: '03549' } as const

/** A site's gauge: what fires, and what does not. */
const gauge = (
  metric: Metric & { readonly type: 'gauge'; readonly from: 'edge' },
  values: string,
): readonly Input[] => [on(of(metric, A), values)]

const airtime = (
  at: typeof pm | typeof am,
  v: { readonly floor: number; readonly today: number; readonly left: number; readonly feasible: 0 | 1 },
): readonly Input[] => [
  on(of(EDGE.airtimeFloor, at), `${v.floor}x20`),
  on(of(EDGE.airtimeToday, at), `${v.today}x20`),
  on(of(EDGE.airtimeLeft, at), `${v.left}x20`),
  on(of(EDGE.airtimeFeasible, at), `${v.feasible}x20`),
]

const SCREEN: readonly Case[] = [
  {
    alert: 'BangtinScreenDark',
    firing: {
      input: [...gauge(EDGE.screenWanted, '1x20'), ...gauge(EDGE.screenLit, '0x20')],
      notYet: '1m30s',
      at: '3m',
      labels: { ...A, severity: 'critical' },
      summary: 'LC-MLT-01: màn hình tối trong khung giờ phát / LC-MLT-01: screen dark within its frame',
      description:
        'Màn hình lẽ ra phải sáng nhưng không xác nhận được là đang sáng. Thời gian này không tính là đã phát. / The screen ought to be lit and is not known to be. This time does not count as delivered.',
      runbook: 'RUNBOOK.md#screen-dark',
    },
    // Dark in quiet hours here, lit in its frame there.
    quiet: {
      input: [
        ...gauge(EDGE.screenWanted, '0x20'),
        ...gauge(EDGE.screenLit, '0x20'),
        on(of(EDGE.screenWanted, { site: 'LC-TP-01' }), '1x20'),
        on(of(EDGE.screenLit, { site: 'LC-TP-01' }), '1x20'),
      ],
      at: '5m',
    },
  },
  {
    alert: 'BangtinDisplayLost',
    firing: {
      input: gauge(EDGE.displayUp, '1 0x20'),
      notYet: '1m',
      at: '2m',
      labels: { ...A, severity: 'critical' },
      summary: 'LC-MLT-01: mất liên lạc bộ điều khiển màn hình / LC-MLT-01: display controller does not answer',
      description:
        'Bộ điều khiển không trả lời. Không đặt được độ sáng, không biết màn hình có sáng hay không. / The controller does not answer: brightness cannot be set and nobody knows whether the screen is lit.',
      runbook: 'RUNBOOK.md#display-lost',
    },
    quiet: { input: gauge(EDGE.displayUp, '0 1 0 1 0 1 0 1'), at: '3m' },
  },
  {
    alert: 'BangtinOverTemperature',
    firing: {
      input: gauge(EDGE.temperature, '71.5x20'),
      notYet: '4m30s',
      at: '6m',
      labels: { ...A, severity: 'warning' },
      summary: 'LC-MLT-01: màn hình quá nóng, 71.5 °C / LC-MLT-01: display too hot, 71.5 °C',
      description:
        'Thẻ nhận đầu tiên nóng hơn 65 °C đã 5 phút. / The first receiving card has been above 65 °C for 5 minutes.',
      runbook: 'RUNBOOK.md#over-temperature',
    },
    quiet: { input: gauge(EDGE.temperature, '65x20'), at: '8m' },
  },
  {
    alert: 'BangtinPlayerDown',
    firing: {
      input: gauge(EDGE.playerUp, '0x10'),
      notYet: '30s',
      at: '1m30s',
      labels: { ...A, severity: 'critical' },
      summary: 'LC-MLT-01: trình phát không chạy / LC-MLT-01: player is not running',
      description:
        'Trình phát không trả lời đã 1 phút, dù thiết bị tự khởi động lại nó. / The player has not answered for 1 minute, although the edge keeps starting it again.',
      runbook: 'RUNBOOK.md#player-lost',
    },
    quiet: { input: gauge(EDGE.playerUp, '1 0 1x10'), at: '1m30s' },
  },
]

const AIRTIME: readonly Case[] = [
  {
    alert: 'BangtinFloorInfeasible',
    firing: {
      input: airtime(pm, { floor: 10_800, today: 5_400, left: 3_600, feasible: 0 }),
      notYet: '30s',
      at: '2m',
      labels: { ...pm, severity: 'critical' },
      summary:
        'LC-MLT-01: buổi chiều không còn đủ thời gian cho thông tin tuyên truyền / LC-MLT-01: the afternoon can no longer reach its floor of public information',
      description:
        'Còn thiếu 1h 30m 0s, nhiều hơn thời gian còn lại của buổi (Điều 8.1). / 1h 30m 0s are still owed, more than is left of the period (Art. 8.1).',
      runbook: 'RUNBOOK.md#floor-missed',
    },
    quiet: { input: airtime(pm, { floor: 10_800, today: 5_400, left: 5_400, feasible: 1 }), at: '5m' },
  },
  {
    alert: 'BangtinFloorMissed',
    firing: {
      input: airtime(am, { floor: 10_800, today: 10_740, left: 0, feasible: 0 }),
      notYet: '30s',
      at: '2m',
      labels: { ...am, severity: 'critical' },
      summary: 'LC-MLT-01: buổi sáng đã thiếu thời lượng / LC-MLT-01: the morning ended below its floor',
      description:
        'Buổi đã hết mà còn thiếu 1m 0s thông tin tuyên truyền (Điều 8.1). / The period is over and 1m 0s of public information are missing (Art. 8.1).',
      runbook: 'RUNBOOK.md#floor-missed',
    },
    // Three hours to the second in the morning, and an afternoon that has not begun.
    quiet: {
      input: [
        ...airtime(am, { floor: 10_800, today: 10_800, left: 0, feasible: 1 }),
        ...airtime(pm, { floor: 10_800, today: 0, left: 36_000, feasible: 1 }),
      ],
      at: '5m',
    },
  },
]

const LINK: readonly Case[] = [
  {
    alert: 'BangtinHubDown',
    firing: {
      input: gauge(EDGE.playerUp, '1x20'),
      notYet: '1m30s',
      at: '3m',
      labels: { severity: 'critical' },
      summary: 'Không đọc được số liệu của trung tâm / The hub gives no metrics',
      description:
        'Prometheus không nhận được số liệu nào của trung tâm đã 2 phút. Các màn hình vẫn phát theo lịch. / Prometheus has had nothing from the hub for 2 minutes. The screens go on playing their schedule.',
      runbook: 'RUNBOOK.md#hub-down',
    },
    quiet: { input: [on(of(HUB.info, { version: '0.1.0' }), '1x20')], at: '5m' },
  },
  {
    alert: 'BangtinEdgeSilent',
    firing: {
      input: [on(of(HUB.edgeConnected, gate), '1 0x20')],
      notYet: '2m',
      at: '3m',
      labels: { ...A, cluster_class: 'BORDER_GATE', severity: 'critical' },
      summary: 'LC-MLT-01: cụm mất kết nối / LC-MLT-01: cluster is not connected',
      description:
        'Trung tâm không có kết nối với cụm đã 2 phút. Lệnh khẩn sẽ chờ đến khi có kết nối lại. / The hub has had no link to the cluster for 2 minutes. Orders wait until it is back.',
      runbook: 'RUNBOOK.md#hub-away',
    },
    quiet: { input: [on(of(HUB.edgeConnected, gate), '1 0 0 0 1x20')], at: '3m' },
  },
  {
    alert: 'BangtinOrderWaiting',
    firing: {
      input: [on(of(HUB.orderUndelivered), '2x20')],
      notYet: '1m30s',
      at: '3m',
      labels: { severity: 'critical' },
      summary: '2 cụm chưa nhận lệnh / 2 site(s) have not accepted an order',
      description:
        'Có lệnh còn hiệu lực mà cụm chưa nhận sau 2 phút. Xem trang Khẩn cấp và báo cho địa phương bằng cách khác. / An order in force has not been accepted after 2 minutes. See the emergency page and reach the place otherwise.',
      runbook: 'RUNBOOK.md#order-waiting',
    },
    quiet: { input: [on(of(HUB.orderUndelivered), '2 2 2 0x20')], at: '3m' },
  },
  {
    alert: 'BangtinClockUntrusted',
    firing: {
      input: gauge(EDGE.clockSynced, '0x20'),
      notYet: '30s',
      at: '2m',
      labels: { ...A, severity: 'warning' },
      summary: 'LC-MLT-01: đồng hồ không tin cậy / LC-MLT-01: clock cannot be trusted',
      description:
        'Đồng hồ chưa được đặt. Màn hình chỉ phát thông tin tuyên truyền, không quảng cáo; nhật ký được đánh dấu. / The clock is not set. The screen shows public information only, no ads; records are flagged.',
      runbook: 'RUNBOOK.md#clock-untrusted',
    },
    quiet: { input: gauge(EDGE.clockSynced, '0.5x20'), at: '5m' },
  },
]

const LOG: readonly Case[] = [
  {
    alert: 'BangtinLogStalled',
    firing: {
      input: gauge(EDGE.logHead, '48211x30'),
      notYet: '1m30s',
      at: '8m',
      labels: { ...A, severity: 'critical' },
      summary: 'LC-MLT-01: nhật ký phát không tiến / LC-MLT-01: play log does not advance',
      description:
        'Không có bản ghi mới trong 5 phút, dù mỗi phút phải có ít nhất một nhịp. / No new record in 5 minutes, although there is at least one heartbeat a minute.',
      runbook: 'RUNBOOK.md#log-stalled',
    },
    // One heartbeat a minute and nothing else.
    quiet: { input: gauge(EDGE.logHead, '1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9'), at: '8m' },
  },
  {
    alert: 'BangtinLogBehind',
    firing: {
      input: [
        ...gauge(EDGE.logHead, '2000x40'),
        ...gauge(EDGE.logUploaded, '1250x40'),
        ...gauge(EDGE.hubConnected, '1x40'),
      ],
      notYet: '9m30s',
      at: '12m',
      labels: { ...A, severity: 'warning' },
      summary: 'LC-MLT-01: 750 bản ghi chưa về trung tâm / LC-MLT-01: 750 records are not at the hub yet',
      description:
        'Đang có kết nối nhưng nhật ký không đuổi kịp trong 10 phút. / The link is up and yet the log has not caught up for 10 minutes.',
      runbook: 'RUNBOOK.md#log-behind',
    },
    // The same backlog while the link is down is expected.
    quiet: {
      input: [
        ...gauge(EDGE.logHead, '2000x40'),
        ...gauge(EDGE.logUploaded, '1250x40'),
        ...gauge(EDGE.hubConnected, '0x40'),
      ],
      at: '12m',
    },
  },
  {
    alert: 'BangtinLogNotWritable',
    firing: {
      input: gauge(EDGE.logWritable, '0x10'),
      notYet: '0s',
      at: '1m',
      labels: { ...A, severity: 'critical' },
      summary: 'LC-MLT-01: không ghi được nhật ký phát / LC-MLT-01: play log cannot be written',
      description:
        'Đĩa đầy hoặc hỏng. Những gì phát từ lúc này không có bằng chứng. / The disk is full or broken. What plays from now on has no evidence.',
      runbook: 'RUNBOOK.md#disk-full',
    },
    quiet: { input: gauge(EDGE.logWritable, '1x10'), at: '2m' },
  },
  {
    alert: 'BangtinDiskFilling',
    firing: {
      input: gauge(EDGE.diskLeft, '2678400x30'),
      notYet: '9m30s',
      at: '11m',
      labels: { ...A, severity: 'warning' },
      summary: 'LC-MLT-01: đĩa sẽ đầy sau 31d 0h 0m 0s / LC-MLT-01: the disk will be full in 31d 0h 0m 0s',
      description:
        'Với tốc độ ghi hiện nay, chỗ trống không đủ cho 6 tháng nhật ký. Hẹn ngày thay thẻ hoặc bớt nội dung. / As things grow now, what is free does not hold six months of the log. Arrange a larger card or less content.',
      runbook: 'RUNBOOK.md#disk-filling',
    },
    quiet: { input: gauge(EDGE.diskLeft, '2764800x30'), at: '13m' },
  },
  {
    alert: 'BangtinDiskLow',
    firing: {
      input: gauge(EDGE.diskFree, '536870912x20'),
      notYet: '4m30s',
      at: '6m',
      labels: { ...A, severity: 'warning' },
      summary: 'LC-MLT-01: đĩa còn 512MiB / LC-MLT-01: 512MiB left on the disk',
      description:
        'Chỗ trống dưới 1 GiB. Dọn trước khi nhật ký phải dừng. / Less than 1 GiB is free. Make room before the log has to stop.',
      runbook: 'RUNBOOK.md#disk-full',
    },
    quiet: { input: gauge(EDGE.diskFree, '1073741824x20'), at: '8m' },
  },
  {
    alert: 'BangtinChainRejected',
    firing: {
      input: [on(of(HUB.evidenceRejectedTotal, A), '0 0 1x20')],
      notYet: null,
      at: '2m',
      labels: { ...A, severity: 'critical' },
      summary:
        'LC-MLT-01: trung tâm từ chối nhật ký vì chuỗi không khớp / LC-MLT-01: the hub rejected play-log records because the chain does not continue',
      description:
        'Bản ghi gửi lên không nối tiếp chuỗi đã có. Có thể nhật ký bị sửa hoặc thẻ nhớ bị đổi. / The records sent do not continue the chain at the hub: the log was changed, or the card was swapped.',
      runbook: 'RUNBOOK.md#playlog-damaged',
    },
    // Records sent twice after an outage are ordinary.
    quiet: {
      input: [on(of(HUB.evidenceRejectedTotal, A), '0x20'), on(of(HUB.evidenceDuplicateTotal, A), '0+5x20')],
      at: '5m',
    },
  },
]

const FORGED = { ...A, reason: 'bad-signature' } as const
const SECURITY: readonly Case[] = [
  {
    alert: 'BangtinContentForged',
    firing: {
      input: [on(of(EDGE.refusedTotal, FORGED), '0 0 1x20')],
      notYet: null,
      at: '2m',
      labels: { ...FORGED, severity: 'critical' },
      summary:
        'LC-MLT-01: từ chối nội dung vì chữ ký (bad-signature) / LC-MLT-01: content refused for its signature (bad-signature)',
      description:
        'Nội dung không được chiếu. Hoặc khóa đã hết quyền, hoặc có người can thiệp vào trung tâm hay đường truyền. / It was not shown. Either a key has lost its right, or somebody interferes with the hub or the line.',
      runbook: 'RUNBOOK.md#signature-refused',
    },
    // Everyday refusals go on, and an old forgery is over.
    quiet: {
      input: [
        on(of(EDGE.refusedTotal, { ...A, reason: 'expired' }), '0+1x20'),
        on(of(EDGE.refusedTotal, FORGED), '1x20'),
      ],
      at: '5m',
    },
  },
  {
    alert: 'BangtinOrderForged',
    firing: {
      input: [on(of(EDGE.ordersRefusedTotal, FORGED), '0 0 1x20')],
      notYet: null,
      at: '2m',
      labels: { ...FORGED, severity: 'critical' },
      summary:
        'LC-MLT-01: từ chối lệnh vì chữ ký (bad-signature) / LC-MLT-01: order refused for its signature (bad-signature)',
      description:
        'Lệnh không có hiệu lực tại cụm. Nếu lệnh là thật, người ký phải kiểm tra khóa và quyền rồi ban hành lại ngay. / The order has no effect there. If it is genuine, its signer must check key and right and release it again now.',
      runbook: 'RUNBOOK.md#signature-refused',
    },
    // Everyday refusals go on, and an old forgery is over.
    quiet: {
      input: [
        on(of(EDGE.ordersRefusedTotal, { ...A, reason: 'expired' }), '0+1x20'),
        on(of(EDGE.ordersRefusedTotal, FORGED), '1x20'),
      ],
      at: '5m',
    },
  },
  {
    alert: 'BangtinLoginFailures',
    firing: {
      input: [on(of(HUB.loginFailuresTotal), '0+3x20')],
      notYet: null,
      at: '6m',
      labels: { severity: 'warning' },
      summary: 'Nhiều lần đăng nhập sai vào trung tâm / Many failed logins at the hub',
      description:
        'Hơn 10 lần sai trong 5 phút. Có thể có người dò mật khẩu. / More than 10 failures within 5 minutes. Somebody may be guessing passwords.',
      runbook: 'RUNBOOK.md#login-failures',
    },
    quiet: { input: [on(of(HUB.loginFailuresTotal), '0 1 2 3x20')], at: '6m' },
  },
  {
    alert: 'BangtinFaultCritical',
    firing: {
      input: [on(of(EDGE.faultActive, { ...A, fault: 'no-signal' }), '1x20')],
      notYet: '1m30s',
      at: '3m',
      labels: { ...A, fault: 'no-signal', severity: 'critical' },
      summary: 'LC-MLT-01: lỗi no-signal / LC-MLT-01: fault no-signal',
      description:
        'Thiết bị tại cụm báo lỗi này đã 2 phút. Cách xử lý ở sổ tay vận hành. / The edge has reported this fault for 2 minutes. The runbook says what to do.',
      runbook: 'RUNBOOK.md#no-signal',
    },
    // It has an alert of its own; one trouble must not ring twice.
    quiet: {
      input: [
        on(of(EDGE.faultActive, { ...A, fault: 'display-lost' }), '1x20'),
        on(of(EDGE.faultActive, { ...A, fault: 'no-signal' }), '0x20'),
      ],
      at: '8m',
    },
  },
  {
    alert: 'BangtinFaultWarning',
    firing: {
      input: [on(of(EDGE.faultActive, { ...A, fault: 'asset-missing' }), '1x20')],
      notYet: '4m30s',
      at: '6m',
      labels: { ...A, fault: 'asset-missing', severity: 'warning' },
      summary: 'LC-MLT-01: lỗi asset-missing / LC-MLT-01: fault asset-missing',
      description:
        'Thiết bị tại cụm báo lỗi này đã 5 phút. Cách xử lý ở sổ tay vận hành. / The edge has reported this fault for 5 minutes. The runbook says what to do.',
      runbook: 'RUNBOOK.md#asset-missing',
    },
    quiet: { input: [on(of(EDGE.faultActive, { ...A, fault: 'asset-missing' }), '1 1 1 0x20')], at: '6m' },
  },
]

export const CASES: readonly Case[] = [...SCREEN, ...AIRTIME, ...LINK, ...LOG, ...SECURITY, ...ORDERS]
