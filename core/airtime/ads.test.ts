import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { instant, mono } from '../base/units.ts'
import type { Item } from '../content/item.ts'
import type { SiteAds } from '../schedule/document.ts'
import { type AdShowing, agoOf, MOST_ADS, withShowing } from './ad-history.ts'
import { type AdFacts, createAdJudge } from './ads.ts'
import { emptyLedger, foldAll } from './ledger.ts'
import { at, closeOf, openOf, POLICY, reading, stamped } from './samples.ts'

const S = 1_000
const MINUTE = 60 * S
const HOUR = 60 * MINUTE
const NOON = at('2026-11-22 12:00')
const now = reading(NOON)

const adOf = (rules: NonNullable<Item['ad']>['rules'] = undefined, more: Partial<Item> = {}): Item => ({
  id: 'AD',
  revision: 1,
  title: 'AD',
  kind: 'image',
  category: 'A7_5_ADVERTISING',
  languages: ['vi'],
  durationMs: 15 * S,
  asset: { sha256: 'a'.repeat(64), bytes: 1, mime: 'image/png' },
  texts: [],
  audio: false,
  supplier: { org: 'x', name: 'x' },
  suppliedByLead: false,
  document: null,
  channel: 'DOC_MGMT',
  validFrom: at('2026-01-01 00:00'),
  validTo: at('2027-01-01 00:00'),
  ad: {
    advertiser: 'Mẫu',
    permit: {
      kind: 'PERMIT',
      number: 'MAU-QC-0001/2026',
      issuedBy: 'x',
      validFrom: at('2026-01-01 00:00'),
      validTo: at('2026-12-31 00:00'),
      sites: [],
    },
    ...(rules === undefined ? {} : { rules }),
  },
  entertainment: false,
  publishable: true,
  submittedBy: 'x',
  sample: true,
  ...more,
})

/** A showing that ended so long before noon. */
const shown = (endedAgo: number, ms: number, item = 'AD', boot = 'boot-1'): AdShowing => ({
  item,
  boot,
  fromWall: instant(NOON - endedAgo - ms),
  fromMono: mono(now.mono - endedAgo - ms),
  ms,
  isSplit: false,
})

type Rules = Partial<AdFacts['policy']['advertising']>
const factsOf = (rules: Rules, over: Partial<AdFacts> = {}): AdFacts => ({
  policy: { ...POLICY, advertising: { ...POLICY.advertising, ...rules } },
  site: undefined,
  now,
  history: [],
  suspended: [],
  litMs: HOUR,
  litTodayMs: 10 * HOUR,
  ...over,
})
const judged = (facts: AdFacts, item = adOf(), leftMs = HOUR) => createAdJudge(facts, leftMs)(item)
const siteAds = (over: Partial<SiteAds>): SiteAds => ({
  allowed: true,
  limits: [],
  decidedBy: 'UBND xã (mẫu)',
  reason: '',
  ...over,
})
const limit = (mostMs: number, withinMs: number) => ({ mostMs, withinMs, source: 'thử' })

