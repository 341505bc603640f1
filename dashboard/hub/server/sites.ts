import type { Result } from '#core/base/result.ts'
import { ok } from '#core/base/result.ts'
import { PreviewRequest } from '#core/contract/api.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import type { Hub } from '../hub.ts'
import type { AskAnswer, AskFault } from '../link/news.ts'
import { type Answer, bodyOf, notFound, type PersonCall, param, problem, type Route } from './answer.ts'

const PICTURES = ['image/png', 'image/jpeg']
/** Several consoles that look at one cluster share one picture this long, ms. */
const FRAME_SHARED_MS = 700

export const siteRoutes = (hub: Hub): readonly Route[] => {
  const shared = new Map<string, { readonly at: number; readonly answer: Promise<Result<AskAnswer, AskFault>> }>()
  const frameOf = (site: string) => {
    const last = shared.get(site)
    if (last !== undefined && hub.now() - last.at < FRAME_SHARED_MS) return last.answer
    const answer = hub.edges.ask(site, 'frame')
    shared.set(site, { at: hub.now(), answer })
    return answer
  }
  const frame = async (call: PersonCall): Answer => {
    const site = hub.sites.get(param(call, 'site'))
    if (site === undefined) return notFound(`cụm / site ${param(call, 'site')}`)
    const answer = await frameOf(site.id)
    if (!answer.ok) {
      return problem(
        503,
        `frame-${answer.error}`,
        { vi: 'Chưa lấy được hình từ cụm này.', en: `No picture from this cluster now (${answer.error}).` },
        null,
      )
    }
    const picture = Buffer.from(answer.value.body, 'base64')
    if (!PICTURES.includes(answer.value.mime) || picture.length > LINK_LIMITS.frameBytes) {
      return problem(
        502,
        'frame-bad',
        { vi: 'Cụm gửi hình không đúng dạng.', en: 'The cluster sent something that is no picture.' },
        null,
      )
    }
    return ok(call.reply.header('cache-control', 'no-store').type(answer.value.mime).send(picture))
  }
  const preview = async (call: PersonCall): Answer => {
    const body = bodyOf(PreviewRequest, call)
    if (!body.ok) return body
    const site = hub.sites.get(body.value.site)
    if (site === undefined || site.panel === null) return notFound(`màn hình / panel at ${body.value.site}`)
    return ok(await hub.preview.draw(body.value, site.id, site.panel))
  }
  return [
    { method: 'GET', url: '/api/sites', need: { action: 'view' }, handle: async () => ok(await hub.views.fleet()) },
    { method: 'GET', url: '/api/sites/:site/frame', need: { action: 'view' }, handle: frame },
    { method: 'POST', url: '/api/preview', need: { action: 'view' }, handle: preview },
  ]
}
