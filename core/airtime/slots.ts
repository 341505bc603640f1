import { dateOf, startOfDay, timeOf, weekdayOf } from '../base/time.ts'
import type { Reading } from '../base/units.ts'
import type { Item } from '../content/item.ts'
import type { PeriodStatus } from '../contract/link.ts'
import type { SiteFacts } from '../engine/site.ts'
import type { DayShape } from '../policy/check.ts'
import type { Policy } from '../policy/policy.ts'
import { isFor } from '../schedule/dates.ts'
import type { Frame, ScheduleDocument } from '../schedule/document.ts'
import { frameAt, nextFrameStart } from '../schedule/frames.ts'
import { makeUpPlaylists } from './makeup.ts'
import { owingNow } from './owed.ts'

/** A playlist that may have the screen now, and for how long. */
export type Slot = {
  readonly playlist: string
  readonly frame: string | null
  readonly rank: 'normal' | 'fallback'
  readonly leftMs: number
  /** Only what feeds the floor: it is made up, or nobody knows the time. */
  readonly isPublicOnly: boolean
  readonly why: string
}

export type SlotInput = {
  readonly schedule: ScheduleDocument
  readonly items: Readonly<Record<string, Item>>
  readonly policy: Policy
  readonly site: Pick<SiteFacts, 'clusterClass'>
  readonly now: Reading
  readonly owed: () => readonly PeriodStatus[]
}

/**
 * The playlists that may have the screen, first come first served: the frame's own; while the period owes something, the propaganda
 * playlists it is made up from (in a frame only once its own has nothing that may play; outside of frames where the policy says so); the
 * fallback. With an unset clock nobody knows the frame: a propaganda playlist, and the fallback behind it. Where playlists compete for one
 * slot at a border gate, those with external information go first (Art. 7.4).
 */
export function* slotsAt(input: SlotInput, shape: DayShape): Generator<Slot> {
  const { schedule, policy, now } = input
  if (now.quality === 'unset') return yield* blindSlots(input)
  const here = frameAt(schedule.frames, policy.zone, now.wall)
  const next = here === null ? nextFrameStart(schedule.frames, policy.zone, now.wall) : here.to
  const leftMs = next === null ? Number.MAX_SAFE_INTEGER : next - now.wall
  for (const frame of here === null ? [] : rivals(input, here.frame)) {
    const why = `Khung giờ ${frame.id} (${frame.from}–${frame.to})`
    yield { playlist: frame.playlist, frame: frame.id, rank: 'normal', leftMs, isPublicOnly: false, why }
  }
  const mayMakeUp = here !== null || policy.makeUp.outsideFrames
  if (mayMakeUp && owingNow(shape, input.owed(), now) !== undefined) {
    const where = here === null ? 'ngoài khung giờ' : `vì khung giờ ${here.frame.id} không có`
    const why = `Phát bù thông tin tuyên truyền còn nợ ${where}`
    for (const playlist of inOrder(input, makeUpPlaylists(schedule.frames, policy.zone, now.wall)))
      yield { playlist, frame: null, rank: 'normal', leftMs, isPublicOnly: true, why }
  }
  const why = here === null ? 'Ngoài khung giờ' : `Khung giờ ${here.frame.id} không có nội dung phát được`
  if (schedule.fallbackPlaylist !== null)
    yield { playlist: schedule.fallbackPlaylist, frame: null, rank: 'fallback', leftMs, isPublicOnly: false, why }
}

function* blindSlots({ schedule }: SlotInput): Generator<Slot> {
  const leftMs = Number.MAX_SAFE_INTEGER
  const any = schedule.frames.find((f) => f.purpose === 'propaganda')
  const slot = { frame: null, leftMs, isPublicOnly: true }
  const why = 'Đồng hồ chưa tin cậy nên chỉ phát thông tin tuyên truyền'
  if (any !== undefined) yield { ...slot, playlist: any.playlist, rank: 'normal', why }
  if (schedule.fallbackPlaylist !== null)
    yield { ...slot, playlist: schedule.fallbackPlaylist, rank: 'fallback', why: 'Ngoài khung giờ' }
}

/**
 * The frame that holds, and at a border gate those of the same rank that overlap it now, external information first. A checked document has no
 * such overlap; the edge plays what it was given.
 */
const rivals = (input: SlotInput, here: Frame): readonly Frame[] => {
  const { schedule, policy, now } = input
  if (!isBorder(input) || schedule.frames.length === 1) return [here]
  const { offsetMinutes } = policy.zone
  const day = { date: dateOf(now.wall, offsetMinutes), weekday: weekdayOf(now.wall, offsetMinutes) }
  const time = now.wall - startOfDay(now.wall, offsetMinutes)
  const others = schedule.frames.filter(
    (f) =>
      f !== here &&
      (f.dates === undefined) === (here.dates === undefined) &&
      isFor(f, day) &&
      timeOf(f.from) <= time &&
      time < timeOf(f.to),
  )
  return others.length === 0 ? [here] : externalFirst(input, [here, ...others], (f) => f.playlist)
}

const isBorder = ({ policy, site }: SlotInput): boolean =>
  policy.borderPrefersExternal.value && site.clusterClass === 'BORDER_GATE'

/** Art. 7.4: stable, so that among equals the nearest stays first. */
const inOrder = (input: SlotInput, playlists: readonly string[]): readonly string[] =>
  isBorder(input) && playlists.length > 1 ? externalFirst(input, playlists, (id) => id) : playlists

const externalFirst = <T>(input: SlotInput, all: readonly T[], playlistOf: (one: T) => string): readonly T[] => {
  const external = (one: T): boolean =>
    input.schedule.playlists
      .find((p) => p.id === playlistOf(one))
      ?.items.some((id) => input.items[id]?.category === 'A7_4_EXTERNAL_INFO') ?? false
  return [...all.filter(external), ...all.filter((one) => !external(one))]
}
