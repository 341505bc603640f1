import { ok } from '#core/base/result.ts'
import { INCIDENT_TYPES, IncidentEscalation, IncidentNote, IncidentReport } from '#core/contract/operations.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import type { Hub } from '../hub.ts'
import type { IncidentRow } from '../store/port-operations.ts'
import { type Answer, auditOf, bodyOf, notFound, type PersonCall, param, problem, query, type Route } from './answer.ts'

const DEFAULT_LIMIT = 200
const MOST_LIMIT = 1_000

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined

const wrong = (where: string, vi: string, en: string) => problem(400, 'malformed', { vi, en }, where)

/** Texts of people go on pages and into letters: NFC, no U+FFFD, nothing invisible. `lines`: how many it may have. */
const gated = (given: string, where: string, bounds: { readonly most: number; readonly lines: number }) => {
  if (given.trim() === '') return ok('')
  const gate = gateText(given, bounds)
  return gate.ok ? ok(gate.value.text) : problem(422, 'text-unfit', textFaultText(gate.error), where)
}

export const incidentRoutes = (hub: Hub): readonly Route[] => {
  const { view } = hub.incidents
  const told = (row: IncidentRow) => {
    hub.incidents.changed(row.id)
    return ok(view(row))
  }
  const list = async (call: PersonCall): Answer => {
    const [state, asked, site] = [query(call, 'state') ?? 'open', query(call, 'type'), query(call, 'site')]
    if (state !== 'open' && state !== 'all') return wrong('state', 'state: open hoặc all.', 'state: open or all.')
    const type = INCIDENT_TYPES.find((t) => t === asked)
    if (asked !== undefined && asked !== '' && type === undefined)
      return wrong('type', `type: ${INCIDENT_TYPES.join(', ')}.`, `type: ${INCIDENT_TYPES.join(', ')}.`)
    const limit = Math.min(MOST_LIMIT, Math.max(1, wholeNumber(query(call, 'limit')) ?? DEFAULT_LIMIT))
    const rows = await hub.store.incidents.list({ state, type: type ?? null, site: site || null, limit })
    return ok(rows.map(view))
  }
  const report = async (call: PersonCall): Answer => {
    const body = bodyOf(IncidentReport, call)
    if (!body.ok) return body
    const { site, type } = body.value
    if (site !== null && !hub.sites.has(site)) return notFound(`cụm / site ${site}`)
    const what = gated(body.value.what, '/what', { most: 200, lines: 1 })
    if (!what.ok) return what
    if (what.value.length < 3) return wrong('/what', 'Hãy ghi sự cố là gì.', 'Say what happened.')
    const detail = gated(body.value.detail, '/detail', { most: 4_000, lines: 100 })
    if (!detail.ok) return detail
    const at = hub.now()
    const signal = {
      ...({ site, type, what: 'reported', source: 'person', cause: 'unknown', detail: detail.value } as const),
      ...({
        severity: type === 'INFORMATION_SECURITY' ? 'critical' : 'warning',
        at,
        arrivedAt: at,
        stands: true,
      } as const),
    }
    const audit = auditOf(call, at, {
      action: 'incident.report',
      subject: '',
      detail: `${type} ${site ?? '–'}: ${what.value}`,
    })
    const row = await hub.store.incidents.report({ signal, title: what.value, by: { by: call.person.user, at } }, audit)
    if (row !== null) return told(row)
    const words = { vi: 'Đã có quá nhiều sự cố đang mở ở đây.', en: 'Too many incidents are open here.' }
    return problem(409, 'full', words, '/site')
  }
  const found = async (call: PersonCall) => {
    const row = await hub.store.incidents.get(param(call, 'id'))
    return row === null ? notFound('sự cố này / such incident') : ok(row)
  }
  const over = (vi: string, en: string, error: string) => problem(409, error, { vi, en }, null)
  const noteOf = (call: PersonCall) => {
    const body = bodyOf(IncidentNote, call)
    if (!body.ok) return body
    const note = gated(body.value.note, '/note', { most: 2_000, lines: 50 })
    if (!note.ok) return note
    return note.value === '' ? wrong('/note', 'Hãy ghi một dòng.', 'Write a line.') : note
  }
  const acknowledge = async (call: PersonCall): Answer => {
    const note = noteOf(call)
    if (!note.ok) return note
    const was = await found(call)
    if (!was.ok) return was
    const at = hub.now()
    const { id } = was.value
    const audit = auditOf(call, at, { action: 'incident.acknowledge', subject: id, detail: note.value })
    const row = await hub.store.incidents.acknowledge(id, { by: call.person.user, at, note: note.value }, audit)
    return row === null
      ? over('Đã có người nhận xử lý, hoặc sự cố đã xong.', 'Somebody has taken it on, or it is over.', 'taken')
      : told(row)
  }
  const escalate = async (call: PersonCall): Answer => {
    const body = bodyOf(IncidentEscalation, call)
    if (!body.ok) return body
    const to = gated(body.value.to, '/to', { most: 200, lines: 1 })
    if (!to.ok) return to
    const text = gated(body.value.text, '/text', { most: 8_000, lines: 300 })
    if (!text.ok) return text
    const proposal = gated(body.value.proposal, '/proposal', { most: 4_000, lines: 150 })
    if (!proposal.ok) return proposal
    const was = await found(call)
    if (!was.ok) return was
    const at = hub.now()
    const said = { to: to.value, text: text.value, proposal: proposal.value }
    const audit = auditOf(call, at, {
      action: 'incident.escalate',
      subject: was.value.id,
      detail: JSON.stringify(said),
    })
    const row = await hub.store.incidents.escalate(was.value.id, { by: call.person.user, at, ...said }, audit)
    return row === null
      ? over('Sự cố này đã được báo lên quá nhiều lần.', 'It was escalated as often as may be.', 'full')
      : told(row)
  }
  const resolve = async (call: PersonCall): Answer => {
    const note = noteOf(call)
    if (!note.ok) return note
    const was = await found(call)
    if (!was.ok) return was
    const at = hub.now()
    const { id, resolved } = was.value
    const audit = auditOf(call, at, { action: 'incident.resolve', subject: id, detail: note.value })
    const row = await hub.store.incidents.resolve(id, { by: call.person.user, at, note: note.value }, audit)
    if (row !== null) return told(row)
    return resolved === null
      ? over('Lỗi vẫn còn, chưa đóng được.', 'Its fault still stands.', 'still-stands')
      : over('Sự cố đã được đóng.', 'It is resolved already.', 'resolved')
  }
  const need = { action: 'incident.handle' } as const
  return [
    { method: 'GET', url: '/api/incidents', need: { action: 'view', scope: 'incidents.read' }, handle: list },
    { method: 'POST', url: '/api/incidents', need: { action: 'incident.report' }, handle: report },
    { method: 'POST', url: '/api/incidents/:id/acknowledge', need, handle: acknowledge },
    { method: 'POST', url: '/api/incidents/:id/escalate', need: { action: 'incident.escalate' }, handle: escalate },
    { method: 'POST', url: '/api/incidents/:id/resolve', need, handle: resolve },
  ]
}
