import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant, mono, type Reading } from '../base/units.ts'
import type { RecordBody, StampedRecord } from '../evidence/record.ts'
import { dayOf, emptyLedger, finishedDays, fold, foldAll, type Ledger, totalsAt } from './ledger.ts'
import { AD, at, closeOf, day, EMERGENCY, EPOCH, openOf, POLICY, play, reading, screenOf, stamped } from './samples.ts'

/** A story of the engine: what happens, and how many milliseconds later the next thing does. */
const happening = fc.record({
  what: fc.constantFrom(
    'open',
    'ad',
    'emergency',
    'proof',
    'contradicted',
    'close',
    'lit',
    'dark',
    'quiet',
    'unknown',
    'blank',
    'normal',
    'beat',
    'step',
    'gap',
    'cut',
  ),
  after: fc.oneof(fc.nat(90_000), fc.nat(4 * 3_600_000)),
  step: fc.integer({ min: -7_200_000, max: 7_200_000 }),
})
type Happening = { readonly what: string; readonly after: number; readonly step: number }

const bodyOf = (h: Happening, n: number): RecordBody => {
  const id = `p${n}`
  if (h.what === 'open') return openOf(id)
  if (h.what === 'ad') return openOf(id, AD)
  if (h.what === 'emergency') return openOf(id, EMERGENCY)
  if (h.what === 'proof') return { kind: 'proof', play: id, proof: 'acknowledged', how: '' }
  if (h.what === 'contradicted') return { kind: 'proof', play: id, proof: 'contradicted', how: '' }
  if (h.what === 'close') return closeOf(id, { proof: h.step > 0 ? 'acknowledged' : 'commanded' })
  if (h.what === 'cut') return closeOf(id, { cause: 'power-cut', proof: 'commanded' })
  if (h.what === 'lit' || h.what === 'dark' || h.what === 'unknown') return screenOf(h.what, false)
  if (h.what === 'quiet') return screenOf('dark', true)
  if (h.what === 'blank')
    return { kind: 'verdict', winner: 'O', rank: 'safety-blank', displaced: [], order: h.step > 0 ? 'O' : null }
  if (h.what === 'normal') return { kind: 'verdict', winner: 's', rank: 'normal', displaced: [], order: null }
  if (h.what === 'step') return { kind: 'clock', stepMs: h.step, quality: 'synced', was: 'synced' }
  if (h.what === 'gap') return { kind: 'gap', cause: 'stopped', fromWall: 0, toWall: 0, lostBytes: 0, detail: '' }
  return { kind: 'heartbeat', play: null }
}

const story = (list: readonly Happening[], start: Reading): readonly StampedRecord[] => {
  let now = start
  let n = 0
  return list.map((h) => {
    if (['open', 'ad', 'emergency'].includes(h.what)) n++
    if (h.what === 'step') now = { ...now, wall: instant(now.wall + h.step) }
    const record = stamped(now, bodyOf(h, n))
    now = { ...now, wall: instant(now.wall + h.after), mono: mono(now.mono + h.after) }
    return record
  })
}

const columns = (ledger: Ledger): { readonly parts: number; readonly elapsed: number; readonly faults: boolean } => {
  let [parts, elapsed, faults] = [0, 0, true]
  for (const kept of ledger.days)
    for (const p of dayOf(ledger, kept.date).periods) {
      const sum = p.delivered + p.ads + p.other + p.dark + p.faulted + p.displaced
      expect(sum).toBe(p.elapsed)
      expect(Math.min(p.delivered, p.ads, p.other, p.dark, p.faulted, p.displaced)).toBeGreaterThanOrEqual(0)
      faults &&= Object.values(p.faults).reduce((a, b) => a + b, 0) === p.faulted
      parts += sum
      elapsed += p.elapsed
    }
  return { parts, elapsed, faults }
}

test('delivered + ads + other + dark + faulted + displaced = elapsed, exactly, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 10 }), (list) => {
      const records = story(list, reading(at('2026-11-22 09:00')))
      const ledger = foldAll(emptyLedger(POLICY), records)
      const settled = { ...ledger, days: ledger.days }
      const last = records.at(-1)
      const passed = last === undefined ? 0 : last.at.mono - (records[0]?.at.mono ?? 0)
      const dates = new Set([...settled.days.map((d) => d.date), ...(ledger.open?.pending ?? []).map((s) => s.date)])
      let total = 0
      for (const date of dates) for (const p of dayOf(ledger, date).periods) total += p.elapsed
      expect(columns(ledger).faults).toBe(true)
      // Three days are kept: a longer story has more elapsed time than its detail still shows.
      if (dates.size <= 2) expect(total).toBe(passed)
      const t = totalsAt(ledger, reading(EPOCH, { bootId: 'other' }))
      const waiting = (ledger.open?.pending ?? []).reduce((sum, s) => sum + s.ms, 0)
      expect(t.public + t.emergency + t.ads + t.other + t.dark + t.faulted + t.displaced + waiting).toBe(passed)
    }),
    { numRuns: 500 },
  )
})

test('folding every record twice at once, or the whole story twice, changes nothing', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30 }), (list) => {
      // A gap or a cut said twice at one instant is the same; only those that begin something could differ.
      const records = story(list, reading(at('2026-11-22 09:00')))
      const once = foldAll(emptyLedger(POLICY), records)
      const doubled = foldAll(
        emptyLedger(POLICY),
        records.flatMap((r) => [r, r]),
      )
      expect(doubled.totals).toEqual(once.totals)
    }),
    { numRuns: 300 },
  )
})

