import { describe, expect, it } from 'vitest'
import { instant } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import { type Happening, type RunOptions, runVirtual } from '#core/engine/virtual.ts'
import { aSchedule, siteFacts } from '../build.ts'
import { ad, at, frames, info, judged, ordered, POLICY, scheduled, type Told } from './airtime-days.ts'

/**
 * Art. 8.2.b, domain O1: the province's festival extends frames to 22:30 by an order with a document number. Whole days of the real engine
 * with the policy of 2024.
 */
const HOUR = 3_600_000
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
const AUTHORITY = { name: 'UBND tỉnh (mẫu)', document: '88/UBND-MAU' }
const other = (id: string, more: Partial<Item> = {}) =>
  info({ id, title: id, asset: { sha256: '1'.repeat(64), bytes: 1000, mime: 'image/png' }, ...more })

/** Frames in the morning and the afternoon with a playlist each; dark from 19:00. */
const schedule = (more: readonly Item[] = []): Happening['event'] => ({
  event: 'schedule',
  schedule: aSchedule([info(), other('C02'), other('C03'), ...more], {
    playlists: [
      { id: 'PL-AM', items: ['C01'] },
      { id: 'PL-PM', items: ['C02'] },
      { id: 'PL-FEAST', items: ['C03', ...more.map((i) => i.id)] },
    ],
    frames: (
      [
        ['AM', '07:00', '10:00'],
        ['PM', '14:00', '17:00'],
      ] as const
    ).map(([id, from, to]) => ({
      id,
      weekdays: EVERY_DAY,
      from,
      to,
      playlist: `PL-${id}`,
      purpose: 'propaganda' as const,
      decidedBy: 'golden',
      reason: '',
    })),
    power: [{ weekdays: EVERY_DAY, from: '05:00', to: '19:00', brightness: 60 }],
  }),
})
const event = (playlist: string | null, from: string, to: string) => ({
  at: at(from),
  event: ordered({
    id: 'O1',
    class: 'major-event',
    severity: 'minor',
    authority: AUTHORITY,
    texts: [],
    extendFrames: { playlist },
    issuedAt: at(from),
    startsAt: at(from),
    expiresAt: at(to),
  }),
})
/** The day, event by event: that this is the same as tick by tick is for `core/engine/virtual.test.ts` to say. */
const tell = (first: Happening['event'], more: RunOptions['happenings']): Told => {
  const { records } = runVirtual({
    site: siteFacts({ clusterClass: 'BULLETIN_BOARD' }),
    policy: POLICY,
    from: at('03:00'),
    to: instant(at('00:00') + 86_461_000),
    happenings: [
      { at: at('03:00'), event: first },
      { at: at('03:00'), event: { event: 'asset', sha256: '1'.repeat(64), state: 'present' } },
      { at: at('03:00'), event: { event: 'player', what: 'up' } },
      ...more,
    ],
    tickMs: 1_000,
    ticks: 'needed',
    onRecord: null,
  })
  return judged(records)
}

/** A dark screen has to be told to light up first, and its controller answers after some milliseconds. */
const isNearly = (ms: number, wanted: number) => ms <= wanted && ms > wanted - 200
const opens = (g: ReturnType<typeof tell>) => g.records.flatMap((r) => (r.kind === 'open' ? [r] : []))

