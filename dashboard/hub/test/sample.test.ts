import { describe, expect, it } from 'vitest'
import { instant } from '#core/base/units.ts'
import { CATEGORIES } from '#core/content/category.ts'
import { checkForm, checkWindow } from '#core/contract/verify.ts'
import { readSample, sampleItem } from '../demo/sample.ts'
import { NOW, SAMPLE_DIR } from './harness.ts'

const sample = readSample(SAMPLE_DIR)
const minutes = (t: string) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3))

describe('the sample data', () => {
  it('has 14 sites in the states of the survey, three of them in the fleet', () => {
    const count = (state: string) =>
      sample.sites.filter((s) => s.lifecycle === state && s.medium === 'ELECTRONIC').length
    expect([count('ACTIVE'), count('SUSPENDED'), count('PLANNED'), sample.sites.length]).toEqual([11, 1, 1, 14])
    expect(sample.sites.filter((s) => s.fleet).map((s) => s.id)).toEqual(['LC-MLT-01', 'LC-MLT-02', 'LC-MT-01'])
  })
  it('names only organisations, items and playlists that exist', () => {
    const orgs = new Set(sample.orgs.map((o) => o.id))
    const items = new Set(sample.items.map((i) => i.id))
    let checked = 0
    for (const s of sample.sites) {
      expect([orgs.has(s.contentOperator), orgs.has(s.assetOperator)]).toEqual([true, true])
      for (const id of s.plan?.playlists.flatMap((p) => p.items) ?? []) {
        expect(items.has(id)).toBe(true)
        checked += 1
      }
      const lists = new Set(s.plan?.playlists.map((p) => p.id))
      for (const f of s.plan?.frames ?? []) expect(lists.has(f.playlist)).toBe(true)
    }
    for (const i of sample.items) expect(i.supplier.org === 'system' || orgs.has(i.supplier.org)).toBe(true)
    expect(checked).toBeGreaterThan(100)
  })
  it('names for every site whom to call, with a number that nobody has; two officers for the province, one for a commune', () => {
    const phones = sample.sites.map((s) => s.contact?.phone ?? '')
    for (const phone of phones) expect(phone).toMatch(/^0900 000 \d{3}$/)
    expect(new Set(phones).size).toBe(14)
    const officers = sample.people.filter((p) => p.roles.includes('officer'))
    expect(officers.map((p) => [p.user, p.rights.length, p.areas])).toEqual([
      ['tructinh', 5, undefined],
      ['lanhdao', 5, undefined],
      ['trucxa', 2, ['03445']],
    ])
    expect(sample.sites.some((s) => s.fleet && s.unitCode === '03445')).toBe(true)
  })
  it('gives every site 3 h of frames before noon and 3 h after (Art. 8.1)', () => {
    const NOON = 720
    const EVENING = 1080
    const plans = sample.sites.flatMap((s) => (s.plan === null ? [] : [s.plan]))
    expect(plans.length).toBe(13)
    for (const plan of plans) {
      const within = (from: number, to: number) =>
        plan.frames
          .filter((f) => f.purpose === 'propaganda')
          .reduce((sum, f) => sum + Math.max(0, Math.min(to, minutes(f.to)) - Math.max(from, minutes(f.from))), 0)
      expect(within(0, NOON)).toBeGreaterThanOrEqual(180)
      expect(within(NOON, EVENING)).toBeGreaterThanOrEqual(180)
    }
  })
  it('has 30 items over all eleven categories; exactly the marked advertisements are refused', () => {
    expect(sample.items.length).toBe(30)
    expect(new Set(sample.items.flatMap((i) => i.category ?? [])).size).toBe(CATEGORIES.length)
    const asset = { sha256: 'a'.repeat(64), bytes: 1, mime: 'image/png' }
    const refused = sample.items.flatMap((s) => {
      const item = sampleItem(s, { asset, durationMs: 1000 }, 'btv')
      if (item === null) return []
      expect([s.id, checkForm(item).ok]).toEqual([s.id, true])
      const window = checkWindow(item, { site: 'LC-DK-01', at: instant(NOW), trusted: true, adsNeedPermit: true })
      return window.ok ? [] : [[s.id, window.error.reason]]
    })
    expect(refused).toEqual([
      ['C28', 'permit-expired'],
      ['C29', 'no-permit'],
    ])
  })
})
