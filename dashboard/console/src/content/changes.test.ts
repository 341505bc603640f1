import { describe, expect, it } from 'vitest'
import { canonicalItem, type Item } from '#core/content/item.ts'
import type { ItemView } from '#core/contract/api.ts'
import { sha256OfText } from '../sha256.ts'
import { readChanges } from './changes.ts'

const item = (id: string): Item => ({
  id,
  revision: 1,
  title: `Bài ${id}`,
  kind: 'text',
  category: 'A7_1_POLICY_LAW',
  languages: ['vi'],
  durationMs: 10_000,
  asset: null,
  texts: [{ language: 'vi', title: id, body: '' }],
  audio: false,
  supplier: { org: 'sct', name: 'Sở Công Thương' },
  suppliedByLead: false,
  document: null,
  channel: 'OTHER',
  validFrom: 0,
  validTo: 1,
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'a',
  sample: true,
})
const view = (id: string, publishedAt: readonly string[]): ItemView => ({
  item: item(id),
  itemHash: sha256OfText(canonicalItem(item(id))),
  sites: ['A'],
  state: 'approved',
  submittedAt: 0,
  submitterName: '',
  approvedBy: null,
  approvedAt: null,
  rejectReason: null,
  publishedAt,
  refusals: [],
})
const document = (items: readonly Item[], site: string) => ({
  site: 'A',
  payload: JSON.stringify({ site, version: 7, items: items.map((i) => ({ item: i })), frames: [1], playlists: [] }),
})

describe('readChanges', () => {
  const known = [view('C1', ['A']), view('C2', ['A', 'B']), view('C3', [])]
  const add = [view('C3', [])]

  it('says what comes, what goes and what stays', () => {
    const read = readChanges(document([item('C1'), item('C3')], 'A'), { add, remove: [], known })
    const value = { site: 'A', version: 7, added: ['Bài C3'], removed: ['Bài C2'], kept: 1, frames: 1, playlists: 0 }
    expect(read).toEqual({ ok: true, value })
  })
  it('refuses a document that is not what was asked for', () => {
    const wanted = { add, remove: [], known }
    expect(readChanges(document([item('C1')], 'A'), wanted)).toEqual({ ok: false, error: 'item-missing' })
    expect(readChanges(document([item('C3')], 'B'), wanted)).toEqual({ ok: false, error: 'other-site' })
    const changed = { ...item('C3'), title: 'Bài khác' }
    expect(readChanges(document([changed], 'A'), wanted)).toEqual({ ok: false, error: 'item-changed' })
    expect(readChanges({ site: 'A', payload: '{' }, wanted)).toEqual({ ok: false, error: 'not-a-document' })
    const removing = { add: [], remove: ['C1'], known }
    expect(readChanges(document([item('C1')], 'A'), removing)).toEqual({ ok: false, error: 'item-left' })
  })
})
