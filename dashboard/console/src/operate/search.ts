import type { PlayAnswer } from '#core/contract/operations.ts'
import { fromInput, stamp } from '../format.ts'

/** What can be asked of the play log, as typed: empty is "any". Times as a `datetime-local` input holds them, in the province's zone. */
export const SEARCH_FIELDS = [
  'site',
  'from',
  'to',
  'text',
  'item',
  'category',
  'language',
  'supplier',
  'order',
  'proof',
] as const
export type SearchField = (typeof SEARCH_FIELDS)[number]
export type SearchForm = { readonly [F in SearchField]: string }

/** Rows of one answer, and the most that one search gathers for a file: six weeks of one cluster, or a day of forty. */
export const PAGE = 200
export const MOST_ROWS = 10_000
const MOST_TEXT = 200

export const emptySearch = (): SearchForm => ({
  site: '',
  from: '',
  to: '',
  text: '',
  item: '',
  category: '',
  language: '',
  supplier: '',
  order: '',
  proof: '',
})

/** The form from what stands in the address after `?`; what is not known there is left out. */
export const searchOf = (query: string): SearchForm => {
  const asked = new URLSearchParams(query)
  const given = SEARCH_FIELDS.map((field) => [field, (asked.get(field) ?? '').slice(0, MOST_TEXT)])
  return { ...emptySearch(), ...(Object.fromEntries(given) as SearchForm) }
}

/** The same back: only what was filled in, so that a link stays short. */
export const addressOf = (form: SearchForm): string => {
  const asked = new URLSearchParams()
  for (const field of SEARCH_FIELDS) if (form[field].trim() !== '') asked.set(field, form[field].trim())
  return asked.toString()
}

export type SearchFault = 'timeMissing' | 'timeOrder'

/** What the hub is asked, times in ms; or why it cannot be asked. */
export const askOf = (form: SearchForm): { readonly ask: URLSearchParams } | { readonly fault: SearchFault } => {
  const ask = new URLSearchParams(addressOf(form))
  for (const field of ['from', 'to'] as const) {
    if (form[field].trim() === '') continue
    const at = fromInput(form[field])
    if (at === undefined) return { fault: 'timeMissing' }
    ask.set(field, String(at))
  }
  const [from, to] = [ask.get('from'), ask.get('to')]
  if (from !== null && to !== null && Number(to) <= Number(from)) return { fault: 'timeOrder' }
  return { ask }
}

export const PLAY_COLUMNS = [
  'site',
  'from',
  'to',
  'seconds',
  'title',
  'item',
  'sha256',
  'category',
  'languages',
  'rank',
  'why',
  'order',
  'supplier',
  'document',
  'ended_by',
  'proof',
  'lit',
  'clock',
  'record_open',
  'record_close',
] as const

/** One row of the file for each play, in the order of `PLAY_COLUMNS`. Times are of the province's zone; codes stay codes. */
export const playRow = (p: PlayAnswer): readonly (string | number | null)[] => [
  p.site,
  stamp(p.from),
  p.to === null ? null : stamp(p.to),
  p.ms === null ? null : p.ms / 1000,
  p.title,
  p.item,
  p.hash,
  p.category,
  p.languages.join(' '),
  p.rank,
  p.why,
  p.order,
  p.supplier,
  p.document,
  p.cause,
  p.proof,
  p.lit,
  p.clock,
  p.records.open,
  p.records.close,
]
