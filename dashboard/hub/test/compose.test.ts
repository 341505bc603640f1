import { expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import type { Item } from '#core/content/item.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { makeKey, sha256 } from '../crypto/ed25519.ts'
import { readSample, sampleItem } from '../demo/sample.ts'
import { composeSchedule } from '../schedule/compose.ts'
import type { ItemRow } from '../store/port.ts'
import { NOW, SAMPLE_DIR } from './harness.ts'

const sample = readSample(SAMPLE_DIR)
const key = makeKey()
const rowOf = (id: string, over: Partial<Item>): ItemRow => {
  const text = sample.items.find((i) => i.kind === 'text' && i.category !== null)
  const item = text === undefined ? null : sampleItem(text, undefined, 'btv')
  assert(item !== null, 'the sample has a text')
  const mine = { ...item, id, validTo: NOW + 864e5, ...over }
  return {
    item: mine,
    hash: sha256(id),
    sites: ['A'],
    state: 'approved',
    submittedAt: NOW,
    approval: sealEnvelope('approval', '{}', [key.signer]),
    approvedBy: 'duyet',
    approvedAt: NOW,
    rejectReason: null,
  }
}
const plan = {
  policy: 'lai-chau-2024',
  playlists: [
    { id: 'DAY', items: [] },
    { id: 'FALLBACK', items: [] },
  ],
  frames: [],
  fallbackPlaylist: 'FALLBACK',
  power: [],
}
const compose = (add: readonly ItemRow[]) =>
  composeSchedule({ site: 'A', plan, before: null, above: 0, add, remove: [], by: 'duyet', now: NOW })

it('a new cluster, whose playlists are empty, gets its first schedule; no advertisement becomes the fallback', () => {
  const ad = rowOf('AD', { ad: { advertiser: 'X', permit: null }, category: 'A7_5_ADVERTISING' })
  const made = compose([ad, rowOf('NEWS', {})])
  assert(made.ok, 'composed')
  expect(JSON.parse(made.value).playlists).toEqual([
    { id: 'DAY', items: ['AD', 'NEWS'] },
    { id: 'FALLBACK', items: ['NEWS'] },
  ])
  expect(compose([ad])).toEqual({ ok: false, error: 'FALLBACK' })
})
