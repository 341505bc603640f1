import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { of } from '../promql.ts'
import type { Case } from './case.ts'
import { A, gauge, on } from './samples.ts'

const DOOR = { ...A, device: 'box', place: 'rear door', what: 'door' } as const
const FORGED = { ...A, reason: 'bad-signature' } as const
export const SECURITY: readonly Case[] = [
  {
    alert: 'BangtinContentForged',
    firing: {
      input: [on(of(EDGE.refusedTotal, FORGED), '0 0 1x20')],
      notYet: null,
      at: '2m',
      labels: { ...FORGED, severity: 'critical', cause: 'security' },
      summary:
        'LC-MLT-01: từ chối nội dung vì chữ ký (bad-signature) / LC-MLT-01: content refused for its signature (bad-signature)',
      description:
        'Nội dung không được chiếu. Hoặc khóa đã hết quyền, hoặc có người can thiệp vào trung tâm hay đường truyền. / It was not shown. Either a key has lost its right, or somebody interferes with the hub or the line.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#signature-refused',
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
      labels: { ...FORGED, severity: 'critical', cause: 'security' },
      summary:
        'LC-MLT-01: từ chối lệnh vì chữ ký (bad-signature) / LC-MLT-01: order refused for its signature (bad-signature)',
      description:
        'Lệnh không có hiệu lực tại cụm. Nếu lệnh là thật, người ký phải kiểm tra khóa và quyền rồi ban hành lại ngay. / The order has no effect there. If it is genuine, its signer must check key and right and release it again now.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#signature-refused',
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
      labels: { severity: 'warning', cause: 'security' },
      summary: 'Nhiều lần đăng nhập sai vào trung tâm / Many failed logins at the hub',
      description:
        'Hơn 10 lần sai trong 5 phút. Có thể có người dò mật khẩu. / More than 10 failures within 5 minutes. Somebody may be guessing passwords.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#login-failures',
    },
    quiet: { input: [on(of(HUB.loginFailuresTotal), '0 1 2 3x20')], at: '6m' },
  },
  {
    alert: 'BangtinIncidentWaiting',
    firing: {
      input: [on(of(HUB.incidentsOpen, { type: 'INFORMATION_SECURITY', state: 'waiting' }), '0 2x90')],
      notYet: '30m',
      at: '32m',
      labels: { type: 'INFORMATION_SECURITY', severity: 'warning', cause: 'security' },
      summary: '2 sự cố an toàn thông tin chưa ai nhận / 2 incidents of information security wait for somebody',
      description:
        'Đã 30 phút chưa ai nhận xử lý hay báo cấp trên. Mở hộp Sự cố ở trung tâm. / For 30 minutes nobody has taken them on or escalated them. Open the incidents inbox of the console.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#incident-waiting',
    },
    // One that somebody has in hand, and technical ones, which have alerts of their own.
    quiet: {
      input: [
        on(of(HUB.incidentsOpen, { type: 'INFORMATION_SECURITY', state: 'taken' }), '1x90'),
        on(of(HUB.incidentsOpen, { type: 'TECHNICAL', state: 'waiting' }), '3x90'),
      ],
      at: '35m',
    },
  },
  {
    alert: 'BangtinFaultCritical',
    firing: {
      input: [on(of(EDGE.faultActive, { ...A, fault: 'no-signal' }), '1x20')],
      notYet: '1m30s',
      at: '3m',
      labels: { ...A, fault: 'no-signal', severity: 'critical', cause: 'device' },
      summary: 'LC-MLT-01: lỗi no-signal / LC-MLT-01: fault no-signal',
      description:
        'Thiết bị tại cụm báo lỗi này đã 2 phút. Cách xử lý ở sổ tay vận hành. / The edge has reported this fault for 2 minutes. The runbook says what to do.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#no-signal',
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
      labels: { ...A, fault: 'asset-missing', severity: 'warning', cause: 'content' },
      summary: 'LC-MLT-01: lỗi asset-missing / LC-MLT-01: fault asset-missing',
      description:
        'Thiết bị tại cụm báo lỗi này đã 5 phút. Cách xử lý ở sổ tay vận hành. / The edge has reported this fault for 5 minutes. The runbook says what to do.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#asset-missing',
    },
    quiet: { input: [on(of(EDGE.faultActive, { ...A, fault: 'asset-missing' }), '1 1 1 0x20')], at: '6m' },
  },
  {
    alert: 'BangtinDocumentForged',
    firing: {
      input: [on(of(EDGE.documentsRefusedTotal, { ...A, reason: 'no-right' }), '0 0 1x20')],
      notYet: null,
      at: '2m',
      labels: { ...A, reason: 'no-right', severity: 'critical', cause: 'security' },
      summary:
        'LC-MLT-01: từ chối lịch hoặc sổ khóa vì chữ ký (no-right) / LC-MLT-01: schedule or key registry refused for its signature (no-right)',
      description:
        'Cụm vẫn phát theo lịch cũ. Hoặc người ký đã hết quyền, hoặc có người can thiệp vào trung tâm hay đường truyền. / The cluster keeps its old schedule. Either its signer has lost the right, or somebody interferes with the hub or the line.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#signature-refused',
    },
    // The hub sends an older one again after a restart.
    quiet: { input: [on(of(EDGE.documentsRefusedTotal, { ...A, reason: 'superseded-before' }), '0+1x20')], at: '5m' },
  },
  {
    alert: 'BangtinDoorOpen',
    firing: {
      input: [on(of(EDGE.sensorAlarm, DOOR), '0 1x20')],
      notYet: '1m',
      at: '2m',
      labels: { ...A, device: 'box', place: 'rear door', severity: 'warning', cause: 'security' },
      summary: 'LC-MLT-01: cửa tủ đang mở (rear door) / LC-MLT-01: cabinet door is open (rear door)',
      description:
        'Cửa mở đã 1 phút. Không có lịch bảo trì thì coi là xâm nhập: gọi người gác. / Open for 1 minute. Without planned maintenance take it for an intrusion: call the guard.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#door-open',
    },
    // Another alarm of the same box, and a door that was open for half a minute.
    quiet: {
      input: [
        on(of(EDGE.sensorAlarm, DOOR), '0 1 0x20'),
        on(of(EDGE.sensorAlarm, { ...DOOR, what: 'failure' }), '1x20'),
      ],
      at: '2m',
    },
  },
  {
    alert: 'BangtinCertificateExpiring',
    // Time begins at 0 here: fourteen days are left at 690 s.
    firing: {
      input: [on(of(HUB.certificateExpiry), '1210290x40')],
      notYet: '9m30s',
      at: '11m30s',
      labels: { severity: 'warning', cause: 'security' },
      summary: "Chứng thư của trung tâm hết hạn sau 14d 0h 0m 0s / The hub's certificate runs out in 14d 0h 0m 0s",
      description:
        'Hết hạn thì trình duyệt không vào được trang và cụm không nối được nữa. Cụm đã ghim dấu vân tay: báo trước khi thay. / Then no browser opens the console and no edge connects. Edges have pinned its fingerprint: plan the change.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#certificate-expiring',
    },
    quiet: { input: [on(of(HUB.certificateExpiry), '2678400x40')], at: '15m' },
  },
  {
    alert: 'BangtinKeyExpiring',
    firing: {
      input: [on(of(HUB.registryKeyExpiry), '1210290x40')],
      notYet: '9m30s',
      at: '11m30s',
      labels: { severity: 'warning', cause: 'security' },
      summary: "Khóa ký của một người hết hạn sau 14d 0h 0m 0s / Somebody's signing key runs out in 14d 0h 0m 0s",
      description:
        'Sau đó người ấy không duyệt, không phát lịch, không ban hành lệnh được. Gia hạn khóa rồi phát lại lịch đã ký trước ngày đó. / From then on that person approves, publishes and orders nothing. Renew it, and publish again what it signed, before that day.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#key-expiring',
    },
    quiet: { input: [on(of(HUB.registryKeyExpiry), '2678400x40')], at: '15m' },
  },
  {
    alert: 'BangtinRegistryBehind',
    firing: {
      input: [
        on(of(HUB.registryVersion), '4x60'),
        ...gauge(EDGE.registryVersion, '3x60'),
        ...gauge(EDGE.hubConnected, '1x60'),
      ],
      notYet: '14m30s',
      at: '16m',
      labels: { ...A, severity: 'warning', cause: 'security' },
      summary: 'LC-MLT-01: sổ khóa cũ (phiên bản 3) / LC-MLT-01: old key registry (version 3)',
      description:
        'Đang có kết nối mà sau 15 phút cụm vẫn dùng sổ khóa cũ: người đã bị thu hồi quyền vẫn còn quyền ở đó. / The link is up and after 15 minutes the edge still goes by an old registry: who was revoked has rights there yet.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#registry-behind',
    },
    // One that is away cannot have the newest.
    quiet: {
      input: [
        on(of(HUB.registryVersion), '4x60'),
        ...gauge(EDGE.registryVersion, '3x60'),
        ...gauge(EDGE.hubConnected, '0x60'),
      ],
      at: '20m',
    },
  },
]
