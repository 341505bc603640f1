import type { DocumentFault } from '../base/check.ts'
import { dateAfter, dateOf, isDate, timeOf } from '../base/time.ts'
import { instant } from '../base/units.ts'
import type { Policy } from '../policy/policy.ts'
import { holdsOn, weekdayOfDate } from './dates.ts'
import type { BrightnessRule, Dates, Frame, ScheduleDocument } from './document.ts'
import { floorWarnings } from './floors.ts'

/** `vi`: the same as `why`, for whoever plans. `dangling`: it names what is not there. */
export type ScheduleFault = DocumentFault & { readonly vi: string; readonly dangling: boolean }

/** `faults` refuse the document; `warnings` are told to whoever plans (S4/8.1: a plan below the floor is warned of). */
export type ScheduleCheck = {
  readonly faults: readonly ScheduleFault[]
  readonly warnings: readonly DocumentFault[]
}

/**
 * What the schema of a schedule document cannot say. Each fault names its place by JSON pointer. `policy` null: there is none at hand, so
 * neither its name nor its floors are judged, and dates are those of Việt Nam.
 */
export const checkSchedule = (document: ScheduleDocument, policy: Policy | null): ScheduleCheck => {
  const faults: ScheduleFault[] = []
  const warnings: DocumentFault[] = []
  if (policy !== null && document.policy !== policy.id)
    faults.push(
      wrong('/policy', {
        vi: `theo quy định ${document.policy}, đang áp dụng ${policy.id}`,
        why: `is for policy ${document.policy}, in force is ${policy.id}`,
      }),
    )
  duplicates(document.items.map((i) => i.item.id)).forEach((at) => {
    faults.push(twice(`/items/${at}/item/id`, document.items[at]?.item.id))
  })
  duplicates(document.playlists.map((p) => p.id)).forEach((at) => {
    faults.push(twice(`/playlists/${at}/id`, document.playlists[at]?.id))
  })
  duplicates(document.frames.map((f) => f.id)).forEach((at) => {
    faults.push(twice(`/frames/${at}/id`, document.frames[at]?.id))
  })
  faults.push(...referenceFaults(document), ...frameFaults(document), ...windowFaults(document))
  if (document.brightness !== undefined) faults.push(...brightnessFaults(document.brightness))
  warnings.push(
    ...itemWarnings(document),
    ...pastWarnings(document, dateOf(instant(document.issuedAt), offsetOf(policy))),
  )
  if (faults.length === 0 && policy !== null) warnings.push(...floorWarnings(document, policy))
  return { faults, warnings }
}

type Said = { readonly vi: string; readonly why: string }
const wrong = (where: string, said: Said): ScheduleFault => ({ where, ...said, dangling: false })
const absent = (where: string, said: Said): ScheduleFault => ({ where, ...said, dangling: true })
const twice = (where: string, id = ''): ScheduleFault =>
  wrong(where, { vi: `mã ${id} có hai lần`, why: `${id} is there twice` })

/** Indexes of values that an earlier one equals. */
const duplicates = (ids: readonly string[]): readonly number[] => {
  const seen = new Set<string>()
  return ids.flatMap((id, i) => {
    const again = seen.has(id)
    seen.add(id)
    return again ? [i] : []
  })
}

const referenceFaults = (document: ScheduleDocument): readonly ScheduleFault[] => {
  const items = new Set(document.items.map((i) => i.item.id))
  const playlists = new Set(document.playlists.map((p) => p.id))
  const noPlaylist = (where: string, id: string) =>
    absent(where, { vi: `không có danh sách ${id}`, why: `there is no playlist ${id}` })
  const faults: ScheduleFault[] = []
  document.playlists.forEach((p, i) => {
    p.items.forEach((id, j) => {
      const where = `/playlists/${i}/items/${j}`
      if (!items.has(id)) faults.push(absent(where, { vi: `không có nội dung ${id}`, why: `there is no item ${id}` }))
    })
  })
  document.frames.forEach((f, i) => {
    if (!playlists.has(f.playlist)) faults.push(noPlaylist(`/frames/${i}/playlist`, f.playlist))
  })
  if (document.fallbackPlaylist !== null && !playlists.has(document.fallbackPlaylist))
    faults.push(noPlaylist('/fallbackPlaylist', document.fallbackPlaylist))
  return faults
}

const frameFaults = (document: ScheduleDocument): readonly ScheduleFault[] => {
  const faults: ScheduleFault[] = []
  document.frames.forEach((f, i) => {
    faults.push(...spanFaults(f, `/frames/${i}`))
    const other = document.frames.find((g, j) => j < i && overlap(f, g))
    if (other !== undefined)
      faults.push(
        wrong(`/frames/${i}`, {
          vi: `khung ${f.id} (${f.from}–${f.to}) trùng giờ với khung ${other.id}`,
          why: `${f.id} (${f.from}–${f.to}) overlaps ${other.id} on the same ${f.dates === undefined ? 'weekday' : 'date'}`,
        }),
      )
  })
  return faults
}

