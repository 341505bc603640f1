import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { checkCap } from '#core/emergency/cap/check.ts'
import { draftOfCap } from '#core/emergency/cap/draft.ts'
import { capOfOrder } from '#core/emergency/cap/from-order.ts'
import {
  CERTAINTIES,
  HAZARDS,
  ORDER_LANGUAGES,
  type Order,
  RESPONSES,
  SEVERITIES,
  URGENCIES,
} from '#core/emergency/order.ts'
import { FACTS } from '../test/cap-sample.ts'
import { NOW, orderOf } from '../test/harness.ts'
import { readMessage } from './read.ts'
import { writeCap } from './write.ts'

const UNITS = ['03445', '03466', '03388'] as const
const SITES = ['A', 'B', 'C', 'D'].map((id, i) => ({ id, unitCode: UNITS[i % 3] ?? '', lat: 22, lon: 103 }))
const OWN = 'hub@clusters.laichau.example'
const facts = { ...FACTS, now: instant(NOW) }

/** Words as people write them, and characters that XML treats in its own way. */
const words = fc
  .array(fc.constantFrom('Lũ', 'quét', 'a & b', '<b>', '"x"', "'", ']]>', '山洪', '&amp;', 'Đường', '100%', '—'), {
    minLength: 1,
    maxLength: 12,
  })
  .map((list) => list.join(' '))
const texts = fc
  .uniqueArray(
    fc.record({
      language: fc.constantFrom(...ORDER_LANGUAGES),
      headline: words,
      instruction: fc.option(words, { nil: '' }),
    }),
    {
      selector: (t) => t.language,
      minLength: 0,
      maxLength: 4,
    },
  )
  .map((list) => [
    { language: 'vi' as const, headline: 'Cảnh báo', instruction: '' },
    ...list.filter((t) => t.language !== 'vi'),
  ])

const orders: fc.Arbitrary<Order> = fc
  .record({
    class: fc.constantFrom('emergency' as const, 'priority' as const),
    status: fc.constantFrom('actual' as const, 'exercise' as const, 'test' as const),
    hazard: fc.constantFrom(...HAZARDS),
    severity: fc.constantFrom(...SEVERITIES),
    urgency: fc.constantFrom(...URGENCIES),
    certainty: fc.constantFrom(...CERTAINTIES),
    response: fc.uniqueArray(fc.constantFrom(...RESPONSES), { maxLength: 3 }),
    riskLevel: fc.option(fc.integer({ min: 1, max: 5 })),
    forestFireLevel: fc.option(fc.integer({ min: 1, max: 5 })),
    texts,
    targets: fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D'), { minLength: 1 }),
    area: fc.option(
      fc.record({
        province: fc.boolean(),
        units: fc.uniqueArray(fc.constantFrom(...UNITS)),
        name: fc.constantFrom('', 'Xã Mường Tè'),
      }),
    ),
    document: fc.option(fc.constantFrom('12/QĐ & <3>')),
    wake: fc.boolean(),
    sound: fc.boolean(),
    brightness: fc.option(fc.integer({ min: 5, max: 100 })),
    minutes: fc.integer({ min: 1, max: 1440 }),
  })
  .map(({ minutes, area, document, ...rest }) =>
    orderOf({
      ...rest,
      ...(area === null ? {} : { area }),
      authority: { name: 'Cơ quan <thường trực> & bạn', document },
      expiresAt: NOW + minutes * 60_000,
    }),
  )

const exported = (order: Order, earlier: readonly Order[]) => {
  const message = capOfOrder(order, {
    own: OWN,
    province: '12',
    sites: SITES,
    earlier,
    unitName: () => null,
    siteName: () => null,
  })
  assert(message.ok, message.ok ? '' : message.error)
  const text = writeCap(message.value)
  const read = readMessage(Buffer.from(text))
  assert(read.ok, `${read.ok ? '' : read.error.en}\n${text}`)
  expect(read.value.findings).toEqual([])
  expect(read.value.message).toEqual(message.value)
  return read.value.message
}