describe('a major event extends frames', () => {
  it('to 22:30: the screen stays lit, the playlist of the latest frame goes on under the order, and then it is dark', () => {
    const g = tell(schedule(), [event(null, '17:00', '22:30')])
    const under = opens(g).filter((r) => r.order === 'O1')
    expect(under.length).toBe(5.5 * 60)
    expect(new Set(under.map((r) => `${r.item} ${r.rank} ${r.order} ${r.claim}`))).toEqual(
      new Set(['C02 major-event O1 order:O1']),
    )
    expect(under[0]?.why).toContain(
      'Kéo dài khung giờ theo lệnh sự kiện lớn O1 của UBND tỉnh (mẫu), văn bản 88/UBND-MAU',
    )
    // It counts by its own category, in the part of the day in which it was shown.
    expect([g.of('afternoon').delivered, g.of('evening').delivered]).toEqual([4 * HOUR, 4 * HOUR])
    expect(g.of('night').delivered).toBe(0.5 * HOUR)
    expect(g.verdict.orders).toEqual([
      { order: 'O1', ms: 5.5 * HOUR, document: AUTHORITY.document, issuer: 'tructinh', authority: AUTHORITY.name },
    ])
    const lit = g.records.flatMap((r) => (r.kind === 'screen' ? [[r.lit, r.at.wall] as const] : []))
    const dark = lit.findLast(([state]) => state === 'dark')
    expect((dark?.[1] ?? 0) - at('22:30')).toBeLessThan(2_000)
    const verdicts = g.records.flatMap((r) => (r.kind === 'verdict' ? [r] : [])).filter((v) => v.order === 'O1')
    expect(verdicts).toHaveLength(1)
    expect(verdicts[0]).toMatchObject({ winner: 'order:O1', rank: 'major-event' })
  })

  it('names the playlist, displaces what the schedule has, and says so', () => {
    const g = tell(schedule(), [event('PL-FEAST', '09:30', '11:00')])
    const under = opens(g).filter((r) => r.order === 'O1')
    expect(new Set(under.map((r) => r.item))).toEqual(new Set(['C03']))
    expect(under[0]?.languages).toEqual(['vi'])
    const verdict = g.records.find((r) => r.kind === 'verdict' && r.order === 'O1')
    expect(verdict).toMatchObject({ winner: 'order:O1', displaced: [{ claim: 'normal:AM', rank: 'normal' }] })
    const cut = g.records.find((r) => r.kind === 'close' && r.at.wall === at('09:30'))
    expect(cut).toMatchObject({ cause: 'preempted' })
    // Half an hour of it lay in the frame, an hour beyond.
    expect(g.morning).toBe(4 * HOUR)
  })

  it('is pre-empted by an emergency, and goes on after it', () => {
    const hail = ordered({ id: 'E6', issuedAt: at('20:00'), startsAt: at('20:00'), expiresAt: at('20:30') })
    const g = tell(schedule(), [event(null, '18:30', '22:30'), { at: at('20:00'), event: hail }])
    const verdict = g.records.find((r) => r.kind === 'verdict' && r.order === 'E6')
    expect(verdict).toMatchObject({ winner: 'order:E6', displaced: [{ claim: 'order:O1' }, { claim: 'quiet-hours' }] })
    const hours = (id: string) => (g.verdict.orders.find((o) => o.order === id)?.ms ?? 0) / HOUR
    expect([hours('O1'), hours('E6')]).toEqual([3.5, 0.5])
    const after = opens(g).find((r) => r.at.wall >= at('20:30'))
    expect(after).toMatchObject({ order: 'O1', item: 'C02' })
  })

  it('advertising under it stays advertising, and what counts for nothing is displaced time of the order', () => {
    const g = tell(schedule([{ ...ad(), id: 'C26' }, other('C30', { category: 'A7_2B_KNOWLEDGE' })]), [
      event('PL-FEAST', '19:00', '21:00'),
    ])
    expect(g.of('evening').ads).toBeGreaterThan(0)
    expect(g.of('evening').ads + g.of('evening').delivered).toBe(2 * HOUR)
  })

  it('with nothing that may play shows the standing page rather than the dark', () => {
    const g = tell(schedule(), [event('PL-GONE', '19:30', '21:00')])
    const under = opens(g).filter((r) => r.order === 'O1')
    expect(new Set(under.map((r) => r.item))).toEqual(new Set(['standing']))
    expect(isNearly(g.of('evening').displaced, 1.5 * HOUR)).toBe(true)
  })

  it('an order that has ended by a cancel gives the screen back at once', () => {
    const cancel = ordered({
      id: 'H1',
      action: 'cancel',
      class: 'major-event',
      references: ['O1'],
      texts: [],
      extendFrames: { playlist: null },
      authority: AUTHORITY,
      issuedAt: at('20:00:30'),
      startsAt: at('20:00:30'),
      expiresAt: at('22:30'),
    })
    const g = tell(schedule(), [event(null, '19:30', '22:30'), { at: at('20:00:30'), event: cancel }])
    expect(opens(g).filter((r) => r.at.wall > at('20:00:30'))).toEqual([])
    expect(isNearly(g.of('evening').delivered, 0.5 * HOUR + 30_000)).toBe(true)
  })
})

describe('Art. 8.2: what an order takes away is never silence', () => {
  const cases = [
    ['safety-blank', 'safety-blank'],
    ['an emergency', 'emergency'],
    ['a major event with a page of its own', 'major-event'],
  ] as const
  it.each(cases)('%s: the ledger has the time, the authority and the document', (_, kind) => {
    const order = ordered({
      id: 'X1',
      class: kind,
      authority: AUTHORITY,
      texts: kind === 'safety-blank' ? [] : [{ language: 'vi', headline: 'Lễ hội', instruction: '' }],
      issuedAt: at('04:59:59'),
      startsAt: at('05:00'),
      expiresAt: at('12:00'),
    })
    const g = tell(frames(['07:00', '10:00'], ['14:00', '17:00']), [{ at: at('05:00'), event: order }])
    expect(g.verdict.orders).toMatchObject([{ order: 'X1', document: '88/UBND-MAU', authority: 'UBND tỉnh (mẫu)' }])
    expect(g.verdict.orders[0]?.ms).toBeGreaterThan(7 * HOUR - 1_000)
    const said = g.records.flatMap((r) => (r.kind === 'order' ? [r] : []))
    expect(said.length).toBeGreaterThanOrEqual(3)
    for (const line of said) expect(line).toMatchObject({ authority: 'UBND tỉnh (mẫu)', document: '88/UBND-MAU' })
    if (kind === 'emergency') {
      expect(g.verdict.verdict).toBe('compliant')
      expect(g.of('morning').emergency).toBe(7 * HOUR)
    } else {
      expect(g.verdict.verdict).toBe('compliant-with-exemption')
      expect(g.verdict.vi).toContain('được miễn theo Điều 8.2: UBND tỉnh (mẫu), 88/UBND-MAU (X1)')
    }
  })

  it('a plan that would have met the floor without it is not called short', () => {
    const g = tell(scheduled([info()], { frames: [['07:00', '10:00']], order: ['C01'] }), [])
    expect(g.verdict.orders).toEqual([])
    expect(g.verdict.vi).not.toContain('8.2')
  })
})
