import { parseDocument } from '#core/base/check.ts'
import { ok, type Result } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { translationsOf } from '#core/content/translation.ts'
import {
  type PlanWarning,
  PrepareRequest,
  type SchedulePlan,
  SignedRequest,
  type SiteSchedule,
} from '#core/contract/api.ts'
import { checkWindow, openSchedule } from '#core/contract/verify.ts'
import { ScheduleDocument } from '#core/schedule/document.ts'
import { sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import { composeSchedule, editableOf, planOf } from '../schedule/compose.ts'
import type { ItemRow } from '../store/port.ts'
import type { SiteRecord } from '../store/types.ts'
import {
  type Answer,
  auditOf,
  bodyOf,
  notFound,
  type PersonCall,
  type Problem,
  param,
  problem,
  type Route,
} from './answer.ts'
import { unfitProblem } from './fit.ts'
import { forged } from './forged.ts'
import {
  checkInside,
  inForce,
  judgedBy,
  newestVersion,
  planProblem,
  staleProblem,
  stillApproved,
} from './schedule-check.ts'

export const scheduleRoutes = (hub: Hub): readonly Route[] => {
  const addable = async (ids: readonly string[]): Promise<Result<readonly ItemRow[], Problem>> => {
    const rows: ItemRow[] = []
    for (const id of ids) {
      const row = await hub.store.content.item(id)
      if (row === null || row.state !== 'approved' || row.approval === null) {
        return problem(
          422,
          'unapproved',
          { vi: `Nội dung ${id} chưa được phê duyệt.`, en: `Item ${id} is not approved.` },
          '/addItems',
        )
      }
      rows.push(row)
    }
    const all = new Map((await hub.store.content.items()).map((r) => [r.item.id, r.item]))
    for (const { item } of rows) {
      const { item: left, stale } = translationsOf(item, { sha256, find: (id) => all.get(id) })
      if (left === null) return staleProblem(item.id, stale?.detail ?? '', '/addItems')
    }
    return ok(rows)
  }
  /** Refused here for what every edge would refuse it for at this cluster. */
  const fits = (row: ItemRow, site: string): Result<null, Problem> => {
    const unfit = unfitProblem(hub, row.item, [site])
    if (unfit !== null) return unfit
    const window = checkWindow(row.item, {
      site,
      at: instant(hub.now()),
      trusted: true,
      adsNeedPermit: hub.config.adsNeedPermit,
    })
    if (window.ok || window.error.reason === 'not-yet-valid') return ok(null)
    const { reason, detail } = window.error
    return problem(
      422,
      reason,
      {
        vi: `Nội dung ${row.item.id} không phát được ở ${site}: ${reason}.`,
        en: `Item ${row.item.id} cannot play at ${site}: ${detail}.`,
      },
      '/addItems',
    )
  }
  type Asked = {
    readonly add: readonly ItemRow[]
    readonly remove: readonly string[]
    readonly plan: SchedulePlan | undefined
    readonly by: string
  }
  type Prepared = { readonly site: string; readonly payload: string; readonly warnings: readonly PlanWarning[] }
  const prepareOne = async (
    site: SiteRecord | undefined,
    id: string,
    asked: Asked,
  ): Promise<Result<Prepared, Problem>> => {
    if (site === undefined || !site.fleet || site.plan === null)
      return problem(
        422,
        'unknown-site',
        { vi: `Cụm ${id} chưa có khung giờ.`, en: `Cluster ${id} has no plan.` },
        '/sites',
      )
    for (const row of asked.add) {
      const fit = fits(row, id)
      if (!fit.ok) return fit
    }
    const before = await stillApproved(hub, await inForce(hub, id))
    const composed = composeSchedule({
      site: id,
      plan: planOf(site.plan, before, asked.plan),
      before,
      above: await newestVersion(hub, id),
      add: asked.add,
      remove: asked.remove,
      by: asked.by,
      now: hub.now(),
    })
    if (!composed.ok) {
      return problem(
        422,
        'empty-playlist',
        {
          vi: `Danh sách ${composed.error} ở ${id} sẽ không còn gì.`,
          en: `Playlist ${composed.error} at ${id} would be empty.`,
        },
        '/removeItems',
      )
    }
    const document = parseDocument(ScheduleDocument, composed.value)
    if (!document.ok) {
      const [fault = { where: '/', why: 'does not match the schema' }] = document.error
      return planProblem({ ...fault, vi: `sai mẫu (${fault.why})`, dangling: false })
    }
    const { faults, warnings } = judgedBy(hub, document.value)
    const [fault] = faults
    return fault === undefined ? ok({ site: id, payload: composed.value, warnings }) : planProblem(fault)
  }
  const prepare = async (call: PersonCall): Answer => {
    const body = bodyOf(PrepareRequest, call)
    if (!body.ok) return body
    const { sites, plan, removeItems: remove, addItems } = body.value
    if (plan !== undefined && new Set(sites).size !== 1)
      return problem(
        422,
        'one-site',
        { vi: 'Khung giờ chỉ sửa cho từng cụm một.', en: 'Frames are edited for one cluster at a time.' },
        '/plan',
      )
    const added = await addable(addItems)
    if (!added.ok) return added
    const documents: Prepared[] = []
    for (const id of new Set(sites)) {
      const made = await prepareOne(hub.sites.get(id), id, { add: added.value, remove, plan, by: call.person.user })
      if (!made.ok) return made
      documents.push(made.value)
    }
    return ok({ documents })
  }
  const read = async (call: PersonCall): Answer => {
    const site = hub.sites.get(param(call, 'site'))
    if (site === undefined || site.plan === null) return notFound(`lịch của / schedule of ${param(call, 'site')}`)
    const held = await inForce(hub, site.id)
    const judged = held === null ? { warnings: [], checked: false } : judgedBy(hub, held)
    const answer: SiteSchedule = {
      site: site.id,
      version: held?.version ?? 0,
      plan: editableOf(held ?? site.plan),
      playlists: (held ?? site.plan).playlists,
      fallbackPlaylist: (held ?? site.plan).fallbackPlaylist,
      warnings: judged.warnings,
      checked: judged.checked,
    }
    return ok(answer)
  }
  const publish = async (call: PersonCall): Answer => {
    const body = bodyOf(SignedRequest, call)
    if (!body.ok) return body
    const { envelope } = body.value
    const fail = async (p: { readonly ok: false; readonly error: Problem }): Answer => {
      forged(hub, null, { from: 'POST /api/schedules', reason: p.error.error, detail: p.error.message.en })
      await hub.store.audit.append(
        auditOf(call, hub.now(), {
          action: 'schedule.refused',
          subject: '',
          detail: `${p.error.error}: ${p.error.message.en}`,
        }),
      )
      return p
    }
    for (const site of hub.sites.values()) {
      if (!site.fleet) continue
      const above = await newestVersion(hub, site.id)
      const judge = {
        registry: hub.registry(),
        verify: verifyEd25519,
        at: instant(hub.now()),
        trusted: true,
        site: { id: site.id, unit: site.unitCode },
        above,
      }
      const opened = openSchedule(envelope, judge)
      if (!opened.ok && opened.error.reason === 'wrong-site') continue
      if (!opened.ok) {
        const { reason, detail } = opened.error
        const status = reason === 'older' ? 409 : reason === 'malformed' ? 400 : 403
        return fail(
          problem(
            status,
            reason,
            { vi: `Không nhận lịch: ${reason}.`, en: `The schedule is refused: ${detail}.` },
            '/envelope',
          ),
        )
      }
      const { document } = opened.value
      if (document.issuedBy !== call.person.user)
        return fail(
          problem(
            403,
            'not-yours',
            { vi: 'Lịch do người khác ký.', en: 'Another person signed this schedule.' },
            '/issuedBy',
          ),
        )
      const inside = await checkInside(hub, document, { unit: site.unitCode, before: await inForce(hub, site.id) })
      if (!inside.ok) return fail(inside)
      const now = hub.now()
      const audit = auditOf(call, now, {
        action: 'schedule.publish',
        subject: site.id,
        detail: `version ${document.version}, ${document.items.length} items`,
      })
      const row = { site: site.id, version: document.version, envelope, publishedAt: now }
      if (
        !(await hub.store.schedules.publish(
          row,
          document.items.map((a) => a.item.id),
          audit,
        ))
      ) {
        return problem(
          409,
          'older',
          { vi: 'Đã có lịch mới hơn.', en: 'There is a newer schedule already.' },
          '/version',
        )
      }
      hub.edges.schedule(site.id, envelope)
      hub.live.tell({ t: 'items' })
      return ok({ site: site.id, version: document.version })
    }
    return fail(
      problem(
        422,
        'unknown-site',
        { vi: 'Lịch cho cụm không có ở đây.', en: 'The schedule is for a cluster that is not here.' },
        '/site',
      ),
    )
  }
  return [
    { method: 'GET', url: '/api/sites/:site/schedule', need: { action: 'view' }, handle: read },
    { method: 'POST', url: '/api/schedules/prepare', need: { action: 'schedule.publish' }, handle: prepare },
    { method: 'POST', url: '/api/schedules', need: { action: 'schedule.publish' }, handle: publish },
  ]
}
