import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { canonicalJson } from '#core/content/item.ts'
import { TOKEN_SCOPES } from '#core/contract/api.ts'
import type { Envelope, EnvelopeType } from '#core/contract/envelope.ts'
import type { KeyRegistry, RegistryEntry } from '#core/contract/keys.ts'
import { keyIdOf, type Signer, sealEnvelope } from '#core/contract/verify.ts'
import type { Order } from '#core/emergency/order.ts'
import { makeKey, sha256 } from '../crypto/ed25519.ts'
import { HTTP_BOUNDS, makeApp } from '../server/app.ts'
import { makeSeed, NOW, orderOf, startWorld, type World } from './harness.ts'
import { makeApiToken, openSession, putAccount } from './principals.ts'

/**
 * Orders that must not count, handed to the hub: through a token that may hand in whatever a person signed, so that nothing but the
 * signature, the right and the text decides; and through the session of an officer who did not sign. The edges judge the same once more
 * (edge/shell/security-orders.test.ts). Nothing is released, nothing waits, nothing ends, and the audit log has each refusal.
 */
const key = () => {
  const made = makeKey()
  return { ...made.signer, publicKey: made.publicKey, key: keyIdOf(made.publicKey, sha256) }
}
const KEYS = {
  duty: key(),
  dutySecond: key(),
  chief: key(),
  priority: key(),
  here: key(),
  early: key(),
  late: key(),
  planner: key(),
  stranger: key(),
}
const YEAR = 31_536_000_000
const entry = (by: ReturnType<typeof key>, person: string, over: Partial<RegistryEntry> = {}): RegistryEntry => ({
  key: by.key,
  publicKey: by.publicKey,
  person,
  name: person,
  org: 'bch',
  rights: ['order.emergency', 'order.mourning'],
  areas: ['12'],
  validFrom: NOW - YEAR,
  validTo: NOW + YEAR,
  ...over,
})

let world: World
let url: string
let token: Record<string, string>
let officer: Record<string, string>
let close: () => Promise<unknown>
const unitOf = (site: string) => world.seed.sites.find((s) => s.id === site)?.unitCode ?? ''

beforeAll(async () => {
  world = await startWorld(await makeSeed())
  const registry: KeyRegistry = {
    version: 2,
    issuedAt: NOW,
    province: '12',
    entries: [
      entry(KEYS.duty, 'tructinh'),
      entry(KEYS.dutySecond, 'tructinh'),
      entry(KEYS.chief, 'chihuy'),
      entry(KEYS.priority, 'uutien', { rights: ['order.priority'] }),
      entry(KEYS.here, 'trucxa', { areas: [unitOf('LC-MLT-01')] }),
      entry(KEYS.early, 'chuaden', { validFrom: NOW + YEAR / 2 }),
      entry(KEYS.late, 'dahet', { validTo: NOW - 1 }),
      entry(KEYS.planner, 'duyet', { rights: ['schedule', 'approve'] }),
    ],
  }
  const app = await makeApp(
    { ...world.hub.hub, registry: () => registry },
    { certificate: null, metricsToken: null, bounds: HTTP_BOUNDS },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  await putAccount(world, 'khac', ['officer'])
  officer = await openSession(world, 'khac')
  close = () => app.close()
})
const made = { tokens: 0 }
beforeEach(async () => {
  made.tokens += 1
  token = (await makeApiToken(world, `moi-thu-${made.tokens}`, { scopes: TOKEN_SCOPES })).headers
})
afterAll(async () => {
  await close()
  await world.close()
})

const sealed = (
  over: Partial<Order>,
  signers: readonly Signer[] = [KEYS.duty],
  type: EnvelopeType = 'order',
): Envelope => sealEnvelope(type, canonicalJson(orderOf(over)), signers)
const by = (signer: Signer, over: Partial<Order>) => sealed(over, [signer])
const signedText = (payload: string): Envelope => ({
  ...sealed({}),
  payload,
  signatures: [{ key: KEYS.duty.key, sig: KEYS.duty.sign(`bangtin/1\norder\n${payload}`) }],
})
const post = async (envelope: unknown, headers: Record<string, string>, path = '/api/orders') => {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ envelope }),
  })
  return { status: response.status, body: (await response.json()) as { error?: string; lapsesAt?: number } }
}
const many = (n: number) => ['LC-MLT-01', ...Array.from({ length: n - 1 }, (_, i) => `LC-X-${i}`)]
const province: Partial<Order> = { area: { province: true, units: [], name: 'toàn tỉnh' } }
const cancel: Partial<Order> = { id: 'C-1', action: 'cancel', references: ['LIVE'], texts: [] }

