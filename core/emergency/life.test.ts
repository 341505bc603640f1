import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anOrder, MONDAY_8, readingAt, siteFacts, verifiedOrder } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { overIn } from '../../test/world/orders.ts'
import type { Reading } from '../base/units.ts'
import { active, advance, EMPTY_BOOK, isDanger, type OrderBook, receive, rewake } from './book.ts'
import type { Order } from './order.ts'

const policy = shippedPolicy()
const site = siteFacts({ exerciseMode: true })
const MINUTE = 60_000
const HOUR = 60 * MINUTE

type Sent = Partial<Order> & { readonly id: string }
/** Issued so many minutes after eight, for two hours. */
const sent = (id: string, minute: number, more: Partial<Order> = {}): Sent => {
  const issuedAt = MONDAY_8 + minute * MINUTE
  return { id, issuedAt, startsAt: issuedAt, expiresAt: issuedAt + 2 * HOUR, ...more }
}
const update = (id: string, minute: number, references: string[], more: Partial<Order> = {}) =>
  sent(id, minute, { action: 'update', references, ...more })
const cancel = (id: string, minute: number, references: string[], more: Partial<Order> = {}) =>
  sent(id, minute, { action: 'cancel', references, texts: [], ...more })

const give = (book: OrderBook, order: Sent, now: Reading): OrderBook =>
  receive(advance(book, now).book, verifiedOrder(order), { site, policy, now }).book
/** Comes so many minutes after eight. */
type Arrival = readonly [number, Sent]
const arrive = (arrivals: readonly Arrival[], endMinute: number) => {
  let book = EMPTY_BOOK
  for (const [minute, order] of arrivals) book = give(book, order, readingAt(minute * MINUTE))
  return advance(book, readingAt(endMinute * MINUTE)).book
}
const states = (book: OrderBook) => Object.fromEntries(book.entries.map((e) => [e.order.id, e.endReason ?? e.state]))

const A = sent('A', 0)
const REASON = 'một người ký vì khẩn cấp'

/** domain.md §4.2 and §4.3: what is in the book at the end. Refused orders are not in it. */
const TABLE: readonly (readonly [string, readonly Arrival[], number, Readonly<Record<string, string>>])[] = [
  ['an alert is active at once', [[0, A]], 1, { A: 'active' }],
  ['an alert for later is pending', [[0, sent('A', 0, { startsAt: MONDAY_8 + HOUR })]], 30, { A: 'pending' }],
  ['and active when its time has come', [[0, sent('A', 0, { startsAt: MONDAY_8 + HOUR })]], 61, { A: 'active' }],
  ['it expires', [[0, A]], 120, { A: 'expired' }],
  ['expired on arrival it is never active', [[120, A]], 121, {}],
  [
    'the same key again is a no-op',
    [
      [0, A],
      [5, A],
    ],
    6,
    { A: 'active' },
  ],
  [
    'an update supersedes',
    [
      [0, A],
      [5, update('B', 5, ['A'])],
    ],
    6,
    { A: 'superseded', B: 'active' },
  ],
  ['an update of an unknown alert is an alert', [[5, update('B', 5, ['A'])]], 6, { B: 'active' }],
  [
    'and the alert stays off when it comes',
    [
      [5, update('B', 5, ['A'])],
      [6, A],
    ],
    7,
    { B: 'active' },
  ],
  [
    'a cancel ends',
    [
      [0, A],
      [5, cancel('K', 5, ['A'])],
    ],
    6,
    { A: 'cancelled', K: 'expired' },
  ],
  [
    'also what is pending',
    [
      [0, sent('A', 0, { startsAt: MONDAY_8 + HOUR })],
      [5, cancel('K', 5, ['A'])],
    ],
    70,
    { A: 'cancelled', K: 'expired' },
  ],
  [
    'a cancel before its alert keeps it off',
    [
      [5, cancel('K', 5, ['A'])],
      [6, A],
    ],
    7,
    { K: 'expired' },
  ],
  [
    'an all-clear clears and is itself shown',
    [
      [0, A],
      [5, update('D', 5, ['A'], { allClear: true })],
    ],
    6,
    { A: 'cleared', D: 'active' },
  ],
  [
    'and expires by the policy',
    [
      [0, A],
      [5, update('D', 5, ['A'], { allClear: true })],
    ],
    5 + policy.emergency.allClearMs / MINUTE,
    { A: 'cleared', D: 'expired' },
  ],
  [
    'a document changes nothing',
    [
      [0, A],
      [5, sent('N', 5, { action: 'document', references: ['A'] })],
    ],
    6,
    { A: 'active', N: 'expired' },
  ],
  // References to what was superseded already (§4.2): the head is meant, unless it is newer.
  [
    'a second update of the same alert follows the chain',
    [
      [0, A],
      [5, update('B', 5, ['A'])],
      [9, update('C', 9, ['A'])],
    ],
    10,
    { A: 'superseded', B: 'superseded', C: 'active' },
  ],
  [
    'an older second update is not heard',
    [
      [0, A],
      [9, update('C', 9, ['A'])],
      [10, update('B', 5, ['A'])],
    ],
    11,
    { A: 'superseded', C: 'active' },
  ],
  [
    'an older one that came first gives way',
    [
      [0, A],
      [6, update('B', 5, ['A'])],
      [10, update('C', 9, ['A'])],
    ],
    11,
    { A: 'superseded', B: 'superseded', C: 'active' },
  ],
  [
    'a newer cancel of the alert ends its head',
    [
      [0, A],
      [5, update('B', 5, ['A'])],
      [9, cancel('K', 9, ['A'])],
    ],
    10,
    { A: 'superseded', B: 'cancelled', K: 'expired' },
  ],
  [
    'an older cancel of the alert does not',
    [
      [0, A],
      [5, update('B', 5, ['A'])],
      [9, cancel('K', 3, ['A'])],
    ],
    10,
    { A: 'superseded', B: 'active', K: 'expired' },
  ],
  [
    'a chain of three goes by its end',
    [
      [0, A],
      [5, update('B', 5, ['A'])],
      [9, update('C', 9, ['B'])],
      [12, update('D', 12, ['A'])],
    ],
    13,
    { A: 'superseded', B: 'superseded', C: 'superseded', D: 'active' },
  ],
  [
    'a clock that ran ahead takes nothing away from those who answered it',
    [
      [0, A],
      [5, update('B', 15, ['A'])],
      [7, update('C', 7, ['B'])],
      [8, update('D', 8, ['C'])],
    ],
    9,
    { A: 'superseded', B: 'superseded', C: 'superseded', D: 'active' },
  ],
  [
    'an update that came too late still takes its alert away',
    [
      [0, sent('A', 0, { expiresAt: MONDAY_8 + 20 * HOUR })],
      [200, update('B', 5, ['A'])],
    ],
    201,
    { A: 'superseded' },
  ],
  [
    'nothing that has ended comes back',
    [
      [0, A],
      [1, cancel('K', 1, ['A'])],
      [2, A],
      [3, update('B', 3, ['A'])],
    ],
    4,
    { A: 'cancelled', K: 'expired', B: 'active' },
  ],
  [
    'another class ends nothing',
    [
      [0, A],
      [5, cancel('K', 5, ['A'], { class: 'priority' })],
    ],
    6,
    { A: 'active', K: 'expired' },
  ],
  [
    'an exercise ends nothing real',
    [
      [0, A],
      [5, cancel('K', 5, ['A'], { status: 'exercise' })],
      [6, update('B', 6, ['A'], { status: 'exercise' })],
    ],
    7,
    { A: 'active', K: 'expired', B: 'active' },
  ],
  [
    'a test neither is shown nor ends anything',
    [
      [0, A],
      [5, sent('T', 5, { status: 'test' })],
      [6, cancel('K', 6, ['A'], { status: 'test' })],
    ],
    7,
    { A: 'active' },
  ],
]

