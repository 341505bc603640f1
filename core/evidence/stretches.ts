import type { OutageCause } from '../contract/operations.ts'

/**
 * The day of a display as a fold over its records: lit with something on it, dark on purpose, or out, and why. Each stretch lies on the wall
 * clock, so that days and outages can be asked about by time. Not the ledger: that judges airtime in exact monotonic milliseconds by
 * item and proof; this answers whether people in front of the display could see something.
 */

/** Why time was what it was. Closed; `STRETCH_WORDS` of the hub says it to people. */
export const STRETCH_WHYS = [
  'shown',
  'dark',
  'power-cut',
  'stopped',
  'not-recorded',
  'log-lost',
  'mains',
  'display-dark',
  'display-unknown',
  'nothing-playing',
  'contradicted',
] as const
export type StretchWhy = (typeof STRETCH_WHYS)[number]

/** Where each counts in `UptimeAnswer`: shown, dark, or an outage with its cause. */
export const STRETCH_KINDS: {
  readonly [W in StretchWhy]: 'shown' | 'dark' | Exclude<OutageCause, 'link'>
} = {
  shown: 'shown',
  dark: 'dark',
  'power-cut': 'power',
  mains: 'power',
  stopped: 'software',
  'nothing-playing': 'software',
  'not-recorded': 'unknown',
  'log-lost': 'device',
  'display-dark': 'device',
  'display-unknown': 'device',
  contradicted: 'device',
}

/** Half-open, wall-clock milliseconds. `detail`: what the record of the display said. */
export type Stretch = { readonly from: number; readonly to: number; readonly why: StretchWhy; readonly detail: string }

/** When a record was made. `unset`: its wall clock is a guess. */
export type StretchMark = {
  readonly wall: number
  readonly mono: number
  readonly boot: string
  readonly unset: boolean
}

/** What of a record matters here; the rest only passes time. */
export type StretchNews =
  | { readonly kind: 'open' }
  | { readonly kind: 'close'; readonly isCut: boolean }
  | { readonly kind: 'proof'; readonly isContradicted: boolean }
  | {
      readonly kind: 'screen'
      readonly lit: 'lit' | 'dark' | 'unknown'
      readonly intended: boolean
      readonly why: string
    }
  | { readonly kind: 'verdict'; readonly wantsDark: boolean }
  | { readonly kind: 'gap'; readonly cause: 'power-cut' | 'stopped' | 'disk' | 'torn-tail' }
  | { readonly kind: 'mains'; readonly isLost: boolean }
  | { readonly kind: 'other' }

type Held = { readonly from: number; readonly to: number; readonly why: StretchWhy; readonly detail: string }

/** Plain data, to be kept between two batches of records. */
export type StretchState = {
  readonly mark: StretchMark | null
  readonly playing: boolean
  /** Of the close after which nothing has begun yet, on the monotonic clock. */
  readonly closedAt: number | null
  readonly contradicted: boolean
  /** Null: nothing has been said of it since the start. */
  readonly screen: { readonly lit: 'lit' | 'dark' | 'unknown'; readonly intended: boolean; readonly why: string } | null
  readonly wantsDark: boolean
  readonly mainsLost: boolean
  /** Why it was not running before this start. */
  readonly before: StretchWhy
  /** A hole that has no end yet, because the clock was unset after the start. */
  readonly holeFrom: number | null
  /** Stretches under an unset clock, on the monotonic one; placed when the clock is set. At most `MOST_HELD`. */
  readonly held: readonly Held[]
}

export const NO_STRETCHES: StretchState = {
  mark: null,
  playing: false,
  closedAt: null,
  contradicted: false,
  screen: null,
  wantsDark: false,
  mainsLost: false,
  before: 'not-recorded',
  holeFrom: null,
  held: [],
}

/** Between two plays nobody sees a hole shorter than this, ms. */
const BETWEEN_PLAYS_MS = 2_000
/** Two clocks that run apart by no more than this between two records were only slewed, ms. */
const SLEW_MS = 5_000
/** A hole longer than this is a wrong clock. */
const LONGEST_HOLE_MS = 400 * 86_400_000
const MOST_HELD = 64
const MOST_DETAIL = 200

/** Passes the time up to the record, then takes in what it says. Stretches come in order and touch, but where a clock was wrong. */
export const foldStretch = (
  state: StretchState,
  mark: StretchMark,
  news: StretchNews,
): { readonly state: StretchState; readonly made: readonly Stretch[] } => {
  const { state: passed, made } = pass(state, mark, news)
  return { state: take(passed, mark, news), made }
}

type Passed = { readonly state: StretchState; readonly made: readonly Stretch[] }

const isStart = (news: StretchNews): boolean =>
  (news.kind === 'gap' && news.cause !== 'disk') || (news.kind === 'close' && news.isCut)

