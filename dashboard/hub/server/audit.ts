import { ok } from '#core/base/result.ts'
import type { Hub } from '../hub.ts'
import { type Answer, type PersonCall, query, type Route } from './answer.ts'
import { auditView } from './orders-report.ts'

const MOST_LINES = 500

/** GET /api/audit?subject=: newest first; without a subject, of everything. The addresses people came from stay in the file. */
export const auditRoutes = (hub: Hub): readonly Route[] => {
  const list = async (call: PersonCall): Answer => {
    const subject = query(call, 'subject')
    const rows =
      subject === undefined || subject === ''
        ? await hub.store.audit.newest(MOST_LINES)
        : await hub.store.audit.about(subject.slice(0, 200), MOST_LINES)
    return ok(rows.map(auditView))
  }
  return [{ method: 'GET', url: '/api/audit', need: { action: 'audit.read' }, handle: list }]
}
