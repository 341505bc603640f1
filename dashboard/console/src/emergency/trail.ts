import { halfOf, nameOf, ORDER_END_NAMES, ORDER_REFUSAL_NAMES, type Phrase } from '#core/contract/words.ts'
import { ORDER_CLASS_NAMES } from '#core/emergency/order.ts'
import type { Lang } from '../lang.ts'

const w = (vi: string, en: string): Phrase => ({ vi, en })

/** The hub's own words for why it refused an order; it shares the rest with the edges. */
const HUB_REFUSALS: { readonly [word: string]: Phrase } = {
  'area-unstated': w('gửi mọi cụm mà không ghi toàn tỉnh', 'to every cluster without saying so'),
  'has-document': w('lệnh đã có số văn bản', 'the order has a number'),
  'local-order': w('lệnh do công tắc tại cụm bật', 'brought up by a switch at the cluster'),
  'no-role': w('tài khoản không có quyền', 'the account may not'),
  'no-second-signature': w('thiếu chữ ký của người thứ hai', 'a second signature is missing'),
  'not-after': w('ký trước lệnh mà nó dẫn', 'signed before the order it refers to'),
  'not-just-signed': w('không phải vừa ký', 'not signed just now'),
  'not-yours': w('người khác ký', 'signed by another person'),
  'other-class': w('khác loại với lệnh nó dẫn', 'of another class than the order it refers to'),
  'other-status': w('lẫn lệnh thật với diễn tập', 'mixes real and exercise'),
  'other-words': w('khác chữ với lệnh đang chờ', 'other words than the order that waits'),
  'picture-missing': w('trung tâm chưa có ảnh', 'the picture is not at the hub'),
  'same-person': w('cùng một người ký hai lần', 'the same person twice'),
  'unknown-draft': w('không có bản tin này', 'no such draft'),
  'unknown-order': w('không có lệnh nó dẫn', 'the order it refers to does not exist'),
  'unknown-playlist': w('không có danh sách phát này', 'no such playlist'),
  'unknown-site': w('không có cụm này', 'no such cluster'),
  references: w('dẫn lệnh sai', 'refers wrongly to other orders'),
}
const REFUSALS = { ...ORDER_REFUSAL_NAMES, ...HUB_REFUSALS }
const STATUSES: { readonly [word: string]: Phrase } = {
  actual: w('thật', 'real'),
  exercise: w('diễn tập', 'exercise'),
  test: w('thử', 'test'),
}

/**
 * A line of the audit log for a reader: the closed words in it are said in the page's language, everything else (names, numbers, reasons that
 * people wrote) stands as it was recorded. What is not of this form is shown as it is.
 */
export const trailDetail = (action: string, detail: string, lang: Lang): string => {
  const [first = '', second = '', ...rest] = detail.split(' ')
  const tail = (from: readonly string[]): string => (from.length === 0 ? '' : ` ${from.join(' ')}`)
  if (action === 'order.refused')
    return `${nameOf(REFUSALS, first)[lang]}${tail(second === '' ? rest : [second, ...rest])}`
  if (action === 'order.ended') return `${nameOf(ORDER_END_NAMES, first)[lang]}${tail([second, ...rest])}`
  if (Object.hasOwn(ORDER_CLASS_NAMES, first) && Object.hasOwn(STATUSES, second))
    return `${nameOf(ORDER_CLASS_NAMES, first)[lang]}, ${nameOf(STATUSES, second)[lang]}${tail(rest)}`
  return halfOf(detail, lang)
}
