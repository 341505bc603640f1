import { describe, expect, test } from 'vitest'
import { parseDocument } from '#core/base/check.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { HubMessage } from '#core/contract/link.ts'
import type { Signer } from '#core/contract/verify.ts'
import type { Order } from '#core/emergency/order.ts'
import { anOrder, MONDAY_8 } from '../../test/build.ts'
import { ENTRIES, KEYS, registryOf, sealed, site } from '../../test/support/attacks.ts'
import { keyOf } from '../test/fakehub.ts'

/**
 * What an edge does with orders that somebody made up, changed, kept or sent where they do not belong. Every case: nothing is on the screen
 * that was not there before, nothing that is on it ends, and the evidence names the reason.
 */

const HOUR = 3_600_000
const YEAR = 365 * 86_400_000

/** One case a line: what is sent, and the reason in the evidence. */
type Attack = { readonly what: string; readonly envelope: () => Envelope; readonly reason: string }
const by = (signer: Signer, over: Partial<Order>) => sealed(over, [signer])
const province: Partial<Order> = { area: { province: true, units: [], name: 'toàn tỉnh' } }
const glass = { breakGlass: { reason: 'không liên lạc được người thứ hai' } } as const

const ATTACKS: readonly Attack[] = [
  { what: 'a key nobody registered', envelope: () => by(KEYS.stranger, {}), reason: 'unknown-key' },
  {
    what: 'the id of a registered key under the signature of another',
    envelope: () => by({ ...KEYS.stranger, key: KEYS.duty.key }, {}),
    reason: 'bad-signature',
  },
  {
    what: 'a right signature beside one that is wrong',
    envelope: () => ({
      ...by(KEYS.duty, {}),
      signatures: [...by(KEYS.duty, {}).signatures, ...by(KEYS.chief, { id: 'O-2' }).signatures],
    }),
    reason: 'bad-signature',
  },
  {
    what: 'one key twice',
    envelope: () => sealed({ ...province }, [KEYS.duty, KEYS.duty]),
    reason: 'bad-signature',
  },
  { what: 'a key before its time', envelope: () => by(KEYS.early, { issuer: 'chuaden' }), reason: 'no-right' },
  { what: 'a key after its time', envelope: () => by(KEYS.late, { issuer: 'dahet' }), reason: 'no-right' },
  {
    what: 'a key for priority signs emergency',
    envelope: () => by(KEYS.priority, { issuer: 'uutien' }),
    reason: 'no-right',
  },
  {
    what: 'a key for schedules signs emergency',
    envelope: () => by(KEYS.planner, { issuer: 'duyet' }),
    reason: 'no-right',
  },
  {
    what: 'a key for emergency signs a safety blank',
    envelope: () => by(KEYS.duty, { class: 'safety-blank', texts: [] }),
    reason: 'no-right',
  },
  {
    what: 'the officer of another commune',
    envelope: () => by(KEYS.elsewhere, { issuer: 'xakhac' }),
    reason: 'no-right',
  },
  { what: 'the issuer is not who signed', envelope: () => by(KEYS.here, { issuer: 'tructinh' }), reason: 'no-right' },
  { what: 'another cluster', envelope: () => by(KEYS.duty, { targets: ['LC-MLT-02'] }), reason: 'not-for-this-site' },
  { what: 'run out years ago', envelope: () => by(KEYS.duty, old(-3 * YEAR)), reason: 'expired' },
  {
    what: 'longer than the rules allow',
    envelope: () => by(KEYS.duty, { expiresAt: MONDAY_8 + 25 * HOUR }),
    reason: 'too-long',
  },
  {
    what: 'ends before it begins',
    envelope: () => by(KEYS.duty, { startsAt: MONDAY_8 + 2 * HOUR }),
    reason: 'malformed',
  },
  {
    what: 'an exercise at a site that is not in one',
    envelope: () => by(KEYS.duty, { status: 'exercise' }),
    reason: 'not-in-exercise-mode',
  },
  { what: 'a test', envelope: () => by(KEYS.duty, { status: 'test' }), reason: 'test-only' },
  { what: 'the province, signed by one', envelope: () => by(KEYS.duty, province), reason: 'no-second-person' },
  {
    what: 'the province, the same person with two keys',
    envelope: () => sealed(province, [KEYS.duty, KEYS.dutySecond]),
    reason: 'no-second-person',
  },
  {
    what: 'the province, the second without the right',
    envelope: () => sealed(province, [KEYS.duty, KEYS.priority]),
    reason: 'no-second-person',
  },
  {
    what: 'the province, the second of another commune',
    envelope: () => sealed(province, [KEYS.duty, KEYS.elsewhere]),
    reason: 'no-second-person',
  },
  {
    what: 'the province, the second after his time',
    envelope: () => sealed(province, [KEYS.duty, KEYS.late]),
    reason: 'no-second-person',
  },
  {
    what: 'the province, the second signature over other words',
    envelope: () => ({
      ...sealed(province),
      signatures: [...sealed(province).signatures, ...sealed({ ...province, hazard: 'FIRE' }, [KEYS.chief]).signatures],
    }),
    reason: 'bad-signature',
  },
  {
    what: 'more clusters than one may sign for, without saying it is the province',
    envelope: () => by(KEYS.duty, { targets: many(11) }),
    reason: 'no-second-person',
  },
  {
    what: 'mourning alone, as if glass had been broken',
    envelope: () => by(KEYS.duty, { class: 'mourning', texts: [], ...glass }),
    reason: 'no-second-person',
  },
  {
    what: 'a cancel without saying of what',
    envelope: () => by(KEYS.duty, { action: 'cancel', texts: [] }),
    reason: 'malformed',
  },
  { what: 'no text', envelope: () => by(KEYS.duty, { texts: [] }), reason: 'no-text' },
  {
    what: 'an order signed as an approval',
    envelope: () => sealed({}, [KEYS.duty], 'approval'),
    reason: 'bad-signature',
  },
  {
    what: 'an order signed as a schedule',
    envelope: () => sealed({}, [KEYS.duty], 'schedule'),
    reason: 'bad-signature',
  },
  {
    what: 'a signature over an approval, its type changed to order',
    envelope: () => ({ ...sealed({}, [KEYS.duty], 'approval'), type: 'order' }),
    reason: 'bad-signature',
  },
  {
    what: 'a schedule passed as an order',
    envelope: () => ({ ...sealed({}, [KEYS.planner], 'schedule'), type: 'order' }),
    reason: 'bad-signature',
  },
  {
    what: 'signed, but no order',
    envelope: () => ({ ...sealed({}), ...signedText('{"id":"O-1"}') }),
    reason: 'malformed',
  },
  {
    what: 'signed, with a field nobody knows',
    envelope: () => ({ ...sealed({}), ...signedText(canonicalJson({ ...anOrder(), loud: true })) }),
    reason: 'malformed',
  },
  {
    what: 'signed, 5,001 targets',
    envelope: () => by(KEYS.duty, { targets: many(5_001) }),
    reason: 'malformed',
  },
  {
    what: 'signed, a headline of a megabyte',
    envelope: () => by(KEYS.duty, { texts: [{ language: 'vi', headline: 'Ạ'.repeat(350_000), instruction: '' }] }),
    reason: 'malformed',
  },
  {
    what: 'signed, a thousand texts',
    envelope: () =>
      by(KEYS.duty, {
        texts: Array.from({ length: 1000 }, () => ({ language: 'vi' as const, headline: 'x', instruction: '' })),
      }),
    reason: 'malformed',
  },
]

