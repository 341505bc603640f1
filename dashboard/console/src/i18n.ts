import type { CHANNELS, Item } from '#core/content/item.ts'
import type { Role } from '#core/contract/can.ts'
import {
  CLOCK_NAMES,
  capitals,
  LIT_NAMES,
  type Names,
  PERIOD_NAMES as PERIOD_WORDS,
  type Phrase,
  RANK_NAMES as RANK_WORDS,
} from '#core/contract/words.ts'
import {
  type Certainty,
  ORDER_CLASS_NAMES as ORDER_CLASS_WORDS,
  type Response,
  type Severity,
  type Urgency,
} from '#core/emergency/order.ts'
import { CONTENT_WORDS } from './i18n-content.ts'
import { EMERGENCY_WORDS } from './i18n-emergency.ts'
import { OPERATE_WORDS } from './i18n-operate.ts'
import { ORDER_WORDS } from './i18n-orders.ts'
import { SCHEDULE_WORDS } from './i18n-schedule.ts'
import { useStore } from './store.tsx'

/**
 * Every word of the console, Vietnamese and English together: `w` takes both, so a missing translation does not compile. `{name}` is
 * filled in by `tf`; i18n.test.ts checks that both languages have the same places.
 */
const w = (vi: string, en: string): Phrase => ({ vi, en })

