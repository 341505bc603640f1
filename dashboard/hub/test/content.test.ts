import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '#core/content/item.ts'
import type { ItemView, PreviewAnswer } from '#core/contract/api.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { aStatus } from '../../../test/support/fleet-status.ts'
import { PATIENCE_MS, until } from '../../../test/support/until.ts'
import { chainOf, connect, enrolled, type FakeEdge } from './edge.ts'
import {
  approvalOf,
  draftOf,
  login,
  NOW,
  type Person,
  PNG,
  type Signer,
  signerOf,
  startDesk,
  type World,
} from './harness.ts'

let world: World
let editor: Person
let approver: Person
let signer: Signer
let edge: FakeEdge
let assetToken: string
beforeAll(async () => {
  ;({ world, editor, approver, signer } = await startDesk())
  const linked = await connect(world, 'LC-MLT-01', await enrolled(world, 'LC-MLT-01'))
  edge = linked.edge
  assetToken = linked.welcome.assetToken
  await edge.next('schedule')
})
afterAll(() => world.close())

const errorOf = async (r: Response) => ((await r.json()) as { error: string }).error
const submit = async (over: object, file: Uint8Array | null = null) =>
  (await (await editor.upload(draftOf(over), file)).json()) as ItemView
const signed = (v: ItemView, over: object = {}) => approvalOf(signer, v, over)
const approve = (v: ItemView, over: object = {}) =>
  approver.post(`/api/items/${v.item.id}/approve`, { envelope: signed(v, over) })
const prepare = async (body: object) =>
  approver.post('/api/schedules/prepare', { sites: ['LC-MLT-01'], addItems: [], removeItems: [], ...body })
const items = async () => (await (await editor.get('/api/items')).json()) as ItemView[]

