import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { and, by, changes, increase, max, of, recorded, sum, where } from '../promql.ts'
import { logBacklog } from '../rules.ts'
import { type Alert, SITE } from './alert.ts'

/** The play log and the disk it lies on. */
export const STORAGE: readonly Alert[] = [
  {
    name: 'BangtinLogStalled',
    cause: 'storage',
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
    cause: 'storage',
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
    cause: 'storage',
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
    cause: 'storage',
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
    cause: 'storage',
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
    cause: 'security',
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
