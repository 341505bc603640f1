import { expect, test } from 'vitest'
import { instant, mono, type Reading } from '#core/base/units.ts'
import { DAY, MIDNIGHT } from '../../test/support/virtual-log.ts'
import type { Playlog } from './playlog.ts'
import { segmentsToFold } from './recall.ts'

const at = (wall: number, quality: Reading['quality'] = 'synced'): Reading => ({
  wall: instant(wall),
  mono: mono(0),
  quality,
  bootId: 'b',
})
const logOf = (dates: readonly string[], headWall: number | null = null): Pick<Playlog, 'segments' | 'recovery'> => ({
  segments: () => dates.map((date) => ({ date }) as never),
  recovery: { head: headWall === null ? null : { wall: headWall } } as never,
})
const fold = (dates: readonly string[], now: Reading, headWall?: number) =>
  segmentsToFold(logOf(dates, headWall), now, 420)

test('every segment of today and yesterday is folded at a start, however many a wild clock left of them', () => {
  const noon = MIDNIGHT + DAY / 2
  const flaps = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? '2026-11-22' : '2026-11-23'))
  expect(fold(['2026-11-20', '2026-11-21', ...flaps], at(noon))).toBe(20)
  // A few at least: an unset clock may have begun some of them; and never so many that a start takes minutes.
  expect(fold(['2026-11-20', '2026-11-23'], at(noon))).toBe(5)
  expect(fold([], at(noon))).toBe(5)
  expect(fold(['2026-11-23', ...Array.from({ length: 900 }, () => '2027-11-23')], at(noon))).toBe(200)
  // An unset clock says nothing; the last record does.
  expect(fold(['2026-11-21', ...flaps, '1970-01-01'], at(3_600_000, 'unset'), noon)).toBe(21)
  expect(fold([...flaps, '1970-01-01'], at(3_600_000, 'unset'))).toBe(5)
})
