import { describe, expect, it } from 'vitest'
import { anItem, aSchedule, MONDAY_8, siteFacts, verifiedOrder } from '../../test/build.ts'
import { awake, shippedPolicy } from '../../test/drive.ts'
import { judgeDay } from '../airtime/compliance.ts'
import { dayOf } from '../airtime/ledger.ts'
import { type Instant, instant } from '../base/units.ts'
import type { Item } from '../content/item.ts'
import type { Order } from '../emergency/order.ts'
import type { Policy } from '../policy/policy.ts'
import type { ScheduleDocument } from '../schedule/document.ts'
import { type RunOptions, runVirtual } from './virtual.ts'

const policy = shippedPolicy()
const HOUR = 3_600_000
const MIDNIGHT = instant(MONDAY_8 - 8 * HOUR)
const DATE = '2026-11-23'
const at = (hour: number): Instant => instant(MIDNIGHT + Math.round(hour * HOUR))
const AUTHORITY = { name: 'UBND tỉnh (mẫu)', document: '5/CĐ-MAU' }

const order = (more: Partial<Order>, from = 5, to = 12) => ({
  at: at(from),
  event: {
    event: 'order' as const,
    order: verifiedOrder({
      id: 'X1',
      authority: AUTHORITY,
      issuedAt: at(from),
      startsAt: at(from),
      expiresAt: at(to),
      ...more,
    }),
  },
})

