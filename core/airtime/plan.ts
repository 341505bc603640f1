import { err, ok, type Result } from '../base/result.ts'
import type { Reading } from '../base/units.ts'
import type { Item } from '../content/item.ts'
import type { PeriodStatus } from '../contract/link.ts'
import { checkForm, checkWindow } from '../contract/verify.ts'
import type { SiteFacts } from '../engine/site.ts'
import type { ItemRefusal } from '../evidence/record.ts'
import type { DayPeriod, Policy } from '../policy/policy.ts'
import type { Playlist, ScheduleDocument } from '../schedule/document.ts'
import { frameAt, nextFrameStart } from '../schedule/frames.ts'
import { affordable } from './owed.ts'

/** Per playlist: how many places of its lap have been passed. Survives in memory only; a restart begins each lap anew. */
export type Cursor = Readonly<Record<string, number>>

export type PlanInput = {
  readonly schedule: ScheduleDocument
  /** Items whose approval holds, by id. */
  readonly items: Readonly<Record<string, Item>>
  readonly policy: Policy
  readonly site: SiteFacts
  readonly now: Reading
  readonly owed: readonly PeriodStatus[]
  /** What mourning or an order forbids. */
  readonly restrict: { readonly ads: boolean; readonly entertainment: boolean }
  /** `missing`: not on this edge yet; `broken`: the player could not show it. */
  readonly ready: (item: Item) => 'ready' | 'missing' | 'broken'
  readonly cursor: Cursor
  /** Advertising shown in the sixty minutes before now, milliseconds. */
  readonly adsThisHourMs: number
  /** Since the last advertisement ended, milliseconds; null when there was none. */
  readonly sinceLastAdMs: number | null
}

export type Choice = {
  readonly item: Item
  readonly playlist: string
  readonly frame: string | null
  readonly rank: 'normal' | 'fallback'
  /** One Vietnamese sentence: why this and not something else. */
  readonly why: string
  /** At most this long: the item's own length, cut at the end of the frame or where the next frame begins. */
  readonly maxMs: number
}

export type Skip = { readonly item: string; readonly reason: ItemRefusal; readonly detail: string }

export type Plan = {
  /** Null: nothing may play now, so the standing page does. */
  readonly choice: Choice | null
  readonly cursor: Cursor
  /** Refusals met on the way; advertising passed over for its rules is none of them. */
  readonly skipped: readonly Skip[]
}

const PERIOD_NAMES: { readonly [P in DayPeriod]: string } = {
  morning: 'sáng',
  afternoon: 'chiều',
  evening: 'tối',
  night: 'đêm',
}

/**
 * What the schedule wants on the screen now: the frame's playlist in turn, else the fallback playlist, else nothing. Each playlist is
 * gone through at most once per call. Pure, total and deterministic.
 */
export const choose = (input: PlanInput): Plan => {
  const skipped: Skip[] = []
  let cursor = input.cursor
  for (const slot of slotsAt(input)) {
    const playlist = input.schedule.playlists.find((p) => p.id === slot.playlist)
    if (playlist === undefined) continue
    const lap = runLap({ ...input, cursor }, playlist, slot)
    skipped.push(...lap.skipped)
    cursor = lap.cursor
    if (lap.choice !== null) return { choice: lap.choice, cursor, skipped: distinct(skipped) }
  }
  return { choice: null, cursor, skipped: distinct(skipped) }
}

/**
 * May this item be shown at this site now, by its dates, permit, form and the policy? Says nothing of files, turns or floors.
 * Reasons: Art. 8.3 (permit), 7.2.g against 7.5, half-open validity.
 */
export const itemPlayable = (
  item: Item,
  site: Pick<SiteFacts, 'id'>,
  policy: Policy,
  now: Pick<Reading, 'wall' | 'quality'>,
): Result<null, { readonly reason: ItemRefusal; readonly detail: string }> => {
  const form = checkForm(item)
  if (!form.ok) return err({ reason: form.error.reason, detail: form.error.detail })
  const window = checkWindow(item, {
    site: site.id,
    at: now.wall,
    trusted: now.quality !== 'unset',
    adsNeedPermit: policy.advertising.needsPermit,
  })
  return window.ok ? ok(null) : err({ reason: window.error.reason, detail: window.error.detail })
}

type Slot = {
  readonly playlist: string
  readonly frame: string | null
  readonly rank: 'normal' | 'fallback'
  readonly leftMs: number
  readonly why: string
}

/** With an unset clock nobody knows the frame: the propaganda playlist then plays, and the fallback behind it. */
const slotsAt = (input: PlanInput): readonly Slot[] => {
  const { schedule, policy, now } = input
  const slots: Slot[] = []
  const unset = now.quality === 'unset'
  const here = unset ? null : frameAt(schedule.frames, policy.zone, now.wall)
  if (here !== null)
    slots.push({
      playlist: here.frame.playlist,
      frame: here.frame.id,
      rank: 'normal',
      leftMs: here.to - now.wall,
      why: `Khung giờ ${here.frame.id} (${here.frame.from}–${here.frame.to})`,
    })
  const any = unset ? schedule.frames.find((f) => f.purpose === 'propaganda') : undefined
  const open = here === null && !unset ? nextFrameStart(schedule.frames, policy.zone, now.wall) : null
  const leftMs = here !== null ? here.to - now.wall : open !== null ? open - now.wall : Number.MAX_SAFE_INTEGER
  if (any !== undefined)
    slots.push({
      playlist: any.playlist,
      frame: null,
      rank: 'normal',
      leftMs,
      why: 'Đồng hồ chưa tin cậy nên chỉ phát thông tin tuyên truyền',
    })
  if (schedule.fallbackPlaylist !== null)
    slots.push({
      playlist: schedule.fallbackPlaylist,
      frame: null,
      rank: 'fallback',
      leftMs,
      why: here === null ? 'Ngoài khung giờ' : `Khung giờ ${here.frame.id} không có nội dung phát được`,
    })
  return slots
}

