import { ok } from '#core/base/result.ts'
import { PreviewRequest } from '#core/contract/api.ts'
import type { Hub } from '../hub.ts'
import { type Answer, bodyOf, notFound, type PersonCall, param, problem, type Route } from './answer.ts'
import { askPicture } from './frames.ts'

const READ = { action: 'view', scope: 'sites.read' } as const
/** Several consoles that look at one cluster share one picture this long, ms. */
const FRAME_SHARED_MS = 700

export const siteRoutes = (hub: Hub): readonly Route[] => {
  const shared = new Map<string, { readonly at: number; readonly answer: ReturnType<typeof askPicture> }>()
  const frameOf = (site: string) => {
    const last = shared.get(site)
    if (last !== undefined && hub.now() - last.at < FRAME_SHARED_MS) return last.answer
    const answer = askPicture(hub.edges, site)
    shared.set(site, { at: hub.now(), answer })
    return answer
  }
  const frame = async (call: PersonCall): Answer => {
    const site = hub.sites.get(param(call, 'site'))
    if (site === undefined) return notFound(`cụm / site ${param(call, 'site')}`)
    const answer = await frameOf(site.id)
    if (!answer.ok) {
      const { error } = answer
      if (error === 'bad') {
        const words = { vi: 'Cụm gửi hình không đúng dạng.', en: 'The cluster sent something that is no picture.' }
        return problem(502, 'frame-bad', words, null)
      }
      const words = { vi: 'Chưa lấy được hình từ cụm này.', en: `No picture from this cluster now (${error}).` }
      return problem(503, `frame-${error}`, words, null)
    }
    return ok(call.reply.header('cache-control', 'no-store').type(answer.value.mime).send(answer.value.bytes))
  }
  const preview = async (call: PersonCall): Answer => {
    const body = bodyOf(PreviewRequest, call)
    if (!body.ok) return body
    const site = hub.sites.get(body.value.site)
    if (site === undefined || site.panel === null) return notFound(`màn hình / panel at ${body.value.site}`)
    const answer = await hub.preview.draw(body.value, site.id, site.panel)
    if (body.value.draft.kind === 'order') hub.previewed.note(call.person.user, site.id, body.value.draft)
    return ok(answer)
  }
  return [
    { method: 'GET', url: '/api/sites', need: READ, handle: async () => ok(await hub.views.fleet()) },
    { method: 'GET', url: '/api/sites/:site/frame', need: READ, handle: frame },
    { method: 'POST', url: '/api/preview', need: { action: 'view' }, handle: preview },
  ]
}
