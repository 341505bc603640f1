import type { DocumentFault } from '../base/check.ts'
import { parseTimeOfDay } from '../base/time.ts'
import { countsTowardFloor } from '../content/category.ts'
import type { Policy } from '../policy/policy.ts'
import type { Frame, PowerWindow, ScheduleDocument } from './document.ts'

/** `faults` refuse the document; `warnings` are told to whoever plans (S4/8.1: a plan below the floor is warned of). */
export type ScheduleCheck = {
  readonly faults: readonly DocumentFault[]
  readonly warnings: readonly DocumentFault[]
}

const WEEKDAYS_VI = ['Chủ nhật', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy'] as const

/** What the schema of a schedule document cannot say. Each fault names its place by JSON pointer. */
export const checkSchedule = (document: ScheduleDocument, policy: Policy): ScheduleCheck => {
  const faults: DocumentFault[] = []
  const warnings: DocumentFault[] = []
  if (document.policy !== policy.id)
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
  faults.push(...referenceFaults(document), ...frameFaults(document), ...powerFaults(document.power))
  warnings.push(...itemWarnings(document))
  if (faults.length === 0) warnings.push(...floorWarnings(document, policy))
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

const timeOf = (text: string): number => parseTimeOfDay(text) ?? 0

const frameFaults = (document: ScheduleDocument): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  document.frames.forEach((f, i) => {
    if (timeOf(f.from) >= timeOf(f.to))
      faults.push({ where: `/frames/${i}`, why: `from ${f.from} is not before to ${f.to}` })
    const other = document.frames.findIndex((g, j) => j < i && overlap(f, g))
    if (other !== -1)
      faults.push({
        where: `/frames/${i}`,
        why: `${f.id} (${f.from}–${f.to}) overlaps ${document.frames[other]?.id} on the same weekday`,
      })
  })
  return faults
}

const overlap = (a: Frame, b: Frame): boolean =>
  a.weekdays.some((d) => b.weekdays.includes(d)) && timeOf(a.from) < timeOf(b.to) && timeOf(b.from) < timeOf(a.to)

const powerFaults = (windows: readonly PowerWindow[]): readonly DocumentFault[] =>
  windows.flatMap((w, i) =>
    timeOf(w.from) >= timeOf(w.to) ? [{ where: `/power/${i}`, why: `from ${w.from} is not before to ${w.to}` }] : [],
  )

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

/** Per weekday and period: propaganda frames while powered, less the advertising share of their playlists, against the floor. */
const floorWarnings = (document: ScheduleDocument, policy: Policy): readonly DocumentFault[] => {
  const warnings: DocumentFault[] = []
  for (let weekday = 0; weekday <= 6; weekday++)
    for (const period of policy.periods) {
      if (period.floorMs === 0) continue
      const planned = Math.round(plannedMs(document, weekday, timeOf(period.from), timeOf(period.to)))
      if (planned < period.floorMs)
        warnings.push({
          where: '/frames',
          why: `${WEEKDAYS_VI[weekday]}, ${period.period}: ${planned} ms of public information planned, ${period.floorMs} ms owed (${period.source})`,
        })
    }
  return warnings
}

const plannedMs = (document: ScheduleDocument, weekday: number, from: number, to: number): number =>
  document.frames
    .filter((f) => f.purpose === 'propaganda' && f.weekdays.includes(weekday))
    .reduce((sum, f) => {
      const start = Math.max(from, timeOf(f.from))
      const end = Math.min(to, timeOf(f.to))
      return sum + publicShare(document, f.playlist) * poweredOn(document.power, weekday, start, end)
    }, 0)

/** Of one lap of the playlist, the part that feeds the floor. */
const publicShare = (document: ScheduleDocument, playlist: string): number => {
  const ids = document.playlists.find((p) => p.id === playlist)?.items ?? []
  let counting = 0
  let all = 0
  for (const id of ids) {
    const item = document.items.find((i) => i.item.id === id)?.item
    if (item === undefined) continue
    all += item.durationMs
    if (countsTowardFloor(item.category)) counting += item.durationMs
  }
  return all === 0 ? 0 : counting / all
}

const poweredOn = (windows: readonly PowerWindow[], weekday: number, from: number, to: number): number => {
  if (from >= to) return 0
  const edges = [from, ...windows.flatMap((w) => [timeOf(w.from), timeOf(w.to)]), to]
    .filter((t) => t >= from && t <= to)
    .toSorted((a, b) => a - b)
  const lit = (at: number) =>
    windows.length === 0 ||
    windows.some((w) => w.weekdays.includes(weekday) && timeOf(w.from) <= at && at < timeOf(w.to))
  return edges.reduce((ms, edge, i) => {
    const next = edges[i + 1]
    return next !== undefined && lit(edge) ? ms + next - edge : ms
  }, 0)
}
