import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addressText } from '#controller/gpio/gpio.ts'
import { memoryGpio } from '#controller/gpio/memory.ts'
import { createCanvas } from '#controller/raster/canvas.ts'
import { createNovastarSim } from '#controller/sim/novastar.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import type { Wake } from '#core/base/ports.ts'
import { instant, mono } from '#core/base/units.ts'
import { playlogCommand } from './cli/playlog.ts'
import type { Report } from './commission/document.ts'
import type { Edge } from './main.ts'
import { cabinetConfig, lightSchedule, openCabinet } from './test/cabinet.ts'
import { at, parsed, startDaemon } from './test/daemon.ts'
import { CODE, order, startFakeHub } from './test/fakehub.ts'
import { cleanup, memoryLog, temporary } from './test/support.ts'

const SOON = { interval: 20 }
const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const clock = {
  read: () => ({
    wall: instant(Date.now()),
    mono: mono(performance.now()),
    quality: 'synced' as const,
    bootId: 'board',
  }),
}
const DOOR = { label: 'pinctrl-bcm2711', line: 17 }

/** A cluster with everything: contactors, a fan relay, a door, loudspeakers; and a second sender on a port that nobody uses. */
const world = async () => {
  const hub = await startFakeHub()
  const folder = temporary()
  const place = await openCabinet(folder)
  const ports = join(folder, 'by-id')
  mkdirSync(ports)
  const spare = await serveDevice({
    device: createNovastarSim({ model: 'mctrl300', cards: 1 }),
    seed: 3,
    faults: {},
    log: () => undefined,
    on: { kind: 'pty', path: join(ports, 'usb-spare') },
  })
  cleanup(() => spare.close())
  const { board, port } = memoryGpio({ clock, wake, keeps: false })
  board.drive(addressText(DOOR), false)
  const base = cabinetConfig(folder, hub.url, 20) as { readonly site: object }
  const raw = {
    ...base,
    site: { ...base.site, audio: true },
    hub: { url: hub.url },
    manual: { relays: [{ name: 'quat', device: 'tu-dien', channel: 5 }] },
    player: { output: 'null', extraArgs: ['--ao=null'] },
    gpio: {
      inputs: [
        {
          what: 'door',
          line: { name: 'cua', at: DOOR, direction: 'in', activeLow: false, bias: 'pull-up', debounceMs: 20 },
        },
      ],
    },
  }
  const config = parsed(raw, join(folder, 'edge.json'))
  const start = (): Promise<Edge> =>
    startDaemon(config, {
      log: memoryLog().log,
      pins: port,
      portFolders: [ports],
      profileFolders: [at('firmware-profiles/novastar-mctrl300.json')],
    })
  const evidence = (what: string) =>
    hub.state.lines
      .map((line) => JSON.parse(line) as { kind: string; what?: string; detail?: string; person?: string })
      .filter((line) => line.what === what)
  return { ...place, hub, folder, start, evidence, turnDoor: (open: boolean) => board.drive(addressText(DOOR), open) }
}

/** A technician with a phone: signed in, every page through the real server. */
const phone = async (edge: Edge) => {
  const send = (path: string, body: URLSearchParams | FormData, cookie = '') =>
    fetch(edge.webUrl + path, { method: 'POST', body, headers: { cookie }, redirect: 'manual' })
  const login = await send('/login', new URLSearchParams({ person: 'Lò Văn An', code: edge.pairingCode ?? '' }))
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const get = async (path: string) => (await fetch(edge.webUrl + path, { headers: { cookie } })).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(await get('/'))?.[1] ?? ''
  const post = (path: string, form: Record<string, string>) =>
    send(path, new URLSearchParams({ csrf, ...form }), cookie)
  const upload = (bytes: Uint8Array, caption: string) => {
    const data = new FormData()
    data.append('csrf', csrf)
    data.append('caption', caption)
    data.append('photo', new Blob([Uint8Array.from(bytes)]), 'x.jpg')
    return send('/commission/photos/add', data, cookie)
  }
  const state = async (step: string) =>
    /class="state (\w+)"/.exec(await get(`/commission/${step}/live`))?.[1] ?? 'no state'
  const record = async (step: string, verdict: string, note = '') => {
    const answer = await post(`/commission/${step}/record`, { verdict, note })
    return answer.status === 303 ? state(step) : `${answer.status}`
  }
  return {
    get,
    post,
    upload,
    state,
    record,
    fetchRaw: (path: string) => fetch(edge.webUrl + path, { headers: { cookie } }),
  }
}
type Phone = Awaited<ReturnType<typeof phone>>
/** No more often than the server lets an address ask. */
const live = (it: Phone, step: string) => expect.poll(() => it.get(`/commission/${step}/live`), { interval: 400 })