type Case = readonly [rule: string, allowed: string | null, refused: string | null, because: string]
/** Each rule exactly at its limit, and one millisecond (or one showing) beyond. */
const CASES: readonly Case[] = [
  [
    'end of the slot',
    judged(factsOf({}), adOf(), 15 * S),
    judged(factsOf({}), adOf(), 15 * S - 1),
    'khung giờ không còn đủ',
  ],
  [
    'end of light',
    judged(factsOf({}, { litMs: 15 * S })),
    judged(factsOf({}, { litMs: 15 * S - 1 })),
    'màn hình tắt trước khi',
  ],
  [
    'end of the item',
    judged(factsOf({}), adOf(undefined, { validTo: NOON + 15 * S })),
    judged(factsOf({}), adOf(undefined, { validTo: NOON + 15 * S - 1 })),
    'hết hạn trước khi',
  ],
  [
    'spacing of all advertising',
    judged(factsOf({ minimumSpacingMs: 5 * MINUTE }, { history: [shown(5 * MINUTE, 15 * S, 'B')] })),
    judged(factsOf({ minimumSpacingMs: 5 * MINUTE }, { history: [shown(5 * MINUTE - 1, 15 * S, 'B')] })),
    'chưa đủ khoảng cách với quảng cáo trước',
  ],
  [
    'share of an hour: 3 min',
    judged(factsOf({ hourShareLimit: 0.05 }, { history: [shown(MINUTE, 165 * S)] })),
    judged(factsOf({ hourShareLimit: 0.05 }, { history: [shown(MINUTE, 165 * S + 1)] })),
    'đã hết phần (180 giây trong 3600 giây)',
  ],
  [
    'sliding limit of the policy: what lies before the stretch is out of it',
    judged(factsOf({ limits: [limit(15 * S, 5 * MINUTE)] }, { history: [shown(5 * MINUTE - 15 * S, 15 * S)] })),
    judged(factsOf({ limits: [limit(15 * S, 5 * MINUTE)] }, { history: [shown(5 * MINUTE - 15 * S - 1, 15 * S)] })),
    'đã hết phần (15 giây trong 300 giây)',
  ],
  [
    'sliding limit of the site',
    judged(factsOf({}, { site: siteAds({ limits: [limit(30 * S, HOUR)] }), history: [shown(MINUTE, 15 * S)] })),
    judged(factsOf({}, { site: siteAds({ limits: [limit(30 * S, HOUR)] }), history: [shown(MINUTE, 15 * S + 1)] })),
    'đã hết phần (30 giây trong 3600 giây)',
  ],
  [
    'share of the day: 36 s of ten hours',
    judged(factsOf({ dayShareLimit: 0.001 }, { history: [shown(MINUTE, 21 * S)] })),
    judged(factsOf({ dayShareLimit: 0.001 }, { history: [shown(MINUTE, 21 * S + 1)] })),
    'đã hết phần trong ngày',
  ],
  [
    'share of the day: yesterday is another day',
    judged(factsOf({ dayShareLimit: 0.001 }, { history: [shown(12 * HOUR, HOUR)] })),
    judged(factsOf({ dayShareLimit: 0.001 }, { history: [shown(12 * HOUR - 21 * S - 1, HOUR)] })),
    'đã hết phần trong ngày',
  ],
  [
    'most per hour, of this item',
    judged(factsOf({}, { history: [shown(MINUTE, 15 * S), shown(HOUR - 15 * S, 15 * S)] }), adOf({ mostPerHour: 2 })),
    judged(
      factsOf({}, { history: [shown(MINUTE, 15 * S), shown(HOUR - 15 * S - 1, 15 * S)] }),
      adOf({ mostPerHour: 2 }),
    ),
    'đủ số lần trong một giờ',
  ],
  [
    'most per hour: others do not count',
    judged(factsOf({}, { history: [shown(MINUTE, 15 * S, 'B')] }), adOf({ mostPerHour: 1 })),
    judged(factsOf({}, { history: [shown(MINUTE, 15 * S, 'AD')] }), adOf({ mostPerHour: 1 })),
    'đủ số lần trong một giờ',
  ],
  [
    'most per day: by the civil day in which it began',
    judged(factsOf({}, { history: [shown(12 * HOUR - 5 * S + 1, 5 * S)] }), adOf({ mostPerDay: 1 })),
    judged(factsOf({}, { history: [shown(12 * HOUR - 5 * S, 5 * S)] }), adOf({ mostPerDay: 1 })),
    'đủ số lần trong ngày',
  ],
  [
    'spacing of its own',
    judged(factsOf({}, { history: [shown(0, S, 'B'), shown(HOUR, S)] }), adOf({ minimumSpacingMs: HOUR })),
    judged(factsOf({}, { history: [shown(0, S, 'B'), shown(HOUR - 1, S)] }), adOf({ minimumSpacingMs: HOUR })),
    'lần phát trước của quảng cáo này',
  ],
  [
    'times of day: begins at the beginning',
    judged(factsOf({}), adOf({ times: [{ from: '12:00', to: '13:00' }] })),
    judged(factsOf({}, { now: reading(instant(NOON - 1)) }), adOf({ times: [{ from: '12:00', to: '13:00' }] })),
    'ngoài giờ được phát',
  ],
  [
    'times of day: ends by the end',
    judged(factsOf({}, { now: reading(instant(NOON - 15 * S)) }), adOf({ times: [{ from: '11:00', to: '12:00' }] })),
    judged(
      factsOf({}, { now: reading(instant(NOON - 15 * S + 1)) }),
      adOf({ times: [{ from: '11:00', to: '12:00' }] }),
    ),
    'ngoài giờ được phát',
  ],
  [
    'site without advertising',
    judged(factsOf({}, { site: siteAds({}) })),
    judged(factsOf({}, { site: siteAds({ allowed: false }) })),
    'cụm này không phát quảng cáo theo UBND xã (mẫu)',
  ],
  [
    'state mourning',
    judged(factsOf({ suspendedInMourning: false }, { suspended: ['mourning'] })),
    judged(factsOf({}, { suspended: ['mourning'] })),
    'quốc tang',
  ],
  [
    'an emergency order in force',
    judged(factsOf({ suspendedInEmergency: false }, { suspended: ['emergency'] })),
    judged(factsOf({ suspendedInMourning: false }, { suspended: ['mourning', 'emergency'] })),
    'lệnh khẩn cấp',
  ],
  ['clock', judged(factsOf({})), judged(factsOf({}, { now: { ...now, quality: 'unset' } })), 'đồng hồ chưa tin cậy'],
]

