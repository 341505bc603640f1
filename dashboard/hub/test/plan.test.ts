import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { canonicalJson, type Item } from '#core/content/item.ts'
import { staleTexts } from '#core/content/translation.ts'
import type { ItemView, SchedulePlan, SiteSchedule } from '#core/contract/api.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import { sha256 } from '../crypto/ed25519.ts'
import {
  approvalOf,
  draftOf,
  login,
  orderOf,
  type Person,
  PNG,
  type Signer,
  sealOrder,
  signerOf,
  startDesk,
  type World,
} from './harness.ts'

let world: World
let editor: Person
let approver: Person
let signer: Signer
beforeAll(async () => {
  ;({ world, editor, approver, signer } = await startDesk())
})
afterAll(() => world.close())

const SITE = 'LC-MLT-01'
const errorOf = async (r: Response) => {
  const body = (await r.json()) as { error: string; where: string | null }
  return [body.error, body.where]
}
const schedule = async () => (await (await editor.get(`/api/sites/${SITE}/schedule`)).json()) as SiteSchedule
type Prepared = { site: string; payload: string; warnings: { where: string; why: string }[] }
const prepare = (more: object) =>
  approver.post('/api/schedules/prepare', { sites: [SITE], addItems: [], removeItems: [], ...more })
const prepared = async (more: object): Promise<Prepared & { readonly document: ScheduleDocument }> => {
  const response = await prepare(more)
  const { documents } = (await response.json()) as { documents: Prepared[] }
  const [first] = documents ?? []
  assert(first !== undefined, `prepared, ${response.status}`)
  return { ...first, document: JSON.parse(first.payload) }
}
const publish = (payload: string) =>
  approver.post('/api/schedules', { envelope: sealEnvelope('schedule', payload, [signer]) })
const approve = (v: ItemView) =>
  approver.post(`/api/items/${v.item.id}/approve`, { envelope: approvalOf(signer, v, {}) })
const submit = async (over: object, ...files: readonly Uint8Array[]) => {
  const response = await editor.upload(draftOf(over), files[0] ?? null, ...files.slice(1))
  assert(response.status === 200, `submitted: ${response.status}`)
  return (await response.json()) as ItemView
}
const ALL = [0, 1, 2, 3, 4, 5, 6]

describe('the schedule of a cluster', () => {
  it('is read, edited, signed, published, and not undone by the next item', async () => {
    const before = await schedule()
    expect([before.version, before.checked]).toEqual([1, true])
    const first = before.plan.frames[0]
    assert(first !== undefined, 'there is a frame')
    const plan: SchedulePlan = {
      frames: [
        ...before.plan.frames,
        {
          ...first,
          id: 'F-TET',
          dates: { from: '2027-02-05', to: '2027-02-09' },
          from: '08:00',
          to: '11:30',
          decidedBy: 'Sở VHTTDL (mẫu)',
          reason: 'Tết',
          document: '12/QĐ-MAU',
        },
      ],
      power: [
        ...before.plan.power,
        { weekdays: ALL, dates: { from: '2027-02-05', to: '2027-02-05' }, from: '05:00', to: '24:00', brightness: 50 },
      ],
      brightness: {
        by: { way: 'sun', day: 80, night: 35, twilightMs: 1_800_000 },
        nightCap: { most: 40, from: '18:00', to: '06:00' },
        decidedBy: 'Ban quản lý (mẫu)',
        reason: '',
      },
      energy: [
        { rule: { kind: 'dim', most: 30 }, weekdays: ALL, from: '21:00', to: '23:00', decidedBy: 'x', source: 'CT 20' },
      ],
      ads: {
        allowed: true,
        limits: [],
        decidedBy: 'UBND phường (mẫu)',
        reason: '',
      },
    }
    const made = await prepared({ plan })
    expect(made.document).toMatchObject({ version: 2, ...plan })
    expect((await publish(made.payload)).status).toBe(200)
    const after = await schedule()
    expect([after.version, after.plan]).toEqual([2, plan])
    // A later publishing of items keeps what was decided.
    expect((await prepared({})).document).toMatchObject(plan)
    await world.restart()
    editor = await login(world, 'btv')
    approver = await login(world, 'duyet')
    expect((await schedule()).plan).toEqual(plan)
  })

  it('is refused with the place where it is wrong, before anybody signs it and after', async () => {
    const { plan } = await schedule()
    const twice = { ...plan, frames: [...plan.frames, ...plan.frames.map((f) => ({ ...f, id: `${f.id}-2` }))] }
    const refused = (await (await prepare({ plan: twice })).json()) as { where: string; message: { vi: string } }
    expect(refused.where).toBe(`/frames/${plan.frames.length}`)
    expect(refused.message.vi).toMatch(/khung \S+ \(\d\d:\d\d–\d\d:\d\d\) trùng giờ với khung/)
    const noWho = { ...plan, frames: plan.frames.map((f) => ({ ...f, decidedBy: '' })) }
    expect((await errorOf(await prepare({ plan: noWho })))[0]).toBe('malformed')
    expect((await errorOf(await prepare({ sites: [SITE, 'LC-MLT-02'], plan })))[0]).toBe('one-site')
    const { document } = await prepared({})
    const dangling = { ...document, frames: document.frames.map((f) => ({ ...f, playlist: 'PL-NONE' })) }
    expect(await errorOf(await publish(canonicalJson(dangling)))).toEqual(['dangling', '/frames/0/playlist'])
    const backwards = { ...document, power: [{ weekdays: ALL, from: '20:00', to: '06:00', brightness: 5 }] }
    expect(await errorOf(await publish(canonicalJson(backwards)))).toEqual(['schedule', '/power/0'])
  })

  it('that cannot reach a floor is warned of', async () => {
    const { plan } = await schedule()
    const frames = plan.frames.map((f) => ({ ...f, purpose: 'programme' as const }))
    const { warnings } = await prepared({ plan: { ...plan, frames } })
    expect(warnings.filter((w) => w.why.includes('owed (')).length).toBeGreaterThanOrEqual(14)
  })
})

