import { describe, expect, test } from 'vitest'
import { instant } from '#core/base/units.ts'
import { MOST_LIVE_ORDERS } from '#core/emergency/book.ts'
import { CURES_OF, ORDER_REFUSALS } from '#core/emergency/order.ts'
import { MONDAY_8, verifiedOrder } from '../../test/build.ts'
import { ENTRIES, KEYS, registryOf, sealed, site } from '../../test/support/attacks.ts'

/** Nothing is kept of an order that was refused: when it comes again it is judged by what holds then (the hub sends it, link/again.ts). */

const HOUR = 3_600_000
const receipts = (it: ReturnType<typeof site>, order: string) =>
  it
    .state()
    .receipts.filter((r) => r.order === order)
    .map((r) => r.stage)

describe('an order that was refused, when it comes again', () => {
  test.each([
    ['unknown-key', KEYS.stranger, []],
    ['no-right', KEYS.priority, ['refused']],
  ] as const)('for %s is taken under a newer registry', (reason, key, told) => {
    const it = site()
    const order = sealed({ issuer: 'moi' }, [key])
    expect(it.order(order, 100).reason).toBe(reason)
    expect(it.order(order, 200).reason).toBe(reason)
    expect(receipts(it, 'O-1')).toEqual(told)
    const entry = { ...ENTRIES[0], key: key.key, publicKey: key.publicKey, person: 'moi', name: 'moi' }
    const others = ENTRIES.filter((e) => e.key !== key.key)
    it.registry(
      registryOf(2, [
        ...others,
        { ...entry, org: 'bch', rights: ['order.emergency'], areas: ['12'], validFrom: 0, validTo: MONDAY_8 + HOUR },
      ]),
      300,
    )
    expect(it.order(order, 400).reason).toBeNull()
    expect(it.onScreen()).toBe('O-1')
    expect(receipts(it, 'O-1')).toContain('accepted')
    // And from now on it is known.
    expect(it.order(order, 500).records).toEqual([])
  })

  test('because too many were in force is taken when one of them has ended', () => {
    const it = site()
    for (let n = 1; n <= MOST_LIVE_ORDERS; n += 1) it.order(sealed({ id: `O-${n}` }), 100 + n)
    const late = sealed({ id: 'LATE' })
    expect(it.order(late, 200).reason).toBe('full')
    expect(it.order(late, 201).reason).toBe('full')
    it.order(sealed({ id: 'OFF', action: 'cancel', references: ['O-3'], texts: [] }), 300)
    expect(it.order(late, 400).reason).toBeNull()
    expect(it.active()).toContain('LATE')
  })

  test('as expired by a clock that ran ahead is taken when the clock is right, and takes the place of what it updates once', () => {
    const it = site()
    it.order(sealed({}), 100)
    const update = verifiedOrder({ id: 'O-2', action: 'update', references: ['O-1'], issuedAt: instant(MONDAY_8 + 1) })
    const ahead = it.give(200, { event: 'order', order: update }, { wall: instant(MONDAY_8 + 48 * HOUR) })
    expect(it.records(ahead)).toContainEqual(expect.objectContaining({ stage: 'refused', reason: 'expired' }))
    // Its time is over by that clock, and so is that of what it replaces.
    expect(it.active()).toEqual([])
    it.give(300, { event: 'order', order: update })
    expect(it.active()).toEqual(['O-2'])
    expect(receipts(it, 'O-2')).toEqual(expect.arrayContaining(['refused', 'accepted']))
  })

  test('every reason is one that passes or one that does not', () => {
    expect(ORDER_REFUSALS.filter((r) => CURES_OF[r].length > 0)).toEqual([
      'unknown-key',
      'no-right',
      'expired',
      'no-second-person',
      'full',
    ])
  })
})
