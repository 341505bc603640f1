import { describe, expect, it } from 'vitest'
import { checkDocument } from '#core/base/check.ts'
import { OrderDraftBody, PreviewRequest } from '#core/contract/api.ts'
import { ORDER_CLASSES, ORDER_LANGUAGES, Order } from '#core/emergency/order.ts'
import {
  draftFaults,
  emptyDraft,
  type OrderDraft,
  orderId,
  orderOf,
  PLACE,
  previewOf,
  proposalOf,
  textsOf,
} from './draft.ts'
import { cancelOf, documentOf } from './follow.ts'

const NOW = Date.UTC(2026, 10, 22, 1, 30)
const EMPTY = emptyDraft('actual')
const full: OrderDraft = {
  ...EMPTY,
  texts: {
    ...EMPTY.texts,
    vi: { headline: ' Lũ quét '.normalize('NFD'), instruction: 'Di chuyển lên cao ngay.' },
    zh: { headline: '山洪', instruction: '' },
  },
  authority: 'Ban Chỉ huy phòng thủ dân sự',
  targets: ['LC-MLT-01'],
}
const issue = {
  id: orderId('L', NOW, Uint8Array.of(1, 2, 255)),
  issuer: 'cb1',
  now: NOW,
  area: { province: false, units: ['03549'], name: 'xã Phong Thổ' },
  breakGlass: null,
}