describe('an item', () => {
  it('goes from the editor over the approver to the cluster, and its refusal there is seen', async () => {
    const view = await submit({ kind: 'image', texts: [], title: 'Tấm ảnh' }, PNG)
    expect(view).toMatchObject({
      state: 'submitted',
      item: { submittedBy: 'btv', asset: { mime: 'image/png', bytes: PNG.length } },
    })
    expect(await errorOf(await prepare({ addItems: [view.item.id] }))).toBe('unapproved')
    expect((await approve(view)).status).toBe(200)
    expect((await approve(view)).status).toBe(409)
    const { documents } = (await (await prepare({ addItems: [view.item.id] })).json()) as {
      documents: { site: string; payload: string }[]
    }
    const payload = documents[0]?.payload ?? ''
    const document = JSON.parse(payload)
    expect([document.version, document.playlists[0].items[0]]).toEqual([2, view.item.id])
    const published = await approver.post('/api/schedules', { envelope: sealEnvelope('schedule', payload, [signer]) })
    expect(await published.json()).toEqual({ site: 'LC-MLT-01', version: 2 })
    expect((await edge.next('schedule')).envelope.payload).toBe(payload)
    expect(
      await errorOf(await approver.post('/api/schedules', { envelope: sealEnvelope('schedule', payload, [signer]) })),
    ).toBe('older')
    edge.send({
      t: 'evidence',
      from: 0,
      lines: chainOf([{ kind: 'refusal', item: view.item.id, reason: 'changed', detail: 'bytes differ' }], {
        seq: 0,
        prev: '0'.repeat(64),
        wall: NOW,
      }),
    })
    await edge.next('evidence-ack')
    expect((await items()).find((i) => i.item.id === view.item.id)).toMatchObject({
      state: 'published',
      publishedAt: ['LC-MLT-01'],
      refusals: [{ site: 'LC-MLT-01', reason: 'changed' }],
    })
    const file = await editor.get(`/api/items/${view.item.id}/file`)
    expect(Buffer.from(await file.arrayBuffer()).equals(PNG)).toBe(true)
  })

  it('is not approved by whoever submitted it, nor in a changed form, nor by another key', async () => {
    const view = await submit({})
    const stranger = await signerOf(world, 'tructinh')
    const cases = [
      ['changed', signed(view, { itemHash: 'a'.repeat(64) })],
      ['changed', signed(view, { revision: 2 })],
      ['unapproved', signed(view, { item: 'C20' })],
      ['no-right', signed(view, { approvedBy: 'khac' })],
      [
        'no-right',
        sealEnvelope('approval', canonicalJson({ ...JSON.parse(signed(view).payload), approvedBy: 'tructinh' }), [
          stranger,
        ]),
      ],
      ['bad-signature', { ...signed(view), payload: signed(view, { at: 5 }).payload }],
      ['bad-signature', sealEnvelope('schedule', signed(view).payload, [signer])],
    ] as const
    for (const [error, envelope] of cases) {
      expect([error, await errorOf(await approver.post(`/api/items/${view.item.id}/approve`, { envelope }))]).toEqual([
        error,
        error,
      ])
    }
    const inbox = async () => {
      const all = await world.hub.hub.store.incidents.list({ state: 'all', type: null, site: null, limit: 10 })
      return all.filter((i) => i.source === 'hub').map((i) => [i.what, i.type, i.source, i.times, i.detail])
    }
    const sealed = ['signature-refused', 'INFORMATION_SECURITY', 'hub'] as const
    await until({ what: 'the incident', atMostMs: PATIENCE_MS }, async () => (await inbox())[0]?.[3] === 2 || undefined)
    expect(await inbox()).toEqual([[...sealed, 2, expect.stringMatching(/approve: bad-signature/)]])
    const unsigned = { ...sealEnvelope('schedule', '{}', [signer]), payload: '{"site":"LC-MLT-01"}' }
    expect(await errorOf(await approver.post('/api/schedules', { envelope: unsigned }))).toBe('bad-signature')
    await until({ what: 'the incident', atMostMs: PATIENCE_MS }, async () => (await inbox())[0]?.[3] === 3 || undefined)
    expect(await inbox()).toEqual([[...sealed, 3, expect.stringMatching(/schedules: bad-signature/)]])
    const own = { ...view.item, submittedBy: 'duyet' }
    const hash = createHash('sha256').update(canonicalJson(own)).digest('hex')
    const row = {
      item: { ...own, id: 'TU-DUYET' },
      hash,
      sites: ['LC-MLT-01'],
      state: 'submitted',
      submittedAt: NOW,
      approval: null,
      approvedBy: null,
      approvedAt: null,
      rejectReason: null,
    } as const
    const itemHash = createHash('sha256').update(canonicalJson(row.item)).digest('hex')
    await world.hub.hub.store.content.submit(
      { ...row, hash: itemHash },
      { at: NOW, person: 'duyet', action: 'test', subject: '', detail: '', address: '' },
    )
    expect(await errorOf(await approve({ ...view, item: row.item, itemHash }))).toBe('self-approved')
    expect((await approver.post(`/api/items/${view.item.id}/reject`, { reason: 'Thiếu số văn bản' })).status).toBe(200)
    expect((await items()).find((i) => i.item.id === view.item.id)).toMatchObject({
      state: 'rejected',
      rejectReason: 'Thiếu số văn bản',
    })
    expect((await approve(view)).status).toBe(409)
  })

  it('is refused with place and reason when it is not in order', async () => {
    const cases: readonly (readonly [number, string, object, Uint8Array | null])[] = [
      [422, 'text-unfit', { title: 'Th\uFFFDng b\uFFFDo' }, null],
      [422, 'kind', { kind: 'image' }, null],
      [422, 'kind', { kind: 'video', texts: [] }, PNG],
      [422, 'unknown-format', { kind: 'image', texts: [] }, Buffer.from('<html><script>alert(1)</script>')],
      [422, 'category-mismatch', { category: 'A7_5_ADVERTISING' }, null],
      [422, 'category-mismatch', { ad: { advertiser: 'Mẫu', permit: null } }, null],
      [422, 'no-permit', { category: 'A7_5_ADVERTISING', ad: { advertiser: 'Mẫu', permit: null } }, null],
      [422, 'expired', { validTo: NOW - 1 }, null],
      [422, 'unknown-site', { sites: ['LC-DK-01'] }, null],
      [400, 'malformed', { channel: undefined }, null],
      [400, 'malformed', { loud: true }, null],
    ]
    for (const [status, error, over, file] of cases) {
      const response = await editor.upload(draftOf(over), file)
      expect([response.status, await errorOf(response)]).toEqual([status, error])
    }
    const { item } = await submit({ title: 'Tuyến đường'.normalize('NFD') })
    expect(item.title).toBe('Tuyến đường'.normalize('NFC'))
  })
})

