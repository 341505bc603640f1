import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { ahead, and, below, by, increase, max, min, of, sum, where } from '../promql.ts'
import { type Alert, SITE } from './alert.ts'

/**
 * Refusals that mean somebody tried, or a key went wrong; the others are everyday mistakes. The hub puts nothing unapproved into a schedule,
 * so what comes without a signature did not come from its console.
 */
const FORGED_CONTENT = ['unapproved', 'bad-signature', 'unknown-key', 'no-right', 'self-approved', 'changed'] as const
const FORGED_ORDER = ['bad-signature', 'unknown-key', 'no-right'] as const

/** What somebody may have tried, and what runs out. */
export const SECURITY: readonly Alert[] = [
  {
    name: 'BangtinContentForged',
    cause: 'security',
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
    cause: 'security',
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
    cause: 'security',
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
  {
    name: 'BangtinIncidentWaiting',
    cause: 'security',
    runbook: 'incident-waiting',
    severity: 'warning',
    lasting: '30m',
    expr: where(sum(by('type'), of(HUB.incidentsOpen, { type: 'INFORMATION_SECURITY', state: 'waiting' })), '>', 0),
    summary: {
      vi: '{{ $value }} sự cố an toàn thông tin chưa ai nhận',
      en: '{{ $value }} incidents of information security wait for somebody',
    },
    description: {
      vi: 'Đã 30 phút chưa ai nhận xử lý hay báo cấp trên. Mở hộp Sự cố ở trung tâm.',
      en: 'For 30 minutes nobody has taken them on or escalated them. Open the incidents inbox of the console.',
    },
  },
  {
    name: 'BangtinDocumentForged',
    cause: 'security',
    runbook: 'signature-refused',
    severity: 'critical',
    lasting: '0s',
    expr: where(
      sum(by('site', 'reason'), increase(EDGE.documentsRefusedTotal, '15m', { reason: FORGED_ORDER })),
      '>',
      0,
    ),
    summary: {
      vi: `${SITE}: từ chối lịch hoặc sổ khóa vì chữ ký ({{ $labels.reason }})`,
      en: `${SITE}: schedule or key registry refused for its signature ({{ $labels.reason }})`,
    },
    description: {
      vi: 'Cụm vẫn phát theo lịch cũ. Hoặc người ký đã hết quyền, hoặc có người can thiệp vào trung tâm hay đường truyền.',
      en: 'The cluster keeps its old schedule. Either its signer has lost the right, or somebody interferes with the hub or the line.',
    },
  },
  {
    name: 'BangtinDoorOpen',
    cause: 'security',
    runbook: 'door-open',
    severity: 'warning',
    lasting: '1m',
    expr: where(max(by('site', 'device', 'place'), of(EDGE.sensorAlarm, { what: 'door' })), '==', 1),
    summary: {
      vi: `${SITE}: cửa tủ đang mở ({{ $labels.place }})`,
      en: `${SITE}: cabinet door is open ({{ $labels.place }})`,
    },
    description: {
      vi: 'Cửa mở đã 1 phút. Không có lịch bảo trì thì coi là xâm nhập: gọi người gác.',
      en: 'Open for 1 minute. Without planned maintenance take it for an intrusion: call the guard.',
    },
  },
  {
    name: 'BangtinCertificateExpiring',
    cause: 'security',
    runbook: 'certificate-expiring',
    severity: 'warning',
    lasting: '10m',
    expr: where(min(by(), ahead(of(HUB.certificateExpiry))), '<', CONFIG.expirySeconds),
    summary: {
      vi: 'Chứng thư của trung tâm hết hạn sau {{ $value | humanizeDuration }}',
      en: "The hub's certificate runs out in {{ $value | humanizeDuration }}",
    },
    description: {
      vi: 'Hết hạn thì trình duyệt không vào được trang và cụm không nối được nữa. Cụm đã ghim dấu vân tay: báo trước khi thay.',
      en: 'Then no browser opens the console and no edge connects. Edges have pinned its fingerprint: plan the change.',
    },
  },
  {
    name: 'BangtinKeyExpiring',
    cause: 'security',
    runbook: 'key-expiring',
    severity: 'warning',
    lasting: '10m',
    expr: where(min(by(), ahead(of(HUB.registryKeyExpiry))), '<', CONFIG.expirySeconds),
    summary: {
      vi: 'Khóa ký của một người hết hạn sau {{ $value | humanizeDuration }}',
      en: "Somebody's signing key runs out in {{ $value | humanizeDuration }}",
    },
    description: {
      vi: 'Sau đó người ấy không duyệt, không phát lịch, không ban hành lệnh được. Gia hạn khóa rồi phát lại lịch đã ký trước ngày đó.',
      en: 'From then on that person approves, publishes and orders nothing. Renew it, and publish again what it signed, before that day.',
    },
  },
  {
    name: 'BangtinRegistryBehind',
    cause: 'security',
    runbook: 'registry-behind',
    severity: 'warning',
    lasting: '15m',
    expr: and(
      below(max(by('site'), of(EDGE.registryVersion)), max(by(), of(HUB.registryVersion))),
      by('site'),
      where(max(by('site'), of(EDGE.hubConnected)), '==', 1),
    ),
    summary: {
      vi: `${SITE}: sổ khóa cũ (phiên bản {{ $value }})`,
      en: `${SITE}: old key registry (version {{ $value }})`,
    },
    description: {
      vi: 'Đang có kết nối mà sau 15 phút cụm vẫn dùng sổ khóa cũ: người đã bị thu hồi quyền vẫn còn quyền ở đó.',
      en: 'The link is up and after 15 minutes the edge still goes by an old registry: who was revoked has rights there yet.',
    },
  },
]
