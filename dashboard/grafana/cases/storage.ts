import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { of } from '../promql.ts'
import type { Case } from './case.ts'
import { A, gauge, on } from './samples.ts'

export const STORAGE: readonly Case[] = [
  {
    alert: 'BangtinLogStalled',
    firing: {
      input: gauge(EDGE.logHead, '48211x30'),
      notYet: '1m30s',
      at: '8m',
      labels: { ...A, severity: 'critical', cause: 'storage' },
      summary: 'LC-MLT-01: nhật ký phát không tiến / LC-MLT-01: play log does not advance',
      description:
        'Không có bản ghi mới trong 5 phút, dù mỗi phút phải có ít nhất một nhịp. / No new record in 5 minutes, although there is at least one heartbeat a minute.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#log-stalled',
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
      labels: { ...A, severity: 'warning', cause: 'storage' },
      summary: 'LC-MLT-01: 750 bản ghi chưa về trung tâm / LC-MLT-01: 750 records are not at the hub yet',
      description:
        'Đang có kết nối nhưng nhật ký không đuổi kịp trong 10 phút. / The link is up and yet the log has not caught up for 10 minutes.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#log-behind',
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
      labels: { ...A, severity: 'critical', cause: 'storage' },
      summary: 'LC-MLT-01: không ghi được nhật ký phát / LC-MLT-01: play log cannot be written',
      description:
        'Đĩa đầy hoặc hỏng. Những gì phát từ lúc này không có bằng chứng. / The disk is full or broken. What plays from now on has no evidence.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#disk-full',
    },
    quiet: { input: gauge(EDGE.logWritable, '1x10'), at: '2m' },
  },
  {
    alert: 'BangtinDiskFilling',
    firing: {
      input: gauge(EDGE.diskLeft, '2678400x30'),
      notYet: '9m30s',
      at: '11m',
      labels: { ...A, severity: 'warning', cause: 'storage' },
      summary: 'LC-MLT-01: đĩa sẽ đầy sau 31d 0h 0m 0s / LC-MLT-01: the disk will be full in 31d 0h 0m 0s',
      description:
        'Với tốc độ ghi hiện nay, chỗ trống không đủ cho 6 tháng nhật ký. Hẹn ngày thay thẻ hoặc bớt nội dung. / As things grow now, what is free does not hold six months of the log. Arrange a larger card or less content.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#disk-filling',
    },
    quiet: { input: gauge(EDGE.diskLeft, '2764800x30'), at: '13m' },
  },
  {
    alert: 'BangtinDiskLow',
    firing: {
      input: gauge(EDGE.diskFree, '536870912x20'),
      notYet: '4m30s',
      at: '6m',
      labels: { ...A, severity: 'warning', cause: 'storage' },
      summary: 'LC-MLT-01: đĩa còn 512MiB / LC-MLT-01: 512MiB left on the disk',
      description:
        'Chỗ trống dưới 1 GiB. Dọn trước khi nhật ký phải dừng. / Less than 1 GiB is free. Make room before the log has to stop.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#disk-full',
    },
    quiet: { input: gauge(EDGE.diskFree, '1073741824x20'), at: '8m' },
  },
  {
    alert: 'BangtinChainRejected',
    firing: {
      input: [on(of(HUB.evidenceRejectedTotal, A), '0 0 1x20')],
      notYet: null,
      at: '2m',
      labels: { ...A, severity: 'critical', cause: 'security' },
      summary:
        'LC-MLT-01: trung tâm từ chối nhật ký vì chuỗi không khớp / LC-MLT-01: the hub rejected play-log records because the chain does not continue',
      description:
        'Bản ghi gửi lên không nối tiếp chuỗi đã có. Có thể nhật ký bị sửa hoặc thẻ nhớ bị đổi. / The records sent do not continue the chain at the hub: the log was changed, or the card was swapped.',
      runbook: 'https://localhost:8443/docs/RUNBOOK.md#playlog-damaged',
    },
    // Records sent twice after an outage are ordinary.
    quiet: {
      input: [on(of(HUB.evidenceRejectedTotal, A), '0x20'), on(of(HUB.evidenceDuplicateTotal, A), '0+5x20')],
      at: '5m',
    },
  },
]
