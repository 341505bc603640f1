import { describe, expect, it, test } from 'vitest'
import { anItem, aSchedule, siteFacts } from '../../test/build.ts'
import { instant } from '../base/units.ts'
import type { Item } from '../content/item.ts'
import { LANGUAGE_LAYOUTS, type Policy } from '../policy/policy.ts'
import type { Frame, ScheduleDocument } from '../schedule/document.ts'
import { capacityOf } from './capacity.ts'
import { languagesOf, lapOf } from './lap.ts'
import { emptyLedger } from './ledger.ts'
import { makeUpPlaylists } from './makeup.ts'
import { owed } from './owed.ts'
import { choose, type PlanInput } from './plan.ts'
import { at, POLICY, reading } from './samples.ts'

const WHEN = at('2026-11-23 08:00')
const item = (id: string, more: Partial<Item> = {}): Item =>
  anItem({ id, validFrom: WHEN - 86_400_000, validTo: WHEN + 86_400_000, ...more })
const text = (id: string, ...languages: readonly string[]): Item =>
  item(id, {
    kind: 'text',
    asset: null,
    languages: [...languages],
    texts: languages.map((language) => ({ language, title: language, body: '' })),
  })

const inputOf = (
  items: readonly Item[],
  over: Partial<ScheduleDocument> = {},
  more: Partial<PlanInput> = {},
): PlanInput => {
  const { document, items: known } = aSchedule(items, over)
  const now = more.now ?? reading(WHEN)
  const policy = more.policy ?? POLICY
  const supply = {
    schedule: document,
    items: known,
    policy,
    isSolemn: false,
    readyFrom: () => instant(0),
    held: [],
    given: [],
    blanked: [],
  }
  return {
    schedule: document,
    items: known,
    policy,
    site: siteFacts({ clusterClass: 'BULLETIN_BOARD' }),
    now,
    owed: () => owed(emptyLedger(policy), capacityOf(supply, policy, now.wall), now),
    suspended: [],
    isSolemn: false,
    ready: () => 'ready',
    cursor: {},
    ads: [],
    light: { leftMs: 86_400_000, todayMs: 57_600_000 },
    ...more,
  }
}
/** Id and languages of `n` choices, each from the cursor of the one before. */
const run = (input: PlanInput, n: number): readonly string[] => {
  let { cursor } = input
  return Array.from({ length: n }, () => {
    const plan = choose({ ...input, cursor })
    cursor = plan.cursor
    return plan.choice === null ? '-' : `${plan.choice.item.id} ${plan.choice.languages.join('+')}`
  })
}

describe('variants of one content', () => {
  const variants = [
    item('VI', { variantOf: 'G', languages: ['vi'] }),
    item('A'),
    item('EN', { variantOf: 'G', languages: ['en'] }),
    item('ZH', { variantOf: 'G', languages: ['zh'] }),
    item('B'),
  ]
  it('one plays per lap, in turn, where the first of them is listed', () => {
    expect(run(inputOf(variants), 9)).toEqual([
      'VI vi',
      'A vi',
      'B vi',
      'EN en',
      'A vi',
      'B vi',
      'ZH zh',
      'A vi',
      'B vi',
    ])
    expect(choose(inputOf(variants)).choice?.why).toContain('lượt 1/3')
  })
  it('one that is not here leaves its turn to the others, and is named', () => {
    const input = inputOf(variants, {}, { ready: (i) => (i.id === 'EN' ? 'missing' : 'ready') })
    expect(run(input, 7)).toEqual(['VI vi', 'A vi', 'B vi', 'ZH zh', 'A vi', 'B vi', 'VI vi'])
    expect(choose(input).skipped.map((s) => [s.item, s.reason])).toEqual([['EN', 'missing']])
  })
  it('of which one is external information come first at a border gate', () => {
    const border = siteFacts({ clusterClass: 'BORDER_GATE' })
    const mixed = [
      item('A'),
      item('V1', { variantOf: 'G' }),
      item('V2', { variantOf: 'G', category: 'A7_4_EXTERNAL_INFO' }),
    ]
    expect(run(inputOf(mixed, {}, { site: border }), 4)).toEqual(['V1 vi', 'A vi', 'V2 vi', 'A vi'])
    const playlist = { id: 'PL', items: ['A', 'V1', 'V2', 'A'] }
    const known = Object.fromEntries(mixed.map((i) => [i.id, i]))
    expect(lapOf(playlist, known, true)).toEqual([['V1', 'V2'], ['A'], ['A']])
    expect(lapOf(playlist, known, false)).toEqual([['A'], ['V1', 'V2'], ['A']])
  })
})