const old = (by: number): Partial<Order> => ({
  issuedAt: MONDAY_8 + by,
  startsAt: MONDAY_8 + by,
  expiresAt: MONDAY_8 + by + HOUR,
})
const many = (n: number) => ['LC-MLT-01', ...Array.from({ length: n - 1 }, (_, i) => `LC-X-${i}`)]
const signedText = (payload: string) => {
  const sig = KEYS.duty.sign(`bangtin/1\norder\n${payload}`)
  return { payload, signatures: [{ key: KEYS.duty.key, sig }] }
}

describe('an order that must not count', () => {
  test('is refused with its reason, shows nothing, and ends nothing that is on', () => {
    let tried = 0
    const busy = site()
    busy.order(by(KEYS.chief, { id: 'LIVE', issuer: 'chihuy' }), 50)
    for (const { what, envelope, reason } of ATTACKS) {
      const idle = site()
      const before = idle.state().playing?.play
      const first = idle.order(envelope(), 100)
      expect([what, first.reason]).toEqual([what, reason])
      expect([what, idle.onScreen(), idle.state().playing?.play]).toEqual([what, null, before])
      const second = busy.order(envelope(), 100 + tried)
      expect([what, second.reason, second.ended, busy.onScreen()]).toEqual([what, reason, [], 'LIVE'])
      tried += 1
    }
    expect(tried).toBe(36)
  })

  test('and the same orders, as they should be, are shown: the table proves something', () => {
    const good: readonly Envelope[] = [
      by(KEYS.duty, {}),
      by(KEYS.here, { issuer: 'trucxa' }),
      by(KEYS.duty, { targets: many(10) }),
      sealed(province, [KEYS.duty, KEYS.chief]),
      sealed({ targets: many(5_000) }, [KEYS.duty, KEYS.chief]),
      by(KEYS.duty, { ...province, ...glass }),
    ]
    for (const envelope of good) {
      const it = site()
      expect(it.order(envelope, 100).reason).toBeNull()
      expect(it.onScreen()).toBe('O-1')
    }
    expect(good.length).toBe(6)
  })
})