type Given = {
  readonly document?: Partial<ScheduleDocument>
  readonly items?: readonly Item[]
  readonly ticks?: RunOptions['ticks']
  readonly under?: Policy
  /** Hour of that day. */
  readonly until?: number
}
/** One day of public information around the clock, from five in the morning, with an order or more in it. */
const run = (
  more: RunOptions['happenings'],
  { document = {}, items = [anItem()], ticks = 'needed', under = policy, until = 24 }: Given = {},
) => {
  const { records, state } = runVirtual({
    site: siteFacts({ exerciseMode: true }),
    policy: under,
    from: at(5),
    to: at(until),
    happenings: [
      { at: at(5), event: { event: 'schedule', schedule: aSchedule(items, document) } },
      { at: at(5), event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
      { at: at(5), event: { event: 'player', what: 'up' } },
      ...more,
    ],
    tickMs: 1_000,
    ticks,
    onRecord: null,
  })
  const said = records.flatMap((r) => (r.kind === 'airtime' ? [`${r.period} ${r.stage} ${r.cause ?? '-'}`] : []))
  const day = dayOf(state.ledger, DATE)
  return {
    records,
    state,
    said,
    day,
    verdict: judgeDay(day, policy),
    of: (p: string) => day.periods.find((x) => x.period === p),
  }
}
const blankTexts = { texts: [] }

describe('what Art. 8.2 excuses', () => {
  const excused: readonly (readonly [string, Partial<Order>])[] = [
    ['a safety blank', { class: 'safety-blank', ...blankTexts }],
    ['a page of a major event', { class: 'major-event' }],
  ]
  it.each(excused)('%s of a competent authority: exempt', (_, more) => {
    const g = run([order(more)])
    expect(g.said).toContain('morning exempt ORDER')
    expect(g.verdict.verdict).toBe('compliant-with-exemption')
    expect(g.of('morning')?.ordered).toBe(g.of('morning')?.displaced)
    expect(g.of('morning')?.ordered).toBeGreaterThan(6 * HOUR)
  })

  const not: readonly (readonly [string, Partial<Order>])[] = [
    ['an exercise of an emergency', { status: 'exercise' }],
    ['an exercise of a safety blank', { status: 'exercise', class: 'safety-blank', ...blankTexts }],
    ['an exercise of a major event', { status: 'exercise', class: 'major-event' }],
    ['a plain priority notice', { class: 'priority' }],
  ]
  it.each(not)('not %s: the floor is missed by an order, and nobody calls that exempt', (_, more) => {
    const g = run([order(more)])
    expect(g.said).toContain('morning missed ORDER')
    expect(g.said.join()).not.toContain('exempt')
    expect(g.verdict.verdict).toBe('non-compliant')
    expect(g.of('morning')?.ordered).toBe(0)
    expect(g.of('morning')?.displaced).toBeGreaterThan(5 * HOUR)
  })

  it('every line of an order that was taken in says its status', () => {
    const lines = run([order({ status: 'exercise' })]).records.flatMap((r) => (r.kind === 'order' ? [r] : []))
    expect(lines.map((l) => [l.stage, l.status])).toEqual([
      ['received', 'exercise'],
      ['active', 'exercise'],
      ['shown', 'exercise'],
      ['ended', 'exercise'],
    ])
  })
})

describe('an order that extends frames and has nothing to play', () => {
  const extending = (playlist: string | null, more: Partial<Order> = {}) =>
    order({ id: 'O1', class: 'major-event', severity: 'minor', texts: [], extendFrames: { playlist }, ...more })
  const opens = (g: ReturnType<typeof run>) => g.records.flatMap((r) => (r.kind === 'open' ? [r] : []))
  const feast = anItem({ id: 'C02', asset: { sha256: '2'.repeat(64), bytes: 1, mime: 'image/png' } })
  const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
  const frame = {
    id: 'F',
    weekdays: EVERY_DAY,
    from: '05:00',
    to: '19:00',
    playlist: 'PL',
    purpose: 'propaganda' as const,
    decidedBy: 'mẫu',
    reason: '',
  }
  const lists = {
    playlists: [
      { id: 'PL', items: ['C01'] },
      { id: 'FEAST', items: ['C02'] },
    ],
    frames: [frame],
    power: [{ weekdays: EVERY_DAY, from: '05:00', to: '19:00', brightness: 60 }],
  }
  const final = (g: ReturnType<typeof run>) => g.said.filter((s) => !/short|recovered/.test(s))

  it('because the playlist is not there: public information goes on, and a fault names both', () => {
    const g = run([extending('NOPE', { expiresAt: at(28) })], {
      document: { ...lists, fallbackPlaylist: 'FEAST' },
      items: [anItem(), feast],
    })
    expect(final(g)).toEqual(['morning met -', 'afternoon met -'])
    const plays = opens(g).slice(1)
    expect(new Set(plays.map((r) => `${r.item} ${r.order} ${r.at.wall < at(19)}`))).toEqual(
      new Set(['C01 null true', 'standing O1 false']),
    )
    expect(g.of('morning')?.displaced).toBe(0)
    expect(g.verdict.verdict).toBe('compliant')
    // Beyond the ordinary hours the standing page is lit, as it asks; that excuses nothing, and nobody says that it was shown.
    expect(g.of('evening')?.displaced).toBeGreaterThan(1.9 * HOUR)
    expect(g.of('evening')?.ordered).toBe(0)
    expect(g.records.some((r) => r.kind === 'order' && r.stage === 'shown')).toBe(false)
    expect(g.state.faults['content-refused']).toMatch(/O1.*NOPE/)
  })

  it('because its file has not come: the schedule goes on until it comes, then the order has the screen', () => {
    const came = { at: at(8), event: { event: 'asset', sha256: '2'.repeat(64), state: 'present' } } as const
    const g = run([extending('FEAST'), came], { document: lists, items: [anItem(), feast] })
    const under = opens(g).filter((r) => r.order === 'O1')
    expect(new Set(under.map((r) => r.item))).toEqual(new Set(['C02']))
    expect(under[0]?.at.wall).toBe(at(8))
    expect(
      new Set(
        opens(g)
          .slice(1)
          .map((r) => r.item),
      ),
    ).toEqual(new Set(['C01', 'C02']))
    expect(final(g)).toEqual(['morning met -', 'afternoon met -'])
    expect(g.state.faults['content-refused']).toBeUndefined()
  })

  it('a weaker order that has something to play is not held up by it', () => {
    const g = run([extending('NOPE'), extending('PL', { id: 'O2', issuedAt: at(4) })], { until: 12 })
    expect(
      new Set(
        opens(g)
          .slice(1)
          .map((r) => r.order),
      ),
    ).toContain('O2')
    expect(g.of('morning')?.delivered).toBeGreaterThan(6 * HOUR)
  })

  it('promises no airtime: a morning that the schedule leaves short is short at once', () => {
    const under = { ...policy, makeUp: { ...policy.makeUp, outsideFrames: false } }
    const document = { ...lists, frames: [{ ...frame, from: '11:00', to: '12:00' }] }
    const g = run([extending('NOPE')], { document, under, until: 12.1 })
    expect(g.said).toEqual(expect.arrayContaining(['morning short PLAN', 'morning missed PLAN']))
    const short = g.records.findLast((r) => r.kind === 'airtime' && r.stage === 'short' && r.period === 'morning')
    expect((short?.at.wall ?? at(24)) - at(5)).toBeLessThan(60_000)
    expect(run([extending('PL')], { document, under, until: 12.1 }).said).toContain('morning met -')
  })

  it('event by event is the same as tick by tick', () => {
    const came = { at: at(5.2), event: { event: 'asset', sha256: '2'.repeat(64), state: 'present' } } as const
    const late = { ...feast, validFrom: at(5.3) }
    const of = (ticks: RunOptions['ticks']) =>
      run([extending('FEAST', { expiresAt: at(5.5) }), came], {
        document: lists,
        items: [anItem(), late],
        ticks,
        until: 7,
      }).records
    expect(of('needed')).toEqual(of('all'))
    expect(of('all').some((r) => r.kind === 'open' && r.order === 'O1')).toBe(true)
  })
})

describe('an order taken in by a clock that ran on by itself', () => {
  const MINUTE = 60_000
  const table = [
    ['25 min fast', 25 * MINUTE],
    ['25 min slow', -25 * MINUTE],
    ['right', 0],
  ] as const
  it.each(table)('%s: once that is confirmed or corrected, it ends when it was signed to end', (_, ahead) => {
    const it = awake()
    const wrong = { quality: 'holdover', wall: instant(MONDAY_8 + 1_000 + ahead) } as const
    const signed = verifiedOrder({ startsAt: MONDAY_8 - HOUR, issuedAt: MONDAY_8 - HOUR, expiresAt: MONDAY_8 + HOUR })
    it.give(1_000, { event: 'order', order: signed }, wrong)
    it.give(2_000, { event: 'clock-step', stepMs: -ahead, was: 'holdover' })
    it.give(HOUR - 1_000, { event: 'tick' })
    expect(it.state().playing?.claim.order).toBe(signed.order.id)
    it.give(HOUR, { event: 'tick' })
    expect(it.state().playing?.claim.order ?? null).toBeNull()
  })

  it('one that is over by the right time ends at once, and one that has ended stays so', () => {
    const it = awake()
    const slow = { quality: 'holdover', wall: instant(MONDAY_8 - HOUR) } as const
    const fast = { quality: 'holdover', wall: instant(MONDAY_8 + 2 * HOUR) } as const
    const past = { issuedAt: MONDAY_8 - 2 * HOUR, startsAt: MONDAY_8 - 2 * HOUR, expiresAt: MONDAY_8 - HOUR / 2 }
    it.give(1_000, { event: 'order', order: verifiedOrder(past) }, slow)
    expect(it.state().orders.entries[0]?.state).toBe('active')
    it.give(2_000, { event: 'clock-step', stepMs: HOUR, was: 'holdover' })
    expect(it.state().orders.entries[0]?.state).toBe('ended')
    it.give(
      3_000,
      { event: 'clock-step', stepMs: -3 * HOUR, was: 'synced' },
      { ...slow, wall: instant(MONDAY_8 - 3 * HOUR) },
    )
    it.give(4_000, { event: 'clock-step', stepMs: HOUR, was: 'holdover' }, { wall: instant(MONDAY_8 - 2 * HOUR) })
    expect(it.state().orders.entries[0]?.state).toBe('ended')
    // A clock that is not confirmed settles nothing.
    it.give(5_000, { event: 'order', order: verifiedOrder({ id: 'X2', expiresAt: MONDAY_8 + HOUR }) })
    it.give(6_000, { event: 'clock-step', stepMs: 2 * HOUR, was: 'synced' }, fast)
    expect(it.state().orders.entries.find((e) => e.order.id === 'X2')?.state).toBe('active')
  })
})
