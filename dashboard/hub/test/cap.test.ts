import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import type { DraftView } from '#core/contract/api.ts'
import { checkCap } from '#core/emergency/cap/check.ts'
import { HUB } from '#core/metrics/catalogue.ts'
import { PATIENCE_MS, until } from '../../../test/support/until.ts'
import { CAP_DEFAULTS } from '../cap/config.ts'
import { folderRound, MOST_FILES } from '../cap/folder.ts'
import { readMessageText } from '../cap/read.ts'
import { openCapGround } from '../cap/side.ts'
import { changed, ecKeys, FACTS, pem, SENDER, sample, sign } from './cap-sample.ts'
import { login, makeSeed, NOW, orderOf, type Person, sealOrder, signerOf, startWorld, type World } from './harness.ts'

const KEYS = ecKeys()
const OLD = ecKeys()
const E2 = sample('E2')
const plain = (name: string) => changed(sample(name), [SENDER, 'nobody@pinned.example'])

const folder = mkdtempSync(join(tmpdir(), 'cap-'))
const box = join(folder, 'in')
let seed: Awaited<ReturnType<typeof makeSeed>>
let world: World
let officer: Person
let program: (text: string | Buffer, accept?: string) => Promise<Response>
let byPerson: (text: string | Buffer, accept?: string) => Promise<Response>

beforeAll(async () => {
  writeFileSync(join(folder, 'now.pem'), pem(KEYS.publicKey))
  writeFileSync(join(folder, 'old.pem'), pem(OLD.publicKey))
  mkdirSync(box)
  seed = await makeSeed()
  world = await startWorld(seed, {
    cap: {
      ...CAP_DEFAULTS,
      sender: 'hub@clusters.laichau.example',
      unitsFile: new URL('../../../deploy/areas/lai-chau-2025.json', import.meta.url).pathname,
      unsignedFrom: ['person', 'folder'],
      senders: [
        {
          sender: SENDER,
          keys: [
            { file: join(folder, 'now.pem'), from: '2026-01-01' },
            { file: join(folder, 'old.pem'), until: '2026-06-01' },
          ],
        },
      ],
    },
  })
  officer = await login(world, 'tructinh')
  const admin = await login(world, 'quantri')
  const made = await admin.post('/api/tokens', {
    name: 'nguon-canh-bao',
    scopes: ['cap.submit', 'orders.read'],
    days: 3,
  })
  const { token } = (await made.json()) as { token: string }
  const post = (headers: Record<string, string>) => (text: string | Buffer, accept?: string) =>
    fetch(`${world.hub.url}/api/cap`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/cap+xml', ...(accept === undefined ? {} : { accept }) },
      body: typeof text === 'string' ? text : Uint8Array.from(text),
    })
  program = post({ authorization: `Bearer ${token}` })
  byPerson = post({ cookie: officer.cookie, 'x-bangtin-csrf': officer.session.csrf })
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true })
})

const json = async <T>(response: Response): Promise<T> => (await response.json()) as T
const error = async (response: Response) => [response.status, (await json<{ error: string }>(response)).error]
const drafts = async () => json<DraftView[]>(await officer.get('/api/drafts'))
const shown = async () => world.hub.hub.store.orders.listed({ limit: 50, mostSites: 1_000, now: 0 })

