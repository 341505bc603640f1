import { ok } from '#core/base/result.ts'
import type { Hub } from '../hub.ts'
import { type Answer, type Call, notFound, param, problem, type Route } from './answer.ts'

const HOST = /^[A-Za-z0-9.:[\]-]{1,260}$/

export const metricRoutes = (hub: Hub): readonly Route[] => {
  /**
   * Prometheus HTTP service discovery. Edges sit behind NAT and dial out, so every target is this hub, reached the way the asker reached
   * it, and the path says which edge.
   */
  const discovery = async (call: Call): Answer => {
    const { host } = call.request
    if (!HOST.test(host)) return problem(400, 'host', { vi: 'Tên máy lạ.', en: 'Strange host name.' }, 'host')
    const enrolled = await hub.store.devices.all()
    const groups = enrolled.flatMap((d) => {
      const site = hub.sites.get(d.site)
      if (site === undefined) return []
      const labels = {
        __metrics_path__: `/edges/${site.id}/metrics`,
        site: site.id,
        cluster_class: site.clusterClass,
        unit: site.unitCode,
      }
      return [
        { targets: [host], labels: call.request.protocol === 'https' ? { ...labels, __scheme__: 'https' } : labels },
      ]
    })
    return ok(groups)
  }
  /** Asked of the edge now. An edge that is away is answered with an error, so that Prometheus itself marks it as down. */
  const edge = async (call: Call): Answer => {
    const site = hub.sites.get(param(call, 'site'))
    if (site === undefined) return notFound(`cụm / site ${param(call, 'site')}`)
    const answer = await hub.edges.ask(site.id, 'metrics')
    if (!answer.ok)
      return problem(
        503,
        `edge-${answer.error}`,
        { vi: 'Không hỏi được cụm này.', en: `The edge cannot be asked: ${answer.error}.` },
        null,
      )
    return ok(call.reply.type('text/plain; version=0.0.4; charset=utf-8').send(answer.value.body))
  }
  const own = async (call: Call): Answer =>
    ok(call.reply.type(hub.metrics.contentType).send(await hub.metrics.expose()))
  return [
    { method: 'GET', url: '/metrics', need: 'machine', handle: own },
    { method: 'GET', url: '/sd/prometheus', need: 'machine', handle: discovery },
    { method: 'GET', url: '/edges/:site/metrics', need: 'machine', handle: edge },
  ]
}