test('a cluster is accepted from the phone: every step tried on real parts, signed, checked, and the baseline kept', async () => {
  const it = await world()
  const edge = await it.start()
  const tech = await phone(edge)
  expect([...(await tech.get('/commission')).matchAll(/href="\/commission\/([a-z]+)"/g)].length).toBe(11)

  // Enrolled by the code that is typed; a wrong one says so and can be tried again.
  const refused = await tech.post('/commission/enrol/code', { code: 'WRONG-0000' })
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('refused')])
  expect((await tech.post('/commission/enrol/code', { code: CODE })).status).toBe(303)
  await it.hub.heard.until('status', (m) => m.t === 'status')
  it.hub.send({ t: 'schedule', envelope: lightSchedule(1, 'always') })
  await expect.poll(() => edge.status().screen.lit, SOON).toBe('lit')
  expect(await tech.record('enrol', 'pass')).toBe('pass')
  expect(await tech.record('network', 'pass')).toBe('pass')

  // Found by reading only: the spare sender, and not the one that the daemon holds.
  expect((await tech.post('/commission/ports/search', { hosts: 'evil.example' })).status).toBe(409)
  expect((await tech.post('/commission/ports/search', { hosts: '' })).status).toBe(303)
  await live(tech, 'ports').toMatch(/usb-spare: .*novastar-mctrl300/)
  expect(await tech.record('ports', 'pass')).toBe('pass')

  // Another size than configured fails whatever a person says, and is proposed, not written.
  const size = { width: '640', height: '160', pitchMm: '4', columns: '5', rows: '5' }
  expect((await tech.post('/commission/geometry/set', size)).status).toBe(303)
  expect(await tech.record('geometry', 'pass')).toBe('fail')
  const proposal = JSON.parse(readFileSync(join(it.folder, 'data/commissioning/config-proposal.json'), 'utf8'))
  expect(proposal.differs).toEqual(expect.arrayContaining([expect.stringContaining('/site/panel/width: 320 → 640')]))
  expect((await tech.post('/commission/geometry/set', { ...size, width: '0' })).status).toBe(409)
  await tech.post('/commission/geometry/set', { ...size, width: '320' })
  // The pitch is not configured, and that is a difference, too.
  expect(await tech.state('geometry')).toBe('fail')
  const walk = { what: 'chart', value: 'walk', minutes: '5', back: '/commission/geometry', columns: '5', rows: '5' }
  expect((await tech.post('/manual', { ...walk, module: '7' })).headers.get('location')).toBe('/commission/geometry')
  await expect.poll(() => edge.status().screen.title, SOON).toContain('walk')
  await expect.poll(() => edge.status().screen.proof, SOON).not.toBe('commanded')
  expect((await tech.post('/manual-end', { key: 'all', back: '/manual' })).status).toBe(303)
  await expect.poll(() => edge.status().manual, SOON).toBeUndefined()
  expect(await tech.record('geometry', 'na')).toBe('409')
  expect(await tech.record('geometry', 'na', 'chờ sửa cấu hình')).toBe('na')

  // Each level is set, read back and given back.
  expect((await tech.post('/commission/brightness/sweep', {})).status).toBe(303)
  await live(tech, 'brightness').toMatch(/✓ 90 % → 90 %/)
  await live(tech, 'brightness').toContain('Không có gì đang giữ tay')
  expect(await tech.record('brightness', 'pass')).toBe('pass')

  // Really off and on again, by the sequence.
  const before = it.story.length
  expect((await tech.post('/commission/power/run', { sure: 'no' })).status).toBe(400)
  expect((await tech.post('/commission/power/run', { sure: 'yes' })).status).toBe(303)
  await live(tech, 'power').toMatch(/Bật: \d+ ms/)
  expect(it.story.slice(before).filter((word) => / (on|off)$/.test(word))).toEqual([
    ...['sender off', 'mains-2 off', 'mains-1 off'],
    ...['mains-1 on', 'mains-2 on', 'sender on'],
  ])
  expect(await tech.record('power', 'pass')).toBe('pass')

  // The door is seen both ways.
  expect(await tech.record('inputs', 'pass')).toBe('409')
  it.turnDoor(true)
  await live(tech, 'inputs').toMatch(/✓ door: gpio cua/)
  it.turnDoor(false)
  expect(await tech.record('inputs', 'pass')).toBe('pass')

  const wrong = { phone: String(Date.now() + 60_000), time: '' }
  await tech.post('/commission/clock/phone', wrong)
  expect(await tech.record('clock', 'pass')).toBe('fail')
  await tech.post('/commission/clock/phone', { phone: String(Date.now()), time: '' })
  expect(await tech.record('clock', 'pass')).toBe('pass')
  for (const side of ['left', 'right']) {
    expect((await tech.post('/commission/sound/tone', { side })).status).toBe(303)
    await live(tech, 'sound').toMatch(new RegExp(`played: .*${side}`))
  }
  expect(await tech.record('sound', 'pass')).toBe('pass')
  expect(await tech.record('fonts', 'pass')).toBe('pass')

  // What is kept of a photo is a picture and nothing else.
  const canvas = createCanvas(2_000, 1_000)
  const png = Buffer.concat([await canvas.encode('png'), Buffer.from('GPS 22.39,103.47')])
  expect((await tech.upload(png, 'Mặt trước')).status).toBe(303)
  expect((await tech.upload(Buffer.from('<svg onload="x">'), 'no picture')).status).toBe(409)
  const hostile = Buffer.from(png)
  hostile.writeUInt32BE(60_000, 16)
  expect((await tech.upload(hostile, 'too large')).status).toBe(409)
  const id = /commission\/photo\/([0-9a-f]{16})/.exec(await tech.get('/commission/photos'))?.[1] ?? ''
  const kept = Buffer.from(await (await tech.fetchRaw(`/commission/photo/${id}`)).arrayBuffer())
  expect([kept.subarray(0, 2).toString('hex'), kept.includes('GPS')]).toEqual(['ffd8', false])
  expect(await tech.record('photos', 'pass')).toBe('pass')

  // Signed, printed, checked, in evidence.
  const signed = await tech.post('/commission/report', {})
  expect(signed.headers.get('location')).toBe('/commission/report/1')
  const page = await tech.get('/commission/report/1')
  expect(page).toContain('Lò Văn An')
  const file = join(it.folder, 'report.json')
  const text = await tech.get('/commission/report/1.json')
  writeFileSync(file, text)
  const report = JSON.parse(JSON.parse(text).payload) as Report
  expect(report.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
    ...['ports pass', 'geometry na', 'brightness pass', 'power pass', 'inputs pass', 'clock pass', 'network pass'],
    ...['sound pass', 'fonts pass', 'enrol pass', 'photos pass'],
  ])
  expect(report).toMatchObject({ person: 'Lò Văn An', previous: null, photos: [{ id, width: 1600, height: 800 }] })
  expect(report.baseline.controller).toMatchObject({ profile: 'novastar-mctrl300', cards: 2 })
  const said: string[] = []
  const io = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) }
  expect(await playlogCommand(['verify-report', file, '--key', report.device.key], io)).toBe(0)
  expect(await playlogCommand(['verify-report', file, '--key', '0'.repeat(32)], io)).toBe(1)
  writeFileSync(file, text.replace('chờ sửa', 'đã sửa'))
  expect(await playlogCommand(['verify-report', file], io)).toBe(1)
  await expect.poll(() => it.evidence('commissioned').length, SOON).toBe(1)
  const hash = /sha256 ([0-9a-f]{64})/.exec(it.evidence('commissioned')[0]?.detail ?? '')?.[1] ?? 'none'
  expect(page).toContain(hash)

  // A later one says what differs.
  await tech.post('/commission/fonts/record', { verdict: 'na', note: 'thử' })
  await tech.post('/commission/report', {})
  expect(await tech.get('/commission/report/2')).toContain('fonts: pass → na')

  // A photo or a report that was exchanged afterwards is seen; who compared the clocks and took the photo is in the evidence.
  const kept1 = (name: string) => join(it.folder, 'data/commissioning', name)
  expect(await tech.get('/commission/report/1')).not.toContain('bị đổi sau khi ký')
  writeFileSync(kept1(`photos/${id}.jpg`), kept.subarray(0, -1))
  expect(await tech.get('/commission/report/1')).toContain('bị đổi sau khi ký')
  expect(await playlogCommand(['verify-report', kept1('report-001.json'), '--photos', kept1('photos')], io)).toBe(1)
  writeFileSync(kept1('report-002.json'), readFileSync(kept1('report-001.json')))
  expect((await tech.fetchRaw('/commission/report/2')).status).toBe(409)
  for (const what of ['clock: phone', `photo ${id}, sha256`])
    await expect.poll(() => it.evidence('commission').some(({ detail }) => detail?.startsWith(what)), SOON).toBe(true)

  // Begun anew: the file of a photo that no report names does not stay; two at once are one too many.
  const two = await Promise.all([tech.upload(png, 'a'), tech.upload(png, 'b')])
  expect(two.map(({ status }) => status).sort()).toEqual([303, 409])
  expect(readdirSync(kept1('photos'))).toHaveLength(2)
  expect((await tech.post('/commission/restart', {})).status).toBe(303)
  expect(readdirSync(kept1('photos'))).toEqual([`${id}.jpg`])
})

