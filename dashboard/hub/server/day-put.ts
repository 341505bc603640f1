import { countsTowardFloor } from '#core/content/category.ts'
import type { DayHole, DayPlay } from '#core/contract/operations.ts'
import { STRETCH_KINDS, type Stretch, type StretchWhy } from '#core/evidence/stretches.ts'
import type { DayPlayRow } from '../store/port-operations.ts'

/** At most this many stretches of each kind in one answer. */
export const MOST_OF_DAY = 1_500
/** Two plays with less between them follow each other, ms. */
const NEXT_TO_MS = 2_000
/** What is put together, where there are too many: of one kind and category, until it is this long. The least that suffices. */
const PUT_TOGETHER_MS = [300_000, 900_000, 3_600_000] as const

export const kindOf = (play: Pick<DayPlayRow, 'item' | 'category' | 'order' | 'rank'>): DayPlay['kind'] => {
  if (play.rank === 'emergency') return 'emergency'
  if (play.order !== null) return 'order'
  if (play.item === 'standing' || play.rank === 'fallback') return 'fallback'
  if (play.category === 'A7_5_ADVERTISING') return 'ads'
  return countsTowardFloor(play.category as Parameters<typeof countsTowardFloor>[0]) ? 'public' : 'other'
}

const follows = (a: DayPlay, b: DayPlay): boolean => a.to !== null && b.from - a.to <= NEXT_TO_MS

const join = (a: DayPlay, b: DayPlay): DayPlay => ({ ...a, to: b.to, plays: a.plays + b.plays, proof: b.proof })

const merge = (plays: readonly DayPlay[], same: (a: DayPlay, b: DayPlay) => boolean): readonly DayPlay[] => {
  const out: DayPlay[] = []
  for (const play of plays) {
    const last = out.at(-1)
    if (last !== undefined && follows(last, play) && same(last, play)) out[out.length - 1] = join(last, play)
    else out.push(play)
  }
  return out
}

const sameItem = (a: DayPlay, b: DayPlay): boolean =>
  a.item === b.item && a.title === b.title && a.order === b.order && a.kind === b.kind && a.proof === b.proof

/**
 * The plays of a day as they read best: the same item one after the other is one; where that still is too much to draw, what is of one kind and
 * category is put together, named after the first.
 */
export const putTogether = (
  rows: readonly DayPlayRow[],
): { readonly plays: readonly DayPlay[]; readonly cut: boolean } => {
  let plays = merge(
    rows.map(
      (row): DayPlay => ({
        from: row.from,
        to: row.to,
        kind: kindOf(row),
        title: row.title,
        item: row.item,
        category: row.category,
        order: row.order,
        proof: row.proof,
        plays: 1,
      }),
    ),
    sameItem,
  )
  for (const most of PUT_TOGETHER_MS) {
    if (plays.length <= MOST_OF_DAY) break
    plays = merge(
      plays,
      (a, b) =>
        a.kind === b.kind && a.category === b.category && a.order === b.order && (b.to ?? b.from) - a.from <= most,
    )
  }
  return { plays: plays.slice(0, MOST_OF_DAY), cut: plays.length > MOST_OF_DAY }
}

const HOLES: { readonly [W in Exclude<StretchWhy, 'shown'>]: DayHole['kind'] } = {
  dark: 'dark',
  'power-cut': 'no-power',
  mains: 'no-power',
  stopped: 'not-running',
  'not-recorded': 'not-running',
  'log-lost': 'no-record',
  'display-dark': 'faulted',
  'display-unknown': 'faulted',
  'nothing-playing': 'faulted',
  contradicted: 'faulted',
}
const HOLE_WORDS: { readonly [W in Exclude<StretchWhy, 'shown'>]: string } = {
  dark: 'màn hình tắt theo lịch hoặc theo lệnh · dark by the calendar or by order',
  'power-cut': 'mất điện hoặc tắt đột ngột · power cut, or stopped without warning',
  mains: 'mất điện lưới · mains power was gone',
  stopped: 'thiết bị được lệnh dừng · the device was told to stop',
  'not-recorded': 'thiết bị không hoạt động · the device was not running',
  'log-lost': 'không ghi được nhật ký · the log could not be written',
  'display-dark': 'màn hình tắt ngoài ý muốn · the display was dark against our will',
  'display-unknown': 'không biết màn hình có sáng không · nobody knows whether the display was lit',
  'nothing-playing': 'không có nội dung nào được phát · nothing was playing',
  contradicted: 'bằng chứng trái ngược · the proof says that it was not shown',
}

/** Evidence comes in with a little delay; a stretch without it shorter than this is none, ms. */
const LEAST_UNKNOWN_MS = 1_000

/** What was not shown within [from, to), and where no evidence is. `stretches` in order and clipped. */
export const holesOf = (
  stretches: readonly Stretch[],
  span: { readonly from: number; readonly to: number },
): { readonly holes: readonly DayHole[]; readonly cut: boolean } => {
  const holes: DayHole[] = []
  const unknown = (from: number, to: number): void => {
    if (to - from >= LEAST_UNKNOWN_MS)
      holes.push({ from, to, kind: 'no-record', cause: null, detail: 'chưa có nhật ký · no record yet' })
  }
  let at = span.from
  for (const one of stretches) {
    unknown(at, one.from)
    at = one.to
    if (one.why === 'shown') continue
    const kind = STRETCH_KINDS[one.why]
    const detail = one.detail === '' ? HOLE_WORDS[one.why] : `${HOLE_WORDS[one.why]}: ${one.detail}`
    const cause = kind === 'dark' || kind === 'shown' ? null : kind
    holes.push({ from: one.from, to: one.to, kind: HOLES[one.why], cause, detail })
  }
  unknown(at, span.to)
  return { holes: holes.slice(0, MOST_OF_DAY), cut: holes.length > MOST_OF_DAY }
}
