import type { DayHole, DayPlay, SiteDay } from '#core/contract/operations.ts'

/** One stretch as it is drawn and walked through with the arrow keys; sorted by begin. Times: ms since 1970. */
export type Stretch = { readonly from: number; readonly to: number; readonly open: boolean } & (
  | { readonly t: 'play'; readonly play: DayPlay }
  | { readonly t: 'hole'; readonly hole: DayHole }
  | { readonly t: 'planned'; readonly plan: SiteDay['planned'][number] }
  | { readonly t: 'dark'; readonly dark: SiteDay['dark'][number] }
)

/** What is still on ends now; nothing is drawn outside of the day. */
const cut = (day: SiteDay, from: number, to: number | null) => ({
  from: Math.max(day.from, from),
  to: Math.min(day.to, to ?? day.now),
  open: to === null,
})

/**
 * The day in one row of stretches: what was on the screen and the holes until now, what is planned and the dark hours from now on. A plan that
 * began in the past is drawn from now on: before that the evidence speaks.
 */
export const stretchesOf = (day: SiteDay): readonly Stretch[] => {
  const ahead = Math.min(day.to, Math.max(day.from, day.now))
  const list: readonly Stretch[] = [
    ...day.played.map((play): Stretch => ({ t: 'play', play, ...cut(day, play.from, play.to) })),
    ...day.holes.map((hole): Stretch => ({ t: 'hole', hole, ...cut(day, hole.from, hole.to) })),
    ...day.planned.map(
      (plan): Stretch => ({ t: 'planned', plan, ...cut(day, Math.max(ahead, plan.from), plan.to), open: false }),
    ),
    ...day.dark.map(
      (dark): Stretch => ({ t: 'dark', dark, ...cut(day, Math.max(ahead, dark.from), dark.to), open: false }),
    ),
  ]
  return list.filter((s) => s.to > s.from).sort((a, b) => a.from - b.from || a.to - b.to)
}

/** Where an instant stands in the day, 0 … 1. */
export const shareOf = (day: Pick<SiteDay, 'from' | 'to'>, at: number): number =>
  Math.min(1, Math.max(0, (at - day.from) / Math.max(1, day.to - day.from)))

/** What a drawing shows of a stretch: its colour, sign and word go by this. */
export const LOOKS = [
  'public',
  'ads',
  'emergency',
  'order',
  'fallback',
  'other',
  'planned',
  'dark',
  'faulted',
  'no-power',
  'not-running',
  'no-record',
] as const
export type Look = (typeof LOOKS)[number]
export const lookOf = (s: Stretch): Look => {
  if (s.t === 'play') return s.play.kind
  if (s.t === 'hole') return s.hole.kind
  return s.t
}

/**
 * For drawing only: neighbours of one look with less than `gapMs` between them become one block, so that a day of thousands of plays is a few
 * hundred shapes. Walking by keyboard and the table keep every stretch.
 */
export const blocksOf = (
  list: readonly Stretch[],
  gapMs: number,
): readonly { readonly look: Look; readonly from: number; readonly to: number }[] => {
  const blocks: { look: Look; from: number; to: number }[] = []
  for (const s of list) {
    const [look, last] = [lookOf(s), blocks.at(-1)]
    if (last !== undefined && last.look === look && s.from - last.to < gapMs) last.to = Math.max(last.to, s.to)
    else blocks.push({ look, from: s.from, to: s.to })
  }
  return blocks
}

/** How long each look lasted, longest first: the day in words. Overlaps are counted for each. */
export const sumsOf = (list: readonly Stretch[]): readonly { readonly look: Look; readonly ms: number }[] => {
  const sums = new Map<Look, number>()
  for (const s of list) sums.set(lookOf(s), (sums.get(lookOf(s)) ?? 0) + s.to - s.from)
  return [...sums].map(([look, ms]) => ({ look, ms })).sort((a, b) => b.ms - a.ms)
}

/** The stretch at an instant, else the nearest one before it, else the first; -1 when there is none. */
export const indexAt = (list: readonly Stretch[], at: number): number => {
  const inside = list.findLastIndex((s) => s.from <= at && at < s.to)
  if (inside >= 0) return inside
  const before = list.findLastIndex((s) => s.from <= at)
  return before >= 0 ? before : Math.min(0, list.length - 1)
}
