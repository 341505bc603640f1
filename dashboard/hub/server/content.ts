import { Type } from 'typebox'
import { ok } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { assetsOf, canonicalItem } from '#core/content/item.ts'
import { sourceHash, translationsOf } from '#core/content/translation.ts'
import { ItemEdit, SignedRequest } from '#core/contract/api.ts'
import { checkApproval } from '#core/contract/verify.ts'
import { sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import type { ItemRow } from '../store/port.ts'
import { type Answer, auditOf, bodyOf, notFound, type PersonCall, param, problem, query, type Route } from './answer.ts'
import { sendAsset } from './assets.ts'
import { gateWords, itemOf, judge, readUpload } from './content-draft.ts'
import { unfitProblem } from './fit.ts'
import { forged } from './forged.ts'
import { staleProblem } from './schedule-check.ts'

const Reject = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false })
const UPLOADS_PER_MINUTE = 60
/** A changed text is a small thing, but each is a decision for somebody. */
const EDITS_PER_MINUTE = 60

export const contentRoutes = (hub: Hub): readonly Route[] => {
  const submit = async (call: PersonCall): Answer => {
    const upload = await readUpload(hub, call)
    if (!upload.ok) return upload
    const item = await itemOf(hub, upload.value, call.person.user)
    if (!item.ok) return item
    const { files, draft } = upload.value
    for (const file of files) await hub.store.content.putAsset(file, hub.now())
    const row = {
      item: item.value,
      hash: sha256(canonicalItem(item.value)),
      sites: draft.sites,
      state: 'submitted',
      submittedAt: hub.now(),
      approval: null,
      approvedBy: null,
      approvedAt: null,
      rejectReason: null,
    } as const
    await hub.store.content.submit(
      row,
      auditOf(call, row.submittedAt, { action: 'content.submit', subject: row.item.id, detail: row.hash }),
    )
    hub.live.tell({ t: 'items' })
    return ok(await hub.views.item(row))
  }
  const decided = problem(
    409,
    'decided',
    { vi: 'Nội dung này đã được quyết định.', en: 'This item has been decided on already.' },
    null,
  )
  const reject = async (call: PersonCall): Answer => {
    const body = bodyOf(Reject, call)
    if (!body.ok) return body
    const row = await hub.store.content.item(param(call, 'id'))
    if (row === null) return notFound(`nội dung / item ${param(call, 'id')}`)
    const after = { ...row, state: 'rejected', rejectReason: body.value.reason } as const
    const audit = auditOf(call, hub.now(), {
      action: 'content.reject',
      subject: row.item.id,
      detail: body.value.reason,
    })
    if (!(await hub.store.content.decide(after, audit))) return decided
    hub.live.tell({ t: 'items' })
    return ok(await hub.views.item(after))
  }
  const approve = async (call: PersonCall): Answer => {
    const body = bodyOf(SignedRequest, call)
    if (!body.ok) return body
    const row = await hub.store.content.item(param(call, 'id'))
    if (row === null) return notFound(`nội dung / item ${param(call, 'id')}`)
    const unfit = unfitProblem(hub, row.item, row.sites)
    if (unfit !== null) return unfit
    const { envelope } = body.value
    const all = new Map((await hub.store.content.items()).map((r) => [r.item.id, r.item]))
    const { item: left, stale } = translationsOf(row.item, { sha256, find: (id) => all.get(id) })
    if (left === null) return staleProblem(row.item.id, stale?.detail ?? '', '/texts')
    const units = [...new Set(row.sites.map((s) => hub.sites.get(s)?.unitCode ?? hub.registry().province))]
    for (const unit of units) {
      const judge = {
        registry: hub.registry(),
        verify: verifyEd25519,
        at: instant(hub.now()),
        trusted: true,
        sha256,
        unit,
      }
      const checked = checkApproval({ item: row.item, approval: envelope }, judge)
      if (!checked.ok) {
        const { reason, detail } = checked.error
        forged(hub, null, { from: `POST /api/items/${row.item.id}/approve`, reason, detail })
        await hub.store.audit.append(
          auditOf(call, hub.now(), {
            action: 'approval.refused',
            subject: row.item.id,
            detail: `${reason}: ${detail}`,
          }),
        )
        return problem(
          403,
          reason,
          {
            vi: `Không nhận phê duyệt: ${APPROVAL_WORDS[reason] ?? reason}.`,
            en: `The approval is refused: ${detail}.`,
          },
          '/envelope',
        )
      }
      if (checked.value.approval.approvedBy !== call.person.user)
        return problem(
          403,
          'not-yours',
          { vi: 'Phê duyệt do người khác ký.', en: 'Another person signed this approval.' },
          '/envelope',
        )
    }
    const now = hub.now()
    const after = {
      ...row,
      state: 'approved',
      approval: envelope,
      approvedBy: call.person.user,
      approvedAt: now,
    } as const
    if (
      !(await hub.store.content.decide(
        after,
        auditOf(call, now, { action: 'content.approve', subject: row.item.id, detail: row.hash }),
      ))
    )
      return decided
    hub.live.tell({ t: 'items' })
    return ok(await hub.views.item(after))
  }
  const file = async (call: PersonCall): Answer => {
    const row = await hub.store.content.item(param(call, 'id'))
    const n = Number(query(call, 'n') ?? '0')
    const asset = row === null ? undefined : assetsOf(row.item)[n]
    if (asset === undefined) return notFound(`tệp của / file of ${param(call, 'id')}`)
    return sendAsset(hub, call, asset.sha256)
  }
  const edit = async (call: PersonCall): Answer => {
    const body = bodyOf(ItemEdit, call)
    if (!body.ok) return body
    const row = await hub.store.content.item(param(call, 'id'))
    if (row === null) return notFound(`nội dung / item ${param(call, 'id')}`)
    if (row.item.kind !== 'text')
      return problem(
        422,
        'kind',
        { vi: 'Chỉ nội dung dạng chữ sửa được ở đây.', en: 'Only the words of a text item are edited here.' },
        '/texts',
      )
    if (row.item.revision !== body.value.revision) return changed
    const next = revised(row, body.value, call.person.user)
    if (!next.ok) return next
    const item = judge(hub, next.value, row.sites)
    if (!item.ok) return item
    const after: ItemRow = {
      ...row,
      item: item.value,
      hash: sha256(canonicalItem(item.value)),
      state: 'submitted',
      submittedAt: hub.now(),
      approval: null,
      approvedBy: null,
      approvedAt: null,
      rejectReason: null,
    }
    const audit = auditOf(call, after.submittedAt, {
      action: 'content.edit',
      subject: row.item.id,
      detail: `revision ${item.value.revision}: ${after.hash}`,
    })
    if (!(await hub.store.content.revise(after, row.hash, audit))) return changed
    hub.live.tell({ t: 'items' })
    return ok(await hub.views.item(after))
  }
  return [
    { method: 'GET', url: '/api/items', need: { action: 'view' }, handle: async () => ok(await hub.views.items()) },
    {
      method: 'POST',
      url: '/api/items',
      need: { action: 'content.submit' },
      limitPerMinute: UPLOADS_PER_MINUTE,
      handle: submit,
    },
    { method: 'GET', url: '/api/items/:id/file', need: { action: 'view' }, handle: file },
    {
      method: 'POST',
      url: '/api/items/:id/texts',
      need: { action: 'content.submit' },
      limitPerMinute: EDITS_PER_MINUTE,
      handle: edit,
    },
    { method: 'POST', url: '/api/items/:id/reject', need: { action: 'content.approve' }, handle: reject },
    { method: 'POST', url: '/api/items/:id/approve', need: { action: 'content.approve' }, handle: approve },
  ]
}

