import { describe, expect, it } from 'vitest'
import type { DraftView, OrderTemplate } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'
import { draftFaults, emptyDraft, orderOf } from './draft.ts'
import {
  allClearOf,
  blankOf,
  canBeCleared,
  cannotOpen,
  fromInbox,
  matches,
  offered,
  updateOf,
  withTemplate,
} from './prefill.ts'

const flood: OrderTemplate = {
  id: 'flash-flood',
  hazard: 'FLASH_FLOOD',
  class: 'emergency',
  name: { vi: 'Lũ quét', en: 'Flash flood' },
  severity: 'extreme',
  urgency: 'immediate',
  certainty: 'likely',
  response: ['evacuate'],
  allClear: false,
  wake: true,
  sound: true,
  minutes: 90,
  texts: [
    { language: 'vi', headline: 'Lũ quét tại {place}', instruction: 'Lên chỗ cao.' },
    { language: 'en', headline: 'Flash flood in {place}', instruction: 'Go to high ground.' },
  ],
}
const clear: OrderTemplate = {
  ...flood,
  id: 'all-clear',
  hazard: 'OTHER',
  name: { vi: 'Đã an toàn', en: 'All clear' },
  allClear: true,
  texts: [{ language: 'vi', headline: 'Đã an toàn', instruction: 'Trở về.' }],
}
const issue = { id: 'L-1', issuer: 'a', now: 0, area: null, breakGlass: null }
const draft = { ...emptyDraft('exercise'), authority: 'X', targets: ['A'], place: 'xã Mường Tè' }
const order: Order = orderOf(withTemplate(draft, flood), issue)

describe('prefill', () => {
  it('takes words and defaults of a template and keeps status, targets, place and authority', () => {
    const filled = withTemplate(draft, flood)
    expect(filled).toMatchObject({ status: 'exercise', targets: ['A'], place: 'xã Mường Tè', template: 'flash-flood' })
    expect(draftFaults(filled)).toEqual([])
    expect(order.texts.map((t) => t.headline)).toEqual(['Lũ quét tại xã Mường Tè', 'Flash flood in xã Mường Tè'])
    expect(order).toMatchObject({ certainty: 'likely', response: ['evacuate'], sound: true })
    expect(blankOf(filled, 'priority')).toMatchObject({ class: 'priority', template: null, targets: ['A'] })
  })
  it('finds a template without accents, in both languages, by any of its words', () => {
    for (const query of ['lu quet', 'LŨ', 'flash', 'quet tai', '']) expect(matches(flood, query), query).toBe(true)
    expect(matches(flood, 'dong dat')).toBe(false)
    expect(matches(clear, 'da an toan')).toBe(true)
  })
  it('offers an all-clear only for an update that is one', () => {
    expect(offered([flood, clear], draft)).toEqual([flood])
    expect(offered([flood, clear], { ...draft, action: 'update', allClear: true })).toEqual([clear])
  })
  it('updates an exercise as an exercise: nothing leads from one to the other', () => {
    const update = updateOf(order, null)
    expect(update).toMatchObject({ status: 'exercise', action: 'update', references: ['L-1'], minutes: 90 })
    const signed = orderOf({ ...update, authority: 'X' }, { ...issue, id: 'L-2' })
    expect(signed).toMatchObject({ status: 'exercise', action: 'update', references: ['L-1'], texts: order.texts })
    expect(updateOf({ ...order, status: 'actual' }, '7/CĐ')).toMatchObject({ status: 'actual', document: '7/CĐ' })
  })
  it('makes the green page from a template, or from words of its own', () => {
    const using = { templates: [flood, clear], minutes: 15, document: null }
    const page = allClearOf(order, using)
    expect(page).toMatchObject({ allClear: true, hazard: 'FLASH_FLOOD', class: 'emergency', minutes: 15, sound: false })
    expect(page.texts.vi.headline).toBe('Đã an toàn')
    expect(page.targets).toEqual(order.targets)
    const own = allClearOf(order, { templates: [], minutes: 15, document: '7/CĐ' })
    expect(draftFaults(own)).toEqual([])
    expect(own.document).toBe('7/CĐ')
    expect(orderOf(own, issue)).toMatchObject({ allClear: true, action: 'update', riskLevel: null })
    expect(canBeCleared(order)).toBe(true)
    expect(canBeCleared({ class: 'safety-blank' })).toBe(false)
  })
  it('opens a draft of the inbox with its references, and a stated end as a length', () => {
    const { authority, texts, targets } = order
    const body: DraftView['body'] = {
      class: 'emergency',
      status: 'actual',
      hazard: 'FLOOD',
      riskLevel: 3,
      forestFireLevel: null,
      severity: 'severe',
      authority,
      texts,
      targets,
      wake: true,
      brightness: null,
      sound: false,
      lengthMs: 3_600_000,
      until: null,
      action: 'update',
      references: ['L-7'],
      relayed: { sender: 's', identifier: 'i', sent: 't' },
    }
    const view: DraftView = {
      id: 'N-1',
      from: 'cap',
      source: 's',
      trusted: true,
      receivedAt: 0,
      state: 'waiting',
      body,
      notes: [],
      order: null,
      closed: null,
    }
    expect(fromInbox(view, 0)).toMatchObject({ minutes: 60, references: ['L-7'], inbox: 'N-1', riskLevel: 3 })
    expect(orderOf(fromInbox(view, 0), issue)).toMatchObject({ relayed: body.relayed, references: ['L-7'] })
    const until = (at: number) => fromInbox({ ...view, body: { ...body, until: at } }, 1_000_000)
    expect(until(1_090_000).minutes).toBe(2)
    expect(draftFaults(until(900_000))).toEqual(['duration-wrong'])
    expect(cannotOpen(view)).toBeNull()
    expect(cannotOpen({ ...view, body: { ...body, status: 'test' } })).toBe('draftIsTest')
    expect(cannotOpen({ ...view, body: { ...body, action: 'cancel' } })).toBe('draftIsCancel')
  })
})
