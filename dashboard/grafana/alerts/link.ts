import { EDGE, HUB } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { absent, by, max, min, of, recorded, since, size, where } from '../promql.ts'
import { clockUnset } from '../rules.ts'
import { type Alert, SITE } from './alert.ts'

/** Hub, link and clock. */
export const LINK: readonly Alert[] = [
  {
    name: 'BangtinHubDown',
    cause: 'hub',
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
    cause: 'link',
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
    name: 'BangtinClockUntrusted',
    cause: 'clock',
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
  {
    name: 'BangtinClockOff',
    cause: 'clock',
    runbook: 'clock-untrusted',
    severity: 'warning',
    lasting: '5m',
    expr: where(size(max(by('site'), of(EDGE.clockOffset))), '>', CONFIG.clockOffSeconds),
    summary: {
      vi: `${SITE}: đồng hồ lệch {{ $value | humanizeDuration }} so với trung tâm`,
      en: `${SITE}: clock differs by {{ $value | humanizeDuration }} from the hub`,
    },
    description: {
      vi: 'Một trong hai đồng hồ sai. Lệnh hẹn giờ bắt đầu sớm hoặc muộn bấy nhiêu.',
      en: 'One of the two is wrong. What is to begin at a time begins that much too early or late.',
    },
  },
  {
    name: 'BangtinHubDiskLow',
    cause: 'hub',
    runbook: 'hub-disk',
    severity: 'warning',
    lasting: '5m',
    expr: where(min(by(), of(HUB.diskFree)), '<', CONFIG.hubDiskLowBytes),
    summary: {
      vi: 'Đĩa trung tâm còn {{ $value | humanize1024 }}B',
      en: "{{ $value | humanize1024 }}B left on the hub's disk",
    },
    description: {
      vi: `Chỗ trống dưới ${CONFIG.hubDiskLowBytes / 2 ** 30} GiB. Hết chỗ thì trung tâm không nhận nhật ký và lệnh nữa.`,
      en: `Less than ${CONFIG.hubDiskLowBytes / 2 ** 30} GiB is free. Without room the hub takes neither logs nor orders.`,
    },
  },
  {
    name: 'BangtinBackupOld',
    cause: 'hub',
    runbook: 'backup-old',
    severity: 'warning',
    lasting: '10m',
    expr: where(max(by(), since(of(HUB.backupTime))), '>', CONFIG.backupSeconds),
    summary: {
      vi: 'Bản sao lưu mới nhất của trung tâm đã {{ $value | humanizeDuration }}',
      en: 'The newest backup of the hub is {{ $value | humanizeDuration }} old',
    },
    description: {
      vi: 'Nếu máy chủ hỏng lúc này thì mất mọi thứ từ lúc đó.',
      en: 'If the server breaks now, everything since then is lost.',
    },
  },
]
