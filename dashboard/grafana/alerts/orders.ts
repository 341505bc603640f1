import { HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { by, increase, max, min, of, sum, where } from '../promql.ts'
import { type Alert, SITE } from './alert.ts'

/** Orders, and what waits for a person at the hub. */
export const ORDERS: readonly Alert[] = [
  {
    name: 'BangtinOrderWaiting',
    cause: 'orders',
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
    name: 'BangtinOrderNotShown',
    cause: 'orders',
    runbook: 'order-not-shown',
    severity: 'critical',
    lasting: CONFIG.shownWithin,
    expr: where(max(by('site'), of(HUB.orderNotShown)), '>', 0),
    summary: {
      vi: `${SITE}: đã nhận lệnh khẩn cấp mà chưa chiếu`,
      en: `${SITE}: has accepted an emergency and does not show it`,
    },
    description: {
      vi: 'Cụm đã nhận {{ $value }} lệnh khẩn cấp nhưng sau 30 giây chưa báo đã chiếu. Báo cho địa phương bằng cách khác.',
      en: 'It has accepted {{ $value }} emergency order(s) and after 30 seconds has not reported them as shown. Reach the place otherwise.',
    },
  },
  {
    name: 'BangtinOrderPending',
    cause: 'orders',
    runbook: 'order-pending',
    severity: 'critical',
    lasting: '2m',
    expr: where(max(by(), of(HUB.ordersPending)), '>', 0),
    summary: { vi: '{{ $value }} lệnh chờ người ký thứ hai', en: '{{ $value }} order(s) wait for a second person' },
    description: {
      vi: 'Chưa màn hình nào chiếu lệnh này. Sau 30 phút không ai ký thì lệnh hết hiệu lực.',
      en: 'No screen shows it yet. When nobody signs within 30 minutes it lapses.',
    },
  },
  {
    name: 'BangtinDraftWaiting',
    cause: 'orders',
    runbook: 'draft-waiting',
    severity: 'warning',
    lasting: '5m',
    expr: where(max(by(), of(HUB.draftsWaiting)), '>', 0),
    summary: { vi: '{{ $value }} bản tin chờ trực ban xử lý', en: '{{ $value }} draft(s) wait for an officer' },
    description: {
      vi: 'Bản tin đến (CAP, chương trình, người soạn) chưa ai phát hoặc bỏ sau 5 phút. Tự nó không lên màn hình.',
      en: 'Nobody has released or dropped what came in (CAP, a program, a person) for 5 minutes. It shows nothing by itself.',
    },
  },
  {
    name: 'BangtinCapRefused',
    cause: 'orders',
    runbook: 'cap-refused',
    severity: 'warning',
    lasting: '0s',
    expr: where(sum(by(), increase(HUB.capMessagesTotal, '15m', { outcome: 'refused' })), '>', 0),
    summary: { vi: 'Trung tâm từ chối bản tin CAP', en: 'The hub refused a CAP message' },
    description: {
      vi: 'Trong 15 phút qua có bản tin cảnh báo bị từ chối: sai mẫu, sai chữ ký, hết hạn hoặc giả. Nó không vào hộp bản tin; lý do ở nhật ký thao tác.',
      en: 'Within 15 minutes a warning was refused: wrong form or signature, run out, or forged. It is not in the inbox; the audit log says why.',
    },
  },
  {
    name: 'BangtinDocumentOverdue',
    cause: 'orders',
    runbook: 'order-owed',
    severity: 'warning',
    lasting: '0s',
    expr: where(max(by(), of(HUB.documentsOverdue)), '>', 0),
    summary: {
      vi: '{{ $value }} lệnh quá hạn bổ sung số văn bản',
      en: '{{ $value }} order(s) lack their document number',
    },
    description: {
      vi: 'Lệnh đã phát trước khi có văn bản và quá thời hạn bổ sung mà vẫn chưa có số.',
      en: 'Released before there was a document, and the time to add its number is over.',
    },
  },
  {
    name: 'BangtinReviewOverdue',
    cause: 'orders',
    runbook: 'order-owed',
    severity: 'warning',
    lasting: '0s',
    expr: where(max(by(), of(HUB.reviewsOverdue)), '>', 0),
    summary: { vi: '{{ $value }} lệnh quá hạn hậu kiểm', en: '{{ $value }} order(s) have not been reviewed' },
    description: {
      vi: 'Lệnh do một người phát mà quy chế đòi hai người; đã quá hạn mà chưa ai khác xem lại.',
      en: 'One person released what two should sign, and nobody else has looked at it in time.',
    },
  },
  {
    name: 'BangtinAuditBroken',
    cause: 'security',
    runbook: 'audit-broken',
    severity: 'critical',
    lasting: '0s',
    expr: where(min(by(), of(HUB.auditIntact)), '==', 0),
    summary: { vi: 'Nhật ký thao tác của trung tâm đã bị sửa', en: 'The audit log of the hub has been changed' },
    description: {
      vi: 'Khi khởi động, trung tâm đọc lại nhật ký và thấy có dòng bị sửa hoặc mất. Dòng nào: xem nhật ký hệ thống.',
      en: 'Reading the log at its start the hub found lines that were changed or are gone. Its journal says which.',
    },
  },
]