/**
 * Art. 7.4: at a border gate external information comes first in each lap; the rest follows, so nothing starves. An id that is in
 * the playlist twice has two turns.
 */
const lapOrder = (input: PlanInput, playlist: Playlist): readonly string[] => {
  const prefers = input.policy.borderPrefersExternal.value && input.site.clusterClass === 'BORDER_GATE'
  if (!prefers) return playlist.items
  const external = (id: string) => input.items[id]?.category === 'A7_4_EXTERNAL_INFO'
  return [...playlist.items.filter(external), ...playlist.items.filter((id) => !external(id))]
}

const runLap = (input: PlanInput, playlist: Playlist, slot: Slot): Plan => {
  const order = lapOrder(input, playlist)
  const begin = (input.cursor[playlist.id] ?? 0) % Math.max(1, order.length)
  const skipped: Skip[] = []
  let passed: string | null = null
  for (let turn = 0; turn < order.length; turn++) {
    const place = (begin + turn) % order.length
    const id = order[place] ?? ''
    const item = input.items[id]
    if (item === undefined) continue
    const refusal = refusalOf(input, item)
    if (refusal !== null) {
      skipped.push(refusal)
      continue
    }
    const veto = vetoOf(input, item, slot)
    if (veto !== null) {
      passed = veto
      continue
    }
    const why = whyOf(input, item, { slot, playlist: playlist.id, turn: place + 1, of: order.length, passed })
    return {
      choice: {
        item,
        playlist: playlist.id,
        frame: slot.frame,
        rank: slot.rank,
        why,
        maxMs: Math.max(1, Math.min(item.durationMs, slot.leftMs)),
      },
      cursor: { ...input.cursor, [playlist.id]: (place + 1) % order.length },
      skipped,
    }
  }
  return { choice: null, cursor: input.cursor, skipped }
}

const refusalOf = (input: PlanInput, item: Item): Skip | null => {
  const playable = itemPlayable(item, input.site, input.policy, input.now)
  if (!playable.ok) return { item: item.id, ...playable.error }
  const state = input.ready(item)
  if (state === 'ready') return null
  return state === 'missing'
    ? { item: item.id, reason: 'missing', detail: 'the file is not on this edge yet' }
    : { item: item.id, reason: 'broken', detail: 'the player could not show it' }
}

/** Why an item that could be shown is not shown now; null when nothing speaks against it. */
const vetoOf = (input: PlanInput, item: Item, slot: Slot): string | null => {
  if (item.entertainment && input.restrict.entertainment) return 'nội dung giải trí đang tạm dừng'
  return item.category === 'A7_5_ADVERTISING' ? adVeto(input, item, slot) : null
}

const adVeto = (input: PlanInput, item: Item, slot: Slot): string | null => {
  const { policy, now, restrict } = input
  const rules = policy.advertising
  if (now.quality === 'unset') return 'chưa phát quảng cáo vì đồng hồ chưa tin cậy'
  if (restrict.ads) return 'quảng cáo đang tạm dừng'
  if (item.durationMs > slot.leftMs) return 'khung giờ không còn đủ cho quảng cáo'
  if (input.sinceLastAdMs !== null && input.sinceLastAdMs < rules.minimumSpacingMs)
    return 'chưa đủ khoảng cách với quảng cáo trước'
  if (rules.hourShareLimit !== null && input.adsThisHourMs + item.durationMs > rules.hourShareLimit * 3_600_000)
    return 'quảng cáo đã hết phần trong một giờ'
  const fits = affordable(policy, input.owed, now, item.durationMs)
  return fits.ok
    ? null
    : `không phát quảng cáo vì buổi ${PERIOD_NAMES[fits.status.period]} còn nợ ${spanText(fits.status.owedMs)} tuyên truyền mà chỉ còn ${spanText(fits.status.leftMs)}`
}

type Turn = {
  readonly slot: Slot
  readonly playlist: string
  readonly turn: number
  readonly of: number
  readonly passed: string | null
}

const whyOf = (input: PlanInput, item: Item, turn: Turn): string => {
  const first =
    item.category === 'A7_4_EXTERNAL_INFO' &&
    input.policy.borderPrefersExternal.value &&
    input.site.clusterClass === 'BORDER_GATE'
      ? ', ưu tiên thông tin đối ngoại (Điều 7.4)'
      : ''
  const passed = turn.passed === null ? '' : `; ${turn.passed}`
  return `${turn.slot.why}: danh sách ${turn.playlist}, lượt ${turn.turn}/${turn.of}${first}${passed}.`
}

/** `1 giờ 12 phút`, `12 phút 30 giây`: for people. */
export const spanText = (ms: number): string => {
  const total = Math.ceil(ms / 1000)
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(total / 3600), 'giờ'],
    [Math.floor(total / 60) % 60, 'phút'],
    [total % 60, 'giây'],
  ]
  const text = parts.flatMap(([n, unit]) => (n === 0 ? [] : [`${n} ${unit}`])).slice(0, 2)
  return text.length === 0 ? '0 giây' : text.join(' ')
}

const distinct = (skipped: readonly Skip[]): readonly Skip[] => {
  const seen = new Set<string>()
  return skipped.filter((s) => !seen.has(`${s.item} ${s.reason}`) && seen.add(`${s.item} ${s.reason}`))
}
