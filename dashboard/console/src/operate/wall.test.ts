import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SiteView } from '#core/contract/api.ts'
import { FAULTS } from '#core/contract/faults.ts'
import { hrefOf, parseRoute, type Route } from '../route.ts'
import { floorState } from './floor.ts'
import { filterOf, HEALTHS, type Health, healthOf, NO_FILTER, queryOf, wallOf } from './health.ts'
import { runbookOf } from './runbook.ts'

type Status = NonNullable<SiteView['status']>
const screen = { show: 'item', title: 'Lịch chợ', rank: 'normal', order: null, lit: 'lit' }
const site = (id: string, more: Partial<SiteView>, status: object | null = {}): SiteView =>
  ({
    id,
    name: `Cụm ${id}`,
    clusterClass: 'BULLETIN_BOARD',
    unitCode: '03445',
    lifecycle: 'ACTIVE',
    connected: true,
    lastSeen: 1,
    status: status === null ? null : ({ screen, faults: [], ...status } as unknown as Status),
    ...more,
  }) as SiteView
const WARNING = { id: 'door-open', detail: '' }
const CRITICAL = { id: 'display-lost', detail: '' }

/** One cluster of each state, as the wall names it. */
const ONE_OF_EACH: { readonly [H in Health]: SiteView } = {
  bad: site('E', {}, { faults: [WARNING, CRITICAL] }),
  away: site('B', { connected: false }),
  emergency: site('C', {}, { screen: { ...screen, rank: 'emergency', show: 'order', order: 'O-1' } }),
  exercise: site('D', {}, { screen: { ...screen, rank: 'emergency', show: 'order', order: 'O-2' } }),
  warn: site('A', {}, { faults: [WARNING] }),
  ok: site('F', { clusterClass: 'BORDER_GATE', unitCode: '03549', name: 'Cửa khẩu Ma Lù Thàng' }),
  dark: site('G', {}, { screen: { ...screen, rank: 'quiet-hours', show: 'dark' } }),
  inventory: site('H', { lifecycle: 'PLANNED', connected: false }, null),
}
const ORDERS = [{ order: { id: 'O-2', status: 'exercise' } }] as unknown as Parameters<typeof wallOf>[1]
const ALL = Object.values(ONE_OF_EACH).toSorted((a, b) => (a.id < b.id ? -1 : 1))

describe('the wall', () => {
  it('gives every cluster one state, and puts the worst first', () => {
    const wall = wallOf(ALL, ORDERS, NO_FILTER)
    expect(wall.rows.map((row) => row.health)).toEqual([...HEALTHS])
    for (const health of HEALTHS) {
      expect(wall.counts[health], health).toBe(1)
      expect(wall.rows.find((row) => row.health === health)?.site, health).toBe(ONE_OF_EACH[health])
    }
  })
  it('takes a fault that it does not know for a critical one', () => {
    expect(healthOf(site('X', {}, { faults: [{ id: 'of-a-newer-edge', detail: '' }] }), false)).toBe('bad')
  })
  it('finds by name, code or commune without accents; the counts are of what was found, whatever state is chosen', () => {
    const wall = wallOf(ALL, ORDERS, { ...NO_FILTER, text: 'muong te', health: 'warn' })
    expect(wall.rows.map((row) => row.site.id)).toEqual(['A'])
    expect(wall.all).toBe(ALL.length - 1)
    expect(wall.counts.ok).toBe(0)
    const gates = wallOf(ALL, ORDERS, { ...NO_FILTER, clusterClass: 'BORDER_GATE' })
    expect(gates.rows.map((row) => row.site.id)).toEqual(['F'])
    expect(wallOf(ALL, ORDERS, { ...NO_FILTER, unit: '03549', text: 'lu' }).rows).toHaveLength(1)
  })
  it('keeps its filter in the address, and leaves out what it does not know', () => {
    const filter = { text: 'Mường Tè', health: 'away', clusterClass: 'BORDER_GATE', unit: '03445' } as const
    expect(filterOf(queryOf(filter, 'map'))).toEqual({ ...filter, view: 'map' })
    expect(queryOf(NO_FILTER, 'cards')).toBe('')
    expect(filterOf('state=broken&view=cinema&class=X')).toEqual({ ...NO_FILTER, view: 'cards' })
  })
})

describe('where a floor stands', () => {
  const open = { owedMs: 10, leftMs: 20, recordedMs: 5, feasible: true }
  it('says met, on the way, out of reach, missed or not recorded', () => {
    expect(floorState({ ...open, owedMs: 0 })).toBe('met')
    expect(floorState(open)).toBe('going')
    expect(floorState({ ...open, leftMs: 5, feasible: false })).toBe('short')
    expect(floorState({ ...open, leftMs: 0, feasible: false })).toBe('missed')
    expect(floorState({ ...open, leftMs: 0, recordedMs: 0, feasible: false })).toBe('absent')
  })
})

describe('addresses', () => {
  const routes: readonly Route[] = [
    { page: 'clusters', query: 'state=bad&q=a%2Fb' },
    { page: 'site', site: 'LC-1', query: 'day=2026-11-22' },
    { page: 'incidents', query: 'state=all' },
    { page: 'incident', incident: 'i-1' },
    { page: 'uptime', query: 'from=2026-11-01&to=2026-11-30' },
    { page: 'playlog', site: null, query: 'text=a%3Fb' },
    { page: 'playlog', site: 'LC-1', query: '' },
  ]
  it('lead back to the page they were made of', () => {
    for (const route of routes) expect(parseRoute(hrefOf(route)), hrefOf(route)).toEqual(route)
    expect(routes).toHaveLength(7)
  })
})

describe('the runbook of the pages', () => {
  it('has advice in both languages for every fault', () => {
    const book = runbookOf(readFileSync('deploy/RUNBOOK.md', 'utf8'))
    let checked = 0
    for (const id of Object.keys(FAULTS)) {
      for (const lang of ['vi', 'en'] as const) {
        const advice = book[id]?.[lang]
        expect(advice?.meaning, `${id} ${lang}`).not.toBe('')
        expect(advice?.look, `${id} ${lang}`).not.toBe('')
        expect(advice?.act.length ?? 0, `${id} ${lang}`).toBeGreaterThan(20)
      }
      checked++
    }
    expect(checked).toBeGreaterThan(20)
  })
  it('reads points that go on in the next line, and leaves out a section without advice', () => {
    const book = runbookOf('## a-b\n\n- **Làm gì**: một **hai**\n  ba\n- **Do**: x\n\n## c\n\ntext\n')
    expect(Object.keys(book)).toEqual(['a-b'])
    expect(book['a-b']?.vi.act).toBe('một hai ba')
    expect(book['a-b']?.en.act).toBe('x')
  })
})
