import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SiteView } from '#core/contract/api.ts'
import { secondPersonRule } from '#core/emergency/release.ts'
import { draftFaults, emptyDraft, orderOf } from './draft.ts'
import { keepDraft, keptDraft } from './kept.ts'
import { areaOf, plotOf, reachOf, toggled, unitsOf } from './reach.ts'
import { faultsOfStep, firstStep, panelKinds, STEPS, stepAfter, stepBefore } from './steps.ts'

const site = (id: string, part: Partial<SiteView> = {}): SiteView => ({
  id,
  name: id,
  clusterClass: 'BULLETIN_BOARD',
  unitCode: '03445',
  panel: { width: 640, height: 320 },
  contentOperator: 'a',
  assetOperator: 'a',
  lifecycle: 'ACTIVE',
  sample: true,
  connected: true,
  lastSeen: null,
  clockOffsetMs: null,
  technicianPage: null,
  evidenceNext: 0,
  status: null,
  place: { lat: 22.4, lon: 103.4 },
  ...part,
})
const SITES = [
  site('A'),
  site('B', { unitCode: '03388', connected: false, place: { lat: 22.7, lon: 102.5 } }),
  site('C', { unitCode: '03388', panel: { width: 1280, height: 640 } }),
  site('D', { lifecycle: 'PLANNED', connected: false }),
]

describe('steps', () => {
  it('put every fault of a draft at exactly one step', () => {
    const drafts = [
      emptyDraft('actual'),
      { ...emptyDraft('actual'), class: 'major-event' as const, extend: { playlist: null }, minutes: 0 },
    ]
    let checked = 0
    for (const draft of drafts) {
      const spread = STEPS.flatMap((step) => faultsOfStep(draft, step))
      expect([...spread].sort()).toEqual([...draftFaults(draft)].sort())
      checked += spread.length
    }
    expect(checked).toBeGreaterThan(6)
    expect(faultsOfStep(drafts[0] ?? emptyDraft('actual'), 'template')).toEqual([])
  })
  it('go both ways and end at both ends', () => {
    expect(STEPS.map(stepAfter)).toEqual(['words', 'whom', 'release', null])
    expect(STEPS.map(stepBefore)).toEqual([null, 'template', 'words', 'whom'])
    expect(firstStep(emptyDraft('actual'))).toBe('template')
    expect(firstStep({ ...emptyDraft('actual'), action: 'update', references: ['L-1'] })).toBe('words')
  })
  it('show one picture for each kind of panel, the commonest first', () => {
    expect(panelKinds(SITES).map((kind) => kind.sites.map((s) => s.id))).toEqual([['A', 'B', 'D'], ['C']])
  })
})

describe('reach', () => {
  it('says who gets it at once and who later', () => {
    const reach = reachOf(['A', 'B', 'gone'], SITES)
    expect([reach.chosen, reach.now, reach.later.map((s) => s.id)]).toEqual([3, 1, ['B']])
  })
  it('presses a group in and out again', () => {
    const group = SITES.filter((s) => s.unitCode === '03388')
    expect(toggled(['A', 'B'], group)).toEqual(['A', 'B', 'C'])
    expect(toggled(['A', 'B', 'C'], group)).toEqual(['A'])
    expect(unitsOf(SITES).map((u) => u.name)).toEqual(['phường Đoàn Kết', 'xã Mường Tè'])
  })
  it('knows the whole province however it was chosen, so that two persons sign for it', () => {
    const rules = {
      releaseRules: {
        secondPerson: [{ class: 'emergency' as const, province: true, moreThan: null }],
        breakGlass: { classes: [], reviewWithinMs: 60_000 },
        source: 's',
      },
    }
    fc.assert(
      fc.property(fc.shuffledSubarray(['A', 'B', 'C']), (targets) => {
        const area = areaOf(targets, SITES)
        expect(area === null).toBe(targets.length === 0)
        const order = orderOf(
          { ...emptyDraft('actual'), targets },
          { id: 'x', issuer: 'y', now: 0, area, breakGlass: null },
        )
        expect(secondPersonRule(order, rules) !== null).toBe(targets.length === 3)
      }),
    )
    expect(areaOf(['B', 'C'], SITES)).toEqual({ province: false, units: ['03388'], name: 'phường Đoàn Kết' })
  })
  it('keeps every point on the map, however the clusters lie', () => {
    const coordinate = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.record({ lat: coordinate(21, 23), lon: coordinate(102, 104) }), { minLength: 1 }),
        (places) => {
          const plot = plotOf(places.map((place, i) => site(`S${i}`, { place })))
          expect(plot.points).toHaveLength(places.length)
          for (const p of plot.points) {
            expect(p.x).toBeGreaterThanOrEqual(0)
            expect(p.x).toBeLessThanOrEqual(100)
            expect(p.y).toBeGreaterThanOrEqual(0)
            expect(p.y).toBeLessThanOrEqual(100)
          }
        },
      ),
    )
    const { place: _, ...bare } = site('X')
    expect(plotOf([bare])).toMatchObject({ points: [], unplaced: 1 })
  })
})

describe('a kept draft', () => {
  const memory = () => {
    const map = new Map<string, string>()
    return {
      map,
      getItem: (key: string) => map.get(key) ?? null,
      setItem: (key: string, value: string) => void map.set(key, value),
      removeItem: (key: string) => void map.delete(key),
    }
  }
  it('comes back to the person it is of, and to nobody else', () => {
    const store = memory()
    const draft = { ...emptyDraft('exercise'), place: 'Mường Tè', targets: ['A'] }
    keepDraft(store, 'tructinh', { draft, now: 1000 })
    expect(keptDraft(store, 'tructinh', 2000)).toEqual({ at: 1000, draft })
    expect(keptDraft(store, 'other', 2000)).toBeNull()
    keepDraft(store, 'tructinh', { draft: null, now: 3000 })
    expect(store.map.size).toBe(0)
  })
  it('is forgotten when it is old, too long, of another version or damaged', () => {
    const draft = emptyDraft('actual')
    const bad: readonly unknown[] = [
      { at: 0, draft: { ...draft, status: 'test' } },
      { at: 0, draft: { ...draft, texts: {} } },
      { at: 0, draft: { ...draft, targets: [1] } },
      { at: 0, draft: { ...draft, more: 1 } },
      { at: 0, draft: null },
      { at: 'x', draft },
      null,
      [],
    ]
    for (const value of bad) {
      const store = memory()
      store.map.set('bangtin.order-draft.a', JSON.stringify(value))
      expect(keptDraft(store, 'a', 0), JSON.stringify(value)).toBeNull()
      expect(store.map.size).toBe(0)
    }
    const store = memory()
    keepDraft(store, 'a', { draft, now: 0 })
    expect(keptDraft(store, 'a', 12 * 3_600_000 + 1)).toBeNull()
    keepDraft(store, 'a', { draft: { ...draft, place: 'x'.repeat(200_001) }, now: 0 })
    expect(store.map.size).toBe(0)
    const forbidden = {
      ...memory(),
      getItem: () => {
        throw new Error('forbidden')
      },
    }
    expect(keptDraft(forbidden, 'a', 0)).toBeNull()
  })
})
