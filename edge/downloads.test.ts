import { describe, expect, it } from 'vitest'
import { instant, mono, type Reading } from '#core/base/units.ts'
import { downloadsFault, downloadsOf, inWindow } from './downloads.ts'

const at = (time: string, quality: Reading['quality'] = 'synced'): Reading => ({
  wall: instant(Date.parse(`2026-11-23T${time}+07:00`)),
  mono: mono(0),
  quality,
  bootId: 'b',
})
const window = (from: string, to: string) => downloadsOf({ window: { from, to } }).window

describe('hours for downloads', () => {
  it.each([
    ['22:00', '05:00', '21:59:59', false],
    ['22:00', '05:00', '22:00:00', true],
    ['22:00', '05:00', '23:59:59', true],
    ['22:00', '05:00', '00:00:00', true],
    ['22:00', '05:00', '04:59:59', true],
    ['22:00', '05:00', '05:00:00', false],
    ['01:00', '05:00', '00:59:59', false],
    ['01:00', '05:00', '01:00:00', true],
    ['01:00', '05:00', '05:00:00', false],
    ['22:00', '24:00', '23:59:59', true],
    ['22:00', '24:00', '00:00:00', false],
  ] as const)('%s to %s at %s: %s', (from, to, time, open) => {
    expect(inWindow(window(from, to), at(time), 420)).toBe(open)
  })
  it('without hours, or with a clock that nobody set, any hour is one', () => {
    expect(inWindow(null, at('12:00:00'), 420)).toBe(true)
    expect(inWindow(window('22:00', '05:00'), at('12:00:00', 'unset'), 420)).toBe(true)
  })
  it('has every default', () => {
    expect(downloadsOf(undefined)).toEqual({ bitsPerSecond: null, window: null, budgetBytes: null })
    expect(downloadsOf({ kbitPerSecond: 512, budgetMegabytes: 20 })).toEqual({
      bitsPerSecond: 512_000,
      window: null,
      budgetBytes: 20_000_000,
    })
  })
})

it('hours that begin when they end are refused, with what to do', () => {
  expect(downloadsFault({ window: { from: '22:00', to: '22:00' } })).toContain('/downloads/window')
  expect(downloadsFault({ window: { from: '22:00', to: '05:00' } })).toBeNull()
  expect(downloadsFault(undefined)).toBeNull()
})
