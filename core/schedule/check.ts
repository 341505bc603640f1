import type { DocumentFault } from '../base/check.ts'
import { dateAfter, dateOf, isDate, timeOf } from '../base/time.ts'
import { instant } from '../base/units.ts'
import type { Policy } from '../policy/policy.ts'
import { holdsOn, weekdayOfDate } from './dates.ts'
import type { BrightnessRule, Dates, Frame, ScheduleDocument } from './document.ts'
import { floorWarnings } from './floors.ts'

/** `faults` refuse the document; `warnings` are told to whoever plans (S4/8.1: a plan below the floor is warned of). */
export type ScheduleCheck = {
  readonly faults: readonly DocumentFault[]
  readonly warnings: readonly DocumentFault[]
}

/**
 * What the schema of a schedule document cannot say. Each fault names its place by JSON pointer. `policy` null: there is none at hand, so
 * neither its name nor its floors are judged, and dates are those of Việt Nam.
 */
export const checkSchedule = (document: ScheduleDocument, policy: Policy | null): ScheduleCheck => {
  const faults: DocumentFault[] = []
  const warnings: DocumentFault[] = []
  if (policy !== null && document.policy !== policy.id)
    faults.push({ where: '/policy', why: `is for policy ${document.policy}, in force is ${policy.id}` })
  duplicates(document.items.map((i) => i.item.id)).forEach((at) => {
    faults.push({ where: `/items/${at}/item/id`, why: `${document.items[at]?.item.id} is there twice` })
  })
  duplicates(document.playlists.map((p) => p.id)).forEach((at) => {
    faults.push({ where: `/playlists/${at}/id`, why: `${document.playlists[at]?.id} is there twice` })
  })
  duplicates(document.frames.map((f) => f.id)).forEach((at) => {
    faults.push({ where: `/frames/${at}/id`, why: `${document.frames[at]?.id} is there twice` })
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

/** Indexes of values that an earlier one equals. */
const duplicates = (ids: readonly string[]): readonly number[] => {
  const seen = new Set<string>()
  return ids.flatMap((id, i) => {
    const again = seen.has(id)
    seen.add(id)
    return again ? [i] : []
  })
}

const referenceFaults = (document: ScheduleDocument): readonly DocumentFault[] => {
  const items = new Set(document.items.map((i) => i.item.id))
  const playlists = new Set(document.playlists.map((p) => p.id))
  const faults: DocumentFault[] = []
  document.playlists.forEach((p, i) => {
    p.items.forEach((id, j) => {
      if (!items.has(id)) faults.push({ where: `/playlists/${i}/items/${j}`, why: `there is no item ${id}` })
    })
  })
  document.frames.forEach((f, i) => {
    if (!playlists.has(f.playlist))
      faults.push({ where: `/frames/${i}/playlist`, why: `there is no playlist ${f.playlist}` })
  })
  if (document.fallbackPlaylist !== null && !playlists.has(document.fallbackPlaylist))
    faults.push({ where: '/fallbackPlaylist', why: `there is no playlist ${document.fallbackPlaylist}` })
  return faults
}

const frameFaults = (document: ScheduleDocument): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  document.frames.forEach((f, i) => {
    faults.push(...spanFaults(f, `/frames/${i}`))
    const other = document.frames.findIndex((g, j) => j < i && overlap(f, g))
    if (other !== -1)
      faults.push({
        where: `/frames/${i}`,
        why: `${f.id} (${f.from}–${f.to}) overlaps ${document.frames[other]?.id} on the same ${f.dates === undefined ? 'weekday' : 'date'}`,
      })
  })
  return faults
}

/** Windows and energy rules may overlap: the first window gives the brightness, and the strictest rule holds. */
const windowFaults = (document: ScheduleDocument): readonly DocumentFault[] => [
  ...document.power.flatMap((w, i) => spanFaults(w, `/power/${i}`)),
  ...(document.energy ?? []).flatMap((r, i) => spanFaults(r, `/energy/${i}`)),
]

type Timed = { readonly from: string; readonly to: string; readonly dates?: Dates }

const spanFaults = (of: Timed, where: string): readonly DocumentFault[] => {
  const times =
    timeOf(of.from) >= timeOf(of.to)
      ? [{ where, why: `from ${of.from} is not before to ${of.to} (no crossing midnight)` }]
      : []
  if (of.dates === undefined) return times
  const wrong = (['from', 'to'] as const).filter((end) => of.dates !== undefined && !isDate(of.dates[end]))
  const dates: readonly DocumentFault[] =
    wrong.length > 0
      ? wrong.map((end) => ({ where: `${where}/dates/${end}`, why: `${of.dates?.[end]} is no date` }))
      : of.dates.from > of.dates.to
        ? [{ where: `${where}/dates`, why: `${of.dates.from} is after ${of.dates.to}` }]
        : []
  return [...times, ...dates]
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

const brightnessFaults = ({ by, nightCap }: BrightnessRule): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  if (by.way === 'sensor')
    by.curve.forEach((point, i) => {
      const before = by.curve[i - 1]
      if (before !== undefined && (point.lux <= before.lux || point.percent < before.percent))
        faults.push({
          where: `/brightness/by/curve/${i}`,
          why: `${point.lux} lux, ${point.percent} % does not rise above ${before.lux} lux, ${before.percent} %`,
        })
    })
  // A night crosses midnight, so only its emptiness is a fault.
  if (nightCap !== undefined && nightCap.from === nightCap.to)
    faults.push({ where: '/brightness/nightCap', why: `from and to are both ${nightCap.from}` })
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
