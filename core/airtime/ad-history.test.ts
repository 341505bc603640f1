import { expect, it } from 'vitest'
import { instant, mono } from '../base/units.ts'
import { type AdShowing, agoOf, withClockStep } from './ad-history.ts'

const shown = (wall: number): AdShowing => ({
  item: 'Q1',
  boot: 'one',
  fromWall: instant(wall),
  fromMono: mono(0),
  ms: 20_000,
  isSplit: false,
})
const now = { wall: instant(4_000_000), mono: mono(5_000), bootId: 'two' }

it('moves what was shown before a restart when the clock turns out to have been wrong', () => {
  // Shown at 600 s true time by a clock that was 400 s behind; the next process sets it right.
  const [moved] = withClockStep([shown(200_000)], { stepMs: 400_000, was: 'holdover', quality: 'synced' })
  expect(moved && agoOf(moved, now)).toEqual({ begin: 3_400_000, end: 3_380_000 })
})

it('lets be what a clock that was unset says nothing of, and a step of nothing', () => {
  const history = [shown(200_000)]
  expect(withClockStep(history, { stepMs: 400_000, was: 'unset', quality: 'synced' })).toBe(history)
  expect(withClockStep(history, { stepMs: -400_000, was: 'synced', quality: 'unset' })).toBe(history)
  expect(withClockStep(history, { stepMs: 0, was: 'synced', quality: 'synced' })).toBe(history)
})