describe('the state machine of domain.md §4.3', () => {
  it.each(TABLE)('%s', (_, arrivals, end, expected) => {
    expect(states(arrive(arrivals, end))).toEqual(expected)
  })

  const malformed: readonly (readonly [string, Sent])[] = [
    [
      'a document without its number',
      sent('N', 0, { action: 'document', references: ['A'], authority: { name: 'x', document: null } }),
    ],
    ['a document of nothing', sent('N', 0, { action: 'document' })],
    ['an all-clear that is no update', sent('D', 0, { allClear: true })],
    ['an all-clear that is a cancel', cancel('D', 0, ['A'], { allClear: true })],
    ['an all-clear of a major event', update('D', 0, ['A'], { allClear: true, class: 'major-event' })],
    [
      'an all-clear of a mourning',
      update('D', 0, ['A'], { allClear: true, class: 'mourning', breakGlass: { reason: REASON } }),
    ],
  ]
  it.each(malformed)('refuses %s', (_, order) => {
    const before = arrive([[0, A]], 0)
    const got = receive(before, verifiedOrder(order), { site, policy, now: readingAt(0) })
    expect(got).toMatchObject({ outcome: 'refused', reason: 'malformed', ended: [] })
    expect(got.book).toBe(before)
  })

  it('a document needs no time of its own: late, and for long', () => {
    const order = sent('N', 0, { action: 'document', references: ['A'], expiresAt: MONDAY_8 + 40 * HOUR })
    for (const hours of [1, 100])
      expect(receive(EMPTY_BOOK, verifiedOrder(order), { site, policy, now: readingAt(hours * HOUR) }).outcome).toBe(
        'accepted',
      )
  })

  it('a danger is an emergency in earnest that is not over', () => {
    const dangers = [{}, { class: 'priority' }, { status: 'exercise' }, { allClear: true }] as const
    expect(dangers.map((more) => isDanger(anOrder(more)))).toEqual([true, false, false, false])
  })

  it('a preset page of the site is ended by nobody else', () => {
    const taken = give(EMPTY_BOOK, A, readingAt(0))
    const local: OrderBook = { ...taken, entries: taken.entries.map((e) => ({ ...e, envelope: null })) }
    const after = give(local, cancel('K', 1, ['A']), readingAt(MINUTE))
    expect(states(after)).toEqual({ A: 'active', K: 'expired' })
    expect(states(give(after, A, readingAt(MINUTE)))).toEqual({ A: 'active', K: 'expired' })
  })
})

