import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { instant } from '../base/units.ts'
import { canonicalItem, canonicalJson, type Item } from '../content/item.ts'
import { ITEM_REFUSALS } from '../evidence/record.ts'
import type { Envelope } from './envelope.ts'
import type { KeyRegistry, RegistryEntry, Right } from './keys.ts'
import * as v from './verify.ts'

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const check: v.Ed25519Verify = (publicKey, text, sig) =>
  verify(
    null,
    Buffer.from(text),
    createPublicKey({ key: Buffer.concat([SPKI, Buffer.from(publicKey, 'base64')]), format: 'der', type: 'spki' }),
    Buffer.from(sig, 'base64'),
  )

const person = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64')
  const signer: v.Signer = {
    key: v.keyIdOf(raw, sha256),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
  }
  return { raw, signer }
}

const NOW = instant(Date.UTC(2026, 10, 22))
const DAY = 86_400_000
const root = person()
const approver = person()
const officer = person()
const stranger = person()

const entry = (who: typeof root, name: string, rights: readonly Right[], areas: readonly string[]): RegistryEntry => ({
  key: who.signer.key,
  publicKey: who.raw,
  person: name,
  name,
  org: 'svhttdl',
  rights: [...rights],
  areas: [...areas],
  validFrom: NOW - DAY,
  validTo: NOW + DAY,
})
const registry: KeyRegistry = {
  version: 3,
  issuedAt: NOW,
  province: '12',
  entries: [
    entry(approver, 'duyet', ['approve', 'schedule'], ['12']),
    entry(officer, 'tructinh', ['order.emergency'], ['03549']),
  ],
}
const judge = { registry, verify: check, at: NOW, trusted: true }
const itemJudge = { ...judge, sha256, unit: '03549', site: 'LC-MLT-01', adsNeedPermit: true }
/** Both questions at once, as whoever shows an item has asked them. */
const checkApprovedItem = (approved: Parameters<typeof v.checkApproval>[0], ask: typeof itemJudge) => {
  const approval = v.checkApproval(approved, ask)
  return approval.ok ? v.checkWindow(approved.item, ask) : approval
}

const item: Item = {
  id: 'C07',
  revision: 1,
  title: 'Quy định ra vào khu vực biên giới',
  kind: 'text',
  category: 'A7_2C_SECURITY_MILITARY',
  languages: ['vi'],
  durationMs: 10_000,
  asset: null,
  texts: [{ language: 'vi', title: 'Quy định', body: 'Nội dung' }],
  audio: false,
  supplier: { org: 'bdbp', name: 'BĐBP' },
  suppliedByLead: false,
  document: '1/CV',
  channel: 'DOC_MGMT',
  validFrom: NOW - DAY,
  validTo: NOW + DAY,
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'btv',
  sample: true,
}
const permit = {
  kind: 'PERMIT',
  number: 'MAU-1',
  issuedBy: 'svhttdl',
  validFrom: NOW - DAY,
  validTo: NOW + DAY,
  sites: [],
} as const
const advert: Item = {
  ...item,
  category: 'A7_5_ADVERTISING',
  ad: { advertiser: 'Mẫu', permit: { ...permit, sites: [] } },
}

const approve = (of: Item, over: object, by = approver): Envelope =>
  v.sealEnvelope(
    'approval',
    canonicalJson({
      item: of.id,
      revision: of.revision,
      itemHash: sha256(canonicalItem(of)),
      approvedBy: 'duyet',
      at: NOW - 1000,
      document: null,
      ...over,
    }),
    [by.signer],
  )

