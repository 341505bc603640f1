import { expect, test } from 'vitest'
import { instant, mono, type Reading } from '#core/base/units.ts'
import { canonicalItem, canonicalJson, type Item } from '#core/content/item.ts'
import { sourceHash } from '#core/content/translation.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { anItem, aSchedule, MONDAY_8, siteFacts } from '../../test/build.ts'
import { keyOf, root } from '../test/fakehub.ts'
import { createVerify, sha256 } from './crypto.ts'
import { createGate } from './gate.ts'

const DAY = 86_400_000
const planner = keyOf()
const approver = keyOf()
const site = siteFacts()
const gate = createGate({ verify: createVerify(), site: { id: site.id, unit: site.unitCode } })
const at = (wall: number): Reading => ({ wall: instant(wall), mono: mono(5), quality: 'holdover', bootId: 'b' })

type Held = { readonly by: typeof planner; readonly person: string; readonly right: string; readonly validTo: number }
const registryOf = (version: number, held: readonly Held[]): Envelope =>
  sealEnvelope(
    'registry',
    canonicalJson({
      version,
      issuedAt: 0,
      province: '12',
      entries: held.map(({ by, person, right, validTo }) => ({
        key: by.key,
        publicKey: by.publicKey,
        person,
        name: person,
        org: 'so',
        rights: [right],
        areas: ['12'],
        validFrom: 0,
        validTo,
      })),
    }),
    [root],
  )
const plans = { by: planner, person: 'duyet', right: 'schedule', validTo: MONDAY_8 + DAY }
const approves = { by: approver, person: 'tham-dinh', right: 'approve', validTo: MONDAY_8 + DAY }

const item = anItem()
const approve = (of: Item) =>
  sealEnvelope(
    'approval',
    canonicalJson({
      item: of.id,
      revision: of.revision,
      itemHash: sha256(canonicalItem(of)),
      approvedBy: 'tham-dinh',
      at: MONDAY_8 - 1000,
      document: null,
    }),
    [approver],
  )
const approval = approve(item)
const { document } = aSchedule([item])
const schedule = sealEnvelope('schedule', canonicalJson({ ...document, items: [{ item, approval }] }), [planner])

const again = (registry: Envelope, wall: number) =>
  gate.again({ registry, schedule }, { rootPublicKey: root.publicKey, at: at(wall) })

test('a start after the key of the signer has run out, or with a clock far ahead, keeps the schedule in force', () => {
  const registry = registryOf(1, [plans, approves])
  for (const wall of [MONDAY_8, MONDAY_8 + 2 * DAY, MONDAY_8 + 4000 * DAY]) {
    const found = again(registry, wall)
    expect(found.refused, `at ${wall}`).toEqual([])
    expect(Object.keys(found.schedule?.items ?? {})).toEqual([item.id])
  }
})

test('a new schedule by a key that has run out is refused all the same', () => {
  const { registry } = again(registryOf(1, [plans, approves]), MONDAY_8)
  const view = { rootPublicKey: root.publicKey, registry, schedule: null, at: at(MONDAY_8 + 2 * DAY) }
  expect(gate.schedule(schedule, view)).toMatchObject({ event: 'refused', reason: 'no-right' })
})

test('a key that has left the registry takes its schedule or its approvals with it', () => {
  expect(again(registryOf(2, [approves]), MONDAY_8)).toMatchObject({
    schedule: null,
    refused: [{ event: 'refused', what: 'schedule', reason: 'unknown-key' }],
  })
  expect(again(registryOf(2, [plans]), MONDAY_8).schedule).toMatchObject({
    items: {},
    refused: [{ item: item.id, reason: 'unknown-key' }],
  })
})

test('a stale translation does not play, and the refusal names its language; what still follows its source does (Art. 13.4)', () => {
  const vi = { language: 'vi', title: 'Lịch chợ phiên', body: '' }
  const en = {
    language: 'en',
    title: 'Market days',
    body: '',
    translationOf: { language: 'vi', hash: sourceHash(vi, sha256) },
  }
  const text = (id: string, texts: Item['texts'], more: Partial<Item> = {}) =>
    anItem({ id, kind: 'text', asset: null, texts, languages: texts.map((t) => t.language), ...more })
  const items = [
    text('FRESH', [vi, en]),
    text('PART', [{ ...vi, body: 'đã sửa' }, en]),
    text('MAIN', [en, { ...vi, body: 'đã sửa' }]),
    anItem({ id: 'CLIP', revision: 2 }),
    anItem({ id: 'CLIP-en', translationOf: { item: 'CLIP', revision: 1 } }),
  ]
  const body = { ...aSchedule(items).document, items: items.map((one) => ({ item: one, approval: approve(one) })) }
  const found = gate.again(
    { registry: registryOf(1, [plans, approves]), schedule: sealEnvelope('schedule', canonicalJson(body), [planner]) },
    { rootPublicKey: root.publicKey, at: at(MONDAY_8) },
  )
  expect(Object.keys(found.schedule?.items ?? {})).toEqual(['FRESH', 'PART', 'CLIP'])
  expect(found.schedule?.items['PART']).toMatchObject({
    languages: ['vi'],
    texts: [{ language: 'vi', body: 'đã sửa' }],
  })
  // The play is of the item as it was approved, so its hash is of the whole.
  expect(found.schedule?.hashes['PART']).toBe(sha256(canonicalItem(items[1] ?? item)))
  expect(found.schedule?.refused).toEqual([
    { item: 'PART', reason: 'stale-translation', detail: 'stale, the rest plays: en' },
    {
      item: 'MAIN',
      reason: 'stale-translation',
      detail: 'stale: en; the main language en has no text that holds',
    },
    {
      item: 'CLIP-en',
      reason: 'stale-translation',
      detail: 'CLIP-en was made from revision 1 of CLIP, which is now at 2',
    },
  ])
})

test('a text whose letters cannot be drawn here is refused with the reason; everything else of the schedule stands', () => {
  const text = {
    ...anItem(),
    id: 'CHU-THAI',
    kind: 'text' as const,
    asset: null,
    texts: [{ language: 'blt', title: 'ꪎꪳ', body: '' }],
  }
  const asked: string[] = []
  const strict = createGate({
    verify: createVerify(),
    site: { id: site.id, unit: site.unitCode },
    drawable: (one) => {
      asked.push(one.id)
      return 'thiếu phông NotoSansTaiViet-Regular.ttf: hãy cài gói fonts-noto-core'
    },
  })
  const items = [
    { item, approval },
    { item: text, approval: approve(text) },
  ]
  const both = sealEnvelope('schedule', canonicalJson({ ...document, items }), [planner])
  const found = strict.again(
    { registry: registryOf(1, [plans, approves]), schedule: both },
    { rootPublicKey: root.publicKey, at: at(MONDAY_8) },
  )
  expect(Object.keys(found.schedule?.items ?? {})).toEqual([item.id])
  expect(found.schedule?.refused).toEqual([
    { item: 'CHU-THAI', reason: 'text-unfit', detail: expect.stringContaining('fonts-noto-core') },
  ])
  // A picture is not read: its letters were seen by whoever approved it.
  expect(asked).toEqual(['CHU-THAI'])
})