describe('rules of advertising, at the limit and just beyond', () => {
  for (const [rule, allowed, refused, because] of CASES)
    it(rule, () => {
      expect(allowed).toBeNull()
      expect(refused).toContain(because)
    })
  it('are all there', () => expect(CASES.length).toBe(19))
})

test('by default none is set: the law states no number (domain.md §3.4)', () => {
  const busy = Array.from({ length: 200 }, (_, n) => shown(n * 15 * S, 15 * S))
  expect(judged(factsOf({}, { history: busy }))).toBeNull()
})

test('an advertisement over midnight is refused where a day has a limit', () => {
  const late = reading(instant(at('2026-11-23 00:00') - 15 * S))
  expect(judged(factsOf({ dayShareLimit: 0.5 }, { now: late }))).toBeNull()
  const later = reading(instant(late.wall + 1))
  expect(judged(factsOf({ dayShareLimit: 0.5 }, { now: later }))).toContain('nửa đêm')
  expect(judged(factsOf({}, { now: later }))).toBeNull()
})

test('what is not remembered is refused by the rules that would have to look back on it, and by no other', () => {
  const full = Array.from({ length: MOST_ADS }, (_, n) => shown(10 * MINUTE + n * 2 * S, S, 'B'))
  const facts = (rules: Rules) => factsOf(rules, { history: full })
  expect(judged(facts({ limits: [limit(2 * HOUR, HOUR)] }))).toBeNull()
  expect(judged(facts({ dayShareLimit: 1 }))).toContain('trong ngày')
  expect(judged(facts({}), adOf({ mostPerDay: 500 }))).toContain('trong ngày')
  expect(judged(facts({}), adOf({ mostPerHour: 500 }))).toBeNull()
  expect(judged(facts({}), adOf({ minimumSpacingMs: 12 * HOUR }))).toContain('khoảng cách')
})

test('the fullest stretch: sliding limits hold over every window, by brute force over all of them', () => {
  let refusals = 0
  const showing = fc.record({ gap: fc.integer({ min: 0, max: 90 }), s: fc.integer({ min: 1, max: 20 }) })
  fc.assert(
    fc.property(
      fc.array(showing, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 5, max: 60 }),
      fc.integer({ min: 20, max: 300 }),
      (wished, most, within) => {
        const limits = [limit(most * S, within * S)]
        let wall = 0
        let history: readonly AdShowing[] = []
        const spans: { readonly from: number; readonly to: number }[] = []
        for (const { gap, s } of wished) {
          wall += gap
          const then = reading(instant(NOON + wall * S))
          const against = judged(factsOf({ limits }, { history, now: then }), adOf(undefined, { durationMs: s * S }))
          if (against !== null) {
            refusals++
            continue
          }
          const from = { boot: 'boot-1', wall: then.wall, mono: then.mono }
          history = withShowing(history, 'AD', from, { ms: s * S, cause: 'ended' })
          spans.push({ from: wall, to: wall + s })
          wall += s
        }
        // Whole seconds, so the fullest stretch begins at some second.
        for (let begin = -within; begin <= wall; begin++) {
          const sum = spans.reduce(
            (n, x) => n + Math.max(0, Math.min(x.to, begin + within) - Math.max(x.from, begin)),
            0,
          )
          expect(sum).toBeLessThanOrEqual(most)
        }
      },
    ),
    { numRuns: 300 },
  )
  expect(refusals).toBeGreaterThan(300)
})