describe('an envelope', () => {
  const good = approve(item, {})
  const publicKeys = v.registryKeys(registry)
  const first = (e: Envelope) => e.signatures[0] ?? { key: '', sig: '' }
  const flipped = Buffer.from(first(good).sig, 'base64')
  flipped[5] = (flipped[5] ?? 0) ^ 1
  const table: readonly (readonly [string, Envelope, 'bad-signature' | 'unknown-key' | 'ok'])[] = [
    ['as signed', good, 'ok'],
    ['one space more', { ...good, payload: `${good.payload} ` }, 'bad-signature'],
    [
      'one bit of the signature',
      { ...good, signatures: [{ ...first(good), sig: flipped.toString('base64') }] },
      'bad-signature',
    ],
    ['presented as an order', { ...good, type: 'order' }, 'bad-signature'],
    ['signed by a stranger', approve(item, {}, stranger), 'unknown-key'],
    [
      "a stranger's signature under a known key",
      { ...good, signatures: [{ key: approver.signer.key, sig: first(approve(item, {}, stranger)).sig }] },
      'bad-signature',
    ],
    ['the same key twice', { ...good, signatures: [first(good), first(good)] }, 'bad-signature'],
    [
      'one good, one unknown',
      { ...good, signatures: [first(good), first(approve(item, {}, stranger))] },
      'unknown-key',
    ],
  ]
  it.each(table)('%s → %s', (_name, envelope, expected) => {
    const result = v.verifyEnvelope(envelope, 'approval', { publicKeys, verify: check })
    expect(result.ok ? 'ok' : result.error).toBe(expected)
  })

  it('is not parsed before it verifies', () => {
    const hostile: Envelope = { ...good, type: 'schedule', payload: '{"not json' }
    const result = v.openSchedule(hostile, { ...judge, site: { id: 'LC-MLT-01', unit: '03549' }, above: 0 })
    expect(!result.ok && result.error.reason).toBe('bad-signature')
  })
})

describe('an approved item', () => {
  const narrow = person()
  const wider: KeyRegistry = {
    ...registry,
    entries: [...registry.entries, entry(narrow, 'hep', ['approve'], ['03388'])],
  }
  type Case = readonly [string, Item, Envelope, Partial<typeof itemJudge>]
  const cases: { readonly [R in (typeof ITEM_REFUSALS)[number]]?: readonly Case[] } = {
    unapproved: [
      ['approval of another item', item, approve(item, { item: 'C08' }), {}],
      ['approval that is no approval', item, v.sealEnvelope('approval', '{"yes":true}', [approver.signer]), {}],
    ],
    'bad-signature': [
      ['payload changed', item, { ...approve(item, {}), payload: approve(item, { at: 1 }).payload }, {}],
    ],
    'unknown-key': [['stranger', item, approve(item, {}, stranger), {}]],
    'no-right': [
      ['an officer may not approve', item, approve(item, { approvedBy: 'tructinh' }, officer), {}],
      ['signs in the name of another', item, approve(item, { approvedBy: 'nguoikhac' }), {}],
      ['another area', item, approve(item, { approvedBy: 'hep' }, narrow), { registry: wider }],
      ['key not yet valid when approved', item, approve(item, { at: NOW - 2 * DAY }), {}],
      ['dated in the future', item, approve(item, { at: NOW + v.SIGNED_AHEAD_MS + 1 }), {}],
    ],
    'self-approved': [
      ['one person', { ...item, submittedBy: 'duyet' }, approve({ ...item, submittedBy: 'duyet' }, {}), {}],
    ],
    changed: [
      ['a letter', { ...item, title: `${item.title}.` }, approve(item, {}), {}],
      ['a revision', { ...item, revision: 2 }, approve(item, {}), {}],
      ['the submitter', { ...item, submittedBy: 'ai' }, approve(item, {}), {}],
    ],
    expired: [['at the first instant after', item, approve(item, {}), { at: instant(NOW + DAY) }]],
    'not-yet-valid': [['too early', { ...item, validFrom: NOW + 1 }, approve({ ...item, validFrom: NOW + 1 }, {}), {}]],
    'no-permit': [
      [
        'none',
        { ...advert, ad: { advertiser: 'Mẫu', permit: null } },
        approve({ ...advert, ad: { advertiser: 'Mẫu', permit: null } }, {}),
        {},
      ],
    ],
    'permit-expired': (() => {
      const late: Item = { ...advert, ad: { advertiser: 'Mẫu', permit: { ...permit, sites: [], validTo: NOW } } }
      return [['over', late, approve(late, {}), {}]] as const
    })(),
    'wrong-site': (() => {
      const elsewhere: Item = { ...advert, ad: { advertiser: 'Mẫu', permit: { ...permit, sites: ['LC-DK-01'] } } }
      return [['permit for another site', elsewhere, approve(elsewhere, {}), {}]] as const
    })(),
    'category-mismatch': [
      [
        'paid but not 7.5',
        { ...advert, category: 'A7_2G_GOODS_SERVICES' },
        approve({ ...advert, category: 'A7_2G_GOODS_SERVICES' }, {}),
        {},
      ],
      ['7.5 without advertiser', { ...advert, ad: null }, approve({ ...advert, ad: null }, {}), {}],
    ],
    broken: [['a picture without a file', { ...item, kind: 'image' }, approve({ ...item, kind: 'image' }, {}), {}]],
  }
  const flat = Object.entries(cases).flatMap(([reason, list]) => list.map((c) => [reason, ...c] as const))

  it.each(flat)('%s: %s', (reason, _name, of, approval, over) => {
    const result = checkApprovedItem({ item: of, approval }, { ...itemJudge, ...over })
    expect(result.ok ? 'shown' : result.error.reason).toBe(reason)
  })
  it('covers every refusal that a document can cause', () => {
    // 'text-unfit' and 'missing' are found by raster and asset store, 'stale-translation' by core/content/translation.ts.
    expect(Object.keys(cases).length).toBe(ITEM_REFUSALS.length - 3)
    expect(flat.length).toBe(21)
  })
  it('passes when nothing is wrong, and ads with a permit for this site', () => {
    expect(checkApprovedItem({ item, approval: approve(item, {}) }, itemJudge).ok).toBe(true)
    expect(checkApprovedItem({ item: advert, approval: approve(advert, {}) }, itemJudge).ok).toBe(true)
  })
  it('with an unset clock windows are passed over, signatures and hashes are not', () => {
    const late = { ...itemJudge, at: instant(0), trusted: false }
    expect(checkApprovedItem({ item, approval: approve(item, {}) }, late).ok).toBe(true)
    expect(checkApprovedItem({ item: { ...item, title: 'x' }, approval: approve(item, {}) }, late).ok).toBe(false)
  })
})

