import { describe, expect, it } from 'vitest'
import type { PlayAnswer, UptimeAnswer } from '#core/contract/operations.ts'
import { spanText } from '../format.ts'
import { csvOf } from './csv.ts'
import { addressOf, askOf, emptySearch, PLAY_COLUMNS, playRow, searchOf } from './search.ts'
import {
  dayBefore,
  monthOf,
  outageOf,
  PARTS,
  partsOf,
  rangeOf,
  ratioText,
  SORTS,
  sorted,
  totalOf,
  UPTIME_COLUMNS,
  uptimeRow,
} from './uptime.ts'

/** 2026-03-01T00:30 in Việt Nam, which is still February in UTC. */
const NOW = Date.UTC(2026, 1, 28, 17, 30)

const row = (site: string, more: Partial<UptimeAnswer>): UptimeAnswer => ({
  ...{ site, from: '2026-02-01', to: '2026-02-28', elapsedMs: 1000, shownMs: 600, darkMs: 300 },
  ...{ outageMs: { power: 50, device: 30, software: 15, unknown: 5 }, linkMs: 7, unknownMs: 0 },
  ...{ ratio: 600 / 700, outages: 3, longestMs: 50 },
  ...more,
})
const NOTHING = row('Z', { elapsedMs: 1000, shownMs: 0, darkMs: 0, unknownMs: 1000, ratio: null, longestMs: 0 })

describe('uptime', () => {
  it('takes months and days of the province', () => {
    expect(monthOf(NOW, 0)).toEqual({ from: '2026-03-01', to: '2026-03-01' })
    expect(monthOf(NOW, 1)).toEqual({ from: '2026-02-01', to: '2026-02-28' })
    expect(dayBefore('2026-03-01', 1)).toBe('2026-02-28')
    expect(dayBefore('2026-02-28', -1)).toBe('2026-03-01')
    expect(rangeOf('from=2026-01-05&to=2026-01-09', NOW)).toEqual({ from: '2026-01-05', to: '2026-01-09' })
    for (const bad of ['', 'from=2026-01-09&to=2026-01-05', 'from=x&to=y', 'from=2026-13-01&to=2026-13-02'])
      expect(rangeOf(bad, NOW), bad).toEqual(monthOf(NOW, 0))
  })
  it('adds up to the whole of the time, of one cluster and of all', () => {
    const total = totalOf([row('A', {}), row('B', { longestMs: 90 })], { from: 'a', to: 'b' })
    for (const one of [row('A', {}), total])
      expect(PARTS.reduce((sum, part) => sum + partsOf(one)[part], 0)).toBe(one.elapsedMs)
    expect([total.ratio, total.outages, total.longestMs, outageOf(total)]).toEqual([1200 / 1400, 6, 90, 200])
    expect(totalOf([], { from: 'a', to: 'b' }).ratio).toBe(null)
  })
  it('sorts the worst first or last, and what nothing is known of always last', () => {
    const rows = [row('B', { ratio: 0.99, linkMs: 1 }), NOTHING, row('A', { ratio: 0.5, linkMs: 9 })]
    const ids = (by: (typeof SORTS)[number], worst: boolean) => sorted(rows, by, worst).map((u) => u.site)
    expect(ids('ratio', true)).toEqual(['A', 'B', 'Z'])
    expect(ids('ratio', false)).toEqual(['B', 'A', 'Z'])
    expect(ids('link', true)).toEqual(['A', 'Z', 'B'])
    expect(ids('site', false)).toEqual(['A', 'B', 'Z'])
    expect(SORTS.map((by) => ids(by, true).length)).toEqual(SORTS.map(() => 3))
  })
  it('never rounds up to a hundred', () => {
    expect(ratioText(0.999999, 'vi')).toBe('99,99 %')
    expect(ratioText(1, 'en')).toBe('100.00 %')
    expect(ratioText(null, 'vi')).toBe('–')
  })
  it('writes a file row for every column', () => {
    expect(uptimeRow(row('A', {}), 'Cụm A')).toHaveLength(UPTIME_COLUMNS.length)
  })
})

const PLAY: PlayAnswer = {
  ...{ site: 'A', play: 'p', item: 'i', title: '=1+1', hash: 'ff', category: null, languages: ['vi', 'en'] },
  ...{ from: NOW, to: null, ms: 1500, cause: null, rank: 'normal', why: 'a, "b"', order: null, supplier: 's' },
  ...{ suppliedByLead: false, document: null, proof: 'seen', clock: 'synced', lit: 'lit' },
  records: { open: 3, close: null },
}

describe('search of the play log', () => {
  it('comes back from its address as it was asked', () => {
    const form = { ...emptySearch(), text: 'Lũ quét & sạt lở', site: 'LC-1', from: '2026-03-01T00:30', proof: 'seen' }
    expect(searchOf(addressOf(form))).toEqual(form)
    expect(addressOf(emptySearch())).toBe('')
    expect(searchOf('limit=5&unknown=1')).toEqual(emptySearch())
  })
  it('asks the hub in milliseconds, and does not ask what cannot be', () => {
    const asked = askOf({ ...emptySearch(), from: '2026-03-01T00:30', to: '2026-03-01T00:31' })
    expect('ask' in asked && [asked.ask.get('from'), asked.ask.get('to')]).toEqual([String(NOW), String(NOW + 60_000)])
    expect(askOf({ ...emptySearch(), from: 'x' })).toEqual({ fault: 'timeMissing' })
    expect(askOf({ ...emptySearch(), from: '2026-03-02T00:00', to: '2026-03-01T00:00' })).toEqual({
      fault: 'timeOrder',
    })
  })
  it('writes evidence numbers into the file, and no formula', () => {
    const cells = playRow(PLAY)
    expect(cells).toHaveLength(PLAY_COLUMNS.length)
    expect(cells[PLAY_COLUMNS.indexOf('record_open')]).toBe(3)
    const text = csvOf(PLAY_COLUMNS, [cells])
    expect(text.startsWith('\uFEFFsite,from,')).toBe(true)
    expect(text).toContain('"a, ""b"""')
    expect(text).toContain(`"'=1+1"`)
    expect(text.trimEnd().split('\r\n')).toHaveLength(2)
  })
})

describe('spans in words', () => {
  it('are cut to the minute and named in both languages', () => {
    const M = 60_000
    expect([0, M - 1, 51 * M, 351 * M, 51 * 60 * M].map((ms) => spanText(ms, 'vi'))).toEqual([
      'dưới 1 phút',
      'dưới 1 phút',
      '51 phút',
      '5 giờ 51 phút',
      '2 ngày 3 giờ',
    ])
    expect(spanText(61 * M, 'en')).toBe('1 h 1 min')
  })
})
