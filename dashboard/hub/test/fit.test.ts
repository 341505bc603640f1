import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiError, ItemView, PanelFit, PreviewAnswer } from '#core/contract/api.ts'
import { makePreview } from '../preview/preview.ts'
import type { SiteRecord } from '../store/types.ts'
import { approvalOf, draftOf, type Person, type Signer, startDesk, type World } from './harness.ts'

let world: World
let editor: Person
let approver: Person
let signer: Signer
beforeAll(async () => {
  ;({ world, editor, approver, signer } = await startDesk())
})
afterAll(() => world.close())

const submit = async (over: object) => (await (await editor.upload(draftOf(over), null)).json()) as ItemView
const fits = async (id: string) => (await (await editor.get(`/api/items/${id}/fit`)).json()) as readonly PanelFit[]
const approve = (v: ItemView) =>
  approver.post(`/api/items/${v.item.id}/approve`, { envelope: approvalOf(signer, v, {}) })
const vi = (title: string, body: string) => ({ texts: [{ language: 'vi', title, body }] })
const BOTH = { sites: ['LC-MLT-01', 'LC-MT-01'] }

describe('an item of text', () => {
  it('is measured for every panel it is meant for', async () => {
    const view = await submit({ ...vi('Lịch chợ phiên', 'Chủ nhật hằng tuần.'), ...BOTH })
    const found = await fits(view.item.id)
    expect(found.map((f) => [f.site, f.width, f.height, f.pages, f.faults.length])).toEqual([
      ['LC-MLT-01', 1280, 640, 1, 0],
      ['LC-MT-01', 768, 384, 1, 0],
    ])
    for (const { needsMs, smallest, least } of found) {
      expect(needsMs).toBeLessThanOrEqual(view.item.durationMs)
      expect(smallest).toBeGreaterThanOrEqual(least)
    }
    expect((await approve(view)).status).toBe(200)
  })

  const refused: readonly (readonly [string, object, string, RegExp])[] = [
    ['time', { ...vi('Thông báo', 'từ '.repeat(80)), durationMs: 6_000 }, 'no-time', /lasts 6 s.*set at least \d+ s/],
    ['fonts', vi('Thông báo', 'cháy 🔥'), 'no-glyph', /🔥 \(U\+1F525\)/],
    ['width', vi('Thông báo', 'nghiêng'.repeat(12)), 'word-too-wide', /nghiêngnghiêng/],
    ['pages', { ...vi('Thông báo', 'nghiêng '.repeat(240)), durationMs: 600_000 }, 'none', /^$/],
  ]
  it.each(refused)('is not approved when it does not fit: %s', async (what, over, kind, says) => {
    const view = await submit({ ...over, ...BOTH })
    const found = await fits(view.item.id)
    const answer = await approve(view)
    if (kind === 'none') {
      // Long texts are allowed: they are paged, and here there is time enough.
      expect(
        found.every((f) => f.pages > 1 && f.faults.length === 0),
        what,
      ).toBe(true)
      return expect(answer.status).toBe(200)
    }
    expect(found.map((f) => f.faults.map((fault) => fault.kind))).toEqual([[kind], [kind]])
    expect(answer.status).toBe(422)
    const error = (await answer.json()) as ApiError
    expect([error.error, error.where]).toEqual(['text-unfit', '/texts'])
    expect(error.message.en).toMatch(says)
    expect(error.message.vi).toContain('LC-MT-01 (768×384)')
    const items = (await (await editor.get('/api/items')).json()) as ItemView[]
    expect(items.find((v) => v.item.id === view.item.id)?.state).toBe('submitted')
  })

  it('is not put into the schedule of a cluster whose panel it does not fit, though it was approved for another', async () => {
    const view = await submit({ ...vi('Thông báo', 'nghiêng'.repeat(5)), sites: ['LC-MLT-01'] })
    expect((await approve(view)).status).toBe(200)
    const prepare = (site: string) =>
      approver.post('/api/schedules/prepare', { sites: [site], addItems: [view.item.id], removeItems: [] })
    expect((await prepare('LC-MLT-01')).status).toBe(200)
    const sites = world.hub.hub.sites as Map<string, SiteRecord>
    const before = sites.get('LC-MT-01') as SiteRecord
    sites.set(before.id, { ...before, panel: { width: 192, height: 96 } })
    const elsewhere = await prepare('LC-MT-01')
    sites.set(before.id, before)
    expect([elsewhere.status, ((await elsewhere.json()) as ApiError).error]).toEqual([422, 'text-unfit'])
  })

  it('of the sample data stands on every panel it is meant for, and on every other of the province', async () => {
    const all = (await (await editor.get('/api/items')).json()) as ItemView[]
    const panels = [...world.hub.hub.sites.values()].filter((site) => site.panel !== null)
    let checked = 0
    for (const { item, submitterName } of all.filter((v) => v.item.kind === 'text' && v.item.sample))
      for (const site of panels) {
        const { faults } = world.hub.hub.preview.fit(item, site.id, site.panel)
        expect(faults, `${item.id} at ${site.id}, ${submitterName}`).toEqual([])
        checked += 1
      }
    expect(checked).toBeGreaterThan(20)
  })

  it('that is no text has nothing to measure, one that is not there is not found', async () => {
    const all = (await (await editor.get('/api/items')).json()) as ItemView[]
    const picture = all.find((v) => v.item.kind !== 'text')
    expect(await fits(picture?.item.id ?? '')).toEqual([])
    expect((await editor.get('/api/items/KHONG-CO/fit')).status).toBe(404)
  })
})

