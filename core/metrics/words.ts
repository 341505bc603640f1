import { CATEGORIES, CATEGORY_NAMES } from '../content/category.ts'
import { PERIOD_NAMES, SHORTFALL_NAMES } from '../contract/words.ts'
import { ORDER_CLASS_NAMES } from '../emergency/order.ts'

/** Vietnamese and English for label values that people read on boards and in the generated page; a value that is not here is shown as it is. */
export const LABEL_WORDS: {
  readonly [label: string]: { readonly [value: string]: { readonly vi: string; readonly en: string } }
} = {
  category: Object.fromEntries(
    CATEGORIES.map((c) => [
      c,
      {
        vi: `${CATEGORY_NAMES[c].clause} ${CATEGORY_NAMES[c].vi}`,
        en: `${CATEGORY_NAMES[c].clause} ${CATEGORY_NAMES[c].en}`,
      },
    ]),
  ),
  period: PERIOD_NAMES,
  class: ORDER_CLASS_NAMES,
  cluster_class: {
    BORDER_GATE: { vi: 'cửa khẩu', en: 'border gate' },
    BULLETIN_BOARD: { vi: 'bảng tin xã', en: 'bulletin board' },
  },
  outcome: {
    draft: { vi: 'thành bản tin chờ', en: 'draft' },
    again: { vi: 'đã có', en: 'known' },
    remembered: { vi: 'ghi nhớ', en: 'remembered' },
    later: { vi: 'để sau', en: 'later' },
    ok: { vi: 'có số liệu', en: 'answered' },
    away: { vi: 'cụm không kết nối', en: 'edge away' },
    timeout: { vi: 'quá giờ', en: 'timed out' },
    refused: { vi: 'từ chối', en: 'refused' },
    busy: { vi: 'quá tải', en: 'busy' },
  },
  cause: {
    ...SHORTFALL_NAMES,
    ended: { vi: 'hết thời lượng', en: 'ended' },
    preempted: { vi: 'bị lệnh chiếm', en: 'preempted' },
    dark: { vi: 'đến giờ tắt', en: 'dark' },
    replaced: { vi: 'được thay', en: 'replaced' },
    failed: { vi: 'không chiếu được', en: 'failed' },
    'player-lost': { vi: 'trình phát dừng', en: 'player lost' },
    'power-cut': { vi: 'mất điện', en: 'power cut' },
    shutdown: { vi: 'tắt chương trình', en: 'shut down' },
    clock: { vi: 'nhảy giờ', en: 'clock step' },
  },
  state: {
    public: { vi: 'tuyên truyền', en: 'public information' },
    emergency: { vi: 'khẩn cấp', en: 'emergency' },
    ads: { vi: 'quảng cáo', en: 'advertising' },
    other: { vi: 'khác', en: 'other' },
    dark: { vi: 'tối', en: 'dark' },
    faulted: { vi: 'lỗi', en: 'faulted' },
    displaced: { vi: 'nhường lệnh', en: 'displaced' },
    lit: { vi: 'sáng', en: 'lit' },
    unknown: { vi: 'không rõ', en: 'unknown' },
    synced: { vi: 'đồng bộ', en: 'synced' },
    holdover: { vi: 'tự giữ', en: 'holdover' },
    unset: { vi: 'chưa đặt', en: 'unset' },
  },
  phase: {
    unknown: { vi: 'không rõ', en: 'unknown' },
    off: { vi: 'tắt', en: 'off' },
    'taking-over': { vi: 'tiếp quản', en: 'taking over' },
    rising: { vi: 'đang bật', en: 'rising' },
    on: { vi: 'bật', en: 'on' },
    falling: { vi: 'đang tắt', en: 'falling' },
    stuck: { vi: 'kẹt', en: 'stuck' },
  },
  kind: {
    retry: { vi: 'gửi lại', en: 'retry' },
    timeout: { vi: 'quá giờ', en: 'timeout' },
    checksum: { vi: 'sai tổng kiểm tra', en: 'checksum' },
    noise: { vi: 'nhiễu', en: 'noise' },
  },
  what: {
    power: { vi: 'đóng nguồn', en: 'power' },
    light: { vi: 'sáng hình', en: 'light' },
  },
  trouble: {
    frozen: { vi: 'đứng hình', en: 'frozen' },
    black: { vi: 'đen', en: 'black' },
    covered: { vi: 'bị che', en: 'covered' },
    late: { vi: 'hiện muộn', en: 'late' },
  },
  when: {
    now: { vi: 'lúc này', en: 'now' },
    since_boot: { vi: 'từ khi bật máy', en: 'since boot' },
  },
}