test('held by hand: shown with its end, an emergency ends all of it, refused while it is on, and a restart gives it back', async () => {
  const it = await world()
  const edge = await it.start()
  const tech = await phone(edge)
  await tech.post('/commission/enrol/code', { code: CODE })
  await it.hub.heard.until('status', (m) => m.t === 'status')
  it.hub.send({ t: 'schedule', envelope: lightSchedule(1, 'always') })
  await expect.poll(() => edge.status().screen.lit, SOON).toBe('lit')
  const hold = (what: string, value: string) => tech.post('/manual', { what, value, minutes: '15', back: '/manual' })
  const fan = () => it.board.state().relays[5]
  await hold('brightness', '20')
  await hold('relay', 'quat true')
  await hold('chart', 'frame')
  await expect.poll(fan, SOON).toBe(true)
  await expect.poll(() => edge.status().display.brightness, SOON).toBeLessThan(22)
  expect(await tech.get('/manual/live')).toMatch(/Lò Văn An/)
  await it.hub.heard.until('the hub sees it', (m) => m.t === 'status' && m.status.manual?.length === 3)
  expect((await hold('brightness', '0')).status).toBe(400)
  expect((await hold('input', 'dvi')).status).toBe(400)

  it.hub.send({ t: 'order', envelope: order('O1', { brightness: 90 }) })
  await it.hub.heard.until('shown', (m) => m.t === 'receipt' && m.receipt.stage === 'shown')
  await expect.poll(fan, SOON).toBe(false)
  await expect.poll(() => Math.round(edge.status().display.brightness ?? 0), SOON).toBe(90)
  expect(edge.status().manual).toBeUndefined()
  await hold('chart', 'red')
  await tech.post('/commission/power/run', { sure: 'yes' })
  expect(await tech.get('/manual/live')).toContain('không thử gì được')
  await expect.poll(() => it.evidence('manual').some(({ detail }) => detail?.includes('refused')), SOON).toBe(true)
  it.hub.send({ t: 'order', envelope: order('O2', { action: 'cancel', references: ['O1'], texts: [] }) })
  await expect.poll(() => edge.status().screen.order, SOON).toBe(null)

  await hold('relay', 'quat true')
  await hold('brightness', '20')
  await expect.poll(fan, SOON).toBe(true)
  await edge.stop()
  expect(fan()).toBe(false)
  it.board.setRelay(5, true)
  const again = await it.start()
  await expect.poll(() => again.status().screen.lit, SOON).toBe('lit')
  await expect.poll(fan, SOON).toBe(false)
  expect(again.status().manual).toBeUndefined()
  await expect.poll(() => Math.round(again.status().display.brightness ?? 0), SOON).toBe(60)
})