describe('the registry', () => {
  const seal = (r: KeyRegistry, by = root) => v.sealEnvelope('registry', canonicalJson(r), [by.signer])
  const pin = { rootPublicKey: root.raw, verify: check, sha256, above: 2 }
  const first = registry.entries[0]
  const table: readonly (readonly [string, Envelope, v.RegistryRefusal | 'ok'])[] = [
    ['good', seal(registry), 'ok'],
    ['replayed', seal({ ...registry, version: 2 }), 'older'],
    ['signed by an officer', seal(registry, officer), 'unknown-key'],
    ['payload changed', { ...seal(registry), payload: canonicalJson({ ...registry, version: 9 }) }, 'bad-signature'],
    [
      'key id of another key',
      seal({ ...registry, entries: first ? [{ ...first, key: officer.signer.key }] : [] }),
      'malformed',
    ],
  ]
  it.each(table)('%s', (_name, envelope, expected) => {
    const result = v.openRegistry(envelope, pin)
    expect(result.ok ? 'ok' : result.error.reason).toBe(expected)
  })
})

const ORDER = {
  id: 'O1',
  action: 'release',
  class: 'emergency',
  status: 'actual',
  references: [],
  hazard: 'FLOOD',
  riskLevel: null,
  forestFireLevel: null,
  severity: 'severe',
  authority: { name: 'BCH PCTT', document: null },
  texts: [{ language: 'vi', headline: 'Lũ', instruction: '' }],
  targets: ['LC-MLT-01'],
  wake: true,
  brightness: null,
  sound: false,
  issuedAt: NOW,
  startsAt: NOW,
  expiresAt: NOW + 3600,
  issuer: 'tructinh',
}

