import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, formatInstant } from '../base/time.ts'
import { instant, mono } from '../base/units.ts'
import type { RecordBody, ScreenRecord, StampedRecord } from '../evidence/record.ts'
import { emptyRuntime, energyMilliwattHours, foldRuntime, runtimeAt, runtimeOn } from './runtime.ts'

/** 2026-11-22T22:00+07:00. */
const START = Date.UTC(2026, 10, 22, 15, 0, 0)
const HOUR = 3_600_000
const line = (hours: number, body: RecordBody, boot = 'b1', stepMs = 0): StampedRecord => {
  const wall = START + hours * HOUR + stepMs
  return { at: { wall, iso: formatInstant(instant(wall), 420), mono: 1000 + hours * HOUR, q: 'synced' }, boot, ...body }
}
const screen = (lit: ScreenRecord['lit'], brightness: number | null = null): RecordBody => ({
  kind: 'screen',
  lit,
  intended: true,
  why: '',
  brightness,
})
const beat: RecordBody = { kind: 'heartbeat', play: null }
const power = (want: 'on' | 'off'): RecordBody => ({
  kind: 'power',
  want,
  stage: 'done',
  why: '',
  claim: null,
  order: null,
  step: null,
  ms: null,
})
const runtimeOf = (records: readonly StampedRecord[], offsetMinutes: number) =>
  records.reduce(foldRuntime, emptyRuntime(offsetMinutes))
const WATTS = { full: 1000, idle: 100 }

test('lit, dark and unknown by civil day, starts counted, energy by brightness', () => {
  const sum = runtimeOf(
    [
      line(0, screen('dark')),
      line(1, screen('lit', 50)),
      // Midnight of the policy's zone is at 2.
      line(4, screen('lit', 100)),
      line(5, power('off')),
      line(5, screen('dark')),
      line(7, power('on')),
      line(7, screen('unknown')),
      line(7.5, screen('lit', 20)),
      line(8, beat),
    ],
    420,
  )
  expect(runtimeOn(sum, '2026-11-22')).toMatchObject({
    litMs: HOUR,
    darkMs: HOUR,
    unknownMs: 0,
    powerStarts: 0,
    lightStarts: 1,
    litPercentMs: 50 * HOUR,
    idleMs: HOUR,
  })
  expect(runtimeOn(sum, '2026-11-23')).toMatchObject({
    litMs: 3.5 * HOUR,
    darkMs: 2 * HOUR,
    unknownMs: 0.5 * HOUR,
    powerStarts: 1,
    lightStarts: 1,
    // Without power it draws nothing.
    idleMs: 0,
  })
  // 22nd: 1 h black at 100 W, 1 h at 550 W.
  expect(energyMilliwattHours(runtimeOn(sum, '2026-11-22'), WATTS)).toBe(650_000)
  // 23rd: 2 h at 550 W, 1 h at 1000 W, 0.5 h at 280 W.
  expect(energyMilliwattHours(runtimeOn(sum, '2026-11-23'), WATTS)).toBe(2_240_000)
  expect(runtimeOn(sum, '2026-11-24').litMs).toBe(0)
})

test('a clean stop loses nothing, a cut no more than a heartbeat', () => {
  const gap = (cause: 'stopped' | 'power-cut'): RecordBody => ({
    kind: 'gap',
    cause,
    fromWall: 0,
    toWall: 0,
    lostBytes: 0,
    detail: '',
  })
  const stop: RecordBody = { kind: 'access', person: 'system', what: 'stop', detail: '' }
  const log = (last: readonly StampedRecord[], cause: 'stopped' | 'power-cut') =>
    runtimeOf([line(0, screen('lit', 100)), line(0.01, beat), ...last, line(1, gap(cause), 'b2')], 420).totals.litMs
  expect(log([line(0.02, stop)], 'stopped')).toBe(0.02 * HOUR)
  expect(log([], 'power-cut')).toBe(0.01 * HOUR)
})

test('what nobody watched is in none of it, and a new process knows nothing of the display', () => {
  const sum = runtimeOf(
    [
      line(0, screen('lit', 80)),
      line(1, beat),
      line(9, { kind: 'gap', cause: 'power-cut', fromWall: 0, toWall: 0, lostBytes: 0, detail: '' }, 'b2'),
      line(10, beat, 'b2'),
      line(10, screen('lit', 80), 'b2'),
      line(11, beat, 'b2'),
    ],
    420,
  )
  expect(sum.totals).toMatchObject({ litMs: 2 * HOUR, unknownMs: HOUR, darkMs: 0, lightStarts: 0 })
})

test('a clock that is set moves no time', () => {
  const sum = runtimeOf(
    [
      line(0, screen('lit', 100)),
      line(1, { kind: 'clock', stepMs: -3 * DAY, quality: 'synced', was: 'unset' }, 'b1', -3 * DAY),
      line(2, beat, 'b1', -3 * DAY),
    ],
    420,
  )
  expect(sum.totals.litMs).toBe(2 * HOUR)
  expect(sum.days.map(({ date, litMs }) => [date, litMs])).toEqual([
    ['2026-11-22', HOUR],
    ['2026-11-19', HOUR],
  ])
})

test('however the log is cut into calls, every watched millisecond is counted once', () => {
  const body = fc.oneof(
    fc.constantFrom<RecordBody>(beat, power('on'), power('off')),
    fc
      .tuple(fc.constantFrom('lit', 'dark', 'unknown'), fc.integer({ min: 0, max: 100 }))
      .map(([lit, b]) => screen(lit, b)),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(body, fc.integer({ min: 0, max: 5 })), { minLength: 2, maxLength: 40 }), (list) => {
      let hours = 0
      const log = list.map(([one, gap]) => {
        hours += gap
        return line(hours, one)
      })
      const sum = runtimeOf(log, 420)
      const { litMs, darkMs, unknownMs, idleMs, litPercentMs } = sum.totals
      expect(litMs + darkMs + unknownMs).toBe((hours - (list[0]?.[1] ?? 0)) * HOUR)
      expect(idleMs).toBeLessThanOrEqual(darkMs)
      expect(litPercentMs).toBeLessThanOrEqual(100 * litMs)
      expect(sum.days.length).toBeLessThanOrEqual(3)
      expect(log.reduce(foldRuntime, emptyRuntime(420))).toEqual(sum)
      const later = {
        wall: instant(START + (hours + 1) * HOUR),
        mono: mono(1000 + (hours + 1) * HOUR),
        quality: 'synced',
        bootId: 'b1',
      } as const
      const now = runtimeAt(sum, later).totals
      expect(now.litMs + now.darkMs + now.unknownMs - litMs - darkMs - unknownMs).toBe(HOUR)
    }),
  )
})