describe('a schedule', () => {
  it('is refused when an item in it is not to the letter what was approved', async () => {
    const { documents } = (await (await prepare({})).json()) as { documents: { payload: string }[] }
    const document = JSON.parse(documents[0]?.payload ?? '')
    const changed = structuredClone(document)
    changed.items[0].item.title += '!'
    const dangling = { ...document, fallbackPlaylist: 'PL-X' }
    const cases = [
      ['changed', sealEnvelope('schedule', canonicalJson(changed), [signer])],
      ['dangling', sealEnvelope('schedule', canonicalJson(dangling), [signer])],
      ['unknown-site', sealEnvelope('schedule', canonicalJson({ ...document, site: 'LC-DK-01' }), [signer])],
      ['no-right', sealEnvelope('schedule', canonicalJson({ ...document, issuedBy: 'btv' }), [signer])],
      ['malformed', sealEnvelope('schedule', '{}', [signer])],
      ['unknown-key', sealEnvelope('schedule', canonicalJson(document), [{ key: '0'.repeat(32), sign: signer.sign }])],
    ] as const
    for (const [error, envelope] of cases)
      expect([error, await errorOf(await approver.post('/api/schedules', { envelope }))]).toEqual([error, error])
    expect(await errorOf(await prepare({ removeItems: ['C20', 'C07', 'C23', 'C15', 'C03'] }))).toBe('empty-playlist')
    expect(await errorOf(await prepare({ sites: ['LC-DK-01'] }))).toBe('unknown-site')
  })
})

describe('an asset', () => {
  const bytes = Buffer.concat([PNG, randomBytes(100_000)])
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const get = (headers: Record<string, string>) =>
    fetch(`${world.hub.url}/assets/${sha256}`, { headers: { authorization: `Bearer ${assetToken}`, ...headers } })

  it('goes on where a download was cut, only for who may', async () => {
    await submit({ kind: 'image', texts: [] }, bytes)
    const first = await get({ range: 'bytes=0-49999' })
    expect([first.status, first.headers.get('content-range')]).toEqual([206, `bytes 0-49999/${bytes.length}`])
    const rest = await get({ range: 'bytes=50000-', 'if-range': `"${sha256}"` })
    const whole = Buffer.concat([Buffer.from(await first.arrayBuffer()), Buffer.from(await rest.arrayBuffer())])
    expect(createHash('sha256').update(whole).digest('hex')).toBe(sha256)
    expect((await get({ range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200)
    expect((await get({ range: `bytes=${bytes.length}-` })).status).toBe(416)
    expect(Buffer.from(await (await get({ range: 'bytes=-10' })).arrayBuffer()).equals(bytes.subarray(-10))).toBe(true)
    expect((await get({ authorization: 'Bearer sai' })).status).toBe(401)
    expect((await fetch(`${world.hub.url}/assets/${sha256}`)).status).toBe(401)
    expect((await editor.get(`/assets/${sha256}`)).status).toBe(200)
    expect((await editor.get(`/assets/${'0'.repeat(64)}`)).status).toBe(404)
    expect((await editor.get('/assets/..%2f..%2fhub.sqlite')).status).toBe(404)
  })
})

it('a draft is drawn for the panel of each site', async () => {
  const draft = { kind: 'text', texts: [{ language: 'vi', title: 'Lịch chợ phiên', body: 'Chủ nhật' }] }
  const answer = (await (await editor.post('/api/preview', { site: 'LC-MLT-02', draft })).json()) as PreviewAnswer
  expect([answer.width, answer.height, answer.faults]).toEqual([960, 480, []])
  expect(
    Buffer.from(answer.pages[0]?.png ?? '', 'base64')
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG')
})

it('a hub that was restored and knows less than the cluster gives the next version a number that the cluster takes', async () => {
  const site = 'LC-MLT-02'
  const linked = await connect(world, site, await enrolled(world, site))
  const { hub } = world.hub
  expect((await hub.store.schedules.latest(site))?.version).toBe(1)
  const status = aStatus()
  linked.edge.send({ t: 'status', status: { ...status, schedule: { ...status.schedule, version: 7 } } })
  await until({ what: 'the status', atMostMs: PATIENCE_MS }, () => hub.edges.state(site).status ?? undefined)
  const sign = (payload: string) => sealEnvelope('schedule', payload, [signer])
  const prepared = (await (await prepare({ sites: [site] })).json()) as { documents: { payload: string }[] }
  const payload = prepared.documents[0]?.payload ?? ''
  const old = JSON.stringify({ ...JSON.parse(payload), version: 7 })
  expect(await errorOf(await approver.post('/api/schedules', { envelope: sign(old) }))).toBe('older')
  const published = await approver.post('/api/schedules', { envelope: sign(payload) })
  expect(await published.json()).toEqual({ site, version: 8 })
  await linked.edge.close()
})

it('everything is still there after a restart of the hub', async () => {
  const before = await items()
  await world.restart()
  editor = await login(world, 'btv')
  expect(await items()).toEqual(before)
  expect(before.length).toBeGreaterThan(8)
})
