import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateAfter, parseTimeOfDay } from '../base/time.ts'
import { type Instant, instant } from '../base/units.ts'
import { holdsOn, ofDay, weekdayOfDate } from './dates.ts'
import type { Frame } from './document.ts'
import { frameAt, nextFrameStart, partsOfDay } from './frames.ts'

const ZONE = { offsetMinutes: 420 }
const ALL = [0, 1, 2, 3, 4, 5, 6]
const MINUTE = 60_000
const at = (date: string, time: string): Instant => instant(Date.parse(`${date}T${time}:00+07:00`))
const frame = (id: string, from: string, to: string, more: Partial<Frame> = {}): Frame => ({
  id,
  weekdays: ALL,
  from,
  to,
  playlist: 'PL',
  purpose: 'propaganda',
  decidedBy: 'UBND xã (mẫu)',
  reason: '',
  ...more,
})
const MONDAY = '2026-11-23'
const on = (date: string) => ({ dates: { from: date, to: date } })
const spans = (frames: readonly Frame[], date: string) =>
  partsOfDay(frames, { date, weekday: weekdayOfDate(date) }).map((p) => [p.from / MINUTE, p.to / MINUTE])

describe('dated frames', () => {
  const frames = [frame('AM', '07:00', '10:00'), frame('FEAST', '09:00', '09:30', on(MONDAY))]

  it('take what they overlap, and the rest of the undated frame stays', () => {
    const held = (time: string) => frameAt(frames, ZONE, at(MONDAY, time))
    expect(
      ['06:59', '07:00', '08:59', '09:00', '09:29', '09:30', '09:59', '10:00'].map((t) => held(t)?.frame.id),
    ).toEqual([undefined, 'AM', 'AM', 'FEAST', 'FEAST', 'AM', 'AM', undefined])
    expect(held('08:00')).toMatchObject({ from: at(MONDAY, '07:00'), to: at(MONDAY, '09:00') })
    expect(held('09:45')).toMatchObject({ from: at(MONDAY, '09:30'), to: at(MONDAY, '10:00') })
    expect(spans(frames, MONDAY)).toEqual([
      [420, 540],
      [540, 570],
      [570, 600],
    ])
  })

  it('hold on no other date, whatever order the frames are listed in', () => {
    expect(frameAt(frames, ZONE, at('2026-11-24', '09:15'))?.frame.id).toBe('AM')
    expect(frameAt(frames.toReversed(), ZONE, at(MONDAY, '09:15'))?.frame.id).toBe('FEAST')
  })

  it('need their weekday too', () => {
    const sundays = [frame('S', '08:00', '09:00', { weekdays: [0], dates: { from: MONDAY, to: '2026-11-30' } })]
    expect(spans(sundays, MONDAY)).toEqual([])
    expect(spans(sundays, '2026-11-29')).toEqual([[480, 540]])
  })

  it('are looked for beyond a week, up to 400 days', () => {
    const far = [frame('TET', '08:00', '09:00', on('2027-02-06'))]
    expect(nextFrameStart(far, ZONE, at(MONDAY, '12:00'))).toBe(at('2027-02-06', '08:00'))
    expect(nextFrameStart(far, ZONE, at('2027-02-06', '08:00'))).toBeNull()
    const tooFar = [frame('X', '08:00', '09:00', on('2028-06-01'))]
    expect(nextFrameStart(tooFar, ZONE, at(MONDAY, '12:00'))).toBeNull()
    expect(nextFrameStart([], ZONE, at(MONDAY, '12:00'))).toBeNull()
  })

  it('where one ends within an undated one, that part begins anew', () => {
    expect(nextFrameStart(frames, ZONE, at(MONDAY, '07:30'))).toBe(at(MONDAY, '09:00'))
    expect(nextFrameStart(frames, ZONE, at(MONDAY, '09:00'))).toBe(at(MONDAY, '09:30'))
    expect(nextFrameStart(frames, ZONE, at(MONDAY, '09:30'))).toBe(at('2026-11-24', '07:00'))
  })
})

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
const anyFrame = fc
  .record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    span: fc.tuple(fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 1440 })),
    weekdays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
    dates: fc.option(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), { nil: undefined }),
  })
  .map(({ id, span, weekdays, dates }) =>
    frame(id, clock(Math.min(...span)), clock(Math.max(...span)), {
      weekdays,
      ...(dates === undefined
        ? {}
        : { dates: { from: dateAfter(MONDAY, Math.min(...dates)), to: dateAfter(MONDAY, Math.max(...dates)) } }),
    }),
  )