describe('the history', () => {
  const ad = (id: string) => openOf(id, { item: 'AD', category: 'A7_5_ADVERTISING', counts: false })
  const boot = { bootId: 'boot-2', mono: mono(5_000) }

  it('is refolded from the log: a restart resets no limit, a cut counts as long as it may have been', () => {
    const ledger = foldAll(emptyLedger(POLICY), [
      stamped(reading(at('2026-11-22 08:00')), ad('p1')),
      stamped(reading(at('2026-11-22 08:00:15')), closeOf('p1', { ms: 15 * S })),
      stamped(reading(at('2026-11-22 08:10')), ad('p2')),
      stamped(reading(at('2026-11-22 09:00'), boot), closeOf('p2', { ms: MINUTE, cause: 'power-cut' })),
    ])
    expect(ledger.ads.map((a) => [a.item, a.boot, a.fromWall, a.ms])).toEqual([
      ['AD', 'boot-1', at('2026-11-22 08:10'), MINUTE],
      ['AD', 'boot-1', at('2026-11-22 08:00'), 15 * S],
    ])
    const later = reading(at('2026-11-22 09:00:10'), boot)
    const facts = factsOf({}, { history: ledger.ads, now: later })
    expect(judged(facts, adOf({ mostPerDay: 2 }))).toContain('trong ngày')
    expect(judged(facts, adOf({ mostPerDay: 3 }))).toBeNull()
    expect(judged(facts, adOf({ minimumSpacingMs: 49 * MINUTE + 11 * S }))).toContain('khoảng cách')
    expect(judged(facts, adOf({ minimumSpacingMs: 49 * MINUTE + 10 * S }))).toBeNull()
  })

  it('folding twice shows nothing twice, and a clock step does not make two showings of one', () => {
    const lines = [
      stamped(reading(at('2026-11-22 08:00')), ad('p1')),
      stamped(reading(at('2026-11-22 08:00:10')), closeOf('p1', { ms: 10 * S, cause: 'clock' })),
      stamped(reading(at('2026-11-22 07:50:10'), { mono: reading(at('2026-11-22 08:00:10')).mono }), ad('p2')),
      stamped(
        reading(at('2026-11-22 07:50:15'), { mono: reading(at('2026-11-22 08:00:15')).mono }),
        closeOf('p2', { ms: 5 * S }),
      ),
    ]
    const once = foldAll(emptyLedger(POLICY), lines)
    expect(once.ads).toMatchObject([{ item: 'AD', ms: 15 * S, fromWall: at('2026-11-22 07:50') }])
    expect(foldAll(once, lines).ads).toEqual(once.ads)
  })

  it('forgets what no rule looks back on, and never holds more than its bound', () => {
    let history: readonly AdShowing[] = []
    for (let n = 0; n < 3_000; n++)
      history = withShowing(
        history,
        'AD',
        { boot: 'b', wall: instant(NOON + n * MINUTE), mono: mono(n * MINUTE) },
        { ms: S, cause: 'ended' },
      )
    expect(history.length).toBe(25 * 60)
    for (let n = 0; n < MOST_ADS + 100; n++)
      history = withShowing(
        history,
        'AD',
        { boot: 'c', wall: instant(NOON + n * 2 * S), mono: mono(n * 2 * S) },
        { ms: S, cause: 'ended' },
      )
    expect(history.length).toBe(MOST_ADS)
  })

  it('a wall clock that went back makes nothing younger than now', () => {
    const before = shown(-HOUR, 15 * S, 'AD', 'boot-0')
    expect(agoOf(before, now)).toEqual({ begin: 15 * S, end: 0 })
  })
})
