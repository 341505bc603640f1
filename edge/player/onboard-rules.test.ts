import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant, mono, type Reading } from '#core/base/units.ts'
import { outranks, priorityOf, refreshMs, retryMs, roundMsOf, STALE_SECONDS, staleSeconds } from './onboard-rules.ts'
import { DARK, order, standing, text } from './onboard-testing.ts'
import { roundOf } from './showing.ts'

const at = (wall: number, quality: Reading['quality'] = 'synced'): Reading => ({
  wall: instant(wall),
  mono: mono(0),
  quality,
  bootId: 'b',
})

test('only the real emergency has the highest priority; orders and darkness wait for nobody', () => {
  const [real, exercise, event] = [order({}), order({ status: 'exercise' }), order({ class: 'major-event' })]
  expect([real, exercise, event, text('a', ''), standing('a')].map(priorityOf)).toEqual([255, 200, 200, 100, 50])
  const pairs = [
    [real, text('a', ''), true],
    [DARK, text('a', ''), true],
    [standing('a'), real, true],
    [text('a', ''), standing('a'), false],
    [standing('a'), text('a', ''), false],
  ] as const
  for (const [wanted, underWay, breaksOff] of pairs)
    expect(outranks(priorityOf(wanted), priorityOf(underWay))).toBe(breaksOff)
})

test('an order may stay without us until it expires, within what a controller can be told; by no clock, a quarter of an hour', () => {
  const until = (expiresAt: number, quality: Reading['quality'] = 'synced') =>
    staleSeconds(order({ expiresAt }), at(1_000_000, quality))
  expect(until(1_000_000 + 3_600_000)).toBe(3_600)
  expect(until(1_000_000 + 90 * 86_400_000)).toBe(65_534)
  expect(until(1_000_000 - 5_000)).toBe(60)
  expect(until(90 * 86_400_000, 'unset')).toBe(STALE_SECONDS)
  expect(staleSeconds(text('a', ''), at(0))).toBe(STALE_SECONDS)
})

test('content is put up again after whole rounds of its pages, and before the controller would take it away', () => {
  const pages = fc.array(fc.integer({ min: 5, max: 20 }), { minLength: 1, maxLength: 16 })
  let whole = 0
  fc.assert(
    fc.property(pages, fc.integer({ min: 1, max: 100_000 }), fc.boolean(), (seconds, left, isOrder) => {
      const source = isOrder ? order({ expiresAt: left * 1000 }) : standing('a')
      const shown = seconds.map((one) => ({ text: 'a', picture: null, seconds: one }))
      const ms = refreshMs(source, shown, { at: at(0), accepts: 'text' })
      const most = (staleSeconds(source, at(0)) * 2000) / 3
      expect(ms).toBeLessThanOrEqual(most)
      expect(ms).toBeGreaterThanOrEqual(Math.min(Math.floor(most), isOrder ? 30_000 : 60_000))
      const round = seconds.length * Math.max(...seconds) * 1000
      if (seconds.length === 1 || ms === Math.floor(most)) return
      expect(ms % round).toBe(0)
      whole += 1
    }),
    { numRuns: 500 },
  )
  expect(whole).toBeGreaterThan(100)
})

test('pauses between attempts grow to ten seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1_000].map(retryMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
})

test('one round of all pages, as the engine is told of it: nothing for what stands', () => {
  const page = (seconds: number) => ({ text: 'a', picture: null, seconds })
  expect([roundMsOf([]), roundMsOf([page(9)]), roundMsOf([page(5), page(20), page(7)])]).toEqual([null, null, 60_000])
  const files = [12_000, 5_000].map((durationMs) => ({ path: 'x.bmp', durationMs }))
  expect(roundOf({ kind: 'pages', files })).toEqual({ roundMs: 17_000 })
  expect(roundOf({ kind: 'pages', files: files.slice(1) })).toEqual({})
  expect(roundOf({ kind: 'slides', files })).toEqual({})
})
