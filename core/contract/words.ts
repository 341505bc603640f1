import type { ClockQuality } from '../base/units.ts'
import type { ClaimRank } from '../claim/claim.ts'
import { ORDER_CLASS_NAMES, type OrderRefusal } from '../emergency/order.ts'
import type { CloseCause, ItemRefusal, RecordBody, ScreenRecord, ShortfallCause } from '../evidence/record.ts'
import type { DayPeriod, Proof } from '../policy/policy.ts'
import type { ChartName } from '../screen/chart.ts'
import type { TestPattern } from '../screen/display.ts'
import type { StatusReport } from './link.ts'

/**
 * What people call the closed words of the contract: one list for console, technician's page, play log and reports, so that one thing has one
 * name. Lower case, to stand inside a sentence; `capitals` makes labels of them.
 */
export type Phrase = { readonly vi: string; readonly en: string }
export type Names<K extends string> = { readonly [N in K]: Phrase }
const w = (vi: string, en: string): Phrase => ({ vi, en })

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const capitalOf = (name: Phrase): Phrase => w(capital(name.vi), capital(name.en))

/** The same names with a capital first letter, for labels. */
export const capitals = <K extends string>(names: Names<K>): Names<K> => {
  const entries = Object.entries<Phrase>(names).map(([key, name]) => [key, capitalOf(name)])
  return Object.fromEntries(entries) as Names<K>
}

/** The name of a word that came from outside, or the word itself when it is not one of ours. */
export const nameOf = (names: { readonly [word: string]: Phrase }, word: string): Phrase =>
  (Object.hasOwn(names, word) ? names[word] : undefined) ?? w(word, word)

/** A sentence of the edge that people of both languages read where it was written: one line, Vietnamese first. */
export const bothOf = (vi: string, en: string): string => `${vi} · ${en}`

/**
 * The half of a text of the edge that a page in one language shows: of `vi · en`, alone or in one pair of brackets behind what is the same in
 * both. Anything else stands as it is.
 */