export const WORDS = {
  brand: w('Bảng tin · Lai Châu', 'Bảng tin · Lai Châu'),
  skip: w('Đến nội dung chính', 'Skip to main content'),
  language: w('Ngôn ngữ', 'Language'),
  navLabel: w('Các trang', 'Pages'),
  navClusters: w('Toàn cảnh', 'Clusters'),
  navEmergency: w('Khẩn cấp', 'Emergency'),
  navContent: w('Nội dung', 'Content'),
  navPlaylog: w('Nhật ký', 'Play log'),
  logout: w('Đăng xuất', 'Log out'),
  loading: w('Đang tải…', 'Loading…'),
  unknown: w('chưa biết', 'not known'),
  yes: w('có', 'yes'),
  no: w('không', 'no'),
  on: w('bật', 'on'),
  off: w('tắt', 'off'),
  none: w('không có', 'none'),
  back: w('Quay lại', 'Back'),
  close: w('Đóng', 'Close'),
  required: w('(bắt buộc)', '(required)'),
  until: w('đến', 'until'),
  sample: w('dữ liệu mẫu', 'sample data'),
  state: w('Tình trạng', 'State'),
  cluster: w('Cụm', 'Cluster'),
  faultWhere: w('(chỗ sai: {where})', '(at: {where})'),
  denied: w('{what}: cần vai trò {roles} ({source}).', '{what}: needs the role {roles} ({source}).'),
  liveUp: w('Trực tiếp', 'Live'),
  liveConnecting: w('Đang nối…', 'Connecting…'),
  liveDown: w('Mất kết nối trung tâm', 'Hub connection lost'),
  inForceActual: w('{n} lệnh THẬT đang có hiệu lực', '{n} REAL {n|order|orders} in force'),
  inForceExercise: w('{n} diễn tập đang chạy', '{n} {n|exercise|exercises} running'),

  loginTitle: w('Đăng nhập', 'Log in'),
  login: w('Đăng nhập', 'Log in'),
  loginBusy: w('Đang kiểm tra…', 'Checking…'),
  user: w('Tài khoản', 'User name'),
  password: w('Mật khẩu', 'Password'),
  loginWrong: w('Tài khoản hoặc mật khẩu không đúng.', 'User name or password is wrong.'),
  loginTooMany: w('Thử sai quá nhiều lần. Hãy chờ vài phút rồi thử lại.', 'Too many wrong tries. Wait a few minutes.'),
  loginTooManyWait: w(
    'Thử sai quá nhiều lần. Thử lại sau {seconds} giây.',
    'Too many tries. Try again in {seconds} s.',
  ),
  loginNote: w(
    'Mỗi người một tài khoản. Mọi thao tác đều được ghi nhật ký.',
    'One account for each person. Everything done here is recorded.',
  ),

  sumAll: w('{n} cụm', '{n} clusters'),
  sumOk: w('{n} hoạt động', '{n} running'),
  sumWarn: w('{n} cảnh báo', '{n} warnings'),
  sumBad: w('{n} sự cố', '{n} in trouble'),
  noSites: w('Chưa có cụm nào trong danh sách.', 'There is no cluster in the register yet.'),
  'health-ok': w('Bình thường', 'Normal'),
  'health-warn': w('Cảnh báo', 'Warning'),
  'health-bad': w('Sự cố', 'Fault'),
  'health-away': w('Mất liên lạc', 'Out of reach'),
  'health-emergency': w('Đang phát khẩn cấp', 'Emergency on screen'),
  'health-exercise': w('Đang diễn tập', 'Exercise on screen'),
  'health-inventory': w('Không hoạt động', 'Not in service'),
  connected: w('Đang kết nối', 'Connected'),
  neverSeen: w('Chưa từng kết nối', 'Never connected'),
  awaySince: w('Mất liên lạc từ {time}', 'Out of reach since {time}'),
  statusAt: w('số liệu lúc {time}', 'as of {time}'),
  noStatus: w('Cụm này chưa gửi số liệu nào.', 'This cluster has not reported yet.'),
  frameOf: w('Ảnh màn hình {site}: {title}', 'Picture of the screen {site}: {title}'),
  frameAway: w('Không có ảnh: cụm mất liên lạc', 'No picture: the cluster is out of reach'),
  frameNone: w('Chưa lấy được ảnh màn hình', 'No picture of the screen yet'),
  since: w('từ {time}', 'since {time}'),
  'show-item': w('Nội dung', 'An item'),
  'show-order': w('Lệnh', 'An order'),
  'show-standing': w('Trang chờ', 'Standing page'),
  'show-dark': w('Màn hình tắt theo lịch', 'Dark on purpose'),
  'show-nothing': w('Không hiển thị gì', 'Nothing is shown'),
  'lit-lit': LIT_NAMES.lit,
  'lit-dark': LIT_NAMES.dark,
  'lit-unknown': LIT_NAMES.unknown,
  power: w('Nguồn', 'Power'),
  brightness: w('Độ sáng (đọc / đặt)', 'Brightness (read / set)'),
  temperature: w('Nhiệt độ', 'Temperature'),
  voltage: w('Điện áp', 'Voltage'),
  signal: w('Tín hiệu hình', 'Picture signal'),
  signalYes: w('có', 'present'),
  signalNo: w('mất', 'lost'),
  clock: w('Đồng hồ', 'Clock'),
  'clock-synced': CLOCK_NAMES.synced,
  'clock-holdover': CLOCK_NAMES.holdover,
  'clock-unset': CLOCK_NAMES.unset,
  airDone: w('đủ', 'met'),
  airGoing: w('đang đủ dần', 'on the way'),
  airMissed: w('không đủ', 'cannot be met'),
  enrolTitle: w('Đăng ký thiết bị', 'Enrol a device'),
  enrolHint: w(
    'Mã dùng một lần để thiết bị mới, hoặc thiết bị thay thế, nhận vai cụm này. Thiết bị cũ sẽ bị ngắt.',
    'A one-time code for a new device, or one that replaces another, to join as this cluster. The old one is let go.',
  ),
  enrolMake: w('Tạo mã', 'Make a code'),
  enrolUntil: w('dùng được đến {time}', 'valid until {time}'),
  enrolQr: w('Mã QR của {code}', 'QR code of {code}'),
  enrolQrPage: w(
    'Quét bằng điện thoại đang nối mạng của cụm: trang nghiệm thu mở ra với mã điền sẵn.',
    'Scan it with a phone on the cluster’s network: the commissioning page opens with the code filled in.',
  ),
  enrolQrCode: w(
    'Quét để chép mã vào trang nghiệm thu của cụm.',
    'Scan it to copy the code into the cluster’s commissioning page.',
  ),
  airAbsent: w('chưa có nhật ký', 'not recorded'),
  airLabel: w('Đã phát {shown} trên mức tối thiểu {floor}', 'Shown {shown} of the floor {floor}'),
  airDelivered: w('đã phát {time}', 'delivered {time}'),
  airEmergency: w('khẩn cấp {time}', 'emergency {time}'),
  airOwed: w('còn thiếu {time}', 'owed {time}'),

  noSuchSite: w('Không có cụm {site}.', 'There is no cluster {site}.'),
  unitCode: w('mã đơn vị {code}', 'unit code {code}'),
  'life-PLANNED': w('dự kiến', 'planned'),
  'life-ACTIVE': w('đang hoạt động', 'active'),
  'life-SUSPENDED': w('tạm dừng', 'suspended'),
  'life-DECOMMISSIONED': w('dừng hoạt động', 'decommissioned'),
  technicianPage: w('Trang kỹ thuật viên', 'Technician page'),
  airtimeToday: w('Thời lượng hôm nay (Điều 8.1)', 'Airtime today (Art. 8.1)'),
  activeFaults: w('Lỗi hiện tại', 'Faults now'),
  noFaults: w('Không có lỗi.', 'No faults.'),
  ordersHere: w('Lệnh tại cụm', 'Orders at this cluster'),
  noOrdersHere: w('Không có lệnh nào.', 'No orders.'),
  recentPlays: w('Đã phát trong hai giờ qua', 'Played in the last two hours'),
  noPlays: w('Chưa có lượt phát nào.', 'No plays.'),
  moreInPlaylog: w('Tra cứu trong nhật ký', 'Query the play log'),
  device: w('Thiết bị', 'Device'),
  controllerLink: w('Bộ điều khiển', 'Controller'),
  controllerModel: w('Loại', 'Model'),
  'link-up': w('trả lời', 'answers'),
  'link-down': w('không trả lời', 'does not answer'),
  'link-quarantined': w('tạm cách ly', 'quarantined'),
  'link-none': w('không có', 'none'),
  input: w('Đầu vào', 'Input'),
  blackout: w('Đang tắt hình', 'Blackout'),
  freeze: w('Đang đứng hình', 'Freeze'),
  testPattern: w('Ảnh thử', 'Test pattern'),
  cards: w('Thẻ nhận', 'Receiving cards'),
  player: w('Trình phát', 'Player'),
  playerUp: w('đang chạy', 'running'),
  playerDown: w('đã dừng', 'stopped'),
  restarts: w('khởi động lại {n} lần', '{n} restarts'),
  schedule: w('Lịch đăng phát', 'Schedule'),
  itemsN: w('{n} nội dung', '{n} items'),
  refusedN: w('{n} bị từ chối', '{n} refused'),
  assets: w('Tệp đã tải', 'Files fetched'),
  playlogHead: w('Nhật ký tại cụm', 'Play log at the edge'),
  notSentN: w('{n} chưa gửi', '{n} not sent yet'),
  hubHas: w('Trung tâm đã nhận đến', 'Hub has up to'),
  process: w('Tiến trình', 'Process'),
  upFor: w('chạy {time}', 'up {time}'),
  version: w('Phiên bản', 'Version'),
  registryV: w('danh bạ khóa v{n}', 'key registry v{n}'),

  query: w('Tra cứu', 'Query'),
  atTime: w('Lúc', 'At'),
  zoneNote: w('Giờ Việt Nam (UTC+7)', 'Time in Việt Nam (UTC+7)'),
  toTime: w('Đến (nếu tra một khoảng)', 'To (for a span)'),
  toTimeHint: w('Để trống: chỉ hỏi một thời điểm.', 'Empty: one instant only.'),
  timeMissing: w('Cần thời điểm.', 'The time is missing.'),
  timeOrder: w('Thời điểm sau phải muộn hơn.', 'The second time must be later.'),
  nothingThen: w('Không có lượt phát nào được ghi lúc đó.', 'No play is recorded for that time.'),
  playsFound: w('{n} lượt phát', '{n} plays'),
  playFound: w('{n} lượt phát', '{n} play'),
  colTime: w('Thời gian', 'Time'),
  colWhat: w('Đã phát gì', 'What'),
  colWhy: w('Vì sao', 'Why'),
  colSupplier: w('Cơ quan cung cấp, văn bản', 'Supplier, document'),
  colProof: w('Bằng chứng', 'Proof'),
  colRecords: w('Bản ghi, đồng hồ', 'Records, clock'),
  playOpen: w('đang phát', 'still on'),
  endedBy: w('kết thúc: {cause}', 'ended: {cause}'),
  ...ORDER_WORDS,
  ...CONTENT_WORDS,
  ...SCHEDULE_WORDS,
  ...EMERGENCY_WORDS,
  ...OPERATE_WORDS,
} as const satisfies { readonly [key: string]: Phrase }
export type Word = keyof typeof WORDS