it('a translation that is stale is not judged: what is left of the item is what will be shown', async () => {
  const long = 'word '.repeat(200).trim()
  const source = { language: 'vi', title: 'Thông báo', body: 'Chủ nhật.' }
  const view = await submit({
    texts: [source, { language: 'en', title: 'Notice', body: long }],
    durationMs: 10_000,
    ...BOTH,
  })
  expect((await fits(view.item.id)).map((f) => f.faults.map(({ kind }) => kind))).toEqual([['no-time'], ['no-time']])
  const texts = [
    { ...source, body: 'Thứ bảy.', translated: false },
    { language: 'en', title: 'Notice', body: long, translated: false },
  ]
  const edit = { revision: view.item.revision, title: view.item.title, texts }
  expect((await editor.post(`/api/items/${view.item.id}/texts`, edit)).status).toBe(200)
  expect((await fits(view.item.id)).map((f) => [f.pages, f.faults])).toEqual([
    [1, []],
    [1, []],
  ])
})

it('a text that only lacks time is drawn on as many pages as were measured, and the fault is named', async () => {
  const texts = vi('Thông báo', 'nghiêng '.repeat(200)).texts
  const view = await submit({ texts, durationMs: 6_000, ...BOTH })
  const draft = { kind: 'text', texts, durationMs: 6_000 }
  for (const { site, pages } of await fits(view.item.id)) {
    const answer = (await (await editor.post('/api/preview', { site, draft })).json()) as PreviewAnswer
    expect([answer.pages.length, answer.faults.length]).toEqual([pages, 1])
    expect(pages).toBeGreaterThan(1)
  }
})

it('a preview divides the time of the item over its pages', async () => {
  const draft = { kind: 'text', texts: vi('Thông báo', 'nghiêng '.repeat(200)).texts, durationMs: 300_000 }
  const answer = (await (await editor.post('/api/preview', { site: 'LC-MT-01', draft })).json()) as PreviewAnswer
  expect(answer.faults).toEqual([])
  expect(answer.pages.length).toBeGreaterThan(2)
  expect(answer.pages.reduce((ms, page) => ms + page.durationMs, 0)).toBe(300_000)
})

it('pitch and viewing distance of a panel decide; a cluster without a panel fits nothing', () => {
  const preview = makePreview([], async () => null)
  const item = { texts: [{ language: 'vi', title: 'Lịch chợ', body: 'Chủ nhật' }], durationMs: 20_000 }
  const panel = { width: 192, height: 96 }
  expect(preview.fit(item, 'A', panel)).toMatchObject({ site: 'A', pages: 1, least: 14, faults: [] })
  const far = preview.fit(item, 'B', { ...panel, pitchMm: 10, viewingDistanceM: 120 })
  expect(far.faults[0]?.kind).toBe('small-letters')
  expect(preview.fit(item, 'C', null).faults[0]?.kind).toBe('geometry')
  // The same text on the same panel at another cluster is remembered under the right name.
  expect(preview.fit(item, 'D', panel).site).toBe('D')
  preview.close()
})