/** What is sent, and the status and error that come back; `malformed` may be told by the hub's form check or by the order's. */
const attacks = (): readonly (readonly [string, Envelope, string])[] => [
  ['a key nobody registered', by(KEYS.stranger, {}), '403 unknown-key'],
  ['a registered id, another key', by({ ...KEYS.stranger, key: KEYS.duty.key }, {}), '403 bad-signature'],
  [
    'other words under a signature',
    { ...sealed({}), payload: sealed({ hazard: 'FIRE' }).payload },
    '403 bad-signature',
  ],
  ['one key twice', sealed(province, [KEYS.duty, KEYS.duty]), '403 bad-signature'],
  ['a key before its time', by(KEYS.early, { issuer: 'chuaden' }), '403 no-right'],
  ['a key after its time', by(KEYS.late, { issuer: 'dahet' }), '403 no-right'],
  ['priority signs emergency', by(KEYS.priority, { issuer: 'uutien' }), '403 no-right'],
  ['a planner signs emergency', by(KEYS.planner, { issuer: 'duyet' }), '403 no-right'],
  ['emergency signs a safety blank', by(KEYS.duty, { class: 'safety-blank', texts: [] }), '403 no-right'],
  ['a commune signs for another', by(KEYS.here, { issuer: 'trucxa', targets: ['LC-MT-01'] }), '403 no-right'],
  [
    'a commune signs for itself and another',
    by(KEYS.here, { issuer: 'trucxa', targets: ['LC-MLT-01', 'LC-MT-01'] }),
    '403 no-right',
  ],
  [
    'a commune signs for the province',
    by(KEYS.here, { issuer: 'trucxa', ...province, targets: ['LC-MLT-01', 'LC-MT-01'] }),
    '403 no-right',
  ],
  ['the issuer is not who signed', by(KEYS.here, { issuer: 'tructinh' }), '403 no-right'],
  ['the issuer is nobody', by(KEYS.duty, { issuer: 'khongai' }), '403 no-right'],
  ['an approval as an order', sealed({}, [KEYS.duty], 'approval'), '403 bad-signature'],
  ['a schedule as an order', { ...sealed({}, [KEYS.planner], 'schedule'), type: 'order' }, '403 bad-signature'],
  ['a cluster nobody knows', by(KEYS.duty, { targets: ['LC-KHONG-CO'] }), '422 unknown-site'],
  ['a known cluster among strangers', by(KEYS.duty, { targets: many(3) }), '422 unknown-site'],
  ['5,000 clusters', sealed({ targets: many(5_000) }, [KEYS.duty, KEYS.chief]), '422 unknown-site'],
  ['5,001 clusters', by(KEYS.duty, { targets: many(5_001) }), '403 malformed'],
  ['signed an hour ago', by(KEYS.duty, { issuedAt: NOW - 3_600_000 }), '422 not-just-signed'],
  [
    'signed years ago',
    by(KEYS.duty, { issuedAt: NOW - 3 * YEAR, startsAt: NOW - 3 * YEAR, expiresAt: NOW - 3 * YEAR + 1 }),
    '422 not-just-signed',
  ],
  ['signed tomorrow', by(KEYS.duty, { issuedAt: NOW + 86_400_000 }), '422 not-just-signed'],
  ['run out', by(KEYS.duty, { expiresAt: NOW }), '422 expired'],
  ['ends before it starts', by(KEYS.duty, { startsAt: NOW + 7_200_000 }), '422 expired'],
  ['longer than the rules allow', by(KEYS.duty, { expiresAt: NOW + 86_400_001 }), '422 too-long'],
  ['the live id, other words', by(KEYS.duty, { id: 'LIVE', hazard: 'FIRE' }), '409 id-reused'],
  ['a new order that refers', by(KEYS.duty, { references: ['LIVE'] }), '422 references'],
  ['a cancel of nothing', by(KEYS.duty, { ...cancel, references: [] }), '422 references'],
  ['a cancel of what is not there', by(KEYS.duty, { ...cancel, references: ['KHONG-CO'] }), '422 unknown-order'],
  [
    'a cancel by another class',
    by(KEYS.priority, { ...cancel, class: 'priority', issuer: 'uutien' }),
    '422 other-class',
  ],
  ['no text', by(KEYS.duty, { texts: [] }), '422 no-text'],
  [
    'damaged text',
    by(KEYS.duty, { texts: [{ language: 'vi', headline: 'Lũ \ufffd', instruction: '' }] }),
    '422 text-unfit',
  ],
  [
    'text that runs backwards',
    by(KEYS.duty, { texts: [{ language: 'vi', headline: 'Lũ \u202egniht', instruction: '' }] }),
    '422 text-unfit',
  ],
  [
    'a headline of a megabyte',
    by(KEYS.duty, { texts: [{ language: 'vi', headline: 'L'.repeat(1_048_576), instruction: '' }] }),
    '403 malformed',
  ],
  ['signed, no JSON', signedText('{'), '403 malformed'],
  ['signed, no order', signedText('{"id":"O-1"}'), '403 malformed'],
  ['signed, a field nobody knows', signedText(canonicalJson({ ...orderOf({}), loud: true })), '403 malformed'],
]

