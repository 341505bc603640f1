import { randomInt } from 'node:crypto'
import { parseDocument } from '#core/base/check.ts'
import { ok, type Result } from '#core/base/result.ts'
import { dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import { sourceHash } from '#core/content/translation.ts'
import { ItemDraft } from '#core/contract/api.ts'
import { checkForm } from '#core/contract/verify.ts'
import { BODY_LIMITS, gateText, TITLE_LIMITS, textFaultText } from '#core/text/gate.ts'
import type { AssetFault, StoredFile } from '../assets.ts'
import { sha256 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import { type PersonCall, type Problem, problem } from './answer.ts'

const OFFSET_MINUTES = 420

const FILE_FAULTS: { readonly [F in AssetFault]: { readonly vi: string; readonly en: string } } = {
  'too-big': { vi: 'Tệp quá lớn.', en: 'The file is too big.' },
  'unknown-format': {
    vi: 'Không nhận ra định dạng: chỉ nhận PNG, JPEG, WebP, MP4, WebM.',
    en: 'Not a PNG, JPEG, WebP, MP4 or WebM file.',
  },
  empty: { vi: 'Tệp rỗng.', en: 'The file is empty.' },
}

type Words = Pick<Item, 'title' | 'texts'>

/** Texts are kept in NFC; damaged, hidden and control characters are refused with their place (domain.md, source 004). */
export const gateWords = (draft: Words): Result<Words, Problem> => {
  const title = gateText(draft.title, TITLE_LIMITS)
  if (!title.ok) return problem(422, 'text-unfit', textFaultText(title.error), '/title')
  const texts: Item['texts'][number][] = []
  for (const [i, text] of draft.texts.entries()) {
    const head = gateText(text.title, TITLE_LIMITS)
    if (!head.ok) return problem(422, 'text-unfit', textFaultText(head.error), `/texts/${i}/title`)
    const body = text.body.trim() === '' ? ok({ text: '' }) : gateText(text.body, BODY_LIMITS)
    if (!body.ok) return problem(422, 'text-unfit', textFaultText(body.error), `/texts/${i}/body`)
    texts.push({ language: text.language, title: head.value.text, body: body.value.text })
  }
  return ok({ title: title.value.text, texts })
}

/**
 * Art. 13.4: every text but that of the main language is a translation of it, made from the words it has now; so an edit of those makes
 * it stale. The hub says so, whatever was sent.
 */
export const asTranslations = (texts: Item['texts'], main: string): Item['texts'] => {
  const source = texts.find((t) => t.language === main)
  if (source === undefined) return texts
  const translationOf = { language: main, hash: sourceHash(source, sha256) }
  return texts.map((t) => (t === source ? t : { ...t, translationOf }))
}

export type Upload = { readonly draft: ItemDraft; readonly files: readonly StoredFile[] }

/** `meta` first, then the file: so that nobody uploads half a gigabyte to learn that a date is missing. */
export const readUpload = async (hub: Hub, call: PersonCall): Promise<Result<Upload, Problem>> => {
  if (!call.request.isMultipart())
    return problem(415, 'not-multipart', { vi: 'Cần biểu mẫu multipart.', en: 'A multipart form is needed.' }, null)
  let draft: ItemDraft | null = null
  const files: StoredFile[] = []
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
      const gated = gateWords(parsed.value)
      if (!gated.ok) return gated
      draft = { ...parsed.value, ...gated.value }
    } else if (part.type === 'file' && draft !== null) {
      const used = files.reduce((sum, f) => sum + f.bytes, 0)
      const stored = await hub.assets.put(part.file, Math.max(0, hub.config.assetBytes - 1 - used))
      if (!stored.ok)
        return problem(stored.error === 'too-big' ? 413 : 422, stored.error, FILE_FAULTS[stored.error], 'file')
      files.push(stored.value)
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
  return ok({ draft, files })
}

/** What kind of item these files make. */
const kindOf = ({ draft, files }: Upload): Item['kind'] => {
  const [first] = files
  if (first === undefined) return 'text'
  if (draft.kind === 'slides' && files.every((f) => f.mime.startsWith('image/'))) return 'slides'
  return first.mime.startsWith('video/') ? 'video' : 'image'
}

/** The pictures in the order in which they came, each as long as the draft says. */
const slidesOf = ({ draft, files }: Upload): Result<NonNullable<Item['slides']>, Problem> =>
  draft.slides === undefined || draft.slides.length !== files.length
    ? problem(
        422,
        'slides',
        {
          vi: `Khai ${draft.slides?.length ?? 0} trang nhưng gửi ${files.length} ảnh.`,
          en: `${draft.slides?.length ?? 0} slides are declared, ${files.length} pictures came.`,
        },
        '/slides',
      )
    : ok(
        files.flatMap(
          (asset, i) => draft.slides?.slice(i, i + 1).map(({ durationMs }) => ({ asset, durationMs })) ?? [],
        ),
      )

/** The revision of its source that a translated clip or picture was made from: the one the hub has now. */
const sourceOf = async (hub: Hub, id: string | undefined): Promise<Result<Item['translationOf'], Problem>> => {
  if (id === undefined) return ok(undefined)
  const row = await hub.store.content.item(id)
  return row === null
    ? problem(
        422,
        'unknown-source',
        { vi: `Không có bản gốc ${id}.`, en: `There is no source item ${id}.` },
        '/translationOf',
      )
    : ok({ item: id, revision: row.item.revision })
}

export const itemOf = async (hub: Hub, upload: Upload, by: string): Promise<Result<Item, Problem>> => {
  const { draft, files } = upload
  const { sites: _, slides: __, translationOf: source, ...rest } = draft
  const day = dateOf(instant(hub.now()), OFFSET_MINUTES).replaceAll('-', '')
  const kind = kindOf(upload)
  if (kind !== draft.kind || (kind !== 'slides' && files.length > 1)) {
    return problem(
      422,
      'kind',
      {
        vi: `Loại khai là ${draft.kind} nhưng tệp là ${kind} (${files.length} tệp).`,
        en: `It says ${draft.kind} but what came is ${kind} (${files.length} files).`,
      },
      '/kind',
    )
  }
  const slides = kind === 'slides' ? slidesOf(upload) : ok(undefined)
  if (!slides.ok) return slides
  const translationOf = await sourceOf(hub, source)
  if (!translationOf.ok) return translationOf
  const item: Item = {
    ...withoutAbsent(rest),
    id: `N${day}-${randomInt(36 ** 6)
      .toString(36)
      .padStart(6, '0')}`,
    revision: 1,
    texts: asTranslations(draft.texts, draft.languages[0] ?? ''),
    asset: kind === 'slides' ? null : (files[0] ?? null),
    ...(slides.value === undefined
      ? {}
      : { slides: slides.value, durationMs: slides.value.reduce((ms, s) => ms + s.durationMs, 0) }),
    ...(translationOf.value === undefined ? {} : { translationOf: translationOf.value }),
    submittedBy: by,
    sample: false,
  }
  return judge(hub, item, draft.sites)
}

type Kept = Omit<ItemDraft, 'sites' | 'slides' | 'translationOf'>
/** A key without a value is no JSON: what is absent stays so. */
const withoutAbsent = ({ variantOf, ...rest }: Kept) => ({ ...rest, ...(variantOf === undefined ? {} : { variantOf }) })

/** What is wrong with an item as such, so that nobody appraises what no edge would show. */
export const judge = (hub: Hub, item: Item, sites: readonly string[]): Result<Item, Problem> => {
  const now = hub.now()
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
  const unknown = sites.find((s) => hub.sites.get(s)?.fleet !== true)
  if (unknown !== undefined)
    return problem(
      422,
      'unknown-site',
      { vi: `Không có cụm ${unknown}.`, en: `There is no cluster ${unknown}.` },
      '/sites',
    )
  return ok(item)
}
