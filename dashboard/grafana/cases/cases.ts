import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { of } from '../promql.ts'
import type { Case, Input } from './case.ts'
import { ORDERS } from './orders.ts'
import { A, am, gate, gauge, on, pm } from './samples.ts'
import { SECURITY } from './security.ts'
import { STORAGE } from './storage.ts'

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
      labels: { ...A, severity: 'critical', cause: 'device' },
      summary: 'LC-MLT-01: màn hình tối trong khung giờ phát / LC-MLT-01: screen dark within its frame',
      description:
        'Màn hình lẽ ra phải sáng nhưng không xác nhận được là đang sáng. Thời gian này không tính là đã phát. / The screen ought to be lit and is not known to be. This time does not count as delivered.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#screen-dark',
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
      labels: { ...A, severity: 'critical', cause: 'device' },
      summary: 'LC-MLT-01: mất liên lạc bộ điều khiển màn hình / LC-MLT-01: display controller does not answer',
      description:
        'Bộ điều khiển không trả lời. Không đặt được độ sáng, không biết màn hình có sáng hay không. / The controller does not answer: brightness cannot be set and nobody knows whether the screen is lit.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#display-lost',
    },
    quiet: { input: gauge(EDGE.displayUp, '0 1 0 1 0 1 0 1'), at: '3m' },
  },
  {
    alert: 'BangtinOverTemperature',
    firing: {
      input: gauge(EDGE.temperature, '71.5x20'),
      notYet: '4m30s',
      at: '6m',
      labels: { ...A, severity: 'warning', cause: 'device' },
      summary: 'LC-MLT-01: màn hình quá nóng, 71.5 °C / LC-MLT-01: display too hot, 71.5 °C',
      description:
        'Thẻ nhận đầu tiên nóng hơn 65 °C đã 5 phút. / The first receiving card has been above 65 °C for 5 minutes.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#over-temperature',
    },
    quiet: { input: gauge(EDGE.temperature, '65x20'), at: '8m' },
  },
  {
    alert: 'BangtinPlayerDown',
    firing: {
      input: gauge(EDGE.playerUp, '0x10'),
      notYet: '30s',
      at: '1m30s',
      labels: { ...A, severity: 'critical', cause: 'device' },
      summary: 'LC-MLT-01: trình phát không chạy / LC-MLT-01: player is not running',
      description:
        'Trình phát không trả lời đã 1 phút, dù thiết bị tự khởi động lại nó. / The player has not answered for 1 minute, although the edge keeps starting it again.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#player-lost',
    },
    quiet: { input: gauge(EDGE.playerUp, '1 0 1x10'), at: '1m30s' },
  },
]