describe('an order', () => {
  const seal = (over: object, by = officer) =>
    v.sealEnvelope('order', canonicalJson({ ...ORDER, ...over }), [by.signer])
  const table = [
    ['good', seal({}), ['03549'], 'ok'],
    ['outside of the area', seal({}), ['03549', '03388'], 'no-right'],
    ['a class without the right', seal({ class: 'safety-blank' }), ['03549'], 'no-right'],
    ['in the name of another', seal({ issuer: 'duyet' }), ['03549'], 'no-right'],
    ['by an approver', seal({ issuer: 'duyet' }, approver), ['03549'], 'no-right'],
    ['an unknown field', seal({ loud: true }), ['03549'], 'malformed'],
    ['a stranger', seal({}, stranger), ['03549'], 'unknown-key'],
  ] as const
  it.each(table)('%s', (_name, envelope, units, expected) => {
    const result = v.openOrder(envelope, { ...judge, units })
    expect(result.ok ? 'ok' : result.error.reason).toBe(expected)
  })
})

describe('who signed an order', () => {
  const second = person()
  const again = person()
  const neighbour = person()
  const notices = person()
  const past = person()
  const of = (who: typeof root, name: string, more: Partial<RegistryEntry> = {}) => ({
    ...entry(who, name, ['order.emergency'], ['03549']),
    ...more,
  })
  const staff: KeyRegistry = {
    ...registry,
    entries: [
      ...registry.entries,
      of(second, 'lanhdao', { areas: ['12'] }),
      of(again, 'tructinh'),
      of(neighbour, 'xaban', { areas: ['03388'] }),
      of(notices, 'thongbao', { rights: ['order.priority'] }),
      of(past, 'nguyen', { validTo: NOW - 1 }),
    ],
  }
  const order = {
    ...ORDER,
    targets: ['LC-MLT-01', 'LC-DK-01'],
    area: { province: true, units: [], name: 'toàn tỉnh' },
  }
  const table: readonly (readonly [string, readonly (typeof root)[], readonly string[], readonly string[] | string])[] =
    [
      ['one person', [officer], ['03549'], ['tructinh']],
      ['two persons, the issuer first whoever signed first', [second, officer], ['03549'], ['tructinh', 'lanhdao']],
      ['one person with two keys is one person', [officer, again], ['03549'], ['tructinh']],
      ['a second one without the right for the class', [officer, notices], ['03549'], ['tructinh']],
      ['a second one of another unit', [officer, neighbour], ['03549'], ['tructinh']],
      ['a second one whose key has run out', [officer, past], ['03549'], ['tructinh']],
      // An edge asks for its own unit alone: there the neighbour counts, and the officer of another unit gave no order.
      ['the same two, seen from the other unit', [officer, neighbour], ['03388'], 'no-right'],
      ['for the whole province only who has all of it', [officer, second], ['03549', '03388'], 'no-right'],
      ['the issuer must be among them', [second], ['03549'], 'no-right'],
      ['a second signature by a key that nobody holds', [officer, stranger], ['03549'], 'unknown-key'],
      ['the same key twice', [officer, officer], ['03549'], 'bad-signature'],
    ]
  it.each(table)('%s', (_, by, units, expected) => {
    const envelope = v.sealEnvelope(
      'order',
      canonicalJson(order),
      by.map((b) => b.signer),
    )
    const opened = v.openOrder(envelope, { ...judge, registry: staff, units })
    expect(opened.ok ? opened.value.persons : opened.error.reason).toEqual(expected)
  })

  it('a second signature over other words is none', () => {
    const [mine] = v.sealEnvelope('order', canonicalJson(order), [officer.signer]).signatures
    const [theirs] = v.sealEnvelope('order', canonicalJson({ ...order, wake: false }), [second.signer]).signatures
    const signatures = [mine, theirs].filter((s) => s !== undefined)
    const envelope: Envelope = { v: 1, type: 'order', payload: canonicalJson(order), signatures }
    const opened = v.openOrder(envelope, { ...judge, registry: staff, units: ['03549'] })
    expect(opened.ok ? 'ok' : opened.error.reason).toBe('bad-signature')
  })
})
