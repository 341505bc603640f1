import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytes,
  clock,
  countdown,
  day,
  fromInput,
  hoursMinutes,
  hoursMinutesUp,
  latency,
  stamp,
  toDateInput,
  toInput,
} from './format.ts'

/** 2026-11-22T23:30:05+07:00 */
const LATE = Date.UTC(2026, 10, 22, 16, 30, 5)

describe('format', () => {
  it('shows times in the province whatever the zone of the browser', () => {
    expect(stamp(LATE)).toBe('22/11/2026 23:30:05')
    expect(day(LATE + 3_600_000)).toBe('23/11/2026')
    expect(clock(LATE)).toBe('23:30:05')
    expect(toInput(LATE)).toBe('2026-11-22T23:30:05')
  })
  it('reads back what an input holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (s) => {
        expect(fromInput(toInput(s * 1000))).toBe(s * 1000)
      }),
    )
    expect(fromInput('2026-11-22')).toBe(Date.UTC(2026, 10, 21, 17))
    expect(toDateInput(Date.UTC(2026, 10, 21, 17))).toBe('2026-11-22')
    expect(fromInput('')).toBeUndefined()
  })
  it('never rounds airtime up to the floor', () => {
    expect(hoursMinutes(10_799_999)).toBe('02:59')
    expect(hoursMinutes(10_800_000)).toBe('03:00')
    // Delivered and missing add up to the floor.
    expect([hoursMinutes(5_370_000), hoursMinutesUp(10_800_000 - 5_370_000)]).toEqual(['01:29', '01:31'])
  })
  it('shows spans in units a person reads', () => {
    expect([latency(84), latency(1270), latency(185_000)]).toEqual(['84 ms', '1.27 s', '3 min 5 s'])
    expect([latency(-185_000), latency(86_400_000)]).toEqual(['-3 min 5 s', '24 h 0 min'])
    expect([countdown(59_001), countdown(3_661_000)]).toEqual(['01:00', '1:01:01'])
    expect([bytes(10), bytes(2048), bytes(5_242_880), bytes(2_147_483_648)]).toEqual([
      '10 B',
      '2 KB',
      '5.0 MB',
      '2.00 GB',
    ])
  })
})
