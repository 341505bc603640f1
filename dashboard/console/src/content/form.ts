import type { Category } from '#core/content/category.ts'
import type { CHANNELS } from '#core/content/item.ts'
import type { ItemDraft } from '#core/contract/api.ts'
import { fromInput } from '../format.ts'

/** What an editor is typing, as the inputs hold it. */
export type SubmitForm = {
  readonly kind: 'image' | 'video' | 'text' | 'slides'
  readonly title: string
  readonly category: Category
  readonly languages: readonly string[]
  readonly texts: { readonly [L in 'vi' | 'en' | 'zh']: { readonly title: string; readonly body: string } }
  readonly seconds: number
  readonly audio: boolean
  readonly supplierOrg: string
  readonly supplierName: string
  readonly suppliedByLead: boolean
  readonly document: string
  readonly channel: (typeof CHANNELS)[number]
  readonly validFrom: string
  readonly validTo: string
  readonly entertainment: boolean
  readonly publishable: boolean
  /** Only for slides: seconds of each picture that was picked, in order. */
  readonly slideSeconds: readonly number[]
  /** The item this one translates; empty: none. */
  readonly translationOf: string
  /** Shown in turn with its source, one of them per lap. */
  readonly inTurn: boolean
  readonly sites: readonly string[]
  readonly advertiser: string
  readonly permitKind: 'NOTIFICATION' | 'PERMIT'
  readonly permitNumber: string
  readonly permitBy: string
  readonly permitFrom: string
  readonly permitTo: string
}

export type SubmitFault =
  | 'title'
  | 'damaged'
  | 'file'
  | 'text'
  | 'languages'
  | 'seconds'
  | 'supplier'
  | 'org'
  | 'dates'
  | 'sites'
  | 'publishable'
  | 'advertiser'
  | 'permit'

const DAY_MS = 86_400_000
const clean = (text: string): string => text.normalize('NFC').trim()
const isAd = (form: SubmitForm): boolean => form.category === 'A7_5_ADVERTISING'

const textList = (form: SubmitForm): ItemDraft['texts'] =>
  form.kind === 'text'
    ? (['vi', 'en', 'zh'] as const)
        .map((language) => ({
          language,
          title: clean(form.texts[language].title),
          body: clean(form.texts[language].body),
        }))
        .filter((text) => text.title !== '')
    : []

/** A date input means its whole day: the last day of validity is included. */
const endOf = (date: string): number | undefined => {
  const at = fromInput(date)
  return at === undefined ? undefined : at + DAY_MS
}

const ordered = (from: string, to: string): boolean => {
  const [a, b] = [fromInput(from), endOf(to)]
  return a !== undefined && b !== undefined && a < b
}

const isLength = (seconds: number, most: number): boolean => Number.isFinite(seconds) && seconds >= 1 && seconds <= most

const lengthsHold = (form: SubmitForm): boolean =>
  form.kind === 'slides'
    ? form.slideSeconds.every((s) => isLength(s, 600)) && slidesMs(form) <= 3_600_000
    : isLength(form.seconds, 3600)

const slidesMs = (form: SubmitForm): number => form.slideSeconds.reduce((ms, s) => ms + Math.round(s * 1000), 0)

/** What is still wrong, in the order of the form. `files`: how many were picked. The hub checks all of it again. */
export const submitFaults = (form: SubmitForm, files: number): readonly SubmitFault[] => {
  const faults: SubmitFault[] = []
  const words = [form.title, form.supplierName, ...Object.values(form.texts).flatMap((x) => [x.title, x.body])]
  if (clean(form.title) === '') faults.push('title')
  if (words.some((word) => word.includes('\uFFFD'))) faults.push('damaged')
  if (form.kind !== 'text' && (files === 0 || (form.kind === 'slides' && files !== form.slideSeconds.length)))
    faults.push('file')
  if (form.kind === 'text' && textList(form).length === 0) faults.push('text')
  if (form.kind !== 'text' && form.languages.length === 0) faults.push('languages')
  if (!lengthsHold(form)) faults.push('seconds')
  if (clean(form.supplierName) === '') faults.push('supplier')
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(form.supplierOrg.trim())) faults.push('org')
  if (!ordered(form.validFrom, form.validTo)) faults.push('dates')
  if (isAd(form) && clean(form.advertiser) === '') faults.push('advertiser')
  const permit = clean(form.permitNumber) !== '' && clean(form.permitBy) !== ''
  if (isAd(form) && !(permit && ordered(form.permitFrom, form.permitTo))) faults.push('permit')
  if (form.sites.length === 0) faults.push('sites')
  if (!form.publishable) faults.push('publishable')
  return faults
}

/** The draft the hub gets. Call only when `submitFaults` is empty. */
export const itemDraftOf = (form: SubmitForm): ItemDraft => {
  const texts = textList(form)
  const document = clean(form.document)
  return {
    title: clean(form.title),
    kind: form.kind,
    category: form.category,
    languages: form.kind === 'text' ? texts.map((text) => text.language) : [...form.languages],
    durationMs: form.kind === 'slides' ? slidesMs(form) : Math.round(form.seconds * 1000),
    ...(form.kind === 'slides' ? { slides: form.slideSeconds.map((s) => ({ durationMs: Math.round(s * 1000) })) } : {}),
    ...(form.kind !== 'text' && form.translationOf !== '' ? { translationOf: form.translationOf } : {}),
    ...(form.kind !== 'text' && form.translationOf !== '' && form.inTurn ? { variantOf: form.translationOf } : {}),
    texts,
    audio: form.kind === 'video' && form.audio,
    supplier: { org: form.supplierOrg.trim(), name: clean(form.supplierName) },
    suppliedByLead: form.suppliedByLead,
    document: document === '' ? null : document,
    channel: form.channel,
    validFrom: fromInput(form.validFrom) ?? 0,
    validTo: endOf(form.validTo) ?? 0,
    ad: isAd(form)
      ? {
          advertiser: clean(form.advertiser),
          permit: {
            kind: form.permitKind,
            number: clean(form.permitNumber),
            issuedBy: clean(form.permitBy),
            validFrom: fromInput(form.permitFrom) ?? 0,
            validTo: endOf(form.permitTo) ?? 0,
            sites: [],
          },
        }
      : null,
    entertainment: form.entertainment,
    publishable: true,
    sites: [...form.sites],
  }
}
