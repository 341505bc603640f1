import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant, percent, type Reading } from '../base/units.ts'
import type { Category } from '../content/category.ts'
import type { Item } from '../content/item.ts'
import type { SiteFacts } from '../engine/site.ts'
import type { Policy } from '../policy/policy.ts'
import type { Frame, ScheduleDocument } from '../schedule/document.ts'
import { capacityOf } from './capacity.ts'
import { emptyLedger, foldAll, type Ledger } from './ledger.ts'
import { owed } from './owed.ts'
import { choose, itemPlayable, type PlanInput } from './plan.ts'
import { at, day, openOf, POLICY, proofOf, reading, screenOf } from './samples.ts'

const ALL = [0, 1, 2, 3, 4, 5, 6]
const item = (id: string, category: Category, over: Partial<Item> = {}): Item => ({
  id,
  revision: 1,
  title: id,
  kind: 'image',
  category,
  languages: ['vi'],
  durationMs: 20_000,
  asset: { sha256: 'a'.repeat(64), bytes: 10, mime: 'image/png' },
  texts: [],
  audio: false,
  supplier: { org: 'ca', name: 'Công an tỉnh' },
  suppliedByLead: false,
  document: null,
  channel: 'DOC_MGMT',
  validFrom: at('2026-01-01 00:00'),
  validTo: at('2027-01-01 00:00'),
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'an',
  sample: true,
  ...over,
})
const permit = (over: object = {}) => ({
  advertiser: 'Mẫu',
  permit: {
    kind: 'PERMIT' as const,
    number: 'MAU-QC-0001/2026',
    issuedBy: 'x',
    validFrom: at('2026-01-01 00:00'),
    validTo: at('2026-12-31 00:00'),
    sites: [],
    ...over,
  },
})
const ad = (id: string, over: Partial<Item> = {}): Item => item(id, 'A7_5_ADVERTISING', { ad: permit(), ...over })
const frame = (id: string, from: string, to: string, playlist = 'PL'): Frame => ({
  id,
  weekdays: ALL,
  from,
  to,
  playlist,
  purpose: 'propaganda',
  decidedBy: 'x',
  reason: '',
})
const scheduleOf = (ids: readonly string[], over: Partial<ScheduleDocument> = {}): ScheduleDocument => ({
  site: 'LC-DK-01',
  version: 1,
  issuedAt: 0,
  issuedBy: 'x',
  policy: POLICY.id,
  items: [],
  playlists: [
    { id: 'PL', items: [...ids] },
    { id: 'FB', items: ['F'] },
  ],
  frames: [frame('AM', '06:30', '10:30'), frame('PM', '13:30', '17:30')],
  fallbackPlaylist: null,
  power: [{ weekdays: ALL, from: '06:00', to: '22:00', brightness: 60 }],
  ...over,
})
const SITE: SiteFacts = {
  id: 'LC-DK-01',
  name: '',
  clusterClass: 'BULLETIN_BOARD',
  unitCode: '03388',
  panel: { width: 1, height: 1 },
  exerciseMode: false,
  outdoors: true,
  audio: false,
  hasController: true,
  input: null,
  onboard: false,
  powerOffAfter: null,
  hasHub: true,
  brightnessLimit: percent(80),
  location: null,
  watts: null,
  thermal: null,
  onBattery: null,
  panelLight: null,
  presets: [],
  version: 'x',
}
/** What is owed at `now`, everything being here and nothing in the way. */
const owedOf = (
  items: readonly Item[],
  of: { schedule: ScheduleDocument; now: Reading; ledger: Ledger; policy: Policy },
) => {
  const { schedule, now, ledger, policy } = of
  const supply = {
    schedule,
    items: Object.fromEntries([...items, item('F', 'A7_1_POLICY_LAW')].map((i) => [i.id, i])),
    policy,
    isSolemn: false,
    readyFrom: () => instant(0),
    held: [],
    given: [],
    blanked: [],
  }
  return owed(ledger, capacityOf(supply, policy, now.wall), now)
}
const FRAMES_ONLY: Policy = { ...POLICY, makeUp: { outsideFrames: false, source: 'test' } }
const inputOf = (items: readonly Item[], over: Partial<PlanInput> = {}): PlanInput => {
  const now = over.now ?? reading(at('2026-11-22 07:00'))
  const schedule = over.schedule ?? scheduleOf(items.map((i) => i.id))
  return {
    schedule,
    items: Object.fromEntries([...items, item('F', 'A7_1_POLICY_LAW')].map((i) => [i.id, i])),
    policy: POLICY,
    site: SITE,
    now,
    owed: () => owedOf(items, { schedule, now, ledger: emptyLedger(POLICY), policy: over.policy ?? POLICY }),
    suspended: [],
    isSolemn: false,
    ready: () => 'ready',
    cursor: {},
    ads: [],
    light: { leftMs: 86_400_000, todayMs: 57_600_000 },
    ...over,
  }
}
/** The ids chosen in `n` calls, each from the cursor of the one before. */
const run = (input: PlanInput, n: number): readonly (string | null)[] => {
  let cursor = input.cursor
  return Array.from({ length: n }, () => {
    const plan = choose({ ...input, cursor })
    cursor = plan.cursor
    return plan.choice?.item.id ?? null
  })
}

