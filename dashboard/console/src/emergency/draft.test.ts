import { describe, expect, it } from 'vitest'
import { checkDocument } from '#core/base/check.ts'
import { PreviewRequest } from '#core/contract/api.ts'
import { ORDER_CLASSES, Order } from '#core/emergency/order.ts'
import { cancelOf, draftFaults, emptyDraft, type OrderDraft, orderId, orderOf, previewOf, textsOf } from './draft.ts'

const NOW = Date.UTC(2026, 10, 22, 1, 30)
const full: OrderDraft = {
  ...emptyDraft('actual'),
  texts: {
    vi: { headline: ' Lũ quét '.normalize('NFD'), instruction: 'Di chuyển lên cao ngay.' },
    en: { headline: '', instruction: '' },
    zh: { headline: '山洪', instruction: '' },
  },
  authority: 'Ban Chỉ huy phòng thủ dân sự',
  targets: ['LC-MLT-01'],
}
const issue = { id: orderId('L', NOW, Uint8Array.of(1, 2, 255)), issuer: 'cb1', now: NOW }

describe('draft', () => {
  it('makes an order the contract accepts, for every class', () => {
    let checked = 0
    for (const orderClass of ORDER_CLASSES) {
      const order = orderOf({ ...full, class: orderClass }, issue)
      expect(checkDocument(Order, order)).toEqual({ ok: true, value: order })
      const cancel = cancelOf(order, { ...issue, id: 'H-1' })
      expect(checkDocument(Order, cancel)).toEqual({ ok: true, value: cancel })
      expect(cancel).toMatchObject({ references: [order.id], targets: order.targets, action: 'cancel' })
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
  it('asks for a preview the contract accepts', () => {
    expect(checkDocument(PreviewRequest, previewOf(full, 'LC-MLT-01', NOW)).ok).toBe(true)
  })
  it('names everything that is missing', () => {
    expect(draftFaults(full)).toEqual([])
    const missing = ['headline-missing', 'instruction-missing', 'authority-missing', 'no-target']
    expect(draftFaults(emptyDraft('exercise'))).toEqual(missing)
    expect(draftFaults({ ...full, minutes: 1441 })).toEqual(['duration-wrong'])
    const en = { headline: '', instruction: 'Go uphill' }
    expect(draftFaults({ ...full, texts: { ...full.texts, en } })).toEqual(['headline-of-translation-missing'])
    const vi = { headline: 'Th\uFFFDng b\uFFFDo', instruction: 'x' }
    expect(draftFaults({ ...full, texts: { ...full.texts, vi } })).toEqual(['damaged-text'])
    expect(draftFaults({ ...emptyDraft('actual'), class: 'safety-blank', authority: 'a', targets: ['s'] })).toEqual([])
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
