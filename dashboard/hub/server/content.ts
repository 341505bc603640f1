import { randomInt } from 'node:crypto'
import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import { ok, type Result } from '#core/base/result.ts'
import { dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { canonicalItem, type Item } from '#core/content/item.ts'
import { ItemDraft, SignedRequest } from '#core/contract/api.ts'
import { checkApproval, checkForm } from '#core/contract/verify.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import type { AssetFault, StoredFile } from '../assets.ts'
import { sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
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
import { sendAsset } from './assets.ts'

const Reject = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false })
const OFFSET_MINUTES = 420
const BODY_LINES = 40
const UPLOADS_PER_MINUTE = 60

const FILE_FAULTS: { readonly [F in AssetFault]: { readonly vi: string; readonly en: string } } = {
  'too-big': { vi: 'Tệp quá lớn.', en: 'The file is too big.' },
  'unknown-format': {
    vi: 'Không nhận ra định dạng: chỉ nhận PNG, JPEG, WebP, MP4, WebM.',
    en: 'Not a PNG, JPEG, WebP, MP4 or WebM file.',
  },
  empty: { vi: 'Tệp rỗng.', en: 'The file is empty.' },
}

/** Texts are kept in NFC; damaged, hidden and control characters are refused with their place (domain.md, source 004). */
const gateDraft = (draft: ItemDraft): Result<ItemDraft, Problem> => {
  const title = gateText(draft.title, { most: 200, lines: 1 })
  if (!title.ok) return problem(422, 'text-unfit', textFaultText(title.error), '/title')
  const texts: ItemDraft['texts'][number][] = []
  for (const [i, text] of draft.texts.entries()) {
    const head = gateText(text.title, { most: 200, lines: 1 })
    if (!head.ok) return problem(422, 'text-unfit', textFaultText(head.error), `/texts/${i}/title`)
    const body = text.body.trim() === '' ? ok({ text: '' }) : gateText(text.body, { most: 2000, lines: BODY_LINES })
    if (!body.ok) return problem(422, 'text-unfit', textFaultText(body.error), `/texts/${i}/body`)
    texts.push({ language: text.language, title: head.value.text, body: body.value.text })
  }
  return ok({ ...draft, title: title.value.text, texts })
}

type Upload = { readonly draft: ItemDraft; readonly file: StoredFile | null }

/** `meta` first, then the file: so that nobody uploads half a gigabyte to learn that a date is missing. */
const readUpload = async (hub: Hub, call: PersonCall): Promise<Result<Upload, Problem>> => {
  if (!call.request.isMultipart())
    return problem(415, 'not-multipart', { vi: 'Cần biểu mẫu multipart.', en: 'A multipart form is needed.' }, null)
  let draft: ItemDraft | null = null
  let file: StoredFile | null = null
  for await (const part of call.request.parts()) {
    if (part.type === 'field' && part.fieldname === 'meta') {
      const parsed = parseDocument(ItemDraft, typeof part.value === 'string' ? part.value : '')
      if (!parsed.ok) {
        const why = parsed.error.map((f) => `${f.where}: ${f.why}`).join('; ')
        return problem(
          400,
          'malformed',
          { vi: `Thông tin nội dung sai: ${why}`, en: `The item is malformed: ${why}` },
          parsed.error[0]?.where ?? null,
        )
      }
      const gated = gateDraft(parsed.value)
      if (!gated.ok) return gated
      draft = gated.value
    } else if (part.type === 'file' && draft !== null) {
      const stored = await hub.assets.put(part.file, hub.config.assetBytes - 1)
      if (!stored.ok)
        return problem(stored.error === 'too-big' ? 413 : 422, stored.error, FILE_FAULTS[stored.error], 'file')
      file = stored.value
    } else {
      return problem(
        400,
        'meta-first',
        { vi: 'Trường "meta" phải đứng trước tệp.', en: 'The field "meta" comes before the file.' },
        'meta',
      )
    }
  }
  if (draft === null)
    return problem(400, 'meta-missing', { vi: 'Thiếu trường "meta".', en: 'The field "meta" is missing.' }, 'meta')
  return ok({ draft, file })
}

const itemOf = (hub: Hub, upload: Upload, by: string): Result<Item, Problem> => {
  const { draft, file } = upload
  const now = hub.now()
  const day = dateOf(instant(now), OFFSET_MINUTES).replaceAll('-', '')
  const { sites: _, ...rest } = draft
  const item: Item = {
    ...rest,
    id: `N${day}-${randomInt(36 ** 6)
      .toString(36)
      .padStart(6, '0')}`,
    revision: 1,
    asset: file,
    submittedBy: by,
    sample: false,
  }
  const kind = file === null ? 'text' : file.mime.startsWith('video/') ? 'video' : 'image'
  if (kind !== draft.kind) {
    return problem(
      422,
      'kind',
      { vi: `Loại khai là ${draft.kind} nhưng tệp là ${kind}.`, en: `It says ${draft.kind} but what came is ${kind}.` },
      '/kind',
    )
  }
  const form = checkForm(item)
  if (!form.ok) {
    const why = form.error.detail
    return problem(
      422,
      form.error.reason,
      { vi: `Nội dung chưa hợp lệ: ${why}`, en: `The item is not in order: ${why}` },
      '/category',
    )
  }
  if (item.ad !== null && item.ad.permit === null && hub.config.adsNeedPermit) {
    return problem(
      422,
      'no-permit',
      {
        vi: 'Quảng cáo phải có số văn bản tiếp nhận hoặc giấy phép.',
        en: 'Advertising needs a permit or notification number.',
      },
      '/ad/permit',
    )
  }
  if (item.validTo <= item.validFrom || item.validTo <= now) {
    return problem(
      422,
      'expired',
      { vi: 'Thời hạn hiển thị đã qua hoặc không hợp lệ.', en: 'Its time is over, or ends before it begins.' },
      '/validTo',
    )
  }
  const unknown = draft.sites.find((s) => hub.sites.get(s)?.fleet !== true)
  if (unknown !== undefined)
    return problem(
      422,
      'unknown-site',
      { vi: `Không có cụm ${unknown}.`, en: `There is no cluster ${unknown}.` },
      '/sites',
    )
  return ok(item)
}

export const contentRoutes = (hub: Hub): readonly Route[] => {
  const submit = async (call: PersonCall): Answer => {
    const upload = await readUpload(hub, call)
    if (!upload.ok) return upload
    const item = itemOf(hub, upload.value, call.person.user)
    if (!item.ok) return item
    const { file, draft } = upload.value
    if (file !== null) await hub.store.content.putAsset(file, hub.now())
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
    const { envelope } = body.value
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
    if (row === null || row.item.asset === null) return notFound(`tệp của / file of ${param(call, 'id')}`)
    return sendAsset(hub, call, row.item.asset.sha256)
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
