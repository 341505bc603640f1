import { ok } from '#core/base/result.ts'
import type { Hub } from '../hub.ts'
import { type Answer, notFound, type PersonCall, problem, query, type Route } from './answer.ts'

const DEFAULT_LIMIT = 200
const MOST_LIMIT = 5_000

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined

export const playlogRoutes = (hub: Hub): readonly Route[] => {
  const handle = async (call: PersonCall): Answer => {
    const site = hub.sites.get(query(call, 'site') ?? '')
    if (site === undefined) return notFound(`cụm / site ${query(call, 'site') ?? ''}`)
    const at = wholeNumber(query(call, 'at'))
    const from = at ?? wholeNumber(query(call, 'from'))
    const to = at ?? wholeNumber(query(call, 'to'))
    if (from === undefined || to === undefined || to < from) {
      const words = {
        vi: 'Cần "at", hoặc "from" và "to", bằng mili giây từ 1970.',
        en: 'Give "at", or "from" and "to", in milliseconds since 1970.',
      }
      return problem(400, 'malformed', words, 'at')
    }
    const limit = Math.min(MOST_LIMIT, Math.max(1, wholeNumber(query(call, 'limit')) ?? DEFAULT_LIMIT))
    return ok(await hub.store.evidence.plays({ site: site.id, from, to, limit }))
  }
  return [{ method: 'GET', url: '/api/playlog', need: { action: 'playlog.query', scope: 'playlog.read' }, handle }]
}
