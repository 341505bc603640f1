import type { OutageCause, UptimeAnswer } from '#core/contract/operations.ts'
import { toDateInput } from '../format.ts'

/** Days as `YYYY-MM-DD` of the province's zone, both included. */
export type Range = { readonly from: string; readonly to: string }

const DAY_MS = 86_400_000
export const dayBefore = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00Z`) - days * DAY_MS).toISOString().slice(0, 10)

/** The month of `now` until today; with `back` 1 the whole month before it. */
export const monthOf = (now: number, back: 0 | 1): Range => {
  const today = toDateInput(now)
  const first = `${today.slice(0, 7)}-01`
  if (back === 0) return { from: first, to: today }
  const last = dayBefore(first, 1)
  return { from: `${last.slice(0, 7)}-01`, to: last }
}

const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`))

/** The range in the address, else this month. */
export const rangeOf = (query: string, now: number): Range => {
  const asked = new URLSearchParams(query)
  const [from, to] = [asked.get('from'), asked.get('to')]
  return isDay(from) && isDay(to) && from <= to ? { from, to } : monthOf(now, 0)
}

/** Of the screen; a lost link is counted beside them, because the screen goes on. */
export const SCREEN_CAUSES = ['power', 'device', 'software', 'unknown'] as const satisfies readonly Exclude<
  OutageCause,
  'link'
>[]

/** What a bar is made of, in its order; together they are the whole of the time. */
export const PARTS = ['shown', 'dark', ...SCREEN_CAUSES, 'unrecorded'] as const
export type Part = (typeof PARTS)[number]
export const partsOf = (u: UptimeAnswer): { readonly [P in Part]: number } => ({
  shown: u.shownMs,
  dark: u.darkMs,
  power: u.outageMs.power,
  device: u.outageMs.device,
  software: u.outageMs.software,
  unknown: u.outageMs.unknown,
  unrecorded: u.unknownMs,
})
export const outageOf = (u: UptimeAnswer): number => SCREEN_CAUSES.reduce((sum, cause) => sum + u.outageMs[cause], 0)

/** All clusters together. The ratio is made of the sums, not of the ratios: a cluster of one day must not weigh like one of a month. */
export const totalOf = (rows: readonly UptimeAnswer[], range: Range): UptimeAnswer => {
  const sum = (of: (u: UptimeAnswer) => number) => rows.reduce((all, u) => all + of(u), 0)
  const [elapsedMs, shownMs, darkMs, unknownMs] = [
    sum((u) => u.elapsedMs),
    sum((u) => u.shownMs),
    sum((u) => u.darkMs),
    sum((u) => u.unknownMs),
  ]
  const due = elapsedMs - darkMs - unknownMs
  return {
    site: '',
    ...range,
    elapsedMs,
    shownMs,
    darkMs,
    unknownMs,
    outageMs: {
      power: sum((u) => u.outageMs.power),
      device: sum((u) => u.outageMs.device),
      software: sum((u) => u.outageMs.software),
      unknown: sum((u) => u.outageMs.unknown),
    },
    linkMs: sum((u) => u.linkMs),
    ratio: due > 0 ? shownMs / due : null,
    outages: sum((u) => u.outages),
    longestMs: Math.max(0, ...rows.map((u) => u.longestMs)),
  }
}

export const SORTS = ['site', 'ratio', 'outage', 'link', 'outages', 'longest'] as const
export type Sort = (typeof SORTS)[number]
const KEYS: { readonly [S in Exclude<Sort, 'site'>]: (u: UptimeAnswer) => number } = {
  // What nothing is known of stands last whichever way: it is no good and no bad cluster.
  ratio: (u) => u.ratio ?? Number.POSITIVE_INFINITY,
  outage: outageOf,
  link: (u) => u.linkMs,
  outages: (u) => u.outages,
  longest: (u) => u.longestMs,
}
/** `worst`: the worst first (the lowest ratio, the longest outage); of `site`, Z to A. */
export const sorted = (rows: readonly UptimeAnswer[], sort: Sort, worst: boolean): readonly UptimeAnswer[] => {
  const byId = (a: UptimeAnswer, b: UptimeAnswer) => (a.site < b.site ? -1 : 1)
  if (sort === 'site') return [...rows].sort((a, b) => (worst ? byId(b, a) : byId(a, b)))
  const key = KEYS[sort]
  const up = (sort === 'ratio') === worst
  const known = rows.filter((u) => Number.isFinite(key(u)))
  const rest = rows.filter((u) => !Number.isFinite(key(u)))
  return [...known.sort((a, b) => (up ? key(a) - key(b) : key(b) - key(a)) || byId(a, b)), ...rest.sort(byId)]
}

/** `99,62 %`: cut and not rounded, so that a cluster with an outage never reads 100 %. Null: nothing is known. */
export const ratioText = (ratio: number | null, lang: 'vi' | 'en'): string => {
  if (ratio === null) return '–'
  const text = (Math.floor(Math.max(0, ratio) * 10_000) / 100).toFixed(2)
  return `${lang === 'vi' ? text.replace('.', ',') : text} %`
}

export const UPTIME_COLUMNS = [
  'site',
  'name',
  'from',
  'to',
  'ratio',
  'elapsed_s',
  'shown_s',
  'dark_planned_s',
  'outage_power_s',
  'outage_device_s',
  'outage_software_s',
  'outage_unknown_s',
  'no_evidence_s',
  'link_lost_s',
  'outages',
  'longest_s',
] as const
export const uptimeRow = (u: UptimeAnswer, name: string): readonly (string | number | null)[] => [
  u.site,
  name,
  u.from,
  u.to,
  u.ratio === null ? null : Math.floor(u.ratio * 1e6) / 1e6,
  ...[u.elapsedMs, u.shownMs, u.darkMs, ...SCREEN_CAUSES.map((c) => u.outageMs[c]), u.unknownMs, u.linkMs].map(
    (ms) => ms / 1000,
  ),
  u.outages,
  u.longestMs / 1000,
]
