import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCanvas } from '#controller/raster/canvas.ts'
import type { ApiError, OrderTemplates, PreviewAnswer } from '#core/contract/api.ts'
import { MOST_PICTURE_BYTES } from '#core/emergency/order.ts'
import { templateRoutes } from '../server/templates.ts'
import { connect, enrolled } from './edge.ts'
import {
  configOf,
  login,
  makeSeed,
  orderOf,
  type Person,
  sealOrder,
  signerOf,
  startWorld,
  type World,
} from './harness.ts'

let world: World
let officer: Person
let inspector: Person
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  ;[officer, inspector] = [await login(world, 'tructinh'), await login(world, 'kiemtra')]
})
afterAll(() => world.close())

type Stored = { readonly sha256: string; readonly bytes: number; readonly mime: 'image/png' | 'image/jpeg' }

const drawn = async (as: 'png' | 'jpeg', colour: string): Promise<Buffer> => {
  const canvas = createCanvas(400, 300)
  const context = canvas.getContext('2d')
  context.fillStyle = colour
  context.fillRect(0, 0, 400, 300)
  return as === 'png' ? canvas.encode('png') : canvas.encode('jpeg', 90)
}
const send = (person: Person, body: Uint8Array, type: string, over: Record<string, string> = {}) =>
  fetch(`${world.hub.url}/api/pictures`, {
    method: 'POST',
    headers: { cookie: person.cookie, 'x-bangtin-csrf': person.session.csrf, 'content-type': type, ...over },
    body: Uint8Array.from(body),
  })
const kept = (): readonly string[] => readdirSync(join(world.dir, 'assets')).toSorted()

describe('the picture of an order', () => {
  it('is taken in from whoever may draft orders, and kept by its hash; an edge fetches it with its token, nobody without', async () => {
    for (const [as, colour] of [
      ['png', '#2040c0'],
      ['jpeg', '#c04020'],
    ] as const) {
      const bytes = await drawn(as, colour)
      const answer = await send(officer, bytes, `image/${as}`)
      expect(answer.status).toBe(200)
      const stored = (await answer.json()) as Stored
      expect(stored).toMatchObject({ bytes: bytes.length, mime: `image/${as}` })
      const key = await enrolled(world, as === 'png' ? 'LC-MLT-01' : 'LC-MT-01')
      const linked = await connect(world, as === 'png' ? 'LC-MLT-01' : 'LC-MT-01', key)
      const fetched = (token: string) =>
        fetch(`${world.hub.url}/assets/${stored.sha256}`, { headers: { authorization: `Bearer ${token}` } })
      const got = await fetched(linked.welcome.assetToken)
      expect([got.status, got.headers.get('content-type')]).toEqual([200, stored.mime])
      expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true)
      expect((await fetched('0'.repeat(43))).status).toBe(401)
      expect((await fetch(`${world.hub.url}/assets/${stored.sha256}`)).status).toBe(401)
      // With the connection its token goes, too.
      await linked.edge.close()
      await expect.poll(async () => (await fetched(linked.welcome.assetToken)).status).toBe(401)
    }
  })

  it('is refused from everybody else, and from another page', async () => {
    const bytes = await drawn('png', '#ffffff')
    expect((await send(inspector, bytes, 'image/png')).status).toBe(403)
    expect((await send(officer, bytes, 'image/png', { 'x-bangtin-csrf': 'no' })).status).toBe(403)
    expect((await send(officer, bytes, 'image/png', { cookie: '' })).status).toBe(401)
  })

  it('a hostile or damaged file is refused with the reason, in both languages, and nothing of it is kept', async () => {
    const before = kept()
    const whole = await drawn('png', '#00ff00')
    const flipped = Buffer.from(whole)
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1
    const cases: readonly (readonly [string, Uint8Array, string, number, RegExp])[] = [
      ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/png', 422, /neither a PNG nor a JPEG/],
      ['SVG by its name', Buffer.from('<svg/>'), 'image/svg+xml', 415, /./],
      ['page', Buffer.from('<html><script>alert(1)</script>'), 'image/jpeg', 422, /neither/],
      ['signature alone', Buffer.from('89504e470d0a1a0a', 'hex'), 'image/png', 422, /how large/],
      ['cut', whole.subarray(0, whole.length - 30), 'image/png', 422, /cut off/],
      ['bit flipped', flipped, 'image/png', 422, /damaged/],
      ['two files in one', Buffer.concat([whole, deflateSync(Buffer.alloc(50))]), 'image/png', 422, /cut off/],
      ['empty', Buffer.alloc(0), 'image/png', 422, /empty/],
      ['too large', Buffer.alloc(MOST_PICTURE_BYTES + 1), 'image/png', 413, /./],
      ['JSON', Buffer.from('{}'), 'application/json', 415, /Send a PNG or JPEG/],
    ]
    for (const [name, bytes, type, status, says] of cases) {
      const answer = await send(officer, bytes, type)
      const body = (await answer.json()) as ApiError
      expect([name, answer.status]).toEqual([name, status])
      expect(body.message.en, name).toMatch(says)
      expect(body.message.vi).not.toBe('')
    }
    expect(cases.length).toBe(10)
    expect(kept()).toEqual(before)
  })

  it('is in the preview of an order behind its words; one that is not here is a fault and the words stay', async () => {
    const stored = (await (await send(officer, await drawn('png', '#c020c0'), 'image/png')).json()) as Stored
    const draft = (over: object) => ({
      site: 'LC-POT-01',
      draft: {
        kind: 'order',
        class: 'emergency',
        status: 'actual',
        hazard: 'FLASH_FLOOD',
        severity: 'extreme',
        riskLevel: 3,
        authority: 'BCH PTDS tỉnh',
        expiresAt: Date.UTC(2026, 10, 22, 8),
        texts: [{ language: 'vi', headline: 'Lũ quét: sơ tán ngay', instruction: 'Lên chỗ cao.' }],
        ...over,
      },
    })
    const ask = async (over: object) =>
      (await (await officer.post('/api/preview', draft(over))).json()) as PreviewAnswer
    const words = await ask({})
    expect([words.pages.length, words.faults]).toEqual([1, []])
    const both = await ask({ picture: stored })
    expect([both.pages.length, both.faults]).toEqual([2, []])
    expect(both.pages[0]?.png).toBe(words.pages[0]?.png)
    const gone = await ask({ picture: { ...stored, sha256: 'e'.repeat(64) } })
    expect([gone.pages.length, gone.faults]).toEqual([1, [expect.stringContaining('upload it again')]])
    // Every field of an order that is seen changes what is drawn.
    const seen = new Set([words.pages[0]?.png])
    for (const over of [
      { response: ['evacuate'] },
      { allClear: true },
      { forestFireLevel: 5 },
      { status: 'exercise' },
      { status: 'test' },
      { class: 'priority' },
      { riskLevel: null },
    ])
      seen.add((await ask(over)).pages[0]?.png)
    expect(seen.size).toBe(8)
    expect((await ask({ allClear: true, startsAt: Date.UTC(2026, 10, 22, 7) })).faults).toEqual([])
  })
})