export const RANK_NAMES = capitals(RANK_WORDS)
export const ORDER_CLASS_NAMES = capitals(ORDER_CLASS_WORDS)
export const PERIOD_NAMES = capitals(PERIOD_WORDS)

export const ROLE_NAMES: Names<Role> = {
  operator: w('vận hành', 'operator'),
  editor: w('biên tập', 'editor'),
  approver: w('người duyệt', 'approver'),
  officer: w('cán bộ khẩn cấp', 'emergency officer'),
  inspector: w('thanh tra', 'inspector'),
  admin: w('quản trị', 'administrator'),
  technician: w('kỹ thuật viên', 'technician'),
}
export const SEVERITY_NAMES: Names<Severity> = {
  minor: w('Nhẹ', 'Minor'),
  moderate: w('Vừa', 'Moderate'),
  severe: w('Nghiêm trọng', 'Severe'),
  extreme: w('Đặc biệt nghiêm trọng', 'Extreme'),
}
export const URGENCY_NAMES: Names<Urgency> = {
  unknown: w('Chưa rõ', 'Unknown'),
  past: w('Đã qua', 'Past'),
  future: w('Sắp tới', 'Future'),
  expected: w('Trong vài giờ tới', 'Expected within hours'),
  immediate: w('Ngay bây giờ', 'Immediate'),
}
export const CERTAINTY_NAMES: Names<Certainty> = {
  unknown: w('Chưa rõ', 'Unknown'),
  unlikely: w('Khó xảy ra', 'Unlikely'),
  possible: w('Có thể', 'Possible'),
  likely: w('Nhiều khả năng', 'Likely'),
  observed: w('Đã xảy ra', 'Observed'),
}
export const RESPONSE_NAMES: Names<Response> = {
  shelter: w('Trú ẩn', 'Shelter'),
  evacuate: w('Sơ tán', 'Evacuate'),
  prepare: w('Chuẩn bị', 'Prepare'),
  execute: w('Làm theo kế hoạch', 'Carry out the plan'),
  avoid: w('Tránh xa', 'Keep away'),
  monitor: w('Theo dõi tin', 'Follow the news'),
  assess: w('Tự đánh giá', 'Assess'),
  none: w('Không cần làm gì', 'Nothing'),
}
export const CLASS_NAMES: Names<'BORDER_GATE' | 'BULLETIN_BOARD'> = {
  BORDER_GATE: w('Cụm cửa khẩu', 'Border gate'),
  BULLETIN_BOARD: w('Bảng tin', 'Bulletin board'),
}
export const KIND_NAMES: Names<Item['kind']> = {
  image: w('Ảnh', 'Picture'),
  video: w('Video', 'Clip'),
  text: w('Chữ', 'Text'),
  slides: w('Trang chiếu', 'Slides'),
}
export const CHANNEL_NAMES: Names<(typeof CHANNELS)[number]> = {
  SOURCE_SYSTEM: w('Hệ thống thông tin nguồn', 'Source information system'),
  DOC_MGMT: w('Hệ thống QLVBĐH', 'Document management system'),
  OFFICIAL_MAIL: w('Thư điện tử công vụ', 'Official e-mail'),
  OTHER: w('Khác', 'Other'),
}
export const LANGUAGE_NAMES: { readonly [tag: string]: Phrase } = {
  vi: w('Tiếng Việt', 'Vietnamese'),
  en: w('Tiếng Anh', 'English'),
  zh: w('Tiếng Trung', 'Chinese'),
  blt: w('Tiếng Thái', 'Tai Dam'),
  hmn: w('Tiếng Mông', 'Hmong'),
}

/** Is this text of the world one of our closed words? */
export const isOneOf = <T extends string>(list: readonly T[], text: string): text is T =>
  list.some((known) => known === text)

/** Fills `{name}` places; `{name|one|many}` is what an English noun becomes by that number. A name without a value is a bug of ours and shows. */
export const fill = (text: string, values: { readonly [name: string]: string | number }): string =>
  text.replace(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (place, name: string, one?: string, many?: string) => {
    if (!Object.hasOwn(values, name)) return place
    return one === undefined ? String(values[name]) : ((values[name] === 1 ? one : many) ?? place)
  })

export const useT = () => {
  const lang = useStore().lang.value
  return {
    lang,
    t: (word: Word): string => WORDS[word][lang],
    tf: (word: Word, values: { readonly [name: string]: string | number }): string => fill(WORDS[word][lang], values),
  }
}