const AIRTIME: readonly Case[] = [
  {
    alert: 'BangtinFloorAtRisk',
    firing: {
      input: [
        ...airtime(pm, { floor: 10_800, today: 3_600, left: 8_400, feasible: 1 }),
        ...gauge(EDGE.screenWanted, '1x20'),
      ],
      notYet: '2m',
      at: '3m',
      labels: { ...pm, severity: 'warning', cause: 'airtime' },
      summary: 'LC-MLT-01: buổi chiều còn cứu được trong 20m 0s / LC-MLT-01: the afternoon can be saved for 20m 0s yet',
      description:
        'Màn hình lẽ ra đang phát mà không phát thông tin tuyên truyền. Sau thời gian này thì không còn đủ mức tối thiểu của buổi (Điều 8.1). / The screen ought to be on and delivers no public information. When this time is over the floor of the period is out of reach (Art. 8.1).',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#floor-at-risk',
    },
    // As tight, and it is being delivered; and as tight at a screen that is dark by its calendar just now.
    quiet: {
      input: [
        on(of(EDGE.airtimeFloor, pm), '10800x20'),
        on(of(EDGE.airtimeToday, pm), '3600+30x20'),
        on(of(EDGE.airtimeLeft, pm), '8400-30x20'),
        on(of(EDGE.airtimeFeasible, pm), '1x20'),
        ...gauge(EDGE.screenWanted, '1x20'),
        on(of(EDGE.airtimeFloor, { ...pm, site: 'LC-TP-01' }), '10800x20'),
        on(of(EDGE.airtimeToday, { ...pm, site: 'LC-TP-01' }), '3600x20'),
        on(of(EDGE.airtimeLeft, { ...pm, site: 'LC-TP-01' }), '8400x20'),
        on(of(EDGE.airtimeFeasible, { ...pm, site: 'LC-TP-01' }), '1x20'),
        on(of(EDGE.screenWanted, { site: 'LC-TP-01' }), '0x20'),
      ],
      at: '6m',
    },
  },
  {
    alert: 'BangtinFloorInfeasible',
    firing: {
      input: airtime(pm, { floor: 10_800, today: 5_400, left: 3_600, feasible: 0 }),
      notYet: '30s',
      at: '2m',
      labels: { ...pm, severity: 'critical', cause: 'airtime' },
      summary:
        'LC-MLT-01: buổi chiều không còn đủ thời gian cho thông tin tuyên truyền / LC-MLT-01: the afternoon can no longer reach its floor of public information',
      description:
        'Còn thiếu 1h 30m 0s, nhiều hơn thời gian còn lại của buổi (Điều 8.1). / 1h 30m 0s are still owed, more than is left of the period (Art. 8.1).',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#floor-missed',
    },
    quiet: { input: airtime(pm, { floor: 10_800, today: 5_400, left: 5_400, feasible: 1 }), at: '5m' },
  },
  {
    alert: 'BangtinFloorMissed',
    firing: {
      input: airtime(am, { floor: 10_800, today: 10_740, left: 0, feasible: 0 }),
      notYet: '30s',
      at: '2m',
      labels: { ...am, severity: 'critical', cause: 'airtime' },
      summary: 'LC-MLT-01: buổi sáng đã thiếu thời lượng / LC-MLT-01: the morning ended below its floor',
      description:
        'Buổi đã hết mà còn thiếu 1m 0s thông tin tuyên truyền (Điều 8.1). / The period is over and 1m 0s of public information are missing (Art. 8.1).',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#floor-missed',
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
      labels: { severity: 'critical', cause: 'hub' },
      summary: 'Không đọc được số liệu của trung tâm / The hub gives no metrics',
      description:
        'Prometheus không nhận được số liệu nào của trung tâm đã 2 phút. Các màn hình vẫn phát theo lịch. / Prometheus has had nothing from the hub for 2 minutes. The screens go on playing their schedule.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#hub-down',
    },
    quiet: { input: [on(of(HUB.info, { version: '0.1.0' }), '1x20')], at: '5m' },
  },
  {
    alert: 'BangtinEdgeSilent',
    firing: {
      input: [on(of(HUB.edgeConnected, gate), '1 0x20')],
      notYet: '2m',
      at: '3m',
      labels: { ...A, cluster_class: 'BORDER_GATE', severity: 'critical', cause: 'link' },
      summary: 'LC-MLT-01: cụm mất kết nối / LC-MLT-01: cluster is not connected',
      description:
        'Trung tâm không có kết nối với cụm đã 2 phút. Lệnh khẩn sẽ chờ đến khi có kết nối lại. / The hub has had no link to the cluster for 2 minutes. Orders wait until it is back.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#hub-away',
    },
    quiet: { input: [on(of(HUB.edgeConnected, gate), '1 0 0 0 1x20')], at: '3m' },
  },
  {
    alert: 'BangtinClockUntrusted',
    firing: {
      input: [on(of(EDGE.clockState, { ...A, state: 'unset' }), '1x20')],
      notYet: '30s',
      at: '2m',
      labels: { ...A, severity: 'warning', cause: 'clock' },
      summary: 'LC-MLT-01: đồng hồ không tin cậy / LC-MLT-01: clock cannot be trusted',
      description:
        'Đồng hồ chưa được đặt. Màn hình chỉ phát thông tin tuyên truyền, không quảng cáo; nhật ký được đánh dấu. / The clock is not set. The screen shows public information only, no ads; records are flagged.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#clock-untrusted',
    },
    quiet: {
      input: [
        on(of(EDGE.clockState, { ...A, state: 'unset' }), '0x20'),
        on(of(EDGE.clockState, { ...A, state: 'holdover' }), '1x20'),
      ],
      at: '5m',
    },
  },
  {
    alert: 'BangtinClockOff',
    firing: {
      input: gauge(EDGE.clockOffset, '-90x20'),
      notYet: '4m30s',
      at: '6m',
      labels: { ...A, severity: 'warning', cause: 'clock' },
      summary: 'LC-MLT-01: đồng hồ lệch 1m 30s so với trung tâm / LC-MLT-01: clock differs by 1m 30s from the hub',
      description:
        'Một trong hai đồng hồ sai. Lệnh hẹn giờ bắt đầu sớm hoặc muộn bấy nhiêu. / One of the two is wrong. What is to begin at a time begins that much too early or late.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#clock-untrusted',
    },
    quiet: { input: gauge(EDGE.clockOffset, '5x20'), at: '8m' },
  },
  {
    alert: 'BangtinHubDiskLow',
    firing: {
      input: [on(of(HUB.diskFree), '1073741824x20')],
      notYet: '4m30s',
      at: '6m',
      labels: { severity: 'warning', cause: 'hub' },
      summary: "Đĩa trung tâm còn 1GiB / 1GiB left on the hub's disk",
      description:
        'Chỗ trống dưới 5 GiB. Hết chỗ thì trung tâm không nhận nhật ký và lệnh nữa. / Less than 5 GiB is free. Without room the hub takes neither logs nor orders.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#hub-disk',
    },
    quiet: { input: [on(of(HUB.diskFree), '5368709120x20')], at: '8m' },
  },
  {
    alert: 'BangtinBackupOld',
    // Time begins at 0 here: three days old at 690 s.
    firing: {
      input: [on(of(HUB.backupTime), '-258510x30')],
      notYet: '9m30s',
      at: '11m30s',
      labels: { severity: 'warning', cause: 'hub' },
      summary: 'Bản sao lưu mới nhất của trung tâm đã 3d 0h 0m 0s / The newest backup of the hub is 3d 0h 0m 0s old',
      description:
        'Nếu máy chủ hỏng lúc này thì mất mọi thứ từ lúc đó. / If the server breaks now, everything since then is lost.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#backup-old',
    },
    quiet: { input: [on(of(HUB.backupTime), '-86400x40')], at: '15m' },
  },
]

export const CASES: readonly Case[] = [...SCREEN, ...AIRTIME, ...LINK, ...STORAGE, ...SECURITY, ...ORDERS]