test('a playlist is gone through in turn', () => {
  const input = inputOf(['A', 'B', 'C'].map((id) => item(id, 'A7_1_POLICY_LAW')))
  expect(run(input, 7)).toEqual(['A', 'B', 'C', 'A', 'B', 'C', 'A'])
  expect(choose(input).choice).toMatchObject({
    frame: 'AM',
    rank: 'normal',
    maxMs: 20_000,
    why: 'Khung giờ AM (06:30–10:30): danh sách PL, lượt 1/3.',
  })
})

test('at a border gate external information comes first in each lap, and nothing starves', () => {
  const items = [
    item('A', 'A7_1_POLICY_LAW'),
    item('X', 'A7_4_EXTERNAL_INFO'),
    item('B', 'A7_2B_KNOWLEDGE'),
    item('Y', 'A7_4_EXTERNAL_INFO'),
  ]
  expect(run(inputOf(items, { site: { ...SITE, clusterClass: 'BORDER_GATE' } }), 5)).toEqual(['X', 'Y', 'A', 'B', 'X'])
  expect(run(inputOf(items), 4)).toEqual(['A', 'X', 'B', 'Y'])
})

test('what may not be shown is skipped with its reason', () => {
  const items = [
    item('later', 'A7_1_POLICY_LAW', { validFrom: at('2026-11-22 07:00:01') }),
    item('over', 'A7_1_POLICY_LAW', { validTo: at('2026-11-22 07:00') }),
    ad('nopermit', { ad: { advertiser: 'x', permit: null } }),
    ad('oldpermit', { ad: permit({ validTo: at('2026-10-31 00:00') }) }),
    ad('elsewhere', { ad: permit({ sites: ['LC-TP-01'] }) }),
    ad('free', { ad: null }),
    item('gone', 'A7_1_POLICY_LAW'),
    item('bad', 'A7_1_POLICY_LAW'),
    item('good', 'A7_1_POLICY_LAW'),
  ]
  const plan = choose(
    inputOf(items, { ready: (i) => (i.id === 'gone' ? 'missing' : i.id === 'bad' ? 'broken' : 'ready') }),
  )
  expect(plan.choice?.item.id).toBe('good')
  expect(plan.skipped.map((s) => [s.item, s.reason])).toEqual([
    ['later', 'not-yet-valid'],
    ['over', 'expired'],
    ['nopermit', 'no-permit'],
    ['oldpermit', 'permit-expired'],
    ['elsewhere', 'wrong-site'],
    ['free', 'category-mismatch'],
    ['gone', 'missing'],
    ['bad', 'broken'],
  ])
  expect(itemPlayable(ad('ok'), SITE, POLICY, reading(at('2026-11-22 07:00'))).ok).toBe(true)
})

test('advertising waits for clock, restriction, spacing, hour share and frame end', () => {
  const items = [ad('AD'), item('P', 'A7_1_POLICY_LAW')]
  const first = (over: Partial<PlanInput>) => choose(inputOf(items, over)).choice?.item.id
  expect(first({})).toBe('AD')
  expect(first({ now: reading(at('2026-11-22 07:00'), { quality: 'unset' }) })).toBe('P')
  expect(first({ suspended: ['mourning'] })).toBe('P')
  expect(first({ suspended: ['emergency'] })).toBe('P')
  expect(first({ now: reading(at('2026-11-22 10:29:50')) })).toBe('P')
})

test('no advertising once the floor needs every minute, and the reason says so', () => {
  const items = [ad('AD'), item('P', 'A7_1_POLICY_LAW')]
  const of = (time: string) => choose(inputOf(items, { policy: FRAMES_ONLY, now: reading(at(`2026-11-22 ${time}`)) }))
  const late = of('07:29:36')
  expect(late.choice?.item.id).toBe('P')
  expect(late.choice?.why).toContain('không phát quảng cáo vì buổi sáng còn nợ 3 giờ tuyên truyền mà chỉ còn 3 giờ')
  // Twenty seconds of advertising and five of margin still fit exactly; a millisecond later they do not.
  expect(of('07:29:35').choice?.item.id).toBe('AD')
  expect(of('07:29:35.001').choice?.item.id).toBe('P')
})

