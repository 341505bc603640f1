import { describe, expect, it } from 'vitest'
import { checkDocument } from '#core/base/check.ts'
import { CATEGORIES } from '#core/content/category.ts'
import { ItemDraft } from '#core/contract/api.ts'
import { itemDraftOf, type SubmitForm, submitFaults } from './form.ts'

const form: SubmitForm = {
  kind: 'text',
  title: 'Lịch chợ phiên'.normalize('NFD'),
  category: 'A7_1_POLICY_LAW',
  languages: ['vi'],
  texts: { vi: { title: 'Chợ phiên', body: 'Thứ Năm' }, en: { title: '', body: '' }, zh: { title: '集市', body: '' } },
  seconds: 12.5,
  audio: true,
  supplierOrg: 'sct',
  supplierName: 'Sở Công Thương',
  suppliedByLead: false,
  document: ' ',
  channel: 'OFFICIAL_MAIL',
  validFrom: '2026-11-22',
  validTo: '2026-11-22',
  entertainment: false,
  publishable: true,
  slideSeconds: [3, 4.5],
  translationOf: '',
  inTurn: false,
  sites: ['LC-MLT-01'],
  advertiser: 'Trà Mẫu',
  permitKind: 'PERMIT',
  permitNumber: 'MAU-QC-0001/2026',
  permitBy: 'Sở',
  permitFrom: '2026-01-01',
  permitTo: '2026-12-31',
}

describe('submit form', () => {
  it('makes a draft the contract accepts, for every category and kind', () => {
    let checked = 0
    for (const category of CATEGORIES)
      for (const kind of ['image', 'video', 'text', 'slides'] as const) {
        const filled = { ...form, category, kind }
        expect(submitFaults(filled, kind === 'slides' ? 2 : 1)).toEqual([])
        const draft = itemDraftOf(filled)
        expect(checkDocument(ItemDraft, draft)).toEqual({ ok: true, value: draft })
        expect(draft.ad === null).toBe(category !== 'A7_5_ADVERTISING')
        checked++
      }
    expect(checked).toBe(44)
  })
  it('includes the whole last day and keeps text in NFC', () => {
    const draft = itemDraftOf(form)
    expect(draft.validTo - draft.validFrom).toBe(86_400_000)
    expect(draft.title).toBe('Lịch chợ phiên'.normalize('NFC'))
    expect(draft.languages).toEqual(['vi', 'zh'])
    expect(draft).toMatchObject({ durationMs: 12_500, document: null, audio: false })
  })
  it('names what is wrong', () => {
    expect(submitFaults({ ...form, kind: 'image' }, 0)).toEqual(['file'])
    expect(submitFaults({ ...form, title: 'Th\uFFFDng b\uFFFDo' }, 0)).toEqual(['damaged'])
    expect(submitFaults({ ...form, validTo: '2026-11-21', publishable: false }, 0)).toEqual(['dates', 'publishable'])
    const ad: SubmitForm = { ...form, category: 'A7_5_ADVERTISING', advertiser: '', permitNumber: '' }
    expect(submitFaults(ad, 0)).toEqual(['advertiser', 'permit'])
  })
  it('slides last as long as their pictures, and a translation names its source', () => {
    const slides: SubmitForm = { ...form, kind: 'slides', translationOf: 'C20', inTurn: true }
    expect(itemDraftOf(slides)).toMatchObject({
      durationMs: 7_500,
      slides: [{ durationMs: 3000 }, { durationMs: 4500 }],
      translationOf: 'C20',
      variantOf: 'C20',
      texts: [],
    })
    expect(submitFaults(slides, 1)).toEqual(['file'])
    expect(submitFaults({ ...slides, slideSeconds: [3, 601] }, 2)).toEqual(['seconds'])
    expect(submitFaults({ ...slides, slideSeconds: [] }, 0)).toEqual(['file'])
  })
})
