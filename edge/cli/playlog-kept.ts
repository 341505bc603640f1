import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { DayAggregate } from '#core/evidence/aggregate.ts'
import type { Budget } from '#core/evidence/budget.ts'
import { BYTE_ORDER_MARK, csvLine } from '#core/evidence/csv.ts'
import { readAggregates } from '../shell/aggregates.ts'
import { freeBytesOf, measure, readKeptBudget } from '../shell/budget.ts'
import { createVerify } from '../shell/crypto.ts'
import { realFs } from '../shell/playlog-fs.ts'
import { type Opened, type Out, type Span, wrong, ZONE } from './playlog-open.ts'

type AskDays = Opened & { readonly span: Span | null; readonly as: 'text' | 'json' | 'csv'; readonly bom: boolean }

/** The signed lines of `<data>/aggregates`, each checked; exit 1 when one does not hold. */
export const aggregates = (ask: AskDays, io: Out): number => {
  const dir = join(ask.dir, '..', 'aggregates')
  if (!existsSync(dir)) return wrong(io, `${dir}: chưa có số liệu ngày nào`, 'there are no daily aggregates yet')
  const { site, publicKey, earlierKeys } = ask.identity
  const judge = { site, publicKeys: [publicKey, ...earlierKeys], verify: createVerify() }
  const { days: all, faults } = readAggregates(realFs, dir, judge)
  const within = ({ day }: { readonly day: DayAggregate }) =>
    ask.span === null || (day.day.date >= dateAt(ask.span.from) && day.day.date < dateAfter(ask.span.to))
  const days = all.filter(within).map(({ day }) => day)
  if (ask.as === 'json') io.out(`${JSON.stringify({ site, days, faults }, null, 2)}\n`)
  else if (ask.as === 'csv') {
    io.out(`${ask.bom ? BYTE_ORDER_MARK : ''}${csvLine(COLUMNS.map(([name]) => name))}`)
    for (const day of days) io.out(csvLine(COLUMNS.map(([, of]) => of(day))))
  } else {
    for (const day of days) io.out(inOneLine(day))
    io.out(`${days.length} ngày · days, ${site}\n`)
  }
  for (const { file, line, why } of faults)
    io.err(`${file}, dòng ${line}: không đúng · ${file}, line ${line}: ${why}\n`)
  return faults.length === 0 ? 0 : 1
}

const dateAt = (wall: number): string => dateOf(instant(wall), ZONE.offsetMinutes)
/** A span that ends within a day holds that day. */
const dateAfter = (wall: number): string => dateAt(wall - 1 + 86_400_000)

type PeriodColumn =
  | 'delivered'
  | 'emergency'
  | 'ads'
  | 'other'
  | 'dark'
  | 'faulted'
  | 'displaced'
  | 'ordered'
  | 'elapsed'
const sum = (day: DayAggregate, column: PeriodColumn, period?: string): number =>
  day.day.periods.filter((p) => period === undefined || p.period === period).reduce((ms, p) => ms + p[column], 0)
const seconds = (ms: number): number => ms / 1000
const pairs = (sums: Readonly<Record<string, number>>): string =>
  Object.entries(sums)
    .map(([key, ms]) => `${key}=${seconds(ms)}`)
    .join(' ')