describe('a message over the network', () => {
  it('signed by a pinned key becomes a draft; nothing goes to a screen', async () => {
    const response = await program(sign(E2, KEYS.privateKey))
    expect(response.status).toBe(200)
    const draft = await json<DraftView>(response)
    expect(draft).toMatchObject({
      from: 'cap',
      source: SENDER,
      trusted: true,
      state: 'waiting',
      body: {
        class: 'emergency',
        hazard: 'LANDSLIDE',
        targets: ['LC-MLT-01', 'LC-MLT-02'],
        relayed: { sender: SENDER, identifier: 'MAU-E2-01' },
      },
    })
    expect((await drafts()).map((d) => d.id)).toContain(draft.id)
    expect(await shown()).toEqual([])
    const again = await json<DraftView>(await program(sign(E2, KEYS.privateKey)))
    expect(again.id).toBe(draft.id)
    expect((await drafts()).length).toBe(1)
  })

  it('with the same identity and other words is refused, and the first one stays', async () => {
    const other = sign(changed(E2, ['hạn chế đi lại', 'cấm đi lại']), KEYS.privateKey)
    expect(await error(await program(other))).toEqual([409, 'identity-reused'])
    const audit = await world.hub.hub.store.audit.newest(5)
    expect(audit.some((a) => a.action === 'cap.refused' && a.detail.includes('identity-reused'))).toBe(true)
    expect(world.logged.some((l) => l.startsWith('warn CAP message refused'))).toBe(true)
    const said = await world.hub.hub.metrics.expose()
    for (const [outcome, n] of Object.entries({ draft: 1, again: 1, refused: 1, later: 0 }))
      expect(said).toContain(`${HUB.capMessagesTotal.name}{outcome="${outcome}"} ${n}`)
    expect((await drafts())[0]?.body.texts[0]?.headline).toContain('hạn chế đi lại')
  })

  it('unsigned, wrongly signed, or signed by a key that was rotated out is refused, from anybody (E10)', async () => {
    const e3 = sample('E3')
    for (const send of [program, byPerson]) {
      expect(await error(await send(e3))).toEqual([422, 'unsigned'])
      expect(await error(await send(sign(e3, ecKeys().privateKey)))).toEqual([422, 'bad-signature'])
      expect(await error(await send(sign(e3, OLD.privateKey)))).toEqual([422, 'key-not-in-force'])
      expect(await error(await send(changed(sign(e3, KEYS.privateKey), ['>V<', '>IV<'])))).toEqual([
        422,
        'bad-signature',
      ])
    }
    expect((await drafts()).length).toBe(1)
    const inbox = await until({ what: 'the incident', atMostMs: PATIENCE_MS }, async (note) => {
      const all = await world.hub.hub.store.incidents.list({ state: 'all', type: null, site: null, limit: 10 })
      note(all)
      return all[0]?.times === 8 ? all : undefined
    })
    expect(inbox.map((i) => [i.what, i.type, i.source, i.site])).toEqual([
      ['signature-refused', 'INFORMATION_SECURITY', 'hub', null],
    ])
  })

  it('of a sender without a key is taken from a person, not from a program', async () => {
    expect(await error(await program(plain('E3')))).toEqual([422, 'unknown-sender'])
    const draft = await json<DraftView>(await byPerson(plain('E3')))
    expect(draft).toMatchObject({ trusted: null, body: { class: 'priority', forestFireLevel: 5, targets: [] } })
    expect(draft.notes.map((n) => n.vi).join(' ')).toContain('Chưa kiểm được chữ ký')
    expect(draft.notes.map((n) => n.vi).join(' ')).toContain('Không có cụm nào trong vùng')
  })

  it('needs the role or the scope, the form, and a bounded size', async () => {
    const inspector = await login(world, 'kiemtra')
    const headers = { 'content-type': 'application/cap+xml' }
    const raw = (more: Record<string, string>, body: string) =>
      fetch(`${world.hub.url}/api/cap`, { method: 'POST', headers: { ...headers, ...more }, body })
    expect((await raw({}, E2)).status).toBe(401)
    expect((await raw({ cookie: inspector.cookie, 'x-bangtin-csrf': inspector.session.csrf }, E2)).status).toBe(403)
    expect((await raw({ cookie: officer.cookie }, E2)).status).toBe(403)
    expect(await error(await officer.post('/api/cap', { alert: 1 }))).toEqual([415, 'not-cap'])
    expect((await byPerson('x'.repeat(300_000))).status).toBe(413)
    expect(await error(await byPerson(Buffer.from('<!DOCTYPE a><a/>')))).toEqual([422, 'doctype'])
    const wrong = await byPerson(changed(plain('E3'), ['10:00:00+07:00</sent>', '10:00:00Z</sent>']))
    expect(await json(wrong)).toMatchObject({ error: 'invalid', where: '/sent' })
  })

  it('is answered with Ack or Error where that is asked for', async () => {
    const ack = await program(sign(E2, KEYS.privateKey), 'application/cap+xml')
    expect([ack.status, ack.headers.get('content-type')]).toEqual([200, 'application/cap+xml; charset=utf-8'])
    const no = await program(sample('E3'), 'application/cap+xml')
    for (const [text, type] of [
      [await ack.text(), 'Ack'],
      [await no.text(), 'Error'],
    ] as const) {
      const read = readMessageText(text)
      assert(read.ok, text)
      expect(read.value.message).toMatchObject({ msgType: type, sender: 'hub@clusters.laichau.example' })
      expect(read.value.message.references).toContain(SENDER)
      expect(checkCap(read.value.message, { ...FACTS, now: null }).filter((f) => f.severity === 'error')).toEqual([])
    }
  })
})