describe('slides', () => {
  const second = Buffer.concat([PNG, Buffer.from([1])])
  it('come as several pictures, keep their order and times, and go out file by file', async () => {
    const view = await submit(
      { kind: 'slides', texts: [], slides: [{ durationMs: 4000 }, { durationMs: 6000 }], durationMs: 1000 },
      PNG,
      second,
    )
    expect(view.item).toMatchObject({ kind: 'slides', asset: null, durationMs: 10_000 })
    expect(view.item.slides?.map((s) => [s.asset.sha256, s.durationMs])).toEqual([
      [sha256(PNG), 4000],
      [sha256(second), 6000],
    ])
    for (const [n, bytes] of [PNG, second].entries()) {
      const file = await editor.get(`/api/items/${view.item.id}/file?n=${n}`)
      expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true)
    }
    expect((await editor.get(`/api/items/${view.item.id}/file?n=2`)).status).toBe(404)
    expect((await approve(view)).status).toBe(200)
    const made = await prepared({ addItems: [view.item.id] })
    expect((await publish(made.payload)).status).toBe(200)
  })
  it('are refused when pictures and times do not match, or something is no picture', async () => {
    const upload = (over: object, ...files: readonly Uint8Array[]) =>
      editor.upload(draftOf({ kind: 'slides', texts: [], ...over }), null, ...files)
    const clip = Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.alloc(64, 3)])
    const cases = [
      [await upload({ slides: [{ durationMs: 4000 }] }, PNG, second), 'slides'],
      [await upload({}, PNG), 'slides'],
      [await upload({ slides: [{ durationMs: 4000 }, { durationMs: 4000 }] }, PNG, clip), 'kind'],
      [await upload({ slides: [{ durationMs: 4000 }] }), 'kind'],
      [await upload({ kind: 'image' }, PNG, second), 'kind'],
    ] as const
    for (const [response, error] of cases) expect((await errorOf(response))[0]).toBe(error)
  })
})

