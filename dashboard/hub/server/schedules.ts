import { parseDocument } from '#core/base/check.ts'
import { ok, type Result } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { canonicalItem } from '#core/content/item.ts'
import { PrepareRequest, SignedRequest } from '#core/contract/api.ts'
import { checkApproval, checkWindow, openSchedule } from '#core/contract/verify.ts'
import { ScheduleDocument } from '#core/schedule/document.ts'
import { sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import { composeSchedule } from '../schedule/compose.ts'
import type { ItemRow } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, type PersonCall, type Problem, problem, type Route } from './answer.ts'

const inForce = async (hub: Hub, site: string): Promise<ScheduleDocument | null> => {
  const row = await hub.store.schedules.latest(site)
  if (row === null) return null
  const parsed = parseDocument(ScheduleDocument, row.envelope.payload)
  return parsed.ok ? parsed.value : null
}

/** Every reference in the document leads somewhere, and every item in it is one that this hub knows as approved. */
const checkInside = async (hub: Hub, document: ScheduleDocument, unit: string): Promise<Result<null, Problem>> => {
  const items = new Set(document.items.map((a) => a.item.id))
  const playlists = new Set(document.playlists.map((p) => p.id))
  const dangling = (what: string, where: string) =>
    problem(
      422,
      'dangling',
      { vi: `Lịch dẫn đến ${what} không có.`, en: `The schedule refers to ${what}, which is not in it.` },
      where,
    )
  for (const [i, p] of document.playlists.entries()) {
    const missing = p.items.find((id) => !items.has(id))
    if (missing !== undefined) return dangling(missing, `/playlists/${i}/items`)
  }
  for (const [i, f] of document.frames.entries())
    if (!playlists.has(f.playlist)) return dangling(f.playlist, `/frames/${i}/playlist`)
  if (document.fallbackPlaylist !== null && !playlists.has(document.fallbackPlaylist))
    return dangling(document.fallbackPlaylist, '/fallbackPlaylist')
  for (const [i, approved] of document.items.entries()) {
    const judge = {
      registry: hub.registry(),
      verify: verifyEd25519,
      at: instant(hub.now()),
      trusted: true,
      sha256,
      unit,
    }
    const checked = checkApproval(approved, judge)
    const { id } = approved.item
    if (!checked.ok) {
      const { reason, detail } = checked.error
      return problem(
        422,
        reason,
        { vi: `Nội dung ${id} bị từ chối: ${reason}.`, en: `Item ${id} is refused: ${detail}.` },
        `/items/${i}`,
      )
    }
    const known = await hub.store.content.item(id)
    if (known === null || known.state !== 'approved' || known.hash !== checked.value.approval.itemHash) {
      return problem(
        422,
        'unapproved',
        { vi: `Nội dung ${id} chưa được phê duyệt ở trung tâm.`, en: `Item ${id} is not approved at this hub.` },
        `/items/${i}`,
      )
    }
    const { asset } = approved.item
    if (asset !== null && !(await hub.assets.has(asset.sha256)))
      return problem(422, 'missing', { vi: `Thiếu tệp của ${id}.`, en: `The file of ${id} is missing.` }, `/items/${i}`)
  }
  return ok(null)
}

/** The document in force without what is no longer approved (a revoked key), and with the approvals that hold now. */
const stillApproved = async (hub: Hub, before: ScheduleDocument | null): Promise<ScheduleDocument | null> => {
  if (before === null) return null
  const items: ScheduleDocument['items'] = []
  for (const held of before.items) {
    const row = await hub.store.content.item(held.item.id)
    const same = row !== null && row.hash === sha256(canonicalItem(held.item))
    if (!same) items.push(held)
    else if (row.state === 'approved' && row.approval !== null) items.push({ item: held.item, approval: row.approval })
  }
  return { ...before, items }
}

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
    return ok(rows)
  }
  const prepare = async (call: PersonCall): Answer => {
    const body = bodyOf(PrepareRequest, call)
    if (!body.ok) return body
    const added = await addable(body.value.addItems)
    if (!added.ok) return added
    const documents: { readonly site: string; readonly payload: string }[] = []
    for (const id of new Set(body.value.sites)) {
      const site = hub.sites.get(id)
      if (site === undefined || !site.fleet || site.plan === null)
        return problem(
          422,
          'unknown-site',
          { vi: `Cụm ${id} chưa có khung giờ.`, en: `Cluster ${id} has no plan.` },
          '/sites',
        )
      for (const row of added.value) {
        const window = checkWindow(row.item, {
          site: id,
          at: instant(hub.now()),
          trusted: true,
          adsNeedPermit: hub.config.adsNeedPermit,
        })
        if (!window.ok && window.error.reason !== 'not-yet-valid') {
          const { reason, detail } = window.error
          return problem(
            422,
            reason,
            {
              vi: `Nội dung ${row.item.id} không phát được ở ${id}: ${reason}.`,
              en: `Item ${row.item.id} cannot play at ${id}: ${detail}.`,
            },
            '/addItems',
          )
        }
      }
      const composed = composeSchedule({
        site: id,
        plan: site.plan,
        before: await stillApproved(hub, await inForce(hub, id)),
        add: added.value,
        remove: body.value.removeItems,
        by: call.person.user,
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
      documents.push({ site: id, payload: composed.value })
    }
    return ok({ documents })
  }
  const publish = async (call: PersonCall): Answer => {
    const body = bodyOf(SignedRequest, call)
    if (!body.ok) return body
    const { envelope } = body.value
    const fail = async (p: { readonly ok: false; readonly error: Problem }): Answer => {
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
      const above = (await hub.store.schedules.latest(site.id))?.version ?? 0
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
      const inside = await checkInside(hub, document, site.unitCode)
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
    { method: 'POST', url: '/api/schedules/prepare', need: { action: 'schedule.publish' }, handle: prepare },
    { method: 'POST', url: '/api/schedules', need: { action: 'schedule.publish' }, handle: publish },
  ]
}