test('outside of frames the fallback playlist, else nothing; entertainment waits in mourning', () => {
  const items = [item('A', 'A7_1_POLICY_LAW', { entertainment: true })]
  const noon = reading(at('2026-11-22 12:00'))
  const withFallback = scheduleOf(['A'], { fallbackPlaylist: 'FB' })
  expect(choose(inputOf(items, { now: noon, policy: FRAMES_ONLY })).choice).toBeNull()
  expect(choose(inputOf(items, { now: noon, policy: FRAMES_ONLY, schedule: withFallback })).choice).toMatchObject({
    rank: 'fallback',
    frame: null,
  })
  const mourning = { suspended: ['mourning'], isSolemn: true } as const
  expect(choose(inputOf(items, mourning)).choice).toBeNull()
  expect(choose(inputOf(items, { ...mourning, schedule: withFallback })).choice?.item.id).toBe('F')
})

test('owed: delivered, what is left, and whether it can still be met', () => {
  const ledger = foldAll(
    emptyLedger(POLICY),
    day(['00:00', screenOf('lit', true)], ['06:30', openOf('a')], ['06:30', proofOf('a')]),
  )
  const of = (time: string, schedule = scheduleOf(['A']), policy = FRAMES_ONLY) =>
    owedOf([item('A', 'A7_1_POLICY_LAW')], { ledger, policy, schedule, now: reading(at(`2026-11-22 ${time}`)) })[1]
  expect(of('07:30')).toMatchObject({
    period: 'morning',
    deliveredMs: 3_600_000,
    owedMs: 7_200_000,
    leftMs: 3 * 3_600_000,
    feasible: true,
  })
  expect(of('09:30')).toMatchObject({ owedMs: 0, feasible: true })
  const short = scheduleOf(['A'], { frames: [frame('AM', '06:30', '08:30')] })
  expect(of('07:30', short)).toMatchObject({
    owedMs: 7_200_000,
    leftMs: 3_600_000,
    feasible: false,
    shortMs: 3_600_000,
    cause: 'PLAN',
  })
  // What is outside of frames counts where it is made up: powered until noon and beyond.
  expect(of('07:30', short, POLICY)).toMatchObject({ leftMs: 4.5 * 3_600_000, feasible: true, shortMs: 0, cause: null })
})

const anyInput = fc.record({
  kinds: fc.array(fc.constantFrom('ad', 'ad', 'ad', 'public', 'external', 'fun', 'expired'), {
    minLength: 1,
    maxLength: 8,
  }),
  minute: fc.oneof(fc.nat(24 * 60 - 1), fc.integer({ min: 390, max: 630 }), fc.integer({ min: 810, max: 1050 })),
  border: fc.boolean(),
  unset: fc.boolean(),
  fallback: fc.boolean(),
  missing: fc.nat(8),
  cursor: fc.nat(1000),
  deliveredMinutes: fc.nat(300),
})
test('choose is total and deterministic, and never takes an ad that puts a floor out of reach', () => {
  let ads = 0
  fc.assert(
    fc.property(anyInput, (a) => {
      const items = a.kinds.map((kind, i) =>
        kind === 'ad'
          ? ad(`I${i}`)
          : item(`I${i}`, kind === 'external' ? 'A7_4_EXTERNAL_INFO' : 'A7_1_POLICY_LAW', {
              entertainment: kind === 'fun',
              ...(kind === 'expired' ? { validTo: at('2026-01-02 00:00') } : {}),
            }),
      )
      const now = reading(instant(at('2026-11-22 00:00') + a.minute * 60_000), {
        quality: a.unset ? 'unset' : 'synced',
      })
      const schedule = scheduleOf(
        items.map((i) => i.id),
        { fallbackPlaylist: a.fallback ? 'FB' : null },
      )
      const began = instant(at('2026-11-22 06:30'))
      const ledger = foldAll(
        emptyLedger(POLICY),
        day(['00:00', screenOf('lit', true)], ['06:30', openOf('a')], ['06:30', proofOf('a')]),
      )
      const cut = { ...ledger, open: null, screen: { lit: 'unknown' as const, intended: false } }
      const past = a.deliveredMinutes > 150 && now.wall > began ? ledger : cut
      const statuses = owedOf(items, { ledger: past, policy: POLICY, schedule, now })
      const input = inputOf(items, {
        now,
        schedule,
        owed: () => statuses,
        cursor: { PL: a.cursor },
        site: { ...SITE, clusterClass: a.border ? 'BORDER_GATE' : 'BULLETIN_BOARD' },
        ready: (i) => (i.id === `I${a.missing}` ? 'missing' : 'ready'),
      })
      const plan = choose(input)
      expect(choose(input)).toEqual(plan)
      const chosen = plan.choice
      if (chosen === null) return
      expect(chosen.maxMs).toBeGreaterThan(0)
      if (chosen.item.category !== 'A7_5_ADVERTISING') return
      ads++
      expect(a.unset).toBe(false)
      for (const s of statuses)
        if (s.leftMs > 0 && s.owedMs > 0 && (s.period === 'morning') === a.minute < 720)
          expect(s.owedMs).toBeLessThanOrEqual(s.leftMs)
    }),
    { numRuns: 2000 },
  )
  expect(ads).toBeGreaterThan(40)
})