type Cell = string | number | null
const COLUMNS: readonly (readonly [string, (day: DayAggregate) => Cell])[] = [
  ['Ngày · Date', (d) => d.day.date],
  ['Cụm · Site', (d) => d.site],
  ['Thông tin công cộng sáng (giây) · Public information, morning (s)', (d) => seconds(sum(d, 'delivered', 'morning'))],
  [
    'Thông tin công cộng chiều (giây) · Public information, afternoon (s)',
    (d) => seconds(sum(d, 'delivered', 'afternoon')),
  ],
  ['Thông tin công cộng cả ngày (giây) · Public information, whole day (s)', (d) => seconds(sum(d, 'delivered'))],
  ['Khẩn cấp (giây) · Emergency (s)', (d) => seconds(sum(d, 'emergency'))],
  ['Quảng cáo (giây) · Advertising (s)', (d) => seconds(sum(d, 'ads'))],
  ['Khác (giây) · Other (s)', (d) => seconds(sum(d, 'other'))],
  ['Tối có chủ ý (giây) · Dark on purpose (s)', (d) => seconds(sum(d, 'dark'))],
  ['Lỗi (giây) · Faulted (s)', (d) => seconds(sum(d, 'faulted'))],
  ['Bị lệnh thay (giây) · Displaced (s)', (d) => seconds(sum(d, 'displaced'))],
  ['Do cơ quan đầu mối (giây) · Supplied by lead (s)', (d) => seconds(d.day.suppliedByLead)],
  ['Theo loại · By category', (d) => pairs(d.day.byCategory)],
  ['Theo ngôn ngữ · By language', (d) => pairs(d.day.byLanguage)],
  ['Theo đơn vị cung cấp · By supplier', (d) => pairs(d.bySupplier)],
  [
    'Lệnh · Orders',
    (d) =>
      Object.entries(d.day.orders)
        .map(([id, o]) => `${id}=${seconds(o.ms)} (${o.document ?? '–'})`)
        .join('; '),
  ],
  ['Màn hình sáng (giây) · Display lit (s)', (d) => seconds(d.runtime.litMs)],
  [
    'Điện năng ước tính (kWh) · Estimated energy (kWh)',
    (d) => (d.milliwattHours === null ? null : d.milliwattHours / 1e6),
  ],
  ['Số lần bật · Starts', (d) => d.runtime.powerStarts],
  ['Lượt phát · Plays', (d) => d.plays],
  ['Bị từ chối · Refused', (d) => d.refusals],
  ['Sự cố · Incidents', (d) => d.incidents],
  ['Bản ghi · Records', (d) => `${d.records.first}..${d.records.last}`],
  ['Niêm phong · Seal', (d) => d.seals.map((s) => s.head).join(' ')],
]

const hours = (ms: number): string => (ms / 3_600_000).toFixed(2)
const inOneLine = (d: DayAggregate): string =>
  `${d.day.date}  công cộng · public ${hours(sum(d, 'delivered'))} h (${d.day.periods
    .map((p) => `${p.period} ${hours(p.delivered)}`)
    .join(
      ', ',
    )}), quảng cáo · ads ${hours(sum(d, 'ads'))}, lỗi · faulted ${hours(sum(d, 'faulted'))}, bị thay · displaced ${hours(
    sum(d, 'displaced'),
  )}, sáng · lit ${hours(d.runtime.litMs)} h, ${d.plays} lượt · plays${d.seals.length === 0 ? ', CHƯA NIÊM PHONG · NOT SEALED' : ''}\n`

/** Exit 1 while the disk will be full within its forecast. */
export const budget = (ask: Opened & { readonly as: 'text' | 'json' | 'csv' }, now: number, io: Out): number => {
  const data = join(ask.dir, '..')
  const found = measure({
    segments: ask.segments,
    usedBytes: ask.segments.reduce((bytes, s) => bytes + s.bytes, 0),
    freeBytes: freeBytesOf(data),
    // A log that was copied elsewhere is judged by its own days.
    today: [dateAt(now), ask.segments.at(-1)?.date ?? ''].toSorted().at(-1) ?? '',
    kept: readKeptBudget(realFs, data),
  })
  if (ask.as === 'json') io.out(`${JSON.stringify({ site: ask.identity.site, ...found }, null, 2)}\n`)
  else io.out(budgetText(ask.identity.site, found))
  return found.daysLeft === null ? 0 : 1
}

const mb = (bytes: number | null): string => (bytes === null ? '–' : `${(bytes / 1_000_000).toFixed(1)} MB`)
const BASIS: { readonly [B in Budget['basis']]: string } = {
  measured: 'đo được · measured',
  schedule: 'ước theo lịch · estimated from the schedule',
  none: 'chưa biết · not known yet',
}

/** A figure that nobody knows yet is a dash: 0.0 MB would read as if the log took no room. */
const budgetText = (site: string, b: Budget): string => {
  const known = (bytes: number): string => mb(b.basis === 'none' ? null : bytes)
  return [
    `${site}`,
    `  Nhật ký mỗi ngày · log a day        ${known(b.bytesPerDay)} (${BASIS[b.basis]})`,
    `  Thứ khác tăng mỗi ngày · the rest   ${mb(b.otherBytesPerDay === 0 ? null : b.otherBytesPerDay)}`,
    `  Cần cho ${b.keptDays} ngày · needed           ${known(b.neededBytes)}`,
    `  Đang dùng · used                    ${mb(b.usedBytes)}`,
    `  Còn trống · free                    ${mb(b.freeBytes)}`,
    b.fullOn === null
      ? `  ${b.fits === true ? 'ĐỦ CHỖ · IT FITS' : 'Chưa biết có đủ không · not known whether it fits'}`
      : `  SẼ ĐẦY · WILL BE FULL               ${b.fullOn} (${b.daysLeft} ngày · days)`,
    '',
  ].join('\n')
}