const pass = (state: StretchState, mark: StretchMark, news: StretchNews): Passed => {
  const { mark: was } = state
  if (was === null) return { state: { ...state, mark }, made: [] }
  if (was.boot !== mark.boot || isStart(news)) return start(state, was, { mark, news })
  const ms = mark.mono - was.mono
  if (ms < 0) return { state, made: [] }
  const now = nowOf(state, { mono: mark.mono, isLost: news.kind === 'gap' })
  if (was.unset || mark.unset) return place(hold(state, { from: was.mono, to: mark.mono, ...now }), mark)
  const isStepped = Math.abs(mark.wall - was.wall - ms) > SLEW_MS
  const to = isStepped ? was.wall + ms : mark.wall
  return { state: { ...state, mark }, made: to > was.wall ? [{ from: was.wall, to, ...now }] : [] }
}

const wordOf = (news: StretchNews): StretchWhy => {
  if (news.kind === 'close') return 'power-cut'
  if (news.kind !== 'gap') return 'not-recorded'
  return news.cause === 'stopped' ? 'stopped' : 'power-cut'
}

/** Nobody was running: what lies between is a hole, as long as both clocks can say how long it was. */
const start = (
  state: StretchState,
  was: StretchMark,
  { mark, news }: { readonly mark: StretchMark; readonly news: StretchNews },
): Passed => {
  // Of one start the gap and the close of its orphan say the same; the second of them passes no time.
  const why = wordOf(news)
  const from = state.holeFrom ?? (was.unset ? null : was.wall)
  const fresh: StretchState = { ...NO_STRETCHES, mainsLost: false, mark, before: why }
  if (mark.unset) return { state: { ...fresh, holeFrom: from }, made: [] }
  const made = from !== null && mark.wall > from && mark.wall - from <= LONGEST_HOLE_MS
  return { state: fresh, made: made ? [{ from, to: mark.wall, why, detail: '' }] : [] }
}

const hold = (state: StretchState, one: Held): StretchState => {
  if (one.to <= one.from) return state
  const last = state.held.at(-1)
  if (last !== undefined && last.why === one.why && last.to === one.from)
    return { ...state, held: [...state.held.slice(0, -1), { ...last, to: one.to }] }
  return { ...state, held: [...state.held, one].slice(-MOST_HELD) }
}

/** With the clock set, what was held lies as far before now as the monotonic clock says. */
const place = (state: StretchState, mark: StretchMark): Passed => {
  if (mark.unset) return { state: { ...state, mark }, made: [] }
  const shift = mark.wall - mark.mono
  const made: Stretch[] = []
  const [first] = state.held
  const begins = first === undefined ? mark.wall : first.from + shift
  const { holeFrom } = state
  if (holeFrom !== null && begins > holeFrom && begins - holeFrom <= LONGEST_HOLE_MS)
    made.push({ from: holeFrom, to: begins, why: state.before, detail: '' })
  made.push(...state.held.map((one) => ({ ...one, from: one.from + shift, to: one.to + shift })))
  return { state: { ...state, mark, held: [], holeFrom: null }, made }
}

type Now = Pick<Stretch, 'why' | 'detail'>

/** What the time up to a record was, from what the records before it said. */
const nowOf = (state: StretchState, at: { readonly mono: number; readonly isLost: boolean }): Now => {
  const { screen } = state
  const why = at.isLost ? 'log-lost' : whyOf(state, at.mono)
  return { why, detail: why === 'shown' ? '' : (screen?.why ?? '').slice(0, MOST_DETAIL) }
}

const whyOf = (state: StretchState, at: number): StretchWhy => {
  const { screen, playing, closedAt } = state
  // Until the display has said something this start goes on.
  if (screen === null) return state.before
  if (screen.lit === 'dark') return screen.intended ? 'dark' : state.mainsLost ? 'mains' : 'display-dark'
  const isBetween = closedAt !== null && at - closedAt <= BETWEEN_PLAYS_MS
  if (!playing && !isBetween) return state.wantsDark ? 'dark' : 'nothing-playing'
  if (screen.lit === 'unknown') return 'display-unknown'
  return state.contradicted ? 'contradicted' : 'shown'
}

const take = (state: StretchState, mark: StretchMark, news: StretchNews): StretchState => {
  switch (news.kind) {
    case 'open':
      return { ...state, playing: true, closedAt: null, contradicted: false }
    case 'close':
      return { ...state, playing: false, closedAt: state.playing ? mark.mono : state.closedAt, contradicted: false }
    case 'proof':
      return { ...state, contradicted: news.isContradicted }
    case 'screen':
      return { ...state, screen: { lit: news.lit, intended: news.intended, why: news.why } }
    case 'verdict':
      return { ...state, wantsDark: news.wantsDark }
    case 'mains':
      return { ...state, mainsLost: news.isLost }
    case 'gap':
    case 'other':
      return state
  }
}