/** Minute by minute, by the words of the contract and none of the code. */
const brute = (frames: readonly Frame[], date: string, minute: number): string | undefined => {
  const covers = (f: Frame) =>
    f.weekdays.includes(weekdayOfDate(date)) &&
    holdsOn(f.dates, date) &&
    (parseTimeOfDay(f.from) ?? 0) <= minute * MINUTE &&
    minute * MINUTE < (parseTimeOfDay(f.to) ?? 0)
  return (
    frames.find((f) => f.dates !== undefined && covers(f)) ?? frames.find((f) => f.dates === undefined && covers(f))
  )?.id
}

describe('any frames', () => {
  it('give disjoint, ordered spans whose union is what each minute says, and the same frame at each', () => {
    let minutes = 0
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.integer({ min: 0, max: 6 }), (frames, day) => {
        const date = dateAfter(MONDAY, day)
        const found = spans(frames, date)
        for (const [i, [from = 0, to = 0]] of found.entries()) {
          expect(from).toBeLessThan(to)
          const [, before = -1] = found[i - 1] ?? []
          expect(from).toBeGreaterThanOrEqual(before)
        }
        const held = new Set<number>()
        for (const [from = 0, to = 0] of found) for (let m = from; m < to; m++) held.add(m)
        for (let m = 0; m < 1440; m += 1) {
          const id = brute(frames, date, m)
          if (held.has(m) !== (id !== undefined)) throw new Error(`${date} ${clock(m)}`)
          if (m % 7 === 0) expect(frameAt(frames, ZONE, at(date, clock(m)))?.frame.id).toBe(id)
          minutes++
        }
      }),
      { numRuns: 60 },
    )
    expect(minutes).toBe(60 * 1440)
  })

  it('a frame that begins after `wall` begins no earlier than nextFrameStart says', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 4 }), fc.integer({ min: 0, max: 7 * 1440 }), (frames, minute) => {
        const wall = instant(at(MONDAY, '00:00') + minute * MINUTE)
        const start = nextFrameStart(frames, ZONE, wall)
        if (start === null) return
        expect(start).toBeGreaterThan(wall)
        const here = frameAt(frames, ZONE, start)
        expect(here?.from).toBe(start)
        // Nothing changes from none to some before it.
        for (let at = wall + MINUTE; at < start; at += 37 * MINUTE)
          expect(frameAt(frames, ZONE, instant(at))?.from ?? 0).toBeLessThanOrEqual(wall)
      }),
    )
  })
})

describe('dates', () => {
  it('are both included, as text', () => {
    const dates = { from: '2027-02-05', to: '2027-02-07' }
    expect(['2027-02-04', '2027-02-05', '2027-02-07', '2027-02-08'].map((d) => holdsOn(dates, d))).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(holdsOn(undefined, '2026-01-01')).toBe(true)
  })
  it('what is dated puts the undated out of force for a whole day, where both are asked in that way', () => {
    const plain = { weekdays: ALL, name: 'plain' }
    const feast = { weekdays: [1], dates: { from: MONDAY, to: '2026-11-30' }, name: 'feast' }
    const names = (date: string) => ofDay([plain, feast], { date, weekday: weekdayOfDate(date) }).map((w) => w.name)
    expect([names(MONDAY), names('2026-11-24'), names('2026-12-07')]).toEqual([['feast'], ['plain'], ['plain']])
  })
})