describe('an order as CAP and back', () => {
  it('is right in the standard and in our profile, and another hub would propose the same', () => {
    const seen = { orders: 0 }
    fc.assert(
      fc.property(orders, (order) => {
        const message = exported(order, [])
        const found = checkCap(message, facts).filter((f) => f.code !== 'low-severity')
        expect(found).toEqual([])
        const outcome = draftOfCap(message, {
          ...facts,
          sites: SITES,
          usualMs: 7_200_000,
          orders: [],
          own: 'another@hub.example',
        })
        assert(outcome.kind === 'draft', JSON.stringify(outcome))
        const { body } = outcome
        const same = [
          'status',
          'hazard',
          'riskLevel',
          'forestFireLevel',
          'severity',
          'urgency',
          'certainty',
          'authority',
          'wake',
          'brightness',
          'sound',
        ] as const
        for (const key of same) expect(body[key], key).toEqual(order[key])
        expect([...body.targets].sort()).toEqual([...order.targets].sort())
        expect(body.texts).toEqual(order.texts)
        expect(body.until).toBe(Math.floor(order.expiresAt / 1000) * 1000)
        // A class that the urgency does not bear out is lowered by the reader, never raised.
        if (order.class === 'priority') expect(body.class).toBe('priority')
        seen.orders += 1
      }),
      { numRuns: 300 },
    )
    expect(seen.orders).toBeGreaterThanOrEqual(300)
  })

  it('update, all-clear and cancel refer to what they change', () => {
    const first = orderOf({ id: 'L-1', targets: ['A'] })
    const one = (over: Partial<Order>) =>
      orderOf({ id: 'L-2', targets: ['A'], references: ['L-1'], issuedAt: NOW + 60_000, ...over })
    const update = exported(one({ action: 'update' }), [first])
    const clear = exported(
      one({ action: 'update', allClear: true, response: [], severity: 'minor', riskLevel: null }),
      [first],
    )
    const cancel = exported(one({ action: 'cancel', texts: [] }), [first])
    expect([update, clear, cancel].map((m) => m.msgType)).toEqual(['Update', 'Update', 'Cancel'])
    expect(clear.info[0]?.responseType).toEqual(['AllClear'])
    for (const message of [update, clear, cancel]) {
      expect(message.references).toBe(`${OWN},L-1,2026-11-22T10:00:00+07:00`)
      expect(checkCap(message, facts).filter((f) => f.severity === 'error')).toEqual([])
      // Another hub that holds the first one by our identity would change just that.
      const outcome = draftOfCap(message, {
        ...facts,
        sites: SITES,
        usualMs: 7_200_000,
        own: 'another@hub.example',
        orders: [
          {
            order: {
              ...first,
              id: 'X-9',
              relayed: { sender: OWN, identifier: 'L-1', sent: '2026-11-22T10:00:00+07:00' },
            },
            open: true,
          },
        ],
      })
      expect(outcome).toMatchObject({ kind: 'draft', body: { references: ['X-9'] } })
    }
  })

  it('there is none of a blank screen, mourning, a major event, a document, or of what refers to nothing known', () => {
    const none = [
      [orderOf({ class: 'safety-blank' }), 'no-cap-for-class'],
      [orderOf({ class: 'mourning' }), 'no-cap-for-class'],
      [orderOf({ class: 'major-event' }), 'no-cap-for-class'],
      [orderOf({ action: 'document', references: ['L-0'] }), 'no-cap-for-document'],
      [orderOf({ action: 'cancel', references: ['L-0'] }), 'unknown-reference'],
    ] as const
    for (const [order, why] of none) {
      const message = capOfOrder(order, {
        own: OWN,
        province: '12',
        sites: SITES,
        earlier: [],
        unitName: () => null,
        siteName: () => null,
      })
      expect(message).toEqual({ ok: false, error: why })
    }
    expect(none.length).toBe(5)
  })
})
