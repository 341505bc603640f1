import { expect, test } from 'vitest'
import { instant, mono, type Reading } from '#core/base/units.ts'
import { canonicalItem, canonicalJson } from '#core/content/item.ts'
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
const approval = sealEnvelope(
  'approval',
  canonicalJson({
    item: item.id,
    revision: item.revision,
    itemHash: sha256(canonicalItem(item)),
    approvedBy: 'tham-dinh',
    at: MONDAY_8 - 1000,
    document: null,
  }),
  [approver],
)
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