test('a refused order changes nothing of the one whose id it bears', () => {
  const line = { kind: 'order', order: 'FLOOD', class: 'emergency', status: 'actual', key: 'k', detail: '' } as const
  const real = { ...line, document: '12/CĐ', issuer: 'lead', authority: 'Ban Chỉ huy PCTT' }
  const forged = {
    ...line,
    class: 'priority',
    document: '99/X',
    issuer: 'commune',
    authority: 'Xã',
    allClear: true,
  } as const
  const records = day(
    ['07:00', { ...real, stage: 'received', reason: null }],
    ['07:10', { ...forged, stage: 'refused', reason: 'id-reused' }],
    ['07:20', { ...forged, order: 'NEVER', stage: 'refused', reason: 'no-right' }],
  )
  const { orders } = foldAll(emptyLedger(POLICY), records)
  expect(orders).toEqual({
    FLOOD: {
      class: 'emergency',
      status: 'actual',
      allClear: false,
      document: '12/CĐ',
      issuer: 'lead',
      authority: 'Ban Chỉ huy PCTT',
    },
  })
})

test('memory is bounded: half a year of days keeps three', () => {
  let ledger = emptyLedger(POLICY)
  let now = reading(at('2026-06-01 00:00'), { mono: mono(0) })
  for (let hour = 0; hour < 24 * 183; hour++) {
    ledger = fold(ledger, stamped(now, openOf(`p${hour}`)))
    if (hour % 24 === 0)
      ledger = fold(
        ledger,
        stamped(now, {
          kind: 'order',
          order: `o${hour}`,
          class: null,
          stage: 'received',
          reason: null,
          document: null,
          issuer: null,
          key: null,
          detail: '',
        }),
      )
    now = { ...now, wall: instant(now.wall + 3_600_000), mono: mono(now.mono + 3_600_000) }
    ledger = fold(ledger, stamped(now, closeOf(`p${hour}`)))
  }
  expect(ledger.days.length).toBe(3)
  expect(ledger.closed.length).toBeLessThanOrEqual(64)
  expect(JSON.stringify(ledger).length).toBeLessThan(40_000)
})

test('a play without sufficient proof is faulted; with proof it counts from its open', () => {
  const of = (proof: 'commanded' | 'acknowledged') => {
    const records = day(['00:00', screenOf('lit', true)], ['07:00', openOf('a')], ['08:00', closeOf('a', { proof })])
    const morning = dayOf(foldAll(emptyLedger(POLICY), records), '2026-11-22').periods.find(
      (p) => p.period === 'morning',
    )
    return [morning?.delivered, morning?.faults.unproven]
  }
  expect(of('commanded')).toEqual([0, 3_600_000])
  expect(of('acknowledged')).toEqual([3_600_000, 0])
})

test('a power cut: the time until the next boot is a gap, the play ends with its last heartbeat', () => {
  const before = day(['06:00', screenOf('lit', true)], ...play('a', '07:00', '10:00').slice(0, 2), [
    '08:00',
    { kind: 'heartbeat', play: 'a' },
  ])
  const woke = reading(at('2026-11-22 09:00'), { bootId: 'boot-2', mono: mono(5_000) })
  const ledger = foldAll(emptyLedger(POLICY), [
    ...before,
    stamped(woke, closeOf('a', { cause: 'power-cut', ms: 3_600_000, proof: 'commanded' })),
    stamped(woke, {
      kind: 'gap',
      cause: 'power-cut',
      fromWall: at('2026-11-22 08:00'),
      toWall: woke.wall,
      lostBytes: 0,
      detail: '',
    }),
  ])
  const morning = dayOf(ledger, '2026-11-22').periods.find((p) => p.period === 'morning')
  expect([morning?.delivered, morning?.faults.gap, morning?.elapsed]).toEqual([3_600_000, 3_600_000, 3 * 3_600_000])
})

test('a start with an unset clock: the hole is entered once the clock is set, and the days stay exact', () => {
  const before = day(['07:00', screenOf('lit', true)], ['08:00', { kind: 'heartbeat', play: null }])
  const boot = { bootId: 'boot-2', quality: 'unset' as const }
  const set = reading(at('2026-11-22 10:00'), { bootId: 'boot-2', mono: mono(60_000) })
  const ledger = foldAll(emptyLedger(POLICY), [
    ...before,
    stamped(reading(instant(0), { ...boot, mono: mono(0) }), {
      kind: 'gap',
      cause: 'power-cut',
      fromWall: 0,
      toWall: 0,
      lostBytes: 0,
      detail: '',
    }),
    stamped(set, { kind: 'clock', stepMs: 1, quality: 'synced', was: 'unset' }),
  ])
  const morning = dayOf(ledger, '2026-11-22').periods.find((p) => p.period === 'morning')
  expect(morning?.faults.gap).toBe(2 * 3_600_000 - 60_000)
  expect(dayOf(ledger, '1970-01-01').clockUnset).toBe(60_000)
})

test('finished days are given oldest first, today is not among them', () => {
  const records = [reading(at('2026-11-20 10:00')), reading(at('2026-11-22 10:00'))].map((r) =>
    stamped(r, { kind: 'heartbeat' as const, play: null }),
  )
  const ledger = foldAll(emptyLedger(POLICY), records)
  expect(finishedDays(ledger, reading(at('2026-11-22 11:00'))).map((d) => d.date)).toEqual(['2026-11-20', '2026-11-21'])
})