describe('an order that must not count', () => {
  it('is refused with its reason, whoever carries it; nothing is released, nothing waits, nothing ends', async () => {
    expect((await post(by(KEYS.chief, { id: 'LIVE', issuer: 'chihuy' }), token)).status).toBe(200)
    const { store } = world.hub.hub
    let tried = 0
    for (const [what, envelope, wanted] of attacks()) {
      const got = await post(envelope, token)
      expect([what, `${got.status} ${got.body.error}`]).toEqual([what, wanted])
      // The session of an officer who has not signed it carries nothing, good or bad.
      const carried = await post(envelope, officer)
      expect([what, carried.status >= 400 && carried.status < 500]).toEqual([what, true])
      tried += 1
    }
    expect(tried).toBe(38)
    const orders = await store.orders.listed({ limit: 100, mostSites: 1_000, now: 0 })
    expect(orders.map((o) => [o.order.id, o.state])).toEqual([['LIVE', 'open']])
    expect(await store.pending.list(100)).toEqual([])
    const refused = (await store.audit.newest(500)).filter((l) => l.action === 'order.refused')
    expect(refused.length).toBeGreaterThanOrEqual(2 * attacks().filter(([, , w]) => w.startsWith('403')).length)
  })

  it('an officer’s own session carries what another officer signed no further', async () => {
    expect(await post(by(KEYS.duty, { id: 'N-1' }), officer)).toMatchObject({
      status: 403,
      body: { error: 'not-yours' },
    })
  })

  it('where two must sign, one is not two: it waits, and no second signature but a second person’s ends the waiting', async () => {
    const whole: Partial<Order> = { ...province, id: 'P-1', targets: ['LC-MLT-01', 'LC-MT-01'] }
    const waits: readonly (readonly [string, Envelope])[] = [
      ['one', by(KEYS.duty, whole)],
      ['one person, two keys', sealed(whole, [KEYS.duty, KEYS.dutySecond])],
      ['the second without the right', sealed(whole, [KEYS.duty, KEYS.priority])],
      ['the second for one of the clusters only', sealed(whole, [KEYS.duty, KEYS.here])],
      ['the second after his time', sealed(whole, [KEYS.duty, KEYS.late])],
    ]
    for (const [what, envelope] of waits) expect([what, (await post(envelope, token)).status]).toEqual([what, 202])
    // Glass may be broken for an emergency, not for mourning.
    const mourning: Partial<Order> = { class: 'mourning', texts: [], breakGlass: { reason: 'không gọi được ai' } }
    expect((await post(by(KEYS.duty, { ...mourning, id: 'M-1' }), token)).status).toBe(202)
    const sign = (envelope: Envelope) => post(envelope, token, '/api/orders/P-1/sign')
    const seconds: readonly (readonly [string, Envelope])[] = [
      ['the first once more', by(KEYS.duty, whole)],
      ['his other key', by(KEYS.dutySecond, whole)],
      ['both of his', sealed(whole, [KEYS.duty, KEYS.dutySecond])],
      ['somebody without the right', by(KEYS.priority, whole)],
      ['a stranger', by(KEYS.stranger, whole)],
      ['the second, of other words', by(KEYS.chief, { ...whole, hazard: 'FIRE', issuer: 'tructinh' })],
      ['the second, of another order', by(KEYS.chief, { ...whole, id: 'P-2' })],
    ]
    for (const [what, envelope] of seconds) {
      const got = await sign(envelope)
      expect([what, got.status === 200 && got.body.lapsesAt === undefined]).toEqual([what, false])
      expect([what, await world.hub.hub.store.orders.get('P-1')]).toEqual([what, null])
    }
    expect(waits.length + seconds.length).toBe(12)
    expect((await sign(sealed(whole, [KEYS.duty, KEYS.chief]))).status).toBe(200)
    expect((await world.hub.hub.store.orders.get('P-1'))?.signers.map((s) => s.user)).toEqual(['tructinh', 'chihuy'])
    expect(await world.hub.hub.store.orders.get('M-1')).toBeNull()
  })

  it('again, and after its cancel: what was released once is released once', async () => {
    const again = by(KEYS.chief, { id: 'LIVE', issuer: 'chihuy' })
    for (let i = 0; i < 5; i++) expect((await post(again, token)).status).toBe(200)
    const off = by(KEYS.chief, { ...cancel, issuer: 'chihuy', issuedAt: world.clock.at + 1 })
    expect((await post(off, token)).status).toBe(200)
    const before = (await world.hub.hub.store.orders.listed({ limit: 100, mostSites: 1_000, now: 0 })).length
    for (let i = 0; i < 5; i++) expect((await post(again, token)).status).toBe(200)
    const rows = await world.hub.hub.store.orders.listed({ limit: 100, mostSites: 1_000, now: 0 })
    expect([rows.length, rows.find((r) => r.order.id === 'LIVE')?.state]).toEqual([before, 'cancelled'])
  })
})