/** Windows and energy rules may overlap: the first window gives the brightness, and the strictest rule holds. */
const windowFaults = (document: ScheduleDocument): readonly ScheduleFault[] => [
  ...document.power.flatMap((w, i) => spanFaults(w, `/power/${i}`)),
  ...(document.energy ?? []).flatMap((r, i) => spanFaults(r, `/energy/${i}`)),
]

type Timed = { readonly from: string; readonly to: string; readonly dates?: Dates }

const spanFaults = (of: Timed, where: string): readonly ScheduleFault[] => {
  const { dates } = of
  const times =
    timeOf(of.from) < timeOf(of.to)
      ? []
      : [
          wrong(where, {
            vi: `giờ đầu ${of.from} không trước giờ cuối ${of.to} (qua nửa đêm thì chia hai)`,
            why: `from ${of.from} is not before to ${of.to} (no crossing midnight)`,
          }),
        ]
  if (dates === undefined) return times
  const noDates = (['from', 'to'] as const).filter((end) => !isDate(dates[end]))
  if (noDates.length > 0)
    return [
      ...times,
      ...noDates.map((end) =>
        wrong(`${where}/dates/${end}`, { vi: `không có ngày ${dates[end]}`, why: `${dates[end]} is no date` }),
      ),
    ]
  if (dates.from <= dates.to) return times
  const said = { vi: `ngày ${dates.from} sau ngày ${dates.to}`, why: `${dates.from} is after ${dates.to}` }
  return [...times, wrong(`${where}/dates`, said)]
}

/** Only among equals: a dated frame takes what it overlaps of undated ones, and that is no fault. */
const overlap = (a: Frame, b: Frame): boolean =>
  (a.dates === undefined) === (b.dates === undefined) &&
  timeOf(a.from) < timeOf(b.to) &&
  timeOf(b.from) < timeOf(a.to) &&
  meet(a, b)

/** Is there a date on which both hold? Of seven dates in a row every weekday is one. */
const meet = (a: Frame, b: Frame): boolean => {
  const weekdays = a.weekdays.filter((d) => b.weekdays.includes(d))
  if (a.dates === undefined || b.dates === undefined) return weekdays.length > 0
  const from = [a.dates.from, b.dates.from].toSorted()[1] ?? a.dates.from
  for (let n = 0; n < 7 && isDate(from); n++) {
    const date = dateAfter(from, n)
    if (weekdays.includes(weekdayOfDate(date)) && holdsOn(a.dates, date) && holdsOn(b.dates, date)) return true
  }
  return false
}

const brightnessFaults = ({ by, nightCap }: BrightnessRule): readonly ScheduleFault[] => {
  const faults: ScheduleFault[] = []
  if (by.way === 'sensor')
    by.curve.forEach((point, i) => {
      const before = by.curve[i - 1]
      if (before !== undefined && (point.lux <= before.lux || point.percent < before.percent))
        faults.push(
          wrong(`/brightness/by/curve/${i}`, {
            vi: `các điểm độ sáng phải tăng dần: ${point.lux} lux, ${point.percent} % đứng sau ${before.lux} lux, ${before.percent} %`,
            why: `${point.lux} lux, ${point.percent} % does not rise above ${before.lux} lux, ${before.percent} %`,
          }),
        )
    })
  // A night crosses midnight, so only its emptiness is a fault.
  if (nightCap !== undefined && nightCap.from === nightCap.to)
    faults.push(
      wrong('/brightness/nightCap', {
        vi: `giờ đầu và giờ cuối đều là ${nightCap.from}`,
        why: `from and to are both ${nightCap.from}`,
      }),
    )
  return faults
}

const offsetOf = (policy: Policy | null): number => policy?.zone.offsetMinutes ?? 420

/** Told to whoever plans: what is dated and over will never hold again. */
const pastWarnings = (document: ScheduleDocument, today: string): readonly DocumentFault[] => {
  const past = (list: readonly { readonly dates?: Dates }[], name: string): readonly DocumentFault[] =>
    list.flatMap(({ dates }, i) =>
      dates !== undefined && dates.to < today
        ? [{ where: `/${name}/${i}/dates`, why: `is over since ${dates.to}; today is ${today}` }]
        : [],
    )
  return [
    ...past(document.frames, 'frames'),
    ...past(document.power, 'power'),
    ...past(document.energy ?? [], 'energy'),
  ]
}

const itemWarnings = (document: ScheduleDocument): readonly DocumentFault[] => {
  const used = new Set(document.playlists.flatMap((p) => p.items))
  const warnings: DocumentFault[] = []
  document.items.forEach(({ item }, i) => {
    if (!used.has(item.id)) warnings.push({ where: `/items/${i}`, why: `${item.id} is in no playlist` })
    if (item.validFrom >= item.validTo)
      warnings.push({ where: `/items/${i}/item/validTo`, why: `${item.id} is never valid` })
  })
  if (document.frames.length === 0) warnings.push({ where: '/frames', why: 'there is no frame at all' })
  if (document.power.length === 0)
    warnings.push({ where: '/power', why: 'no power window: the screen is on all day and night' })
  return warnings
}
