import { afterAll, describe, expect, it } from 'vitest'
import { percent } from '#core/base/units.ts'
import { foldPlays } from '#core/evidence/query.ts'
import type { EvidenceRecord, StampedRecord } from '#core/evidence/record.ts'
import { ad, at, frames, info, judged, ordered, scheduled, tell } from './airtime-days.ts'

const THREE_HOURS = 10_800_000
const HOUR = 3_600_000
const S = 1_000

/** Each case, so that none is left out unseen. */
const told: string[] = []
const golden = (name: string, body: () => void): void => {
  it(name, () => {
    told.push(name.slice(0, name.indexOf(':')))
    body()
  })
}

const plays = (records: readonly StampedRecord[]) => [
  ...foldPlays(
    'LC-MLT-01',
    records.map((r, seq): EvidenceRecord => ({ seq, prev: '', ...r })),
  ),
]

describe('golden cases of Art. 8, by the real engine', () => {
  golden('G1: 07:00–10:00 and 14:00–17:00 are exactly enough', () => {
    const g = tell(frames(['07:00', '10:00'], ['14:00', '17:00']), [])
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([THREE_HOURS, THREE_HOURS, 'compliant'])
  })

  golden('G2: six hours in one go leave the afternoon 7,200 s short', () => {
    const g = tell(frames(['07:00', '13:00']), [])
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([18_000 * S, 3_600 * S, 'non-compliant'])
    expect(g.verdict.periods.map((p) => [p.period, p.result, p.missingMs])).toEqual([
      ['morning', 'met', 0],
      ['afternoon', 'short', 7_200 * S],
    ])
  })

  golden('G3: six minutes of advertising inside leave the morning 360 s short', () => {
    const order = [...Array.from({ length: 29 }, () => 'C01'), 'C26']
    // While the frame was to last until noon the advertisements could be afforded; at 10:00 the operator cut it.
    const long = scheduled([info(), ad()], {
      frames: [
        ['07:00', '12:00'],
        ['14:00', '17:00'],
      ],
      order,
    })
    const cut = scheduled([info()], {
      frames: [
        ['07:00', '10:00'],
        ['14:00', '17:00'],
      ],
      order: ['C01'],
    })
    const g = tell(long, [{ at: at('10:00'), event: cut }])
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([10_440 * S, THREE_HOURS, 'non-compliant'])
    expect([g.of('morning').ads, g.verdict.periods[0]?.missingMs]).toEqual([360 * S, 360 * S])
    expect(g.verdict.en).toBe('2026-11-23: not compliant: the morning is 360 s short (advertising).')
    expect(
      plays(g.records)
        .filter((p) => p.item === 'C26')
        .map((p) => p.ms),
    ).toEqual(Array(6).fill(60 * S))
  })

  golden('G3b: where the frame is no longer than the floor, the planner shows no advertisement at all', () => {
    const order = [...Array.from({ length: 29 }, () => 'C01'), 'C26']
    const g = tell(
      scheduled([info(), ad()], {
        frames: [
          ['07:00', '10:00'],
          ['14:00', '17:00'],
        ],
        order,
      }),
      [],
    )
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([THREE_HOURS, THREE_HOURS, 'compliant'])
    expect(g.of('morning').ads + g.of('afternoon').ads).toBe(0)
  })

  golden('G4: the evening is not the afternoon', () => {
    const g = tell(frames(['08:00', '11:00'], ['18:00', '21:00']), [])
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([THREE_HOURS, 0, 'non-compliant'])
    expect(g.of('evening').delivered).toBe(THREE_HOURS)
  })

  golden('G5: ten minutes with the panel off are missing, and the cause is the display', () => {
    // Without a picture signal the panel is dark whatever it is told; its controller is read at both moments.
    const read = (signal: boolean) => ({
      event: 'display-observed' as const,
      result: { ok: true as const, value: { ...LIT, signal } },
    })
    const g = tell(frames(['07:00', '10:00'], ['14:00', '17:00']), [
      { at: at('15:10'), panel: 'dark' },
      { at: at('15:10'), event: read(false) },
      { at: at('15:20'), panel: 'lit' },
      { at: at('15:20'), event: read(true) },
    ])
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([THREE_HOURS, 10_200 * S, 'non-compliant'])
    expect(g.of('afternoon').faults).toEqual({
      gap: 0,
      display: 600 * S,
      'display-unknown': 0,
      'nothing-playing': 0,
      unproven: 0,
    })
    expect(g.verdict.vi).toBe(
      'Ngày 2026-11-23: không đủ thời lượng: buổi chiều thiếu 10 phút (màn hình tắt ngoài ý muốn).',
    )
  })

  golden('G6: an emergency from 09:00 to 18:00 counts, in its own column, and flags the day 8.2', () => {
    const order = ordered({ id: 'E1', issuedAt: at('09:00'), startsAt: at('09:00'), expiresAt: at('18:00') })
    const g = tell(frames(), [{ at: at('09:00'), event: order }])
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([THREE_HOURS, 21_600 * S, 'compliant'])
    expect([g.of('morning').emergency, g.of('afternoon').emergency]).toEqual([THREE_HOURS, 21_600 * S])
    const authority = 'Ban Chỉ huy phòng thủ dân sự (mẫu)'
    expect(g.verdict.orders).toEqual([
      { order: 'E1', ms: 32_400 * S, document: '12/CĐ-MAU', issuer: 'tructinh', authority },
    ])
  })

  golden('G7: a screen ordered dark all morning is exempt, the afternoon is met', () => {
    const order = ordered({
      id: 'B1',
      class: 'safety-blank',
      texts: [],
      issuedAt: at('04:59:59'),
      startsAt: at('05:00'),
      expiresAt: at('12:00'),
      authority: { name: 'UBND tỉnh (mẫu)', document: '5/CĐ-MAU' },
    })
    const g = tell(frames(['07:00', '10:00'], ['14:00', '17:00']), [{ at: at('05:00'), event: order }])
    expect([g.morning, g.afternoon, g.verdict.verdict]).toEqual([0, THREE_HOURS, 'compliant-with-exemption'])
    expect(g.verdict.periods[0]).toMatchObject({ period: 'morning', result: 'exempt', missingMs: THREE_HOURS })
    expect(g.verdict.orders.map((o) => [o.order, o.document])).toEqual([['B1', '5/CĐ-MAU']])
    // Dark is not believed before the controller says so: those milliseconds are nobody's.
    const { ordered: taken, faults } = g.of('morning')
    expect(taken + faults['display-unknown']).toBe(7 * HOUR)
    expect(faults['display-unknown']).toBeLessThanOrEqual(100)
  })

  golden('G8: a clip over noon is split', () => {
    const clip = info({ durationMs: 60 * S, validTo: at('12:00:30') })
    const g = tell(scheduled([clip], { frames: [['11:00', '13:00']], order: ['C01'] }), [], '11:59:30')
    expect([g.morning, g.afternoon]).toEqual([30 * S, 30 * S])
    expect(
      plays(g.records)
        .filter((p) => p.item === 'C01')
        .map((p) => [p.from, p.ms]),
    ).toEqual([[at('11:59:30'), 60 * S]])
  })

  golden('G9: the clock jumps back ten minutes during a play: its own length counts', () => {
    const clip = info({ durationMs: 30 * 60 * S, validTo: at('08:20') })
    const g = tell(scheduled([clip], { frames: [['08:00', '11:00']], order: ['C01'] }), [
      { at: at('08:20'), clock: { stepMs: -600 * S, quality: 'synced' } },
    ])
    const parts = plays(g.records).filter((p) => p.item === 'C01')
    expect(parts.map((p) => [p.from, p.ms])).toEqual([
      [at('08:00'), 1_200 * S],
      [at('08:10'), 600 * S],
    ])
    expect(g.morning).toBe(1_800 * S)
    for (const p of g.day.periods)
      expect(p.delivered + p.ads + p.other + p.dark + p.faulted + p.displaced).toBe(p.elapsed)
  })

  golden('G10: an interval that is logged twice after a reconnect counts once', () => {
    const once = tell(frames(['07:00', '10:00'], ['14:00', '17:00']), [
      // The player repeats itself when it is connected again.
      ...['virtual-1', 'virtual-2', 'virtual-3'].map((play) => ({
        at: at('07:00:01'),
        event: { event: 'player', what: 'shown', play, proof: 'acknowledged', how: 'again' } as const,
      })),
    ])
    const halves = [once.records.slice(0, 700), once.records.slice(300), once.records]
    const twice = judged(halves.flat())
    expect(twice.day).toEqual(once.day)
    expect([twice.morning, twice.afternoon]).toEqual([THREE_HOURS, THREE_HOURS])
    expect(plays(halves.flat()).length).toBe(plays(once.records).length)
  })

  afterAll(() => expect(told).toEqual(['G1', 'G2', 'G3', 'G3b', 'G4', 'G5', 'G6', 'G7', 'G8', 'G9', 'G10']))
})

const LIT = {
  model: 'virtual',
  firmware: null,
  power: null,
  brightness: percent(60),
  blackout: false,
  testPattern: 'none',
  freeze: false,
  input: null,
  temperature: null,
  voltage: null,
  cards: 1,
  sensors: [],
} as const