describe('an order that names a picture', () => {
  it('is released only with one that is here, of the size and kind that it says', async () => {
    const signer = await signerOf(world, 'tructinh')
    const picture = (await (await send(officer, await drawn('png', '#123456'), 'image/png')).json()) as Stored
    const release = (id: string, of: Stored) =>
      officer.post('/api/orders', { envelope: sealOrder(signer, orderOf({ id, picture: of })) })
    for (const [id, wrong] of [
      ['P-1', { ...picture, sha256: 'd'.repeat(64) }],
      ['P-2', { ...picture, bytes: picture.bytes + 1 }],
      ['P-3', { ...picture, mime: 'image/jpeg' }],
    ] as const) {
      const answer = await release(id, wrong)
      expect([id, answer.status, ((await answer.json()) as ApiError).error]).toEqual([id, 422, 'picture-missing'])
    }
    expect((await release('P-4', picture)).status).toBe(200)
  })
})

describe('templates of orders', () => {
  const get = (file: string | null, log: string[] = []) => {
    const config = configOf('/nowhere', { templatesFile: file })
    const [route] = templateRoutes({
      ...world.hub.hub,
      config,
      log: (level, message) => log.push(`${level} ${message}`),
    })
    return route?.handle
  }

  it('a hub without a file has none; every person who may look gets them', async () => {
    const answer = await inspector.get('/api/order-templates')
    expect(answer.status).toBe(200)
    expect((await answer.json()) as OrderTemplates).toMatchObject({ templates: [] })
    expect((await fetch(`${world.hub.url}/api/order-templates`)).status).toBe(401)
  })

  it('the delivered file is read anew each time; a faulty one is said with file and place in the log', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'templates-'))
    mkdirSync(dir, { recursive: true })
    const file = join(dir, 'orders.json')
    const log: string[] = []
    writeFileSync(file, '{"schema":"bangtin/order-templates/1","sample":true,"templates":[]}')
    const handle = get(file, log)
    expect(handle).toBeDefined()
    const call = {} as never
    expect(await handle?.(call)).toMatchObject({ ok: true, value: { templates: [] } })
    writeFileSync(file, '{"schema":"bangtin/order-templates/1","sample":true,"templates":[{}]}')
    expect(await handle?.(call)).toMatchObject({ ok: false, error: { status: 503, error: 'templates-bad' } })
    expect(log).toEqual(['error no templates of orders (/templatesFile)'])
    const delivered = get(new URL('../../../deploy/templates/orders.json', import.meta.url).pathname)
    const all = await delivered?.(call)
    expect(all?.ok === true ? (all.value as OrderTemplates).templates.length : 0).toBe(15)
    rmSync(dir, { recursive: true })
  })
})