export const halfOf = (text: string, lang: 'vi' | 'en'): string => {
  const inner = /^([^(]*\()([^()]*)(\)[^(]*)$/.exec(text)
  const [head, middle, tail] = inner === null ? ['', text, ''] : [inner[1], inner[2], inner[3]]
  const halves = (middle ?? '').split(' · ')
  return halves.length === 2 ? `${head}${lang === 'vi' ? halves[0] : halves[1]}${tail}` : text
}

export const RANK_NAMES: Names<ClaimRank> = {
  ...ORDER_CLASS_NAMES,
  'quiet-hours': w('ngoài giờ bật màn hình', 'quiet hours'),
  normal: w('thường', 'normal'),
  fallback: w('dự phòng', 'fallback'),
}

export const PROOF_NAMES: Names<Proof> = {
  contradicted: w('bằng chứng trái ngược', 'contradicted'),
  commanded: w('mới ra lệnh, chưa xác nhận', 'commanded, not confirmed'),
  acknowledged: w('trình phát xác nhận', 'acknowledged by the player'),
  'read-back': w('đọc lại từ bộ điều khiển', 'read back from the controller'),
  seen: w('thấy trong khung hình', 'seen in the frame'),
}

export const LIT_NAMES: Names<ScreenRecord['lit']> = {
  lit: w('màn hình sáng', 'display lit'),
  dark: w('màn hình tối', 'display dark'),
  unknown: w('chưa rõ sáng hay tối', 'not known if lit'),
}

export const CLOCK_NAMES: Names<ClockQuality> = {
  synced: w('đã đồng bộ', 'synchronised'),
  holdover: w('tự giữ giờ', 'holding over'),
  unset: w('không tin cậy', 'not trusted'),
}

/** What a floor of airtime is short of (Art. 8.1, reading A9). */
export const SHORTFALL_NAMES: Names<ShortfallCause> = {
  PLAN: w('lịch không đủ', 'the schedule has too little'),
  POWER: w('mất điện', 'power'),
  LINK: w('nội dung hoặc lịch chưa về', 'content or schedule not here'),
  DEVICE: w('màn hình hoặc trình phát', 'display or player'),
  ORDER: w('nhường cho lệnh', 'an order had the screen'),
}

export const PERIOD_NAMES: Names<DayPeriod> = {
  morning: w('buổi sáng', 'morning'),
  afternoon: w('buổi chiều', 'afternoon'),
  evening: w('buổi tối', 'evening'),
  night: w('ban đêm', 'night'),
}

export const CLOSE_CAUSE_NAMES: Names<CloseCause> = {
  ended: w('hết lượt', 'its time was over'),
  preempted: w('bị chen', 'pre-empted'),
  dark: w('màn hình tắt', 'went dark'),
  replaced: w('được thay', 'replaced'),
  failed: w('không phát được', 'could not be shown'),
  'player-lost': w('trình phát dừng', 'player died'),
  'power-cut': w('mất điện (thời lượng là cận trên)', 'power cut (length is an upper bound)'),
  shutdown: w('được lệnh dừng', 'told to stop'),
  clock: w('đồng hồ đổi giờ', 'clock stepped'),
}

type OrderLine = Extract<RecordBody, { kind: 'order' }>
export const ORDER_STAGE_NAMES: Names<OrderLine['stage']> = {
  received: w('đã nhận', 'received'),
  refused: w('từ chối', 'refused'),
  active: w('có hiệu lực', 'in force'),
  shown: w('đã hiện', 'shown'),
  documented: w('bổ sung số văn bản', 'document number added'),
  ended: w('kết thúc', 'ended'),
}

export const ORDER_END_NAMES: Names<Exclude<OrderLine['reason'], OrderRefusal | null> | 'expired'> = {
  expired: w('hết hạn', 'expired'),
  cancelled: w('đã hủy', 'cancelled'),
  superseded: w('đã thay thế', 'superseded'),
  cleared: w('đã báo an toàn', 'all clear given'),
}

export const ORDER_REFUSAL_NAMES: Names<OrderRefusal> = {
  malformed: w('lệnh sai định dạng', 'malformed order'),
  'bad-signature': w('chữ ký sai', 'wrong signature'),
  'unknown-key': w('khóa không có trong sổ khóa', 'unknown key'),
  'no-right': w('người ký không có quyền tại đây', 'the signer has no right here'),
  'not-for-this-site': w('không gửi cho cụm này', 'not for this cluster'),
  expired: w('đã hết hạn khi đến nơi', 'had expired on arrival'),
  'too-long': w('thời hạn quá dài', 'lasts too long'),
  'id-reused': w('mã lệnh đã dùng cho lệnh khác', 'its id was used for another order'),
  'no-text': w('không có chữ', 'no text'),
  'no-document': w('kéo dài khung giờ mà không có số văn bản', 'extends frames without a document number'),
  'text-unfit': w('chữ không hiện được trên màn hình này', 'the text cannot be shown on this panel'),
  'cancelled-before': w('đã bị hủy trước khi đến', 'was cancelled before it arrived'),
  'superseded-before': w('đã bị thay thế trước khi đến', 'was superseded before it arrived'),
  'not-in-exercise-mode': w('cụm không ở chế độ diễn tập', 'the cluster is not in exercise mode'),
  'test-only': w('lệnh thử, không hiện ra màn hình', 'a test, never shown'),
  full: w('quá nhiều lệnh cùng lúc', 'too many orders at once'),
  'no-second-person': w('thiếu chữ ký của người thứ hai', 'lacks the signature of a second person'),
}

export const ITEM_REFUSAL_NAMES: Names<ItemRefusal> = {
  unapproved: w('chưa được duyệt', 'not approved'),
  'bad-signature': w('chữ ký duyệt sai', 'wrong signature'),
  'unknown-key': w('khóa người duyệt không có trong sổ khóa', 'unknown key'),
  'no-right': w('người duyệt không có quyền', 'the approver has no right'),
  'self-approved': w('người gửi tự duyệt', 'approved by its own submitter'),
  changed: w('nội dung đã bị thay đổi sau khi duyệt', 'changed after approval'),
  expired: w('đã hết hiệu lực', 'no longer valid'),
  'not-yet-valid': w('chưa đến ngày hiệu lực', 'not yet valid'),
  'no-permit': w('quảng cáo không có giấy phép', 'advertising without a permit'),
  'permit-expired': w('giấy phép quảng cáo hết hạn', 'the permit has expired'),
  'wrong-site': w('giấy phép không gồm cụm này', 'the permit does not cover this cluster'),
  'text-unfit': w('chữ không hiện được trên màn hình này', 'the text cannot be shown on this panel'),
  broken: w('tệp hỏng, không phát được', 'broken file'),
  missing: w('chưa tải về cụm', 'not fetched yet'),
  'stale-translation': w('bản dịch cũ hơn bản gốc', 'the translation is older than its source'),
  'category-mismatch': w('sai danh mục quảng cáo', 'wrong category for advertising'),
}

/** Why content that is wanted is not on its way. */
export const ASSET_WAIT_NAMES: Names<NonNullable<StatusReport['assets']['waiting']>> = {
  window: w('chờ đến giờ tải', 'waits for the hours for downloads'),
  room: w('không còn chỗ chứa', 'no room for it'),
  retry: w('tải lỗi, đang chờ thử lại', 'failed, will be tried again'),
  hub: w('chưa kết nối trung tâm', 'the hub is out of reach'),
}

/** The charts that the player draws. */
export const CHART_WORDS: Names<ChartName> = {
  frame: w('viền và góc', 'frame'),
  red: w('đỏ', 'red'),
  green: w('lục', 'green'),
  blue: w('lam', 'blue'),
  white: w('trắng', 'white'),
  black: w('đen', 'black'),
  grey: w('thang xám', 'grey'),
  modules: w('số mô-đun', 'modules'),
  walk: w('chạy mô-đun', 'module walk'),
}

/** The patterns that a controller draws by itself. */
export const PATTERN_WORDS: Names<TestPattern> = {
  none: w('trả lại chương trình', 'give back'),
  red: CHART_WORDS.red,
  green: CHART_WORDS.green,
  blue: CHART_WORDS.blue,
  white: CHART_WORDS.white,
  horizontal: w('sọc ngang', 'horizontal'),
  vertical: w('sọc dọc', 'vertical'),
  diagonal: w('sọc chéo', 'diagonal'),
  grey: CHART_WORDS.grey,
  aging: w('lão hóa', 'aging'),
}

const HELD_NAMES: { readonly [what: string]: Phrase } = {
  pattern: w('mẫu của bộ điều khiển', 'controller pattern'),
  chart: w('hình kiểm tra', 'test chart'),
  brightness: w('độ sáng', 'brightness'),
  input: w('ngõ vào', 'input'),
}

/** What somebody at the site holds by hand, to stand inside a sentence: `what` and `value` as `StatusReport.manual` has them. */
export const heldWords = (held: { readonly what: string; readonly value: string }): Phrase => {
  const { what, value } = held
  if (what === 'power-off') return w('tắt nguồn màn hình', 'display power off')
  if (what.startsWith('relay:')) {
    const relay = what.slice('relay:'.length)
    const on = value.endsWith(' on')
    return w(`rơ-le ${relay} ${on ? 'bật' : 'tắt'}`, `relay ${relay} ${on ? 'on' : 'off'}`)
  }
  const name = nameOf(HELD_NAMES, what)
  const is =
    what === 'chart' ? nameOf(CHART_WORDS, value) : what === 'pattern' ? nameOf(PATTERN_WORDS, value) : w(value, value)
  return w(`${name.vi}: ${is.vi}`, `${name.en}: ${is.en}`)
}
