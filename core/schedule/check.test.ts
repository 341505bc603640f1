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

const on = (from: string, to = from) => ({ dates: { from, to } })

test('frames of equal rank may not overlap where they can meet; a dated one may lie over an undated one', () => {
  const am = frame('AM', '07:00', '10:00')
  expect(faults({ frames: [am, frame('F', '08:00', '09:00', on('2026-11-23'))] })).toEqual([])
  const twins = (b: Partial<Frame>, a: Partial<Frame> = {}) =>
    faults({
      frames: [
        frame('A', '08:00', '09:00', { ...on('2026-11-23', '2026-11-25'), ...a }),
        frame('B', '08:30', '10:00', b),
      ],
    })
  expect(twins(on('2026-11-25'))).toEqual(['/frames/1'])
  expect(twins(on('2026-11-26'))).toEqual([])
  // From Monday to Wednesday there is no Sunday on which they could meet.
  expect(twins({ ...on('2026-11-20', '2026-12-20'), weekdays: [0] })).toEqual([])
  expect(twins({ ...on('2026-11-20', '2026-12-20'), weekdays: [2] })).toEqual(['/frames/1'])
})

test('dates must exist and be in order, in frames, power windows and energy rules', () => {
  expect(faults({ frames: [frame('A', '07:00', '08:00', on('2026-02-29'))] })).toEqual([
    '/frames/0/dates/from',
    '/frames/0/dates/to',
  ])
  expect(faults({ frames: [frame('A', '07:00', '08:00', on('2026-12-02', '2026-12-01'))] })).toEqual([
    '/frames/0/dates',
  ])
  const window = { weekdays: ALL, from: '06:00', to: '19:00', brightness: 60 }
  expect(faults({ power: [window, { ...window, ...on('2026-12-02', '2026-11-01') }] })).toEqual(['/power/1/dates'])
  const curfew = { rule: { kind: 'curfew' as const }, weekdays: ALL, decidedBy: 'x', source: 'CT 20' }
  expect(faults({ energy: [{ ...curfew, from: '22:00', to: '05:00' }] })).toEqual(['/energy/0'])
  expect(faults({ energy: [{ ...curfew, from: '22:00', to: '24:00', ...on('2026-13-01', '2026-13-02') }] })).toEqual([
    '/energy/0/dates/from',
    '/energy/0/dates/to',
  ])
})

test('a brightness curve must rise', () => {
  const rule = (curve: { lux: number; percent: number }[]) => ({
    brightness: {
      by: { way: 'sensor' as const, curve, hysteresis: 5, settleMs: 1000 },
      nightCap: { most: 30, from: '18:00', to: '06:00' },
      decidedBy: 'x',
      reason: '',
    },
  })
  const p = (lux: number, percent: number) => ({ lux, percent })
  expect(faults(rule([p(1, 10), p(100, 10), p(1000, 80)]))).toEqual([])
  expect(faults(rule([p(1, 10), p(1, 20)]))).toEqual(['/brightness/by/curve/1'])
  expect(faults(rule([p(1, 10), p(10, 9)]))).toEqual(['/brightness/by/curve/1'])
})

test('what is dated and over is warned of, by the day of issue', () => {
  const issuedAt = Date.parse('2026-11-22T23:00:00+07:00')
  const frames = [frame('AM', '07:00', '10:00'), frame('PM', '14:00', '17:00')]
  const feast = (date: string) => ({ issuedAt, frames: [...frames, frame('F', '18:00', '20:00', on(date))] })
  expect(warnings(feast('2026-11-21'))).toEqual(['is over since 2026-11-21; today is 2026-11-22'])
  expect(warnings(feast('2026-11-22'))).toEqual([])
})

test('each dated shape of a day is judged once, with its own frames and power, and named by its first date', () => {
  const issuedAt = Date.parse('2026-11-22T08:00:00+07:00')
  const frames = [frame('AM', '07:00', '10:00'), frame('PM', '14:00', '17:00')]
  // A programme over the morning frame takes an hour of it, ten days long: one warning, not ten.
  const show = frame('F', '09:00', '10:00', { ...on('2026-12-01', '2026-12-10'), purpose: 'programme' })
  expect(warnings({ issuedAt, frames: [...frames, show] })).toEqual([
    'ngày 2026-12-01, morning: 7200000 ms of public information planned, 10800000 ms owed (Art. 8.1)',
  ])
  const dark = { weekdays: ALL, from: '13:00', to: '19:00', brightness: 60, ...on('2026-12-05') }
  const power = [{ weekdays: ALL, from: '06:00', to: '19:00', brightness: 60 }, dark]
  expect(warnings({ issuedAt, frames, power })).toEqual([
    'ngày 2026-12-05, morning: 0 ms of public information planned, 10800000 ms owed (Art. 8.1)',
  ])
  const curfew = {
    rule: { kind: 'curfew' as const },
    weekdays: ALL,
    from: '16:00',
    to: '18:00',
    decidedBy: 'x',
    source: 'y',
  }
  expect(warnings({ issuedAt, frames, energy: [curfew] })).toHaveLength(7)
})

test('a site with periods of its own is judged by those', () => {
  const own = [{ period: 'morning' as const, from: '05:00', to: '12:00', floorMs: 3_600_000, source: 'own' }]
  const policy = { ...POLICY, siteOverrides: [{ sites: ['LC-DK-01'], periods: own, decidedBy: 'x', source: 'y' }] }
  const short = document({ frames: [frame('AM', '07:00', '08:00')] })
  expect(checkSchedule(short, policy).warnings).toEqual([])
  expect(checkSchedule({ ...short, site: 'LC-DK-02' }, policy).warnings).toHaveLength(14)
})