const APPROVAL_WORDS: { readonly [reason: string]: string } = {
  'self-approved': 'người gửi không được tự phê duyệt',
  changed: 'nội dung đã khác với bản được ký',
  'bad-signature': 'chữ ký không đúng',
  'unknown-key': 'khóa không có trong sổ đăng ký',
  'no-right': 'khóa không có quyền phê duyệt',
}

const changed = problem(
  409,
  'changed',
  {
    vi: 'Nội dung vừa được người khác sửa. Tải lại rồi sửa tiếp.',
    en: 'Somebody has edited this item meanwhile. Reload it first.',
  },
  '/revision',
)

/**
 * The next revision with these words. What says that it was translated follows the main text of this very edit; the rest keeps the source
 * that it had, and is stale where that is no longer what stands there (Art. 13.4).
 */
const revised = (row: ItemRow, edit: ItemEdit, by: string) => {
  const words = gateWords({
    title: edit.title,
    texts: edit.texts.map(({ language, title, body }) => ({ language, title, body })),
  })
  if (!words.ok) return words
  const { texts } = words.value
  const main = row.item.languages[0] ?? ''
  const source = texts.find((t) => t.language === main)
  if (source === undefined)
    return problem(
      422,
      'main-missing',
      { vi: `Thiếu ngôn ngữ chính (${main}).`, en: `The main language (${main}) is missing.` },
      '/texts',
    )
  const textBefore = (language: string) => row.item.texts.find((t) => t.language === language)
  const follows = { language: main, hash: sourceHash(source, sha256) }
  const sourceBefore = textBefore(main)
  const followed = sourceBefore === undefined ? follows : { ...follows, hash: sourceHash(sourceBefore, sha256) }
  const translated = texts.flatMap((text, i) => {
    if (text === source) return []
    const before = textBefore(text.language)
    const isFresh = edit.texts[i]?.translated === true || before === undefined
    return [{ ...text, translationOf: isFresh ? follows : (before.translationOf ?? followed) }]
  })
  const marked = [source, ...translated]
  const item: ItemRow['item'] = {
    ...row.item,
    revision: row.item.revision + 1,
    title: words.value.title,
    texts: marked,
    languages: marked.map((t) => t.language),
    submittedBy: by,
  }
  return ok(item)
}
