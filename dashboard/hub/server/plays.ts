import { ok } from '#core/base/result.ts'
import type { PlaySearch } from '#core/contract/operations.ts'
import { plainText } from '#core/text/plain.ts'
import type { Hub } from '../hub.ts'
import type { PlayCursor } from '../store/port-operations.ts'
import { type Answer, notFound, type PersonCall, problem, query, type Route } from './answer.ts'

const DEFAULT_LIMIT = 100
const MOST_LIMIT = 500
/** A filter is one word or one title. */
const MOST_FILTER = 200
const MOST_WORDS = 8

const cursorText = ({ from, site, seq }: PlayCursor): string => `${from}.${seq}.${site}`
const readCursor = (text: string): PlayCursor | null => {
  const match = /^(\d{1,16})\.(\d{1,16})\.([A-Za-z0-9._-]{1,64})$/.exec(text)
  return match === null ? null : { from: Number(match[1]), seq: Number(match[2]), site: match[3] ?? '' }
}

const FILTERS = ['item', 'category', 'language', 'supplier', 'order', 'proof'] as const

/**
 * GET /api/plays: plays of all clusters, newest first. A page holds at most 500; it may hold fewer and still say where to go on (`next`), since
 * one answer looks through a bounded number of plays. `text`: every word must be in the title, with or without diacritics.
 */
export const playRoutes = (hub: Hub): readonly Route[] => {
  const handle = async (call: PersonCall): Answer => {
    const asked = (name: string): string | null => {
      const given = query(call, name)
      return given === undefined || given === '' ? null : given
    }
    const wrong = (where: string, en: string, vi: string) => problem(400, 'malformed', { vi, en }, where)
    const time = (name: string, otherwise: number): number | null => {
      const given = asked(name)
      if (given === null) return otherwise
      return /^\d{1,15}$/.test(given) ? Number(given) : null
    }
    const site = asked('site')
    if (site !== null && !hub.sites.has(site)) return notFound(`cụm / site ${site.slice(0, 64)}`)
    const [from, to] = [time('from', 0), time('to', hub.now() + 86_400_000)]
    if (from === null || to === null || to < from)
      return wrong(
        'from',
        'Give "from" and "to" in milliseconds since 1970.',
        'Cần "from", "to" bằng mili giây từ 1970.',
      )
    const tooLong = ['text', ...FILTERS].find((name) => (asked(name) ?? '').length > MOST_FILTER)
    if (tooLong !== undefined)
      return wrong(tooLong, `At most ${MOST_FILTER} characters.`, `Nhiều nhất ${MOST_FILTER} ký tự.`)
    const before = asked('before')
    const cursor = before === null ? null : readCursor(before)
    if (before !== null && cursor === null)
      return wrong('before', 'Give "next" of the answer before.', 'Dùng "next" của lần trả lời trước.')
    const limit = Number(/^\d{1,6}$/.exec(asked('limit') ?? '')?.[0] ?? DEFAULT_LIMIT)
    const words = plainText(asked('text') ?? '')
      .split(' ')
      .filter((word) => word !== '')
    const [item, category, language, supplier, order, proof] = [...FILTERS].map(asked)
    const found = await hub.store.folds.search({
      site,
      from,
      to,
      words: words.slice(0, MOST_WORDS),
      item: item ?? null,
      category: category ?? null,
      language: language ?? null,
      supplier: supplier ?? null,
      order: order ?? null,
      proof: proof ?? null,
      before: cursor,
      limit: Math.min(MOST_LIMIT, Math.max(1, limit)),
    })
    return ok({ plays: found.plays, next: found.next === null ? null : cursorText(found.next) } satisfies PlaySearch)
  }
  return [{ method: 'GET', url: '/api/plays', need: { action: 'playlog.query', scope: 'playlog.read' }, handle }]
}
