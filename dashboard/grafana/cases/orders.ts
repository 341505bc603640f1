import { HUB } from '#core/metrics/catalogue.ts'
import { of } from '../promql.ts'
import type { Case, Input } from './case.ts'

const PENDING = of(HUB.ordersPending)
const on = (expr: { readonly text: string }, values: string): Input => ({ series: expr.text, values })

export const ORDERS: readonly Case[] = [
  {
    alert: 'BangtinOrderWaiting',
    firing: {
      input: [on(of(HUB.orderUndelivered), '2x20')],
      notYet: '1m30s',
      at: '3m',
      labels: { severity: 'critical', cause: 'orders' },
      summary: '2 cụm chưa nhận lệnh / 2 site(s) have not accepted an order',
      description:
        'Có lệnh còn hiệu lực mà cụm chưa nhận sau 2 phút. Xem trang Khẩn cấp và báo cho địa phương bằng cách khác. / An order in force has not been accepted after 2 minutes. See the emergency page and reach the place otherwise.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#order-waiting',
    },
    quiet: { input: [on(of(HUB.orderUndelivered), '2 2 2 0x20')], at: '3m' },
  },
  {
    alert: 'BangtinOrderNotShown',
    firing: {
      input: [on(of(HUB.orderNotShown, { site: 'LC-MLT-01' }), '1x20')],
      notYet: '0s',
      at: '1m',
      labels: { site: 'LC-MLT-01', severity: 'critical', cause: 'orders' },
      summary:
        'LC-MLT-01: đã nhận lệnh khẩn cấp mà chưa chiếu / LC-MLT-01: has accepted an emergency and does not show it',
      description:
        'Cụm đã nhận 1 lệnh khẩn cấp nhưng sau 30 giây chưa báo đã chiếu. Báo cho địa phương bằng cách khác. / It has accepted 1 emergency order(s) and after 30 seconds has not reported them as shown. Reach the place otherwise.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#order-not-shown',
    },
    // Between two scrapes it was accepted and shown.
    quiet: { input: [on(of(HUB.orderNotShown, { site: 'LC-MLT-01' }), '0 1 0x20')], at: '1m' },
  },
  {
    alert: 'BangtinOrderPending',
    firing: {
      input: [on(PENDING, '1x20')],
      notYet: '1m30s',
      at: '3m',
      labels: { severity: 'critical', cause: 'orders' },
      summary: '1 lệnh chờ người ký thứ hai / 1 order(s) wait for a second person',
      description:
        'Chưa màn hình nào chiếu lệnh này. Sau 30 phút không ai ký thì lệnh hết hiệu lực. / No screen shows it yet. When nobody signs within 30 minutes it lapses.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#order-pending',
    },
    quiet: { input: [on(PENDING, '1 1 1 0x20')], at: '3m' },
  },
  {
    alert: 'BangtinDraftWaiting',
    firing: {
      input: [on(of(HUB.draftsWaiting), '3x30')],
      notYet: '4m30s',
      at: '6m',
      labels: { severity: 'warning', cause: 'orders' },
      summary: '3 bản tin chờ trực ban xử lý / 3 draft(s) wait for an officer',
      description:
        'Bản tin đến (CAP, chương trình, người soạn) chưa ai phát hoặc bỏ sau 5 phút. Tự nó không lên màn hình. / Nobody has released or dropped what came in (CAP, a program, a person) for 5 minutes. It shows nothing by itself.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#draft-waiting',
    },
    quiet: { input: [on(of(HUB.draftsWaiting), '2 2 2 0x30')], at: '8m' },
  },
  {
    alert: 'BangtinCapRefused',
    firing: {
      input: [on(of(HUB.capMessagesTotal, { outcome: 'refused' }), '0 0 0 0 1x20')],
      notYet: null,
      at: '6m',
      labels: { severity: 'warning', cause: 'orders' },
      summary: 'Trung tâm từ chối bản tin CAP / The hub refused a CAP message',
      description:
        'Trong 15 phút qua có bản tin cảnh báo bị từ chối: sai mẫu, sai chữ ký, hết hạn hoặc giả. Nó không vào hộp bản tin; lý do ở nhật ký thao tác. / Within 15 minutes a warning was refused: wrong form or signature, run out, or forged. It is not in the inbox; the audit log says why.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#cap-refused',
    },
    // What is taken in is no refusal, and an old one is over.
    quiet: {
      input: [
        on(of(HUB.capMessagesTotal, { outcome: 'draft' }), '0+1x20'),
        on(of(HUB.capMessagesTotal, { outcome: 'refused' }), '1x20'),
      ],
      at: '6m',
    },
  },
  {
    alert: 'BangtinDocumentOverdue',
    firing: {
      input: [on(of(HUB.documentsOverdue), '0 0 0 0 1x20')],
      notYet: null,
      at: '3m',
      labels: { severity: 'warning', cause: 'orders' },
      summary: '1 lệnh quá hạn bổ sung số văn bản / 1 order(s) lack their document number',
      description:
        'Lệnh đã phát trước khi có văn bản và quá thời hạn bổ sung mà vẫn chưa có số. / Released before there was a document, and the time to add its number is over.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#order-owed',
    },
    quiet: { input: [on(of(HUB.documentsOverdue), '0x20')], at: '5m' },
  },
  {
    alert: 'BangtinReviewOverdue',
    firing: {
      input: [on(of(HUB.reviewsOverdue), '0 0 0 0 2x20')],
      notYet: null,
      at: '3m',
      labels: { severity: 'warning', cause: 'orders' },
      summary: '2 lệnh quá hạn hậu kiểm / 2 order(s) have not been reviewed',
      description:
        'Lệnh do một người phát mà quy chế đòi hai người; đã quá hạn mà chưa ai khác xem lại. / One person released what two should sign, and nobody else has looked at it in time.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#order-owed',
    },
    quiet: { input: [on(of(HUB.reviewsOverdue), '0x20')], at: '5m' },
  },
  {
    alert: 'BangtinAuditBroken',
    firing: {
      input: [on(of(HUB.auditIntact), '1 1 1 1 0x20')],
      notYet: null,
      at: '3m',
      labels: { severity: 'critical', cause: 'security' },
      summary: 'Nhật ký thao tác của trung tâm đã bị sửa / The audit log of the hub has been changed',
      description:
        'Khi khởi động, trung tâm đọc lại nhật ký và thấy có dòng bị sửa hoặc mất. Dòng nào: xem nhật ký hệ thống. / Reading the log at its start the hub found lines that were changed or are gone. Its journal says which.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#audit-broken',
    },
    quiet: { input: [on(of(HUB.auditIntact), '1x20')], at: '5m' },
  },
]
