import { expect, test } from 'vitest'
import { MONDAY_8, readingAt, verifiedOrder } from '../../test/build.ts'
import { awake } from '../../test/drive.ts'
import type { Happening } from './loop.ts'
import { createRefusals, type OrderPrognosis, prognosisOf } from './refusals.ts'

const no = { event: 'refused', what: 'order', reason: 'bad-signature', detail: 'no', orderId: null } as const

test('a hub that sends wrong signatures all day fills no disk; none is lost count of, and what is no refusal passes', () => {
  const time = { ms: 0 }
  const refusals = createRefusals(
    () => time.ms,
    () => 'news',
  )
  const written: Happening[] = []
  let given = 0
  for (; time.ms < 86_400_000; time.ms += 1_000) {
    written.push(...refusals.admit(no))
    given += 1
  }
  expect(written.length).toBeGreaterThan(1_000)
  expect(written.length).toBeLessThan(1_600)
  time.ms += 60_000
  written.push(...refusals.admit(no))
  const counted = written.map((h) => (h.event === 'refused' ? Number(/\((\d+) more/.exec(h.detail)?.[1] ?? 0) : 0))
  expect(written.length + counted.reduce((a, b) => a + b, 0)).toBe(given + 1)
  const passing: readonly Happening[] = [{ event: 'tick' }, { ...no, what: 'schedule', voids: true }]
  for (const it of passing) expect(refusals.admit(it)).toEqual([it])
})

test('signed orders that are refused again and again are bounded by the same count; what is here already by its own; news by none', () => {
  const time = { ms: 0 }
  const what = { is: 'news' as OrderPrognosis }
  const refusals = createRefusals(
    () => time.ms,
    () => what.is,
  )
  const order: Happening = { event: 'order', order: verifiedOrder() }
  const written = (prognosis: OrderPrognosis, times: number) => {
    what.is = prognosis
    return Array.from({ length: times }, () => refusals.admit(order)).flat().length
  }
  expect(written('news', 1_000)).toBe(1_000)
  expect(written({ refused: 'expired' }, 1_000)).toBe(60)
  expect(written('known', 1_000)).toBe(200)
  expect(refusals.admit(no)).toEqual([])
  time.ms += 60_000
  what.is = { refused: 'not-for-this-site' }
  const [told, again] = refusals.admit(order)
  expect(told).toMatchObject({
    event: 'refused',
    reason: 'not-for-this-site',
    detail: expect.stringContaining('941 more'),
  })
  expect(again).toBe(order)
})

test('an order is news when it shows or ends something, a refusal when it would do neither, and known when it is here', () => {
  const it = awake()
  const at = readingAt(1_000)
  const say = (over: Parameters<typeof verifiedOrder>[0]) => prognosisOf(verifiedOrder(over), it.state(), at)
  expect(say({})).toBe('news')
  expect(say({ targets: ['LC-MT-01'] })).toEqual({ refused: 'not-for-this-site' })
  expect(say({ expiresAt: MONDAY_8 + 1 })).toEqual({ refused: 'expired' })
  it.give(1_000, { event: 'order', order: verifiedOrder() })
  expect(say({})).toBe('known')
  // Past its own time an update still ends what it replaces.
  expect(say({ id: 'O-2', action: 'update', references: ['O-1'], expiresAt: MONDAY_8 + 1 })).toBe('news')
  // Of more documents than an edge remembers, a hub could send the forgotten ones for ever; a cancel is never passed over.
  const authority = { name: 'UBND', document: '5/CĐ' }
  expect(say({ id: 'D', action: 'document', references: ['O-1'], authority, expiresAt: MONDAY_8 + 1 })).toBe('known')
  expect(say({ id: 'C', action: 'cancel', references: ['NOT-HERE'] })).toBe('news')
})