describe('draft', () => {
  it('makes an order the contract accepts, for every class, and what ends or documents it', () => {
    let checked = 0
    for (const orderClass of ORDER_CLASSES) {
      const picture = { sha256: 'a'.repeat(64), bytes: 10, mime: 'image/png' as const }
      const relayed = { sender: 's', identifier: 'i', sent: '2026-11-22T08:30:00+07:00' }
      const draft: OrderDraft = { ...full, class: orderClass, picture, relayed, response: ['evacuate'], brightness: 80 }
      const order = orderOf(draft, { ...issue, breakGlass: ' không ai trực cùng ' })
      expect(checkDocument(Order, order)).toEqual({ ok: true, value: order })
      expect(order.breakGlass?.reason).toBe('không ai trực cùng')
      const cancel = cancelOf(order, { ...issue, id: 'H-1' })
      expect(checkDocument(Order, cancel)).toEqual({ ok: true, value: cancel })
      expect(cancel).toMatchObject({ references: [order.id], targets: order.targets, action: 'cancel', texts: [] })
      const document = documentOf(order, ' 12/CĐ-MAU ', { ...issue, id: 'VB-1' })
      expect(checkDocument(Order, document)).toEqual({ ok: true, value: document })
      expect(document).toMatchObject({ action: 'document', authority: { document: '12/CĐ-MAU' }, status: order.status })
      for (const later of [cancel, document])
        for (const field of ['breakGlass', 'picture', 'allClear', 'relayed']) expect(later).not.toHaveProperty(field)
      checked++
    }
    expect(checked).toBe(5)
  })
  it('sends NFC, Vietnamese first, and leaves empty languages out', () => {
    expect(textsOf(full).map((t) => [t.language, t.headline])).toEqual([
      ['vi', 'Lũ quét'.normalize('NFC')],
      ['zh', '山洪'],
    ])
  })
  it('puts the place into every language, and asks for it while it is missing', () => {
    const texts = Object.fromEntries(
      ORDER_LANGUAGES.map((l) => [l, { headline: `${l} ${PLACE}`, instruction: `${PLACE} ${PLACE}` }]),
    ) as OrderDraft['texts']
    const draft = { ...full, texts }
    expect(draftFaults(draft)).toEqual(['place-missing'])
    const placed = textsOf({ ...draft, place: ' xã Mường Tè ' })
    expect(placed.map((t) => t.headline)).toEqual(ORDER_LANGUAGES.map((l) => `${l} xã Mường Tè`))
    expect(placed[0]?.instruction).toBe('xã Mường Tè xã Mường Tè')
    expect(draftFaults({ ...draft, place: 'x'.repeat(80) })).toEqual([])
    const long = { ...texts, vi: { headline: `${'dài '.repeat(35)}${PLACE}`, instruction: 'x' } }
    expect(draftFaults({ ...draft, texts: long, place: 'x'.repeat(80) })).toEqual(['text-too-long'])
  })
  it('asks for a preview the contract accepts', () => {
    expect(checkDocument(PreviewRequest, previewOf(orderOf(full, issue), 'LC-MLT-01')).ok).toBe(true)
    const clear = orderOf({ ...full, action: 'update', references: ['L-1'], allClear: true }, issue)
    const ask = previewOf(clear, 'LC-MLT-01')
    expect(checkDocument(PreviewRequest, ask).ok).toBe(true)
    expect(ask.draft).toMatchObject({ allClear: true, riskLevel: null })
  })
  it('names everything that is missing', () => {
    expect(draftFaults(full)).toEqual([])
    const missing = ['headline-missing', 'instruction-missing', 'no-target', 'authority-missing']
    expect(draftFaults(emptyDraft('exercise'))).toEqual(missing)
    expect(draftFaults({ ...full, minutes: 1441 })).toEqual(['duration-wrong'])
    const en = { headline: '', instruction: 'Go uphill' }
    expect(draftFaults({ ...full, texts: { ...full.texts, en } })).toEqual(['headline-of-translation-missing'])
    const vi = { headline: 'Th\uFFFDng b\uFFFDo', instruction: 'x' }
    expect(draftFaults({ ...full, texts: { ...full.texts, vi } })).toEqual(['damaged-text'])
    expect(draftFaults({ ...EMPTY, class: 'safety-blank', authority: 'a', targets: ['s'] })).toEqual([])
  })
  it('hands an officer a proposal that the contract accepts', () => {
    const body = proposalOf({ ...full, response: ['shelter'] }, issue.area)
    expect(checkDocument(OrderDraftBody, body)).toEqual({ ok: true, value: body })
    expect(body).toMatchObject({ lengthMs: 7_200_000, until: null, action: 'release', area: issue.area })
    const event = proposalOf({ ...full, class: 'major-event', extend: { playlist: null } }, null)
    expect(checkDocument(OrderDraftBody, event).ok).toBe(true)
  })
  it('says an all-clear only of an update', () => {
    expect(orderOf({ ...full, allClear: true }, issue)).not.toHaveProperty('allClear')
    expect(orderOf({ ...full, allClear: true, action: 'update', references: ['L-1'] }, issue)).toMatchObject({
      allClear: true,
      references: ['L-1'],
      action: 'update',
    })
  })
  it('extends frames only for a major event in earnest, without a page, and only under a document', () => {
    const event: OrderDraft = {
      ...full,
      class: 'major-event',
      hazard: 'FOREST_FIRE',
      riskLevel: 3,
      forestFireLevel: 5,
      document: '88/UBND-MAU',
      extend: { playlist: 'PL-WARD' },
    }
    const order = orderOf(event, issue)
    expect(checkDocument(Order, order)).toEqual({ ok: true, value: order })
    expect(order).toMatchObject({
      extendFrames: { playlist: 'PL-WARD' },
      texts: [],
      hazard: 'OTHER',
      riskLevel: null,
      forestFireLevel: null,
      wake: true,
    })
    expect(checkDocument(Order, cancelOf(order, { ...issue, id: 'H-1' })).ok).toBe(true)
    expect(draftFaults({ ...event, document: ' ' })).toEqual(['document-missing'])
    for (const other of [
      { ...event, class: 'emergency' as const },
      { ...event, status: 'exercise' as const },
    ]) {
      expect(orderOf(other, issue)).not.toHaveProperty('extendFrames')
      expect(draftFaults({ ...other, document: '' })).toEqual([])
    }
  })
  it('names an order so that a person can read when it was made', () => {
    expect(issue.id).toBe('L-20261122-083000-0102ff')
  })
})
