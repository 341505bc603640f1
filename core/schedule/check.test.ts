import { expect, test } from 'vitest'
import { POLICY } from '../airtime/samples.ts'
import type { Item } from '../content/item.ts'
import { checkSchedule } from './check.ts'
import type { Frame, ScheduleDocument } from './document.ts'

const ALL = [0, 1, 2, 3, 4, 5, 6]
const item = (id: string, over: Partial<Item> = {}) => ({
  item: {
    id,
    revision: 1,
    title: id,
    kind: 'text' as const,
    category: 'A7_1_POLICY_LAW' as const,
    languages: ['vi'],
    durationMs: 19_000,
    asset: null,
    texts: [{ language: 'vi', title: id, body: '' }],
    audio: false,
    supplier: { org: 'ca', name: 'ca' },
    suppliedByLead: false,
    document: null,
    channel: 'DOC_MGMT' as const,
    validFrom: 0,
    validTo: 1,
    ad: null,
    entertainment: false,
    publishable: true as const,
    submittedBy: 'an',
    sample: true,
    ...over,
  },
  approval: { v: 1 as const, type: 'approval' as const, payload: '', signatures: [] },
})
const frame = (id: string, from: string, to: string, over: Partial<Frame> = {}): Frame => ({
  id,
  weekdays: ALL,
  from,
  to,
  playlist: 'PL',
  purpose: 'propaganda',
  decidedBy: 'x',
  reason: '',
  ...over,
})
const document = (over: Partial<ScheduleDocument> = {}): ScheduleDocument => ({
  site: 'LC-DK-01',
  version: 1,
  issuedAt: 0,
  issuedBy: 'x',
  policy: POLICY.id,
  items: [item('A')],
  playlists: [{ id: 'PL', items: ['A'] }],
  frames: [frame('AM', '07:00', '10:00'), frame('PM', '14:00', '17:00')],
  fallbackPlaylist: 'PL',
  power: [{ weekdays: ALL, from: '06:00', to: '19:00', brightness: 60 }],
  ...over,
})
const faults = (over: Partial<ScheduleDocument>) => checkSchedule(document(over), POLICY).faults.map((f) => f.where)
const warnings = (over: Partial<ScheduleDocument>) => checkSchedule(document(over), POLICY).warnings.map((f) => f.why)

test('a sound document has neither faults nor warnings: exactly three hours and three hours', () => {
  expect(checkSchedule(document(), POLICY)).toEqual({ faults: [], warnings: [] })
})

test('every fault names its place', () => {
  expect(faults({ policy: 'other' })).toEqual(['/policy'])
  expect(faults({ items: [item('A'), item('A')] })).toEqual(['/items/1/item/id'])
  expect(faults({ playlists: [{ id: 'PL', items: ['A', 'B'] }] })).toEqual(['/playlists/0/items/1'])
  expect(
    faults({
      playlists: [
        { id: 'PL', items: ['A'] },
        { id: 'PL', items: ['A'] },
      ],
    }),
  ).toEqual(['/playlists/1/id'])
  expect(faults({ frames: [frame('AM', '07:00', '10:00', { playlist: 'X' })] })).toEqual(['/frames/0/playlist'])
  expect(faults({ frames: [frame('AM', '10:00', '07:00')] })).toEqual(['/frames/0'])
  expect(faults({ frames: [frame('A', '07:00', '10:00'), frame('B', '09:59', '11:00')] })).toEqual(['/frames/1'])
  expect(faults({ frames: [frame('A', '07:00', '10:00'), frame('B', '10:00', '11:00')] })).toEqual([])
  expect(
    faults({
      frames: [frame('A', '07:00', '10:00', { weekdays: [1] }), frame('B', '09:00', '11:00', { weekdays: [2] })],
    }),
  ).toEqual([])
  expect(faults({ fallbackPlaylist: 'X' })).toEqual(['/fallbackPlaylist'])
  expect(faults({ power: [{ weekdays: ALL, from: '20:00', to: '06:00', brightness: 1 }] })).toEqual(['/power/0'])
})

test('a plan below the floor is warned of, per weekday and period, net of advertising and darkness', () => {
  expect(warnings({ frames: [frame('AM', '07:00', '09:59'), frame('PM', '14:00', '17:00')] })).toHaveLength(7)
  const ads = [item('A'), item('AD', { category: 'A7_5_ADVERTISING', durationMs: 1000 })]
  expect(warnings({ items: ads, playlists: [{ id: 'PL', items: ['A', 'AD'] }] })[0]).toBe(
    'Chủ nhật, morning: 10260000 ms of public information planned, 10800000 ms owed (Art. 8.1)',
  )
  expect(warnings({ power: [{ weekdays: ALL, from: '08:00', to: '19:00', brightness: 60 }] })).toHaveLength(7)
  expect(warnings({ items: [item('A'), item('B')] })).toEqual(['B is in no playlist'])
})