describe('languages of a text (Art. 2.2.c)', () => {
  const laps = (layout: Policy['languages']['layout'], one: Item) =>
    [0, 1, 2, 3].map((lap) => languagesOf(one, { ...POLICY, languages: { layout, source: 'thử' } }, lap).join('+'))
  const cases: readonly (readonly [Policy['languages']['layout'], Item, readonly string[]])[] = [
    ['together', text('T', 'vi', 'en', 'zh'), ['vi+en+zh', 'vi+en+zh', 'vi+en+zh', 'vi+en+zh']],
    ['pairs', text('T', 'vi', 'en', 'zh'), ['vi+en', 'vi+zh', 'vi+en', 'vi+zh']],
    ['pairs', text('T', 'zh', 'vi'), ['vi+zh', 'vi+zh', 'vi+zh', 'vi+zh']],
    ['pairs', text('T', 'vi'), ['vi', 'vi', 'vi', 'vi']],
    ['pairs', text('T', 'en', 'zh'), ['en', 'zh', 'en', 'zh']],
    ['single', text('T', 'vi', 'en', 'zh'), ['vi', 'en', 'zh', 'vi']],
    ['single', item('P', { languages: ['vi', 'en'] }), ['vi+en', 'vi+en', 'vi+en', 'vi+en']],
  ]
  for (const [layout, one, expected] of cases)
    it(`${layout}: ${one.kind} ${one.languages.join()}`, () => expect(laps(layout, one)).toEqual(expected))
  it('every layout is there', () => expect(new Set(cases.map(([layout]) => layout)).size).toBe(LANGUAGE_LAYOUTS.length))
  it('the turn moves with the laps of the playlist', () => {
    const policy = { ...POLICY, languages: { layout: 'single', source: 'thử' } } as const
    expect(run(inputOf([text('T', 'vi', 'en'), item('A')], {}, { policy }), 5)).toEqual([
      'T vi',
      'A vi',
      'T en',
      'A vi',
      'T vi',
    ])
  })
})

describe('what competes for one slot', () => {
  const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
  const frame = (id: string, playlist: string, from: string, to: string) =>
    ({ id, weekdays: EVERY_DAY, from, to, playlist, purpose: 'propaganda', decidedBy: 'mẫu', reason: '' }) as const
  const items = [item('A'), item('X', { category: 'A7_4_EXTERNAL_INFO' })]
  const playlists = [
    { id: 'PA', items: ['A'] },
    { id: 'PX', items: ['X'] },
  ]
  const border = siteFacts({ clusterClass: 'BORDER_GATE' })
  const first = (over: Partial<ScheduleDocument>, site: PlanInput['site']) =>
    choose(inputOf(items, { playlists, ...over }, { site })).choice?.item.id

  it('two frames: the one listed first, at a border gate the one with external information (Art. 7.4)', () => {
    const frames = [frame('F1', 'PA', '07:00', '10:00'), frame('F2', 'PX', '07:30', '10:00')]
    expect(first({ frames }, siteFacts({ clusterClass: 'BULLETIN_BOARD' }))).toBe('A')
    expect(first({ frames }, border)).toBe('X')
    // Before the second begins there is nothing to compete.
    const early = inputOf(items, { playlists, frames }, { site: border, now: reading(at('2026-11-23 07:15')) })
    expect(choose(early).choice?.item.id).toBe('A')
  })

  it('two playlists to make up from: the nearest, at a border gate the one with external information', () => {
    const frames = [frame('F1', 'PA', '07:00', '07:30'), frame('F2', 'PX', '10:00', '11:00')]
    expect(first({ frames }, siteFacts({ clusterClass: 'BULLETIN_BOARD' }))).toBe('A')
    expect(first({ frames }, border)).toBe('X')
  })

  it('a playlist to make up from against the fallback: what is owed first', () => {
    const frames = [frame('F1', 'PA', '10:00', '11:00')]
    expect(first({ frames, fallbackPlaylist: 'PX' }, siteFacts({ clusterClass: 'BULLETIN_BOARD' }))).toBe('A')
  })
})

test('making up takes the nearest propaganda frame, before or after; of other days where today has none', () => {
  const of = (from: string, to: string, playlist: string, more: Partial<Frame> = {}): Frame => ({
    id: playlist,
    weekdays: [0, 1, 2, 3, 4, 5, 6],
    from,
    to,
    playlist,
    purpose: 'propaganda',
    decidedBy: 'mẫu',
    reason: '',
    ...more,
  })
  const frames = [
    of('06:00', '07:00', 'AM'),
    of('14:00', '15:00', 'PM'),
    of('09:00', '10:00', 'FILM', { purpose: 'programme' }),
  ]
  const nearest = (time: string) => makeUpPlaylists(frames, POLICY.zone, at(`2026-11-23 ${time}`))
  expect(nearest('10:29')).toEqual(['AM', 'PM'])
  expect(nearest('10:31')).toEqual(['PM', 'AM'])
  // As near to both: the earlier one.
  expect(nearest('10:30')).toEqual(['AM', 'PM'])
  expect(makeUpPlaylists([], POLICY.zone, WHEN)).toEqual([])
  // Only on Thursdays, and this is a Monday.
  expect(makeUpPlaylists([of('06:00', '07:00', 'TH', { weekdays: [4] })], POLICY.zone, WHEN)).toEqual(['TH'])
})
