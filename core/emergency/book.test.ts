import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anOrder, envelopeOf, MONDAY_8, readingAt, siteFacts, verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { instant } from '../base/units.ts'
import {
  active,
  advance,
  EMPTY_BOOK,
  findOrder,
  MOST_LIVE_CHARS,
  MOST_LIVE_ORDERS,
  MOST_REMEMBERED_CHARS,
  type OrderBook,
  receive,
  retime,
  rewake,
} from './book.ts'
import type { Order, OrderRefusal } from './order.ts'

const policy = shippedPolicy()
const HOUR = 3_600_000

const give = (
  book: OrderBook,
  order: Partial<Order>,
  at: ReturnType<typeof readingAt> = readingAt(0),
  site = siteFacts(),
) => {
  const whole = anOrder(order)
  return receive(
    book,
    { order: whole, envelope: envelopeOf('order', whole), keys: ['k'], persons: [whole.issuer], hash: 'h' },
    { site, policy, now: at },
  )
}
const states = (book: OrderBook) => Object.fromEntries(book.entries.map((e) => [e.order.id, e.endReason ?? e.state]))

const EVENT: Partial<Order> = { class: 'major-event', extendFrames: { playlist: 'PL-WARD' }, texts: [] }

describe('the order book', () => {
  it('takes a major event that extends frames without a text, but never as an exercise', () => {
    expect(give(EMPTY_BOOK, EVENT).outcome).toBe('accepted')
    const place = { site: siteFacts({ exerciseMode: true }), policy, now: readingAt(0) }
    expect(receive(EMPTY_BOOK, verifiedOrder({ ...EVENT, status: 'exercise' }), place)).toMatchObject({
      outcome: 'refused',
      reason: 'malformed',
    })
  })

  it('accepts an order for this site and ends it at its deadline on the monotonic clock', () => {
    const got = give(EMPTY_BOOK, {})
    expect(got.outcome).toBe('accepted')
    expect(active(got.book).map((e) => e.order.id)).toEqual(['O-1'])
    expect(advance(got.book, readingAt(HOUR - 1)).ended).toEqual([])
    const over = advance(got.book, readingAt(HOUR))
    expect(over.ended.map((e) => e.endReason)).toEqual(['expired'])
    expect(advance(over.book, readingAt(HOUR)).ended).toEqual([])
  })

  const refusals: readonly [string, Partial<Order>, OrderRefusal][] = [
    ['for another site', { targets: ['LC-MT-01'] }, 'not-for-this-site'],
    ['expired on arrival', { startsAt: MONDAY_8 - 2 * HOUR, expiresAt: MONDAY_8 }, 'expired'],
    ['longer than the policy allows', { expiresAt: MONDAY_8 + 25 * HOUR }, 'too-long'],
    ['ends before it starts', { expiresAt: MONDAY_8 - 1 }, 'malformed'],
    ['a test', { status: 'test' }, 'test-only'],
    ['an exercise outside exercise mode', { status: 'exercise' }, 'not-in-exercise-mode'],
    ['an update of nothing', { action: 'update' }, 'malformed'],
    ['a cancel of nothing', { action: 'cancel' }, 'malformed'],
    ['nothing to show', { texts: [] }, 'no-text'],
    ['an emergency that extends frames', { extendFrames: { playlist: null } }, 'malformed'],
    [
      'a major event that extends frames without a document',
      { ...EVENT, authority: { name: 'UBND tỉnh (mẫu)', document: null } },
      'no-document',
    ],
  ]
  it.each(refusals)('refuses an order that is %s', (_, order, reason) => {
    const got = give(EMPTY_BOOK, order)
    expect(got).toMatchObject({ outcome: 'refused', reason })
    expect(got.book).toEqual(EMPTY_BOOK)
  })

  it('the same order again is a duplicate; the same id with another body is refused, not replaced', () => {
    const first = give(EMPTY_BOOK, {})
    expect(give(first.book, {}).outcome).toBe('duplicate')
    expect(give(first.book, { hazard: 'FIRE' })).toMatchObject({ outcome: 'refused', reason: 'id-reused' })
  })

  it('a cancel that arrives before its alert keeps the alert off (domain.md §4.2, E7)', () => {
    const cancel = give(EMPTY_BOOK, { id: 'O-2', action: 'cancel', references: ['O-1'] })
    expect(cancel.outcome).toBe('accepted')
    const late = give(cancel.book, { id: 'O-1' })
    expect(late).toMatchObject({ outcome: 'refused', reason: 'cancelled-before' })
    expect(active(late.book)).toEqual([])
  })

  it('an expired cancel still cancels: it can only take something away', () => {
    const first = give(EMPTY_BOOK, { expiresAt: MONDAY_8 + 5 * HOUR })
    const late = give(
      first.book,
      { id: 'O-2', action: 'cancel', references: ['O-1'], expiresAt: MONDAY_8 + HOUR },
      readingAt(2 * HOUR),
    )
    expect(states(late.book)).toMatchObject({ 'O-1': 'cancelled' })
  })

  it('an update replaces what it references; an order of another class cannot', () => {
    const first = give(EMPTY_BOOK, {})
    const lower = give(first.book, { id: 'O-2', class: 'priority', action: 'cancel', references: ['O-1'] })
    expect(states(lower.book)).toMatchObject({ 'O-1': 'active' })
    const update = give(lower.book, { id: 'O-3', action: 'update', references: ['O-1'] })
    expect(states(update.book)).toMatchObject({ 'O-1': 'superseded', 'O-3': 'active' })
  })

  it('holds at most so many live orders', () => {
    const full = Array.from({ length: MOST_LIVE_ORDERS }, (_, i) => `N-${i}`).reduce(
      (book, id) => give(book, { id }).book,
      EMPTY_BOOK,
    )
    expect(active(full)).toHaveLength(MOST_LIVE_ORDERS)
    expect(give(full, { id: 'one-more' })).toMatchObject({ outcome: 'refused', reason: 'full' })
  })

  it('orders for thousands of clusters fill no snapshot: their signed text is bounded, live and remembered', () => {
    const targets = ['LC-MLT-01', ...Array.from({ length: 4_999 }, (_, i) => `CUM-${i}`.padEnd(64, 'X'))]
    // The most that the contract lets an order have, twenty times.
    const full = Array.from({ length: MOST_LIVE_ORDERS }, (_, i) => `N-${i}`).reduce(
      (book, id) => give(book, { id, class: 'priority', targets }).book,
      EMPTY_BOOK,
    )
    expect(active(full)).toHaveLength(MOST_LIVE_ORDERS)
    const over = Array.from({ length: 40 }, (_, i) => i).reduce(
      (book, i) =>
        give(book, { id: `C-${i}`, class: 'priority', action: 'cancel', references: [`N-${i}`], targets }).book,
      full,
    )
    const remembered = over.entries.filter((e) => e.state === 'ended')
    expect(active(over)).toEqual([])
    expect(remembered[0]?.order.id).toBe('C-39')
    const chars = remembered.reduce((sum, e) => sum + (e.envelope?.payload.length ?? 0), 0)
    expect(chars).toBeGreaterThan(MOST_REMEMBERED_CHARS * 0.9)
    expect(chars).toBeLessThanOrEqual(MOST_REMEMBERED_CHARS)
    // What was taken away stays away, though the order itself is not remembered any more.
    expect(over.entries.some((e) => e.order.id === 'N-0')).toBe(false)
    expect(give(over, { id: 'N-0', class: 'priority', targets })).toMatchObject({
      outcome: 'refused',
      reason: 'cancelled-before',
    })
    // White space is signed, too.
    const whole = anOrder({ id: 'WIDE', targets: ['LC-MLT-01'] })
    const envelope = envelopeOf('order', whole)
    const wide = { ...envelope, payload: `${' '.repeat(MOST_LIVE_CHARS)}${envelope.payload}` }
    const took = receive(
      give(over, { id: 'small' }).book,
      { order: whole, envelope: wide, keys: ['k'], persons: [whole.issuer], hash: 'h' },
      { site: siteFacts(), policy, now: readingAt(0) },
    )
    expect(took).toMatchObject({ outcome: 'refused', reason: 'full' })
  })

  it('twenty notices of one class never keep out an emergency', () => {
    const full = Array.from({ length: MOST_LIVE_ORDERS }, (_, i) => `N-${i}`).reduce(
      (book, id) => give(book, { id, class: 'priority' }).book,
      EMPTY_BOOK,
    )
    expect(give(full, { id: 'one-more', class: 'priority' })).toMatchObject({ outcome: 'refused', reason: 'full' })
    expect(give(full, { id: 'flood' }).outcome).toBe('accepted')
  })

  it('an old cancel played again and again does not push out what is remembered of other cancels', () => {
    const old = {
      id: 'OLD',
      action: 'cancel',
      references: Array.from({ length: 50 }, (_, i) => `PAST-${i}`),
      startsAt: MONDAY_8 - 2 * HOUR,
      expiresAt: MONDAY_8 - HOUR,
    } as const
    const cancelled = give(EMPTY_BOOK, { id: 'C', action: 'cancel', references: ['A'] }).book
    const replayed = Array.from({ length: 10 }).reduce<OrderBook>((book) => give(book, old).book, cancelled)
    expect(give(replayed, { id: 'A' })).toMatchObject({ outcome: 'refused', reason: 'cancelled-before' })
  })

  it('the order of arrival of alert, update and cancel does not change what is on in the end', () => {
    const orders: Partial<Order>[] = [
      { id: 'A' },
      { id: 'B', action: 'update', references: ['A'] },
      { id: 'C', action: 'cancel', references: ['B'] },
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(orders, { minLength: 3 }), (shuffled) => {
        const book = shuffled.reduce<OrderBook>((b, o) => give(b, o).book, EMPTY_BOOK)
        expect(active(book)).toEqual([])
      }),
    )
  })

  it('a restart keeps the end: by the wall where it is trusted, by what is known to have passed where not', () => {
    const { book } = give(EMPTY_BOOK, { expiresAt: MONDAY_8 + 2 * HOUR })
    const trusted = rewake(book, readingAt(HOUR, { bootId: 'boot2', mono: 5 as never }), null)
    expect(findOrder(trusted, 'O-1')?.deadline).toBe(5 + HOUR)
    const blind = rewake(
      book,
      readingAt(0, { quality: 'unset', bootId: 'boot2', mono: 5 as never, wall: instant(0) }),
      instant(MONDAY_8 + HOUR / 2),
    )
    expect(findOrder(blind, 'O-1')?.deadline).toBe(5 + 1.5 * HOUR)
    expect(findOrder(retime(blind, readingAt(HOUR, { mono: 50 as never })), 'O-1')?.deadline).toBe(50 + HOUR)
  })

  it('a clock that is believed and wrong by days keeps no order up for longer than it asked (world, seed 3087)', () => {
    const { book } = give(EMPTY_BOOK, { expiresAt: MONDAY_8 + 2 * HOUR })
    const arrived = readingAt(0).mono
    const behind = readingAt(HOUR, { wall: instant(MONDAY_8 - 19 * 24 * HOUR) })
    expect(findOrder(retime(book, behind), 'O-1')?.deadline).toBe(arrived + 2 * HOUR)
    const restarted = rewake(book, readingAt(HOUR, { bootId: 'boot2', mono: 5 as never }), null)
    expect(findOrder(restarted, 'O-1')?.deadline).toBe(5 + HOUR)
    expect(findOrder(retime(restarted, { ...behind, bootId: 'boot2' }), 'O-1')?.deadline).toBe(5 + HOUR)
    const late = give(
      EMPTY_BOOK,
      { expiresAt: MONDAY_8 + 2 * HOUR },
      readingAt(0, { wall: instant(MONDAY_8 - 5 * HOUR) }),
    )
    expect(findOrder(late.book, 'O-1')?.deadline, 'taken in by a clock that is behind').toBe(arrived + 2 * HOUR)
  })

  it('with an untrusted clock an order lasts its own length from arrival and no longer', () => {
    const got = give(EMPTY_BOOK, {}, readingAt(0, { quality: 'unset', wall: instant(0) }))
    expect(got.outcome).toBe('accepted')
    expect(advance(got.book, readingAt(HOUR, { quality: 'unset', wall: instant(1) })).ended).toHaveLength(1)
  })

  it('taken in without a clock, an order does not last longer because the device was started again', () => {
    const blind = (offset: number, more: object = {}) =>
      readingAt(offset, { quality: 'unset', wall: instant(1000 + offset), ...more })
    const { book } = give(EMPTY_BOOK, {}, blind(0))
    const again = rewake(book, blind(HOUR / 2, { bootId: 'boot2', mono: 5 as never }), instant(1000 + HOUR / 2))
    expect(findOrder(again, 'O-1')?.deadline).toBe(5 + HOUR / 2)
    // Nothing is known of the time that passed: at most its own length.
    const lost = rewake(book, blind(0, { bootId: 'boot3', mono: 5 as never, wall: instant(0) }), null)
    expect(findOrder(lost, 'O-1')?.deadline).toBe(5 + HOUR)
  })
})
