/** Every fault a person can be shown, once. `deploy/RUNBOOK.md` has a section for each id, checked both ways by test/house. */
export const FAULTS = {
  'config-invalid': { vi: 'Tệp cấu hình sai', en: 'Configuration file is wrong', severity: 'critical' },
  'data-folder-locked': {
    vi: 'Thư mục dữ liệu đang được tiến trình khác dùng',
    en: 'Data folder is in use by another daemon',
    severity: 'critical',
  },
  'disk-full': {
    vi: 'Hết chỗ trên đĩa, không ghi được nhật ký',
    en: 'Disk full, the play log cannot be written',
    severity: 'critical',
  },
  'disk-filling': {
    vi: 'Đĩa sẽ đầy trong vòng một tháng',
    en: 'Disk will be full within a month',
    severity: 'warning',
  },
  'playlog-damaged': { vi: 'Chuỗi nhật ký không khớp', en: 'Play-log chain does not verify', severity: 'critical' },
  'display-lost': {
    vi: 'Mất liên lạc bộ điều khiển màn hình',
    en: 'Display controller does not answer',
    severity: 'critical',
  },
  'display-contradicts': {
    vi: 'Bộ điều khiển không giữ thiết đặt',
    en: 'Display controller does not keep what was set',
    severity: 'warning',
  },
  'display-flapping': {
    vi: 'Thiết đặt màn hình bị đổi qua đổi lại',
    en: 'Settings of the display keep changing back',
    severity: 'critical',
  },
  'power-failed': {
    vi: 'Đóng cắt nguồn màn hình không thành',
    en: 'The display’s power could not be switched',
    severity: 'critical',
  },
  'power-interlock': {
    vi: 'Khóa liên động cấm nguồn màn hình',
    en: 'An interlock forbids the display’s power',
    severity: 'critical',
  },
  'equipment-lost': {
    vi: 'Mất liên lạc thiết bị phụ trợ',
    en: 'A device beside the display does not answer',
    severity: 'warning',
  },
  'smoke-detected': { vi: 'Cảm biến báo khói', en: 'A sensor reports smoke', severity: 'critical' },
  'door-open': { vi: 'Cửa tủ đang mở', en: 'A cabinet door is open', severity: 'warning' },
  'hardware-failure': {
    vi: 'Thiết bị tự báo hỏng',
    en: 'A device reports a failure of its own',
    severity: 'warning',
  },
  'no-signal': {
    vi: 'Bộ điều khiển không có tín hiệu hình',
    en: 'Display controller has no picture signal',
    severity: 'critical',
  },
  'over-temperature': { vi: 'Nhiệt độ màn hình quá cao', en: 'Display too hot', severity: 'warning' },
  'over-temperature-dark': {
    vi: 'Màn hình tắt hình vì quá nóng',
    en: 'The display was made dark by heat',
    severity: 'critical',
  },
  'temperature-unknown': {
    vi: 'Không biết nhiệt độ màn hình',
    en: 'Nobody knows how hot the display is',
    severity: 'warning',
  },
  'mains-lost': { vi: 'Mất điện lưới', en: 'Mains power is gone', severity: 'warning' },
  'battery-low': { vi: 'Ắc quy sắp cạn', en: 'Battery nearly empty', severity: 'critical' },
  'light-sensor-lost': {
    vi: 'Mất cảm biến ánh sáng',
    en: 'No ambient-light sensor answers',
    severity: 'warning',
  },
  'panel-dark': {
    vi: 'Được lệnh sáng mà màn hình không phát sáng',
    en: 'Told to be lit, but no light comes from the panel',
    severity: 'critical',
  },
  'local-emergency': {
    vi: 'Công tắc khẩn cấp tại cụm đang bật',
    en: 'An emergency switch at the site is on',
    severity: 'critical',
  },
  'local-blank': {
    vi: 'Màn hình bị cắt hình tại cụm',
    en: 'The screen was made dark at the site',
    severity: 'critical',
  },
  'preset-input': {
    vi: 'Không đọc được công tắc khẩn cấp',
    en: 'An emergency switch cannot be read',
    severity: 'critical',
  },
  'player-lost': { vi: 'Trình phát bị dừng', en: 'Player is not running', severity: 'critical' },
  'player-missing': { vi: 'Chưa cài trình phát mpv', en: 'Player mpv is not installed', severity: 'critical' },
  'clock-untrusted': { vi: 'Đồng hồ không tin cậy', en: 'Clock cannot be trusted', severity: 'warning' },
  'hub-away': { vi: 'Mất kết nối trung tâm', en: 'Hub is out of reach', severity: 'warning' },
  'hub-rejected': { vi: 'Trung tâm từ chối thiết bị này', en: 'The hub rejected this device', severity: 'critical' },
  'signature-refused': {
    vi: 'Từ chối nội dung hoặc lệnh sai chữ ký',
    en: 'Content or order with a wrong signature was refused',
    severity: 'critical',
  },
  'content-refused': { vi: 'Có nội dung bị từ chối', en: 'Some content was refused', severity: 'warning' },
  'asset-missing': { vi: 'Chưa tải xong nội dung', en: 'Content not fetched yet', severity: 'warning' },
  'floor-at-risk': { vi: 'Có nguy cơ thiếu thời lượng', en: 'Airtime floor at risk', severity: 'warning' },
  'floor-missed': { vi: 'Không còn đủ thời lượng', en: 'Airtime floor can no longer be met', severity: 'critical' },
  'no-schedule': { vi: 'Chưa có lịch đăng phát', en: 'No schedule yet', severity: 'warning' },
  undervoltage: {
    vi: 'Nguồn nuôi máy bị sụt áp',
    en: 'The computer’s supply voltage is too low',
    severity: 'warning',
  },
  'disk-errors': {
    vi: 'Thẻ nhớ hoặc đĩa báo lỗi, sắp hỏng',
    en: 'Card or disk reports errors or is worn out',
    severity: 'critical',
  },
  'board-hot': { vi: 'Máy tính của cụm quá nóng', en: 'The computer itself is too hot', severity: 'warning' },
  'upgrade-rolled-back': {
    vi: 'Bản nâng cấp bị trả lại',
    en: 'An upgrade was taken back',
    severity: 'warning',
  },
  'fonts-missing': { vi: 'Thiếu phông chữ', en: 'Fonts are missing', severity: 'critical' },
} as const satisfies {
  readonly [id: string]: { readonly vi: string; readonly en: string; readonly severity: 'warning' | 'critical' }
}
export type FaultId = keyof typeof FAULTS
export const FAULT_IDS = Object.keys(FAULTS) as readonly FaultId[]
/** An edge of another version may name a fault that is not in this catalogue. */
export const isFaultId = (id: string): id is FaultId => Object.hasOwn(FAULTS, id)