describe('messages that end others', () => {
  it('a cancel that comes first keeps its alert away, and is not forgotten by a restart', async () => {
    const at = world.clock.at
    world.clock.at = Date.parse('2026-11-22T16:41:00+07:00')
    const cancel = await program(sign(sample('E7-cancel'), KEYS.privateKey))
    expect([cancel.status, await json<object>(cancel)]).toMatchObject([202, { remembered: true, withdrawn: 0 }])
    await world.restart()
    expect(await error(await program(sign(sample('E7'), KEYS.privateKey)))).toEqual([422, 'cancelled-before'])
    world.clock.at = at
  })

  it('a cancel takes a waiting draft back; another sender cannot', async () => {
    const cancelOf = (sender: string, id: string) =>
      changed(
        sample('E7-cancel'),
        [SENDER, sender],
        ['MAU-E7-02', id],
        ['MAU-E7-01', 'MAU-E2-01'],
        ['T16:00:00', 'T09:30:00'],
        ['T16:40:00', 'T09:50:00'],
      )
    await byPerson(cancelOf('nobody@pinned.example', 'X-1'))
    // Nor does an exercise or a test of the sender's own, and what is real may still come after one.
    for (const status of ['Exercise', 'Test']) {
      const unreal = changed(cancelOf(SENDER, `X-${status}`), ['>Actual<', `>${status}<`])
      expect(await json(await program(sign(unreal, KEYS.privateKey)))).toMatchObject({ remembered: true, withdrawn: 0 })
    }
    expect(await world.hub.hub.store.cap.gone(`${SENDER},MAU-E2-01,${Date.parse('2026-11-22T09:30:00+07:00')}`)).toBe(
      null,
    )
    expect((await drafts()).find((d) => d.source === SENDER)?.state).toBe('waiting')
    const mine = await program(sign(cancelOf(SENDER, 'MAU-E2-02'), KEYS.privateKey))
    expect(await json(mine)).toMatchObject({ remembered: true, withdrawn: 1 })
    expect((await drafts()).find((d) => d.source === SENDER)).toMatchObject({
      state: 'dropped',
      closed: { by: 'token:nguon-canh-bao' },
    })
  })

  it('a cancel of what an officer released becomes a draft that ends it', async () => {
    const relayed = { sender: SENDER, identifier: 'MAU-E6-01', sent: '2026-11-22T09:40:00+07:00' }
    const order = orderOf({ id: 'L-R', relayed, targets: ['LC-MLT-01'] })
    const released = await officer.post('/api/orders', {
      envelope: sealOrder(await signerOf(world, 'tructinh'), order),
    })
    expect(released.status).toBe(200)
    const cancel = changed(
      sample('E7-cancel'),
      ['MAU-E7-02', 'MAU-E6-02'],
      ['MAU-E7-01', 'MAU-E6-01'],
      ['T16:00:00', 'T09:40:00'],
      ['T16:40:00', 'T09:55:00'],
    )
    const draft = await json<DraftView>(await program(sign(cancel, KEYS.privateKey)))
    expect(draft.body).toMatchObject({
      action: 'cancel',
      references: ['L-R'],
      targets: ['LC-MLT-01'],
      class: 'emergency',
    })
    expect((await shown()).find((r) => r.order.id === 'L-R')?.state).toBe('open')
  })
})

describe('our orders as CAP', () => {
  it('are right in our own profile, and listed in a feed', async () => {
    const text = await (await officer.get('/api/orders/L-R/cap')).text()
    const read = readMessageText(text)
    assert(read.ok, text)
    expect(read.value.findings).toEqual([])
    expect(checkCap(read.value.message, { ...FACTS, now: null })).toEqual([])
    expect(read.value.message).toMatchObject({
      msgType: 'Alert',
      identifier: 'L-R',
      incidents: `${SENDER},MAU-E6-01,2026-11-22T09:40:00+07:00`,
    })
    expect(read.value.message.info[0]?.area[0]?.geocode).toEqual([{ valueName: 'VN:cluster', value: 'LC-MLT-01' }])
    const feed = await officer.get('/api/cap/feed')
    expect(feed.headers.get('content-type')).toContain('application/atom+xml')
    expect(await feed.text()).toContain('href="/api/orders/L-R/cap"')
    expect((await officer.get('/api/orders/none/cap')).status).toBe(404)
    // What we sent does not come back to us as a draft.
    expect(await error(await byPerson(text))).toEqual([422, 'own-message'])
  })
})