const IDS = ['A', 'B', 'C', 'D', 'E', 'F', 'G']
const anySent = (id: string): fc.Arbitrary<Sent> =>
  fc
    .record({
      action: fc.constantFrom<Order['action']>('release', 'update', 'update', 'cancel', 'document'),
      class: fc.constantFrom<Order['class']>('emergency', 'emergency', 'priority'),
      status: fc.constantFrom<Order['status']>('actual', 'actual', 'actual', 'exercise', 'test'),
      references: fc.subarray(
        IDS.filter((i) => i !== id),
        { maxLength: 3 },
      ),
      minute: fc.integer({ min: 0, max: 30 }),
      later: fc.constantFrom(0, 0, 20),
      length: fc.integer({ min: 10, max: 600 }),
      clear: fc.boolean(),
    })
    .map(({ minute, later, length, clear, ...rest }) => {
      const startsAt = MONDAY_8 + (minute + later) * MINUTE
      const times = { startsAt, expiresAt: startsAt + length * MINUTE }
      return sent(id, minute, { ...rest, ...times, ...(clear && rest.action === 'update' ? { allClear: true } : {}) })
    })
/** Nobody references what was issued later; what clocks that run ahead make of that is in the table. */
const inTime = (orders: readonly Sent[]): Sent[] =>
  orders.map((o) => {
    const key = ({ id, issuedAt = 0 }: Sent) => issuedAt * 100 + IDS.indexOf(id)
    const later = orders.filter((other) => key(other) > key(o)).map((other) => other.id)
    return { ...o, references: (o.references ?? []).filter((r) => !later.includes(r)) }
  })
const anyOrders = fc.tuple(...IDS.map(anySent)).chain((orders) => fc.subarray(inTime(orders), { minLength: 1 }))

const idsOf = (book: OrderBook) =>
  active(book)
    .map((e) => e.order.id)
    .sort()

describe('what is in force in the end', () => {
  it('follows from what was sent, not from the order of arrival, repeats or restarts', () => {
    let shown = 0
    const numbers = fc.array(fc.nat(), { minLength: 20, maxLength: 20 })
    fc.assert(
      fc.property(anyOrders, numbers, fc.boolean(), (sentOrders, lots, restarts) => {
        // The line was away for half an hour and everything comes at once, some of it twice.
        const now = 40
        const queue = [...sentOrders, ...sentOrders.filter((_, i) => (lots[i] ?? 0) % 3 === 0)]
        const shuffled = queue
          .map((order, i) => ({ order, lot: (lots[i % lots.length] ?? 0) * 31 + i * 7 }))
          .toSorted((a, b) => (a.lot % 101) - (b.lot % 101))
        let book = EMPTY_BOOK
        for (const { order } of shuffled) {
          book = give(book, order, readingAt(now * MINUTE))
          if (restarts) book = rewake(JSON.parse(JSON.stringify(book)) as OrderBook, readingAt(now * MINUTE), null)
        }
        const orders = sentOrders.map((s) => anOrder(s))
        const wall = MONDAY_8 + now * MINUTE
        const expected = orders
          .filter((o) => (o.action === 'release' || o.action === 'update') && o.status !== 'test')
          .filter((o) => o.action === 'release' || o.references.length > 0)
          .filter((o) => o.startsAt - 2 * MINUTE <= wall && wall < o.expiresAt && !overIn(orders, o))
          .map((o) => o.id)
          .sort()
        shown += expected.length
        expect(idsOf(book)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
    expect(shown).toBeGreaterThan(200)
  })

  it('is the same for any two orders of arrival spread over hours, and nothing is up after its end', () => {
    fc.assert(
      fc.property(
        anyOrders,
        fc.array(fc.integer({ min: 31, max: 300 }), { minLength: 14, maxLength: 14 }),
        (orders, at) => {
          const ends = [0, 7].map((shift) => {
            const arrivals = orders
              .map((order, i): Arrival => [at[i + shift] ?? 0, order])
              .toSorted((a, b) => a[0] - b[0])
            let book = EMPTY_BOOK
            for (const [minute, order] of arrivals) {
              book = advance(give(book, order, readingAt(minute * MINUTE)), readingAt(minute * MINUTE)).book
              for (const e of active(book)) expect(e.order.expiresAt).toBeGreaterThan(MONDAY_8 + minute * MINUTE)
            }
            return advance(book, readingAt(301 * MINUTE)).book
          })
          // The page of an all-clear stands from when it came; everything else goes by what was signed.
          const signed = ends.map((book) => active(book).filter((e) => e.order.allClear !== true))
          expect(signed[0]?.map((e) => e.order.id).sort()).toEqual(signed[1]?.map((e) => e.order.id).sort())
        },
      ),
      { numRuns: 300 },
    )
  })
})
