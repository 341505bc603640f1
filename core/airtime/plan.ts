import { err, ok, type Result } from '../base/result.ts'
import type { Reading } from '../base/units.ts'
import { countsTowardFloor } from '../content/category.ts'
import type { Item } from '../content/item.ts'
import type { PeriodStatus } from '../contract/link.ts'
import { checkForm, checkWindow } from '../contract/verify.ts'
import { PERIOD_NAMES } from '../contract/words.ts'
import type { SiteFacts } from '../engine/site.ts'
import type { ItemRefusal } from '../evidence/record.ts'
import { type DayShape, dayShape } from '../policy/check.ts'
import type { Policy } from '../policy/policy.ts'
import type { Playlist, ScheduleDocument } from '../schedule/document.ts'
import type { AdShowing } from './ad-history.ts'
import { type AdFacts, createAdJudge } from './ads.ts'
import { languagesOf, lapOf } from './lap.ts'
import { affordable } from './owed.ts'
import { type Slot, slotsAt } from './slots.ts'

/** Per playlist: how many places have been passed, over all laps. Survives in memory only; a restart begins each lap anew. */
export type Cursor = Readonly<Record<string, number>>

export type PlanInput = {
  readonly schedule: ScheduleDocument
  /** Items whose approval holds, by id. */
  readonly items: Readonly<Record<string, Item>>
  readonly policy: Policy
  readonly site: SiteFacts
  readonly now: Reading
  /** Most choices do not ask, and the answer is new with every record. */
  readonly owed: () => readonly PeriodStatus[]
  /** Mourning suspends entertainment; it and an emergency order in force suspend advertising, as the policy says. */
  readonly suspended: AdFacts['suspended']
  readonly isSolemn: boolean
  /** `missing`: not on this edge yet; `broken`: the player could not show it. */
  readonly ready: (item: Item) => 'ready' | 'missing' | 'broken'
  readonly cursor: Cursor
  /** Advertising shown so far, newest first, with what is ending now. */
  readonly ads: readonly AdShowing[]
  /** How long the screen stays powered from now, and how long it is powered today, milliseconds. */
  readonly light: { readonly leftMs: number; readonly todayMs: number }
}

export type Choice = {
  readonly item: Item
  /** In which of its languages a text is shown; those of the item for anything else. */
  readonly languages: readonly string[]
  readonly playlist: string
  readonly frame: string | null
  readonly rank: 'normal' | 'fallback'
  /** One Vietnamese sentence: why this and not something else; and the part of it behind the frame: which playlist and turn. */
  readonly why: string
  readonly turn: string
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

/**
 * What the schedule wants on the screen now: the frame's playlist in turn, else what makes up airtime that is owed, else the fallback
 * playlist, else nothing (`slotsAt`). Each playlist is gone through at most once per slot. Pure, total and deterministic.
 */
export const choose = (input: PlanInput): Plan => {
  const skipped: Skip[] = []
  let cursor = input.cursor
  const shape = shapeOf(input.policy)
  let passed: string | null = null
  for (const slot of slotsAt(input, shape)) {
    const playlist = input.schedule.playlists.find((p) => p.id === slot.playlist)
    if (playlist === undefined) continue
    const lap: Lap = runLap(input, { playlist, slot, shape, cursor, passed })
    passed = lap.passed
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

type Turn = {
  readonly playlist: Playlist
  readonly slot: Slot
  readonly shape: DayShape
  /** How far it came so far. */
  readonly cursor: Cursor
  /** Why something was passed over so far; null: nothing was. */
  readonly passed: string | null
}
type Lap = Plan & { readonly passed: string | null }

const prefersExternal = ({ policy, site }: Pick<PlanInput, 'policy' | 'site'>): boolean =>
  policy.borderPrefersExternal.value && site.clusterClass === 'BORDER_GATE'

const runLap = (input: PlanInput, turn: Turn): Lap => {
  const { playlist, slot, cursor } = turn
  const places = lapOf(playlist, input.items, prefersExternal(input))
  const gone = cursor[playlist.id] ?? 0
  const skipped: Skip[] = []
  const veto = createVeto(input, turn)
  let { passed } = turn
  for (let step = 0; step < places.length; step++) {
    const place = (gone + step) % places.length
    const lap = Math.floor((gone + step) / places.length)
    const able: Item[] = []
    for (const id of places[place] ?? []) {
      const item = input.items[id]
      const refusal = item === undefined ? null : refusalOf(input, item)
      if (refusal !== null) skipped.push(refusal)
      else if (item !== undefined) able.push(item)
    }
    // Of several variants those that can be shown take turns.
    for (let n = 0; n < able.length; n++) {
      const item = able[(lap + n) % able.length]
      if (item === undefined) continue
      const against = veto(item)
      if (against !== null) {
        passed = against
        continue
      }
      const turn = turnOf(input, item, { playlist: playlist.id, turn: place + 1, of: places.length, passed })
      const choice: Choice = {
        item,
        languages: languagesOf(item, input.policy, lap),
        playlist: playlist.id,
        frame: slot.frame,
        rank: slot.rank,
        why: `${slot.why}: ${turn}`,
        turn,
        maxMs: Math.max(1, Math.min(item.durationMs, slot.leftMs)),
      }
      return { choice, cursor: { ...cursor, [playlist.id]: gone + step + 1 }, skipped, passed }
    }
  }
  return { choice: null, cursor, skipped, passed }
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
const createVeto = (input: PlanInput, { slot, shape }: Turn): ((item: Item) => string | null) => {
  const { policy, now, light } = input
  const facts = (): AdFacts => ({
    policy,
    site: input.schedule.ads,
    now,
    history: input.ads,
    suspended: input.suspended,
    litMs: light.leftMs,
    litTodayMs: light.todayMs,
  })
  const made: { adVeto: ReturnType<typeof createAdJudge> | null } = { adVeto: null }
  return (item) => {
    if (item.entertainment && input.isSolemn) return 'nội dung giải trí đang tạm dừng'
    if (countsTowardFloor(item.category)) return null
    if (slot.isPublicOnly) return 'chỉ phát thông tin tuyên truyền khi phát bù'
    made.adVeto ??= createAdJudge(facts(), slot.leftMs)
    const against = made.adVeto(item)
    if (against !== null) return against
    const fits = affordable(shape, input.owed(), now, item.durationMs)
    return fits.ok
      ? null
      : `không phát quảng cáo vì ${PERIOD_NAMES[fits.status.period].vi} còn nợ ${spanText(fits.status.owedMs)} tuyên truyền mà chỉ còn ${spanText(fits.status.leftMs)}`
  }
}

type Why = {
  readonly playlist: string
  readonly turn: number
  readonly of: number
  readonly passed: string | null
}

const turnOf = (input: PlanInput, item: Item, turn: Why): string => {
  const first =
    item.category === 'A7_4_EXTERNAL_INFO' && prefersExternal(input) ? ', ưu tiên thông tin đối ngoại (Điều 7.4)' : ''
  const passed = turn.passed === null ? '' : `; ${turn.passed}`
  return `danh sách ${turn.playlist}, lượt ${turn.turn}/${turn.of}${first}${passed}.`
}

/** Computed once for each policy, which is never changed. */
const shapes = new WeakMap<Policy, DayShape>()
export const shapeOf = (policy: Policy): DayShape => {
  const shape = shapes.get(policy) ?? dayShape(policy)
  shapes.set(policy, shape)
  return shape
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
  if (skipped.length < 2) return skipped
  const seen = new Set<string>()
  return skipped.filter((s) => !seen.has(`${s.item} ${s.reason}`) && seen.add(`${s.item} ${s.reason}`))
}