describe('the folder', () => {
  const round = () =>
    folderRound(
      { path: box, desk: world.hub.hub.cap.desk, log: () => undefined, now: () => NOW },
      new AbortController().signal,
    )
  const names = (sub: string) =>
    existsSync(join(box, sub))
      ? readdirSync(join(box, sub))
          .map((n) => n.replace(/^[^_]*_/, ''))
          .sort()
      : []

  it('takes whole files, moves them, and says why it refused one', async () => {
    writeFileSync(join(box, 'a.part'), E2.slice(0, 500))
    writeFileSync(join(box, '.b.xml'), E2.slice(0, 500))
    writeFileSync(join(box, 'bad.xml'), sample('E3'))
    writeFileSync(join(box, 'big.cap'), Buffer.alloc(300_000, 0x20))
    writeFileSync(join(box, 'good.tmp'), changed(plain('E2'), ['MAU-E2-01', 'MAU-F-1']))
    renameSync(join(box, 'good.tmp'), join(box, 'good.xml'))
    expect(await round()).toBe(3)
    expect(names('done')).toEqual(['good.xml'])
    expect(names('refused')).toEqual(['bad.xml', 'bad.xml.txt', 'big.cap', 'big.cap.txt'])
    const reason = readdirSync(join(box, 'refused')).find((n) => n.endsWith('bad.xml.txt')) ?? ''
    expect(readFileSync(join(box, 'refused', reason), 'utf8')).toContain('unsigned')
    expect(readdirSync(box).sort()).toEqual(['.b.xml', 'a.part', 'done', 'refused'])
  })

  it('is one draft for a file that comes twice, also after a restart, and bounded in each round', async () => {
    const before = (await drafts()).length
    await world.restart()
    writeFileSync(join(box, 'again.xml'), changed(plain('E2'), ['MAU-E2-01', 'MAU-F-1']))
    expect(await round()).toBe(1)
    expect((await drafts()).length).toBe(before)
    for (let i = 0; i < MOST_FILES + 5; i++) writeFileSync(join(box, `n${i}.xml`), 'x')
    expect([await round(), await round(), await round()]).toEqual([MOST_FILES, 5, 0])
  })
})

describe('a hub with sources', () => {
  it('looks at its folder and its feed by itself, and stops doing so', async () => {
    const inbox = join(folder, 'watched')
    mkdirSync(inbox)
    writeFileSync(join(inbox, 'one.xml'), changed(plain('E2'), ['MAU-E2-01', 'W-1']))
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response
        .writeHead(200, { 'content-type': 'application/cap+xml' })
        .end(sign(changed(E2, ['MAU-E2-01', 'W-2']), KEYS.privateKey))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    const other = await startWorld(seed, {
      cap: {
        ...CAP_DEFAULTS,
        unsignedFrom: ['folder'],
        senders: [{ sender: SENDER, keys: [{ file: join(folder, 'now.pem') }] }],
        folder: { path: inbox, everySeconds: 3600 },
        feeds: [{ name: 'nguon', url: `http://127.0.0.1:${port}/cap`, everySeconds: 3600 }],
      },
    })
    const kept = async () => other.hub.hub.store.drafts.list(10)
    const both = await until({ what: 'two drafts', atMostMs: PATIENCE_MS }, async () =>
      (await kept()).length === 2 ? kept() : undefined,
    )
    expect(both.map((d) => [d.body.relayed?.identifier, d.trusted]).sort()).toEqual([
      ['W-1', null],
      ['W-2', true],
    ])
    // A file is moved only after its draft is in the database.
    await until({ what: 'the file in done/', atMostMs: PATIENCE_MS }, async () =>
      readdirSync(join(inbox, 'done')).length === 1 ? true : undefined,
    )
    await other.close()
    server.close()
    expect(asked).toEqual(['/cap'])
  })

  it('does not start with a key, a folder of units or an address that is wrong', () => {
    const bad = (over: Partial<typeof CAP_DEFAULTS>) => openCapGround({ ...CAP_DEFAULTS, ...over })
    writeFileSync(join(folder, 'private.pem'), pem(KEYS.privateKey))
    const keys = (name: string) => [{ sender: 'a@b', keys: [{ file: join(folder, name) }] }]
    const refused = [
      [bad({ senders: keys('none.pem') }), '/cap/senders: '],
      [bad({ senders: keys('private.pem') }), 'is a private key'],
      [bad({ senders: [...keys('now.pem'), ...keys('now.pem')] }), 'is there twice'],
      [bad({ unitsFile: join(folder, 'now.pem') }), '/cap/unitsFile: '],
      [bad({ sign: { keyFile: join(folder, 'now.pem'), certFile: null } }), '/cap/sign: '],
      [bad({ feeds: [{ name: 'x', url: 'http://10.0.0.1/', everySeconds: 60 }] }), '/cap/feeds/0/url: '],
      [bad({ feeds: [{ name: 'x', url: 'https://u:p@feed.example/', everySeconds: 60 }] }), '/cap/feeds/0/url: '],
    ] as const
    for (const [opened, why] of refused) expect(opened.ok ? 'opened' : opened.error).toContain(why)
    expect(refused.length).toBe(7)
    expect(bad({ senders: keys('now.pem') }).ok).toBe(true)
  })
})