describe('translations', () => {
  const TEXTS = [
    { language: 'vi', title: 'Lịch chợ phiên', body: 'Chủ nhật' },
    { language: 'en', title: 'Market days', body: 'Sundays' },
    { language: 'zh', title: '集市日', body: '' },
  ]
  const edit = (v: ItemView, texts: readonly object[], more: object = {}) =>
    editor.post(`/api/items/${v.item.id}/texts`, { revision: v.item.revision, title: v.item.title, texts, ...more })
  const staleOf = (item: Item) => staleTexts(item, sha256)

  it('follow the Vietnamese text: an edit of it makes those stale that nobody has looked at', async () => {
    const view = await submit({ texts: TEXTS, languages: ['vi', 'en', 'zh'], durationMs: 45_000 })
    expect(staleOf(view.item)).toEqual([])
    expect((await approve(view)).status).toBe(200)
    expect((await publish((await prepared({ addItems: [view.item.id] })).payload)).status).toBe(200)

    const [vi, en, zh] = TEXTS
    const edited = await edit(view, [
      { ...vi, body: 'Thứ Bảy', translated: false },
      { ...en, body: 'Saturdays', translated: true },
      { ...zh, translated: false },
    ])
    const next = (await edited.json()) as ItemView
    expect(next).toMatchObject({ state: 'submitted', approvedBy: null, item: { revision: 2 } })
    expect(staleOf(next.item)).toEqual(['zh'])
    expect((await errorOf(await edit(view, [{ ...vi, translated: false }])))[0]).toBe('changed')
    expect((await errorOf(await edit(next, [{ ...en, translated: true }])))[0]).toBe('main-missing')

    // While the new revision waits, schedules go on holding the one that was approved.
    const waiting = await prepared({})
    expect(waiting.document.items.find((a) => a.item.id === view.item.id)?.item.revision).toBe(1)
    expect((await publish(waiting.payload)).status).toBe(200)
    expect((await approve(next)).status).toBe(200)
    const { document, payload } = await prepared({})
    expect(document.items.find((a) => a.item.id === view.item.id)?.item.revision).toBe(2)
    expect((await publish(payload)).status).toBe(200)
  })

  it('a clip that translates another item leaves the schedule when its source was edited', async () => {
    const source = await submit({ texts: TEXTS.slice(0, 1), languages: ['vi'] })
    const clip = await submit(
      { kind: 'image', texts: [], languages: ['en'], translationOf: source.item.id, variantOf: source.item.id },
      PNG,
    )
    expect(clip.item).toMatchObject({
      translationOf: { item: source.item.id, revision: 1 },
      variantOf: source.item.id,
    })
    expect((await errorOf(await editor.upload(draftOf({ translationOf: 'N-NONE' }), null)))[0]).toBe('unknown-source')
    for (const v of [source, clip]) expect((await approve(v)).status).toBe(200)
    const both = await prepared({ addItems: [source.item.id, clip.item.id] })
    expect((await publish(both.payload)).status).toBe(200)

    const edited = (await (
      await edit(source, [{ language: 'vi', title: 'Lịch mới', body: '', translated: false }])
    ).json()) as ItemView
    expect((await approve(edited)).status).toBe(200)
    expect(await errorOf(await prepare({ addItems: [clip.item.id] }))).toEqual(['stale-translation', '/addItems'])
    const { document, payload } = await prepared({})
    const ids = document.items.map((a) => a.item.id)
    expect([ids.includes(source.item.id), ids.includes(clip.item.id)]).toEqual([true, false])
    // A document that was made elsewhere and still has it is refused too.
    const held = both.document.items.find((a) => a.item.id === clip.item.id)
    assert(held !== undefined, 'it was there')
    const forged = { ...document, items: [...document.items, held] }
    expect((await errorOf(await publish(canonicalJson(forged))))[0]).toBe('stale-translation')
    expect((await publish(payload)).status).toBe(200)
    // Nor would an approver be let to approve a translation that is older than its source already.
    const late = await submit({ kind: 'image', texts: [], languages: ['zh'], translationOf: source.item.id }, PNG)
    const again = (await (
      await edit(edited, [{ language: 'vi', title: 'Lịch mới nữa', body: '', translated: false }])
    ).json()) as ItemView
    expect(again.item.revision).toBe(3)
    expect((await errorOf(await approve(late)))[0]).toBe('stale-translation')
  })
})

describe('a major event', () => {
  it('extends frames only under a document, in earnest, with a playlist that its clusters have', async () => {
    const officer = await login(world, 'tructinh')
    const by = await signerOf(world, 'tructinh')
    const authority = { name: 'UBND tỉnh (mẫu)', document: '88/UBND-MAU' }
    const event = { class: 'major-event' as const, texts: [], authority, extendFrames: { playlist: null } }
    const cases = [
      ['no-document', { ...event, authority: { ...authority, document: null } }],
      ['malformed', { ...event, class: 'emergency' as const }],
      ['malformed', { ...event, status: 'exercise' as const }],
      ['unknown-playlist', { ...event, extendFrames: { playlist: 'PL-NONE' } }],
    ] as const
    for (const [error, over] of cases) {
      const response = await officer.post('/api/orders', { envelope: sealOrder(by, orderOf({ id: 'O-bad', ...over })) })
      expect((await errorOf(response))[0]).toBe(error)
    }
    const playlist = (await schedule()).playlists[0]?.id ?? ''
    for (const [id, extendFrames] of [
      ['O1', { playlist: null }],
      ['O2', { playlist }],
    ] as const) {
      const good = orderOf({ id, ...event, extendFrames })
      expect((await officer.post('/api/orders', { envelope: sealOrder(by, good) })).status).toBe(200)
    }
  })
})
