import { type Instant, instant, type Mono, mono, type Reading } from '../base/units.ts'
import type { CloseRecord } from '../evidence/record.ts'

/** One showing of an advertisement, from its open record to its end, shown to anybody or not: limits are of what was put on. */
export type AdShowing = {
  readonly item: string
  readonly boot: string
  readonly fromWall: Instant
  readonly fromMono: Mono
  /** Milliseconds; of a power cut the upper bound. */
  readonly ms: number
  /** The wall clock stepped under it: what follows without a pause is the same showing. */
  readonly isSplit: boolean
}

/**
 * Showings remembered: an advertisement every 17 seconds all day and night. Where even that is not enough, a rule that would have to look
 * further back refuses (`ads.ts`), so every rule is exact or strict.
 */
export const MOST_ADS = 5_000
/** No rule looks back further than a day; an hour more, because a day of the wall clock may be that much longer. */
const KEPT_MS = 25 * 3_600_000

export type ShownFrom = { readonly boot: string; readonly wall: Instant; readonly mono: Mono }

/** The history, newest first, with the showing that a close record ends. What no rule looks back on any more is forgotten. */
export const withShowing = (
  history: readonly AdShowing[],
  item: string,
  from: ShownFrom,
  close: Pick<CloseRecord, 'ms' | 'cause'>,
): readonly AdShowing[] => {
  const isSplit = close.cause === 'clock'
  const [newest, ...older] = history
  const goesOn =
    newest?.isSplit === true &&
    newest.item === item &&
    newest.boot === from.boot &&
    newest.fromMono + newest.ms === from.mono
  const showing: AdShowing = goesOn
    ? // It began that much earlier by the clock as it is now.
      { ...newest, fromWall: instant(from.wall - newest.ms), ms: newest.ms + close.ms, isSplit }
    : { item, boot: from.boot, fromWall: from.wall, fromMono: from.mono, ms: close.ms, isSplit }
  const end = { wall: instant(from.wall + close.ms), mono: mono(from.mono + close.ms), bootId: from.boot }
  return [showing, ...(goesOn ? older : history)].slice(0, MOST_ADS).filter((s) => agoOf(s, end).end < KEPT_MS)
}

/**
 * What a step of the wall clock makes of them: it was that much wrong when they were shown, so across a restart they would seem longer or
 * shorter ago than they were (simulated world, seed 30: three showings in an hour where two are allowed). A clock that is unset before or
 * after the step says nothing of them: it may have gone wrong just then, and is set right later (seed 252).
 */
export const withClockStep = (
  history: readonly AdShowing[],
  { stepMs, was, quality }: { readonly stepMs: number } & Readonly<Record<'was' | 'quality', Reading['quality']>>,
): readonly AdShowing[] =>
  stepMs === 0 || was === 'unset' || quality === 'unset'
    ? history
    : history.map((s) => ({ ...s, fromWall: instant(s.fromWall + stepMs) }))

/** How long ago it began and ended, milliseconds, never below 0: by the monotonic clock within a boot, else by the wall clock. */
export const agoOf = (
  showing: AdShowing,
  now: Pick<Reading, 'wall' | 'mono' | 'bootId'>,
): { readonly begin: number; readonly end: number } => {
  const since = showing.boot === now.bootId ? now.mono - showing.fromMono : now.wall - showing.fromWall
  const end = Math.max(0, since - showing.ms)
  return { begin: end + showing.ms, end }
}
