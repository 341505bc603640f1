import { formatInstant } from '../base/time.ts'
import { instant } from '../base/units.ts'
import type { PlayAnswer } from '../contract/operations.ts'

/** Text as a table for spreadsheets (RFC 4180: CRLF, quotes doubled), Vietnamese headings with the English beside them. */

/** In front of UTF-8 that a spreadsheet program would otherwise take for something else. */
export const BYTE_ORDER_MARK = '\uFEFF'

/**
 * One cell. A text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a line end) gets an apostrophe in front, which
 * programs show as text: titles and suppliers come from many hands. Numbers are given as numbers and stay so.
 */
const cell = (value: string | number | boolean | null): string => {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = /^[=+\-@\t\r\n\uFF0B\uFF0D\uFF1D\uFF20]/.test(value) ? `'${value}` : value
  return /[",\r\n;\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvLine = (values: readonly (string | number | boolean | null)[]): string =>
  `${values.map(cell).join(',')}\r\n`

type Zone = { readonly offsetMinutes: number }
type Column<T> = readonly [vi: string, en: string, of: (row: T, zone: Zone) => string | number | boolean | null]

const time = (wall: number | null, zone: Zone): string | null =>
  wall === null ? null : formatInstant(instant(wall), zone.offsetMinutes)
const yes = (value: boolean): string => (value ? 'có · yes' : 'không · no')

const PLAY_COLUMNS: readonly Column<PlayAnswer>[] = [
  ['Cụm', 'Site', (p) => p.site],
  ['Bắt đầu', 'From', (p, zone) => time(p.from, zone)],
  ['Kết thúc', 'To', (p, zone) => time(p.to, zone)],
  ['Thời lượng (giây)', 'Seconds', (p) => (p.ms === null ? null : p.ms / 1000)],
  ['Mã nội dung', 'Item', (p) => p.item],
  ['Tên nội dung', 'Title', (p) => p.title],
  ['Loại (Điều 7)', 'Category (Art. 7)', (p) => p.category],
  ['Ngôn ngữ', 'Languages', (p) => p.languages.join(' ')],
  ['Đơn vị cung cấp', 'Supplier', (p) => p.supplier],
  ['Cơ quan đầu mối cung cấp', 'Supplied by lead', (p) => yes(p.suppliedByLead)],
  ['Văn bản', 'Document', (p) => p.document],
  ['Lệnh', 'Order', (p) => p.order],
  ['Mức ưu tiên', 'Rank', (p) => p.rank],
  ['Vì sao', 'Why', (p) => p.why],
  ['Kết thúc vì', 'Ended because', (p) => p.cause],
  ['Bằng chứng', 'Proof', (p) => p.proof],
  ['Màn hình', 'Display', (p) => p.lit],
  ['Đồng hồ', 'Clock', (p) => p.clock],
  ['SHA-256', 'SHA-256', (p) => p.hash],
  ['Lượt phát', 'Play', (p) => p.play],
  ['Bản ghi', 'Records', (p) => `${p.records.open}${p.records.close === null ? '' : `..${p.records.close}`}`],
]

export const playHeader = (): string => csvLine(PLAY_COLUMNS.map(([vi, en]) => (vi === en ? vi : `${vi} · ${en}`)))
export const playLine = (play: PlayAnswer, zone: Zone): string =>
  csvLine(PLAY_COLUMNS.map(([, , of]) => of(play, zone)))
