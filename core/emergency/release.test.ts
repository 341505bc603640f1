import { describe, expect, it } from 'vitest'
import { anOrder, readingAt, siteFacts, verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { EMPTY_BOOK, receive } from './book.ts'
import type { Order } from './order.ts'
import { enoughPersons, secondPersonRule } from './release.ts'

const policy = shippedPolicy()
const province = { province: true, units: [], name: 'toàn tỉnh' }
const parts = { province: false, units: ['03549'], name: 'xã' }
const eleven = Array.from({ length: 11 }, (_, i) => (i === 0 ? 'LC-MLT-01' : `LC-X-${i}`))
const reason = 'Đập sắp vỡ, không liên lạc được người thứ hai'

/** By the profile that is shipped: who may release what alone. */
const TABLE: readonly (readonly [string, Partial<Order>, 'alone' | 'two'])[] = [
  ['an emergency at one cluster', {}, 'alone'],
  ['an emergency for named units', { area: parts }, 'alone'],
  ['an emergency for the province', { area: province }, 'two'],
  ['an emergency at eleven clusters', { targets: eleven }, 'two'],
  ['an emergency at ten', { targets: eleven.slice(0, 10) }, 'alone'],
  ['an update for the province', { area: province, action: 'update', references: ['A'] }, 'two'],
  ['an all-clear for the province', { area: province, action: 'update', references: ['A'], allClear: true }, 'two'],
  ['a cancel for the province', { area: province, action: 'cancel', references: ['A'] }, 'alone'],
  ['a document for the province', { area: province, action: 'document', references: ['A'] }, 'alone'],
  ['an exercise for the province', { area: province, status: 'exercise' }, 'alone'],
  ['mourning anywhere', { class: 'mourning', texts: [] }, 'two'],
  ['a priority notice for the province', { class: 'priority', area: province }, 'alone'],
  ['a safety blank for the province', { class: 'safety-blank', texts: [], area: province }, 'alone'],
  ['an emergency for the province that breaks the glass', { area: province, breakGlass: { reason } }, 'alone'],
  ['mourning that would break the glass', { class: 'mourning', texts: [], breakGlass: { reason } }, 'two'],
]

describe('who may release alone', () => {
  it.each(TABLE)('%s', (_, more, expected) => {
    const order = anOrder(more)
    expect(enoughPersons(order, ['a'], policy)).toBe(expected === 'alone')
    expect(enoughPersons(order, ['a', 'a'], policy), 'one person named twice').toBe(expected === 'alone')
    expect(enoughPersons(order, ['a', 'b'], policy)).toBe(true)
    // The edge holds to it, whatever the hub let through, and such an order does nothing at all.
    const before = receive(EMPTY_BOOK, verifiedOrder({ id: 'A' }), at).book
    const got = receive(before, { ...verifiedOrder({ id: 'B', ...more }), persons: ['tructinh'] }, at)
    expect(got.outcome).toBe(expected === 'alone' ? 'accepted' : 'refused')
    if (got.outcome === 'refused') expect([got.reason, got.book, got.ended]).toEqual(['no-second-person', before, []])
  })

  it('late does not make up for a second person: what one person may not release takes nothing away either', () => {
    const before = receive(EMPTY_BOOK, verifiedOrder({ id: 'A' }), at).book
    const order = anOrder({
      id: 'B',
      area: province,
      action: 'update',
      references: ['A'],
      expiresAt: anOrder().startsAt + 1,
    })
    const alone = receive(before, verifiedOrder(order), { ...at, now: readingAt(1_000) })
    expect(alone).toMatchObject({ outcome: 'refused', reason: 'no-second-person', ended: [] })
    const two = { ...verifiedOrder(order), persons: ['tructinh', 'lanhdao'] }
    const late = receive(before, two, { ...at, now: readingAt(1_000) })
    expect(late).toMatchObject({ outcome: 'refused', reason: 'expired' })
    expect(late.outcome === 'refused' && late.ended.map((e) => e.endReason)).toEqual(['superseded'])
  })

  it('names the rule that asks for it', () => {
    expect(secondPersonRule(anOrder({ area: province }), policy)).toMatchObject({ class: 'emergency', province: true })
    expect(secondPersonRule(anOrder({ targets: eleven }), policy)).toMatchObject({ moreThan: 10 })
  })
})
const at = { site: siteFacts({ exerciseMode: true }), policy, now: readingAt(0) }
