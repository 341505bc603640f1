import { ok } from '#core/base/result.ts'
import type { Hub } from '../hub.ts'
import type { AskFault } from '../link/news.ts'
import { deadlineOf, makeThrough } from '../metrics/through.ts'
import { type Answer, type Call, notFound, param, problem, type Route } from './answer.ts'

/** A name or an address with its port: what may stand as the target that Prometheus will ask next. */
const HOST = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/
/** Scrapes and discovery, per address and minute: 5,000 edges every 15 s and a second Prometheus beside it. */
const READS_PER_MINUTE = 45_000
/** Of a cluster's name, in a label that no series carries unless somebody relabels it. */
const MOST_NAME = 120
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const WHY: { readonly [F in AskFault]: { readonly vi: string; readonly en: string } } = {
  away: { vi: 'Cụm đang mất kết nối với trung tâm.', en: 'The edge is not connected.' },
  timeout: { vi: 'Cụm không trả lời kịp.', en: 'The edge did not answer in time.' },
  refused: { vi: 'Cụm từ chối trả lời.', en: 'The edge refused to answer.' },
  busy: { vi: 'Trung tâm đang hỏi quá nhiều cụm cùng lúc.', en: 'The hub is asking too many edges at the same time.' },
}

export const metricRoutes = (hub: Hub): readonly Route[] => {
  const through = makeThrough({ edges: hub.edges, counted: hub.metrics.scraped })
  /**
   * Prometheus HTTP service discovery. Edges sit behind NAT and dial out, so every target is this hub, reached the way the asker reached
   * it, and the path says which edge. A decommissioned cluster has no edge any more. The name is only meta: on a series it would begin a
   * new one with every change of a name.
   */
  const discovery = async (call: Call): Answer => {
    const { host } = call.request
    if (!HOST.test(host)) return problem(400, 'host', { vi: 'Tên máy lạ.', en: 'Strange host name.' }, 'host')
    const enrolled = await hub.store.devices.all()
    const groups = enrolled.flatMap((d) => {
      const site = hub.sites.get(d.site)
      if (site === undefined || !site.fleet || site.lifecycle === 'DECOMMISSIONED') return []
      const labels = {
        __metrics_path__: `/edges/${site.id}/metrics`,
        __meta_bangtin_name: site.name.slice(0, MOST_NAME),
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
    const withinMs = deadlineOf(call.request.headers['x-prometheus-scrape-timeout-seconds'])
    const answer = await through.scrape(site.id, withinMs)
    if (!answer.ok) return problem(503, `edge-${answer.error}`, WHY[answer.error], null)
    const reply = call.reply.type(CONTENT_TYPE).header('vary', 'accept-encoding')
    const takesGzip = /\bgzip\b/.test(String(call.request.headers['accept-encoding'] ?? ''))
    if (answer.value.packed && takesGzip) return ok(reply.header('content-encoding', 'gzip').send(answer.value.bytes))
    const text = await through.text(answer.value)
    if (text === null) return problem(502, 'edge-refused', WHY.refused, null)
    return ok(reply.send(text))
  }
  const own = async (call: Call): Answer =>
    ok(call.reply.type(hub.metrics.contentType).send(await hub.metrics.expose()))
  const machine = { method: 'GET', need: 'machine', limitPerMinute: READS_PER_MINUTE } as const
  return [
    { ...machine, url: '/metrics', handle: own },
    { ...machine, url: '/sd/prometheus', handle: discovery },
    { ...machine, url: '/edges/:site/metrics', handle: edge },
  ]
}