describe('an order as the line or a hand on it left it', () => {
  const message = { t: 'order' as const, envelope: sealed({}) }
  const wire = Buffer.from(JSON.stringify(message))
  /** What comes of it: not even a message, refused by the gate, the very order that was signed, or another one. */
  const fate = (it: ReturnType<typeof site>, bytes: Buffer): 'no-message' | 'refused' | 'same' | 'other' => {
    const parsed = parseDocument(HubMessage, bytes.toString())
    if (!parsed.ok || parsed.value.t !== 'order') return 'no-message'
    if (it.judged(parsed.value.envelope, 200)?.event !== 'order') return 'refused'
    return parsed.value.envelope.payload === message.envelope.payload ? 'same' : 'other'
  }

  test('cut off after any byte: nothing', () => {
    const it = site()
    let tried = 0
    for (let end = 0; end < wire.length; end++) {
      expect([end, fate(it, wire.subarray(0, end))]).toEqual([end, 'no-message'])
      tried += 1
    }
    for (let end = 0; end < message.envelope.payload.length; end++) {
      const cut = { ...message.envelope, payload: message.envelope.payload.slice(0, end) }
      expect([end, it.order(cut, 200).reason]).toEqual([end, 'bad-signature'])
      tried += 1
    }
    expect(tried).toBe(wire.length + message.envelope.payload.length)
    expect(it.active()).toEqual([])
    expect(fate(it, wire)).toBe('same')
  })

  test('any one bit flipped: refused, or to the letter what was signed', () => {
    const it = site()
    const seen = { 'no-message': 0, refused: 0, same: 0, other: 0 }
    for (let bit = 0; bit < wire.length * 8; bit++) {
      const bytes = Buffer.from(wire)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      seen[fate(it, bytes)] += 1
    }
    expect(seen.other).toBe(0)
    expect(seen['no-message'] + seen.refused + seen.same).toBe(wire.length * 8)
    expect(seen.refused).toBeGreaterThan(3_000)
    // The last base64 character before the padding carries four bits that mean nothing: the same signature in another spelling.
    expect(seen.same).toBeLessThanOrEqual(4)
  })
})
describe('an order that was right once', () => {
  const order = by(KEYS.duty, {})
  const cancel = by(KEYS.duty, { id: 'O-9', action: 'cancel', references: ['O-1'], texts: [] })

  test('again while it is on: the same order, one record', () => {
    const it = site()
    const first = it.order(order, 100)
    expect(first.records.filter((r) => r.kind === 'order').map((r) => r.kind === 'order' && r.stage)).toEqual([
      'received',
      'active',
    ])
    for (let i = 0; i < 50; i++) expect(it.order(order, 200 + i).records).toEqual([])
    expect(it.active()).toEqual(['O-1'])
  })

  test('after its end, its cancel, a restart, years: never again', () => {
    let tried = 0
    const never = (it: Pick<ReturnType<typeof site>, 'order' | 'onScreen'>, at: number) => {
      it.order(order, at)
      expect(it.onScreen()).toBeNull()
      tried += 1
    }
    const expired = site()
    expired.order(order, 100)
    expired.give(HOUR + 1, { event: 'tick' })
    expect(expired.onScreen()).toBeNull()
    never(expired, HOUR + 2)
    never(expired.restarted(HOUR + 10), HOUR + 20)
    const cancelled = site()
    cancelled.order(order, 100)
    expect(cancelled.order(cancel, 200).ended).toEqual(['O-1'])
    never(cancelled, 300)
    never(cancelled.restarted(400), 500)
    never(site(), 3 * YEAR)
    // Its cancel first, then the order: as if it had never been.
    const reordered = site()
    reordered.order(cancel, 100)
    never(reordered, 200)
    never(reordered.restarted(300), 400)
    expect(tried).toBe(7)
  })

  test('live through a restart, it is there again, and ends when it would have', () => {
    const it = site()
    it.order(order, 100)
    const again = it.restarted(HOUR / 2)
    again.give(HOUR / 2 + 10, { event: 'tick' })
    expect(again.onScreen()).toBe('O-1')
    again.give(HOUR + 1, { event: 'tick' })
    expect(again.onScreen()).toBeNull()
  })

  test('its id with other words is refused, and the first words stay', () => {
    const it = site()
    it.order(order, 100)
    const other = it.order(by(KEYS.duty, { hazard: 'FIRE' }), 200)
    expect([other.reason, it.onScreen(), it.state().orders.entries[0]?.order.hazard]).toEqual([
      'id-reused',
      'O-1',
      'FLASH_FLOOD',
    ])
  })

  test('an old cancel, an old update, ends nothing that came after it', () => {
    const it = site()
    it.order(by(KEYS.duty, { id: 'O-2' }), 100)
    expect(it.order(cancel, 200).ended).toEqual([])
    expect(
      it.order(by(KEYS.duty, { id: 'O-8', action: 'update', references: ['O-1'], ...old(-YEAR) }), 300).ended,
    ).toEqual([])
    expect(it.active()).toContain('O-2')
  })

  test('signed by a key that a newer registry has taken out: no longer', () => {
    const it = site()
    const without = ENTRIES.filter((e) => e.key !== KEYS.duty.key)
    it.registry(registryOf(2, without), 50)
    expect(it.order(order, 100).reason).toBe('unknown-key')
    // And the older registry does not come back, nor one by another root.
    const refusals = [registryOf(1, ENTRIES), registryOf(3, ENTRIES, keyOf()), registryOf(3, ENTRIES, KEYS.duty)].map(
      (r) => it.registry(r, 200).records.flatMap((x) => (x.kind === 'config' ? [x.result] : [])),
    )
    expect(refusals).toEqual([['refused'], ['refused'], ['refused']])
    expect([it.order(order, 300).reason, it.onScreen()]).toEqual(['unknown-key', null])
  })
})

test('a right for another class ends nothing: priority cannot cancel or replace an emergency', () => {
  const it = site()
  it.order(by(KEYS.duty, {}), 100)
  const over: Partial<Order> = { issuer: 'uutien', class: 'priority', references: ['O-1'] }
  for (const action of ['cancel', 'update'] as const) {
    const got = it.order(by(KEYS.priority, { ...over, id: `P-${action}`, action }), 200)
    expect(got.ended).toEqual([])
  }
  expect(it.onScreen()).toBe('O-1')
  // Nor as an emergency that the key may not sign.
  expect(it.order(by(KEYS.priority, { ...over, id: 'P-3', class: 'emergency', action: 'cancel' }), 300).reason).toBe(
    'no-right',
  )
  expect(it.onScreen()).toBe('O-1')
})
